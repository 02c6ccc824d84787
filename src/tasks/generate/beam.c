/* The most probable continuation of a text: a beam search over a language model. */
#include "decode/beam_search.h"

#include "base/grow.h"
#include "generate/generator.h"

#include <string.h>

typedef struct text_search {
    const laco_generator *generator;
    laco_language *model;
    const char *until;
    laco_rnn_state carry, moved; /* one row for each beginning */
} text_search;

static laco_status step(void *user, const int64_t *from, const int32_t *ids, const laco_real **scores)
{
    text_search *s = user;
    if (!from) { /* the first beginning has the state of the generator */
        laco_rnn_state_copy(&s->generator->carry, 0, &s->carry, 0);
        *scores = s->generator->scores;
        return LACO_OK;
    }
    laco_rnn_state_gather(&s->carry, from, &s->moved);
    laco_rnn_state swap = s->moved;
    s->moved = s->carry;
    s->carry = swap;
    return laco_language_step(s->model, ids, 1, &s->carry, scores);
}

/* The text of tokens `first` … `count`-1; *out grows. Returns its bytes in *size. */
static laco_status spell(const text_search *s, const int32_t *tokens, int64_t first, int64_t count, char **out, size_t *room,
                         size_t *size)
{
    int32_t before = -1;
    const laco_generator *g = s->generator;
    if (g->count > 0)
        before = g->recent[(g->count - 1) % LACO_RECENT];
    *size = 0;
    for (int64_t i = first; i < count; i++) {
        int32_t behind = i > 0 ? tokens[i - 1] : before;
        size_t length = laco_language_spell(s->model, behind, tokens[i], NULL, 0);
        LACO_TRY(laco_grow(s->model->base.ctx, out, room, *size + length + 1, 1));
        laco_language_spell(s->model, behind, tokens[i], *out + *size, length);
        *size += length;
    }
    LACO_TRY(laco_grow(s->model->base.ctx, out, room, *size + 1, 1));
    if (*out)
        (*out)[*size] = '\0';
    return LACO_OK;
}

/* Every token has at least one byte, so the last strlen(until) tokens hold its end. */
static laco_status look_for_end(void *user, const int32_t *tokens, int64_t count, bool *ended)
{
    text_search *s = user;
    char *text = NULL;
    size_t room = 0, size;
    laco_status status = spell(s, tokens, LACO_MAX(0, count - (int64_t)strlen(s->until)), count, &text, &room, &size);
    if (status == LACO_OK)
        *ended = strstr(text, s->until) != NULL;
    laco_release(s->model->base.ctx, text);
    return status;
}

static laco_status search(text_search *s, const laco_beam_config *config, laco_beam *beam)
{
    LACO_TRY(laco_network_state_new(s->model->base.ctx, &s->model->network, config->width, &s->carry));
    LACO_TRY(laco_network_state_new(s->model->base.ctx, &s->model->network, config->width, &s->moved));
    return laco_beam_search(s->model->base.ctx, config, beam);
}

laco_status laco_generator_beam(laco_generator *generator, int beam, int64_t length, const char *until, char **text,
                                double *log_probability)
{
    laco_language *model = generator->model;
    laco_context *ctx = model->base.ctx;
    if (beam < 1 || length < 1 || model->network.config.outputs < 2)
        return laco_fail(ctx, LACO_INVALID, "a beam of %d texts of %lld %s cannot be: both must be at least 1", beam,
                         (long long)length, laco_language_tokens(model));
    text_search s = {.generator = generator, .model = model, .until = until};
    laco_beam_config config = {.groups = 1,
                               .width = beam,
                               .length = length,
                               .tokens = model->network.config.outputs,
                               .first = 1,
                               .end = -1,
                               .penalty = 1,
                               .step = step,
                               .is_ended = until && *until ? look_for_end : NULL,
                               .user = &s};
    laco_beam found = {0};
    char *best = NULL;
    size_t room = 0, size;
    laco_status status = search(&s, &config, &found);
    if (status == LACO_OK)
        status = spell(&s, found.tokens, 0, found.count[0], &best, &room, &size);
    if (status == LACO_OK) {
        *text = best;
        if (log_probability)
            *log_probability = found.sum[0];
    } else {
        laco_release(ctx, best);
    }
    laco_beam_free(ctx, &found);
    laco_rnn_state_free(ctx, &s.carry);
    laco_rnn_state_free(ctx, &s.moved);
    return status;
}
