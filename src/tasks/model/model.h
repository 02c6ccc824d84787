/* The inside of a model, and the table of tasks. */
#ifndef LACO_MODEL_MODEL_H
#define LACO_MODEL_MODEL_H

#include "base/tensor_file.h"
#include "laco/model.h"
#include "laco/model_data.h"
#include "laco/options.h"
#include "model/fields.h"

#include <jansson.h>

#define LACO_FORMAT_VERSION "1"

struct laco_stream_type; /* model/model_stream.h */

/* Every task: the one list in which a new one is entered. Each is defined as `laco_task_NAME`, its options as `laco_NAME_table`.
 */
#define LACO_TASKS(X) X(classify) X(tag) X(forecast) X(generate) X(caption) X(transduce) X(transcribe)

/* What a kind of model can do. */
typedef struct laco_task {
    const char *name;
    const laco_option_table *table; /* of its training, for whoever asks which there are */
    const laco_fields *metadata; /* of the task's own struct, which begins with a laco_model: its keys in the file, "laco.…" */
    laco_status (*make)(laco_model *model); /* adds the layers that the metadata describes to model->module */
    void (*release)(
        laco_model *model); /* what the task's own struct holds, whole or as far as it was read, but for its scratch */
    /* Adds to a description what is not in the metadata; may be NULL. */
    laco_status (*describe)(const laco_model *model, const laco_meta *meta, json_t *into);
    /* Its labels or tags, and how data for it are read; NULL: it has none, and there is nothing to say. */
    const char *const *(*labels)(const laco_model *model, int *count);
    void (*data)(const laco_model *model, laco_data_config *out);
    /* Puts what of the model can be asked for in training into a struct of the task's options that is all zero. */
    void (*options)(const laco_model *model, void *options);

    /* From `scratch` on, the last members of the task's own struct are what one handle alone uses (tapes, answers). `open` (NULL:
     * zeros will do) makes of them what must be there before the first question, `close` frees them. */
    size_t scratch;
    laco_status (*open)(laco_model *model);
    void (*close)(laco_model *model);

    const struct laco_stream_type *stream; /* NULL: it answers when it has read all */
} laco_task;

/* Every task's model begins with this. */
struct laco_model {
    laco_context *ctx;
    const laco_task *task;
    laco_module *module;
    bool unfinished;        /* came out of a training that was ended within its first epoch */
    char *training;         /* JSON text on how it was trained, or NULL */
    laco_precision weights; /* of the matrices in the file */
    laco_model *owner;      /* of a handle: the model whose members, but for scratch, it has copies of; else NULL */
};

#define LACO_TASK(name) extern const laco_task laco_task_##name;
LACO_TASKS(LACO_TASK)
#undef LACO_TASK

#define LACO_TABLE(name) extern const laco_option_table laco_##name##_table;
LACO_TASKS(LACO_TABLE)
#undef LACO_TABLE

/* LACO_NUMERIC: a parameter holds a NaN or an infinity. */
laco_status laco_model_check_params(laco_context *ctx, const laco_module *module);

/* What a network has answered, `width` numbers to each answer, or 0 where they are not to be told apart. Weights that are finite
 * can still be so large that what they come to is not. LACO_NUMERIC: a NaN, or an infinity in what is `real`; logarithms of
 * probabilities may be that. */
LACO_SHARED laco_status laco_model_check_answers(laco_context *ctx, const laco_real *values, int64_t count, int64_t width,
                                                 bool real);

/* A module for the model and its layers in it. Of a model that comes from a file, `file` says what the parameters have to be:
 * each is looked up there before memory is taken for it, so that sizes in metadata cost nothing but what the file itself holds.
 * Else it is NULL, and the layers get their first values by `seed`. LACO_FORMAT: a tensor is missing, or of another shape. */
laco_status laco_model_make(laco_model *model, uint64_t seed, const laco_tensor_file *file);

/* Frees what answering has left in the model's scratch, as tapes with their memory: it is as before the first question. */
laco_status laco_model_let_go(laco_model *model);

/* Adds format, task, the task's metadata, `training` and the parameters to a file that is being written. LACO_NUMERIC: a
 * parameter is not finite, or the metadata could not be read again. */
laco_status laco_model_write(laco_model *model, laco_tensor_writer *writer);

/* Reads the parameters of `module` from a file, by name, shapes and numbers checked. */
laco_status laco_model_read_params(laco_module *module, const laco_tensor_file *file);

/* The entry of a task; NULL: there is none of this name. */
const laco_task *laco_task_find(const char *name);

/* A model of a task with all that `metadata`, an object of the keys of its file ("laco.network" …), says, without layers. */
laco_status laco_model_fill(const laco_meta *meta, const laco_task *task, const json_t *metadata, laco_model **out);

/* The model of a task whose metadata are in `metadata` and whose parameters are the tensors of a file, all of them: one that is
 * missing, left over or of another shape is LACO_FORMAT, and the text names each with its shapes. LACO_INVALID: no such task. */
LACO_SHARED laco_status laco_model_from_parts(laco_context *ctx, const char *task, const json_t *metadata,
                                              const laco_tensor_file *file, laco_model **out);

/* Builds the model of a file that is already open. */
laco_status laco_model_from_file(laco_context *ctx, const laco_tensor_file *file, laco_model **out);

/* ---- Metadata as JSON ---- */

/* Parses metadata `key` of the file as JSON; *out is a new reference. LACO_FORMAT: no such key, or not JSON. */
laco_status laco_meta_parse(laco_context *ctx, const laco_tensor_file *file, const char *key, json_t **out);

/* Writes a JSON value as metadata and releases it; NULL (Jansson had no memory) is an error. */
laco_status laco_meta_write(laco_context *ctx, laco_tensor_writer *writer, const char *key, json_t *value);

/* A member of a JSON object, checked: LACO_FORMAT names the file, the key and what would be right. */
laco_status laco_meta_integer(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int64_t low,
                              int64_t high, int64_t *out);

#endif
