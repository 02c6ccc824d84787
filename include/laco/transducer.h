/* laco/transducer.h - using a trained transducer: one sequence into another, of any length. Training one: laco/transduce.h.
 *
 *     laco_hypothesis answer;
 *     const char *word = "laço";
 *     laco_model_load(ctx, "sounds.safetensors", &model);
 *     laco_model_transduce(model, 1, &word, NULL, NULL, &answer, NULL);
 *     printf("%s\n", answer.text);
 *     laco_model_free(model);
 */
#ifndef LACO_TRANSDUCER_H
#define LACO_TRANSDUCER_H

#include "laco/pairs.h"
#include "laco/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is told about sources beside the answers. */
typedef struct laco_transduce_note {
    size_t unseen;  /* tokens that training never saw: read as unknown */
    size_t longer;  /* sources longer than any of training: answered, but on thinner ground */
    size_t longest; /* tokens of the longest source of training */
} laco_transduce_note;

/* Answers to `count` sources: source i is sources[i] with lengths[i] bytes (lengths NULL: each ends with a zero), its answers,
 * best first, are answers[i·nbest …]; where the search found fewer the rest has text NULL. The texts are the model's and stand
 * until it is asked again. Answers equal those of one source at a time, bit for bit. A source without a token has the empty
 * answer.
 *
 * By default a beam of 4 is searched, scores are divided by the number of tokens, and an answer has at most twice as many tokens
 * as the longest target of training (for longer sources in proportion more). `options` and `note` may be NULL.
 *
 * A model that learned CTC beside its decoder (laco/transduce.h) judges the answers of a beam wider than 1 by both:
 *
 *     score = (log p_decoder + w · log p_CTC) / (1 + w) / n^penalty,   log_probability = log p_decoder,   w of the model
 *
 * LACO_INVALID: a model of another task, a beam or nbest that cannot be, or a source more than 16 times as long as the longest of
 * training; LACO_FORMAT: not UTF-8; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_transduce(laco_model *model, size_t count, const char *const *sources, const size_t *lengths,
                                          const laco_decode_options *options, laco_hypothesis *answers, laco_transduce_note *note);

/* How the best answers do on known pairs: an item is a source, right where its answer is one of its targets. Errors as above. */
LACO_API laco_status laco_model_score_pairs(laco_model *model, const laco_pairs *pairs, const laco_decode_options *options,
                                            laco_decode_score *score);

/* The attention of the greedy answer to one source: for each token of the answer, and its end, how much of each token of the
 * source it looked at. */
typedef struct laco_alignment {
    laco_context *ctx;
    int64_t rows, columns; /* tokens of the answer and its end; tokens of the source */
    char **row_text;       /* [rows] tokens; "" for the end */
    char **column_text;    /* [columns] */
    laco_real *weights;    /* [rows][columns]; each row adds up to 1 */
} laco_alignment;

/* *out is to be freed by laco_alignment_free. LACO_INVALID: a model of another task, one without attention, or an empty source.
 */
LACO_API laco_status laco_model_align(laco_model *model, const char *source, laco_alignment *out);
LACO_API void laco_alignment_free(laco_alignment *alignment);

#ifdef __cplusplus
}
#endif

#endif
