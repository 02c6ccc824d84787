
/* The network step by step: it reads forwards. */
typedef struct model_state {
    float values[MODEL_STATE_BYTES / 4];
} model_state;
void model_reset(model_state *state);
#if MODEL_FEATURES > 0
/* One more step, x [MODEL_INPUTS]: the probabilities of the labels by now, y [MODEL_LABELS], and the likeliest label. */
int32_t model_step(model_state *state, const float *x, float *y);
#else
/* One more token: the probabilities of the labels by now, y [MODEL_LABELS], and the likeliest label. */
int32_t model_step(model_state *state, int32_t id, float *y);
#endif
