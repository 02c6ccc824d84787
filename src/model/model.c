#include "model/model.h"

#include "base/finite.h"
#include "model/quantised.h"
#include "nn/module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const laco_task *const tasks[] = {&laco_task_caption, &laco_task_classify, &laco_task_forecast, &laco_task_generate, &laco_task_transcribe, &laco_task_transduce, &laco_task_tag};

static const laco_task *find_task(const char *name)
{
    for (size_t i = 0; name && i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i]->name, name) == 0)
            return tasks[i];
    return NULL;
}

laco_status laco_model_check_params(laco_context *ctx, const laco_module *module)
{
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        int64_t place = laco_first_not_finite(param->value, param->count);
        if (place >= 0)
            return laco_fail(ctx, LACO_NUMERIC, "element %lld of '%s' is %s: no weight of a model can be that", (long long)place,
                             param->name, param->value[place] != param->value[place] ? "NaN" : "infinite");
    }
    return LACO_OK;
}

static laco_status refuse_answer(laco_context *ctx, int64_t place, int64_t width, const char *came_to)
{
    static const char cause[] = "the weights of the model, or what it reads, are so large that";
    if (width == 0)
        return laco_fail(ctx, LACO_NUMERIC, "%s an answer came to %s", cause, came_to);
    return laco_fail(ctx, LACO_NUMERIC, "%s its answer %lld came to %s", cause, (long long)(place / width + 1), came_to);
}

laco_status laco_model_check_answers(laco_context *ctx, const laco_real *values, int64_t count, int64_t width, bool real)
{
    int64_t place = laco_first_not_finite(values, count);
    while (place >= 0 && place < count && !real && !isnan(values[place]))
        place++;
    if (place < 0 || place == count)
        return LACO_OK;
    return refuse_answer(ctx, place, width, isnan(values[place]) ? "NaN" : "infinity");
}

laco_status laco_model_read_params(laco_module *module, const laco_tensor_file *file)
{
    for (size_t i = 0; i < module->count; i++) {
        laco_param *param = module->param[i];
        LACO_TRY(laco_quantised_read(module->ctx, file, param));
        laco_param_changed(param);
    }
    return LACO_OK;
}

static laco_status build(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    const char *name = laco_tensor_file_name(file), *version = laco_tensor_file_metadata(file, "laco.format");
    const char *task_name = laco_tensor_file_metadata(file, "laco.task");
    if (!version)
        return laco_fail(ctx, LACO_FORMAT, "%s: is a safetensors file but not a laco model: metadata 'laco.format' is missing", name);
    if (strcmp(version, LACO_FORMAT_VERSION) != 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: has format version '%s'; this laco reads version " LACO_FORMAT_VERSION, name, version);
    const laco_task *task = find_task(task_name);
    if (!task)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.task' is '%s', which this laco does not know", name, task_name ? task_name : "missing");
    return task->build(ctx, file, out);
}

laco_status laco_model_from_file(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    laco_model *model;
    LACO_TRY(build(ctx, file, &model));
    laco_status status = laco_quantised_kind(ctx, file, &model->weights);
    if (status == LACO_OK)
        status = laco_model_read_params(model->module, file);
    laco_module_set_precision(model->module, model->weights);
    const char *training = laco_tensor_file_metadata(file, "laco.training");
    if (status == LACO_OK && training && !(model->training = laco_copy_string(ctx, training)))
        status = LACO_NO_MEMORY;
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(model);
    return status;
}

laco_status laco_model_load(laco_context *ctx, const char *path, laco_model **out)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_open(ctx, path, &file));
    laco_status status = laco_model_from_file(ctx, file, out);
    laco_tensor_file_free(file);
    return status;
}

laco_status laco_model_load_memory(laco_context *ctx, const void *bytes, size_t size, laco_model **out)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_parse(ctx, bytes, size, "the model in memory", &file));
    laco_status status = laco_model_from_file(ctx, file, out);
    laco_tensor_file_free(file);
    return status;
}

laco_status laco_model_write(laco_model *model, laco_tensor_writer *writer)
{
    LACO_TRY(laco_model_check_params(model->ctx, model->module));
    LACO_TRY(laco_tensor_writer_metadata(writer, "laco.format", LACO_FORMAT_VERSION));
    LACO_TRY(laco_tensor_writer_metadata(writer, "laco.task", model->task->name));
    LACO_TRY(model->task->save(model, writer));
    if (model->training)
        LACO_TRY(laco_tensor_writer_metadata(writer, "laco.training", model->training));
    if (model->weights != LACO_FP32)
        LACO_TRY(laco_tensor_writer_metadata(writer, "laco.weights", laco_precision_name(model->weights)));
    for (size_t i = 0; i < model->module->count; i++) {
        laco_param *param = model->module->param[i];
        if (param->matrix && model->weights != LACO_FP32)
            LACO_TRY(laco_quantised_write(model->ctx, writer, model->weights, param));
        else
            LACO_TRY(laco_tensor_writer_add_real(writer, param->name, param->ndim, param->shape, param->value));
    }
    return LACO_OK;
}

laco_status laco_model_save(laco_model *model, const char *path)
{
    laco_tensor_writer *writer;
    LACO_TRY(laco_tensor_writer_new(model->ctx, &writer));
    laco_status status = laco_model_write(model, writer);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, path);
    laco_tensor_writer_free(writer);
    return status;
}

static void free_whole(laco_model *model)
{
    laco_context *ctx = model->ctx;
    model->task->release(model);
    laco_module_free(model->module);
    laco_release(ctx, model->training);
    laco_release(ctx, model);
}

/* Gives up a share of a model: who is the last frees it, in whichever thread. */
static void give_up(laco_model *owner, int share)
{
    if (!owner->module || atomic_fetch_sub(&owner->module->users, share) == share)
        free_whole(owner);
}

/* The context in which the weights lie is kept by each handle, for the caller may have freed it. */
static void free_handle(laco_model *handle)
{
    laco_model *owner = handle->owner;
    laco_context *weights = owner->ctx;
    laco_release(handle->ctx, handle);
    give_up(owner, 1);
    laco_context_drop(weights);
}

void laco_model_free(laco_model *model)
{
    if (!model)
        return;
    model->task->close(model);
    if (model->owner)
        free_handle(model);
    else
        give_up(model, LACO_MODULE_OWNER);
}

/* ---- One model, many threads ---- */

laco_status laco_model_share(laco_model *model, laco_context *ctx, laco_model **out)
{
    laco_model *owner = model->owner ? model->owner : model;
    const laco_task *task = model->task;
    if (!laco_same_instructions(ctx, owner->ctx))
        return laco_fail(ctx, LACO_INVALID, "a model in a context with instructions %s cannot be shared with one with %s",
                         laco_cpu_name(owner->ctx), laco_cpu_name(ctx));
    if (model == owner && !laco_module_read_only(owner->module))
        LACO_TRY(laco_module_prepare(owner->module));
    laco_model *handle = laco_alloc(ctx, 1, task->size);
    if (!handle)
        return LACO_NO_MEMORY;
    memcpy(handle, owner, task->scratch);
    handle->ctx = ctx;
    handle->owner = owner;
    laco_status status = task->open ? task->open(handle) : LACO_OK;
    if (status < 0) {
        task->close(handle);
        laco_release(ctx, handle);
        return status;
    }
    atomic_fetch_add(&owner->module->users, 1);
    laco_context_keep(owner->ctx);
    *out = handle;
    return LACO_OK;
}

const char *laco_model_task(const laco_model *model) { return model->task->name; }
laco_module *laco_model_module(laco_model *model) { return model->module; }

laco_precision laco_model_weights(const laco_model *model) { return model->weights; }

laco_status laco_model_convert(laco_model *model, laco_precision weights, laco_convert_loss *out)
{
    laco_convert_loss loss = {0};
    double size = 0;
    LACO_TRY(laco_check_writable(model->ctx, model->module));
    LACO_TRY(laco_model_check_params(model->ctx, model->module));
    for (size_t i = 0; i < model->module->count && weights != LACO_FP32; i++)
        LACO_TRY(laco_check_quantisable(model->ctx, model->module->param[i]));
    for (size_t i = 0; i < model->module->count && weights != LACO_FP32; i++) {
        laco_param *param = model->module->param[i];
        if (param->matrix)
            laco_quantise_weights(weights, param, &loss, &size);
        laco_param_changed(param);
    }
    loss.mean = size > 0 ? loss.mean / size : 0;
    model->weights = weights;
    laco_module_set_precision(model->module, weights);
    if (out)
        *out = loss;
    return LACO_OK;
}

/* Every parameter's name and shape. */
static json_t *describe_params(const laco_module *module)
{
    json_t *list = json_array();
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        json_t *shape = json_array();
        for (int d = 0; d < param->ndim; d++)
            json_array_append_new(shape, json_integer(param->shape[d]));
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", param->name, "shape", shape));
    }
    return list;
}

laco_status laco_model_describe(laco_model *model, char **out)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:o}", "task", model->task->name, "format", LACO_FORMAT_VERSION, "parameters",
                               (json_int_t)laco_module_size(model->module), "weights", laco_precision_name(model->weights), "tensors", describe_params(model->module));
    int failed = !object || model->task->describe(model, object) < 0;
    if (!failed && model->training)
        failed = json_object_set_new(object, "training", json_loads(model->training, 0, NULL)) < 0;
    char *text = failed ? NULL : json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    *out = text ? laco_copy_string(model->ctx, text) : NULL;
    free(text);
    return *out ? LACO_OK : laco_fail(model->ctx, LACO_NO_MEMORY, "out of memory while describing the model");
}

void laco_model_text_free(laco_model *model, char *text) { laco_release(model->ctx, text); }
