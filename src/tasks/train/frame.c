/* What stands around the loop, for every task alike. */
#include "base/base.h"
#include "group/group.h"
#include "options/options.h"
#include "train/from.h"
#include "text/notes.h"
#include "train/length.h"
#include "train/loop.h"
#include "train/shards.h"

#include <stdio.h>
#include <string.h>

/* Whether nothing but the end of the run depends on how many epochs are asked for. */
static bool endless(const laco_learner *learner)
{
    const laco_train_options *o = learner->options;
    if (learner->counts_epochs || o->minutes > 0)
        return false;
    return laco_learner_is_whole(learner) || (o->warmup <= 0 && (o->schedule == LACO_CONSTANT || o->schedule == LACO_PLATEAU_LR));
}

/* Task, data, and the options that shape the result. */
static laco_status fingerprint(const laco_learner *learner, laco_fingerprint *out)
{
    char *options;
    LACO_TRY(laco_fingerprint_add(out, "task %s data %016llx", learner->table->task,
                                  (unsigned long long)learner->type->hash(learner)));
    if (learner->from)
        LACO_TRY(laco_fingerprint_add(out, "from %016llx", (unsigned long long)laco_from_hash(learner->from)));
    char except[32]; /* one shard, and sums in fp32, are what was there before either could be said */
    snprintf(except, sizeof except, "|%s%s%s", endless(learner) ? "epochs|" : "",
             laco_learner_shards(learner) > 1 ? "" : "shards|", learner->options->wire == LACO_WIRE_BF16 ? "" : "wire|");
    LACO_TRY(laco_options_fingerprint(out->ctx, learner->table, learner->all, except, &options));
    laco_status status = laco_fingerprint_add(out, "%s", options);
    laco_release(out->ctx, options);
    return status;
}

/* What the data hold, into the description. */
static laco_status describe_data(const laco_learner *learner, json_t *description)
{
    laco_summary *summary;
    char *text;
    LACO_TRY(learner->type->summary(learner, &summary));
    laco_status status = laco_summary_content(summary, &text);
    laco_summary_free(summary);
    LACO_TRY(status);
    if (json_object_set_new(description, "data", json_string(text)) < 0)
        status = laco_fail(learner->model->ctx, LACO_NO_MEMORY, "out of memory while describing the training");
    laco_release(learner->model->ctx, text);
    return status;
}

/* Adds what every task's description says; 0, or -1 where Jansson has no memory. */
static int complete(const laco_learner *learner, int64_t epochs, json_t *description)
{
    const laco_train_options *options = learner->options;
    if (json_object_set_new(description, "epochs", json_integer((json_int_t)epochs)) < 0 ||
        json_object_set_new(description, "seed", json_integer((json_int_t)(options->seed & INT64_MAX))) < 0 ||
        json_object_set_new(description, "options", laco_options_values(learner->table, learner->all, true)) < 0)
        return -1;
    if (learner->from && json_object_set_new(description, "from", laco_from_describe(learner)) < 0)
        return -1;
    if (learner->refit && json_object_set(description, "refit", learner->refit) < 0)
        return -1;
    if (options->precision != LACO_TRAIN_BF16)
        return 0;
    return json_object_set_new(description, "precision", json_string(laco_precision_name(LACO_BF16)));
}

static laco_status describe(const laco_learner *learner, int64_t epochs)
{
    laco_model *model = learner->model;
    json_t *description = learner->type->describe(learner);
    char *text = NULL;
    laco_status status = description && complete(learner, epochs, description) == 0
                             ? describe_data(learner, description)
                             : laco_fail(model->ctx, LACO_NO_MEMORY, "out of memory while describing the training");
    if (status == LACO_OK)
        status = laco_record_text(model->ctx, description, &text);
    json_decref(description);
    LACO_TRY(status);
    laco_release(model->ctx, model->training);
    model->training = text;
    return LACO_OK;
}

laco_status laco_learner_finish(laco_learner *learner)
{
    const laco_split *split = learner->split;
    if (learner->type->finish)
        LACO_TRY(learner->type->finish(learner));
    if (learner->options->chosen)
        learner->options->chosen(learner->options->progress_user, learner->model, split ? split->valid : NULL,
                                 split ? split->valid_count : 0);
    return LACO_OK;
}

/* What processes that train together have to have in common: the fingerprint, and how numbers are rounded. All vectors round alike,
 * and the plain kernels otherwise. */
static laco_status begin_together(laco_learner *learner, laco_status status, const char *fingerprint)
{
    laco_fingerprint all = {.ctx = learner->ctx};
    if (!learner->options->group)
        return status;
    if (status == LACO_OK)
        status = laco_fingerprint_add(
            &all, "laco %s bytes %d kernels %s epochs %lld shard-optimiser %s %s", LACO_VERSION, (int)sizeof(laco_real),
            strcmp(laco_cpu_name(learner->ctx), "ref") == 0 ? "plain" : "of-vectors", (long long)learner->options->epochs,
            learner->options->shard_optimiser ? "yes" : "no", fingerprint);
    status = laco_together_begin(learner, status, all.text);
    laco_fingerprint_free(&all);
    return status;
}

/* *good: there is a model to hand out, whatever the status. `prepared`: how that went. */
static laco_status train(laco_learner *learner, laco_status prepared, bool *good)
{
    laco_fingerprint name = {.ctx = learner->ctx};
    laco_train_end end = {0};
    laco_status status = prepared == LACO_OK ? fingerprint(learner, &name) : prepared;
    status = begin_together(learner, status, name.text);
    if (status == LACO_OK)
        status = laco_train_loop(learner, name.text, &end);
    laco_fingerprint_free(&name);
    if (status < 0 && !(status == LACO_NUMERIC && end.kept))
        return status;
    learner->model->unfinished = !end.kept;
    learner->model->ctx->ends = true; /* what is left to do makes a model of it */
    if (!learner->refit)
        LACO_TRY(laco_learner_finish(learner));
    LACO_TRY(describe(learner, end.epochs));
    *good = true;
    return status;
}

laco_status laco_train_model(laco_context *ctx, laco_learner *learner, laco_model **out)
{
    bool good = false;
    learner->ctx = ctx;
    laco_status status = laco_shards_check(learner);
    if (status == LACO_OK)
        status = laco_from_open(ctx, learner);
    if (status == LACO_OK && learner->options->refit == LACO_ALWAYS && !learner->type->give_back)
        status = laco_fail(ctx, LACO_INVALID, "refit: a model trained to %s cannot learn what was set aside: no is right",
                           learner->table->task);
    if (status == LACO_OK)
        status = learner->type->prepare(learner);
    if (status == LACO_OK)
        status = laco_train_check_memory(learner);
    status = train(learner, status, &good);
    ctx->ends = false;
    if (status < 0 && status != LACO_NUMERIC && !learner->agreed && learner->options->group)
        laco_group_give_up(learner->options->group, laco_error(ctx)); /* a loss that is no number is one in all processes */
    learner->type->release(learner);
    json_decref(learner->refit);
    laco_model_free(learner->from);
    if (good)
        *out = learner->model;
    else
        laco_model_free(learner->model);
    return status;
}
