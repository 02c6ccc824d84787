/* Whose a model is: handles share its weights, and the last one frees them. */
#include "model/model.h"
#include "nn/module.h"

#include <string.h>

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

laco_status laco_model_let_go(laco_model *model)
{
    const laco_task *task = model->task;
    task->close(model);
    memset((char *)model + task->scratch, 0, task->metadata->size - task->scratch);
    return task->open ? task->open(model) : LACO_OK;
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
    laco_model *handle = laco_alloc(ctx, 1, task->metadata->size);
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
