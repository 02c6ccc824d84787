/* The inside of a model's stream: what each task fills in, and the state on its way into bytes and back. */
#ifndef LACO_MODEL_MODEL_STREAM_H
#define LACO_MODEL_MODEL_STREAM_H

#include "laco/model_stream.h"
#include "model/model.h"
#include "text/text_stream.h"

/* ---- State ---- */

typedef enum laco_state_mode { LACO_STATE_MEASURE, LACO_STATE_SAVE, LACO_STATE_LOAD } laco_state_mode;

/* One walk over the state measures, saves or loads it, so that the three cannot differ. */
typedef struct laco_state_walk {
    laco_context *ctx;
    laco_state_mode mode;
    char *at;
    size_t size; /* walked so far; when loading, what is left */
} laco_state_walk;

/* So many bytes. */
laco_status laco_state_bytes(laco_state_walk *walk, void *data, size_t size);

/* A number that decides where something is read or written: within low … high also where the bytes are hostile. */
laco_status laco_state_count(laco_state_walk *walk, int64_t *value, int64_t low, int64_t high);

/* The `used` elements of a block that laco_grow made, at most `most`. */
laco_status laco_state_block(laco_state_walk *walk, void *block, size_t *room, size_t *used, size_t most, size_t size);

/* What waits of a text. */
laco_status laco_state_text(laco_state_walk *walk, laco_text_stream *text);

/* ---- Streams ---- */

/* What a task's stream can do. NULL of what goes in: it does not read that. */
typedef struct laco_stream_type {
    size_t size; /* of the task's own struct, which begins with a laco_model_stream */
    const char *reads; /* for errors */
    laco_status (*open)(laco_model_stream *stream); /* refuses, or makes what a beginning needs */
    void (*close)(laco_model_stream *stream);       /* frees it, also where `open` failed */
    laco_status (*reset)(laco_model_stream *stream);
    laco_status (*text)(laco_model_stream *stream, const char *bytes, size_t length);
    laco_status (*numbers)(laco_model_stream *stream, const laco_real *values, int64_t steps);
    laco_status (*row)(laco_model_stream *stream, const double *values, int64_t seconds);
    laco_status (*series)(laco_model_stream *stream, const char *id);
    laco_status (*samples)(laco_model_stream *stream, const float *samples, size_t count);
    laco_status (*end)(laco_model_stream *stream);
    laco_status (*generator)(laco_model_stream *stream, const laco_sampling *sampling, laco_generator **out);
    laco_status (*state)(laco_model_stream *stream, laco_state_walk *walk);
} laco_stream_type;

struct laco_model_stream {
    laco_model *model;
    const laco_stream_type *type;
    laco_stream_fn told;
    void *user;
    int64_t step;
    bool broken;    /* part of an input was read when it failed */
    uint64_t print; /* of the model; 0: not asked for yet */
};

/* Tells an answer with the number of the step. */
void laco_stream_tell(laco_model_stream *stream, laco_stream_answer *answer);

/* LACO_INVALID: a network that needs the end of the sequence. */
laco_status laco_stream_check_forward(const laco_model *model, bool mlp, int directions);

#endif
