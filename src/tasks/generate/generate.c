/* Writing: a language model's state that goes on, token by token. */
#include "generate/generator.h"

#include "base/grow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256 /* tokens read at a time */

/* ---- The text of a token ------------------------------------------------------------------------------------------------- */

/* True where `token` is one of the marks in `list`, which are separated by spaces. */
static bool one_of(const char *token, size_t length, const char *list)
{
    for (const char *at = list; *at;) {
        size_t mark = strcspn(at, " ");
        if (mark == length && memcmp(at, token, length) == 0)
            return true;
        at += mark + (at[mark] == ' ');
    }
    return false;
}

int laco_language_close(const laco_language *model, int32_t id)
{
    size_t length;
    const char *token = laco_vocabulary_name(model->vocabulary, id, &length);
    return (one_of(token, length, "\n ( [ { “ ‘ « ¿ ¡") ? LACO_CLOSE_BEHIND : 0) |
           (one_of(token, length, "\n . , ; : ! ? ) ] } ” ’ » … %") ? LACO_CLOSE_BEFORE : 0);
}

static bool space_between(const laco_language *model, int32_t before, int32_t id)
{
    return model->text.level == LACO_TEXT_WORD && before >= 0 && !(laco_language_close(model, before) & LACO_CLOSE_BEHIND) &&
           !(laco_language_close(model, id) & LACO_CLOSE_BEFORE);
}

size_t laco_language_spell(const laco_language *model, int32_t before, int32_t id, char *out, size_t room)
{
    size_t length;
    const char *token = laco_vocabulary_name(model->vocabulary, id, &length);
    if (model->text.level == LACO_TEXT_BYTE && id != LACO_UNKNOWN) {
        if (room > 0)
            *out = laco_token_byte(token, length);
        return 1;
    }
    size_t space = space_between(model, before, id);
    if (space && room > 0)
        *out = ' ';
    if (room > space)
        memcpy(out + space, token, LACO_MIN(length, room - space));
    return space + length;
}

/* ---- Making one --------------------------------------------------------------------------------------------------------- */

static laco_status check_sampling(laco_context *ctx, const laco_sampling *s)
{
    if (!(s->temperature >= 0) || !isfinite(s->temperature))
        return laco_fail(ctx, LACO_INVALID, "a temperature of %g cannot be: 0 (always the most probable) or above",
                         s->temperature);
    if (s->top_k < 0)
        return laco_fail(ctx, LACO_INVALID, "top_k is %lld; it should be at least 1, or 0 for all", (long long)s->top_k);
    if (!(s->top_p >= 0 && s->top_p <= 1))
        return laco_fail(ctx, LACO_INVALID, "top_p is %g; it should be above 0 and at most 1", s->top_p);
    if (!(s->repetition_penalty >= 0) || !isfinite(s->repetition_penalty))
        return laco_fail(ctx, LACO_INVALID, "a repetition penalty of %g cannot be: 1 (none) or above", s->repetition_penalty);
    return LACO_OK;
}

/* One token into the network. */
static laco_status advance(laco_generator *generator, int32_t id)
{
    const laco_real *scores;
    LACO_TRY(laco_language_step(generator->model, &id, 1, &generator->carry, &scores));
    memcpy(generator->scores, scores, (size_t)generator->model->network.config.outputs * sizeof *scores);
    return LACO_OK;
}

laco_status laco_generator_choose(laco_generator *generator, const laco_sampling *sampling)
{
    LACO_TRY(check_sampling(generator->model->base.ctx, sampling));
    generator->sampling = *sampling;
    generator->rng = (laco_rng){.seed = sampling->seed, .stream = laco_random_stream("sample") + sampling->sample};
    return LACO_OK;
}

laco_status laco_generator_restart(laco_generator *generator)
{
    generator->count = 0;
    laco_rnn_state_clear(&generator->carry);
    LACO_TRY(laco_generator_choose(generator, &generator->sampling));
    return advance(generator, generator->model->start);
}

static laco_status start(laco_generator *generator)
{
    laco_language *model = generator->model;
    laco_context *ctx = model->base.ctx;
    size_t V = (size_t)model->network.config.outputs;
    LACO_TRY(laco_network_state_new(model->base.ctx, &model->network, 1, &generator->carry));
    generator->scores = laco_alloc(ctx, V, sizeof *generator->scores);
    generator->ranked = laco_alloc(ctx, V, sizeof *generator->ranked);
    return generator->scores && generator->ranked ? advance(generator, model->start) : LACO_NO_MEMORY;
}

laco_status laco_generator_new(laco_model *base, const laco_sampling *sampling, laco_generator **out)
{
    laco_language *model;
    LACO_TRY(laco_as_language(base, "generate text", &model));
    laco_sampling chosen = sampling ? *sampling : (laco_sampling){.temperature = 1};
    laco_generator *generator = laco_alloc(base->ctx, 1, sizeof *generator);
    if (!generator)
        return LACO_NO_MEMORY;
    generator->model = model;
    laco_text_buffer_init(&generator->normal, base->ctx);
    laco_status status = laco_generator_choose(generator, &chosen);
    if (status == LACO_OK)
        status = start(generator);
    if (status < 0)
        laco_generator_free(generator);
    else
        *out = generator;
    return status;
}

void laco_generator_free(laco_generator *generator)
{
    if (!generator)
        return;
    laco_context *ctx = generator->model->base.ctx;
    laco_rnn_state_free(ctx, &generator->carry);
    laco_text_buffer_free(&generator->normal);
    laco_release(ctx, generator->scores);
    laco_release(ctx, generator->ranked);
    laco_release(ctx, generator->piece);
    laco_release(ctx, generator);
}

static void remember(laco_generator *generator, int32_t id) { generator->recent[generator->count++ % LACO_RECENT] = id; }

laco_status laco_generator_push(laco_generator *generator, int32_t id)
{
    LACO_TRY(advance(generator, id));
    remember(generator, id);
    return LACO_OK;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------ */

/* Tokens that wait to be read together. */
typedef struct reading {
    laco_generator *generator;
    laco_read_fn told;
    void *user;
    size_t unseen;
    int64_t count;
    int32_t ids[CHUNK];
    const char *token[CHUNK];
    size_t length[CHUNK];
    char byte[CHUNK]; /* what `token` points to at byte level */
} reading;

static laco_status read_waiting(reading *r)
{
    laco_generator *generator = r->generator;
    int64_t V = generator->model->network.config.outputs, count = r->count;
    const laco_real *scores;
    if (count == 0)
        return LACO_OK;
    r->count = 0;
    LACO_TRY(laco_language_step(generator->model, r->ids, count, &generator->carry, &scores));
    for (int64_t i = 0; r->told && i < count; i++) {
        const laco_real *before = i == 0 ? generator->scores : scores + (i - 1) * V;
        if (!r->told(r->user, r->token[i], r->length[i], (double)before[r->ids[i]]))
            return laco_fail(generator->model->base.ctx, LACO_INTERRUPTED, "the reading was ended");
    }
    for (int64_t i = 0; i < count; i++)
        remember(generator, r->ids[i]);
    memcpy(generator->scores, scores + (count - 1) * V, (size_t)V * sizeof *scores);
    return LACO_OK;
}

static laco_status add_token_to(void *user, const char *token, size_t length)
{
    reading *r = user;
    const laco_language *model = r->generator->model;
    int64_t i = r->count++;
    r->ids[i] = laco_vocabulary_id(model->vocabulary, token, length);
    r->unseen += r->ids[i] == LACO_UNKNOWN;
    r->token[i] = token;
    r->length[i] = length;
    if (model->text.level == LACO_TEXT_BYTE) {
        r->byte[i] = laco_token_byte(token, length);
        r->token[i] = &r->byte[i];
        r->length[i] = 1;
    }
    return r->count == CHUNK ? read_waiting(r) : LACO_OK;
}

laco_status laco_generator_read(laco_generator *generator, const char *text, size_t length, laco_read_fn told, void *user,
                                size_t *unseen)
{
    const laco_text_config *config = &generator->model->text;
    reading r = {.generator = generator, .told = told, .user = user};
    if (config->level != LACO_TEXT_BYTE) {
        LACO_TRY(laco_text_normalise(&generator->normal, config, text, length));
        text = generator->normal.bytes;
        length = generator->normal.length;
    }
    LACO_TRY(laco_text_tokens_each(config->level, text, length, add_token_to, &r));
    LACO_TRY(read_waiting(&r));
    if (unseen)
        *unseen += r.unseen;
    return LACO_OK;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------ */

static int by_weight(const void *left, const void *right)
{
    const laco_ranked_token *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->id < b->id ? -1 : 1;
}

/* Log-probabilities with the penalty, best first; "<unk>" is never written. Returns how many may be. */
static int64_t rank_tokens(laco_generator *generator)
{
    int64_t V = generator->model->network.config.outputs, recent = LACO_MIN(generator->count, LACO_RECENT);
    double penalty = generator->sampling.repetition_penalty > 0 ? generator->sampling.repetition_penalty : 1;
    laco_ranked_token *ranked = generator->ranked;
    for (int32_t id = 1; id < V; id++)
        ranked[id - 1] = (laco_ranked_token){id, (double)generator->scores[id]};
    for (int64_t i = 0; i < recent; i++) {
        int32_t id = generator->recent[i];
        if (id != LACO_UNKNOWN)
            ranked[id - 1].weight = (double)generator->scores[id] * penalty;
    }
    qsort(ranked, (size_t)V - 1, sizeof *ranked, by_weight);
    return V - 1;
}

/* One of the ranked tokens by its weight, tempered and cut as the sampling asks. */
static int32_t draw(laco_generator *generator, int64_t count)
{
    const laco_sampling *s = &generator->sampling;
    laco_ranked_token *ranked = generator->ranked;
    double top = ranked[0].weight, sum = 0, kept = 0;
    if (s->temperature == 0)
        return ranked[0].id;
    if (s->top_k > 0)
        count = LACO_MIN(count, s->top_k);
    for (int64_t i = 0; i < count; i++)
        sum += ranked[i].weight = exp((ranked[i].weight - top) / s->temperature);
    if (s->top_p > 0 && s->top_p < 1) {
        int64_t enough = 0;
        while (enough < count && kept < s->top_p * sum)
            kept += ranked[enough++].weight;
        count = enough;
        sum = kept;
    }
    double place = laco_rng_uniform(&generator->rng) * sum;
    for (int64_t i = 0; i < count - 1; i++)
        if ((place -= ranked[i].weight) < 0)
            return ranked[i].id;
    return ranked[count - 1].id;
}

laco_status laco_generator_next(laco_generator *generator, const char **piece, size_t *length, double *log_probability)
{
    const laco_language *model = generator->model;
    laco_context *ctx = model->base.ctx;
    if (model->network.config.outputs < 2)
        return laco_fail(ctx, LACO_INVALID, "the model knows no %s that it could write", laco_language_tokens(model));
    int32_t id = draw(generator, rank_tokens(generator));
    int32_t before = generator->count > 0 ? generator->recent[(generator->count - 1) % LACO_RECENT] : -1;
    size_t size = laco_language_spell(model, before, id, NULL, 0);
    LACO_TRY(laco_grow(ctx, &generator->piece, &generator->piece_room, size + 1, 1));
    laco_language_spell(model, before, id, generator->piece, size);
    generator->piece[size] = '\0';
    double told = (double)generator->scores[id];
    LACO_TRY(laco_generator_push(generator, id));
    *piece = generator->piece;
    *length = size;
    if (log_probability)
        *log_probability = told;
    return LACO_OK;
}
