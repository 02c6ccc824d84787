/* How probable a text is to a language model. */
#include "generate/language.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS 64
#define ROW_TOKENS 4096 /* that a row is worth while for */
#define WARM_UP 512     /* tokens before a row that it reads first */
#define CHUNK 64        /* steps at a time */

/* Rows read side by side: row b scores tokens of its own stretch of the text and reads WARM_UP tokens before it. */
typedef struct scoring {
    laco_language *model;
    const laco_corpus *corpus;
    laco_rnn_state carry;
    int64_t begin, end, stretch; /* row b scores from begin + b·stretch on */
    int32_t *ids, *inputs;       /* [CHUNK + 1] of one row, [CHUNK][rows] */
    int32_t *targets;            /* [CHUNK][rows], -1: not scored */
    double nats;
} scoring;

static int64_t first_of(const scoring *s, int64_t row) { return LACO_MAX(0, s->begin + row * s->stretch - WARM_UP); }

/* Steps `step` … step+T-1 of one row: the token before each place goes in, that in the place is the target. */
static laco_status lay_out(scoring *s, int64_t row, int64_t step, int64_t T)
{
    int64_t rows = s->carry.h_shape[1], place = first_of(s, row) + step, scored = s->begin + row * s->stretch;
    int64_t end = LACO_MIN(s->end, scored + s->stretch), before = place > 0, count = LACO_MAX(0, LACO_MIN(T, end - place));
    s->ids[0] = s->model->start;
    if (count > 0)
        LACO_TRY(laco_corpus_read(s->corpus, place - before, count + before, s->ids + 1 - before));
    for (int64_t t = 0; t < T; t++) {
        s->inputs[t * rows + row] = t < count ? s->ids[t] : s->model->start;
        s->targets[t * rows + row] = t < count && place + t >= scored ? s->ids[t + 1] : -1;
    }
    return LACO_OK;
}

static laco_status score_chunk(scoring *s, int64_t step, int64_t T)
{
    int64_t rows = s->carry.h_shape[1], V = s->model->network.config.outputs;
    const laco_real *scores;
    for (int64_t row = 0; row < rows; row++)
        LACO_TRY(lay_out(s, row, step, T));
    LACO_TRY(laco_language_step(s->model, s->inputs, T, &s->carry, &scores));
    for (int64_t i = 0; i < T * rows; i++)
        if (s->targets[i] >= 0)
            s->nats -= (double)scores[i * V + s->targets[i]];
    return LACO_OK;
}

static laco_status score(scoring *s, int64_t rows)
{
    laco_context *ctx = s->model->base.ctx;
    LACO_TRY(laco_network_state_new(ctx, &s->model->network, rows, &s->carry));
    s->ids = laco_alloc(ctx, CHUNK + 1, sizeof *s->ids);
    s->inputs = laco_alloc(ctx, CHUNK, (size_t)rows * sizeof *s->inputs);
    s->targets = laco_alloc(ctx, CHUNK, (size_t)rows * sizeof *s->targets);
    if (!s->ids || !s->inputs || !s->targets)
        return LACO_NO_MEMORY;
    int64_t steps = s->stretch + LACO_MIN(WARM_UP, s->begin + (rows - 1) * s->stretch);
    for (int64_t step = 0; step < steps; step += CHUNK)
        LACO_TRY(score_chunk(s, step, LACO_MIN(CHUNK, steps - step)));
    return LACO_OK;
}

laco_status laco_language_score(laco_language *model, const laco_corpus *corpus, int64_t begin, int64_t end, double *nats)
{
    int64_t tokens = end - begin, rows = LACO_MIN(LACO_MAX(tokens / ROW_TOKENS, 1), MOST_ROWS);
    scoring s = {.model = model, .corpus = corpus, .begin = begin, .end = end, .stretch = (tokens + rows - 1) / rows};
    laco_status status = score(&s, rows);
    laco_context *ctx = model->base.ctx;
    laco_rnn_state_free(ctx, &s.carry);
    laco_release(ctx, s.ids);
    laco_release(ctx, s.inputs);
    laco_release(ctx, s.targets);
    if (status == LACO_OK)
        *nats = s.nats;
    return status;
}

laco_status laco_model_score_text(laco_model *base, laco_corpus *corpus, laco_text_score *out)
{
    laco_language *model;
    double nats = 0;
    LACO_TRY(laco_as_language(base, "score text", &model));
    if (corpus->text.level != model->text.level || corpus->text.lower != model->text.lower ||
        corpus->text.fold_accents != model->text.fold_accents)
        return laco_fail(base->ctx, LACO_INVALID, "the corpus was not read as the model reads text: see laco_model_data_config");
    laco_text_score score = {.tokens = corpus->count, .characters = corpus->characters};
    LACO_TRY(laco_corpus_set_vocabulary(corpus, model->vocabulary));
    LACO_TRY(laco_corpus_unseen(corpus, 0, corpus->count, &score.unseen));
    LACO_TRY(laco_language_score(model, corpus, 0, corpus->count, &nats));
    score.nats_per_token = nats / (double)corpus->count;
    score.bits_per_character = corpus->characters > 0 ? nats / log(2) / (double)corpus->characters : 0;
    score.perplexity = exp(score.nats_per_token);
    *out = score;
    return LACO_OK;
}

const char *laco_language_tokens(const laco_language *model)
{
    static const char *const names[] = {"characters", "words", "bytes"};
    return names[model->text.level - LACO_TEXT_CHAR];
}
