
/* The greedy answer to a source (UTF-8, ended by a zero), into target [room], ended by a zero, cut where it does not fit. Returns
 * its tokens. -1: the source is not UTF-8, or has more than MODEL_LONGEST bytes. Takes MODEL_WORK_BYTES(MODEL_LONGEST) of the
 * stack. */
int32_t model_transduce(const char *source, char *target, size_t room);

/* The same in memory of the caller, aligned as floats are: MODEL_WORK_BYTES(T) for T bytes of source; and the logarithm of
 * the answer's probability. -1: there is too little. */
int32_t model_transduce_in(const char *source, char *target, size_t room, float *log_probability, void *work, size_t bytes);
