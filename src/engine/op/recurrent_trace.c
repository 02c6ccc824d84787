#include "op/recurrent_trace.h"

#include <math.h>
#include <string.h>

static void scatter(const laco_layer_run *run, int64_t width, const laco_real *rows, int64_t ld, laco_real *to)
{
    const laco_steps *steps = run->layout.steps;
    laco_grid grid = {steps->B * width, width};
    laco_steps_scatter(run->layout.ctx, steps, grid, width, steps->T, rows, ld, to);
}

void laco_trace_forward(const laco_layer_run *run, const laco_run_trace *trace)
{
    const laco_cell_shape *shape = run->layout.shape;
    scatter(run, laco_cells[shape->kind].width * shape->H, run->work.gates, run->layout.gates_ld, trace->gates);
    scatter(run, shape->P, run->work.y, run->layout.y_ld, trace->h);
    if (trace->c)
        scatter(run, shape->H, run->work.c, shape->H, trace->c);
}

/* s of LACO_GATES_LSTM in kernel.h, which its kernel keeps to itself. */
static void cell_gradient(const laco_gates *g, int64_t row, int64_t units, laco_real *to)
{
    const laco_real *o = g->gates + row * g->gates_ld + 3 * g->H, *c = g->c + row * g->c_ld, *dc = g->dc + row * g->dc_ld;
    for (int64_t u = 0; u < units; u++) {
        laco_real d = g->dh[row * g->dh_ld + u] + (g->dy ? g->dy[row * g->dy_ld + u] : 0);
        double squashed = tanh((double)c[u]);
        to[u] = (laco_real)((double)dc[u] + (double)d * (double)o[u] * (1 - squashed * squashed));
    }
}

void laco_trace_segment(const laco_layer_run *run, const laco_segment *segment, laco_units units, const laco_gates *g,
                        const laco_real *total)
{
    const laco_steps *steps = run->layout.steps;
    int64_t P = run->layout.shape->P, H = run->layout.shape->H, count = units.end - units.begin;
    const laco_run_trace *trace = run->back.trace;
    for (int64_t row = 0; row < g->rows; row++) {
        int64_t place = segment->t * steps->B + steps->order[segment->begin + row];
        laco_real *dh = trace->dh + place * P + units.begin;
        if (total)
            memcpy(dh, total + row * P, (size_t)P * sizeof *dh);
        for (int64_t u = 0; !total && u < count; u++)
            dh[u] = g->dh[row * g->dh_ld + u] + (g->dy ? g->dy[row * g->dy_ld + u] : 0);
        if (trace->dc)
            cell_gradient(g, row, count, trace->dc + place * H + units.begin);
    }
}
