/* How probable a text is to a language model. */
#include "generate/language.h"
#include "group/division.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS 64
#define ROW_TOKENS 4096 /* that a row is worth while for */
#define WARM_UP 512     /* tokens before a row that it reads first */
#define CHUNK 64        /* steps at a time, */
#define BLOCK 1024      /* and between two words with other processes: a multiple of it */

/* Rows read side by side: row b scores tokens of its own stretch of the text and reads WARM_UP tokens before it. Processes that evaluate
 * together read every size-th row each; what the rows come to is added up in one order, step by step. */
typedef struct scoring {
    laco_language *model;
    const laco_corpus *corpus;
    laco_group *group;           /* NULL: this process reads all rows */
    laco_rnn_state carry;        /* of its own rows */
    int64_t begin, end, stretch; /* row b scores from begin + b·stretch on */
    int64_t rows, first, each;   /* all of them; this process's first, and how far it is to its next */
    int32_t *ids, *inputs;       /* [CHUNK + 1] of one row, [CHUNK][own] */
    int32_t *targets;            /* [CHUNK][own], -1: not scored */
    laco_real *logs;             /* [BLOCK][own] log-probabilities of what is scored */
    laco_real *all;              /* [BLOCK][most rows of a process] of another one */
    double nats;
} scoring;

/* Rows that process `rank` reads. */
static int64_t rows_of(const scoring *s, int64_t rank) { return rank < s->rows ? (s->rows - 1 - rank) / s->each + 1 : 0; }

static int64_t first_of(const scoring *s, int64_t row) { return LACO_MAX(0, s->begin + row * s->stretch - WARM_UP); }

/* Whether a row scores something at a step, counted from where it begins to read. */
static bool is_scored(const scoring *s, int64_t row, int64_t step)
{
    int64_t scored = s->begin + row * s->stretch, place = first_of(s, row) + step;
    return place >= scored && place < LACO_MIN(s->end, scored + s->stretch);
}

/* Steps `step` … step+T-1 of one row, number `own` of this process: the token before each place goes in, that in the place is the
 * target. */
static laco_status lay_out(scoring *s, int64_t own, int64_t step, int64_t T)
{
    int64_t rows = rows_of(s, s->first), row = s->first + own * s->each;
    int64_t place = first_of(s, row) + step, scored = s->begin + row * s->stretch;
    int64_t end = LACO_MIN(s->end, scored + s->stretch), before = place > 0, count = LACO_MAX(0, LACO_MIN(T, end - place));
    s->ids[0] = s->model->start;
    if (count > 0)
        LACO_TRY(laco_corpus_read(s->corpus, place - before, count + before, s->ids + 1 - before));
    for (int64_t t = 0; t < T; t++) {
        s->inputs[t * rows + own] = t < count ? s->ids[t] : s->model->start;
        s->targets[t * rows + own] = is_scored(s, row, step + t) ? s->ids[t + 1] : -1;
    }
    return LACO_OK;
}

static laco_status score_chunk(scoring *s, int64_t step, int64_t T, laco_real *logs)
{
    int64_t rows = rows_of(s, s->first), V = s->model->network.config.outputs;
    const laco_real *scores;
    for (int64_t own = 0; own < rows; own++)
        LACO_TRY(lay_out(s, own, step, T));
    LACO_TRY(laco_language_step(s->model, s->inputs, T, &s->carry, &scores));
    for (int64_t i = 0; i < T * rows; i++)
        logs[i] = s->targets[i] >= 0 ? scores[i * V + s->targets[i]] : 0;
    return LACO_OK;
}

/* Adds what a step of a block comes to, row by row. `logs` of each process, one behind the other. */
static void add_block(scoring *s, int64_t step, int64_t T)
{
    for (int64_t t = 0; t < T; t++)
        for (int64_t row = 0; row < s->rows; row++) {
            const laco_real *logs = s->all;
            for (int64_t rank = 0; rank < row % s->each; rank++)
                logs += T * rows_of(s, rank);
            if (is_scored(s, row, step + t))
                s->nats -= (double)logs[t * rows_of(s, row % s->each) + row / s->each];
        }
}

/* BLOCK steps of all rows, or what is left of them. */
static laco_status score_block(scoring *s, int64_t step, int64_t T)
{
    int64_t rows = rows_of(s, s->first);
    laco_division division = {.ctx = s->model->base.ctx, .group = s->group};
    laco_status status = LACO_OK;
    laco_real *own = s->group ? s->logs : s->all, *at = s->all;
    for (int64_t done = 0; rows > 0 && done < T && status == LACO_OK; done += CHUNK)
        status = score_chunk(s, step + done, LACO_MIN(CHUNK, T - done), own + done * rows);
    if (status == LACO_OK)
        status = laco_division_move(&division, (size_t)s->first, own, (size_t)(T * rows) * sizeof *own);
    status = laco_division_gather(&division, status);
    for (int64_t rank = 0; s->group && rank < s->each && status == LACO_OK; at += T * rows_of(s, rank++))
        status = laco_division_move(&division, (size_t)rank, at, (size_t)(T * rows_of(s, rank)) * sizeof *at);
    laco_division_end(&division);
    if (status == LACO_OK)
        add_block(s, step, T);
    return status;
}

static laco_status score(scoring *s)
{
    laco_context *ctx = s->model->base.ctx;
    int64_t rows = rows_of(s, s->first);
    if (rows > 0)
        LACO_TRY(laco_network_state_new(ctx, &s->model->network, rows, &s->carry));
    s->ids = laco_alloc(ctx, CHUNK + 1, sizeof *s->ids);
    s->inputs = laco_alloc(ctx, CHUNK, (size_t)rows * sizeof *s->inputs);
    s->targets = laco_alloc(ctx, CHUNK, (size_t)rows * sizeof *s->targets);
    s->logs = laco_alloc(ctx, BLOCK, (size_t)(s->group ? rows : 0) * sizeof *s->logs);
    s->all = laco_alloc(ctx, BLOCK, (size_t)s->rows * sizeof *s->all);
    if (!s->ids || !s->inputs || !s->targets || !s->logs || !s->all)
        return LACO_NO_MEMORY;
    int64_t steps = s->stretch + LACO_MIN(WARM_UP, s->begin + (s->rows - 1) * s->stretch);
    for (int64_t step = 0; step < steps; step += BLOCK)
        LACO_TRY(score_block(s, step, LACO_MIN(BLOCK, steps - step)));
    return LACO_OK;
}

laco_status laco_language_score(laco_language *model, const laco_corpus *corpus, int64_t begin, int64_t end, double *nats)
{
    laco_context *ctx = model->base.ctx;
    laco_group *group = ctx->evaluating && ctx->evaluating->size > 1 ? ctx->evaluating : NULL;
    int64_t tokens = end - begin, rows = LACO_MIN(LACO_MAX(tokens / ROW_TOKENS, 1), MOST_ROWS);
    scoring s = {.model = model,
                 .corpus = corpus,
                 .group = group,
                 .begin = begin,
                 .end = end,
                 .stretch = (tokens + rows - 1) / rows,
                 .rows = rows,
                 .first = group ? group->rank : 0,
                 .each = group ? group->size : 1};
    laco_status status = score(&s);
    laco_rnn_state_free(ctx, &s.carry);
    void *blocks[] = {s.ids, s.inputs, s.targets, s.logs, s.all};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
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
