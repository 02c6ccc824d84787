/* Graphs of the tasks that have one. */
#include "export/onnx.h"

#include "base/json_text.h"
#include "classify/classifier.h"
#include "forecast/forecaster.h"
#include "generate/language.h"
#include "tag/tagger.h"
#include "transcribe/transcriber.h"

#include <stdio.h>
#include <string.h>

/* "T B 16" */
typedef struct shape_text {
    char text[60];
} shape_text;

static shape_text sizes(const char *named, int64_t last)
{
    shape_text out;
    snprintf(out.text, sizeof out.text, "%s %lld", named, (long long)last);
    return out;
}

laco_onnx_value laco_onnx_log_softmax(laco_onnx *g, laco_onnx_value x)
{
    return laco_onnx_with(g, "LogSoftmax", x, (laco_onnx_attribute){"axis", LACO_ONNX_I, .i = -1});
}

static laco_onnx_value lengths_in(laco_onnx *g)
{
    return laco_onnx_input(g, "lengths", LACO_ONNX_INT32, "B",
                           "steps of each sequence, 0 to T; what stands behind them plays no part");
}

void laco_onnx_state_in(const laco_onnx_source *s, const char *suffix, bool lstm, int64_t rows, int64_t hidden,
                        laco_onnx_state *state)
{
    char name[40], shape[80];
    snprintf(shape, sizeof shape, "%lld B %lld", (long long)rows, (long long)hidden);
    snprintf(name, sizeof name, "h%s", suffix);
    state->h =
        laco_onnx_input(s->graph, name, LACO_ONNX_FLOAT, shape, "the hidden state before the first step; zeros at a beginning");
    snprintf(name, sizeof name, "c%s", suffix);
    state->c = lstm ? laco_onnx_input(s->graph, name, LACO_ONNX_FLOAT, shape, "the cells of the LSTM, likewise") : NULL;
}

void laco_onnx_state_out(const laco_onnx_source *s, const char *suffix, int64_t rows, int64_t hidden,
                         const laco_onnx_state *state)
{
    char name[40], shape[80];
    snprintf(shape, sizeof shape, "%lld B %lld", (long long)rows, (long long)hidden);
    snprintf(name, sizeof name, "h_out%s", suffix);
    laco_onnx_output(s->graph, state->h, name, LACO_ONNX_FLOAT, shape, "the hidden state behind the last step");
    snprintf(name, sizeof name, "c_out%s", suffix);
    if (state->c)
        laco_onnx_output(s->graph, state->c, name, LACO_ONNX_FLOAT, shape, "the cells behind it");
}

/* ids [T][B] by an embedding, or one-hot. */
static laco_onnx_value read_ids(const laco_onnx_source *s, const laco_network_config *c)
{
    laco_onnx *g = s->graph;
    laco_onnx_value ids =
        laco_onnx_input(g, "ids", LACO_ONNX_INT64, "T B", "the number of each token in laco.vocabulary; 0: unknown");
    if (c->embed > 0)
        return laco_onnx_embedding(s, "embedding", ids);
    const float values[] = {0, 1};
    laco_onnx_value parts[] = {laco_onnx_floats(g, "one_hot", 1, (const int64_t[]){2}, values)};
    return laco_onnx_apply(g, "OneHot", ids, laco_onnx_integer(g, c->inputs), parts[0]);
}

/* ---- classify ----------------------------------------------------------------------------------------------------------- */

static laco_onnx_value pool(const laco_onnx_source *s, const laco_network_config *c, laco_onnx_value x, laco_onnx_value lengths)
{
    laco_onnx *g = s->graph;
    laco_onnx_state state = {NULL, NULL};
    laco_onnx_value ends;
    if (c->positions > 0)
        x = laco_onnx_positions(s, "position", x, c->positions);
    laco_onnx_value hidden = laco_onnx_recurrent(s, "rnn", x, lengths, &state, &ends);
    if (c->pool == LACO_POOL_MEAN)
        return laco_onnx_mean_steps(g, hidden, lengths);
    if (c->pool == LACO_POOL_MAX)
        return laco_onnx_max_steps(g, hidden, lengths);
    if (c->pool != LACO_POOL_ALL)
        return ends;
    const laco_onnx_value parts[] = {ends, laco_onnx_mean_steps(g, hidden, lengths), laco_onnx_max_steps(g, hidden, lengths)};
    return laco_onnx_concat(g, parts, 3, 1);
}

static laco_onnx_value pool_mlp(const laco_onnx_source *s, const laco_network_config *c, laco_onnx_value x,
                                laco_onnx_value lengths)
{
    laco_onnx *g = s->graph;
    if (c->window == 0)
        return laco_onnx_mlp(s, "hidden_l", c->layers,
                             laco_onnx_side_by_side(g, x, lengths, c->longest, laco_network_step_size(c)));
    x = laco_onnx_mlp(s, "hidden_l", c->layers, laco_onnx_window(g, x, lengths, c->window));
    return c->pool == LACO_POOL_MAX ? laco_onnx_max_steps(g, x, lengths) : laco_onnx_mean_steps(g, x, lengths);
}

static void build_classify(const laco_onnx_source *s, const laco_model *base)
{
    const laco_classifier *model = (const laco_classifier *)base;
    const laco_network_config *c = &model->network.config;
    const laco_classifier_input *input = &model->input;
    laco_onnx *g = s->graph;
    laco_onnx_value x;
    if (input->vocabulary) {
        x = read_ids(s, c);
    } else {
        x = laco_onnx_input(g, "x", LACO_ONNX_FLOAT, sizes("T B", input->features).text, "the numbers of each step, as they are");
        x = laco_onnx_standardise(g, x, 1, &input->features, input->mean, input->scale);
    }
    laco_onnx_value lengths = lengths_in(g);
    x = c->mlp ? pool_mlp(s, c, x, lengths) : pool(s, c, x, lengths);
    x = laco_onnx_log_softmax(g, laco_onnx_linear(s, "linear", x));
    laco_onnx_output(g, x, "log_probabilities", LACO_ONNX_FLOAT, sizes("B", c->outputs).text, "of each label of laco.labels");
}

/* ---- generate ----------------------------------------------------------------------------------------------------------- */

static void build_generate(const laco_onnx_source *s, const laco_model *base)
{
    const laco_network_config *c = &((const laco_language *)base)->network.config;
    laco_onnx *g = s->graph;
    laco_onnx_state state;
    laco_onnx_value x = read_ids(s, c), lengths = lengths_in(g);
    laco_onnx_state_in(s, "", c->cell == LACO_LSTM, c->layers, c->hidden, &state);
    x = laco_onnx_recurrent(s, "rnn", x, lengths, &state, NULL);
    x = laco_onnx_linear_tied(s, "linear", c->tied ? "embedding.weight" : "linear.weight", x);
    laco_onnx_output(g, laco_onnx_log_softmax(g, x), "log_probabilities", LACO_ONNX_FLOAT, sizes("T B", c->outputs).text,
                     "of the token behind each step");
    laco_onnx_state_out(s, "", c->layers, c->hidden, &state);
}

/* ---- forecast ----------------------------------------------------------------------------------------------------------- */

/* The autoregression stands outside: its weights. */
static void note_autoregression(laco_onnx *g, const laco_param *weight)
{
    json_t *rows = json_array();
    for (int64_t r = 0; weight && r < weight->shape[0]; r++) {
        json_t *row = json_array();
        for (int64_t i = 0; i < weight->shape[1]; i++)
            laco_json_add(&row, json_real((double)weight->value[r * weight->shape[1] + i]));
        laco_json_add(&rows, row);
    }
    if (weight)
        laco_onnx_note_json(g, "laco.autoregression", rows);
    else
        json_decref(rows);
}

static void build_forecast(const laco_onnx_source *s, const laco_model *base)
{
    const laco_forecaster *model = (const laco_forecaster *)base;
    const laco_network_config *c = &model->network.config;
    laco_onnx *g = s->graph;
    laco_onnx_state state;
    laco_onnx_value x = laco_onnx_input(g, "x", LACO_ONNX_FLOAT, sizes("T B", c->inputs).text,
                                        "of each step: standardised values, and what docs/export.md says"),
                    lengths = lengths_in(g);
    laco_onnx_state_in(s, "", c->cell == LACO_LSTM, c->layers, c->hidden, &state);
    x = laco_onnx_linear(s, "linear", laco_onnx_recurrent(s, "rnn", x, lengths, &state, NULL));
    laco_onnx_output(g, x, "y", LACO_ONNX_FLOAT, sizes("T B", c->outputs).text,
                     "what comes behind each step: horizon × columns × quantiles, as the network says it");
    laco_onnx_state_out(s, "", c->layers, c->hidden, &state);
    note_autoregression(g, model->ar_weight);
}

/* ---- tag ---------------------------------------------------------------------------------------------------------------- */

/* The last states of both directions over the letters of each word, [T][B][2·H]; and of one word more, without letters, for there
 * are runtimes that do not bear a batch of none. */
static laco_onnx_value read_letters(const laco_onnx_source *s, const laco_tagger_config *c, int64_t m, laco_onnx_value ids,
                                    laco_onnx_value letters, laco_onnx_value counts)
{
    laco_onnx *g = s->graph;
    laco_onnx_state state = {NULL, NULL};
    laco_onnx_value words, shape = laco_onnx_apply(g, "Shape", ids, NULL, NULL);
    laco_onnx_value all = laco_onnx_apply(g, "ReduceProd", shape, NULL, NULL);
    const laco_onnx_value rows[] = {laco_onnx_slice(g, laco_onnx_apply(g, "Shape", letters, NULL, NULL), 0, 0, 1), all};
    letters = laco_onnx_apply(g, "Reshape", letters, laco_onnx_concat(g, rows, 2, 0), NULL);
    counts = laco_onnx_apply(g, "Reshape", counts, all, NULL);
    letters = laco_onnx_apply(g, "Pad", letters, laco_onnx_integers(g, 4, (const int64_t[]){0, 0, 0, 1}), NULL);
    counts = laco_onnx_apply(g, "Pad", counts, laco_onnx_integers(g, 2, (const int64_t[]){0, 1}), NULL);
    laco_onnx_value x = laco_onnx_embedding(s, laco_member_name(m, "letter_embedding").text, letters);
    laco_onnx_recurrent(s, laco_member_name(m, "letter_rnn").text, x, counts, &state, &words);
    words = laco_onnx_slice(g, words, 0, 0, -1);
    const laco_onnx_value full[] = {shape, laco_onnx_integers(g, 1, &(int64_t){2 * c->letter_hidden})};
    return laco_onnx_apply(g, "Reshape", words, laco_onnx_concat(g, full, 2, 0), NULL);
}

static laco_onnx_value tag_member(const laco_onnx_source *s, const laco_tagger_config *c, int64_t m,
                                  const laco_onnx_value *inputs)
{
    laco_onnx *g = s->graph;
    laco_onnx_state state = {NULL, NULL};
    laco_onnx_value lengths = inputs[3],
                    parts[] = {laco_onnx_embedding(s, laco_member_name(m, "word_embedding").text, inputs[0]), NULL};
    if (c->letter_hidden > 0)
        parts[1] = read_letters(s, c, m, inputs[0], inputs[1], inputs[2]);
    laco_onnx_value x = c->letter_hidden > 0 ? laco_onnx_concat(g, parts, 2, 2) : parts[0];
    if (c->mlp)
        x = laco_onnx_mlp(s, laco_member_name(m, "hidden_l").text, c->layers, laco_onnx_window(g, x, lengths, c->window));
    else
        x = laco_onnx_recurrent(s, laco_member_name(m, "rnn").text, x, lengths, &state, NULL);
    return laco_onnx_linear(s, laco_member_name(m, "linear").text, x);
}

static json_t *list_of(const laco_param *param)
{
    json_t *list = json_array();
    for (int64_t i = 0; param && i < param->count; i++)
        laco_json_add(&list, json_real((double)param->value[i]));
    return list;
}

static void build_tag(const laco_onnx_source *s, const laco_model *base)
{
    const laco_tagger_config *c = &((const laco_tagger *)base)->config;
    laco_onnx *g = s->graph;
    laco_onnx_value scores[LACO_MOST_ENSEMBLE], inputs[4] = {NULL};
    inputs[0] = laco_onnx_input(g, "ids", LACO_ONNX_INT64, "T B", "the number of each word in laco.vocabulary; 0: unknown");
    if (c->letter_hidden > 0) {
        inputs[1] = laco_onnx_input(g, "letters", LACO_ONNX_INT64, "S T B", "the number of each letter in laco.letters");
        inputs[2] = laco_onnx_input(g, "letter_counts", LACO_ONNX_INT32, "T B", "letters of each word, 0 to S");
    }
    inputs[3] = lengths_in(g);
    for (int64_t m = 0; m < c->ensemble; m++)
        scores[m] = tag_member(s, c, m, inputs);
    laco_onnx_output(g, laco_onnx_mean(g, scores, c->ensemble), "scores", LACO_ONNX_FLOAT, sizes("T B", c->outputs).text,
                     c->crf ? "of each tag of laco.labels; the best path adds laco.crf to them" : "of each tag of laco.labels");
    if (c->crf)
        laco_onnx_note_json(g, "laco.crf",
                            json_pack("{s:o, s:o, s:o}", "start_transitions",
                                      list_of(laco_module_find(s->module, "crf.start_transitions")), "end_transitions",
                                      list_of(laco_module_find(s->module, "crf.end_transitions")), "transitions",
                                      list_of(laco_module_find(s->module, "crf.transitions"))));
}

/* ---- transcribe --------------------------------------------------------------------------------------------------------- */

static void build_transcribe(const laco_onnx_source *s, const laco_model *base)
{
    const laco_transcriber *model = (const laco_transcriber *)base;
    const laco_network_config *c = &model->network.config;
    const laco_audio_frontend *f = &model->frontend;
    laco_onnx *g = s->graph;
    laco_onnx_state state = {NULL, NULL};
    const int64_t shape[] = {f->stack, f->bands};
    laco_real *mean = laco_onnx_room(g, (size_t)c->inputs, sizeof *mean),
              *scale = laco_onnx_room(g, (size_t)c->inputs, sizeof *scale);
    for (int64_t i = 0; scale && i < shape[0] * shape[1]; i++) {
        mean[i] = f->mean[i % f->bands];
        scale[i] = f->scale[i % f->bands];
    }
    laco_onnx_value x = laco_onnx_input(g, "x", LACO_ONNX_FLOAT, sizes("T B", c->inputs).text,
                                        "log-mel numbers of as many frames side by side as laco.sound says in 'stack'"),
                    lengths = lengths_in(g);
    x = scale ? laco_onnx_standardise(g, x, 1, &c->inputs, mean, scale) : NULL;
    x = laco_onnx_linear(s, "linear", laco_onnx_recurrent(s, "rnn", x, lengths, &state, NULL));
    laco_onnx_output(g, laco_onnx_log_softmax(g, x), "log_probabilities", LACO_ONNX_FLOAT, sizes("T B", c->outputs).text,
                     "of each token of laco.vocabulary; 0 is the blank of CTC");
}

/* ---- All tasks ---------------------------------------------------------------------------------------------------------- */

const laco_onnx_task laco_onnx_tasks[] = {
    {"classify", {{NULL, "Log-probabilities of labels for whole sequences.", build_classify}}},
    {"generate", {{NULL, "A language model: log-probabilities of the token behind each step.", build_generate}}},
    {"forecast", {{NULL, "The network of a forecaster of series.", build_forecast}}},
    {"tag", {{NULL, "Scores of tags for each word of a sentence.", build_tag}}},
    {"transcribe", {{NULL, "Log-probabilities of tokens of text for each step of a recording.", build_transcribe}}},
    {"caption",
     {{"encoder", "Reads a picture or vector: what the decoder begins with.", laco_onnx_caption_encoder},
      {"decoder_step", "Writes one token behind another.", laco_onnx_caption_decoder}}},
    {"transduce",
     {{"encoder", "Reads a source: what the decoder begins with and looks at.", laco_onnx_transduce_encoder},
      {"decoder_step", "Writes one token behind another.", laco_onnx_transduce_decoder}}},
    {NULL, {{NULL, NULL, NULL}}},
};
