/* The direct base of a forecaster: chosen and fitted behind the training of the network, and mixed with it as validation says. */
#include "forecast/covariates.h"
#include "forecast/direct_plan.h"
#include "forecast/forecast_paths.h"
#include "forecast/forecast_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SERIES 96   /* of a validation file that are looked at, evenly from all, */
#define ORIGINS 600 /* and of forecasts in all */
#define SHORT 4000  /* rows of a series: see split_rows */
#define SHARES 10   /* that are tried, and 0 */
#define ENOUGH 200  /* errors that a quantile is told from */

/* ---- How much the network says ----------------------------------------------------------------------------------------------
 */

/* Forecasts of the rows that were set aside: [groups][origins][horizon] each. */
typedef struct comparison {
    laco_forecast_learner *l;
    const laco_scaled_set *tracks;
    const laco_direct_crossed *crossed; /* NULL: what is looked at took no part in choosing */
    laco_direct_trial trial;
    float *actual, *naive, *network, *direct, *mixed;
    double *scale, *paths; /* paths: [origins][horizon][C] */
    laco_direct_run run;   /* for sizes */
    double *size;          /* [groups][origins] of the windows before them */
    size_t used;           /* groups */
} comparison;

static void put_paths(comparison *c, const laco_places *at, float *to)
{
    size_t C = (size_t)c->l->model->C, H = c->trial.horizon;
    for (size_t g = 0; g < C; g++)
        for (size_t o = 0; o < c->trial.origins; o++)
            for (size_t h = 0; h < H; h++)
                to[((c->used + g) * c->trial.origins + o) * H + h] =
                    (int64_t)o < at->count ? (float)c->paths[(o * H + h) * C + g] : 0;
}

/* What happened, and what the last value says. */
static void put_actual(comparison *c, size_t index, const laco_places *at)
{
    const laco_series *data = c->tracks->series;
    size_t C = (size_t)c->l->model->C, H = c->trial.horizon, rows = data->one[index].rows;
    for (size_t g = 0; g < C; g++)
        for (size_t o = 0; o < c->trial.origins; o++)
            for (size_t h = 0; h < H; h++) {
                size_t cell = ((c->used + g) * c->trial.origins + o) * H + h, row = (size_t)(at->first + (int64_t)o * at->stride);
                bool known = (int64_t)o < at->count && row + 1 + h < rows;
                c->actual[cell] = known ? (float)laco_series_value(data, index, row + 1 + h, (int)g) : NAN;
                c->naive[cell] = known ? (float)laco_series_value(data, index, row, (int)g) : 0;
            }
}

/* Where forecasts start, how large that is what happened before. */
static void put_sizes(comparison *c, const laco_scaled_series *track, const laco_places *at)
{
    for (int64_t o = 0; o < at->count; o++) {
        laco_direct_run_put(&c->run, c->tracks, track, at->first + o * at->stride);
        for (int64_t g = 0; g < c->l->model->C; g++)
            c->size[((int64_t)c->used + g) * (int64_t)c->trial.origins + o] = c->run.size[g];
    }
}

/* Forecasts of the direct base in a series at places `skip` behind those that it was chosen at; what it did not forecast does not
 * count. Those of the rows in units of the data. */
static void put_crossed(comparison *c, const laco_scaled_series *track, const laco_places *at, int64_t skip)
{
    const laco_direct_crossed *crossed = c->crossed;
    const laco_forecaster *model = c->l->model;
    int64_t C = model->C, O = (int64_t)c->trial.origins, H = (int64_t)c->trial.horizon;
    for (int64_t i = 0; i < C * O * H; i++)
        c->direct[(int64_t)c->used * O * H + i] = NAN;
    for (size_t g = 0; g < crossed->count; g++)
        for (int64_t i = 0; i < at->count * H && crossed->group[g] / (size_t)C == track->index; i++) {
            int64_t column = (int64_t)crossed->group[g] % C, row = at->first + i / H * at->stride + 1 + i % H;
            c->direct[((int64_t)c->used + column) * O * H + i] =
                (float)laco_covariates_with(model, &track->scales[column], c->tracks->series, track->index, row, (int)column,
                                            (double)crossed->forecast[((int64_t)g * O + skip) * H + i]);
        }
    for (int64_t i = (int64_t)c->used * O * H; i < ((int64_t)c->used + C) * O * H; i++)
        if (isnan(c->direct[i])) {
            c->actual[i] = NAN;
            c->direct[i] = 0;
        }
}

/* Forecasts of a series at these places. */
static laco_status add_places(comparison *c, const laco_scaled_series *track, const laco_places *at, int64_t skip)
{
    laco_forecaster *model = c->l->model;
    int64_t H = (int64_t)c->trial.horizon;
    put_actual(c, track->index, at);
    put_sizes(c, track, at);
    for (int g = 0; g < model->C; g++)
        c->scale[c->used + (size_t)g] = laco_direct_scale(c->tracks->series, track->index, g, at->first + 1, model->season);
    LACO_TRY(laco_forecaster_paths(model, c->tracks, track, at, H, LACO_PATHS_OF_NETWORK, c->paths));
    put_paths(c, at, c->network);
    if (c->crossed)
        put_crossed(c, track, at, skip);
    else {
        LACO_TRY(laco_forecaster_paths(model, c->tracks, track, at, H, LACO_PATHS_OF_DIRECT, c->paths));
        put_paths(c, at, c->direct);
    }
    c->used += (size_t)model->C;
    return LACO_OK;
}

/* Places of group g, from the first on that the network can be at. */
static laco_status add_crossed(comparison *c, size_t g)
{
    const laco_direct_crossed *crossed = c->crossed;
    size_t C = (size_t)c->l->model->C;
    const laco_scaled_series *track = &c->tracks->track[crossed->group[g] / C];
    const int64_t *origin = crossed->origin + (int64_t)g * crossed->origins;
    int64_t skip = 0, count = 0, least = laco_forecaster_context(c->l->model) - 1;
    if (g > 0 && crossed->group[g - 1] / C == crossed->group[g] / C) /* it is there with another column */
        return LACO_OK;
    while (count < crossed->origins && origin[count] >= 0)
        count++;
    while (skip < count && origin[skip] < least)
        skip++;
    laco_places at = {origin[LACO_MIN(skip, crossed->origins - 1)], count > 1 ? origin[1] - origin[0] : 1, count - skip};
    return at.count > 0 ? add_places(c, track, &at, skip) : LACO_OK;
}

/* The end of a series of the validation file. */
static laco_status add_end(comparison *c, const laco_scaled_series *track)
{
    int64_t H = (int64_t)c->trial.horizon, O = (int64_t)c->trial.origins, rows = track->rows;
    int64_t first = LACO_MAX(rows / 2, laco_forecaster_context(c->l->model)) - 1, all = LACO_MAX(rows - H - first, (int64_t)1);
    int64_t stride = (all + O - 1) / O;
    laco_places at = {first, stride, (all + stride - 1) / stride};
    return first + 1 < rows ? add_places(c, track, &at, 0) : LACO_OK;
}

static laco_status add_all(comparison *c)
{
    size_t count = LACO_MIN(c->tracks->count, (size_t)SERIES);
    for (size_t g = 0; c->crossed && g < c->crossed->count; g++)
        LACO_TRY(add_crossed(c, g));
    for (size_t i = 0; !c->crossed && i < count; i++)
        LACO_TRY(add_end(c, &c->tracks->track[i * c->tracks->count / count]));
    return LACO_OK;
}

static double error_at(comparison *c, double share)
{
    size_t cells = c->used * c->trial.origins * c->trial.horizon;
    for (size_t i = 0; i < cells; i++)
        c->mixed[i] = (float)(share * (double)c->network[i] + (1 - share) * (double)c->direct[i]);
    return laco_direct_error(&c->trial, c->mixed, c->naive);
}

/* ---- Bands -------------------------------------------------------------------------------------------------------------------
 */

/* An error in sizes, and how much it counts: each series as much as any other, however many places it has. */
typedef struct weighed {
    double error, weight;
} weighed;

static int compare_errors(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    return (x->error > y->error) - (x->error < y->error);
}

/* Errors of one series in one column `ahead` rows ahead, behind the others. */
static size_t collect_one(const comparison *c, int64_t k, int64_t ahead, weighed *errors)
{
    int64_t H = (int64_t)c->trial.horizon, O = (int64_t)c->trial.origins;
    size_t used = 0;
    for (int64_t o = 0; o < O; o++) {
        float actual = c->actual[(k * O + o) * H + ahead];
        if (!isnan(actual))
            errors[used++].error = (double)(actual - c->mixed[(k * O + o) * H + ahead]) / c->size[k * O + o];
    }
    for (size_t i = 0; i < used; i++)
        errors[i].weight = 1 / (double)used;
    return used;
}

/* Errors of column g, `ahead` rows ahead and its neighbours, until there are so many that quantiles can be told. */
static size_t collect(const comparison *c, int64_t g, int64_t ahead, weighed *errors)
{
    int64_t H = (int64_t)c->trial.horizon, C = c->l->model->C;
    size_t used = 0;
    for (int64_t wide = 0; wide < H && (wide == 0 || used < ENOUGH); wide++)
        for (int64_t side = wide > 0 ? -1 : 1; side <= 1; side += 2)
            for (int64_t k = g, h = ahead + side * wide; k < (int64_t)c->used && h >= 0 && h < H; k += C)
                used += collect_one(c, k, h, errors + used);
    return used;
}

/* The error that a share of all is below, and of one more whose error is not known (Romano, Patterson and Candès, "Conformalized
 * quantile regression", 2019): a band is to hold the next error too. */
static double conformal(const weighed *sorted, size_t count, double quantile)
{
    double all = 0, below = 0, wanted = LACO_MAX(quantile, 1 - quantile);
    for (size_t i = 0; i < count; i++)
        all += sorted[i].weight;
    wanted *= all * (double)(count + 1) / (double)count;
    for (size_t i = 0; i < count; i++) {
        const weighed *next = &sorted[quantile < 0.5 ? count - 1 - i : i];
        below += next->weight;
        if (below >= wanted - 1e-9 * all)
            return next->error;
    }
    return sorted[quantile < 0.5 ? 0 : count - 1].error;
}

/* Quantiles of the errors of the mixed forecasts; the median is the forecast. */
static laco_status fit_band(comparison *c)
{
    laco_forecaster *model = c->l->model;
    int64_t H = (int64_t)c->trial.horizon, C = model->C, Q = model->quantile_count;
    weighed *errors = laco_alloc(c->l->ctx, c->used * c->trial.origins * c->trial.horizon, sizeof *errors);
    if (!errors)
        return LACO_NO_MEMORY;
    for (int64_t h = 0; h < H; h++)
        for (int64_t g = 0; g < C; g++) {
            size_t count = collect(c, g, h, errors);
            qsort(errors, count, sizeof *errors, compare_errors);
            for (int64_t q = 0; q < Q && count > 0; q++)
                model->direct.band->value[(h * C + g) * Q + q] =
                    q == model->median ? 0 : (laco_real)conformal(errors, count, model->quantiles[q]);
        }
    laco_param_changed(model->direct.band);
    laco_release(c->l->ctx, errors);
    return LACO_OK;
}

static laco_status compare(comparison *c)
{
    laco_direct *direct = &c->l->model->direct;
    LACO_TRY(add_all(c));
    c->trial.groups = c->used;
    double least = INFINITY;
    for (int k = 0; k <= SHARES && c->used > 0; k++) {
        double error = error_at(c, (double)k / SHARES);
        if (error < least) {
            least = error;
            direct->network_share = (double)k / SHARES;
        }
    }
    (void)error_at(c, direct->network_share);
    return direct->has_band && c->used > 0 ? fit_band(c) : LACO_OK;
}

/* As much of the network as makes the forecasts of what was set aside best. */
static laco_status choose_network_share(laco_forecast_learner *l, const laco_direct_crossed *crossed)
{
    comparison c = {.l = l, .tracks = l->valid ? &l->valid_tracks : &l->tracks, .crossed = l->valid ? NULL : crossed};
    size_t series = LACO_MIN(c.tracks->count, c.crossed ? crossed->count : (size_t)SERIES), groups = series * (size_t)l->model->C;
    c.trial.horizon = (size_t)l->model->direct.horizon;
    c.trial.origins = c.crossed ? (size_t)crossed->origins : LACO_MAX(ORIGINS / series, (size_t)2);
    size_t cells = groups * c.trial.origins * c.trial.horizon;
    c.trial.positive = l->model->direct.part[1].floor > 0;
    float **blocks[] = {&c.actual, &c.naive, &c.network, &c.direct, &c.mixed};
    bool whole = true;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        whole = whole && (*blocks[i] = laco_alloc(l->ctx, cells, sizeof(float)));
    c.scale = whole ? laco_alloc(l->ctx, groups, sizeof *c.scale) : NULL;
    c.size = c.scale ? laco_alloc(l->ctx, groups, c.trial.origins * sizeof *c.size) : NULL;
    c.trial.actual = c.actual;
    c.trial.scale = c.scale;
    c.paths = c.size ? laco_alloc(l->ctx, c.trial.origins * c.trial.horizon, (size_t)l->model->C * sizeof *c.paths) : NULL;
    laco_status status = c.paths ? laco_direct_run_new(l->model, &c.run) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = compare(&c);
    laco_direct_run_free(&c.run);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(l->ctx, *blocks[i]);
    laco_release(l->ctx, c.scale);
    laco_release(l->ctx, c.size);
    laco_release(l->ctx, c.paths);
    return status;
}

/* ---- The base ---------------------------------------------------------------------------------------------------------------
 */

/* So many rows as the model says at once, or, where it goes step by step, two seasons. */
static int64_t horizon_of(const laco_forecast_learner *l)
{
    int64_t longest = 1, wanted = l->model->horizon;
    for (size_t i = 0; i < l->data->count; i++)
        longest = LACO_MAX(longest, (int64_t)l->data->one[i].rows);
    if (wanted == 1)
        wanted = LACO_MAX(LACO_MIN(2 * l->model->season, (int64_t)96), (int64_t)24);
    return LACO_MAX(LACO_MIN(LACO_MIN(wanted, (int64_t)LACO_DIRECT_HORIZON), longest / 5), (int64_t)1);
}

/* The first rows of each series, by which a plan is judged by the others. Of a short one fewer are held back than for the
 * network, two horizons or an eighth, for a fit to much fewer rows than the final one is smoother than that should be. Without
 * validation, a fifth. */
static void split_rows(const laco_forecast_learner *l, int64_t horizon, int64_t *rows)
{
    for (size_t i = 0; i < l->data->count; i++) {
        int64_t all = (int64_t)l->data->one[i].rows, aside = all - l->train_rows[i];
        int64_t held = all < SHORT ? LACO_MAX(2 * horizon, all / 8) : all;
        rows[i] = all - LACO_MIN(held, aside > 0 ? aside : all / 5);
    }
}

/* Shares are told from the rows set aside; then all is fitted again to all rows. */
static laco_status fit_plan(laco_forecast_learner *l, const laco_direct_data *d, const laco_direct_plan *plan,
                            const laco_direct_crossed *crossed, int64_t *rows, double *share)
{
    laco_direct *direct = &l->model->direct;
    direct->network_share = 0.5;
    direct->has_shares = direct->own_sizes = true;
    direct->has_band = l->base.validates && l->model->quantile_count > 1;
    LACO_TRY(laco_forecaster_add_direct(l->model));
    LACO_TRY(laco_direct_build(d, plan, true, share, direct));
    if (l->base.validates)
        LACO_TRY(choose_network_share(l, crossed));
    for (size_t i = 0; i < l->data->count; i++)
        rows[i] = (int64_t)l->data->one[i].rows;
    return laco_direct_build(d, plan, false, share, direct);
}

static laco_status fit(laco_forecast_learner *l, const laco_series *data, int64_t *rows)
{
    laco_direct_data d = {l->ctx, data, rows, horizon_of(l), LACO_MAX(l->model->season, (int64_t)1)};
    laco_direct *direct = &l->model->direct;
    laco_direct_plan plan;
    laco_direct_crossed crossed = {0};
    split_rows(l, d.horizon, rows);
    laco_status status = laco_direct_choose(&d, &plan, &crossed);
    double *share = NULL;
    if (status == LACO_OK && plan.count > 0) {
        laco_direct_lay_out(&d, &plan, direct);
        share = laco_alloc(l->ctx, (size_t)direct->maps, (size_t)plan.count * sizeof *share);
        status = share ? fit_plan(l, &d, &plan, &crossed, rows, share) : LACO_NO_MEMORY;
    }
    laco_release(l->ctx, share);
    laco_direct_crossed_free(l->ctx, &crossed);
    return status == LACO_OK && plan.count > 0 ? laco_forecast_keep_history(l) : status;
}

laco_status laco_forecast_fit_direct(laco_forecast_learner *l)
{
    if (l->model->kind != LACO_BASE_AUTO || l->model->likelihood)
        return LACO_OK;
    laco_series *adjusted = NULL;
    if (l->model->effect)
        LACO_TRY(laco_covariates_adjust(l->model, l->model->scales, l->data, &adjusted));
    int64_t *rows = laco_alloc(l->ctx, l->data->count, sizeof *rows);
    laco_status status = rows ? fit(l, adjusted ? adjusted : l->data, rows) : LACO_NO_MEMORY;
    laco_release(l->ctx, rows);
    laco_series_free(adjusted);
    return status;
}
