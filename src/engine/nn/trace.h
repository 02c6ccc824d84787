/* The inside of laco/trace.h. */
#ifndef LACO_NN_TRACE_H
#define LACO_NN_TRACE_H

#include "laco/trace.h"
#include "nn/recurrent.h"

/* Enters a trace of a call that is about to run, with memory for all of it, and has the input fetched. LACO_NO_MEMORY, or what
 * fetching came to. */
laco_status laco_trace_make(laco_tape *tape, const laco_rnn *rnn, laco_var x, const int32_t *lengths, int64_t T, int64_t B,
                            laco_run_trace **runs);

#endif
