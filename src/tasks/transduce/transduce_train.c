/* Training a transducer. */
#include "train/rows.h"
#include "transduce/transduce_train.h"

#include "base/hash.h"
#include "base/grow.h"
#include "tape/tape.h"
#include "options/options.h"

#define SAMPLING_EPOCHS 10.0 /* over which the decoder's own answers become as likely as they will be */

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    LACO_TRY(laco_batches_start(learner->batches, (uint64_t)epoch));
    *batches = (int64_t)laco_batches_count(learner->batches);
    learner->epoch = epoch;
    return LACO_OK;
}

/* The targets of a whole batch, once for all its shards and members. */
static laco_status choose(laco_transduce_learner *learner, laco_tape *tape, const laco_part *part)
{
    if (learner->has_chosen && learner->chosen_step == part->step)
        return LACO_OK;
    const laco_batch *batch = laco_batches_get(learner->batches, (size_t)part->batch);
    size_t rows = (size_t)batch->rows;
    LACO_TRY(laco_grow(learner->ctx, &learner->chosen, &learner->chosen_room, rows, sizeof *learner->chosen));
    for (size_t b = 0; b < rows && learner->options->every_target; b++)
        learner->chosen[b] = learner->target[batch->index[b]];
    if (!learner->options->every_target)
        LACO_TRY(laco_transduce_choose(learner, tape, batch, part->step, learner->chosen));
    learner->has_chosen = true;
    learner->chosen_step = part->step;
    return LACO_OK;
}

/* Those of this shard, laid out for the decoder; tokens of the whole batch, or 0 where that is this, into *whole. */
static laco_status lay_out(laco_transduce_learner *learner, const laco_part *part, const laco_batch *batch, double *whole)
{
    size_t *chosen = learner->chosen;
    *whole = 0;
    if (part->shards > 1) {
        LACO_TRY(laco_grow(learner->ctx, &learner->shard_chosen, &learner->shard_room, (size_t)batch->rows, sizeof *chosen));
        for (int64_t b = 0; b < batch->rows; b++)
            learner->shard_chosen[b] = chosen[part->shard + b * part->shards];
        for (int64_t i = 0; i < batch->whole_rows; i++)
            *whole += laco_sequences_length(&learner->ids.targets, chosen[i]) + 1;
        chosen = learner->shard_chosen;
    }
    return laco_target_batch_fill(learner->ctx, &learner->ids.targets, chosen, batch->rows, &learner->batch);
}

/* The loss of what a decoder writes; and that of what CTC reads, a mean over rows. */
static laco_var member_loss(laco_transduce_learner *learner, laco_tape *tape, const laco_part *part, const laco_batch *batch,
                            laco_decoding *writer, laco_var frames, const laco_target_loss *config)
{
    double weight = learner->options->ctc;
    laco_var loss = laco_target_batch_loss(tape, writer->decoder, &learner->batch, &writer->memory, &writer->state, config);
    if (!frames || weight <= 0)
        return loss;
    if (part->shards > 1)
        weight *= (double)batch->rows / (double)batch->whole_rows;
    laco_var ctc = laco_transduce_ctc_loss(tape, &learner->batch, batch->lengths, learner->model->config.ctc_steps, frames);
    return laco_add(tape, loss, laco_scale(tape, ctc, weight));
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, const laco_part *part, int64_t *examples)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    const laco_transduce_options *options = learner->options;
    laco_decoding writer;
    laco_var frames = NULL;
    laco_target_loss config = {.label_smoothing = LACO_MAX(options->label_smoothing, 0),
                               .sampling = options->scheduled_sampling * LACO_MIN((double)learner->epoch / SAMPLING_EPOCHS, 1),
                               .seed = options->train.seed,
                               .step = tape->step};
    laco_status status = choose(learner, tape, part);
    const laco_batch *batch = laco_batches_part(learner->batches, part);
    *examples = batch->rows;
    if (status == LACO_OK && batch->rows > 0)
        status = lay_out(learner, part, batch, &config.whole);
    if (status < 0)
        return laco_tape_fail(tape, status);
    if (batch->rows == 0)
        return NULL;
    laco_part_begin(part, tape, 0);
    status = laco_transducer_read_member(tape, learner->model, part->member, batch->ids, batch->steps, batch->rows,
                                         batch->lengths, &writer, &frames);
    laco_part_end(part, tape, 0);
    if (status < 0)
        return NULL;
    laco_part_begin(part, tape, 1);
    laco_var loss = member_loss(learner, tape, part, batch, &writer, frames, &config);
    laco_part_end(part, tape, 1);
    return loss;
}

laco_status laco_transduce_score_valid(laco_transduce_learner *learner, laco_transducer *model,
                                       const laco_decode_options *options, laco_decode_score *score)
{
    bool part = learner->split.valid_count > 0;
    return laco_transducer_score(model, learner->valid, part ? &learner->ids : &learner->valid_ids,
                                 part ? learner->split.valid : NULL,
                                 part ? learner->split.valid_count : laco_pairs_count(learner->valid), options, score);
}

/* Greedy answers to the validation sources, which are wrong more often than those of a beam with CTC. */
static laco_status validate(laco_learner *base, laco_validation *out)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    laco_decode_options greedy = {.beam = 1, .nbest = 1};
    laco_decode_score score;
    LACO_TRY(laco_transduce_score_valid(learner, learner->model, &greedy, &score));
    double wrong = laco_decode_score_wrong(&score), tokens = laco_decode_score_token_error(&score);
    *out = (laco_validation){.rank = -wrong,
                             .tie = -tokens,
                             .plateau = wrong,
                             .metric_count = 2,
                             .metric = {{"greedy word error", wrong, true}, {"token error", tokens, true}}};
    return LACO_OK;
}

static laco_status prepare(laco_learner *base)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    LACO_TRY(laco_transduce_prepare(learner));
    base->validates = learner->valid != NULL;
    return LACO_OK;
}

static laco_status finish(laco_learner *base)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    laco_decode_score score;
    LACO_TRY(laco_transduce_weigh(learner, learner->model, &score));
    if (score.count > 0)
        base->measured = (laco_validation){.metric_count = 2,
                                           .metric = {{"word error", laco_decode_score_wrong(&score), true},
                                                      {"token error", laco_decode_score_token_error(&score), true}}};
    return LACO_OK;
}

static laco_status give_back(laco_learner *base)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    return laco_transduce_lay_batches(learner, learner->split.known_count);
}

/* What `finish` sets. */
static laco_status record(laco_learner *base, laco_record *record)
{
    return laco_record_real(record, "ctc_weight", &((laco_transduce_learner *)base)->model->config.ctc_weight);
}

static void release(laco_learner *base)
{
    laco_transduce_learner *learner = (laco_transduce_learner *)base;
    laco_context *ctx = learner->ctx;
    laco_batches_free(learner->batches);
    laco_split_free(ctx, &learner->split);
    laco_pair_ids_free(&learner->ids);
    laco_pair_ids_free(&learner->valid_ids);
    laco_sequences_free(&learner->lines);
    laco_target_choice_free(ctx, &learner->choice);
    laco_target_batch_free(ctx, &learner->batch);
    laco_release(ctx, learner->target);
    laco_release(ctx, learner->chosen);
    laco_release(ctx, learner->shard_chosen);
}

static json_t *describe(const laco_learner *base)
{
    const laco_transduce_learner *learner = (const laco_transduce_learner *)base;
    const laco_transduce_options *options = learner->options;
    bool part = learner->split.valid_count > 0;
    size_t valid = part ? learner->split.valid_count : learner->valid ? laco_pairs_count(learner->valid) : 0;
    return json_pack("{s:I, s:I, s:I, s:I}", "pairs", (json_int_t)laco_pairs_line_count(learner->data), "sources",
                     (json_int_t)learner->split.train_count, "validation_sources", (json_int_t)valid, "batch",
                     (json_int_t)options->train.batch);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_pairs_summary(((const laco_transduce_learner *)base)->data, false, out);
}

static uint64_t hash_pairs(uint64_t hash, const laco_pairs *pairs)
{
    const laco_strings *texts[] = {&pairs->sources, &pairs->targets};
    for (int side = 0; side < 2; side++)
        hash = laco_hash_bytes(hash, texts[side]->pool, texts[side]->pool_used);
    hash = laco_hash_sizes(hash, pairs->starts, pairs->sources.count + 1);
    return laco_hash_ids(hash, pairs->answers, laco_pairs_line_count(pairs));
}

static uint64_t hash_data(const laco_learner *base)
{
    const laco_transduce_learner *learner = (const laco_transduce_learner *)base;
    uint64_t hash = hash_pairs(LACO_HASH_START, learner->data);
    return learner->valid && learner->valid != learner->data ? hash_pairs(hash, learner->valid) : hash;
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = start_epoch,
                                               .loss = batch_loss,
                                               .validate = validate,
                                               .give_back = give_back,
                                               .finish = finish,
                                               .record = record,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

laco_status laco_train_transduce(laco_context *ctx, const laco_transduce_options *given, const laco_pairs *data,
                                 const laco_pairs *valid, laco_model **out)
{
    laco_transduce_options options = given ? *given : (laco_transduce_options){0};
    LACO_TRY(laco_options_check(ctx, &laco_transduce_table, &options));
    LACO_TRY(laco_train_from(ctx, &laco_transduce_table, &options));
    laco_transduce_defaults(&options, data);
    laco_transduce_learner learner = {.base = {.type = &learner_type,
                                               .options = &options.train,
                                               .table = &laco_transduce_table,
                                               .all = &options,
                                               .example = options.every_target ? "pairs" : "sources",
                                               .members = options.ensemble},
                                      .ctx = ctx,
                                      .options = &options,
                                      .data = data,
                                      .valid = valid};
    return laco_train_model(ctx, &learner.base, out);
}
