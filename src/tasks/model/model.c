#include "model/model.h"

#include "base/finite.h"
#include "base/json_text.h"
#include "model/quantised.h"
#include "nn/module.h"
#include "nn/recurrent.h"

#include <math.h>
#include <string.h>

#define LACO_TASK(name) &laco_task_##name,
static const laco_task *const tasks[] = {LACO_TASKS(LACO_TASK)};
#undef LACO_TASK

const laco_task *laco_task_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i]->name, name) == 0)
            return tasks[i];
    return NULL;
}

const laco_option_table *laco_task_options(const char *name)
{
    const laco_task *task = laco_task_find(name);
    return task ? task->table : NULL;
}

laco_status laco_model_check_params(laco_context *ctx, const laco_module *module)
{
    LACO_TRY(laco_check_whole(ctx, module));
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

/* ---- From a file -------------------------------------------------------------------------------------------------------- */

static laco_status find_task_of(laco_context *ctx, const laco_tensor_file *file, const laco_task **out)
{
    const char *name = laco_tensor_file_name(file), *version = laco_tensor_file_metadata(file, "laco.format");
    const char *task_name = laco_tensor_file_metadata(file, "laco.task");
    if (!version)
        return laco_fail(ctx, LACO_FORMAT, "%s: is a safetensors file but not a laco model: metadata 'laco.format' is missing",
                         name);
    if (strcmp(version, LACO_FORMAT_VERSION) != 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: has format version '%s'; this laco reads version " LACO_FORMAT_VERSION, name,
                         version);
    *out = laco_task_find(task_name);
    if (!*out)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.task' is '%s', which this laco does not know", name,
                         task_name ? task_name : "missing");
    return LACO_OK;
}

/* The keys of the file that the table knows, as one object. */
static laco_status parse_keys(laco_context *ctx, const laco_tensor_file *file, const laco_fields *fields, json_t *into)
{
    for (size_t i = 0; i < fields->count; i++) {
        const char *key = fields->field[i].key;
        json_t *value;
        if (!laco_tensor_file_metadata(file, key))
            continue;
        LACO_TRY(laco_meta_parse(ctx, file, key, &value));
        if (json_object_set_new(into, key, value) != 0)
            return laco_fail(ctx, LACO_NO_MEMORY, "%s: out of memory for the metadata", laco_tensor_file_name(file));
    }
    return LACO_OK;
}

laco_status laco_model_fill(const laco_meta *meta, const laco_task *task, const json_t *object, laco_model **out)
{
    laco_model *model = laco_alloc(meta->ctx, 1, task->metadata->size);
    if (!model)
        return LACO_NO_MEMORY;
    model->ctx = meta->ctx;
    model->task = task;
    laco_status status = laco_fields_get(meta, task->metadata, object, model);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(model);
    return status;
}

static laco_status read_metadata(laco_context *ctx, const laco_tensor_file *file, const laco_task *task, laco_model **out)
{
    laco_meta meta = {.ctx = ctx, .name = laco_tensor_file_name(file)};
    json_t *object;
    LACO_TRY(laco_meta_give(&meta, json_object(), &object));
    laco_status status = parse_keys(ctx, file, task->metadata, object);
    if (status == LACO_OK)
        status = laco_model_fill(&meta, task, object, out);
    json_decref(object);
    return status;
}

static laco_status is_in_file(const void *file, const char *name, int ndim, const int64_t *shape)
{
    return laco_tensor_file_expect(file, name, ndim, shape);
}

laco_status laco_model_make(laco_model *model, uint64_t seed, const laco_tensor_file *file)
{
    if (model->task->open)
        LACO_TRY(model->task->open(model));
    LACO_TRY(laco_module_new(model->ctx, seed, &model->module));
    if (file)
        laco_module_expect(model->module, is_in_file, file);
    laco_status status = model->task->make(model);
    laco_module_expect(model->module, NULL, NULL);
    return status;
}

typedef struct source {
    laco_context *ctx;
    const laco_tensor_file *file;
} source;

static laco_status read_param(const void *user, const laco_param *param)
{
    const source *from = user;
    return laco_quantised_read(from->ctx, from->file, param);
}

static laco_status fill(laco_model *model, const laco_tensor_file *file, bool to_ask)
{
    const char *training = laco_tensor_file_metadata(file, "laco.training");
    LACO_TRY(laco_quantised_kind(model->ctx, file, &model->weights));
    LACO_TRY(laco_model_make(model, 0, file));
    laco_module_set_precision(model->module, model->weights);
    LACO_TRY(to_ask ? laco_module_settle(model->module, read_param, &(source){model->ctx, file})
                    : laco_model_read_params(model->module, file));
    if (training && !(model->training = laco_copy_string(model->ctx, training)))
        return LACO_NO_MEMORY;
    return LACO_OK;
}

static laco_status from_file(laco_context *ctx, const laco_tensor_file *file, bool to_ask, laco_model **out)
{
    const laco_task *task;
    laco_model *model = NULL;
    LACO_TRY(find_task_of(ctx, file, &task));
    LACO_TRY(read_metadata(ctx, file, task, &model));
    laco_status status = fill(model, file, to_ask);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(model);
    return status;
}

laco_status laco_model_from_file(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    return from_file(ctx, file, false, out);
}

static laco_status load(laco_context *ctx, const char *path, bool to_ask, laco_model **out)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_open(ctx, path, &file));
    laco_status status = from_file(ctx, file, to_ask, out);
    laco_tensor_file_free(file);
    return status;
}

laco_status laco_model_load(laco_context *ctx, const char *path, laco_model **out) { return load(ctx, path, false, out); }
laco_status laco_model_load_for_inference(laco_context *ctx, const char *path, laco_model **out)
{
    return load(ctx, path, true, out);
}

laco_status laco_model_load_memory(laco_context *ctx, const void *bytes, size_t size, laco_model **out)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_parse(ctx, bytes, size, NULL, "the model in memory", &file));
    laco_status status = laco_model_from_file(ctx, file, out);
    laco_tensor_file_free(file);
    return status;
}

/* ---- Into a file -------------------------------------------------------------------------------------------------------- */

/* Sees that metadata can be read: a file that could not be would be lost work. */
static laco_status read_again(const laco_meta *meta, const laco_model *model, const json_t *object)
{
    laco_model *again = NULL;
    laco_status status = laco_model_fill(meta, model->task, object, &again);
    laco_model_free(again);
    return status == LACO_FORMAT ? LACO_NUMERIC : status;
}

static laco_status write_metadata(laco_model *model, laco_tensor_writer *writer)
{
    laco_meta meta = {.ctx = model->ctx, .name = "the model to be saved"}; /* which has no file yet */
    json_t *object, *value;
    const char *key;
    LACO_TRY(laco_fields_put(&meta, model->task->metadata, model, &object));
    laco_status status = read_again(&meta, model, object);
    json_object_foreach(object, key, value) if (status == LACO_OK) status =
        laco_meta_write(model->ctx, writer, key, json_incref(value));
    json_decref(object);
    return status;
}

laco_status laco_model_write(laco_model *model, laco_tensor_writer *writer)
{
    LACO_TRY(laco_model_check_params(model->ctx, model->module));
    LACO_TRY(laco_tensor_writer_metadata(writer, "laco.format", LACO_FORMAT_VERSION));
    LACO_TRY(laco_tensor_writer_metadata(writer, "laco.task", model->task->name));
    LACO_TRY(write_metadata(model, writer));
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

const char *laco_model_task(const laco_model *model) { return model->task->name; }

const char *const *laco_model_label_names(const laco_model *model, int *count)
{
    int ignored;
    int *into = count ? count : &ignored;
    *into = 0;
    return model->task->labels ? model->task->labels(model, into) : NULL;
}

laco_status laco_model_data_config(const laco_model *model, const char *task, laco_data_config *out)
{
    if (strcmp(model->task->name, task) != 0)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s reads no data to %s", model->task->name, task);
    *out = (laco_data_config){0};
    if (model->task->data)
        model->task->data(model, out);
    return LACO_OK;
}

laco_module *laco_model_module(laco_model *model) { return model->module; }

laco_rnn *laco_model_rnn(laco_model *model, const char *name)
{
    laco_rnn *rnn = NULL;
    return laco_module_find_rnn(model->module, model->ctx, name, &rnn) == LACO_OK ? rnn : NULL;
}

bool laco_model_unfinished(const laco_model *model) { return model->unfinished; }

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

/* ---- For people --------------------------------------------------------------------------------------------------------- */

static laco_status describe_param(const laco_meta *meta, const laco_param *param, json_t **out)
{
    json_t *shape;
    LACO_TRY(laco_meta_give(meta, json_array(), &shape));
    for (int d = 0; d < param->ndim; d++)
        LACO_TRY(laco_meta_append(meta, &shape, json_integer(param->shape[d])));
    return laco_meta_give(meta, json_pack("{s:s, s:o}", "name", param->name, "shape", shape), out);
}

/* Every parameter's name and shape. */
static laco_status describe_params(const laco_meta *meta, const laco_module *module, json_t **out)
{
    json_t *param;
    LACO_TRY(laco_meta_give(meta, json_array(), out));
    for (size_t i = 0; i < module->count; i++) {
        laco_status status = describe_param(meta, module->param[i], &param);
        if (status < 0) {
            json_decref(*out);
            return status;
        }
        LACO_TRY(laco_meta_append(meta, out, param));
    }
    return LACO_OK;
}

/* The keys of the metadata without "laco." in front. */
static laco_status describe_metadata(const laco_meta *meta, const laco_model *model, json_t *into)
{
    json_t *object, *value;
    const char *key;
    laco_status status = LACO_OK;
    LACO_TRY(laco_fields_put(meta, model->task->metadata, model, &object));
    json_object_foreach(object, key, value) if (status == LACO_OK && json_object_set(into, key + strlen("laco."), value) != 0)
        status = laco_meta_give(meta, NULL, &value);
    json_decref(object);
    if (status == LACO_OK && model->task->describe)
        status = model->task->describe(model, meta, into);
    return status;
}

static laco_status describe_training(const laco_meta *meta, const laco_model *model, json_t *into)
{
    json_t *training;
    if (!model->training)
        return LACO_OK;
    LACO_TRY(laco_json_parse(meta->ctx, meta->name, model->training, strlen(model->training), &training));
    return json_object_set_new(into, "training", training) == 0 ? LACO_OK : laco_meta_give(meta, NULL, &training);
}

laco_status laco_model_describe(laco_model *model, char **out)
{
    laco_meta meta = {.ctx = model->ctx, .name = "the description of the model", .describing = true};
    json_t *tensors, *object;
    char *text;
    LACO_TRY(describe_params(&meta, model->module, &tensors));
    LACO_TRY(laco_meta_give(&meta,
                            json_pack("{s:s, s:s, s:I, s:s, s:o}", "task", model->task->name, "format", LACO_FORMAT_VERSION,
                                      "parameters", (json_int_t)laco_module_size(model->module), "weights",
                                      laco_precision_name(model->weights), "tensors", tensors),
                            &object));
    laco_status status = describe_metadata(&meta, model, object);
    if (status == LACO_OK)
        status = describe_training(&meta, model, object);
    if (status == LACO_OK)
        status = laco_json_short_text(model->ctx, object, &text);
    json_decref(object);
    if (status == LACO_OK)
        *out = text;
    return status;
}
