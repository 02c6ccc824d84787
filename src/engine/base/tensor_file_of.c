/* Tensor files whose tensors, or whose names, are not those of a safetensors header. */
#include "base/tensor_file_inside.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *left, const void *right)
{
    const laco_tensor_entry *a = *(const laco_tensor_entry *const *)left, *b = *(const laco_tensor_entry *const *)right;
    return strcmp(a->name, b->name);
}

/* What a file is found by: its entries with names of their own, and these in order. */
typedef struct index {
    laco_tensor_entry *entries;
    const laco_tensor_entry **sorted;
    char *names;
    size_t count;
} index;

static void drop(laco_context *ctx, index *made)
{
    laco_release(ctx, (void *)made->sorted);
    laco_release(ctx, made->entries);
    laco_release(ctx, made->names);
}

static laco_status make_room(laco_context *ctx, const char *const *names, size_t count, index *made)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += names[i] ? strlen(names[i]) + 1 : 0;
    made->entries = laco_alloc(ctx, count, sizeof *made->entries);
    made->sorted = laco_alloc(ctx, count, sizeof *made->sorted);
    made->names = laco_alloc(ctx, bytes, 1);
    return made->entries && made->sorted && made->names ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status fill(laco_context *ctx, const char *file, const laco_tensor_entry *entries, const char *const *names,
                        size_t count, index *made)
{
    LACO_TRY(make_room(ctx, names, count, made));
    char *at = made->names;
    for (size_t i = 0; i < count; i++) {
        if (!names[i])
            continue;
        laco_tensor_entry *entry = &made->entries[made->count];
        size_t length = strlen(names[i]) + 1;
        *entry = entries[i];
        entry->name = memcpy(at, names[i], length);
        at += length;
        made->sorted[made->count++] = entry;
    }
    qsort((void *)made->sorted, made->count, sizeof *made->sorted, by_name);
    for (size_t i = 1; i < made->count; i++)
        if (strcmp(made->sorted[i - 1]->name, made->sorted[i]->name) == 0)
            return laco_fail(ctx, LACO_FORMAT, "%s: two tensors are called '%s'", file, laco_show(made->sorted[i]->name).text);
    return LACO_OK;
}

laco_status laco_tensor_file_rename(laco_tensor_file *file, const char *const *names)
{
    laco_context *ctx = file->ctx;
    index made = {0};
    laco_status status = fill(ctx, file->name, file->entries, names, file->count, &made);
    if (status < 0) {
        drop(ctx, &made);
        return status;
    }
    drop(ctx, &(index){file->entries, file->sorted, file->names, 0});
    file->entries = made.entries;
    file->sorted = made.sorted;
    file->names = made.names;
    file->count = made.count;
    return LACO_OK;
}

laco_status laco_tensor_file_of(laco_context *ctx, const char *name, const laco_tensor_entry *entries, size_t count, void *block,
                                size_t size, laco_tensor_file **out)
{
    laco_reader *reader;
    LACO_TRY(laco_reader_of(ctx, name, block, size, block, &reader));
    laco_tensor_file *file = laco_alloc(ctx, 1, sizeof *file);
    const char **names = laco_alloc(ctx, count, sizeof *names);
    index made = {0};
    laco_status status = file && names ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; status == LACO_OK && i < count; i++)
        names[i] = entries[i].name;
    if (status == LACO_OK)
        status = fill(ctx, name, entries, names, count, &made);
    laco_release(ctx, (void *)names);
    if (status < 0) {
        drop(ctx, &made);
        laco_release(ctx, file);
        laco_reader_free(reader);
        return status;
    }
    *file = (laco_tensor_file){.ctx = ctx,
                               .reader = reader,
                               .name = laco_reader_name(reader),
                               .data_size = size,
                               .entries = made.entries,
                               .sorted = made.sorted,
                               .names = made.names,
                               .count = made.count};
    *out = file;
    return LACO_OK;
}
