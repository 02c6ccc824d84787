/* A tagger as a stream: the networks go on by one word; without a field its tag is told at once, with one all are at the sentence's end. */
#include "base/grow.h"
#include "nn/module.h"
#include "nn/rnn_state.h"
#include "tag/tagger.h"
#include "tape/tape.h"

#include <string.h>

#define MOST_WORDS 65536 /* of a sentence */

typedef struct tagger_stream {
    laco_model_stream base;
    laco_text_buffer buffer;
    char *word; /* the bytes so far of the word that has not ended */
    size_t word_used, word_room;
    laco_rnn_state carry[LACO_MOST_ENSEMBLE]; /* of each network */
    laco_real *scores;                  /* [words][K] of the sentence, where a field judges them */
    size_t scores_used, scores_room;    /* numbers */
} tagger_stream;

static laco_tagger *model_of(const tagger_stream *s) { return (laco_tagger *)s->base.model; }

static laco_status open_stream(laco_model_stream *base)
{
    tagger_stream *s = (tagger_stream *)base;
    laco_tagger *model = model_of(s);
    laco_context *ctx = base->model->ctx;
    laco_text_buffer_init(&s->buffer, ctx);
    LACO_TRY(laco_stream_check_forward(base->model, model->config.mlp, model->config.directions));
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    for (int64_t m = 0; m < model->config.ensemble; m++)
        LACO_TRY(laco_rnn_state_new(ctx, model->member[m].rnn, 1, &s->carry[m]));
    return LACO_OK;
}

static void close_stream(laco_model_stream *base)
{
    tagger_stream *s = (tagger_stream *)base;
    laco_context *ctx = base->model->ctx;
    laco_text_buffer_free(&s->buffer);
    for (int m = 0; m < LACO_MOST_ENSEMBLE; m++)
        laco_rnn_state_free(ctx, &s->carry[m]);
    laco_release(ctx, s->word);
    laco_release(ctx, s->scores);
}

static laco_status reset_stream(laco_model_stream *base)
{
    tagger_stream *s = (tagger_stream *)base;
    for (int64_t m = 0; m < model_of(s)->config.ensemble; m++)
        laco_rnn_state_clear(&s->carry[m]);
    s->word_used = s->scores_used = 0;
    base->step = 0;
    return LACO_OK;
}

/* ---- A word ---------------------------------------------------------------------------------------------------------------- */

/* Scores [1][K] of the one word of the lexicon, by all networks, which go on by it. */
static laco_var score(tagger_stream *s, laco_lexicon *lexicon)
{
    static const int32_t first = 0, one = 1;
    laco_tagger *model = model_of(s);
    laco_tape *tape = model->tape;
    laco_batch batch = {.rows = 1, .steps = 1, .ids = &first, .lengths = &one};
    laco_var scores[LACO_MOST_ENSEMBLE];
    const int32_t *rows;
    for (int64_t m = 0; m < model->config.ensemble; m++) {
        laco_var features = laco_tagger_features(tape, model, m, lexicon, &batch, NULL, &rows);
        laco_state state = laco_rnn_state_begin(tape, &s->carry[m]);
        laco_var x = features ? laco_gather(tape, features, rows, 1, 1) : NULL;
        laco_var hidden = x ? laco_rnn_apply(tape, model->member[m].rnn, x, NULL, &state) : NULL;
        scores[m] = hidden ? laco_linear_apply(tape, model->member[m].linear, hidden) : NULL;
        if (!scores[m])
            return NULL;
        laco_rnn_state_end(&s->carry[m], &state);
    }
    return laco_ensemble_mean(tape, scores, model->config.ensemble);
}

static void tell(tagger_stream *s, int64_t word, int32_t tag)
{
    laco_stream_tell(&s->base, &(laco_stream_answer){.tag = {word, model_of(s)->tags[tag]}});
}

static laco_status judge(tagger_stream *s, const laco_real *x)
{
    laco_tagger *model = model_of(s);
    int32_t K = (int32_t)model->config.outputs, best = 0;
    LACO_TRY(laco_model_check_answers(model->base.ctx, x, K, 0, true));
    s->base.step++;
    if (model->crf) {
        LACO_TRY(laco_grow(model->base.ctx, &s->scores, &s->scores_room, s->scores_used + (size_t)K, sizeof *s->scores));
        memcpy(s->scores + s->scores_used, x, (size_t)K * sizeof *x);
        s->scores_used += (size_t)K;
        return LACO_OK;
    }
    for (int32_t k = 1; k < K; k++)
        best = x[k] > x[best] ? k : best;
    tell(s, s->base.step - 1, best);
    return LACO_OK;
}

static laco_status ask(tagger_stream *s, const laco_strings *words)
{
    laco_tagger *model = model_of(s);
    laco_lexicon lexicon;
    laco_status status = laco_lexicon_new(model, words, &lexicon);
    laco_tape_reset(model->tape);
    laco_module_set_training(model->base.module, false);
    laco_var scores = status == LACO_OK ? score(s, &lexicon) : NULL;
    if (status == LACO_OK)
        status = scores ? judge(s, laco_var_data(scores)) : laco_tape_status(model->tape);
    laco_lexicon_free(&lexicon);
    return status;
}

static laco_status take_word(tagger_stream *s)
{
    laco_strings words;
    int32_t number;
    if (s->word_used == 0)
        return LACO_OK;
    if (s->base.step == MOST_WORDS)
        return laco_fail(s->base.model->ctx, LACO_FORMAT, "a sentence of more than %d words: laco_model_stream_end ends one", MOST_WORDS);
    LACO_TRY(laco_text_normalise(&s->buffer, &(laco_text_config){0}, s->word, s->word_used));
    s->word_used = 0;
    laco_strings_init(&words, s->base.model->ctx);
    laco_status status = laco_strings_add(&words, s->buffer.bytes, s->buffer.length, &number);
    if (status == LACO_OK)
        status = ask(s, &words);
    laco_strings_free(&words);
    return status;
}

static laco_status read_text(laco_model_stream *base, const char *bytes, size_t length)
{
    tagger_stream *s = (tagger_stream *)base;
    for (size_t i = 0; i < length; i++) {
        if (laco_text_blank(bytes + i, 1)) {
            LACO_TRY(take_word(s));
            continue;
        }
        if (s->word_used == LACO_TEXT_STREAM_WORD)
            return laco_fail(base->model->ctx, LACO_FORMAT, "a word of more than %d bytes is too long for a stream", LACO_TEXT_STREAM_WORD);
        LACO_TRY(laco_grow(base->model->ctx, &s->word, &s->word_room, s->word_used + 1, 1));
        s->word[s->word_used++] = bytes[i];
    }
    return LACO_OK;
}

/* What the field says of the whole sentence. */
static laco_status decode(tagger_stream *s)
{
    laco_tagger *model = model_of(s);
    laco_tape *tape = model->tape;
    int32_t T = (int32_t)s->base.step;
    int64_t shape[3] = {T, 1, model->config.outputs};
    laco_tape_reset(tape);
    int32_t *tags = laco_arena_alloc(&tape->arena, (size_t)T, sizeof *tags);
    if (!tags)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_crf_decode(tape, model->crf, laco_input(tape, s->scores, 3, shape), &T, model->forbidden, tags));
    for (int32_t t = 0; t < T; t++)
        tell(s, t, tags[t]);
    return LACO_OK;
}

static laco_status end_stream(laco_model_stream *base)
{
    tagger_stream *s = (tagger_stream *)base;
    LACO_TRY(take_word(s));
    if (model_of(s)->crf && base->step > 0)
        LACO_TRY(decode(s));
    return reset_stream(base);
}

static laco_status walk_stream(laco_model_stream *base, laco_state_walk *walk)
{
    tagger_stream *s = (tagger_stream *)base;
    laco_tagger *model = model_of(s);
    size_t K = (size_t)model->config.outputs;
    LACO_TRY(laco_state_block(walk, &s->word, &s->word_room, &s->word_used, LACO_TEXT_STREAM_WORD, 1));
    LACO_TRY(laco_state_block(walk, &s->scores, &s->scores_room, &s->scores_used, MOST_WORDS * K, sizeof *s->scores));
    for (int64_t m = 0; m < model->config.ensemble; m++)
        LACO_TRY(laco_state_bytes(walk, s->carry[m].h, laco_rnn_state_bytes(&s->carry[m])));
    if (base->step > MOST_WORDS || (model->crf && s->scores_used != (size_t)base->step * K))
        return laco_fail(walk->ctx, LACO_FORMAT, "the state of the stream has scores of another number of words than it has read");
    return LACO_OK;
}

const laco_stream_type laco_tag_stream = {
    .size = sizeof(tagger_stream),
    .reads = "text of words between white space",
    .open = open_stream,
    .close = close_stream,
    .reset = reset_stream,
    .text = read_text,
    .end = end_stream,
    .state = walk_stream,
};
