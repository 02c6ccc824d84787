#include "import/import.h"

#include "base/tensor_file_inside.h"
#include "model/model.h"

#include <string.h>

static const laco_import_task *find_task(const char *name)
{
    const laco_import_task *task = laco_import_tasks;
    while (task->name && (!name || strcmp(task->name, name) != 0))
        task++;
    return task->name ? task : NULL;
}

/* Sizes come from shapes: none may be 0. */
static laco_status check_shapes(const laco_import *job)
{
    for (size_t i = 0; i < laco_tensor_file_count(job->dict->file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(job->dict->file, i);
        for (int d = 0; d < entry->ndim; d++)
            if (entry->shape[d] < 1)
                return laco_fail(job->ctx, LACO_FORMAT, "%s: '%s' is %s, without elements",
                                 laco_tensor_file_name(job->dict->file), laco_show(entry->name).text,
                                 laco_show_shape(entry->ndim, entry->shape).text);
    }
    return LACO_OK;
}

static laco_status import_parts(laco_import *job, const laco_import_task *task, laco_model **out)
{
    LACO_TRY(check_shapes(job));
    if (task->plain)
        LACO_TRY(laco_import_guess(job));
    LACO_TRY(laco_import_complete(job));
    LACO_TRY(task->fill(job));
    return laco_model_from_parts(job->ctx, task->name, job->metadata, job->dict->file, out);
}

laco_status laco_model_import(laco_context *ctx, laco_state_dict *dict, const laco_import_options *options, laco_model **out)
{
    const laco_import_task *task = find_task(options->task);
    laco_import job = {.ctx = ctx, .dict = dict, .options = options, .metadata = json_object()};
    laco_status status = LACO_OK;
    if (!task)
        status =
            laco_fail(ctx, LACO_INVALID,
                      "there is no task '%.40s': classify, tag, forecast, generate, caption, transduce or transcribe is right",
                      options->task ? options->task : "");
    else if (!job.metadata)
        status = laco_fail(ctx, LACO_NO_MEMORY, "out of memory for the metadata");
    else
        status = import_parts(&job, task, out);
    json_decref(job.metadata);
    return status;
}
