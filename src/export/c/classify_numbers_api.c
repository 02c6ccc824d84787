
int32_t model_run(const float *x, int32_t T, float *probabilities, void *work, size_t bytes)
{
    if (T < 0 || bytes / sizeof(float) < (size_t)rt_classifier_floats(&model_net, T))
        return -1;
    return rt_classify(&model_net, T, 0, x, probabilities, (float *)work);
}

int32_t model_classify(const float *x, int32_t T, float *probabilities)
{
    float work[MODEL_WORK_BYTES(MODEL_LONGEST) / 4];
    return T > MODEL_LONGEST ? -1 : model_run(x, T, probabilities, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Returns how many answers are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    const float *x = model_test_x;
    float p[MODEL_LABELS];
    int wrong = 0, i, k, off;
    for (i = 0; i < MODEL_TESTS; i++) {
        off = model_run(x, model_test_steps[i], p, work, sizeof work) < 0;
        x += model_test_steps[i] * MODEL_INPUTS;
        for (k = 0; k < MODEL_LABELS; k++) {
            float d = p[k] - model_test_answers[i * MODEL_LABELS + k];
            off |= !(d < 1e-5f && d > -1e-5f);
        }
        wrong += off;
    }
    return wrong;
}
#endif
