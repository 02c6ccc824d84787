/* Classifiers and language models at work. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "classify/classifier.h"
#include "classify/labelled.h"
#include "generate/language.h"
#include "nn/module.h"
#include "nn/recurrent.h"
#include "tape/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Ids of the readings side by side, [T][B] in the tape's memory, zeros where `ids` is NULL; lengths[b] are those of each. */
static int32_t *lay_out(laco_tape *tape, const int32_t *ids, const laco_reading *readings, int64_t B, int32_t *lengths,
                        int64_t *steps)
{
    *steps = 0;
    for (int64_t b = 0; b < B; b++) {
        lengths[b] = (int32_t)laco_reading_steps(&readings[b]);
        *steps = LACO_MAX(*steps, (int64_t)lengths[b]);
    }
    int32_t *out = laco_arena_zeroed(&tape->arena, (size_t)(LACO_MAX(*steps, (int64_t)1) * B), sizeof *out);
    for (int64_t b = 0; out && ids && b < B; b++)
        for (int64_t k = 0; k < readings[b].read; k++) {
            int64_t place = laco_reading_place(&readings[b], k);
            if (place >= 0)
                out[place * B + b] = ids[k];
        }
    return out;
}

static json_t *names_of(const laco_vocabulary *vocabulary, const int32_t *ids, int64_t count)
{
    json_t *tokens = json_array();
    for (int64_t t = 0; t < count; t++) {
        size_t length;
        const char *name = laco_vocabulary_name(vocabulary, ids[t], &length);
        laco_json_add(&tokens, laco_inspect_text(name, length));
    }
    return tokens;
}

/* ---- Classifiers -------------------------------------------------------------------------------------------------------------- */

typedef struct classify {
    const laco_labelled *data;
    laco_sequences sequences; /* of the one item */
    const laco_real *values;  /* of numbers */
    int32_t *ids;
    int32_t target, answer;
    double *scores; /* [K] log-probabilities */
} classify;

static laco_classifier *classifier_of(const laco_scene *scene) { return (laco_classifier *)scene->model; }

static laco_status read_classify(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    classify *own = scene->own;
    laco_classifier *model = classifier_of(scene);
    int64_t steps, F = model->input.features;
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *lengths);
    int32_t *ids = lengths ? lay_out(tape, own->ids, readings, B, lengths, &steps) : NULL;
    if (!ids)
        return LACO_NO_MEMORY;
    laco_batch batch = {.rows = (int32_t)B, .steps = (int32_t)steps, .ids = ids, .lengths = lengths};
    if (F > 0) {
        laco_real *x = laco_arena_zeroed(&tape->arena, (size_t)(LACO_MAX(steps, (int64_t)1) * B), (size_t)F * sizeof *x);
        if (!x)
            return LACO_NO_MEMORY;
        for (int64_t b = 0; b < B; b++)
            for (int64_t k = 0; k < readings[b].read; k++) {
                int64_t place = laco_reading_place(&readings[b], k);
                if (place >= 0)
                    memcpy(x + (place * B + b) * F, own->values + k * F, (size_t)F * sizeof *x);
            }
        batch.ids = NULL;
        batch.x = x;
        batch.width = F;
    }
    scene->y = laco_log_softmax(tape, laco_classifier_logits(tape, model, &batch, false));
    for (int64_t b = 0; scene->y && b < B; b++)
        if (lengths[b] > 0)
            LACO_TRY(laco_scene_pick(scene, b, b * model->label_count + own->target, 1));
    return LACO_OK;
}

/* The text of one item as its ids, the values of another as they are. */
static laco_status take_item(laco_scene *scene, classify *own, size_t index)
{
    laco_classifier *model = classifier_of(scene);
    if (model->input.features != own->data->features)
        return laco_fail(scene->ctx, LACO_INVALID, "the data has %lld numbers in a step, the model reads %lld (0: texts)",
                         (long long)own->data->features, (long long)model->input.features);
    if (model->input.features > 0) {
        own->values = laco_labelled_values(own->data, index, &scene->total);
        return LACO_OK;
    }
    laco_text_buffer buffer;
    size_t length;
    const char *text = laco_labelled_text(own->data, index, &length);
    laco_text_buffer_init(&buffer, scene->ctx);
    laco_status status =
        laco_text_encode(&buffer, &model->input.text, model->input.vocabulary, text, length, &own->sequences, NULL);
    laco_text_buffer_free(&buffer);
    LACO_TRY(status);
    own->ids = own->sequences.ids;
    scene->total = laco_sequences_length(&own->sequences, 0);
    return LACO_OK;
}

static laco_status name_steps(laco_scene *scene, const classify *own, json_t **tokens)
{
    const laco_classifier *model = classifier_of(scene);
    int64_t F = model->input.features;
    if (F == 0) {
        *tokens = names_of(model->input.vocabulary, own->ids, scene->T);
        return LACO_OK;
    }
    *tokens = json_array();
    scene->curves = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)t + 1);
        laco_json_add(tokens, json_string(text));
    }
    for (int64_t f = 0; f < LACO_MIN(F, (int64_t)8); f++) {
        char name[32];
        snprintf(name, sizeof name, F > 1 ? "number %lld" : "number", (long long)f + 1);
        laco_json_add(&scene->curves,
                      json_pack("{s:s, s:o}", "name", name, "values", laco_inspect_numbers(own->values + f, scene->T, F, 1)));
    }
    return LACO_OK;
}

static laco_status number_features(laco_scene *scene, const classify *own)
{
    int64_t F = classifier_of(scene)->input.features;
    for (int64_t f = 0; f < LACO_MIN(F, (int64_t)16); f++) {
        laco_feature *value = laco_scene_feature(scene, &scene->view[0], "value of number %lld", (long long)f + 1),
                     *change = laco_scene_feature(scene, &scene->view[0], "change of number %lld", (long long)f + 1);
        if (!value || !change)
            return LACO_NO_MEMORY;
        for (int64_t t = 0; t < scene->T; t++) {
            value->value[t] = (double)own->values[t * F + f];
            change->value[t] = t > 0 ? (double)own->values[t * F + f] - (double)own->values[(t - 1) * F + f] : 0;
        }
    }
    return LACO_OK;
}

/* The answer, and the label that is explained. */
static laco_status ask_classify(laco_scene *scene, classify *own, const laco_inspect_options *options)
{
    laco_classifier *model = classifier_of(scene);
    int K = model->label_count;
    laco_reading whole = laco_scene_reading(scene, -1);
    if (!(own->scores = laco_scene_alloc(scene, K, sizeof *own->scores)))
        return LACO_NO_MEMORY;
    LACO_TRY(laco_scene_read(scene, scene->quiet, &whole, 1));
    for (int k = 0; k < K; k++) {
        own->scores[k] = (double)laco_var_data(scene->y)[k];
        own->answer = own->scores[k] > own->scores[own->answer] ? k : own->answer;
    }
    own->target = options->target ? -1 : own->answer;
    for (int k = 0; options->target && k < K; k++)
        own->target = strcmp(model->labels[k], options->target) == 0 ? k : own->target;
    if (own->target < 0)
        return laco_fail(scene->ctx, LACO_INVALID, "the model has no label \"%.60s\"", options->target);
    snprintf(scene->about, sizeof scene->about, "log-probability of %.120s", model->labels[own->target]);
    return LACO_OK;
}

static laco_status open_classify(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    laco_classifier *model = classifier_of(scene);
    classify *own = scene->own = laco_scene_alloc(scene, 1, sizeof *own);
    json_t *tokens = NULL;
    if (!own)
        return LACO_NO_MEMORY;
    laco_sequences_init(&own->sequences, scene->ctx);
    own->data = input->labelled;
    if (!own->data || input->index >= own->data->count)
        return laco_fail(scene->ctx, LACO_INVALID, "there is no item %zu in the data", input->index + 1);
    LACO_TRY(take_item(scene, own, input->index));
    scene->T = scene->questions = LACO_MIN(scene->total, options->steps);
    scene->prefix = scene->along = true;
    scene->asked = options->place > 0 ? LACO_MIN(options->place, scene->T) - 1 : scene->T - 1;
    bool words = model->input.text.level == LACO_TEXT_WORD, numbers = model->input.features > 0;
    scene->unit = numbers ? "step" : words ? "word" : "letter";
    scene->loss = "−log of the probability of the answer, had the input ended at step t";
    if (scene->T < 1)
        return laco_fail(scene->ctx, LACO_INVALID, "the input is empty");
    LACO_TRY(name_steps(scene, own, &tokens));
    LACO_TRY(laco_scene_view(scene, "network", "rnn", 1, scene->T, tokens));
    LACO_TRY(numbers ? number_features(scene, own) : laco_scene_text_features(scene, &scene->view[0], words));
    const laco_recurrent_shape *shape = laco_rnn_shape(scene->view[0].rnn[0]);
    LACO_TRY(laco_scene_classes(scene, own->data, shape->layers * shape->directions * shape->P));
    return ask_classify(scene, own, options);
}

static laco_status tell_classify(laco_scene *scene, json_t **into)
{
    const classify *own = scene->own;
    const laco_classifier *model = classifier_of(scene);
    json_t *labels = json_array();
    for (int k = 0; k < model->label_count; k++)
        laco_json_add(&labels, json_pack("{s:o, s:o}", "name", laco_inspect_text(model->labels[k], strlen(model->labels[k])),
                                         "probability", laco_inspect_number(exp(own->scores[k]))));
    laco_json_put(into, "answer",
                  json_pack("{s:o, s:o}", "text",
                            laco_inspect_text(model->labels[own->answer], strlen(model->labels[own->answer])), "labels", labels));
    return LACO_OK;
}

static void close_classify(laco_scene *scene)
{
    if (scene->own)
        laco_sequences_free(&((classify *)scene->own)->sequences);
}

const laco_scene_type laco_scene_classify = {"classify", open_classify, close_classify, read_classify, tell_classify};

/* ---- Language models ------------------------------------------------------------------------------------------------------------ */

typedef struct generate {
    laco_sequences ids; /* the start, and the text */
    json_t *guesses;
} generate;

static laco_language *language_of(const laco_scene *scene) { return (laco_language *)scene->model; }

static laco_status read_generate(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    generate *own = scene->own;
    int64_t steps, V = laco_vocabulary_size(language_of(scene)->vocabulary);
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *lengths);
    int32_t *ids = lengths ? lay_out(tape, own->ids.ids, readings, B, lengths, &steps) : NULL;
    if (!ids)
        return LACO_NO_MEMORY;
    laco_state state = {NULL, NULL};
    scene->y = laco_log_softmax(tape, laco_language_logits(tape, language_of(scene), ids, steps, B, &state, false));
    for (int64_t b = 0; scene->y && b < B; b++) {
        int64_t q = readings[b].question, last = lengths[b] - 1;
        if (q >= 0 && last >= 0)
            LACO_TRY(laco_scene_pick(scene, b, (last * B + b) * V + own->ids.ids[q + 1], 1));
    }
    return LACO_OK;
}

static laco_status push_unit(void *user, const char *unit, size_t length)
{
    laco_scene *scene = user;
    generate *own = scene->own;
    return laco_sequences_push(&own->ids, laco_vocabulary_id(language_of(scene)->vocabulary, unit, length));
}

static laco_status encode_text(laco_scene *scene, const char *text, size_t length)
{
    laco_text_buffer buffer;
    generate *own = scene->own;
    laco_language *model = language_of(scene);
    LACO_TRY(laco_sequences_push(&own->ids, model->start));
    if (model->text.level == LACO_TEXT_BYTE)
        return laco_text_tokens_each(LACO_TEXT_BYTE, text, length, push_unit, scene);
    laco_text_buffer_init(&buffer, scene->ctx);
    laco_status status = laco_text_normalise(&buffer, &model->text, text, length);
    if (status == LACO_OK)
        status = laco_text_tokens_each(model->text.level, buffer.bytes, buffer.length, push_unit, scene);
    laco_text_buffer_free(&buffer);
    return status;
}

/* The likeliest next tokens at each step. */
static laco_status guess(laco_scene *scene, generate *own)
{
    const laco_vocabulary *vocabulary = language_of(scene)->vocabulary;
    int64_t V = laco_vocabulary_size(vocabulary);
    laco_reading whole = laco_scene_reading(scene, -1);
    LACO_TRY(laco_scene_read(scene, scene->quiet, &whole, 1));
    own->guesses = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        const laco_real *x = laco_var_data(scene->y) + t * V;
        int32_t best = 0;
        size_t length;
        for (int32_t k = 1; k < V; k++)
            best = x[k] > x[best] ? k : best;
        const char *name = laco_vocabulary_name(vocabulary, best, &length);
        laco_json_add(&own->guesses, laco_inspect_text(name, length));
    }
    return own->guesses ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status open_generate(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    generate *own = scene->own = laco_scene_alloc(scene, 1, sizeof *own);
    laco_language *model = language_of(scene);
    if (!own)
        return LACO_NO_MEMORY;
    laco_sequences_init(&own->ids, scene->ctx);
    LACO_TRY(encode_text(scene, input->text, input->length));
    scene->total = (int64_t)own->ids.ids_used - 1;
    if (scene->total < 1)
        return laco_fail(scene->ctx, LACO_INVALID, "the text is empty");
    scene->T = scene->questions = LACO_MIN(scene->total, options->steps);
    scene->prefix = scene->along = true;
    scene->asked = options->place > 0 ? LACO_MIN(options->place, scene->T) - 1 : scene->T - 1;
    scene->unit = model->text.level == LACO_TEXT_WORD ? "word" : model->text.level == LACO_TEXT_BYTE ? "byte" : "letter";
    scene->loss = "−log of the probability of what follows step t";
    LACO_TRY(laco_scene_view(scene, "network", "rnn", 1, scene->T, names_of(model->vocabulary, own->ids.ids, scene->T)));
    LACO_TRY(laco_scene_text_features(scene, &scene->view[0], model->text.level == LACO_TEXT_WORD));
    snprintf(scene->about, sizeof scene->about, "log-probability of \"%.60s\" behind step %lld",
             laco_vocabulary_name(model->vocabulary, own->ids.ids[scene->asked + 1], NULL), (long long)scene->asked + 1);
    return guess(scene, own);
}

static laco_status tell_generate(laco_scene *scene, json_t **into)
{
    generate *own = scene->own;
    laco_json_put(into, "answer", json_pack("{s:O}", "guesses", own->guesses));
    return LACO_OK;
}

static void close_generate(laco_scene *scene)
{
    generate *own = scene->own;
    if (!own)
        return;
    laco_sequences_free(&own->ids);
    json_decref(own->guesses);
}

const laco_scene_type laco_scene_generate = {"generate", open_generate, close_generate, read_generate, tell_generate};
