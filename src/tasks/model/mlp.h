/* Multilayer perceptrons: steps side by side, through layers of relu. What recurrent layers are compared with. */
#ifndef LACO_MODEL_MLP_H
#define LACO_MODEL_MLP_H

#include "laco/nn.h"

#define LACO_DEEPEST 16         /* layers */
#define LACO_WIDEST_WINDOW 1000 /* steps */

typedef struct laco_mlp_config {
    int64_t in, hidden, layers;
    double dropout;   /* behind each layer */
    bool variational; /* it drops the same elements at every step */
    int64_t member;   /* of an ensemble, by which the layers are named; else 0 */
} laco_mlp_config;

typedef struct laco_mlp {
    laco_mlp_config config;
    laco_linear *layer[LACO_DEEPEST];
} laco_mlp;

/* Layers hidden_l0, hidden_l1 … in `module`. LACO_INVALID: more than LACO_DEEPEST of them, or none. */
laco_status laco_mlp_new(laco_module *module, const laco_mlp_config *config, laco_mlp *out);

/* x […][in] to […][hidden]. */
laco_var laco_mlp_apply(laco_tape *tape, const laco_mlp *network, laco_var x, bool training);

/* x [T][B][E] to [T][B][W·E]: `window` steps side by side, the step itself in the middle (of an even number: one more before it);
 * zeros beyond the sequence, whose steps are lengths[b] (NULL: all T). */
laco_var laco_window(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t window);

/* x [T][B][E] to [T][B][W·E]: each step behind the window − 1 before it, the oldest first. Those before step 0 are *before
 * [W−1][B][E], which becomes the last ones of all; NULL: zeros. A window of 1 has none, and *before stays. */
laco_var laco_window_behind(laco_tape *tape, laco_var x, laco_var *before, int64_t window);

/* x [T][B][E] to [B][steps·E]: each whole sequence as one row, its first `steps` steps, zeros behind its end. */
laco_var laco_side_by_side(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t steps);

#endif
