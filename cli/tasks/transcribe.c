#include "feed.h"
#include "tasks/task.h"

#include <string.h>
#include <sys/stat.h>

static void say_changes(const laco_spoken_changes *changes, int rate)
{
    if (changes->resampled > 0)
        fprintf(stderr, "laco: note: %zu of %zu files converted to %d samples a second (from %d)\n", changes->resampled,
                changes->files, rate, changes->file_rate);
    if (changes->mixed > 0)
        fprintf(stderr, "laco: note: %zu of %zu files have several channels, which were averaged\n", changes->mixed,
                changes->files);
}

/* Loads recordings, and says how they were understood; `arguments` NULL: only what was done to them, as to those of a model.
 * NULL: the error was said. */
static laco_spoken *load_spoken(laco_context *ctx, const char *const *paths, int count, const laco_spoken_config *config,
                                const train_arguments *arguments)
{
    laco_spoken *data = NULL;
    laco_summary *summary = NULL;
    if (laco_spoken_load(ctx, paths, count, config, &data) < 0) {
        trouble(ctx);
        return NULL;
    }
    if (arguments && arguments->quiet)
        return data;
    laco_status made = laco_spoken_summary(data, false, &summary);
    if ((arguments ? say_data(ctx, arguments, made, summary) : say_doubts(ctx, made, summary)) == EXIT_DONE)
        return data;
    laco_spoken_free(data);
    return NULL;
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
    if (file && !(valid = load_spoken(ctx, &file, 1, &config, &(train_arguments){.quiet = true})))
        status = EXIT_TROUBLE;
    if (status == EXIT_DONE) {
        progress_start(&arguments->common, &arguments->options.train);
        laco_status trained = laco_train_transcribe(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, NULL, 0);
    }
    laco_model_free(model);
    laco_spoken_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    transcribe_arguments *arguments = user;
    laco_spoken *data = load_spoken(ctx, paths, count, &arguments->options.data, &arguments->common);
    int status = data ? train_on(ctx, arguments, data) : EXIT_TROUBLE;
    laco_spoken_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    const transcribe_arguments *arguments = user;
    laco_spoken *data;
    LACO_PASS(laco_spoken_load(ctx, paths, count, &arguments->options.data, &data));
    laco_status status = laco_spoken_summary(data, true, out);
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
    laco_spoken *data = load_spoken(ctx, paths, count, &config.spoken, NULL);
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

static int answer_json(const ask_arguments *arguments, const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    json_t *list = json_array();
    for (size_t i = index * (size_t)t->most; i < (index + 1) * (size_t)t->most && t->text[i]; i++)
        json_add(&list, with_probability(arguments,
                                         json_pack("{s:s, s:f}", "text", t->text[i], "log_probability", t->log_probability[i]),
                                         t->log_probability[i]));
    json_t *object = json_pack("{s:s, s:o}", "file", laco_spoken_name(data, index), "transcripts", list);
    return print_object(object);
}

static int print(const ask_arguments *arguments, const laco_spoken *data, const laco_transcripts *t, size_t index)
{
    char worth[40];
    if (arguments->json)
        return answer_json(arguments, data, t, index);
    for (size_t i = index * (size_t)t->most, k = 1; k <= (size_t)t->most && t->text[i]; i++, k++) {
        printf("%s\t", laco_spoken_name(data, index));
        if (arguments->nbest > 0)
            printf("%zu\t%s\t", k, show_worth(arguments, t->log_probability[i], t->log_probability[i], 4, worth));
        puts(t->text[i]);
    }
    return EXIT_DONE;
}

/* What is asked, and what was done to the files so far. */
typedef struct question {
    laco_context *ctx;
    laco_model *model;
    const ask_arguments *arguments;
    laco_spoken_changes changes;
    int rate;
} question;

static void add_changes(laco_spoken_changes *sum, const laco_spoken *data)
{
    laco_spoken_changes more;
    laco_spoken_changed(data, &more);
    sum->files += more.files;
    sum->resampled += more.resampled;
    sum->mixed += more.mixed;
    sum->file_rate = more.resampled > 0 ? more.file_rate : sum->file_rate;
}

static int answer(question *q, const laco_spoken *data)
{
    laco_decode_options options = write_options(q->arguments);
    laco_transcripts answers = {0};
    int status = EXIT_DONE;
    add_changes(&q->changes, data);
    if (laco_model_transcribe_all(q->model, data, &options, &answers) < 0)
        status = trouble(q->ctx);
    for (size_t i = 0; status == EXIT_DONE && i < answers.count; i++)
        status = print(q->arguments, data, &answers, i);
    laco_transcripts_free(&answers);
    fflush(stdout);
    return status;
}

#define RECORDINGS_AT_ONCE 16

/* A list of recordings, or one recording, from a file or standard input. */
static int predict_file(question *q, laco_spoken_config config, const char *path)
{
    feed f;
    feed_piece piece;
    int status = EXIT_DONE, more;
    bool any = false;
    if (!feed_open(&f, path, RECORDINGS_AT_ONCE, false))
        return EXIT_TROUBLE;
    for (; status == EXIT_DONE && (more = feed_next(&f, &piece)) != 0; any = true) {
        laco_spoken *data = NULL;
        config.first_line = piece.first_line;
        if (more < 0)
            status = EXIT_TROUBLE;
        else if (laco_spoken_parse(q->ctx, path ? path : "-", piece.bytes, piece.size, &config, &data) < 0)
            status = trouble(q->ctx);
        else
            status = answer(q, data);
        laco_spoken_free(data);
    }
    if (status == EXIT_DONE && !any)
        status = trouble_text("%s: is empty; it should be a recording, or lines with the names of recordings", f.name);
    feed_close(&f);
    return status;
}

static int predict_path(question *q, const char *path)
{
    laco_data_config all;
    struct stat info;
    laco_spoken *data = NULL;
    if (laco_model_data_config(q->model, "transcribe", &all) < 0)
        return trouble(q->ctx);
    laco_spoken_config config = all.spoken;
    config.untexted = true;
    q->rate = (int)config.rate;
    if (!path || strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return predict_file(q, config, path);
    if (laco_spoken_load(q->ctx, &path, 1, &config, &data) < 0)
        return trouble(q->ctx);
    int status = answer(q, data);
    laco_spoken_free(data);
    return status;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    question q = {.ctx = ctx, .model = model, .arguments = arguments};
    int status = count > 0 ? EXIT_DONE : predict_path(&q, NULL);
    for (int i = 0; i < count && status == EXIT_DONE; i++)
        status = predict_path(&q, paths[i]);
    say_changes(&q.changes, q.rate);
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
            .next = "predict",
            .next_options = "",
            .look = look,
            .reads = "rate",
        },
    .eval = {.run = eval, .groups = {&beam_group}},
    .predict = {.run = predict, .groups = {&write_group, &worth_group}},
};
