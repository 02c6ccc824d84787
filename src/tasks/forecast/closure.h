/* Training by L-BFGS: the whole data in every evaluation of the loss, instead of a batch at a time. */
#ifndef LACO_FORECAST_CLOSURE_H
#define LACO_FORECAST_CLOSURE_H

#include "train/loop.h"

/* As laco_train_loop, with one step of the optimiser (up to max_iter iterations) for an epoch; batches, laid out as epoch 0 asks,
 * are summed up to one loss and one gradient. Validation, patience, progress, checkpoints and resuming are the loop's; schedule,
 * warm-up and clipping have no meaning here. A run that is ended within a step goes back to before it. */
laco_status laco_train_closure(laco_learner *learner, const laco_train_options *options, const laco_lbfgs_config *config,
                               const char *fingerprint, int64_t *epochs_done);

#endif
