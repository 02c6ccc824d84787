/* Many questions at once: in parts side by side, each put to a handle of the model of its own. One text answered alone has the same
 * answer as among others, so answers do not depend on the parts. */
#ifndef LACO_MODEL_PARTS_H
#define LACO_MODEL_PARTS_H

#include "model/model.h"

/* Answers the questions subset[0 … count - 1] by `model`, a handle, or the model itself. What it writes to beside that it either
 * writes at places of these questions alone, or between laco_lanes_lock and laco_lanes_unlock of model->ctx. */
typedef laco_status (*laco_ask_part_fn)(laco_model *model, const size_t *subset, size_t count, void *user);

/* Answers `count` questions, those numbered in `subset` (NULL: all): one part for each thread, where each has `least` of them. */
laco_status laco_model_ask_parts(laco_model *model, const size_t *subset, size_t count, size_t least, laco_ask_part_fn ask,
                                 void *user);

#endif
