/* What the driver keeps of its steps for those who ask (laco/trace.h). */
#ifndef LACO_OP_RECURRENT_TRACE_H
#define LACO_OP_RECURRENT_TRACE_H

#include "op/pass.h"

/* Gates and states of a run that kept them, to the caller's rows. */
void laco_trace_forward(const laco_layer_run *run, const laco_run_trace *trace);

/* Within the loop backwards, before the gates' kernel: the gradients of h and c that have come together for a segment. `g` is what
 * the kernel gets for `units` of it; `total` [rows][P], with a projection, the gradient of h that g lacks, else NULL. */
void laco_trace_segment(const laco_layer_run *run, const laco_segment *segment, laco_units units, const laco_gates *g,
                        const laco_real *total);

#endif
