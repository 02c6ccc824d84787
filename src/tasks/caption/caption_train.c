/* Training a captioner. */
#include "caption/caption_train.h"
#include "train/rows.h"

#include "base/hash.h"
#include "model/network.h"
#include "tape/tape.h"
#include "options/options.h"

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
    return last > 0 && learner->options->scheduled_sampling > 0
               ? learner->options->scheduled_sampling * (double)learner->epoch / (double)last
               : 0;
}

/* Tokens of a whole batch, of which a shard has some; 0: the batch is not cut. */
static double whole_tokens(const laco_caption_learner *learner, const laco_part *part, const laco_batch *batch)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < batch->whole_rows && part->shards > 1; i++)
        sum += laco_sequences_length(&learner->targets, batch->whole[i]) + 1;
    return (double)sum;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, const laco_part *part, int64_t *examples)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    const laco_caption_options *o = learner->options;
    const laco_batch *batch = laco_batches_part(learner->batches, part);
    bool warped = learner->data->kind == LACO_CAPTIONED_PICTURES && (o->shift > 0 || o->bend > 0);
    laco_warp warp = {.shift = LACO_MAX(o->shift, 0), .bend = LACO_MAX(o->bend, 0), .seed = o->train.seed, .step = tape->step};
    laco_target_loss loss = {
        .label_smoothing = o->label_smoothing, .sampling = sampling(learner), .seed = o->train.seed, .step = tape->step};
    laco_memory memory;
    laco_state state;
    loss.whole = whole_tokens(learner, part, batch);
    *examples = batch->rows;
    if (batch->rows == 0)
        return NULL;
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
    laco_decode_options greedy = {.beam = 1};
    laco_decode_score score = {0};
    LACO_TRY(laco_captioner_options(learner->model, &greedy));
    LACO_TRY(laco_captioner_score(learner->model, &learner->sequences, &learner->targets, learner->split.valid,
                                  learner->split.valid_count, &greedy, &score));
    double right = 1 - laco_decode_score_wrong(&score), loss;
    LACO_TRY(laco_captioner_loss(learner->model, &learner->sequences, &learner->targets, learner->split.valid,
                                 learner->split.valid_count, &loss));
    *out = (laco_validation){.rank = right,
                             .tie = -loss,
                             .plateau = loss,
                             .metric_count = 3,
                             .metric = {{"exact match", right, false},
                                        {"token errors", laco_decode_score_token_error(&score), true},
                                        {"loss", loss, true}}};
    return LACO_OK;
}

static laco_status prepare(laco_learner *base)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    LACO_TRY(laco_caption_prepare(learner));
    base->validates = learner->split.valid_count > 0;
    return LACO_OK;
}

static laco_status give_back(laco_learner *base)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    return laco_caption_lay_batches(learner, learner->split.known_count);
}

static void release(laco_learner *base)
{
    laco_caption_learner *learner = (laco_caption_learner *)base;
    laco_batches_free(learner->batches);
    laco_split_free(learner->ctx, &learner->split);
    laco_sequences_free(&learner->sequences);
    laco_sequences_free(&learner->targets);
    laco_target_batch_free(learner->ctx, &learner->target);
}

static json_t *describe(const laco_learner *base)
{
    const laco_caption_learner *learner = (const laco_caption_learner *)base;
    const laco_train_options *train = &learner->options->train;
    return json_pack("{s:I, s:I, s:I}", "items", (json_int_t)learner->split.train_count, "validation_items",
                     (json_int_t)learner->split.valid_count, "batch", (json_int_t)train->batch);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_captioned_summary(((const laco_caption_learner *)base)->data, false, out);
}

/* A hash of all numbers and captions: FNV-1a by words. */
static uint64_t hash_data(const laco_learner *base)
{
    const laco_caption_learner *learner = (const laco_caption_learner *)base;
    const laco_sequences *sequences = &learner->sequences, *targets = &learner->targets;
    uint64_t hash = laco_hash(LACO_HASH_START, learner->data->count);
    hash = laco_hash_ids(hash, targets->ids, targets->ids_used);
    for (size_t i = 0; i < sequences->count; i++) {
        hash = laco_hash(hash, (uint64_t)targets->starts[i + 1] ^ (uint64_t)sequences->starts[i + 1] << 20);
        for (int64_t j = 0; j < laco_sequences_length(sequences, i) * sequences->width; j++)
            hash = laco_hash_float(hash, (float)sequences->views[i][j]);
    }
    return hash;
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = start_epoch,
                                               .loss = batch_loss,
                                               .validate = validate,
                                               .give_back = give_back,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

laco_status laco_train_caption(laco_context *ctx, const laco_caption_options *given, const laco_captioned *data,
                               const laco_captioned *valid, laco_model **out)
{
    laco_caption_options options = given ? *given : (laco_caption_options){0};
    LACO_TRY(laco_options_check(ctx, &laco_caption_table, &options));
    bool vectors = data->kind == LACO_CAPTIONED_VECTORS;
    if (vectors && (options.shift > 0 || options.bend > 0))
        return laco_fail(ctx, LACO_INVALID, "shift and bend are for pictures; these are vectors of numbers");
    if (options.columns > 0 && options.encoder != LACO_ENCODER_RECURRENT && (vectors || options.encoder == LACO_ENCODER_MLP))
        return laco_fail(ctx, LACO_INVALID, "columns are for a recurrent encoder; an mlp reads all numbers at once");
    LACO_TRY(laco_train_from(ctx, &laco_caption_table, &options));
    laco_caption_defaults(&options, data);
    if (options.encoder == LACO_ENCODER_MLP && given && given->network.directions != 0)
        return laco_fail(ctx, LACO_INVALID, "an mlp has no memory: reading both ways, or one, is for recurrent cells");
    laco_caption_learner learner = {.base = {.type = &learner_type,
                                             .options = &options.train,
                                             .table = &laco_caption_table,
                                             .all = &options,
                                             .example = vectors ? "vectors" : "pictures",
                                             .counts_epochs = options.scheduled_sampling > 0},
                                    .ctx = ctx,
                                    .options = &options,
                                    .data = data,
                                    .valid = valid};
    laco_sequences_init(&learner.sequences, ctx);
    laco_sequences_init(&learner.targets, ctx);
    return laco_train_model(ctx, &learner.base, out);
}
