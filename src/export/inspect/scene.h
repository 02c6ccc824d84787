/* An input on its way through a model, as laco_inspect looks at it. What differs from task to task is a laco_scene_type: how the
 * input is read, in whole or in part, many times at once, and which numbers are its answers. All else is built on that: hidden
 * units, what counted, how far gradients reach. */
#ifndef LACO_EXPORT_INSPECT_SCENE_H
#define LACO_EXPORT_INSPECT_SCENE_H

#include "base/arena.h"
#include "laco/inspect.h"
#include "laco/trace.h"
#include "model/ensemble.h"
#include "model/model.h"

/* One reading of the input. */
typedef struct laco_reading {
    int64_t read;         /* steps from the start that there are */
    int64_t cut, cut_end; /* of these, those that are taken away */
    int64_t question;     /* 0 … questions-1; -1: all at once */
} laco_reading;

/* Part of the answer to a question: Σ weight · y[index] over the picks of its reading. */
typedef struct laco_pick {
    int64_t reading, index;
    double weight;
} laco_pick;

/* What hidden units may go with, step by step. */
typedef struct laco_feature {
    char name[80];
    double *value; /* [steps] */
} laco_feature;

#define LACO_FEATURES 64 /* at most */

/* A recurrent layer and the steps that it goes over. */
typedef struct laco_view {
    const char *name;                  /* "network", "encoder", "decoder" */
    laco_rnn *rnn[LACO_MOST_ENSEMBLE]; /* of each member; the first is looked at */
    int64_t members, steps;
    json_t *tokens; /* [steps] what each step reads; owned by the scene */
    laco_feature feature[LACO_FEATURES];
    int features;
} laco_view;

typedef struct laco_scene laco_scene;

typedef struct laco_scene_type {
    const char *task;
    /* Takes the input: steps, tokens, questions, views. */
    laco_status (*open)(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options);
    void (*close)(laco_scene *scene); /* may be NULL */
    /* Reads it B times on `tape`: scene->y, and its picks by laco_scene_pick. */
    laco_status (*read)(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B);
    /* Adds the answer and what only this task has. */
    laco_status (*tell)(laco_scene *scene, json_t **into);
} laco_scene_type;

struct laco_scene {
    laco_context *ctx;
    laco_model *model;
    const laco_scene_type *type;
    laco_arena arena;  /* what lives as long as the scene */
    laco_tape *tape;   /* records and traces */
    laco_tape *quiet;  /* answers alone */
    const char *unit;  /* what a step is: "letter", "word", "row" … */
    int64_t T, total;  /* steps that are looked at, and that there are */
    json_t *curves;    /* [{"name", "values" [T]}] of inputs that are numbers, or NULL */
    int64_t questions; /* that may be asked */
    bool prefix;       /* question q is of the first q + 1 steps alone */
    bool along;        /* questions go along the steps of view 0, else along those of view 1 */
    const char *loss;  /* what L_t is */
    int64_t asked;     /* the question explained */
    char about[200];   /* what it is */
    laco_view view[2];
    int views;
    double *truth;         /* [questions] of predictions of numbers, NaN where unknown; NULL: answers are log-probabilities */
    const double *class_r; /* [units of all passes of view 0][classes] how their last values go with answers; NULL: not known */
    const char *const *class_names;
    int classes;
    int64_t cells; /* numbers of y for one reading of the whole input */
    laco_var y;    /* of the last reading */
    laco_pick *pick;
    int64_t picks, pick_room;
    void *own; /* the task's, in the arena */
};

extern const laco_scene_type laco_scene_classify, laco_scene_tag, laco_scene_forecast, laco_scene_generate, laco_scene_transduce,
    laco_scene_caption, laco_scene_transcribe;

/* Takes an input of a model. *out can be closed also after a failure. */
laco_status laco_scene_open(laco_model *model, const laco_inspect_input *input, const laco_inspect_options *options,
                            laco_scene *out);
void laco_scene_close(laco_scene *scene);

/* Memory of the scene, zero; NULL: there is none. */
void *laco_scene_alloc(laco_scene *scene, int64_t count, size_t size);

/* A view of members that stand in the model under `name` (of member m as laco_member_name has it). */
laco_status laco_scene_view(laco_scene *scene, const char *name, const char *layer, int64_t members, int64_t steps,
                            json_t *tokens);

/* A feature of a view that is still all 0; NULL: there are enough, or no memory. */
laco_feature *laco_scene_feature(laco_scene *scene, laco_view *view, const char *format, ...) LACO_PRINTF(3, 4);

/* Features of tokens that are text: letters, or words. */
laco_status laco_scene_text_features(laco_scene *scene, laco_view *view, bool words);

/* How the units of a classifier, so many in all layers and directions, go with its answers to the items of data. */
laco_status laco_scene_classes(laco_scene *scene, const laco_labelled *data, int64_t units);

/* The reading by which question q is answered, with nothing taken away. */
laco_reading laco_scene_reading(const laco_scene *scene, int64_t question);

/* Reads on a tape, which is reset. */
laco_status laco_scene_read(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B);
laco_status laco_scene_pick(laco_scene *scene, int64_t reading, int64_t index, double weight);

/* The answer of one of the readings read last; NaN: there is none, its step was taken away. */
double laco_scene_value(const laco_scene *scene, int64_t reading);

/* Sends slope[b] times the gradient of answer b back through scene->tape. */
laco_status laco_scene_pull(laco_scene *scene, const double *slope);

/* The trace of a view's layer in the last reading; NULL: there is none. */
const laco_rnn_trace *laco_scene_trace(const laco_scene *scene, const laco_view *view, int64_t member);

/* Step k of those that a reading reads, once what is cut is gone; -1: it is cut. */
static inline int64_t laco_reading_place(const laco_reading *r, int64_t k)
{
    return k < r->cut ? k : k < r->cut_end ? -1 : k - (r->cut_end - r->cut);
}
static inline int64_t laco_reading_steps(const laco_reading *r) { return r->read - (r->cut_end - r->cut); }

/* ---- JSON ---- */

/* A number; null: NaN or infinite. */
json_t *laco_inspect_number(double value);
/* Numbers `stride` apart, `bin` of them as their mean. */
json_t *laco_inspect_numbers(const laco_real *values, int64_t count, int64_t stride, int64_t bin);
json_t *laco_inspect_doubles(const double *values, int64_t count);
/* A string of bytes; what is not UTF-8 becomes U+FFFD. */
json_t *laco_inspect_text(const char *bytes, size_t length);

/* ---- What is told of every scene ---- */

laco_status laco_inspect_units(laco_scene *scene, const laco_inspect_options *options, json_t **into);
laco_status laco_inspect_counted(laco_scene *scene, json_t **into);
laco_status laco_inspect_microscope(laco_scene *scene, const laco_inspect_options *options, json_t **into);
laco_status laco_inspect_jacobians(laco_scene *scene, json_t **into);

/* The n × m matrix of how a state follows from the one before, at step t of sequence 0 of a pass: of h, or of an LSTM of c and h
 * one behind the other. *n: its sides. LACO_NO_MEMORY. */
laco_status laco_inspect_jacobian(laco_arena *arena, const laco_rnn_trace *trace, int layer, int direction, int64_t t,
                                  double **out, int64_t *n);
/* The singular values of a matrix [n][n], falling, into out[n]; the matrix is lost. */
void laco_inspect_singular(double *matrix, int64_t n, double *out);

#endif
