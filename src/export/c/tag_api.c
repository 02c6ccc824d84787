
int32_t model_tag_in(const char *const *words, int32_t count, int32_t *tags, void *work, size_t bytes)
{
    if (count < 0 || bytes / sizeof(float) < (size_t)rt_tag_floats(&model_net, count))
        return -1;
    return rt_tag(&model_net, count, words, tags, (double *)work);
}

int32_t model_tag(const char *const *words, int32_t count, int32_t *tags)
{
    double work[MODEL_WORK_BYTES(MODEL_LONGEST) / 8 + 1];
    return count > MODEL_LONGEST ? -1 : model_tag_in(words, count, tags, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Returns how many sentences have other tags than laco says. */
int main(void)
{
    static double work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 8 + 1];
    const char *const *words = model_test_words;
    const int32_t *answers = model_test_answers;
    int32_t tags[MODEL_TEST_LONGEST];
    const float *scores = model_test_scores;
    int wrong = 0, i, k;
    for (i = 0; i < MODEL_TESTS; i++) {
        int32_t count = model_test_counts[i];
        const float *found = (const float *)((const int32_t *)(work + 2 * MODEL_LABELS) + count * MODEL_LABELS);
        int off =
            model_tag_in(words, count, tags, work, sizeof work) < 0 || memcmp(tags, answers, (size_t)count * sizeof *tags) != 0;
        for (k = 0; k < count * MODEL_LABELS; k++, scores++) {
            float d = found[k] - *scores, most = 1e-5f * (1.0f + (*scores > 0.0f ? *scores : -*scores));
            off |= !(d < most && d > -most);
        }
        wrong += off;
        words += count;
        answers += count;
    }
    return wrong;
}
#endif
