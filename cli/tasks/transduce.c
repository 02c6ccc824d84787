#include "eval_page.h"
#include "lines.h"
#include "tasks/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- laco train ---- */

typedef struct transduce_arguments {
    train_arguments common;
    laco_transduce_options options;
} transduce_arguments;

/* A source of the data that does as a sample; NULL: there is none. */
static const char *find_sample(const laco_pairs *data, size_t *length)
{
    enum { LOOKED_AT = 1000 };
    size_t count = laco_pairs_count(data);
    for (size_t i = 0; i < SMALLER(count, LOOKED_AT); i++) {
        const char *source = laco_pairs_source(data, i, length);
        if (is_sample(source, *length))
            return source;
    }
    return NULL;
}

static int train_on(laco_context *ctx, transduce_arguments *arguments, const laco_pairs *data)
{
    const char *file = arguments->options.valid.file;
    laco_pairs *valid = NULL;
    laco_model *model = NULL;
    int status = file && laco_pairs_load(ctx, &file, 1, &valid) < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE) {
        size_t length = 0;
        const char *sample = find_sample(data, &length);
        const report_part part = {.data = data, .valid = valid, .describe = pairs_describe, .look = pairs_look};
        progress_start(&arguments->common, &arguments->options.train, &part);
        laco_status trained = laco_train_transduce(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, sample, length);
    }
    laco_model_free(model);
    laco_pairs_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    laco_pairs *data = NULL;
    laco_summary *summary = NULL;
    if (laco_pairs_load(ctx, paths, count, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_pairs_summary(data, wants_detail(user), &summary);
    int status = say_data(ctx, user, made, summary);
    if (status == EXIT_DONE)
        status = train_on(ctx, user, data);
    laco_pairs_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    (void)user;
    laco_pairs *data;
    LACO_PASS(laco_pairs_load(ctx, paths, count, &data));
    laco_status status = laco_pairs_summary(data, true, out);
    laco_pairs_free(data);
    return status;
}

/* ---- laco eval ---- */

static json_t *decode_json(const laco_decode_score *score)
{
    return json_pack("{s:f, s:f, s:I, s:I, s:I, s:I}", "word_error_rate", laco_decode_score_wrong(score), "token_error_rate",
                     laco_decode_score_token_error(score), "count", (json_int_t)score->count, "right", (json_int_t)score->right,
                     "token_errors", (json_int_t)score->errors, "tokens", (json_int_t)score->tokens);
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_pairs *data = NULL;
    laco_decode_score score = {0};
    laco_decode_options options = write_options(arguments);
    int status = EXIT_DONE;
    if (laco_pairs_load(ctx, paths, count, &data) < 0)
        status = trouble(ctx);
    else if (laco_model_score_pairs(model, data, &options, &score) < 0)
        status = trouble_text("%s: %s", count == 1 ? paths[0] : "the data", laco_error(ctx));
    else if (arguments->json)
        printf("{\"word_error_rate\":%.6f,\"token_error_rate\":%.6f,\"count\":%zu,\"right\":%zu,\"token_errors\":%lld,\"tokens\":"
               "%lld}\n",
               laco_decode_score_wrong(&score), laco_decode_score_token_error(&score), score.count, score.right,
               (long long)score.errors, (long long)score.tokens);
    else
        printf("word error rate    %6.2f %%   %zu of %zu sources are not turned into one of their targets\n"
               "token error rate   %6.2f %%   %lld errors in %lld tokens of the nearest targets\n",
               100 * laco_decode_score_wrong(&score), score.count - score.right, score.count,
               100 * laco_decode_score_token_error(&score), (long long)score.errors, (long long)score.tokens);
    if (status == EXIT_DONE)
        status = eval_page(ctx, model, arguments, decode_json(&score),
                           &(report_part){.data = data, .describe = pairs_describe, .look = pairs_look});
    laco_pairs_free(data);
    return status;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"attention", 0, OPTION_FLAG, NULL, "where each token of the answer looked, as a table", ASK(attention), 0, 0},
};
static const option_group predict_group = TASK_GROUP("transduce", predict_options);

/* What sources become: source<TAB>answer, or with --nbest a line for each answer, or with --attention where it was looked.
 * What stands behind a tab or ||| (the targets of data to train on) plays no part. */

static int print_json(const ask_arguments *arguments, const char *source, size_t length, const laco_hypothesis *answers,
                      int count)
{
    json_t *list = json_array();
    for (int k = 0; k < count && answers[k].text; k++)
        json_add(&list, with_probability(arguments,
                                         json_pack("{s:s, s:f, s:f}", "target", answers[k].text, "log_probability",
                                                   answers[k].log_probability, "score", answers[k].score),
                                         answers[k].log_probability));
    json_t *object = json_pack("{s:s%, s:o}", "source", source, length, "targets", list);
    return print_object(object);
}

static int print(const ask_arguments *arguments, const char *source, size_t length, const laco_hypothesis *answers, int count)
{
    char worth[40];
    if (arguments->json)
        return print_json(arguments, source, length, answers, count);
    if (arguments->nbest == 0)
        printf("%s\t%s\n", source, answers[0].text ? answers[0].text : "");
    for (int k = 0; arguments->nbest > 0 && k < count && answers[k].text; k++)
        printf("%s\t%d\t%s\t%s\n", source, k + 1, show_worth(arguments, answers[k].log_probability, answers[k].score, 4, worth),
               answers[k].text);
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

/* Where the source of a line ends: at its tab or, without one, at |||, as in files to train on. */
static size_t source_length(const char *line, size_t length)
{
    const char *end = memchr(line, '\t', length);
    if (end)
        return (size_t)(end - line);
    for (end = line; (end = memchr(end, '|', (size_t)(line + length - end))); end++)
        if (line + length - end >= 3 && memcmp(end, "|||", 3) == 0)
            break;
    size_t source = end ? (size_t)(end - line) : length;
    while (end && source > 0 && line[source - 1] == ' ')
        source--;
    return source;
}

/* Ends each line behind its source. */
static void cut_targets(const line_reader *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        char *line = (char *)(uintptr_t)lines->line[i];
        lines->length[i] = source_length(line, lines->length[i]);
        line[lines->length[i]] = '\0';
    }
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
    laco_decode_options options = write_options(arguments);
    laco_transduce_note note;
    int nbest = options.nbest > 0 ? options.nbest : 1, status = EXIT_DONE;
    laco_hypothesis *answers = calloc(lines->count, (size_t)nbest * sizeof *answers);
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

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    laco_transduce_note note = {0};
    int status = EXIT_DONE, more;
    if (arguments->attention && (arguments->json || arguments->nbest > 0))
        return trouble_text("--attention prints a table of the greedy answer; it does not go with --json or --nbest");
    if (!lines_open(&lines, ctx, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0) {
        if (more > 0)
            cut_targets(&lines);
        if (more < 0)
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

const cli_task cli_transduce = {
    .name = "transduce",
    .summary = "one sequence into another: spelling into sounds",
    .train =
        {
            .usage = "DATA… -o MODEL [options]",
            .about = "Learn to turn one sequence into another of any length: spelling into sounds, dates into dates.\n"
                     "DATA: lines of source<TAB>target. A source may stand in several lines: each of its targets is right.\n"
                     "By default a side whose texts have spaces within is read word by word, else letter by letter.",
            .example = "laco train transduce words.tsv -o sounds.safetensors",
            .size = sizeof(transduce_arguments),
            .options = offsetof(transduce_arguments, options),
            .run = train,
            .next = "predict",
            .next_options = "",
            .look = look,
            .reads = "",
        },
    .eval = {.run = eval, .groups = {&beam_group, &length_group}},
    .predict = {.run = predict, .one = true, .groups = {&write_group, &length_group, &worth_group, &predict_group}},
};
