#include "train/state.h"

#include "base/locale.h"
#include "nn/module.h"

#include <stdio.h>

/* The task may add tensors as well. */
static laco_status record_counters(laco_train_state *s, laco_record *record)
{
    const struct {
        const char *key;
        int64_t *value;
    } counts[] = {{"epoch", &s->epoch},
                  {"batch", &s->batch},
                  {"step", &s->step},
                  {"bad_epochs", &s->bad_epochs},
                  {"examples", &s->examples},
                  {"schedule_epoch", &s->schedule.epoch},
                  {"schedule_bad", &s->schedule.bad_epochs}};
    const struct {
        const char *key;
        double *value;
    } reals[] = {{"best_rank", &s->best_rank},   {"best_tie", &s->best_tie},       {"loss_sum", &s->loss_sum},
                 {"first_loss", &s->first_loss}, {"schedule_lr", &s->schedule.lr}, {"schedule_best", &s->schedule.best},
                 {"seconds", &s->seconds}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        LACO_TRY(laco_record_count(record, counts[i].key, counts[i].value));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        LACO_TRY(laco_record_real(record, reals[i].key, reals[i].value));
    LACO_TRY(laco_record_flag(record, "has_best", &s->has_best));
    LACO_TRY(laco_train_refit_record(s, record));
    LACO_TRY(s->rule->counters(s, record));
    return s->learner->type->record ? s->learner->type->record(s->learner, record) : LACO_OK;
}

/* Beside the parameters: the best value of each as best.NAME, its running mean as mean.NAME; and what the rule holds. */
static laco_status record_tensors(laco_train_state *s, laco_record *record)
{
    const laco_module *module = s->learner->model->module;
    char name[512];
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        snprintf(name, sizeof name, "best.%s", param->name);
        if (s->has_best)
            LACO_TRY(laco_record_tensor(record, name, param->ndim, param->shape, s->best[i], true));
        snprintf(name, sizeof name, "mean.%s", param->name);
        if (s->mean)
            LACO_TRY(laco_record_tensor(record, name, param->ndim, param->shape, s->mean[i], true));
    }
    return s->rule->tensors(s, record);
}

/* ---- Writing --------------------------------------------------------------------------------------------------------- */

static laco_status write_counters(laco_train_state *state, laco_record *record)
{
    char *text = NULL;
    record->object = json_pack("{s:i, s:s}", "version", LACO_CHECKPOINT_VERSION, "fingerprint", state->fingerprint);
    laco_status status =
        record->object ? record_counters(state, record) : laco_fail(state->ctx, LACO_NO_MEMORY, "out of memory for a checkpoint");
    if (status == LACO_OK)
        status = laco_record_text(state->ctx, record->object, &text);
    if (status == LACO_OK)
        status = laco_tensor_writer_metadata(record->writer, "laco.checkpoint", text);
    json_decref(record->object);
    laco_release(state->ctx, text);
    return status;
}

static laco_status fill(laco_train_state *state, laco_record *record)
{
    LACO_TRY(laco_model_write(state->learner->model, record->writer));
    LACO_TRY(write_counters(state, record));
    return record_tensors(state, record);
}

laco_status laco_train_state_write(laco_train_state *state, const char *path)
{
    laco_record record = {.ctx = state->ctx};
    laco_locale locale;
    LACO_TRY(laco_locale_begin(state->ctx, &locale));
    laco_status status = laco_tensor_writer_new(state->ctx, &record.writer);
    if (status == LACO_OK)
        status = fill(state, &record);
    laco_locale_end(&locale);
    if (status == LACO_OK)
        status = laco_tensor_writer_save(record.writer, path);
    laco_tensor_writer_free(record.writer);
    return status;
}

/* ---- Reading --------------------------------------------------------------------------------------------------------- */

static laco_status check_origin(const laco_train_state *state, const laco_record *record)
{
    const char *name = laco_tensor_file_name(record->file);
    const char *fingerprint = json_string_value(json_object_get(record->object, "fingerprint"));
    json_int_t version = json_integer_value(json_object_get(record->object, "version"));
    if (version != LACO_CHECKPOINT_VERSION || !fingerprint)
        return laco_fail(state->ctx, LACO_FORMAT, "%s: is a checkpoint of version %lld; this laco goes on from version %d", name,
                         (long long)version, LACO_CHECKPOINT_VERSION);
    return laco_fingerprint_compare(state->ctx, name, state->fingerprint, fingerprint);
}

/* A training that has gone on for longer than it is now asked to cannot be taken back. */
static laco_status check_epochs(const laco_train_state *state, const laco_record *record)
{
    if (state->epoch <= state->options->epochs)
        return LACO_OK;
    return laco_fail(state->ctx, LACO_INVALID,
                     "%s: has %lld epochs behind it, and %lld are asked for: at least as many are right",
                     laco_tensor_file_name(record->file), (long long)state->epoch, (long long)state->options->epochs);
}

static laco_status take(laco_train_state *state, laco_record *record)
{
    LACO_TRY(check_origin(state, record));
    LACO_TRY(record_counters(state, record));
    LACO_TRY(check_epochs(state, record));
    LACO_TRY(laco_model_read_params(state->learner->model->module, record->file));
    LACO_TRY(record_tensors(state, record));
    return laco_train_refit_resume(state, laco_tensor_file_name(record->file));
}

static laco_status read_file(laco_train_state *state, laco_record *record)
{
    laco_locale locale;
    if (!laco_tensor_file_metadata(record->file, "laco.checkpoint"))
        return laco_fail(state->ctx, LACO_FORMAT, "%s: is not a checkpoint: metadata 'laco.checkpoint' is missing",
                         laco_tensor_file_name(record->file));
    LACO_TRY(laco_meta_parse(state->ctx, record->file, "laco.checkpoint", &record->object));
    laco_status status = laco_locale_begin(state->ctx, &locale);
    if (status == LACO_OK) {
        status = take(state, record);
        laco_locale_end(&locale);
    }
    json_decref(record->object);
    return status;
}

/* Of several processes only rank 0 needs to see the file. */
static laco_status open_file(laco_train_state *state, const char *path, laco_tensor_file **file)
{
    char *bytes;
    size_t size;
    if (!state->shards.group)
        return laco_tensor_file_open(state->ctx, path, file);
    LACO_TRY(laco_together_read(state->ctx, state->shards.group, path, &bytes, &size));
    return laco_tensor_file_parse(state->ctx, bytes, size, bytes, path, file);
}

laco_status laco_train_state_read(laco_train_state *state, const char *path)
{
    laco_record record = {.ctx = state->ctx};
    laco_tensor_file *file;
    LACO_TRY(open_file(state, path, &file));
    record.file = file;
    laco_status status = read_file(state, &record);
    laco_tensor_file_free(file);
    return status;
}
