/* Attention: scores of queries against keys, their softmax over the valid rows of each memory, and the weighted sum of values.
 *
 *     dot        e[s] = q · k[s]
 *     additive   e[s] = v · tanh(q + k[s])
 *     a = softmax(e over s < length), context = Σ_s a[s]·m[s]
 *
 * Every query is computed by itself, so a result depends neither on the batch nor on threads. */
#ifndef LACO_OP_ATTENTION_H
#define LACO_OP_ATTENTION_H

#include "base/base.h"

typedef struct laco_attend {
    int64_t T, S, B, R, A, M;      /* R queries a step for each of the B memories, next to each other */
    const int32_t *lengths;        /* [B] 0 … S */
    const laco_real *query, *keys; /* [T][B·R][A], [S][B][A] */
    const laco_real *values;       /* [S][B][M] */
    const laco_real *energy;       /* [A] v of additive attention; NULL: dot */
    laco_real *weights;            /* [T][B·R][S] */
} laco_attend;

/* Weights (zero past a memory's end) and context [T][B·R][M]. */
void laco_attend_forward(laco_context *ctx, const laco_attend *a, laco_real *context);

/* Where gradients are added to; NULL: not wanted. */
typedef struct laco_attend_gradients {
    const laco_real *context; /* what arrived */
    laco_real *query, *keys, *values;
    laco_real *energy; /* [B][A], zero at first: of each memory its own, to be summed in order */
    laco_real *scores; /* [T][B·R][S] workspace */
} laco_attend_gradients;

void laco_attend_backward(laco_context *ctx, const laco_attend *a, const laco_attend_gradients *g);

#endif
