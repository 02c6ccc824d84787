#include "op/dropout.h"
#include "op/matmul.h"
#include "op/recurrent_sides.h"
#include "op/recurrent_trace.h"

#include <math.h>
#include <string.h>

#define MOST_KEPT 0x1p30 /* bytes of one call: of more, most are computed again */

static size_t bytes_of(int64_t elements) { return (size_t)elements * sizeof(laco_real); }

/* The ids that occur, each once, in the order in which they are met; row_of says which row takes which. */
static laco_status unique_ids(laco_arena *arena, laco_recurrent_saved *saved)
{
    const laco_recurrent_call *call = &saved->call;
    const laco_steps *steps = &saved->steps;
    laco_grid grid = laco_recurrent_grid(call, 1);
    int64_t size = call->table_size;
    int32_t *place = laco_arena_zeroed(arena, (size_t)size, sizeof *place); /* of each id in `unique`, from 1 on */
    int32_t *unique = laco_arena_alloc(arena, (size_t)LACO_MIN(size, steps->R), sizeof *unique);
    int64_t *row_of = laco_arena_alloc(arena, (size_t)steps->R, sizeof *row_of), count = 0;
    if (!place || !unique || !row_of)
        return LACO_NO_MEMORY;
    for (int64_t t = 0, r = 0; t < steps->T; t++)
        for (int64_t b = 0; b < laco_steps_active(steps, t); b++, r++) {
            int32_t id = call->ids[t * grid.t_stride + steps->order[b] * grid.b_stride];
            if (id < 0 || id >= size)
                return laco_fail(arena->ctx, LACO_INVALID, "id %d at step %lld of sequence %lld is not within 0 … %lld", (int)id,
                                 (long long)t, (long long)steps->order[b], (long long)size - 1);
            if (place[id] == 0) {
                unique[count++] = id;
                place[id] = (int32_t)count;
            }
            row_of[r] = place[id] - 1;
        }
    saved->unique = unique;
    saved->input.row_of = row_of;
    saved->input.rows = count;
    return LACO_OK;
}

/* The rows that the first layer reads. */
static laco_status first_input(laco_arena *arena, laco_recurrent_saved *saved)
{
    const laco_recurrent_call *call = &saved->call;
    laco_layer_run_input *input = &saved->input;
    int64_t I = call->shape.I;
    *input = (laco_layer_run_input){.rows = saved->steps.R, .x = call->x, .x_ld = I};
    if (call->x && laco_recurrent_aligned(saved))
        return LACO_OK;
    if (!call->x)
        LACO_TRY(unique_ids(arena, saved));
    if (!call->x && !call->table) {
        input->one_hot = saved->unique;
        return LACO_OK;
    }
    laco_real *rows = laco_arena_alloc(arena, (size_t)input->rows, bytes_of(I));
    if (!rows)
        return LACO_NO_MEMORY;
    input->x = rows;
    if (call->x)
        laco_steps_gather(arena->ctx, &saved->steps, laco_recurrent_grid(call, I), I, call->x, rows, I);
    for (int64_t r = 0; !call->x && r < input->rows; r++)
        memcpy(rows + r * I, call->table + saved->unique[r] * I, bytes_of(I));
    return LACO_OK;
}

/* The initial state of one run into the rows before row 0 (of h) or all rows (of a running c), in the driver's order. */
static void place_initial(const laco_steps *steps, int64_t width, const laco_real *from, laco_real *to, int64_t to_ld)
{
    for (int64_t b = 0; b < steps->B; b++) {
        if (from)
            memcpy(to + b * to_ld, from + steps->order[b] * width, bytes_of(width));
        else
            memset(to + b * to_ld, 0, bytes_of(width));
    }
}

static void take_final(const laco_layer_run *run, const laco_real *rows, int64_t width, int64_t ld, bool by_place, laco_real *to)
{
    const laco_steps *steps = run->layout.steps;
    for (int64_t b = 0; b < steps->B; b++) {
        int64_t row = by_place ? b : laco_final_row(steps, run->layout.reverse, b);
        memcpy(to + steps->order[b] * width, rows + row * ld, bytes_of(width));
    }
}

/* A run, and the memory that it always keeps for the backward pass. */
static laco_status start_direction(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int direction,
                                   laco_layer_run_input input)
{
    laco_recurrent_call *call = &saved->call;
    laco_recurrent_stage *stage = &saved->stage[layer];
    const laco_steps *steps = &saved->steps;
    bool keeps = call->trace || (call->training && saved->chunk >= steps->T);
    int64_t index = layer * call->shape.directions + direction,
            ld = laco_layer_run_stride(laco_cells[stage->shape.kind].width * stage->shape.H);
    laco_layer_run *run = &stage->run[direction];
    *run = (laco_layer_run){.layout = {.ctx = arena->ctx,
                                       .shape = &stage->shape,
                                       .weights = &call->weights[index],
                                       .steps = steps,
                                       .reverse = direction == 1,
                                       .from_zero = !call->h0,
                                       .input = input,
                                       .gates_ld = ld,
                                       .y_ld = stage->y_ld},
                            .work = {.training = keeps,
                                     .chunk = saved->chunk,
                                     .rows = steps->R,
                                     .y = stage->y + direction * stage->shape.P,
                                     .h0 = stage->h0 + direction * stage->shape.P}};
    if (!keeps)
        run->work.rows = laco_layer_run_window(run);
    if (input.row_of && !(run->work.sums = laco_arena_alloc(arena, (size_t)input.rows, bytes_of(ld))))
        return LACO_NO_MEMORY;
    if (!call->training || keeps || !laco_cells[stage->shape.kind].has_c)
        return LACO_OK;
    run->work.kept_c = laco_arena_alloc(arena, (size_t)(laco_chunks(run, saved->chunk) * steps->B), bytes_of(stage->shape.H));
    return run->work.kept_c ? LACO_OK : LACO_NO_MEMORY;
}

/* The memory that a run works in, and its initial states. */
static laco_status prepare_direction(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int direction)
{
    laco_recurrent_call *call = &saved->call;
    laco_recurrent_stage *stage = &saved->stage[layer];
    const laco_steps *steps = &saved->steps;
    laco_layer_run *run = &stage->run[direction];
    int64_t index = layer * call->shape.directions + direction, B = steps->B, H = stage->shape.H, P = stage->shape.P;
    run->work.gates = laco_arena_alloc(arena, (size_t)run->work.rows, bytes_of(run->layout.gates_ld));
    if (!run->work.gates)
        return LACO_NO_MEMORY;
    place_initial(steps, P, call->h0 ? call->h0 + index * B * P : NULL, run->work.h0, stage->y_ld);
    if (laco_cells[stage->shape.kind].has_c) {
        laco_real *c = laco_arena_alloc(arena, (size_t)(B + (run->work.training ? steps->R : 0)), bytes_of(H));
        if (!c)
            return LACO_NO_MEMORY;
        place_initial(steps, H, call->c0 ? call->c0 + index * B * H : NULL, c, H);
        run->work.c = run->work.training ? c + B * H : c;
    }
    if (laco_cell_projects(&stage->shape)) {
        run->work.raw = laco_arena_alloc(arena, (size_t)(run->work.training ? steps->R : B), bytes_of(H));
        if (!run->work.raw)
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

static laco_status direction_forward(laco_arena *arena, const laco_layer_run *run)
{
    (void)arena;
    laco_layer_run_forward(run);
    return LACO_OK;
}

/* What the caller wants of a run beside its output. */
static void direction_results(const laco_recurrent_saved *saved, int64_t layer, int direction)
{
    const laco_recurrent_call *call = &saved->call;
    const laco_recurrent_stage *stage = &saved->stage[layer];
    const laco_layer_run *run = &stage->run[direction];
    int64_t index = layer * call->shape.directions + direction, B = saved->steps.B, H = stage->shape.H, P = stage->shape.P;
    if (call->hn)
        take_final(run, run->work.y, P, stage->y_ld, false, call->hn + index * B * P);
    if (call->cn && run->work.c)
        take_final(run, run->work.c, H, H, !run->work.training, call->cn + index * B * H);
    if (call->trace)
        laco_trace_forward(run, &call->trace[index]);
}

/* `count` directions at once. */
static laco_status run_directions(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, int first, int count)
{
    const laco_recurrent_stage *stage = &saved->stage[layer];
    laco_arena_mark work = laco_arena_save(arena);
    for (int d = first; d < first + count; d++)
        LACO_TRY(prepare_direction(arena, saved, layer, d));
    LACO_TRY(laco_directions_run(arena, stage, first, count, direction_forward));
    for (int d = first; d < first + count; d++)
        direction_results(saved, layer, d);
    if (!stage->run[first].work.training)
        laco_arena_rewind(arena, work);
    return LACO_OK;
}

/* Bytes that the backward pass needs of all runs where everything is kept. */
static double kept_bytes(const laco_recurrent_call *call, const laco_steps *steps)
{
    const laco_cell_info *cell = &laco_cells[call->shape.kind];
    double row =
        (double)(cell->width + cell->has_c) * (double)call->shape.H * (double)(call->shape.layers * call->shape.directions);
    return row * (double)steps->R * sizeof(laco_real);
}

/* Steps of a chunk: T where everything is kept, as long as that is not too much; else about as many as there are chunks. */
static int64_t chunk_steps(const laco_recurrent_call *call, const laco_steps *steps)
{
    int64_t root = (int64_t)ceil(sqrt((double)steps->T));
    if (!call->training || call->trace || call->recompute_steps < 0)
        return steps->T;
    if (call->recompute_steps > 0)
        return LACO_MIN(call->recompute_steps, steps->T);
    return kept_bytes(call, steps) > MOST_KEPT ? root : steps->T;
}

typedef struct mask_work {
    const laco_recurrent_saved *saved;
    laco_real *mask, *masked;
    const laco_recurrent_stage *stage;
    uint64_t stream;
    int64_t width;
} mask_work;

/* The mask of an element depends on its place in the caller's [T][B][width] (variational: [B][width]), so padding and sorting do
 * not change it. */
static void mask_part(void *work, int part, int parts)
{
    const mask_work *w = work;
    const laco_steps *steps = &w->saved->steps;
    const laco_kernels *kernels = laco_kernels_of(w->stage->run[0].layout.ctx);
    int64_t begin, end;
    laco_part_range(steps->T, 1, part, parts, &begin, &end);
    for (int64_t t = begin; t < end; t++)
        for (int64_t b = 0; b < laco_steps_active(steps, t); b++) {
            int64_t step = w->saved->call.variational ? 0 : t, row = steps->offset[t] + b;
            int64_t element = (step * steps->B + steps->order[b]) * w->width;
            laco_real *mask = w->mask + row * w->width;
            laco_dropout_mask(w->saved->call.seed, w->stream, element, w->width, w->saved->call.dropout, mask);
            kernels->multiply(w->width, w->stage->y + row * w->stage->y_ld, mask, w->masked + row * w->width);
        }
}

/* Dropout on the output of a layer: what the next one reads. */
static laco_status drop(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, laco_layer_run_input *input)
{
    laco_recurrent_stage *stage = &saved->stage[layer];
    int64_t R = saved->steps.R, width = saved->call.shape.directions * stage->shape.P;
    stage->mask = laco_arena_alloc(arena, (size_t)R, bytes_of(width));
    laco_real *masked = laco_arena_alloc(arena, (size_t)R, bytes_of(width));
    if (!stage->mask || !masked)
        return LACO_NO_MEMORY;
    mask_work work = {saved, stage->mask, masked, stage, saved->call.mask_streams[layer], width};
    laco_parallel(arena->ctx, laco_parts(arena->ctx, saved->steps.T, 100.0 * (double)(R * width), LACO_WORTH_A_THREAD), mask_part,
                  &work);
    *input = (laco_layer_run_input){.rows = R, .x = masked, .x_ld = width};
    return LACO_OK;
}

/* True where the last layer writes its states right into the caller's output: nothing is copied then. Rows a multiple of 2 KiB
 * apart would fall on each other in the cache. Gradients in bf16 go through rows forwards and read h_0 right before them. */
static bool writes_output(const laco_recurrent_saved *saved, int64_t layer)
{
    const laco_recurrent_call *call = &saved->call;
    const laco_recurrent_shape *shape = &call->shape;
    bool few = saved->steps.B <= LACO_FEW_ROWS, apart = shape->precision == LACO_FP32 || !call->training;
    return layer + 1 == shape->layers && shape->directions == 1 && apart && !call->h0 && saved->steps.R > 0 &&
           (few || shape->P % 512 != 0) && laco_recurrent_aligned(saved);
}

/* Memory for h of all steps of a layer. */
static laco_status place_states(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer)
{
    const laco_recurrent_call *call = &saved->call;
    laco_recurrent_stage *stage = &saved->stage[layer];
    int64_t B = saved->steps.B, width = call->shape.directions * call->shape.P;
    bool direct = writes_output(saved, layer);
    stage->y_ld = direct ? width : laco_layer_run_stride(width);
    stage->h0 = laco_arena_alloc(arena, (size_t)(B + (direct ? 0 : saved->steps.R)), bytes_of(stage->y_ld));
    stage->y = direct ? call->output : stage->h0 + B * stage->y_ld;
    return stage->h0 ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status run_layer(laco_arena *arena, laco_recurrent_saved *saved, int64_t layer, laco_layer_run_input *input)
{
    const laco_recurrent_call *call = &saved->call;
    laco_recurrent_stage *stage = &saved->stage[layer];
    const laco_steps *steps = &saved->steps;
    stage->shape = laco_recurrent_layer(&call->shape, layer);
    LACO_TRY(place_states(arena, saved, layer));
    laco_arena_mark before = laco_arena_save(arena);
    for (int d = 0; d < call->shape.directions; d++)
        LACO_TRY(start_direction(arena, saved, layer, d, *input));
    int together = laco_directions_at_once(saved, stage);
    for (int d = 0; d < call->shape.directions; d += together)
        LACO_TRY(run_directions(arena, saved, layer, d, together));
    if (!call->training)
        laco_arena_rewind(arena, before);
    *input = (laco_layer_run_input){.rows = steps->R, .x = stage->y, .x_ld = stage->y_ld};
    bool last = layer + 1 == call->shape.layers;
    return call->dropout > 0 && !last ? drop(arena, saved, layer, input) : LACO_OK;
}

static laco_status forward(laco_arena *arena, const laco_recurrent_call *call, laco_recurrent_saved **out)
{
    laco_recurrent_saved *saved = laco_arena_zeroed(arena, 1, sizeof *saved);
    if (!saved)
        return LACO_NO_MEMORY;
    saved->call = *call;
    saved->stage = laco_arena_zeroed(arena, (size_t)call->shape.layers, sizeof *saved->stage);
    if (!saved->stage)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_steps_make(arena, call->T, call->B, call->lengths, &saved->steps));
    saved->chunk = chunk_steps(call, &saved->steps);
    LACO_TRY(first_input(arena, saved));
    laco_layer_run_input input = saved->input;
    for (int64_t layer = 0; layer < call->shape.layers; layer++)
        LACO_TRY(run_layer(arena, saved, layer, &input));
    const laco_recurrent_stage *top = &saved->stage[call->shape.layers - 1];
    int64_t width = call->shape.directions * call->shape.P;
    if (top->y != call->output)
        laco_steps_scatter(arena->ctx, &saved->steps, laco_recurrent_grid(call, width), width, call->T, top->y, top->y_ld,
                           call->output);
    *out = saved;
    return LACO_OK;
}

laco_status laco_recurrent_forward(laco_arena *arena, const laco_recurrent_call *call, laco_recurrent_saved **saved)
{
    laco_recurrent_saved *kept = NULL;
    laco_arena_mark mark = laco_arena_save(arena);
    laco_status status = forward(arena, call, &kept);
    if (!call->training)
        laco_arena_rewind(arena, mark);
    else if (status == LACO_OK)
        *saved = kept;
    return status;
}
