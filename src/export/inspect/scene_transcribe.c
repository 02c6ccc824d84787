/* Speech recognisers at work. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "transcribe/transcriber.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct transcribe {
    laco_real *x;   /* [T][W] */
    int32_t *label; /* [T] the likeliest of each step */
    double *score;  /* [T] its log-probability */
} transcribe;

static laco_transcriber *transcriber_of(const laco_scene *scene) { return (laco_transcriber *)scene->model; }
static int64_t width_of(const laco_transcriber *model) { return (int64_t)model->frontend.bands * model->frontend.stack; }

/* What is taken away becomes the mean of what was heard in training: time goes on. */
static laco_status read_transcribe(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    const transcribe *own = scene->own;
    laco_transcriber *model = transcriber_of(scene);
    int64_t T = scene->T, W = width_of(model), K = laco_vocabulary_size(model->tokens);
    laco_var x = laco_var_new(tape, 3, (int64_t[]){T, B, W}, false);
    if (!x)
        return laco_tape_status(tape);
    for (int64_t t = 0; t < T; t++)
        for (int64_t b = 0; b < B; b++) {
            laco_real *row = x->data + (t * B + b) * W;
            if (t >= readings[b].cut && t < readings[b].cut_end)
                memset(row, 0, (size_t)W * sizeof *row);
            else
                memcpy(row, own->x + t * W, (size_t)W * sizeof *row);
        }
    scene->y = laco_transcriber_scores(tape, model, x, NULL, false);
    for (int64_t b = 0; scene->y && b < B; b++)
        for (int64_t t = 0; t < T; t++)
            if (readings[b].question < 0 || readings[b].question == t)
                LACO_TRY(laco_scene_pick(scene, b, (t * B + b) * K + own->label[t], 1));
    return LACO_OK;
}

static laco_status answer(laco_scene *scene, transcribe *own)
{
    int64_t K = laco_vocabulary_size(transcriber_of(scene)->tokens);
    laco_reading whole = laco_scene_reading(scene, -1);
    LACO_TRY(laco_scene_read(scene, scene->quiet, &whole, 1));
    for (int64_t t = 0; t < scene->T; t++) {
        const laco_real *x = laco_var_data(scene->y) + t * K;
        for (int32_t k = 1; k < K; k++)
            own->label[t] = x[k] > x[own->label[t]] ? k : own->label[t];
        own->score[t] = (double)x[own->label[t]];
    }
    return LACO_OK;
}

static laco_status sound_features(laco_scene *scene, const transcribe *own)
{
    int64_t W = width_of(transcriber_of(scene));
    laco_feature *loud = laco_scene_feature(scene, &scene->view[0], "loudness"),
                 *text = laco_scene_feature(scene, &scene->view[0], "something is written");
    if (!loud || !text)
        return LACO_NO_MEMORY;
    for (int64_t t = 0; t < scene->T; t++) {
        for (int64_t i = 0; i < W; i++)
            loud->value[t] += (double)own->x[t * W + i] / (double)W;
        text->value[t] = own->label[t] != 0;
    }
    scene->curves = json_pack("[{s:s, s:o}]", "name", "loudness", "values", laco_inspect_doubles(loud->value, scene->T));
    return scene->curves ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status hear(laco_scene *scene, transcribe *own, const laco_samples *recording)
{
    laco_transcriber *model = transcriber_of(scene);
    int64_t frames = laco_transcriber_frames(model, recording->count), W = width_of(model);
    laco_real *features =
        laco_alloc(scene->ctx, (size_t)LACO_MAX(frames, (int64_t)1), (size_t)model->frontend.bands * sizeof *features);
    laco_real *x = laco_scene_alloc(scene, scene->total, (size_t)W * sizeof *x);
    if (features && x) {
        laco_transcriber_features(model, recording, features);
        laco_transcriber_lay_out(model, features, frames, 1, 0, x);
    }
    laco_release(scene->ctx, features);
    own->x = x;
    return features && x ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status open_transcribe(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    transcribe *own = scene->own = laco_scene_alloc(scene, 1, sizeof *own);
    laco_transcriber *model = transcriber_of(scene);
    laco_samples recording;
    if (!own)
        return LACO_NO_MEMORY;
    if (!input->spoken || input->index >= laco_spoken_count(input->spoken))
        return laco_fail(scene->ctx, LACO_INVALID, "there is no recording %zu in the data", input->index + 1);
    recording.samples = laco_spoken_samples(input->spoken, input->index, &recording.count);
    scene->total = laco_transcriber_steps(model, recording.count);
    scene->T = scene->questions = LACO_MIN(scene->total, options->steps);
    scene->along = true;
    scene->asked = options->place > 0 ? LACO_MIN(options->place, scene->T) - 1 : -1;
    scene->unit = "step";
    scene->loss = "−log of the probability of the likeliest label at step t";
    if (scene->T < 1)
        return laco_fail(scene->ctx, LACO_INVALID, "the recording is empty");
    LACO_TRY(hear(scene, own, &recording));
    own->label = laco_scene_alloc(scene, scene->T, sizeof *own->label);
    own->score = laco_scene_alloc(scene, scene->T, sizeof *own->score);
    if (!own->label || !own->score)
        return LACO_NO_MEMORY;
    json_t *tokens = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)t + 1);
        laco_json_add(&tokens, json_string(text));
    }
    LACO_TRY(laco_scene_view(scene, "network", "rnn", 1, scene->T, tokens));
    LACO_TRY(answer(scene, own));
    snprintf(scene->about, sizeof scene->about,
             scene->asked < 0 ? "log-probability of the likeliest way through all steps"
                              : "log-probability of the label at step %lld",
             (long long)scene->asked + 1);
    return sound_features(scene, own);
}

/* The alignment of CTC: the likeliest label of each step, "" for the blank. */
static laco_status tell_transcribe(laco_scene *scene, json_t **into)
{
    const transcribe *own = scene->own;
    const laco_vocabulary *units = transcriber_of(scene)->tokens;
    json_t *labels = json_array(), *chances = json_array(), *text = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        size_t length = 0;
        const char *name = own->label[t] ? laco_vocabulary_name(units, own->label[t], &length) : "";
        laco_json_add(&labels, laco_inspect_text(name, length));
        laco_json_add(&chances, laco_inspect_number(exp(own->score[t])));
        if (own->label[t] && (t == 0 || own->label[t] != own->label[t - 1]))
            laco_json_add(&text, laco_inspect_text(name, length));
    }
    laco_json_put(into, "answer", json_pack("{s:o}", "tokens", text));
    laco_json_put(into, "alignment", json_pack("{s:o, s:o}", "labels", labels, "probability", chances));
    return LACO_OK;
}

const laco_scene_type laco_scene_transcribe = {"transcribe", open_transcribe, NULL, read_transcribe, tell_transcribe};
