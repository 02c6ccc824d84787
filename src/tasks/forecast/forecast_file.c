/* A forecaster's metadata in the model file: laco.network and laco.forecast (shape and columns); laco.time is in forecast_time.c,
 * laco.history in forecast_history.c. */
#include "forecast/covariates.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const char *const base_names[] = {"auto", "none", "naive", "seasonal", NULL};

/* ---- Columns ------------------------------------------------------------------------------------------------------------ */

#define AT(member) LACO_MEMBER(laco_column, member)

static bool has_least(const void *object) { return isfinite(((const laco_column *)object)->least); }

static bool has_dispersion(const void *object) { return ((const laco_column *)object)->dispersion != 1; }

static const laco_field column_rows[] = {
    {.key = "name", &laco_field_string, AT(name)},
    {.key = "log", &laco_field_boolean, AT(log), .optional = true},
    {.key = "floor", &laco_field_real, AT(floor), 0, DBL_MAX},
    {.key = "step", &laco_field_real, AT(step), 1e-300, DBL_MAX},
    {.key = "error", &laco_field_real, AT(error), 1e-300, DBL_MAX},
    {.key = "low", &laco_field_real, AT(low), -DBL_MAX, DBL_MAX},
    {.key = "high", &laco_field_real, AT(high), -DBL_MAX, DBL_MAX},
    {.key = "dispersion", &laco_field_real, AT(dispersion), 1e-30, DBL_MAX, .kept = has_dispersion, .optional = true},
    {.key = "least", &laco_field_real, AT(least), -DBL_MAX, DBL_MAX, .kept = has_least, .optional = true},
};

static laco_status check_column(const laco_meta *meta, void *object)
{
    const laco_column *column = object;
    if (column->high < column->low)
        return laco_meta_wrong(meta, "high", "at least 'low'");
    return column->log && !(column->floor > 0) ? laco_meta_wrong(meta, "floor", "above 0 where 'log' is true") : LACO_OK;
}

static void prepare_column(void *object)
{
    ((laco_column *)object)->least = -INFINITY;
    ((laco_column *)object)->dispersion = 1;
}

static const laco_fields column_fields = {LACO_FIELDS(laco_column, column_rows), .prepare = prepare_column,
                                          .check = check_column};

/* The target by its name among the columns, which have been read. */
static laco_status put_target(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    const laco_forecaster *model = object;
    (void)field;
    return laco_meta_give(meta, json_string(model->columns[model->target].name), out);
}

static laco_status get_target(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    laco_forecaster *model = object;
    const char *wanted = json_string_value(value);
    model->target = -1;
    for (int c = 0; wanted && c < model->C; c++)
        if (strcmp(model->columns[c].name, wanted) == 0)
            model->target = c;
    return model->target < 0 ? laco_meta_wrong(meta, field->key, "one of the columns") : LACO_OK;
}

static const laco_codec target = {put_target, get_target};

/* ---- The direct base ---------------------------------------------------------------------------------------------------- */

#undef AT
#define AT(member) LACO_MEMBER(laco_direct, member)

static const laco_field direct_rows[] = {
    {.key = "horizon", &laco_field_integer, AT(horizon), 1, LACO_DIRECT_HORIZON},
    {.key = "maps", &laco_field_integer, AT(maps), 1, (int64_t)1 << 40},
    {.key = "lags", &laco_field_integer, AT(part[0].lags), 0, LACO_DIRECT_LAGS},
    {.key = "share", &laco_field_real, AT(part[0].share), 0, 1},
    {.key = "log_lags", &laco_field_integer, AT(part[1].lags), 0, LACO_DIRECT_LAGS},
    {.key = "log_share", &laco_field_real, AT(part[1].share), 0, 1},
    {.key = "floor", &laco_field_real, AT(part[1].floor), 0, DBL_MAX},
    {.key = "network_share", &laco_field_real, AT(network_share), 0, 1},
    {.key = "band", &laco_field_boolean, AT(has_band), .optional = true},
    {.key = "shares", &laco_field_boolean, AT(has_shares), .optional = true},
    {.key = "own_sizes", &laco_field_boolean, AT(own_sizes), .optional = true},
};

static laco_status check_direct(const laco_meta *meta, void *object)
{
    const laco_direct *direct = object;
    if (direct->part[0].lags + direct->part[1].lags == 0)
        return laco_meta_wrong(meta, "lags", "above 0, or 'log_lags' should");
    return direct->part[1].lags > 0 && !(direct->part[1].floor > 0)
               ? laco_meta_wrong(meta, "floor", "above 0 where there are 'log_lags'")
               : LACO_OK;
}

static const laco_fields direct_fields = {LACO_FIELDS(laco_direct, direct_rows), .check = check_direct};

static bool has_direct(const void *object) { return ((const laco_forecaster *)object)->direct.horizon > 0; }

/* ---- Beside the columns ------------------------------------------------------------------------------------------------- */

#undef AT
#define AT(member) LACO_MEMBER(laco_known, member)

static const laco_field known_rows[] = {
    {.key = "name", &laco_field_string, AT(name)},
    {.key = "mean", &laco_field_real, AT(mean), -DBL_MAX, DBL_MAX},
    {.key = "scale", &laco_field_real, AT(scale), 1e-300, DBL_MAX},
};
static const laco_fields known_fields = {LACO_FIELDS(laco_known, known_rows)};

#undef AT
#define AT(member) LACO_MEMBER(laco_fact, member)

static const laco_field fact_rows[] = {
    {.key = "name", &laco_field_string, AT(name)},
    {.key = "values", &laco_field_strings, AT(values), .count = AT(count), .room = 1 << 20, .counts = true},
};
static const laco_fields fact_fields = {LACO_FIELDS(laco_fact, fact_rows)};

static const char *const likelihood_names[] = {"normal", "negative-binomial", "poisson", NULL};
static bool has_likelihood(const void *object) { return ((const laco_forecaster *)object)->likelihood != 0; }
static bool has_known(const void *object) { return ((const laco_forecaster *)object)->K > 0; }
static bool has_facts(const void *object) { return ((const laco_forecaster *)object)->F > 0; }

/* ---- The shape ---------------------------------------------------------------------------------------------------------- */

#undef AT
#define AT(member) LACO_MEMBER(laco_forecaster, member)

static const laco_field shape_rows[] = {
    {.key = "columns",
     &laco_field_objects,
     AT(columns),
     .of = &column_fields,
     .count = AT(C),
     .room = LACO_MOST_COLUMNS,
     .counts = true},
    {.key = "target", &target, AT(target)},
    {.key = "horizon", &laco_field_integer, AT(horizon), 1, 1 << 16},
    {.key = "window", &laco_field_integer, AT(window), 1, 1 << 24},
    {.key = "season", &laco_field_integer, AT(season), 1, 1 << 24},
    {.key = "base", &laco_field_choice, AT(kind), LACO_BASE_AUTO, LACO_BASE_SEASONAL, .names = base_names},
    {.key = "lags",
     &laco_field_integers,
     AT(ar.lags),
     1,
     1 << 20,
     .count = AT(ar.lag_count),
     .room = LACO_AR_LAGS,
     .counts = true},
    {.key = "periods",
     &laco_field_reals,
     AT(ar.periods),
     1.5,
     1e9,
     .count = AT(ar.period_count),
     .room = LACO_AR_PERIODS,
     .counts = true},
    {.key = "harmonics", &laco_field_integers, AT(ar.harmonics), 1, 16, .count = AT(ar.period_count), .room = LACO_AR_PERIODS},
    {.key = "quantiles",
     &laco_field_rising,
     AT(quantiles),
     1e-9,
     1 - 1e-9,
     .count = AT(quantile_count),
     .room = LACO_MAX_QUANTILES,
     .counts = true},
    {.key = "likelihood",
     &laco_field_choice,
     AT(likelihood),
     LACO_LIKELIHOOD_NORMAL,
     LACO_LIKELIHOOD_POISSON,
     .names = likelihood_names,
     .optional = true,
     .kept = has_likelihood},
    {.key = "calendar", &laco_field_boolean, AT(calendar), .optional = true},
    {.key = "known",
     &laco_field_objects,
     AT(known),
     .of = &known_fields,
     .count = AT(K),
     .room = LACO_MOST_COLUMNS,
     .counts = true,
     .optional = true,
     .kept = has_known},
    {.key = "static",
     &laco_field_objects,
     AT(facts),
     .of = &fact_fields,
     .count = AT(F),
     .room = LACO_MOST_COLUMNS,
     .counts = true,
     .optional = true,
     .kept = has_facts},
    {.key = "direct", &laco_field_object, AT(direct), .of = &direct_fields, .optional = true, .kept = has_direct},
    {.key = "error_size", &laco_field_real, AT(error_size), 0, DBL_MAX},
};

static laco_status check_terms(const laco_meta *meta, const laco_ar *ar)
{
    int sum = 0;
    for (int l = 1; l < ar->lag_count; l++)
        if (ar->lags[l] <= ar->lags[l - 1])
            return laco_meta_wrong(meta, "lags", "rising");
    for (int p = 0; p < ar->period_count; p++)
        sum += ar->harmonics[p];
    return sum > LACO_AR_LAGS ? laco_meta_wrong(meta, "harmonics", "at most %d in all", LACO_AR_LAGS) : LACO_OK;
}

static laco_status check_shape(const laco_meta *meta, void *object)
{
    laco_forecaster *model = object;
    LACO_TRY(check_terms(meta, &model->ar));
    LACO_TRY(laco_forecaster_name_columns(model));
    LACO_TRY(laco_covariates_list(model));
    for (int c = 0; c < model->C; c++)
        model->columns[c].counts = laco_likelihood_counts(model->likelihood);
    for (model->median = 0; model->median < model->quantile_count && model->quantiles[model->median] != 0.5;)
        model->median++;
    if (model->quantile_count > 0 && model->median == model->quantile_count)
        return laco_meta_wrong(meta, "quantiles", "with 0.5 among them");
    return LACO_OK;
}

static const laco_fields shape_fields = {LACO_FIELDS(laco_forecaster, shape_rows), .check = check_shape};

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

#undef AT
#define AT(member) LACO_MEMBER(laco_forecaster, member)
#define WHOLE                                                                                                                    \
    {                                                                                                                            \
        0, sizeof(laco_forecaster)                                                                                               \
    }

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(network.config), .of = &laco_network_forward_fields},
    {.key = "laco.forecast", &laco_field_object, WHOLE, .of = &shape_fields},
    {.key = "laco.time", &laco_field_stamps, WHOLE},
    {.key = "laco.history", &laco_field_history, WHOLE, .hidden = true},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_forecaster *model = object;
    const laco_network_config *network = &model->network.config;
    if (network->inputs != laco_forecaster_inputs(model) || network->outputs != laco_forecaster_outputs(model) ||
        network->embed != 0 || network->directions != 1 || network->tied)
        return laco_meta_wrong(meta, "laco.network", "of the sizes that columns, horizon and quantiles ask for");
    int64_t maps = model->direct.maps, all = 1 + (int64_t)model->history->count * model->C;
    if (model->direct.horizon > 0 && maps != 1 && maps != all)
        return laco_meta_wrong(meta, "maps", "1, or 1 more than series and columns have values: %lld", (long long)all);
    if (model->direct.horizon > 0 && model->likelihood)
        return laco_meta_wrong(meta, "likelihood", "missing where there is a direct base");
    for (int c = 0; c < model->C; c++)
        if (model->columns[c].counts && model->columns[c].log)
            return laco_meta_wrong(meta, "log", "false of counts");
    if (model->direct.has_band && model->quantile_count == 0)
        return laco_meta_wrong(meta, "band", "false where there are no quantiles");
    return LACO_OK;
}

const laco_fields laco_forecaster_metadata = {LACO_FIELDS(laco_forecaster, rows), .check = check};
