/* What training a transducer does about CTC. */
#include "tape/tape.h"
#include "transduce/transduce_train.h"

#define FITTING 0.99 /* share of the sources whose targets are to fit into their steps */

int64_t laco_transduce_ctc_steps(const size_t needed[LACO_TRANSDUCE_CTC_STEPS + 2])
{
    size_t all = 0, fitting = 0;
    for (int n = 0; n < LACO_TRANSDUCE_CTC_STEPS + 2; n++)
        all += needed[n];
    for (int n = 0; n <= LACO_TRANSDUCE_CTC_STEPS; n++)
        if ((double)(fitting += needed[n]) >= FITTING * (double)all)
            return LACO_MAX(n, 2); /* a blank must find room between equal tokens */
    return 0;
}

laco_var laco_transduce_ctc_loss(laco_tape *tape, const laco_target_batch *batch, const int32_t *lengths, int64_t steps,
                                 laco_var frames)
{
    size_t B = (size_t)batch->B, used = 0;
    int32_t *frame_counts = laco_arena_alloc(&tape->arena, B, sizeof *frame_counts);
    int32_t *counts = laco_arena_alloc(&tape->arena, B, sizeof *counts);
    int32_t *targets = laco_arena_alloc(&tape->arena, B * (size_t)batch->T, sizeof *targets);
    if (!frame_counts || !counts || !targets)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (size_t b = 0; b < B; b++) {
        frame_counts[b] = lengths[b] * (int32_t)steps;
        counts[b] = batch->lengths[b] - 1; /* without the edge */
        for (size_t t = 0; t + 1 < (size_t)batch->lengths[b]; t++)
            targets[used++] = batch->right[t * B + b];
    }
    return laco_ctc_loss(tape, frames, frame_counts, targets, counts, &(laco_ctc_config){.zero_infinity = true});
}

laco_status laco_transduce_weigh(laco_transduce_learner *learner, laco_transducer *model, laco_decode_score *best)
{
    static const double weights[] = {0, 0.1, 0.3, 1};
    bool ctc = model->config.ctc_steps > 0;
    double *weight = &model->config.ctc_weight, chosen = LACO_TRANSDUCE_CTC_WEIGHT;
    *best = (laco_decode_score){0};
    for (size_t i = 0; learner->valid && i < (ctc ? sizeof weights / sizeof *weights : 1); i++) {
        laco_decode_score score;
        laco_decode_options options = {0};
        *weight = weights[i];
        LACO_TRY(laco_decode_defaults(learner->ctx, LACO_TRANSDUCE_BEAM, LACO_TRANSDUCE_PENALTY, 0, &options));
        LACO_TRY(laco_transduce_score_valid(learner, model, &options, &score));
        if (i == 0 || score.right > best->right || (score.right == best->right && score.errors < best->errors)) {
            *best = score;
            chosen = ctc ? weights[i] : chosen;
        }
    }
    *weight = chosen;
    return LACO_OK;
}
