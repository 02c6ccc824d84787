
int32_t model_caption_in(const float *x, int32_t T, char *text, size_t room, void *work, size_t bytes)
{
    int32_t *answer = (int32_t *)work, most = 2 * model_net.longest, count;
    size_t used = (size_t)most * sizeof *answer;
    if (T < 1 || (model_net.numbers > 0 && T * model_net.features != model_net.numbers) || bytes < used ||
        (bytes - used) / sizeof(float) < (size_t)rt_captioner_floats(&model_net, T))
        return -1;
    count = rt_caption(&model_net, T, x, answer, most, (float *)work + most);
    rt_spell(&model_net.vocabulary, model_net.words, answer, count, text, room);
    return count;
}

int32_t model_caption(const float *x, int32_t T, char *text, size_t room)
{
    float work[MODEL_WORK_BYTES(MODEL_LONGEST) / 4];
    return T > MODEL_LONGEST ? -1 : model_caption_in(x, T, text, room, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Returns how many captions are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    char text[MODEL_TEST_ROOM];
    int wrong = 0, i;
    for (i = 0; i < MODEL_TESTS; i++)
        wrong += model_caption_in(model_test_x + i * MODEL_TEST_LONGEST * MODEL_FEATURES, MODEL_TEST_LONGEST, text, sizeof text, work,
                                  sizeof work) < 0 ||
                 strcmp(text, model_test_text[i]) != 0;
    return wrong;
}
#endif
