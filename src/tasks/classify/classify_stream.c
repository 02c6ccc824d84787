/* A classifier as a stream: the network goes on by one step, what it makes of all steps with it, and a label is told of that. */
#include "classify/classifier.h"
#include "nn/module.h"
#include "nn/rnn_state.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

typedef struct classifier_stream {
    laco_model_stream base;
    laco_text_stream text; /* of texts */
    laco_rnn_state carry;
    laco_real *sum, *most; /* [hidden] of the outputs so far */
    laco_real *scores;     /* [labels] */
} classifier_stream;

static laco_classifier *model_of(const classifier_stream *s) { return (laco_classifier *)s->base.model; }

static laco_status open_stream(laco_model_stream *base)
{
    classifier_stream *s = (classifier_stream *)base;
    laco_classifier *model = model_of(s);
    laco_context *ctx = base->model->ctx;
    const laco_network_config *config = &model->network.config;
    LACO_TRY(laco_stream_check_forward(base->model, config->mlp, config->directions));
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    laco_text_stream_init(&s->text, ctx, &model->input.text, false);
    LACO_TRY(laco_rnn_state_new(ctx, model->network.rnn, 1, &s->carry));
    s->sum = laco_alloc(ctx, (size_t)config->hidden, sizeof *s->sum);
    s->most = laco_alloc(ctx, (size_t)config->hidden, sizeof *s->most);
    s->scores = laco_alloc(ctx, (size_t)model->label_count, sizeof *s->scores);
    return s->sum && s->most && s->scores ? LACO_OK : LACO_NO_MEMORY;
}

static void close_stream(laco_model_stream *base)
{
    classifier_stream *s = (classifier_stream *)base;
    laco_context *ctx = base->model->ctx;
    laco_text_stream_free(&s->text);
    laco_rnn_state_free(ctx, &s->carry);
    laco_release(ctx, s->sum);
    laco_release(ctx, s->most);
    laco_release(ctx, s->scores);
}

static laco_status reset_stream(laco_model_stream *base)
{
    classifier_stream *s = (classifier_stream *)base;
    size_t size = (size_t)model_of(s)->network.config.hidden * sizeof *s->sum;
    laco_text_stream_reset(&s->text);
    laco_rnn_state_clear(&s->carry);
    memset(s->sum, 0, size);
    memset(s->most, 0, size);
    base->step = 0;
    return LACO_OK;
}

/* ---- A step ---------------------------------------------------------------------------------------------------------------- */

/* As the pools of nn/pool.c, which add and compare in the order of the steps. */
static void pool(classifier_stream *s, const laco_real *hidden)
{
    int64_t H = model_of(s)->network.config.hidden;
    for (int64_t f = 0; f < H; f++) {
        s->sum[f] += hidden[f];
        if (s->base.step == 0 || hidden[f] > s->most[f])
            s->most[f] = hidden[f];
    }
    s->base.step++;
}

/* The network over one step x [1][1][…]. */
static laco_status advance(classifier_stream *s, laco_var x)
{
    const laco_network *network = &model_of(s)->network;
    laco_tape *tape = model_of(s)->tape;
    if (network->position && x) {
        int32_t step = (int32_t)LACO_MIN(s->base.step, network->config.positions - 1);
        x = laco_concat(tape, (laco_var[]){x, laco_embedding_apply(tape, network->position, &step, 1, 1)}, 2);
    }
    laco_state state = laco_rnn_state_begin(tape, &s->carry);
    laco_var hidden = laco_rnn_apply(tape, network->rnn, x, NULL, &state);
    if (!hidden)
        return laco_tape_status(tape);
    laco_rnn_state_end(&s->carry, &state);
    pool(s, laco_var_data(hidden));
    return LACO_OK;
}

/* Rows [hidden] that the pooling puts side by side. */
static laco_var summary(classifier_stream *s)
{
    const laco_network_config *config = &model_of(s)->network.config;
    laco_tape *tape = model_of(s)->tape;
    int64_t H = config->hidden, shape[2] = {1, H};
    laco_var mean = laco_var_new(tape, 2, shape, false);
    if (!mean)
        return NULL;
    memcpy(mean->data, s->sum, (size_t)H * sizeof *s->sum);
    for (int64_t f = 0; f < H && s->base.step > 0; f++)
        mean->data[f] /= (laco_real)s->base.step;
    laco_var last = laco_input(tape, s->carry.h + (config->layers - 1) * H, 2, shape), most = laco_input(tape, s->most, 2, shape);
    switch (config->pool) {
    case LACO_POOL_MEAN:
        return mean;
    case LACO_POOL_MAX:
        return most;
    case LACO_POOL_ALL:
        return laco_concat(tape, (laco_var[]){last, mean, most}, 3);
    default:
        return last;
    }
}

static laco_status tell(classifier_stream *s, bool whole)
{
    laco_classifier *model = model_of(s);
    int K = model->label_count, best = 0;
    laco_var row = summary(s);
    laco_var scores = row ? laco_log_softmax(model->tape, laco_linear_apply(model->tape, model->network.linear, row)) : NULL;
    if (!scores)
        return laco_tape_status(model->tape);
    memcpy(s->scores, laco_var_data(scores), (size_t)K * sizeof *s->scores);
    LACO_TRY(laco_model_check_answers(model->base.ctx, s->scores, K, 0, false));
    for (int k = 1; k < K; k++)
        best = s->scores[k] > s->scores[best] ? k : best;
    laco_stream_tell(&s->base, &(laco_stream_answer){.whole = whole, .label = {model->labels[best], best, s->scores}});
    return LACO_OK;
}

static laco_tape *begin(classifier_stream *s)
{
    laco_classifier *model = model_of(s);
    laco_tape_reset(model->tape);
    laco_module_set_training(model->base.module, false);
    return model->tape;
}

static laco_status take_token(void *user, const char *token, size_t length)
{
    classifier_stream *s = user;
    const laco_classifier *model = model_of(s);
    int32_t id = laco_vocabulary_id(model->input.vocabulary, token, length);
    LACO_TRY(advance(s, laco_network_read(begin(s), &model->network, &id, 1, 1, false)));
    return s->base.told ? tell(s, false) : LACO_OK;
}

static laco_status wrong_kind(const classifier_stream *s, const char *reads)
{
    return laco_fail(s->base.model->ctx, LACO_INVALID, "this classifier reads %s", reads);
}

static laco_status read_text(laco_model_stream *base, const char *bytes, size_t length)
{
    classifier_stream *s = (classifier_stream *)base;
    if (!model_of(s)->input.vocabulary)
        return wrong_kind(s, "numbers, not text");
    return laco_text_stream_feed(&s->text, bytes, length, take_token, s);
}

static laco_status read_step(classifier_stream *s, const laco_real *values)
{
    const laco_classifier_input *input = &model_of(s)->input;
    laco_batch batch = {.rows = 1, .steps = 1, .x = values, .width = input->features};
    LACO_TRY(advance(s, laco_classifier_input_numbers(begin(s), input, &batch)));
    return s->base.told ? tell(s, false) : LACO_OK;
}

static laco_status read_numbers(laco_model_stream *base, const laco_real *values, int64_t steps)
{
    classifier_stream *s = (classifier_stream *)base;
    int64_t F = model_of(s)->input.features;
    if (F == 0)
        return wrong_kind(s, "text, not numbers");
    if (steps < 0)
        return laco_fail(base->model->ctx, LACO_INVALID, "%lld steps cannot be", (long long)steps);
    for (int64_t i = 0; i < steps * F; i++)
        if (!isfinite(values[i]))
            return laco_fail(base->model->ctx, LACO_INVALID, "number %lld of step %lld is not finite", (long long)(i % F + 1),
                             (long long)(i / F + 1));
    for (int64_t t = 0; t < steps; t++)
        LACO_TRY(read_step(s, values + t * F));
    return LACO_OK;
}

static laco_status end_stream(laco_model_stream *base)
{
    classifier_stream *s = (classifier_stream *)base;
    LACO_TRY(laco_text_stream_end(&s->text, take_token, s));
    begin(s);
    LACO_TRY(tell(s, true));
    return reset_stream(base);
}

static laco_status walk_stream(laco_model_stream *base, laco_state_walk *walk)
{
    classifier_stream *s = (classifier_stream *)base;
    size_t size = (size_t)model_of(s)->network.config.hidden * sizeof *s->sum;
    LACO_TRY(laco_state_text(walk, &s->text));
    LACO_TRY(laco_state_bytes(walk, s->carry.h, laco_rnn_state_bytes(&s->carry)));
    LACO_TRY(laco_state_bytes(walk, s->sum, size));
    return laco_state_bytes(walk, s->most, size);
}

const laco_stream_type laco_classify_stream = {
    .size = sizeof(classifier_stream),
    .reads = "text, or steps of numbers",
    .open = open_stream,
    .close = close_stream,
    .reset = reset_stream,
    .text = read_text,
    .numbers = read_numbers,
    .end = end_stream,
    .state = walk_stream,
};
