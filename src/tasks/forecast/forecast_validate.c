/* How a forecaster does on what was set aside, and what is chosen by that: how much the autoregression and the network say, and
 * how wide bands are. */
#include "forecast/forecast_score.h"
#include "forecast/forecast_train.h"
#include "group/division.h"

#include <math.h>
#include <string.h>

#define HORIZON 24 /* of the closed loops that validation looks at */
#define ORIGINS 64 /* and how many of them in all */
#define SERIES 96  /* that are looked at, evenly from all */

/* ---- Validation ------------------------------------------------------------------------------------------------------------ */

/* Series that are looked at; and number k of them. *out: the rows of it that validate, none where from = to. */
static size_t count_scored(const laco_forecast_learner *l)
{
    return LACO_MIN((l->valid ? &l->valid_tracks : &l->tracks)->count, (size_t)SERIES);
}

static void choose_scored(const laco_forecast_learner *l, size_t k, laco_scored *out)
{
    const laco_scaled_set *tracks = l->valid ? &l->valid_tracks : &l->tracks;
    size_t count = count_scored(l), i = k * tracks->count / count;
    int64_t from = LACO_MAX(l->valid ? 0 : l->train_rows[i], laco_forecaster_context(l->model)), to = tracks->track[i].rows;
    *out = (laco_scored){.tracks = tracks,
                         .track = &tracks->track[i],
                         .from = LACO_MIN(from, to),
                         .to = to,
                         .horizon = LACO_MIN((int64_t)HORIZON, to - from),
                         .origins = LACO_MAX(ORIGINS / (int64_t)count, (int64_t)2)};
}

/* Answers of part 2k + loops, or what another process found of it; and where they are known, their errors. */
static laco_status score_part(laco_forecast_learner *l, size_t part, laco_division *division, laco_score_sums *sums)
{
    laco_scored scored;
    bool loops = part % 2, known = !division->group || division->all;
    choose_scored(l, part / 2, &scored);
    if (scored.from == scored.to || (!known && !laco_division_is_own(division, part)))
        return LACO_OK;
    size_t count = laco_scored_answers(l->model, &scored, loops);
    double *answers = laco_alloc(l->ctx, count, sizeof *answers);
    laco_status status = answers ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK && !division->all)
        status = laco_scored_ask(l->model, &scored, loops, answers);
    if (status == LACO_OK)
        status = laco_division_move(division, part, answers, count * sizeof *answers);
    if (status == LACO_OK && known)
        laco_scored_add(l->model, &scored, loops, answers, sums);
    laco_release(l->ctx, answers);
    return status;
}

/* Adds the validation part of every series, or of so many. */
static laco_status score_all(laco_forecast_learner *l, laco_score_sums *sums)
{
    laco_division division;
    laco_status status = LACO_OK;
    size_t parts = 2 * count_scored(l);
    laco_division_begin(l->ctx, &division);
    for (size_t part = 0; part < parts && status == LACO_OK; part++)
        status = score_part(l, part, &division, sums);
    status = laco_division_gather(&division, status);
    for (size_t part = 0; division.group && part < parts && status == LACO_OK; part++)
        status = score_part(l, part, &division, sums);
    laco_division_end(&division);
    return status;
}

/* The mean of one-step and closed-loop error, each over that of the naive forecast; without a naive error, the errors themselves.
 * With quantiles the one-step error is their loss. */
static double rank_of(const laco_score_sums *sums)
{
    const laco_error_sums *one = &sums->one_step, *loop = &sums->closed_loop;
    double first = one->naive > 0 ? one->absolute / one->naive : one->absolute;
    if (one->pinball > 0 && one->naive_z > 0)
        first = 2 * one->pinball / one->naive_z;
    double second = loop->naive > 0 ? loop->absolute / loop->naive : loop->absolute;
    double rank = -0.5 * (first + second);
    return isfinite(rank) ? rank : -1e300;
}

laco_status laco_forecast_validate(laco_learner *base, laco_validation *out)
{
    laco_forecast_learner *l = (laco_forecast_learner *)base;
    laco_score_sums sums = {0};
    laco_forecast_score score;
    LACO_TRY(score_all(l, &sums));
    laco_errors_fill(l->model, &sums, &score);
    *out = (laco_validation){.rank = rank_of(&sums),
                             .tie = -score.one_step.mae,
                             .plateau = -rank_of(&sums),
                             .metric_count = 3,
                             .metric = {{"MAE", score.one_step.mae, true},
                                        {"loop MAE", score.closed_loop.mae, true},
                                        {"loop MASE", score.closed_loop.mase, true}}};
    return LACO_OK;
}

/* ---- What validation chooses
 * ---------------------------------------------------------------------------------------------------------- */

/* Weight and bias of the output times a factor; with quantiles the weight alone, for the bias holds their distances. */
static void scale_output(laco_forecaster *model, double factor, const laco_real *kept)
{
    static const char *const names[] = {"linear.weight", "linear.bias"};
    for (int i = 0; i < (model->quantile_count > 0 && !model->likelihood ? 1 : 2); i++) {
        laco_param *param = laco_module_find(model->base.module, names[i]);
        for (int64_t k = 0; k < param->count; k++)
            param->value[k] = (laco_real)factor * *kept++;
        laco_param_changed(param);
    }
}

/* Tries shares 1, ¾, ½, ¼ and 0 of something, and leaves the one with which validation goes best. */
typedef void (*set_share)(laco_forecast_learner *l, double share, const laco_real *kept);

static laco_status try_shares(laco_forecast_learner *l, set_share set, const laco_real *kept, double *best)
{
    double best_rank = -INFINITY;
    *best = 1;
    for (int quarter = 4; quarter >= 0; quarter--) {
        laco_score_sums sums = {0};
        set(l, 0.25 * quarter, kept);
        LACO_TRY(score_all(l, &sums));
        if (rank_of(&sums) > best_rank) {
            best_rank = rank_of(&sums);
            *best = 0.25 * quarter;
        }
    }
    set(l, *best, kept);
    return LACO_OK;
}

/* Moves the outputs of all quantiles `factor` times as far from those of the median as they were. */
static void widen(laco_forecaster *model, double factor, const laco_real *kept)
{
    static const char *const names[] = {"linear.weight", "linear.bias"};
    int Q = model->quantile_count;
    for (int i = 0; i < 2; i++) {
        laco_param *param = laco_module_find(model->base.module, names[i]);
        int64_t columns = i == 0 ? param->shape[1] : 1, rows = param->shape[0];
        for (int64_t row = 0; row < rows; row++)
            for (int64_t k = 0; k < columns; k++) {
                laco_real middle = kept[(row / Q * Q + model->median) * columns + k];
                param->value[row * columns + k] = middle + (laco_real)factor * (kept[row * columns + k] - middle);
            }
        kept += param->count;
        laco_param_changed(param);
    }
}

/* Bands that fit the training part are too narrow for what follows: their width is set by the quantile loss of validation. */
static laco_status choose_width(laco_forecast_learner *l, const laco_real *kept)
{
    static const double factors[] = {1, 0.7, 0.85, 1.15, 1.3, 1.5, 1.75, 2, 2.5, 3};
    double best = 1, least = INFINITY;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        laco_score_sums sums = {0};
        widen(l->model, factors[i], kept);
        LACO_TRY(score_all(l, &sums));
        if (sums.one_step.pinball < least) {
            least = sums.one_step.pinball;
            best = factors[i];
        }
    }
    widen(l->model, best, kept);
    return LACO_OK;
}

static void set_network_share(laco_forecast_learner *l, double share, const laco_real *kept)
{
    scale_output(l->model, share, kept);
}

/* How much of its output the network adds. */
laco_status laco_forecast_choose_share(laco_forecast_learner *l)
{
    laco_param *weight = laco_module_find(l->model->base.module, "linear.weight"),
               *bias = laco_module_find(l->model->base.module, "linear.bias");
    laco_real *kept = laco_alloc(l->ctx, (size_t)(weight->count + bias->count), sizeof *kept);
    if (!kept)
        return LACO_NO_MEMORY;
    memcpy(kept, weight->value, (size_t)weight->count * sizeof *kept);
    memcpy(kept + weight->count, bias->value, (size_t)bias->count * sizeof *kept);
    laco_status status = try_shares(l, set_network_share, kept, &l->network_share);
    if (status == LACO_OK && l->model->quantile_count > 1 && !l->model->likelihood) {
        memcpy(kept, weight->value, (size_t)weight->count * sizeof *kept);
        status = choose_width(l, kept);
    }
    laco_release(l->ctx, kept);
    return status;
}

/* The autoregression, and for the rest of it the last value: where the series is no longer what it was, that is the better guide.
 */
static void set_base_share(laco_forecast_learner *l, double share, const laco_real *kept)
{
    laco_forecaster *model = l->model;
    int terms = laco_ar_terms(&model->ar);
    for (int k = 0; k < terms; k++) {
        laco_real *weight = laco_forecaster_weight(model, model->target) + k;
        bool last = k == 1 && model->ar.lags[0] == 1;
        *weight = (laco_real)(share * (double)kept[k] + (last ? 1 - share : 0));
    }
    laco_param_changed(model->ar_weight);
}

laco_status laco_forecast_choose_base(laco_forecast_learner *l)
{
    const laco_forecaster *model = l->model;
    laco_real kept[1 + 2 * LACO_AR_LAGS];
    int terms = laco_ar_terms(&model->ar);
    l->base_share = 1;
    if (model->kind != LACO_BASE_AUTO || !l->base.validates || model->ar.lag_count == 0 || model->ar.lags[0] != 1)
        return LACO_OK;
    memcpy(kept, laco_forecaster_weight(model, model->target), (size_t)terms * sizeof *kept);
    LACO_TRY(try_shares(l, set_base_share, kept, &l->base_share));
    laco_forecast_measure(l, model->target);
    return LACO_OK;
}
