/* What a classifier reads: texts, cut into tokens and looked up in a vocabulary; or steps of numbers, each brought to mean 0 and
 * variance 1 over the training data. */
#ifndef LACO_CLASSIFY_CLASSIFIER_INPUT_H
#define LACO_CLASSIFY_CLASSIFIER_INPUT_H

#include "data/batch.h"
#include "text/encode.h"
#include "classify/labelled.h"
#include "model/model.h"

typedef struct laco_classifier_input {
    laco_text_config text;
    laco_vocabulary *vocabulary; /* NULL: numbers */
    int64_t features;            /* F; 0: texts */
    int64_t steps;               /* T of every sequence it was trained on; 0: they differed */
    laco_real *mean, *scale;     /* [F]: (x − mean) · scale */
} laco_classifier_input;

void laco_classifier_input_free(laco_context *ctx, laco_classifier_input *input);

/* From the examples `subset` of the data: a vocabulary by `text`, or the numbers' means and deviations; with `known` (NULL: none)
 * its vocabulary first, or its means and deviations. *out is the caller's. */
laco_status laco_classifier_input_from(const laco_labelled *data, const size_t *subset, size_t count,
                                       const laco_text_config *text, const laco_classifier_input *known,
                                       laco_classifier_input *out);

/* Adds every example in order to `out`: ids; or views of the numbers, which the data must outlive. LACO_INVALID: the data is of
 * the other kind, or has another number of features. */
laco_status laco_classifier_input_encode(const laco_classifier_input *input, const laco_labelled *data, laco_sequences *out);

/* The numbers of a batch as the network reads them: [T][B][F]. */
laco_var laco_classifier_input_numbers(laco_tape *tape, const laco_classifier_input *input, const laco_batch *batch);

/* Metadata "laco.numbers", where there is no vocabulary. */
extern const laco_fields laco_classifier_numbers_fields;

/* Numbers that the network reads at a step: F, or the size of the vocabulary. */
int64_t laco_classifier_input_size(const laco_classifier_input *input);

#endif
