#include "train/forecast/closure.h"

#include "nn/module.h"
#include "train/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct run {
    laco_context *ctx;
    laco_learner *learner;
    const laco_train_options *options;
    const char *fingerprint;
    laco_module *module;
    laco_lbfgs *lbfgs;
    laco_tape *tape;
    int64_t max_eval, batches, evaluation; /* of this step */
    int64_t epoch, bad_epochs, examples;
    bool has_best, stopped;
    double best_rank, best_tie, loss;
    double seconds, started; /* of earlier runs; when this one began */
    laco_real **best;        /* [parameters] */
} run;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double elapsed(const run *r) { return r->seconds + now() - r->started; }
static bool out_of_time(const run *r) { return r->options->minutes > 0 && elapsed(r) >= 60 * r->options->minutes; }

static bool tell(run *r, const laco_validation *validation, bool best)
{
    if (!r->options->progress)
        return true;
    double share =
        ((double)r->epoch + (validation ? 1 : (double)r->evaluation / (double)r->max_eval)) / (double)r->options->epochs;
    if (r->options->minutes > 0)
        share = fmax(share, elapsed(r) / (60 * r->options->minutes));
    laco_progress progress = {.epoch = r->epoch + 1,
                              .epochs = r->options->epochs,
                              .batch = LACO_MIN(r->evaluation, r->max_eval),
                              .batches = r->max_eval,
                              .examples = r->examples,
                              .example = r->learner->example,
                              .loss = r->loss,
                              .lr = laco_lbfgs_lr(r->lbfgs),
                              .seconds = elapsed(r),
                              .seconds_left = elapsed(r) * (1 - share) / fmax(share, 1e-9),
                              .epoch_done = validation != NULL,
                              .best = best};
    if (validation) {
        progress.metric_count = validation->metric_count;
        memcpy(progress.metric, validation->metric, sizeof progress.metric);
    }
    return r->options->progress(r->options->progress_user, &progress);
}

/* ---- The closure ------------------------------------------------------------------------------------------------------------
 */

/* Adds one batch's loss and gradient, both times its examples. */
static laco_status add_batch(run *r, int64_t batch, double *sum, int64_t *total)
{
    int64_t examples = 0;
    laco_tape_reset(r->tape);
    laco_tape_set_step(r->tape, 0);
    laco_var loss = r->learner->loss(r->learner, r->tape, batch, &examples);
    laco_var scaled = loss ? laco_scale(r->tape, loss, (double)examples) : NULL;
    if (!scaled)
        return laco_tape_status(r->tape);
    *sum += (double)*laco_var_data(loss) * (double)examples;
    *total += examples;
    return laco_backward(r->tape, scaled);
}

static laco_status closure(void *user, double *loss)
{
    run *r = user;
    double sum = 0;
    int64_t total = 0;
    laco_module_zero_grad(r->module);
    for (int64_t batch = 0; batch < r->batches; batch++)
        LACO_TRY(add_batch(r, batch, &sum, &total));
    for (size_t i = 0; i < r->module->count && total > 0; i++)
        for (int64_t k = 0; k < r->module->param[i]->count; k++)
            r->module->param[i]->grad[k] /= (laco_real)total;
    *loss = total > 0 ? sum / (double)total : 0;
    r->loss = *loss;
    r->examples = total;
    r->evaluation++;
    if (!tell(r, NULL, false)) {
        r->stopped = true;
        return LACO_INTERRUPTED;
    }
    return out_of_time(r) ? LACO_INTERRUPTED : LACO_OK;
}

/* ---- Checkpoints --------------------------------------------------------------------------------------------------------------
 */

typedef laco_status (*visitor)(void *file, const char *name, int ndim, const int64_t *shape, laco_real *values);

static laco_status visit_tensors(run *r, visitor visit, void *file)
{
    char name[512];
    const char *buffer;
    laco_real *values;
    int64_t size = laco_lbfgs_size(r->lbfgs);
    for (size_t i = 0; (values = laco_lbfgs_buffer(r->lbfgs, i, &buffer)); i++) {
        snprintf(name, sizeof name, "lbfgs.%s", buffer);
        LACO_TRY(visit(file, name, 1, &size, values));
    }
    for (size_t i = 0; i < r->module->count && r->has_best; i++) {
        const laco_param *param = r->module->param[i];
        snprintf(name, sizeof name, "best.%s", param->name);
        LACO_TRY(visit(file, name, param->ndim, param->shape, r->best[i]));
    }
    return LACO_OK;
}

static laco_status write_tensor(void *file, const char *name, int ndim, const int64_t *shape, laco_real *values)
{
    return laco_tensor_writer_add_real(file, name, ndim, shape, values);
}

static laco_status read_tensor(void *file, const char *name, int ndim, const int64_t *shape, laco_real *values)
{
    return laco_tensor_file_read_finite(file, name, ndim, shape, values);
}

/* Doubles travel as hexadecimal text, so that not a bit is lost. */
static json_t *counters(const run *r)
{
    laco_lbfgs_state state;
    laco_lbfgs_get_state(r->lbfgs, &state);
    const double reals[] = {r->best_rank, r->best_tie, state.t, state.h_diag, elapsed(r)};
    char text[5][40];
    for (int i = 0; i < 5; i++)
        snprintf(text[i], sizeof text[i], "%a", reals[i]);
    return json_pack("{s:i, s:s, s:I, s:I, s:b, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s}", "version", LACO_CHECKPOINT_VERSION,
                     "fingerprint", r->fingerprint, "epoch", (json_int_t)r->epoch, "bad_epochs", (json_int_t)r->bad_epochs,
                     "has_best", r->has_best, "best_rank", text[0], "best_tie", text[1], "iterations",
                     (json_int_t)state.iterations, "evaluations", (json_int_t)state.evaluations, "history",
                     (json_int_t)state.history, "t", text[2], "h_diag", text[3], "seconds", text[4]);
}

static laco_status checkpoint(run *r)
{
    laco_tensor_writer *writer;
    if (!r->options->checkpoint)
        return LACO_OK;
    LACO_TRY(laco_tensor_writer_new(r->ctx, &writer));
    laco_status status = laco_model_write(r->learner->model, writer);
    if (status == LACO_OK)
        status = laco_meta_write(r->ctx, writer, "laco.checkpoint", counters(r));
    if (status == LACO_OK)
        status = visit_tensors(r, write_tensor, writer);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, r->options->checkpoint);
    laco_tensor_writer_free(writer);
    return status;
}

static laco_status read_counters(run *r, const laco_tensor_file *file, const json_t *object)
{
    laco_lbfgs_state state = {0};
    const struct {
        const char *key;
        int64_t *out;
    } integers[] = {{"epoch", &r->epoch},
                    {"bad_epochs", &r->bad_epochs},
                    {"iterations", &state.iterations},
                    {"evaluations", &state.evaluations},
                    {"history", &state.history}};
    const struct {
        const char *key;
        double *out;
    } reals[] = {{"best_rank", &r->best_rank},
                 {"best_tie", &r->best_tie},
                 {"t", &state.t},
                 {"h_diag", &state.h_diag},
                 {"seconds", &r->seconds}};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(r->ctx, file, object, integers[i].key, 0, INT64_MAX, integers[i].out));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        const char *text = json_string_value(json_object_get(object, reals[i].key));
        if (!text)
            return laco_fail(r->ctx, LACO_FORMAT, "%s: '%s' is missing in the checkpoint", laco_tensor_file_name(file),
                             reals[i].key);
        *reals[i].out = strtod(text, NULL);
    }
    r->has_best = json_is_true(json_object_get(object, "has_best"));
    return laco_lbfgs_set_state(r->lbfgs, &state);
}

static laco_status read_checkpoint(run *r, laco_tensor_file *file)
{
    json_t *object;
    LACO_TRY(laco_checkpoint_meta(r->ctx, file, r->fingerprint, &object));
    laco_status status = read_counters(r, file, object);
    json_decref(object);
    if (status == LACO_OK)
        status = laco_model_read_params(r->module, file);
    return status == LACO_OK ? visit_tensors(r, read_tensor, file) : status;
}

static laco_status resume(run *r)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_open(r->ctx, r->options->resume, &file));
    laco_status status = read_checkpoint(r, file);
    laco_tensor_file_free(file);
    return status;
}

/* ---- The run
 * ---------------------------------------------------------------------------------------------------------------------- */

static void keep(run *r)
{
    for (size_t i = 0; i < r->module->count; i++)
        memcpy(r->best[i], r->module->param[i]->value, (size_t)r->module->param[i]->count * sizeof(laco_real));
    r->has_best = true;
}

static void restore(run *r)
{
    for (size_t i = 0; i < r->module->count && r->has_best; i++) {
        memcpy(r->module->param[i]->value, r->best[i], (size_t)r->module->param[i]->count * sizeof(laco_real));
        laco_param_changed(r->module->param[i]);
    }
}

static laco_status end_epoch(run *r)
{
    laco_validation validation = {0};
    bool best = true;
    if (r->learner->validate) {
        LACO_TRY(r->learner->validate(r->learner, &validation));
        best =
            !r->has_best || validation.rank > r->best_rank || (validation.rank == r->best_rank && validation.tie > r->best_tie);
    }
    r->bad_epochs = best ? 0 : r->bad_epochs + 1;
    if (best) {
        r->best_rank = validation.rank;
        r->best_tie = validation.tie;
        keep(r);
    }
    r->stopped = !tell(r, &validation, best);
    r->epoch++;
    return checkpoint(r);
}

static laco_status train_epoch(run *r)
{
    r->evaluation = 0;
    laco_module_set_training(r->module, true);
    laco_module_set_precision(r->module, r->options->precision);
    laco_module_set_recompute_steps(r->module, r->options->recompute_steps);
    laco_status status = laco_lbfgs_step(r->lbfgs, closure, r, NULL);
    laco_module_set_training(r->module, false);
    laco_module_set_precision(r->module, LACO_FP32);
    if (status == LACO_INTERRUPTED)
        return checkpoint(r);
    LACO_TRY(status);
    return end_epoch(r);
}

static laco_status run_epochs(run *r)
{
    const laco_train_options *o = r->options;
    LACO_TRY(r->learner->start_epoch(r->learner, 0, &r->batches));
    while (r->epoch < o->epochs && !r->stopped && !(o->patience > 0 && r->bad_epochs >= o->patience) && !out_of_time(r))
        LACO_TRY(train_epoch(r));
    if (!r->has_best)
        keep(r);
    return LACO_OK;
}

static laco_status start(run *r, const laco_lbfgs_config *config)
{
    int64_t max_iter = config->max_iter > 0 ? config->max_iter : 20;
    r->max_eval = config->max_eval > 0 ? config->max_eval : max_iter * 5 / 4;
    LACO_TRY(laco_lbfgs_new(r->module, config, &r->lbfgs));
    LACO_TRY(laco_tape_new(r->ctx, &(laco_tape_config){.seed = r->options->seed}, &r->tape));
    r->best = laco_alloc(r->ctx, r->module->count, sizeof *r->best);
    if (!r->best)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < r->module->count; i++)
        if (!(r->best[i] = laco_alloc(r->ctx, (size_t)r->module->param[i]->count, sizeof(laco_real))))
            return LACO_NO_MEMORY;
    return r->options->resume ? resume(r) : LACO_OK;
}

laco_status laco_train_closure(laco_learner *learner, const laco_train_options *options, const laco_lbfgs_config *config,
                               const char *fingerprint, int64_t *epochs_done)
{
    run r = {.ctx = learner->model->ctx,
             .learner = learner,
             .options = options,
             .fingerprint = fingerprint,
             .module = learner->model->module,
             .started = now()};
    LACO_TRY(laco_train_check_precision(r.ctx, options));
    laco_status status = start(&r, config);
    if (status == LACO_OK)
        status = run_epochs(&r);
    *epochs_done = r.epoch;
    restore(&r);
    laco_module_set_training(r.module, false);
    for (size_t i = 0; r.best && i < r.module->count; i++)
        laco_release(r.ctx, r.best[i]);
    laco_release(r.ctx, r.best);
    laco_tape_free(r.tape);
    laco_lbfgs_free(r.lbfgs);
    return status;
}
