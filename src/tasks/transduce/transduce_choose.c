/* Which of several right targets a source is trained on.
 *
 * Of a source with right targets y_1 … y_n the loss is −log Σ p(y_k), which asks for one of them and not for all. Its gradient is
 * the mean of those of −log p(y_k), weighted by p(y_k) / Σ p: so a target is drawn with that probability, by what the network
 * says of each just now, and the network settles on one way of writing instead of spreading over all. The members of an ensemble
 * choose together, by the mean of their log-probabilities, so that they settle on the same. */
#include "base/random.h"
#include "base/grow.h"
#include "nn/module.h"
#include "transduce/transduce_train.h"

#include <math.h>
#include <string.h>

/* Targets of source `index`: the first, and how many. */
static size_t targets_of(const laco_transduce_learner *learner, size_t index, size_t *first)
{
    *first = learner->data->starts[index];
    return learner->data->starts[index + 1] - *first;
}

/* Every target of each source that has several, as a row of its own: its source in ids and lengths. Returns how many rows. */
static laco_status lay_out(laco_transduce_learner *learner, const laco_batch *batch, int64_t *rows)
{
    laco_context *ctx = learner->ctx;
    laco_target_choice *c = &learner->choice;
    size_t count = 0, first;
    for (int32_t b = 0; b < batch->rows; b++) {
        size_t targets = targets_of(learner, batch->index[b], &first);
        count += targets > 1 ? targets : 0;
    }
    LACO_TRY(laco_grow(ctx, &c->ids, &c->ids_room, count * (size_t)batch->steps, sizeof *c->ids));
    LACO_TRY(laco_grow(ctx, &c->lengths, &c->lengths_room, count, sizeof *c->lengths));
    LACO_TRY(laco_grow(ctx, &c->targets, &c->targets_room, count, sizeof *c->targets));
    size_t row = 0;
    for (int32_t b = 0; b < batch->rows; b++) {
        size_t targets = targets_of(learner, batch->index[b], &first);
        for (size_t k = 0; k < targets && targets > 1; k++, row++) {
            c->lengths[row] = batch->lengths[b];
            c->targets[row] = first + k;
            for (size_t t = 0; t < (size_t)batch->steps; t++)
                c->ids[t * count + row] = batch->ids[t * (size_t)batch->rows + (size_t)b];
        }
    }
    *rows = (int64_t)count;
    return LACO_OK;
}

/* Adds what one member says of all rows, the log-probabilities divided by the number of members, to c->scores. */
static laco_status add_scores(laco_target_choice *c, laco_decoding *writer, int64_t rows, int64_t members)
{
    const laco_target_batch *batch = &c->batch;
    laco_var logits = laco_decoder_apply(c->tape, writer->decoder, batch->ids, batch->T, rows, batch->lengths, &writer->memory,
                                         &writer->state, NULL);
    laco_var logs = laco_log_softmax(c->tape, logits);
    const laco_real *x = laco_var_data(logs);
    if (!x)
        return laco_tape_status(c->tape);
    int64_t V = laco_var_dim(logs, 2);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t t = 0; t < batch->lengths[r]; t++)
            c->scores[r] += (double)x[(t * rows + r) * V + batch->right[t * rows + r]] / (double)members;
    return LACO_OK;
}

/* Log-probabilities of all rows into c->scores. */
static laco_status score_rows(laco_transduce_learner *learner, const laco_batch *batch, int64_t rows)
{
    laco_target_choice *c = &learner->choice;
    laco_decoding writers[LACO_MOST_ENSEMBLE];
    int64_t members = learner->model->config.ensemble;
    LACO_TRY(laco_grow(learner->ctx, &c->scores, &c->scores_room, (size_t)rows, sizeof *c->scores));
    LACO_TRY(laco_target_batch_fill(learner->ctx, &learner->ids.targets, c->targets, rows, &c->batch));
    if (!c->tape)
        LACO_TRY(laco_tape_new(learner->ctx, &(laco_tape_config){.inference = true}, &c->tape));
    laco_tape_reset(c->tape);
    LACO_TRY(laco_transducer_read(c->tape, learner->model, c->ids, batch->steps, rows, c->lengths, writers, NULL));
    memset(c->scores, 0, (size_t)rows * sizeof *c->scores);
    for (int64_t m = 0; m < members; m++)
        LACO_TRY(add_scores(c, &writers[m], rows, members));
    return LACO_OK;
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

laco_status laco_transduce_choose(laco_transduce_learner *learner, const laco_batch *batch, uint64_t step, size_t *chosen)
{
    int64_t rows;
    laco_module *module = learner->model->base.module;
    laco_rng rng = {.seed = learner->options->train.seed, .stream = laco_random_stream("one of the targets") ^ step};
    LACO_TRY(lay_out(learner, batch, &rows));
    laco_module_set_training(module, false);
    laco_status status = rows > 0 ? score_rows(learner, batch, rows) : LACO_OK;
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
    laco_target_batch_free(ctx, &choice->batch);
    laco_tape_free(choice->tape);
}
