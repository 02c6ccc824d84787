#include "decode/beam_search.h"

#include <math.h>
#include <string.h>

/* A beginning that may be kept: row `from` and one more token, or (id -1) one that had ended. */
typedef struct candidate {
    int64_t from;
    int32_t id;
    double sum, rank;
} candidate;

typedef struct search {
    laco_context *ctx;
    const laco_beam_config *config;
    int64_t rows;
    laco_beam now, next;
    int64_t *from; /* [rows] */
    int32_t *ids;
    candidate *best; /* [width] of one group, best first */
} search;

static laco_status beam_new(laco_context *ctx, const laco_beam_config *config, size_t rows, laco_beam *beam)
{
    size_t tokens;
    if (!laco_mul_fits(rows, (size_t)config->length, &tokens))
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory: %zu sequences of %lld tokens", rows, (long long)config->length);
    *beam = (laco_beam){.width = config->width, .length = config->length};
    beam->kept = laco_alloc(ctx, (size_t)config->groups, sizeof *beam->kept);
    beam->tokens = laco_alloc(ctx, tokens, sizeof *beam->tokens);
    beam->count = laco_alloc(ctx, rows, sizeof *beam->count);
    beam->sum = laco_alloc(ctx, rows, sizeof *beam->sum);
    beam->rank = laco_alloc(ctx, rows, sizeof *beam->rank);
    beam->ended = laco_alloc(ctx, rows, sizeof *beam->ended);
    return beam->kept && beam->tokens && beam->count && beam->sum && beam->rank && beam->ended ? LACO_OK : LACO_NO_MEMORY;
}

void laco_beam_free(laco_context *ctx, laco_beam *beam)
{
    void *const blocks[] = {beam->kept, beam->tokens, beam->count, beam->sum, beam->rank, beam->ended};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    *beam = (laco_beam){0};
}

/* Keeps a candidate where it is among the best. Returns how many there are then. */
static int64_t offer(search *s, int64_t kept, candidate c)
{
    int64_t place = kept;
    while (place > 0 && c.rank > s->best[place - 1].rank) {
        if (place < s->config->width)
            s->best[place] = s->best[place - 1];
        place--;
    }
    if (place < s->config->width)
        s->best[place] = c;
    return LACO_MIN(kept + 1, s->config->width);
}

/* The best continuations of the beginnings of group g. */
static int64_t gather(search *s, int64_t g, const laco_real *scores)
{
    const laco_beam_config *config = s->config;
    int64_t kept = 0, first = g * config->width;
    for (int64_t row = first; row < first + s->now.kept[g]; row++) {
        if (s->now.ended[row]) {
            kept = offer(s, kept, (candidate){row, -1, s->now.sum[row], s->now.rank[row]});
            continue;
        }
        double length = pow((double)(s->now.count[row] + 1), config->penalty);
        for (int32_t id = 0; id < config->tokens; id++) {
            if (id < config->first && id != config->end)
                continue;
            double sum = s->now.sum[row] + (double)scores[row * config->tokens + id];
            kept = offer(s, kept, (candidate){row, id, sum, sum / length});
        }
    }
    return kept;
}

/* Candidate c as beginning `row` of the next step. */
static laco_status keep(search *s, int64_t row, int64_t most, const candidate *c)
{
    const laco_beam_config *config = s->config;
    const laco_beam *now = &s->now;
    laco_beam *next = &s->next;
    int64_t count = now->count[c->from];
    bool goes_on = c->id >= 0 && c->id != config->end;
    memcpy(next->tokens + row * next->length, now->tokens + c->from * next->length, (size_t)count * sizeof *next->tokens);
    if (goes_on)
        next->tokens[row * next->length + count++] = c->id;
    next->count[row] = count;
    next->sum[row] = c->sum;
    next->rank[row] = c->rank;
    next->ended[row] = !goes_on || count >= most;
    s->from[row] = c->from;
    s->ids[row] = goes_on ? c->id : 0;
    if (!next->ended[row] && config->is_ended)
        return config->is_ended(config->user, next->tokens + row * next->length, count, &next->ended[row]);
    return LACO_OK;
}

/* The next beginnings of all groups; *going: some have not ended. */
static laco_status advance(search *s, const laco_real *scores, bool *going)
{
    int64_t width = s->config->width;
    *going = false;
    for (int64_t row = 0; row < s->rows; row++) {
        s->from[row] = row;
        s->ids[row] = 0;
    }
    for (int64_t g = 0; g < s->config->groups; g++) {
        int64_t kept = gather(s, g, scores), most = s->config->most ? s->config->most[g] : s->config->length;
        s->next.kept[g] = kept;
        for (int64_t k = 0; k < kept; k++) {
            LACO_TRY(keep(s, g * width + k, most, &s->best[k]));
            *going = *going || !s->next.ended[g * width + k];
        }
    }
    laco_beam swap = s->now;
    s->now = s->next;
    s->next = swap;
    return LACO_OK;
}

static laco_status run(search *s)
{
    const laco_beam_config *config = s->config;
    const laco_real *scores;
    bool going = true;
    for (int64_t g = 0; g < config->groups; g++)
        s->now.kept[g] = 1;
    LACO_TRY(config->step(config->user, NULL, NULL, &scores));
    for (int64_t step = 0; step < config->length; step++) {
        LACO_TRY(advance(s, scores, &going));
        if (!going || step + 1 == config->length)
            break;
        LACO_TRY(config->step(config->user, s->from, s->ids, &scores));
    }
    return LACO_OK;
}

static laco_status begin(search *s)
{
    const laco_beam_config *config = s->config;
    size_t rows;
    if (config->width < 1 || config->length < 1 || config->tokens < 1)
        return laco_fail(s->ctx, LACO_INVALID, "a beam of %lld sequences of %lld tokens: both must be at least 1",
                         (long long)config->width, (long long)config->length);
    if (!laco_mul_fits((size_t)config->groups, (size_t)config->width, &rows) || rows > INT32_MAX)
        return laco_fail(s->ctx, LACO_NO_MEMORY, "out of memory: %lld beams of %lld", (long long)config->groups,
                         (long long)config->width);
    s->rows = (int64_t)rows;
    LACO_TRY(beam_new(s->ctx, config, rows, &s->now));
    LACO_TRY(beam_new(s->ctx, config, rows, &s->next));
    s->from = laco_alloc(s->ctx, rows, sizeof *s->from);
    s->ids = laco_alloc(s->ctx, rows, sizeof *s->ids);
    s->best = laco_alloc(s->ctx, (size_t)config->width, sizeof *s->best);
    return s->from && s->ids && s->best ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_beam_search(laco_context *ctx, const laco_beam_config *config, laco_beam *out)
{
    search s = {.ctx = ctx, .config = config};
    laco_status status = begin(&s);
    if (status == LACO_OK)
        status = run(&s);
    if (status == LACO_OK)
        *out = s.now;
    else
        laco_beam_free(ctx, &s.now);
    laco_beam_free(ctx, &s.next);
    laco_release(ctx, s.from);
    laco_release(ctx, s.ids);
    laco_release(ctx, s.best);
    return status;
}
