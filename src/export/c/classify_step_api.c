
void model_reset(model_state *state) { memset(state, 0, sizeof *state); }
#if MODEL_FEATURES > 0
int32_t model_step(model_state *state, const float *x, float *y) { return rt_classify_step(&model_net, state->values, 0, x, y); }
#else
int32_t model_step(model_state *state, int32_t id, float *y) { return rt_classify_step(&model_net, state->values, id, 0, y); }
#endif
