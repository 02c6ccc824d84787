
/* The greedy caption of a picture, x [T][MODEL_FEATURES]: T columns from the left, each from the top, grey from 0 (black) to 255;
 * or of a vector of T numbers. Into text [room], ended by a zero, cut where it does not fit. Returns its tokens. -1: T is below 1
 * or above MODEL_LONGEST, or not what the model reads. Takes MODEL_WORK_BYTES(MODEL_LONGEST) of the stack. */
int32_t model_caption(const float *x, int32_t T, char *text, size_t room);

/* The same in memory of the caller, aligned as floats are: MODEL_WORK_BYTES(T); and the logarithm of the caption's probability.
 * -1: there is too little. */
int32_t model_caption_in(const float *x, int32_t T, char *text, size_t room, float *log_probability, void *work, size_t bytes);
