/* What models with a decoder share: targets laid out for teacher forcing, the loss, decoding by beam search, scores.
 *
 * Tokens are ids of the target's vocabulary. Id 0, "<unk>" there, is never a target: LACO_EDGE stands for the start of a sequence
 * where it is read and for its end where it is written. So a decoder has as many outputs as the vocabulary has ids, and a token
 * of a right answer that training never saw (id 0) is one that no answer can hold. */
#ifndef LACO_DECODE_SEQ2SEQ_H
#define LACO_DECODE_SEQ2SEQ_H

#include "group/division.h"
#include "text/tokens.h"
#include "laco/decoder.h"
#include "laco/decode.h"
#include "model/ensemble.h"
#include "decode/beam_search.h"

#define LACO_EDGE 0

/* Most tokens of an answer where nobody says: decoding takes time by the square of them. */
#define LACO_LONGEST_ANSWER (1 << 15)

/* Targets of a batch: row t of ids is what the decoder reads at step t, row t of `right` what it should write. */
typedef struct laco_target_batch {
    int64_t T, B;
    int32_t *ids, *right, *lengths; /* [T][B], -1 in `right` past the end; [B], the edge included */
    size_t ids_room, right_room, lengths_room;
} laco_target_batch;

/* Lays out the sequences index[0 … B-1] of `targets`. The batch is {0} at first, is used again and again, and is freed with
 * laco_target_batch_free. LACO_NO_MEMORY. */
laco_status laco_target_batch_fill(laco_context *ctx, const laco_sequences *targets, const size_t *index, int64_t B,
                                   laco_target_batch *batch);
void laco_target_batch_free(laco_context *ctx, laco_target_batch *batch);

typedef struct laco_target_loss {
    double label_smoothing;
    double sampling; /* probability with which the decoder reads its own answer in the place of the right one */
    uint64_t seed, step;
    double whole; /* tokens that the mean is over, where the batch is a part of something larger; 0: its own */
} laco_target_loss;

/* Mean cross entropy of the right tokens, from a first state (h and c NULL: zeros) and a memory (NULL: none). */
laco_var laco_target_batch_loss(laco_tape *tape, laco_decoder *decoder, laco_target_batch *batch, const laco_memory *memory,
                                const laco_state *state, const laco_target_loss *config);

/* A decoder, and what it writes G sequences from. */
typedef struct laco_decoding {
    laco_decoder *decoder;
    laco_memory memory; /* of G rows; values NULL: none */
    laco_state state;   /* [L][G][H] */
} laco_decoding;

/* What is to be written: G sequences, by one decoder, or by the members of an ensemble, which agree on each token: its
 * log-probabilities are log-softmax of the mean of their logits. */
typedef struct laco_decode_job {
    const laco_decoding *writers; /* [count], their states of one shape */
    int64_t count;                /* 1 … LACO_MOST_ENSEMBLE */
    laco_tape *tape;              /* for inference, not that of states and memories: it is reset at every step */
    int64_t groups, outputs;      /* V */
    laco_decode_options options;  /* every member set */
    const int64_t *most;          /* [groups] tokens of each sequence at most, within options.length; NULL: that */
} laco_decode_job;

/* The best sequences of each group. *out is the caller's, for laco_beam_free. */
laco_status laco_decode_step(laco_context *ctx, const laco_decode_job *job, laco_beam *out);

/* What the same decoders say of sequences that were found otherwise, one of each group: count[g] tokens, at most `length`, at
 * tokens + g·length. Σ log-probability, the end's among them, into sum[g]. The beam of the options plays no part. */
laco_status laco_decode_sums(laco_context *ctx, const laco_decode_job *job, const int32_t *tokens, const int64_t *count,
                             int64_t length, double *sum);

/* Checks options and fills in defaults: `beam`, `penalty` and `length` (which may stay 0) are those of the task. LACO_INVALID: a
 * beam below 1, or more answers than it holds. */
laco_status laco_decode_defaults(laco_context *ctx, int beam, double penalty, int64_t length, laco_decode_options *options);

/* Judges an answer by the right ones, sequences first … first+count-1 of `targets`. LACO_NO_MEMORY. */
laco_status laco_decode_judge(laco_context *ctx, const int32_t *answer, int64_t length, const laco_sequences *targets,
                              size_t first, size_t count, laco_decode_score *score);

/* Gathers what each process has counted of its parts (`status`: of this one's): *score is the sum in all of them. */
laco_status laco_decode_add_scores(laco_division *division, laco_status status, laco_decode_score *score);

#endif
