#include "options.h"

#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const command_line *command, const char *text)
{
    wrong_usage(command->name, text);
    return -2;
}

/* The place of `length` bytes of `value` among the words of "a|b|c", from 1 on; 0: it is none of them. */
static int chosen(const char *words, const char *value, size_t length)
{
    int place = 1;
    for (const char *word = words;; place++) {
        size_t size = strcspn(word, "|");
        if (length == size && strncmp(word, value, size) == 0)
            return place;
        if (!word[size])
            return 0;
        word += size + 1;
    }
}

static int choose(const char *words, const char *value) { return chosen(words, value, strlen(value)); }

/* By its name, or by one that it had before. */
static bool named(const option *o, const laco_option *row, const char *name, size_t length)
{
    return (strlen(o->name) == length && strncmp(o->name, name, length) == 0) ||
           (row && row->aliases && chosen(row->aliases, name, length));
}

static bool find(const command_line *command, const char *name, size_t length, char letter, typed_option *out)
{
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count; i++) {
            const option *o = &command->groups[g].options[i];
            const laco_option *row = command->groups[g].rows ? &command->groups[g].rows[i] : NULL;
            if (letter ? o->letter == letter : named(o, row, name, length)) {
                *out = (typed_option){.option = o, .group = &command->groups[g]};
                return true;
            }
        }
    return false;
}

bool find_option(const command_line *command, const char *typed, typed_option *out)
{
    bool is_long = typed[1] == '-';
    size_t length = is_long ? strcspn(typed + 2, "=") : 0;
    bool found = find(command, typed + 2, length, is_long ? 0 : typed[1], out);
    if (found && is_long && typed[2 + length])
        out->value = typed + 2 + length + 1;
    else if (found && !is_long && typed[2])
        out->value = typed + 2;
    return found;
}

const laco_option *row_of(const typed_option *one)
{
    return one->group->rows ? &one->group->rows[one->option - one->group->options] : NULL;
}

static void unknown(const command_line *command, const char *typed)
{
    const char *names[256];
    char text[256], stem[65], word[65];
    size_t count = 0;
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count && count + 1 < sizeof names / sizeof *names; i++) {
            const laco_option *row = command->groups[g].rows ? &command->groups[g].rows[i] : NULL;
            names[count++] = command->groups[g].options[i].name;
            if (row && row->aliases && !strchr(row->aliases, '|'))
                names[count++] = row->aliases;
        }
    snprintf(stem, sizeof stem, "%.*s", (int)strcspn(typed, "="), typed);
    snprintf(word, sizeof word, "%s", stem);
    for (char *sign = word; (sign = strchr(sign, '_')) != NULL;)
        *sign = '-';
    const char *meant = strncmp(stem, "--", 2) == 0 ? suggest(word + 2, names, count) : NULL;
    if (meant)
        snprintf(text, sizeof text, "unknown option '%s'; did you mean --%s?", stem, meant);
    else
        snprintf(text, sizeof text, "unknown option '%s'", stem);
    complain(command, text);
}

static int refuse_value(const command_line *command, const option *o, const char *value)
{
    char text[400], range[120] = "";
    bool whole = o->type == OPTION_INTEGER || o->type == OPTION_INTEGER_OFF;
    if (o->low != 0 || o->high != 0)
        snprintf(range, sizeof range, o->high >= 1e15 ? " of at least %.10g" : " within %.10g … %.10g", o->low, o->high);
    if (o->type == OPTION_CHOICE)
        snprintf(text, sizeof text, "--%s is '%s'; it can be %s", o->name, value, o->value);
    else
        snprintf(text, sizeof text, "--%s is '%s'; it should be a%s number%s", o->name, value, whole ? " whole" : "", range);
    return complain(command, text);
}

/* What parse_options returns where there is no memory. */
static int no_memory(void)
{
    trouble_text("out of memory");
    return -3;
}

/* Into the struct that the library's table describes. */
static int store_in_table(const command_line *command, const typed_option *one, void *arguments)
{
    laco_context *ctx;
    char text[700];
    if (laco_context_new(&(laco_context_config){.threads = 1}, &ctx) < 0)
        return no_memory();
    int status = laco_option_set(ctx, one->group->table, (char *)arguments + one->group->at, one->option->name, one->value);
    snprintf(text, sizeof text, "--%s", laco_error(ctx));
    laco_context_free(ctx);
    return status == LACO_NO_MEMORY ? no_memory() : status < 0 ? complain(command, text) : 0;
}

static int store(const command_line *command, const typed_option *one, void *arguments)
{
    const option *o = one->option;
    const char *value = one->value;
    if (one->group->table)
        return store_in_table(command, one, arguments);
    char *place = (char *)arguments + o->offset, *end;
    bool bounded = o->low != 0 || o->high != 0;
    errno = 0;
    switch (o->type) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return 0;
    case OPTION_TEXT:
    case OPTION_INPUT:
    case OPTION_OUTPUT:
        *(const char **)place = value;
        return 0;
    case OPTION_CHOICE:
        *(int *)place = choose(o->value, value);
        return *(int *)place ? 0 : refuse_value(command, o, value);
    case OPTION_INTEGER:
    case OPTION_INTEGER_OFF: {
        long long number = strtoll(value, &end, 10);
        if (!*value || *end || errno || (bounded && ((double)number < o->low || (double)number > o->high)))
            return refuse_value(command, o, value);
        *(int64_t *)place = number == 0 && o->type == OPTION_INTEGER_OFF ? -1 : number;
        return 0;
    }
    default: {
        double number = strtod(value, &end);
        if (!*value || *end || !isfinite(number) || (bounded && (number < o->low || number > o->high)))
            return refuse_value(command, o, value);
        *(double *)place = number == 0 && o->type == OPTION_REAL_OFF ? -1 : number;
        return 0;
    }
    }
}

/* One option at argv[*i]; moves *i over its value. */
static int read_one(const command_line *command, int argc, char **argv, int *i, typed_option *out)
{
    const char *typed = argv[*i];
    if (!find_option(command, typed, out) || (typed[1] != '-' && out->option->type == OPTION_FLAG && typed[2])) {
        unknown(command, typed);
        return -2;
    }
    char text[160];
    if (out->option->type == OPTION_FLAG) {
        snprintf(text, sizeof text, "--%s takes no value", out->option->name);
        return out->value ? complain(command, text) : 0;
    }
    if (!out->value && *i + 1 < argc)
        out->value = argv[++*i];
    snprintf(text, sizeof text, "--%s needs a value: %s", out->option->name, out->option->value);
    return out->value ? 0 : complain(command, text);
}

static bool is_option(const char *typed) { return typed[0] == '-' && typed[1] != '\0'; }

int parse_status(int count) { return count == -1 ? EXIT_DONE : count == -3 ? EXIT_TROUBLE : EXIT_USAGE; }

int parse_options(const command_line *command, int argc, char **argv, void *arguments, const char **positional)
{
    if (!positional)
        return no_memory();
    int count = 0, status;
    bool only_positional = false;
    for (int i = 0; i < argc; i++) {
        const char *typed = argv[i];
        typed_option one;
        if (only_positional || !is_option(typed)) {
            positional[count++] = typed;
        } else if (strcmp(typed, "--") == 0) {
            only_positional = true;
        } else if (is_help(typed)) {
            write_help(command, strcmp(typed, "--help-all") == 0);
            return -1;
        } else if (read_one(command, argc, argv, &i, &one) < 0) {
            return -2;
        } else if ((status = store(command, &one, arguments)) < 0) {
            return status == -3 ? -3 : -2;
        }
    }
    char text[200];
    if (count < command->least) { /* what is needed stands first in the usage, in its order */
        const char *missing = command->usage;
        for (int i = 0; i < count; i++)
            missing += strcspn(missing, " ") + 1;
        snprintf(text, sizeof text, "%.*s is missing: %s %s", (int)strcspn(missing, " "), missing, command->name, command->usage);
        return complain(command, text);
    }
    if (count > command->most) {
        snprintf(text, sizeof text, "'%s' is one argument too many", positional[command->most]);
        return complain(command, text);
    }
    return count;
}

bool options_fit(const command_line *command, int argc, char **argv, const char *task, const char *model)
{
    char text[600], takers[120];
    typed_option one;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!is_option(argv[i]))
            continue;
        if (read_one(command, argc, argv, &i, &one) < 0)
            return false;
        if (!one.group->tasks || choose(one.group->tasks, task))
            continue;
        show_tasks(one.group->tasks, takers, sizeof takers);
        snprintf(text, sizeof text, "--%s is for %s; %.300s was trained to %s", one.option->name, takers, model, task);
        complain(command, text);
        return false;
    }
    return true;
}
