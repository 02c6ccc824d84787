/* A model as one C file and its header. */
#include "export/export.h"

#include "model/model.h"

laco_status laco_export_c(const laco_export_job *job)
{
    return laco_fail(job->ctx, LACO_INVALID, "%s: a model of the task %s cannot be written as C yet", job->path,
                     job->model->task->name);
}
