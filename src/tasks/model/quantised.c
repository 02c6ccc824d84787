#include "model/quantised.h"

#include "base/base.h"
#include "kernel/lowprec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define READ_BYTES (INT64_C(64) << 10) /* of whole numbers at a time */

static float largest(const laco_real *row, int64_t columns)
{
    float most = 0;
    for (int64_t j = 0; j < columns; j++)
        most = fabsf((float)row[j]) > most ? fabsf((float)row[j]) : most;
    return most;
}

laco_status laco_check_quantisable(laco_context *ctx, const laco_param *param)
{
    for (int64_t i = 0; param->matrix && i < param->count; i++)
        if (fabs((double)param->value[i]) > LACO_ROUNDABLE)
            return laco_fail(ctx, LACO_NUMERIC, "element %lld of '%s' is %g; weights up to %g can be rounded", (long long)i,
                             param->name, (double)param->value[i], LACO_ROUNDABLE);
    return LACO_OK;
}

void laco_quantise_weights(laco_precision weights, laco_param *param, laco_convert_loss *loss, double *size)
{
    int64_t rows = param->shape[0], columns = param->count / rows;
    /* + 0 for -0: gcc takes (float)(int)x for trunc(x) on processors that have it, and a file of whole numbers has no -0. */
    for (int64_t r = 0; r < rows; r++) {
        laco_real *row = param->value + r * columns;
        float most = largest(row, columns), scale = laco_int8_scale(most);
        for (int64_t j = 0; j < columns; j++) {
            laco_real was = row[j];
            row[j] = weights == LACO_BF16 ? (laco_real)laco_from_bf16(laco_to_bf16((float)was))
                                          : (laco_real)((float)laco_int8_of((float)was, scale) * scale + 0.0f);
            double difference = fabs((double)(row[j] - was));
            loss->largest = most > 0 ? LACO_MAX(loss->largest, difference / (double)most) : loss->largest;
            loss->mean += difference;
            *size += fabs((double)was);
        }
    }
    loss->count += param->count;
}

/* A name with ".scale" behind it, for the caller to release. */
static char *scale_name(laco_context *ctx, const char *name)
{
    size_t size = strlen(name) + sizeof ".scale";
    char *text = laco_alloc(ctx, size, 1);
    if (text)
        snprintf(text, size, "%s.scale", name);
    return text;
}

static laco_status write_int8(laco_context *ctx, laco_tensor_writer *writer, const laco_param *param)
{
    int64_t rows = param->shape[0], columns = param->count / rows;
    int8_t *q = laco_alloc(ctx, (size_t)param->count, sizeof *q);
    float *scales = laco_alloc(ctx, (size_t)rows, sizeof *scales);
    char *name = scale_name(ctx, param->name);
    if (!q || !scales || !name) {
        laco_release(ctx, q);
        laco_release(ctx, scales);
        laco_release(ctx, name);
        return LACO_NO_MEMORY;
    }
    for (int64_t r = 0; r < rows; r++) {
        scales[r] = laco_int8_scale(largest(param->value + r * columns, columns));
        for (int64_t j = 0; j < columns; j++)
            q[r * columns + j] = (int8_t)laco_int8_of((float)param->value[r * columns + j], scales[r]);
    }
    laco_status status = laco_tensor_writer_give(writer, param->name, LACO_DTYPE_I8, param->ndim, param->shape, q);
    if (status == LACO_OK)
        status = laco_tensor_writer_give(writer, name, LACO_DTYPE_F32, 1, &rows, scales);
    else
        laco_release(ctx, scales);
    laco_release(ctx, name);
    return status;
}

laco_status laco_quantised_write(laco_context *ctx, laco_tensor_writer *writer, laco_precision weights, const laco_param *param)
{
    if (weights == LACO_INT8)
        return write_int8(ctx, writer, param);
    uint16_t *bits = laco_alloc(ctx, (size_t)param->count, sizeof *bits);
    if (!bits)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < param->count; i++)
        bits[i] = laco_to_bf16((float)param->value[i]);
    return laco_tensor_writer_give(writer, param->name, LACO_DTYPE_BF16, param->ndim, param->shape, bits);
}

static laco_status check_scales(laco_context *ctx, const laco_tensor_file *file, const char *name, int64_t rows,
                                const laco_real *scales)
{
    for (int64_t r = 0; r < rows; r++)
        if (!(scales[r] >= 0 && scales[r] <= (laco_real)(LACO_ROUNDABLE / 100)))
            return laco_fail(ctx, LACO_FORMAT, "%s: element %lld of tensor '%s' is %g; a scale is a finite number, at least 0",
                             laco_tensor_file_name(file), (long long)r, name, (double)scales[r]);
    return LACO_OK;
}

/* Rows [begin, end). */
static laco_status read_rows(const laco_tensor_file *file, const laco_tensor_entry *entry, int64_t begin, int64_t end,
                             int64_t columns, const laco_real *scales, int8_t *q, laco_real *values)
{
    LACO_TRY(laco_tensor_file_bytes(file, entry, (size_t)(begin * columns), (size_t)((end - begin) * columns), q));
    for (int64_t r = begin; r < end; r++, q += columns)
        for (int64_t j = 0; j < columns; j++)
            values[r * columns + j] = (laco_real)q[j] * scales[r];
    return LACO_OK;
}

/* Whole numbers and scales into values. `entry` is I8. */
static laco_status read_int8(laco_context *ctx, const laco_tensor_file *file, const laco_param *param,
                             const laco_tensor_entry *entry)
{
    int64_t rows = param->shape[0], columns = param->count / rows, block = LACO_MAX(1, READ_BYTES / columns);
    bool fits = entry->ndim == param->ndim;
    for (int i = 0; fits && i < param->ndim; i++)
        fits = entry->shape[i] == param->shape[i];
    if (!fits)
        return laco_fail(ctx, LACO_FORMAT, "%s: tensor '%s' does not have the shape [%lld, %lld] of the network",
                         laco_tensor_file_name(file), param->name, (long long)rows, (long long)columns);
    char *name = scale_name(ctx, param->name);
    laco_real *scales = laco_alloc(ctx, (size_t)rows, sizeof *scales);
    int8_t *q = laco_alloc(ctx, (size_t)(LACO_MIN(block, rows) * columns), sizeof *q);
    laco_status status = name && scales && q ? laco_tensor_file_read_real(file, name, 1, &rows, scales) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = check_scales(ctx, file, name, rows, scales);
    for (int64_t r = 0; status == LACO_OK && r < rows; r += block)
        status = read_rows(file, entry, r, LACO_MIN(r + block, rows), columns, scales, q, param->value);
    laco_release(ctx, q);
    laco_release(ctx, scales);
    laco_release(ctx, name);
    return status;
}

laco_status laco_quantised_read(laco_context *ctx, const laco_tensor_file *file, const laco_param *param)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(file, param->name);
    if (entry && entry->dtype == LACO_DTYPE_I8 && param->matrix && param->ndim == 2)
        return read_int8(ctx, file, param, entry);
    return laco_tensor_file_read_finite(file, param->name, param->ndim, param->shape, param->value);
}

laco_status laco_quantised_kind(laco_context *ctx, const laco_tensor_file *file, laco_precision *out)
{
    const char *word = laco_tensor_file_metadata(file, "laco.weights");
    for (int precision = LACO_FP32; word && precision <= LACO_INT8; precision++)
        if (strcmp(word, laco_precision_name((laco_precision)precision)) == 0) {
            *out = (laco_precision)precision;
            return LACO_OK;
        }
    if (word)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.weights' is '%.40s'; it can be fp32, bf16 or int8",
                         laco_tensor_file_name(file), word);
    *out = LACO_FP32;
    return LACO_OK;
}
