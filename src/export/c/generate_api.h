
/* A text in the making. */
typedef struct model_state {
    uint64_t memory[MODEL_STATE_BYTES / 8];
} model_state;
void model_reset(model_state *state);

/* One more token, an id below MODEL_INPUTS: the log-probabilities of the next into y [MODEL_INPUTS]; y may be 0. */
void model_step(model_state *state, int32_t id, float *y);

/* Reads a text (UTF-8, ended by a zero); returns its tokens. -1: it is not UTF-8, or has more than MODEL_LONGEST bytes. */
int32_t model_read(model_state *state, const char *text);

/* How the next token is chosen: the penalty, the temperature, top_k, top_p. All 0: always the most probable. */
typedef struct model_sampling {
    float temperature; /* log-probabilities are divided by it; 0: the most probable token */
    int32_t top_k;     /* only the k most probable; 0: all */
    float top_p;       /* only the most probable that together have this probability; 0 or 1: all */
    float penalty;     /* log-probabilities of the last 64 tokens are multiplied by it; 0 or 1: none */
    uint64_t seed;     /* of random numbers */
    uint32_t sample;   /* each sample of a seed has its own */
} model_sampling;

/* Writes one more token: its text into piece [room], ended by a zero, with the space before it where words need one. Returns its
 * id. */
int32_t model_next(model_state *state, const model_sampling *sampling, char *piece, size_t room);
