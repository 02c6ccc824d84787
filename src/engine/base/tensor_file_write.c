#include "base/file.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "base/tensor_file_inside.h"

#include <string.h>

#define STAGE_SIZE 4096 /* bytes on their way from this machine's order to the file's; a multiple of every element */

typedef struct item {
    laco_dtype dtype;
    bool real; /* data is laco_real, stored as dtype F32 */
    const void *data;
    void *given; /* released with the writer */
    size_t count;
} item;

struct laco_tensor_writer {
    laco_context *ctx;
    json_t *metadata, *tensors; /* parts of the header, in the order given */
    item *items;                /* one for each of `tensors` */
    size_t count, capacity;
    size_t data_size;
};

static laco_status no_memory(laco_tensor_writer *writer)
{
    return laco_fail(writer->ctx, LACO_NO_MEMORY, "out of memory for the header of a tensor file");
}

laco_status laco_tensor_writer_new(laco_context *ctx, laco_tensor_writer **out)
{
    laco_tensor_writer *writer = laco_alloc(ctx, 1, sizeof *writer);
    if (!writer)
        return LACO_NO_MEMORY;
    writer->ctx = ctx;
    writer->metadata = json_object();
    writer->tensors = json_object();
    if (!writer->metadata || !writer->tensors) {
        laco_status status = no_memory(writer);
        laco_tensor_writer_free(writer);
        return status;
    }
    *out = writer;
    return LACO_OK;
}

void laco_tensor_writer_free(laco_tensor_writer *writer)
{
    if (!writer)
        return;
    json_decref(writer->metadata);
    json_decref(writer->tensors);
    for (size_t i = 0; i < writer->count; i++)
        laco_release(writer->ctx, writer->items[i].given);
    laco_release(writer->ctx, writer->items);
    laco_release(writer->ctx, writer);
}

/* ---- What goes in ---- */

/* A name must be UTF-8 and new. */
static laco_status check_name(laco_tensor_writer *writer, const json_t *object, const char *what, const char *name)
{
    if (laco_utf8_length(name, strlen(name)) < strlen(name))
        return laco_fail(writer->ctx, LACO_INVALID, "the name of a %s is not valid UTF-8", what);
    if (json_object_get(object, name))
        return laco_fail(writer->ctx, LACO_INVALID, "%s '%s' is there already", what, laco_show(name).text);
    return LACO_OK;
}

laco_status laco_tensor_writer_metadata(laco_tensor_writer *writer, const char *key, const char *value)
{
    LACO_TRY(check_name(writer, writer->metadata, "metadata entry", key));
    if (laco_utf8_length(value, strlen(value)) < strlen(value))
        return laco_fail(writer->ctx, LACO_INVALID, "metadata entry '%s' is not valid UTF-8", laco_show(key).text);
    /* Checked already, so that NULL and -1 can only mean memory; setting NULL fails. */
    if (json_object_set_new_nocheck(writer->metadata, key, json_string_nocheck(value)) != 0)
        return no_memory(writer);
    return LACO_OK;
}

/* {"dtype": …, "shape": […], "data_offsets": [begin, end]}; NULL where memory is short. */
static json_t *describe(laco_dtype dtype, int ndim, const int64_t *shape, size_t begin, size_t end)
{
    json_t *dimensions = json_array();
    for (int i = 0; dimensions && i < ndim; i++) {
        if (json_array_append_new(dimensions, json_integer(shape[i])) != 0) {
            json_decref(dimensions);
            return NULL;
        }
    }
    /* "o" takes the array over, also where the rest fails, and fails for NULL. */
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", laco_dtype_name(dtype), "shape", dimensions, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

static laco_status reserve_item(laco_tensor_writer *writer)
{
    if (writer->count < writer->capacity)
        return LACO_OK;
    size_t capacity = writer->capacity ? 2 * writer->capacity : 16;
    item *items = laco_resize(writer->ctx, writer->items, capacity, sizeof *items);
    if (!items)
        return LACO_NO_MEMORY;
    writer->items = items;
    writer->capacity = capacity;
    return LACO_OK;
}

static laco_status add(laco_tensor_writer *writer, const char *name, item given, int ndim, const int64_t *shape)
{
    size_t bytes, end;
    LACO_TRY(check_name(writer, writer->tensors, "tensor", name));
    if (strcmp(name, LACO_TENSOR_METADATA) == 0)
        return laco_fail(writer->ctx, LACO_INVALID, "a tensor cannot be named '" LACO_TENSOR_METADATA "'");
    if (ndim < 0 || ndim > LACO_FILE_DIMS)
        return laco_fail(writer->ctx, LACO_INVALID, "tensor '%s' has %d dimensions, 0 to %d are allowed", laco_show(name).text,
                         ndim, LACO_FILE_DIMS);
    if (!laco_shape_fits(ndim, shape, laco_dtype_size(given.dtype), &given.count, &bytes) ||
        !laco_add_fits(writer->data_size, bytes, &end) || end > PTRDIFF_MAX)
        return laco_fail(writer->ctx, LACO_INVALID, "tensor '%s' cannot have shape %s", laco_show(name).text,
                         laco_show_shape(ndim, shape).text);
    if (given.count > 0 && !given.data)
        return laco_fail(writer->ctx, LACO_INVALID, "tensor '%s' has no data", laco_show(name).text);
    LACO_TRY(reserve_item(writer));
    json_t *description = describe(given.dtype, ndim, shape, writer->data_size, end);
    if (json_object_set_new_nocheck(writer->tensors, name, description) != 0)
        return no_memory(writer);
    writer->items[writer->count++] = given;
    writer->data_size = end;
    return LACO_OK;
}

laco_status laco_tensor_writer_add(laco_tensor_writer *writer, const char *name, laco_dtype dtype, int ndim, const int64_t *shape,
                                   const void *data)
{
    return add(writer, name, (item){.dtype = dtype, .data = data}, ndim, shape);
}

laco_status laco_tensor_writer_give(laco_tensor_writer *writer, const char *name, laco_dtype dtype, int ndim,
                                    const int64_t *shape, void *data)
{
    laco_status status = add(writer, name, (item){.dtype = dtype, .data = data, .given = data}, ndim, shape);
    if (status < 0)
        laco_release(writer->ctx, data);
    return status;
}

laco_status laco_tensor_writer_add_real(laco_tensor_writer *writer, const char *name, int ndim, const int64_t *shape,
                                        const laco_real *data)
{
    return add(writer, name, (item){.dtype = LACO_DTYPE_F32, .real = true, .data = data}, ndim, shape);
}

/* ---- What comes out: either to a file or to memory ---- */

typedef struct sink {
    laco_writer *file; /* or, where NULL: */
    char *bytes;
    size_t used;
} sink;

static laco_status put(sink *to, const void *bytes, size_t size)
{
    if (to->file)
        return laco_writer_write(to->file, bytes, size);
    memcpy(to->bytes + to->used, bytes, size);
    to->used += size;
    return LACO_OK;
}

static void store(unsigned char *p, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (unsigned char)(bits >> 8 * i);
}

/* The bits of element i as the file has them. */
static uint64_t element_bits(const item *from, size_t size, size_t i)
{
    const unsigned char *p = (const unsigned char *)from->data + i * size;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    if (from->real) {
        float number = (float)((const laco_real *)from->data)[i];
        memcpy(&u32, &number, sizeof u32);
        return u32;
    }
    switch (size) {
    case 1:
        return *p;
    case 2:
        memcpy(&u16, p, sizeof u16);
        return u16;
    case 4:
        memcpy(&u32, p, sizeof u32);
        return u32;
    default:
        memcpy(&u64, p, sizeof u64);
        return u64;
    }
}

static laco_status put_item(sink *to, const item *from)
{
    unsigned char staged[STAGE_SIZE];
    size_t size = laco_dtype_size(from->dtype), most = sizeof staged / size;
    for (size_t first = 0; first < from->count; first += most) {
        size_t count = LACO_MIN(most, from->count - first);
        for (size_t i = 0; i < count; i++)
            store(staged + i * size, element_bits(from, size, first + i), size);
        LACO_TRY(put(to, staged, count * size));
    }
    return LACO_OK;
}

static laco_status put_all(laco_tensor_writer *writer, sink *to, const char *header, size_t header_size)
{
    unsigned char length[8];
    store(length, header_size, sizeof length);
    LACO_TRY(put(to, length, sizeof length));
    LACO_TRY(put(to, header, header_size));
    for (size_t i = 0; i < writer->count; i++)
        LACO_TRY(put_item(to, &writer->items[i]));
    return LACO_OK;
}

/* The header's parts as one object; NULL where memory is short. */
static json_t *join_header(laco_tensor_writer *writer)
{
    json_t *header = json_object();
    bool named = json_object_size(writer->metadata) > 0;
    if (!header || (named && json_object_set(header, LACO_TENSOR_METADATA, writer->metadata) != 0) ||
        json_object_update(header, writer->tensors) != 0) {
        json_decref(header);
        return NULL;
    }
    return header;
}

/* The header's text, padded with spaces to a multiple of 8; the caller releases it. */
static laco_status print_header(laco_tensor_writer *writer, char **text, size_t *size)
{
    json_t *header = join_header(writer);
    laco_status status = laco_json_text(writer->ctx, header, 8, text, size);
    json_decref(header);
    LACO_TRY(status);
    if (*size <= LACO_TENSOR_HEADER_MAX)
        return LACO_OK;
    laco_release(writer->ctx, *text);
    return laco_fail(writer->ctx, LACO_INVALID, "names and metadata of a tensor file take %zu bytes, the limit is %d", *size,
                     LACO_TENSOR_HEADER_MAX);
}

laco_status laco_tensor_writer_save(laco_tensor_writer *writer, const char *path)
{
    char *header;
    size_t header_size;
    sink to = {0};
    LACO_TRY(print_header(writer, &header, &header_size));
    laco_status status = laco_writer_new(writer->ctx, path, &to.file);
    if (status == LACO_OK) {
        status = put_all(writer, &to, header, header_size);
        if (status == LACO_OK)
            status = laco_writer_commit(to.file);
        else
            laco_writer_abandon(to.file);
    }
    laco_release(writer->ctx, header);
    return status;
}

laco_status laco_tensor_writer_serialise(laco_tensor_writer *writer, char **bytes, size_t *size)
{
    char *header;
    size_t header_size, total;
    LACO_TRY(print_header(writer, &header, &header_size));
    sink to = {0};
    laco_status status = LACO_NO_MEMORY;
    if (!laco_add_fits(8 + header_size, writer->data_size, &total))
        laco_set_error(writer->ctx, "a tensor file of %zu bytes of data cannot be held in memory", writer->data_size);
    else if ((to.bytes = laco_alloc(writer->ctx, total, 1)))
        status = put_all(writer, &to, header, header_size);
    laco_release(writer->ctx, header);
    if (status < 0) {
        laco_release(writer->ctx, to.bytes);
        return status;
    }
    *bytes = to.bytes;
    *size = total;
    return LACO_OK;
}
