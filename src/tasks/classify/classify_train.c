/* Training a classifier of texts or of sequences of numbers. */
#include "base/hash.h"
#include "laco/classify.h"
#include "data/batch.h"
#include "classify/labelled.h"
#include "data/split.h"
#include "classify/classifier.h"
#include "train/from.h"
#include "train/length.h"
#include "train/loop.h"
#include "train/rows.h"
#include "options/options.h"

#include <stdio.h>
#include <string.h>

/* What training holds beside the model. */
typedef struct classify_learner {
    laco_learner base;
    laco_context *ctx;
    laco_classifier *model;
    const laco_classify_options *options;
    const laco_labelled *data, *valid; /* valid: NULL, or texts of its own */
    laco_sequences sequences;          /* the training data, then the validation data where that came apart */
    int32_t *labels;                   /* of each sequence */
    laco_split split;
    laco_batches *batches;
    laco_real *weights; /* [K] of the loss, or NULL */
    laco_strings names; /* of the labels, */
    const char **label; /* [names.count] those of a model to train on from first */
} classify_learner;

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    classify_learner *learner = (classify_learner *)base;
    LACO_TRY(laco_batches_start(learner->batches, (uint64_t)epoch));
    *batches = (int64_t)laco_batches_count(learner->batches);
    return LACO_OK;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, int64_t number, int64_t *examples)
{
    classify_learner *learner = (classify_learner *)base;
    const laco_batch *batch = laco_batches_get(learner->batches, (size_t)number);
    laco_loss_config loss = {.class_weights = learner->weights, .label_smoothing = learner->options->label_smoothing};
    *examples = batch->rows;
    return laco_cross_entropy_loss(tape, laco_classifier_logits(tape, learner->model, batch, true), batch->labels, &loss);
}

/* Accuracy, macro-F1 and loss on the validation part. */
static laco_status score_part(classify_learner *learner, laco_real *answers, laco_classify_score *out)
{
    int K = learner->model->label_count;
    size_t count = learner->split.valid_count;
    LACO_TRY(laco_classifier_answer(learner->model, &learner->sequences, learner->split.valid, count, answers));
    int32_t *labels = laco_alloc(learner->ctx, count, sizeof *labels);
    if (!labels)
        return LACO_NO_MEMORY;
    /* Answers stand at the index of their sequence: move them together. Indices rise, so nothing is overwritten too early. */
    for (size_t i = 0; i < count; i++) {
        size_t index = learner->split.valid[i];
        memmove(answers + i * (size_t)K, answers + index * (size_t)K, (size_t)K * sizeof *answers);
        labels[i] = learner->labels[index];
    }
    laco_status status =
        laco_classify_score_fill(learner->ctx, (const char *const *)learner->model->labels, K, count, labels, answers, out);
    laco_release(learner->ctx, labels);
    return status;
}

static laco_status validate(laco_learner *base, laco_validation *out)
{
    classify_learner *learner = (classify_learner *)base;
    laco_classify_score score;
    laco_real *answers =
        laco_alloc(learner->ctx, learner->sequences.count, (size_t)learner->model->label_count * sizeof *answers);
    if (!answers)
        return LACO_NO_MEMORY;
    laco_status status = score_part(learner, answers, &score);
    laco_release(learner->ctx, answers);
    LACO_TRY(status);
    *out = (laco_validation){
        .rank = score.accuracy,
        .tie = -score.loss,
        .plateau = score.loss,
        .metric_count = 3,
        .metric = {{"accuracy", score.accuracy, false}, {"macro-F1", score.macro_f1, false}, {"loss", score.loss, true}}};
    laco_classify_score_free(&score);
    return LACO_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------------------------------ */

/* Which examples train and which validate, as places in `sequences`. */
static laco_status split(classify_learner *learner, const laco_labelled *data, const laco_labelled *valid)
{
    double fraction = LACO_MAX(learner->options->valid.fraction, 0);
    LACO_TRY(laco_split_apart(learner->ctx, laco_labelled_labels(data), laco_labelled_count(data),
                              valid ? laco_labelled_count(valid) : 0, (int)data->labels.count, fraction,
                              learner->options->train.seed, &learner->split));
    laco_learner_split(&learner->base, &learner->split, valid ? 0 : (int64_t)learner->split.valid_count);
    return LACO_OK;
}

static const laco_classifier *model_from(const classify_learner *learner) { return (const laco_classifier *)learner->base.from; }

/* Labels of all data by the numbers that the model gives them: place [labels of the data]. */
static laco_status number_labels(classify_learner *learner, int32_t *place)
{
    const laco_labelled *data = learner->data, *valid = learner->valid;
    const laco_classifier *from = model_from(learner);
    size_t count = laco_labelled_count(data), apart = valid ? laco_labelled_count(valid) : 0;
    LACO_TRY(laco_from_join(learner->ctx, from ? (const char *const *)from->labels : NULL, from ? from->label_count : 0,
                            data->names, (int)data->labels.count, &learner->names, place));
    learner->labels = laco_alloc(learner->ctx, count + apart, sizeof *learner->labels);
    learner->label = laco_alloc(learner->ctx, learner->names.count, sizeof *learner->label);
    if (!learner->labels || !learner->label)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count + apart; i++)
        learner->labels[i] = place[i < count ? laco_labelled_labels(data)[i] : laco_labelled_labels(valid)[i - count]];
    for (size_t k = 0; k < learner->names.count; k++)
        learner->label[k] = laco_strings_get(&learner->names, (int32_t)k, NULL);
    return LACO_OK;
}

/* The labels and sequences of all data, read as the training part alone says. *input is the caller's. */
static laco_status encode(classify_learner *learner, const laco_labelled *data, const laco_labelled *valid,
                          laco_classifier_input *input)
{
    const laco_classifier *from = model_from(learner);
    int32_t *place = laco_alloc(learner->ctx, data->labels.count, sizeof *place);
    laco_status numbered = place ? number_labels(learner, place) : LACO_NO_MEMORY;
    laco_release(learner->ctx, place);
    LACO_TRY(numbered);
    if (from && from->input.features != data->features)
        return laco_from_refuse(&learner->base, "reads %lld numbers in a step (0: texts), and the data have %lld",
                                (long long)from->input.features, (long long)data->features);
    LACO_TRY(laco_classifier_input_from(data, learner->split.train, learner->split.known_count, &learner->options->text,
                                        from ? &from->input : NULL, input));
    laco_status status = laco_classifier_input_encode(input, data, &learner->sequences);
    if (status == LACO_OK && valid)
        status = laco_classifier_input_encode(input, valid, &learner->sequences);
    if (status < 0)
        laco_classifier_input_free(learner->ctx, input);
    return status;
}

/* n / (K · n_k) over the training part. */
static laco_status balance(classify_learner *learner, int K)
{
    if (learner->options->class_weights != LACO_CLASS_WEIGHTS_BALANCED)
        return LACO_OK;
    learner->weights = laco_alloc(learner->ctx, (size_t)K, sizeof *learner->weights);
    if (!learner->weights)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < learner->split.train_count; i++)
        learner->weights[learner->labels[learner->split.train[i]]] += 1;
    for (int k = 0; k < K; k++)
        learner->weights[k] =
            learner->weights[k] > 0 ? (laco_real)learner->split.train_count / ((laco_real)K * learner->weights[k]) : 0;
    return LACO_OK;
}

/* Steps of the longest sequence that is trained on, at least 1. */
static int64_t longest(const classify_learner *learner)
{
    int64_t most = 1;
    for (size_t i = 0; i < learner->split.known_count; i++)
        most = LACO_MAX(most, laco_sequences_length(&learner->sequences, learner->split.train[i]));
    return most;
}

#define MOST_POSITIONS 1024
#define FEW_FOR_POSITIONS 500 /* sequences of several numbers a step: fewer would be learned by heart, place by place */

/* Steps that the network knows by their number: those of sequences that are all of one length, as images and signals around an
 * event are, where a place means the same in each. */
static int64_t count_positions(const classify_learner *learner, int64_t steps)
{
    laco_choice choice = learner->options->positions;
    bool few = learner->sequences.width > 1 && learner->split.known_count < FEW_FOR_POSITIONS;
    if (choice == LACO_NEVER || learner->options->network.cell == LACO_MLP || (few && choice == LACO_AUTO))
        return 0;
    for (size_t i = 0; i < learner->split.known_count && choice == LACO_AUTO; i++)
        if (laco_sequences_length(&learner->sequences, learner->split.train[i]) != steps)
            return 0;
    return choice == LACO_ALWAYS || (steps > 1 && steps <= MOST_POSITIONS) ? steps : 0;
}

/* Weights of the model to train on from. One-hot tokens are columns of the first layer, before the number of their step, or
 * side by side. */
static laco_status copy_weights(const classify_learner *learner)
{
    const laco_classifier *from = model_from(learner), *model = learner->model;
    const laco_network_config *n = &model->network.config;
    if (!from)
        return LACO_OK;
    int64_t before = laco_classifier_input_size(&from->input), after = laco_classifier_input_size(&model->input);
    const laco_growth growths[] = {{before, after, n->mlp ? "hidden_l0" : "rnn", n->positions > 0 ? LACO_POSITION_SIZE : 0,
                                    !n->mlp         ? 1
                                    : n->window > 0 ? n->window
                                                    : n->longest},
                                   {before, after, "embedding", 0, 1},
                                   {from->label_count, model->label_count, "linear", 0, 1}};
    return laco_from_copy(&learner->base, growths, sizeof growths / sizeof *growths);
}

static laco_status new_model(classify_learner *learner, laco_classifier_input *input)
{
    const laco_classifier *from = model_from(learner);
    laco_network_config network = {.inputs = laco_classifier_input_size(input),
                                   .outputs = (int64_t)learner->names.count,
                                   .summary = true,
                                   .longest = longest(learner)};
    network.positions = count_positions(learner, network.longest);
    laco_status status = laco_network_configure(learner->ctx, &learner->options->network, &network);
    if (status < 0) {
        laco_classifier_input_free(learner->ctx, input);
        return status;
    }
    if (from)
        laco_network_keep(&from->network.config, &network);
    LACO_TRY(laco_classifier_new(learner->ctx, learner->options->train.seed, &network, input, learner->label,
                                 (int)learner->names.count, &learner->model));
    learner->base.model = &learner->model->base;
    return copy_weights(learner);
}

static int64_t length_of(const laco_learner *base, size_t index)
{
    return laco_sequences_length(&((const classify_learner *)base)->sequences, index);
}

static void place_of(const laco_learner *base, size_t index, char *text, size_t size)
{
    const classify_learner *learner = (const classify_learner *)base;
    size_t count = laco_labelled_count(learner->data), line = 0;
    const char *name = index < count ? laco_labelled_place(learner->data, index, &line)
                                     : laco_labelled_place(learner->valid, index - count, &line);
    snprintf(text, size, "%.250s:%zu", name, line);
}

static laco_status limit(classify_learner *learner)
{
    const laco_lengths lengths = {length_of, place_of, learner->sequences.width > 0 ? "steps" : "tokens"};
    learner->base.answers = (double)learner->sequences.count * (double)learner->names.count * sizeof(laco_real);
    return laco_train_limit(&learner->base, &learner->split, &lengths);
}

/* Batches of so many examples of the split. */
static laco_status lay_batches(classify_learner *learner, size_t count)
{
    laco_batches_config batches = {
        .batch_size = (int32_t)learner->options->train.batch, .shuffle = true, .seed = learner->options->train.seed};
    laco_batches_free(learner->batches);
    learner->batches = NULL;
    return laco_batches_new(learner->ctx, &learner->sequences, learner->labels, learner->split.train, count, &batches,
                            &learner->batches);
}

static laco_status prepare(laco_learner *base)
{
    classify_learner *learner = (classify_learner *)base;
    const laco_labelled *data = learner->data, *valid = learner->valid;
    laco_classifier_input input = {0};
    LACO_TRY(split(learner, data, valid));
    LACO_TRY(encode(learner, data, valid, &input));
    laco_status status = limit(learner);
    if (status < 0)
        laco_classifier_input_free(learner->ctx, &input);
    LACO_TRY(status);
    LACO_TRY(new_model(learner, &input));
    LACO_TRY(balance(learner, learner->model->label_count));
    base->validates = learner->split.valid_count > 0;
    base->example = learner->sequences.width > 0 ? "sequences" : "texts";
    return lay_batches(learner, learner->split.train_count);
}

static laco_status give_back(laco_learner *base)
{
    classify_learner *learner = (classify_learner *)base;
    return lay_batches(learner, learner->split.known_count);
}

static void release(laco_learner *base)
{
    classify_learner *learner = (classify_learner *)base;
    laco_batches_free(learner->batches);
    laco_split_free(learner->ctx, &learner->split);
    laco_sequences_free(&learner->sequences);
    laco_release(learner->ctx, learner->labels);
    laco_release(learner->ctx, learner->weights);
    laco_release(learner->ctx, learner->label);
    laco_strings_free(&learner->names);
}

/* ---- Training ------------------------------------------------------------------------------------------------------- */

/* What was asked for and would play no part. */
static laco_status check(laco_context *ctx, const laco_classify_options *options, const laco_labelled *data)
{
    const laco_text_config *text = &options->text;
    bool of_text = text->level > LACO_TEXT_CHAR || text->lower || text->fold_accents || options->network.embed > 0;
    bool mlp = options->network.cell == LACO_MLP;
    LACO_TRY(laco_options_check(ctx, &laco_classify_table, options));
    LACO_TRY(laco_network_check_mlp(ctx, &options->network));
    if (mlp && options->positions == LACO_ALWAYS)
        return laco_fail(ctx, LACO_INVALID,
                         "positions are for recurrent cells; to an mlp steps are numbered by where they stand");
    if (mlp && options->network.window == 0 && options->network.pool != LACO_POOL_DEFAULT &&
        options->network.pool != LACO_POOL_ALL)
        return laco_fail(ctx, LACO_INVALID, "an mlp without a window reads all steps at once: nothing is left to pool");
    if (of_text && laco_labelled_features(data) > 0)
        return laco_fail(ctx, LACO_INVALID,
                         "levels, lower case, folded accents and embeddings are for texts; these are sequences of numbers");
    return laco_text_config_check(ctx, text);
}

static json_t *describe(const laco_learner *base)
{
    const classify_learner *learner = (const classify_learner *)base;
    const laco_classify_options *options = learner->options;
    return json_pack("{s:I, s:I, s:I}", "examples", (json_int_t)learner->split.train_count, "validation_examples",
                     (json_int_t)learner->split.valid_count, "batch", (json_int_t)options->train.batch);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_labelled_summary(((const classify_learner *)base)->data, false, out);
}

/* A hash of all sequences and labels: FNV-1a by words. */
static uint64_t hash_data(const laco_learner *base)
{
    const classify_learner *learner = (const classify_learner *)base;
    const laco_sequences *sequences = &learner->sequences;
    uint64_t hash = laco_hash_ids(LACO_HASH_START, sequences->ids, sequences->ids_used);
    hash = laco_hash(hash, laco_labelled_count(learner->data));
    for (int k = 0; k < learner->model->label_count; k++)
        hash = laco_hash_bytes(hash, learner->model->labels[k], strlen(learner->model->labels[k]) + 1);
    for (size_t i = 0; i < sequences->count; i++) {
        hash = laco_hash(hash, (uint64_t)learner->labels[i] ^ (uint64_t)laco_sequences_length(sequences, i) << 20);
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

laco_status laco_train_classify(laco_context *ctx, const laco_classify_options *given, const laco_labelled *data,
                                const laco_labelled *valid, laco_model **out)
{
    laco_classify_options options = given ? *given : (laco_classify_options){0};
    LACO_TRY(check(ctx, &options, data));
    LACO_TRY(laco_train_from(ctx, &laco_classify_table, &options));
    laco_classify_defaults(&options, data);
    classify_learner learner = {
        .base = {.type = &learner_type, .options = &options.train, .table = &laco_classify_table, .all = &options},
        .ctx = ctx,
        .options = &options,
        .data = data,
        .valid = valid};
    laco_sequences_init(&learner.sequences, ctx);
    laco_strings_init(&learner.names, ctx);
    return laco_train_model(ctx, &learner.base, out);
}
