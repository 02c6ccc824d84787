#include "fuzz.h"

#include "change.h"

#include <math.h>

/* What of a file a change is about: the lower bits of its first byte; the upper ones say which entry of the metadata. */
enum { SCALAR, BYTE, FOREIGN, SHAPE, NO_ENTRY, NO_TENSOR, NUMBER, SIZE, KINDS };

typedef struct change {
    unsigned kind, entry;
    size_t place;
    unsigned what;
} change;

static change change_at(const uint8_t *changes, size_t i)
{
    const uint8_t *at = changes + 4 * i;
    return (change){at[0] % KINDS, at[0] / KINDS, at[1] | (size_t)at[2] << 8, at[3]};
}

/* ---- Metadata ---------------------------------------------------------------------------------------------------------------
 */

static const char *const others[] = {
    "0",    "1",    "-1",   "2",   "3",    "7",     "255", "65536", "1048576", "2147483647", "2147483648", "9223372036854775807",
    "null", "true", "1e30", "0.5", "\"\"", "\"a\"", "[]",  "{}",    "[0]",     "[1,2,3]",    "\"none\"",   "\"\\u0000\""};
#define OTHERS (sizeof others / sizeof *others)

/* The value that begins at the `place`-th scalar of some JSON text: its first and last byte. */
static bool find_scalar(const char *text, size_t place, size_t *begin, size_t *end)
{
    for (size_t i = 0; text[i];) {
        size_t from = i;
        if (strchr(" ,:[]{}", text[i])) {
            i++;
            continue;
        }
        if (text[i] == '"') {
            for (i++; text[i] && text[i] != '"'; i++)
                i += text[i] == '\\' && text[i + 1];
            i += text[i] == '"';
        } else {
            i += strcspn(text + i, ",:[]{} ");
        }
        if (place-- == 0) {
            *begin = from;
            *end = i;
            return true;
        }
    }
    return false;
}

static char *with_scalar(const char *text, size_t place, unsigned what)
{
    size_t length = strlen(text), begin = length, end = length;
    char *copy = calloc(length + 64, 1);
    require(copy != NULL);
    memcpy(copy, text, length);
    if (find_scalar(text, place, &begin, &end))
        snprintf(copy + begin, length + 64 - begin, "%s%s", others[what % OTHERS], text + end);
    return copy;
}

/* The text after one change, in the place of `text`, which is freed. */
static char *changed_text(char *text, const char *key, const change *c, laco_tensor_file *const *files, size_t file_count)
{
    const char *foreign = c->kind == FOREIGN ? laco_tensor_file_metadata(files[c->place % file_count], key) : NULL;
    char *next = c->kind == SCALAR ? with_scalar(text, c->place, c->what) : strdup(foreign ? foreign : text);
    require(next != NULL);
    if (c->kind == BYTE && *next)
        next[c->place % strlen(next)] = (char)(c->what ? c->what : '"');
    free(text);
    return next;
}

static void write_metadata(laco_tensor_file *const *files, size_t file_count, size_t which, laco_tensor_writer *writer,
                           const uint8_t *changes, size_t count)
{
    size_t entries = laco_tensor_file_metadata_count(files[which]);
    for (size_t i = 0; i < entries; i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(files[which], i);
        char *value = strdup(entry->value);
        bool left_out = false;
        for (size_t k = 0; k < count; k++) {
            change c = change_at(changes, k);
            if (c.entry % entries != i)
                continue;
            value = changed_text(value, entry->key, &c, files, file_count);
            left_out |= c.kind == NO_ENTRY;
        }
        if (!left_out && laco_tensor_writer_metadata(writer, entry->key, value) < 0) /* not UTF-8: a file cannot hold it */
            require(laco_tensor_writer_metadata(writer, entry->key, entry->value) == LACO_OK);
        free(value);
    }
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------------------
 */

typedef struct tensor {
    laco_dtype dtype;
    int ndim;
    int64_t shape[LACO_FILE_DIMS];
    unsigned char *bytes;
    bool left_out;
} tensor;

static size_t elements(const tensor *t)
{
    size_t count = 1;
    for (int d = 0; d < t->ndim; d++)
        count *= (size_t)t->shape[d];
    return count;
}

/* Another shape, of as many bytes or fewer. */
static void reshape(tensor *t, unsigned what)
{
    int64_t first = t->shape[0];
    if (what % 5 == 0 && t->ndim == 2) {
        t->shape[0] = t->shape[1];
        t->shape[1] = first;
    } else if (what % 5 == 1 && t->ndim > 0) {
        t->shape[0] = first > 1 ? first - 1 : first;
    } else if (what % 5 == 2 && t->ndim == 2) {
        t->shape[0] *= t->shape[1];
        t->ndim = 1;
    } else {
        t->dtype = what % 5 == 3 ? LACO_DTYPE_I8 : laco_dtype_size(t->dtype) >= 2 ? LACO_DTYPE_BF16 : t->dtype;
    }
}

/* A dimension becomes up to 127 long; the numbers are repeated. */
static void resize(laco_context *ctx, tensor *t, unsigned what)
{
    size_t width = laco_dtype_size(t->dtype), before = elements(t) * width;
    if (t->ndim == 0)
        return;
    t->shape[what % 2 && t->ndim > 1] = what / 2;
    size_t after = elements(t) * width;
    unsigned char *bytes = laco_alloc(ctx, after + 1, 1);
    require(bytes != NULL);
    for (size_t i = 0; i < after && before > 0; i++)
        bytes[i] = t->bytes[i % before];
    laco_release(ctx, t->bytes);
    t->bytes = bytes;
}

static void change_number(tensor *t, size_t place, unsigned what)
{
    static const float numbers[] = {0, -0.0F, 1, -1, NAN, INFINITY, -INFINITY, 1e30F, -1e30F, 1e-40F, 3e38F, 128, 1e9F};
    size_t count = elements(t), width = laco_dtype_size(t->dtype);
    if (count == 0)
        return;
    if (t->dtype == LACO_DTYPE_F32)
        memcpy(t->bytes + place % count * width, &numbers[what % (sizeof numbers / sizeof *numbers)], width);
    else
        memset(t->bytes + place % count * width, (int)what, width);
}

static void change_tensor(laco_context *ctx, tensor *t, const change *c)
{
    if (c->kind == SHAPE)
        reshape(t, c->what);
    else if (c->kind == SIZE)
        resize(ctx, t, c->what);
    else if (c->kind == NUMBER)
        change_number(t, c->place >> 8 | c->entry << 8, c->what);
    else if (c->kind == NO_TENSOR)
        t->left_out = true;
}

static void write_tensors(laco_context *ctx, const laco_tensor_file *file, laco_tensor_writer *writer, const uint8_t *changes,
                          size_t count)
{
    size_t tensors = laco_tensor_file_count(file);
    for (size_t i = 0; i < tensors; i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        size_t size = entry->count * laco_dtype_size(entry->dtype);
        tensor t = {.dtype = entry->dtype, .ndim = entry->ndim, .bytes = laco_alloc(ctx, size + 1, 1)};
        require(t.bytes != NULL);
        require(laco_tensor_file_bytes(file, entry, 0, entry->count, t.bytes) == LACO_OK);
        memcpy(t.shape, entry->shape, sizeof t.shape);
        for (size_t k = 0; k < count; k++) {
            change c = change_at(changes, k);
            if ((c.place & 255) % tensors == i)
                change_tensor(ctx, &t, &c);
        }
        if (t.left_out)
            laco_release(ctx, t.bytes);
        else
            require(laco_tensor_writer_give(writer, entry->name, t.dtype, t.ndim, t.shape, t.bytes) == LACO_OK);
    }
}

char *fuzz_change(laco_context *ctx, laco_tensor_file *const *files, size_t file_count, size_t which, const uint8_t *changes,
                  size_t change_count, size_t *size)
{
    laco_tensor_writer *writer;
    char *bytes = NULL;
    require(laco_tensor_writer_new(ctx, &writer) == LACO_OK);
    write_metadata(files, file_count, which, writer, changes, change_count);
    write_tensors(ctx, files[which], writer, changes, change_count);
    if (laco_tensor_writer_serialise(writer, &bytes, size) < 0)
        bytes = NULL;
    laco_tensor_writer_free(writer);
    return bytes;
}
