/* One layer in one direction over a whole batch: the loop over time, forward and backward.
 *
 * Rows are laid out by laco_steps. `y` and, when training, `c` have B more rows before row 0, which hold h_0
 * and c_0: what a row starts from is then always a row of the same matrix (see laco_previous_row). */
#ifndef LACO_OP_PASS_H
#define LACO_OP_PASS_H

#include "op/cell.h"
#include "op/steps.h"

/* What comes in: a matrix of rows and, where several time steps share a row (words of a small vocabulary),
 * which row each of them takes. Then W_ih x is computed once for each row and looked up in the loop. */
typedef struct laco_pass_input {
    int64_t rows;           /* of x: R, or fewer where row_of says who takes which */
    const laco_real *x;     /* [rows][I]; NULL where the rows are unit vectors: see one_hot */
    int64_t x_ld;
    const int64_t *row_of;  /* [R], NULL: row r takes x[r] */
    const int32_t *one_hot; /* [rows] the place of the 1 in each row, where x is NULL */
} laco_pass_input;

typedef struct laco_pass {
    laco_context *ctx;
    const laco_cell_shape *shape;
    const laco_cell_weights *weights;
    const laco_steps *steps;
    bool reverse;  /* each sequence from its end to its start */
    bool training; /* everything that backward needs is kept */
    laco_pass_input input;
    laco_real *sums;    /* [input.rows][gates_ld] W_ih x + b, where input.row_of is given */
    laco_real *gates;   /* [R][gates_ld] activations, then their gradients; not training: the rows of a few steps */
    int64_t gates_ld;
    laco_real *c;       /* LSTM. training: [B+R][H] from row -B; else [B][H], the present state */
    laco_real *raw;     /* with a projection: o·tanh(c). training: [R][H]; else [B][H] */
    laco_real *y;       /* [B+R] rows of P from row -B */
    int64_t y_ld;
    /* backward */
    const laco_real *dy; /* [R] rows of P, NULL: nothing arrives from above */
    int64_t dy_ld;
    laco_real *dh, *dc;  /* [B][P], [B][H]: in, the gradients of the last states; out, of h_0 and c_0 */
    laco_real *dproject; /* with a projection: [R][P] the gradient of y, kept for dW_hr */
    laco_real *draw;     /* with a projection: [B][H] */
    laco_real *dsums;    /* [input.rows][gates_ld], where input.row_of is given */
    laco_real *dx;       /* [input.rows] rows of I, added to; NULL: not wanted */
    int64_t dx_ld;
} laco_pass;

/* Rows of `gates` that a pass without training needs, and their stride. */
int64_t laco_pass_window(const laco_steps *steps, const laco_cell_shape *shape);
int64_t laco_pass_stride(int64_t columns);

/* The row that holds the state before step t of sequence place b; -B … -1 are the initial states. */
int64_t laco_previous_row(const laco_steps *steps, bool reverse, int64_t t, int64_t b);

void laco_pass_forward(const laco_pass *pass);

/* The backward loop, then the gradients of weights and input. Workspace from `arena`. */
laco_status laco_pass_backward(laco_arena *arena, const laco_pass *pass);

/* Shared by the two loops: rows [begin, end) of step t that start from rows which lie together. */
typedef struct laco_segment {
    int64_t t, begin, end;
    int64_t previous; /* row of place `begin` before this step */
} laco_segment;

/* The segments of places [begin, end) at step t: 0, 1 or 2. */
int laco_step_segments(const laco_pass *pass, int64_t t, int64_t begin, int64_t end, laco_segment segments[2]);

/* Places of part `part` of `parts`, each with about the same number of rows over all time. */
void laco_pass_places(const laco_steps *steps, int part, int parts, int64_t *begin, int64_t *end);

/* Parts that the loop over time is worth splitting into. */
int laco_pass_parts(const laco_pass *pass);

#endif
