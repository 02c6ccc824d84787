/* The inside of a model, and the table of tasks. */
#ifndef LACO_MODEL_MODEL_H
#define LACO_MODEL_MODEL_H

#include "base/tensor_file.h"
#include "laco/model.h"

#include <jansson.h>

#define LACO_FORMAT_VERSION "1"

/* What a kind of model can do. A task is an entry of laco_tasks in model.c. */
typedef struct laco_task {
    const char *name;
    /* Builds the network that the metadata describes, weights not yet read. */
    laco_status (*build)(laco_context *ctx, const laco_tensor_file *file, laco_model **out);
    /* Adds the task's metadata. */
    laco_status (*save)(laco_model *model, laco_tensor_writer *writer);
    /* Adds what laco_model_describe should say; 0, or -1 where Jansson has no memory. */
    int (*describe)(laco_model *model, json_t *into);
    void (*release)(laco_model *model); /* what the task's own struct holds, but for its scratch */

    /* The task's struct; from `scratch` on, its last members are what one handle alone uses (tapes, answers). `open` (NULL: zeros will do)
     * makes of them what must be there before the first question, `close` frees them. */
    size_t size, scratch;
    laco_status (*open)(laco_model *model);
    void (*close)(laco_model *model);
} laco_task;

/* Every task's model begins with this. */
struct laco_model {
    laco_context *ctx;
    const laco_task *task;
    laco_module *module;
    char *training; /* JSON text on how it was trained, or NULL */
    laco_precision weights; /* of the matrices in the file */
    laco_model *owner;      /* of a handle: the model whose members, but for scratch, it has copies of; else NULL */
};

extern const laco_task laco_task_classify;
extern const laco_task laco_task_tag;
extern const laco_task laco_task_caption;
extern const laco_task laco_task_forecast;
extern const laco_task laco_task_generate;
extern const laco_task laco_task_transcribe;
extern const laco_task laco_task_transduce;

/* LACO_NUMERIC: a parameter holds a NaN or an infinity. */
laco_status laco_model_check_params(laco_context *ctx, const laco_module *module);

/* What a network has answered, `width` numbers to each answer, or 0 where they are not to be told apart. Weights that are finite can still be
 * so large that what they come to is not. LACO_NUMERIC: a NaN, or an infinity in what is `real`; logarithms of probabilities may be that. */
laco_status laco_model_check_answers(laco_context *ctx, const laco_real *values, int64_t count, int64_t width, bool real);

/* Adds format, task, the task's metadata, `training` and the parameters to a file that is being written. LACO_NUMERIC: a parameter is not finite. */
laco_status laco_model_write(laco_model *model, laco_tensor_writer *writer);

/* Reads the parameters of `module` from a file, by name, shapes and numbers checked. */
laco_status laco_model_read_params(laco_module *module, const laco_tensor_file *file);

/* Builds the model of a file that is already open. */
laco_status laco_model_from_file(laco_context *ctx, const laco_tensor_file *file, laco_model **out);

/* ---- Metadata as JSON ---- */

/* Parses metadata `key` of the file as JSON; *out is a new reference. LACO_FORMAT: no such key, or not JSON. */
laco_status laco_meta_parse(laco_context *ctx, const laco_tensor_file *file, const char *key, json_t **out);

/* Writes a JSON value as metadata and releases it; NULL (Jansson had no memory) is an error. */
laco_status laco_meta_write(laco_context *ctx, laco_tensor_writer *writer, const char *key, json_t *value);

/* Members of a JSON object, checked: LACO_FORMAT names the file, the key and what would be right. */
laco_status laco_meta_integer(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t low, int64_t high,
                              int64_t *out);
laco_status laco_meta_real(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, double low, double high,
                           double *out);
/* *out is the place of the string in `names` (ended by NULL). */
laco_status laco_meta_choice(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key,
                             const char *const *names, int *out);

/* Numbers as an array; NULL where Jansson has no memory. And back: member `key`, an array of `count` finite numbers; *out is the caller's,
 * also after a failure. */
json_t *laco_meta_reals_to_json(const laco_real *values, int64_t count);
laco_status laco_meta_reals_from_json(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t count,
                                      laco_real **out);

#endif
