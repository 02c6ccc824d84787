/* CTC beside the decoders: its own answer to each source, and what it says of theirs. */
#include "laco/nn.h"
#include "transduce/transducer.h"
#include "op/ctc.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

#define LEAST (-1e4) /* for an answer that cannot be: it does not fit into its steps */
#define BLANK 0
#define OWN_BEAM 8 /* prefixes that are followed for CTC's own answer */

/* What CTC reads of one source, and room to judge answers to it. */
typedef struct reading {
    int64_t T, V, members;
    laco_real *x;    /* [T][V] of the member that is asked */
    laco_real *mean; /* [T][V] over the members */
    double *alpha;   /* [T][2·longest + 1] */
} reading;

/* CTC's own answers, one for each source. */
typedef struct own {
    int32_t *tokens; /* [G][length] */
    int64_t *count;  /* [G]; -1: none, or longer than an answer may be */
    double *sum;     /* [G] what the decoders say of them */
} own;

static laco_status make_room(laco_arena *arena, const laco_beam *beam, int64_t G, reading *r, own *found)
{
    size_t T = (size_t)r->T, cells, numbers, tokens;
    if (!laco_mul_fits(T, 2 * (size_t)beam->length + 1, &cells) || !laco_mul_fits(T, (size_t)r->V, &numbers) ||
        !laco_mul_fits((size_t)G, (size_t)beam->length, &tokens))
        return LACO_NO_MEMORY;
    r->x = laco_arena_alloc(arena, numbers, sizeof *r->x);
    r->mean = laco_arena_alloc(arena, numbers, sizeof *r->mean);
    r->alpha = laco_arena_alloc(arena, cells, sizeof *r->alpha);
    found->tokens = laco_arena_alloc(arena, tokens, sizeof *found->tokens);
    found->count = laco_arena_alloc(arena, (size_t)G, sizeof *found->count);
    found->sum = laco_arena_alloc(arena, (size_t)G, sizeof *found->sum);
    return r->x && r->mean && r->alpha && found->tokens && found->count && found->sum ? LACO_OK : LACO_NO_MEMORY;
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

/* Mean over the members of log p of an answer to source g. */
static double ask(laco_context *ctx, reading *r, const laco_var *frames, int64_t g, const int32_t *tokens, int64_t count)
{
    double sum = 0;
    for (int64_t m = 0; m < r->members; m++) {
        read_source(r, frames[m], g);
        sum += log_probability(ctx, r, tokens, count);
    }
    return sum / (double)r->members;
}

/* ---- CTC's own answers --------------------------------------------------------------------------------------------------- */

/* The best string by the members' mean log-probabilities. */
static laco_status answer(laco_context *ctx, laco_arena *arena, reading *r, const laco_var *frames, int64_t g, int64_t most,
                          int32_t *tokens, int64_t *count)
{
    laco_ctc_string best;
    int found;
    int32_t *labels = laco_arena_alloc(arena, (size_t)r->T, sizeof *labels);
    if (!labels)
        return LACO_NO_MEMORY;
    for (int64_t m = 0; m < r->members; m++) {
        read_source(r, frames[m], g);
        for (int64_t i = 0; i < r->T * r->V; i++)
            r->mean[i] = (m > 0 ? r->mean[i] : 0) + r->x[i] / (laco_real)r->members;
    }
    const laco_ctc_scores scores = {r->mean, r->T, r->V, r->V, BLANK};
    LACO_TRY(laco_ctc_beam(ctx, &scores, OWN_BEAM, 1, labels, &best, &found));
    *count = best.count <= most ? best.count : -1;
    if (*count > 0)
        memcpy(tokens, best.labels, (size_t)best.count * sizeof *tokens);
    return LACO_OK;
}

/* ---- A beam in a new order ----------------------------------------------------------------------------------------------- */

/* Places rows a and b of a beam in each other's place. */
static void exchange(laco_beam *beam, int64_t a, int64_t b)
{
    int32_t *tokens = beam->tokens;
    for (int64_t i = 0, L = beam->length; i < L; i++) {
        int32_t token = tokens[a * L + i];
        tokens[a * L + i] = tokens[b * L + i];
        tokens[b * L + i] = token;
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

static double rank_of(const laco_transducer *model, double penalty, double decoder, double ctc, int64_t tokens)
{
    double w = model->config.ctc_weight;
    return (decoder + w * ctc) / (1 + w) / pow((double)LACO_MAX(tokens, 1), LACO_MAX(penalty, 0));
}

/* A row goes up to its place among those of its group above it. */
static void lift(laco_beam *beam, int64_t g, int64_t row)
{
    for (; row > g * beam->width && beam->rank[row] > beam->rank[row - 1]; row--)
        exchange(beam, row, row - 1);
}

static bool is_there(const laco_beam *beam, int64_t g, const int32_t *tokens, int64_t count)
{
    for (int64_t row = g * beam->width; row < g * beam->width + beam->kept[g]; row++)
        if (beam->count[row] == count && memcmp(beam->tokens + row * beam->length, tokens, (size_t)count * sizeof *tokens) == 0)
            return true;
    return false;
}

/* An answer that has ended, where it is among the best of its group. */
static void offer(laco_beam *beam, int64_t g, const int32_t *tokens, int64_t count, double sum, double rank)
{
    int64_t last = (g + 1) * beam->width - 1;
    if (is_there(beam, g, tokens, count) || (beam->kept[g] == beam->width && rank <= beam->rank[last]))
        return;
    beam->kept[g] = LACO_MIN(beam->kept[g] + 1, beam->width);
    int64_t row = g * beam->width + beam->kept[g] - 1;
    memcpy(beam->tokens + row * beam->length, tokens, (size_t)count * sizeof *tokens);
    beam->count[row] = count;
    beam->sum[row] = sum;
    beam->rank[row] = rank;
    beam->ended[row] = true;
    lift(beam, g, row);
}

laco_status laco_transducer_judge_again(laco_transducer *model, const laco_decode_job *job, const int32_t *lengths,
                                        const laco_var *frames, laco_beam *beam)
{
    laco_context *ctx = model->base.ctx;
    laco_arena *arena = &model->tape->arena;
    int64_t G = laco_var_dim(frames[0], 1), L = beam->length, steps = model->config.ctc_steps;
    double penalty = job->options.length_penalty;
    reading r = {.T = laco_var_dim(frames[0], 0), .V = model->config.outputs, .members = model->config.ensemble};
    own found;
    LACO_TRY(make_room(arena, beam, G, &r, &found));
    for (int64_t g = 0; g < G; g++) {
        r.T = lengths[g] * steps;
        found.count[g] = -1;
        if (r.T > 0)
            LACO_TRY(answer(ctx, arena, &r, frames, g, job->most[g], found.tokens + g * L, &found.count[g]));
    }
    LACO_TRY(laco_decode_sums(ctx, job, found.tokens, found.count, L, found.sum));
    for (int64_t g = 0; g < G; g++) {
        r.T = lengths[g] * steps;
        for (int64_t row = g * beam->width; row < g * beam->width + beam->kept[g]; row++) {
            double ctc = ask(ctx, &r, frames, g, beam->tokens + row * L, beam->count[row]);
            beam->rank[row] = rank_of(model, penalty, beam->sum[row], ctc, beam->count[row] + beam->ended[row]);
            lift(beam, g, row);
        }
        if (found.count[g] < 0)
            continue;
        const int32_t *tokens = found.tokens + g * L;
        double ctc = ask(ctx, &r, frames, g, tokens, found.count[g]);
        offer(beam, g, tokens, found.count[g], found.sum[g], rank_of(model, penalty, found.sum[g], ctc, found.count[g] + 1));
    }
    return LACO_OK;
}
