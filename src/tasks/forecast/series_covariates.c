#include "forecast/series_covariates.h"

#include <math.h>
#include <string.h>

/* ---- Names ------------------------------------------------------------------------------------------------------------------
 */

static laco_status copy_names(laco_context *ctx, const char *const *names, int count, char ***out, int *made)
{
    if (count == 0)
        return LACO_OK;
    *out = laco_alloc(ctx, (size_t)count, sizeof **out);
    for (*made = 0; *out && *made < count; ++*made)
        if (!((*out)[*made] = laco_copy_string(ctx, names[*made])))
            return LACO_NO_MEMORY;
    return *out ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_series_name_covariates(laco_series *series, const char *const *known, int known_count, const char *const *facts,
                                        int fact_count)
{
    laco_series_covariates *covariates = &series->covariates;
    LACO_TRY(copy_names(series->ctx, known, known_count, &covariates->known, &covariates->known_count));
    return copy_names(series->ctx, facts, fact_count, &covariates->facts, &covariates->fact_count);
}

void laco_series_covariates_free(laco_context *ctx, laco_series_covariates *covariates)
{
    for (int k = 0; k < covariates->known_count; k++)
        laco_release(ctx, covariates->known[k]);
    for (int f = 0; f < covariates->fact_count; f++)
        laco_release(ctx, covariates->facts[f]);
    laco_release(ctx, covariates->known);
    laco_release(ctx, covariates->facts);
    laco_strings_free(&covariates->values);
}

laco_status laco_series_like_covariates(const laco_series *series, laco_series *out)
{
    const laco_series_covariates *from = &series->covariates;
    LACO_TRY(laco_series_name_covariates(out, (const char *const *)from->known, from->known_count,
                                         (const char *const *)from->facts, from->fact_count));
    for (int32_t i = 0, number; i < (int32_t)from->values.count; i++) {
        size_t length;
        const char *bytes = laco_strings_get(&from->values, i, &length);
        LACO_TRY(laco_strings_add(&out->covariates.values, bytes, length, &number));
    }
    return LACO_OK;
}

/* ---- Values -----------------------------------------------------------------------------------------------------------------
 */

laco_status laco_series_copy_covariates(const laco_one_series *one, size_t from, size_t place, laco_series *out)
{
    laco_one_series *to = &out->one[place];
    size_t K = (size_t)out->covariates.known_count, F = (size_t)out->covariates.fact_count;
    if (K > 0 && one->known) {
        size_t before = to->rows, added = one->rows - from + one->ahead, cells;
        if (!laco_mul_fits(before + added, K * sizeof(double), &cells))
            return laco_fail(out->ctx, LACO_NO_MEMORY, "%s: too many rows", out->name);
        double *known = laco_resize(out->ctx, to->known, cells / sizeof *known, sizeof *known);
        if (!known)
            return LACO_NO_MEMORY;
        to->known = known;
        memcpy(to->known + before * K, one->known + from * K, added * K * sizeof(double));
        to->ahead = one->ahead;
    }
    if (F == 0 || !one->fact)
        return LACO_OK;
    if (!to->fact && !(to->fact = laco_alloc(out->ctx, F, sizeof *to->fact)))
        return LACO_NO_MEMORY;
    memcpy(to->fact, one->fact, F * sizeof *to->fact);
    return LACO_OK;
}

laco_status laco_series_set_known(laco_series *series, size_t place, const double *known, size_t ahead)
{
    laco_one_series *one = &series->one[place];
    size_t cells = (one->rows + ahead) * (size_t)series->covariates.known_count;
    if (!(one->known = laco_alloc(series->ctx, cells, sizeof *one->known)))
        return LACO_NO_MEMORY;
    memcpy(one->known, known, cells * sizeof *known);
    one->ahead = ahead;
    return LACO_OK;
}

laco_status laco_series_set_fact(laco_series *series, size_t place, int f, const char *bytes, size_t length, bool *same)
{
    laco_one_series *one = &series->one[place];
    int32_t number;
    if (!one->fact) {
        if (!(one->fact = laco_alloc(series->ctx, (size_t)series->covariates.fact_count, sizeof *one->fact)))
            return LACO_NO_MEMORY;
        for (int i = 0; i < series->covariates.fact_count; i++)
            one->fact[i] = -1;
    }
    LACO_TRY(laco_strings_add(&series->covariates.values, bytes, length, &number));
    *same = one->fact[f] < 0 || one->fact[f] == number;
    one->fact[f] = number;
    return LACO_OK;
}

const char *laco_series_fact(const laco_series *series, size_t index, int f)
{
    const int32_t *fact = series->one[index].fact;
    return fact && fact[f] >= 0 ? laco_strings_get(&series->covariates.values, fact[f], NULL) : NULL;
}

const double *laco_series_known(const laco_series *series, size_t index, size_t row)
{
    const laco_one_series *one = &series->one[index];
    return one->known && row < one->rows + one->ahead ? one->known + row * (size_t)series->covariates.known_count : NULL;
}

size_t laco_series_ahead(const laco_series *series, size_t index) { return series->one[index].ahead; }

/* ---- Out of a table ---------------------------------------------------------------------------------------------------------
 */

static bool is_empty(const double *row, size_t columns)
{
    for (size_t c = 0; c < columns; c++)
        if (!isnan(row[c]))
            return false;
    return true;
}

/* Rows [C + K] are cut: known [rows][K], and values [rows][C] where they stood. */
static laco_status split_one(laco_series *series, size_t place, size_t C, size_t K)
{
    laco_one_series *one = &series->one[place];
    size_t rows = one->rows;
    double *known = laco_alloc(series->ctx, rows * K, sizeof *known);
    if (!known)
        return LACO_NO_MEMORY;
    for (size_t row = 0; row < rows; row++) {
        memcpy(known + row * K, one->values + row * (C + K) + C, K * sizeof *known);
        memmove(one->values + row * C, one->values + row * (C + K), C * sizeof *known);
    }
    one->known = known;
    while (one->rows > 0 && is_empty(one->values + (one->rows - 1) * C, C))
        one->rows--;
    one->ahead = rows - one->rows;
    return LACO_OK;
}

laco_status laco_series_split_known(laco_series *series, int count)
{
    laco_series_covariates *covariates = &series->covariates;
    int C = series->column_count - count;
    if (!(covariates->known = laco_alloc(series->ctx, (size_t)count, sizeof *covariates->known)))
        return LACO_NO_MEMORY;
    for (int k = 0; k < count; k++)
        covariates->known[k] = series->columns[C + k];
    covariates->known_count = count;
    series->column_count = C;
    for (size_t i = 0; i < series->count; i++)
        LACO_TRY(split_one(series, i, (size_t)C, (size_t)count));
    return LACO_OK;
}
