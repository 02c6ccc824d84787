/* What CTC says of answers that the decoders wrote. */
#include "model/transduce/transducer.h"
#include "op/ctc.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

#define LEAST (-1e4) /* for an answer that cannot be: it does not fit into its steps */

/* What CTC reads of one source, and room to judge answers to it. */
typedef struct reading {
    int64_t T, V;
    laco_real *x;  /* [T][V] */
    double *alpha; /* [T][2·longest + 1] */
    double *sum;   /* of log p over the members, for each answer of a beam */
} reading;

static laco_status make_room(laco_arena *arena, const laco_beam *beam, reading *r)
{
    size_t T = (size_t)r->T, cells, numbers;
    if (!laco_mul_fits(T, 2 * (size_t)beam->length + 1, &cells) || !laco_mul_fits(T, (size_t)r->V, &numbers))
        return LACO_NO_MEMORY;
    r->x = laco_arena_alloc(arena, numbers, sizeof *r->x);
    r->alpha = laco_arena_alloc(arena, cells, sizeof *r->alpha);
    r->sum = laco_arena_alloc(arena, (size_t)beam->width, sizeof *r->sum);
    return r->x && r->alpha && r->sum ? LACO_OK : LACO_NO_MEMORY;
}

/* Row g of frames [..][G][V]. */
static void read_source(reading *r, laco_var frames, int64_t g)
{
    const laco_real *x = laco_var_data(frames);
    int64_t G = laco_var_dim(frames, 1);
    for (int64_t t = 0; t < r->T; t++)
        memcpy(r->x + t * r->V, x + (t * G + g) * r->V, (size_t)r->V * sizeof *x);
}

static double log_probability(laco_context *ctx, reading *r, const int32_t *tokens, int64_t count)
{
    const int32_t length = (int32_t)r->T;
    const int64_t starts[] = {0, count}, rows[] = {0, r->T * (2 * count + 1)};
    double log_p;
    laco_ctc_forward(
        ctx,
        &(laco_ctc){
            .T = r->T, .B = 1, .K = r->V, .x = r->x, .lengths = &length, .targets = tokens, .starts = starts, .rows = rows},
        r->alpha, &log_p);
    return fmax(log_p, LEAST);
}

/* Places rows a and b of a beam in each other's place. */
static void exchange(laco_beam *beam, int64_t a, int64_t b)
{
    int32_t *units = beam->units;
    for (int64_t i = 0, L = beam->length; i < L; i++) {
        int32_t unit = units[a * L + i];
        units[a * L + i] = units[b * L + i];
        units[b * L + i] = unit;
    }
    int64_t count = beam->count[a];
    double sum = beam->sum[a], rank = beam->rank[a];
    bool ended = beam->ended[a];
    beam->count[a] = beam->count[b];
    beam->sum[a] = beam->sum[b];
    beam->rank[a] = beam->rank[b];
    beam->ended[a] = beam->ended[b];
    beam->count[b] = count;
    beam->sum[b] = sum;
    beam->rank[b] = rank;
    beam->ended[b] = ended;
}

/* The answers of group g by what decoders and CTC say, best first; of equals the one that was first before. */
static void order(const laco_transducer *model, const double *ctc, double penalty, int64_t g, laco_beam *beam)
{
    double w = model->config.ctc_weight, members = (double)model->config.members;
    int64_t first = g * beam->width;
    for (int64_t k = 0; k < beam->kept[g]; k++) {
        int64_t row = first + k, n = LACO_MAX(beam->count[row] + beam->ended[row], 1);
        beam->rank[row] = (beam->sum[row] + w * ctc[k] / members) / (1 + w) / pow((double)n, LACO_MAX(penalty, 0));
    }
    for (int64_t k = 1; k < beam->kept[g]; k++)
        for (int64_t row = first + k; row > first && beam->rank[row] > beam->rank[row - 1]; row--)
            exchange(beam, row, row - 1);
}

laco_status laco_transducer_judge_again(laco_transducer *model, const int32_t *lengths, const laco_var *frames, double penalty,
                                        laco_beam *beam)
{
    int64_t G = laco_var_dim(frames[0], 1);
    reading r = {.T = laco_var_dim(frames[0], 0), .V = model->config.outputs};
    LACO_TRY(make_room(&model->tape->arena, beam, &r));
    for (int64_t g = 0; g < G; g++) {
        r.T = lengths[g] * model->config.ctc_steps;
        memset(r.sum, 0, (size_t)beam->width * sizeof *r.sum);
        for (int64_t m = 0; m < model->config.members; m++) {
            read_source(&r, frames[m], g);
            for (int64_t k = 0; k < beam->kept[g]; k++) {
                int64_t row = g * beam->width + k;
                r.sum[k] += log_probability(model->base.ctx, &r, beam->units + row * beam->length, beam->count[row]);
            }
        }
        order(model, r.sum, penalty, g, beam);
    }
    return LACO_OK;
}
