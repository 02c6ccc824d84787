/* Training a tagger. */
#include "train/tag/tag.h"

#include "base/hash.h"
#include "data/grow.h"
#include "model/network.h"
#include "tape/tape.h"

#include <stdio.h>
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
static laco_var tag_loss(laco_tag_learner *learner, laco_tape *tape, int64_t m, const laco_batch *batch, laco_var hidden)
{
    const int32_t none = -1;
    laco_var scores = laco_linear_apply(tape, learner->model->member[m].linear, hidden);
    if (lay_out(learner, batch, &learner->tags) < 0)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    if (learner->model->crf)
        return laco_crf_loss(tape, learner->model->crf, scores, learner->targets, batch->lengths, LACO_MEAN);
    return laco_cross_entropy_loss(tape, scores, learner->targets, &(laco_loss_config){.ignore_index = &none});
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, int64_t number, int64_t *examples)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    const laco_tag_options *options = learner->options;
    const laco_batch *batch = laco_batches_get(learner->batches, (size_t)number);
    *examples = 0;
    for (int32_t b = 0; b < batch->rows; b++)
        *examples += batch->lengths[b];
    laco_word_drop drop = {options->word_drop > 0 ? options->word_drop : 0, options->train.seed, tape->step};
    laco_var loss[LACO_MEMBERS];
    for (int64_t m = 0; m < learner->model->config.members; m++) {
        laco_var hidden = laco_tagger_hidden(tape, learner->model, m, &learner->lexicon, batch, &drop);
        loss[m] = laco_tag_also_loss(tape, &learner->also, m, batch, hidden, tag_loss(learner, tape, m, batch, hidden));
    }
    return laco_mean_of_members(tape, loss, learner->model->config.members);
}

static laco_status validate(laco_learner *base, laco_validation *out)
{
    laco_tag_learner *learner = (laco_tag_learner *)base;
    const laco_tagged *valid = learner->valid;
    bool part = learner->split.valid_count > 0;
    laco_tag_score score;
    LACO_TRY(laco_tagger_answer(learner->model, part ? &learner->lexicon : &learner->valid_lexicon, part ? &learner->text : &learner->valid_text,
                                part ? learner->split.valid : NULL, learner->sentences, learner->answers));
    for (size_t i = 0; i < learner->sentences; i++) {
        size_t index = part ? learner->split.valid[i] : i, length = learner->starts[i + 1] - learner->starts[i];
        memcpy(learner->found + learner->starts[i], learner->answers + (part ? &learner->text : &learner->valid_text)->starts[index],
               length * sizeof *learner->found);
    }
    LACO_TRY(laco_tag_score_fill(learner->ctx, valid->names, laco_tagged_tag_count(valid), learner->starts, learner->sentences,
                                 learner->gold, learner->found, &score));
    double rank = score.entities ? score.f1 : score.accuracy;
    *out = (laco_validation){.rank = rank,
                             .tie = score.accuracy,
                             .plateau = -rank,
                             .metric_count = score.entities ? 2 : 1,
                             .metric = {{"accuracy", score.accuracy}, {"F1", score.f1}}};
    laco_tag_score_free(&score);
    return LACO_OK;
}

static void release(laco_tag_learner *learner)
{
    laco_tag_also_end(learner->model, &learner->also);
    laco_batches_free(learner->batches);
    laco_split_free(learner->ctx, &learner->split);
    laco_sequences_free(&learner->text);
    laco_sequences_free(&learner->tags);
    laco_sequences_free(&learner->valid_text);
    laco_lexicon_free(&learner->lexicon);
    laco_lexicon_free(&learner->valid_lexicon);
    laco_release(learner->ctx, learner->targets);
    laco_release(learner->ctx, learner->answers);
    laco_release(learner->ctx, learner->gold);
    laco_release(learner->ctx, learner->found);
    laco_release(learner->ctx, learner->starts);
    if (learner->model)
        laco_model_free(&learner->model->base);
}

/* Where tags mark entities, what was learned by heart is wrong in the next document: more is dropped, and more is read at once. There
 * are few of them, so that networks differ more in what they know, and one more is asked. */
static void fill_regularisation(laco_tag_options *options, size_t sentences, bool bio)
{
    laco_network_options *network = &options->network;
    bool mlp = strcmp(network->cell, "mlp") == 0;
    if (network->dropout == 0)
        network->dropout = bio ? 0.5 : 0.33;
    if (network->weight_drop == 0)
        network->weight_drop = 0.3;
    if (options->word_drop == 0)
        options->word_drop = bio ? 1 : 0.5;
    if (options->context == 0 && bio && !mlp)
        options->context = 80;
    if (options->members == 0)
        options->members = laco_members_default(sentences, bio ? 4 : 3);
    options->context = LACO_MAX(options->context, 0);
    options->columns = options->columns == 0 ? 0.5 : LACO_MAX(options->columns, 0);
}

static void fill_defaults(laco_tag_options *options, size_t sentences, bool bio)
{
    laco_network_options *network = &options->network;
    laco_train_options *train = &options->train;
    if (!network->cell)
        network->cell = "lstm";
    if (network->hidden == 0)
        network->hidden = 128;
    if (network->layers == 0)
        network->layers = 2;
    fill_regularisation(options, sentences, bio);
    if (network->directions == 0)
        network->directions = 2;
    if (options->letter_hidden == 0)
        options->letter_hidden = 50;
    if (options->valid_fraction == 0)
        options->valid_fraction = 0.05;
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = 20;
    if (train->batch == 0)
        train->batch = options->context > 0 ? 6 : 16;
    if (train->optimiser.lr == 0 && !train->optimiser_set)
        train->optimiser.lr = 0.003;
    if (train->average == 0)
        train->average = 0.998;
    laco_train_defaults(train);
}

static json_t *describe_training(const laco_tag_learner *learner)
{
    const laco_tag_options *options = learner->options;
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "sentences", (json_int_t)learner->split.train_count,
                               "validation_sentences", (json_int_t)learner->sentences, "epochs", (json_int_t)0, "batch",
                               (json_int_t)options->train.batch, "seed", (json_int_t)(options->train.seed & INT64_MAX));
}

static uint64_t hash_ids(uint64_t hash, const laco_sequences *sequences)
{
    hash = laco_hash_ids(hash, sequences->ids, sequences->ids_used);
    return laco_hash_sizes(hash, sequences->starts, sequences->count + 1);
}

/* A checkpoint belongs to the data and the options that shape the run. */
static void fingerprint(const laco_tag_learner *learner, char text[LACO_FINGERPRINT])
{
    const laco_tag_options *o = learner->options;
    const laco_tagger_config *c = &learner->model->config;
    uint64_t hash = hash_ids(hash_ids(LACO_HASH_START, &learner->data->sentences), &learner->data->tags);
    hash = laco_hash_bytes(hash, learner->data->words.pool, learner->data->words.pool_used);
    if (learner->valid)
        hash = hash_ids(hash_ids(hash, &learner->valid->sentences), &learner->valid->tags) ^ learner->sentences;
    snprintf(text, LACO_FINGERPRINT,
             "task tag data %016llx words %lld window %lld letter-hidden %lld word-drop %.17g context %lld columns %.17g members %lld crf %d constrained %d "
             "vectors %s",
             (unsigned long long)hash, (long long)c->words, (long long)c->window, (long long)c->letter_hidden, o->word_drop,
             (long long)c->context, o->columns, (long long)c->members, c->crf, c->constrained, o->vectors ? o->vectors : "none");
    laco_train_fingerprint(&o->train, &o->network, text);
}

static laco_status train(laco_tag_learner *learner, laco_model **out)
{
    char name[LACO_FINGERPRINT];
    LACO_TRY(laco_tag_also_start(learner->model, learner->data, &learner->text, learner->options->columns, &learner->also));
    learner->base = (laco_learner){.model = &learner->model->base,
                                   .example = "words",
                                   .start_epoch = start_epoch,
                                   .loss = batch_loss,
                                   .validate = learner->valid ? validate : NULL};
    fingerprint(learner, name);
    laco_status status = laco_train_model(&learner->base, &learner->options->train, name, describe_training(learner), out);
    if (!learner->base.model) {
        laco_tag_also_end(learner->model, &learner->also);
        learner->model = NULL;
    }
    return status;
}

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

laco_status laco_train_tag(laco_context *ctx, const laco_tag_options *given, const laco_tagged *data, const laco_tagged *valid,
                           laco_model **out)
{
    laco_tag_options options = given ? *given : (laco_tag_options){0};
    LACO_TRY(check_data(ctx, data, valid));
    LACO_TRY(laco_network_check_mlp(ctx, &options.network, options.network.cell && strcmp(options.network.cell, "mlp") == 0));
    fill_defaults(&options, laco_tagged_sentence_count(data), laco_tagged_is_bio(data));
    laco_tag_learner learner = {.ctx = ctx, .options = &options, .data = data, .valid = valid};
    laco_status status = laco_tag_prepare(&learner);
    if (status == LACO_OK)
        status = train(&learner, out);
    release(&learner);
    return status;
}
