#include "decode/seq2seq.h"

#include "base/grow.h"
#include "model/model.h"
#include "decode/edit_distance.h"
#include "nn/operation.h"
#include "nn/rnn_state.h"
#include "nn/decoder.h"

#include <string.h>

/* ---- Teacher forcing ------------------------------------------------------------------------------------------------------ */

static laco_status make_room(laco_context *ctx, laco_target_batch *batch)
{
    size_t places = (size_t)batch->T * (size_t)batch->B;
    LACO_TRY(laco_grow(ctx, &batch->ids, &batch->ids_room, places, sizeof *batch->ids));
    return laco_grow(ctx, &batch->right, &batch->right_room, places, sizeof *batch->right);
}

laco_status laco_target_batch_fill(laco_context *ctx, const laco_sequences *targets, const size_t *index, int64_t B,
                                   laco_target_batch *batch)
{
    LACO_TRY(laco_grow(ctx, &batch->lengths, &batch->lengths_room, (size_t)B, sizeof *batch->lengths));
    batch->T = 0;
    batch->B = B;
    for (int64_t b = 0; b < B; b++) {
        batch->lengths[b] = laco_sequences_length(targets, index[b]) + 1;
        batch->T = LACO_MAX(batch->T, (int64_t)batch->lengths[b]);
    }
    LACO_TRY(make_room(ctx, batch));
    for (int64_t b = 0; b < B; b++) {
        const int32_t *target = laco_sequences_ids(targets, index[b]);
        int64_t end = batch->lengths[b] - 1;
        for (int64_t t = 0; t < batch->T; t++) {
            batch->ids[t * B + b] = t > 0 && t <= end ? target[t - 1] : LACO_EDGE;
            batch->right[t * B + b] = t < end ? target[t] : t == end ? LACO_EDGE : -1;
        }
    }
    return LACO_OK;
}

void laco_target_batch_free(laco_context *ctx, laco_target_batch *batch)
{
    laco_release(ctx, batch->ids);
    laco_release(ctx, batch->right);
    laco_release(ctx, batch->lengths);
    *batch = (laco_target_batch){0};
}

/* What sampling left in ids, right again: row t is row t - 1 of what is to be written. */
static void read_right(laco_target_batch *batch)
{
    for (int64_t i = batch->B; i < batch->T * batch->B; i++)
        batch->ids[i] = LACO_MAX(batch->right[i - batch->B], LACO_EDGE);
}

laco_var laco_target_batch_loss(laco_tape *tape, laco_decoder *decoder, laco_target_batch *batch, const laco_memory *memory,
                                const laco_state *state, const laco_target_loss *config)
{
    const int32_t none = -1;
    for (int pass = config->sampling > 0 ? 0 : 1;; pass++) {
        laco_state first = *state;
        laco_var logits = laco_decoder_apply(tape, decoder, batch->ids, batch->T, batch->B, batch->lengths, memory, &first, NULL);
        if (pass == 1) {
            read_right(batch);
            laco_loss_config loss = {.ignore_index = &none,
                                     .label_smoothing = config->label_smoothing,
                                     .reduction = config->whole > 0 ? LACO_SUM : LACO_MEAN};
            laco_var value = laco_cross_entropy_loss(tape, logits, batch->right, &loss);
            return config->whole > 0 && value ? laco_scale(tape, value, 1 / config->whole) : value;
        }
        laco_decoder_mix(logits, config->sampling, config->seed, config->step, batch->ids);
    }
}

/* ---- Writing -------------------------------------------------------------------------------------------------------------- */

typedef struct write_search {
    laco_context *ctx;
    const laco_decode_job *job;
    int64_t rows;
    laco_rnn_state state[LACO_MOST_ENSEMBLE],
        moved;      /* of all beginnings, for each writer; and a place to put them in another order */
    int32_t *start; /* [rows] */
} write_search;

/* A state that lives elsewhere as a value of the tape of steps. */
static laco_var lend(laco_tape *tape, laco_var x)
{
    laco_real *data = x ? laco_var_fetch(x) : NULL;
    return data ? laco_var_view(tape, data, x->ndim, x->shape, false) : NULL;
}

/* The logits of one writer behind ids; its state goes on. */
static laco_var advance(write_search *s, const laco_decoding *w, laco_rnn_state *kept, const int32_t *ids)
{
    laco_tape *tape = s->job->tape;
    laco_state state = laco_rnn_state_begin(tape, kept);
    laco_memory memory = {lend(tape, w->memory.values), lend(tape, w->memory.keys), w->memory.lengths};
    laco_var logits =
        laco_decoder_apply(tape, w->decoder, ids, 1, s->rows, NULL, w->memory.values ? &memory : NULL, &state, NULL);
    if (!logits)
        return NULL;
    laco_rnn_state_end(kept, &state);
    return logits;
}

static void reorder(write_search *s, const int64_t *from, laco_rnn_state *state)
{
    laco_rnn_state_gather(state, from, &s->moved);
    laco_rnn_state swap = s->moved;
    s->moved = *state;
    *state = swap;
}

static laco_status step(void *user, const int64_t *from, const int32_t *ids, const laco_real **scores)
{
    write_search *s = user;
    const laco_decode_job *w = s->job;
    laco_var logits[LACO_MOST_ENSEMBLE];
    laco_tape_reset(w->tape);
    for (int64_t m = 0; m < w->count; m++) {
        if (from)
            reorder(s, from, &s->state[m]);
        if (!(logits[m] = advance(s, &w->writers[m], &s->state[m], ids ? ids : s->start)))
            return laco_tape_status(w->tape);
    }
    laco_var found = laco_log_softmax(w->tape, laco_ensemble_mean(w->tape, logits, w->count));
    if (!found)
        return laco_tape_status(w->tape);
    *scores = laco_var_data(found);
    return laco_model_check_answers(s->ctx, *scores, laco_var_size(found), 0, false);
}

/* Room for a state like `first`, with `rows` sequences. */
static laco_status state_like(laco_context *ctx, const laco_state *first, int64_t rows, laco_rnn_state *out)
{
    return laco_rnn_state_sized(ctx, laco_var_dim(first->h, 0), rows, laco_var_dim(first->h, 2),
                                first->c ? laco_var_dim(first->c, 2) : 0, out);
}

/* Sequence g of the first state as each beginning of group g. */
static laco_status division(laco_context *ctx, const write_search *s, const laco_state *first, laco_rnn_state *kept)
{
    int64_t groups = s->job->groups, width = s->rows / groups;
    laco_rnn_state each;
    LACO_TRY(state_like(ctx, first, groups, &each));
    laco_rnn_state_end(&each, first);
    for (int64_t row = 0; row < s->rows; row++)
        laco_rnn_state_copy(&each, row / width, kept, row);
    laco_rnn_state_free(ctx, &each);
    return LACO_OK;
}

static laco_status begin(laco_context *ctx, write_search *s)
{
    const laco_decode_job *w = s->job;
    s->start = laco_alloc(ctx, (size_t)s->rows, sizeof *s->start);
    if (!s->start)
        return LACO_NO_MEMORY;
    LACO_TRY(state_like(ctx, &w->writers->state, s->rows, &s->moved));
    for (int64_t m = 0; m < w->count; m++) {
        LACO_TRY(state_like(ctx, &w->writers[m].state, s->rows, &s->state[m]));
        LACO_TRY(division(ctx, s, &w->writers[m].state, &s->state[m]));
    }
    return LACO_OK;
}

static void end(laco_context *ctx, write_search *s)
{
    for (int64_t m = 0; m < s->job->count; m++)
        laco_rnn_state_free(ctx, &s->state[m]);
    laco_rnn_state_free(ctx, &s->moved);
    laco_release(ctx, s->start);
}

static write_search search_of(laco_context *ctx, const laco_decode_job *job, int64_t width)
{
    return (write_search){.ctx = ctx, .job = job, .rows = job->groups * width};
}

laco_status laco_decode_step(laco_context *ctx, const laco_decode_job *job, laco_beam *out)
{
    const laco_decode_options *o = &job->options;
    write_search s = search_of(ctx, job, o->beam);
    laco_beam_config config = {.groups = job->groups,
                               .width = o->beam,
                               .length = o->length,
                               .tokens = job->outputs,
                               .first = LACO_EDGE + 1,
                               .end = LACO_EDGE,
                               .most = job->most,
                               .penalty = LACO_MAX(o->length_penalty, 0),
                               .step = step,
                               .user = &s};
    laco_status status = begin(ctx, &s);
    if (status == LACO_OK)
        status = laco_beam_search(ctx, &config, out);
    end(ctx, &s);
    return status;
}

laco_status laco_decode_sums(laco_context *ctx, const laco_decode_job *job, const int32_t *tokens, const int64_t *count,
                             int64_t length, double *sum)
{
    write_search s = search_of(ctx, job, 1);
    int32_t *ids = laco_alloc(ctx, (size_t)s.rows, sizeof *ids);
    laco_status status = ids ? begin(ctx, &s) : LACO_NO_MEMORY;
    bool going = true;
    for (int64_t g = 0; g < s.rows; g++)
        sum[g] = 0;
    for (int64_t t = 0; status == LACO_OK && going; t++) {
        const laco_real *scores = NULL;
        status = step(&s, NULL, t > 0 ? ids : NULL, &scores);
        if (status != LACO_OK || !scores)
            break;
        going = false;
        for (int64_t g = 0; g < s.rows; g++) {
            ids[g] = t < count[g] ? tokens[g * length + t] : LACO_EDGE;
            sum[g] += t <= count[g] ? (double)scores[g * job->outputs + ids[g]] : 0;
            going = going || t < count[g];
        }
    }
    end(ctx, &s);
    laco_release(ctx, ids);
    return status;
}

laco_status laco_decode_defaults(laco_context *ctx, int beam, double penalty, int64_t length, laco_decode_options *options)
{
    options->beam = options->beam ? options->beam : LACO_MAX(beam, options->nbest);
    options->nbest = options->nbest ? options->nbest : 1;
    options->length_penalty = options->length_penalty == 0 ? penalty : options->length_penalty;
    options->length = options->length ? options->length : length;
    if (options->beam < 1 || options->length < 0)
        return laco_fail(ctx, LACO_INVALID, "a beam of %d answers of %lld tokens: both must be at least 1", options->beam,
                         (long long)options->length);
    if (options->nbest < 1 || options->nbest > options->beam)
        return laco_fail(ctx, LACO_INVALID, "%d answers from a beam of %d: within 1 … %d is right", options->nbest, options->beam,
                         options->beam);
    return LACO_OK;
}

/* ---- Scores --------------------------------------------------------------------------------------------------------------- */

laco_status laco_decode_judge(laco_context *ctx, const int32_t *answer, int64_t length, const laco_sequences *targets,
                              size_t first, size_t count, laco_decode_score *score)
{
    int64_t least = INT64_MAX, tokens = 0;
    for (size_t i = first; i < first + count && least > 0; i++) {
        int64_t distance, target = laco_sequences_length(targets, i);
        LACO_TRY(laco_edit_distance(ctx, answer, length, laco_sequences_ids(targets, i), target, &distance));
        if (distance < least) {
            least = distance;
            tokens = target;
        }
    }
    if (count == 0)
        return LACO_OK;
    score->count++;
    score->right += least == 0;
    score->errors += least;
    score->tokens += tokens;
    return LACO_OK;
}

laco_status laco_decode_add_scores(laco_division *division, laco_status status, laco_decode_score *score)
{
    laco_decode_score one = *score;
    size_t size = division->group ? (size_t)division->group->size : 1;
    if (status == LACO_OK && division->group)
        status = laco_division_move(division, (size_t)division->group->rank, &one, sizeof one);
    LACO_TRY(laco_division_gather(division, status));
    for (size_t r = 0; r < size && division->group; r++) {
        LACO_TRY(laco_division_move(division, r, &one, sizeof one));
        *score = r == 0 ? one
                        : (laco_decode_score){score->count + one.count, score->right + one.right, score->errors + one.errors,
                                              score->tokens + one.tokens};
    }
    return LACO_OK;
}
