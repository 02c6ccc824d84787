#include "op/matmul.h"
#include "op/pass.h"
#include "op/product.h"

#include <string.h>

#define LEAST_PLACES 8                    /* of each thread: of fewer, all steps' products with the input are one */
#define WINDOW_BYTES ((int64_t)512 << 10) /* of gates computed ahead: they should still be in the second-level cache */

int64_t laco_layer_run_stride(int64_t columns)
{
    /* Whole vectors; and not a multiple of 512 bytes, or the rows of a tile fall on each other in the cache. */
    int64_t stride = (columns + 15) & ~(int64_t)15;
    return stride % 128 == 0 ? stride + 16 : stride;
}

int64_t laco_previous_row(const laco_steps *steps, bool reverse, int64_t t, int64_t b)
{
    if (!reverse)
        return t > 0 ? steps->offset[t - 1] + b : b - steps->B;
    return b < (t + 1 < steps->T ? laco_steps_active(steps, t + 1) : 0) ? steps->offset[t + 1] + b : b - steps->B;
}

int laco_step_segments(const laco_layer_run *run, int64_t t, int64_t begin, int64_t end, laco_segment segments[2])
{
    const laco_steps *steps = run->layout.steps;
    end = LACO_MIN(end, laco_steps_active(steps, t));
    /* Backwards in time, places from here on begin at this very step: each sequence at its own end. */
    int64_t fresh = !run->layout.reverse ? end : t + 1 < steps->T ? laco_steps_active(steps, t + 1) : 0;
    fresh = LACO_MIN(LACO_MAX(fresh, begin), end);
    int count = 0;
    if (begin < fresh)
        segments[count++] = (laco_segment){t, begin, fresh, laco_previous_row(steps, run->layout.reverse, t, begin)};
    if (fresh < end)
        segments[count++] = (laco_segment){t, fresh, end, fresh - steps->B};
    return count;
}

void laco_layer_run_places(const laco_steps *steps, int part, int parts, int64_t *begin, int64_t *end)
{
    int64_t low = steps->R * part / parts, high = steps->R * (part + 1) / parts, rows = 0;
    *begin = *end = 0;
    for (int64_t b = 0; b < steps->B; b++) {
        if (rows < high)
            *end = b + 1;
        if (rows < low)
            *begin = b + 1;
        rows += steps->length[b];
    }
    *begin = LACO_MIN(*begin, *end);
}

int laco_layer_run_parts(const laco_layer_run *run, int64_t rows)
{
    const laco_cell_shape *shape = run->layout.shape;
    double cost = (double)rows * (double)(laco_cells[shape->kind].gates * shape->H + 16) * (double)(shape->P + 16);
    cost *= laco_product_cost(run->layout.ctx, shape->precision);
    return laco_parts(run->layout.ctx, LACO_MAX(1, run->layout.steps->B), cost, LACO_WORTH_A_THREAD);
}

/* Steps whose gates fit the window, that of each thread its share of them: at least one. */
static int64_t window_steps(const laco_layer_run *run)
{
    const laco_steps *steps = run->layout.steps;
    const laco_cell_shape *shape = run->layout.shape;
    int64_t row = laco_layer_run_stride(laco_cells[shape->kind].width * shape->H) * (int64_t)sizeof(laco_real);
    int64_t step = row * LACO_MAX(steps->B, 1), bytes = WINDOW_BYTES * laco_layer_run_parts(run, steps->R);
    if (shape->precision != LACO_FP32)
        bytes /= 2; /* beside weights that are smaller too */
    return LACO_MAX(1, LACO_MIN(steps->T, bytes / LACO_MAX(step, 1)));
}

int64_t laco_layer_run_window(const laco_layer_run *run) { return window_steps(run) * run->layout.steps->B; }

/* The bias where no product brings it along: in the columns that the input does not feed, or in all, where there is none. */
static void fill_bias(const laco_layer_run *run, int64_t rows, laco_real *out)
{
    const laco_cell_info *cell = &laco_cells[run->layout.shape->kind];
    int64_t H = run->layout.shape->H, begin = run->layout.input.x ? cell->input[0].gates * H : 0;
    int64_t end = !run->layout.input.x ? cell->width * H : cell->input[1].gates > 0 ? cell->input[1].column * H : begin;
    for (int64_t r = 0; r < rows && begin < end; r++)
        memcpy(out + r * run->layout.gates_ld + begin, run->layout.weights->packs.bias + begin,
               (size_t)(end - begin) * sizeof *out);
}

/* W_ih x + b for rows [begin, end) of the input. */
static void input_sums(const laco_layer_run *run, int64_t begin, int64_t end, laco_real *out)
{
    const laco_cell_info *cell = &laco_cells[run->layout.shape->kind];
    const laco_cell_packs *packs = &run->layout.weights->packs;
    int64_t H = run->layout.shape->H, I = run->layout.shape->I, ld = run->layout.gates_ld;
    for (int s = 0; s < 2 && run->layout.input.x; s++)
        laco_product_from(run->layout.ctx, run->layout.shape->precision, end - begin, cell->input[s].gates * H, I,
                          run->layout.input.x + begin * run->layout.input.x_ld, run->layout.input.x_ld, packs->input[s],
                          packs->bias + cell->input[s].column * H, out + cell->input[s].column * H, ld);
    fill_bias(run, end - begin, out);
    for (int64_t r = begin; r < end && !run->layout.input.x; r++)
        for (int s = 0; s < 2; s++) {
            const laco_real *w = run->layout.weights->w_ih + cell->input[s].row * H * I + run->layout.input.one_hot[r];
            laco_real *to = out + (r - begin) * ld + cell->input[s].column * H;
            for (int64_t j = 0; j < cell->input[s].gates * H; j++)
                to[j] += w[j * I];
        }
}

static void sums_part(void *work, int part, int parts)
{
    const laco_layer_run *run = work;
    int64_t begin, end;
    laco_part_range(run->layout.input.rows, 1, part, parts, &begin, &end);
    input_sums(run, begin, end, run->work.sums + begin * run->layout.gates_ld);
}

/* The steps [t_begin, t_end) whose gates are in memory, from row `base` on. */
typedef struct window {
    const laco_layer_run *run;
    int64_t t_begin, t_end, base;
    bool known; /* every h is there already: the products with W_hh are one, before the loop */
} window;

/* Fills gate rows [begin, end) with W_ih x + b. */
static void fill_rows(const window *w, int64_t begin, int64_t end)
{
    const laco_layer_run *run = w->run;
    laco_real *gates = run->work.gates + (begin - w->base) * run->layout.gates_ld;
    if (!run->layout.input.row_of) {
        input_sums(run, begin, end, gates);
        return;
    }
    size_t bytes = (size_t)(laco_cells[run->layout.shape->kind].width * run->layout.shape->H) * sizeof *gates;
    for (int64_t r = begin; r < end; r++)
        memcpy(gates + (r - begin) * run->layout.gates_ld, run->work.sums + run->layout.input.row_of[r] * run->layout.gates_ld,
               bytes);
}

static void fill_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t first = w->run->layout.steps->offset[w->t_begin], begin, end;
    laco_part_range(w->run->layout.steps->offset[w->t_end] - first, 1, part, parts, &begin, &end);
    fill_rows(w, first + begin, first + end);
}

/* Fills all rows of a window. */
static void fill(const window *w)
{
    const laco_layer_run *run = w->run;
    int64_t rows = run->layout.steps->offset[w->t_end] - run->layout.steps->offset[w->t_begin];
    double cost = (double)(laco_cells[run->layout.shape->kind].width * run->layout.shape->H) *
                  (double)(run->layout.input.row_of ? 16 : run->layout.shape->I + 16);
    laco_parallel(run->layout.ctx, laco_parts(run->layout.ctx, rows, cost * (double)rows, LACO_WORTH_A_THREAD), fill_part,
                  (void *)(uintptr_t)w);
}

/* Fills the rows of places [begin, end). */
static void fill_places(const window *w, int64_t begin, int64_t end)
{
    const laco_steps *steps = w->run->layout.steps;
    if (begin == 0 && end == steps->B)
        fill_rows(w, steps->offset[w->t_begin], steps->offset[w->t_end]);
    else
        for (int64_t t = w->t_begin; t < w->t_end; t++)
            fill_rows(w, steps->offset[t] + begin,
                      steps->offset[t] + LACO_MAX(begin, LACO_MIN(end, laco_steps_active(steps, t))));
}

/* Adds h_{t-1}·W_hhᵀ to the gate rows: to all columns, or to those of some units in each gate. `back`: at every other step. */
static void hidden_product(const laco_layer_run *run, int64_t rows, const laco_real *h_prev, laco_real *gates, laco_units units,
                           bool back)
{
    const laco_cell_shape *shape = run->layout.shape;
    bool all = units.end - units.begin == shape->H;
    int64_t H = shape->H, columns = all ? laco_cells[shape->kind].gates * H : units.end - units.begin;
    for (int64_t n = units.begin; n < laco_cells[shape->kind].gates * H; n += all ? columns : H)
        laco_product_again(run->layout.ctx, shape->precision, rows, columns, shape->P, h_prev, run->layout.y_ld,
                           laco_product_column(shape->precision, shape->P, n, run->layout.weights->packs.hidden), gates + n,
                           run->layout.gates_ld, true, back);
}

/* h_t and c_t of one segment: the product with W_hh on top of what the gate rows hold, then the gates. */
static void segment_forward(const window *w, const laco_segment *segment, laco_units units)
{
    const laco_layer_run *run = w->run;
    const laco_kernels *kernels = laco_kernels_of(run->layout.ctx);
    const laco_cell_shape *shape = run->layout.shape;
    int64_t row = run->layout.steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin, H = shape->H,
            u = units.begin;
    const laco_real *h_prev = laco_layer_run_h(run, segment->previous);
    laco_real *y = run->work.y + row * run->layout.y_ld, *gates = run->work.gates + (row - w->base) * run->layout.gates_ld;
    bool projects = laco_cell_projects(shape);
    int64_t place = run->work.training ? row - run->work.base : segment->begin; /* in raw and c */
    laco_real *raw = projects ? run->work.raw + place * H : y;
    laco_gates g = {.rows = rows,
                    .H = H,
                    .units = units.end - u,
                    .gates = gates + u,
                    .gates_ld = run->layout.gates_ld,
                    .inference = !run->work.training,
                    .h_prev = h_prev + u,
                    .h_prev_ld = run->layout.y_ld,
                    .h = raw + u,
                    .h_ld = projects ? H : run->layout.y_ld};
    if (laco_cells[shape->kind].has_c) {
        laco_real *c = run->work.c + place * H;
        g.c = c + u;
        g.c_prev = (run->work.training ? run->work.c + laco_previous_c(run, segment) * H : c) + u;
        g.c_ld = g.c_prev_ld = H;
    }
    if (!w->known && (segment->previous >= 0 || !run->layout.from_zero))
        hidden_product(run, rows, h_prev, gates, units, segment->t % 2 != 0);
    kernels->gates_forward[shape->kind](&g);
    if (projects)
        laco_product(run->layout.ctx, shape->precision, rows, shape->P, H, raw, H, 1, run->layout.weights->packs.projection, y,
                     run->layout.y_ld, false);
}

/* Step i of a window, for places [begin, end) and some units. */
static void step_forward(const window *w, int64_t i, int64_t begin, int64_t end, laco_units units)
{
    laco_segment segments[2];
    int64_t t = w->run->layout.reverse ? w->t_end - 1 - i : w->t_begin + i;
    int found = laco_step_segments(w->run, t, begin, end, segments);
    for (int s = 0; s < found; s++)
        segment_forward(w, &segments[s], units);
}

static void unit_step(const void *work, int64_t step, laco_units units)
{
    const window *w = work;
    if (!laco_stopped(w->run->layout.ctx))
        step_forward(w, step, 0, w->run->layout.steps->B, units);
}

/* Places [begin, end) through all steps of the window. */
static void loop_places(const window *w, int64_t begin, int64_t end)
{
    for (int64_t i = 0; i < w->t_end - w->t_begin && !laco_stopped(w->run->layout.ctx); i++)
        step_forward(w, i, begin, end, (laco_units){0, w->run->layout.shape->H});
}

static void loop_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t begin, end;
    laco_layer_run_places(w->run->layout.steps, part, parts, &begin, &end);
    loop_places(w, begin, end);
}

/* The same with the filling of its rows: what a thread fills it also reads. */
static void places_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t begin, end;
    laco_layer_run_places(w->run->layout.steps, part, parts, &begin, &end);
    fill_places(w, begin, end);
    loop_places(w, begin, end);
}

laco_chunk laco_chunk_at(const laco_layer_run *run, int64_t length, int64_t index)
{
    int64_t T = run->layout.steps->T, begin = index * length, end = LACO_MIN(begin + length, T);
    return run->layout.reverse ? (laco_chunk){T - end, T - begin} : (laco_chunk){begin, end};
}

int64_t laco_previous_c(const laco_layer_run *run, const laco_segment *segment)
{
    int64_t row = segment->previous - run->work.base;
    return segment->previous >= 0 && row >= 0 && row < run->work.rows ? row : segment->begin - run->layout.steps->B;
}

/* h·W_hhᵀ of all steps of a window, where sequences are of one length and h is known. */
static void known_products(const window *w)
{
    const laco_layer_run *run = w->run;
    const laco_cell_shape *shape = run->layout.shape;
    int64_t B = run->layout.steps->B, begin = run->layout.steps->offset[w->t_begin], end = run->layout.steps->offset[w->t_end];
    if (run->layout.from_zero)
        begin = LACO_MAX(begin, B);
    if (begin < end)
        laco_matmul(run->layout.ctx, shape->precision, end - begin, laco_cells[shape->kind].gates * shape->H, shape->P,
                    run->work.y + (begin - B) * run->layout.y_ld, run->layout.y_ld, run->layout.weights->packs.hidden,
                    run->work.gates + (begin - w->base) * run->layout.gates_ld, run->layout.gates_ld, true);
}

/* Fills the gates of a window, then goes through its steps. */
static void run_window(const window *w)
{
    const laco_layer_run *run = w->run;
    int pieces = w->known ? 1 : laco_layer_run_pieces(run);
    int parts = laco_layer_run_parts(run, run->layout.steps->offset[w->t_end] - run->layout.steps->offset[w->t_begin]);
    bool apart = !w->known && pieces == 1 && (parts == 1 || run->layout.steps->B >= (int64_t)LEAST_PLACES * parts);
    if (!apart)
        fill(w);
    if (w->known)
        known_products(w);
    if (pieces > 1)
        laco_layer_run_over_units(run, pieces, w->t_end - w->t_begin, unit_step, w);
    else
        laco_parallel(run->layout.ctx, parts, apart ? places_part : loop_part, (void *)(uintptr_t)w);
}

static void run_chunk(const laco_layer_run *run, laco_chunk chunk, bool known)
{
    const laco_steps *steps = run->layout.steps;
    int64_t length = window_steps(run), count = chunk.t_end - chunk.t_begin;
    for (int64_t done = 0; done < count && !laco_stopped(run->layout.ctx);
         done += length) { /* what is left out fails on the tape */
        int64_t ahead = LACO_MIN(done + length, count);
        window w = {run, run->layout.reverse ? chunk.t_end - ahead : chunk.t_begin + done,
                    run->layout.reverse ? chunk.t_end - done : chunk.t_begin + ahead, run->work.base, known};
        if (!run->work.training)
            w.base = steps->offset[w.t_begin];
        run_window(&w);
    }
}

void laco_layer_run_forward(const laco_layer_run *run)
{
    int64_t state = run->layout.steps->B * run->layout.shape->H, length = LACO_MAX(run->work.chunk, 1);
    if (run->layout.input.row_of) {
        double cost = (double)run->layout.input.rows *
                      (double)(laco_cells[run->layout.shape->kind].width * run->layout.shape->H) * (double)run->layout.shape->I;
        laco_parallel(run->layout.ctx, laco_parts(run->layout.ctx, run->layout.input.rows, cost, LACO_WORTH_A_THREAD), sums_part,
                      (void *)(uintptr_t)run);
    }
    for (int64_t i = 0; i < laco_chunks(run, length); i++) {
        if (run->work.kept_c)
            memcpy(run->work.kept_c + i * state, run->work.c, (size_t)state * sizeof *run->work.c);
        run_chunk(run, laco_chunk_at(run, length, i), false);
    }
}

void laco_layer_run_again(const laco_layer_run *run, laco_chunk chunk)
{
    const laco_steps *steps = run->layout.steps;
    run_chunk(run, chunk, !run->layout.reverse && steps->R == steps->T * steps->B);
}
