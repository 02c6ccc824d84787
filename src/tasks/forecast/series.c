#include "forecast/series.h"

#include "base/grow.h"
#include "forecast/series_covariates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

laco_status laco_series_new(laco_context *ctx, const char *name, const char *const *columns, int column_count, laco_series **out)
{
    laco_series *series = laco_alloc(ctx, 1, sizeof *series);
    if (!series)
        return LACO_NO_MEMORY;
    series->ctx = ctx;
    laco_strings_init(&series->ids, ctx);
    laco_strings_init(&series->covariates.values, ctx);
    series->name = laco_copy_string(ctx, name);
    series->columns = series->name ? laco_alloc(ctx, (size_t)column_count, sizeof *series->columns) : NULL;
    bool whole = series->columns != NULL;
    for (int c = 0; whole && c < column_count; c++) {
        whole = (series->columns[c] = laco_copy_string(ctx, columns[c])) != NULL;
        series->column_count += whole;
    }
    if (!whole) {
        laco_series_free(series);
        return LACO_NO_MEMORY;
    }
    *out = series;
    return LACO_OK;
}

void laco_series_free(laco_series *series)
{
    if (!series)
        return;
    laco_context *ctx = series->ctx;
    for (size_t i = 0; i < series->count; i++) {
        laco_release(ctx, series->one[i].values);
        laco_release(ctx, series->one[i].times);
        laco_release(ctx, series->one[i].known);
        laco_release(ctx, series->one[i].fact);
    }
    laco_series_covariates_free(ctx, &series->covariates);
    for (int c = 0; series->columns && c < series->column_count; c++)
        laco_release(ctx, series->columns[c]);
    laco_release(ctx, series->columns);
    laco_release(ctx, series->one);
    laco_release(ctx, series->name);
    laco_release(ctx, series->origin.time_column);
    laco_release(ctx, series->origin.id_column);
    laco_strings_free(&series->ids);
    laco_release(ctx, series);
}

laco_status laco_series_place(laco_series *series, const char *id, size_t length, size_t *place)
{
    int32_t number = laco_strings_find(&series->ids, id, length);
    if (number >= 0) {
        *place = (size_t)number;
        return LACO_OK;
    }
    LACO_TRY(laco_grow(series->ctx, &series->one, &series->room, series->count + 1, sizeof *series->one));
    LACO_TRY(laco_strings_add(&series->ids, id, length, &number));
    series->one[series->count] = (laco_one_series){0};
    *place = series->count++;
    return LACO_OK;
}

laco_status laco_series_add_row(laco_series *series, size_t place, const double *values, int64_t time)
{
    laco_one_series *one = &series->one[place];
    size_t C = (size_t)series->column_count, needed;
    if (!laco_mul_fits(one->rows + 1, C, &needed))
        return laco_fail(series->ctx, LACO_NO_MEMORY, "%s: too many rows", series->name);
    LACO_TRY(laco_grow(series->ctx, &one->values, &one->value_room, needed, sizeof *one->values));
    if (series->has_time) {
        LACO_TRY(laco_grow(series->ctx, &one->times, &one->time_room, one->rows + 1, sizeof *one->times));
        one->times[one->rows] = time;
    }
    /* laco_grow has made room for at least one value. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    memcpy(one->values + one->rows * C, values, C * sizeof *values);
    one->rows++;
    return LACO_OK;
}

static laco_status fill_from_values(laco_series *series, const double *values, size_t count, size_t rows)
{
    size_t C = (size_t)series->column_count, place;
    char id[24] = "";
    series->has_ids = count > 1;
    for (size_t i = 0; i < count; i++) {
        if (count > 1)
            snprintf(id, sizeof id, "%zu", i + 1);
        LACO_TRY(laco_series_place(series, id, strlen(id), &place));
        for (size_t row = 0; row < rows; row++) {
            const double *at = values + (i * rows + row) * C;
            for (size_t c = 0; c < C; c++)
                if (!(fabs(at[c]) <= LACO_LARGEST_VALUE))
                    return laco_fail(series->ctx, LACO_INVALID,
                                     "series %zu, row %zu: a value is not finite, or not within ±1e150", i + 1, row + 1);
            LACO_TRY(laco_series_add_row(series, place, at, 0));
        }
    }
    return LACO_OK;
}

laco_status laco_series_from_values(laco_context *ctx, const double *values, size_t count, size_t rows, int columns,
                                    const char *const *names, laco_series **out)
{
    char made[64][16];
    const char *list[64];
    laco_series *series;
    if (columns < 1 || (!names && columns > 64) || count < 1)
        return laco_fail(ctx, LACO_INVALID, "%zu series of %d columns; at least one of each is needed", count, columns);
    for (int c = 0; !names && c < columns; c++) {
        snprintf(made[c], sizeof made[c], columns > 1 ? "value%d" : "value", c + 1);
        list[c] = made[c];
    }
    LACO_TRY(laco_series_new(ctx, "values", names ? names : list, columns, &series));
    laco_status status = fill_from_values(series, values, count, rows);
    if (status == LACO_OK)
        *out = series;
    else
        laco_series_free(series);
    return status;
}

int laco_series_find_column(const laco_series *series, const char *name)
{
    for (int c = 0; c < series->column_count; c++)
        if (strcmp(series->columns[c], name) == 0)
            return c;
    return -1;
}

size_t laco_series_count(const laco_series *series) { return series->count; }
int laco_series_column_count(const laco_series *series) { return series->column_count; }
const char *laco_series_column_name(const laco_series *series, int column) { return series->columns[column]; }
const char *laco_series_id(const laco_series *series, size_t index)
{
    return laco_strings_get(&series->ids, (int32_t)index, NULL);
}
size_t laco_series_rows(const laco_series *series, size_t index) { return series->one[index].rows; }
bool laco_series_has_time(const laco_series *series) { return series->has_time; }

double laco_series_value(const laco_series *series, size_t index, size_t row, int column)
{
    return series->one[index].values[row * (size_t)series->column_count + (size_t)column];
}

bool laco_series_constant(const laco_series *series, size_t index, size_t rows, int column)
{
    for (size_t row = 1; row < rows; row++)
        if (laco_series_value(series, index, row, column) != laco_series_value(series, index, 0, column))
            return false;
    return true;
}

int64_t laco_series_instant_by(const laco_series *series, const laco_time_step *step, size_t index, size_t row)
{
    const laco_one_series *one = &series->one[index];
    if (!series->has_time)
        return (int64_t)row + 1;
    if (row < one->rows)
        return one->times[row];
    int64_t last = one->rows > 0 ? one->times[one->rows - 1] : 0;
    return laco_time_add(step, last, (int64_t)(row - one->rows) + 1);
}

int64_t laco_series_instant(const laco_series *series, size_t index, size_t row)
{
    return laco_series_instant_by(series, &series->step, index, row);
}

int64_t laco_series_unit(const laco_series *series) { return series->has_time ? laco_time_unit(&series->format) : 1; }

int64_t laco_series_time(const laco_series *series, size_t index, size_t row, int32_t *nanoseconds)
{
    int64_t time = laco_series_instant(series, index, row), unit = laco_series_unit(series);
    int64_t seconds = laco_floor_divide(time, unit);
    if (nanoseconds)
        *nanoseconds = (int32_t)((time - seconds * unit) * (1000000000 / unit));
    return seconds;
}

void laco_series_time_text(const laco_series *series, size_t index, size_t row, char out[48])
{
    if (series->has_time)
        laco_time_text(&series->format, laco_series_instant(series, index, row), out);
    else
        snprintf(out, 48, "%zu", row + 1);
}

laco_date_order laco_series_date_order(const laco_series *series)
{
    return series->has_time ? laco_time_forms[series->format.form].order : LACO_DATE_DEFAULT;
}

laco_status laco_series_copy_rows(const laco_one_series *one, size_t from, size_t place, laco_series *out)
{
    LACO_TRY(laco_series_copy_covariates(one, from, place, out));
    for (size_t row = from; row < one->rows; row++)
        LACO_TRY(
            laco_series_add_row(out, place, one->values + row * (size_t)out->column_count, one->times ? one->times[row] : 0));
    return LACO_OK;
}

laco_status laco_series_like(const laco_series *series, laco_series **out)
{
    LACO_TRY(laco_series_new(series->ctx, series->name, (const char *const *)series->columns, series->column_count, out));
    (*out)->has_time = series->has_time;
    (*out)->has_ids = series->has_ids;
    (*out)->format = series->format;
    (*out)->step = series->step;
    laco_status status = laco_series_like_covariates(series, *out);
    if (status < 0)
        laco_series_free(*out);
    return status;
}

laco_status laco_series_head(const laco_series *series, size_t index, size_t rows, laco_series **out)
{
    if (index >= series->count || rows < 1 || rows > series->one[index].rows)
        return laco_fail(series->ctx, LACO_INVALID, "%s: the first %zu rows of series %zu were asked for, which it has not",
                         series->name, rows, index + 1);
    laco_one_series one = series->one[index];
    laco_series *head;
    size_t place, length;
    const char *id = laco_strings_get(&series->ids, (int32_t)index, &length);
    one.ahead += one.rows - rows;
    one.rows = rows;
    LACO_TRY(laco_series_like(series, &head));
    laco_status status = laco_series_place(head, id, length, &place);
    if (status == LACO_OK)
        status = laco_series_copy_rows(&one, 0, place, head);
    if (status == LACO_OK)
        *out = head;
    else
        laco_series_free(head);
    return status;
}

static laco_status copy_heads(const laco_series *series, size_t rows, laco_series *out)
{
    for (size_t i = 0, place; i < series->count; i++) {
        laco_one_series head = series->one[i];
        const char *id = laco_series_id(series, i);
        if (head.rows <= rows)
            continue;
        head.rows -= rows;
        head.ahead += rows;
        LACO_TRY(laco_series_place(out, id, strlen(id), &place));
        LACO_TRY(laco_series_copy_rows(&head, 0, place, out));
    }
    return out->count > 0 ? LACO_OK
                          : laco_fail(series->ctx, LACO_INVALID, "%s: no series has more than %zu rows", series->name, rows);
}

laco_status laco_series_cut(const laco_series *series, size_t rows, laco_series **out)
{
    laco_series *made;
    LACO_TRY(laco_series_like(series, &made));
    laco_status status = copy_heads(series, rows, made);
    if (status == LACO_OK)
        *out = made;
    else
        laco_series_free(made);
    return status;
}
