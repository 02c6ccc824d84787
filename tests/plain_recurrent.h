/* Recurrent layers read plainly, one sequence and one step after the other, with products whose factors have fewer bits: what the
 * driver must come to. Products are those of the reference kernels (kernel/lowprec.h), each row by itself; gates are those of the
 * table that the driver uses, row by row; weight gradients are sums in double of factors that are rounded to bf16.
 *
 * The factors are then the same numbers as the driver's, to the bit: a reference in full precision would not do, for a rounding
 * that turns the sign of a unit of relu changes a gradient by more than any bound on rounding allows. */
#ifndef LACO_TESTS_PLAIN_RECURRENT_H
#define LACO_TESTS_PLAIN_RECURRENT_H

#include "kernel/kernel.h"
#include "kernel/lowprec.h"
#include "op/cell.h"

#include <stdlib.h>
#include <string.h>

typedef struct plain_layer {
    laco_gate_kind kind;
    const laco_kernels *kernels;
    const laco_lowprec *products;
    laco_precision precision;
    int64_t I, H, P;
    bool reverse;
    const float *w_ih, *w_hh, *b_ih, *b_hh, *w_hr;
    double *dw_ih, *dw_hh, *db, *dw_hr; /* db: [width·H], of gate rows */
} plain_layer;

static inline int64_t plain_gates(const plain_layer *l) { return laco_cells[l->kind].gates * l->H; }
static inline int64_t plain_width(const plain_layer *l) { return laco_cells[l->kind].width * l->H; }

/* C (+)= A·B for one row A of K numbers; element (k, n) of B at B[k·b_k + n·b_n]. */
static inline void plain_product(const plain_layer *l, int64_t N, int64_t K, const float *A, const float *B, int64_t b_k,
                                 int64_t b_n, float *C, bool accumulate)
{
    void *packed = aligned_alloc(64, ((size_t)laco_lowprec_size(l->precision, K, N) + 127) / 64 * 64);
    l->products->pack(K, N, B, b_k, b_n, packed);
    l->products->gemm(1, N, K, A, K, 1, packed, C, N, accumulate);
    free(packed);
}

/* dW[m][n] += Σ of one row's rounded factors. */
static inline void plain_outer(int64_t M, int64_t N, const float *dy, const float *x, double *dW)
{
    for (int64_t m = 0; m < M; m++)
        for (int64_t n = 0; n < N; n++)
            dW[m * N + n] += (double)laco_from_bf16(laco_to_bf16(dy[m])) * (double)laco_from_bf16(laco_to_bf16(x[n]));
}

/* One sequence of T steps through one layer in one direction: row t of everything is step t. h and c have T + 1 rows: row 0 the
 * initial state, the row behind step t the state after it, in the order of the loop. */
typedef struct plain_run {
    int64_t T;
    const float *x;     /* [T][I] */
    float *gates;       /* [T][width·H] */
    float *h, *c, *raw; /* [T + 1][P], [T + 1][H], [T][H] */
} plain_run;

static inline plain_run plain_run_new(const plain_layer *l, int64_t T, const float *x)
{
    plain_run run = {.T = T, .x = x};
    run.gates = calloc((size_t)(T * plain_width(l)) + 1, sizeof(float));
    run.h = calloc((size_t)((T + 1) * l->P), sizeof(float));
    run.c = calloc((size_t)((T + 1) * l->H), sizeof(float));
    run.raw = calloc((size_t)(T * l->H) + 1, sizeof(float));
    return run;
}

static inline void plain_run_free(plain_run *run)
{
    free(run->gates);
    free(run->h);
    free(run->c);
    free(run->raw);
}

/* The step that the loop comes to as its i-th. */
static inline int64_t plain_step(const plain_layer *l, const plain_run *run, int64_t i)
{
    return l->reverse ? run->T - 1 - i : i;
}

static inline laco_gates plain_gate_row(const plain_layer *l, const plain_run *run, int64_t i)
{
    bool projects = l->P != l->H;
    return (laco_gates){.rows = 1,
                        .H = l->H,
                        .gates = run->gates + i * plain_width(l),
                        .gates_ld = plain_width(l),
                        .h_prev = run->h + i * l->P,
                        .h_prev_ld = l->P,
                        .c_prev = run->c + i * l->H,
                        .c_prev_ld = l->H,
                        .h = projects ? run->raw + i * l->H : run->h + (i + 1) * l->P,
                        .h_ld = l->H,
                        .c = run->c + (i + 1) * l->H,
                        .c_ld = l->H};
}

static inline void plain_forward(const plain_layer *l, plain_run *run)
{
    const laco_cell_info *cell = &laco_cells[l->kind];
    const laco_cell_weights weights = {.b_ih = l->b_ih, .b_hh = l->b_hh};
    for (int64_t i = 0; i < run->T; i++) {
        float *row = run->gates + i * plain_width(l);
        const float *x = run->x + plain_step(l, run, i) * l->I;
        laco_cell_bias(l->kind, l->H, &weights, row);
        for (int s = 0; s < 2; s++)
            if (cell->input[s].gates > 0)
                plain_product(l, cell->input[s].gates * l->H, l->I, x, l->w_ih + cell->input[s].row * l->H * l->I, 1, l->I,
                              row + cell->input[s].column * l->H, true);
        plain_product(l, plain_gates(l), l->P, run->h + i * l->P, l->w_hh, 1, l->P, row, true);
        laco_gates g = plain_gate_row(l, run, i);
        l->kernels->gates_forward[l->kind](&g);
        if (l->P != l->H)
            plain_product(l, l->P, l->H, run->raw + i * l->H, l->w_hr, 1, l->H, run->h + (i + 1) * l->P, false);
    }
}

/* dy: [T][P] with stride dy_ld, or NULL. dh [P] and dc [H]: in, the gradients of the last state; out, of the first. dx: added to.
 */
static inline void plain_backward(const plain_layer *l, plain_run *run, const float *dy, int64_t dy_ld, float *dh, float *dc,
                                  float *dx)
{
    const laco_cell_info *cell = &laco_cells[l->kind];
    float *total = calloc((size_t)l->P, sizeof *total), *draw = calloc((size_t)l->H, sizeof *draw);
    for (int64_t i = run->T - 1; i >= 0; i--) {
        int64_t t = plain_step(l, run, i);
        laco_gates g = plain_gate_row(l, run, i);
        g.dy = dy ? dy + t * dy_ld : NULL;
        g.dh = dh;
        g.dc = dc;
        if (l->P != l->H) {
            memcpy(total, dh, (size_t)l->P * sizeof *total);
            if (dy)
                l->kernels->add(l->P, g.dy, total);
            plain_product(l, l->H, l->P, total, l->w_hr, l->H, 1, draw, false);
            plain_outer(l->P, l->H, total, run->raw + i * l->H, l->dw_hr);
            g.dy = NULL;
            g.dh = draw;
        }
        l->kernels->gates_backward[l->kind](&g);
        plain_product(l, l->P, plain_gates(l), g.gates, l->w_hh, l->P, 1, dh, l->P == l->H);
        plain_outer(plain_gates(l), l->P, g.gates, run->h + i * l->P, l->dw_hh);
        for (int64_t j = 0; j < plain_width(l); j++)
            l->db[j] += (double)g.gates[j];
        for (int s = 0; s < 2; s++) {
            const laco_gate_span *span = &cell->input[s];
            const float *d = g.gates + span->column * l->H;
            if (span->gates > 0) {
                plain_product(l, l->I, span->gates * l->H, d, l->w_ih + span->row * l->H * l->I, l->I, 1, dx + t * l->I, true);
                plain_outer(span->gates * l->H, l->I, d, run->x + t * l->I, l->dw_ih + span->row * l->H * l->I);
            }
        }
    }
    free(total);
    free(draw);
}

#endif
