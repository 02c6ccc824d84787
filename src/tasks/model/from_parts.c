/* A model of tensors and metadata that did not come in one file. */
#include "model/model.h"
#include "nn/saved.h"

/* How much memory the layers may take that the metadata describe: not much more than the tensors that are there, so that sizes
 * which do not belong together cost nothing. */
typedef struct allowance {
    laco_context *ctx;
    const char *name;
    size_t *left; /* elements */
} allowance;

static laco_status allow(const void *expected, const char *name, int ndim, const int64_t *shape)
{
    const allowance *a = expected;
    size_t count = 1;
    for (int d = 0; d < ndim; d++)
        if (!laco_mul_fits(count, (size_t)shape[d], &count))
            count = SIZE_MAX;
    if (count > *a->left)
        return laco_fail(a->ctx, LACO_FORMAT,
                         "%s: the sizes of its tensors do not belong together: '%.60s' would have %zu elements", a->name, name,
                         count);
    *a->left -= count;
    return LACO_OK;
}

static laco_status make_layers(laco_model *model, const laco_tensor_file *file)
{
    size_t left = 1 << 16;
    for (size_t i = 0; i < laco_tensor_file_count(file); i++)
        left += 2 * laco_tensor_file_at(file, i)->count;
    const allowance a = {model->ctx, laco_tensor_file_name(file), &left};
    if (model->task->open)
        LACO_TRY(model->task->open(model));
    LACO_TRY(laco_module_new(model->ctx, 0, &model->module));
    laco_module_expect(model->module, allow, &a);
    laco_status status = model->task->make(model);
    laco_module_expect(model->module, NULL, NULL);
    return status;
}

laco_status laco_model_from_parts(laco_context *ctx, const char *task_name, const json_t *metadata, const laco_tensor_file *file,
                                  laco_model **out)
{
    const laco_task *task = laco_task_find(task_name);
    const laco_meta meta = {.ctx = ctx, .name = laco_tensor_file_name(file)};
    laco_model *model;
    if (!task)
        return laco_fail(ctx, LACO_INVALID, "there is no task '%.40s'", task_name ? task_name : "");
    LACO_TRY(laco_model_fill(&meta, task, metadata, &model));
    laco_status status = make_layers(model, file);
    if (status == LACO_OK)
        status = laco_saved_read(ctx, file, laco_module_walk, model->module, NULL);
    if (status < 0) {
        laco_model_free(model);
        return status;
    }
    for (size_t i = 0; i < model->module->count; i++)
        laco_param_changed(model->module->param[i]);
    *out = model;
    return LACO_OK;
}
