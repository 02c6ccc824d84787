#include "forecast/scaled_series.h"

#include "forecast/covariates.h"

#include <math.h>
#include <string.h>

#define TAU 6.28318530717958647692

static const laco_time_step *step_of(const laco_forecaster *model, const laco_series *series)
{
    const laco_series *history = model ? model->history : NULL;
    const laco_time_step *own = &series->step;
    if (!history || !history->has_time)
        return own;
    bool known = own->months || own->time, same = own->months == history->step.months && own->time == history->step.time;
    return same || !known ? &history->step : own;
}

int64_t laco_scaled_series_time(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row)
{
    return laco_series_instant_by(series, step_of(model, series), index, (size_t)row);
}

double laco_scaled_series_clock(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row)
{
    return series->has_time ? laco_time_clock(step_of(model, series), laco_scaled_series_time(model, series, index, row))
                            : (double)row;
}

/* ---- Preparing -------------------------------------------------------------------------------------------------------- */

static laco_status check_series(const laco_forecaster *model, const laco_series *series)
{
    laco_context *ctx = model->base.ctx;
    if (series->column_count != model->C)
        return laco_fail(ctx, LACO_INVALID, "%s: has %d columns; the model was trained on %d", series->name, series->column_count,
                         model->C);
    for (int c = 0; c < model->C; c++)
        if (strcmp(series->columns[c], model->columns[c].name) != 0)
            return laco_fail(ctx, LACO_INVALID, "%s: column %d is \"%s\"; the model was trained on \"%s\"", series->name, c + 1,
                             series->columns[c], model->columns[c].name);
    LACO_TRY(laco_covariates_check(model, series));
    bool needs_time = model->calendar || model->ar.period_count > 0;
    if (needs_time && !series->has_time)
        return laco_fail(ctx, LACO_INVALID, "%s: has no time column, and the model was trained with one", series->name);
    const laco_time_step *a = &series->step, *b = model->history ? &model->history->step : a;
    bool known = a->months || a->time;
    if (!needs_time || !known || (a->months == b->months && a->time == b->time))
        return LACO_OK;
    char here[80], learned[80];
    laco_time_step_text(&series->format, a, here);
    laco_time_step_text(&model->history->format, b, learned);
    return laco_fail(ctx, LACO_INVALID, "%s: its rows are %s; those that the model was trained on were %s", series->name, here,
                     learned);
}

/* Mean and deviation of a column of a series the model has never seen. */
static laco_spread own_scale(const laco_column *column, const laco_series *series, size_t index, int c)
{
    const laco_spread unit = {0, 1};
    size_t rows = laco_series_rows(series, index);
    double sum = 0, squares = 0;
    for (size_t row = 0; row < rows; row++)
        sum += laco_to_z(column, &unit, laco_series_value(series, index, row, c));
    double mean = rows > 0 ? sum / (double)rows : 0;
    for (size_t row = 0; row < rows; row++) {
        double away = laco_to_z(column, &unit, laco_series_value(series, index, row, c)) - mean;
        squares += away * away;
    }
    double scale = rows > 0 ? sqrt(squares / (double)rows) : 1;
    return (laco_spread){mean, scale > 0 && !laco_series_constant(series, index, rows, c) ? scale : 1};
}

static void find_scales(const laco_scaled_set *tracks, laco_scaled_series *track)
{
    const laco_forecaster *model = tracks->model;
    const laco_series *history = model->history;
    const char *id = laco_series_id(tracks->series, track->index);
    int32_t place = history ? laco_strings_find(&history->ids, id, strlen(id)) : -1;
    if (history && history->count == 1 && tracks->series->count == 1)
        place = 0;
    track->place = place;
    for (int c = 0; c < model->C; c++)
        track->scales[c] =
            place >= 0 ? model->scales[place * model->C + c] : own_scale(&model->columns[c], tracks->series, track->index, c);
}

static laco_status fill_track(laco_scaled_set *tracks, size_t index, laco_scaled_series *track)
{
    const laco_forecaster *model = tracks->model;
    size_t rows = laco_series_rows(tracks->series, index), C = (size_t)model->C, cells;
    *track = (laco_scaled_series){.rows = (int64_t)rows, .index = index};
    if (!laco_mul_fits(rows, C, &cells))
        return laco_fail(tracks->ctx, LACO_NO_MEMORY, "too many rows");
    track->z = laco_alloc(tracks->ctx, cells, sizeof *track->z);
    track->clock = track->z ? laco_alloc(tracks->ctx, rows + 1, sizeof *track->clock) : NULL;
    track->scales = track->clock ? laco_alloc(tracks->ctx, C, sizeof *track->scales) : NULL;
    if (!track->scales)
        return LACO_NO_MEMORY;
    find_scales(tracks, track);
    for (size_t row = 0; row <= rows; row++)
        track->clock[row] = laco_scaled_series_clock(model, tracks->series, index, (int64_t)row);
    for (size_t c = 0; c < C; c++)
        for (size_t row = 0; row < rows; row++)
            track->z[c * rows + row] =
                laco_to_z(&model->columns[c], &track->scales[c], laco_series_value(tracks->series, index, row, (int)c)) -
                laco_covariates_effect(model, tracks->series, index, (int64_t)row, (int)c);
    return LACO_OK;
}

laco_status laco_scaled_set_new(const laco_forecaster *model, const laco_series *series, size_t index, laco_scaled_set *out)
{
    laco_scaled_set tracks = {.ctx = model->base.ctx, .model = model, .series = series};
    size_t count = index == SIZE_MAX ? series->count : 1;
    LACO_TRY(check_series(model, series));
    tracks.track = laco_alloc(tracks.ctx, count, sizeof *tracks.track);
    laco_status status = tracks.track ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; status == LACO_OK && i < count; i++) {
        tracks.count++;
        status = fill_track(&tracks, index == SIZE_MAX ? i : index, &tracks.track[i]);
    }
    if (status == LACO_OK)
        *out = tracks;
    else
        laco_scaled_set_free(&tracks);
    return status;
}

void laco_scaled_set_free(laco_scaled_set *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        laco_release(tracks->ctx, tracks->track[i].z);
        laco_release(tracks->ctx, tracks->track[i].clock);
        laco_release(tracks->ctx, tracks->track[i].scales);
    }
    laco_release(tracks->ctx, tracks->track);
    *tracks = (laco_scaled_set){0};
}

/* ---- Inputs ----------------------------------------------------------------------------------------------------------- */

static void fill_calendar(int64_t time, laco_real *out)
{
    int64_t year, day_number = laco_floor_divide(time, LACO_DAY);
    double seconds = (double)(time - day_number * LACO_DAY) / (double)LACO_SECOND;
    int month, day;
    laco_time_date(time, &year, &month, &day);
    const double parts[3] = {seconds / 86400, (double)((day_number % 7 + 7) % 7) / 7,
                             ((double)(month - 1) + (day - 1) / 31.0) / 12};
    for (int i = 0; i < 3; i++) {
        *out++ = (laco_real)cos(TAU * parts[i]);
        *out++ = (laco_real)sin(TAU * parts[i]);
    }
}

void laco_forecaster_fill(const laco_forecaster *model, const double *const *now, double clock, int64_t next, laco_real *out)
{
    for (int c = 0; c < model->C; c++) {
        const laco_column *column = &model->columns[c];
        const double *z = now[c];
        if (model->kind == LACO_BASE_NONE) {
            *out++ = (laco_real)z[0];
            continue;
        }
        const laco_real *weight = laco_forecaster_weight(model, c);
        *out++ = (laco_real)fmin(3, fmax(-3, z[0]));
        *out++ = (laco_real)fmin(8, fmax(-8, (z[0] - z[-1]) / column->step));
        *out++ = (laco_real)fmin(8, fmax(-8, (z[0] - laco_ar_predict(&model->ar, weight, z - 1, clock)) / column->error));
    }
    if (model->calendar)
        fill_calendar(next, out);
}

void laco_forecaster_bases(const laco_forecaster *model, const double *const *now, const double *clocks, double *work,
                           double *out)
{
    int32_t longest = LACO_MAX(laco_ar_longest(&model->ar), 1);
    for (int c = 0; c < model->C; c++) {
        const laco_real *weight = laco_forecaster_weight(model, c);
        if (weight && model->horizon == 1) {
            out[c] = laco_ar_predict(&model->ar, weight, now[c], clocks[0]);
            continue;
        }
        if (weight)
            memcpy(work, now[c] - (longest - 1), (size_t)longest * sizeof *work);
        for (int64_t h = 0; h < model->horizon; h++) {
            double *last = work + longest - 1 + h;
            if (weight)
                last[1] = laco_ar_predict(&model->ar, weight, last, clocks[h]);
            out[h * model->C + c] = weight ? last[1] : 0;
        }
    }
}

static void point_at(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, const double **now)
{
    for (int c = 0; c < tracks->model->C; c++)
        now[c] = track->z + (int64_t)c * track->rows + row;
}

void laco_scaled_series_fill(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, laco_real *out)
{
    const double *now[LACO_MOST_COLUMNS];
    point_at(tracks, track, row, now);
    int64_t next = tracks->model->calendar ? laco_scaled_series_time(tracks->model, tracks->series, track->index, row + 1) : 0;
    laco_forecaster_fill(tracks->model, now, track->clock[row], next, out);
    laco_scaled_series_beside(tracks, track, row, out);
}

void laco_scaled_series_beside(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, laco_real *out)
{
    const laco_forecaster *model = tracks->model;
    laco_covariates_fill(model, tracks->series, track->index, row,
                         out + laco_forecaster_inputs(model) - laco_covariates_inputs(model));
}

double laco_scaled_series_from_z(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, int c, double z)
{
    const laco_forecaster *model = tracks->model;
    return laco_from_z(&model->columns[c], &track->scales[c],
                       z + laco_covariates_effect(model, tracks->series, track->index, row, c));
}

void laco_scaled_series_bases(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, double *work,
                              double *out)
{
    const double *now[LACO_MOST_COLUMNS];
    double *clocks = work + LACO_MAX(laco_ar_longest(&tracks->model->ar), 1) + tracks->model->horizon;
    point_at(tracks, track, row, now);
    for (int64_t h = 0; h < tracks->model->horizon; h++)
        clocks[h] = row + 1 + h <= track->rows
                        ? track->clock[row + 1 + h]
                        : laco_scaled_series_clock(tracks->model, tracks->series, track->index, row + 1 + h);
    laco_forecaster_bases(tracks->model, now, clocks, work, out);
}

double laco_scaled_series_quantile(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, int c,
                                   const double *out, double q)
{
    const laco_forecaster *model = tracks->model;
    const laco_column *column = &model->columns[c];
    double spread = laco_likelihood_width(model->likelihood) > 1 ? column->dispersion * exp(fmin(15, fmax(-15, out[1]))) : 0;
    if (!column->counts)
        return laco_scaled_series_from_z(tracks, track, row, c,
                                         laco_likelihood_quantile(model->likelihood, out[0], column->error * spread, q));
    return laco_likelihood_quantile(model->likelihood, laco_scaled_series_from_z(tracks, track, row, c, out[0]), spread, q);
}

double laco_scaled_series_value(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row)
{
    return laco_series_value(tracks->series, track->index, (size_t)row, tracks->model->target);
}
