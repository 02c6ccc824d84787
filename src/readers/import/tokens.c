/* Tokens in the order that laço needs, and tensors that were not in the checkpoint as the task has them. */
#include "import/import.h"

#include "base/tensor_file_inside.h"
#include "model/ensemble.h"
#include "nn/saved.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN "<unk>"

/* ---- Lists -------------------------------------------------------------------------------------------------------------- */

laco_status laco_import_put(laco_import *job, const char *key, json_t *value)
{
    if (value && json_object_set_new(job->metadata, key, value) == 0)
        return LACO_OK;
    return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the metadata");
}

static laco_status give(const laco_import *job, json_t *list, bool whole, json_t **out)
{
    if (!list || !whole) {
        json_decref(list);
        return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the metadata, or text that is not UTF-8");
    }
    *out = list;
    return LACO_OK;
}

laco_status laco_import_labels(const laco_import *job, const char *what, int64_t count, json_t **out)
{
    const laco_import_options *o = job->options;
    char number[24];
    if (o->label_count > 0 && o->label_count != count)
        return laco_fail(job->ctx, LACO_FORMAT, "%s: the network has %lld %s, and %lld names were given",
                         laco_tensor_file_name(job->dict->file), (long long)count, what, (long long)o->label_count);
    json_t *list = json_array();
    bool whole = list != NULL;
    for (int64_t k = 0; k < count && whole; k++) {
        snprintf(number, sizeof number, "%lld", (long long)k);
        whole = json_array_append_new(list, json_string(o->label_count > 0 ? o->labels[k] : number)) == 0;
    }
    return give(job, list, whole, out);
}

laco_status laco_import_numbers(const laco_import *job, const double *list, int64_t count, double usual, bool inverse,
                                json_t **out)
{
    json_t *array = json_array();
    bool whole = array != NULL;
    if (list && job->options->number_count != count) {
        json_decref(array);
        return laco_fail(job->ctx, LACO_FORMAT, "%s: the network reads %lld numbers, and %lld means were given",
                         laco_tensor_file_name(job->dict->file), (long long)count, (long long)job->options->number_count);
    }
    for (int64_t i = 0; i < count && whole; i++) {
        double number = list ? list[i] : usual;
        whole = json_array_append_new(array, json_real(inverse ? 1 / number : number)) == 0;
    }
    return give(job, array, whole, out);
}

/* ---- Tokens -------------------------------------------------------------------------------------------------------------- */

/* The place of the token that stands for all that have no id; -1: there is none. */
static int64_t find_unknown(const char *const *tokens, int64_t count, bool edge)
{
    static const char *const names[] = {UNKNOWN, "<UNK>", "[UNK]", "<blank>", "<edge>", "<eos>"};
    for (size_t n = 0; n < (edge ? 6 : 3); n++)
        for (int64_t i = 0; i < count; i++)
            if (strcmp(tokens[i], names[n]) == 0)
                return i;
    return -1;
}

static bool add_token(laco_import_tokens *out, const char *name, int64_t from)
{
    out->changed = out->changed || from != out->count;
    out->from[out->count++] = from;
    return json_array_append_new(out->names, json_string(name)) == 0;
}

laco_status laco_import_order(const laco_import *job, const char *what, const char *const *tokens, int64_t count, int64_t rows,
                              bool edge, laco_import_tokens *out)
{
    int64_t unknown = find_unknown(tokens, count, edge), beside = rows - count; /* 1: id 0 is not among the tokens */
    *out = (laco_import_tokens){.rows = rows};
    if (count < 1)
        return laco_fail(job->ctx, LACO_INVALID, "the network has %lld %s, whose names are needed: --vocabulary FILE%s",
                         (long long)rows, what, strcmp(what, "sources") == 0 ? " and --sources FILE" : "");
    if (beside != 0 && (beside != 1 || unknown >= 0))
        return laco_fail(job->ctx, LACO_FORMAT, "%s: the network has %lld %s; the file of names has %lld",
                         laco_tensor_file_name(job->dict->file), (long long)rows, what, (long long)count);
    out->from = laco_alloc(job->ctx, (size_t)count + 1, sizeof *out->from);
    out->names = json_array();
    bool whole = out->from && out->names;
    whole = whole && add_token(out, UNKNOWN, beside == 1 ? 0 : unknown);
    for (int64_t i = 0; i < count && whole; i++)
        whole = i == unknown || add_token(out, tokens[i], i + beside);
    return whole ? LACO_OK
                 : laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the vocabulary, or a token that is not UTF-8");
}

void laco_import_tokens_free(const laco_import *job, laco_import_tokens *tokens)
{
    laco_release(job->ctx, tokens->from);
    json_decref(tokens->names);
    *tokens = (laco_import_tokens){0};
}

/* ---- Tensors that are made anew ----------------------------------------------------------------------------------------- */

/* Tensors in the place of others or beside them, F32. */
typedef struct remade {
    laco_import *job;
    laco_tensor_entry *entries; /* [count] all of the dictionary, and what comes new */
    size_t count, used;
    unsigned char *block; /* the numbers of those that are new, used bytes so far: their places begin behind the old data */
} remade;

static laco_status begin(laco_import *job, size_t fresh, size_t elements, remade *out)
{
    const laco_tensor_file *file = job->dict->file;
    size_t bytes;
    *out = (remade){.job = job, .count = laco_tensor_file_count(file)};
    if (!laco_mul_fits(elements, sizeof(float), &bytes))
        return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for %zu elements", elements);
    out->entries = laco_alloc(job->ctx, out->count + fresh, sizeof *out->entries);
    out->block = laco_alloc(job->ctx, bytes, 1);
    for (size_t i = 0; out->entries && i < out->count; i++)
        out->entries[i] = *laco_tensor_file_at(file, i);
    return out->entries && out->block ? LACO_OK : LACO_NO_MEMORY;
}

static void put_number(remade *r, laco_real value)
{
    float number = (float)value;
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    for (int i = 0; i < 4; i++)
        r->block[r->used++] = (unsigned char)(bits >> 8 * i);
}

static size_t here(const remade *r) { return r->job->dict->file->data_size + r->used; }

/* The numbers of entry i, old or new, to `to`. */
static laco_status copy_entry(const remade *r, size_t i, unsigned char *to)
{
    const laco_tensor_file *old = r->job->dict->file;
    const laco_tensor_entry *entry = &r->entries[i];
    if (entry->place < old->data_size)
        return laco_tensor_file_bytes(old, entry, 0, entry->count, to);
    memcpy(to, r->block + (entry->place - old->data_size), entry->count * laco_dtype_size(entry->dtype));
    return LACO_OK;
}

/* Copies all numbers and becomes the dictionary's file. */
static laco_status end(remade *r, laco_status status)
{
    laco_import *job = r->job;
    laco_tensor_file *old = job->dict->file, *file = NULL;
    size_t kept = 0;
    unsigned char *block = NULL;
    for (size_t i = 0; status == LACO_OK && i < r->count; i++)
        kept += r->entries[i].count * laco_dtype_size(r->entries[i].dtype);
    if (status == LACO_OK && !(block = laco_alloc(job->ctx, kept, 1)))
        status = LACO_NO_MEMORY;
    for (size_t i = 0, at = 0; status == LACO_OK && i < r->count; i++) {
        status = copy_entry(r, i, block + at);
        r->entries[i].place = at;
        at += r->entries[i].count * laco_dtype_size(r->entries[i].dtype);
    }
    if (status == LACO_OK)
        status = laco_tensor_file_of(job->ctx, laco_tensor_file_name(old), r->entries, r->count, block, kept, &file);
    else
        laco_release(job->ctx, block);
    laco_release(job->ctx, r->entries);
    laco_release(job->ctx, r->block);
    if (status == LACO_OK) {
        laco_tensor_file_free(old);
        job->dict->file = file;
    }
    return status;
}

/* One tensor with its rows, or columns, in another order. */
static laco_status reorder(remade *r, const laco_import_tokens *tokens, const laco_import_rows *rows)
{
    laco_context *ctx = r->job->ctx;
    laco_tensor_entry *entry = NULL;
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->entries[i].name, rows->tensor) == 0)
            entry = &r->entries[i];
    if (!entry)
        return laco_fail(ctx, LACO_FORMAT, "%s: there is no '%s'", laco_tensor_file_name(r->job->dict->file), rows->tensor);
    if (entry->ndim < 1 + rows->columns || entry->ndim > 2 || entry->shape[rows->columns] != tokens->rows)
        return laco_fail(ctx, LACO_FORMAT, "%s: '%s' is %s; the vocabulary has %lld tokens there",
                         laco_tensor_file_name(r->job->dict->file), entry->name, laco_show_shape(entry->ndim, entry->shape).text,
                         (long long)tokens->rows);
    int64_t outer = entry->shape[0], inner = entry->ndim == 2 ? entry->shape[1] : 1,
            count = rows->columns ? outer : tokens->count, width = rows->columns ? tokens->count : inner;
    laco_real *numbers = laco_alloc(ctx, entry->count, sizeof *numbers);
    if (!numbers)
        return LACO_NO_MEMORY;
    laco_status status = laco_tensor_file_read_real(r->job->dict->file, entry->name, entry->ndim, entry->shape, numbers);
    entry->place = here(r);
    for (int64_t i = 0; status == LACO_OK && i < count; i++)
        for (int64_t j = 0; j < width; j++) {
            int64_t from = tokens->from[rows->columns ? j : i];
            put_number(r, from < 0 ? rows->fresh : numbers[rows->columns ? i * inner + from : from * inner + j]);
        }
    entry->dtype = LACO_DTYPE_F32;
    entry->shape[rows->columns] = tokens->count;
    entry->count = (size_t)(count * width);
    laco_release(ctx, numbers);
    return status;
}

static laco_status arrange(laco_import *job, const laco_import_tokens *tokens, const laco_import_rows *rows, size_t count)
{
    remade r;
    size_t elements = 0;
    for (size_t i = 0; i < count; i++) {
        const laco_tensor_entry *entry = laco_import_find(job, rows[i].tensor);
        elements += entry ? entry->count + (size_t)(entry->ndim == 2 ? entry->shape[!rows[i].columns] : 1) : 0;
    }
    laco_status status = begin(job, 0, elements, &r);
    for (size_t i = 0; status == LACO_OK && i < count; i++)
        if (laco_import_find(job, rows[i].tensor))
            status = reorder(&r, tokens, &rows[i]);
    return end(&r, status);
}

laco_status laco_import_arrange(laco_import *job, const laco_import_tokens *tokens, const laco_import_rows *rows, size_t count,
                                int64_t members)
{
    for (int64_t m = 0; tokens->changed && m < members; m++) {
        laco_member_text names[LACO_IMPORT_ROWS];
        laco_import_rows own[LACO_IMPORT_ROWS];
        for (size_t i = 0; i < count; i++) {
            names[i] = laco_member_name(m, rows[i].tensor);
            own[i] = (laco_import_rows){names[i].text, rows[i].columns, rows[i].fresh};
        }
        LACO_TRY(arrange(job, tokens, own, count));
    }
    return LACO_OK;
}

laco_status laco_import_forget(laco_import *job, const char *name)
{
    laco_tensor_file *file = job->dict->file;
    size_t count = laco_tensor_file_count(file);
    const char **names = laco_alloc(job->ctx, count, sizeof *names);
    for (size_t i = 0; names && i < count; i++) {
        const char *own = laco_tensor_file_at(file, i)->name;
        names[i] = strcmp(own, name) == 0 ? NULL : own;
    }
    laco_status status = names ? laco_tensor_file_rename(file, names) : LACO_NO_MEMORY;
    laco_release(job->ctx, (void *)names);
    return status;
}

/* ---- Biases ------------------------------------------------------------------------------------------------------------- */

/* Whether recurrent layers PREFIX.… have a bias in their first layer. */
static bool has_bias(const laco_import *job, const char *prefix, size_t length)
{
    char name[220];
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%.*sbias_%s_l0", (int)LACO_MIN(length, 200), prefix, i ? "hh" : "ih");
        if (laco_import_find(job, name))
            return true;
    }
    return false;
}

/* Whether a name, also of a member of an ensemble, is that of a linear map's weight. */
static bool is_linear(const char *name)
{
    static const char *const names[] = {"linear.weight", "ctc.weight", "decoder.output.weight", "decoder.combine.weight"};
    const char *point = strncmp(name, "member_", 7) == 0 ? strchr(name, '.') : NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(point ? point + 1 : name, names[i]) == 0)
            return true;
    return false;
}

/* NAME.weight… of which NAME.bias… is wanted, as no layer beside it has one; false: none is. */
static bool bias_of(const laco_import *job, const laco_tensor_entry *weight, char *out, size_t room)
{
    const char *point = strrchr(weight->name, '.'), *last = point ? point + 1 : weight->name;
    size_t length = (size_t)(last - weight->name);
    bool recurrent = strncmp(last, "weight_ih", 9) == 0 || strncmp(last, "weight_hh", 9) == 0;
    bool linear = is_linear(weight->name);
    if (weight->ndim != 2 || (!recurrent && !linear) || strlen(weight->name) >= room)
        return false;
    snprintf(out, room, "%.*sbias%s", (int)length, weight->name, last + strlen("weight"));
    return !laco_import_find(job, out) && (linear || !has_bias(job, weight->name, length));
}

laco_status laco_import_complete(laco_import *job)
{
    const laco_tensor_file *file = job->dict->file;
    size_t count = laco_tensor_file_count(file), fresh = 0, elements = 0;
    char(*names)[200] = laco_alloc(job->ctx, count, sizeof *names);
    remade r;
    if (!names)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (bias_of(job, laco_tensor_file_at(file, i), names[fresh], sizeof *names)) {
            elements += (size_t)laco_tensor_file_at(file, i)->shape[0];
            fresh++;
        }
    laco_status status = fresh > 0 ? begin(job, fresh, elements, &r) : LACO_OK;
    for (size_t i = 0, f = 0; status == LACO_OK && f < fresh; i++) {
        const laco_tensor_entry *weight = laco_tensor_file_at(file, i);
        char name[200];
        if (!bias_of(job, weight, name, sizeof name))
            continue;
        r.entries[r.count++] =
            (laco_tensor_entry){names[f++], LACO_DTYPE_F32, 1, {weight->shape[0]}, here(&r), (size_t)weight->shape[0]};
        for (int64_t k = 0; k < weight->shape[0]; k++)
            put_number(&r, 0);
    }
    if (fresh > 0)
        status = end(&r, status);
    laco_release(job->ctx, names);
    return status;
}
