/* What a captioner reads: pictures column by column, or vectors number by number, brought to mean 0 and variance 1 over the
 * training data; several columns may make one step. */
#ifndef LACO_CAPTION_CAPTIONER_INPUT_H
#define LACO_CAPTION_CAPTIONER_INPUT_H

#include "data/batch.h"
#include "caption/captioned.h"
#include "model/model.h"

typedef struct laco_captioner_input {
    laco_captioned_kind kind;
    int64_t features;        /* F: height of a picture; 1 of vectors */
    int64_t numbers;         /* of each vector, or picture of an mlp, in all; 0: any width will do */
    int64_t columns;         /* of a picture (numbers of a vector) that make one step; at least 1 */
    int64_t size;            /* S: 1, one mean for all; or `numbers`, each place its own */
    laco_real *mean, *scale; /* [S]: (x − mean) · scale */
} laco_captioner_input;

void laco_captioner_input_free(laco_context *ctx, laco_captioner_input *input);

/* Mean and scale of the items `subset` of the data; `input` says all else. *input has them also after a failure. */
laco_status laco_captioner_input_fit(const laco_captioned *data, const size_t *subset, size_t count, laco_captioner_input *input);

/* Adds every item in order to `out`, as views of its numbers, which the data must outlive. LACO_INVALID: the data is of another
 * kind or size. */
LACO_SHARED laco_status laco_captioner_input_view(const laco_captioner_input *input, const laco_captioned *data,
                                                  laco_sequences *out);

/* How pictures are moved and bent a little while training, each by numbers that depend on seed, step and the row of the batch. */
typedef struct laco_warp {
    double shift; /* up to so many pixels each way */
    double bend;  /* width and height by a factor within 1 ± bend, the upright lines slanted by as much twice */
    uint64_t seed, step;
} laco_warp;

/* The numbers of a batch as the network reads them, [steps][B][columns·F]; *lengths: the steps of each, in the tape's memory. A
 * last step that is not full repeats the last column. `warp`: NULL, or as above: what moves in is the picture's edge. */
laco_var laco_captioner_input_read(laco_tape *tape, const laco_captioner_input *input, const laco_batch *batch,
                                   const laco_warp *warp, const int32_t **lengths);

/* Numbers of a step: columns·F. */
LACO_SHARED int64_t laco_captioner_input_width(const laco_captioner_input *input);

/* Metadata "laco.numbers". */
extern const laco_fields laco_captioner_input_fields;

#endif
