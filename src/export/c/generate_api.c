
/* A state is an rt_writing, the layers' values, and room for ranking tokens. */
static rt_writing *model_writing(model_state *state) { return (rt_writing *)(void *)state->memory; }
static float *model_values(model_state *state) { return (float *)(void *)(state->memory + (sizeof(rt_writing) + 7) / 8); }

void model_reset(model_state *state)
{
    memset(state, 0, sizeof *state);
    rt_language_step(&model_net, model_values(state), model_net.start);
}

void model_step(model_state *state, int32_t id, float *y)
{
    rt_language_push(&model_net, model_writing(state), model_values(state), id);
    if (y)
        memcpy(y, rt_language_scores(&model_net, model_values(state)), MODEL_INPUTS * sizeof *y);
}

int32_t model_read(model_state *state, const char *text)
{
    int32_t ids[MODEL_LONGEST + 3], count = rt_encode(&model_net.text, &model_net.vocabulary, text, MODEL_LONGEST, ids), i;
    for (i = 0; i < count; i++)
        model_step(state, ids[i], 0);
    return count;
}

int32_t model_next(model_state *state, const model_sampling *sampling, char *piece, size_t room)
{
    float *weight = model_values(state) + rt_language_floats(&model_net);
    rt_writing *writing = model_writing(state);
    rt_sampling s;
    int32_t id;
    s.temperature = sampling->temperature;
    s.top_k = sampling->top_k;
    s.top_p = sampling->top_p;
    s.penalty = sampling->penalty;
    s.seed = sampling->seed;
    s.sample = sampling->sample;
    id = rt_draw(&model_net, &s, writing, rt_language_scores(&model_net, model_values(state)), weight,
                 (int32_t *)(void *)(weight + MODEL_INPUTS));
    rt_language_spell(&model_net, writing, id, piece, room);
    model_step(state, id, 0);
    return id;
}

#ifdef MODEL_SELFTEST
/* Returns what is not as laco says: log-probabilities behind a text, and how it goes on, greedily and drawn. */
int main(void)
{
    static model_state state;
    static float y[MODEL_INPUTS];
    static const model_sampling samplings[MODEL_TESTS] = {{0, 0, 0, 0, 0, 0}, {0.9f, 0, 0, 0, 7, 0}, {1.0f, 5, 0.9f, 1.5f, 3, 2}};
    char text[MODEL_TEST_ROOM], piece[128];
    int wrong = 0, i, k, off;
    for (i = 0; i < MODEL_TESTS; i++) {
        model_reset(&state);
        off = model_read(&state, model_test_prompt) < 0;
        memcpy(y, rt_language_scores(&model_net, model_values(&state)), sizeof y);
        for (k = 0; k < MODEL_INPUTS; k++) {
            float d = y[k] - model_test_scores[k], most = 1e-5f * (1.0f - model_test_scores[k]);
            off |= !(d < most && d > -most);
        }
        text[0] = 0;
        for (k = 0; k < MODEL_TEST_UNITS; k++) {
            model_next(&state, &samplings[i], piece, sizeof piece);
            strncat(text, piece, sizeof text - strlen(text) - 1);
        }
        wrong += off || strcmp(text, model_test_text[i]) != 0;
    }
    return wrong;
}
#endif
