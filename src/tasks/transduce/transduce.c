/* Asking a transducer, and scoring it. */
#include "transduce/pairs.h"
#include "transduce/transducer.h"
#include "group/division.h"
#include "base/lanes.h"
#include "model/parts.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <string.h>

static laco_status as_transducer(laco_model *model, const char *wanted, laco_transducer **out)
{
    if (model->task != &laco_task_transduce)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot %s", model->task->name, wanted);
    *out = (laco_transducer *)model;
    return LACO_OK;
}

#define ROWS 256 /* beginnings of answers that are written at a time */

/* ---- Answers ------------------------------------------------------------------------------------------------------------ */

static laco_status make_tapes(laco_transducer *model)
{
    laco_context *ctx = model->base.ctx;
    const laco_tape_config config = {.inference = true};
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &config, &model->tape));
    return model->steps ? LACO_OK : laco_tape_new(ctx, &config, &model->steps);
}

/* Most tokens of each answer of a batch into `most`; returns the largest. */
static int64_t limit(const laco_transducer *model, const laco_batch *batch, int64_t wanted, int64_t *most)
{
    int64_t largest = 1;
    for (int32_t b = 0; b < batch->rows; b++) {
        most[b] = wanted ? wanted : laco_transducer_most(model, batch->lengths[b]);
        largest = LACO_MAX(largest, most[b]);
    }
    return largest;
}

static laco_status answer_batch(laco_transducer *model, const laco_batch *batch, const laco_decode_options *options,
                                laco_beam *out)
{
    laco_decoding writers[LACO_MOST_ENSEMBLE];
    laco_var frames[LACO_MOST_ENSEMBLE];
    bool again = model->config.ctc_steps > 0 && model->config.ctc_weight > 0 && options->beam > 1;
    laco_tape_reset(model->tape);
    LACO_TRY(laco_transducer_read(model->tape, model, batch->ids, batch->steps, batch->rows, batch->lengths, writers,
                                  again ? frames : NULL));
    int64_t *most = laco_arena_alloc(&model->tape->arena, (size_t)batch->rows, sizeof *most);
    if (!most)
        return LACO_NO_MEMORY;
    laco_decode_job job = {.writers = writers,
                           .count = model->config.ensemble,
                           .tape = model->steps,
                           .groups = batch->rows,
                           .outputs = model->config.outputs,
                           .options = *options,
                           .most = most};
    job.options.length = limit(model, batch, options->length, most);
    LACO_TRY(laco_decode_step(model->base.ctx, &job, out));
    return again ? laco_transducer_judge_again(model, &job, batch->lengths, frames, out) : LACO_OK;
}

/* A line that is a whole book would take days. */
static laco_status check_lengths(const laco_transducer *model, const laco_sequences *sources, const size_t *subset, size_t count)
{
    int64_t most = LACO_TRANSDUCE_LONGEST * model->config.longest_source;
    for (size_t i = 0; i < count; i++) {
        int32_t length = laco_sequences_length(sources, subset ? subset[i] : i);
        if (length > most)
            return laco_fail(model->base.ctx, LACO_INVALID,
                             "source %zu has %d tokens; at most %lld can be, %d times the longest of training", i + 1,
                             (int)length, (long long)most, LACO_TRANSDUCE_LONGEST);
    }
    return LACO_OK;
}

/* Sources to be answered, and who takes the answers. */
typedef struct questions {
    const laco_sequences *sources;
    const laco_decode_options *options;
    const laco_division *division;
    laco_answer_fn take;
    void *user;
} questions;

/* `division`: of whose parts, batches, this process has some; NULL: it has all. */
static laco_status answer_batches(laco_transducer *model, laco_batches *batches, const questions *q)
{
    laco_context *ctx = model->base.ctx;
    laco_status status = LACO_OK;
    for (size_t i = 0; i < laco_batches_count(batches) && status == LACO_OK; i++) {
        if (q->division && !laco_division_is_own(q->division, i))
            continue;
        const laco_batch *batch = laco_batches_get(batches, i);
        laco_beam beam = {0};
        if (batch->steps > 0)
            status = answer_batch(model, batch, q->options, &beam);
        laco_lanes_lock(ctx);
        for (int32_t b = 0; b < batch->rows && batch->steps > 0 && status == LACO_OK; b++)
            if (batch->lengths[b] > 0)
                status = q->take(q->user, batch->index[b], &beam, b);
        laco_lanes_unlock(ctx);
        laco_beam_free(ctx, &beam);
    }
    return status;
}

static laco_status answer_some(laco_model *base, const size_t *subset, size_t count, void *user)
{
    laco_transducer *model = (laco_transducer *)base;
    const questions *q = user;
    laco_batches *batches;
    laco_batches_config config = {.batch_size = LACO_MAX(1, ROWS / q->options->beam), .max_padded = 1 << 13};
    LACO_TRY(make_tapes(model));
    LACO_TRY(laco_batches_new(base->ctx, q->sources, NULL, subset, count, &config, &batches));
    laco_status status = answer_batches(model, batches, q);
    laco_batches_free(batches);
    return status;
}

#define LEAST_PART 8 /* sources that are worth a thread */

static laco_status answer_part(laco_transducer *model, const laco_sequences *sources, const size_t *subset, size_t count,
                               const laco_decode_options *options, const laco_division *division, laco_answer_fn take, void *user)
{
    questions q = {sources, options, division, take, user};
    LACO_TRY(check_lengths(model, sources, subset, count));
    laco_module_set_training(model->base.module, false);
    return laco_model_ask_parts(&model->base, subset, count, LEAST_PART, answer_some, &q);
}

laco_status laco_transducer_answer(laco_transducer *model, const laco_sequences *sources, const size_t *subset, size_t count,
                                   const laco_decode_options *options, laco_answer_fn take, void *user)
{
    return answer_part(model, sources, subset, count, options, NULL, take, user);
}

/* ---- Texts in, texts out ----------------------------------------------------------------------------------------------------
 */

typedef struct spelling {
    laco_transducer *model;
    laco_hypothesis *answers;
    int nbest;
} spelling;

static laco_status spell(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    spelling *s = user;
    laco_transducer *model = s->model;
    for (int k = 0; k < s->nbest && k < beam->kept[group]; k++) {
        int64_t row = group * beam->width + k;
        const int32_t *ids = beam->tokens + row * beam->length;
        size_t size = laco_tokens_spell(model->targets, model->config.target, ids, beam->count[row], NULL, 0);
        char *text = laco_arena_alloc(&model->texts, size, 1);
        if (!text)
            return LACO_NO_MEMORY;
        laco_tokens_spell(model->targets, model->config.target, ids, beam->count[row], text, size);
        s->answers[index * (size_t)s->nbest + (size_t)k] = (laco_hypothesis){text, beam->sum[row], beam->rank[row]};
    }
    return LACO_OK;
}

static laco_status encode(const laco_transducer *model, size_t count, const char *const *sources, const size_t *lengths,
                          laco_sequences *ids, laco_transduce_note *note)
{
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    note->longest = (size_t)model->config.longest_source;
    laco_text_buffer_init(&buffer, model->base.ctx);
    for (size_t i = 0; i < count && status == LACO_OK; i++) {
        size_t length = lengths ? lengths[i] : strlen(sources[i]);
        status = laco_tokens_encode(&buffer, model->config.source, model->sources, sources[i], length, ids, &note->unseen);
        if (status == LACO_OK)
            note->longer += laco_sequences_length(ids, i) > model->config.longest_source;
    }
    laco_text_buffer_free(&buffer);
    return status;
}

laco_status laco_model_transduce(laco_model *base, size_t count, const char *const *sources, const size_t *lengths,
                                 const laco_decode_options *given, laco_hypothesis *answers, laco_transduce_note *note)
{
    laco_transducer *model;
    laco_context *ctx = base->ctx;
    laco_decode_options options = given ? *given : (laco_decode_options){0};
    laco_transduce_note told = {0};
    laco_sequences ids;
    LACO_TRY(as_transducer(base, "transduce", &model));
    LACO_TRY(laco_decode_defaults(ctx, LACO_TRANSDUCE_BEAM, LACO_TRANSDUCE_PENALTY, 0, &options));
    laco_arena_reset(&model->texts);
    laco_sequences_init(&ids, ctx);
    laco_status status = encode(model, count, sources, lengths, &ids, &told);
    for (size_t i = 0; i < count && status == LACO_OK; i++) {
        memset(answers + i * (size_t)options.nbest, 0, (size_t)options.nbest * sizeof *answers);
        if (laco_sequences_length(&ids, i) == 0)
            answers[i * (size_t)options.nbest].text = "";
    }
    spelling s = {model, answers, options.nbest};
    if (status == LACO_OK && count > 0)
        status = laco_transducer_answer(model, &ids, NULL, count, &options, spell, &s);
    laco_sequences_free(&ids);
    if (status == LACO_OK && note)
        *note = told;
    return status;
}

/* ---- Scores ------------------------------------------------------------------------------------------------------------- */

laco_status laco_pair_ids_new(const laco_transducer *model, const laco_pairs *pairs, laco_pair_ids *out)
{
    laco_context *ctx = model->base.ctx;
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    *out = (laco_pair_ids){0};
    laco_sequences_init(&out->sources, ctx);
    laco_sequences_init(&out->targets, ctx);
    laco_text_buffer_init(&buffer, ctx);
    for (size_t i = 0; i < laco_pairs_count(pairs) && status == LACO_OK; i++) {
        size_t length;
        const char *text = laco_pairs_source(pairs, i, &length);
        status =
            laco_tokens_encode(&buffer, model->config.source, model->sources, text, length, &out->sources, &out->unseen_sources);
        for (size_t k = 0; k < laco_pairs_target_count(pairs, i) && status == LACO_OK; k++) {
            text = laco_pairs_target(pairs, i, k, &length);
            status = laco_tokens_encode(&buffer, model->config.target, model->targets, text, length, &out->targets,
                                        &out->unseen_targets);
        }
    }
    laco_text_buffer_free(&buffer);
    return status;
}

void laco_pair_ids_free(laco_pair_ids *ids)
{
    laco_sequences_free(&ids->sources);
    laco_sequences_free(&ids->targets);
}

typedef struct judging {
    laco_context *ctx;
    const laco_pairs *pairs;
    const laco_pair_ids *ids;
    laco_decode_score score;
} judging;

static laco_status judge(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    judging *j = user;
    int64_t row = group * beam->width;
    return laco_decode_judge(j->ctx, beam->tokens + row * beam->length, beam->count[row], &j->ids->targets,
                             j->pairs->starts[index], laco_pairs_target_count(j->pairs, index), &j->score);
}

laco_status laco_transducer_score(laco_transducer *model, const laco_pairs *pairs, const laco_pair_ids *ids, const size_t *subset,
                                  size_t count, const laco_decode_options *options, laco_decode_score *score)
{
    judging j = {.ctx = model->base.ctx, .pairs = pairs, .ids = ids};
    laco_division division;
    laco_division_begin(j.ctx, &division);
    laco_status status = answer_part(model, &ids->sources, subset, count, options, &division, judge, &j);
    status = laco_decode_add_scores(&division, status, &j.score);
    laco_division_end(&division);
    LACO_TRY(status);
    *score = j.score;
    return LACO_OK;
}

laco_status laco_model_score_pairs(laco_model *base, const laco_pairs *pairs, const laco_decode_options *given,
                                   laco_decode_score *score)
{
    laco_transducer *model;
    laco_pair_ids ids;
    laco_decode_options options = given ? *given : (laco_decode_options){0};
    LACO_TRY(as_transducer(base, "be judged by pairs", &model));
    LACO_TRY(laco_decode_defaults(base->ctx, LACO_TRANSDUCE_BEAM, LACO_TRANSDUCE_PENALTY, 0, &options));
    laco_status status = laco_pair_ids_new(model, pairs, &ids);
    if (status == LACO_OK)
        status = laco_transducer_score(model, pairs, &ids, NULL, laco_pairs_count(pairs), &options, score);
    laco_pair_ids_free(&ids);
    return status;
}
