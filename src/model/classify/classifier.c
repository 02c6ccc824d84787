#include "model/classify/classifier.h"

#include <stdlib.h>
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
    model->labels = laco_alloc(model->base.ctx, (size_t)count, sizeof *model->labels);
    if (!model->labels)
        return LACO_NO_MEMORY;
    model->label_count = count;
    for (int k = 0; k < count; k++)
        if (!(model->labels[k] = laco_copy_string(model->base.ctx, labels[k])))
            return LACO_NO_MEMORY;
    return LACO_OK;
}

/* Most words are seen a few times only and stay near where they began: rows of variance 1, as laco_embedding_new makes them, would be noise
 * that drowns the words that are known. */
static void shrink_words(laco_classifier *model)
{
    if (!model->network.embedding || model->input.text.level != LACO_TEXT_WORD)
        return;
    laco_param *weight = laco_embedding_weight(model->network.embedding);
    for (int64_t i = 0; i < weight->count; i++)
        weight->value[i] *= (laco_real)0.1;
    laco_param_changed(weight);
}

laco_status laco_classifier_new(laco_context *ctx, uint64_t seed, const laco_network_config *network, laco_classifier_input *input,
                                const char *const *labels, int label_count, laco_classifier **out)
{
    laco_classifier *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_classifier_input_free(ctx, input);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_classify};
    model->input = *input;
    *input = (laco_classifier_input){0};
    laco_status status = copy_labels(model, labels, label_count);
    if (status == LACO_OK)
        status = laco_module_new(ctx, seed, &model->base.module);
    if (status == LACO_OK)
        status = laco_network_new(model->base.module, network, &model->network);
    if (status == LACO_OK) {
        shrink_words(model);
        *out = model;
    } else {
        laco_model_free(&model->base);
    }
    return status;
}

laco_var laco_classifier_logits(laco_tape *tape, laco_classifier *model, const laco_batch *batch, bool training)
{
    const laco_network *network = &model->network;
    laco_var x = batch->x ? laco_classifier_input_numbers(tape, &model->input, batch)
                          : laco_network_read(tape, network, batch->ids, batch->steps, batch->rows, training);
    laco_var summary = laco_network_summary(tape, network, x, batch->lengths, training);
    summary = laco_dropout(tape, summary, network->config.dropout, training);
    return laco_linear_apply(tape, network->linear, summary);
}

static laco_status answer_batches(laco_classifier *model, laco_batches *batches, laco_real *out)
{
    int K = model->label_count;
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        const laco_batch *batch = laco_batches_get(batches, i);
        laco_tape_reset(model->tape);
        laco_var scores = laco_log_softmax(model->tape, laco_classifier_logits(model->tape, model, batch, false));
        if (!scores)
            return laco_tape_status(model->tape);
        for (int32_t b = 0; b < batch->rows; b++)
            memcpy(out + batch->index[b] * (size_t)K, laco_var_data(scores) + (int64_t)b * K, (size_t)K * sizeof *out);
    }
    return LACO_OK;
}

laco_status laco_classifier_answer(laco_classifier *model, const laco_sequences *sequences, const size_t *subset, size_t count, laco_real *out)
{
    laco_context *ctx = model->base.ctx;
    laco_batches *batches;
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    laco_batches_config config = {.batch_size = 256, .max_padded = 1 << 18};
    LACO_TRY(laco_batches_new(ctx, sequences, NULL, subset, count, &config, &batches));
    bool training = false;
    laco_module_set_training(model->base.module, training);
    laco_status status = answer_batches(model, batches, out);
    laco_batches_free(batches);
    return status;
}

/* ---- The file ------------------------------------------------------------------------------------------------------ */

static json_t *labels_to_json(const laco_classifier *model)
{
    json_t *labels = json_array();
    for (int k = 0; k < model->label_count; k++)
        json_array_append_new(labels, json_string(model->labels[k]));
    return labels;
}

static laco_status save_classifier(laco_model *base, laco_tensor_writer *writer)
{
    laco_classifier *model = (laco_classifier *)base;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", laco_network_to_json(&model->network.config)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.labels", labels_to_json(model)));
    return laco_classifier_input_save(base->ctx, &model->input, writer);
}

static int describe_classifier(laco_model *base, json_t *into)
{
    laco_classifier *model = (laco_classifier *)base;
    if (laco_classifier_input_describe(&model->input, into) < 0)
        return -1;
    return json_object_update_new(into, json_pack("{s:o, s:o}", "network", laco_network_to_json(&model->network.config), "labels",
                                                  labels_to_json(model)));
}

/* The labels of the file as strings that the JSON owns; at least one. */
static laco_status label_strings(laco_context *ctx, const laco_tensor_file *file, const json_t *array, const char ***out)
{
    size_t count = json_array_size(array);
    if (count == 0 || count > INT32_MAX)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.labels' should be an array of strings", laco_tensor_file_name(file));
    const char **labels = laco_alloc(ctx, count, sizeof *labels);
    if (!labels)
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < count; k++)
        if (!(labels[k] = json_string_value(json_array_get(array, k)))) {
            laco_release(ctx, labels);
            return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.labels' holds something that is not a string at place %zu",
                             laco_tensor_file_name(file), k);
        }
    *out = labels;
    return LACO_OK;
}

static laco_status check_sizes(laco_context *ctx, const laco_tensor_file *file, const laco_network_config *config, int64_t inputs, size_t K)
{
    if (config->inputs != inputs || config->outputs != (int64_t)K)
        return laco_fail(ctx, LACO_FORMAT, "%s: the network has %lld inputs and %lld outputs for %lld inputs and %zu labels",
                         laco_tensor_file_name(file), (long long)config->inputs, (long long)config->outputs, (long long)inputs, K);
    return LACO_OK;
}

static laco_status build_with_labels(laco_context *ctx, const laco_tensor_file *file, const json_t *array, laco_model **out)
{
    laco_network_config config;
    laco_classifier_input input;
    laco_classifier *model;
    const char **labels;
    size_t K = json_array_size(array);
    LACO_TRY(laco_network_summary_from_json(ctx, file, &config));
    LACO_TRY(label_strings(ctx, file, array, &labels));
    laco_status status = laco_classifier_input_load(ctx, file, &input);
    if (status == LACO_OK) {
        status = check_sizes(ctx, file, &config, laco_classifier_input_size(&input), K);
        if (status == LACO_OK && input.features > 0 && config.embed > 0)
            status = laco_fail(ctx, LACO_FORMAT, "%s: 'embed' in the metadata should be 0 for numbers", laco_tensor_file_name(file));
        if (status == LACO_OK)
            status = laco_classifier_new(ctx, 0, &config, &input, labels, (int)K, &model);
        laco_classifier_input_free(ctx, &input);
    }
    laco_release(ctx, labels);
    if (status == LACO_OK)
        *out = &model->base;
    return status;
}

static laco_status build_classifier(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    json_t *array;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.labels", &array));
    laco_status status = build_with_labels(ctx, file, array, out);
    json_decref(array);
    return status;
}

const laco_task laco_task_classify = {
    .name = "classify",
    .build = build_classifier,
    .save = save_classifier,
    .describe = describe_classifier,
    .release = release_classifier,
    .size = sizeof(laco_classifier),
    .scratch = offsetof(laco_classifier, tape),
    .close = close_classifier,
};
