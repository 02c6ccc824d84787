#include "ask.h"
#include "lines.h"

#include <jansson.h>
#include <stdlib.h>

static void print_answer(const laco_label *answers, int64_t top)
{
    for (int64_t k = 0; k < top && answers[k].name; k++)
        printf("%s%s\t%.6f", k > 0 ? "\t" : "", answers[k].name, answers[k].log_probability);
    putchar('\n');
}

static void print_answer_json(const char *text, size_t length, const laco_label *answers, int64_t top)
{
    json_t *labels = json_array();
    for (int64_t k = 0; k < top && answers[k].name; k++)
        json_array_append_new(labels, json_pack("{s:s, s:f}", "label", answers[k].name, "log_probability", answers[k].log_probability));
    json_t *object = json_pack("{s:s%, s:o}", "text", text, length, "labels", labels);
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    putchar('\n');
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
    for (size_t i = 0; i < count; i++) {
        if (arguments->json)
            print_answer_json(lines->line[i], lines->length[i], answers + i * (size_t)top, top);
        else
            print_answer(answers + i * (size_t)top, top);
    }
    free(answers);
    fflush(stdout);
    return status < 0 ? trouble_text("%s, line %zu: %s", lines->name, lines->number + count, laco_error(ctx)) : EXIT_DONE;
}

int predict_labels(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    size_t unseen = 0;
    int status = EXIT_DONE, more;
    if (!lines_open(&lines, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0)
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &lines, &unseen);
    lines_close(&lines);
    if (unseen > 0)
        fprintf(stderr, "laco: note: %zu characters or words were never seen in training\n", unseen);
    return status;
}
