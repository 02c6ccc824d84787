/* laco/optim.h - optimisers, gradient clipping and learning-rate schedules, as torch.optim (1.13).
 */
#ifndef LACO_OPTIM_H
#define LACO_OPTIM_H

#include "laco/module.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_optimiser_kind {
    LACO_OPTIMISER_DEFAULT, /* of a task Adam, here SGD */
    LACO_SGD,
    LACO_ADAM,
    LACO_ADAMW,
    LACO_RMSPROP,
    LACO_LBFGS, /* of tasks: of forecasters alone, over the whole data */
} laco_optimiser_kind;

typedef enum laco_line_search {
    LACO_LINE_SEARCH_DEFAULT,
    LACO_NO_LINE_SEARCH,
    LACO_STRONG_WOLFE
} laco_line_search; /* the default is none */

/* What L-BFGS takes besides a learning rate. A negative tolerance means 0: never stop for it. */
typedef struct laco_lbfgs_config {
    int64_t max_iter;             /* 20: iterations of one step */
    int64_t max_eval;             /* max_iter * 5 / 4: closure calls of one step, behind which no further iteration begins */
    double tolerance_grad;        /* 1e-7: done where no element of the gradient is larger */
    double tolerance_change;      /* 1e-9: done where neither parameters nor loss change by more */
    int64_t history_size;         /* 100: pairs of vectors remembered */
    laco_line_search line_search; /* none */
    double reserved[8];           /* zero */
} laco_lbfgs_config;

/* Zero means the default, which is torch's: fields that another optimiser uses are ignored. Rates, decays, momentum and eps are
 * finite and not negative, beta1, beta2 and alpha in [0, 1). The equations: src/engine/optim/sgd.c, adam.c, rmsprop.c,
 * lbfgs_step.c. */
typedef struct laco_optimiser_config {
    laco_optimiser_kind kind;
    double lr; /* SGD: 0.01 here (torch has no default); Adam, AdamW: 0.001; RMSprop: 0.01; L-BFGS: 1, the step's length without
                  line search, the first trial with it */
    double weight_decay;     /* 0; AdamW: 0.01, a negative value means none; not of L-BFGS */
    double momentum;         /* SGD, RMSprop: 0 */
    double dampening;        /* SGD: 0 */
    bool nesterov;           /* SGD */
    double beta1, beta2;     /* Adam, AdamW: 0.9, 0.999 */
    double eps;              /* Adam, AdamW, RMSprop: 1e-8 */
    double alpha;            /* RMSprop: 0.99 */
    bool centered;           /* RMSprop */
    laco_lbfgs_config lbfgs; /* L-BFGS */
    double reserved[8];      /* zero */
} laco_optimiser_config;

typedef struct laco_optimiser laco_optimiser;

/* An optimiser of all parameters that `module` has now (L-BFGS: of those that are not frozen now); `module` must outlive it.
 * `config` may be NULL: plain SGD. LACO_INVALID: a hyperparameter that cannot be, nesterov without momentum or with dampening, or
 * for L-BFGS no parameter to move. LACO_NO_MEMORY. */
LACO_API laco_status laco_optimiser_new(laco_module *module, const laco_optimiser_config *config, laco_optimiser **out);
LACO_API void laco_optimiser_free(laco_optimiser *optimiser); /* NULL is allowed */

/* One update of every parameter that is not frozen, from its gradient. Gradients are left as they are. LACO_INVALID: L-BFGS,
 * which asks for losses and gradients itself: laco_optimiser_step_closure. */
LACO_API laco_status laco_optimiser_step(laco_optimiser *optimiser);

/* The same, and sets the gradients of all its parameters, frozen ones too, to zero for the next backward pass: as
 * laco_module_zero_grad behind it, but while they are still in the cache. */
LACO_API laco_status laco_optimiser_step_and_clear(laco_optimiser *optimiser);

/* Zeroes the gradients of the module, computes loss and gradients at the parameters as they are, puts the loss into *loss. For
 * L-BFGS the same function each time within a step: the whole data or one fixed batch, without dropout. */
typedef laco_status (*laco_closure)(void *user, double *loss);

/* A step that asks for loss and gradients itself, as torch's step(closure). L-BFGS: up to max_iter iterations over all parameters
 * as one vector; Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4, 3.5 and 3.6, in the form of
 * torch.optim.LBFGS (1.13). The others ask once, then step. *loss (may be NULL): the loss before it. Closure's status, where it
 * fails. L-BFGS: LACO_NUMERIC: a loss or gradient that is not finite; LACO_NO_MEMORY. Where a call fails the parameters are as
 * before it; where that was behind the first evaluation, the directions that L-BFGS remembers are forgotten. */
LACO_API laco_status laco_optimiser_step_closure(laco_optimiser *optimiser, laco_closure closure, void *user, double *loss);

/* The learning rate, which a schedule changes between steps. */
LACO_API double laco_optimiser_lr(const laco_optimiser *optimiser);
LACO_API void laco_optimiser_set_lr(laco_optimiser *optimiser, double lr);

/* ---- Checkpoints ---- */

/* Saves a training: the parameters of `module` and all that its optimiser remembers (buffers "optim.BUFFER.PARAMETER" under
 * torch's names, of L-BFGS "optim.d", "optim.prev_flat_grad", "optim.old_dirs.0" …; steps, the learning rate, the
 * hyperparameters), in one safetensors file, whole or not at all. laco_module_load reads the parameters of such a file. LACO_IO,
 * LACO_NO_MEMORY. */
LACO_API laco_status laco_checkpoint_save(laco_module *module, laco_optimiser *optimiser, const char *path);

/* Goes on from it: a training that continues after this equals, bit for bit, one that never stopped, where it also goes on with
 * the same data and sets laco_tape_set_step, of which dropout depends. `optimiser` has been made with the configuration that it
 * had then; its learning rate is the file's. Whole or not at all: on failure everything is as before. LACO_FORMAT: no checkpoint
 * of such a module and optimiser; the text names what is missing, left over, or of another shape or value. LACO_IO,
 * LACO_NO_MEMORY. */
LACO_API laco_status laco_checkpoint_load(laco_module *module, laco_optimiser *optimiser, const char *path);

/* ---- Clipping and schedules ---- */

/* Scales all gradients so that their 2-norm together is at most max_norm; returns the norm before, summed in double.
 * torch.nn.utils.clip_grad_norm_: the factor is max_norm / (norm + 1e-6) where that is below 1. Where the norm is NaN the
 * gradients stay as they are. Neither kind of clipping looks at frozen parameters. */
LACO_API double laco_clip_grad_norm(laco_module *module, double max_norm);
/* Limits every gradient to -limit … limit (not negative); NaN stays NaN. torch.nn.utils.clip_grad_value_. */
LACO_API void laco_clip_grad_value(laco_module *module, double limit);

typedef enum laco_schedule_kind {
    LACO_SCHEDULE_DEFAULT,
    LACO_CONSTANT,
    LACO_STEP_LR,
    LACO_COSINE_LR,
    LACO_PLATEAU_LR
} laco_schedule_kind;

/* Zero means the default; a size below 1 counts as 1. As torch.optim.lr_scheduler's StepLR, CosineAnnealingLR and
 * ReduceLROnPlateau (mode rel, cooldown 0, eps 1e-8), stepped once at the end of each epoch. `warmup` raises the rate linearly
 * over the first epochs (which torch leaves to a separate schedule): epoch e = 0 … warmup-1 has lr·(e + 1)/(warmup + 1),
 * and the schedule proper begins behind it, at the full rate; metrics before that are not looked at. */
typedef struct laco_schedule_config {
    laco_schedule_kind kind;
    double lr;           /* the base rate */
    double gamma;        /* STEP: 0.1, PLATEAU (torch's factor): 0.1 */
    int64_t step_size;   /* STEP: epochs between falls, at least 1 */
    int64_t t_max;       /* COSINE: epochs of half a wave, at least 1 */
    double min_lr;       /* COSINE (eta_min), PLATEAU: 0 */
    int64_t patience;    /* PLATEAU: bad epochs that are borne; 0: 10, negative: none */
    double threshold;    /* PLATEAU: 1e-4, relative to the best; negative: none */
    bool maximise;       /* PLATEAU: larger metric is better */
    int64_t warmup;      /* epochs */
    double warmup_share; /* of laco_schedule_at: 0 */
    double min_share;    /* COSINE in laco_schedule_at: the part of lr that it ends at; 0 */
    int64_t reserved[2]; /* zero */
} laco_schedule_config;

/* The whole state is here: copy it to save it. `lr` is the rate in force. */
typedef struct laco_schedule {
    laco_schedule_config config;
    int64_t epoch, bad_epochs;
    double lr, best;
} laco_schedule;

/* Starts at epoch 0. */
LACO_API void laco_schedule_start(laco_schedule *schedule, const laco_schedule_config *config);
/* An epoch has ended with `metric` (used by PLATEAU): returns the rate of the next. */
LACO_API double laco_schedule_step(laco_schedule *schedule, double metric);
/* The rate where `share` (0 … 1) of a whole run is done, whatever an epoch is; for rates that change from batch to batch. With
 * w = warmup_share, m = min_share: below w it is lr·max(share, w/10) / w; then
 *     STEP      lr·gamma^⌊3·share⌋, which falls at each third
 *     COSINE    lr·(m + (1 − m)·(1 + cos(π·(share − w) / (1 − w))) / 2)
 *     CONSTANT, PLATEAU    schedule->lr: what laco_schedule_start and laco_schedule_step have made it. */
LACO_API double laco_schedule_at(const laco_schedule *schedule, double share);

#ifdef __cplusplus
}
#endif

#endif
