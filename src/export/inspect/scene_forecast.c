/* Forecasters at work: one step ahead, row by row. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "forecast/scaled_series.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct forecast {
    laco_scaled_set set;
    const laco_series *series;
    laco_real *x;   /* [T][I] */
    double *base;   /* [T] of the target's next value, in z */
    double *answer; /* [T] in the units of the data */
    int64_t first;  /* row of step 0 */
    size_t index;
} forecast;

static laco_forecaster *forecaster_of(const laco_scene *scene) { return (laco_forecaster *)scene->model; }

/* A row that is taken away is read as the one before it: rows behind it stay where they are in the season. */
static laco_status read_forecast(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    const forecast *own = scene->own;
    const laco_forecaster *model = forecaster_of(scene);
    int64_t T = 0, I = laco_forecaster_inputs(model), width = laco_forecaster_outputs(model);
    for (int64_t b = 0; b < B; b++)
        T = LACO_MAX(T, readings[b].read);
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *lengths);
    laco_var x = lengths ? laco_var_new(tape, 3, (int64_t[]){T, B, I}, false) : NULL;
    if (!x)
        return LACO_NO_MEMORY;
    memset(x->data, 0, (size_t)x->size * sizeof *x->data);
    for (int64_t b = 0; b < B; b++) {
        const laco_reading *r = &readings[b];
        lengths[b] = (int32_t)r->read;
        for (int64_t k = 0; k < r->read; k++) {
            int64_t from = k < r->cut || k >= r->cut_end ? k : LACO_MAX(r->cut - 1, (int64_t)0);
            if (r->cut == 0 && k < r->cut_end)
                continue; /* nothing is before it */
            memcpy(x->data + (k * B + b) * I, own->x + from * I, (size_t)I * sizeof *x->data);
        }
    }
    scene->y = laco_linear_apply(tape, model->network.linear, laco_rnn_apply(tape, model->network.rnn, x, lengths, NULL));
    for (int64_t b = 0; scene->y && b < B; b++) {
        int64_t q = readings[b].question;
        int64_t place = (int64_t)model->target * laco_forecaster_width(model) + laco_forecaster_middle(model);
        if (q >= 0)
            LACO_TRY(laco_scene_pick(scene, b, (q * B + b) * width + place, model->columns[model->target].error));
    }
    return LACO_OK;
}

static laco_status fill(laco_scene *scene, forecast *own, const laco_scaled_series *track)
{
    const laco_forecaster *model = forecaster_of(scene);
    int64_t I = laco_forecaster_inputs(model), N = model->horizon, C = model->C;
    double *work = laco_alloc(scene->ctx, (size_t)(laco_forecaster_context(model) + 3 * N + N * C), sizeof *work);
    if (!work)
        return LACO_NO_MEMORY;
    double *bases = work + laco_forecaster_context(model) + 3 * N;
    for (int64_t t = 0; t < scene->T; t++) {
        int64_t row = own->first + t;
        laco_scaled_series_fill(&own->set, track, row, own->x + t * I);
        laco_scaled_series_bases(&own->set, track, row, work, bases);
        own->base[t] = bases[model->target];
        scene->truth[t] = row + 1 < track->rows ? track->z[(int64_t)model->target * track->rows + row + 1] - own->base[t] : NAN;
    }
    laco_release(scene->ctx, work);
    return LACO_OK;
}

/* The predictions of all steps, in the units of the data. */
static laco_status answer(laco_scene *scene, forecast *own, const laco_scaled_series *track)
{
    const laco_forecaster *model = forecaster_of(scene);
    const laco_column *column = &model->columns[model->target];
    int64_t width = laco_forecaster_outputs(model), median = laco_forecaster_middle(model);
    laco_reading whole = laco_scene_reading(scene, -1);
    LACO_TRY(laco_scene_read(scene, scene->quiet, &whole, 1));
    for (int64_t t = 0; t < scene->T; t++) {
        double out = (double)laco_var_data(scene->y)[t * width + (int64_t)model->target * laco_forecaster_width(model) + median];
        own->answer[t] =
            laco_scaled_series_from_z(&own->set, track, own->first + t + 1, model->target, own->base[t] + column->error * out);
    }
    return LACO_OK;
}

static laco_status name_rows(laco_scene *scene, const forecast *own, json_t **tokens)
{
    const laco_forecaster *model = forecaster_of(scene);
    *tokens = json_array();
    scene->curves = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        char text[48];
        size_t row = (size_t)(own->first + t);
        if (laco_series_has_time(own->series))
            laco_series_time_text(own->series, own->index, row, text);
        else
            snprintf(text, sizeof text, "%zu", row + 1);
        laco_json_add(tokens, json_string(text));
    }
    for (int c = 0; c < LACO_MIN(model->C, 8); c++) {
        json_t *values = json_array();
        laco_feature *value = laco_scene_feature(scene, &scene->view[0], "%.60s", model->columns[c].name),
                     *change = laco_scene_feature(scene, &scene->view[0], "change of %.60s", model->columns[c].name);
        if (!value || !change)
            return LACO_NO_MEMORY;
        scene->view[0].steps = scene->T;
        for (int64_t t = 0; t < scene->T; t++) {
            value->value[t] = laco_series_value(own->series, own->index, (size_t)(own->first + t), c);
            change->value[t] = t > 0 ? value->value[t] - value->value[t - 1] : 0;
            laco_json_add(&values, laco_inspect_number(value->value[t]));
        }
        laco_json_add(&scene->curves, json_pack("{s:s, s:o}", "name", model->columns[c].name, "values", values));
    }
    return LACO_OK;
}

static laco_status season_features(laco_scene *scene, const forecast *own)
{
    int64_t season = forecaster_of(scene)->season;
    for (int wave = 0; season > 1 && wave < 2; wave++) {
        laco_feature *feature = laco_scene_feature(scene, &scene->view[0], "%s of the season of %lld rows",
                                                   wave ? "sine" : "cosine", (long long)season);
        for (int64_t t = 0; feature && t < scene->T; t++) {
            double angle = 6.283185307179586 * (double)((own->first + t) % season) / (double)season;
            feature->value[t] = wave ? sin(angle) : cos(angle);
        }
    }
    return LACO_OK;
}

static laco_status open_forecast(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    forecast *own = scene->own = laco_scene_alloc(scene, 1, sizeof *own);
    laco_forecaster *model = forecaster_of(scene);
    json_t *tokens;
    if (!own)
        return LACO_NO_MEMORY;
    own->series = input->series ? input->series : model->history;
    own->index = input->index;
    if (own->index >= laco_series_count(own->series))
        return laco_fail(scene->ctx, LACO_INVALID, "there is no series %zu in the data", own->index + 1);
    LACO_TRY(laco_forecaster_check_length(model, own->series, own->index));
    LACO_TRY(laco_scaled_set_new(model, own->series, own->index, &own->set));
    const laco_scaled_series *track = &own->set.track[0];
    int64_t before = laco_forecaster_context(model) - 1;
    scene->total = track->rows - before;
    scene->T = scene->questions = LACO_MIN(scene->total, options->steps);
    own->first = track->rows - scene->T;
    scene->prefix = scene->along = true;
    scene->asked = options->place > 0 ? LACO_MIN(options->place, scene->T) - 1 : scene->T - 1;
    scene->unit = "row";
    scene->loss = "half the squared error, in deviations of the series, of what is predicted behind row t";
    own->x = laco_scene_alloc(scene, scene->T * laco_forecaster_inputs(model), sizeof *own->x);
    own->base = laco_scene_alloc(scene, scene->T, sizeof *own->base);
    own->answer = laco_scene_alloc(scene, scene->T, sizeof *own->answer);
    scene->truth = laco_scene_alloc(scene, scene->T, sizeof *scene->truth);
    if (!own->x || !own->base || !own->answer || !scene->truth)
        return LACO_NO_MEMORY;
    scene->view[0].steps = scene->T;
    LACO_TRY(name_rows(scene, own, &tokens));
    LACO_TRY(laco_scene_view(scene, "network", "rnn", 1, scene->T, tokens));
    LACO_TRY(season_features(scene, own));
    LACO_TRY(fill(scene, own, track));
    snprintf(scene->about, sizeof scene->about, "the network's share of %.60s behind row %s, in deviations of the series",
             model->columns[model->target].name, json_string_value(json_array_get(tokens, (size_t)scene->asked)));
    return answer(scene, own, track);
}

static laco_status tell_forecast(laco_scene *scene, json_t **into)
{
    const forecast *own = scene->own;
    const laco_forecaster *model = forecaster_of(scene);
    laco_json_put(into, "answer",
                  json_pack("{s:s, s:o}", "column", model->columns[model->target].name, "predictions",
                            laco_inspect_doubles(own->answer, scene->T)));
    return LACO_OK;
}

static void close_forecast(laco_scene *scene)
{
    if (scene->own)
        laco_scaled_set_free(&((forecast *)scene->own)->set);
}

const laco_scene_type laco_scene_forecast = {"forecast", open_forecast, close_forecast, read_forecast, tell_forecast};
