/* laco/model.h - trained models: load, ask, save, free.
 *
 * A model is one safetensors file: weights under PyTorch's names, everything else (task, sizes, vocabulary, labels) in the
 * header's metadata; docs/model-file.md describes it. Using a trained classifier takes three calls:
 *
 *     laco_model *model;
 *     laco_label answer;
 *     laco_model_load(ctx, "names.safetensors", &model);
 *     laco_model_classify(model, "Silva", 1, &answer);
 *     printf("%s %.2f\n", answer.name, answer.log_probability);
 *     laco_model_free(model);
 */
#ifndef LACO_MODEL_H
#define LACO_MODEL_H

#include "laco/data.h"
#include "laco/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_model laco_model;

/* Reads a model file; `path` "-" is standard input. *out is the caller's. LACO_IO: not readable; LACO_FORMAT: not a model, of an
 * unknown version or task, damaged, or with a weight that is NaN or infinite: the text says where; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_load(laco_context *ctx, const char *path, laco_model **out);

/* The same of a file that is in memory (or part of the program): `bytes` may go afterwards. LACO_FORMAT, LACO_NO_MEMORY. */
LACO_API laco_status laco_model_load_memory(laco_context *ctx, const void *bytes, size_t size, laco_model **out);

/* ---- One model, many threads ---- */

/* A handle on the same weights in another context, for another thread: it answers all questions of its task, and what it answers is the
 * same to the bit. It has no weights of its own, only what it needs for a question. A context, and what was made in it, is used by one
 * thread at a time; handles in contexts of their own are used at once. With as many of them as cores, give each context `threads` = 1.
 *
 *     laco_model_load(ctx, "model.safetensors", &model);
 *     for each thread: laco_context_new(&(laco_context_config){.threads = 1}, &contexts[i]);
 *                      laco_model_share(model, contexts[i], &handles[i]);
 *
 * `model` may be a handle too. Called by the thread that uses `model`, and not while that is asked; the context may be used by another
 * thread from then on. The handle is freed with laco_model_free by the thread that uses its context. The weights stay until the model and
 * all its handles are freed, in any order, each before its own context; who frees the last gives the memory back to the allocator of the
 * context in which the model was made, which must bear to be called from that thread, as the default one does.
 *
 * As long as there are handles the weights are read-only: to convert, load or train them is LACO_INVALID, settings of the module stay as
 * they are, and values must not be written to through laco_model_module. Any handle may be saved.
 * LACO_INVALID: the contexts differ in instruction set. LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_model_share(laco_model *model, laco_context *ctx, laco_model **out);

/* Writes the model beside `path` and renames it into place. LACO_IO, LACO_NO_MEMORY; LACO_NUMERIC: a weight is NaN or
 * infinite. The old file, if any, then still stands. */
LACO_API laco_status laco_model_save(laco_model *model, const char *path);

/* Frees a model or a handle. NULL is allowed. */
LACO_API void laco_model_free(laco_model *model);

/* "classify", … Owned by the library. */
LACO_API const char *laco_model_task(const laco_model *model);

/* The parameters. Owned by the model. */
LACO_API laco_module *laco_model_module(laco_model *model);

/* ---- Weights of fewer bits ---- */

/* What the matrices of a model (recurrent and linear layers, embeddings) are stored as: half or a quarter of the bytes. */
LACO_API laco_precision laco_model_weights(const laco_model *model);

/* What rounding did to the matrices. */
typedef struct laco_convert_loss {
    int64_t count;  /* weights that were rounded */
    double largest; /* the largest difference, as a share of the largest weight of its row */
    double mean;    /* the mean difference as a share of the mean weight, both without signs */
} laco_convert_loss;

/* Rounds the matrices of a model to bf16, or to int8 with a scale for each row; biases and the like stay fp32. From then on the model
 * computes and is saved like that (laco_precision says how); LACO_FP32 takes its weights as they are and computes in fp32 again.
 * `loss` may be NULL. LACO_NUMERIC: a weight is not finite, or one of a matrix is beyond 1e38, where rounding
 * comes to infinity; LACO_INVALID: there are handles on the model. It is then as before. */
LACO_API laco_status laco_model_convert(laco_model *model, laco_precision weights, laco_convert_loss *loss);

/* What the file says about the model as JSON text: {"task": …, "weights": "fp32", "network": {…}, "text": {…}, "labels": […], "vocabulary": […],
 * "parameters": …, "tensors": [{"name": …, "shape": […]}, …], "training": {…}}; what there is depends on the task. *out is the caller's, for laco_model_text_free. */
LACO_API laco_status laco_model_describe(laco_model *model, char **out);
LACO_API void laco_model_text_free(laco_model *model, char *text);

/* How the steps of a sequence become one row, of which a label is told. */
typedef enum laco_pooling {
    LACO_POOL_DEFAULT, /* the task's */
    LACO_POOL_LAST,    /* the last output, in each direction */
    LACO_POOL_MEAN,    /* the mean of all outputs */
    LACO_POOL_MAX,     /* the largest of each */
    LACO_POOL_ALL,     /* the three side by side. Howard and Ruder, "Universal language model fine-tuning for text classification", 2018 */
} laco_pooling;

/* The network. Zero means the task's default. */
typedef struct laco_network_options {
    const char *cell;               /* "rnn", "gru" or "lstm"; of classifiers also "mlp": layers of relu without memory */
    laco_nonlinearity nonlinearity; /* of "rnn" */
    int64_t hidden, layers;
    int64_t embed;                  /* size of the embedding; negative: one-hot */
    double dropout;                 /* on embeddings, between layers and before the output */
    int directions;                 /* 1 or 2; not of "mlp" */
    double embed_dropout;           /* on embeddings alone; 0: as `dropout`, negative: none */
    bool variational;               /* dropout drops the same elements at every step of a sequence */
    double weight_drop;             /* share of the recurrent weights that is zero for one batch; negative: none. Not of "mlp" */
    laco_pooling pool;              /* of classifiers; of "mlp" with a window alone */
    int64_t window;                 /* of "mlp": steps side by side, whose outputs are pooled; 0: the whole sequence side by side */
    bool tie_weights;               /* the output layer has the weight of the embedding, which must be as wide as `hidden` */
} laco_network_options;

/* ---- Classification ------------------------------------------------------------------------------------------------ */

/* A label and the logarithm (natural) of its probability. `name` is owned by the model. */
typedef struct laco_label {
    const char *name;
    int index;
    double log_probability;
} laco_label;

/* Number and names of the labels K, in the order of laco_label.index; 0 and NULL for models of other tasks. */
LACO_API int laco_model_label_count(const laco_model *model);
LACO_API const char *const *laco_model_label_names(const laco_model *model);

/* The `top` most probable labels of a text (UTF-8, ended by a zero), best first, into answers[top]; where there are fewer labels
 * than `top` the rest of answers has name NULL. An empty text is answered from the initial state.
 * LACO_INVALID: the model is of another task, or top < 1; LACO_FORMAT: not UTF-8; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_classify(laco_model *model, const char *text, int top, laco_label *answers);

/* The same for `count` texts at once, which is faster: text i is texts[i] with lengths[i] bytes (lengths NULL: each ends with a
 * zero), its answers are answers[i·top …]. Results equal those of one text at a time, bit for bit.
 * `unseen`, where not NULL, is raised by the number of characters (or words) that the vocabulary does not hold. */
LACO_API laco_status laco_model_classify_many(laco_model *model, size_t count, const char *const *texts, const size_t *lengths, int top,
                                              laco_label *answers, size_t *unseen);

/* F, the numbers of a step that a classifier reads; 0: it reads texts, or is of another task. */
LACO_API int64_t laco_model_features(const laco_model *model);

/* How to load data for a classifier: its labels, and the kind of data that it reads. Names and labels are the model's. */
LACO_API laco_labelled_config laco_model_data(const laco_model *model);

/* As laco_model_classify_many, for a classifier of numbers: sequence i is values[i], [steps[i]][F], as they were measured; the model
 * standardises them. LACO_INVALID: the model reads texts or is of another task, a number is not finite. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_classify_numbers(laco_model *model, size_t count, const laco_real *const *values, const int64_t *steps,
                                                 int top, laco_label *answers);

/* The same for every example of a set loaded with laco_model_data (labels play no part, and may be missing): answers[example · top …]. */
LACO_API laco_status laco_model_classify_data(laco_model *model, const laco_labelled *data, int top, laco_label *answers);

/* How a classifier does on labelled data. Everything is owned by the score, which laco_score_free frees. */
typedef struct laco_class_score {
    const char *name;
    size_t count;                 /* examples with this label */
    double precision, recall, f1; /* 0 where undefined */
} laco_class_score;

typedef struct laco_classify_score {
    laco_context *ctx;
    size_t count;
    double accuracy;
    double macro_f1; /* the mean F1 of the labels that occur in the data */
    double loss;     /* mean −log probability of the right label, in nats */
    int class_count;
    laco_class_score *classes; /* [class_count] */
    size_t *confusion;         /* [class_count][class_count]: rows are right labels, columns answers */
} laco_classify_score;

/* `data` must have been loaded with the model's labels. */
LACO_API laco_status laco_model_score(laco_model *model, const laco_labelled *data, laco_classify_score *out);
LACO_API void laco_classify_score_free(laco_classify_score *score);

#ifdef __cplusplus
}
#endif

#endif
