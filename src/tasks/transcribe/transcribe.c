/* Asking a speech recogniser, and scoring it. */
#include "transcribe/resample.h"
#include "transcribe/spoken.h"
#include "transcribe/transcriber.h"
#include "transcribe/transcript.h"
#include "tape/tape.h"

#include <string.h>

#define BEAM 8

static laco_status as_transcriber(const laco_model *model, laco_transcriber **out)
{
    if (model->task != &laco_task_transcribe)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot transcribe", model->task->name);
    *out = (laco_transcriber *)(uintptr_t)model;
    return LACO_OK;
}

void laco_transcripts_free(laco_transcripts *transcripts)
{
    if (!transcripts || !transcripts->ctx)
        return;
    for (size_t i = 0; transcripts->text && i < transcripts->count * (size_t)transcripts->most; i++)
        laco_release(transcripts->ctx, transcripts->text[i]);
    laco_release(transcripts->ctx, transcripts->text);
    laco_release(transcripts->ctx, transcripts->log_probability);
    *transcripts = (laco_transcripts){0};
}

static laco_status check_options(laco_context *ctx, const laco_decode_options *options)
{
    if (options->beam < 1 || options->beam > 1 << 20 || options->nbest < 1 || options->nbest > options->beam)
        return laco_fail(ctx, LACO_INVALID, "a beam of %d and %d answers: at least 1 is right, and no more answers than the beam",
                         options->beam, options->nbest);
    return LACO_OK;
}

static laco_status new_transcripts(laco_context *ctx, size_t count, int most, laco_transcripts *out)
{
    size_t all;
    laco_transcripts t = {.ctx = ctx, .count = count, .most = most};
    if (!laco_mul_fits(count, (size_t)most, &all))
        return laco_fail(ctx, LACO_NO_MEMORY, "%zu recordings with %d texts each are too many", count, most);
    t.text = laco_alloc(ctx, all, sizeof *t.text);
    t.log_probability = laco_alloc(ctx, all, sizeof *t.log_probability);
    if (!t.text || !t.log_probability) {
        laco_transcripts_free(&t);
        return LACO_NO_MEMORY;
    }
    *out = t;
    return LACO_OK;
}

/* Recordings first … first + rows - 1. */
static laco_status answer_batch(laco_transcriber *model, const laco_samples *recordings, size_t first, size_t rows,
                                const laco_decode_options *options, laco_transcripts *out)
{
    laco_var scores;
    int32_t *lengths = laco_alloc(model->base.ctx, rows, sizeof *lengths);
    laco_status status = lengths ? laco_transcriber_ask(model, recordings + first, rows, lengths, &scores) : LACO_NO_MEMORY;
    for (size_t r = 0; status == LACO_OK && r < rows; r++) {
        size_t place = (first + r) * (size_t)out->most;
        status = laco_transcriber_decode(model, scores, (int64_t)r, lengths[r], options, out->text + place,
                                         out->log_probability + place);
    }
    laco_release(model->base.ctx, lengths);
    return status;
}

static laco_status answer(laco_transcriber *model, const laco_samples *recordings, size_t count, const laco_decode_options *given,
                          laco_transcripts *out)
{
    laco_decode_options options = given ? *given : (laco_decode_options){0};
    laco_transcripts answers;
    if (options.nbest == 0)
        options.nbest = 1;
    if (options.beam == 0)
        options.beam = LACO_MAX(LACO_TRANSCRIBER_BEAM, options.nbest);
    LACO_TRY(check_options(model->base.ctx, &options));
    LACO_TRY(new_transcripts(model->base.ctx, count, options.nbest, &answers));
    laco_status status = LACO_OK;
    for (size_t first = 0, rows; first < count && status == LACO_OK; first += rows) {
        rows = laco_transcriber_share(model, recordings + first, count - first);
        status = answer_batch(model, recordings, first, rows, &options, &answers);
    }
    if (status == LACO_OK)
        *out = answers;
    else
        laco_transcripts_free(&answers);
    return status;
}

laco_status laco_model_transcribe(laco_model *base, const float *samples, size_t count, int rate,
                                  const laco_decode_options *options, laco_transcripts *out)
{
    laco_transcriber *model;
    float *resampled = NULL;
    LACO_TRY(as_transcriber(base, &model));
    if (rate < LACO_LOWEST_RATE || rate > LACO_HIGHEST_RATE)
        return laco_fail(base->ctx, LACO_INVALID, "a rate of %d samples a second; %d … %d is right", rate, LACO_LOWEST_RATE,
                         LACO_HIGHEST_RATE);
    LACO_TRY(laco_samples_check(base->ctx, LACO_INVALID, "the recording", 0, samples, count));
    if (rate != model->frontend.rate)
        LACO_TRY(laco_resample(base->ctx, samples, count, (double)model->frontend.rate / rate, LACO_RESAMPLE_GOOD, &resampled,
                               &count));
    laco_status status = answer(model, &(laco_samples){resampled ? resampled : samples, count}, 1, options, out);
    laco_release(base->ctx, resampled);
    return status;
}

laco_status laco_model_transcribe_all(laco_model *base, const laco_spoken *data, const laco_decode_options *options,
                                      laco_transcripts *out)
{
    laco_transcriber *model;
    LACO_TRY(as_transcriber(base, &model));
    size_t count = laco_spoken_count(data);
    if (laco_spoken_rate(data) != model->frontend.rate)
        return laco_fail(base->ctx, LACO_INVALID, "the recordings were loaded at a rate of %d; the model hears %d",
                         laco_spoken_rate(data), model->frontend.rate);
    laco_samples *views = laco_alloc(base->ctx, count, sizeof *views);
    if (!views)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        views[i].samples = laco_spoken_samples(data, i, &views[i].count);
    laco_status status = answer(model, views, count, options, out);
    laco_release(base->ctx, views);
    return status;
}

/* ---- Scores ---------------------------------------------------------------------------------------------------------------- */

/* Tokens of a text that the model has no output for. */
static laco_status count_unseen(laco_transcriber *model, laco_text_buffer *buffer, const char *text, size_t *unseen)
{
    laco_sequences ids;
    laco_sequences_init(&ids, model->base.ctx);
    laco_status status = laco_transcript_encode(buffer, &model->text, model->tokens, text, &ids);
    for (size_t i = 0; status == LACO_OK && i < ids.ids_used; i++)
        *unseen += ids.ids[i] == LACO_UNKNOWN;
    laco_sequences_free(&ids);
    return status;
}

static laco_status score_all(laco_transcriber *model, const laco_spoken *data, const laco_transcripts *answers,
                             laco_text_buffer *buffer, laco_transcribe_score *score)
{
    for (size_t i = 0; i < answers->count; i++) {
        const char *text = laco_spoken_text(data, i);
        if (!text)
            return laco_fail(model->base.ctx, LACO_INVALID, "%s: has no text to compare with", laco_spoken_name(data, i));
        LACO_TRY(laco_transcript_compare(buffer, &model->text, text, answers->text[i * (size_t)answers->most], score));
        LACO_TRY(count_unseen(model, buffer, text, &score->unseen));
    }
    laco_transcript_rates(score);
    return LACO_OK;
}

laco_status laco_model_score_transcripts(laco_model *base, const laco_spoken *data, const laco_transcripts *answers,
                                         laco_transcribe_score *out)
{
    laco_transcriber *model;
    laco_text_buffer buffer;
    laco_transcribe_score score = {0};
    LACO_TRY(as_transcriber(base, &model));
    if (answers->count != laco_spoken_count(data))
        return laco_fail(base->ctx, LACO_INVALID, "%zu answers to %zu recordings", answers->count, laco_spoken_count(data));
    laco_text_buffer_init(&buffer, base->ctx);
    laco_status status = score_all(model, data, answers, &buffer, &score);
    laco_text_buffer_free(&buffer);
    if (status == LACO_OK)
        *out = score;
    return status;
}
