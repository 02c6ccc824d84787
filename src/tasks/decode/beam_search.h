/* Beam search: the best beginnings of a sequence are all continued at once, as rows of one batch, and the best of what comes of
 * them are kept. Whatever writes sequences token by token searches with it.
 *
 * Several searches (groups) run side by side: row g·width + k is beginning k of group g. A beginning that has ended keeps its
 * place among the others as long as it is one of the best. Beginnings are compared by
 *
 *     rank = Σ log-probability / n^penalty,   n tokens, the end among them
 *
 * (length normalisation: penalty 0 is none, 1 the mean of the log-probabilities). A beam of 1 is the greedy answer. */
#ifndef LACO_DECODE_BEAM_SEARCH_H
#define LACO_DECODE_BEAM_SEARCH_H

#include "base/base.h"

typedef struct laco_beam_config {
    int64_t groups;
    int64_t width;       /* beginnings of a group: the beam */
    int64_t length;      /* most tokens of a sequence */
    int64_t tokens;      /* V: a token is below it */
    int32_t first;       /* the first token that may be written: those below it may not, but for `end` */
    int32_t end;         /* the token that ends a sequence; it is not part of what is written. -1: none */
    const int64_t *most; /* [groups] likewise of each group by itself, at most `length`; NULL: `length` */
    double penalty;
    /* Row r becomes row from[r] with token ids[r] behind it; *scores: log-probabilities of what comes next, [groups·width][V],
     * that stand until the next call. At first `from` and `ids` are NULL, and row g·width is the empty sequence of group g. */
    laco_status (*step)(void *user, const int64_t *from, const int32_t *ids, const laco_real **scores);
    /* Whether a sequence has ended otherwise; NULL: only by `end`. */
    laco_status (*is_ended)(void *user, const int32_t *tokens, int64_t count, bool *ended);
    void *user;
} laco_beam_config;

/* What was found: of group g, sequences g·width … g·width + kept[g]-1, best first. */
typedef struct laco_beam {
    int64_t width, length;
    int64_t *kept;   /* [groups] */
    int32_t *tokens; /* [groups·width][length] */
    int64_t *count;  /* tokens of each, without the end */
    double *sum;     /* Σ log-probability, the end's among them */
    double *rank;    /* what they are ordered by */
    bool *ended;     /* by its end, or cut off */
} laco_beam;

/* LACO_INVALID: a beam or a length below 1; LACO_NO_MEMORY; or what `step` or `is_ended` returned. *out is the caller's, for
 * laco_beam_free; on failure it is untouched. */
laco_status laco_beam_search(laco_context *ctx, const laco_beam_config *config, laco_beam *out);
void laco_beam_free(laco_context *ctx, laco_beam *beam);

#endif
