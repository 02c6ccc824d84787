#include "state_dict/state_dict.h"

#include "base/file.h"
#include "nn/saved.h"
#include "state_dict/tensors.h"

#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------------------------------------ */

static laco_status read_archive(laco_context *ctx, const char *name, const void *bytes, size_t size, laco_tensor_file **out)
{
    laco_archive *archive;
    laco_pickle pickle;
    laco_pickled root;
    char *program;
    size_t length;
    LACO_TRY(laco_archive_open(ctx, name, bytes, size, &archive, &program, &length));
    laco_status status = laco_pickle_read(&pickle, ctx, name, program, length, &root);
    if (status == LACO_OK)
        status = laco_state_dict_tensors(&pickle, &root, archive, out);
    laco_pickle_close(&pickle);
    laco_release(ctx, program);
    laco_archive_close(archive);
    return status;
}

static bool is_bare_pickle(const unsigned char *bytes, size_t size)
{
    bool tensors = size > 8 && bytes[8] == '{'; /* whose length may begin with the same byte */
    return size >= 2 && bytes[0] == 0x80 && bytes[1] <= 5 && !tensors;
}

/* `given`, NULL or where the bytes lie, is taken over, also where this fails. */
static laco_status read_any(laco_context *ctx, const char *name, const void *bytes, size_t size, void *given,
                            laco_tensor_file **out)
{
    laco_status status;
    if (laco_archive_detect(bytes, size))
        status = read_archive(ctx, name, bytes, size, out);
    else if (is_bare_pickle(bytes, size))
        status = laco_fail(ctx, LACO_FORMAT,
                           "%s: a pickle without an archive, as torch.save wrote it before 1.6: torch.save(torch.load(…)) with a "
                           "newer torch makes one that is read",
                           name);
    else
        return laco_tensor_file_parse(ctx, bytes, size, given, name, out);
    laco_release(ctx, given);
    return status;
}

static laco_status new_dict(laco_context *ctx, const char *name, const void *bytes, size_t size, void *given,
                            laco_state_dict **out)
{
    laco_tensor_file *file;
    LACO_TRY(read_any(ctx, name, bytes, size, given, &file));
    laco_state_dict *dict = laco_alloc(ctx, 1, sizeof *dict);
    if (!dict) {
        laco_tensor_file_free(file);
        return LACO_NO_MEMORY;
    }
    dict->ctx = ctx;
    dict->file = file;
    *out = dict;
    return LACO_OK;
}

laco_status laco_state_dict_parse(laco_context *ctx, const char *name, const void *bytes, size_t size, laco_state_dict **out)
{
    if (laco_archive_detect(bytes, size)) /* of which nothing is kept */
        return new_dict(ctx, name, bytes, size, NULL, out);
    void *copy = laco_alloc(ctx, size, 1);
    if (!copy)
        return LACO_NO_MEMORY;
    if (size > 0)
        memcpy(copy, bytes, size);
    return new_dict(ctx, name, copy, size, copy, out);
}

laco_status laco_state_dict_open(laco_context *ctx, const char *path, laco_state_dict **out)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    return new_dict(ctx, laco_file_shown_name(path), bytes, size, bytes, out);
}

void laco_state_dict_free(laco_state_dict *dict)
{
    if (!dict)
        return;
    laco_tensor_file_free(dict->file);
    laco_release(dict->ctx, dict);
}

bool laco_state_dict_at(const laco_state_dict *dict, size_t index, laco_state_tensor *out)
{
    if (index >= laco_tensor_file_count(dict->file))
        return false;
    const laco_tensor_entry *entry = laco_tensor_file_at(dict->file, index);
    *out = (laco_state_tensor){entry->name, laco_dtype_name(entry->dtype), entry->ndim, entry->shape};
    return true;
}

bool laco_state_dict_is_model(const laco_state_dict *dict)
{
    return laco_tensor_file_metadata(dict->file, "laco.format") != NULL;
}

/* ---- Names -------------------------------------------------------------------------------------------------------------- */

/* Where `name` goes on behind the parts `prefix` of `length` bytes: behind the point, or at its end; NULL: it begins otherwise.
 */
static const char *behind(const char *name, const char *prefix, size_t length)
{
    if (length == 0 || strncmp(name, prefix, length) != 0 || (name[length] != '.' && name[length] != '\0'))
        return NULL;
    return name + length + (name[length] == '.');
}

static const char **names_of(const laco_state_dict *dict)
{
    size_t count = laco_tensor_file_count(dict->file);
    const char **names = laco_alloc(dict->ctx, count, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = laco_tensor_file_at(dict->file, i)->name;
    return names;
}

/* What a training leaves beside its model, by the beginning of its first key; and counters of layers that laço does not have. */
static bool is_beside(const laco_tensor_entry *entry)
{
    static const char *const beginnings[] = {"optim",  "lr_sched",  "scheduler",         "callbacks.",
                                             "loops.", "rng_state", "hyper_parameters.", "hparams."};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(entry->name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return entry->ndim == 0 && entry->dtype > LACO_DTYPE_BF16;
}

/* Bytes of the first part of the first name where all have it and more than one part behind it, else 0. */
static size_t common_part(const char *const *names, size_t count)
{
    size_t first = 0, length = 0;
    while (first < count && !names[first])
        first++;
    if (first == count)
        return 0;
    length = strcspn(names[first], ".");
    for (size_t i = first; i < count; i++) {
        const char *rest = names[i] ? behind(names[i], names[first], length) : "a.b";
        if (!rest || !strchr(rest, '.'))
            return 0;
    }
    return length;
}

static laco_status no_such_part(const laco_state_dict *dict, const char *part)
{
    const char *name = laco_tensor_file_at(dict->file, 0)->name;
    return laco_fail(dict->ctx, LACO_INVALID, "%s: no tensor's name begins with '%s'; the first is '%.60s'",
                     laco_tensor_file_name(dict->file), part, name);
}

static laco_status narrow(laco_state_dict *dict, const char *part, const char **names)
{
    size_t count = laco_tensor_file_count(dict->file), kept = 0, length = part ? strlen(part) : 0;
    for (size_t i = 0; i < count; i++) {
        if (part)
            names[i] = behind(names[i], part, length);
        else if (is_beside(laco_tensor_file_at(dict->file, i)))
            names[i] = NULL;
        kept += names[i] && *names[i];
    }
    if (part && kept == 0)
        return no_such_part(dict, part);
    while (!part && (length = common_part(names, count)) > 0)
        for (size_t i = 0; i < count; i++)
            names[i] = names[i] ? names[i] + length + 1 : NULL;
    return laco_tensor_file_rename(dict->file, names);
}

laco_status laco_state_dict_narrow(laco_state_dict *dict, const char *part)
{
    const char **names = names_of(dict);
    laco_status status = names ? narrow(dict, part, names) : LACO_NO_MEMORY;
    laco_release(dict->ctx, (void *)names);
    return status;
}

/* ---- Renaming ----------------------------------------------------------------------------------------------------------- */

/* The next "OLD=NEW" of a list; false: there is none. `from` NULL: it is not of this form. */
typedef struct rename_row {
    const char *from, *to;
    size_t from_length, to_length;
} rename_row;

static bool next_row(const char **at, rename_row *row)
{
    if (**at == '\0')
        return false;
    size_t length = strcspn(*at, ",");
    const char *equals = memchr(*at, '=', length);
    *row = (rename_row){0};
    if (equals && equals > *at)
        *row = (rename_row){*at, equals + 1, (size_t)(equals - *at), (size_t)(*at + length - equals - 1)};
    *at += length + ((*at)[length] == ',');
    return true;
}

static laco_status check_rows(const laco_state_dict *dict, const char *const *names, const char *renames)
{
    rename_row row;
    while (next_row(&renames, &row)) {
        bool fits = false;
        for (size_t i = 0; row.from && i < laco_tensor_file_count(dict->file); i++)
            fits = fits || behind(names[i], row.from, row.from_length);
        if (!row.from)
            return laco_fail(dict->ctx, LACO_INVALID, "other names are given as OLD=NEW,OLD=NEW");
        if (!fits)
            return laco_fail(dict->ctx, LACO_INVALID, "%s: no tensor's name begins with '%.*s'; the first is '%.60s'",
                             laco_tensor_file_name(dict->file), (int)LACO_MIN(row.from_length, 60), row.from, names[0]);
    }
    return LACO_OK;
}

/* A name by the first row that fits it, at `out`; returns its end. Where out is NULL it only counts. */
static size_t apply(const char *name, const char *renames, char *out)
{
    rename_row row;
    while (next_row(&renames, &row)) {
        const char *rest = behind(name, row.from, row.from_length);
        if (!rest)
            continue;
        size_t point = row.to_length > 0 && *rest, length = row.to_length + point + strlen(rest) + 1;
        if (out) {
            memcpy(out, row.to, row.to_length);
            memcpy(out + row.to_length, ".", point);
            memcpy(out + row.to_length + point, rest, strlen(rest) + 1);
        }
        return length;
    }
    if (out)
        memcpy(out, name, strlen(name) + 1);
    return strlen(name) + 1;
}

static laco_status rename_all(laco_state_dict *dict, const char **names, const char *renames)
{
    size_t count = laco_tensor_file_count(dict->file), bytes = 0;
    LACO_TRY(check_rows(dict, names, renames));
    for (size_t i = 0; i < count; i++)
        bytes += apply(names[i], renames, NULL);
    char *text = laco_alloc(dict->ctx, bytes, 1), *at = text;
    if (!text)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t length = apply(names[i], renames, at);
        names[i] = at;
        at += length;
    }
    laco_status status = laco_tensor_file_rename(dict->file, names);
    laco_release(dict->ctx, text);
    return status;
}

laco_status laco_state_dict_rename(laco_state_dict *dict, const char *renames)
{
    const char **names = names_of(dict);
    laco_status status = names ? rename_all(dict, names, renames) : LACO_NO_MEMORY;
    laco_release(dict->ctx, (void *)names);
    return status;
}

/* ---- Into a module ------------------------------------------------------------------------------------------------------ */

laco_status laco_state_dict_load(laco_state_dict *dict, laco_module *module)
{
    LACO_TRY(laco_check_writable(module->ctx, module));
    LACO_TRY(laco_saved_read(module->ctx, dict->file, laco_module_walk, module, NULL));
    for (size_t i = 0; i < module->count; i++)
        laco_param_changed(module->param[i]);
    return LACO_OK;
}
