
int32_t model_transcribe(const float *features, int32_t T, char *text, size_t room, float *log_probability, void *work,
                         size_t bytes)
{
    if (T < 1 || bytes / sizeof(float) < (size_t)rt_transcriber_floats(&model_net, T))
        return -1;
    *log_probability = rt_transcribe(&model_net, T, features, text, room, (float *)work);
    return 0;
}

#ifdef MODEL_SELFTEST
/* Whether a logarithm of a probability is not as it should be. */
static int model_off(float is, float should)
{
    float d = is - should, most = 1e-5f * (1.0f - should);
    return !(d < most && d > -most);
}

/* Returns how many texts are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    const float *x = model_test_x;
    char text[MODEL_TEST_ROOM];
    float log_probability;
    int wrong = 0, i;
    for (i = 0; i < MODEL_TESTS; i++) {
        wrong += model_transcribe(x, model_test_frames[i], text, sizeof text, &log_probability, work, sizeof work) < 0 ||
                 strcmp(text, model_test_text[i]) != 0 || model_off(log_probability, model_test_logs[i]);
        x += model_test_frames[i] * MODEL_BANDS;
    }
    return wrong;
}
#endif
