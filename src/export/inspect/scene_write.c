/* Models that write at work: transducers and captioners. Steps are those of the encoder, questions those of the decoder: each token
 * of the answer, and its end. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "caption/captioner.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "transduce/transducer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct writing {
    laco_sequences source; /* ids, or views of the items of captioned data */
    size_t index;          /* of the item in it */
    int32_t *ids;          /* [1 + count] the edge, and the answer */
    int64_t count;
    laco_var weights; /* of the last reading, [count + 1][B][T]; NULL: no attention */
    json_t *beam;
    /* The encoder for B readings: one decoding for each member. */
    laco_status (*encode)(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B, laco_decoding *writers);
    const laco_vocabulary *targets;
    int64_t members, outputs;
} writing;

static laco_transducer *transducer_of(const laco_scene *scene) { return (laco_transducer *)scene->model; }
static laco_captioner *captioner_of(const laco_scene *scene) { return (laco_captioner *)scene->model; }

static laco_status read_written(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    writing *own = scene->own;
    laco_decoding writers[LACO_MOST_ENSEMBLE] = {{0}};
    laco_var logits[LACO_MOST_ENSEMBLE], weights[LACO_MOST_ENSEMBLE] = {NULL};
    int64_t rows = own->count + 1;
    int32_t *ids = laco_arena_alloc(&tape->arena, (size_t)(rows * B), sizeof *ids);
    if (!ids)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < rows * B; i++)
        ids[i] = own->ids[i / B];
    LACO_TRY(own->encode(scene, tape, readings, B, writers));
    for (int64_t m = 0; m < own->members; m++) {
        const laco_memory *memory = writers[m].memory.values ? &writers[m].memory : NULL;
        logits[m] = laco_decoder_apply(tape, writers[m].decoder, ids, rows, B, NULL, memory, &writers[m].state,
                                       memory ? &weights[m] : NULL);
    }
    scene->y = laco_log_softmax(tape, laco_ensemble_mean(tape, logits, own->members));
    own->weights = weights[0] ? laco_ensemble_mean(tape, weights, own->members) : NULL;
    for (int64_t b = 0; scene->y && b < B; b++)
        for (int64_t r = 0; r < rows && laco_reading_steps(&readings[b]) > 0; r++)
            if (readings[b].question < 0 || readings[b].question == r) {
                int32_t right = r < own->count ? own->ids[r + 1] : LACO_EDGE;
                LACO_TRY(laco_scene_pick(scene, b, (r * B + b) * own->outputs + right, 1));
            }
    return LACO_OK;
}

/* ---- The answer -------------------------------------------------------------------------------------------------------------- */

static laco_status take(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    laco_scene *scene = user;
    writing *own = scene->own;
    int64_t row = group * beam->width;
    (void)index;
    own->count = beam->count[row];
    if (!(own->ids = laco_scene_alloc(scene, own->count + 1, sizeof *own->ids)))
        return LACO_NO_MEMORY;
    memcpy(own->ids + 1, beam->tokens + row * beam->length, (size_t)own->count * sizeof *own->ids);
    own->beam = json_array();
    for (int64_t k = 0; k < beam->kept[group]; k++) {
        json_t *tokens = json_array();
        for (int64_t i = 0; i < beam->count[row + k]; i++) {
            size_t length;
            const char *name = laco_vocabulary_name(own->targets, beam->tokens[(row + k) * beam->length + i], &length);
            laco_json_add(&tokens, laco_inspect_text(name, length));
        }
        laco_json_add(&own->beam,
                      json_pack("{s:o, s:o, s:o}", "tokens", tokens, "log_probability", laco_inspect_number(beam->sum[row + k]),
                                "score", laco_inspect_number(beam->rank[row + k])));
    }
    return LACO_OK;
}

/* What the decoder reads: the edge, and the tokens; what it writes: the tokens, and the edge. */
static json_t *tokens_of(const writing *own, bool read)
{
    json_t *tokens = json_array();
    for (int64_t i = 0; i <= own->count; i++) {
        size_t length = 0;
        int32_t id = read ? own->ids[i] : i < own->count ? own->ids[i + 1] : LACO_EDGE;
        const char *name = id == LACO_EDGE ? read ? "⟨start⟩" : "⟨end⟩" : laco_vocabulary_name(own->targets, id, &length);
        laco_json_add(&tokens, laco_inspect_text(name, id == LACO_EDGE ? strlen(name) : length));
    }
    return tokens;
}

static laco_status add_decoder(laco_scene *scene, const char *layer, int64_t members, const laco_inspect_options *options)
{
    writing *own = scene->own;
    scene->questions = own->count + 1;
    scene->asked = options->place > 0 ? LACO_MIN(options->place, scene->questions) - 1 : -1;
    scene->loss = "−log of the probability of token t of the answer";
    LACO_TRY(laco_scene_view(scene, "decoder", layer, members, own->count + 1, tokens_of(own, true)));
    if (scene->asked < 0)
        snprintf(scene->about, sizeof scene->about, "log-probability of the whole answer");
    else
        snprintf(scene->about, sizeof scene->about, "log-probability of token %lld of the answer", (long long)scene->asked + 1);
    return LACO_OK;
}

static laco_status tell_written(laco_scene *scene, json_t **into)
{
    writing *own = scene->own;
    laco_reading whole = laco_scene_reading(scene, -1);
    laco_json_put(into, "answer", json_pack("{s:o}", "tokens", tokens_of(own, false)));
    laco_json_put(into, "beam", json_incref(own->beam));
    LACO_TRY(laco_scene_read(scene, scene->quiet, &whole, 1));
    if (!own->weights)
        return LACO_OK;
    json_t *rows = json_array();
    int64_t S = laco_var_dim(own->weights, 2);
    for (int64_t r = 0; r <= own->count; r++)
        laco_json_add(&rows, laco_inspect_numbers(laco_var_data(own->weights) + r * S, S, 1, 1));
    laco_json_put(into, "attention", rows);
    return LACO_OK;
}

static void close_written(laco_scene *scene)
{
    writing *own = scene->own;
    if (!own)
        return;
    laco_sequences_free(&own->source);
    json_decref(own->beam);
}

static writing *new_writing(laco_scene *scene)
{
    writing *own = laco_scene_alloc(scene, 1, sizeof *own);
    if (own)
        laco_sequences_init(&own->source, scene->ctx);
    return scene->own = own;
}

/* ---- Transducers -------------------------------------------------------------------------------------------------------------- */

static laco_status encode_source(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B,
                                 laco_decoding *writers)
{
    const writing *own = scene->own;
    int64_t T = 1;
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *lengths);
    for (int64_t b = 0; lengths && b < B; b++) {
        lengths[b] = (int32_t)laco_reading_steps(&readings[b]);
        T = LACO_MAX(T, (int64_t)lengths[b]);
    }
    int32_t *ids = lengths ? laco_arena_zeroed(&tape->arena, (size_t)(T * B), sizeof *ids) : NULL;
    if (!ids)
        return LACO_NO_MEMORY;
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < readings[b].read; k++)
            if (laco_reading_place(&readings[b], k) >= 0)
                ids[laco_reading_place(&readings[b], k) * B + b] = own->source.ids[k];
    return laco_transducer_read(tape, transducer_of(scene), ids, T, B, lengths, writers, NULL);
}

static laco_status open_transduce(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    laco_transducer *model = transducer_of(scene);
    writing *own = new_writing(scene);
    laco_text_buffer buffer;
    if (!own)
        return LACO_NO_MEMORY;
    own->encode = encode_source;
    own->targets = model->targets;
    own->members = model->config.ensemble;
    own->outputs = model->config.outputs;
    laco_text_buffer_init(&buffer, scene->ctx);
    laco_status status =
        laco_tokens_encode(&buffer, model->config.source, model->sources, input->text, input->length, &own->source, NULL);
    laco_text_buffer_free(&buffer);
    LACO_TRY(status);
    scene->T = scene->total = laco_sequences_length(&own->source, 0);
    scene->unit = "token";
    if (scene->T < 1)
        return laco_fail(scene->ctx, LACO_INVALID, "the source is empty");
    json_t *tokens = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        size_t length;
        const char *name = laco_vocabulary_name(model->sources, own->source.ids[t], &length);
        laco_json_add(&tokens, laco_inspect_text(name, length));
    }
    LACO_TRY(laco_scene_view(scene, "encoder", "encoder", own->members, scene->T, tokens));
    LACO_TRY(laco_scene_text_features(scene, &scene->view[0], model->config.source == LACO_TOKENS_WORD));
    laco_decode_options beam = {
        .beam = LACO_TRANSDUCE_BEAM, .nbest = LACO_TRANSDUCE_BEAM, .length_penalty = LACO_TRANSDUCE_PENALTY};
    LACO_TRY(laco_transducer_answer(model, &own->source, NULL, 1, &beam, take, scene));
    return add_decoder(scene, "decoder.rnn", own->members, options);
}

const laco_scene_type laco_scene_transduce = {"transduce", open_transduce, close_written, read_written, tell_written};

/* ---- Captioners --------------------------------------------------------------------------------------------------------------- */

/* Numbers of the item from step k on, and how many. */
static int64_t step_of(const laco_scene *scene, int64_t k, int64_t *columns)
{
    const writing *own = scene->own;
    int64_t each = captioner_of(scene)->input.columns, all = laco_sequences_length(&own->source, own->index);
    *columns = LACO_MIN(each, all - k * each);
    return k * each;
}

static laco_status encode_picture(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B,
                                  laco_decoding *writers)
{
    const writing *own = scene->own;
    laco_captioner *model = captioner_of(scene);
    int64_t F = own->source.width, all = laco_sequences_length(&own->source, own->index), columns;
    int32_t *lengths = laco_arena_zeroed(&tape->arena, (size_t)B, sizeof *lengths);
    laco_real *x = lengths ? laco_arena_zeroed(&tape->arena, (size_t)(all * B), (size_t)F * sizeof *x) : NULL;
    if (!x)
        return LACO_NO_MEMORY;
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < readings[b].read; k++) {
            int64_t from = step_of(scene, k, &columns);
            for (int64_t i = 0; i < columns && laco_reading_place(&readings[b], k) >= 0; i++, lengths[b]++)
                memcpy(x + (lengths[b] * B + b) * F, own->source.views[own->index] + (from + i) * F, (size_t)F * sizeof *x);
        }
    laco_batch batch = {.rows = (int32_t)B, .steps = (int32_t)all, .x = x, .width = F, .lengths = lengths};
    writers->decoder = model->decoder;
    laco_memory memory;
    LACO_TRY(laco_captioner_encode(tape, model, &batch, NULL, &writers->state, &memory));
    if (laco_captioner_memory(model, &memory))
        writers->memory = memory;
    return LACO_OK;
}

/* The mean of the numbers of each step, as a curve and a feature. */
static laco_status brightness(laco_scene *scene, laco_view *view)
{
    const writing *own = scene->own;
    int64_t F = own->source.width, columns;
    laco_feature *feature = laco_scene_feature(scene, view, "mean of the step's numbers");
    if (!feature)
        return LACO_NO_MEMORY;
    for (int64_t t = 0; t < scene->T; t++) {
        int64_t from = step_of(scene, t, &columns);
        for (int64_t i = from * F; i < (from + columns) * F; i++)
            feature->value[t] += (double)own->source.views[own->index][i] / (double)(columns * F);
    }
    scene->curves =
        json_pack("[{s:s, s:o}]", "name", "mean of the step's numbers", "values", laco_inspect_doubles(feature->value, scene->T));
    return scene->curves ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status open_caption(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    laco_captioner *model = captioner_of(scene);
    writing *own = new_writing(scene);
    laco_decode_options beam = {0};
    if (!own)
        return LACO_NO_MEMORY;
    own->encode = encode_picture;
    own->targets = model->vocabulary;
    own->members = 1;
    own->outputs = model->config.outputs;
    own->index = input->index;
    if (!input->captioned || input->index >= laco_captioned_count(input->captioned))
        return laco_fail(scene->ctx, LACO_INVALID, "there is no item %zu in the data", input->index + 1);
    LACO_TRY(laco_captioner_input_view(&model->input, input->captioned, &own->source));
    int64_t all = laco_sequences_length(&own->source, own->index), each = LACO_MAX(model->input.columns, (int64_t)1);
    scene->T = scene->total = (all + each - 1) / each;
    scene->unit = input->captioned->kind == LACO_CAPTIONED_PICTURES ? "column" : "number";
    if (!model->config.mlp) {
        json_t *tokens = json_array();
        for (int64_t t = 0; t < scene->T; t++) {
            char text[32];
            snprintf(text, sizeof text, "%lld", (long long)t + 1);
            laco_json_add(&tokens, json_string(text));
        }
        LACO_TRY(laco_scene_view(scene, "encoder", "encoder", 1, scene->T, tokens));
        LACO_TRY(brightness(scene, &scene->view[0]));
    }
    LACO_TRY(laco_captioner_options(model, &beam));
    beam.nbest = beam.beam;
    LACO_TRY(laco_captioner_decode(model, &own->source, &own->index, 1, &beam, take, scene));
    return add_decoder(scene, "decoder.rnn", 1, options);
}

const laco_scene_type laco_scene_caption = {"caption", open_caption, close_written, read_written, tell_written};
