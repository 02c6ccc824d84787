/* The training rows as windows of sequences, in batches, and the loss over them. */
#include "forecast/forecast_train.h"

#include "base/random.h"
#include "forecast/covariates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_ROWS ((int64_t)1 << 16) /* that one epoch sees at most, in windows drawn from all */

static laco_forecast_learner *of(laco_learner *base) { return (laco_forecast_learner *)base; }

static int64_t first_row(const laco_forecast_learner *l) { return laco_forecaster_context(l->model) - 1; }

/* Rows of a series from which something can be learned: those with all inputs and a next row. */
static int64_t usable_rows(const laco_forecast_learner *l, size_t series)
{
    return LACO_MAX(l->train_rows[series] - 1 - first_row(l), (int64_t)0);
}

/* ---- Inputs and targets ---------------------------------------------------------------------------------------------------- */

static void fill_series(laco_forecast_learner *l, size_t index, double *work, double *bases)
{
    const laco_forecaster *model = l->model;
    const laco_scaled_series *track = &l->tracks.track[index];
    int64_t I = laco_forecaster_inputs(model), N = model->horizon, C = model->C, first = first_row(l);
    for (int64_t k = 0; k < usable_rows(l, index); k++) {
        int64_t row = first + k;
        laco_real *y = l->y + (l->starts[index] + k) * N * C;
        laco_scaled_series_fill(&l->tracks, track, row, l->x + (l->starts[index] + k) * I);
        laco_scaled_series_bases(&l->tracks, track, row, work, bases);
        for (int64_t h = 0; h < N; h++)
            for (int64_t c = 0; c < C; c++) {
                bool known = row + 1 + h < l->train_rows[index];
                double z = known ? track->z[c * track->rows + row + 1 + h] : NAN;
                y[h * C + c] = (laco_real)((z - bases[h * C + c]) / model->columns[c].error);
                if (l->base_counts)
                    l->base_counts[(l->starts[index] + k) * N * C + h * C + c] =
                        (float)(track->scales[c].mean +
                                track->scales[c].scale *
                                    (bases[h * C + c] + laco_covariates_effect(model, l->data, index, row + 1 + h, (int)c)));
            }
    }
}

static int compare_reals(const void *a, const void *b)
{
    laco_real x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The value that a target of the network stands for: a count, or as it is. */
static laco_likelihood_place place_of(const laco_forecast_learner *l, size_t index, int64_t row, int64_t i)
{
    const laco_forecaster *model = l->model;
    int64_t c = i % model->C, at = row * model->horizon * model->C + i;
    double y = (double)l->y[at], scale = l->tracks.track[index].scales[c].scale, unit = model->columns[c].error * scale;
    laco_likelihood_place place = {.y = y, .unit = 1, .dispersion = (float)model->columns[c].dispersion};
    if (l->base_counts) {
        place.y = isnan(y) ? NAN : fmax(0, nearbyint((double)l->base_counts[at] + unit * y));
        place.base = l->base_counts[at];
        place.unit = (float)unit;
        place.soft = (float)(LACO_LIKELIHOOD_SOFT * scale);
    }
    return place;
}

/* The dispersion that errors of the autoregression have: variance μ + αμ². */
static laco_status start_dispersion(laco_forecast_learner *l)
{
    laco_forecaster *model = l->model;
    for (int c = 0; c < model->C && l->base_counts && !l->base.from; c++) {
        double excess = 0, squares = 0;
        for (size_t i = 0; i < l->data->count; i++)
            for (int64_t row = l->starts[i]; row < l->starts[i] + usable_rows(l, i); row++) {
                laco_likelihood_place place = place_of(l, i, row, c);
                double mean = laco_likelihood_mean((double)place.base, (double)place.soft), away = place.y - mean;
                excess += isnan(away) ? 0 : away * away - mean;
                squares += isnan(away) ? 0 : mean * mean;
            }
        model->columns[c].dispersion = fmax(0.01, squares > 0 ? excess / squares : 0);
    }
    return LACO_OK;
}

/* Quantiles start where they are among the errors of the autoregression: as biases of the output. */
static laco_status start_quantiles(laco_forecast_learner *l, int64_t rows)
{
    const laco_forecaster *model = l->model;
    int64_t NC = model->horizon * model->C, Q = model->quantile_count;
    laco_param *bias = laco_module_find(model->base.module, "linear.bias");
    if (model->likelihood)
        return start_dispersion(l);
    if (Q == 0 || model->kind == LACO_BASE_NONE || l->base.from)
        return LACO_OK;
    laco_real *sorted = laco_alloc(l->ctx, (size_t)rows, sizeof *sorted);
    if (!sorted)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < NC; i++) {
        int64_t used = 0;
        for (int64_t row = 0; row < rows; row++)
            if (!isnan(l->y[row * NC + i]))
                sorted[used++] = l->y[row * NC + i];
        qsort(sorted, (size_t)used, sizeof *sorted, compare_reals);
        for (int64_t q = 0; q < Q && used > 0; q++)
            bias->value[i * Q + q] = sorted[(int64_t)floor(model->quantiles[q] * (double)(used - 1) + 0.5)];
    }
    laco_param_changed(bias);
    laco_release(l->ctx, sorted);
    return LACO_OK;
}

/* How many windows there are at most, with one that is cut at the start of each series. */
static int64_t most_pieces(const laco_forecast_learner *l)
{
    int64_t count = 0;
    for (size_t i = 0; i < l->data->count; i++)
        count += usable_rows(l, i) / l->window + 2;
    return count;
}

laco_status laco_forecast_windows(laco_forecast_learner *l)
{
    const laco_forecaster *model = l->model;
    int64_t I = laco_forecaster_inputs(model), N = model->horizon, C = model->C, rows = 0;
    size_t cells = (size_t)l->options->train.batch, wide;
    l->starts = laco_alloc(l->ctx, l->data->count + 1, sizeof *l->starts);
    if (!l->starts)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < l->data->count; i++) {
        l->starts[i] = rows;
        rows += usable_rows(l, i);
    }
    if (rows == 0)
        return laco_fail(l->ctx, LACO_INVALID, "%s: too few rows to train on: %lld are needed before the first prediction",
                         l->data->name, (long long)first_row(l) + 1);
    if (!laco_mul_fits(cells, (size_t)l->window, &cells) ||
        !laco_mul_fits(cells, (size_t)(N * C) * (size_t)laco_forecaster_width(model), &wide))
        return laco_fail(l->ctx, LACO_INVALID, "a batch of %lld windows of %lld rows is too large",
                         (long long)l->options->train.batch, (long long)l->window);
    l->x = laco_alloc(l->ctx, (size_t)rows, (size_t)I * sizeof *l->x);
    l->y = laco_alloc(l->ctx, (size_t)rows, (size_t)(N * C) * sizeof *l->y);
    if (laco_likelihood_counts(model->likelihood) &&
        !(l->base_counts = laco_alloc(l->ctx, (size_t)rows, (size_t)(N * C) * sizeof *l->base_counts)))
        return LACO_NO_MEMORY;
    if (model->likelihood && !(l->places = laco_alloc(l->ctx, cells, (size_t)(N * C) * sizeof *l->places)))
        return LACO_NO_MEMORY;
    l->windows = laco_alloc(l->ctx, (size_t)most_pieces(l), sizeof *l->windows);
    l->order = laco_alloc(l->ctx, (size_t)most_pieces(l), sizeof *l->order);
    l->batch_x = laco_alloc(l->ctx, cells, (size_t)I * sizeof *l->batch_x);
    l->batch_y = laco_alloc(l->ctx, cells, (size_t)(N * C) * sizeof *l->batch_y);
    l->batch_mask = laco_alloc(l->ctx, wide, sizeof *l->batch_mask);
    l->lengths = laco_alloc(l->ctx, (size_t)l->options->train.batch, sizeof *l->lengths);
    if (model->network.config.mlp &&
        !(l->before = laco_alloc(l->ctx, (size_t)(model->network.config.window * l->options->train.batch),
                                 (size_t)I * sizeof *l->before)))
        return LACO_NO_MEMORY;
    double *work = laco_alloc(l->ctx, (size_t)(laco_forecaster_context(model) + 3 * N + N * C), sizeof *work);
    bool whole = l->x && l->y && l->windows && l->order && l->batch_x && l->batch_y && l->batch_mask && l->lengths && work;
    for (size_t i = 0; whole && i < l->data->count; i++)
        fill_series(l, i, work, work + laco_forecaster_context(model) + 3 * N);
    laco_release(l->ctx, work);
    return whole ? start_quantiles(l, rows) : LACO_NO_MEMORY;
}

/* ---- Batches ------------------------------------------------------------------------------------------------------------------
 */

/* Cuts each series into windows, at another place in each epoch, and shuffles them. Epoch 0 cuts at the start. */
laco_status laco_forecast_start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    laco_forecast_learner *l = of(base);
    laco_rng rng = {.seed = l->options->train.seed, .stream = laco_random_stream("windows") + (uint64_t)epoch};
    l->window_count = 0;
    for (size_t i = 0; i < l->data->count; i++) {
        int64_t rows = usable_rows(l, i),
                offset = rows > l->window && epoch > 0 ? (int64_t)laco_rng_below(&rng, (uint64_t)l->window) : 0;
        for (int64_t at = offset > 0 ? offset - l->window : 0; at < rows; at += l->window) {
            int64_t first = LACO_MAX(at, (int64_t)0);
            l->windows[l->window_count++] = (laco_series_window){i, first, LACO_MIN(at + l->window, rows) - first};
        }
    }
    for (int64_t i = 0; i < l->window_count; i++)
        l->order[i] = (size_t)i;
    if (!laco_learner_is_whole(&l->base)) { /* of many series each epoch sees others */
        laco_rng_shuffle(&rng, l->order, (size_t)l->window_count);
        l->window_count = LACO_MIN(l->window_count, LACO_MAX(EPOCH_ROWS / l->window, l->options->train.batch));
    }
    *batches = (l->window_count + l->options->train.batch - 1) / l->options->train.batch;
    return LACO_OK;
}

/* A batch that has been laid out, time first. */
typedef struct layout {
    int64_t T, B, valid; /* valid: targets that count */
    bool full;           /* all do */
} layout;

/* Window b of a shard, which has every `shards`-th of its batch. */
static const laco_series_window *window_of(const laco_forecast_learner *l, const laco_part *part, int64_t b)
{
    return &l->windows[l->order[part->batch * l->options->train.batch + part->shard + b * part->shards]];
}

static int64_t windows_of(const laco_forecast_learner *l, int64_t batch)
{
    return LACO_MIN(l->options->train.batch, l->window_count - batch * l->options->train.batch);
}

/* Targets that count in a whole batch. */
static int64_t count_targets(const laco_forecast_learner *l, int64_t batch)
{
    int64_t NC = l->model->horizon * l->model->C, count = 0;
    for (int64_t b = 0; b < windows_of(l, batch); b++) {
        const laco_series_window *piece = window_of(l, &(laco_part){.batch = batch, .shards = 1}, b);
        const laco_real *y = l->y + (l->starts[piece->series] + piece->first) * NC;
        for (int64_t i = 0; i < piece->length * NC; i++)
            count += !isnan(y[i]);
    }
    return count;
}

static layout lay_out(laco_forecast_learner *l, const laco_part *part)
{
    const laco_forecaster *model = l->model;
    int64_t I = laco_forecaster_inputs(model), NC = model->horizon * model->C;
    int64_t width = laco_forecaster_width(model);
    layout made = {.B = (windows_of(l, part->batch) - part->shard + part->shards - 1) / part->shards};
    for (int64_t b = 0; b < made.B; b++) {
        const laco_series_window *piece = window_of(l, part, b);
        l->lengths[b] = (int32_t)piece->length;
        made.T = LACO_MAX(made.T, piece->length);
    }
    memset(l->batch_x, 0, (size_t)(made.T * made.B * I) * sizeof *l->batch_x);
    memset(l->batch_y, 0, (size_t)(made.T * made.B * NC) * sizeof *l->batch_y);
    memset(l->batch_mask, 0, (size_t)(made.T * made.B * NC * width) * sizeof *l->batch_mask);
    for (int64_t i = 0; l->places && i < made.T * made.B * NC; i++)
        l->places[i] = (laco_likelihood_place){.y = NAN};
    for (int64_t b = 0; b < made.B; b++) {
        const laco_series_window *piece = window_of(l, part, b);
        for (int64_t t = 0; t < piece->length; t++) {
            int64_t from = l->starts[piece->series] + piece->first + t, to = t * made.B + b;
            memcpy(l->batch_x + to * I, l->x + from * I, (size_t)I * sizeof *l->x);
            for (int64_t i = 0; i < NC; i++) {
                if (isnan(l->y[from * NC + i]))
                    continue;
                l->batch_y[to * NC + i] = l->y[from * NC + i];
                if (l->places)
                    l->places[to * NC + i] = place_of(l, piece->series, from, i);
                for (int64_t q = 0; q < width; q++)
                    l->batch_mask[(to * NC + i) * width + q] = 1;
                made.valid++;
            }
        }
    }
    made.full = made.valid == made.T * made.B * NC;
    return made;
}

/* What an mlp still sees of the rows before the windows of a batch: those that the series has, behind zeros. */
static laco_var rows_before(laco_forecast_learner *l, laco_tape *tape, const laco_part *part, const layout *made)
{
    int64_t I = laco_forecaster_inputs(l->model), steps = l->model->network.config.window - 1;
    if (!l->before || steps == 0)
        return NULL;
    memset(l->before, 0, (size_t)(steps * made->B * I) * sizeof *l->before);
    for (int64_t b = 0; b < made->B; b++) {
        const laco_series_window *piece = window_of(l, part, b);
        for (int64_t k = LACO_MAX(steps - piece->first, 0); k < steps; k++)
            memcpy(l->before + (k * made->B + b) * I, l->x + (l->starts[piece->series] + piece->first - steps + k) * I,
                   (size_t)I * sizeof *l->x);
    }
    return laco_input(tape, l->before, 3, (int64_t[]){steps, made->B, I});
}

/* The network's outputs as [T][B][horizon · C], with quantiles behind. */
static laco_var apply(laco_forecast_learner *l, laco_tape *tape, const laco_part *part, const layout *made, int ndim,
                      const int64_t *shape)
{
    const laco_network *network = &l->model->network;
    int64_t input_shape[3] = {made->T, made->B, laco_forecaster_inputs(l->model)};
    laco_var x = laco_input(tape, l->batch_x, 3, input_shape);
    laco_state state = {.h = network->config.mlp ? rows_before(l, tape, part, made) : NULL};
    laco_var hidden =
        laco_network_layers(tape, network, x, made->full ? NULL : l->lengths, network->config.mlp ? &state : NULL, true);
    laco_var y = laco_reshape(tape, laco_network_outputs(tape, network, hidden, true), ndim, shape);
    return made->full ? y : laco_multiply(tape, y, laco_input(tape, l->batch_mask, ndim, shape));
}

laco_var laco_forecast_loss(laco_learner *base, laco_tape *tape, const laco_part *part, int64_t *examples)
{
    laco_forecast_learner *l = of(base);
    const laco_forecaster *model = l->model;
    static const double median = 0.5;
    layout made = lay_out(l, part);
    if (made.B <= 0) {
        *examples = 0;
        return NULL;
    }
    bool squares = !model->likelihood && model->kind == LACO_BASE_NONE && model->quantile_count == 0;
    int64_t shape[4] = {made.T, made.B, model->horizon * model->C, laco_forecaster_width(model)};
    laco_var y = apply(l, tape, part, &made, squares ? 3 : 4, shape), target = laco_input(tape, l->batch_y, 3, shape);
    int64_t whole = part->shards > 1 ? count_targets(l, part->batch) : made.valid;
    *examples = part->shards > 1 ? made.valid : LACO_MAX(made.valid, (int64_t)1);
    laco_var sum = model->likelihood ? laco_likelihood_losses(tape, y, model->likelihood, l->places, made.T * made.B * shape[2])
                   : squares         ? laco_mse_loss(tape, y, target, LACO_SUM)
                                     : laco_quantile_loss(tape, y, target, model->quantile_count > 0 ? model->quantiles : &median,
                                                          laco_forecaster_width(model), LACO_SUM);
    return laco_scale(tape, sum, 1 / (double)LACO_MAX(whole, (int64_t)1));
}
