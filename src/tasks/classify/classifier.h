/* A classifier of sequences: tokens looked up in a vocabulary, or numbers; the network over them, one row from all steps, one
 * label. */
#ifndef LACO_CLASSIFY_CLASSIFIER_H
#define LACO_CLASSIFY_CLASSIFIER_H

#include "classify/classifier_input.h"
#include "laco/classifier.h"
#include "model/model_stream.h"
#include "model/network.h"

typedef struct laco_classifier {
    laco_model base;
    laco_network network;
    laco_classifier_input input;
    char **labels; /* [K], and their copies */
    int label_count;
    laco_tape *tape; /* for answers; made at the first question */
} laco_classifier;

/* Classifiers as streams: classify_stream.c. */
extern const laco_stream_type laco_classify_stream;

/* A classifier with new weights. What the input holds becomes its own, also on failure; labels are copied. */
laco_status laco_classifier_new(laco_context *ctx, uint64_t seed, const laco_network_config *network,
                                laco_classifier_input *input, const char *const *labels, int label_count, laco_classifier **out);

/* What of a classifier can be asked for in training, as laco_task.options. */
void laco_classify_options_of(const laco_model *model, void *options);

/* Scores (logits) of a batch, [B][K]. */
LACO_SHARED laco_var laco_classifier_logits(laco_tape *tape, laco_classifier *model, const laco_batch *batch, bool training);

/* Log-probabilities of sequences, row by row into out [count][K], in batches by length. */
laco_status laco_classifier_answer(laco_classifier *model, const laco_sequences *sequences, const size_t *subset, size_t count,
                                   laco_real *out);

/* Fills everything of a score from right labels and log-probabilities [count][K]. */
laco_status laco_classify_score_fill(laco_context *ctx, const char *const *names, int K, size_t count, const int32_t *labels,
                                     const laco_real *log_probabilities, laco_classify_score *out);

#endif
