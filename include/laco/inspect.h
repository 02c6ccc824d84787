/* laco/inspect.h - what a model does with one input: hidden units and gates step by step, what counted for the answer, how far back
 * gradients reach; as JSON, and as a page for people. docs/inspect.md explains each part.
 */
#ifndef LACO_INSPECT_H
#define LACO_INSPECT_H

#include "laco/captioned.h"
#include "laco/labelled.h"
#include "laco/model.h"
#include "laco/series.h"
#include "laco/spoken.h"
#include "laco/tagged.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The input, by the task of the model: item `index` of the data that the task reads, or text. */
typedef struct laco_inspect_input {
    const char *text; /* generate, transduce: UTF-8 */
    size_t length;
    const laco_labelled *labelled; /* classify; all its items tell which units go with which label */
    const laco_tagged *tagged;     /* tag */
    const laco_series *series;     /* forecast; NULL: the model's own history */
    const laco_captioned *captioned;
    const laco_spoken *spoken;
    size_t index;
} laco_inspect_input;

/* Zero means the default. */
typedef struct laco_inspect_options {
    int64_t steps;       /* most steps that are read; 0: 10000. Of a series the last, else the first */
    int64_t units;       /* hidden units shown of each layer and direction; 0: 16 */
    int64_t points;      /* most rows, and a third as many as most columns, of a heat map; 0: 40 */
    const char *target;  /* what is explained: a label, a tag; NULL: the answer */
    int64_t place;       /* whose answer is explained, of a model with an answer at each step: from 1; 0: the task's choice */
    int64_t reserved[4]; /* zero */
} laco_inspect_options;

/* Looks into `model` at work on an input: *json is a text, the caller's, for laco_free. `name` is what the model is called in it.
 * A model of other weights than fp32 is taken as fp32 from then on (laco_model_convert). `options` may be NULL.
 *
 * Numbers have six digits; a matrix is rows of numbers. Where there is one number for several steps it is their mean, and "bin"
 * says of how many. LACO_INVALID: the input is not what the model reads, or is empty; there is no such target or place; the model
 * has no recurrent layer. LACO_NUMERIC; LACO_NO_MEMORY. */
LACO_API laco_status laco_inspect(laco_model *model, const char *name, const laco_inspect_input *input,
                                  const laco_inspect_options *options, char **json);

/* One page of `count` such texts, side by side where their steps are the same: a file that fetches nothing. LACO_FORMAT: a text is
 * not what laco_inspect gave; LACO_IO; LACO_NO_MEMORY. */
LACO_API laco_status laco_inspect_page(laco_context *ctx, const char *title, const char *const *json, size_t count,
                                       const char *path);

#ifdef __cplusplus
}
#endif

#endif
