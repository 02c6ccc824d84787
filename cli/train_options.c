#include "train.h"

#include <stdlib.h>
#include <string.h>

#define MOST_FIRST_GROUPS 2
#define AT(member) offsetof(train_arguments, member)

static const option run_options[] = {
    {"output", 'o', OPTION_OUTPUT, "MODEL", "where the model goes (required)", AT(output), 0, 0},
    {"threads", 0, OPTION_INTEGER, "N", "threads; results never depend on it", AT(threads), 1, 256},
    {"quiet", 'q', OPTION_FLAG, NULL, "no progress", AT(quiet), 0, 0},
    {"json", 0, OPTION_FLAG, NULL, "one JSON object a line on standard output", AT(json), 0, 0},
    {"report", 0, OPTION_OUTPUT, "FILE.html", "a page of curves, errors and data, kept up to date", AT(loggers.report), 0, 0},
};
static const option further_run_options[] = {
    {"processes", 0, OPTION_INTEGER, "N", "processes on this machine, which share the --shards of a batch", AT(processes), 1,
     256},
    {"give-up", 0, OPTION_REAL, "SECONDS", "end where another process says nothing for so long (300)", AT(give_up), 0.1, 1e6},
    {"until", 0, OPTION_REAL, "P", "end when this share of the epochs is behind; --resume goes on", AT(until), 0.0001, 1},
    {"tensorboard", 0, OPTION_TEXT, "DIR", "a file of events for TensorBoard, into this folder", AT(loggers.tensorboard), 0, 0},
    {"plot", 0, OPTION_OUTPUT, "FILE.png|svg", "a picture of the loss by epoch", AT(loggers.plot), 0, 0},
};
const option_group run_groups[] = {
    OPTION_GROUP("Running", run_options),
    {"Running", further_run_options, sizeof further_run_options / sizeof *further_run_options, NULL, NULL, NULL, 0, true},
    {0},
};

static const option check_options[] = {
    {"json", 0, OPTION_FLAG, NULL, "one JSON object", AT(json), 0, 0},
};
const option_group check_groups[] = {OPTION_GROUP("Options", check_options), {0}};

/* A row of the library's table as an option of the program. Its value goes in by laco_option_set: the type here says no more than
 * whether there is one, and whether it is a file. */
static option option_of(const laco_option *row, size_t at)
{
    option o = {.name = row->name, .type = OPTION_TEXT, .value = row->value, .help = row->help, .offset = at + row->offset};
    if (row->type == LACO_OPTION_FLAG || row->type == LACO_OPTION_SWITCH)
        o.type = OPTION_FLAG;
    else if (row->type == LACO_OPTION_OUTPUT)
        o.type = OPTION_OUTPUT;
    else if (row->type == LACO_OPTION_INPUT || row->type == LACO_OPTION_SHARE)
        o.type = OPTION_INPUT;
    if (row->type == LACO_OPTION_SHARE)
        o.offset += offsetof(laco_share, file);
    return o;
}

/* Is a word one of "a|b|c"? */
static bool among(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == length && strncmp(at, word, length) == 0)
            return true;
    return false;
}

bool table_groups_new(const option_group *first, const laco_option_table *table, size_t at, const char *reads, table_groups *out)
{
    out->options = calloc(table->count, sizeof *out->options);
    out->groups = calloc(table->count + MOST_FIRST_GROUPS, sizeof *out->groups);
    if (!out->options || !out->groups)
        return false;
    for (; first->count > 0; first++)
        out->groups[out->count++] = *first;
    for (size_t i = 0; i < table->count; i++) {
        const laco_option *row = &table->rows[i];
        option_group *last = &out->groups[out->count - 1];
        if (reads && !(row->flags & LACO_OPTION_READS) && !among(reads, row->name))
            continue;
        out->options[i] = option_of(row, at);
        if (last->table && strcmp(last->title, row->group) == 0 && &last->options[last->count] == &out->options[i])
            last->count++;
        else
            out->groups[out->count++] = (option_group){row->group, &out->options[i], 1, NULL, row, table, at, false};
    }
    return true;
}

void table_groups_free(table_groups *groups)
{
    free(groups->options);
    free(groups->groups);
}
