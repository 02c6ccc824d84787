#include "fuzz.h"

#include "ask.h"

#define MOST_NUMBERS 4096 /* of an input */

static laco_real numbers[MOST_NUMBERS];
static const laco_decode_options options = {.nbest = 2, .length = 50};

/* A call that may be refused, with a text. */
static bool done(const laco_context *ctx, laco_status status)
{
    if (status < 0)
        fuzz_check_error(ctx);
    return status >= 0;
}

static void check_text(const char *text) { require(laco_utf8_valid(text, strlen(text)) == strlen(text)); }

/* Numbers of a step that a classifier reads; 0: none, or too many for here. */
static int64_t features_of(const laco_model *model)
{
    laco_data_config config;
    if (laco_model_data_config(model, "classify", &config) < 0 || config.labelled.features > MOST_NUMBERS / 3)
        return 0;
    return config.labelled.features;
}

/* ---- Classifiers ------------------------------------------------------------------------------------------------------------
 */

static void check_labels(const laco_model *model, const laco_label *labels, int count)
{
    int known;
    laco_model_label_names(model, &known);
    for (int i = 0; i < count; i++)
        require(!labels[i].name || (labels[i].index >= 0 && labels[i].index < known && labels[i].log_probability < 1e-3));
}

static void ask_classifier(laco_context *ctx, laco_model *model)
{
    static const char *const texts[] = {"abc", "", "x y, Zz", "S\xC3\xA3o"};
    laco_label labels[8];
    if (done(ctx, laco_model_classify_many(model, 4, texts, NULL, 2, labels, NULL)))
        check_labels(model, labels, 8);
    if (features_of(model) < 1)
        return;
    static const int64_t lengths[] = {3, 1, 2};
    for (int i = 0; i < 3; i++) { /* of other lengths than those of training, too */
        const laco_real *sequence = numbers;
        if (done(ctx, laco_model_classify_numbers(model, 1, &sequence, &lengths[i], 2, labels)))
            check_labels(model, labels, 2);
    }
}

/* ---- Models that write ------------------------------------------------------------------------------------------------------
 */

static void check_answers(const laco_hypothesis *answers, int count)
{
    for (int i = 0; i < count; i++)
        if (answers[i].text)
            check_text(answers[i].text);
}

static void ask_captioner(laco_context *ctx, laco_model *model)
{
    laco_data_config of;
    laco_captioned *data = NULL;
    laco_hypothesis answers[2];
    if (!done(ctx, laco_model_data_config(model, "caption", &of)))
        return;
    laco_captioned_config config = of.captioned;
    size_t height = config.kind == LACO_CAPTIONED_VECTORS ? 1 : (size_t)config.features;
    size_t width = config.numbers > 0 && height > 0 ? (size_t)config.numbers / height : 5;
    if (height < 1 || width < 1 || height > MOST_NUMBERS || width > MOST_NUMBERS / height)
        return;
    config.uncaptioned = true;
    if (!done(ctx, laco_captioned_from_values(ctx, numbers, width, height, (const char *const[]){NULL}, 1, &config, &data)))
        return;
    if (done(ctx, laco_model_caption(model, data, 0, 1, &options, answers)))
        check_answers(answers, 2);
    laco_captioned_free(data);
}

static void ask_transcriber(laco_context *ctx, laco_model *model)
{
    static float samples[4000];
    laco_transcripts transcripts;
    for (int i = 0; i < 4000; i++)
        samples[i] = (float)(i % 17 - 8) / 16;
    laco_data_config config;
    if (!done(ctx, laco_model_data_config(model, "transcribe", &config)))
        return;
    for (int64_t beam = 1; beam <= 3; beam += 2) {
        const laco_decode_options how = {.beam = beam, .nbest = 1};
        if (!done(ctx, laco_model_transcribe(model, samples, 4000, (int)config.spoken.rate, &how, &transcripts)))
            continue;
        check_text(transcripts.text[0]);
        laco_transcripts_free(&transcripts);
    }
}

static void ask_transducer(laco_context *ctx, laco_model *model)
{
    static const char *const sources[] = {"ab", "", "\xC3\xA7\xC3\xA3o x"};
    laco_hypothesis answers[6];
    laco_alignment alignment;
    if (done(ctx, laco_model_transduce(model, 3, sources, NULL, &options, answers, NULL)))
        check_answers(answers, 6);
    if (done(ctx, laco_model_align(model, "ab", &alignment)))
        laco_alignment_free(&alignment);
}

static void ask_language(laco_context *ctx, laco_model *model)
{
    laco_generator *generator;
    const char *piece;
    char *text;
    size_t length;
    double log_probability;
    if (!done(ctx, laco_generator_new(model, &(laco_sampling){.temperature = 0.8, .top_k = 3, .top_p = 0.9}, &generator)))
        return;
    done(ctx, laco_generator_read(generator, "ab c", 4, NULL, NULL, NULL));
    for (int i = 0; i < 4 && done(ctx, laco_generator_next(generator, &piece, &length, &log_probability)); i++)
        require(strlen(piece) <= length);
    if (done(ctx, laco_generator_beam(generator, 2, 5, NULL, &text, NULL)))
        laco_free(ctx, text);
    laco_generator_free(generator);
}

/* ---- Taggers and forecasters ------------------------------------------------------------------------------------------------
 */

static void ask_tagger(laco_context *ctx, laco_model *model)
{
    static const char *const words[] = {"the", "cats", "ran", "to", "S\xC3\xA3o", "Paulo", "\xF0\x9F\x98\x80", "12.5"};
    const char *tags[8];
    if (done(ctx, laco_model_tag(model, words, 8, tags)))
        for (int i = 0; i < 8; i++)
            check_text(tags[i]);
}

static void ask_run(laco_context *ctx, laco_model *model, const laco_series *series)
{
    laco_forecast_run *run;
    laco_forecast_point point;
    if (!done(ctx, laco_forecast_start(model, series, 0, 1, &run)))
        return;
    for (int i = 0; i < 4 && done(ctx, laco_forecast_next(run, &point)); i++)
        check_text(point.time);
    laco_forecast_free(run);
}

static void ask_forecaster(laco_context *ctx, laco_model *model)
{
    double out[5];
    laco_series *history;
    done(ctx, laco_model_forecast(model, NULL, 5, out));
    if (!done(ctx, laco_model_history(model, &history)))
        return;
    ask_run(ctx, model, history);
    size_t rows = laco_series_count(history) > 0 ? laco_series_rows(history, 0) : 0;
    double *prediction = calloc(2 * rows + 1, sizeof *prediction);
    require(prediction != NULL);
    if (rows > 0)
        done(ctx, laco_model_anomaly_score(model, history, 0, prediction, prediction + rows));
    laco_forecast_score score;
    done(ctx, laco_model_score_forecast(model, history, 2, &score));
    free(prediction);
    laco_series_free(history);
}

/* ---- Streams ----------------------------------------------------------------------------------------------------------------
 */

static void told(void *user, const laco_stream_answer *answer)
{
    (void)user;
    require(answer->step > 0);
}

static void feed(laco_context *ctx, laco_model *model, laco_model_stream *stream)
{
    static const float samples[1500];
    const char *task = laco_model_task(model);
    laco_forecast_info info;
    double row[64] = {0};
    if (laco_model_forecast_info(model, &info) == LACO_OK)
        for (int i = 0; i < 3 && info.column_count <= 64 && done(ctx, laco_model_stream_row(stream, row, i)); i++)
            continue;
    else if (strcmp(task, "transcribe") == 0)
        done(ctx, laco_model_stream_samples(stream, samples, 1500));
    else if (features_of(model) > 0)
        done(ctx, laco_model_stream_numbers(stream, numbers, 2));
    else
        done(ctx, laco_model_stream_text(stream, "ab c\xC3\xA9 ", 7));
}

static void ask_stream(laco_context *ctx, laco_model *model)
{
    laco_model_stream *stream;
    if (!done(ctx, laco_model_stream_new(model, told, NULL, &stream)))
        return;
    feed(ctx, model, stream);
    size_t size = 0;
    require(laco_model_stream_state_save(stream, NULL, &size) == LACO_OK);
    void *state = malloc(size + 1);
    require(state != NULL);
    if (done(ctx, laco_model_stream_state_save(stream, state, &size)))
        done(ctx, laco_model_stream_state_load(stream, state, size));
    done(ctx, laco_model_stream_end(stream));
    free(state);
    laco_model_stream_free(stream);
}

/* ---- All --------------------------------------------------------------------------------------------------------------------
 */

void fuzz_ask(laco_context *ctx, laco_model *model)
{
    static const struct {
        const char *task;
        void (*ask)(laco_context *ctx, laco_model *model);
    } tasks[] = {{"classify", ask_classifier},  {"caption", ask_captioner}, {"transcribe", ask_transcriber},
                 {"transduce", ask_transducer}, {"tag", ask_tagger},        {"forecast", ask_forecaster},
                 {"generate", ask_language}};
    char *text;
    for (int i = 0; i < MOST_NUMBERS; i++)
        numbers[i] = (laco_real)(i * 7 % 11);
    if (done(ctx, laco_model_describe(model, &text))) {
        check_text(text);
        laco_free(ctx, text);
    }
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(laco_model_task(model), tasks[i].task) == 0)
            tasks[i].ask(ctx, model);
    ask_stream(ctx, model);
}
