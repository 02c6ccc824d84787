/* The inside of a recurrent layer: its parameters, and what is packed of them. */
#ifndef LACO_NN_RECURRENT_H
#define LACO_NN_RECURRENT_H

#include "base/base.h"
#include "laco/nn.h"
#include "nn/module.h"
#include "op/recurrent.h"

/* The names of the cells from LACO_RNN on, ended by NULL. */
LACO_SHARED extern const char *const laco_cell_names[];

/* "rnn", "gru", "lstm" or "mlp". */
LACO_SHARED const char *laco_cell_name(laco_cell_kind cell);
/* The parameters of one layer in one direction, and which of their versions are packed. */
typedef struct laco_rnn_params {
    laco_param *w_ih, *w_hh, *b_ih, *b_hh, *w_hr; /* biases and w_hr may be NULL */
    uint64_t packed[LACO_PACK_KINDS];             /* sum of versions: versions only rise, so sums differ */
} laco_rnn_params;

struct laco_rnn {
    laco_layer layer;
    laco_recurrent_shape shape;
    bool batch_first, variational;
    double dropout, weight_drop;
    int64_t recompute_steps, placed;
    laco_rnn_params *weights;  /* [layers·directions] */
    laco_cell_weights *packed; /* the same, as the driver wants them */
    laco_real *memory;         /* of all packs; NULL: they have none now */
    uint64_t *mask_streams;    /* [layers] scratch for one call */
};

/* The recurrent layer whose parameters are called NAME.weight_ih_l0 …. LACO_INVALID, in ctx: there is none, and which there are.
 */
LACO_SHARED laco_status laco_module_find_rnn(const laco_module *module, laco_context *ctx, const char *name, laco_rnn **out);

laco_context *laco_rnn_context(const laco_rnn *rnn);
LACO_SHARED const laco_recurrent_shape *laco_rnn_shape(const laco_rnn *rnn);
laco_precision laco_rnn_precision(const laco_rnn *rnn); /* of its module now */
static inline int64_t laco_rnn_passes(const laco_rnn *rnn) { return rnn->shape.layers * rnn->shape.directions; }

/* The weights of a layer in a direction, as the driver takes them. */
LACO_SHARED const laco_cell_weights *laco_rnn_weights(const laco_rnn *rnn, int64_t layer, int direction);

/* Memory for the packs of every pass, in the precision of rnn->shape, where they have none. LACO_NO_MEMORY. */
laco_status laco_rnn_place(laco_rnn *rnn);

/* Takes the module's precision; packs of another one are dropped. */
void laco_rnn_follow_precision(laco_rnn *rnn);

/* The layer's weights for a call that packs them for itself, without packs, in the arena; NULL: no memory. And such packs, placed and
 * filled: those of W_ih of the layers from `first` on. LACO_NO_MEMORY. */
laco_cell_weights *laco_rnn_copy_weights(laco_arena *arena, laco_rnn *rnn);
laco_status laco_rnn_pack_aside(laco_arena *arena, const laco_rnn *rnn, laco_packs_part part, int64_t first, int64_t T, int64_t B,
                                laco_cell_weights *weights);

/* Packs what has changed since it was packed, of the layers from `first` on, for T steps of B sequences. */
void laco_rnn_pack(laco_context *ctx, laco_rnn *rnn, laco_pack_kind kind, int64_t first, int64_t T, int64_t B);

/* Gives back the memory of the packs, and makes the driver's view of the weights without them: of laco_layer. */
void laco_rnn_drop_packs(laco_layer *layer);

/* Packs all that inference may read, whatever the input is: of laco_layer. */
laco_status laco_rnn_prepare(laco_layer *layer);
laco_status laco_rnn_settle(laco_layer *layer, laco_param_read read, const void *user);

#endif
