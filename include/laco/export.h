/* laco/export.h - models for places without laço: a C file, a graph, a page. docs/export.md has each form with examples.
 */
#ifndef LACO_EXPORT_H
#define LACO_EXPORT_H

#include "laco/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the matrices of a model are written as. */
typedef enum laco_export_weights {
    LACO_EXPORT_AS_USUAL, /* what is usual of the form: of a C file what the model has */
    LACO_EXPORT_FP32,
    LACO_EXPORT_INT8,
} laco_export_weights;

/* Zero means the default. */
typedef struct laco_export_options {
    laco_export_weights weights;
    const char *name;    /* an identifier of C that names begin with; NULL: made of the file's name */
    int64_t flash, ram;  /* of a C file: the bytes that the target has of each, which the model may not exceed; 0: any */
    int64_t reserved[2]; /* zero */
} laco_export_options;

/* Writes the model in the form that the ending of `path` says ("names.c": names.h as well). Where `weights` are not those of the
 * model, it is converted as by laco_model_convert and stays so. `options` may be NULL. LACO_INVALID: no form has that ending, the
 * name is no identifier, the form cannot express the model, or the target cannot hold it: the text says how much it needs, or what
 * can be done. LACO_IO, LACO_NO_MEMORY. */
LACO_API laco_status laco_export(laco_model *model, const char *path, const laco_export_options *options);

/* A form. */
typedef struct laco_export_form_info {
    const char *ending; /* of its files: ".c" */
    const char *what;   /* in a few words */
} laco_export_form_info;

/* The forms that there are, ended by an ending of NULL. */
LACO_API const laco_export_form_info *laco_export_forms(void);

#ifdef __cplusplus
}
#endif

#endif
