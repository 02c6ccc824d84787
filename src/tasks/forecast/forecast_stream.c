/* A forecaster as a stream: rows come one by one, and each is followed by what comes next. */
#include "forecast/forecast_paths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LATEST ((int64_t)1 << 55) /* seconds, either way */
#define SPARE 64                  /* rows that may come before those that are needed move to the front */

typedef struct forecast_stream {
    laco_model_stream base;
    int64_t series;                /* of the training, whose scales are used; -1: not said */
    int64_t time, at;              /* of the last row; its place in z */
    double *z;                     /* [C][context + SPARE] */
    double *clocks, *work, *bases; /* [horizon], [longest + horizon], [horizon][C] */
    double *values, *quantiles;    /* [horizon][C], [horizon][Q] */
    laco_real *x, *out;
    laco_rnn_state carry;
    laco_direct_run direct; /* of a model that has such a base */
    double *windows, *row;  /* [C][longest] values of the last rows; [C] */
} forecast_stream;

static laco_forecaster *model_of(const forecast_stream *s) { return (laco_forecaster *)s->base.model; }
static int64_t room_of(const forecast_stream *s) { return laco_forecaster_context(model_of(s)) + SPARE; }

static laco_status reset_stream(laco_model_stream *base)
{
    forecast_stream *s = (forecast_stream *)base;
    s->series = model_of(s)->history->count == 1 ? 0 : -1;
    s->time = 0;
    s->at = -1;
    base->step = 0;
    laco_rnn_state_clear(&s->carry);
    return LACO_OK;
}

static laco_status open_stream(laco_model_stream *base)
{
    forecast_stream *s = (forecast_stream *)base;
    laco_forecaster *model = model_of(s);
    laco_context *ctx = base->model->ctx;
    size_t N = (size_t)model->horizon, C = (size_t)model->C, longest = (size_t)laco_forecaster_context(model);
    LACO_TRY(laco_stream_check_forward(base->model, false, model->network.config.directions));
    if (model->K + model->F > 0 || model->likelihood)
        return laco_fail(ctx, LACO_INVALID,
                         "a forecaster with known or static columns, or a likelihood, is not read row by row; series are right");
    s->z = laco_alloc(ctx, C, (size_t)room_of(s) * sizeof *s->z);
    s->clocks = laco_alloc(ctx, N, sizeof *s->clocks);
    s->work = laco_alloc(ctx, longest + N, sizeof *s->work);
    s->bases = laco_alloc(ctx, N, C * sizeof *s->bases);
    s->values = laco_alloc(ctx, N, C * sizeof *s->values);
    s->quantiles = laco_alloc(ctx, N, LACO_MAX_QUANTILES * sizeof *s->quantiles);
    s->x = laco_alloc(ctx, (size_t)laco_forecaster_inputs(model), sizeof *s->x);
    s->out = laco_alloc(ctx, (size_t)laco_forecaster_outputs(model), sizeof *s->out);
    if (!s->z || !s->clocks || !s->work || !s->bases || !s->values || !s->quantiles || !s->x || !s->out)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_network_state_new(ctx, &model->network, 1, &s->carry));
    if (model->direct.horizon > 0) {
        LACO_TRY(laco_direct_run_new(model, &s->direct));
        s->windows = laco_alloc(ctx, C, (size_t)laco_direct_longest(&model->direct) * sizeof *s->windows);
        s->row = laco_alloc(ctx, C, sizeof *s->row);
        if (!s->windows || !s->row)
            return LACO_NO_MEMORY;
    }
    return reset_stream(base);
}

static void close_stream(laco_model_stream *base)
{
    forecast_stream *s = (forecast_stream *)base;
    laco_context *ctx = base->model->ctx;
    void *blocks[] = {s->z, s->clocks, s->work, s->bases, s->values, s->quantiles, s->x, s->out};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    laco_rnn_state_free(ctx, &s->carry);
    laco_direct_run_free(&s->direct);
    laco_release(ctx, s->windows);
    laco_release(ctx, s->row);
}

static laco_status choose_series(laco_model_stream *base, const char *id)
{
    forecast_stream *s = (forecast_stream *)base;
    int32_t place = laco_strings_find(&model_of(s)->history->ids, id, strlen(id));
    if (place < 0)
        return laco_fail(base->model->ctx, LACO_INVALID, "the model was trained on no series \"%s\"", id);
    if (base->step > 0)
        return laco_fail(base->model->ctx, LACO_INVALID, "a series is chosen before the first row, not behind row %lld",
                         (long long)base->step);
    s->series = place;
    return LACO_OK;
}

/* ---- A row ----------------------------------------------------------------------------------------------------------------- */

static laco_status check_row(const forecast_stream *s, const double *values, int64_t seconds)
{
    const laco_forecaster *model = model_of(s);
    laco_context *ctx = model->base.ctx;
    const laco_series *history = model->history;
    if (s->series < 0)
        return laco_fail(ctx, LACO_INVALID, "the model was trained on %zu series: laco_model_stream_series says which this is",
                         history->count);
    for (int c = 0; c < model->C; c++)
        if (!isfinite(values[c]))
            return laco_fail(ctx, LACO_INVALID, "row %lld: column \"%s\" is not finite", (long long)s->base.step + 1,
                             model->columns[c].name);
    if (history->has_time && (seconds > LATEST || seconds < -LATEST))
        return laco_fail(ctx, LACO_INVALID, "row %lld has time %lld, which is no time", (long long)s->base.step + 1,
                         (long long)seconds);
    int64_t right = laco_time_add(&history->step, s->time, 1);
    if (history->has_time && s->base.step > 0 && seconds != right)
        return laco_fail(ctx, LACO_INVALID, "row %lld has time %lld; one step behind the last it would be %lld",
                         (long long)s->base.step + 1, (long long)seconds, (long long)right);
    return LACO_OK;
}

/* The time `ahead` steps behind the last row, and the same counted in steps. */
static int64_t time_of(const forecast_stream *s, int64_t ahead)
{
    const laco_series *history = model_of(s)->history;
    return history->has_time ? laco_time_add(&history->step, s->time, ahead) : s->base.step + ahead;
}

static double clock_of(const forecast_stream *s, int64_t ahead)
{
    const laco_series *history = model_of(s)->history;
    return history->has_time ? laco_time_clock(&history->step, time_of(s, ahead)) : (double)(s->base.step - 1 + ahead);
}

static void push(forecast_stream *s, const double *values, int64_t seconds)
{
    const laco_forecaster *model = model_of(s);
    int64_t room = room_of(s), kept = room - SPARE;
    if (s->at + 1 == room) {
        for (int c = 0; c < model->C; c++)
            memmove(s->z + c * room, s->z + c * room + room - kept, (size_t)kept * sizeof *s->z);
        s->at = kept - 1;
    }
    s->at++;
    for (int c = 0; c < model->C; c++)
        s->z[c * room + s->at] = laco_to_z(&model->columns[c], &model->scales[s->series * model->C + c], values[c]);
    for (int c = 0; s->windows && c < model->C; c++) { /* the first row stands for those before it */
        int64_t longest = laco_direct_longest(&model->direct);
        double *window = s->windows + c * longest;
        memmove(window, window + 1, (size_t)(longest - 1) * sizeof *window);
        for (int64_t k = s->base.step > 0 ? longest - 1 : 0; k < longest; k++)
            window[k] = values[c];
    }
    s->time = model->history->has_time ? seconds : 0;
    s->base.step++;
}

/* The direct base's share of the answer, as laco_forecast_next has it. */
static void mix(forecast_stream *s)
{
    const laco_forecaster *model = model_of(s);
    double share = laco_forecaster_network_share(model);
    int64_t Q = model->quantile_count;
    if (!s->windows)
        return;
    laco_direct_run_put_windows(&s->direct, s->windows, s->base.step, s->series);
    for (int64_t h = 0; h < model->horizon; h++) {
        laco_direct_run_next(&s->direct, s->row);
        for (int c = 0; c < model->C; c++) {
            double *value = &s->values[h * model->C + c],
                   mixed = share > 0 ? share * *value + (1 - share) * s->row[c] : s->row[c];
            for (int64_t q = 0; q < Q && c == model->target; q++)
                s->quantiles[h * Q + q] += mixed - *value;
            if (model->direct.band && c == model->target)
                laco_direct_run_band(&s->direct, c, mixed, s->quantiles + h * Q);
            *value = mixed;
        }
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The network's output in units of the data: medians of all columns, sorted quantiles of the target. */
static void spell_out(forecast_stream *s)
{
    const laco_forecaster *model = model_of(s);
    int width = laco_forecaster_width(model);
    double sorted[LACO_MAX_QUANTILES];
    for (int64_t i = 0; i < model->horizon * model->C; i++) {
        int64_t c = i % model->C, h = i / model->C;
        const laco_spread *scale = &model->scales[s->series * model->C + c];
        for (int q = 0; q < width; q++)
            sorted[q] = s->bases[i] + model->columns[c].error * (double)s->out[i * width + q];
        qsort(sorted, (size_t)width, sizeof *sorted, compare_doubles);
        s->values[i] = laco_from_z(&model->columns[c], scale, sorted[model->quantile_count > 0 ? model->median : 0]);
        for (int q = 0; q < model->quantile_count && c == model->target; q++)
            s->quantiles[h * model->quantile_count + q] = laco_from_z(&model->columns[c], scale, sorted[q]);
    }
}

static laco_status predict(forecast_stream *s)
{
    laco_forecaster *model = model_of(s);
    const double *now[LACO_MOST_COLUMNS];
    for (int c = 0; c < model->C; c++)
        now[c] = s->z + c * room_of(s) + s->at;
    laco_forecaster_fill(model, now, clock_of(s, 0), model->calendar ? time_of(s, 1) : 0, s->x);
    LACO_TRY(laco_forecaster_run(model, 1, 1, s->x, &s->carry, s->out));
    for (int64_t h = 0; h < model->horizon; h++)
        s->clocks[h] = clock_of(s, 1 + h);
    laco_forecaster_bases(model, now, s->clocks, s->work, s->bases);
    spell_out(s);
    mix(s);
    laco_stream_tell(
        &s->base, &(laco_stream_answer){.forecast = {time_of(s, 1), s->values, model->quantile_count > 0 ? s->quantiles : NULL}});
    return LACO_OK;
}

static laco_status read_row(laco_model_stream *base, const double *values, int64_t seconds)
{
    forecast_stream *s = (forecast_stream *)base;
    LACO_TRY(check_row(s, values, seconds));
    push(s, values, seconds);
    return base->step >= laco_forecaster_context(model_of(s)) ? predict(s) : LACO_OK;
}

static laco_status end_stream(laco_model_stream *base)
{
    (void)base; /* nothing waits */
    return LACO_OK;
}

static laco_status walk_stream(laco_model_stream *base, laco_state_walk *walk)
{
    forecast_stream *s = (forecast_stream *)base;
    const laco_forecaster *model = model_of(s);
    int64_t room = room_of(s), count = (int64_t)model->history->count;
    LACO_TRY(laco_state_count(walk, &s->series, base->step > 0 ? 0 : -1, count - 1));
    LACO_TRY(laco_state_count(walk, &s->time, -LATEST, LATEST));
    LACO_TRY(laco_state_count(walk, &s->at, LACO_MIN(base->step, room - SPARE) - 1, LACO_MIN(base->step, room) - 1));
    LACO_TRY(laco_state_bytes(walk, s->z, (size_t)model->C * (size_t)room * sizeof *s->z));
    if (s->windows)
        LACO_TRY(laco_state_bytes(walk, s->windows,
                                  (size_t)model->C * (size_t)laco_direct_longest(&model->direct) * sizeof *s->windows));
    return laco_state_bytes(walk, s->carry.h, laco_rnn_state_bytes(&s->carry));
}

const laco_stream_type laco_forecast_stream = {
    .size = sizeof(forecast_stream),
    .reads = "rows of a series",
    .open = open_stream,
    .close = close_stream,
    .reset = reset_stream,
    .row = read_row,
    .series = choose_series,
    .end = end_stream,
    .state = walk_stream,
};
