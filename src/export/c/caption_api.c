
int32_t model_caption_in(const float *x, int32_t T, char *text, size_t room, float *log_probability, void *work, size_t bytes)
{
    int32_t *answer = (int32_t *)work, most = 2 * model_net.longest, count;
    size_t used = (size_t)most * sizeof *answer;
    if (T < 1 || (model_net.numbers > 0 && T * model_net.features != model_net.numbers) || bytes < used ||
        (bytes - used) / sizeof(float) < (size_t)rt_captioner_floats(&model_net, T))
        return -1;
    count = rt_caption(&model_net, T, x, answer, most, log_probability, (float *)work + most);
    rt_spell(&model_net.vocabulary, model_net.words, answer, count, text, room);
    return count;
}

int32_t model_caption(const float *x, int32_t T, char *text, size_t room)
{
    float work[MODEL_WORK_BYTES(MODEL_LONGEST) / 4], log_probability;
    return T > MODEL_LONGEST ? -1 : model_caption_in(x, T, text, room, &log_probability, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Whether a logarithm of a probability is not as it should be. */
static int model_off(float is, float should)
{
    float d = is - should, most = 1e-5f * (1.0f - should);
    return !(d < most && d > -most);
}

/* Returns how many captions are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    char text[MODEL_TEST_ROOM];
    float log_probability;
    int wrong = 0, i;
    for (i = 0; i < MODEL_TESTS; i++)
        wrong += model_caption_in(model_test_x + i * MODEL_TEST_LONGEST * MODEL_FEATURES, MODEL_TEST_LONGEST, text, sizeof text,
                                  &log_probability, work, sizeof work) < 0 ||
                 strcmp(text, model_test_text[i]) != 0 || model_off(log_probability, model_test_logs[i]);
    return wrong;
}
#endif
