/* What shapes say about a network. */
#include "import/import.h"

#include "base/tensor_file_inside.h"
#include "model/ensemble.h"

#include <stdio.h>
#include <string.h>

const laco_tensor_entry *laco_import_find(const laco_import *job, const char *name)
{
    return laco_tensor_file_find(job->dict->file, name);
}

/* "'lstm.weight_ih_l0' [400, 10], …", as many as there is room for. */
static void list_tensors(const laco_import *job, char *out, size_t room)
{
    size_t used = 0, count = laco_tensor_file_count(job->dict->file);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(job->dict->file, i);
        int written = snprintf(out + used, room - used, "%s'%s' %s", i > 0 ? ", " : "", laco_show(entry->name).text,
                               laco_show_shape(entry->ndim, entry->shape).text);
        if ((size_t)written >= room - used) {
            snprintf(out + used, room - used, " …");
            return;
        }
        used += (size_t)written;
    }
}

static laco_status missing(const laco_import *job, const char *name)
{
    char there[260];
    list_tensors(job, there, sizeof there);
    return laco_fail(job->ctx, LACO_FORMAT,
                     "%s: '%s' is missing, which task %s needs; there are %s; --rename OLD=NEW says what is it",
                     laco_tensor_file_name(job->dict->file), name, job->options->task, there);
}

laco_status laco_import_matrix(const laco_import *job, const char *name, int64_t *rows, int64_t *columns)
{
    const laco_tensor_entry *entry = laco_import_find(job, name);
    if (!entry)
        return missing(job, name);
    if (entry->ndim != 2)
        return laco_fail(job->ctx, LACO_FORMAT, "%s: '%s' is %s; a matrix is right", laco_tensor_file_name(job->dict->file), name,
                         laco_show_shape(entry->ndim, entry->shape).text);
    *rows = entry->shape[0];
    *columns = entry->shape[1];
    return LACO_OK;
}

static bool has_layer(const laco_import *job, const char *name, const char *part, int64_t layer, const char *suffix)
{
    char full[200];
    snprintf(full, sizeof full, "%.100s.%s_l%d%s", name, part, (int)layer, suffix);
    return laco_import_find(job, full) != NULL;
}

laco_status laco_import_layers(const laco_import *job, const char *name, laco_import_rnn *out)
{
    static const char *const cells[] = {NULL, "rnn", NULL, "gru", "lstm"}; /* by the number of gates */
    char input[200], recurrent[200];
    int64_t rows, columns, gates;
    snprintf(input, sizeof input, "%.100s.weight_ih_l0", name);
    snprintf(recurrent, sizeof recurrent, "%.100s.weight_hh_l0", name);
    LACO_TRY(laco_import_matrix(job, input, &rows, &out->input));
    LACO_TRY(laco_import_matrix(job, recurrent, &rows, &columns));
    if (has_layer(job, name, "weight_hr", 0, ""))
        return laco_fail(job->ctx, LACO_FORMAT, "%s: '%s' has projections (proj_size), which models of a task do not have",
                         laco_tensor_file_name(job->dict->file), name);
    gates = rows / columns;
    if (rows % columns != 0 || gates > 4 || !cells[gates])
        return laco_fail(job->ctx, LACO_FORMAT,
                         "%s: '%s' is [%lld, %lld]; [H, H] of an rnn, [3 H, H] of a gru, [4 H, H] of an lstm",
                         laco_tensor_file_name(job->dict->file), recurrent, (long long)rows, (long long)columns);
    out->mlp = false;
    out->cell = cells[gates];
    out->hidden = columns;
    out->directions = has_layer(job, name, "weight_ih", 0, "_reverse") ? 2 : 1;
    for (out->layers = 1; out->layers < 1000 && has_layer(job, name, "weight_ih", out->layers, "");)
        out->layers++;
    return LACO_OK;
}

laco_status laco_import_network(const laco_import *job, const char *name, laco_import_rnn *out)
{
    char weight[40] = "hidden_l0.weight";
    if (!laco_import_find(job, weight))
        return laco_import_layers(job, name, out);
    *out = (laco_import_rnn){.cell = "mlp", .directions = 1, .mlp = true};
    LACO_TRY(laco_import_matrix(job, weight, &out->hidden, &out->input));
    do {
        out->layers++;
        snprintf(weight, sizeof weight, "hidden_l%d.weight", (int)out->layers);
    } while (laco_import_find(job, weight));
    return LACO_OK;
}

int64_t laco_import_members(const laco_import *job, const char *name)
{
    int64_t members = 1;
    while (members < LACO_MOST_ENSEMBLE && laco_import_find(job, laco_member_name(members, name).text))
        members++;
    return members;
}

/* ---- Names that only one thing can be meant by -------------------------------------------------------------------------- */

/* Whether a name is PREFIX.SUFFIX; the bytes of the prefix in *length. */
static bool ends_with(const char *name, const char *suffix, size_t *length)
{
    size_t all = strlen(name), end = strlen(suffix);
    if (all <= end + 1 || strcmp(name + all - end, suffix) != 0 || name[all - end - 1] != '.')
        return false;
    *length = all - end - 1;
    return true;
}

typedef enum part_kind { RECURRENT, LINEAR, EMBEDDING } part_kind;

static bool is_part(const laco_import *job, const laco_tensor_entry *entry, part_kind kind, size_t *length)
{
    char bias[200];
    if (kind == RECURRENT)
        return ends_with(entry->name, "weight_hh_l0", length);
    if (entry->ndim != 2 || !ends_with(entry->name, "weight", length) || *length > 100 ||
        strncmp(entry->name, "hidden_l", 8) == 0)
        return false;
    snprintf(bias, sizeof bias, "%.*s.bias", (int)*length, entry->name);
    return (laco_import_find(job, bias) != NULL) == (kind == LINEAR);
}

/* The only part of a kind that is not among the `known` names becomes `name`. */
static laco_status guess(laco_import *job, part_kind kind, const char *name)
{
    const laco_tensor_file *file = job->dict->file;
    char renames[300] = "";
    size_t length, found = 0;
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        if (!is_part(job, entry, kind, &length) || memchr(entry->name, ',', length) || memchr(entry->name, '=', length))
            continue;
        if (length == strlen(name) && strncmp(entry->name, name, length) == 0)
            return LACO_OK;
        found++;
        snprintf(renames, sizeof renames, "%.*s=%s", (int)LACO_MIN(length, 200), entry->name, name);
    }
    return found == 1 ? laco_state_dict_rename(job->dict, renames) : LACO_OK;
}

laco_status laco_import_guess(laco_import *job)
{
    bool tags = strcmp(job->options->task, "tag") == 0;
    LACO_TRY(guess(job, RECURRENT, "rnn"));
    LACO_TRY(guess(job, LINEAR, "linear"));
    return guess(job, EMBEDDING, tags ? "word_embedding" : "embedding");
}
