#include "lines.h"
#include "report/report.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

/* ---- laco train ---- */

typedef struct tag_arguments {
    train_arguments common;
    laco_tag_options options;
} tag_arguments;

/* The validation file, read with the tags of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const laco_tag_options *options, const laco_tagged *data, laco_tagged **valid)
{
    laco_tagged_config config = options->data;
    config.labels = laco_tagged_tag_names(data, &config.label_count);
    return options->valid.file && laco_tagged_load(ctx, &options->valid.file, 1, &config, valid) < 0 ? trouble(ctx) : EXIT_DONE;
}

/* The words of a short sentence of the data, or what of the first one there is room for. */
static void show_sample(const laco_tagged *data, char *sample, size_t size)
{
    enum { LONGEST = 6 };
    size_t first, words = laco_tagged_sentence(data, 0, &first);
    for (size_t i = 1; words > LONGEST && i < laco_tagged_sentence_count(data); i++)
        words = laco_tagged_sentence(data, i, &first);
    *sample = '\0';
    for (size_t i = first; i < first + words; i++) {
        size_t used = strlen(sample), length = strlen(laco_tagged_word(data, i));
        if (used + length + 2 < size && is_sample(laco_tagged_word(data, i), length))
            snprintf(sample + used, size - used, "%s%s", used > 0 ? " " : "", laco_tagged_word(data, i));
    }
}

static int train_on(laco_context *ctx, tag_arguments *arguments, const laco_tagged *data)
{
    laco_tagged *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, &arguments->options, data, &valid);
    if (status == EXIT_DONE) {
        char sample[60];
        show_sample(data, sample, sizeof sample);
        progress_start(&arguments->common, &arguments->options.train);
        laco_status trained = laco_train_tag(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, sample, strlen(sample));
    }
    laco_model_free(model);
    laco_tagged_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    tag_arguments *arguments = user;
    laco_tagged *data = NULL;
    laco_summary *summary = NULL;
    if (laco_tagged_load(ctx, paths, count, &arguments->options.data, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_tagged_summary(data, false, &summary);
    int status = say_data(ctx, &arguments->common, made, summary);
    if (status == EXIT_DONE)
        status = train_on(ctx, arguments, data);
    laco_tagged_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    const tag_arguments *arguments = user;
    laco_tagged *data;
    LACO_PASS(laco_tagged_load(ctx, paths, count, &arguments->options.data, &data));
    laco_status status = laco_tagged_summary(data, true, out);
    laco_tagged_free(data);
    return status;
}

/* ---- laco eval ---- */

static const option eval_options[] = {
    {"column", 0, OPTION_TEXT, "upos|xpos|N", "column of the tags (as in training)", ASK(column), 0, 0},
};
static const option_group eval_group = TASK_GROUP("tag", eval_options);

static json_t *to_json(const laco_tag_score *score)
{
    json_t *classes = json_array();
    for (int k = 0; k < score->class_count; k++) {
        const laco_class_score *c = &score->classes[k];
        json_add(&classes, json_pack("{s:s, s:I, s:f, s:f, s:f}", score->entities ? "entity" : "tag", c->name, "count",
                                     (json_int_t)c->count, "precision", c->precision, "recall", c->recall, "f1", c->f1));
    }
    json_t *object =
        json_pack("{s:f, s:I, s:I, s:f, s:I}", "accuracy", score->accuracy, "words", (json_int_t)score->words, "sentences",
                  (json_int_t)score->sentences, "unseen_accuracy", score->unseen_accuracy, "unseen", (json_int_t)score->unseen);
    if (score->entities) {
        json_put(&object, "precision", json_real(score->precision));
        json_put(&object, "recall", json_real(score->recall));
        json_put(&object, "f1", json_real(score->f1));
        json_put(&object, "entities", json_integer((json_int_t)score->gold));
        json_put(&object, "found", json_integer((json_int_t)score->found));
        json_put(&object, "correct", json_integer((json_int_t)score->matched));
    }
    json_put(&object, "classes", classes);
    return object;
}

static int score_json(const laco_tag_score *score)
{
    json_t *object = to_json(score);
    return print_object(object);
}

/* Tags that the model cannot give count as wrong, and that is said. */
static void say_unseen(const laco_model *model, const laco_tagged *data)
{
    int known, all;
    const char *const *tags = laco_tagged_tag_names(data, &all);
    laco_model_label_names(model, &known);
    if (all > known)
        fprintf(stderr, "laco: note: %d tag%s of the data, \"%s\"%s, %s never seen in training, and cannot be answered\n",
                all - known, all - known > 1 ? "s" : "", tags[known], all - known > 1 ? " the first" : "",
                all - known > 1 ? "were" : "was");
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_data_config config;
    laco_tagged *data = NULL;
    laco_tag_score score = {0};
    int status = EXIT_TROUBLE;
    if (laco_model_data_config(model, "tag", &config) < 0)
        return trouble(ctx);
    if (arguments->column) {
        config.tagged.column = arguments->column;
        config.tagged.column_form = LACO_TAGGED_AUTO;
    }
    if (laco_tagged_load(ctx, paths, count, &config.tagged, &data) < 0 || laco_model_score_tags(model, data, &score) < 0)
        status = trouble(ctx);
    else {
        say_unseen(model, data);
        status = arguments->json ? score_json(&score) : table_tags(stdout, &score, NULL) < 0 ? report_trouble() : EXIT_DONE;
    }
    laco_tag_score_free(&score);
    laco_tagged_free(data);
    return status;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"form", 0, OPTION_CHOICE, "text|conllu|columns|tsv|lines", "what the lines are (found out)", ASK(form), 0, 0},
    {"column", 0, OPTION_TEXT, "upos|xpos|N", "column for the tags (as in training)", ASK(column), 0, 0},
};
static const option_group predict_group = TASK_GROUP("tag", predict_options);

/* Tags for text, or for the columns of a file. */

/* Lines that wait for the end of their sentence. */
typedef struct block {
    laco_tagged_config config;
    const char *name;
    char *bytes;
    size_t used, room;
    size_t line;                  /* number of the first one */
    size_t complete;              /* bytes up to the end of the last whole sentence, */
    size_t lines, complete_lines; /* and lines in all and up to there */
    bool started;                 /* the form is known */
} block;

static bool add_line(block *b, const char *line, size_t length)
{
    if (b->used + length + 1 > b->room) {
        size_t room = 2 * (b->used + length + 1);
        char *grown = realloc(b->bytes, room);
        if (!grown)
            return trouble_text("%s: out of memory", b->name) == EXIT_DONE;
        b->bytes = grown;
        b->room = room;
    }
    memcpy(b->bytes + b->used, line, length); /* NOLINT: there is room */
    b->used += length;
    b->bytes[b->used++] = '\n';
    b->lines++;
    return true;
}

static int answer_json(const laco_tagged *data, const char *const *tags)
{
    int status = EXIT_DONE;
    for (size_t i = 0; i < laco_tagged_sentence_count(data) && status == EXIT_DONE; i++) {
        size_t first, count = laco_tagged_sentence(data, i, &first);
        json_t *words = json_array(), *answers = json_array();
        for (size_t w = first; w < first + count; w++) {
            json_add(&words, json_string(laco_tagged_word(data, w)));
            json_add(&answers, json_string(tags[w]));
        }
        json_t *object = json_pack("{s:o, s:o}", "words", words, "tags", answers);
        status = print_object(object);
    }
    return status;
}

/* Answers the lines of the block up to `size` bytes and forgets them. */
static int answer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, block *b, size_t size, size_t lines)
{
    laco_tagged *data = NULL;
    b->config.first_line = b->line;
    if (laco_tagged_parse(ctx, b->name, b->bytes, size, &b->config, &data) < 0)
        return trouble(ctx);
    const char **tags = calloc(laco_tagged_word_count(data) + 1, sizeof *tags);
    if (laco_tagged_word_column(data) > 1) /* as in what follows */
        b->config.word_column = laco_tagged_word_column(data);
    int status = EXIT_DONE;
    if (!tags)
        status = trouble_text("%s: out of memory", b->name);
    else if (laco_model_tag_all(model, data, tags) < 0 || (!arguments->json && laco_tagged_write(data, tags, stdout) < 0))
        status = trouble(ctx);
    else if (arguments->json)
        status = answer_json(data, tags);
    free(tags);
    laco_tagged_free(data);
    fflush(stdout);
    memmove(b->bytes, b->bytes + size, b->used - size);
    b->used -= size;
    b->line += lines;
    b->lines -= lines;
    b->complete = b->complete_lines = 0;
    return status;
}

/* Which form the lines have that came first. */
static void find_form(laco_model *model, const ask_arguments *arguments, block *b)
{
    static const laco_tagged_form forms[] = {LACO_TAGGED_AUTO,    LACO_TAGGED_TEXT, LACO_TAGGED_CONLLU,
                                             LACO_TAGGED_COLUMNS, LACO_TAGGED_TSV,  LACO_TAGGED_LINES};
    b->started = true;
    b->config.form = forms[arguments->form];
    if (b->config.form == LACO_TAGGED_AUTO)
        b->config.form = laco_tagged_guess(b->name, b->bytes, b->used, laco_model_label_names(model, NULL));
}

static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, block *b, const line_reader *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (!add_line(b, lines->line[i], lines->length[i]))
            return EXIT_TROUBLE;
        if (lines->length[i] == 0) {
            b->complete = b->used;
            b->complete_lines = b->lines;
        }
    }
    if (!b->started)
        find_form(model, arguments, b);
    bool whole = b->config.form == LACO_TAGGED_TEXT || b->config.form == LACO_TAGGED_LINES; /* each line is a sentence */
    size_t size = whole ? b->used : b->complete, count = whole ? b->lines : b->complete_lines;
    return size > 0 ? answer(ctx, model, arguments, b, size, count) : EXIT_DONE;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    laco_data_config config;
    block b = {.line = 1};
    int status = EXIT_DONE, more;
    if (laco_model_data_config(model, "tag", &config) < 0)
        return trouble(ctx);
    b.config = config.tagged;
    b.config.untagged = true;
    if (arguments->column) {
        b.config.column = arguments->column;
        b.config.column_form = LACO_TAGGED_AUTO;
    }
    if (!lines_open(&lines, ctx, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    b.name = lines.name;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0)
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &b, &lines);
    if (status == EXIT_DONE && b.used > 0) /* a last sentence without its blank line */
        status = answer(ctx, model, arguments, &b, b.used, b.lines);
    lines_close(&lines);
    free(b.bytes);
    return status;
}

const cli_task cli_tag = {
    .name = "tag",
    .summary = "a tag for each word",
    .train =
        {
            .usage = "DATA… -o MODEL [options]",
            .about = "Learn to give each word of a sentence a tag: its part of speech, the entity it belongs to.\n"
                     "DATA: CoNLL-U; or a word and its tags on each line, in columns between spaces or tabs, and a blank\n"
                     "line between sentences; or a sentence on each line, its words, a tab, its tags.",
            .example = "laco train tag train.conllu -o pos.safetensors --valid dev.conllu",
            .size = sizeof(tag_arguments),
            .options = offsetof(tag_arguments, options),
            .run = train,
            .next = "predict",
            .next_options = "",
            .look = look,
            .reads = "column",
        },
    .eval = {.run = eval, .groups = {&eval_group}},
    .predict = {.run = predict, .one = true, .groups = {&predict_group}},
};
