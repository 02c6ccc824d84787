#include "cases.h"

#include "caption/captioner.h"
#include "transduce/transducer.h"

#include <string.h>

typedef struct member_name {
    char text[40];
} member_name;

static member_name named(const char *name, int64_t m)
{
    member_name out;
    snprintf(out.text, sizeof out.text, m > 0 ? "%s_%d" : "%s", name, (int)m);
    return out;
}

/* What the encoder hands over, of member m: out of the first file, into the second. */
static void put_begin(onnx_case *c, int64_t m, bool attends, const laco_decoding *w)
{
    char name[60];
    const struct {
        const char *name;
        laco_var value;
    } parts[] = {{"h", w->state.h},
                 {"c", w->state.c},
                 {"values", attends ? w->memory.values : NULL},
                 {"keys", attends ? w->memory.keys : NULL}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].value)
            continue;
        snprintf(name, sizeof name, "out.%s", named(parts[i].name, m).text);
        put_var(c, c->writer, name, parts[i].value);
        snprintf(name, sizeof name, "in.%s", named(parts[i].name, m).text);
        put_var(c, c->second, name, parts[i].value);
    }
}

/* One step of all writers. */
static void put_step(onnx_case *c, int64_t count, bool attends, laco_decoding *writers, int64_t V)
{
    char name[60];
    laco_var logits[LACO_MOST_ENSEMBLE];
    int32_t *ids = draw_ids(c, c->B, (int)V);
    put_ids(c, c->second, "in.ids", 1, (const int64_t[]){c->B}, ids);
    if (attends)
        put_lengths(c, c->second);
    for (int64_t m = 0; m < count; m++) {
        laco_var weights = NULL;
        put_begin(c, m, attends, &writers[m]);
        laco_state state = writers[m].state;
        laco_var y = laco_decoder_apply(c->tape, writers[m].decoder, ids, 1, c->B, NULL, attends ? &writers[m].memory : NULL,
                                        &state, attends ? &weights : NULL);
        logits[m] = y ? laco_select(c->tape, y, 0) : NULL;
        snprintf(name, sizeof name, "out.%s", named("h_out", m).text);
        put_var(c, c->second, name, state.h);
        snprintf(name, sizeof name, "out.%s", named("c_out", m).text);
        if (state.c)
            put_var(c, c->second, name, state.c);
        snprintf(name, sizeof name, "out.%s", named("attention", m).text);
        if (weights)
            put_var(c, c->second, name, laco_select(c->tape, weights, 0));
    }
    put_var(c, c->second, "out.log_probabilities", laco_log_softmax(c->tape, laco_ensemble_mean(c->tape, logits, count)));
}

/* ---- caption ------------------------------------------------------------------------------------------------------------ */

static void make_captioner(onnx_case *c)
{
    bool mlp = draw(c, 0, 2) == 0;
    int F = draw(c, 1, 4), columns = draw(c, 1, 3), steps = draw(c, 1, 5);
    laco_captioner_config config = {.mlp = mlp,
                                    .cell = (laco_cell_kind)draw(c, LACO_RNN, LACO_LSTM),
                                    .hidden = draw(c, 1, 7),
                                    .layers = draw(c, 1, 2),
                                    .directions = mlp ? 1 : draw(c, 1, 2),
                                    .embed = draw(c, 1, 5),
                                    .outputs = draw(c, 2, 9),
                                    .attention = mlp ? LACO_ATTENTION_NONE
                                                     : (laco_attention_kind)draw(c, LACO_ATTENTION_NONE, LACO_ATTENTION_ADDITIVE),
                                    .tokens = LACO_TOKENS_CHAR,
                                    .longest = 9};
    laco_captioner_input input = {.kind = LACO_CAPTIONED_PICTURES, .features = F, .columns = columns, .size = 1};
    if (mlp)
        input.numbers = (int64_t)F * columns;
    else if (draw(c, 0, 1)) /* each place has a mean of its own */
        input.size = input.numbers = (int64_t)F * columns * (c->T = steps);
    c->T = mlp ? 1 : c->T > 0 ? c->T : 1; /* a memory without rows is none */
    c->lengths = draw_ids(c, c->B, c->T + 1);
    for (int b = 0; b < c->B && input.numbers > 0; b++)
        c->lengths[b] = c->T;
    input.mean = own_numbers(c, input.size, -1, 1);
    input.scale = own_numbers(c, input.size, 0.5, 2);
    laco_captioner *model;
    MUST(laco_captioner_new(c->ctx, 1, &config, &input, draw_vocabulary(c, (int)config.outputs), &model));
    c->model = &model->base;
}

static void ask_captioner(onnx_case *c)
{
    laco_captioner *model = (laco_captioner *)c->model;
    const laco_captioner_config *config = &model->config;
    int64_t C = model->input.columns, F = model->input.features;
    const int64_t shape[] = {c->T, c->B, C * F};
    bool attends = config->attention > LACO_ATTENTION_NONE;
    laco_real *x = draw_numbers(c, shape[0] * shape[1] * shape[2]), *columns = draw_numbers(c, shape[0] * shape[1] * shape[2]);
    int32_t *lengths = draw_ids(c, c->B, 1);
    for (int64_t i = 0; i < shape[0] * shape[1] * shape[2]; i++) { /* [S][B][C·F] as columns [S·C][B][F] */
        int64_t t = i / (c->B * C * F), b = i / (C * F) % c->B, k = i / F % C, f = i % F;
        columns[((t * C + k) * c->B + b) * F + f] = x[i];
    }
    for (int b = 0; b < c->B; b++)
        lengths[b] = (int32_t)(c->lengths[b] * C);
    const laco_batch batch = {.rows = c->B, .steps = (int32_t)(c->T * C), .x = columns, .width = F, .lengths = lengths};
    laco_decoding writer = {.decoder = model->decoder};
    put_numbers(c, c->writer, "in.x", 3, shape, x);
    if (!config->mlp)
        put_lengths(c, c->writer);
    MUST(laco_captioner_encode(c->tape, model, &batch, NULL, &writer.state, &writer.memory));
    put_step(c, 1, attends, &writer, config->outputs);
}

/* ---- transduce ---------------------------------------------------------------------------------------------------------- */

static void make_transducer(onnx_case *c)
{
    laco_transducer_config config = {.cell = (laco_cell_kind)draw(c, LACO_RNN, LACO_LSTM),
                                     .hidden = draw(c, 1, 7),
                                     .embed = draw(c, 1, 5),
                                     .layers = draw(c, 1, 2),
                                     .directions = draw(c, 1, 2),
                                     .decoder_layers = draw(c, 1, 3),
                                     .attention = (laco_attention_kind)draw(c, LACO_ATTENTION_NONE, LACO_ATTENTION_ADDITIVE),
                                     .ensemble = draw(c, 1, 3),
                                     .inputs = draw(c, 1, 9),
                                     .outputs = draw(c, 2, 9),
                                     .source = LACO_TOKENS_CHAR,
                                     .target = LACO_TOKENS_CHAR,
                                     .longest_source = 9,
                                     .longest_target = 9,
                                     .ctc_steps = draw(c, 0, 3)};
    laco_transducer *model;
    MUST(laco_transducer_new(c->ctx, 1, &config, draw_vocabulary(c, (int)config.inputs), draw_vocabulary(c, (int)config.outputs),
                             &model));
    c->model = &model->base;
    c->T = c->T > 0 ? c->T : 1; /* laço reads no batch of empty sources alone */
}

static void ask_transducer(onnx_case *c)
{
    laco_transducer *model = (laco_transducer *)c->model;
    const laco_transducer_config *config = &model->config;
    const int64_t shape[] = {c->T, c->B};
    laco_decoding writers[LACO_MOST_ENSEMBLE] = {{NULL, {NULL, NULL, NULL}, {NULL, NULL}}};
    laco_var frames[LACO_MOST_ENSEMBLE] = {NULL};
    int32_t *ids = draw_ids(c, shape[0] * shape[1], (int)config->inputs);
    put_ids(c, c->writer, "in.ids", 2, shape, ids);
    put_lengths(c, c->writer);
    MUST(laco_transducer_read(c->tape, model, ids, c->T, c->B, c->lengths, writers, frames));
    for (int64_t m = 0; m < config->ensemble; m++) {
        char name[60];
        snprintf(name, sizeof name, "out.%s", named("ctc", m).text);
        if (frames[m])
            put_var(c, c->writer, name, frames[m]);
    }
    put_step(c, config->ensemble, config->attention > LACO_ATTENTION_NONE, writers, config->outputs);
}

const case_kind writer_kinds[] = {
    {"write-caption", make_captioner, ask_captioner},
    {"write-transduce", make_transducer, ask_transducer},
    {NULL, NULL, NULL},
};
