/* What sources become: source<TAB>answer, or with --nbest a line for each answer, or with --attention where it was looked.
 * What stands behind a tab (the targets of data to train on) plays no part. */
#include "ask.h"
#include "lines.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int print_json(const char *source, size_t length, const laco_written *answers, int count)
{
    json_t *list = json_array();
    for (int k = 0; k < count && answers[k].text; k++)
        json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "target", answers[k].text, "log_probability",
                                              answers[k].log_probability, "score", answers[k].score));
    json_t *object = json_pack("{s:s%, s:o}", "source", source, length, "targets", list);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

static int print(const ask_arguments *arguments, const char *source, size_t length, const laco_written *answers, int count)
{
    if (arguments->json)
        return print_json(source, length, answers, count);
    if (arguments->nbest == 0)
        printf("%s\t%s\n", source, answers[0].text ? answers[0].text : "");
    for (int k = 0; arguments->nbest > 0 && k < count && answers[k].text; k++)
        printf("%s\t%d\t%.4f\t%s\n", source, k + 1, answers[k].score, answers[k].text);
    return EXIT_DONE;
}

/* A table: a row for each token of the answer, a column for each of the source, hundredths of a look in it. */
static int print_alignment(laco_context *ctx, laco_model *model, const char *source)
{
    laco_alignment a;
    if (laco_model_align(model, source, &a) < 0)
        return trouble(ctx);
    printf("%s", source);
    for (int64_t c = 0; c < a.columns; c++)
        printf("\t%s", a.column_text[c]);
    putchar('\n');
    for (int64_t r = 0; r < a.rows; r++) {
        printf("%s", a.row_text[r]);
        for (int64_t c = 0; c < a.columns; c++)
            printf("\t%.2f", (double)a.weights[r * a.columns + c]);
        putchar('\n');
    }
    laco_alignment_free(&a);
    return EXIT_DONE;
}

/* Ends each line at its tab, if it has one. A NUL, which would end a printed source early, is refused. */
static int cut_targets(const line_reader *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        char *line = (char *)(uintptr_t)lines->line[i], *tab = memchr(line, '\t', lines->length[i]);
        lines->length[i] = tab ? (size_t)(tab - line) : lines->length[i];
        line[lines->length[i]] = '\0';
        if (strlen(line) < lines->length[i])
            return trouble_text("%s:%zu: byte %zu is NUL: this is a binary file where UTF-8 text was expected", lines->name,
                                lines->number + i, strlen(line) + 1);
    }
    return EXIT_DONE;
}

static int align_lines(laco_context *ctx, laco_model *model, const line_reader *lines)
{
    int status = EXIT_DONE;
    for (size_t i = 0; i < lines->count && status == EXIT_DONE; i++)
        status = print_alignment(ctx, model, lines->line[i]);
    return status;
}

static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const line_reader *lines,
                        laco_transduce_note *sum)
{
    laco_write_options options = write_options(arguments);
    laco_transduce_note note;
    int nbest = options.nbest > 0 ? options.nbest : 1, status = EXIT_DONE;
    laco_written *answers = calloc(lines->count, (size_t)nbest * sizeof *answers);
    if (!answers)
        return trouble_text("out of memory for %d answers a line", nbest);
    if (laco_model_transduce(model, lines->count, lines->line, lines->length, &options, answers, &note) < 0)
        status = trouble_text("%s, from line %zu on: %s", lines->name, lines->number, laco_error(ctx));
    for (size_t i = 0; i < lines->count && status == EXIT_DONE; i++)
        status = print(arguments, lines->line[i], lines->length[i], answers + i * (size_t)nbest, nbest);
    if (status == EXIT_DONE) {
        sum->unseen += note.unseen;
        sum->longer += note.longer;
        sum->longest = note.longest;
    }
    free(answers);
    fflush(stdout);
    return status;
}

int predict_targets(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    laco_transduce_note note = {0};
    int status = EXIT_DONE, more;
    if (arguments->attention && (arguments->json || arguments->nbest > 0))
        return trouble_text("--attention prints a table of the greedy answer; it does not go with --json or --nbest");
    if (!lines_open(&lines, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0) {
        if (more < 0 || cut_targets(&lines) != EXIT_DONE)
            status = EXIT_TROUBLE;
        else if (arguments->attention)
            status = align_lines(ctx, model, &lines);
        else
            status = answer_lines(ctx, model, arguments, &lines, &note);
    }
    lines_close(&lines);
    if (note.unseen > 0)
        fprintf(stderr, "laco: note: tokens that training did not know, read as unknown: %zu\n", note.unseen);
    if (note.longer > 0)
        fprintf(stderr, "laco: note: sources longer than any of training (%zu tokens), whose answers are less certain: %zu\n",
                note.longest, note.longer);
    return status;
}
