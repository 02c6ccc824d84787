/* Strings of recordings: which are joined in an epoch, and what they then sound like. */
#include "base/grow.h"
#include "transcribe/resample.h"
#include "transcribe/transcribe_train.h"

#include <math.h>
#include <string.h>

#define PAUSE_SECONDS 0.4  /* the longest between two recordings, */
#define NO_PAUSE 0.2       /* and how often there is none */
#define GAIN_DECIBELS 6.0  /* louder or softer by up to this */
#define NOISE_LOW (-90.0)  /* of noise, in decibels below full scale: */
#define NOISE_HIGH (-45.0) /* from unheard to that of an old telephone */
#define NOISY 0.5          /* how often there is noise */
#define MASKS 2            /* of bands */

void laco_transcribe_plan(const laco_transcribe_learner *learner, const size_t *recordings, size_t count, uint64_t stream,
                          laco_strings_plan *plan)
{
    laco_rng rng = {.seed = learner->options->train.seed, .stream = stream};
    uint64_t most = learner->options->join > 1 ? (uint64_t)learner->options->join : 1;
    memcpy(plan->order, recordings, count * sizeof *plan->order);
    laco_rng_shuffle(&rng, plan->order, count);
    plan->count = 0;
    for (size_t i = 0; i < count;) {
        int64_t wanted = 1 + (int64_t)laco_rng_below(&rng, most), words = 0;
        plan->starts[plan->count++] = i;
        do
            words += learner->words[plan->order[i++]];
        while (i < count && words + learner->words[plan->order[i]] <= wanted);
    }
    plan->starts[plan->count] = count;
}

/* ---- Samples ------------------------------------------------------------------------------------------------------------ */

static laco_status add_silence(laco_mix *mix, double seconds, int rate)
{
    size_t count = (size_t)(seconds * rate);
    LACO_TRY(laco_grow(mix->ctx, &mix->samples, &mix->room, mix->count + count, sizeof *mix->samples));
    memset(mix->samples + mix->count, 0, count * sizeof *mix->samples);
    mix->count += count;
    return LACO_OK;
}

static laco_status add_samples(laco_mix *mix, const float *samples, size_t count, double gain)
{
    LACO_TRY(laco_grow(mix->ctx, &mix->samples, &mix->room, mix->count + count, sizeof *mix->samples));
    for (size_t i = 0; i < count; i++)
        mix->samples[mix->count + i] = (float)(gain * (double)samples[i]);
    mix->count += count;
    return LACO_OK;
}

static double between(laco_rng *rng, double low, double high) { return low + (high - low) * laco_rng_uniform(rng); }

/* A recording as it is, or at another speed (and pitch) and loudness. */
static laco_status add_recording(const laco_transcribe_learner *learner, size_t index, laco_rng *rng, bool training,
                                 laco_mix *mix)
{
    size_t count, played;
    const float *samples = laco_spoken_samples(learner->data, index, &count);
    float *other;
    double most = fmax(0, learner->options->speed);
    if (!training)
        return add_samples(mix, samples, count, 1);
    double speed = between(rng, 1 - most, 1 + most), gain = pow(10, between(rng, -GAIN_DECIBELS, GAIN_DECIBELS) / 20);
    if (most == 0)
        return add_samples(mix, samples, count, gain);
    LACO_TRY(laco_resample(learner->ctx, samples, count, 1 / speed, LACO_RESAMPLE_FAST, &other, &played));
    laco_status status = add_samples(mix, other, played, gain);
    laco_release(learner->ctx, other);
    return status;
}

static void add_noise(laco_mix *mix, laco_rng *rng)
{
    double size = sqrt(3) * pow(10, between(rng, NOISE_LOW, NOISE_HIGH) / 20); /* uniform noise within ±√3·σ has deviation σ */
    for (size_t i = 0; i < mix->count; i++)
        mix->samples[i] += (float)(size * (2 * (laco_rng_u32(rng) * 0x1p-32) - 1));
}

/* Also before the first and after the last recording. */
static laco_status add_pause(const laco_transcribe_learner *learner, laco_rng *rng, laco_mix *mix)
{
    bool none = laco_rng_uniform(rng) < NO_PAUSE;
    double seconds = between(rng, 0, PAUSE_SECONDS);
    return add_silence(mix, none ? 0 : seconds, learner->model->frontend.rate);
}

laco_status laco_transcribe_mix(const laco_transcribe_learner *learner, const laco_strings_plan *plan, size_t string,
                                laco_rng *rng, bool training, laco_mix *out)
{
    out->ctx = learner->ctx;
    out->count = 0;
    for (size_t i = plan->starts[string]; i < plan->starts[string + 1]; i++) {
        LACO_TRY(add_pause(learner, rng, out));
        LACO_TRY(add_recording(learner, plan->order[i], rng, training, out));
    }
    LACO_TRY(add_pause(learner, rng, out));
    if (training && laco_rng_uniform(rng) < NOISY)
        add_noise(out, rng);
    return LACO_OK;
}

/* ---- Masks ------------------------------------------------------------------------------------------------------------------
 */

/* Whole bands at their mean, 0: the voice behind a bad line is the same voice. */
void laco_transcribe_mask(const laco_transcribe_learner *learner, laco_rng *rng, int64_t frames, laco_real *features)
{
    int64_t bands = learner->model->frontend.bands;
    double most = learner->options->mask > 0 ? learner->options->mask * (double)bands / MASKS : 0;
    for (int i = 0; i < MASKS && most >= 1; i++) {
        uint64_t width = laco_rng_below(rng, (uint64_t)most + 1), begin = laco_rng_below(rng, (uint64_t)bands - width + 1);
        for (int64_t f = 0; f < frames; f++)
            memset(features + f * bands + begin, 0, width * sizeof *features);
    }
}
