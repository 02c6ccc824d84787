
/* What is said, from features [T][MODEL_BANDS] of T frames (log-mel energies: docs/export.md says how laco computes them): the
 * tokens of the best way through the steps, into text [room], ended by a zero, cut where it does not fit; and the logarithm of its
 * probability. Memory of the caller, aligned as floats are: MODEL_WORK_BYTES(T). -1: there is too little, or T is below 1. */
int32_t model_transcribe(const float *features, int32_t T, char *text, size_t room, float *log_probability, void *work,
                         size_t bytes);
