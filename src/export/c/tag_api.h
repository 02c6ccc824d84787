
/* The tags of `count` words of one sentence (UTF-8, each ended by a zero), as places in model_labels, into tags [count]. -1: a
 * word is not UTF-8, or there are more than MODEL_LONGEST words. Takes MODEL_WORK_BYTES(MODEL_LONGEST)
 * of the stack. */
int32_t model_tag(const char *const *words, int32_t count, int32_t *tags);

/* The same in memory of the caller, aligned as doubles are: MODEL_WORK_BYTES(count). -1: there is too little. */
int32_t model_tag_in(const char *const *words, int32_t count, int32_t *tags, void *work, size_t bytes);
