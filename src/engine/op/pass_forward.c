#include "op/matmul.h"
#include "op/pass.h"
#include "op/product.h"

#include <string.h>

#define LEAST_PLACES 8                    /* of each thread: of fewer, all steps' products with the input are one */
#define WINDOW_BYTES ((int64_t)512 << 10) /* of gates computed ahead: they should still be in the second-level cache */

int64_t laco_pass_stride(int64_t columns)
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

int laco_step_segments(const laco_pass *pass, int64_t t, int64_t begin, int64_t end, laco_segment segments[2])
{
    const laco_steps *steps = pass->steps;
    end = LACO_MIN(end, laco_steps_active(steps, t));
    /* Backwards in time, places from here on begin at this very step: each sequence at its own end. */
    int64_t fresh = !pass->reverse ? end : t + 1 < steps->T ? laco_steps_active(steps, t + 1) : 0;
    fresh = LACO_MIN(LACO_MAX(fresh, begin), end);
    int count = 0;
    if (begin < fresh)
        segments[count++] = (laco_segment){t, begin, fresh, laco_previous_row(steps, pass->reverse, t, begin)};
    if (fresh < end)
        segments[count++] = (laco_segment){t, fresh, end, fresh - steps->B};
    return count;
}

void laco_pass_places(const laco_steps *steps, int part, int parts, int64_t *begin, int64_t *end)
{
    int64_t low = steps->R * part / parts, high = steps->R * (part + 1) / parts, rows = 0;
    *begin = *end = part == 0 ? 0 : steps->B;
    for (int64_t b = 0; b < steps->B; b++) {
        if (rows < high)
            *end = b + 1;
        if (rows < low)
            *begin = b + 1;
        rows += steps->length[b];
    }
    *begin = LACO_MIN(*begin, *end);
}

int laco_pass_parts(const laco_pass *pass, int64_t rows)
{
    const laco_cell_shape *shape = pass->shape;
    double cost = (double)rows * (double)(laco_cells[shape->kind].gates * shape->H + 16) * (double)(shape->P + 16);
    cost *= laco_product_cost(pass->ctx, shape->precision);
    return laco_parts(pass->ctx, LACO_MAX(1, pass->steps->B), cost, LACO_WORTH_A_THREAD);
}

/* Steps whose gates fit the window, that of each thread its share of them: at least one. */
static int64_t window_steps(const laco_pass *pass)
{
    const laco_steps *steps = pass->steps;
    const laco_cell_shape *shape = pass->shape;
    int64_t row = laco_pass_stride(laco_cells[shape->kind].width * shape->H) * (int64_t)sizeof(laco_real);
    int64_t step = row * LACO_MAX(steps->B, 1), bytes = WINDOW_BYTES * laco_pass_parts(pass, steps->R);
    if (shape->precision != LACO_FP32)
        bytes /= 2; /* beside weights that are smaller too */
    return LACO_MAX(1, LACO_MIN(steps->T, bytes / LACO_MAX(step, 1)));
}

int64_t laco_pass_window(const laco_pass *pass) { return window_steps(pass) * pass->steps->B; }

/* The bias where no product brings it along: in the columns that the input does not feed, or in all, where there is none. */
static void fill_bias(const laco_pass *pass, int64_t rows, laco_real *out)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    int64_t H = pass->shape->H, begin = pass->input.x ? cell->input[0].gates * H : 0;
    int64_t end = !pass->input.x ? cell->width * H : cell->input[1].gates > 0 ? cell->input[1].column * H : begin;
    for (int64_t r = 0; r < rows && begin < end; r++)
        memcpy(out + r * pass->gates_ld + begin, pass->weights->packs.bias + begin, (size_t)(end - begin) * sizeof *out);
}

/* W_ih x + b for rows [begin, end) of the input. */
static void input_sums(const laco_pass *pass, int64_t begin, int64_t end, laco_real *out)
{
    const laco_cell_info *cell = &laco_cells[pass->shape->kind];
    const laco_cell_packs *packs = &pass->weights->packs;
    int64_t H = pass->shape->H, I = pass->shape->I, ld = pass->gates_ld;
    for (int s = 0; s < 2 && pass->input.x; s++)
        laco_product_from(pass->ctx, pass->shape->precision, end - begin, cell->input[s].gates * H, I,
                          pass->input.x + begin * pass->input.x_ld, pass->input.x_ld, packs->input[s],
                          packs->bias + cell->input[s].column * H, out + cell->input[s].column * H, ld);
    fill_bias(pass, end - begin, out);
    for (int64_t r = begin; r < end && !pass->input.x; r++)
        for (int s = 0; s < 2; s++) {
            const laco_real *w = pass->weights->w_ih + cell->input[s].row * H * I + pass->input.one_hot[r];
            laco_real *to = out + (r - begin) * ld + cell->input[s].column * H;
            for (int64_t j = 0; j < cell->input[s].gates * H; j++)
                to[j] += w[j * I];
        }
}

static void sums_part(void *work, int part, int parts)
{
    const laco_pass *pass = work;
    int64_t begin, end;
    laco_part_range(pass->input.rows, 1, part, parts, &begin, &end);
    input_sums(pass, begin, end, pass->sums + begin * pass->gates_ld);
}

/* The steps [t_begin, t_end) whose gates are in memory, from row `base` on. */
typedef struct window {
    const laco_pass *pass;
    int64_t t_begin, t_end, base;
    bool known; /* every h is there already: the products with W_hh are one, before the loop */
} window;

/* Fills gate rows [begin, end) with W_ih x + b. */
static void fill_rows(const window *w, int64_t begin, int64_t end)
{
    const laco_pass *pass = w->pass;
    laco_real *gates = pass->gates + (begin - w->base) * pass->gates_ld;
    if (!pass->input.row_of) {
        input_sums(pass, begin, end, gates);
        return;
    }
    size_t bytes = (size_t)(laco_cells[pass->shape->kind].width * pass->shape->H) * sizeof *gates;
    for (int64_t r = begin; r < end; r++)
        memcpy(gates + (r - begin) * pass->gates_ld, pass->sums + pass->input.row_of[r] * pass->gates_ld, bytes);
}

static void fill_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t first = w->pass->steps->offset[w->t_begin], begin, end;
    laco_part_range(w->pass->steps->offset[w->t_end] - first, 1, part, parts, &begin, &end);
    fill_rows(w, first + begin, first + end);
}

/* Fills all rows of a window. */
static void fill(const window *w)
{
    const laco_pass *pass = w->pass;
    int64_t rows = pass->steps->offset[w->t_end] - pass->steps->offset[w->t_begin];
    double cost =
        (double)(laco_cells[pass->shape->kind].width * pass->shape->H) * (double)(pass->input.row_of ? 16 : pass->shape->I + 16);
    laco_parallel(pass->ctx, laco_parts(pass->ctx, rows, cost * (double)rows, LACO_WORTH_A_THREAD), fill_part,
                  (void *)(uintptr_t)w);
}

/* Fills the rows of places [begin, end). */
static void fill_places(const window *w, int64_t begin, int64_t end)
{
    const laco_steps *steps = w->pass->steps;
    if (begin == 0 && end == steps->B)
        fill_rows(w, steps->offset[w->t_begin], steps->offset[w->t_end]);
    else
        for (int64_t t = w->t_begin; t < w->t_end; t++)
            fill_rows(w, steps->offset[t] + begin,
                      steps->offset[t] + LACO_MAX(begin, LACO_MIN(end, laco_steps_active(steps, t))));
}

/* Adds h_{t-1}·W_hhᵀ to the gate rows: to all columns, or to those of some units in each gate. */
static void hidden_product(const laco_pass *pass, int64_t rows, const laco_real *h_prev, laco_real *gates, laco_units units)
{
    const laco_cell_shape *shape = pass->shape;
    bool all = units.end - units.begin == shape->H;
    int64_t H = shape->H, columns = all ? laco_cells[shape->kind].gates * H : units.end - units.begin;
    for (int64_t n = units.begin; n < laco_cells[shape->kind].gates * H; n += all ? columns : H)
        laco_product(pass->ctx, shape->precision, rows, columns, shape->P, h_prev, pass->y_ld, 1,
                     laco_product_column(shape->precision, shape->P, n, pass->weights->packs.hidden), gates + n, pass->gates_ld,
                     true);
}

/* h_t and c_t of one segment: the product with W_hh on top of what the gate rows hold, then the gates. */
static void segment_forward(const window *w, const laco_segment *segment, laco_units units)
{
    const laco_pass *pass = w->pass;
    const laco_kernels *kernels = laco_kernels_of(pass->ctx);
    const laco_cell_shape *shape = pass->shape;
    int64_t row = pass->steps->offset[segment->t] + segment->begin, rows = segment->end - segment->begin, H = shape->H,
            u = units.begin;
    const laco_real *h_prev = laco_pass_h(pass, segment->previous);
    laco_real *y = pass->y + row * pass->y_ld, *gates = pass->gates + (row - w->base) * pass->gates_ld;
    bool projects = laco_cell_projects(shape);
    int64_t place = pass->training ? row - pass->base : segment->begin; /* in raw and c */
    laco_real *raw = projects ? pass->raw + place * H : y;
    laco_gates g = {.rows = rows,
                    .H = H,
                    .units = units.end - u,
                    .gates = gates + u,
                    .gates_ld = pass->gates_ld,
                    .h_prev = h_prev + u,
                    .h_prev_ld = pass->y_ld,
                    .h = raw + u,
                    .h_ld = projects ? H : pass->y_ld};
    if (laco_cells[shape->kind].has_c) {
        laco_real *c = pass->c + place * H;
        g.c = c + u;
        g.c_prev = (pass->training ? pass->c + laco_previous_c(pass, segment) * H : c) + u;
        g.c_ld = g.c_prev_ld = H;
    }
    if (!w->known && (segment->previous >= 0 || !pass->from_zero))
        hidden_product(pass, rows, h_prev, gates, units);
    kernels->gates_forward[shape->kind](&g);
    if (projects)
        laco_product(pass->ctx, shape->precision, rows, shape->P, H, raw, H, 1, pass->weights->packs.projection, y, pass->y_ld,
                     false);
}

/* Step i of a window, for places [begin, end) and some units. */
static void step_forward(const window *w, int64_t i, int64_t begin, int64_t end, laco_units units)
{
    laco_segment segments[2];
    int64_t t = w->pass->reverse ? w->t_end - 1 - i : w->t_begin + i;
    int found = laco_step_segments(w->pass, t, begin, end, segments);
    for (int s = 0; s < found; s++)
        segment_forward(w, &segments[s], units);
}

static void unit_step(const void *work, int64_t step, laco_units units)
{
    const window *w = work;
    step_forward(w, step, 0, w->pass->steps->B, units);
}

/* Places [begin, end) through all steps of the window. */
static void loop_places(const window *w, int64_t begin, int64_t end)
{
    for (int64_t i = 0; i < w->t_end - w->t_begin; i++)
        step_forward(w, i, begin, end, (laco_units){0, w->pass->shape->H});
}

static void loop_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t begin, end;
    laco_pass_places(w->pass->steps, part, parts, &begin, &end);
    loop_places(w, begin, end);
}

/* The same with the filling of its rows: what a thread fills it also reads. */
static void places_part(void *work, int part, int parts)
{
    const window *w = work;
    int64_t begin, end;
    laco_pass_places(w->pass->steps, part, parts, &begin, &end);
    fill_places(w, begin, end);
    loop_places(w, begin, end);
}

laco_stretch laco_stretch_at(const laco_pass *pass, int64_t length, int64_t index)
{
    int64_t T = pass->steps->T, begin = index * length, end = LACO_MIN(begin + length, T);
    return pass->reverse ? (laco_stretch){T - end, T - begin} : (laco_stretch){begin, end};
}

int64_t laco_previous_c(const laco_pass *pass, const laco_segment *segment)
{
    int64_t row = segment->previous - pass->base;
    return segment->previous >= 0 && row >= 0 && row < pass->rows ? row : segment->begin - pass->steps->B;
}

/* h·W_hhᵀ of all steps of a window, where sequences are of one length and h is known. */
static void known_products(const window *w)
{
    const laco_pass *pass = w->pass;
    const laco_cell_shape *shape = pass->shape;
    int64_t B = pass->steps->B, begin = pass->steps->offset[w->t_begin], end = pass->steps->offset[w->t_end];
    if (pass->from_zero)
        begin = LACO_MAX(begin, B);
    if (begin < end)
        laco_matmul(pass->ctx, shape->precision, end - begin, laco_cells[shape->kind].gates * shape->H, shape->P,
                    pass->y + (begin - B) * pass->y_ld, pass->y_ld, pass->weights->packs.hidden,
                    pass->gates + (begin - w->base) * pass->gates_ld, pass->gates_ld, true);
}

/* Fills the gates of a window, then goes through its steps. */
static void run_window(const window *w)
{
    const laco_pass *pass = w->pass;
    int pieces = w->known ? 1 : laco_pass_pieces(pass);
    int parts = laco_pass_parts(pass, pass->steps->offset[w->t_end] - pass->steps->offset[w->t_begin]);
    bool apart = !w->known && pieces == 1 && (parts == 1 || pass->steps->B >= (int64_t)LEAST_PLACES * parts);
    if (!apart)
        fill(w);
    if (w->known)
        known_products(w);
    if (pieces > 1)
        laco_pass_over_units(pass, pieces, w->t_end - w->t_begin, unit_step, w);
    else
        laco_parallel(pass->ctx, parts, apart ? places_part : loop_part, (void *)(uintptr_t)w);
}

static void run_stretch(const laco_pass *pass, laco_stretch stretch, bool known)
{
    const laco_steps *steps = pass->steps;
    int64_t length = window_steps(pass), count = stretch.t_end - stretch.t_begin;
    for (int64_t done = 0; done < count; done += length) {
        int64_t ahead = LACO_MIN(done + length, count);
        window w = {pass, pass->reverse ? stretch.t_end - ahead : stretch.t_begin + done,
                    pass->reverse ? stretch.t_end - done : stretch.t_begin + ahead, pass->base, known};
        if (!pass->training)
            w.base = steps->offset[w.t_begin];
        run_window(&w);
    }
}

void laco_pass_forward(const laco_pass *pass)
{
    int64_t state = pass->steps->B * pass->shape->H, length = LACO_MAX(pass->stretch, 1);
    if (pass->input.row_of) {
        double cost =
            (double)pass->input.rows * (double)(laco_cells[pass->shape->kind].width * pass->shape->H) * (double)pass->shape->I;
        laco_parallel(pass->ctx, laco_parts(pass->ctx, pass->input.rows, cost, LACO_WORTH_A_THREAD), sums_part,
                      (void *)(uintptr_t)pass);
    }
    for (int64_t i = 0; i < laco_stretches(pass, length); i++) {
        if (pass->kept_c)
            memcpy(pass->kept_c + i * state, pass->c, (size_t)state * sizeof *pass->c);
        run_stretch(pass, laco_stretch_at(pass, length, i), false);
    }
}

void laco_pass_again(const laco_pass *pass, laco_stretch stretch)
{
    const laco_steps *steps = pass->steps;
    run_stretch(pass, stretch, !pass->reverse && steps->R == steps->T * steps->B);
}
