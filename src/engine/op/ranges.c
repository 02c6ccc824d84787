#include "op/ranges.h"

#include "op/matmul.h"

typedef struct ranges_work {
    laco_range_fn fn;
    const void *work;
    int64_t count, grain;
} ranges_work;

static void ranges_part(void *work, int part, int parts)
{
    const ranges_work *w = work;
    int64_t begin, end;
    laco_part_range(w->count, w->grain, part, parts, &begin, &end);
    if (begin < end)
        w->fn(w->work, begin, end);
}

void laco_ranges(laco_context *ctx, int64_t count, int64_t grain, double cost, laco_range_fn fn, const void *work)
{
    ranges_work w = {fn, work, count, grain};
    int64_t grains = count / grain + (count % grain != 0);
    laco_parallel(ctx, laco_parts(ctx, grains, cost * (double)count, LACO_WORTH_A_THREAD), ranges_part, &w);
}

typedef struct arrays_work {
    size_t count;
    laco_arrays_size size;
    laco_arrays_fn fn;
    const void *work;
} arrays_work;

static int64_t grains_of(const arrays_work *w, size_t index)
{
    return (w->size(w->work, index) + LACO_ARRAYS_GRAIN - 1) / LACO_ARRAYS_GRAIN;
}

/* Grains begin … end-1 of all, counted through. */
static void arrays_range(const void *work, int64_t begin, int64_t end)
{
    const arrays_work *w = work;
    for (size_t i = 0; i < w->count && end > 0; i++) {
        int64_t grains = grains_of(w, i), from = LACO_MAX(begin, 0), to = LACO_MIN(end, grains);
        if (from < to)
            w->fn(w->work, i, from * LACO_ARRAYS_GRAIN, LACO_MIN(to * LACO_ARRAYS_GRAIN, w->size(w->work, i)));
        begin -= grains;
        end -= grains;
    }
}

void laco_ranges_over(laco_context *ctx, size_t count, double cost, laco_arrays_size size, laco_arrays_fn fn, const void *work)
{
    arrays_work w = {count, size, fn, work};
    int64_t grains = 0;
    for (size_t i = 0; i < count; i++)
        grains += grains_of(&w, i);
    laco_ranges(ctx, grains, 1, cost * LACO_ARRAYS_GRAIN, arrays_range, &w);
}

typedef struct sum_work {
    laco_range_sum_fn fn;
    const void *work;
    int64_t count, block;
    double *sums; /* one for each block */
} sum_work;

static void sum_blocks(const void *work, int64_t begin, int64_t end)
{
    const sum_work *w = work;
    for (int64_t i = begin; i < end; i++)
        w->sums[i] = w->fn(w->work, i * w->block, LACO_MIN(w->count, (i + 1) * w->block));
}

laco_status laco_ranges_sum(laco_arena *arena, int64_t count, int64_t block, double cost, laco_range_sum_fn fn, const void *work,
                            double *sum)
{
    int64_t blocks = count / block + (count % block != 0);
    laco_arena_mark mark = laco_arena_save(arena);
    sum_work w = {fn, work, count, block, laco_arena_alloc(arena, (size_t)blocks, sizeof(double))};
    if (!w.sums)
        return LACO_NO_MEMORY;
    laco_ranges(arena->ctx, blocks, 1, cost * (double)block, sum_blocks, &w);
    *sum = 0;
    for (int64_t i = 0; i < blocks; i++)
        *sum += w.sums[i];
    laco_arena_rewind(arena, mark);
    return LACO_OK;
}
