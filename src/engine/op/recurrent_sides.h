/* The two directions of a layer need nothing of each other. With two threads each takes one from its beginning to its end: what it needs
 * of weights, gates and states then stays in the caches of one core, where threads that share a direction would hand half of it over. */
#ifndef LACO_OP_RECURRENT_SIDES_H
#define LACO_OP_RECURRENT_SIDES_H

#include "op/recurrent_saved.h"

/* Directions of a layer that are run at once: 2 where there are threads for it, enough to do, and nothing has to be computed again. */
int laco_directions_at_once(const laco_recurrent_saved *saved, const laco_recurrent_stage *stage);

/* One direction, with workspace from `arena`. */
typedef laco_status (*laco_direction_fn)(laco_arena *arena, const laco_layer_run *run);

/* Runs `count` directions, from `first` on, at once: of two, each in a lane and with a workspace of its own. */
laco_status laco_directions_run(laco_arena *arena, const laco_recurrent_stage *stage, int first, int count, laco_direction_fn fn);

#endif
