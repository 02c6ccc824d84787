/* laco/import.h - checkpoints from elsewhere: their tensors by name, into a network of one's own or into a model of a task.
 * In liblaco-readers; docs/from-pytorch.md shows both ways.
 */
#ifndef LACO_IMPORT_H
#define LACO_IMPORT_H

#include "laco/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Tensors by name ------------------------------------------------------------------------------------------------ */

typedef struct laco_state_dict laco_state_dict;

/* Reads the tensors of a checkpoint; `path` "-" is standard input. Forms are known by their content:
 *   safetensors    F64, F32, F16, BF16 and whole numbers
 *   torch.save     .pt, .pth, .ckpt: the zip archive that torch writes since 1.6. Of its pickle only what a state_dict needs is
 *                  read, and nothing is ever called; dictionaries in dictionaries give names with points between their keys
 *                  ("state_dict.rnn.weight_ih_l0"). Values that are not tensors are passed over. A library that was built without
 *                  libzip (-Dtorch=disabled) says so
 * *out is the caller's. LACO_IO: not readable. LACO_FORMAT: neither of the two, damaged, compressed, naming functions that no
 * state_dict needs, or holding sizes that do not fit its bytes: the text says what. LACO_NO_MEMORY. On failure *out is untouched.
 */
LACO_API laco_status laco_state_dict_open(laco_context *ctx, const char *path, laco_state_dict **out);

/* The same of `size` bytes in memory, which may go afterwards; `name` stands for them in errors. */
LACO_API laco_status laco_state_dict_parse(laco_context *ctx, const char *name, const void *bytes, size_t size,
                                           laco_state_dict **out);
LACO_API void laco_state_dict_free(laco_state_dict *dict); /* NULL is allowed */

/* One tensor. All of it belongs to the dictionary, and stands until that is renamed or freed. */
typedef struct laco_state_tensor {
    const char *name;
    const char *dtype; /* as safetensors names it: "F32" */
    int ndim;
    const int64_t *shape; /* [ndim] */
} laco_state_tensor;

/* Tensor 0, 1 … in the order of the file. False: there are not so many. */
LACO_API bool laco_state_dict_at(const laco_state_dict *dict, size_t index, laco_state_tensor *out);

/* Whether the file says that it is a model of laço, which laco_model_load reads. */
LACO_API bool laco_state_dict_is_model(const laco_state_dict *dict);

/* Keeps the tensors of `part` ("state_dict.model") under the names that they have within it. NULL: what a training leaves beside
 * its model (optimizer…, lr_schedulers… and the like) is left out, and then any prefix that all names have. LACO_INVALID: nothing
 * begins with `part`; the text says what there is. LACO_NO_MEMORY. */
LACO_API laco_status laco_state_dict_narrow(laco_state_dict *dict, const char *part);

/* Other names: "lstm=rnn,fc=linear" makes "lstm.weight_ih_l0" "rnn.weight_ih_l0". What stands before = is the first parts of a
 * name, in full; nothing behind = takes them away. The first that fits a name is used. LACO_INVALID: not of this form, or a part
 * that no name begins with. LACO_FORMAT: two tensors would have one name. LACO_NO_MEMORY. The dictionary is then as before. */
LACO_API laco_status laco_state_dict_rename(laco_state_dict *dict, const char *renames);

/* The values of all parameters of a module, by name, as laco_module_load reads them from safetensors: every parameter has a
 * tensor of its name and shape, and every tensor a parameter. Whole or not at all. LACO_FORMAT: it does not fit; the text names
 * what is missing, left over or of another shape, with shapes. LACO_INVALID: the weights are read-only. LACO_NO_MEMORY.
 *
 *     laco_state_dict_open(ctx, "mine.pt", &dict);
 *     laco_state_dict_narrow(dict, NULL);
 *     laco_state_dict_load(dict, module);
 *     laco_state_dict_free(dict); */
LACO_API laco_status laco_state_dict_load(laco_state_dict *dict, laco_module *module);

/* ---- Models --------------------------------------------------------------------------------------------------------- */

/* What the tensors do not say. Zero means the default; lists end at their count and are copied. */
typedef struct laco_import_options {
    const char *task;           /* as laco_model_task says; needed */
    const char *const *labels;  /* classes, tags; names of the columns of a forecaster */
    int64_t label_count;        /* 0: "0", "1" … */
    const char *const *tokens;  /* the token of each id: of a transducer its targets */
    int64_t token_count;        /* 0: the model reads numbers */
    const char *const *sources; /* of a transducer; of a tagger its letters */
    int64_t source_count;
    laco_text_config text;          /* how text is cut into tokens */
    laco_nonlinearity nonlinearity; /* of "rnn" */
    laco_pooling pool;              /* of a classifier; of layers of relu: they read steps around each, else all side by side */
    laco_token_kind source, target; /* of a transducer: what its texts are cut into; of a captioner the second */
    int rate, bands;                /* of a recogniser: samples a second, and numbers of a frame; 0: 16000, 40 */
    int64_t height;                 /* of a captioner of pictures: rows; 0: it reads vectors */
    int64_t horizon;                /* of a forecaster; 0: 1 */
    const double *mean, *deviation; /* of numbers: what is read is (x − mean) / deviation; NULL: 0 and 1 */
    int64_t number_count;           /* of both */
    int64_t reserved[8];            /* zero */
} laco_import_options;

/* A model of a task around the tensors of a dictionary, whose names are the task's (docs/from-pytorch.md has them all). Sizes,
 * layers, directions and cells are found from shapes. Tokens are put in the order that laço needs, with "<unk>" first, and the
 * rows of embedding and output with them; where no token is "<unk>" one is added, read as zeros and never written. Biases that are
 * missing altogether are zeros. *out is the caller's. LACO_FORMAT: tensors do not fit the task, or each other, or the lists; the
 * text names what is missing, left over or of another shape. LACO_INVALID: an unknown task, or a list that it needs and does not
 * have. LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_import(laco_context *ctx, laco_state_dict *dict, const laco_import_options *options,
                                       laco_model **out);

#ifdef __cplusplus
}
#endif

#endif
