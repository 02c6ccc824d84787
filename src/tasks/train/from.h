/* Training on from a model: what `from` of the options names is loaded, its options are taken over, and its weights are copied into the new
 * model, which may know more labels and tokens. */
#ifndef LACO_TRAIN_FROM_H
#define LACO_TRAIN_FROM_H

#include "data/strings.h"
#include "train/loop.h"

/* Loads the model that learner->options->from names, where one is named, into learner->from. */
laco_status laco_from_open(laco_context *ctx, laco_learner *learner);

/* A hash of all parameters, names and shapes. */
uint64_t laco_from_hash(const laco_model *model);

/* {"model": the file's name, "hash": …} for the description of a training; NULL: Jansson had no memory. */
json_t *laco_from_describe(const laco_learner *learner);

/* How a dimension of parameters grew: `repeat` times `before` elements, each time with `tail` others behind them, became as many times `after`.
 * What is new stands behind the `before` old ones. */
typedef struct laco_growth {
    int64_t before, after;
    const char *layer; /* only of the parameters of this layer; NULL: of all */
    int64_t tail;
    int64_t repeat;    /* 0: once */
} laco_growth;

/* Copies every parameter of learner->from into learner->model; where a dimension is larger there, by one of `growths`, the elements that are
 * new keep the values that they have. Without learner->from nothing is done. LACO_INVALID: the networks differ otherwise; the model is
 * then no good. */
laco_status laco_from_copy(const laco_learner *learner, const laco_growth *growths, size_t count);

/* The names `first`, and behind them those of `more` that are not among them. place [more_count]: where each of `more` is. The set
 * is to be freed also after a failure. LACO_NO_MEMORY. */
laco_status laco_from_join(laco_context *ctx, const char *const *first, int first_count, const char *const *more, int more_count,
                           laco_strings *all, int32_t *place);

/* LACO_INVALID, with the name of the file in front of the text: the data do not go with the model. */
laco_status laco_from_refuse(const laco_learner *learner, const char *format, ...) LACO_PRINTF(2, 3);

#endif
