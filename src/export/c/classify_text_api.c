
int32_t model_id(const char *token) { return rt_id(&model_net.vocabulary, (const uint8_t *)token, (int32_t)strlen(token)); }

int32_t model_run(const int32_t *ids, int32_t T, float *probabilities, void *work, size_t bytes)
{
    if (T < 0 || bytes / sizeof(float) < (size_t)rt_classifier_floats(&model_net, T))
        return -1;
    return rt_classify(&model_net, T, ids, 0, probabilities, (float *)work);
}

int32_t model_classify_in(const char *text, float *probabilities, void *work, size_t bytes)
{
    int32_t *ids = (int32_t *)work, most = (int32_t)strlen(text), T;
    size_t used = ((size_t)most + 3) * sizeof *ids;
    if (bytes < used)
        return -1;
    T = rt_encode(&model_net.text, &model_net.vocabulary, text, most, ids);
    return T < 0 ? -1 : model_run(ids, T, probabilities, (char *)work + used, bytes - used);
}

int32_t model_classify(const char *text, float *probabilities)
{
    float work[MODEL_WORK_BYTES(MODEL_LONGEST) / 4];
    return model_classify_in(text, probabilities, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Returns how many answers are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    float p[MODEL_LABELS];
    int wrong = 0, i, k, off;
    for (i = 0; i < MODEL_TESTS; i++) {
        off = model_classify_in(model_test_text[i], p, work, sizeof work) < 0;
        for (k = 0; k < MODEL_LABELS; k++) {
            float d = p[k] - model_test_answers[i * MODEL_LABELS + k];
            off |= !(d < 1e-5f && d > -1e-5f);
        }
        wrong += off;
    }
    return wrong;
}
#endif
