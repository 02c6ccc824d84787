/* Forms in which a model leaves laço. A form is a row of the table in export.c. */
#ifndef LACO_EXPORT_EXPORT_H
#define LACO_EXPORT_EXPORT_H

#include "base/base.h"
#include "laco/export.h"

/* One export. */
typedef struct laco_export_job {
    laco_context *ctx;
    laco_model *model;         /* its weights are already of the right kind */
    laco_export_weights asked; /* of the caller */
    const char *path;
    const char *name;   /* an identifier of C */
    int64_t flash, ram; /* bytes of the target; 0: any */
} laco_export_job;

typedef struct laco_export_form {
    laco_export_form_info info;
    bool small;      /* int8, where nobody asks for anything else */
    bool keeps_bf16; /* else a model of bf16 is written as fp32 */
    laco_status (*write)(const laco_export_job *job);
} laco_export_form;

/* Writes a whole file, beside its place, then renamed. */
laco_status laco_export_file(laco_context *ctx, const char *path, const void *bytes, size_t size);

/* The forms' functions. */
laco_status laco_export_c(const laco_export_job *job);
laco_status laco_export_page(const laco_export_job *job);
laco_status laco_export_onnx(const laco_export_job *job);

#endif
