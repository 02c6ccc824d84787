#include "base/content.h"
#include "base/json_parse.h"
#include "base/tensor_file_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Jansson makes 40 to 300 bytes of each value, so a header is counted before it is parsed: this many values
 * (some 80 000 tensors) hold a hostile one to about 150 MB beside the file itself. */
#define MAX_VALUES ((size_t)1 << 20)

#define BAD(file, ...) laco_fail((file)->ctx, LACO_FORMAT, __VA_ARGS__)

static laco_status no_memory(laco_tensor_file *file)
{
    return laco_fail(file->ctx, LACO_NO_MEMORY, "%s: out of memory for the header", file->name);
}

laco_status laco_tensor_file_hold(laco_tensor_file *file) { return laco_reader_hold(file->reader, NULL); }

/* ---- The header's place, and its text ---- */

/* An upper bound on the values in JSON text: the marks that stand before one. */
static size_t count_values(const char *text, size_t size)
{
    size_t values = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else
            values += c == ',' || c == ':' || c == '[' || c == '{';
    }
    return values;
}

/* What is no safetensors file, and known for something else: by its end, too. */
static laco_status refuse_other(laco_tensor_file *file)
{
    const char *bytes;
    size_t size = laco_reader_size(file->reader);
    LACO_TRY(laco_reader_hold(file->reader, &bytes));
    const laco_content *content = laco_content_find(bytes, size);
    if (content)
        return laco_content_refuse(file->ctx, file->name, content, "not a safetensors file");
    if (size > 8 && laco_content_is_text(bytes, size))
        return BAD(file,
                   "%s: is text, not a safetensors file; where a model is asked for, it comes first: laco predict MODEL DATA",
                   file->name);
    return LACO_OK;
}

/* Checks the header's length, by the first bytes; *length is then that of its text. */
static laco_status find_header(laco_tensor_file *file, size_t *length)
{
    unsigned char first[9] = {0};
    size_t size = laco_reader_size(file->reader);
    LACO_TRY(laco_reader_read(file->reader, 0, first, LACO_MIN(size, sizeof first)));
    if (first[8] != '{')
        LACO_TRY(refuse_other(file));
    if (size < 8)
        return BAD(file, "%s: not a safetensors file: %zu bytes, but the first 8 should give the header's length", file->name,
                   size);
    uint64_t said = 0;
    for (int i = 0; i < 8; i++)
        said |= (uint64_t)first[i] << 8 * i;
    if (said > LACO_TENSOR_HEADER_MAX)
        return BAD(file, "%s: not a safetensors file: its first 8 bytes give a header of %" PRIu64 " bytes, the limit is %d",
                   file->name, said, LACO_TENSOR_HEADER_MAX);
    if (said > size - 8)
        return BAD(file, "%s: cut short: a header of %" PRIu64 " bytes, but only %zu bytes follow its length", file->name, said,
                   size - 8);
    if (said == 0 || first[8] != '{')
        return BAD(file, "%s: not a safetensors file: the header (byte 8) does not start with '{'", file->name);
    *length = (size_t)said;
    file->data = 8 + *length;
    file->data_size = size - file->data;
    return LACO_OK;
}

static laco_status parse_text(laco_tensor_file *file, const char *text, size_t length)
{
    if (count_values(text, length) > MAX_VALUES)
        return BAD(file, "%s: the header holds more than %zu values", file->name, MAX_VALUES);
    laco_json_fault fault;
    laco_status status = laco_json_read(file->ctx, text, length, 0, &file->header, &fault);
    if (status == LACO_FORMAT)
        return BAD(file, "%s: the header is not valid JSON: byte %zu: %s", file->name, 8 + fault.byte, fault.why);
    return status == LACO_OK ? status : no_memory(file);
}

static laco_status parse_header(laco_tensor_file *file)
{
    size_t length = 0;
    LACO_TRY(find_header(file, &length));
    char *text = laco_alloc_unset(file->ctx, length);
    laco_status status = text ? laco_reader_read(file->reader, 8, text, length) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = parse_text(file, text, length);
    laco_release(file->ctx, text);
    return status;
}

/* ---- Metadata ---- */

static laco_status read_metadata(laco_tensor_file *file, json_t *object)
{
    if (!json_is_object(object))
        return BAD(file, "%s: " LACO_TENSOR_METADATA " is not a JSON object", file->name);
    file->metadata = laco_alloc(file->ctx, json_object_size(object), sizeof *file->metadata);
    if (!file->metadata)
        return LACO_NO_MEMORY;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            return BAD(file, "%s: " LACO_TENSOR_METADATA ": the value of '%s' is not a string", file->name, laco_show(key).text);
        file->metadata[file->metadata_count++] = (laco_metadata_entry){.key = key, .value = json_string_value(value)};
    }
    return LACO_OK;
}

/* ---- One tensor ---- */

static laco_status read_dtype(laco_tensor_file *file, const json_t *object, laco_tensor_entry *entry)
{
    const char *name = json_string_value(json_object_get(object, "dtype"));
    if (!name)
        return BAD(file, "%s: tensor '%s': 'dtype' is missing or not a string", file->name, laco_show(entry->name).text);
    entry->dtype = laco_dtype_from_name(name);
    if (entry->dtype == LACO_DTYPE_COUNT)
        return BAD(file, "%s: tensor '%s': dtype '%s' is unknown; expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL",
                   file->name, laco_show(entry->name).text, laco_show(name).text);
    return LACO_OK;
}

/* The whole numbers >= 0 of a JSON array, at most `most`, into values; *count: how many. */
static laco_status read_numbers(laco_tensor_file *file, const json_t *object, const char *key, const laco_tensor_entry *entry,
                                size_t most, int64_t *values, size_t *count)
{
    const json_t *array = json_object_get(object, key);
    if (!json_is_array(array))
        return BAD(file, "%s: tensor '%s': '%s' is missing or not an array", file->name, laco_show(entry->name).text, key);
    *count = json_array_size(array);
    if (*count > most)
        return BAD(file, "%s: tensor '%s': '%s' has %zu numbers, at most %zu are allowed", file->name,
                   laco_show(entry->name).text, key, *count, most);
    for (size_t i = 0; i < *count; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return BAD(file, "%s: tensor '%s': '%s' number %zu is not a whole number of 0 or more", file->name,
                       laco_show(entry->name).text, key, i + 1);
        values[i] = json_integer_value(value);
    }
    return LACO_OK;
}

/* Where the tensor's bytes lie: within the data, and as many as its shape takes. */
static laco_status read_place(laco_tensor_file *file, const json_t *object, laco_tensor_entry *entry)
{
    int64_t offsets[2];
    size_t numbers, bytes;
    LACO_TRY(read_numbers(file, object, "data_offsets", entry, 2, offsets, &numbers));
    laco_shown name = laco_show(entry->name);
    if (numbers != 2)
        return BAD(file, "%s: tensor '%s': 'data_offsets' has %zu numbers, expected 2", file->name, name.text, numbers);
    if (offsets[0] > offsets[1])
        return BAD(file, "%s: tensor '%s': data_offsets %s are reversed", file->name, name.text,
                   laco_show_shape(2, offsets).text);
    if ((uint64_t)offsets[1] > file->data_size)
        return BAD(file, "%s: tensor '%s': data_offsets %s reach beyond the %zu bytes of data; is the file cut short?",
                   file->name, name.text, laco_show_shape(2, offsets).text, file->data_size);
    if (!laco_shape_fits(entry->ndim, entry->shape, laco_dtype_size(entry->dtype), &entry->count, &bytes))
        return BAD(file, "%s: tensor '%s': shape %s has more elements than can be addressed", file->name, name.text,
                   laco_show_shape(entry->ndim, entry->shape).text);
    if ((uint64_t)(offsets[1] - offsets[0]) != bytes)
        return BAD(file, "%s: tensor '%s': %s of shape %s takes %zu bytes, but data_offsets %s give %" PRId64, file->name,
                   name.text, laco_dtype_name(entry->dtype), laco_show_shape(entry->ndim, entry->shape).text, bytes,
                   laco_show_shape(2, offsets).text, offsets[1] - offsets[0]);
    entry->place = (size_t)offsets[0];
    return LACO_OK;
}

/* Fields beyond the three are let be, as in the reference implementation. */
static laco_status read_tensor(laco_tensor_file *file, const json_t *object, laco_tensor_entry *entry)
{
    if (!json_is_object(object))
        return BAD(file, "%s: tensor '%s' is not described by a JSON object", file->name, laco_show(entry->name).text);
    size_t ndim;
    LACO_TRY(read_dtype(file, object, entry));
    LACO_TRY(read_numbers(file, object, "shape", entry, LACO_FILE_DIMS, entry->shape, &ndim));
    entry->ndim = (int)ndim;
    return read_place(file, object, entry);
}

/* ---- All tensors ---- */

static size_t entry_size(const laco_tensor_entry *entry) { return entry->count * laco_dtype_size(entry->dtype); }

static int by_place(const void *left, const void *right)
{
    const laco_tensor_entry *a = *(const laco_tensor_entry *const *)left, *b = *(const laco_tensor_entry *const *)right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (entry_size(a) > entry_size(b)) - (entry_size(a) < entry_size(b));
}

static int by_name(const void *left, const void *right)
{
    const laco_tensor_entry *a = *(const laco_tensor_entry *const *)left, *b = *(const laco_tensor_entry *const *)right;
    return strcmp(a->name, b->name);
}

/* The tensors, by place, must follow each other from the data's first byte to its last. */
static laco_status check_cover(laco_tensor_file *file)
{
    size_t reached = 0;
    for (size_t i = 0; i < file->count; i++) {
        const laco_tensor_entry *entry = file->sorted[i];
        size_t begin = entry->place;
        if (begin < reached)
            return BAD(file, "%s: tensors '%s' and '%s' overlap at byte %zu of the data", file->name,
                       laco_show(file->sorted[i - 1]->name).text, laco_show(entry->name).text, begin);
        if (begin > reached)
            return BAD(file, "%s: bytes %zu to %zu of the data, before tensor '%s', belong to no tensor", file->name, reached,
                       begin, laco_show(entry->name).text);
        reached = begin + entry_size(entry);
    }
    if (reached < file->data_size)
        return BAD(file, "%s: bytes %zu to %zu of the data, behind the last tensor, belong to no tensor", file->name, reached,
                   file->data_size);
    return LACO_OK;
}

static laco_status read_tensors(laco_tensor_file *file)
{
    size_t most = json_object_size(file->header);
    file->entries = laco_alloc(file->ctx, most, sizeof *file->entries);
    file->sorted = laco_alloc(file->ctx, most, sizeof *file->sorted);
    if (!file->entries || !file->sorted)
        return LACO_NO_MEMORY;
    const char *name;
    json_t *value;
    json_object_foreach(file->header, name, value)
    {
        if (strcmp(name, LACO_TENSOR_METADATA) == 0) {
            LACO_TRY(read_metadata(file, value));
            continue;
        }
        laco_tensor_entry *entry = &file->entries[file->count];
        entry->name = name;
        LACO_TRY(read_tensor(file, value, entry));
        file->sorted[file->count++] = entry;
    }
    qsort(file->sorted, file->count, sizeof *file->sorted, by_place);
    LACO_TRY(check_cover(file));
    qsort(file->sorted, file->count, sizeof *file->sorted, by_name);
    return LACO_OK;
}

/* ---- The whole file ---- */

/* Takes the reader over, also where this fails. */
static laco_status new_file(laco_context *ctx, laco_reader *reader, laco_tensor_file **out)
{
    laco_tensor_file *file = laco_alloc(ctx, 1, sizeof *file);
    if (!file) {
        laco_reader_free(reader);
        return LACO_NO_MEMORY;
    }
    file->ctx = ctx;
    file->reader = reader;
    file->name = laco_reader_name(reader);
    laco_status status = parse_header(file);
    if (status == LACO_OK)
        status = read_tensors(file);
    if (status == LACO_OK)
        *out = file;
    else
        laco_tensor_file_free(file);
    return status;
}

laco_status laco_tensor_file_open(laco_context *ctx, const char *path, laco_tensor_file **out)
{
    laco_reader *reader;
    LACO_TRY(laco_reader_open(ctx, path, &reader));
    return new_file(ctx, reader, out);
}

laco_status laco_tensor_file_parse(laco_context *ctx, const void *bytes, size_t size, void *given, const char *name,
                                   laco_tensor_file **out)
{
    laco_reader *reader;
    LACO_TRY(laco_reader_of(ctx, name, bytes, size, given, &reader));
    return new_file(ctx, reader, out);
}

void laco_tensor_file_free(laco_tensor_file *file)
{
    if (!file)
        return;
    json_decref(file->header);
    laco_release(file->ctx, file->metadata);
    laco_release(file->ctx, file->sorted);
    laco_release(file->ctx, file->entries);
    laco_release(file->ctx, file->names);
    laco_reader_free(file->reader);
    laco_release(file->ctx, file);
}
