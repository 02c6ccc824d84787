/* laco report: several trainings laid over each other, from what laco train --json printed. */
#include "outputs.h"
#include "page/page.h"
#include "loggers/loggers.h"
#include "tasks/part.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct compare_arguments {
    const char *output;
} compare_arguments;

static const option options[] = {
    {"output", 'o', OPTION_OUTPUT, "FILE.html", "where the page goes (required)", offsetof(compare_arguments, output), 0, 0},
};

/* One training. */
typedef struct past_run {
    const char *path;
    json_t *epochs;
    char *data; /* NULL: nothing was said of them */
} past_run;

/* Takes an event; what is neither an epoch nor about data plays no part. */
static void take(past_run *run, json_t *event)
{
    const char *kind = json_string_value(json_object_get(event, "event"));
    if (kind && strcmp(kind, "epoch") == 0)
        json_add(&run->epochs, json_incref(event));
    else if (kind && strcmp(kind, "data") == 0 && !run->data && json_is_string(json_object_get(event, "summary")))
        run->data = strdup(json_string_value(json_object_get(event, "summary")));
}

static int read_run(past_run *run)
{
    FILE *file = strcmp(run->path, "-") == 0 ? stdin : fopen(run->path, "r");
    char *line = NULL;
    size_t room = 0, number = 0;
    int status = EXIT_DONE;
    json_error_t error;
    if (!file)
        return trouble_text("%s: cannot be read: %s", run->path, strerror(errno));
    run->epochs = json_array();
    while (status == EXIT_DONE && getline(&line, &room, file) >= 0) {
        number++;
        if (line[strspn(line, " \t\r\n")] == '\0')
            continue;
        json_t *event = json_loads(line, 0, &error);
        if (json_is_object(event))
            take(run, event);
        else
            status =
                trouble_text("%s, line %zu: is no JSON object; what 'laco train … --json' prints is right", run->path, number);
        json_decref(event);
    }
    free(line);
    if (file != stdin)
        fclose(file);
    if (status == EXIT_DONE && json_array_size(run->epochs) == 0)
        return trouble_text("%s: has no epoch in it; what 'laco train … --json' prints is right", run->path);
    return status;
}

/* The last epoch that was the best when it came, else the last. */
static const json_t *best_of(const past_run *run)
{
    size_t count = json_array_size(run->epochs);
    for (size_t i = count; i-- > 0;) {
        const json_t *epoch = json_array_get(run->epochs, i);
        if (json_is_true(json_object_get(epoch, "best")) && json_object_size(json_object_get(epoch, "metrics")) > 0)
            return epoch;
    }
    return json_array_get(run->epochs, count - 1);
}

static json_t *member(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return value ? json_incref(value) : json_null();
}

static json_t *runs_table(const past_run *runs, size_t count)
{
    json_t *names = json_object(), *value;
    const char *name;
    char columns[1000] = "training|epochs|seconds|best epoch|its loss of training";
    for (size_t r = 0; r < count; r++)
        json_object_foreach(json_object_get(best_of(&runs[r]), "metrics"), name,
                            value) if (!json_object_get(names, name) && !strchr(name, '|'))
        {
            json_put(&names, name, json_true());
            snprintf(columns + strlen(columns), sizeof columns - strlen(columns), "|%s", name);
        }
    json_t *table = table_new("The trainings", "Figures of validation are those of each one's best epoch.", columns);
    for (size_t r = 0; r < count; r++) {
        const json_t *best = best_of(&runs[r]), *last = json_array_get(runs[r].epochs, json_array_size(runs[r].epochs) - 1);
        json_t *row = json_pack("[s, o, o, o, o]", runs[r].path, member(last, "epoch"), member(last, "seconds"),
                                member(best, "epoch"), member(best, "loss"));
        json_object_foreach(names, name, value) json_add(&row, member(json_object_get(best, "metrics"), name));
        table_add(table, row);
    }
    json_decref(names);
    return table;
}

static json_t *data_facts(const past_run *runs, size_t count)
{
    json_t *facts = json_array(), *section = section_new("facts", "Their data", NULL);
    for (size_t r = 0; r < count; r++)
        if (runs[r].data)
            facts_add(&facts, runs[r].path, json_string(runs[r].data));
    json_put(&section, "facts", facts);
    return section;
}

static int write_comparison(const past_run *runs, size_t count, const char *path)
{
    curve_run *curves = calloc(count + 1, sizeof *curves);
    if (!curves)
        return trouble_text("out of memory");
    json_t *sections = json_array(), *page = json_pack("{s:s}", "title", "Trainings beside each other");
    for (size_t r = 0; r < count; r++)
        curves[r] = (curve_run){runs[r].path, runs[r].epochs};
    json_add(&sections, runs_table(runs, count));
    curves_add(&sections, curves, count);
    json_add(&sections, data_facts(runs, count));
    json_put(&page, "sections", sections);
    free(curves);
    laco_status status = page_write(path, "page.js", page);
    json_decref(page);
    return status < 0 ? report_trouble() : EXIT_DONE;
}

static int compare(const char *const *paths, size_t count, const char *output)
{
    past_run *runs = calloc(count + 1, sizeof *runs);
    int status = runs ? EXIT_DONE : trouble_text("out of memory");
    for (size_t r = 0; runs && r < count && status == EXIT_DONE; r++) {
        runs[r].path = paths[r];
        status = read_run(&runs[r]);
    }
    if (runs && status == EXIT_DONE)
        status = write_comparison(runs, count, output);
    for (size_t r = 0; runs && r < count; r++) {
        json_decref(runs[r].epochs);
        free(runs[r].data);
    }
    free(runs);
    return status;
}

int command_report(int argc, char **argv)
{
    const option_group groups[] = {OPTION_GROUP("Options", options)};
    const command_line command = {
        .name = "laco report",
        .usage = "RUN.jsonl… -o FILE.html",
        .summary = "Trainings laid over each other, as a page. RUN.jsonl: what 'laco train … --json' printed; one of\n"
                   "them may be -, standard input.",
        .example = "laco report small.jsonl large.jsonl -o compare.html",
        .groups = groups,
        .group_count = 1,
        .least = 1,
        .most = argc};
    compare_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    json_memory_must(true);
    int count = parse_options(&command, argc, argv, &arguments, positional), status = parse_status(count);
    if (count >= 0 && (!arguments.output || !*arguments.output)) {
        status = wrong_usage(command.name, "say where the page goes: -o FILE.html");
    } else if (count >= 0 && (status = check_outputs(&command, &arguments, positional, count)) == EXIT_DONE) {
        status = compare(positional, (size_t)count, arguments.output);
    }
    free(positional);
    return status;
}
