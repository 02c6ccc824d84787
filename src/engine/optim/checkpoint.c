/* Checkpoints: a module's parameters and all that its optimiser remembers, in one safetensors file. */
#include "laco/optim.h"
#include "nn/saved.h"
#include "optim/lbfgs.h"
#include "optim/optimiser.h"

#include <string.h>

/* What goes on training. */
typedef struct trainer {
    laco_module *module;
    const char *kind; /* of the optimiser, as the file names it */
    laco_saved_walk walk;
    void *optimiser;
} trainer;

static laco_status walk_all(void *owner, laco_saved_visit visit, void *user)
{
    const trainer *t = owner;
    LACO_TRY(laco_module_walk(t->module, visit, user));
    return t->walk(t->optimiser, visit, user);
}

static laco_status save(trainer *t, const char *path)
{
    laco_tensor_writer *writer;
    LACO_TRY(laco_tensor_writer_new(t->module->ctx, &writer));
    laco_status status = laco_tensor_writer_metadata(writer, LACO_SAVED_OPTIMISER_KEY, t->kind);
    if (status == LACO_OK)
        status = laco_saved_write(t->module->ctx, writer, walk_all, t);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(writer, path);
    laco_tensor_writer_free(writer);
    return status;
}

/* Opens a file that must be a checkpoint of this kind of optimiser. */
static laco_status open_checkpoint(const trainer *t, const char *path, laco_tensor_file **out)
{
    laco_context *ctx = t->module->ctx;
    laco_tensor_file *file;
    LACO_TRY(laco_tensor_file_open(ctx, path, &file));
    const char *kind = laco_tensor_file_metadata(file, LACO_SAVED_OPTIMISER_KEY), *name = laco_tensor_file_name(file);
    laco_status status = LACO_OK;
    if (!kind)
        status = laco_fail(ctx, LACO_FORMAT, "%s: is not a checkpoint: metadata '" LACO_SAVED_OPTIMISER_KEY "' is missing", name);
    else if (strcmp(kind, t->kind) != 0)
        status = laco_fail(ctx, LACO_FORMAT, "%s: is a checkpoint of optimiser '%s'; this one is '%s'", name, kind, t->kind);
    if (status == LACO_OK)
        status = laco_tensor_file_hold(file);
    if (status < 0) {
        laco_tensor_file_free(file);
        return status;
    }
    *out = file;
    return LACO_OK;
}

static laco_status read_all(trainer *t, const laco_tensor_file *file)
{
    LACO_TRY(laco_saved_read(t->module->ctx, file, walk_all, t, NULL));
    for (size_t i = 0; i < t->module->count; i++)
        laco_param_changed(t->module->param[i]);
    return LACO_OK;
}

static trainer trainer_of(laco_module *module, laco_optimiser *optimiser)
{
    laco_lbfgs *lbfgs = laco_optimiser_lbfgs(optimiser);
    if (lbfgs)
        return (trainer){module, laco_optimiser_name(optimiser), laco_lbfgs_walk, lbfgs};
    return (trainer){module, laco_optimiser_name(optimiser), laco_optimiser_walk, optimiser};
}

laco_status laco_checkpoint_save(laco_module *module, laco_optimiser *optimiser, const char *path)
{
    trainer t = trainer_of(module, optimiser);
    return save(&t, path);
}

/* How many pairs of vectors the file holds decides what is to be read. */
static laco_status read_lbfgs(trainer *t, laco_lbfgs *lbfgs, const laco_tensor_file *file)
{
    laco_lbfgs_state before = lbfgs->state, state = before;
    LACO_TRY(laco_tensor_file_read_int(file, LACO_SAVED_OPTIMISER "history", 0, NULL, &state.history));
    LACO_TRY(laco_lbfgs_set_state(lbfgs, &state));
    laco_status status = read_all(t, file);
    if (status < 0)
        lbfgs->state = before;
    return status;
}

laco_status laco_checkpoint_load(laco_module *module, laco_optimiser *optimiser, const char *path)
{
    trainer t = trainer_of(module, optimiser);
    laco_lbfgs *lbfgs = laco_optimiser_lbfgs(optimiser);
    laco_tensor_file *file;
    LACO_TRY(open_checkpoint(&t, path, &file));
    laco_status status = lbfgs ? read_lbfgs(&t, lbfgs, file) : read_all(&t, file);
    laco_tensor_file_free(file);
    return status;
}
