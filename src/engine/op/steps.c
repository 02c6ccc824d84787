#include "op/steps.h"

#include "kernel/kernel.h"
#include "op/matmul.h"
#include "op/ranges.h"

#include <string.h>

static laco_status check_lengths(laco_context *ctx, int64_t T, int64_t B, const int32_t *lengths, int64_t *longest)
{
    *longest = lengths ? 0 : T;
    for (int64_t b = 0; lengths && b < B; b++) {
        if (lengths[b] < 0 || lengths[b] > T)
            return laco_fail(ctx, LACO_INVALID, "length %d of sequence %lld is not within 0 … %lld", (int)lengths[b],
                             (long long)b, (long long)T);
        *longest = LACO_MAX(*longest, lengths[b]);
    }
    if (B == 0)
        *longest = 0;
    return LACO_OK;
}

/* Counting sort, longest first; sequences of one length keep their order. `ends` has T+2 places. */
static void sort_by_length(laco_steps *steps, const int32_t *lengths, int64_t *ends)
{
    memset(ends, 0, (size_t)(steps->T + 2) * sizeof *ends);
    for (int64_t b = 0; b < steps->B; b++)
        ends[lengths ? lengths[b] : steps->T]++;
    for (int64_t length = steps->T; length >= 0; length--)
        ends[length] += ends[length + 1]; /* now: sequences at least this long */
    steps->offset[0] = 0;
    for (int64_t t = 0; t < steps->T; t++)
        steps->offset[t + 1] = steps->offset[t] + ends[t + 1];
    steps->R = steps->offset[steps->T];
    steps->sorted = true;
    for (int64_t b = 0; b < steps->B; b++) {
        int64_t length = lengths ? lengths[b] : steps->T, place = ends[length + 1]++;
        steps->order[place] = b;
        steps->length[place] = length;
        steps->sorted = steps->sorted && place == b;
    }
}

laco_status laco_steps_make(laco_arena *arena, int64_t T, int64_t B, const int32_t *lengths, laco_steps *steps)
{
    int64_t longest;
    LACO_TRY(check_lengths(arena->ctx, T, B, lengths, &longest));
    *steps = (laco_steps){.T = longest, .B = B};
    steps->offset = laco_arena_alloc(arena, (size_t)longest + 1, sizeof(int64_t));
    steps->order = laco_arena_alloc(arena, (size_t)B, sizeof(int64_t));
    steps->length = laco_arena_alloc(arena, (size_t)B, sizeof(int64_t));
    int64_t *ends = laco_arena_alloc(arena, (size_t)longest + 2, sizeof(int64_t));
    if (!steps->offset || !steps->order || !steps->length || !ends)
        return LACO_NO_MEMORY;
    sort_by_length(steps, lengths, ends);
    return LACO_OK;
}

typedef enum direction { GATHER, SCATTER, SCATTER_ADD } direction;

typedef struct copy_work {
    const laco_steps *steps;
    const laco_kernels *kernels;
    laco_grid grid;
    int64_t width, rows_ld, T_padded;
    laco_real *rows, *caller; /* which of the two is written depends on the direction */
    direction direction;
} copy_work;

static void copy_row(const copy_work *w, laco_real *row, laco_real *caller)
{
    size_t bytes = (size_t)w->width * sizeof *row;
    if (w->direction == GATHER)
        memcpy(row, caller, bytes);
    else if (w->direction == SCATTER)
        memcpy(caller, row, bytes);
    else
        w->kernels->add(w->width, row, caller);
}

static void copy_part(void *work, int part, int parts)
{
    const copy_work *w = work;
    const laco_steps *steps = w->steps;
    int64_t begin, end;
    laco_part_range(w->T_padded, 1, part, parts, &begin, &end);
    for (int64_t t = begin; t < end; t++) {
        int64_t active = t < steps->T ? laco_steps_active(steps, t) : 0;
        for (int64_t b = 0; b < active; b++)
            copy_row(w, w->rows + (steps->offset[t] + b) * w->rows_ld,
                     w->caller + t * w->grid.t_stride + steps->order[b] * w->grid.b_stride);
        for (int64_t b = active; w->direction == SCATTER && b < steps->B; b++)
            memset(w->caller + t * w->grid.t_stride + steps->order[b] * w->grid.b_stride, 0,
                   (size_t)w->width * sizeof(laco_real));
    }
}

static void copy(laco_context *ctx, copy_work *work)
{
    double cost = LACO_MEMORY_COST * (double)work->width * (double)work->T_padded * (double)work->steps->B;
    work->kernels = laco_kernels_of(ctx);
    laco_parallel(ctx, laco_parts(ctx, work->T_padded, cost, LACO_WORTH_A_THREAD), copy_part, work);
}

void laco_steps_gather(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, const laco_real *from,
                       laco_real *rows, int64_t rows_ld)
{
    /* The caller's side is only read when gathering. */
    copy(ctx, &(copy_work){steps, NULL, grid, width, rows_ld, steps->T, rows, (laco_real *)(uintptr_t)from, GATHER});
}

void laco_steps_scatter(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, int64_t T_padded,
                        const laco_real *rows, int64_t rows_ld, laco_real *to)
{
    copy(ctx, &(copy_work){steps, NULL, grid, width, rows_ld, T_padded, (laco_real *)(uintptr_t)rows, to, SCATTER});
}

void laco_steps_scatter_add(laco_context *ctx, const laco_steps *steps, laco_grid grid, int64_t width, const laco_real *rows,
                            int64_t rows_ld, laco_real *to)
{
    copy(ctx, &(copy_work){steps, NULL, grid, width, rows_ld, steps->T, (laco_real *)(uintptr_t)rows, to, SCATTER_ADD});
}
