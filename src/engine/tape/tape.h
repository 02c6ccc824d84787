/* The inside of a tape. An operation makes its result with laco_var_new, computes it at once, and records its backward pass with
 * laco_tape_record. Entries are coarse (a whole multi-layer LSTM is one), so going back is one loop over a short list. */
#ifndef LACO_TAPE_TAPE_H
#define LACO_TAPE_TAPE_H

#include "base/arena.h"
#include "laco/tape.h"

/* Rows of a table that have not been fetched: see laco_value. */
typedef struct laco_lookup {
    const int32_t *ids; /* one for each row of the value, in the tape's memory */
    laco_param *table;  /* [V][E]; NULL: rows of the unit matrix (one-hot) */
    int64_t size;       /* V: ids must be below it */
    int64_t padding;    /* the row of the table that gets no gradient, or -1 */
} laco_lookup;

struct laco_value {
    laco_tape *tape;
    int ndim;
    int64_t shape[LACO_MAX_DIMS];
    int64_t size;
    laco_real *data; /* NULL: a look-up whose rows nobody has needed yet; use laco_var_fetch */
    laco_real *grad; /* NULL: nothing has arrived */
    bool needs_grad;
    int64_t born;              /* operations on the tape's record when it was made */
    const laco_lookup *lookup; /* where the value is rows of a table, or NULL */
};

/* Memory for a gradient, in laco_tape.aside. */
typedef struct laco_gradient {
    laco_real *data;
    int64_t size; /* elements */
    laco_var of;  /* whose it is; NULL: nobody's */
} laco_gradient;

struct laco_tape {
    laco_context *ctx;
    laco_arena arena;
    laco_arena aside;        /* what does not live as long as the record: gradients of laco_backward_once */
    struct laco_entry *last; /* newest first */
    int64_t entries;         /* of the record */
    laco_arena_mark begin;   /* where the memory of the next operation begins */
    laco_gradient *gradient; /* [gradients] while laco_backward_once is on its way */
    size_t gradients, gradient_room;
    bool once;
    bool inference;
    bool passing; /* weights change after they were read: packs of them lie in `aside` for one product, and no layer keeps any */
    laco_status status;
    uint64_t seed, step, masks; /* masks: dropout operations since the step began */
    laco_tape *inner;           /* where laco_recompute runs, or NULL */
    bool tracing;               /* recurrent calls are traced: laco/trace.h */
    const struct laco_rnn_trace **traces;
    size_t trace_count;
};

/* Goes back through one operation: reads the gradients of its results, adds to those of its operands. */
typedef laco_status (*laco_backward_fn)(laco_tape *tape, void *saved);

/* The first error sticks; returns NULL, so that an operation can `return laco_tape_fail(...)`. */
LACO_SHARED laco_var laco_tape_fail(laco_tape *tape, laco_status status);
/* The same with a text of its own (LACO_INVALID). */
LACO_SHARED laco_var laco_tape_refuse(laco_tape *tape, const char *format, ...) LACO_PRINTF(2, 3);

/* False where the tape has failed or an operand is NULL: then the operation returns NULL. */
LACO_SHARED bool laco_tape_ready(laco_tape *tape, laco_var operand);

/* A new value, its elements not set. It needs a gradient where `needs_grad` and the tape records. */
LACO_SHARED laco_var laco_var_new(laco_tape *tape, int ndim, const int64_t *shape, bool needs_grad);
laco_var laco_var_like(laco_tape *tape, laco_var x, bool needs_grad);

/* Records an operation; `saved` lies in the tape's arena. NULL `backward` or an inference tape: nothing to do. */
laco_status laco_tape_record(laco_tape *tape, laco_backward_fn backward, void *saved);

/* The elements of a value, its rows fetched if they were only looked up; NULL: the tape has failed. */
LACO_SHARED laco_real *laco_var_fetch(laco_var var);
/* The gradient to add to, zero at first; NULL: the tape has failed. */
LACO_SHARED laco_real *laco_var_gradient(laco_var var);

/* The same as laco_backward for a caller that then looks at nothing on the tape: behind each operation, whatever was made for it or since
 * is gone, gradients of values and leaves with it, and what comes before it takes their memory. Nothing on the tape has a gradient
 * before. */
LACO_SHARED laco_status laco_backward_once(laco_tape *tape, laco_var loss);

/* Between the two, what is computed is not recorded, and behind them it is gone. */
typedef struct laco_trial {
    laco_arena_mark mark;
    bool inference;
} laco_trial;
LACO_SHARED laco_trial laco_trial_begin(laco_tape *tape);
LACO_SHARED void laco_trial_end(laco_tape *tape, laco_trial trial);

/* Gives the memory back that a tape keeps for its next round. Nothing is on it from here on. */
LACO_SHARED void laco_tape_let_go(laco_tape *tape);

/* Memory for the gradient of a value in a pass of laco_backward_once, not set; NULL without. And back with that of all values born
 * at `entry` or later. */
laco_real *laco_gradient_take(laco_tape *tape, laco_var var);
void laco_gradients_give(laco_tape *tape, int64_t entry);

/* Sizes by the last dimension: rows of `columns` elements (a scalar is one row of one). */
static inline int64_t laco_var_columns(laco_var x) { return x->ndim > 0 ? x->shape[x->ndim - 1] : 1; }
static inline int64_t laco_var_rows(laco_var x)
{
    int64_t rows = 1;
    for (int i = 0; i + 1 < x->ndim; i++)
        rows *= x->shape[i];
    return rows;
}

/* A look-up value: [rows][columns][E] (rows 0: [columns][E]) of table or unit matrix. Ids are copied. */
laco_var laco_var_lookup(laco_tape *tape, const int32_t *ids, int64_t rows, int64_t columns, laco_param *table, int64_t size,
                         int64_t padding);

/* The stream of random numbers of the next dropout mask. */
uint64_t laco_tape_next_mask(laco_tape *tape);

#endif
