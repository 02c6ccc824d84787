#include "base/finite.h"
#include "base/tensor_file_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECE 16384 /* bytes on their way from the file's order to this machine's; a multiple of every element */

static const struct {
    const char *name;
    size_t size;
} dtypes[LACO_DTYPE_COUNT] = {
    [LACO_DTYPE_F64] = {"F64", 8},   [LACO_DTYPE_F32] = {"F32", 4}, [LACO_DTYPE_F16] = {"F16", 2},
    [LACO_DTYPE_BF16] = {"BF16", 2}, [LACO_DTYPE_I64] = {"I64", 8}, [LACO_DTYPE_I32] = {"I32", 4},
    [LACO_DTYPE_I16] = {"I16", 2},   [LACO_DTYPE_I8] = {"I8", 1},   [LACO_DTYPE_U8] = {"U8", 1},
    [LACO_DTYPE_BOOL] = {"BOOL", 1},
};

const char *laco_dtype_name(laco_dtype dtype) { return dtypes[dtype].name; }
size_t laco_dtype_size(laco_dtype dtype) { return dtypes[dtype].size; }

laco_dtype laco_dtype_from_name(const char *name)
{
    int dtype = 0;
    while (dtype < LACO_DTYPE_COUNT && strcmp(name, dtypes[dtype].name) != 0)
        dtype++;
    return (laco_dtype)dtype;
}

laco_shown laco_show(const char *text)
{
    laco_shown shown;
    size_t length = strlen(text), room = sizeof shown.text - 1, kept = length;
    if (length > room) {
        kept = room - 3;
        while (kept > 0 && ((unsigned char)text[kept] & 0xc0) == 0x80) /* not inside a UTF-8 sequence */
            kept--;
    }
    for (size_t i = 0; i < kept; i++)
        shown.text[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    strcpy(shown.text + kept, kept < length ? "..." : "");
    return shown;
}

laco_shape_text laco_show_shape(int ndim, const int64_t *shape)
{
    laco_shape_text shown;
    size_t used = 0;
    shown.text[used++] = '[';
    for (int i = 0; i < ndim && i < LACO_FILE_DIMS; i++)
        used += (size_t)snprintf(shown.text + used, sizeof shown.text - used, i ? ", %" PRId64 : "%" PRId64, shape[i]);
    strcpy(shown.text + used, "]");
    return shown;
}

bool laco_shape_fits(int ndim, const int64_t *shape, size_t element, size_t *count, size_t *bytes)
{
    size_t product = element;
    bool empty = false;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0 || (uint64_t)shape[i] > SIZE_MAX)
            return false;
        if (shape[i] == 0)
            empty = true;
        else if (!laco_mul_fits(product, (size_t)shape[i], &product))
            return false;
    }
    *bytes = empty ? 0 : product;
    *count = *bytes / element;
    return true;
}

/* ---- Looking things up ---- */

const char *laco_tensor_file_name(const laco_tensor_file *file) { return file->name; }
size_t laco_tensor_file_count(const laco_tensor_file *file) { return file->count; }
const laco_tensor_entry *laco_tensor_file_at(const laco_tensor_file *file, size_t index) { return &file->entries[index]; }

const laco_tensor_entry *laco_tensor_file_find(const laco_tensor_file *file, const char *name)
{
    size_t low = 0, high = file->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, file->sorted[middle]->name);
        if (order == 0)
            return file->sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t laco_tensor_file_metadata_count(const laco_tensor_file *file) { return file->metadata_count; }

const laco_metadata_entry *laco_tensor_file_metadata_at(const laco_tensor_file *file, size_t index)
{
    return &file->metadata[index];
}

const char *laco_tensor_file_metadata(const laco_tensor_file *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->header, LACO_TENSOR_METADATA), key));
}

/* ---- Numbers of this machine from the file's bytes: assembled, so that order and alignment do not matter. ---- */

static uint64_t load(const unsigned char *p, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)p[i] << 8 * i;
    return bits;
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float float_from_half(uint32_t half)
{
    uint32_t sign = (half & 0x8000) << 16, exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0) {
        float size = (float)fraction * 0x1p-24f;
        return sign ? -size : size;
    }
    if (exponent == 31)
        return float_from_bits(sign | 0x7f800000 | fraction << 13);
    return float_from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

static void make_real(laco_dtype dtype, const unsigned char *p, size_t count, void *to)
{
    laco_real *out = to;
    switch (dtype) {
    case LACO_DTYPE_F64:
        for (size_t i = 0; i < count; i++)
            out[i] = (laco_real)double_from_bits(load(p + 8 * i, 8));
        break;
    case LACO_DTYPE_F32:
        for (size_t i = 0; i < count; i++)
            out[i] = float_from_bits((uint32_t)load(p + 4 * i, 4));
        break;
    case LACO_DTYPE_F16:
        for (size_t i = 0; i < count; i++)
            out[i] = float_from_half((uint32_t)load(p + 2 * i, 2));
        break;
    default: /* BF16: the upper half of binary32 */
        for (size_t i = 0; i < count; i++)
            out[i] = float_from_bits((uint32_t)load(p + 2 * i, 2) << 16);
    }
}

static void make_int(laco_dtype dtype, const unsigned char *p, size_t count, void *to)
{
    int64_t *out = to;
    switch (dtype) {
    case LACO_DTYPE_I64:
        for (size_t i = 0; i < count; i++)
            out[i] = (int64_t)load(p + 8 * i, 8);
        break;
    case LACO_DTYPE_I32:
        for (size_t i = 0; i < count; i++)
            out[i] = (int32_t)load(p + 4 * i, 4);
        break;
    case LACO_DTYPE_I16:
        for (size_t i = 0; i < count; i++)
            out[i] = (int16_t)load(p + 2 * i, 2);
        break;
    case LACO_DTYPE_I8:
        for (size_t i = 0; i < count; i++)
            out[i] = (int8_t)p[i];
        break;
    case LACO_DTYPE_U8:
        for (size_t i = 0; i < count; i++)
            out[i] = p[i];
        break;
    default: /* BOOL */
        for (size_t i = 0; i < count; i++)
            out[i] = p[i] != 0;
    }
}

static void make_double(laco_dtype dtype, const unsigned char *p, size_t count, void *to)
{
    double *out = to;
    (void)dtype; /* F64 alone */
    for (size_t i = 0; i < count; i++)
        out[i] = double_from_bits(load(p + 8 * i, 8));
}

/* ---- Reading one tensor ---- */

laco_status laco_tensor_file_bytes(const laco_tensor_file *file, const laco_tensor_entry *entry, size_t first, size_t count,
                                   void *out)
{
    size_t size = laco_dtype_size(entry->dtype);
    return laco_reader_read(file->reader, file->data + entry->place + first * size, out, count * size);
}

/* All numbers of a tensor, made by `make` of a piece of its bytes after the other. */
static laco_status read_numbers(const laco_tensor_file *file, const laco_tensor_entry *entry,
                                void (*make)(laco_dtype dtype, const unsigned char *p, size_t count, void *to), size_t element,
                                void *out)
{
    unsigned char piece[PIECE];
    size_t most = sizeof piece / laco_dtype_size(entry->dtype);
    for (size_t first = 0; first < entry->count; first += most) {
        size_t count = LACO_MIN(most, entry->count - first);
        LACO_TRY(laco_tensor_file_bytes(file, entry, first, count, piece));
        make(entry->dtype, piece, count, (char *)out + first * element);
    }
    return LACO_OK;
}

/* Whether laco_real lies in memory as numbers of this type lie in a file. */
static bool as_in_memory(laco_dtype dtype)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && dtype == (sizeof(laco_real) == 8 ? LACO_DTYPE_F64 : LACO_DTYPE_F32);
}

static laco_status read_reals(const laco_tensor_file *file, const laco_tensor_entry *entry, laco_real *out)
{
    if (as_in_memory(entry->dtype))
        return laco_tensor_file_bytes(file, entry, 0, entry->count, out);
    return read_numbers(file, entry, make_real, sizeof *out, out);
}

laco_status laco_tensor_file_expect(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
    if (!entry)
        return laco_fail(file->ctx, LACO_FORMAT, "%s: tensor '%s' is missing (expected shape %s)", file->name,
                         laco_show(name).text, laco_show_shape(ndim, shape).text);
    bool same = entry->ndim == ndim;
    for (int i = 0; same && i < ndim; i++)
        same = entry->shape[i] == shape[i];
    if (!same)
        return laco_fail(file->ctx, LACO_FORMAT, "%s: tensor '%s' has shape %s, expected %s", file->name, laco_show(name).text,
                         laco_show_shape(entry->ndim, entry->shape).text, laco_show_shape(ndim, shape).text);
    return LACO_OK;
}

/* The tensor `name`, of this shape and with a dtype in first … last. */
static laco_status expect(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape, laco_dtype first,
                          laco_dtype last, const char *kinds, const laco_tensor_entry **out)
{
    LACO_TRY(laco_tensor_file_expect(file, name, ndim, shape));
    const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
    if (entry->dtype < first || entry->dtype > last)
        return laco_fail(file->ctx, LACO_FORMAT, "%s: tensor '%s' has dtype %s, expected %s", file->name, laco_show(name).text,
                         laco_dtype_name(entry->dtype), kinds);
    *out = entry;
    return LACO_OK;
}

laco_status laco_tensor_file_read_real(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                       laco_real *out)
{
    const laco_tensor_entry *entry;
    LACO_TRY(expect(file, name, ndim, shape, LACO_DTYPE_F64, LACO_DTYPE_BF16, "F32, F64, F16 or BF16", &entry));
    return read_reals(file, entry, out);
}

laco_status laco_tensor_file_read_finite(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                         laco_real *out)
{
    const laco_tensor_entry *entry;
    LACO_TRY(expect(file, name, ndim, shape, LACO_DTYPE_F64, LACO_DTYPE_BF16, "F32, F64, F16 or BF16", &entry));
    LACO_TRY(read_reals(file, entry, out));
    int64_t place = laco_first_not_finite(out, (int64_t)entry->count);
    if (place >= 0)
        return laco_fail(file->ctx, LACO_FORMAT, "%s: element %" PRId64 " of tensor '%s' is %s; every weight is a finite number",
                         file->name, place, laco_show(name).text, out[place] != out[place] ? "NaN" : "infinite");
    return LACO_OK;
}

laco_status laco_tensor_file_read_double(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                         double *out)
{
    const laco_tensor_entry *entry;
    LACO_TRY(expect(file, name, ndim, shape, LACO_DTYPE_F64, LACO_DTYPE_F64, "F64", &entry));
    return read_numbers(file, entry, make_double, sizeof *out, out);
}

laco_status laco_tensor_file_read_int(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                      int64_t *out)
{
    const laco_tensor_entry *entry;
    LACO_TRY(expect(file, name, ndim, shape, LACO_DTYPE_I64, LACO_DTYPE_BOOL, "I64, I32, I16, I8, U8 or BOOL", &entry));
    return read_numbers(file, entry, make_int, sizeof *out, out);
}
