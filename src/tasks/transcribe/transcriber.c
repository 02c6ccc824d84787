#include "transcribe/transcriber.h"

#include "transcribe/transcript.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

#define ROWS 16                /* recordings asked at once, */
#define PADDED_STEPS (1 << 15) /* or less where they are long */

static laco_status open_transcriber(laco_model *base)
{
    laco_transcriber *model = (laco_transcriber *)base;
    return laco_mel_new(base->ctx, model->frontend.rate, model->frontend.bands, &model->mel);
}

static void close_transcriber(laco_model *base)
{
    laco_transcriber *model = (laco_transcriber *)base;
    laco_tape_free(model->tape);
    laco_mel_free(model->mel);
}

static void release_transcriber(laco_model *base)
{
    laco_transcriber *model = (laco_transcriber *)base;
    laco_vocabulary_free(model->tokens);
    laco_release(base->ctx, model->frontend.mean);
    laco_release(base->ctx, model->frontend.scale);
}

static laco_status make_layers(laco_model *base)
{
    laco_transcriber *model = (laco_transcriber *)base;
    return laco_network_new(base->module, &model->network.config, &model->network);
}

laco_status laco_transcriber_new(laco_context *ctx, uint64_t seed, const laco_network_config *config,
                                 const laco_audio_frontend *frontend, const laco_text_config *text, laco_vocabulary *tokens,
                                 laco_transcriber **out)
{
    laco_transcriber *model = laco_alloc(ctx, 1, sizeof *model);
    if (!model) {
        laco_vocabulary_free(tokens);
        laco_release(ctx, frontend->mean);
        laco_release(ctx, frontend->scale);
        return LACO_NO_MEMORY;
    }
    model->base = (laco_model){.ctx = ctx, .task = &laco_task_transcribe};
    model->frontend = *frontend;
    model->text = *text;
    model->tokens = tokens;
    model->network.config = *config;
    laco_status status = laco_model_make(&model->base, seed, NULL);
    if (status == LACO_OK)
        *out = model;
    else
        laco_model_free(&model->base);
    return status;
}

/* ---- Features -------------------------------------------------------------------------------------------------------------- */

int64_t laco_transcriber_frames(const laco_transcriber *model, size_t samples)
{
    return (int64_t)laco_mel_frames(model->mel, samples);
}

int64_t laco_transcriber_steps(const laco_transcriber *model, size_t samples)
{
    return (laco_transcriber_frames(model, samples) + model->frontend.stack - 1) / model->frontend.stack;
}

void laco_transcriber_features(laco_transcriber *model, const laco_samples *recording, laco_real *out)
{
    const laco_audio_frontend *h = &model->frontend;
    int64_t frames = laco_transcriber_frames(model, recording->count);
    laco_mel_apply(model->mel, recording->samples, recording->count, out);
    for (int64_t f = 0; f < frames; f++)
        for (int64_t m = 0; m < h->bands; m++)
            out[f * h->bands + m] = (out[f * h->bands + m] - h->mean[m]) * h->scale[m];
}

void laco_transcriber_lay_out(const laco_transcriber *model, const laco_real *features, int64_t frames, int64_t B, int64_t row,
                              laco_real *x)
{
    int64_t bands = model->frontend.bands, stack = model->frontend.stack, steps = (frames + stack - 1) / stack;
    for (int64_t t = 0; t < steps; t++)
        for (int64_t i = 0; i < stack; i++)
            memcpy(x + ((t * B + row) * stack + i) * bands, features + LACO_MIN(t * stack + i, frames - 1) * bands,
                   (size_t)bands * sizeof *x);
}

laco_var laco_transcriber_scores(laco_tape *tape, laco_transcriber *model, laco_var x, const int32_t *lengths, bool training)
{
    const laco_network *network = &model->network;
    laco_var hidden = laco_rnn_apply(tape, network->rnn, x, lengths, NULL);
    hidden = laco_dropout(tape, hidden, network->config.dropout, training);
    return laco_log_softmax(tape, laco_linear_apply(tape, network->linear, hidden));
}

/* ---- Asking ---------------------------------------------------------------------------------------------------------------- */

size_t laco_transcriber_share(const laco_transcriber *model, const laco_samples *recordings, size_t count)
{
    int64_t longest = 0;
    size_t rows = 0;
    while (rows < count && rows < ROWS) {
        longest = LACO_MAX(longest, laco_transcriber_steps(model, recordings[rows].count));
        if (rows > 0 && longest * (int64_t)(rows + 1) > PADDED_STEPS)
            break;
        rows++;
    }
    return rows;
}

/* Features of all recordings as one value; NULL: the tape has failed. */
static laco_var read_batch(laco_transcriber *model, const laco_samples *recordings, int64_t B, int32_t *lengths)
{
    laco_tape *tape = model->tape;
    int64_t T = 0, frames = 0, width = (int64_t)model->frontend.bands * model->frontend.stack;
    for (int64_t b = 0; b < B; b++) {
        lengths[b] = (int32_t)laco_transcriber_steps(model, recordings[b].count);
        frames = LACO_MAX(frames, laco_transcriber_frames(model, recordings[b].count));
        T = LACO_MAX(T, (int64_t)lengths[b]);
    }
    laco_real *features = laco_arena_alloc(&tape->arena, (size_t)frames, (size_t)model->frontend.bands * sizeof *features);
    laco_var x = features ? laco_var_new(tape, 3, (int64_t[]){T, B, width}, false) : NULL;
    if (!x)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memset(x->data, 0, (size_t)x->size * sizeof *x->data);
    for (int64_t b = 0; b < B; b++) {
        laco_transcriber_features(model, &recordings[b], features);
        laco_transcriber_lay_out(model, features, laco_transcriber_frames(model, recordings[b].count), B, b, x->data);
    }
    return x;
}

laco_status laco_transcriber_ask(laco_transcriber *model, const laco_samples *recordings, size_t count, int32_t *lengths,
                                 laco_var *out)
{
    laco_context *ctx = model->base.ctx;
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    for (size_t i = 0; i < count; i++)
        if (laco_transcriber_steps(model, recordings[i].count) > INT32_MAX)
            return laco_fail(ctx, LACO_INVALID, "a recording of %zu samples is too long", recordings[i].count);
    laco_tape_reset(model->tape);
    bool training = false;
    laco_module_set_training(model->base.module, training);
    laco_var x = read_batch(model, recordings, (int64_t)count, lengths);
    laco_var scores = x ? laco_transcriber_scores(model->tape, model, x, lengths, training) : NULL;
    if (!scores)
        return laco_tape_status(model->tape);
    *out = scores;
    return laco_model_check_answers(ctx, laco_var_data(scores), laco_var_size(scores), 0, false);
}

static laco_status best_way(laco_transcriber *model, const laco_ctc_scores *scores, char **out, double *log_probability)
{
    int32_t *labels = laco_arena_alloc(&model->tape->arena, (size_t)scores->steps, sizeof *labels);
    if (!labels)
        return LACO_NO_MEMORY;
    int64_t count = laco_ctc_greedy(scores, labels, log_probability);
    return laco_transcript_decode(model->base.ctx, model->tokens, model->text.level, labels, count, out);
}

laco_status laco_transcriber_decode(laco_transcriber *model, laco_var value, int64_t row, int32_t steps,
                                    const laco_decode_options *options, char **out, double *log_probability)
{
    laco_context *ctx = model->base.ctx;
    int64_t B = laco_var_dim(value, 1), K = laco_var_dim(value, 2);
    laco_ctc_scores scores = {laco_var_data(value) + row * K, steps, K, B * K, 0};
    int most = options->nbest, found;
    size_t room;
    if (options->beam <= 1)
        return best_way(model, &scores, out, log_probability);
    laco_arena *arena = &model->tape->arena;
    laco_ctc_string *strings = laco_arena_alloc(arena, (size_t)most, sizeof *strings);
    int32_t *labels = laco_mul_fits((size_t)most, (size_t)steps, &room) ? laco_arena_alloc(arena, room, sizeof *labels) : NULL;
    if (!strings || !labels)
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory for %d texts", most);
    LACO_TRY(laco_ctc_beam(ctx, &scores, options->beam, most, labels, strings, &found));
    for (int i = 0; i < found; i++) {
        LACO_TRY(laco_transcript_decode(ctx, model->tokens, model->text.level, strings[i].labels, strings[i].count, &out[i]));
        log_probability[i] = strings[i].log_probability;
    }
    return LACO_OK;
}

static void data_of(const laco_model *base, laco_data_config *out)
{
    out->spoken.rate = ((const laco_transcriber *)base)->frontend.rate;
}

const laco_task laco_task_transcribe = {
    .name = "transcribe",
    .table = &laco_transcribe_table,
    .metadata = &laco_transcriber_metadata,
    .make = make_layers,
    .data = data_of,
    .options = laco_transcribe_options_of,
    .release = release_transcriber,
    .scratch = offsetof(laco_transcriber, mel),
    .open = open_transcriber,
    .close = close_transcriber,
    .stream = &laco_transcribe_stream,
};
