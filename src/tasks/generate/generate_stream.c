/* A language model as a stream: a generator that reads tokens as they become certain. */
#include "generate/generator.h"

#include <string.h>

typedef struct language_stream {
    laco_model_stream base;
    laco_text_stream text;
    laco_generator *generator;
} language_stream;

static laco_status open_language(laco_model_stream *base)
{
    language_stream *s = (language_stream *)base;
    laco_language *model = (laco_language *)base->model;
    LACO_TRY(laco_stream_check_forward(base->model, false, model->network.config.directions));
    laco_text_stream_init(&s->text, base->model->ctx, &model->text, true);
    return laco_generator_new(base->model, NULL, &s->generator);
}

static void close_language_stream(laco_model_stream *base)
{
    language_stream *s = (language_stream *)base;
    laco_text_stream_free(&s->text);
    laco_generator_free(s->generator);
}

static laco_status reset_language(laco_model_stream *base)
{
    language_stream *s = (language_stream *)base;
    laco_text_stream_reset(&s->text);
    return laco_generator_restart(s->generator);
}

static laco_status take_token(void *user, const char *token, size_t length)
{
    language_stream *s = user;
    const laco_language *model = s->generator->model;
    int32_t id = laco_vocabulary_id(model->vocabulary, token, length);
    double log_probability = (double)s->generator->scores[id];
    char byte;
    LACO_TRY(laco_generator_push(s->generator, id));
    s->base.step++;
    if (model->text.level == LACO_TEXT_BYTE) {
        byte = laco_token_byte(token, length);
        token = &byte;
        length = 1;
    }
    laco_stream_tell(&s->base, &(laco_stream_answer){.token = {token, length, log_probability, s->generator->scores}});
    return LACO_OK;
}

static laco_status read_text(laco_model_stream *base, const char *bytes, size_t length)
{
    return laco_text_stream_feed(&((language_stream *)base)->text, bytes, length, take_token, base);
}

static laco_status end_text(laco_model_stream *base)
{
    return laco_text_stream_end(&((language_stream *)base)->text, take_token, base);
}

static laco_status walk_language(laco_model_stream *base, laco_state_walk *walk)
{
    language_stream *s = (language_stream *)base;
    laco_generator *g = s->generator;
    int64_t V = g->model->network.config.outputs;
    LACO_TRY(laco_state_text(walk, &s->text));
    LACO_TRY(laco_state_bytes(walk, g->carry.h, laco_rnn_state_bytes(&g->carry)));
    LACO_TRY(laco_state_bytes(walk, g->scores, (size_t)V * sizeof *g->scores));
    laco_sampling sampling = g->sampling;
    laco_rng rng = g->rng;
    LACO_TRY(laco_state_bytes(walk, &sampling, sizeof sampling));
    LACO_TRY(laco_state_bytes(walk, &rng, sizeof rng));
    LACO_TRY(laco_state_count(walk, &g->count, 0, INT64_MAX));
    for (int i = 0; i < LACO_RECENT; i++) {
        int64_t id = g->recent[i];
        LACO_TRY(laco_state_count(walk, &id, 0, V - 1));
        g->recent[i] = (int32_t)id;
    }
    LACO_TRY(laco_generator_choose(g, &sampling)); /* which refuses what no sampling can be */
    g->rng = rng;
    return LACO_OK;
}

const laco_stream_type laco_generate_stream = {
    .size = sizeof(language_stream),
    .reads = "text",
    .open = open_language,
    .close = close_language_stream,
    .reset = reset_language,
    .text = read_text,
    .end = end_text,
    .state = walk_language,
};

laco_status laco_model_stream_generator(laco_model_stream *base, const laco_sampling *sampling, laco_generator **out)
{
    language_stream *s = (language_stream *)base;
    laco_language *model; /* which the stream has already */
    LACO_TRY(laco_as_language(base->model, "generate text", &model));
    LACO_TRY(laco_model_stream_end(base));
    if (sampling)
        LACO_TRY(laco_generator_choose(s->generator, sampling));
    *out = s->generator;
    return LACO_OK;
}
