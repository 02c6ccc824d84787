/* The recurrent cells as one table, and the weights of one layer in one direction, packed for the kernels. */
#ifndef LACO_OP_CELL_H
#define LACO_OP_CELL_H

#include "base/arena.h"
#include "kernel/kernel.h"

/* `gates` blocks of H weight rows from block `row` on feed the columns from block `column` on of a gate row. */
typedef struct laco_gate_span {
    int row, column, gates;
} laco_gate_span;

/* A cell: how many gates its weights hold and where their sums stand in a gate row (see laco_gates). The GRU's
 * row has four blocks for three gates, because n keeps W_in x + b_in and W_hn h + b_hn apart. */
typedef struct laco_cell_info {
    const char *name;
    int gates;               /* blocks of H rows in weight_ih and weight_hh */
    int width;               /* blocks of H columns in a gate row */
    bool has_c;              /* a second state, the LSTM's c */
    laco_gate_span input[2]; /* W_ih x + b_ih; the second may be empty */
} laco_cell_info;

/* The hidden sums W_hh h + b_hh of every cell stand in columns 0 … gates·H-1. */
LACO_SHARED extern const laco_cell_info laco_cells[LACO_GATES_COUNT];

/* The sizes of one layer in one direction. P is the size of the output h: H, or proj_size. */
typedef struct laco_cell_shape {
    laco_gate_kind kind;
    int64_t I, H, P;
    laco_precision precision; /* of all products */
} laco_cell_shape;

static inline bool laco_cell_projects(const laco_cell_shape *shape) { return shape->P != shape->H; }

/* Weights as PyTorch lays them out: w_ih [gates·H][I], w_hh [gates·H][P], b_ih and b_hh [gates·H] or NULL,
 * w_hr [P][H] or NULL; and what is packed from them. */
typedef struct laco_cell_packs {
    laco_real *input[2], *hidden, *projection;                /* forward: h·W_hhᵀ … */
    laco_real *input_back[2], *hidden_back, *projection_back; /* backward: dG·W_hh … */
    laco_real *bias;                                          /* [width·H] what a gate row starts from */
} laco_cell_packs;

typedef struct laco_cell_weights {
    const laco_real *w_ih, *w_hh, *b_ih, *b_hh, *w_hr;
    laco_real *dw_ih, *dw_hh, *db_ih, *db_hh, *dw_hr; /* gradients, added to; NULL where none is wanted */
    laco_cell_packs packs;
} laco_cell_weights;

/* Which packs: those of the pass forwards, of the pass backwards, or both. */
typedef enum laco_packs_part { LACO_PACKS_FORWARD = 1, LACO_PACKS_BACK = 2, LACO_PACKS_ALL = 3 } laco_packs_part;

/* Elements of memory that the packs of a layer need, and the placing of the packs in that memory; other packs stay where they are. */
int64_t laco_packs_size(const laco_kernels *kernels, const laco_cell_shape *shape, laco_packs_part part);
void laco_packs_place(const laco_kernels *kernels, const laco_cell_shape *shape, laco_packs_part part, laco_real *memory,
                      laco_cell_packs *packs);

/* What a gate row starts from, [width·H]: b_ih where the input sums stand, plus b_hh where the hidden sums stand; zeros without
 * biases. */
LACO_SHARED void laco_cell_bias(laco_gate_kind kind, int64_t H, const laco_cell_weights *weights, laco_real *bias);

/* What is packed for different products, each on its own: many calls need only some of it. */
typedef enum laco_pack_kind {
    LACO_PACK_HIDDEN,      /* W_hh and W_hr forward, and the bias */
    LACO_PACK_INPUT,       /* W_ih forward: not for one-hot rows, which pick columns of it */
    LACO_PACK_HIDDEN_BACK, /* W_hh and W_hr backward */
    LACO_PACK_INPUT_BACK,  /* W_ih backward: only where the gradient of the input is wanted */
    LACO_PACK_KINDS
} laco_pack_kind;

/* Where W_hh backward is not packed but read as it lies (laco_kernels.gemm_unpacked): few sequences, for which packing takes as
 * long as several steps; the same for W_ih, whose product is one over all rows. */
#define LACO_UNPACKED_MOST (1 << 18) /* elements that stay in the second-level cache: of more, packed ones come faster */
#define LACO_UNPACKED_STEPS 8        /* with no more steps than these that does not matter */
static inline bool laco_hidden_unpacked(const laco_cell_shape *shape, int64_t T, int64_t B)
{
    return shape->precision == LACO_FP32 && B <= LACO_FEW_ROWS && !laco_cell_projects(shape) &&
           (T <= LACO_UNPACKED_STEPS || 4 * shape->H * shape->P <= LACO_UNPACKED_MOST);
}
static inline bool laco_input_unpacked(laco_precision precision, int64_t T, int64_t B)
{
    return precision == LACO_FP32 && T <= LACO_FEW_ROWS && B <= LACO_FEW_ROWS && T * B <= LACO_FEW_ROWS;
}

void laco_packs_fill(laco_context *ctx, laco_pack_kind kind, const laco_cell_shape *shape, const laco_cell_weights *weights);

#endif
