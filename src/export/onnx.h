/* Graphs of ONNX: a builder of nodes and tensors, and the layers of laço in it.
 *
 * Values are known by their names. The first failure sticks to the graph and comes out when it is written, so that a network
 * reads like one: a function that has failed returns NULL, and one that is given NULL does nothing. Names, shapes and bytes are
 * copied into the graph's arena, but for the weights, which are the model's. */
#ifndef LACO_EXPORT_ONNX_H
#define LACO_EXPORT_ONNX_H

#include "base/arena.h"
#include "export/export.h"
#include "model/network.h"

#include <jansson.h>

typedef const char *laco_onnx_value;

typedef struct laco_onnx laco_onnx;

/* A new graph; `doc`: what it computes, a sentence. */
laco_status laco_onnx_new(laco_context *ctx, const char *name, const char *doc, laco_onnx **out);
void laco_onnx_free(laco_onnx *graph);

/* Checks, packs and writes it. The graph's failure, or LACO_INVALID (above 2 GiB), LACO_IO, LACO_NO_MEMORY. */
laco_status laco_onnx_write(laco_onnx *graph, const char *path);

typedef enum laco_onnx_type { LACO_ONNX_FLOAT = 1, LACO_ONNX_INT8 = 3, LACO_ONNX_INT32 = 6, LACO_ONNX_INT64 = 7 } laco_onnx_type;

/* Inputs and outputs. `shape`: words between spaces, numbers or names of sizes that differ from call to call: "T B 16". */
laco_onnx_value laco_onnx_input(laco_onnx *graph, const char *name, laco_onnx_type type, const char *shape, const char *doc);
void laco_onnx_output(laco_onnx *graph, laco_onnx_value value, const char *name, laco_onnx_type type, const char *shape,
                      const char *doc);

/* Text beside the graph: metadata_props. The second takes `value`, which may be NULL (no memory), and writes it as JSON. */
void laco_onnx_note(laco_onnx *graph, const char *key, const char *value);
void laco_onnx_note_json(laco_onnx *graph, const char *key, json_t *value);

/* Tensors that are always the same. */
laco_onnx_value laco_onnx_floats(laco_onnx *graph, const char *name, int ndim, const int64_t *shape, const float *data);
laco_onnx_value laco_onnx_bytes(laco_onnx *graph, const char *name, int ndim, const int64_t *shape, const int8_t *data);
laco_onnx_value laco_onnx_integers(laco_onnx *graph, int64_t count, const int64_t *values);
laco_onnx_value laco_onnx_number(laco_onnx *graph, float value);    /* without dimensions */
laco_onnx_value laco_onnx_integer(laco_onnx *graph, int64_t value); /* likewise */

/* An attribute of a node. */
typedef struct laco_onnx_attribute {
    const char *name;
    enum { LACO_ONNX_I, LACO_ONNX_S, LACO_ONNX_IS, LACO_ONNX_SS } kind;
    int64_t i;             /* I; of the lists: how many there are */
    const char *s;         /* S */
    const int64_t *is;     /* IS */
    const char *const *ss; /* SS */
} laco_onnx_attribute;

/* One operation of `inputs` ("": not given), whose results are new names. */
void laco_onnx_node(laco_onnx *graph, const char *operation, const laco_onnx_value *inputs, int input_count,
                    const laco_onnx_attribute *attributes, int attribute_count, laco_onnx_value *outputs, int output_count);

/* The same with one result and up to three inputs (NULL behind the last). */
laco_onnx_value laco_onnx_apply(laco_onnx *graph, const char *operation, laco_onnx_value a, laco_onnx_value b, laco_onnx_value c);
laco_onnx_value laco_onnx_with(laco_onnx *graph, const char *operation, laco_onnx_value a, laco_onnx_attribute attribute);

/* Shorthands. `shape` of reshape: 0 is as it is, -1 what is left. */
laco_onnx_value laco_onnx_concat(laco_onnx *graph, const laco_onnx_value *parts, int count, int64_t axis);
laco_onnx_value laco_onnx_transpose(laco_onnx *graph, laco_onnx_value x, int count, const int64_t *order);
laco_onnx_value laco_onnx_reshape(laco_onnx *graph, laco_onnx_value x, int count, const int64_t *shape);
laco_onnx_value laco_onnx_slice(laco_onnx *graph, laco_onnx_value x, int64_t axis, int64_t begin, int64_t end);
laco_onnx_value laco_onnx_unsqueeze(laco_onnx *graph, laco_onnx_value x, int64_t axis);
laco_onnx_value laco_onnx_squeeze(laco_onnx *graph, laco_onnx_value x, int64_t axis);

/* Room in the graph's arena, NULL where it has failed; and a failure of the caller's. */
void *laco_onnx_room(laco_onnx *graph, size_t count, size_t size);
void laco_onnx_fail(laco_onnx *graph, laco_status status);

/* ---- Layers: onnx_layers.c ---------------------------------------------------------------------------------------------- */

/* Where weights come from. */
typedef struct laco_onnx_source {
    laco_onnx *graph;
    laco_context *ctx;
    laco_module *module;
    bool int8; /* matrices stay whole numbers with a scale for each row */
} laco_onnx_source;

/* A parameter by name: as it is. */
laco_onnx_value laco_onnx_weight(const laco_onnx_source *source, const char *name);

/* x […][in] to […][out] by NAME.weight and, where it is there, NAME.bias; the second with the weight of something else. */
laco_onnx_value laco_onnx_linear(const laco_onnx_source *source, const char *name, laco_onnx_value x);
laco_onnx_value laco_onnx_linear_tied(const laco_onnx_source *source, const char *name, const char *weight, laco_onnx_value x);

/* Rows of NAME.weight by ids. */
laco_onnx_value laco_onnx_embedding(const laco_onnx_source *source, const char *name, laco_onnx_value ids);

typedef struct laco_onnx_state {
    laco_onnx_value h, c; /* [L·D][B][H]; NULL: zeros, or none */
} laco_onnx_state;

/* Recurrent layers NAME.… over x [T][B][I]: [T][B][D·H]. `lengths` [B], int32; NULL: all T. *state: the first state, then the
 * last; what is the last of the top layer side by side, [B][D·H], into *ends (NULL: not wanted). */
laco_onnx_value laco_onnx_recurrent(const laco_onnx_source *source, const char *name, laco_onnx_value x, laco_onnx_value lengths,
                                    laco_onnx_state *state, laco_onnx_value *ends);
bool laco_onnx_is_lstm(const laco_onnx_source *source, const char *name);

/* Whether step t of sequence b is there: [T][B] of booleans, for x [T][B][…]. */
laco_onnx_value laco_onnx_mask(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths);

/* x [T][B][E] with zeros past the end of each sequence. */
laco_onnx_value laco_onnx_masked(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths);

/* As laco_pool_steps (mean, largest), laco_window and laco_side_by_side. */
laco_onnx_value laco_onnx_mean_steps(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths);
laco_onnx_value laco_onnx_max_steps(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths);
laco_onnx_value laco_onnx_window(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths, int64_t window);
laco_onnx_value laco_onnx_side_by_side(laco_onnx *graph, laco_onnx_value x, laco_onnx_value lengths, int64_t steps,
                                       int64_t width);

/* x [T][B][F] with the row of NAME.weight beside each step that its number has, the last one for those beyond. */
laco_onnx_value laco_onnx_positions(const laco_onnx_source *source, const char *name, laco_onnx_value x, int64_t positions);

/* (x − mean) · scale, along the last dimensions. */
laco_onnx_value laco_onnx_standardise(laco_onnx *graph, laco_onnx_value x, int ndim, const int64_t *shape, const laco_real *mean,
                                      const laco_real *scale);

/* Layers of relu, PREFIX0, PREFIX1 … ("hidden_l"). */
laco_onnx_value laco_onnx_mlp(const laco_onnx_source *source, const char *prefix, int64_t layers, laco_onnx_value x);

/* The mean of `count` values. */
laco_onnx_value laco_onnx_mean(laco_onnx *graph, const laco_onnx_value *values, int64_t count);

/* ---- Tasks: onnx_tasks.c, onnx_writers.c -------------------------------------------------------------------------------- */

/* One file of a model. */
typedef struct laco_onnx_part {
    const char *suffix; /* between the name and .onnx: "encoder"; NULL: none */
    const char *doc;
    void (*build)(const laco_onnx_source *source, const laco_model *model);
} laco_onnx_part;

typedef struct laco_onnx_task {
    const char *name;
    laco_onnx_part parts[2];
} laco_onnx_task;

extern const laco_onnx_task laco_onnx_tasks[]; /* ended by a name of NULL */

void laco_onnx_caption_encoder(const laco_onnx_source *source, const laco_model *model);
void laco_onnx_caption_decoder(const laco_onnx_source *source, const laco_model *model);
void laco_onnx_transduce_encoder(const laco_onnx_source *source, const laco_model *model);
void laco_onnx_transduce_decoder(const laco_onnx_source *source, const laco_model *model);

/* Log-probabilities along the last dimension. */
laco_onnx_value laco_onnx_log_softmax(laco_onnx *graph, laco_onnx_value x);

/* A first state as inputs h and c [rows][B][hidden], with `suffix` behind the names; and the last one as outputs h_out and c_out.
 */
void laco_onnx_state_in(const laco_onnx_source *source, const char *suffix, bool lstm, int64_t rows, int64_t hidden,
                        laco_onnx_state *state);
void laco_onnx_state_out(const laco_onnx_source *source, const char *suffix, int64_t rows, int64_t hidden,
                         const laco_onnx_state *state);

#endif
