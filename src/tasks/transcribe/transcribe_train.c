/* Training a speech recogniser. */
#include "train/rows.h"
#include "transcribe/transcribe_train.h"

#include "base/hash.h"
#include "base/grow.h"
#include "tape/tape.h"
#include "options/options.h"

#include <math.h>
#include <string.h>

#define UPDATES 4000 /* of the weights in a whole training; its epochs by default are within */
#define LEAST_EPOCHS 10
#define MOST_EPOCHS 400

/* The stream of random numbers of an epoch's order, or of one string in it. */
static uint64_t stream_of(uint64_t epoch, uint64_t string)
{
    return laco_random_stream("transcribe") + epoch * 0x9e3779b97f4a7c15u + string * 0xc2b2ae3d27d4eb4fu;
}

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    laco_transcribe_learner *learner = (laco_transcribe_learner *)base;
    size_t batch = (size_t)learner->options->train.batch;
    learner->epoch = (uint64_t)epoch;
    laco_transcribe_plan(learner, learner->split.train, learner->learned, stream_of(learner->epoch, 0), &learner->plan);
    *batches = (int64_t)((learner->plan.count + batch - 1) / batch);
    return LACO_OK;
}

/* The tokens of a string behind the `used` ones of the batch; spaces between texts. */
static laco_status add_labels(laco_transcribe_learner *learner, size_t string, size_t *used)
{
    const laco_strings_plan *plan = &learner->plan;
    size_t first = *used;
    for (size_t i = plan->starts[string]; i < plan->starts[string + 1]; i++) {
        size_t index = plan->order[i], count = (size_t)laco_sequences_length(&learner->targets, index);
        LACO_TRY(laco_grow(learner->ctx, &learner->labels, &learner->labels_room, *used + count + 1, sizeof *learner->labels));
        if (learner->space >= 0 && *used > first && count > 0)
            learner->labels[(*used)++] = learner->space;
        for (size_t j = 0; j < count; j++)
            learner->labels[(*used)++] = laco_sequences_ids(&learner->targets, index)[j];
    }
    return LACO_OK;
}

/* One string of a batch as it sounds this time: its features behind those of the others; returns the number of frames in *frames.
 */
static laco_status hear(laco_transcribe_learner *learner, size_t string, size_t before, int64_t *frames)
{
    laco_transcriber *model = learner->model;
    size_t bands = (size_t)model->frontend.bands;
    laco_rng rng = {.seed = learner->options->train.seed, .stream = stream_of(learner->epoch, string + 1)};
    LACO_TRY(laco_transcribe_mix(learner, &learner->plan, string, &rng, true, &learner->mix));
    *frames = laco_transcriber_frames(model, learner->mix.count);
    LACO_TRY(laco_grow(learner->ctx, &learner->features, &learner->features_room, (before + (size_t)*frames) * bands,
                       sizeof *learner->features));
    laco_real *features = learner->features + before * bands;
    laco_transcriber_features(model, &(laco_samples){learner->mix.samples, learner->mix.count}, features);
    laco_transcribe_mask(learner, &rng, *frames, features);
    return LACO_OK;
}

/* Sounds and tokens of strings first … first + B - 1; the input of the network, or NULL where the tape has failed. */
static laco_var make_batch(laco_transcribe_learner *learner, laco_tape *tape, size_t first, size_t B)
{
    laco_transcriber *model = learner->model;
    int64_t T = 0, stack = model->frontend.stack, bands = model->frontend.bands;
    int64_t *frames = laco_arena_alloc(&tape->arena, B, sizeof *frames);
    size_t all = 0, used = 0;
    laco_status status = frames ? LACO_OK : LACO_NO_MEMORY;
    for (size_t b = 0; b < B && status == LACO_OK; b++) {
        size_t before = used;
        status = hear(learner, first + b, all, &frames[b]);
        if (status == LACO_OK)
            status = add_labels(learner, first + b, &used);
        learner->label_counts[b] = (int32_t)(used - before);
        learner->lengths[b] = status == LACO_OK ? (int32_t)((frames[b] + stack - 1) / stack) : 0;
        T = LACO_MAX(T, (int64_t)learner->lengths[b]);
        all += status == LACO_OK ? (size_t)frames[b] : 0;
    }
    laco_var x = status == LACO_OK ? laco_var_new(tape, 3, (int64_t[]){T, (int64_t)B, stack * bands}, false) : NULL;
    if (!x)
        return laco_tape_fail(tape, status == LACO_OK ? LACO_NO_MEMORY : status);
    memset(x->data, 0, (size_t)x->size * sizeof *x->data);
    for (size_t b = 0, before = 0; b < B; before += (size_t)frames[b++])
        laco_transcriber_lay_out(model, learner->features + before * (size_t)bands, frames[b], (int64_t)B, (int64_t)b, x->data);
    return x;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, int64_t number, int64_t *examples)
{
    laco_transcribe_learner *learner = (laco_transcribe_learner *)base;
    size_t batch = (size_t)learner->options->train.batch, first = (size_t)number * batch;
    size_t B = LACO_MIN(batch, learner->plan.count - first);
    *examples = (int64_t)(learner->plan.starts[first + B] - learner->plan.starts[first]);
    laco_var x = make_batch(learner, tape, first, B);
    laco_var scores = x ? laco_transcriber_scores(tape, learner->model, x, learner->lengths, true) : NULL;
    return laco_ctc_loss(tape, scores, learner->lengths, learner->labels, learner->label_counts,
                         &(laco_ctc_config){.zero_infinity = true});
}

/* ---- Around it --------------------------------------------------------------------------------------------------------------
 */

static void release(laco_learner *base)
{
    laco_transcribe_learner *learner = (laco_transcribe_learner *)base;
    laco_context *ctx = learner->ctx;
    laco_transcribe_end_validation(learner);
    laco_split_free(ctx, &learner->split);
    laco_sequences_free(&learner->targets);
    laco_release(ctx, learner->words);
    laco_release(ctx, learner->plan.order);
    laco_release(ctx, learner->plan.starts);
    laco_release(ctx, learner->mix.samples);
    laco_release(ctx, learner->features);
    laco_release(ctx, learner->labels);
    laco_release(ctx, learner->lengths);
    laco_release(ctx, learner->label_counts);
}

/* So many that there are UPDATES of them, whether the recordings are few or many. */
static laco_status fill_epochs(laco_transcribe_learner *learner, laco_train_options *train)
{
    int64_t batches;
    LACO_TRY(start_epoch(&learner->base, 0, &batches));
    if (train->epochs == 0 && train->minutes <= 0)
        train->epochs = LACO_MIN(LACO_MAX(UPDATES / LACO_MAX(batches, (int64_t)1), (int64_t)LEAST_EPOCHS), (int64_t)MOST_EPOCHS);
    laco_train_defaults(train);
    return LACO_OK;
}

static laco_status prepare(laco_learner *base)
{
    laco_transcribe_learner *learner = (laco_transcribe_learner *)base;
    LACO_TRY(laco_transcribe_prepare(learner));
    base->validates = learner->valid_count > 0;
    base->note = *learner->note ? learner->note : NULL;
    return fill_epochs(learner, &learner->options->train);
}

static laco_status give_back(laco_learner *base)
{
    laco_transcribe_learner *learner = (laco_transcribe_learner *)base;
    learner->learned = learner->split.known_count;
    return LACO_OK;
}

static json_t *describe(const laco_learner *base)
{
    const laco_transcribe_learner *learner = (const laco_transcribe_learner *)base;
    const laco_transcribe_options *o = learner->options;
    return json_pack("{s:I, s:I, s:I, s:I}", "recordings", (json_int_t)learner->split.train_count, "validation_strings",
                     (json_int_t)learner->valid_count, "join", (json_int_t)o->join, "batch", (json_int_t)o->train.batch);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_spoken_summary(((const laco_transcribe_learner *)base)->data, false, out);
}

static uint64_t hash_spoken(uint64_t hash, const laco_spoken *data)
{
    for (size_t i = 0; data && i < laco_spoken_count(data); i++) {
        size_t count;
        const float *samples = laco_spoken_samples(data, i, &count);
        hash = laco_hash_bytes(hash, samples, count * sizeof *samples);
        hash = laco_hash_bytes(hash, laco_spoken_text(data, i), strlen(laco_spoken_text(data, i)) + 1);
    }
    return hash;
}

static uint64_t hash_data(const laco_learner *base)
{
    const laco_transcribe_learner *learner = (const laco_transcribe_learner *)base;
    uint64_t hash = hash_spoken(laco_hash(LACO_HASH_START, laco_spoken_count(learner->data)), learner->data);
    return hash_spoken(hash, learner->valid);
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = start_epoch,
                                               .loss = batch_loss,
                                               .validate = laco_transcribe_validate,
                                               .give_back = give_back,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

static laco_status check_data(laco_context *ctx, const laco_transcribe_options *options, const laco_spoken *data,
                              const laco_spoken *valid)
{
    if (options->text.level == LACO_TEXT_BYTE)
        return laco_fail(ctx, LACO_INVALID, "a recogniser writes characters or words, not bytes");
    LACO_TRY(laco_options_check(ctx, &laco_transcribe_table, options));
    if (valid && laco_spoken_rate(valid) != laco_spoken_rate(data))
        return laco_fail(ctx, LACO_INVALID, "the validation recordings were loaded at a rate of %d, the others at %d",
                         laco_spoken_rate(valid), laco_spoken_rate(data));
    for (int part = 0; part < 2; part++)
        for (size_t i = 0; (part ? valid : data) && i < laco_spoken_count(part ? valid : data); i++)
            if (!laco_spoken_text(part ? valid : data, i))
                return laco_fail(ctx, LACO_INVALID, "%s: has no text", laco_spoken_name(part ? valid : data, i));
    return LACO_OK;
}

laco_status laco_train_transcribe(laco_context *ctx, const laco_transcribe_options *given, const laco_spoken *data,
                                  const laco_spoken *valid, laco_model **out)
{
    laco_transcribe_options options = given ? *given : (laco_transcribe_options){0};
    LACO_TRY(check_data(ctx, &options, data, valid));
    LACO_TRY(laco_train_from(ctx, &laco_transcribe_table, &options));
    laco_transcribe_defaults(&options, data);
    laco_transcribe_learner learner = {.base = {.type = &learner_type,
                                                .options = &options.train,
                                                .table = &laco_transcribe_table,
                                                .all = &options,
                                                .example = "recordings"},
                                       .ctx = ctx,
                                       .options = &options,
                                       .data = data,
                                       .valid = valid};
    laco_sequences_init(&learner.targets, ctx);
    return laco_train_model(ctx, &learner.base, out);
}
