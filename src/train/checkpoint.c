#include "train/state.h"

#include "nn/module.h"

#include <string.h>

#define NAME_SIZE 512

/* What is stored beside each parameter: the optimiser's buffers as optim.BUFFER.NAME, the best value as best.NAME, the running mean
 * as mean.NAME. */
typedef laco_status (*visitor)(laco_train_state *state, const laco_param *param, const char *name, laco_real *values, void *file);

static laco_status visit_tensors(laco_train_state *state, visitor visit, void *file)
{
    laco_module *module = state->learner->model->module;
    char name[NAME_SIZE];
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        const char *buffer;
        laco_real *values;
        for (int b = 0; (values = laco_optimiser_buffer(state->optimiser, i, b, &buffer)); b++) {
            snprintf(name, sizeof name, "optim.%s.%s", buffer, param->name);
            LACO_TRY(visit(state, param, name, values, file));
        }
        snprintf(name, sizeof name, "best.%s", param->name);
        if (state->has_best)
            LACO_TRY(visit(state, param, name, state->best[i], file));
        snprintf(name, sizeof name, "mean.%s", param->name);
        if (state->mean)
            LACO_TRY(visit(state, param, name, state->mean[i], file));
    }
    return LACO_OK;
}

static laco_status write_tensor(laco_train_state *state, const laco_param *param, const char *name, laco_real *values, void *file)
{
    (void)state;
    return laco_tensor_writer_add_real(file, name, param->ndim, param->shape, values);
}

static laco_status read_tensor(laco_train_state *state, const laco_param *param, const char *name, laco_real *values, void *file)
{
    (void)state;
    if (strncmp(name, "optim.", 6) == 0) /* squares of large gradients may be infinite: the step is then 0 */
        return laco_tensor_file_read_real(file, name, param->ndim, param->shape, values);
    return laco_tensor_file_read_finite(file, name, param->ndim, param->shape, values);
}

/* Counters. Doubles travel as hexadecimal text, so that not a bit is lost. */
static json_t *counters(const laco_train_state *state)
{
    char rank[40], tie[40], loss[40], lr[40], plateau_lr[40], plateau_best[40], seconds[40];
    const struct {
        char *text;
        double value;
    } reals[] = {{rank, state->best_rank},          {tie, state->best_tie},           {loss, state->loss_sum},
                 {lr, laco_optimiser_lr(state->optimiser)}, {plateau_lr, state->plateau.lr}, {plateau_best, state->plateau.best},
                 {seconds, state->seconds}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        snprintf(reals[i].text, 40, "%a", reals[i].value);
    return json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:b, s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:I, s:I, s:s, s:s}", "version",
                     LACO_CHECKPOINT_VERSION, "fingerprint", state->fingerprint, "epoch", (json_int_t)state->epoch, "batch", (json_int_t)state->batch, "step", (json_int_t)state->step, "bad_epochs",
                     (json_int_t)state->bad_epochs, "has_best", state->has_best, "best_rank", rank, "best_tie", tie, "loss_sum", loss, "examples",
                     (json_int_t)state->examples, "lr", lr, "optimiser_steps", (json_int_t)laco_optimiser_steps(state->optimiser), "plateau_lr",
                     plateau_lr, "plateau_epoch", (json_int_t)state->plateau.epoch, "plateau_bad", (json_int_t)state->plateau.bad_epochs,
                     "plateau_best", plateau_best, "seconds", seconds);
}

laco_status laco_train_state_save(laco_train_state *state, const char *path)
{
    laco_learner *learner = state->learner;
    laco_tensor_writer *writer;
    LACO_TRY(laco_tensor_writer_new(state->ctx, &writer));
    laco_status status = laco_model_write(learner->model, writer);
    if (status == LACO_OK)
        status = laco_meta_write(state->ctx, writer, "laco.checkpoint", counters(state));
    if (status == LACO_OK)
        status = visit_tensors(state, write_tensor, writer);
    if (status == LACO_OK && learner->save)
        status = learner->save(learner, writer);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, path);
    laco_tensor_writer_free(writer);
    return status;
}

static laco_status read_counters(laco_train_state *state, const laco_tensor_file *file, const json_t *object)
{
    int64_t optimiser_steps, most = INT64_MAX;
    const struct {
        const char *key;
        int64_t *out;
    } integers[] = {{"epoch", &state->epoch},           {"batch", &state->batch},
                    {"step", &state->step},             {"bad_epochs", &state->bad_epochs},
                    {"examples", &state->examples},     {"optimiser_steps", &optimiser_steps},
                    {"plateau_epoch", &state->plateau.epoch}, {"plateau_bad", &state->plateau.bad_epochs}};
    double lr = 0;
    const struct {
        const char *key;
        double *out;
    } reals[] = {{"best_rank", &state->best_rank}, {"best_tie", &state->best_tie},     {"loss_sum", &state->loss_sum},
                 {"lr", &lr},                      {"plateau_lr", &state->plateau.lr}, {"plateau_best", &state->plateau.best},
                 {"seconds", &state->seconds}};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(state->ctx, file, object, integers[i].key, 0, most, integers[i].out));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        const char *text = json_string_value(json_object_get(object, reals[i].key));
        if (!text)
            return laco_fail(state->ctx, LACO_FORMAT, "%s: '%s' is missing in the checkpoint", laco_tensor_file_name(file), reals[i].key);
        *reals[i].out = strtod(text, NULL);
    }
    state->has_best = json_is_true(json_object_get(object, "has_best"));
    laco_optimiser_set_lr(state->optimiser, lr);
    laco_optimiser_set_steps(state->optimiser, optimiser_steps);
    return LACO_OK;
}

/* The fingerprint is "KEY VALUE KEY VALUE …": says which of them differs. */
static laco_status other_training(laco_context *ctx, const char *name, const char *here, const char *there)
{
    char key[64] = "", mine[64] = "", its[64] = "", other[64];
    int used, used_there;
    while (sscanf(here, "%63s %63s%n", key, mine, &used) == 2 && sscanf(there, "%63s %63s%n", other, its, &used_there) == 2 &&
           strcmp(key, other) == 0 && strcmp(mine, its) == 0) {
        here += used;
        there += used_there;
    }
    if (strcmp(key, "data") == 0)
        return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of a training on other data than those given now", name);
    return laco_fail(ctx, LACO_INVALID, "%s: is a checkpoint of another training: %s was %s there and is %s now", name, key, its, mine);
}

static laco_status check_fingerprint(laco_context *ctx, const char *name, const char *here, const json_t *object)
{
    const char *fingerprint = json_string_value(json_object_get(object, "fingerprint"));
    json_int_t version = json_integer_value(json_object_get(object, "version"));
    if (version != LACO_CHECKPOINT_VERSION || !fingerprint)
        return laco_fail(ctx, LACO_FORMAT, "%s: is a checkpoint of version %lld; this laco goes on from version %d", name, (long long)version,
                         LACO_CHECKPOINT_VERSION);
    return strcmp(fingerprint, here) == 0 ? LACO_OK : other_training(ctx, name, here, fingerprint);
}

laco_status laco_checkpoint_meta(laco_context *ctx, const laco_tensor_file *file, const char *fingerprint, json_t **out)
{
    json_t *object;
    const char *name = laco_tensor_file_name(file);
    if (!laco_tensor_file_metadata(file, "laco.checkpoint"))
        return laco_fail(ctx, LACO_FORMAT, "%s: is not a checkpoint: metadata 'laco.checkpoint' is missing", name);
    LACO_TRY(laco_meta_parse(ctx, file, "laco.checkpoint", &object));
    laco_status status = check_fingerprint(ctx, name, fingerprint, object);
    if (status == LACO_OK)
        *out = object;
    else
        json_decref(object);
    return status;
}

static laco_status read_checkpoint(laco_train_state *state, laco_tensor_file *file)
{
    json_t *object;
    LACO_TRY(laco_checkpoint_meta(state->ctx, file, state->fingerprint, &object));
    laco_status status = read_counters(state, file, object);
    json_decref(object);
    if (status == LACO_OK)
        status = laco_model_read_params(state->learner->model->module, file);
    if (status == LACO_OK)
        status = visit_tensors(state, read_tensor, file);
    if (status == LACO_OK && state->learner->load)
        status = state->learner->load(state->learner, file);
    return status;
}

laco_status laco_train_state_load(laco_train_state *state, const char *path)
{
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_open(state->ctx, path, &file));
    laco_status status = read_checkpoint(state, file);
    laco_tensor_file_free(file);
    return status;
}
