#include "classify/classifier.h"

#include "group/division.h"
#include "model/parts.h"
#include "model/text_meta.h"
#include "nn/embedding.h"

#include <string.h>

static void close_classifier(laco_model *model) { laco_tape_free(((laco_classifier *)model)->tape); }

static void release_classifier(laco_model *model)
{
    laco_classifier *classifier = (laco_classifier *)model;
    laco_classifier_input_free(model->ctx, &classifier->input);
    for (int k = 0; classifier->labels && k < classifier->label_count; k++)
        laco_release(model->ctx, classifier->labels[k]);
    laco_release(model->ctx, classifier->labels);
}

static laco_status copy_labels(laco_classifier *model, const char *const *labels, int count)
{
    model->labels = laco_alloc(model->base.ctx, (size_t)count + 1, sizeof *model->labels);
    if (!model->labels)
        return LACO_NO_MEMORY;
    model->label_count = count;
    for (int k = 0; k < count; k++)
        if (!(model->labels[k] = laco_copy_string(model->base.ctx, labels[k])))
            return LACO_NO_MEMORY;
    return LACO_OK;
}

/* Most words are seen a few times only and stay near where they began: rows of variance 1, as laco_embedding_new makes them,
 * would be noise that drowns the words that are known. */
static void shrink_words(laco_classifier *model)
{
    if (!model->network.embedding || model->input.text.level != LACO_TEXT_WORD)
        return;
    laco_param *weight = laco_embedding_weight(model->network.embedding);
    for (int64_t i = 0; i < weight->count; i++)
        weight->value[i] *= (laco_real)0.1;
    laco_param_changed(weight);
}

static laco_status make_layers(laco_model *base)
{
    laco_classifier *model = (laco_classifier *)base;
    LACO_TRY(laco_network_new(base->module, &model->network.config, &model->network));
    shrink_words(model);
    return LACO_OK;
}

laco_status laco_classifier_new(laco_context *ctx, uint64_t seed, const laco_network_config *network,
                                laco_classifier_input *input, const char *const *labels, int label_count, laco_classifier **out)
{
    laco_classifier *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_classifier_input_free(ctx, input);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_classify};
    model->input = *input;
    *input = (laco_classifier_input){0};
    model->network.config = *network;
    laco_status status = copy_labels(model, labels, label_count);
    if (status == LACO_OK)
        status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

laco_var laco_classifier_logits(laco_tape *tape, laco_classifier *model, const laco_batch *batch, bool training)
{
    const laco_network *network = &model->network;
    laco_var x = batch->x ? laco_classifier_input_numbers(tape, &model->input, batch)
                          : laco_network_read(tape, network, batch->ids, batch->steps, batch->rows, training);
    laco_var summary = laco_network_pooled(tape, network, x, batch->lengths, training);
    summary = laco_dropout(tape, summary, network->config.dropout, training);
    return laco_linear_apply(tape, network->linear, summary);
}

static laco_status answer_batch(laco_classifier *model, const laco_batch *batch, laco_real *out)
{
    int K = model->label_count;
    laco_tape_reset(model->tape);
    laco_var scores = laco_log_softmax(model->tape, laco_classifier_logits(model->tape, model, batch, false));
    if (!scores)
        return laco_tape_status(model->tape);
    for (int32_t b = 0; b < batch->rows; b++)
        memcpy(out + batch->index[b] * (size_t)K, laco_var_data(scores) + (int64_t)b * K, (size_t)K * sizeof *out);
    return LACO_OK;
}

/* Batches, and where their answers go: processes share them. */
typedef struct asked {
    laco_classifier *model;
    laco_batches *batches;
    laco_real *out;
} asked;

static laco_status answer_own(void *user, size_t i)
{
    const asked *a = user;
    return answer_batch(a->model, laco_batches_get(a->batches, i), a->out);
}

static laco_status move_batch(void *user, laco_division *division, size_t i)
{
    const asked *a = user;
    const laco_batch *batch = laco_batches_get(a->batches, i);
    size_t K = (size_t)a->model->label_count;
    for (int32_t b = 0; b < batch->rows; b++)
        LACO_TRY(laco_division_move(division, i, a->out + batch->index[b] * K, K * sizeof *a->out));
    return LACO_OK;
}

static laco_status answer_batches(laco_classifier *model, laco_batches *batches, laco_real *out)
{
    return laco_division_run(model->base.ctx, laco_batches_count(batches), answer_own, move_batch, &(asked){model, batches, out});
}

/* Texts to be classified, and where the answers go. */
typedef struct questions {
    const laco_sequences *sequences;
    laco_real *out;
} questions;

static laco_status answer_part(laco_model *base, const size_t *subset, size_t count, void *user)
{
    laco_classifier *model = (laco_classifier *)base;
    const questions *q = user;
    laco_batches *batches;
    if (!model->tape)
        LACO_TRY(laco_tape_new(base->ctx, &(laco_tape_config){.inference = true}, &model->tape));
    laco_batches_config config = {.batch_size = 256, .max_padded = 1 << 18};
    LACO_TRY(laco_batches_new(base->ctx, q->sequences, NULL, subset, count, &config, &batches));
    laco_status status = answer_batches(model, batches, q->out);
    laco_batches_free(batches);
    return status;
}

#define LEAST_PART 256 /* texts that are worth a thread */

laco_status laco_classifier_answer(laco_classifier *model, const laco_sequences *sequences, const size_t *subset, size_t count,
                                   laco_real *out)
{
    laco_module_set_training(model->base.module, false);
    return laco_model_ask_parts(&model->base, subset, count, LEAST_PART, answer_part, &(questions){sequences, out});
}

/* ---- The file ------------------------------------------------------------------------------------------------------ */

static bool reads_numbers(const void *model) { return ((const laco_classifier *)model)->input.features > 0; }
static bool reads_text(const void *model) { return !reads_numbers(model); }

#define AT(member) LACO_MEMBER(laco_classifier, member)

static const laco_field rows[] = {
    {.key = "laco.network", &laco_field_object, AT(network.config), .of = &laco_network_summary_fields},
    {.key = "laco.labels", &laco_field_strings, AT(labels), .count = AT(label_count), .counts = true},
    {.key = "laco.numbers",
     &laco_field_object,
     AT(input),
     .of = &laco_classifier_numbers_fields,
     .optional = true,
     .kept = reads_numbers},
    {.key = "laco.text", &laco_field_object, AT(input.text), .of = &laco_text_fields, .when = reads_text},
    {.key = "laco.vocabulary", &laco_field_vocabulary, AT(input.vocabulary), .when = reads_text},
};

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_classifier *model = object;
    const laco_network_config *config = &model->network.config;
    int64_t inputs = laco_classifier_input_size(&model->input);
    if (model->label_count < 1 || config->inputs != inputs || config->outputs != model->label_count)
        return laco_fail(meta->ctx, LACO_FORMAT, "%s: the network has %lld inputs and %lld outputs for %lld inputs and %d labels",
                         meta->name, (long long)config->inputs, (long long)config->outputs, (long long)inputs,
                         model->label_count);
    if (reads_numbers(model) && (config->embed > 0 || config->tied))
        return laco_meta_wrong(meta, "embed", "0 for numbers");
    return LACO_OK;
}

static const laco_fields metadata = {LACO_FIELDS(laco_classifier, rows), .check = check};

static const char *const *labels_of(const laco_model *base, int *count)
{
    const laco_classifier *model = (const laco_classifier *)base;
    *count = model->label_count;
    return (const char *const *)model->labels;
}

static void data_of(const laco_model *base, laco_data_config *out)
{
    const laco_classifier *model = (const laco_classifier *)base;
    const laco_classifier_input *input = &model->input;
    out->labelled = (laco_labelled_config){.labels = (const char *const *)model->labels,
                                           .label_count = model->label_count,
                                           .kind = input->vocabulary ? LACO_LABELLED_TEXT : LACO_LABELLED_NUMBERS,
                                           .features = input->features,
                                           .steps = input->steps};
}

const laco_task laco_task_classify = {
    .name = "classify",
    .table = &laco_classify_table,
    .metadata = &metadata,
    .make = make_layers,
    .labels = labels_of,
    .data = data_of,
    .options = laco_classify_options_of,
    .release = release_classifier,
    .scratch = offsetof(laco_classifier, tape),
    .close = close_classifier,
    .stream = &laco_classify_stream,
};
