/* From a model to a file of some form, by the ending of its name. */
#include "export/export.h"

#include "base/file.h"
#include "forecast/forecaster.h"
#include "generate/language.h"
#include "nn/module.h"

#include <stdio.h>
#include <string.h>

static const laco_export_form forms[] = {
    {{".c", "one C file, and its header"}, .write = laco_export_c},
    {{".html", "one page for a browser, which asks nobody"}, .small = true, .write = laco_export_page},
    {{".onnx", "a graph of ONNX, or two of a model that writes"}, .write = laco_export_onnx},
};
#define FORMS (sizeof forms / sizeof *forms)

const laco_export_form_info *laco_export_forms(void)
{
    static laco_export_form_info infos[FORMS + 1];
    for (size_t i = 0; i < FORMS; i++)
        infos[i] = forms[i].info;
    return infos;
}

laco_status laco_export_file(laco_context *ctx, const char *path, const void *bytes, size_t size)
{
    laco_writer *writer;
    LACO_TRY(laco_writer_new(ctx, path, &writer));
    laco_status status = laco_writer_write(writer, bytes, size);
    if (status == LACO_OK)
        return laco_writer_commit(writer);
    laco_writer_abandon(writer);
    return status;
}

static laco_status find_form(laco_context *ctx, const char *path, const laco_export_form **out)
{
    char endings[100] = "";
    size_t length = strlen(path), used = 0;
    for (size_t i = 0; i < FORMS; i++) {
        const char *ending = forms[i].info.ending;
        size_t size = strlen(ending);
        if (length > size && strcmp(path + length - size, ending) == 0 && path[length - size - 1] != '/') {
            *out = &forms[i];
            return LACO_OK;
        }
        used += (size_t)snprintf(endings + used, sizeof endings - used, "%s%s",
                                 i == 0          ? ""
                                 : i + 1 < FORMS ? ", "
                                                 : " or ",
                                 ending);
    }
    return laco_fail(ctx, LACO_INVALID, "%s: the form is told by the ending of the name: %s is right", path, endings);
}

static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool digit(char c) { return c >= '0' && c <= '9'; }

#define LONGEST_NAME 63

/* The name that was given, or what can be one of a file's name. */
static laco_status find_name(laco_context *ctx, const char *given, const char *path, const char *ending, char *out)
{
    const char *slash = strrchr(path, '/'), *from = given ? given : slash ? slash + 1 : path;
    size_t length = strlen(from) - (given ? 0 : strlen(ending)), used = 0;
    bool good = length > 0 && length <= LONGEST_NAME && letter(*from);
    for (size_t i = 0; i < length && good; i++) {
        bool fits = letter(from[i]) || digit(from[i]);
        good = fits || !given;
        out[used++] = fits ? from[i] : '_';
    }
    out[used] = '\0';
    if (good)
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID,
                     "'%.*s' cannot begin the names of functions: 1 to %d letters, digits and _, of which no "
                     "digit comes first, are right%s",
                     (int)LACO_MIN(length, 80), from, LONGEST_NAME, given ? "" : "; say another with --name");
}

/* What the matrices are to be. */
static laco_precision weights_of(const laco_export_form *form, laco_precision has, laco_export_weights asked)
{
    if (asked != LACO_EXPORT_AS_USUAL)
        return asked == LACO_EXPORT_INT8 ? LACO_INT8 : LACO_FP32;
    if (form->small)
        return LACO_INT8;
    return has == LACO_BF16 && !form->keeps_bf16 ? LACO_FP32 : has;
}

/* No form has covariates and distributions; and what is exported of tasks that read forwards goes on from a state of recurrent
 * layers. */
static laco_status check_model(const laco_model *model)
{
    const char *task = model->task->name;
    const laco_forecaster *forecaster = strcmp(task, "forecast") == 0 ? (const laco_forecaster *)model : NULL;
    const laco_network_config *network = strcmp(task, "generate") == 0 ? &((const laco_language *)model)->network.config
                                         : forecaster                  ? &forecaster->network.config
                                                                       : NULL;
    if (forecaster && (forecaster->K + forecaster->F > 0 || forecaster->likelihood))
        return laco_fail(model->ctx, LACO_INVALID,
                         "a forecaster with known or static columns, or a likelihood, cannot be exported: train one without "
                         "--known, --static and --likelihood");
    if (!network || !network->mlp)
        return LACO_OK;
    return laco_fail(model->ctx, LACO_INVALID,
                     "a model trained to %s with cell mlp cannot be exported: cells rnn, gru and lstm can", task);
}

laco_status laco_export(laco_model *model, const char *path, const laco_export_options *options)
{
    LACO_TRY(laco_check_whole(model->ctx, model->module));
    static const laco_export_options usual;
    char name[LONGEST_NAME + 1];
    const laco_export_form *form;
    const laco_export_options *o = options ? options : &usual;
    laco_context *ctx = model->ctx;
    LACO_TRY(find_form(ctx, path, &form));
    LACO_TRY(check_model(model));
    if ((o->flash > 0 || o->ram > 0) && form->write != laco_export_c)
        return laco_fail(ctx, LACO_INVALID, "%s: flash and memory are those of a target for C: NAME.c is right", path);
    LACO_TRY(find_name(ctx, o->name, path, form->info.ending, name));
    laco_precision has = model->weights, wanted = weights_of(form, has, o->weights);
    if (has != wanted)
        LACO_TRY(laco_model_convert(model, wanted, NULL));
    return form->write(&(laco_export_job){
        .ctx = ctx, .model = model, .asked = o->weights, .path = path, .name = name, .flash = o->flash, .ram = o->ram});
}
