/* Graphs of the tasks with a decoder: an encoder that is run once, and a step of the decoder. */
#include "export/onnx.h"

#include "caption/captioner.h"
#include "transduce/transducer.h"

#include <stdio.h>
#include <string.h>

#define NEVER (-3e38f)

typedef struct name_text {
    char text[100];
} name_text;

static name_text join(const char *a, const char *b)
{
    name_text out;
    snprintf(out.text, sizeof out.text, "%.60s%.39s", a, b);
    return out;
}

/* What a decoder is, for both files. */
typedef struct writer {
    const char *prefix; /* of its parameters: "decoder" */
    const char *suffix; /* of inputs and outputs: that of an ensemble's member, "" of the first */
    bool lstm;
    int64_t hidden, layers, outputs, width; /* width: of the memory */
    laco_attention_kind attention;
} writer;

static name_text part(const writer *w, const char *suffix)
{
    name_text out;
    snprintf(out.text, sizeof out.text, "%.60s.%.38s", w->prefix, suffix);
    return out;
}

/* ---- The encoder's side ------------------------------------------------------------------------------------------------- */

/* tanh of a bridge, [B][L·H], as [L][B][H]. */
static laco_onnx_value first_state(const laco_onnx_source *s, const writer *w, const char *bridge, laco_onnx_value vector)
{
    laco_onnx *g = s->graph;
    laco_onnx_value flat = laco_onnx_apply(g, "Tanh", laco_onnx_linear(s, part(w, bridge).text, vector), NULL, NULL);
    flat = laco_onnx_reshape(g, flat, 3, (const int64_t[]){0, w->layers, w->hidden});
    return laco_onnx_transpose(g, flat, 3, (const int64_t[]){1, 0, 2});
}

static void begin_writing(const laco_onnx_source *s, const writer *w, laco_onnx_value vector, laco_onnx_value values)
{
    laco_onnx *g = s->graph;
    char shape[80];
    snprintf(shape, sizeof shape, "%lld B %lld", (long long)w->layers, (long long)w->hidden);
    laco_onnx_output(g, first_state(s, w, "bridge_h", vector), join("h", w->suffix).text, LACO_ONNX_FLOAT, shape,
                     "the decoder's first hidden state");
    if (w->lstm)
        laco_onnx_output(g, first_state(s, w, "bridge_c", vector), join("c", w->suffix).text, LACO_ONNX_FLOAT, shape,
                         "the decoder's first cells");
    if (w->attention <= LACO_ATTENTION_NONE)
        return;
    snprintf(shape, sizeof shape, "S B %lld", (long long)w->width);
    laco_onnx_output(g, values, join("values", w->suffix).text, LACO_ONNX_FLOAT, shape, "what the decoder looks at");
    snprintf(shape, sizeof shape, "S B %lld", (long long)w->hidden);
    laco_onnx_output(g, laco_onnx_linear(s, part(w, "attention.key").text, values), join("keys", w->suffix).text, LACO_ONNX_FLOAT,
                     shape, "what it finds that by");
}

/* ---- The decoder's side ------------------------------------------------------------------------------------------------- */

/* [B][1][S] of a query [B][H] over keys [S][B][A]. */
static laco_onnx_value energies(const laco_onnx_source *s, const writer *w, laco_onnx_value query, laco_onnx_value keys)
{
    laco_onnx *g = s->graph;
    if (w->attention == LACO_ATTENTION_DOT)
        return laco_onnx_apply(g, "MatMul", laco_onnx_unsqueeze(g, query, 1),
                               laco_onnx_transpose(g, keys, 3, (const int64_t[]){1, 2, 0}), NULL);
    laco_onnx_value sum = laco_onnx_apply(g, "Add", keys, laco_onnx_linear(s, part(w, "attention.query").text, query), NULL);
    laco_onnx_value energy =
        laco_onnx_linear(s, part(w, "attention.energy").text, laco_onnx_apply(g, "Tanh", sum, NULL, NULL)); /* [S][B][1] */
    return laco_onnx_transpose(g, energy, 3, (const int64_t[]){1, 2, 0});
}

/* [B][M]; of a memory without rows zeros. */
static laco_onnx_value context_of(const laco_onnx_source *s, const writer *w, laco_onnx_value query, laco_onnx_value lengths)
{
    laco_onnx *g = s->graph;
    char shape[80];
    snprintf(shape, sizeof shape, "S B %lld", (long long)w->width);
    laco_onnx_value values =
        laco_onnx_input(g, join("values", w->suffix).text, LACO_ONNX_FLOAT, shape, "from the encoder, for every step the same");
    snprintf(shape, sizeof shape, "S B %lld", (long long)w->hidden);
    laco_onnx_value keys = laco_onnx_input(g, join("keys", w->suffix).text, LACO_ONNX_FLOAT, shape, "likewise");
    laco_onnx_value mask = laco_onnx_unsqueeze(
        g, laco_onnx_transpose(g, laco_onnx_mask(g, values, lengths), 2, (const int64_t[]){1, 0}), 1); /* [B][1][S] */
    laco_onnx_value scores = laco_onnx_apply(g, "Where", mask, energies(s, w, query, keys), laco_onnx_number(g, NEVER));
    scores = laco_onnx_with(g, "Softmax", scores, (laco_onnx_attribute){"axis", LACO_ONNX_I, .i = -1});
    scores = laco_onnx_apply(g, "Where", mask, scores, laco_onnx_number(g, 0));
    laco_onnx_output(g, laco_onnx_squeeze(g, scores, 1), join("attention", w->suffix).text, LACO_ONNX_FLOAT, "B S",
                     "how much it looked at each step of the source");
    laco_onnx_value rows = laco_onnx_transpose(g, values, 3, (const int64_t[]){1, 0, 2});
    return laco_onnx_squeeze(g, laco_onnx_apply(g, "MatMul", scores, rows, NULL), 1);
}

/* Logits [B][V] of one member; `ids` [B]. */
static laco_onnx_value write_step(const laco_onnx_source *s, const writer *w, laco_onnx_value ids, laco_onnx_value lengths)
{
    laco_onnx *g = s->graph;
    laco_onnx_state state;
    laco_onnx_state_in(s, w->suffix, w->lstm, w->layers, w->hidden, &state);
    laco_onnx_value x = laco_onnx_embedding(s, part(w, "embedding").text, laco_onnx_unsqueeze(g, ids, 0));
    x = laco_onnx_squeeze(g, laco_onnx_recurrent(s, part(w, "rnn").text, x, NULL, &state, NULL), 0);
    if (w->attention > LACO_ATTENTION_NONE) {
        const laco_onnx_value both[] = {x, context_of(s, w, x, lengths)};
        x = laco_onnx_apply(g, "Tanh", laco_onnx_linear(s, part(w, "combine").text, laco_onnx_concat(g, both, 2, 1)), NULL, NULL);
    }
    laco_onnx_state_out(s, w->suffix, w->layers, w->hidden, &state);
    return laco_onnx_linear(s, part(w, "output").text, x);
}

/* The step of all members, which agree. */
static void write_steps(const laco_onnx_source *s, const writer *writers, int64_t count)
{
    laco_onnx *g = s->graph;
    laco_onnx_value logits[LACO_MOST_ENSEMBLE], lengths = NULL;
    char shape[40];
    laco_onnx_value ids = laco_onnx_input(g, "ids", LACO_ONNX_INT64, "B", "the token that was written last; 0 at the start");
    if (writers->attention > LACO_ATTENTION_NONE) /* NOLINT: there is at least one */
        lengths = laco_onnx_input(g, "lengths", LACO_ONNX_INT32, "B", "steps of each source, as for the encoder");
    for (int64_t m = 0; m < count; m++)
        logits[m] = write_step(s, &writers[m], ids, lengths);
    snprintf(shape, sizeof shape, "B %lld", (long long)writers->outputs);
    laco_onnx_output(g, laco_onnx_log_softmax(g, laco_onnx_mean(g, logits, count)), "log_probabilities", LACO_ONNX_FLOAT, shape,
                     "of the next token, by its number in laco.vocabulary; 0 is the end");
}

/* ---- caption ------------------------------------------------------------------------------------------------------------ */

static writer caption_writer(const laco_captioner *model)
{
    const laco_captioner_config *c = &model->config;
    return (writer){
        "decoder",   "", c->cell == LACO_LSTM, c->hidden, c->layers, c->outputs, c->mlp ? c->hidden : c->directions * c->hidden,
        c->attention};
}

/* (x − mean) · scale of x [S][B][width]: one mean for all, or each place its own; a last step that is not full repeats the last
 * column. */
static laco_onnx_value standardise(laco_onnx *g, const laco_captioner_input *input, laco_onnx_value x)
{
    int64_t width = laco_captioner_input_width(input), F = input->features, columns = input->numbers / F;
    int64_t shape[3] = {input->size > 1 ? (columns + input->columns - 1) / input->columns : 1, 1, input->size > 1 ? width : 1};
    size_t count = (size_t)(shape[0] * shape[2]);
    laco_real *mean = laco_onnx_room(g, count, sizeof *mean), *scale = laco_onnx_room(g, count, sizeof *scale);
    for (size_t i = 0; scale && i < count; i++) {
        int64_t column = LACO_MIN((int64_t)i / F, columns - 1), place = input->size > 1 ? column * F + (int64_t)i % F : 0;
        mean[i] = input->mean[place];
        scale[i] = input->scale[place];
    }
    return scale ? laco_onnx_standardise(g, x, 3, shape, mean, scale) : NULL;
}

void laco_onnx_caption_encoder(const laco_onnx_source *s, const laco_model *base)
{
    const laco_captioner *model = (const laco_captioner *)base;
    const laco_captioner_config *c = &model->config;
    laco_onnx *g = s->graph;
    laco_onnx_state state = {NULL, NULL};
    const writer w = caption_writer(model);
    char shape[40];
    laco_onnx_value vector, values = NULL, lengths = NULL;
    snprintf(shape, sizeof shape, c->mlp ? "1 B %lld" : "S B %lld", (long long)laco_captioner_input_width(&model->input));
    laco_onnx_value x =
        laco_onnx_input(g, "x", LACO_ONNX_FLOAT, shape, "columns of a picture, or numbers of a vector, as they are");
    x = standardise(g, &model->input, x);
    if (c->mlp) {
        vector = laco_onnx_mlp(s, "hidden_l", c->layers, laco_onnx_squeeze(g, x, 0));
    } else {
        lengths = laco_onnx_input(g, "lengths", LACO_ONNX_INT32, "B", "steps of each picture or vector, 0 to S");
        values = laco_onnx_recurrent(s, "encoder", x, lengths, &state, &vector);
    }
    begin_writing(s, &w, vector, values);
}

void laco_onnx_caption_decoder(const laco_onnx_source *s, const laco_model *base)
{
    const writer w = caption_writer((const laco_captioner *)base);
    write_steps(s, &w, 1);
}

/* ---- transduce ---------------------------------------------------------------------------------------------------------- */

static void transduce_writers(const laco_onnx_source *s, const laco_transducer *model, writer *out)
{
    const laco_transducer_config *c = &model->config;
    for (int64_t m = 0; m < c->ensemble; m++) {
        char *names = laco_onnx_room(s->graph, 2, 64);
        if (names) {
            snprintf(names, 64, "%s", laco_member_name(m, "decoder").text);
            snprintf(names + 64, 64, m > 0 ? "_%d" : "%.0d", (int)m);
        }
        out[m] = (writer){names ? names : "", names ? names + 64 : "",   c->cell == LACO_LSTM, c->hidden, c->decoder_layers,
                          c->outputs,         c->directions * c->hidden, c->attention};
    }
}

/* Each step of the encoder as `steps` steps of CTC: [T·R][B][V]. */
static void write_ctc(const laco_onnx_source *s, const laco_transducer_config *c, int64_t m, laco_onnx_value values)
{
    laco_onnx *g = s->graph;
    char name[40], shape[60];
    laco_onnx_value x = laco_onnx_linear(s, laco_member_name(m, "ctc").text, values); /* [T][B][R·V] */
    x = laco_onnx_reshape(g, x, 4, (const int64_t[]){0, 0, c->ctc_steps, c->outputs});
    x = laco_onnx_transpose(g, x, 4, (const int64_t[]){0, 2, 1, 3});
    const laco_onnx_value whole[] = {laco_onnx_integers(g, 1, &(int64_t){-1}),
                                     laco_onnx_slice(g, laco_onnx_apply(g, "Shape", values, NULL, NULL), 0, 1, 2),
                                     laco_onnx_integers(g, 1, &c->outputs)};
    x = laco_onnx_apply(g, "Reshape", x, laco_onnx_concat(g, whole, 3, 0), NULL);
    snprintf(name, sizeof name, m > 0 ? "ctc_%d" : "ctc", (int)m);
    snprintf(shape, sizeof shape, "frames B %lld", (long long)c->outputs);
    laco_onnx_output(g, laco_onnx_log_softmax(g, x), name, LACO_ONNX_FLOAT, shape,
                     "log-probabilities of tokens for CTC, 0 being the blank; ctc_steps frames for each step");
}

void laco_onnx_transduce_encoder(const laco_onnx_source *s, const laco_model *base)
{
    const laco_transducer *model = (const laco_transducer *)base;
    const laco_transducer_config *c = &model->config;
    laco_onnx *g = s->graph;
    writer writers[LACO_MOST_ENSEMBLE];
    laco_onnx_value ids = laco_onnx_input(g, "ids", LACO_ONNX_INT64, "S B", "tokens of the source in laco.source_vocabulary"),
                    lengths = laco_onnx_input(g, "lengths", LACO_ONNX_INT32, "B", "tokens of each source, 0 to S");
    transduce_writers(s, model, writers);
    for (int64_t m = 0; m < c->ensemble; m++) {
        laco_onnx_state state = {NULL, NULL};
        laco_onnx_value ends, x = laco_onnx_embedding(s, laco_member_name(m, "embedding").text, ids);
        laco_onnx_value values = laco_onnx_recurrent(s, laco_member_name(m, "encoder").text, x, lengths, &state, &ends);
        begin_writing(s, &writers[m], ends, values);
        if (c->ctc_steps > 0)
            write_ctc(s, c, m, values);
    }
}

void laco_onnx_transduce_decoder(const laco_onnx_source *s, const laco_model *base)
{
    const laco_transducer *model = (const laco_transducer *)base;
    writer writers[LACO_MOST_ENSEMBLE];
    transduce_writers(s, model, writers);
    write_steps(s, writers, model->config.ensemble);
}
