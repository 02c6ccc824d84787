#include "ask.h"
#include "lines.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void print_answer(const laco_label *answers, int64_t top)
{
    for (int64_t k = 0; k < top && answers[k].name; k++)
        printf("%s%s\t%.6f", k > 0 ? "\t" : "", answers[k].name, answers[k].log_probability);
    putchar('\n');
}

/* `text` NULL: a sequence of numbers. */
static void print_answer_json(const char *text, size_t length, const laco_label *answers, int64_t top)
{
    json_t *labels = json_array();
    for (int64_t k = 0; k < top && answers[k].name; k++)
        json_array_append_new(labels, json_pack("{s:s, s:f}", "label", answers[k].name, "log_probability", answers[k].log_probability));
    json_t *object = text ? json_pack("{s:s%, s:o}", "text", text, length, "labels", labels) : json_pack("{s:o}", "labels", labels);
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    putchar('\n');
}

static void print_one(const ask_arguments *arguments, const char *text, size_t length, const laco_label *answers)
{
    if (arguments->json)
        print_answer_json(text, length, answers, arguments->top);
    else
        print_answer(answers, arguments->top);
}

/* Answers the lines that are there. When one of them is no text, those before it are still answered. */
static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const line_reader *lines, size_t *unseen)
{
    int64_t top = arguments->top;
    laco_label *answers = calloc(lines->count, (size_t)top * sizeof *answers);
    if (!answers)
        return trouble_text("out of memory for %lld labels a line", (long long)top);
    size_t count = lines->count;
    laco_status status = laco_model_classify_many(model, count, lines->line, lines->length, (int)top, answers, unseen);
    for (count = 0; status < 0 && count < lines->count; count++)
        if (laco_model_classify_many(model, 1, lines->line + count, lines->length + count, (int)top, answers + count * (size_t)top, unseen) < 0)
            break;
    if (status == LACO_OK)
        count = lines->count;
    for (size_t i = 0; i < count; i++)
        print_one(arguments, lines->line[i], lines->length[i], answers + i * (size_t)top);
    free(answers);
    fflush(stdout);
    return status < 0 ? trouble_text("%s, line %zu: %s", lines->name, lines->number + count, laco_error(ctx)) : EXIT_DONE;
}

/* Lines as those of training data: a label, a tab, a text. */
static size_t count_labelled(const laco_model *model, const line_reader *lines)
{
    const char *const *names = laco_model_label_names(model);
    size_t labelled = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->line[i], *tab = memchr(line, '\t', lines->length[i]);
        for (int k = 0; tab && k < laco_model_label_count(model); k++)
            if (strlen(names[k]) == (size_t)(tab - line) && memcmp(names[k], line, strlen(names[k])) == 0) {
                labelled++;
                break;
            }
    }
    return labelled;
}

/* Answers every sequence of a file of numbers, labels or none in it. */
static int predict_numbers(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *path)
{
    laco_labelled_config config = laco_model_data(model);
    laco_labelled *data = NULL;
    config.unlabelled = true;
    if (laco_labelled_load(ctx, &path, 1, &config, &data) < 0)
        return trouble(ctx);
    size_t count = laco_labelled_count(data), top = (size_t)arguments->top;
    laco_label *answers = calloc(count, top * sizeof *answers);
    int status = EXIT_DONE;
    if (!answers)
        status = trouble_text("out of memory for %zu labels of %zu sequences", top, count);
    else if (laco_model_classify_data(model, data, (int)top, answers) < 0)
        status = trouble(ctx);
    for (size_t i = 0; status == EXIT_DONE && i < count; i++)
        print_one(arguments, NULL, 0, answers + i * top);
    free(answers);
    laco_labelled_free(data);
    return status;
}

int predict_labels(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    size_t unseen = 0, labelled = 0;
    int status = EXIT_DONE, more;
    if (laco_model_features(model) > 0)
        return predict_numbers(ctx, model, arguments, count > 0 ? paths[0] : "-");
    if (!lines_open(&lines, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0) {
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &lines, &unseen);
        labelled += more < 0 ? 0 : count_labelled(model, &lines);
    }
    lines_close(&lines);
    if (unseen > 0)
        fprintf(stderr, "laco: note: characters or words that training did not know: %zu\n", unseen);
    if (labelled > 0)
        fprintf(stderr, "laco: note: lines that begin with a label and a tab, read as text ('laco eval' takes labels apart): %zu\n", labelled);
    return status;
}
