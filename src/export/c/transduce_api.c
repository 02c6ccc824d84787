
int32_t model_transduce_in(const char *source, char *target, size_t room, float *log_probability, void *work, size_t bytes)
{
    int32_t *ids = (int32_t *)work, most = (int32_t)strlen(source), S, count = 0, *answer;
    size_t used = ((size_t)most + 3) * sizeof *ids;
    S = bytes < used ? -1 : rt_encode(&model_net.text, &model_net.sources, source, most, ids);
    if (S < 0)
        return -1;
    answer = ids + most + 3;
    most = rt_transducer_most(&model_net, S);
    used += (size_t)most * sizeof *answer;
    if (bytes < used || (bytes - used) / sizeof(float) < (size_t)rt_transducer_floats(&model_net, S))
        return -1;
    *log_probability = 0;
    if (S > 0)
        count = rt_transduce(&model_net, S, ids, answer, most, log_probability, (float *)work + used / sizeof(float));
    rt_spell(&model_net.targets, model_net.words, answer, count, target, room);
    return count;
}

int32_t model_transduce(const char *source, char *target, size_t room)
{
    float work[MODEL_WORK_BYTES(MODEL_LONGEST) / 4], log_probability;
    return model_transduce_in(source, target, room, &log_probability, work, sizeof work);
}

#ifdef MODEL_SELFTEST
/* Whether a logarithm of a probability is not as it should be. */
static int model_off(float is, float should)
{
    float d = is - should, most = 1e-5f * (1.0f - should);
    return !(d < most && d > -most);
}

/* Returns how many answers are not what laco says. */
int main(void)
{
    static float work[MODEL_WORK_BYTES(MODEL_TEST_LONGEST) / 4];
    char target[MODEL_TEST_ROOM];
    float log_probability;
    int wrong = 0, i;
    for (i = 0; i < MODEL_TESTS; i++)
        wrong += model_transduce_in(model_test_source[i], target, sizeof target, &log_probability, work, sizeof work) < 0 ||
                 strcmp(target, model_test_target[i]) != 0 || model_off(log_probability, model_test_logs[i]);
    return wrong;
}
#endif
