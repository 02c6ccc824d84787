/* A model as one graph of ONNX, or two. */
#include "export/onnx.h"

#include "model/model.h"

#include <stdio.h>
#include <string.h>

/* All that the model's file says beside its weights, as it says it. */
static laco_status note_metadata(laco_onnx *graph, const laco_model *model)
{
    const laco_meta meta = {.ctx = model->ctx, .name = "the model"};
    json_t *object, *value;
    const char *key;
    LACO_TRY(laco_fields_put(&meta, model->task->metadata, model, &object));
    laco_onnx_note(graph, "laco.task", model->task->name);
    json_object_foreach(object, key, value) laco_onnx_note_json(graph, key, json_incref(value));
    json_decref(object);
    return LACO_OK;
}

/* names.onnx, or names.encoder.onnx. */
static char *path_of(const laco_export_job *job, const char *suffix)
{
    size_t length = strlen(job->path), size = length + (suffix ? strlen(suffix) + 1 : 0) + 1, stem = length - strlen(".onnx");
    char *path = laco_alloc(job->ctx, size, 1);
    if (path)
        snprintf(path, size, "%.*s%s%s.onnx", (int)stem, job->path, suffix ? "." : "", suffix ? suffix : "");
    return path;
}

static laco_status write_part(const laco_export_job *job, const laco_onnx_part *part)
{
    laco_onnx *graph;
    LACO_TRY(laco_onnx_new(job->ctx, job->name, part->doc, &graph));
    const laco_onnx_source source = {graph, job->ctx, job->model->module, job->model->weights == LACO_INT8};
    char *path = path_of(job, part->suffix);
    laco_status status = path ? note_metadata(graph, job->model) : LACO_NO_MEMORY;
    if (status == LACO_OK) {
        part->build(&source, job->model);
        status = laco_onnx_write(graph, path);
    }
    laco_release(job->ctx, path);
    laco_onnx_free(graph);
    return status;
}

laco_status laco_export_onnx(const laco_export_job *job)
{
    const laco_onnx_task *task = laco_onnx_tasks;
    while (task->name && strcmp(task->name, job->model->task->name) != 0)
        task++;
    if (!task->name)
        return laco_fail(job->ctx, LACO_INVALID, "%s: a model of the task %s has no form in ONNX yet", job->path,
                         job->model->task->name);
    for (int i = 0; i < 2 && task->parts[i].build; i++)
        LACO_TRY(write_part(job, &task->parts[i]));
    return LACO_OK;
}
