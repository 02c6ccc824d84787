/* laco options: the options of a task, as a table. */
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

typedef struct table_arguments {
    bool json;
} table_arguments;

static const option table_options[] = {
    {"json", 0, OPTION_FLAG, NULL, "JSON: an array of objects, one an option", offsetof(table_arguments, json), 0, 0},
};

static int print_json(laco_context *ctx, const laco_option_table *table)
{
    char *text;
    if (laco_options_to_json(ctx, table, NULL, &text) < 0)
        return trouble(ctx);
    puts(text);
    laco_free(ctx, text);
    return EXIT_DONE;
}

/* "1 … 100", where there is a range. */
static void show_range(const laco_option *row, char *text, size_t size)
{
    bool number = row->type == LACO_OPTION_INTEGER || row->type == LACO_OPTION_REAL || row->type == LACO_OPTION_REALS ||
                  row->type == LACO_OPTION_SHARE;
    *text = 0;
    if (number && (row->low != 0 || row->high != 0))
        snprintf(text, size, "; %s%.10g … %.10g", (row->flags & LACO_OPTION_CAN_BE_OFF) && row->low > 0 ? "0 or " : "", row->low,
                 row->high);
}

static void print_text(const laco_option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const laco_option *row = &table->rows[i];
        char range[80];
        show_range(row, range, sizeof range);
        if (i == 0 || strcmp(row->group, table->rows[i - 1].group) != 0)
            printf("%s%s\n", i > 0 ? "\n" : "", row->group);
        printf("  --%s%s%s\n      %s%s%s%s%s\n", row->name, row->value ? " " : "", row->value ? row->value : "", row->help,
               row->normal ? "; by default " : "", row->normal ? row->normal : "", range,
               row->flags & (LACO_OPTION_SHAPES | LACO_OPTION_READS) ? "" : "; the result does not depend on it");
    }
}

static int show(const table_arguments *arguments, const char *task)
{
    const laco_option_table *table = laco_task_options(task);
    if (!table)
        return trouble_text("'%s' is no task; laco train --help lists them", task);
    laco_context *ctx = open_context(1);
    int status = ctx ? EXIT_DONE : EXIT_TROUBLE;
    if (ctx && arguments->json)
        status = print_json(ctx, table);
    else if (ctx)
        print_text(table);
    laco_context_free(ctx);
    return status;
}

int command_options(int argc, char **argv)
{
    static const option_group groups[] = {OPTION_GROUP("Options", table_options)};
    const command_line command = {
        .name = "laco options",
        .usage = "TASK [--json]",
        .summary = "All options of a task's training: what they are for, their ranges and defaults.",
        .example = "laco options tag --json",
        .groups = groups,
        .group_count = 1,
        .least = 1,
        .most = 1};
    table_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional);
    int status = count == 1 ? show(&arguments, positional[0]) : parse_status(count);
    free(positional);
    return status;
}
