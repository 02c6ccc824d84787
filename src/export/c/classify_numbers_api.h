
/* The label of a sequence x [T][MODEL_INPUTS], as it was measured: its place in model_labels, and the probabilities of all into
 * [MODEL_LABELS]. -1: T is below 0 or above MODEL_LONGEST. Takes MODEL_WORK_BYTES(MODEL_LONGEST) of the stack. */
int32_t model_classify(const float *x, int32_t T, float *probabilities);

/* The same in memory of the caller, aligned as floats are: MODEL_WORK_BYTES(T). -1: there is too little. */
int32_t model_run(const float *x, int32_t T, float *probabilities, void *work, size_t bytes);
