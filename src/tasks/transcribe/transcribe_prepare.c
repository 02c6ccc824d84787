/* Before a recogniser is trained: what validates, what it can write, how its features are spread. */
#include "base/grow.h"
#include "text/text.h"
#include "transcribe/transcript.h"
#include "transcribe/transcribe_train.h"
#include "train/from.h"
#include "train/length.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BANDS 40
#define MOST_WORDS 200     /* of a vocabulary that is learned word by word, */
#define OFTEN 20           /* each of which comes so often at least */
#define STACK 2            /* a step every 20 ms */
#define LEAST_VARIANCE 1.0 /* of a band: noise, which training adds, varies as much where the recordings do not */

static const laco_transcriber *model_from(const laco_transcribe_learner *learner)
{
    return (const laco_transcriber *)learner->base.from;
}

static laco_status split(laco_transcribe_learner *learner)
{
    size_t count = laco_spoken_count(learner->data);
    double fraction = learner->valid || learner->options->valid.fraction < 0 ? 0 : learner->options->valid.fraction;
    LACO_TRY(laco_split_stratified(learner->ctx, NULL, count, 1, fraction, learner->options->train.seed, &learner->split));
    laco_learner_split(&learner->base, &learner->split, (int64_t)learner->split.valid_count);
    learner->learned = learner->split.train_count;
    return LACO_OK;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------------------
 */

static laco_status count_level(laco_transcribe_learner *learner, laco_text_buffer *buffer, laco_text_level level,
                               laco_vocabulary *tokens)
{
    learner->text.level = level;
    for (size_t i = 0; i < learner->split.known_count; i++)
        LACO_TRY(laco_transcript_count(buffer, &learner->text, laco_spoken_text(learner->data, learner->split.train[i]), tokens));
    const laco_transcriber *from = model_from(learner);
    return laco_vocabulary_rank(tokens,
                                &(laco_vocabulary_config){.known = from && from->text.level == level ? from->tokens : NULL});
}

/* Few words that all come often are all that will ever be said: they are learned whole. */
static bool closed(const laco_vocabulary *words)
{
    int32_t V = laco_vocabulary_size(words);
    return V > 1 && V <= MOST_WORDS && laco_vocabulary_occurrences(words, V - 1) >= OFTEN; /* the last one is the rarest */
}

/* The vocabulary of words if that is what was asked for or found out, else that of characters. *tokens is the caller's also on
 * failure. */
static laco_status count_tokens(laco_transcribe_learner *learner, laco_text_buffer *buffer, laco_vocabulary **tokens)
{
    laco_token_kind kind = learner->options->tokens;
    LACO_TRY(laco_vocabulary_new(learner->ctx, tokens));
    LACO_TRY(count_level(learner, buffer, LACO_TEXT_WORD, *tokens));
    if (laco_vocabulary_size(*tokens) == 1)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "the texts of the recordings are all empty: there is nothing to learn to write");
    if (kind == LACO_TOKENS_WORD || (kind == LACO_TOKENS_DEFAULT && closed(*tokens)))
        return LACO_OK;
    laco_vocabulary_free(*tokens);
    *tokens = NULL;
    LACO_TRY(laco_vocabulary_new(learner->ctx, tokens));
    if (learner->options->join > 1) /* what joined texts have between them */
        LACO_TRY(laco_vocabulary_count(*tokens, " ", 1));
    return count_level(learner, buffer, LACO_TEXT_CHAR, *tokens);
}

static laco_status encode(laco_transcribe_learner *learner, laco_text_buffer *buffer, const laco_vocabulary *tokens)
{
    size_t count = laco_spoken_count(learner->data);
    if (!(learner->words = laco_alloc(learner->ctx, count, sizeof *learner->words)))
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const char *text = laco_spoken_text(learner->data, i);
        LACO_TRY(laco_transcript_encode(buffer, &learner->text, tokens, text, &learner->targets));
        learner->words[i] = LACO_MAX(laco_transcript_words(text), (int64_t)1);
    }
    bool chars = learner->text.level == LACO_TEXT_CHAR;
    learner->space = chars && laco_vocabulary_id(tokens, " ", 1) != LACO_UNKNOWN ? laco_vocabulary_id(tokens, " ", 1) : -1;
    return LACO_OK;
}

/* ---- Sounds -----------------------------------------------------------------------------------------------------------------
 */

/* Sums of features and of their squares over the training recordings. */
static laco_status add_up(const laco_transcribe_learner *learner, laco_mel *mel, laco_real **features, double *sum,
                          double *square, double *frames)
{
    size_t room = 0, samples;
    for (size_t i = 0; i < learner->split.known_count; i++) {
        const float *x = laco_spoken_samples(learner->data, learner->split.train[i], &samples);
        size_t count = laco_mel_frames(mel, samples);
        LACO_TRY(laco_check_stop(learner->ctx));
        LACO_TRY(laco_grow(learner->ctx, features, &room, count * BANDS, sizeof **features));
        laco_mel_apply(mel, x, samples, *features);
        for (size_t j = 0; j < count * BANDS; j++) {
            sum[j % BANDS] += (double)(*features)[j];
            square[j % BANDS] += (double)(*features)[j] * (double)(*features)[j];
        }
        *frames += (double)count;
    }
    return LACO_OK;
}

static laco_status measure(const laco_transcribe_learner *learner, laco_audio_frontend *frontend)
{
    laco_mel *mel;
    laco_real *features = NULL;
    double sum[BANDS] = {0}, square[BANDS] = {0}, frames = 0;
    LACO_TRY(laco_mel_new(learner->ctx, frontend->rate, frontend->bands, &mel));
    laco_status status = add_up(learner, mel, &features, sum, square, &frames);
    for (int m = 0; status == LACO_OK && m < BANDS; m++) {
        double mean = sum[m] / fmax(1, frames), variance = square[m] / fmax(1, frames) - mean * mean;
        frontend->mean[m] = (laco_real)mean;
        frontend->scale[m] = (laco_real)(1 / sqrt(fmax(variance, LEAST_VARIANCE)));
    }
    laco_release(learner->ctx, features);
    laco_mel_free(mel);
    return status;
}

/* What a feature is heard as: as the model to train on from does, or by the training recordings. */
static laco_status fill_frontend(const laco_transcribe_learner *learner, laco_audio_frontend *frontend)
{
    const laco_audio_frontend *kept = model_from(learner) ? &model_from(learner)->frontend : NULL;
    frontend->mean = laco_alloc(learner->ctx, (size_t)frontend->bands, sizeof *frontend->mean);
    frontend->scale = laco_alloc(learner->ctx, (size_t)frontend->bands, sizeof *frontend->scale);
    if (!frontend->mean || !frontend->scale)
        return LACO_NO_MEMORY;
    if (!kept)
        return measure(learner, frontend);
    if (kept->rate != frontend->rate)
        return laco_from_refuse(&learner->base, "hears %d samples a second, and the recordings have %d: --rate %d is right",
                                kept->rate, frontend->rate, kept->rate);
    memcpy(frontend->mean, kept->mean, (size_t)frontend->bands * sizeof *frontend->mean);
    memcpy(frontend->scale, kept->scale, (size_t)frontend->bands * sizeof *frontend->scale);
    return LACO_OK;
}

static laco_status new_model(laco_transcribe_learner *learner, laco_vocabulary *tokens)
{
    const laco_transcribe_options *o = learner->options;
    const laco_transcriber *from = model_from(learner);
    laco_audio_frontend frontend = {.rate = laco_spoken_rate(learner->data),
                                    .bands = from ? from->frontend.bands : BANDS,
                                    .stack = from ? from->frontend.stack : STACK};
    laco_network_config network = {.inputs = (int64_t)frontend.bands * frontend.stack, .outputs = laco_vocabulary_size(tokens)};
    laco_status status = laco_network_configure(learner->ctx, &o->network, &network);
    if (status == LACO_OK && o->network.tie_weights)
        status = laco_fail(learner->ctx, LACO_INVALID, "tied weights need an embedding, which a recogniser does not have");
    if (status == LACO_OK)
        status = fill_frontend(learner, &frontend);
    if (status == LACO_OK && from)
        laco_network_keep(&from->network.config, &network);
    if (status == LACO_OK) {
        LACO_TRY(laco_transcriber_new(learner->ctx, o->train.seed, &network, &frontend, &learner->text, tokens, &learner->model));
        learner->base.model = &learner->model->base;
        laco_growth growth = {from ? from->network.config.outputs : 0, network.outputs, "linear", 0, 1};
        return laco_from_copy(&learner->base, &growth, 1);
    }
    laco_release(learner->ctx, frontend.mean);
    laco_release(learner->ctx, frontend.scale);
    laco_vocabulary_free(tokens);
    return status;
}

static laco_status build_model(laco_transcribe_learner *learner)
{
    laco_vocabulary *tokens = NULL;
    laco_text_buffer buffer;
    laco_text_buffer_init(&buffer, learner->ctx);
    learner->text = learner->options->text;
    laco_status status = count_tokens(learner, &buffer, &tokens);
    if (status == LACO_OK)
        status = encode(learner, &buffer, tokens);
    laco_text_buffer_free(&buffer);
    if (status == LACO_OK)
        return new_model(learner, tokens);
    laco_vocabulary_free(tokens);
    return status;
}

static int64_t length_of(const laco_learner *base, size_t index)
{
    const laco_transcribe_learner *learner = (const laco_transcribe_learner *)base;
    size_t samples;
    laco_spoken_samples(learner->data, index, &samples);
    return (int64_t)samples * 1000 / (10 * (int64_t)STACK) / laco_spoken_rate(learner->data);
}

static void place_of(const laco_learner *base, size_t index, char *text, size_t size)
{
    snprintf(text, size, "%.250s", laco_spoken_name(((const laco_transcribe_learner *)base)->data, index));
}

static const laco_lengths lengths = {length_of, place_of, "steps of 20 ms"};

/* Whether a recording has fewer steps than its text takes: one a token, and a blank between equal neighbours. */
static bool too_short(const laco_transcribe_learner *learner, size_t index)
{
    const int32_t *ids = laco_sequences_ids(&learner->targets, index);
    int64_t needed = laco_sequences_length(&learner->targets, index);
    size_t samples;
    for (int64_t i = needed - 1; i > 0; i--)
        needed += ids[i] == ids[i - 1];
    laco_spoken_samples(learner->data, index, &samples);
    return needed > laco_transcriber_steps(learner->model, samples);
}

/* What does not fit has probability 0, and is counted aloud; where no text can be said in its recording, nothing is learned. */
static laco_status check_lengths(laco_transcribe_learner *learner)
{
    const laco_split *split = &learner->split;
    const char *name = NULL;
    size_t count = 0;
    for (size_t i = 0; i < split->train_count; i++)
        if (too_short(learner, split->train[i]) && count++ == 0)
            name = laco_spoken_name(learner->data, split->train[i]);
    if (count == split->train_count)
        return laco_fail(learner->ctx, LACO_INVALID, "every text is longer than its recording has steps of %d ms", 10 * STACK);
    if (count > 0)
        snprintf(learner->note, sizeof learner->note,
                 "%zu of %zu recordings too short for their text, as %.*s: a step of %d ms for each token is needed to learn "
                 "from them",
                 count, split->train_count, laco_text_cut(name, strlen(name), 96), name, 10 * STACK);
    return LACO_OK;
}

laco_status laco_transcribe_prepare(laco_transcribe_learner *learner)
{
    laco_context *ctx = learner->ctx;
    size_t batch = (size_t)learner->options->train.batch;
    LACO_TRY(split(learner));
    LACO_TRY(laco_train_limit(&learner->base, &learner->split, &lengths));
    LACO_TRY(build_model(learner));
    LACO_TRY(check_lengths(learner));
    learner->mix.ctx = ctx;
    learner->plan.order = laco_alloc(ctx, learner->split.known_count, sizeof *learner->plan.order);
    learner->plan.starts = laco_alloc(ctx, learner->split.known_count + 1, sizeof *learner->plan.starts);
    learner->lengths = laco_alloc(ctx, batch, sizeof *learner->lengths);
    learner->label_counts = laco_alloc(ctx, batch, sizeof *learner->label_counts);
    if (!learner->plan.order || !learner->plan.starts || !learner->lengths || !learner->label_counts)
        return LACO_NO_MEMORY;
    return laco_transcribe_prepare_validation(learner);
}
