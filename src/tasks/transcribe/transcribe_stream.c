/* A speech recogniser as a stream: samples fill frames, frames fill steps, and each step's best label may be more text. */
#include "base/grow.h"
#include "nn/module.h"
#include "nn/rnn_state.h"
#include "tape/tape.h"
#include "transcribe/spoken.h"
#include "transcribe/transcriber.h"

#include <string.h>

typedef struct speech_stream {
    laco_model_stream base;
    float *samples;                                  /* [window] of the frame that is being filled */
    laco_real *x;                                    /* [stack][bands] of the step that is being filled */
    int64_t samples_used, frames_used, frames, skip; /* in both; frames so far; samples between frames, which none needs */
    int64_t before;                                  /* the best label of the step before: 0, the blank, at first */
    int64_t labels;                                  /* told so far */
    double log_probability;
    laco_rnn_state carry;
    char *text;
    size_t text_room;
} speech_stream;

static laco_transcriber *model_of(const speech_stream *s) { return (laco_transcriber *)s->base.model; }
static int64_t window_of(const speech_stream *s) { return (int64_t)laco_mel_window(model_of(s)->mel); }

static laco_status open_stream(laco_model_stream *base)
{
    speech_stream *s = (speech_stream *)base;
    laco_transcriber *model = model_of(s);
    laco_context *ctx = base->model->ctx;
    LACO_TRY(laco_stream_check_forward(base->model, false, model->network.config.directions));
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    s->samples = laco_alloc(ctx, (size_t)window_of(s), sizeof *s->samples);
    s->x = laco_alloc(ctx, (size_t)model->frontend.stack, (size_t)model->frontend.bands * sizeof *s->x);
    return s->samples && s->x ? laco_rnn_state_new(ctx, model->network.rnn, 1, &s->carry) : LACO_NO_MEMORY;
}

static void close_stream(laco_model_stream *base)
{
    speech_stream *s = (speech_stream *)base;
    laco_context *ctx = base->model->ctx;
    laco_release(ctx, s->samples);
    laco_release(ctx, s->x);
    laco_release(ctx, s->text);
    laco_rnn_state_free(ctx, &s->carry);
}

static laco_status reset_stream(laco_model_stream *base)
{
    speech_stream *s = (speech_stream *)base;
    s->samples_used = s->frames_used = s->frames = s->skip = s->before = s->labels = 0;
    s->log_probability = 0;
    laco_rnn_state_clear(&s->carry);
    base->step = 0;
    return LACO_OK;
}

/* ---- A step ---------------------------------------------------------------------------------------------------------------- */

static void tell(speech_stream *s, const char *text, size_t length, bool whole)
{
    laco_stream_tell(&s->base, &(laco_stream_answer){.whole = whole, .speech = {text, length, s->log_probability}});
}

/* A label more: words have a space between them. */
static laco_status tell_label(speech_stream *s, int32_t label)
{
    const laco_transcriber *model = model_of(s);
    size_t length, space = model->text.level == LACO_TEXT_WORD && s->labels > 0;
    const char *token = laco_vocabulary_name(model->tokens, label, &length);
    LACO_TRY(laco_grow(model->base.ctx, &s->text, &s->text_room, length + 1, 1));
    s->text[0] = ' ';
    memcpy(s->text + space, token, length);
    s->labels++;
    tell(s, s->text, length + space, false);
    return LACO_OK;
}

/* As laco_ctc_greedy goes on. */
static laco_status judge(speech_stream *s, const laco_real *x)
{
    int32_t K = (int32_t)model_of(s)->network.config.outputs, best = 0, before = (int32_t)s->before;
    LACO_TRY(laco_model_check_answers(s->base.model->ctx, x, K, 0, false));
    for (int32_t k = 1; k < K; k++)
        best = x[k] > x[best] ? k : best;
    s->base.step++;
    s->before = best;
    s->log_probability += (double)x[best];
    return best != 0 && best != before ? tell_label(s, best) : LACO_OK;
}

static laco_status take_step(speech_stream *s)
{
    laco_transcriber *model = model_of(s);
    laco_tape *tape = model->tape;
    int64_t shape[3] = {1, 1, (int64_t)model->frontend.bands * model->frontend.stack};
    laco_tape_reset(tape);
    laco_module_set_training(model->base.module, false);
    laco_state state = laco_rnn_state_begin(tape, &s->carry);
    laco_var hidden = laco_rnn_apply(tape, model->network.rnn, laco_input(tape, s->x, 3, shape), NULL, &state);
    laco_var scores = hidden ? laco_log_softmax(tape, laco_linear_apply(tape, model->network.linear, hidden)) : NULL;
    if (!scores)
        return laco_tape_status(tape);
    laco_rnn_state_end(&s->carry, &state);
    s->frames_used = 0;
    return judge(s, laco_var_data(scores));
}

/* The features of the first `count` samples of the window. */
static laco_status take_frame(speech_stream *s, int64_t count)
{
    laco_transcriber *model = model_of(s);
    laco_transcriber_features(model, &(laco_samples){s->samples, (size_t)count}, s->x + s->frames_used * model->frontend.bands);
    s->frames_used++;
    s->frames++;
    return s->frames_used == model->frontend.stack ? take_step(s) : LACO_OK;
}

static laco_status read_samples(laco_model_stream *base, const float *samples, size_t count)
{
    speech_stream *s = (speech_stream *)base;
    int64_t window = window_of(s), hop = (int64_t)laco_mel_hop(model_of(s)->mel), kept = LACO_MAX(window - hop, (int64_t)0);
    LACO_TRY(laco_samples_check(base->model->ctx, LACO_INVALID, "the recording", 0, samples, count));
    for (size_t i = 0; i < count; i++) {
        if (s->skip > 0) {
            s->skip--;
            continue;
        }
        s->samples[s->samples_used++] = samples[i];
        if (s->samples_used < window)
            continue;
        LACO_TRY(take_frame(s, window));
        memmove(s->samples, s->samples + window - kept, (size_t)kept * sizeof *samples);
        s->samples_used = kept;
        s->skip = LACO_MAX(hop - window, (int64_t)0);
    }
    return LACO_OK;
}

/* A recording that fills no window is one frame; the last frame fills its step. */
static laco_status end_stream(laco_model_stream *base)
{
    speech_stream *s = (speech_stream *)base;
    const laco_audio_frontend *frontend = &model_of(s)->frontend;
    size_t bands = (size_t)frontend->bands;
    if (s->frames == 0 && s->samples_used > 0)
        LACO_TRY(take_frame(s, s->samples_used));
    for (; s->frames_used > 0 && s->frames_used < frontend->stack; s->frames_used++)
        memcpy(s->x + (size_t)s->frames_used * bands, s->x + (size_t)(s->frames_used - 1) * bands, bands * sizeof *s->x);
    if (s->frames_used > 0)
        LACO_TRY(take_step(s));
    tell(s, "", 0, true);
    return reset_stream(base);
}

static laco_status walk_stream(laco_model_stream *base, laco_state_walk *walk)
{
    speech_stream *s = (speech_stream *)base;
    const laco_transcriber *model = model_of(s);
    int64_t window = window_of(s), most = INT64_MAX;
    LACO_TRY(laco_state_count(walk, &s->samples_used, 0, window - 1));
    LACO_TRY(laco_state_count(walk, &s->frames_used, 0, model->frontend.stack - 1));
    LACO_TRY(laco_state_count(walk, &s->frames, 0, most));
    LACO_TRY(laco_state_count(walk, &s->skip, 0, most));
    LACO_TRY(laco_state_count(walk, &s->before, 0, model->network.config.outputs - 1));
    LACO_TRY(laco_state_count(walk, &s->labels, 0, most));
    LACO_TRY(laco_state_bytes(walk, &s->log_probability, sizeof s->log_probability));
    LACO_TRY(laco_state_bytes(walk, s->samples, (size_t)window * sizeof *s->samples));
    LACO_TRY(laco_state_bytes(walk, s->x, (size_t)model->frontend.stack * (size_t)model->frontend.bands * sizeof *s->x));
    return laco_state_bytes(walk, s->carry.h, laco_rnn_state_bytes(&s->carry));
}

const laco_stream_type laco_transcribe_stream = {
    .size = sizeof(speech_stream),
    .reads = "samples of sound",
    .open = open_stream,
    .close = close_stream,
    .reset = reset_stream,
    .samples = read_samples,
    .end = end_stream,
    .state = walk_stream,
};
