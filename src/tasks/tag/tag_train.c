/* Training a tagger. */
#include "train/rows.h"
#include "tag/tag_train.h"

#include "base/hash.h"
#include "base/grow.h"
#include "model/network.h"
#include "nn/crf.h"
#include "tape/tape.h"
#include "options/options.h"

#include <string.h>

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    LACO_TRY(laco_batches_start(learner->batches, (uint64_t)epoch));
    *batches = (int64_t)laco_batches_count(learner->batches);
    return LACO_OK;
}

/* Labels of a batch into learner->targets; -1 past the end of a sentence. */
static laco_status lay_out(laco_tag_learner *learner, const laco_batch *batch, const laco_sequences *labels)
{
    size_t places = (size_t)batch->rows * (size_t)batch->steps;
    LACO_TRY(laco_grow(learner->ctx, &learner->targets, &learner->targets_room, places, sizeof *learner->targets));
    laco_batch_pad(batch, labels, -1, learner->targets);
    return LACO_OK;
}

/* The loss of the tags, from what member m made of the words. */
static laco_var tag_loss(laco_tag_learner *learner, laco_tape *tape, const laco_part *part, int64_t m, const laco_batch *batch,
                         laco_var hidden)
{
    const int32_t none = -1;
    laco_var scores = laco_linear_apply(tape, learner->model->member[m].linear, hidden);
    if (lay_out(learner, batch, &learner->tags) < 0)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    laco_reduction reduction = laco_part_reduction(part);
    laco_loss_config loss = {.ignore_index = &none, .reduction = reduction};
    laco_var sum = learner->model->crf
                       ? laco_crf_loss(tape, learner->model->crf, scores, learner->targets, batch->lengths, reduction)
                       : laco_cross_entropy_loss(tape, scores, learner->targets, &loss);
    return laco_part_mean(tape, part, sum, (double)batch->whole_steps);
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, const laco_part *part, int64_t *examples)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    const laco_tag_options *options = learner->options;
    const laco_batch *batch = laco_batches_part(learner->batches, part);
    *examples = 0;
    for (int32_t b = 0; b < batch->rows; b++)
        *examples += batch->lengths[b];
    if (batch->rows == 0)
        return NULL;
    int64_t m = part->member;
    laco_word_drop drop = {options->word_drop > 0 ? options->word_drop : 0, options->train.seed, tape->step};
    laco_part_begin(part, tape, 0);
    laco_var hidden = laco_tagger_hidden(tape, learner->model, m, &learner->lexicon, batch, &drop);
    laco_part_end(part, tape, 0);
    return laco_auxiliary_loss(tape, &learner->auxiliary, part, m, batch, hidden,
                               tag_loss(learner, tape, part, m, batch, hidden));
}

static laco_crf *crf_of(const laco_learner *base) { return ((const laco_tag_learner *)base)->model->crf; }

static void keep_terms(laco_learner *base, bool keep)
{
    if (crf_of(base))
        laco_crf_keep_apart(crf_of(base), keep);
}

static laco_status take_terms(laco_learner *base, const laco_real **terms, int64_t *count)
{
    *terms = NULL;
    *count = 0;
    return crf_of(base) ? laco_crf_take_terms(crf_of(base), terms, count) : LACO_OK;
}

static void add_terms(laco_learner *base, const laco_real *terms, int64_t count)
{
    if (crf_of(base))
        laco_crf_add_terms(crf_of(base), terms, count);
}

static laco_status validate(laco_learner *base, laco_validation *out)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    bool part = learner->split.valid_count > 0;
    laco_tag_score score;
    LACO_TRY(laco_tagger_answer(learner->model, part ? &learner->lexicon : &learner->valid_lexicon,
                                part ? &learner->text : &learner->valid_text, part ? learner->split.valid : NULL,
                                learner->sentences, learner->answers));
    for (size_t i = 0; i < learner->sentences; i++) {
        size_t index = part ? learner->split.valid[i] : i, length = learner->starts[i + 1] - learner->starts[i];
        memcpy(learner->found + learner->starts[i],
               learner->answers + (part ? &learner->text : &learner->valid_text)->starts[index], length * sizeof *learner->found);
    }
    LACO_TRY(laco_tag_score_fill(learner->ctx, learner->tag, (int)learner->names.count, learner->starts, learner->sentences,
                                 learner->gold, learner->found, &score));
    double rank = score.entities ? score.f1 : score.accuracy;
    *out = (laco_validation){.rank = rank,
                             .tie = score.accuracy,
                             .plateau = -rank,
                             .metric_count = score.entities ? 2 : 1,
                             .metric = {{"accuracy", score.accuracy, false}, {"F1", score.f1, false}}};
    laco_tag_score_free(&score);
    return LACO_OK;
}

static laco_status prepare(laco_learner *base)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    LACO_TRY(laco_tag_prepare(learner));
    base->validates = learner->valid != NULL;
    return laco_auxiliary_start(learner->model, learner->data, &learner->text, LACO_MAX(learner->options->auxiliary, 0),
                                &learner->auxiliary);
}

static laco_status give_back(laco_learner *base)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    return laco_tag_lay_batches(learner, learner->split.known_count);
}

static void release(laco_learner *base)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    laco_auxiliary_end(learner->model, &learner->auxiliary);
    laco_batches_free(learner->batches);
    laco_split_free(learner->ctx, &learner->split);
    laco_sequences_free(&learner->text);
    laco_sequences_free(&learner->tags);
    laco_sequences_free(&learner->valid_text);
    laco_lexicon_free(&learner->lexicon);
    laco_lexicon_free(&learner->valid_lexicon);
    laco_strings_free(&learner->names);
    laco_release(learner->ctx, learner->tag);
    laco_release(learner->ctx, learner->place);
    laco_release(learner->ctx, learner->targets);
    laco_release(learner->ctx, learner->answers);
    laco_release(learner->ctx, learner->gold);
    laco_release(learner->ctx, learner->found);
    laco_release(learner->ctx, learner->starts);
}

static json_t *describe(const laco_learner *base)
{
    const laco_tag_learner *learner = (const laco_tag_learner *)base;
    const laco_tag_options *options = learner->options;
    return json_pack("{s:I, s:I, s:I}", "sentences", (json_int_t)learner->split.train_count, "validation_sentences",
                     (json_int_t)learner->sentences, "batch", (json_int_t)options->train.batch);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_tagged_summary(((const laco_tag_learner *)base)->data, false, out);
}

static uint64_t hash_ids(uint64_t hash, const laco_sequences *sequences)
{
    hash = laco_hash_ids(hash, sequences->ids, sequences->ids_used);
    return laco_hash_sizes(hash, sequences->starts, sequences->count + 1);
}

static uint64_t hash_words(uint64_t hash, const laco_tagged *data)
{
    hash = hash_ids(hash_ids(hash, &data->sentences), &data->tags);
    hash = laco_hash_bytes(hash, data->words.pool, data->words.pool_used);
    for (size_t k = 0; k < data->labels.count; k++)
        hash = laco_hash_bytes(hash, data->names[k], strlen(data->names[k]) + 1);
    return hash;
}

/* Words and tags, what else a line of CoNLL-U says, and what was read of a file of vectors. */
static uint64_t hash_data(const laco_learner *base)
{
    const laco_tag_learner *learner = (const laco_tag_learner *)base;
    uint64_t hash = hash_words(LACO_HASH_START, learner->data);
    hash = laco_hash(laco_auxiliary_hash(&learner->auxiliary, hash), learner->vectors_hash);
    return learner->valid && learner->valid != learner->data ? hash_words(hash, learner->valid) : hash;
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = start_epoch,
                                               .loss = batch_loss,
                                               .validate = validate,
                                               .give_back = give_back,
                                               .common = "crf.",
                                               .keep_terms = keep_terms,
                                               .take_terms = take_terms,
                                               .add_terms = add_terms,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

/* Every word has a tag that the model can give; `valid` numbers them alike. */
static laco_status check_data(laco_context *ctx, const laco_tagged *data, const laco_tagged *valid)
{
    for (size_t i = 0; i < data->tags.ids_used; i++)
        if (data->tags.ids[i] < 0)
            return laco_fail(ctx, LACO_INVALID, "word %zu of the training data has no tag", i);
    for (size_t k = 0; valid && k < data->labels.count; k++)
        if (k >= valid->labels.count || strcmp(data->names[k], valid->names[k]) != 0)
            return laco_fail(ctx, LACO_INVALID, "the validation data was not read with the tags of the training data");
    for (size_t i = 0; valid && i < valid->tags.ids_used; i++)
        if (valid->tags.ids[i] < 0)
            return laco_fail(ctx, LACO_INVALID, "word %zu of the validation data has no tag", i);
    return LACO_OK;
}

/* A crf is asked for, or there by itself, and tags mark entities: else nothing can be constrained. */
static laco_status check_crf(laco_context *ctx, const laco_tag_options *options, bool bio)
{
    bool crf = options->crf == LACO_ALWAYS || (options->crf == LACO_AUTO && bio);
    if (options->constrained == LACO_AUTO || (crf && bio))
        return LACO_OK;
    return laco_fail(ctx, LACO_INVALID,
                     "answers are constrained, or not, by a crf over tags that mark entities (O, B-TYPE, I-TYPE); here %s",
                     crf ? "the tags are others" : "there is no crf");
}

laco_status laco_train_tag(laco_context *ctx, const laco_tag_options *given, const laco_tagged *data, const laco_tagged *valid,
                           laco_model **out)
{
    laco_tag_options options = given ? *given : (laco_tag_options){0};
    LACO_TRY(check_data(ctx, data, valid));
    LACO_TRY(laco_options_check(ctx, &laco_tag_table, &options));
    LACO_TRY(laco_network_check_mlp(ctx, &options.network));
    LACO_TRY(check_crf(ctx, &options, laco_tagged_is_bio(data)));
    LACO_TRY(laco_train_from(ctx, &laco_tag_table, &options));
    laco_tag_defaults(&options, data);
    laco_tag_learner learner = {.base = {.type = &learner_type,
                                         .options = &options.train,
                                         .table = &laco_tag_table,
                                         .all = &options,
                                         .example = "words",
                                         .members = options.ensemble},
                                .ctx = ctx,
                                .options = &options,
                                .data = data,
                                .valid = valid};
    laco_strings_init(&learner.names, ctx);
    return laco_train_model(ctx, &learner.base, out);
}
