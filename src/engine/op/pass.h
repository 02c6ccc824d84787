/* One layer in one direction over a whole batch: the loop over time, forward and backward.
 *
 * Rows are laid out by laco_steps. When training, `c` has B more rows before row 0, which hold c_0: what a row starts from is
 * then always a row of the same matrix (see laco_previous_row). `y` may have them, or h_0 lies elsewhere: see laco_layer_run_h.
 */
#ifndef LACO_OP_PASS_H
#define LACO_OP_PASS_H

#include "op/cell.h"
#include "op/steps.h"

/* What comes in: a matrix of rows and, where several time steps share a row (words of a small vocabulary),
 * which row each of them takes. Then W_ih x is computed once for each row and looked up in the loop. */
typedef struct laco_layer_run_input {
    int64_t rows;       /* of x: R, or fewer where row_of says who takes which */
    const laco_real *x; /* [rows][I]; NULL where the rows are unit vectors: see one_hot */
    int64_t x_ld;
    const int64_t *row_of;  /* [R], NULL: row r takes x[r] */
    const int32_t *one_hot; /* [rows] the place of the 1 in each row, where x is NULL */
} laco_layer_run_input;

/* What one run is over: sizes, weights and the rows that come in. It never changes. */
typedef struct laco_layer_layout {
    laco_context *ctx;
    const laco_cell_shape *shape;
    const laco_cell_weights *weights;
    const laco_steps *steps;
    bool reverse;   /* each sequence from its end to its start */
    bool from_zero; /* h_0 is zero: its products, all of them zero, are left out */
    laco_layer_run_input input;
    int64_t gates_ld, y_ld; /* strides of gate rows, and of the rows of h */
} laco_layer_layout;

/* What the loop forwards writes. */
typedef struct laco_layer_work {
    bool training;     /* for backward, y is kept, and gates, c and raw of one chunk */
    int64_t chunk;     /* training: steps of a chunk, T or fewer */
    int64_t base;      /* training: the row with which gates, c and raw begin */
    int64_t rows;      /* training: so many rows they hold, all R where a chunk is T */
    laco_real *sums;   /* [input.rows][gates_ld] W_ih x + b, where input.row_of is given */
    laco_real *gates;  /* [rows][gates_ld] activations, then their gradients; not training: the rows of a few steps */
    laco_real *c;      /* LSTM. training: [B+rows][H] from row -B, the states before the chunk; else [B][H], the present state */
    laco_real *raw;    /* with a projection: o·tanh(c). training: [rows][H]; else [B][H] */
    laco_real *kept_c; /* LSTM, where a chunk is less than T: [chunks][B][H] the state before each, in the order of the loop */
    laco_real *y;      /* [R] rows of P */
    laco_real *h0;     /* [B] rows of P, rows -B … -1: right before y, or (from_zero, all of one length, forwards) elsewhere */
} laco_layer_work;

/* What the loop backwards reads and writes beside it. */
typedef struct laco_layer_back {
    bool hidden_unpacked, input_unpacked; /* weights are read as they lie */
    bool start_wanted;   /* the gradients of h_0 and c_0 are: else dh and dc are left unfinished at the first step */
    const laco_real *dy; /* [R] rows of P, NULL: nothing arrives from above */
    int64_t dy_ld;
    laco_real *dh, *dc;  /* [B][P], [B][H]: in, the gradients of the last states; out, of h_0 and c_0 */
    laco_real *dproject; /* with a projection: [rows][P] the gradient of y, kept for dW_hr */
    laco_real *draw;     /* with a projection: [B][H] */
    laco_real *dsums;    /* [input.rows][gates_ld], where input.row_of is given */
    laco_real *dx;       /* [input.rows] rows of I, added to; NULL: not wanted */
    bool dx_later;       /* by laco_layer_run_input_gradient */
    int64_t dx_ld;
    const laco_run_trace *trace; /* its dh and dc are filled; NULL: nobody asks */
} laco_layer_back;

typedef struct laco_layer_run {
    laco_layer_layout layout;
    laco_layer_work work;
    laco_layer_back back;
} laco_layer_run;

/* Rows of `gates` that a run without training needs, and their stride. */
int64_t laco_layer_run_window(const laco_layer_run *run);
int64_t laco_layer_run_stride(int64_t columns);

/* The row that holds the state before step t of sequence place b; -B … -1 are the initial states. */
int64_t laco_previous_row(const laco_steps *steps, bool reverse, int64_t t, int64_t b);

/* The rows of h from `row` on, as far as they lie together. */
static inline laco_real *laco_layer_run_h(const laco_layer_run *run, int64_t row)
{
    return row >= 0 ? run->work.y + row * run->layout.y_ld : run->work.h0 + (row + run->layout.steps->B) * run->layout.y_ld;
}

/* Steps [t_begin, t_end). Where a run of many steps would keep too much for its backward pass, it keeps c before each chunk of
 * them and computes everything else again from there: Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost",
 * 2016. */
typedef struct laco_chunk {
    int64_t t_begin, t_end;
} laco_chunk;

static inline int64_t laco_chunks(const laco_layer_run *run, int64_t length)
{
    return (run->layout.steps->T + length - 1) / length;
}

/* Stretch `index` of `length` steps each, in the order of the loop over time. */
laco_chunk laco_chunk_at(const laco_layer_run *run, int64_t length, int64_t index);

/* Forward: with kept_c, as without training; what backward needs is then filled in by laco_layer_run_again, a chunk at a time. */
void laco_layer_run_forward(const laco_layer_run *run);
void laco_layer_run_again(const laco_layer_run *run, laco_chunk chunk);

/* The backward loop, then the gradients of weights and input. Workspace from `arena`. */
laco_status laco_layer_run_backward(laco_arena *arena, const laco_layer_run *run);

/* The gradients of weights and input that chunks [t_begin, t_end) bring, called for one after the other in the order of the
 * backward loop, and what remains behind the last one. Every sum over rows is one chain in that order, so its bits do not depend
 * on the chunks. `bias`: [width·H] sums of the gate gradients so far, zero at first. */
laco_status laco_layer_run_gradients(laco_arena *arena, const laco_layer_run *run, laco_chunk chunk, laco_real *bias);
laco_status laco_layer_run_last_gradients(laco_arena *arena, const laco_layer_run *run, laco_real *bias);

/* dx of all rows, behind a backward loop that left it for later. Everything was kept for it. */
void laco_layer_run_input_gradient(const laco_layer_run *run);

/* Shared by the two loops: rows [begin, end) of step t that start from rows which lie together. */
typedef struct laco_segment {
    int64_t t, begin, end;
    int64_t previous; /* row of place `begin` before this step */
} laco_segment;

/* Training: the row of c, counted from base, that holds the state before a segment. */
int64_t laco_previous_c(const laco_layer_run *run, const laco_segment *segment);

/* The segments of places [begin, end) at step t: 0, 1 or 2. */
int laco_step_segments(const laco_layer_run *run, int64_t t, int64_t begin, int64_t end, laco_segment segments[2]);

/* Places of part `part` of `parts`, each with about the same number of rows over all time. */
void laco_layer_run_places(const laco_steps *steps, int part, int parts, int64_t *begin, int64_t *end);

/* Hidden units [begin, end). */
typedef struct laco_units {
    int64_t begin, end;
} laco_units;

/* One step of a loop for some units. */
typedef void (*laco_unit_fn)(const void *work, int64_t step, laco_units units);

/* Pieces that a loop over time is worth cutting the hidden units into: 1: none. Then laco_layer_run_over_units calls `fn` for
 * every piece of step 0, 1 … steps-1, on several threads: all pieces of a step are done before the next begins. */
int laco_layer_run_pieces(const laco_layer_run *run);
void laco_layer_run_over_units(const laco_layer_run *run, int pieces, int64_t steps, laco_unit_fn fn, const void *work);

/* Parts that the loop over so many rows is worth splitting into. */
int laco_layer_run_parts(const laco_layer_run *run, int64_t rows);

#endif
