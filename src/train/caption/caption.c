/* Training a captioner. */
#include "train/caption/caption.h"

#include "base/hash.h"
#include "model/network.h"
#include "tape/tape.h"

#include <stdio.h>
#include <string.h>

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    LACO_TRY(laco_batches_start(learner->batches, (uint64_t)epoch));
    *batches = (int64_t)laco_batches_count(learner->batches);
    learner->epoch = epoch;
    return LACO_OK;
}

/* The share of tokens that the decoder reads from itself in this epoch. */
static double sampling(const laco_caption_learner *learner)
{
    int64_t last = learner->options->train.epochs - 1;
    return last > 0 && learner->options->sampling > 0 ? learner->options->sampling * (double)learner->epoch / (double)last : 0;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, int64_t number, int64_t *examples)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    const laco_caption_options *o = learner->options;
    const laco_batch *batch = laco_batches_get(learner->batches, (size_t)number);
    bool warped = learner->data->kind == LACO_CAPTIONED_PICTURES && (o->shift > 0 || o->bend > 0);
    laco_warp warp = {.shift = LACO_MAX(o->shift, 0), .bend = LACO_MAX(o->bend, 0), .seed = o->train.seed, .step = tape->step};
    laco_target_loss loss = {
        .label_smoothing = o->label_smoothing, .sampling = sampling(learner), .seed = o->train.seed, .step = tape->step};
    laco_memory memory;
    laco_state state;
    *examples = batch->rows;
    if (laco_target_batch_fill(learner->ctx, &learner->targets, batch->index, batch->rows, &learner->target) < 0)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    if (laco_captioner_encode(tape, learner->model, batch, warped ? &warp : NULL, &state, &memory) < 0)
        return NULL;
    return laco_target_batch_loss(tape, learner->model->decoder, &learner->target, laco_captioner_memory(learner->model, &memory),
                                  &state, &loss);
}

static laco_status validate(laco_learner *base, laco_validation *out)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    laco_write_options greedy = {.beam = 1};
    laco_write_score score = {0};
    LACO_TRY(laco_captioner_options(learner->model, &greedy));
    LACO_TRY(laco_captioner_score(learner->model, &learner->sequences, &learner->targets, learner->split.valid,
                                  learner->split.valid_count, &greedy, &score));
    double right = 1 - laco_write_score_wrong(&score), loss;
    LACO_TRY(laco_captioner_loss(learner->model, &learner->sequences, &learner->targets, learner->split.valid,
                                 learner->split.valid_count, &loss));
    *out = (laco_validation){
        .rank = right,
        .tie = -loss,
        .plateau = loss,
        .metric_count = 3,
        .metric = {{"exact match", right}, {"token errors", laco_write_score_token_error(&score)}, {"loss", loss}}};
    return LACO_OK;
}

static void release(laco_caption_learner *learner)
{
    laco_batches_free(learner->batches);
    laco_split_free(learner->ctx, &learner->split);
    laco_sequences_free(&learner->sequences);
    laco_sequences_free(&learner->targets);
    laco_target_batch_free(learner->ctx, &learner->target);
    if (learner->model)
        laco_model_free(&learner->model->base);
}

static json_t *describe_training(const laco_caption_learner *learner)
{
    const laco_train_options *train = &learner->options->train;
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "items", (json_int_t)learner->split.train_count, "validation_items",
                     (json_int_t)learner->split.valid_count, "epochs", (json_int_t)0, "batch", (json_int_t)train->batch, "seed",
                     (json_int_t)(train->seed & INT64_MAX));
}

/* A hash of all numbers and captions: FNV-1a by words. */
static uint64_t hash_data(const laco_caption_learner *learner)
{
    const laco_sequences *sequences = &learner->sequences, *targets = &learner->targets;
    uint64_t hash = laco_hash_ids(LACO_HASH_START, targets->ids, targets->ids_used);
    for (size_t i = 0; i < sequences->count; i++) {
        hash = laco_hash(hash, (uint64_t)targets->starts[i + 1] ^ (uint64_t)sequences->starts[i + 1] << 20);
        for (int64_t j = 0; j < laco_sequences_length(sequences, i) * sequences->width; j++)
            hash = laco_hash_float(hash, (float)sequences->views[i][j]);
    }
    return hash;
}

/* A checkpoint belongs to the data and the options that shape the run. */
static void fingerprint(const laco_caption_learner *learner, char text[LACO_FINGERPRINT])
{
    const laco_caption_options *o = learner->options;
    snprintf(text, LACO_FINGERPRINT,
             "task caption data %016llx valid %zu encoder %d attention %d columns %lld shift %.17g bend %.17g units %d "
             "label-smoothing %.17g sampling %.17g",
             (unsigned long long)hash_data(learner), learner->split.valid_count, (int)o->encoder, (int)o->attention,
             (long long)o->columns, o->shift, o->bend, (int)o->units, o->label_smoothing, o->sampling);
    laco_train_fingerprint(&o->train, &o->network, text);
}

static laco_status train(laco_caption_learner *learner, laco_model **out)
{
    char name[LACO_FINGERPRINT];
    learner->base = (laco_learner){.model = &learner->model->base,
                                   .example = learner->data->kind == LACO_CAPTIONED_PICTURES ? "pictures" : "vectors",
                                   .start_epoch = start_epoch,
                                   .loss = batch_loss,
                                   .validate = learner->split.valid_count > 0 ? validate : NULL};
    fingerprint(learner, name);
    laco_status status = laco_train_model(&learner->base, &learner->options->train, name, describe_training(learner), out);
    if (!learner->base.model)
        learner->model = NULL;
    return status;
}

laco_status laco_train_caption(laco_context *ctx, const laco_caption_options *given, const laco_captioned *data,
                               const laco_captioned *valid, laco_model **out)
{
    laco_caption_options options = given ? *given : (laco_caption_options){0};
    bool vectors = data->kind == LACO_CAPTIONED_VECTORS;
    if (vectors && (options.shift > 0 || options.bend > 0))
        return laco_fail(ctx, LACO_INVALID, "shift and bend are for pictures; these are vectors of numbers");
    if (options.columns > 0 && options.encoder != LACO_ENCODER_RECURRENT && (vectors || options.encoder == LACO_ENCODER_MLP))
        return laco_fail(ctx, LACO_INVALID, "columns are for a recurrent encoder; an mlp reads all numbers at once");
    laco_caption_defaults(&options, data);
    LACO_TRY(laco_network_check_mlp(ctx, given ? &given->network : &(laco_network_options){0}, options.encoder == LACO_ENCODER_MLP));
    laco_caption_learner learner = {.ctx = ctx, .options = &options, .data = data, .valid = valid};
    laco_sequences_init(&learner.sequences, ctx);
    laco_sequences_init(&learner.targets, ctx);
    laco_status status = laco_caption_prepare(&learner);
    if (status == LACO_OK)
        status = train(&learner, out);
    release(&learner);
    return status;
}
