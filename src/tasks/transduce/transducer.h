/* A transducer: an encoder that reads a source both ways, and a decoder that writes the target. Of several networks, the members
 * of an ensemble, each reads alone; they write together. */
#ifndef LACO_TRANSDUCE_TRANSDUCER_H
#define LACO_TRANSDUCE_TRANSDUCER_H

#include "base/arena.h"
#include "text/encode.h"
#include "data/batch.h"
#include "laco/transducer.h"
#include "model/model.h"
#include "decode/seq2seq.h"

typedef struct laco_transducer_config {
    laco_cell_kind cell;
    int64_t hidden, embed;
    int64_t layers; /* of the encoder */
    int directions; /* the same */
    int64_t decoder_layers;
    laco_attention_kind attention;
    int64_t ensemble; /* networks */
    double dropout;
    int64_t inputs, outputs; /* of tokens */
    laco_token_kind source, target;
    int64_t longest_source, longest_target; /* tokens, in training */
    int64_t ctc_steps;                      /* that a token of the source stands for where CTC reads it; 0: none does */
    double ctc_weight;                      /* of what CTC says of answers beside what their writer says */
} laco_transducer_config;

#define LACO_TRANSDUCE_CTC_STEPS 4 /* at most */

typedef struct laco_transducer_member {
    laco_embedding *embedding;
    laco_rnn *encoder;
    laco_decoder *decoder;
    laco_linear *ctc; /* [ctc_steps·outputs][D·H]; NULL: none */
} laco_transducer_member;

typedef struct laco_transducer {
    laco_model base;
    laco_transducer_config config;
    laco_vocabulary *sources, *targets;
    laco_transducer_member member[LACO_MOST_ENSEMBLE]; /* config.ensemble of them */
    laco_tape *tape, *steps; /* for answers: of a batch, and of a step of its answers; made at the first question */
    laco_arena texts;        /* of the last answers */
} laco_transducer;

/* A transducer with new weights. The vocabularies become its own, also on failure. */
laco_status laco_transducer_new(laco_context *ctx, uint64_t seed, const laco_transducer_config *config, laco_vocabulary *sources,
                                laco_vocabulary *targets, laco_transducer **out);

/* What of a transducer can be asked for in training, as laco_task.options. */
void laco_transduce_options_of(const laco_model *model, void *options);

/* Reads sources ids [T][B]: for each member its decoder, what that looks at, and its first state; and where `frames` is not NULL
 * what CTC reads, log-probabilities [T·ctc_steps][B][outputs], token 0 being the blank (NULL of a model without). Returns the
 * tape's status. */
LACO_SHARED laco_status laco_transducer_read(laco_tape *tape, laco_transducer *model, const int32_t *ids, int64_t T, int64_t B,
                                             const int32_t *lengths, laco_decoding *writers, laco_var *frames);

/* What one member reads. */
laco_status laco_transducer_read_member(laco_tape *tape, laco_transducer *model, int64_t m, const int32_t *ids, int64_t T,
                                        int64_t B, const int32_t *lengths, laco_decoding *writer, laco_var *frames);

/* Puts CTC's own answer to each source among those of a beam, and orders them by what their writers and CTC say together:
 *
 *     rank = (log p_decoder + w · log p_CTC) / (1 + w) / n^penalty,   w = config.ctc_weight
 *
 * (Watanabe, Hori, Kim, Hershey, Hayashi, "Hybrid CTC/attention architecture for end-to-end speech recognition", 2017). A decoder
 * may lose its place in a long source, or not find the end; CTC goes through a source once. `job` is what the beam was
 * written by; `lengths` [B] of the sources; `frames` as laco_transducer_read gave them. LACO_NO_MEMORY. */
laco_status laco_transducer_judge_again(laco_transducer *model, const laco_decode_job *job, const int32_t *lengths,
                                        const laco_var *frames, laco_beam *beam);

/* Takes what was written for source `index`: group `group` of a beam. */
typedef laco_status (*laco_answer_fn)(void *user, size_t index, const laco_beam *beam, int64_t group);

/* Answers the sources `subset` (NULL: all); those without a token are passed over. `options` with every member set but length (0:
 * the model's). */
LACO_SHARED laco_status laco_transducer_answer(laco_transducer *model, const laco_sequences *sources, const size_t *subset,
                                               size_t count, const laco_decode_options *options, laco_answer_fn take, void *user);

/* Most tokens of an answer to a source of `length` tokens. */
int64_t laco_transducer_most(const laco_transducer *model, int64_t length);

/* Targets of pairs, one behind the other: those of source i are the sequences starts[i] … starts[i + 1]-1. */
typedef struct laco_pair_ids {
    laco_sequences sources; /* one for each source */
    laco_sequences targets;
    size_t unseen_sources, unseen_targets; /* tokens that the vocabularies do not know */
} laco_pair_ids;

/* *out is to be freed also after a failure. */
laco_status laco_pair_ids_new(const laco_transducer *model, const laco_pairs *pairs, laco_pair_ids *out);
void laco_pair_ids_free(laco_pair_ids *ids);

/* Answers to the sources `subset` (NULL: all) of pairs, judged. */
laco_status laco_transducer_score(laco_transducer *model, const laco_pairs *pairs, const laco_pair_ids *ids, const size_t *subset,
                                  size_t count, const laco_decode_options *options, laco_decode_score *score);

#define LACO_TRANSDUCE_BEAM 4
#define LACO_TRANSDUCE_PENALTY 1.0
#define LACO_TRANSDUCE_CTC_WEIGHT 0.3
#define LACO_TRANSDUCE_LONGEST 16 /* a source may be so many times as long as the longest of training */

#endif
