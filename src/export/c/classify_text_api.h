
/* The label of a text (UTF-8, ended by a zero): its place in model_labels, and the probabilities of all into [MODEL_LABELS]. -1:
 * the text is not UTF-8, or has more than MODEL_LONGEST bytes. Takes MODEL_WORK_BYTES(MODEL_LONGEST) of the stack. */
int32_t model_classify(const char *text, float *probabilities);

/* The same in memory of the caller, aligned as floats are: MODEL_WORK_BYTES(T) for T bytes of text. -1: there is too little. */
int32_t model_classify_in(const char *text, float *probabilities, void *work, size_t bytes);

/* The same of a sequence that was cut into tokens already: ids [T], each below MODEL_INPUTS. */
int32_t model_run(const int32_t *ids, int32_t T, float *probabilities, void *work, size_t bytes);

/* The id of a token, a letter or word as the model knows it; 0: it does not. */
int32_t model_id(const char *token);
