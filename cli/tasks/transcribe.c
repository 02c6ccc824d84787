#include "tasks/task.h"

static void say_changes(const laco_spoken *data)
{
    laco_spoken_changes changes;
    laco_spoken_changed(data, &changes);
    if (changes.resampled > 0)
        fprintf(stderr, "laco: note: %zu of %zu files converted to %d samples a second (from %d)\n", changes.resampled,
                changes.files, laco_spoken_rate(data), changes.file_rate);
    if (changes.mixed > 0)
        fprintf(stderr, "laco: note: %zu of %zu files have several channels, which were averaged\n", changes.mixed,
                changes.files);
}

/* Loads recordings and says once, on stderr, what was done to them: another rate, several channels. NULL: the error was said. */
static laco_spoken *load_spoken(laco_context *ctx, const char *const *paths, int count, const laco_spoken_config *config,
                                bool quiet)
{
    laco_spoken *data = NULL;
    if (laco_spoken_load(ctx, paths, count, config, &data) < 0) {
        trouble(ctx);
        return NULL;
    }
    if (!quiet)
        say_changes(data);
    return data;
}

/* ---- laco train ---- */

typedef struct transcribe_arguments {
    train_arguments common;
    laco_transcribe_options options;
} transcribe_arguments;

static int train_on(laco_context *ctx, transcribe_arguments *arguments, const laco_spoken *data)
{
    laco_spoken_config config = {.rate = laco_spoken_rate(data)};
    const char *file = arguments->options.valid.file;
    laco_spoken *valid = NULL;
    laco_model *model = NULL;
    int status = EXIT_DONE;
    if (file && !(valid = load_spoken(ctx, &file, 1, &config, arguments->common.quiet)))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        progress_start(&arguments->common, &arguments->options.train);
        laco_status trained = laco_train_transcribe(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model);
    }
    laco_model_free(model);
    laco_spoken_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    transcribe_arguments *arguments = user;
    laco_spoken *data = load_spoken(ctx, paths, count, &arguments->options.data, arguments->common.quiet);
    int status = data ? train_on(ctx, arguments, data) : EXIT_TROUBLE;
    laco_spoken_free(data);
    return status;
}

/* ---- laco eval ---- */

static int score_json(const laco_transcribe_score *s)
{
    json_t *object =
        json_pack("{s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "word_error_rate", s->word_error_rate, "character_error_rate",
                  s->character_error_rate, "count", (json_int_t)s->recordings, "exact", (json_int_t)s->exact, "words",
                  (json_int_t)s->words, "word_errors", (json_int_t)s->word_errors, "characters", (json_int_t)s->characters,
                  "character_errors", (json_int_t)s->character_errors, "unseen", (json_int_t)s->unseen);
    return print_object(object);
}

static int print_text(const laco_transcribe_score *s)
{
    printf("recordings           %zu  (%zu without a mistake)\nword error rate      %.4f  (%zu of %zu words)\n"
           "character error rate %.4f  (%zu of %zu characters)\n",
           s->recordings, s->exact, s->word_error_rate, s->word_errors, s->words, s->character_error_rate, s->character_errors,
           s->characters);
    if (s->unseen > 0)
        fprintf(stderr, "laco: note: %zu tokens of the texts are unknown to the model; they count as mistakes\n", s->unseen);
    return EXIT_DONE;
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_data_config config;
    laco_decode_options options = write_options(arguments);
    laco_transcripts answers = {0};
    laco_transcribe_score score;
    int status = EXIT_TROUBLE;
    if (laco_model_data_config(model, "transcribe", &config) < 0)
        return trouble(ctx);
    laco_spoken *data = load_spoken(ctx, paths, count, &config.spoken, false);
    if (!data)
        return status;
    if (laco_model_transcribe_all(model, data, &options, &answers) < 0 ||
        laco_model_score_transcripts(model, data, &answers, &score) < 0)
        trouble(ctx);
    else
        status = arguments->json ? score_json(&score) : print_text(&score);
    laco_transcripts_free(&answers);
    laco_spoken_free(data);
    return status;
}

/* ---- laco predict ---- */

/* What is said: file<TAB>text for each recording, or with --nbest a line for each answer. */

static int answer_json(const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    json_t *list = json_array();
    for (size_t i = index * (size_t)t->most; i < (index + 1) * (size_t)t->most && t->text[i]; i++)
        json_array_append_new(list, json_pack("{s:s, s:f}", "text", t->text[i], "log_probability", t->log_probability[i]));
    json_t *object = json_pack("{s:s, s:o}", "file", laco_spoken_name(data, index), "transcripts", list);
    return print_object(object);
}

static int print(const ask_arguments *arguments, const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    if (arguments->json)
        return answer_json(data, t, index);
    for (size_t i = index * (size_t)t->most, k = 1; k <= (size_t)t->most && t->text[i]; i++, k++) {
        printf("%s\t", laco_spoken_name(data, index));
        if (arguments->nbest > 0)
            printf("%zu\t%.4f\t", k, t->log_probability[i]);
        puts(t->text[i]);
    }
    return EXIT_DONE;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    const char *standard = "-";
    laco_data_config config;
    laco_decode_options options = write_options(arguments);
    laco_transcripts answers = {0};
    if (laco_model_data_config(model, "transcribe", &config) < 0)
        return trouble(ctx);
    config.spoken.untexted = true;
    laco_spoken *data = load_spoken(ctx, count > 0 ? paths : &standard, count > 0 ? count : 1, &config.spoken, false);
    int status = data ? EXIT_DONE : EXIT_TROUBLE;
    if (data && laco_model_transcribe_all(model, data, &options, &answers) < 0)
        status = trouble(ctx);
    for (size_t i = 0; status == EXIT_DONE && i < answers.count; i++)
        status = print(arguments, data, &answers, i);
    laco_transcripts_free(&answers);
    laco_spoken_free(data);
    return status;
}

const cli_task cli_transcribe = {
    .name = "transcribe",
    .summary = "to write what is said in recordings",
    .train =
        {
            .usage = "DATA… -o MODEL [options]",
            .about = "Learn to write what is said in recordings (CTC).\n"
                     "DATA: lines of file.wav<TAB>text, paths relative to the list (several files between spaces are joined);\n"
                     "or a folder of NAME.wav with NAME.txt beside it. WAV, FLAC and Ogg are read.",
            .example = "laco train transcribe digits.tsv -o digits.safetensors",
            .size = sizeof(transcribe_arguments),
            .options = offsetof(transcribe_arguments, options),
            .run = train,
        },
    .eval = {.run = eval, .groups = {&beam_group}},
    .predict = {.run = predict, .groups = {&write_group}},
};
