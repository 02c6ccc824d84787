
int32_t model_transcribe(const float *features, int32_t T, char *text, size_t room, void *work, size_t bytes)
{
    if (T < 1 || bytes / sizeof(float) < (size_t)rt_transcriber_floats(&model_net, T))
        return -1;
    rt_transcribe(&model_net, T, features, text, room, (float *)work);
    return 0;
}

#ifdef MODEL_SELFTEST
/* Returns how many texts are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    const float *x = model_test_x;
    char text[MODEL_TEST_ROOM];
    int wrong = 0, i;
    for (i = 0; i < MODEL_TESTS; i++) {
        wrong += model_transcribe(x, model_test_frames[i], text, sizeof text, work, sizeof work) < 0 ||
                 strcmp(text, model_test_text[i]) != 0;
        x += model_test_frames[i] * MODEL_BANDS;
    }
    return wrong;
}
#endif
