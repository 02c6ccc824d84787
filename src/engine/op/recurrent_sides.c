#include "op/recurrent_sides.h"

#include "base/denormals.h"
#include "base/lanes.h"

typedef struct both_sides {
    const laco_recurrent_stage *stage;
    laco_direction_fn fn;
    unsigned denormals; /* as the caller treats them */
} both_sides;

int laco_directions_at_once(const laco_recurrent_saved *saved, const laco_recurrent_stage *stage)
{
    const laco_context *ctx = stage->run[0].layout.ctx;
    bool whole = !saved->call.training || saved->chunk >= saved->steps.T;
    if (saved->call.shape.directions < 2 || !whole || ctx->threads % 2 != 0 || laco_lanes_side(ctx, 2) < 2)
        return 1;
    return laco_layer_run_parts(&stage->run[0], 2 * saved->steps.R) < 2 ? 1 : 2;
}

static laco_status one_side(laco_context *lane, void *user, int number)
{
    const both_sides *sides = user;
    laco_layer_run run = sides->stage->run[number];
    laco_arena *scratch = laco_lane_scratch(lane);
    run.layout.ctx = lane;
    laco_restore_denormals(sides->denormals); /* so that sums outside laco_parallel are those of one direction after the other */
    laco_status status = sides->fn(scratch, &run);
    laco_flush_denormals();
    laco_arena_reset(scratch);
    return status;
}

laco_status laco_directions_run(laco_arena *arena, const laco_recurrent_stage *stage, int first, int count, laco_direction_fn fn)
{
    if (count == 1)
        return fn(arena, &stage->run[first]);
    unsigned denormals = laco_flush_denormals();
    laco_restore_denormals(denormals);
    return laco_lanes_run(arena->ctx, count, one_side, &(both_sides){stage, fn, denormals});
}
