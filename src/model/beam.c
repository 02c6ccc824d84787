/* Beam search: the `beam` best beginnings of a text are all continued at once, as rows of one batch. */
#include "model/generator.h"

#include "data/grow.h"

#include <math.h>
#include <string.h>

/* A beginning that may be kept: beginning `from` and one more unit, or (id -1) one that had ended. */
typedef struct candidate {
    int64_t from;
    int32_t id;
    double sum;  /* of log-probabilities */
    double rank; /* sum per unit: what is compared */
} candidate;

typedef struct beam_search {
    const laco_generator *generator;
    laco_language *model;
    int64_t width, live, length; /* live: beginnings so far */
    const char *until;
    int32_t *units, *spare; /* [width][length] */
    int64_t *count, *spare_count;
    double *sum;
    bool *ended, *spare_ended;
    int32_t *ids;
    candidate *best; /* [width], best first */
    laco_carry carry, moved;
} beam_search;

/* Keeps a candidate where it is among the best. Returns how many there are then. */
static int64_t offer(beam_search *s, int64_t kept, candidate c)
{
    int64_t place = kept < s->width ? kept : s->width;
    while (place > 0 && c.rank > s->best[place - 1].rank) {
        if (place < s->width)
            s->best[place] = s->best[place - 1];
        place--;
    }
    if (place < s->width)
        s->best[place] = c;
    return LACO_MIN(kept + 1, s->width);
}

/* The best continuations of all beginnings; scores: [live][V]. */
static int64_t gather_best(beam_search *s, const laco_real *scores)
{
    int64_t V = s->model->network.config.outputs, kept = 0;
    for (int64_t b = 0; b < s->live; b++) {
        double count = (double)s->count[b];
        if (s->ended[b])
            kept = offer(s, kept, (candidate){b, -1, s->sum[b], s->sum[b] / count});
        for (int32_t id = 1; !s->ended[b] && id < V; id++) {
            double sum = s->sum[b] + (double)scores[b * V + id];
            kept = offer(s, kept, (candidate){b, id, sum, sum / (count + 1)});
        }
    }
    return kept;
}

/* The text of a beginning, or of its last units where those are enough; *out grows. Returns its bytes. */
static laco_status spell(const beam_search *s, int64_t b, int64_t first, char **out, size_t *room, size_t *size)
{
    int32_t before = -1;
    const laco_generator *g = s->generator;
    if (g->count > 0)
        before = g->recent[(g->count - 1) % LACO_RECENT];
    *size = 0;
    for (int64_t i = first; i < s->count[b]; i++) {
        int32_t id = s->units[b * s->length + i], behind = i > 0 ? s->units[b * s->length + i - 1] : before;
        size_t length = laco_language_spell(s->model, behind, id, NULL, 0);
        LACO_TRY(laco_grow(s->model->base.ctx, out, room, *size + length + 1, 1));
        laco_language_spell(s->model, behind, id, *out + *size, length);
        *size += length;
    }
    LACO_TRY(laco_grow(s->model->base.ctx, out, room, *size + 1, 1));
    if (*out)
        (*out)[*size] = '\0';
    return LACO_OK;
}

/* Every unit has at least one byte, so the last strlen(until) units hold its end. */
static laco_status look_for_end(beam_search *s, int64_t b)
{
    char *text = NULL;
    size_t room = 0, size, wanted = s->until ? strlen(s->until) : 0;
    if (wanted == 0)
        return LACO_OK;
    laco_status status = spell(s, b, LACO_MAX(0, s->count[b] - (int64_t)wanted), &text, &room, &size);
    if (status == LACO_OK)
        s->ended[b] = strstr(text, s->until) != NULL;
    laco_release(s->model->base.ctx, text);
    return status;
}

static void move_state(beam_search *s, const laco_real *from, laco_real *to)
{
    int64_t layers = s->carry.shape[0], H = s->carry.shape[2];
    for (int64_t l = 0; from && l < layers; l++)
        for (int64_t b = 0; b < s->live; b++)
            memcpy(to + (l * s->width + b) * H, from + (l * s->width + s->best[b].from) * H, (size_t)H * sizeof *to);
}

/* Makes the best candidates the beginnings. */
static laco_status keep(beam_search *s, int64_t kept)
{
    s->live = kept;
    for (int64_t b = 0; b < kept; b++) {
        const candidate *c = &s->best[b];
        s->spare_count[b] = s->count[c->from];
        s->spare_ended[b] = s->ended[c->from];
        memcpy(s->spare + b * s->length, s->units + c->from * s->length, (size_t)s->count[c->from] * sizeof *s->spare);
        if (c->id >= 0)
            s->spare[b * s->length + s->spare_count[b]++] = c->id;
        s->ids[b] = LACO_MAX(c->id, 0);
    }
    for (int64_t b = 0; b < kept; b++)
        s->sum[b] = s->best[b].sum;
    memcpy(s->units, s->spare, (size_t)(kept * s->length) * sizeof *s->units);
    memcpy(s->count, s->spare_count, (size_t)kept * sizeof *s->count);
    memcpy(s->ended, s->spare_ended, (size_t)kept * sizeof *s->ended);
    move_state(s, s->carry.h, s->moved.h);
    move_state(s, s->carry.c, s->moved.c);
    laco_carry moved = s->moved;
    s->moved = s->carry;
    s->carry = moved;
    for (int64_t b = 0; b < kept; b++)
        if (!s->ended[b])
            LACO_TRY(look_for_end(s, b));
    return LACO_OK;
}

static laco_status begin(beam_search *s)
{
    laco_context *ctx = s->model->base.ctx;
    const laco_carry *from = &s->generator->carry;
    size_t width = (size_t)s->width, units;
    if (!laco_mul_fits(width, (size_t)s->length, &units))
        return laco_fail(ctx, LACO_NO_MEMORY, "out of memory: a beam of %lld texts of %lld units", (long long)s->width,
                         (long long)s->length);
    LACO_TRY(laco_carry_new(s->model, s->width, &s->carry));
    LACO_TRY(laco_carry_new(s->model, s->width, &s->moved));
    s->units = laco_alloc(ctx, units, sizeof *s->units);
    s->spare = laco_alloc(ctx, units, sizeof *s->spare);
    s->count = laco_alloc(ctx, width, sizeof *s->count);
    s->spare_count = laco_alloc(ctx, width, sizeof *s->spare_count);
    s->sum = laco_alloc(ctx, width, sizeof *s->sum);
    s->ended = laco_alloc(ctx, width, sizeof *s->ended);
    s->spare_ended = laco_alloc(ctx, width, sizeof *s->spare_ended);
    s->ids = laco_alloc(ctx, width, sizeof *s->ids);
    s->best = laco_alloc(ctx, width, sizeof *s->best);
    if (!s->units || !s->spare || !s->count || !s->spare_count || !s->sum || !s->ended || !s->spare_ended || !s->ids || !s->best)
        return LACO_NO_MEMORY;
    int64_t layers = s->carry.shape[0], H = s->carry.shape[2];
    for (int64_t l = 0; l < layers; l++) {
        memcpy(s->carry.h + l * s->width * H, from->h + l * H, (size_t)H * sizeof *from->h);
        if (from->c)
            memcpy(s->carry.c + l * s->width * H, from->c + l * H, (size_t)H * sizeof *from->c);
    }
    s->live = 1;
    return LACO_OK;
}

static void release(beam_search *s)
{
    laco_context *ctx = s->model->base.ctx;
    void *const blocks[] = {s->units, s->spare, s->count, s->spare_count, s->sum, s->ended, s->spare_ended, s->ids, s->best};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    laco_carry_free(ctx, &s->carry);
    laco_carry_free(ctx, &s->moved);
}

static laco_status search(beam_search *s)
{
    LACO_TRY(begin(s));
    const laco_real *scores = s->generator->scores;
    for (int64_t step = 0; step < s->length; step++) {
        LACO_TRY(keep(s, gather_best(s, scores)));
        bool going = false;
        for (int64_t b = 0; b < s->live; b++)
            going = going || !s->ended[b];
        if (!going)
            break;
        LACO_TRY(laco_language_step(s->model, s->ids, 1, &s->carry, &scores));
    }
    return LACO_OK;
}

laco_status laco_generator_beam(laco_generator *generator, int beam, int64_t length, const char *until, char **text,
                                double *log_probability)
{
    laco_language *model = generator->model;
    laco_context *ctx = model->base.ctx;
    if (beam < 1 || length < 1 || model->network.config.outputs < 2)
        return laco_fail(ctx, LACO_INVALID, "a beam of %d texts of %lld %s cannot be: both must be at least 1", beam,
                         (long long)length, laco_model_unit_name(&model->base));
    beam_search s = {.generator = generator, .model = model, .width = beam, .length = length, .until = until};
    char *best = NULL;
    size_t room = 0, size;
    laco_status status = search(&s);
    if (status == LACO_OK)
        status = spell(&s, 0, 0, &best, &room, &size);
    if (status == LACO_OK) {
        *text = best;
        if (log_probability)
            *log_probability = s.sum[0];
    } else {
        laco_release(ctx, best);
    }
    release(&s);
    return status;
}
