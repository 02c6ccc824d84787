#include "feed.h"
#include "lines.h"
#include "report/report.h"
#include "eval_page.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- laco train ---- */

typedef struct classify_arguments {
    train_arguments common;
    laco_classify_options options;
} classify_arguments;

/* The validation file, read with the labels of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const laco_classify_options *options, const laco_labelled *data, laco_labelled **valid)
{
    laco_labelled_config config = options->data;
    config.labels = laco_labelled_label_names(data, &config.label_count);
    config.features = laco_labelled_features(data);
    config.kind = config.features > 0 ? LACO_LABELLED_NUMBERS : LACO_LABELLED_TEXT;
    return options->valid.file && laco_labelled_load(ctx, &options->valid.file, 1, &config, valid) < 0 ? trouble(ctx) : EXIT_DONE;
}

static int train_on(laco_context *ctx, classify_arguments *arguments, const laco_labelled *data)
{
    laco_labelled *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, &arguments->options, data, &valid);
    if (status == EXIT_DONE) {
        size_t length = 0;
        const char *sample = classify_sample(data, &length);
        const report_part part = {.data = data, .valid = valid, .describe = classify_describe, .look = classify_look};
        progress_start(&arguments->common, &arguments->options.train, &part);
        laco_status trained = laco_train_classify(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, sample, length);
    }
    laco_model_free(model);
    laco_labelled_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    classify_arguments *arguments = user;
    laco_labelled *data = NULL;
    laco_summary *summary = NULL;
    if (laco_labelled_load(ctx, paths, count, &arguments->options.data, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_labelled_summary(data, wants_detail(&arguments->common), &summary);
    int status = say_data(ctx, &arguments->common, made, summary);
    if (status == EXIT_DONE)
        status = train_on(ctx, arguments, data);
    laco_labelled_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    const classify_arguments *arguments = user;
    laco_labelled *data;
    LACO_PASS(laco_labelled_load(ctx, paths, count, &arguments->options.data, &data));
    laco_status status = laco_labelled_summary(data, true, out);
    laco_labelled_free(data);
    return status;
}

/* ---- laco eval ---- */

static const option eval_options[] = {
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", ASK(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", ASK(label_column), 0, 0},
    {"separator", 0, OPTION_CHOICE, "tab|space", "what stands between label and text in lines (found out)", ASK(separator), 0, 0},
};
static const option_group eval_group = TASK_GROUP("classify", eval_options);

static json_t *to_json(const laco_classify_score *score)
{
    json_t *classes = json_array(), *confusion = json_array();
    for (int k = 0; k < score->class_count; k++) {
        const laco_class_score *c = &score->classes[k];
        json_t *row = json_array();
        json_add(&classes, json_pack("{s:s, s:I, s:f, s:f, s:f}", "label", c->name, "count", (json_int_t)c->count, "precision",
                                     c->precision, "recall", c->recall, "f1", c->f1));
        for (int j = 0; j < score->class_count; j++)
            json_add(&row, json_integer((json_int_t)score->confusion[k * score->class_count + j]));
        json_add(&confusion, row);
    }
    return json_pack("{s:f, s:f, s:f, s:I, s:o, s:o}", "accuracy", score->accuracy, "macro_f1", score->macro_f1, "loss",
                     score->loss, "count", (json_int_t)score->count, "classes", classes, "confusion", confusion);
}

static int print_text(const laco_classify_score *score)
{
    if (table_classes(stdout, score, NULL) < 0)
        return report_trouble();
    putchar('\n');
    return table_confusion(stdout, score, NULL) < 0 ? report_trouble() : EXIT_DONE;
}

static int say_score(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_classify_score *score,
                     const laco_labelled *data)
{
    const report_part part = {.data = data, .describe = classify_describe, .look = classify_look};
    int status = arguments->json ? print_object(to_json(score)) : print_text(score);
    return status == EXIT_DONE ? eval_page(ctx, model, arguments, to_json(score), &part) : status;
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_data_config config;
    laco_labelled *data = NULL;
    laco_classify_score score = {0};
    int status = EXIT_DONE;
    if (laco_model_data_config(model, "classify", &config) < 0)
        return trouble(ctx);
    config.labelled.text_column = arguments->text_column;
    config.labelled.label_column = arguments->label_column;
    config.labelled.separator = (laco_separator)arguments->separator;
    if (laco_labelled_load(ctx, paths, count, &config.labelled, &data) < 0 || laco_model_score(model, data, &score) < 0)
        status = trouble(ctx);
    else
        status = say_score(ctx, model, arguments, &score, data);
    laco_classify_score_free(&score);
    laco_labelled_free(data);
    return status;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text, of a table (text)", ASK(text_column), 0, 0},
    {"top", 0, OPTION_INTEGER, "K", "the K most probable labels", ASK(top), 1, 1000000},
};
static const option_group predict_group = TASK_GROUP("classify", predict_options);

static void print_answer(const ask_arguments *arguments, const laco_label *answers)
{
    char worth[40];
    for (int64_t k = 0; k < arguments->top && answers[k].name; k++)
        printf("%s%s\t%s", k > 0 ? "\t" : "", answers[k].name,
               show_worth(arguments, answers[k].log_probability, answers[k].log_probability, 6, worth));
    putchar('\n');
}

/* `text` NULL: a sequence of numbers. */
static int print_answer_json(const ask_arguments *arguments, const char *text, size_t length, const laco_label *answers)
{
    json_t *labels = json_array();
    for (int64_t k = 0; k < arguments->top && answers[k].name; k++) {
        double log_probability = answers[k].log_probability;
        json_t *label = json_pack("{s:s, s:f}", "label", answers[k].name, "log_probability", log_probability);
        json_add(&labels, with_probability(arguments, label, log_probability));
    }
    return print_object(text ? json_pack("{s:s%, s:o}", "text", text, length, "labels", labels)
                             : json_pack("{s:o}", "labels", labels));
}

static int print_one(const ask_arguments *arguments, const char *text, size_t length, const laco_label *answers)
{
    if (arguments->json)
        return print_answer_json(arguments, text, length, answers);
    print_answer(arguments, answers);
    return EXIT_DONE;
}

static void say_unseen(size_t unseen)
{
    if (unseen > 0)
        fprintf(stderr, "laco: note: characters or words that training did not know: %zu\n", unseen);
}

/* Answers the lines that are there. When one of them is no text, those before it are still answered. */
static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const line_reader *lines,
                        size_t *unseen)
{
    int64_t top = arguments->top;
    laco_label *answers = calloc(lines->count, (size_t)top * sizeof *answers);
    if (!answers)
        return trouble_text("out of memory for %lld labels a line", (long long)top);
    size_t count = lines->count;
    laco_status status = laco_model_classify_many(model, count, lines->line, lines->length, (int)top, answers, unseen);
    for (count = 0; status < 0 && count < lines->count; count++)
        if (laco_model_classify_many(model, 1, lines->line + count, lines->length + count, (int)top,
                                     answers + count * (size_t)top, unseen) < 0)
            break;
    if (status == LACO_OK)
        count = lines->count;
    int printed = EXIT_DONE;
    for (size_t i = 0; i < count && printed == EXIT_DONE; i++)
        printed = print_one(arguments, lines->line[i], lines->length[i], answers + i * (size_t)top);
    free(answers);
    fflush(stdout);
    if (printed != EXIT_DONE)
        return printed;
    return status < 0 ? trouble_text("%s, line %zu: %s", lines->name, lines->number + count, laco_error(ctx)) : EXIT_DONE;
}

/* Lines as those of training data: a label, a tab, a text. */
static size_t count_labelled(const laco_model *model, const line_reader *lines)
{
    int labels;
    const char *const *names = laco_model_label_names(model, &labels);
    size_t labelled = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->line[i], *tab = memchr(line, '\t', lines->length[i]);
        for (int k = 0; tab && k < labels; k++)
            if (strlen(names[k]) == (size_t)(tab - line) && memcmp(names[k], line, strlen(names[k])) == 0) {
                labelled++;
                break;
            }
    }
    return labelled;
}

/* How many sequences the head of a piece has, which were answered before. */
static int count_head(laco_context *ctx, const feed *f, const feed_piece *piece, const laco_labelled_config *config,
                      size_t *count)
{
    laco_labelled *data = NULL;
    *count = 0;
    if (f->head_rows == 0)
        return EXIT_DONE;
    if (laco_labelled_parse(ctx, f->name, piece->bytes, piece->head, config, &data) < 0)
        return trouble(ctx);
    *count = laco_labelled_count(data);
    laco_labelled_free(data);
    return EXIT_DONE;
}

/* Answers every sequence of a piece, labels or none in it, from number `from` on. */
static int answer_sequences(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_labelled *data,
                            size_t from)
{
    size_t count = laco_labelled_count(data), top = (size_t)arguments->top;
    laco_label *answers = calloc(count, top * sizeof *answers);
    int status = EXIT_DONE;
    if (!answers)
        status = trouble_text("out of memory for %zu labels of %zu sequences", top, count);
    else if (laco_model_classify_data(model, data, (int)top, answers) < 0)
        status = trouble(ctx);
    for (size_t i = from; status == EXIT_DONE && i < count; i++)
        status = print_one(arguments, NULL, 0, answers + i * top);
    free(answers);
    fflush(stdout);
    return status;
}

static int answer_piece(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const feed *f,
                        const feed_piece *piece)
{
    laco_data_config config;
    laco_labelled *data = NULL;
    size_t answered = 0;
    if (laco_model_data_config(model, "classify", &config) < 0)
        return trouble(ctx);
    config.labelled.unlabelled = true;
    config.labelled.first_line = piece->first_line;
    int status = count_head(ctx, f, piece, &config.labelled, &answered);
    if (status == EXIT_DONE && laco_labelled_parse(ctx, f->name, piece->bytes, piece->size, &config.labelled, &data) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE)
        status = answer_sequences(ctx, model, arguments, data, answered);
    laco_labelled_free(data);
    return status;
}

/* Answers the texts of a table, whether it has labels or not. */
static int answer_table(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_labelled *data)
{
    enum { AT_ONCE = 4096 };
    const char *texts[AT_ONCE];
    size_t lengths[AT_ONCE], all = laco_labelled_count(data), unseen = 0;
    int status = EXIT_DONE;
    for (size_t first = 0; first < all && status == EXIT_DONE; first += AT_ONCE) {
        line_reader part = {.name = "row", .number = first + 1, .line = texts, .length = lengths};
        for (; part.count < AT_ONCE && first + part.count < all; part.count++)
            texts[part.count] = laco_labelled_text(data, first + part.count, &lengths[part.count]);
        status = answer_lines(ctx, model, arguments, &part, &unseen);
    }
    say_unseen(unseen);
    return status;
}

static int predict_table(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_labelled_config *known,
                         const char *path)
{
    laco_labelled_config config = *known;
    laco_labelled *data = NULL;
    laco_summary *summary = NULL;
    config.unlabelled = true;
    config.text_column = arguments->text_column;
    if (laco_labelled_load(ctx, &path, 1, &config, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_labelled_summary(data, false, &summary);
    int status = say_doubts(ctx, made, summary);
    if (status == EXIT_DONE)
        status = answer_table(ctx, model, arguments, data);
    laco_labelled_free(data);
    return status;
}

static bool is_csv(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".csv") == 0;
}

static int predict_numbers(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *path)
{
    feed f;
    feed_piece piece;
    int status = EXIT_DONE, more;
    bool any = false;
    if (!feed_open(&f, path, 0, true))
        return EXIT_TROUBLE;
    for (; status == EXIT_DONE && (more = feed_next(&f, &piece)) != 0; any = true)
        status = more < 0 ? EXIT_TROUBLE : answer_piece(ctx, model, arguments, &f, &piece);
    if (status == EXIT_DONE && !any)
        status = trouble_text("%s: is empty; it should hold sequences of numbers", f.name);
    feed_close(&f);
    return status;
}

static int predict_texts(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths,
                         int count)
{
    line_reader lines;
    size_t unseen = 0, labelled = 0;
    int status = EXIT_DONE, more;
    if (!lines_open(&lines, ctx, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0) {
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &lines, &unseen);
        labelled += more < 0 ? 0 : count_labelled(model, &lines);
    }
    lines_close(&lines);
    say_unseen(unseen);
    if (labelled > 0)
        fprintf(stderr,
                "laco: note: lines that begin with a label and a tab, read as text ('laco eval' takes labels apart): %zu\n",
                labelled);
    return status;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *given, const char *const *paths, int count)
{
    ask_arguments arguments = *given;
    laco_data_config config;
    if (laco_model_data_config(model, "classify", &config) < 0)
        return trouble(ctx);
    arguments.top = SMALLER(given->top, (int64_t)config.labelled.label_count); /* of so many there is room for */
    if (config.labelled.kind == LACO_LABELLED_NUMBERS)
        return predict_numbers(ctx, model, &arguments, count > 0 ? paths[0] : NULL);
    if (arguments.text_column || (count > 0 && is_csv(paths[0])))
        return predict_table(ctx, model, &arguments, &config.labelled, count > 0 ? paths[0] : "-");
    return predict_texts(ctx, model, &arguments, paths, count);
}

const cli_task cli_classify = {
    .name = "classify",
    .summary = "a label for each text",
    .train =
        {
            .usage = "DATA… -o MODEL [options]",
            .about = "Learn to give each sequence a label: which language a surname is from, which gesture was made.\n"
                     "Texts: lines of label<TAB>text, a CSV file with a header, a folder with one file of texts for each\n"
                     "label, or - for label<TAB>text on standard input. Numbers: a CSV file with the label last, a .ts\n"
                     "file, images in IDX (and the file of their labels, where it does not lie beside them).\n"
                     "By default: a GRU both ways (an LSTM for words), of whose steps the last, the mean and the maximum are "
                     "kept; Adam with a\n"
                     "rate that falls as a cosine, gradient clipped at 5, a tenth (of words a twentieth) set aside; sizes, "
                     "epochs and\n"
                     "rate by the kind and the amount of data (laco info MODEL tells).",
            .example = "laco train classify names/ -o names.safetensors",
            .size = sizeof(classify_arguments),
            .options = offsetof(classify_arguments, options),
            .run = train,
            .next = "predict",
            .next_options = " --top 3 --probability",
            .look = look,
            .reads = "",
        },
    .eval = {.run = eval, .groups = {&eval_group}},
    .predict = {.run = predict, .one = true, .groups = {&predict_group, &worth_group}},
};
