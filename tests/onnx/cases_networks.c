#include "cases.h"

#include "classify/classifier.h"
#include "forecast/forecaster.h"
#include "generate/language.h"
#include "tag/tagger.h"
#include "transcribe/transcriber.h"

#include <string.h>

static const char *const labels[] = {"B-X", "I-X", "O", "B-Y", "I-Y"};

static laco_network_config draw_network(onnx_case *c, bool both)
{
    laco_network_config n = {.cell = (laco_cell_kind)draw(c, LACO_RNN, LACO_LSTM),
                             .nonlinearity = LACO_TANH,
                             .hidden = draw(c, 1, 9),
                             .layers = draw(c, 1, 3),
                             .directions = both ? draw(c, 1, 2) : 1};
    if (n.cell == LACO_RNN && draw(c, 0, 1))
        n.nonlinearity = LACO_RELU;
    return n;
}

/* What a softmax is made of, for who computes the very same, and its logarithms. */
static void put_scores(onnx_case *c, laco_var scores)
{
    put_var(c, c->writer, "raw.scores", scores);
    put_var(c, c->writer, "out.log_probabilities", laco_log_softmax(c->tape, scores));
}

/* ---- classify ----------------------------------------------------------------------------------------------------------- */

static void make_classifier(onnx_case *c, laco_network_config n, laco_classifier_input *input)
{
    laco_classifier *model;
    n.outputs = draw(c, 1, 5);
    n.summary = true;
    n.pool = (laco_pooling)draw(c, LACO_POOL_LAST, LACO_POOL_ALL);
    n.inputs = laco_classifier_input_size(input);
    MUST(laco_classifier_new(c->ctx, 1, &n, input, labels, (int)n.outputs, &model));
    c->model = &model->base;
}

static void make_text(onnx_case *c)
{
    laco_classifier_input input = {.text = {.level = LACO_TEXT_CHAR}, .vocabulary = draw_vocabulary(c, draw(c, 1, 20))};
    laco_network_config n = draw_network(c, true);
    n.embed = draw(c, 0, 1) * draw(c, 1, 7);
    n.positions = draw(c, 0, 2) == 0 ? draw(c, 1, 8) : 0;
    make_classifier(c, n, &input);
}

static laco_classifier_input draw_numbers_input(onnx_case *c)
{
    int F = draw(c, 1, 6);
    return (laco_classifier_input){
        .text = {.level = LACO_TEXT_CHAR}, .features = F, .mean = own_numbers(c, F, -1, 1), .scale = own_numbers(c, F, 0.5, 2)};
}

static void make_rows(onnx_case *c)
{
    laco_classifier_input input = draw_numbers_input(c);
    make_classifier(c, draw_network(c, true), &input);
}

static void make_mlp(onnx_case *c)
{
    laco_classifier_input input = draw_numbers_input(c);
    laco_network_config n = draw_network(c, false);
    n.cell = LACO_RNN;
    n.nonlinearity = LACO_TANH;
    n.mlp = true;
    n.window = draw(c, 0, 1) * draw(c, 1, 5);
    n.longest = draw(c, 1, 9);
    make_classifier(c, n, &input);
}

static void ask_classifier(onnx_case *c)
{
    laco_classifier *model = (laco_classifier *)c->model;
    int64_t F = model->input.features, shape[] = {c->T, c->B, F}, count = (int64_t)c->T * c->B;
    laco_batch batch = {.rows = c->B, .steps = c->T, .lengths = c->lengths, .width = F};
    if (F > 0) {
        batch.x = draw_numbers(c, count * F);
        put_numbers(c, c->writer, "in.x", 3, shape, batch.x);
    } else {
        batch.ids = draw_ids(c, count, (int)laco_classifier_input_size(&model->input));
        put_ids(c, c->writer, "in.ids", 2, shape, batch.ids);
    }
    put_lengths(c, c->writer);
    put_scores(c, laco_classifier_logits(c->tape, model, &batch, false));
}

/* ---- generate, forecast, transcribe ------------------------------------------------------------------------------------- */

/* A first state in, and the last one out. */
static laco_state draw_state(onnx_case *c, laco_tensor_writer *to, const laco_network_config *n)
{
    const int64_t shape[] = {n->layers, c->B, n->hidden};
    laco_state state = {laco_input(c->tape, draw_numbers(c, shape[0] * shape[1] * shape[2]), 3, shape), NULL};
    put_var(c, to, "in.h", state.h);
    if (n->cell != LACO_LSTM)
        return state;
    state.c = laco_input(c->tape, draw_numbers(c, shape[0] * shape[1] * shape[2]), 3, shape);
    put_var(c, to, "in.c", state.c);
    return state;
}

static void put_state(onnx_case *c, const laco_state *state)
{
    put_var(c, c->writer, "out.h_out", state->h);
    if (state->c)
        put_var(c, c->writer, "out.c_out", state->c);
}

static void make_language(onnx_case *c)
{
    laco_network_config n = draw_network(c, false);
    laco_language *model;
    int V = draw(c, 2, 20); /* of one token there is nothing to say */
    n.inputs = n.outputs = V;
    n.tied = draw(c, 0, 1) == 1;
    n.embed = n.tied ? n.hidden : draw(c, 0, 1) * draw(c, 1, 7);
    MUST(laco_language_new(c->ctx, 1, &n, &(laco_text_config){.level = LACO_TEXT_CHAR}, draw_vocabulary(c, V), &model));
    c->model = &model->base;
}

static void ask_language(onnx_case *c)
{
    laco_language *model = (laco_language *)c->model;
    const laco_network_config *n = &model->network.config;
    const int64_t shape[] = {c->T, c->B};
    int32_t *ids = draw_ids(c, shape[0] * shape[1], (int)n->inputs);
    laco_state state = draw_state(c, c->writer, n);
    put_ids(c, c->writer, "in.ids", 2, shape, ids);
    put_lengths(c, c->writer);
    laco_var x = laco_network_hidden(c->tape, &model->network, ids, c->T, c->B, c->lengths, &state, false);
    put_scores(c, laco_linear_apply(c->tape, model->network.linear, x));
    put_state(c, &state);
}

static void make_forecaster(onnx_case *c)
{
    static const char *const columns[] = {"a", "b", "c"};
    laco_forecaster_config config = {.network = draw_network(c, false),
                                     .kind = draw(c, 0, 1) ? LACO_BASE_NONE : LACO_BASE_AUTO,
                                     .ar = {.lag_count = 2, .lags = {1, 5}},
                                     .horizon = draw(c, 1, 4),
                                     .window = 8,
                                     .season = 1,
                                     .calendar = draw(c, 0, 1) == 1};
    laco_forecaster *model;
    int C = draw(c, 1, 3);
    size_t place;
    MUST(laco_forecaster_new(c->ctx, 1, &config, columns, C, &model));
    c->model = &model->base;
    MUST(laco_series_new(c->ctx, "series", columns, C, &model->history));
    model->history->has_time = config.calendar;
    model->history->step.time = 3600;
    MUST(laco_series_place(model->history, "", 0, &place));
    model->scales = laco_alloc(c->ctx, (size_t)C, sizeof *model->scales);
    model->seen = laco_alloc(c->ctx, 1, sizeof *model->seen);
    for (int k = 0; k < C; k++)
        model->scales[k] = (laco_spread){0, 1};
    for (int i = 0; i < 20; i++)
        MUST(laco_series_add_row(model->history, place, (const double[]){draw(c, 0, 9), draw(c, 0, 9), draw(c, 0, 9)}, 3600 * i));
}

static void ask_forecaster(onnx_case *c)
{
    laco_forecaster *model = (laco_forecaster *)c->model;
    const laco_network_config *n = &model->network.config;
    const int64_t shape[] = {c->T, c->B, n->inputs};
    laco_var x = laco_input(c->tape, draw_numbers(c, shape[0] * shape[1] * shape[2]), 3, shape);
    laco_state state = draw_state(c, c->writer, n);
    put_var(c, c->writer, "in.x", x);
    put_lengths(c, c->writer);
    x = laco_rnn_apply(c->tape, model->network.rnn, x, c->lengths, &state);
    put_var(c, c->writer, "out.y", laco_linear_apply(c->tape, model->network.linear, x));
    put_state(c, &state);
}

static void make_transcriber(onnx_case *c)
{
    laco_network_config n = draw_network(c, true);
    int bands = draw(c, 1, 5), stack = draw(c, 1, 3), V = draw(c, 1, 12);
    laco_audio_frontend frontend = {.rate = 8000,
                                    .bands = bands,
                                    .stack = stack,
                                    .mean = own_numbers(c, bands, -1, 1),
                                    .scale = own_numbers(c, bands, 0.5, 2)};
    laco_transcriber *model;
    n.inputs = (int64_t)bands * stack;
    n.outputs = V;
    MUST(laco_transcriber_new(c->ctx, 1, &n, &frontend, &(laco_text_config){.level = LACO_TEXT_CHAR}, draw_vocabulary(c, V),
                              &model));
    c->model = &model->base;
}

static void ask_transcriber(onnx_case *c)
{
    laco_transcriber *model = (laco_transcriber *)c->model;
    const laco_audio_frontend *f = &model->frontend;
    const int64_t shape[] = {c->T, c->B, model->network.config.inputs}, count = shape[0] * shape[1] * shape[2];
    laco_real *x = draw_numbers(c, count);
    put_numbers(c, c->writer, "in.x", 3, shape, x);
    put_lengths(c, c->writer);
    for (int64_t i = 0; i < count; i++)
        x[i] = (x[i] - f->mean[i % shape[2] % f->bands]) * f->scale[i % shape[2] % f->bands];
    laco_var y = laco_rnn_apply(c->tape, model->network.rnn, laco_input(c->tape, x, 3, shape), c->lengths, NULL);
    put_scores(c, laco_linear_apply(c->tape, model->network.linear, y));
}

/* ---- tag ---------------------------------------------------------------------------------------------------------------- */

static void make_tagger(onnx_case *c)
{
    laco_network_config n = draw_network(c, true);
    laco_tagger_config config = {.mlp = draw(c, 0, 2) == 0,
                                 .cell = n.cell,
                                 .nonlinearity = n.nonlinearity,
                                 .hidden = n.hidden,
                                 .layers = n.layers,
                                 .directions = n.directions,
                                 .window = draw(c, 1, 5),
                                 .words = draw(c, 1, 10),
                                 .embed = draw(c, 1, 6),
                                 .letters = draw(c, 1, 10),
                                 .letter_embed = draw(c, 1, 4),
                                 .letter_hidden = draw(c, 0, 4),
                                 .outputs = draw(c, 1, 5),
                                 .ensemble = draw(c, 1, 3),
                                 .crf = draw(c, 0, 1) == 1};
    laco_tagger *model;
    config.cell = config.mlp ? LACO_RNN : config.cell;
    config.nonlinearity = config.mlp ? LACO_TANH : config.nonlinearity;
    MUST(laco_tagger_new(c->ctx, 1, &config, draw_vocabulary(c, (int)config.words), draw_vocabulary(c, (int)config.letters),
                         labels, LACO_TAGGED_TEXT, "", &model));
    c->model = &model->base;
}

#define WORDS 8
#define LETTERS 6

/* Words of a few letters, some of them known. */
static void draw_words(onnx_case *c, laco_strings *words)
{
    int32_t number;
    for (int w = 0; w < WORDS; w++) {
        char text[LETTERS + 1];
        int length = w < 3 ? 1 : draw(c, 1, LETTERS);
        for (int i = 0; i < length; i++)
            text[i] = (char)('a' + (w < 3 ? w : draw(c, 0, 11)));
        MUST(laco_strings_add(words, text, (size_t)length, &number));
    }
}

/* Letters of the words at each place, [S][T][B], and how many each has; none past the end. */
static void put_letters(onnx_case *c, const laco_lexicon *lexicon, const laco_batch *batch)
{
    int64_t places = (int64_t)c->T * c->B;
    const int64_t shape[] = {LETTERS, c->T, c->B};
    int32_t *letters = draw_ids(c, LETTERS * places, 1), *counts = draw_ids(c, places, 1);
    for (int64_t i = 0; i < places; i++) {
        size_t word = (size_t)batch->ids[i];
        counts[i] = laco_sequences_length(&lexicon->letters, word);
        for (int32_t s = 0; s < counts[i]; s++)
            letters[s * places + i] = laco_sequences_ids(&lexicon->letters, word)[s];
    }
    put_ids(c, c->writer, "in.letters", 3, shape, letters);
    MUST(laco_tensor_writer_add(c->writer, "in.letter_counts", LACO_DTYPE_I32, 2, shape + 1, counts));
}

/* The words themselves, each ended by a zero, and where they are. */
static void put_words(onnx_case *c, const laco_strings *words, const int32_t *numbers)
{
    uint8_t *bytes = laco_arena_zeroed(&c->arena, WORDS, LETTERS + 1);
    MUST(bytes ? LACO_OK : LACO_NO_MEMORY);
    for (int32_t w = 0; w < (int32_t)words->count; w++) {
        size_t length;
        const char *word = laco_strings_get(words, w, &length);
        memcpy(bytes + w * (LETTERS + 1), word, length);
    }
    MUST(laco_tensor_writer_add(c->writer, "raw.words", LACO_DTYPE_U8, 2, (const int64_t[]){WORDS, LETTERS + 1}, bytes));
    MUST(laco_tensor_writer_add(c->writer, "raw.numbers", LACO_DTYPE_I32, 2, (const int64_t[]){c->T, c->B}, numbers));
}

static void ask_tagger(onnx_case *c)
{
    laco_tagger *model = (laco_tagger *)c->model;
    laco_strings words;
    laco_lexicon lexicon;
    const int64_t shape[] = {c->T, c->B};
    laco_strings_init(&words, c->ctx);
    draw_words(c, &words);
    MUST(laco_lexicon_new(model, &words, &lexicon));
    int32_t *numbers = draw_ids(c, shape[0] * shape[1], (int)words.count), *ids = draw_ids(c, shape[0] * shape[1], 1);
    for (int64_t i = 0; i < shape[0] * shape[1]; i++)
        ids[i] = lexicon.ids[numbers[i]];
    const laco_batch batch = {.rows = c->B, .steps = c->T, .lengths = c->lengths, .ids = numbers};
    put_ids(c, c->writer, "in.ids", 2, shape, ids);
    if (model->config.letter_hidden > 0)
        put_letters(c, &lexicon, &batch);
    put_lengths(c, c->writer);
    put_words(c, &words, numbers);
    put_var(c, c->writer, "out.scores", laco_tagger_scores(c->tape, model, &lexicon, &batch));
    laco_lexicon_free(&lexicon);
    laco_strings_free(&words);
}

const case_kind network_kinds[] = {
    {"classify-text", make_text, ask_classifier},
    {"classify-numbers", make_rows, ask_classifier},
    {"classify-mlp", make_mlp, ask_classifier},
    {"generate", make_language, ask_language},
    {"forecast", make_forecaster, ask_forecaster},
    {"transcribe", make_transcriber, ask_transcriber},
    {"tag", make_tagger, ask_tagger},
    {NULL, NULL, NULL},
};
