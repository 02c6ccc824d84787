#include "op/attention.h"

#include "kernel/kernel.h"
#include "op/ranges.h"

#include <math.h>
#include <string.h>

#define PIECE 256     /* elements of tanh(q + k) at a time, on the stack of whoever computes them */
#define TANH_COST 8.0 /* in multiply-adds */

typedef struct attend_work {
    const laco_kernels *kernels;
    const laco_attend *a;
    const laco_attend_gradients *g;
    laco_real *context;
} attend_work;

static double cost_of(const laco_attend *a)
{
    return (double)(a->T * a->R * a->S) * ((double)a->M + (double)a->A * (a->energy ? TANH_COST : 1));
}

/* tanh(q + k) of `n` elements. */
static void tanh_sum(const laco_kernels *kernels, int64_t n, const laco_real *q, const laco_real *k, laco_real *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = q[i] + k[i];
    kernels->tanh(n, out, out);
}

static double score(const attend_work *w, const laco_real *q, const laco_real *k)
{
    const laco_attend *a = w->a;
    laco_real piece[PIECE];
    double sum = 0;
    if (!a->energy)
        return w->kernels->dot(a->A, q, k);
    for (int64_t i = 0; i < a->A; i += PIECE) {
        int64_t n = LACO_MIN(PIECE, a->A - i);
        tanh_sum(w->kernels, n, q + i, k + i, piece);
        sum += w->kernels->dot(n, piece, a->energy + i);
    }
    return sum;
}

/* Scores to weights, in place, over `length` rows; zeros behind. */
static void softmax(const laco_kernels *kernels, int64_t length, int64_t S, laco_real *row)
{
    laco_real largest = length > 0 ? row[0] : 0;
    double sum = 0;
    for (int64_t s = 1; s < length; s++)
        largest = LACO_MAX(largest, row[s]);
    for (int64_t s = 0; s < length; s++)
        row[s] -= largest;
    kernels->exp(length, row, row);
    for (int64_t s = 0; s < length; s++)
        sum += (double)row[s];
    kernels->scale(length, (laco_real)(1 / (sum > 0 ? sum : 1)), row);
    memset(row + length, 0, (size_t)(S - length) * sizeof *row);
}

/* Query number `row` of [T][B·R], which looks at memory b. */
static void look(const attend_work *w, int64_t row, int64_t b)
{
    const laco_attend *a = w->a;
    laco_real *weights = a->weights + row * a->S, *context = w->context + row * a->M;
    int64_t length = a->lengths[b];
    for (int64_t s = 0; s < length; s++)
        weights[s] = (laco_real)score(w, a->query + row * a->A, a->keys + (s * a->B + b) * a->A);
    softmax(w->kernels, length, a->S, weights);
    memset(context, 0, (size_t)a->M * sizeof *context);
    for (int64_t s = 0; s < length; s++)
        w->kernels->axpy(a->M, weights[s], a->values + (s * a->B + b) * a->M, context);
}

/* Memories begin … end-1 with all their queries. */
static void forward_range(const void *work, int64_t begin, int64_t end)
{
    const attend_work *w = work;
    const laco_attend *a = w->a;
    for (int64_t b = begin; b < end; b++)
        for (int64_t t = 0; t < a->T; t++)
            for (int64_t r = 0; r < a->R; r++)
                look(w, (t * a->B + b) * a->R + r, b);
}

void laco_attend_forward(laco_context *ctx, const laco_attend *a, laco_real *context)
{
    attend_work work = {.kernels = laco_kernels_of(ctx), .a = a, .context = context};
    laco_ranges(ctx, a->B, 1, cost_of(a), forward_range, &work);
}

/* The gradient `d` of one additive score: of tanh(q + k) by its operands, and of v. */
static void additive_back(const attend_work *w, int64_t row, int64_t key, int64_t b, laco_real d)
{
    const laco_attend *a = w->a;
    const laco_attend_gradients *g = w->g;
    laco_real piece[PIECE];
    for (int64_t i = 0; i < a->A; i += PIECE) {
        int64_t n = LACO_MIN(PIECE, a->A - i);
        tanh_sum(w->kernels, n, a->query + row * a->A + i, a->keys + key * a->A + i, piece);
        if (g->energy)
            w->kernels->axpy(n, d, piece, g->energy + b * a->A + i);
        for (int64_t j = 0; j < n; j++)
            piece[j] = d * a->energy[i + j] * (1 - piece[j] * piece[j]);
        if (g->query)
            w->kernels->add(n, piece, g->query + row * a->A + i);
        if (g->keys)
            w->kernels->add(n, piece, g->keys + key * a->A + i);
    }
}

static void dot_back(const attend_work *w, int64_t row, int64_t key, laco_real d)
{
    const laco_attend *a = w->a;
    if (w->g->query)
        w->kernels->axpy(a->A, d, a->keys + key * a->A, w->g->query + row * a->A);
    if (w->g->keys)
        w->kernels->axpy(a->A, d, a->query + row * a->A, w->g->keys + key * a->A);
}

/* With da[s] = dcontext · m[s]: de[s] = a[s]·(da[s] − Σ a·da). */
static void look_back(const attend_work *w, int64_t row, int64_t b)
{
    const laco_attend *a = w->a;
    const laco_attend_gradients *g = w->g;
    const laco_real *weights = a->weights + row * a->S, *arrived = g->context + row * a->M;
    laco_real *scores = g->scores + row * a->S;
    double mean = 0;
    for (int64_t s = 0; s < a->lengths[b]; s++) {
        int64_t key = s * a->B + b;
        double d = w->kernels->dot(a->M, arrived, a->values + key * a->M);
        scores[s] = (laco_real)d;
        mean += (double)weights[s] * d;
        if (g->values)
            w->kernels->axpy(a->M, weights[s], arrived, g->values + key * a->M);
    }
    for (int64_t s = 0; s < a->lengths[b]; s++) {
        laco_real d = weights[s] * (scores[s] - (laco_real)mean);
        if (a->energy)
            additive_back(w, row, s * a->B + b, b, d);
        else
            dot_back(w, row, s * a->B + b, d);
    }
}

static void backward_range(const void *work, int64_t begin, int64_t end)
{
    const attend_work *w = work;
    const laco_attend *a = w->a;
    for (int64_t b = begin; b < end; b++)
        for (int64_t t = 0; t < a->T; t++)
            for (int64_t r = 0; r < a->R; r++)
                look_back(w, (t * a->B + b) * a->R + r, b);
}

void laco_attend_backward(laco_context *ctx, const laco_attend *a, const laco_attend_gradients *g)
{
    attend_work work = {.kernels = laco_kernels_of(ctx), .a = a, .g = g};
    laco_ranges(ctx, a->B, 1, 2 * cost_of(a), backward_range, &work);
}
