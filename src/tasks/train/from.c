#include "train/from.h"

#include "base/hash.h"
#include "base/locale.h"
#include "nn/module.h"
#include "options/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- The model ------------------------------------------------------------------------------------------------------------ */

static laco_status load(laco_context *ctx, const laco_option_table *table, const char *path, laco_model **out)
{
    laco_model *model;
    if (strcmp(path, "-") == 0)
        return laco_fail(ctx, LACO_INVALID,
                         "a model to train on from is read more than once: a file is right, not standard input");
    LACO_TRY(laco_model_load(ctx, path, &model));
    if (strcmp(model->task->name, table->task) == 0) {
        *out = model;
        return LACO_OK;
    }
    laco_status status =
        laco_fail(ctx, LACO_INVALID, "%s: is a model trained to %s; to train on from it, %s is right, and not %s", path,
                  model->task->name, model->task->name, table->task);
    laco_model_free(model);
    return status;
}

laco_status laco_from_open(laco_context *ctx, laco_learner *learner)
{
    return learner->options->from ? load(ctx, learner->table, learner->options->from, &learner->from) : LACO_OK;
}

uint64_t laco_from_hash(const laco_model *model)
{
    uint64_t hash = LACO_HASH_START;
    for (size_t i = 0; i < model->module->count; i++) {
        const laco_param *param = model->module->param[i];
        hash = laco_hash_bytes(hash, param->name, strlen(param->name) + 1);
        for (int d = 0; d < param->ndim; d++)
            hash = laco_hash(hash, (uint64_t)param->shape[d]);
        for (int64_t j = 0; j < param->count; j++)
            hash = laco_hash_float(hash, (float)param->value[j]);
    }
    return hash;
}

json_t *laco_from_describe(const laco_learner *learner)
{
    const char *path = learner->options->from, *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char hash[20];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)laco_from_hash(learner->from));
    json_t *text = json_string(name); /* NULL: the name is not UTF-8, and stays unsaid */
    return text ? json_pack("{s:o, s:s}", "model", text, "hash", hash) : json_pack("{s:s}", "hash", hash);
}

laco_status laco_from_refuse(const laco_learner *learner, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return laco_fail(learner->from->ctx, LACO_INVALID, "%s: %s", learner->options->from, text);
}

/* ---- Options -------------------------------------------------------------------------------------------------------------- */

/* Bytes of a value that is a number or some; 0 of texts and files. */
static size_t size_of(const laco_option *row)
{
    switch (row->type) {
    case LACO_OPTION_FLAG:
        return sizeof(bool);
    case LACO_OPTION_SWITCH:
    case LACO_OPTION_CHOICE:
        return sizeof(int);
    case LACO_OPTION_INTEGER:
        return sizeof(int64_t);
    case LACO_OPTION_REAL:
        return sizeof(double);
    case LACO_OPTION_REALS:
        return sizeof(laco_reals);
    default:
        return 0;
    }
}

static bool said(const laco_option *row, const void *options)
{
    if (row->type == LACO_OPTION_REALS)
        return ((const laco_reals *)((const char *)options + row->offset))->count > 0;
    return laco_option_number(row, options) != 0;
}

/* A value as it is typed. */
static void show(const laco_option *row, const void *options, char *text)
{
    if (!said(row, options) && row->type != LACO_OPTION_FLAG && row->type != LACO_OPTION_SWITCH)
        snprintf(text, LACO_OPTION_TEXT_ROOM, "none");
    else if (laco_option_number(row, options) == LACO_OFF && (row->flags & LACO_OPTION_CAN_BE_OFF))
        snprintf(text, LACO_OPTION_TEXT_ROOM, "0");
    else
        laco_option_value_text(row, options, text, LACO_OPTION_TEXT_ROOM);
}

static laco_status take_row(laco_context *ctx, const char *path, const laco_option *row, const void *model, void *options)
{
    char asked[LACO_OPTION_TEXT_ROOM], kept[LACO_OPTION_TEXT_ROOM];
    size_t size = size_of(row);
    if (size == 0 || (row->type == LACO_OPTION_SWITCH && said(row, options) && laco_option_number(row, options) != row->low))
        return LACO_OK; /* of two switches of one place the other one speaks */
    if (!said(row, options)) {
        memcpy((char *)options + row->offset, (const char *)model + row->offset, size);
        return LACO_OK;
    }
    show(row, options, asked);
    show(row, model, kept);
    if (!(row->flags & LACO_OPTION_OF_MODEL) || strcmp(asked, kept) == 0)
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID,
                     "%s is %.200s, and %.200s in %s, from which training goes on: without --%s it is as there", row->name, asked,
                     kept, path, row->name);
}

static laco_status take(laco_context *ctx, const laco_option_table *table, const laco_model *model, const char *path,
                        void *options)
{
    laco_locale locale;
    void *kept = laco_alloc(ctx, 1, table->size);
    laco_status status = kept ? laco_locale_begin(ctx, &locale) : LACO_NO_MEMORY;
    if (status == LACO_OK) {
        model->task->options(model, kept);
        for (size_t i = 0; i < table->count && status == LACO_OK; i++)
            status = take_row(ctx, path, &table->rows[i], kept, options);
        laco_locale_end(&locale);
    }
    laco_release(ctx, kept);
    return status;
}

laco_status laco_train_from(laco_context *ctx, const laco_option_table *table, void *options)
{
    const char *path = ((const laco_train_options *)options)->from; /* which every task's options begin with */
    laco_model *model;
    if (!path)
        return LACO_OK;
    LACO_TRY(load(ctx, table, path, &model));
    laco_status status = take(ctx, table, model, path, options);
    laco_model_free(model);
    return status;
}

/* ---- Parameters ----------------------------------------------------------------------------------------------------------- */

/* Whether a parameter is of a layer: "linear.weight" and "member_1.linear.weight" are of "linear". */
static bool of_layer(const laco_param *param, const char *layer)
{
    const char *name = param->name, *dot = strchr(name, '.');
    size_t length = strlen(layer);
    if (strncmp(name, "member_", 7) == 0 && dot)
        name = dot + 1;
    return strncmp(name, layer, length) == 0 && name[length] == '.';
}

/* How a dimension of `before` elements became one of `after`; *out stays all zero where it did not change. False: it cannot have.
 */
static bool find_growth(const laco_param *param, int64_t before, int64_t after, const laco_growth *growths, size_t count,
                        laco_growth *out)
{
    *out = (laco_growth){0};
    for (size_t i = 0; i < count && before != after; i++) {
        const laco_growth *g = &growths[i];
        int64_t repeat = g->repeat > 0 ? g->repeat : 1;
        if ((!g->layer || of_layer(param, g->layer)) && before == repeat * (g->before + g->tail) &&
            after == repeat * (g->after + g->tail)) {
            *out = *g;
            return true;
        }
    }
    return before == after;
}

/* Where element i of a dimension went. */
static int64_t place_of(const laco_growth *g, int64_t i)
{
    int64_t block = g->before + g->tail, at = block > 0 ? i % block : 0;
    if (block == 0)
        return i;
    return i / block * (g->after + g->tail) + (at < g->before ? at : at + g->after - g->before);
}

/* A parameter as a matrix: rows, and what is in each. */
static int64_t rows_of(const laco_param *param) { return param->ndim > 0 ? param->shape[0] : 1; }
static int64_t columns_of(const laco_param *param) { return param->count / LACO_MAX(rows_of(param), (int64_t)1); }

/* False: they do not fit. */
static bool copy(const laco_param *old, laco_param *param, const laco_growth *growths, size_t count)
{
    laco_growth rows, columns;
    int64_t width = columns_of(param), old_width = columns_of(old);
    bool fits = old->ndim == param->ndim && find_growth(param, rows_of(old), rows_of(param), growths, count, &rows) &&
                find_growth(param, old_width, width, growths, count, &columns);
    for (int d = 1; fits && param->ndim > 2 && d < param->ndim; d++)
        fits = old->shape[d] == param->shape[d];
    for (int64_t r = 0; fits && r < rows_of(old); r++)
        for (int64_t c = 0; c < old_width; c++)
            param->value[place_of(&rows, r) * width + place_of(&columns, c)] = old->value[r * old_width + c];
    if (fits)
        laco_param_changed(param);
    return fits;
}

laco_status laco_from_copy(const laco_learner *learner, const laco_growth *growths, size_t count)
{
    laco_module *module = learner->model->module, *from = learner->from ? learner->from->module : NULL;
    if (!from)
        return LACO_OK;
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *old = laco_module_find(from, module->param[i]->name);
        if (!old || !copy(old, module->param[i], growths, count))
            return laco_from_refuse(learner, "its network is another than the one to be trained: '%s' is %s there",
                                    module->param[i]->name, old ? "of another shape" : "missing");
    }
    for (size_t i = 0; i < from->count; i++) /* what no optimiser moves may be made anew */
        if (!from->param[i]->frozen && !laco_module_find(module, from->param[i]->name))
            return laco_from_refuse(learner, "its network has %zu parameters, the one to be trained %zu", from->count,
                                    module->count);
    return LACO_OK;
}

laco_status laco_from_join(laco_context *ctx, const char *const *first, int first_count, const char *const *more, int more_count,
                           laco_strings *all, int32_t *place)
{
    int32_t number;
    laco_strings_init(all, ctx);
    for (int k = 0; k < first_count; k++)
        LACO_TRY(laco_strings_add(all, first[k], strlen(first[k]), &number));
    for (int k = 0; k < more_count; k++)
        LACO_TRY(laco_strings_add(all, more[k], strlen(more[k]), &place[k]));
    return LACO_OK;
}
