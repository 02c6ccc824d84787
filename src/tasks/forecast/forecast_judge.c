/* Judging a forecaster: what of a series it has not seen, its errors there, and how far each row is from its prediction. */
#include "laco/forecaster.h"

#include "forecast/forecast_part.h"
#include "forecast/forecast_score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGINS 200 /* of closed loops in a score */
#define HORIZON 24

/* Does a series begin with what training saw of the model's series `place`? The rows that training saw, or 0. */
static int64_t rows_seen(const laco_forecaster *model, const laco_one_series *one, size_t place, bool validation)
{
    const laco_seen *seen = &model->seen[place];
    int64_t rows = validation ? seen->rows : seen->train_rows;
    uint64_t hash = validation ? seen->hash : seen->train_hash;
    return rows > 0 && (int64_t)one->rows >= rows && laco_series_hash(one, model->C, (size_t)rows) == hash ? rows : 0;
}

/* Which of the model's series this is, or -1. */
static int32_t place_of(const laco_forecaster *model, const laco_series *series, size_t index)
{
    const char *id = laco_series_id(series, index);
    return model->history->count == 1 && series->count == 1 ? 0 : laco_strings_find(&model->history->ids, id, strlen(id));
}

/* True where `series` starts one to three steps behind the end of the model's history (a missing day is no new series), so that
 * the history can stand before it. */
static bool continues(const laco_forecaster *model, const laco_series *series, size_t index, int32_t place)
{
    if (place < 0 || !series->has_time || !model->history->has_time || series->one[index].rows == 0)
        return false;
    size_t rows = model->history->one[place].rows;
    int64_t first = series->one[index].times[0];
    return rows > 0 && first >= laco_series_instant(model->history, (size_t)place, rows) &&
           first <= laco_series_instant(model->history, (size_t)place, rows + 2);
}

static laco_status join(const laco_forecaster *model, const laco_series *series, size_t index, int32_t place, laco_series **out)
{
    size_t to;
    laco_series *joined;
    const char *id = laco_series_id(series, index);
    LACO_TRY(laco_series_like(series, &joined));
    joined->step = model->history->step;
    laco_status status = laco_series_place(joined, id, strlen(id), &to);
    if (status == LACO_OK)
        status = laco_series_copy_rows(&model->history->one[place], 0, to, joined);
    if (status == LACO_OK)
        status = laco_series_copy_rows(&series->one[index], 0, to, joined);
    if (status == LACO_OK)
        *out = joined;
    else
        laco_series_free(joined);
    return status;
}

laco_status laco_part_find(const laco_forecaster *model, const laco_series *series, size_t index, int64_t horizon, laco_part *out)
{
    const laco_one_series *one = &series->one[index];
    int32_t place = place_of(model, series, index);
    int64_t seen = place >= 0 ? rows_seen(model, one, (size_t)place, true) : 0,
            trained = place >= 0 ? rows_seen(model, one, (size_t)place, false) : 0;
    *out = (laco_part){.from = laco_forecaster_context(model), .unseen = true};
    if (seen > 0 && (int64_t)one->rows - seen >= horizon)
        out->from = seen;
    else if (trained > 0)
        *out = (laco_part){.from = trained, .unseen = seen == trained};
    else if (continues(model, series, index, place)) {
        LACO_TRY(join(model, series, index, place, &out->joined));
        out->from = (int64_t)model->history->one[place].rows;
    }
    out->from = LACO_MAX(out->from, laco_forecaster_context(model));
    return LACO_OK;
}

static laco_status score_series(laco_forecaster *model, const laco_series *series, size_t index, const laco_part *p,
                                int64_t horizon, laco_score_sums *sums, laco_forecast_score *score)
{
    const laco_series *whole = p->joined ? p->joined : series;
    size_t at = p->joined ? 0 : index;
    int64_t rows = (int64_t)whole->one[at].rows;
    laco_scaled_set tracks;
    if (p->from >= rows)
        return LACO_OK;
    LACO_TRY(laco_scaled_set_new(model, whole, at, &tracks));
    int64_t origins = LACO_MAX(ORIGINS / (int64_t)series->count, 4);
    laco_scored scored = {&tracks, &tracks.track[0], p->from, rows, LACO_MIN(horizon, rows - p->from), origins};
    laco_status status = laco_forecaster_score_part(model, &scored, sums);
    laco_scaled_set_free(&tracks);
    laco_series_time_text(whole, at, (size_t)p->from, score->from);
    laco_series_time_text(whole, at, (size_t)rows - 1, score->to);
    score->unseen = score->unseen && p->unseen;
    score->horizon = LACO_MAX(score->horizon, LACO_MIN(horizon, rows - p->from));
    return status;
}

laco_status laco_model_score_forecast(laco_model *base, const laco_series *series, int64_t horizon, laco_forecast_score *out)
{
    laco_forecaster *model;
    laco_scaled_set check;
    laco_score_sums sums = {0};
    laco_forecast_score score = {.unseen = true};
    LACO_TRY(laco_as_forecaster(base, &model));
    LACO_TRY(laco_scaled_set_new(model, series, 0, &check));
    laco_scaled_set_free(&check);
    horizon = horizon > 0 ? horizon : HORIZON;
    for (size_t i = 0; i < series->count; i++) {
        laco_part p;
        LACO_TRY(laco_part_find(model, series, i, horizon, &p));
        laco_status status = score_series(model, series, i, &p, horizon, &sums, &score);
        laco_series_free(p.joined);
        LACO_TRY(status);
    }
    if (sums.one_step.count == 0)
        return laco_fail(base->ctx, LACO_INVALID,
                         "%s: no row is left to score: the model was trained on all of them, or needs %lld rows first",
                         series->name, (long long)laco_forecaster_context(model));
    laco_errors_fill(model, &sums, &score);
    *out = score;
    return LACO_OK;
}

int64_t laco_model_valid_rows(laco_model *base, const laco_series *series)
{
    laco_forecaster *model;
    if (laco_as_forecaster(base, &model) < 0 || series->column_count != model->C)
        return 0;
    const laco_one_series *one = &series->one[0], *end = &model->history->one[0];
    const laco_seen *seen = &model->seen[0];
    int64_t rows = (int64_t)one->rows, valid = seen->rows - seen->train_rows;
    bool whole = rows == seen->rows && rows_seen(model, one, 0, true) > 0;
    bool kept =
        one->rows == end->rows && laco_series_hash(one, model->C, one->rows) == laco_series_hash(end, model->C, end->rows);
    return whole || kept ? LACO_MIN(valid, rows) : 0;
}

laco_status laco_model_anomaly_score(laco_model *base, const laco_series *series, size_t index, double *prediction, double *score)
{
    laco_forecaster *model;
    laco_scaled_set tracks;
    LACO_TRY(laco_as_forecaster(base, &model));
    LACO_TRY(laco_scaled_set_new(model, series, index, &tracks));
    const laco_scaled_series *track = &tracks.track[0];
    int64_t context = laco_forecaster_context(model), rows = track->rows, width = laco_forecaster_width(model);
    double *z = laco_alloc(base->ctx, (size_t)LACO_MAX(rows, 1), (size_t)width * sizeof *z);
    laco_status status = z ? laco_forecaster_check_length(model, series, index) : LACO_NO_MEMORY;
    if (status == LACO_OK && rows > context)
        status = laco_forecaster_one_step(model, &tracks, track, context, rows, z);
    for (int64_t row = 0; row < rows && status == LACO_OK; row++) {
        double expected = row < context ? NAN : z[(row - context) * width + laco_forecaster_middle(model)];
        prediction[row] = laco_scaled_series_from_z(&tracks, track, row, model->target, expected);
        score[row] = fabs(track->z[model->target * rows + row] - expected) / fmax(model->error_size, 1e-9);
    }
    laco_release(base->ctx, z);
    laco_scaled_set_free(&tracks);
    return status;
}
