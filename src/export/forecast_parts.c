#include "export/task_parts.h"
#include "forecast/scaled_series.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double *numbers(laco_parts *parts, size_t count)
{
    double *memory = laco_alloc(parts->emit->ctx, LACO_MAX(count, (size_t)1), sizeof *memory);
    if (!memory)
        parts->emit->status = LACO_NO_MEMORY;
    return memory;
}

static void put_columns(laco_parts *parts, const laco_forecaster *m)
{
    size_t terms = m->ar_weight ? (size_t)laco_ar_terms(&m->ar) : 0, C = (size_t)m->C;
    double *column = numbers(parts, C * (7 + terms));
    if (!column)
        return;
    for (size_t c = 0; c < C; c++) {
        const laco_column *from = &m->columns[c];
        const double seven[7] = {
            from->log, from->floor, from->step, from->error, from->low, from->high, fmax(from->least, -DBL_MAX)};
        memcpy(column + 7 * c, seven, sizeof seven);
    }
    for (size_t i = 0; i < C * terms; i++)
        column[7 * C + i] = (double)m->ar_weight->value[i];
    laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "column", column, 7 * C);
    laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "weight", column + 7 * C, C * terms);
    laco_release(parts->emit->ctx, column);
}

/* The last rows of a series that a forecast starts from, as laco does. */
static int64_t first_row(const laco_forecaster *m, size_t series)
{
    return LACO_MAX((int64_t)0, (int64_t)m->history->one[series].rows - laco_forecaster_warm(m));
}

static void put_history(laco_parts *parts, const laco_forecaster *m)
{
    size_t count = m->history->count, C = (size_t)m->C, rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += m->history->one[i].rows - (size_t)first_row(m, i);
    double *all = numbers(parts, rows * C + count * (1 + 2 * C)), *clock = all ? all + rows * C : NULL,
           *scales = all ? clock + count : NULL;
    int32_t *starts = laco_alloc(parts->emit->ctx, count + 1, sizeof *starts);
    size_t at = 0;
    for (size_t i = 0; all && starts && i < count; i++) {
        const laco_one_series *one = &m->history->one[i];
        size_t first = (size_t)first_row(m, i);
        starts[i] = (int32_t)at;
        clock[i] = laco_scaled_series_clock(m, m->history, i, (int64_t)first);
        memcpy(all + at * C, one->values + first * C, (one->rows - first) * C * sizeof *all);
        at += one->rows - first;
        for (size_t c = 0; c < C; c++) {
            scales[2 * (i * C + c)] = m->scales[i * C + c].mean;
            scales[2 * (i * C + c) + 1] = m->scales[i * C + c].scale;
        }
    }
    if (all && starts) {
        starts[count] = (int32_t)at;
        laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "history", all, rows * C);
        laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "clock", clock, count);
        laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "scales", scales, 2 * count * C);
        laco_emit_array(parts->emit, LACO_EMIT_INT32, "rows", starts, count + 1);
    } else
        parts->emit->status = LACO_NO_MEMORY;
    laco_release(parts->emit->ctx, all);
    laco_release(parts->emit->ctx, starts);
}

/* The network's share, the floor of logarithms, and the shares of each map. */
static void put_shares(laco_parts *parts, const laco_direct *d)
{
    size_t maps = d->horizon > 0 ? (size_t)d->maps : 0;
    double *shares = laco_alloc(parts->emit->ctx, 1 + maps, LACO_DIRECT_PARTS * sizeof *shares);
    if (!shares) {
        parts->emit->status = LACO_NO_MEMORY;
        return;
    }
    shares[0] = d->network_share;
    shares[1] = d->part[1].floor;
    for (size_t i = 0; i < maps * LACO_DIRECT_PARTS; i++)
        shares[2 + i] = d->shares ? (double)d->shares->value[i] : d->part[i % LACO_DIRECT_PARTS].share;
    laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, "shares", shares, (1 + maps) * LACO_DIRECT_PARTS);
    laco_release(parts->emit->ctx, shares);
}

static void put_direct(laco_parts *parts, const laco_forecaster *m)
{
    const laco_direct *d = &m->direct;
    const laco_direct_part *part = d->part;
    bool there = d->horizon > 0;
    const int32_t sizes[5] = {d->horizon, there ? part[0].lags : 0, there ? part[1].lags : 0, (int32_t)laco_direct_longest(d),
                              there ? (int32_t)d->maps : 0};
    static const char *const names[LACO_DIRECT_PARTS] = {"map", "log_map"};
    laco_emit_array(parts->emit, LACO_EMIT_INT32, "direct", sizes, 5);
    put_shares(parts, d);
    for (int p = 0; p < LACO_DIRECT_PARTS; p++) {
        const laco_param *weight = sizes[1 + p] > 0 ? part[p].weight : NULL;
        laco_emit_array(parts->emit, LACO_EMIT_FLOAT, names[p], weight ? weight->value : NULL,
                        weight ? (size_t)weight->count : 0);
    }
}

static laco_status check_calendar(const laco_forecaster *m)
{
    const laco_time_step *step = &m->history->step;
    if (m->calendar && (step->months || step->weekdays || step->time <= 0))
        return laco_fail(
            m->base.ctx, LACO_INVALID,
            "the model reads the calendar in steps of months or of working days, which only laco counts: export steps "
            "of a fixed length, or train one without --calendar");
    return LACO_OK;
}

void laco_forecast_parts(laco_parts *parts, const laco_forecaster *m)
{
    laco_emit *emit = parts->emit;
    bool plain = m->kind == LACO_BASE_NONE;
    if (emit->status == LACO_OK)
        emit->status = check_calendar(m);
    put_columns(parts, m);
    put_history(parts, m);
    put_direct(parts, m);
    laco_emit_array(emit, LACO_EMIT_INT32, "lags", m->ar.lags, (size_t)m->ar.lag_count);
    laco_emit_array(emit, LACO_EMIT_INT32, "harmonics", m->ar.harmonics, (size_t)m->ar.period_count);
    laco_emit_array(emit, LACO_EMIT_DOUBLE, "periods", m->ar.periods, (size_t)m->ar.period_count);
    if (m->calendar) {
        double seconds = (double)m->history->step.time / (double)LACO_SECOND;
        laco_emit_array(emit, LACO_EMIT_DOUBLE, "calendar", &seconds, 1);
    }
    laco_rnn_part(parts, "rnn", m->network.rnn);
    laco_linear_part(parts, "linear", "linear");
    laco_emit_open(emit, "rt_forecaster", "net", 0);
    const int64_t sizes[] = {m->C,
                             m->horizon,
                             laco_forecaster_width(m),
                             m->median,
                             plain,
                             laco_forecaster_context(m),
                             plain ? 0 : m->ar.lag_count,
                             plain ? 0 : m->ar.period_count,
                             plain ? 0 : laco_ar_terms(&m->ar),
                             (int64_t)m->history->count};
    static const char *const arrays[] = {"lags",    "harmonics", "periods", "column", "weight", "scales", "rows",
                                         "history", "clock",     "direct",  "shares", "map",    "log_map"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        laco_emit_int(emit, sizes[i]);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        laco_emit_pointer(emit, arrays[i]);
    laco_rnn_of(parts, "rnn", m->network.rnn);
    laco_linear_of(parts, "linear", "linear");
    laco_emit_pointer(emit, "calendar");
    laco_emit_close(emit);
}
