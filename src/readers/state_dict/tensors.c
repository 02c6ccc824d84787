#include "state_dict/tensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MOST_TENSORS ((size_t)1 << 17)
#define MOST_VALUES ((size_t)1 << 20) /* that are looked at: one that is its own part would have no end */
#define DEEPEST 16
#define NAME 512

typedef struct found {
    char *name;
    const laco_pickled_tensor *tensor;
    size_t at; /* in the block */
} found;

/* A storage that some tensor lies in, and where its bytes are. */
typedef struct record {
    const laco_pickled_storage *storage;
    size_t at, size;
} record;

typedef struct search {
    laco_pickle *pickle;
    laco_context *ctx;
    const char *name; /* of the file */
    laco_archive *archive;
    char path[NAME];
    found *found;
    size_t count, room, values;
    record *records;
    size_t record_count, bytes, copies; /* of all records, and of the tensors that do not lie as they are read */
    laco_tensor_entry *entries;
    unsigned char *block;
} search;

#define BAD(s, ...) laco_fail((s)->ctx, LACO_FORMAT, __VA_ARGS__)

/* ---- Finding tensors ---------------------------------------------------------------------------------------------------- */

/* A tensor without elements says nothing. */
static laco_status add(search *s, const laco_pickled_tensor *tensor)
{
    for (int d = 0; d < tensor->ndim; d++)
        if (tensor->shape[d] == 0)
            return LACO_OK;
    if (s->count == MOST_TENSORS)
        return BAD(s, "%s: more than %zu tensors", s->name, MOST_TENSORS);
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        found *grown = laco_resize(s->ctx, s->found, room, sizeof *grown);
        if (!grown)
            return LACO_NO_MEMORY;
        s->found = grown;
        s->room = room;
    }
    char *name = laco_copy_string(s->ctx, s->path);
    if (!name)
        return LACO_NO_MEMORY;
    s->found[s->count++] = (found){name, tensor, 0};
    return LACO_OK;
}

/* Writes a key, or the place in a list, behind the path of `length` bytes; false: it is no key, or has no room. */
static bool extend(search *s, size_t length, const laco_pickled *key, size_t place)
{
    const char *point = length > 0 ? "." : "";
    size_t room = sizeof s->path - length;
    int written = -1;
    if (!key || key->kind == LACO_PICKLED_INTEGER)
        written = snprintf(s->path + length, room, "%s%lld", point, key ? (long long)key->integer : (long long)place);
    else if (key->kind == LACO_PICKLED_TEXT && !memchr(key->text, '\0', key->length) && key->length < room)
        written = snprintf(s->path + length, room, "%s%.*s", point, (int)key->length, key->text);
    return written > 0 && (size_t)written < room;
}

static laco_status walk(search *s, const laco_pickled *value, size_t length, int depth)
{
    bool pairs = value->kind == LACO_PICKLED_DICT;
    if (value->kind == LACO_PICKLED_TENSOR)
        return length > 0 ? add(s, value->tensor) : BAD(s, "%s: a single tensor, not a state_dict", s->name);
    if (!pairs && value->kind != LACO_PICKLED_LIST)
        return LACO_OK;
    if (depth == DEEPEST || s->values > MOST_VALUES)
        return BAD(s, "%s: data.pkl: values within values, more than a state_dict has", s->name);
    for (size_t i = 0; i + pairs < value->list->count; i += 1 + pairs) {
        const laco_pickled *item = &value->list->items[i];
        s->values++;
        if (!extend(s, length, pairs ? item : NULL, i))
            continue;
        LACO_TRY(walk(s, &item[pairs], strlen(s->path), depth + 1));
        s->path[length] = '\0';
    }
    return LACO_OK;
}

/* ---- Their numbers ------------------------------------------------------------------------------------------------------ */

static bool is_same(const laco_pickled_storage *a, const laco_pickled_storage *b)
{
    return a == b || (a->length == b->length && memcmp(a->key, b->key, a->length) == 0 && a->dtype == b->dtype);
}

/* The record of a storage, which is looked up once; tensors of one storage mostly follow each other. */
static laco_status place_storage(search *s, const laco_pickled_storage *storage, size_t *place)
{
    size_t size, said, total;
    for (*place = s->record_count; (*place)-- > 0;)
        if (is_same(s->records[*place].storage, storage))
            return LACO_OK;
    LACO_TRY(laco_archive_size(s->archive, storage->key, storage->length, &size));
    if (!laco_mul_fits((size_t)storage->count, laco_dtype_size(storage->dtype), &said) || said > size)
        return BAD(s, "%s: storage '%.*s' is said to have %" PRId64 " elements of %s, its record has %zu bytes", s->name,
                   (int)LACO_MIN(storage->length, 40), storage->key, storage->count, laco_dtype_name(storage->dtype), size);
    if (!laco_add_fits(s->bytes, (size + 7) & ~(size_t)7, &total))
        return BAD(s, "%s: its storages are longer than can be addressed", s->name);
    *place = s->record_count++;
    s->records[*place] = (record){storage, s->bytes, size};
    s->bytes = total;
    return LACO_OK;
}

/* Whether elements follow each other as they are read; *last: the place of the last one, from the tensor's first. */
static bool lies_in_order(const laco_pickled_tensor *t, int64_t *last, bool *fits)
{
    int64_t expected = 1, step;
    bool order = true;
    *last = 0;
    *fits = true;
    for (int d = t->ndim; d-- > 0;) {
        order = order && (t->stride[d] == expected || t->shape[d] <= 1);
        *fits = *fits && !__builtin_mul_overflow(t->shape[d] - 1, t->stride[d], &step) &&
                !__builtin_add_overflow(*last, step, last) && !__builtin_mul_overflow(expected, t->shape[d], &expected);
    }
    return order;
}

/* The entry of a tensor that lies in record `place`; one whose elements are out of order gets room behind the records. */
static laco_status make_entry(search *s, size_t i, size_t place)
{
    const laco_pickled_tensor *t = s->found[i].tensor;
    laco_tensor_entry *entry = &s->entries[i];
    size_t bytes;
    int64_t last;
    bool fits, order = lies_in_order(t, &last, &fits);
    *entry = (laco_tensor_entry){.name = s->found[i].name, .dtype = t->storage->dtype, .ndim = t->ndim};
    memcpy(entry->shape, t->shape, sizeof entry->shape);
    entry->count = 1;
    for (int d = 0; d < t->ndim && fits; d++)
        fits = laco_mul_fits(entry->count, (size_t)t->shape[d], &entry->count);
    if (!fits || t->offset > t->storage->count || last >= t->storage->count - t->offset ||
        entry->count > (size_t)t->storage->count)
        return BAD(s, "%s: tensor '%.60s' goes beyond its storage of %" PRId64 " elements", s->name, entry->name,
                   t->storage->count);
    bytes = entry->count * laco_dtype_size(entry->dtype);
    s->found[i].at = s->records[place].at + (size_t)t->offset * laco_dtype_size(entry->dtype);
    if (order)
        return LACO_OK;
    s->copies += bytes;
    return s->copies <= s->bytes ? LACO_OK : BAD(s, "%s: more tensors out of order than its storages hold", s->name);
}

/* Elements one by one in the order of the shape. */
static void gather(const laco_pickled_tensor *t, const unsigned char *from, size_t element, size_t count, unsigned char *to)
{
    int64_t index[LACO_FILE_DIMS] = {0}, place = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(to + i * element, from + (size_t)place * element, element);
        for (int d = t->ndim; d-- > 0;) {
            place += t->stride[d];
            if (++index[d] < t->shape[d])
                break;
            place -= t->stride[d] * t->shape[d];
            index[d] = 0;
        }
    }
}

static laco_status read_records(search *s)
{
    s->block = laco_alloc(s->ctx, s->bytes + s->copies, 1);
    if (!s->block)
        return LACO_NO_MEMORY;
    for (size_t r = 0; r < s->record_count; r++)
        LACO_TRY(laco_archive_read(s->archive, s->records[r].storage->key, s->records[r].storage->length,
                                   s->block + s->records[r].at, s->records[r].size));
    size_t copies = s->bytes;
    for (size_t i = 0; i < s->count; i++) {
        laco_tensor_entry *entry = &s->entries[i];
        size_t element = laco_dtype_size(entry->dtype);
        int64_t last;
        bool fits;
        entry->place = s->found[i].at;
        if (lies_in_order(s->found[i].tensor, &last, &fits))
            continue;
        gather(s->found[i].tensor, s->block + entry->place, element, entry->count, s->block + copies);
        entry->place = copies;
        copies += entry->count * element;
    }
    return LACO_OK;
}

static laco_status read_tensors(search *s, const laco_pickled *root)
{
    size_t place;
    LACO_TRY(walk(s, root, 0, 0));
    if (s->count == 0)
        return BAD(s, "%s: no tensors in it", s->name);
    s->entries = laco_alloc(s->ctx, s->count, sizeof *s->entries);
    s->records = laco_alloc(s->ctx, s->count, sizeof *s->records);
    if (!s->entries || !s->records)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < s->count; i++) {
        LACO_TRY(place_storage(s, s->found[i].tensor->storage, &place));
        LACO_TRY(make_entry(s, i, place));
    }
    return read_records(s);
}

laco_status laco_state_dict_tensors(laco_pickle *pickle, const laco_pickled *root, laco_archive *archive, laco_tensor_file **out)
{
    search s = {.pickle = pickle, .ctx = pickle->ctx, .name = pickle->name, .archive = archive};
    laco_status status = read_tensors(&s, root);
    if (status == LACO_OK)
        status = laco_tensor_file_of(s.ctx, s.name, s.entries, s.count, s.block, s.bytes + s.copies, out);
    else
        laco_release(s.ctx, s.block);
    for (size_t i = 0; i < s.count; i++)
        laco_release(s.ctx, s.found[i].name);
    laco_release(s.ctx, s.found);
    laco_release(s.ctx, s.records);
    laco_release(s.ctx, s.entries);
    return status;
}
