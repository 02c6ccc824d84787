/* Anomalies in a series: a forecaster and the running distributions of anomaly.h; and their state in a file. */
#include "laco/forecaster.h"

#include "base/file.h"
#include "base/json_text.h"
#include "forecast/anomaly.h"
#include "forecast/ar.h"
#include "forecast/forecast_score.h"
#include "forecast/recursive.h"

#include <math.h>
#include <string.h>

#define THRESHOLD 0.998
#define LEAST_REST 12 /* a period, but at least and at most so many */
#define MOST_REST 200

struct laco_detector {
    laco_forecaster *model;
    laco_anomaly *anomaly;
    laco_recursive *learned; /* NULL: nothing is, and nothing was */
    bool learn;
};

/* The rows after which a series repeats itself: a day, or of rows that are that far apart a week or a year; without stamps the
 * season. *longer: a week, where it is a day, else 0. */
static int64_t period_of(const laco_forecaster *model, int64_t *longer)
{
    *longer = 0;
    double periods[LACO_AR_PERIODS];
    bool has_time = model->history->has_time && model->history->format.detail != LACO_TIME_NUMBER;
    int count = has_time ? laco_calendar_periods(&model->history->step, false, periods, LACO_AR_PERIODS) : 0;
    double hour = model->history->step.time > 0 ? (double)(LACO_SECOND * 3600) / (double)model->history->step.time : 0;
    for (int p = 0; p < count; p++)
        if (fabs(periods[p] - hour) > 1e-9 && periods[p] < 3000) { /* an hour says little */
            *longer = fabs(periods[p] - 24 * hour) < 1e-9 ? (int64_t)floor(7 * periods[p] + 0.5) : 0;
            return (int64_t)floor(periods[p] + 0.5);
        }
    return model->season > 1 ? model->season : 0;
}

laco_status laco_detector_new(laco_model *base, const laco_detector_options *options, laco_detector **out)
{
    laco_forecaster *model;
    LACO_TRY(laco_as_forecaster(base, &model));
    laco_detector *made = laco_alloc(base->ctx, 1, sizeof *made);
    if (!made)
        return LACO_NO_MEMORY;
    double threshold = options && options->threshold > 0 ? options->threshold : THRESHOLD;
    int64_t longer, period = period_of(model, &longer),
                    rest = LACO_MIN(LACO_MAX(period, (int64_t)LEAST_REST), (int64_t)MOST_REST);
    if (options && options->rest != 0)
        rest = LACO_MAX(options->rest, (int64_t)0);
    made->model = model;
    laco_status status = laco_anomaly_new(base->ctx, model->C, period, longer, rest, threshold, &made->anomaly);
    if (status == LACO_OK)
        *out = made;
    else
        laco_detector_free(made);
    return status;
}

laco_status laco_detector_learn(laco_detector *detector)
{
    laco_forecaster *model = detector->model;
    if (model->likelihood)
        return laco_fail(model->base.ctx, LACO_INVALID, "a forecaster with a likelihood does not go on learning");
    if (!detector->learned)
        LACO_TRY(laco_recursive_new(model, &detector->learned));
    detector->learn = true;
    return LACO_OK;
}

void laco_detector_free(laco_detector *detector)
{
    if (!detector)
        return;
    laco_anomaly_free(detector->anomaly);
    laco_recursive_free(detector->learned);
    laco_release(detector->model->base.ctx, detector);
}

/* The forecast of a row in z with what was learned of rows before it, from which the next ones learn in turn. */
static double learned(laco_detector *d, const laco_scaled_series *track, int64_t row, double expected)
{
    const double *now = track->z + d->model->target * track->rows + row - 1;
    if (!d->learned || row < laco_ar_longest(&d->learned->ar))
        return expected;
    expected += laco_recursive_say(d->learned, now, track->clock[row]);
    if (d->learn)
        laco_recursive_learn(d->learned, now[1] - expected);
    return expected;
}

/* Each row with its forecast, if it has one. */
static void run(laco_detector *d, const laco_scaled_set *tracks, const double *z, laco_detection *out)
{
    const laco_forecaster *model = d->model;
    const laco_scaled_series *track = &tracks->track[0];
    int64_t context = laco_forecaster_context(model), C = model->C, width = laco_forecaster_width(model);
    double forecasts[LACO_MOST_COLUMNS];
    for (int64_t row = 0; row < track->rows; row++) {
        for (int64_t c = 0; c < C; c++)
            forecasts[c] = NAN;
        double expected = row < context ? NAN : z[(row - context) * width + laco_forecaster_middle(model)];
        if (row >= context)
            expected = learned(d, track, row, expected);
        forecasts[model->target] = laco_scaled_series_from_z(tracks, track, row, model->target, expected);
        out[row].prediction = forecasts[model->target];
        out[row].score = laco_anomaly_add(d->anomaly, tracks->series->one[track->index].values + row * C, forecasts);
        out[row].alarm = d->anomaly->alarm;
    }
}

laco_status laco_detector_run(laco_detector *d, const laco_series *series, size_t index, laco_detection *out)
{
    laco_forecaster *model = d->model;
    laco_context *ctx = model->base.ctx;
    laco_scaled_set tracks;
    LACO_TRY(laco_scaled_set_new(model, series, index, &tracks));
    const laco_scaled_series *track = &tracks.track[0];
    int64_t context = laco_forecaster_context(model);
    double *z = laco_alloc(ctx, (size_t)LACO_MAX(track->rows, (int64_t)1), (size_t)laco_forecaster_width(model) * sizeof *z);
    laco_status status = z ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK && track->rows > context)
        status = laco_forecaster_one_step(model, &tracks, track, context, track->rows, z);
    if (status == LACO_OK)
        run(d, &tracks, z, out);
    laco_release(ctx, z);
    laco_scaled_set_free(&tracks);
    return status;
}

/* ---- The state in a file
 * ------------------------------------------------------------------------------------------------------- */

laco_status laco_detector_save(const laco_detector *d, const char *path)
{
    laco_context *ctx = d->model->base.ctx;
    json_t *state = laco_anomaly_state(d->anomaly);
    if (d->learned)
        laco_json_put(&state, "learned", laco_recursive_state(d->learned));
    laco_writer *writer = NULL;
    char *text = NULL;
    size_t size = 0;
    laco_status status = laco_json_text(ctx, state, 1, &text, &size);
    json_decref(state);
    if (status == LACO_OK)
        status = laco_writer_new(ctx, path, &writer);
    if (status == LACO_OK)
        status = laco_writer_write(writer, text, size);
    if (status == LACO_OK)
        status = laco_writer_commit(writer);
    else
        laco_writer_abandon(writer);
    laco_release(ctx, text);
    return status;
}

/* What was learned is used from then on, also where no more is to be learned. */
static laco_status take_learned(laco_detector *d, const json_t *state, bool *taken)
{
    const json_t *known = json_object_get(state, "learned");
    *taken = true;
    if (known && !d->learned)
        LACO_TRY(laco_recursive_new(d->model, &d->learned));
    if (known)
        *taken = laco_recursive_take_state(d->learned, known);
    return LACO_OK;
}

laco_status laco_detector_load(laco_detector *d, const char *path)
{
    laco_context *ctx = d->model->base.ctx;
    json_t *state = NULL;
    char *text;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &text, &size));
    laco_status status = laco_json_parse(ctx, path, text, size, &state);
    bool taken = false;
    if (status == LACO_OK)
        status = take_learned(d, state, &taken);
    if (status == LACO_OK && (!taken || !laco_anomaly_take_state(d->anomaly, state)))
        status =
            laco_fail(ctx, LACO_FORMAT, "%s: is no state of a detector of %d columns as this model has them", path, d->model->C);
    json_decref(state);
    laco_release(ctx, text);
    return status;
}
