#include "forecast/covariates.h"

#include <math.h>
#include <string.h>

#define FARTHEST 8.0 /* deviations from its mean that the network sees of a known column at most */

/* ---- Learning, and checking -------------------------------------------------------------------------------------------------
 */

static void measure(laco_known *known, const laco_series *data, const int64_t *rows, int k)
{
    double sum = 0, squares = 0, count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < data->count; i++)
            for (int64_t row = 0; row < rows[i]; row++) {
                double value = laco_series_known(data, i, (size_t)row)[k], away = value - known->mean;
                sum += pass == 0 ? value : 0;
                squares += pass == 0 ? 0 : away * away;
                count += pass == 0;
                known->mean = pass == 0 ? sum / count : known->mean;
            }
    known->scale = squares > 1e-24 * count * known->mean * known->mean ? sqrt(squares / count) : 1;
}

static laco_status add_known(laco_forecaster *model, const laco_series *data, const int64_t *rows)
{
    laco_context *ctx = model->base.ctx;
    int K = data->covariates.known_count;
    if (K == 0)
        return LACO_OK;
    if (!(model->known = laco_alloc(ctx, (size_t)K, sizeof *model->known)))
        return LACO_NO_MEMORY;
    for (; model->K < K; model->K++) {
        laco_known *known = &model->known[model->K];
        *known = (laco_known){.name = laco_copy_string(ctx, data->covariates.known[model->K])};
        if (!known->name)
            return LACO_NO_MEMORY;
        measure(known, data, rows, model->K);
    }
    return LACO_OK;
}

/* The values of a fact in the order in which series have them. */
static laco_status list_values(laco_context *ctx, const laco_series *data, int f, laco_fact *fact)
{
    if (!(fact->values = laco_alloc(ctx, data->count + 1, sizeof *fact->values)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < data->count; i++) {
        const char *value = laco_series_fact(data, i, f);
        bool there = !value;
        for (int32_t k = 0; k < fact->count && !there; k++)
            there = strcmp(fact->values[k], value) == 0;
        if (!there && !(fact->values[fact->count++] = laco_copy_string(ctx, value)))
            return LACO_NO_MEMORY;
    }
    return LACO_OK;
}

laco_status laco_covariates_learn(laco_forecaster *model, const laco_series *data, const int64_t *rows)
{
    laco_context *ctx = model->base.ctx;
    int F = data->covariates.fact_count;
    LACO_TRY(add_known(model, data, rows));
    if (F > 0 && !(model->facts = laco_alloc(ctx, (size_t)F, sizeof *model->facts)))
        return LACO_NO_MEMORY;
    while (model->F < F) {
        int f = model->F++;
        if (!(model->facts[f].name = laco_copy_string(ctx, data->covariates.facts[f])))
            return LACO_NO_MEMORY;
        LACO_TRY(list_values(ctx, data, f, &model->facts[f]));
    }
    return LACO_OK;
}

static laco_status copy_fact(laco_context *ctx, const laco_fact *from, laco_fact *fact)
{
    fact->name = laco_copy_string(ctx, from->name);
    fact->values = fact->name ? laco_alloc(ctx, (size_t)from->count + 1, sizeof *fact->values) : NULL;
    bool whole = fact->values != NULL;
    for (; whole && fact->count < from->count; fact->count += whole)
        whole = (fact->values[fact->count] = laco_copy_string(ctx, from->values[fact->count])) != NULL;
    return whole ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_covariates_copy(laco_forecaster *model, const laco_forecaster *from)
{
    laco_context *ctx = model->base.ctx;
    model->known = laco_alloc(ctx, (size_t)LACO_MAX(from->K, 1), sizeof *model->known);
    model->facts = laco_alloc(ctx, (size_t)LACO_MAX(from->F, 1), sizeof *model->facts);
    if (!model->known || !model->facts)
        return LACO_NO_MEMORY;
    for (; model->K < from->K; model->K++) {
        model->known[model->K] = from->known[model->K];
        if (!(model->known[model->K].name = laco_copy_string(ctx, from->known[model->K].name)))
            return LACO_NO_MEMORY;
    }
    while (model->F < from->F) {
        int f = model->F++;
        LACO_TRY(copy_fact(ctx, &from->facts[f], &model->facts[f]));
    }
    return LACO_OK;
}

void laco_covariates_free(laco_forecaster *model)
{
    laco_context *ctx = model->base.ctx;
    for (int k = 0; model->known && k < model->K; k++)
        laco_release(ctx, model->known[k].name);
    for (int f = 0; model->facts && f < model->F; f++) {
        for (int32_t i = 0; i < model->facts[f].count && model->facts[f].values; i++)
            laco_release(ctx, model->facts[f].values[i]);
        laco_release(ctx, model->facts[f].values);
        laco_release(ctx, model->facts[f].name);
    }
    laco_release(ctx, model->known);
    laco_release(ctx, model->facts);
    laco_release(ctx, model->known_list);
    laco_release(ctx, model->static_list);
}

laco_status laco_covariates_check(const laco_forecaster *model, const laco_series *series)
{
    const laco_series_covariates *covariates = &series->covariates;
    bool known = covariates->known_count == model->K, facts = covariates->fact_count == model->F;
    for (int k = 0; k < model->K && known; k++)
        known = strcmp(covariates->known[k], model->known[k].name) == 0;
    for (int f = 0; f < model->F && facts; f++)
        facts = strcmp(covariates->facts[f], model->facts[f].name) == 0;
    if (known && facts)
        return LACO_OK;
    return laco_fail(model->base.ctx, LACO_INVALID, "%s: has %d %s columns; the model was trained with %d%s%s%s", series->name,
                     known ? covariates->fact_count : covariates->known_count, known ? "static" : "known",
                     known ? model->F : model->K, known || model->K == 0 ? "" : ", the first of them \"",
                     known || model->K == 0 ? "" : model->known[0].name, known || model->K == 0 ? "" : "\"");
}

/* ---- The network's inputs ---------------------------------------------------------------------------------------------------
 */

int64_t laco_covariates_inputs(const laco_forecaster *model)
{
    int64_t count = model->K * model->horizon;
    for (int f = 0; f < model->F; f++)
        count += model->facts[f].count;
    return count;
}

static double standardised(const laco_known *known, double value) { return (value - known->mean) / known->scale; }

void laco_covariates_standardise(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, double *out)
{
    const double *known = laco_series_known(series, index, (size_t)row);
    for (int k = 0; k < model->K; k++)
        out[k] = standardised(&model->known[k], known[k]);
}

void laco_covariates_fill(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, laco_real *out)
{
    for (int64_t h = 1; h <= model->horizon; h++) {
        const double *known = laco_series_known(series, index, (size_t)(row + h));
        for (int k = 0; k < model->K; k++)
            *out++ = known ? (laco_real)fmin(FARTHEST, fmax(-FARTHEST, standardised(&model->known[k], known[k]))) : 0;
    }
    for (int f = 0; f < model->F; f++) {
        const char *value = laco_series_fact(series, index, f);
        for (int32_t k = 0; k < model->facts[f].count; k++)
            *out++ = value && strcmp(value, model->facts[f].values[k]) == 0;
    }
}

/* ---- Effects ------------------------------------------------------------------------------------------------------------------
 */

double laco_covariates_effect(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row, int c)
{
    const double *known = model->effect ? laco_series_known(series, index, (size_t)row) : NULL;
    double sum = 0;
    for (int k = 0; known && k < model->K; k++)
        sum += (double)model->effect->value[c * model->K + k] * standardised(&model->known[k], known[k]);
    return sum;
}

/* g(y) moved by a distance in z, and back. */
static double moved(const laco_column *column, const laco_spread *scale, double value, double z)
{
    return column->log ? fmax(value, column->floor) * exp(scale->scale * z) : value + scale->scale * z;
}

double laco_covariates_without(const laco_forecaster *model, const laco_spread *scale, const laco_series *series, size_t index,
                               int64_t row, int c)
{
    double value = laco_series_value(series, index, (size_t)row, c);
    return model->effect ? moved(&model->columns[c], scale, value, -laco_covariates_effect(model, series, index, row, c)) : value;
}

double laco_covariates_with(const laco_forecaster *model, const laco_spread *scale, const laco_series *series, size_t index,
                            int64_t row, int c, double value)
{
    if (!model->effect)
        return value;
    return laco_not_below(&model->columns[c],
                          moved(&model->columns[c], scale, value, laco_covariates_effect(model, series, index, row, c)));
}

laco_status laco_covariates_adjust(const laco_forecaster *model, const laco_spread *scales, const laco_series *series,
                                   laco_series **out)
{
    laco_series *made;
    size_t C = (size_t)model->C;
    LACO_TRY(laco_series_like(series, &made));
    laco_status status = LACO_OK;
    for (size_t i = 0, place; i < series->count && status == LACO_OK; i++) {
        const char *id = laco_series_id(series, i);
        status = laco_series_place(made, id, strlen(id), &place);
        if (status == LACO_OK)
            status = laco_series_copy_rows(&series->one[i], 0, place, made);
        for (size_t row = 0; row < series->one[i].rows && status == LACO_OK; row++)
            for (size_t c = 0; c < C; c++)
                made->one[place].values[row * C + c] =
                    laco_covariates_without(model, &scales[i * C + c], series, i, (int64_t)row, (int)c);
    }
    if (status == LACO_OK)
        *out = made;
    else
        laco_series_free(made);
    return status;
}

laco_status laco_covariates_name(const laco_forecaster *model, laco_series *series)
{
    const char *known[LACO_MOST_COLUMNS], *facts[LACO_MOST_COLUMNS];
    for (int k = 0; k < model->K; k++)
        known[k] = model->known[k].name;
    for (int f = 0; f < model->F; f++)
        facts[f] = model->facts[f].name;
    return laco_series_name_covariates(series, known, model->K, facts, model->F);
}

/* ---- As text ------------------------------------------------------------------------------------------------------------------
 */

/* Names "A,B" that stand `size` bytes apart, their pointers first in what they belong to; NULL: there are none. */
static laco_status join(laco_context *ctx, const void *first, int count, size_t size, char **out)
{
    size_t room = 1, used = 0;
    for (int i = 0; i < count; i++)
        room += strlen(*(char *const *)((const char *)first + (size_t)i * size)) + 1;
    if (count == 0)
        return LACO_OK;
    if (!(*out = laco_alloc(ctx, room, 1)))
        return LACO_NO_MEMORY;
    for (int i = 0; i < count; i++) {
        const char *name = *(char *const *)((const char *)first + (size_t)i * size);
        size_t length = strlen(name);
        if (i > 0)
            (*out)[used++] = ',';
        memcpy(*out + used, name, length + 1);
        used += length;
    }
    return LACO_OK;
}

laco_status laco_covariates_list(laco_forecaster *model)
{
    LACO_TRY(join(model->base.ctx, model->known, model->K, sizeof *model->known, &model->known_list));
    return join(model->base.ctx, model->facts, model->F, sizeof *model->facts, &model->static_list);
}
