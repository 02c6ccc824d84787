/* laco/model.h - trained models: load, ask, save, free.
 *
 * A model is one safetensors file: weights under PyTorch's names, everything else (task, sizes, vocabulary, labels) in the
 * header's metadata; docs/model-file.md describes it. Asking one is a header of each task: laco/classifier.h, laco/tagger.h …
 */
#ifndef LACO_MODEL_H
#define LACO_MODEL_H

#include "laco/text.h"
#include "laco/nn.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_model laco_model;

/* Reads a model file; `path` "-" is standard input. *out is the caller's. LACO_IO: not readable, or written to
 * meanwhile; LACO_FORMAT: not a model, of an unknown version or task, damaged, or with a weight that is NaN or infinite: the text
 * says where; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_load(laco_context *ctx, const char *path, laco_model **out);

/* The same of a model that is asked and no more, in about half the memory, a third with weights of int8: each matrix is read, packed
 * for its products and freed before the next one is read. Answers are the same to the bit. It can be shared; to save, convert, export,
 * inspect or change it, or to save or load the state of a stream of it, is LACO_INVALID, and a parameter whose `copied` is set
 * has no values. */
LACO_API laco_status laco_model_load_for_inference(laco_context *ctx, const char *path, laco_model **out);

/* As laco_model_load, of a file that is in memory (or part of the program): `bytes` may go afterwards. LACO_FORMAT, LACO_NO_MEMORY. */
LACO_API laco_status laco_model_load_memory(laco_context *ctx, const void *bytes, size_t size, laco_model **out);

/* ---- One model, many threads ---- */

/* A handle on the same weights in another context, for another thread: it answers all questions of its task, and what it answers
 * is the same to the bit. It has no weights of its own, only what it needs for a question. A context, and what was made in it, is
 * used by one thread at a time; handles in contexts of their own are used at once. With as many of them as cores, give each
 * context `threads` = 1.
 *
 *     laco_model_load(ctx, "model.safetensors", &model);
 *     for each thread: laco_context_new(&(laco_context_config){.threads = 1}, &contexts[i]);
 *                      laco_model_share(model, contexts[i], &handles[i]);
 *
 * `model` may be a handle too. Called by the thread that uses `model`, and not while that is asked; the context may be used by
 * another thread from then on. The handle is freed with laco_model_free by the thread that uses its context. The weights stay
 * until the model and all its handles are freed, in any order, each before its own context; who frees the last gives the memory
 * back to the allocator of the context in which the model was made, which must bear to be called from that thread, as the default
 * one does.
 *
 * As long as there are handles the weights are read-only: to convert, load or train them is LACO_INVALID, settings of the module
 * stay as they are, and values must not be written to through laco_model_module. Any handle may be saved. LACO_INVALID: the
 * contexts differ in instruction set. LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_share(laco_model *model, laco_context *ctx, laco_model **out);

/* Writes the model beside `path` and renames it into place. LACO_IO, LACO_NO_MEMORY; LACO_NUMERIC: a weight is NaN or
 * infinite. The old file, if any, then still stands. */
LACO_API laco_status laco_model_save(laco_model *model, const char *path);

/* True of a model that comes out of a training which was ended within its first epoch: it was never validated, and may know next
 * to nothing. The program lets it replace no other model. False once it was saved and loaded. */
LACO_API bool laco_model_unfinished(const laco_model *model);

/* Frees a model or a handle. NULL is allowed. */
LACO_API void laco_model_free(laco_model *model);

/* "classify", … Owned by the library. */
LACO_API const char *laco_model_task(const laco_model *model);

/* The labels of a classifier or the tags of a tagger, in their order, with NULL behind the last; *count, where not NULL, is how
 * many. NULL and 0: a model of another task. The model's. */
LACO_API const char *const *laco_model_label_names(const laco_model *model, int *count);

/* The parameters. Owned by the model. */
LACO_API laco_module *laco_model_module(laco_model *model);

/* The recurrent layer of a model by what its parameters' names begin with: "rnn", "encoder", "decoder.rnn" … (laco_model_describe
 * lists the tensors). For what laco/nn.h and laco/stream.h do with a layer: laco_stream_new steps it, laco_module_find gives its
 * weights. NULL, with the error set: there is no such layer; the text says which there are. The model's; of a handle its owner's,
 * and then not for use beside other threads. A whole model as a stream: laco/model_stream.h. */
LACO_API laco_rnn *laco_model_rnn(laco_model *model, const char *name);

/* ---- Weights of fewer bits ---- */

/* What rounding did to the matrices. */
typedef struct laco_convert_loss {
    int64_t count;  /* weights that were rounded */
    double largest; /* the largest difference, as a share of the largest weight of its row */
    double mean;    /* the mean difference as a share of the mean weight, both without signs */
} laco_convert_loss;

/* Rounds the matrices of a model to bf16, or to int8 with a scale for each row; biases and the like stay fp32. From then on the
 * model computes and is saved like that (laco_precision says how); LACO_FP32 takes its weights as they are and computes in fp32
 * again. `loss` may be NULL. LACO_NUMERIC: a weight is not finite, or one of a matrix is beyond 1e38, where rounding comes to
 * infinity; LACO_INVALID: there are handles on the model. It is then as before. */
LACO_API laco_status laco_model_convert(laco_model *model, laco_precision weights, laco_convert_loss *loss);

/* What the file says about the model as JSON text: {"task": …, "weights": "fp32", "network": {…}, "text": {…}, "labels": […],
 * "vocabulary": […], "parameters": …, "tensors": [{"name": …, "shape": […]}, …], "training": {…}}; what there is depends on the
 * task. *out is the caller's, for laco_free. */
LACO_API laco_status laco_model_describe(laco_model *model, char **out);

/* How the steps of a sequence become one row, of which a label is told. */
typedef enum laco_pooling {
    LACO_POOL_DEFAULT, /* the task's */
    LACO_POOL_LAST,    /* the last output, in each direction */
    LACO_POOL_MEAN,    /* the mean of all outputs */
    LACO_POOL_MAX,     /* the largest of each */
    LACO_POOL_ALL, /* the three side by side. Howard and Ruder, "Universal language model fine-tuning for text classification",
                      2018 */
} laco_pooling;

/* The network. Zero means the task's default; dropout can be LACO_OFF. */
typedef struct laco_network_options {
    laco_cell_kind cell;            /* LACO_MLP of classifiers, taggers, forecasters and language models alone */
    laco_nonlinearity nonlinearity; /* of "rnn" */
    int64_t hidden, layers;
    int64_t embed;        /* size of the embedding; LACO_OFF: one-hot */
    double dropout;       /* on embeddings, between layers and before the output */
    int directions;       /* 1 or 2; not of "mlp" */
    double embed_dropout; /* on embeddings alone; 0: as `dropout`, LACO_OFF: none */
    bool variational;     /* dropout drops the same elements at every step of a sequence */
    double weight_drop;   /* share of the recurrent weights that is zero for one batch; LACO_OFF: none. Not of "mlp" */
    laco_pooling pool;    /* of classifiers; of "mlp" with a window alone */
    int64_t window; /* of "mlp": steps side by side. Of classifiers their outputs are pooled, 0: the whole sequence side by side;
                             of language models the last steps, 0: the default. Forecasters and taggers have their own `window` */
    bool tie_weights; /* the output layer has the weight of the embedding, which must be as wide as `hidden` */
} laco_network_options;

/* How well one label, tag or type of entity is found. */
typedef struct laco_class_score {
    const char *name;
    size_t count;                 /* examples with this label */
    double precision, recall, f1; /* 0 where undefined */
} laco_class_score;

#ifdef __cplusplus
}
#endif

#endif
