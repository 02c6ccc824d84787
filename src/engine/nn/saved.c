#include "nn/saved.h"

#include "base/tensor_file_inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REAL_DTYPE (sizeof(laco_real) == sizeof(double) ? LACO_DTYPE_F64 : LACO_DTYPE_F32)

static laco_dtype dtype_of(laco_saved_kind kind)
{
    if (kind == LACO_SAVED_COUNT)
        return LACO_DTYPE_I64;
    return kind == LACO_SAVED_DOUBLE || kind == LACO_SAVED_FIXED ? LACO_DTYPE_F64 : REAL_DTYPE;
}

laco_status laco_module_walk(void *owner, laco_saved_visit visit, void *user)
{
    laco_module *module = owner;
    LACO_TRY(laco_check_whole(module->ctx, module));
    for (size_t i = 0; i < module->count; i++) {
        laco_param *param = module->param[i];
        laco_saved saved = {LACO_SAVED_WEIGHT, param->name, param->ndim, param->shape, param->value};
        LACO_TRY(visit(user, &saved));
    }
    return LACO_OK;
}

typedef struct saving {
    laco_context *ctx;
    laco_tensor_writer *writer;
} saving;

/* A single number may be gone when the file is written: the writer gets a copy. */
static laco_status write_one(void *user, const laco_saved *saved)
{
    const saving *s = user;
    if (saved->kind == LACO_SAVED_WEIGHT || saved->kind == LACO_SAVED_BUFFER)
        return laco_tensor_writer_add(s->writer, saved->name, dtype_of(saved->kind), saved->ndim, saved->shape, saved->data);
    void *copy = laco_alloc(s->ctx, 1, sizeof(int64_t));
    if (!copy)
        return LACO_NO_MEMORY;
    memcpy(copy, saved->data, sizeof(int64_t)); /* or a double, as long */
    return laco_tensor_writer_give(s->writer, saved->name, dtype_of(saved->kind), saved->ndim, saved->shape, copy);
}

laco_status laco_saved_write(laco_context *ctx, laco_tensor_writer *writer, laco_saved_walk walk, void *owner)
{
    return walk(owner, write_one, &(saving){ctx, writer});
}

/* ---- Does the file fit? ---- */

typedef struct fit {
    laco_context *ctx;
    const laco_tensor_file *file;
    bool *used;         /* [tensors of the file] */
    laco_real *scratch; /* room for the largest tensor that is read */
    char text[300];     /* what does not fit, as far as there is room */
    int named, more;
} fit;

/* Adds one complaint to the line, or counts it where there is no room. */
static void complain(fit *f, const char *complaint)
{
    size_t used = strlen(f->text);
    int needed = snprintf(f->text + used, sizeof f->text - used, "%s%s", f->named > 0 ? "; " : "", complaint);
    if ((size_t)needed < sizeof f->text - used) {
        f->named++;
        return;
    }
    f->text[used] = '\0';
    f->more++;
}

static bool same_shape(const laco_tensor_entry *entry, const laco_saved *saved)
{
    return entry->ndim == saved->ndim &&
           (saved->ndim == 0 || memcmp(entry->shape, saved->shape, (size_t)saved->ndim * sizeof *saved->shape) == 0);
}

static bool readable(const laco_tensor_entry *entry, laco_saved_kind kind)
{
    bool real = kind == LACO_SAVED_WEIGHT || kind == LACO_SAVED_BUFFER;
    return real ? entry->dtype <= LACO_DTYPE_BF16 : entry->dtype == dtype_of(kind);
}

/* The numbers of a tensor whose shape and type are right, into `out`. */
static laco_status read_into(const laco_tensor_file *file, const laco_saved *saved, void *out)
{
    switch (saved->kind) {
    case LACO_SAVED_WEIGHT:
        return laco_tensor_file_read_finite(file, saved->name, saved->ndim, saved->shape, out);
    case LACO_SAVED_BUFFER:
        return laco_tensor_file_read_real(file, saved->name, saved->ndim, saved->shape, out);
    case LACO_SAVED_COUNT:
        return laco_tensor_file_read_int(file, saved->name, saved->ndim, saved->shape, out);
    default:
        return laco_tensor_file_read_double(file, saved->name, saved->ndim, saved->shape, out);
    }
}

/* What a single number of the file has to be; `text` stays as it is where it is that. */
static void check_number(const fit *f, const laco_saved *saved, char *text, size_t size)
{
    int64_t count = 0;
    double number = 0;
    if (read_into(f->file, saved, saved->kind == LACO_SAVED_COUNT ? (void *)&count : (void *)&number) < 0)
        return;
    if (count < 0 || !isfinite(number))
        snprintf(text, size, "'%s' cannot be %g", saved->name, saved->kind == LACO_SAVED_COUNT ? (double)count : number);
    else if (saved->kind == LACO_SAVED_FIXED && number != *(const double *)saved->data)
        snprintf(text, size, "'%s' is %g there and %g here", saved->name, number, *(const double *)saved->data);
}

static laco_status check_one(void *user, const laco_saved *saved)
{
    fit *f = user;
    char text[640] = "";
    const laco_tensor_entry *entry = laco_tensor_file_find(f->file, saved->name);
    const laco_shown name = laco_show(saved->name);
    const laco_shape_text here = laco_show_shape(saved->ndim, saved->shape);
    if (entry)
        f->used[entry - laco_tensor_file_at(f->file, 0)] = true;
    if (!entry)
        snprintf(text, sizeof text, "'%s' %s is missing", name.text, here.text);
    else if (!same_shape(entry, saved))
        snprintf(text, sizeof text, "'%s' is %s there and %s here", name.text, laco_show_shape(entry->ndim, entry->shape).text,
                 here.text);
    else if (!readable(entry, saved->kind))
        snprintf(text, sizeof text, "'%s' is of type %s there", name.text, laco_dtype_name(entry->dtype));
    else if (saved->kind == LACO_SAVED_WEIGHT)
        return read_into(f->file, saved, f->scratch);
    else if (saved->kind != LACO_SAVED_BUFFER)
        check_number(f, saved, text, sizeof text);
    if (text[0])
        complain(f, text);
    return LACO_OK;
}

static void check_left_over(fit *f, const char *ignored)
{
    char text[400];
    for (size_t i = 0; i < laco_tensor_file_count(f->file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(f->file, i);
        if (f->used[i] || (ignored && strncmp(entry->name, ignored, strlen(ignored)) == 0))
            continue;
        snprintf(text, sizeof text, "'%s' %s is left over", laco_show(entry->name).text,
                 laco_show_shape(entry->ndim, entry->shape).text);
        complain(f, text);
    }
}

static laco_status check_fit(fit *f, laco_saved_walk walk, void *owner, const char *ignored)
{
    LACO_TRY(walk(owner, check_one, f));
    check_left_over(f, ignored);
    if (f->named + f->more == 0)
        return LACO_OK;
    char more[32] = "";
    if (f->more > 0)
        snprintf(more, sizeof more, "; and %d more", f->more);
    return laco_fail(f->ctx, LACO_FORMAT, "%s: does not fit: %s%s", laco_tensor_file_name(f->file), f->text, more);
}

static laco_status count_one(void *user, const laco_saved *saved)
{
    int64_t count = 1, *largest = user;
    for (int d = 0; d < saved->ndim; d++)
        count *= saved->shape[d];
    *largest = LACO_MAX(*largest, count);
    return LACO_OK;
}

static laco_status read_one(void *user, const laco_saved *saved)
{
    return saved->kind == LACO_SAVED_FIXED ? LACO_OK : read_into(user, saved, saved->data);
}

laco_status laco_saved_read(laco_context *ctx, const laco_tensor_file *file, laco_saved_walk walk, void *owner,
                            const char *ignored)
{
    int64_t largest = 1;
    LACO_TRY(walk(owner, count_one, &largest));
    fit f = {.ctx = ctx, .file = file};
    f.used = laco_alloc(ctx, laco_tensor_file_count(file), sizeof *f.used);
    f.scratch = laco_alloc(ctx, (size_t)largest, sizeof *f.scratch);
    laco_status status = f.used && f.scratch ? check_fit(&f, walk, owner, ignored) : LACO_NO_MEMORY;
    laco_release(ctx, f.scratch);
    laco_release(ctx, f.used);
    return status < 0 ? status : walk(owner, read_one, (void *)(uintptr_t)file);
}

/* ---- A module ---- */

laco_status laco_module_save(laco_module *module, const char *path)
{
    laco_tensor_writer *writer;
    LACO_TRY(laco_tensor_writer_new(module->ctx, &writer));
    laco_status status = laco_saved_write(module->ctx, writer, laco_module_walk, module);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, path);
    laco_tensor_writer_free(writer);
    return status;
}

laco_status laco_module_load(laco_module *module, const char *path)
{
    laco_tensor_file *file;
    LACO_TRY(laco_check_writable(module->ctx, module));
    LACO_TRY(laco_tensor_file_open(module->ctx, path, &file));
    const char *ignored = laco_tensor_file_metadata(file, LACO_SAVED_OPTIMISER_KEY) ? LACO_SAVED_OPTIMISER : NULL;
    laco_status status = laco_tensor_file_hold(file);
    if (status == LACO_OK)
        status = laco_saved_read(module->ctx, file, laco_module_walk, module, ignored);
    laco_tensor_file_free(file);
    for (size_t i = 0; status == LACO_OK && i < module->count; i++)
        laco_param_changed(module->param[i]);
    return status;
}
