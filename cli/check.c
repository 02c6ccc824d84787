/* laco check: what is in data, as training would read them, and what looks wrong in it. */
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(laco_note_kind kind)
{
    static const char *const names[] = {"taken", "detail", "doubt", "warning"};
    return names[kind];
}

static int print_json(const laco_summary *summary)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < laco_summary_count(summary); i++) {
        const char *key, *note;
        laco_note_kind kind = laco_summary_note(summary, i, &key, &note);
        json_add(&notes, json_pack("{s:s, s:s, s:s}", "kind", name_of(kind), "key", key, "text", note));
    }
    return print_object(json_pack("{s:s, s:o}", "summary", laco_summary_line(summary), "notes", notes));
}

/* A note on lines of moderate width, below each other. */
static void print_note(const char *title, const char *text)
{
    enum { WIDTH = 100 };
    printf("%-12s", title);
    while (strlen(text) > WIDTH) {
        size_t cut = WIDTH;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0)
            break;
        printf("%.*s\n%-12s", (int)cut, text, "");
        text += cut + 1;
    }
    puts(text);
}

static void print_text(const laco_summary *summary)
{
    const char *line = laco_summary_line(summary), *end = strstr(line, ": ");
    size_t wrong = 0;
    printf("%-12s%.*s\n", "data", end ? (int)(end - line) : (int)strlen(line), line);
    for (size_t i = 0; i < laco_summary_count(summary); i++) {
        const char *key, *note;
        laco_note_kind kind = laco_summary_note(summary, i, &key, &note);
        bool marked = kind == LACO_NOTE_DOUBT || kind == LACO_NOTE_WARNING;
        wrong += marked;
        print_note(marked ? name_of(kind) : key, note);
    }
    if (wrong == 0)
        print_note("warnings", "none");
}

static int check(laco_context *ctx, const cli_task *task, train_arguments *arguments, const char *const *paths, int count)
{
    laco_summary *summary = NULL;
    if (task->train.look(ctx, arguments, paths, count, &summary) < 0)
        return trouble(ctx);
    int status = EXIT_DONE;
    if (arguments->json)
        status = print_json(summary);
    else
        print_text(summary);
    laco_summary_free(summary);
    return status;
}

static int run(const cli_task *task, const command_line *command, int argc, char **argv)
{
    train_arguments *arguments = calloc(1, task->train.size);
    const char **paths = calloc((size_t)argc + 1, sizeof *paths);
    int count = parse_options(command, argc, argv, arguments, arguments ? paths : NULL), status = parse_status(count);
    if (arguments && count >= 0) {
        laco_context *ctx = open_context(1);
        status = ctx ? check(ctx, task, arguments, paths, count) : EXIT_TROUBLE;
        laco_context_free(ctx);
    }
    free(paths);
    free(arguments);
    return status;
}

static int check_task(const cli_task *task, int argc, char **argv)
{
    table_groups groups = {0};
    char name[64], example[160];
    snprintf(name, sizeof name, "laco check %s", task->name);
    snprintf(example, sizeof example, "%s DATA", name);
    bool made = table_groups_new(check_groups, laco_task_options(task->name), task->train.options, task->train.reads, &groups);
    const command_line command = {
        .name = name,
        .usage = task->train.one ? "DATA [options]" : "DATA… [options]",
        .summary = "What is in the data, as 'laco train' would read them: their form, what was taken for what, and\n"
                   "what looks wrong in them.",
        .example = example,
        .groups = groups.groups,
        .group_count = groups.count,
        .least = 1,
        .most = task->train.one ? 1 : argc};
    int status = made ? run(task, &command, argc, argv) : trouble_text("out of memory");
    table_groups_free(&groups);
    return status;
}

int command_check(int argc, char **argv)
{
    const command_line command = {.name = "laco check",
                                  .usage = "TASK DATA… [options]",
                                  .summary = "What is in data, and what looks wrong in it.",
                                  .more = "laco check TASK --help tells more."};
    return command_of_tasks(&command, argc, argv, check_task);
}
