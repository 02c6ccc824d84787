#include "model/classifier.h"

#include <stdlib.h>
#include <string.h>

static void release_classifier(laco_model *model)
{
    laco_classifier *classifier = (laco_classifier *)model;
    laco_tape_free(classifier->tape);
    laco_vocabulary_free(classifier->vocabulary);
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

laco_status laco_classifier_new(laco_context *ctx, uint64_t seed, const laco_network_config *network, const laco_text_config *text,
                                laco_vocabulary *vocabulary, const char *const *labels, int label_count, laco_classifier **out)
{
    laco_classifier *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_vocabulary_free(vocabulary);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_classify};
    model->vocabulary = vocabulary;
    model->text = *text;
    laco_status status = copy_labels(model, labels, label_count);
    if (status == LACO_OK)
        status = laco_module_new(ctx, seed, &model->base.module);
    if (status == LACO_OK)
        status = laco_network_new(model->base.module, network, &model->network);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

laco_var laco_classifier_logits(laco_tape *tape, laco_classifier *model, const laco_batch *batch, bool training)
{
    laco_state state = {NULL, NULL};
    if (!laco_network_hidden(tape, &model->network, batch->ids, batch->steps, batch->rows, batch->lengths, &state, training))
        return NULL;
    laco_var last = laco_network_last(tape, &model->network, &state);
    last = laco_dropout(tape, last, model->network.config.dropout, training);
    return laco_linear_apply(tape, model->network.linear, last);
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
    laco_module_train(model->base.module, training);
    laco_status status = answer_batches(model, batches, out);
    laco_batches_free(batches);
    return status;
}

/* ---- The file ------------------------------------------------------------------------------------------------------ */

static const char *const level_names[] = {"char", "word", "byte", NULL};

static laco_status save_classifier(laco_model *base, laco_tensor_writer *writer)
{
    laco_classifier *model = (laco_classifier *)base;
    json_t *labels = json_array(), *vocabulary;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", laco_network_to_json(&model->network.config)));
    json_t *text = json_pack("{s:s, s:b, s:b}", "level", level_names[model->text.level], "fold_accents", model->text.fold_accents, "lower",
                             model->text.lower);
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.text", text));
    for (int k = 0; k < model->label_count; k++)
        json_array_append_new(labels, json_string(model->labels[k]));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.labels", labels));
    LACO_TRY(laco_vocabulary_to_json(base->ctx, model->vocabulary, &vocabulary));
    return laco_meta_write(base->ctx, writer, "laco.vocabulary", vocabulary);
}

static int describe_classifier(laco_model *base, json_t *into)
{
    laco_classifier *model = (laco_classifier *)base;
    json_t *labels = json_array(), *characters = json_array();
    for (int k = 0; k < model->label_count; k++)
        json_array_append_new(labels, json_string(model->labels[k]));
    for (int32_t id = 1; id < laco_vocabulary_size(model->vocabulary); id++)
        json_array_append_new(characters, json_string(laco_vocabulary_name(model->vocabulary, id, NULL)));
    return json_object_update_new(into, json_pack("{s:o, s:{s:s, s:b, s:b}, s:o, s:o}", "network",
                                                  laco_network_to_json(&model->network.config), "text", "level",
                                                  level_names[model->text.level], "fold_accents", model->text.fold_accents, "lower",
                                                  model->text.lower, "labels", labels, "vocabulary", characters));
}

static laco_status read_text(laco_context *ctx, const laco_tensor_file *file, laco_text_config *out)
{
    json_t *object;
    int level;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.text", &object));
    laco_status status = laco_meta_choice(ctx, file, object, "level", level_names, &level);
    if (status == LACO_OK)
        *out = (laco_text_config){.level = (laco_text_level)level, .fold_accents = json_is_true(json_object_get(object, "fold_accents")),
                                  .lower = json_is_true(json_object_get(object, "lower"))};
    json_decref(object);
    return status;
}

static laco_status read_vocabulary(laco_context *ctx, const laco_tensor_file *file, laco_vocabulary **out)
{
    json_t *array;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.vocabulary", &array));
    laco_status status = laco_vocabulary_from_json(ctx, array, out);
    json_decref(array);
    if (status == LACO_FORMAT)
        laco_set_error(ctx, "%s: metadata 'laco.vocabulary': %s", laco_tensor_file_name(file), laco_error(ctx));
    return status;
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

static laco_status check_sizes(laco_context *ctx, const laco_tensor_file *file, const laco_network_config *config, int32_t V, size_t K)
{
    if (config->inputs != V || config->outputs != (int64_t)K)
        return laco_fail(ctx, LACO_FORMAT, "%s: the network has %lld inputs and %lld outputs for a vocabulary of %d and %zu labels",
                         laco_tensor_file_name(file), (long long)config->inputs, (long long)config->outputs, (int)V, K);
    return LACO_OK;
}

static laco_status build_with_labels(laco_context *ctx, const laco_tensor_file *file, const json_t *array, laco_model **out)
{
    laco_network_config config;
    laco_text_config text;
    laco_vocabulary *vocabulary;
    laco_classifier *model;
    const char **labels;
    LACO_TRY(laco_network_from_json(ctx, file, &config));
    LACO_TRY(read_text(ctx, file, &text));
    LACO_TRY(label_strings(ctx, file, array, &labels));
    laco_status status = read_vocabulary(ctx, file, &vocabulary);
    if (status == LACO_OK) {
        status = check_sizes(ctx, file, &config, laco_vocabulary_size(vocabulary), json_array_size(array));
        if (status == LACO_OK)
            status = laco_classifier_new(ctx, 0, &config, &text, vocabulary, labels, (int)json_array_size(array), &model);
        else
            laco_vocabulary_free(vocabulary);
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
};
