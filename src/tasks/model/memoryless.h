/* Networks without memory: steps side by side, through layers of relu. What recurrent layers are compared with. */
#ifndef LACO_MODEL_MEMORYLESS_H
#define LACO_MODEL_MEMORYLESS_H

#include "laco/nn.h"

#define LACO_DEEPEST 16 /* layers */

typedef struct laco_memoryless {
    laco_linear *layer[LACO_DEEPEST];
    int64_t layers;
    double dropout; /* behind each layer */
} laco_memoryless;

/* Layers hidden_l0, hidden_l1 … in `module`, from `in` elements to `hidden`. */
laco_status laco_memoryless_new(laco_module *module, int64_t in, int64_t hidden, int64_t layers, double dropout, laco_memoryless *out);

/* x […][in] to […][hidden]. */
laco_var laco_memoryless_apply(laco_tape *tape, const laco_memoryless *network, laco_var x, bool training);

/* x [T][B][E] to [T][B][W·E]: `window` steps side by side, the step itself in the middle (of an even number: one more before it); zeros
 * beyond the sequence, whose steps are lengths[b] (NULL: all T). */
laco_var laco_window(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t window);

/* x [T][B][E] to [B][steps·E]: each whole sequence as one row, its first `steps` steps, zeros behind its end. */
laco_var laco_side_by_side(laco_tape *tape, laco_var x, const int32_t *lengths, int64_t steps);

#endif
