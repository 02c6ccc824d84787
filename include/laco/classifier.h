/* laco/classifier.h - using a trained classifier of texts or of sequences of numbers. Training one: laco/classify.h.
 *
 *     laco_model *model;
 *     laco_label answer;
 *     laco_model_load(ctx, "names.safetensors", &model);
 *     laco_model_classify(model, "Silva", 1, &answer);
 *     printf("%s %.2f\n", answer.name, answer.log_probability);
 *     laco_model_free(model);
 */
#ifndef LACO_CLASSIFIER_H
#define LACO_CLASSIFIER_H

#include "laco/labelled.h"
#include "laco/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A label and the logarithm (natural) of its probability. `name` is owned by the model. */
typedef struct laco_label {
    const char *name;
    int index; /* among laco_model_label_names */
    double log_probability;
} laco_label;

/* The `top` most probable labels of each of `count` texts (UTF-8), best first: text i is texts[i] with lengths[i] bytes (lengths
 * NULL: each ends with a zero), its answers are answers[i·top …]; where there are fewer labels than `top` the rest has name NULL.
 * An empty text is answered from the initial state. `unseen`, where not NULL, is raised by the number of characters (or words)
 * that the vocabulary does not hold. LACO_INVALID: the model is of another task, or top < 1; LACO_FORMAT: not UTF-8;
 * LACO_NO_MEMORY. laco_model_classify is the same for one text; many at once are faster, and have the same answers, bit for bit.
 */
LACO_API laco_status laco_model_classify_many(laco_model *model, size_t count, const char *const *texts, const size_t *lengths,
                                              int top, laco_label *answers, size_t *unseen);
static inline laco_status laco_model_classify(laco_model *model, const char *text, int top, laco_label *answers)
{
    return laco_model_classify_many(model, 1, &text, NULL, top, answers, NULL);
}

/* As laco_model_classify_many, for a classifier of numbers: sequence i is values[i], [steps[i]][F], as they were measured; the
 * model standardises them. LACO_INVALID: the model reads texts or is of another task, a number is not finite. LACO_NO_MEMORY. */
LACO_API laco_status laco_model_classify_numbers(laco_model *model, size_t count, const laco_real *const *values,
                                                 const int64_t *steps, int top, laco_label *answers);

/* The same for every example of a set loaded as laco_model_data_config says (labels play no part, and may be missing):
 * answers[example · top …]. */
LACO_API laco_status laco_model_classify_data(laco_model *model, const laco_labelled *data, int top, laco_label *answers);

/* How a classifier does on labelled data. Everything is owned by the score, which laco_classify_score_free frees. */
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
