/* The loop over time of few sequences, split by hidden units: each thread does its own units of every step, and all meet behind
 * it. What one thread reads of a large W_hh stays in that thread's cache.
 *
 * No thread waits for another to arrive: a piece that its thread does not take is done by another. So it also ends well where the
 * other core is busy, or there are no other threads at all. */
#include "base/relax.h"
#include "base/threads.h"
#include "op/pass.h"
#include "op/product.h"

#include <stdatomic.h>
#include <time.h>

#define MOST_PIECES 16
#define WORTH_A_PIECE 6e4 /* multiply-adds of one step: 1 µs of reading weights, against some 0.3 to meet */
#define PATIENCE 4096     /* turns that a piece may go untaken by its thread */
#define STALLED 1e-3      /* seconds of waiting for a piece that was taken: its thread has lost its core */

/* Each counter has a cache line of its own. */
typedef struct counter {
    _Atomic int64_t value;
    char rest[64 - sizeof(int64_t)];
} counter;

typedef struct unit_loop {
    const laco_layer_run *run;
    laco_unit_fn fn;
    const void *work;
    int64_t steps, grain;
    int pieces;
    counter joined, done, stalled;
    counter taken[MOST_PIECES]; /* steps whose piece was taken */
} unit_loop;

static int64_t unit_grain(const laco_layer_run *run)
{
    return laco_product_grain(laco_kernels_of(run->layout.ctx), run->layout.shape->precision);
}

int laco_layer_run_pieces(const laco_layer_run *run)
{
    const laco_cell_shape *shape = run->layout.shape;
    int64_t grain = unit_grain(run), B = run->layout.steps->B, grains = shape->H / grain;
    double cost = (double)B * (double)laco_cells[shape->kind].gates * (double)shape->H * (double)shape->P;
    if (B >= laco_threads(run->layout.ctx) || B > LACO_FEW_ROWS || shape->H % grain != 0 || laco_cell_projects(shape) ||
        run->layout.steps->T < 8)
        return 1;
    return laco_parts(run->layout.ctx, LACO_MIN(grains, MOST_PIECES), cost, WORTH_A_PIECE);
}

/* Does a piece of a step unless somebody has taken it. */
static void try_piece(unit_loop *loop, int64_t step, int piece)
{
    int64_t taken = step;
    if (!atomic_compare_exchange_strong(&loop->taken[piece].value, &taken, step + 1))
        return;
    laco_units units;
    laco_part_range(loop->run->layout.shape->H, loop->grain, piece, loop->pieces, &units.begin, &units.end);
    loop->fn(loop->work, step, units);
    atomic_fetch_add(&loop->done.value, 1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Waits until all pieces of a step are done; takes those that nobody comes for. */
static void meet(unit_loop *loop, int64_t step)
{
    double since = 0;
    for (int64_t turn = 1; atomic_load(&loop->done.value) < (step + 1) * loop->pieces; turn++) {
        if (atomic_load(&loop->joined.value) < loop->pieces || turn % PATIENCE == 0)
            for (int piece = 0; piece < loop->pieces; piece++)
                try_piece(loop, step, piece);
        if (turn % PATIENCE == 0 && since == 0)
            since = now();
        else if (turn % PATIENCE == 0 && now() - since > STALLED)
            atomic_store(&loop->stalled.value, 1);
        LACO_RELAX();
    }
}

static void unit_part(void *work, int part, int parts)
{
    unit_loop *loop = work;
    (void)parts;
    atomic_fetch_add(&loop->joined.value, 1);
    for (int64_t step = atomic_load(&loop->done.value) / loop->pieces; step < loop->steps; step++) {
        try_piece(loop, step, part);
        meet(loop, step);
    }
}

void laco_layer_run_over_units(const laco_layer_run *run, int pieces, int64_t steps, laco_unit_fn fn, const void *work)
{
    unit_loop loop = {.run = run, .fn = fn, .work = work, .steps = steps, .grain = unit_grain(run), .pieces = pieces};
    laco_parallel(run->layout.ctx, pieces, unit_part, &loop);
    if (atomic_load(&loop.stalled.value))
        laco_parallel_held_up(run->layout.ctx);
}
