/* Which of several right targets a source is trained on.
 *
 * Of a source with right targets y_1 … y_n the loss is −log Σ p(y_k), which asks for one of them and not for all. Its gradient is
 * the mean of those of −log p(y_k), weighted by p(y_k) / Σ p: so a target is drawn with that probability, by what the network
 * says of each just now, and the network settles on one way of writing instead of spreading over all. The members of an ensemble
 * choose together, by the mean of their log-probabilities, so that they settle on the same. */
#include "base/random.h"
#include "base/grow.h"
#include "group/division.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "transduce/transduce_train.h"

#include <math.h>
#include <string.h>

/* Targets of source `index`: the first, and how many. */
static size_t targets_of(const laco_transduce_learner *learner, size_t index, size_t *first)
{
    *first = learner->data->starts[index];
    return learner->data->starts[index + 1] - *first;
}

/* Every target of each source that has several is a row; and of these, this process's of a member, every grid.each-th, with its source in
 * ids and lengths. */
static laco_status lay_out(laco_transduce_learner *learner, const laco_batch *batch, int64_t *rows, int64_t *own)
{
    laco_context *ctx = learner->ctx;
    laco_target_choice *c = &learner->choice;
    size_t count = 0, first, each = (size_t)learner->base.grid.each, place = (size_t)learner->base.grid.own_place;
    for (int32_t b = 0; b < batch->rows; b++) {
        size_t targets = targets_of(learner, batch->index[b], &first);
        count += targets > 1 ? targets : 0;
    }
    size_t mine = count > place ? (count - place - 1) / each + 1 : 0;
    LACO_TRY(laco_grow(ctx, &c->ids, &c->ids_room, mine * (size_t)batch->steps, sizeof *c->ids));
    LACO_TRY(laco_grow(ctx, &c->lengths, &c->lengths_room, mine, sizeof *c->lengths));
    LACO_TRY(laco_grow(ctx, &c->own, &c->own_room, mine, sizeof *c->own));
    LACO_TRY(laco_grow(ctx, &c->targets, &c->targets_room, count, sizeof *c->targets));
    size_t row = 0;
    for (int32_t b = 0; b < batch->rows; b++) {
        size_t targets = targets_of(learner, batch->index[b], &first);
        for (size_t k = 0; k < targets && targets > 1; k++, row++) {
            c->targets[row] = first + k;
            if (row % each != place)
                continue;
            c->own[row / each] = first + k;
            c->lengths[row / each] = batch->lengths[b];
            for (size_t t = 0; t < (size_t)batch->steps; t++)
                c->ids[t * mine + row / each] = batch->ids[t * (size_t)batch->rows + (size_t)b];
        }
    }
    *rows = (int64_t)count;
    *own = (int64_t)mine;
    return LACO_OK;
}

/* Log-probabilities of the tokens of a row, divided by the number of members, to its score. */
static void add_row(laco_target_choice *c, int64_t row, const laco_real *logs, int64_t count, int64_t members)
{
    for (int64_t t = 0; t < count; t++)
        c->scores[row] += (double)logs[t] / (double)members;
}

/* What member m says of the tokens of this process's rows: added to c->scores, or where others have rows, too, for all of them. */
static laco_status read_rows(laco_transduce_learner *learner, laco_tape *tape, const laco_batch *batch, int64_t own, int64_t m,
                             laco_division *division)
{
    laco_target_choice *c = &learner->choice;
    const laco_grid *grid = &learner->base.grid;
    laco_decoding writer;
    LACO_TRY(laco_transducer_read_member(tape, learner->model, m, c->ids, batch->steps, own, c->lengths, &writer, NULL));
    laco_var logits = laco_decoder_apply(tape, writer.decoder, c->batch.ids, c->batch.T, own, c->batch.lengths, &writer.memory,
                                         &writer.state, NULL);
    laco_var logs = laco_log_softmax(tape, logits);
    const laco_real *x = laco_var_data(logs);
    if (!x)
        return laco_tape_status(tape);
    int64_t V = laco_var_dim(logs, 2);
    LACO_TRY(laco_grow(learner->ctx, &c->logs, &c->logs_room, (size_t)c->batch.T, sizeof *c->logs));
    for (int64_t r = 0; r < own; r++) {
        int64_t count = c->batch.lengths[r];
        for (int64_t t = 0; t < count; t++)
            c->logs[t] = x[(t * own + r) * V + c->batch.right[t * own + r]];
        if (!division->group)
            add_row(c, r, c->logs, count, grid->members);
        LACO_TRY(laco_division_move(division, division->group ? (size_t)division->group->rank : 0, c->logs,
                                    (size_t)count * sizeof *c->logs));
    }
    return LACO_OK;
}

/* The same of all members and rows, as their processes have found it. */
static laco_status add_rows(laco_transduce_learner *learner, int64_t rows, laco_division *division)
{
    laco_target_choice *c = &learner->choice;
    const laco_grid *grid = &learner->base.grid;
    for (int64_t m = 0; division->group && m < grid->members; m++)
        for (int64_t r = 0; r < rows; r++) {
            size_t count = (size_t)laco_sequences_length(&learner->ids.targets, c->targets[r]) + 1;
            int rank = laco_grid_group_of(grid, m) * grid->each + (int)(r % grid->each);
            LACO_TRY(laco_grow(learner->ctx, &c->logs, &c->logs_room, count, sizeof *c->logs));
            LACO_TRY(laco_division_move(division, (size_t)rank, c->logs, count * sizeof *c->logs));
            add_row(c, r, c->logs, (int64_t)count, grid->members);
        }
    return LACO_OK;
}

/* Log-probabilities of all rows into c->scores. */
static laco_status score_rows(laco_transduce_learner *learner, laco_tape *tape, const laco_batch *batch, int64_t rows,
                              int64_t own)
{
    laco_target_choice *c = &learner->choice;
    const laco_grid *grid = &learner->base.grid;
    laco_division division = {.ctx = learner->ctx, .group = grid->group};
    int64_t first = laco_grid_first_member(grid, grid->own_group),
            members = own > 0 ? laco_grid_members(grid, grid->own_group) : 0;
    LACO_TRY(laco_grow(learner->ctx, &c->scores, &c->scores_room, (size_t)rows, sizeof *c->scores));
    LACO_TRY(laco_target_batch_fill(learner->ctx, &learner->ids.targets, c->own, own, &c->batch));
    memset(c->scores, 0, (size_t)rows * sizeof *c->scores);
    laco_status status = LACO_OK;
    for (int64_t m = 0; m < members && status == LACO_OK; m++) {
        laco_trial trial = laco_trial_begin(tape);
        status = read_rows(learner, tape, batch, own, first + m, &division);
        laco_trial_end(tape, trial);
    }
    status = laco_division_gather(&division, status);
    if (status == LACO_OK)
        status = add_rows(learner, rows, &division);
    laco_division_end(&division);
    return status;
}

/* One of n by exp(score). */
static size_t draw(laco_rng *rng, const double *scores, size_t n)
{
    double largest = scores[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        largest = fmax(largest, scores[k]);
    for (size_t k = 0; k < n; k++)
        sum += exp(scores[k] - largest);
    double at = laco_rng_uniform(rng) * sum;
    for (size_t k = 0; k + 1 < n; k++)
        if ((at -= exp(scores[k] - largest)) < 0)
            return k;
    return n - 1;
}

laco_status laco_transduce_choose(laco_transduce_learner *learner, laco_tape *tape, const laco_batch *batch, uint64_t step,
                                  size_t *chosen)
{
    int64_t rows, own;
    laco_module *module = learner->model->base.module;
    laco_rng rng = {.seed = learner->options->train.seed, .stream = laco_random_stream("one of the targets") ^ step};
    LACO_TRY(lay_out(learner, batch, &rows, &own));
    laco_module_set_training(module, false);
    laco_status status = rows > 0 ? score_rows(learner, tape, batch, rows, own) : LACO_OK;
    laco_module_set_training(module, true);
    for (int32_t b = 0, row = 0; status == LACO_OK && b < batch->rows; b++) {
        size_t first, targets = targets_of(learner, batch->index[b], &first);
        chosen[b] = first;
        if (targets > 1) {
            chosen[b] += draw(&rng, learner->choice.scores + row, targets);
            row += (int32_t)targets;
        }
    }
    return status;
}

void laco_target_choice_free(laco_context *ctx, laco_target_choice *choice)
{
    laco_release(ctx, choice->ids);
    laco_release(ctx, choice->lengths);
    laco_release(ctx, choice->targets);
    laco_release(ctx, choice->scores);
    laco_release(ctx, choice->own);
    laco_release(ctx, choice->logs);
    laco_target_batch_free(ctx, &choice->batch);
}
