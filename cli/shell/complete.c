/* laco complete WORD…: what can stand in the place of the last word of a command line, for the shells. A line for each: the word, a
 * tab, what it is. ":files", ":files png svg" and ":folders" stand for such files. The tables of options say what there is. */
#include "tasks/task.h"
#include "shell/shells.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MODEL_FILES ":files safetensors st"

/* The command line: `word[count - 1]` is at the cursor. */
static struct {
    char **word;
    int count;
} typed;

static const char *at_cursor(void) { return typed.word[typed.count - 1]; }

/* A word, where it goes on from what was typed; before it stands what of the typed is no part of it, as "--cell=". */
static void offer(const char *before, const char *word, size_t length, const char *about)
{
    size_t given = strlen(at_cursor()), head = strlen(before);
    if (given > head && (given - head > length || strncmp(word, at_cursor() + head, given - head) != 0))
        return;
    printf("%s%.*s\t%.*s\n", before, (int)length, word, (int)strcspn(about, "\n"), about);
}

static void offer_words(const char *before, const char *words)
{
    for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
        if (*at < 'A' || *at > 'Z') /* "upos|xpos|N": N is a number */
            offer(before, at, strcspn(at, "|"), "");
}

static bool offer_model(void *user, const char *folder, const char *name)
{
    offer(user, name, strlen(name), folder);
    return true;
}

static void offer_models(const char *before)
{
    char prefix[200];
    snprintf(prefix, sizeof prefix, "%s", before);
    each_model(offer_model, prefix);
}

static void offer_tasks(const char *before)
{
    for (size_t i = 0; cli_tasks[i]; i++)
        offer(before, cli_tasks[i]->name, strlen(cli_tasks[i]->name), cli_tasks[i]->summary);
}

/* The columns of the first table among the words, by its header. */
static void offer_columns(const char *before)
{
    char line[4096] = "";
    for (int i = 1; i < typed.count - 1 && !*line; i++) {
        const char *dot = strrchr(typed.word[i], '.');
        FILE *file = dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".tsv") == 0) ? fopen(typed.word[i], "r") : NULL;
        if (file && !fgets(line, sizeof line, file))
            *line = '\0';
        if (file)
            fclose(file);
    }
    const char *marks = strchr(line, '\t') ? "\t\r\n" : strchr(line, ';') ? ";\r\n" : ",\r\n";
    for (const char *at = line; *at; at += strcspn(at, marks), at += *at != '\0') {
        at += *at == '"';
        size_t length = strcspn(at, at > line && at[-1] == '"' ? "\"" : marks);
        if (length > 0)
            offer(before, at, length, "column");
        at += length;
    }
}

/* ":files", with the endings of "FILE.png|svg", where there are some. */
static void offer_files(const char *value)
{
    const char *dot = strncmp(value, "FILE.", 5) == 0 ? value + 4 : NULL;
    fputs(":files", stdout);
    for (const char *at = dot; at && *at; at += strcspn(at, "|"), at += *at == '|') {
        size_t head = strncmp(at, "FILE.", 5) == 0 ? 5 : *at == '.';
        printf(" %.*s", (int)(strcspn(at, "|") - head), at + head);
    }
    putchar('\n');
}

static bool is_file_option(const option *o) { return o->type == OPTION_INPUT || o->type == OPTION_OUTPUT; }

/* What an option can be given. */
static void offer_values(const option *o, const laco_option *row, const char *before)
{
    const char *value = o->value;
    bool choice = o->type == OPTION_CHOICE || (row && row->type == LACO_OPTION_CHOICE);
    if (choice || (!is_file_option(o) && strchr(value, '|') && islower((unsigned char)*value)))
        offer_words(before, value);
    else if (strcmp(value, "MODEL") == 0)
        offer_models(before), puts(MODEL_FILES);
    else if (strcmp(value, "FOLDER") == 0)
        puts(":folders");
    else if (is_file_option(o))
        offer_files(value);
    else if (strcmp(value, "TASK") == 0)
        offer_tasks(before);
    else if (strstr(value, "COLUMN"))
        offer_columns(before);
}

static void offer_options(const command_line *command)
{
    char name[80];
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count; i++) {
            const option *o = &command->groups[g].options[i];
            snprintf(name, sizeof name, "--%s", o->name);
            offer("", name, strlen(name), o->help);
        }
    offer("", "--help", 6, "what this command does");
    if (command->brief)
        offer("", "--help-all", 10, "all of its options");
}

/* The word at `index` of the usage: "MODEL", "[FILE…|-]"; the last one where there are no more. */
static const char *usage_word(const char *usage, int index)
{
    for (; index > 0; index--) {
        const char *next = usage + strcspn(usage, " ");
        while (*next == ' ')
            next++;
        if (!*next || *next == '-' || strncmp(next, "[options", 8) == 0 || strncmp(next, "[-", 2) == 0)
            break;
        usage = next;
    }
    return usage;
}

static void offer_positional(const command_line *command, int index)
{
    const char *usage = usage_word(command->usage, index);
    if (command->words && index == 0) {
        for (const named_word *word = command->words; word->name; word++)
            if (word->summary)
                offer("", word->name, strlen(word->name), word->summary);
    } else if (index < command->most || command->most > 1) {
        if (strncmp(usage, "MODEL", 5) == 0)
            offer_models(""), puts(MODEL_FILES);
        else if (strncmp(usage, "[NAME]", 6) == 0)
            offer_models("");
        else if (strncmp(usage, "TASK", 4) == 0)
            offer_tasks("");
        else if (*usage)
            puts(":files");
    }
}

/* Behind the command's own words: how many positional arguments stand before the cursor, and the option whose value is there. */
static void complete_line(const command_line *command, bool all)
{
    (void)all;
    typed_option one = {NULL, NULL, NULL}, last = {NULL, NULL, NULL};
    int own = 0, positional = 0;
    bool plain = false;
    for (const char *space = command->name; (space = strchr(space, ' ')) != NULL; space++)
        own++;
    for (int i = own; i < typed.count - 1; i++) {
        const char *word = typed.word[i];
        bool needs = last.option && last.option->type != OPTION_FLAG && !last.value;
        if (strcmp(word, "=") == 0 && needs) /* bash takes --name=value apart */
            continue;
        last = (typed_option){NULL, NULL, NULL};
        if (needs)
            continue;
        plain = plain || strcmp(word, "--") == 0;
        if (!plain && word[0] == '-' && word[1] && find_option(command, word, &one))
            last = one;
        else
            positional += word[0] != '-' || !word[1] || plain;
    }
    const char *cursor = at_cursor(), *equals = strchr(cursor, '=');
    char before[200] = "";
    static char nothing[1];
    if (strcmp(cursor, "=") == 0)
        typed.word[typed.count - 1] = nothing;
    if (last.option && last.option->type != OPTION_FLAG && !last.value) {
        offer_values(last.option, row_of(&last), "");
    } else if (strncmp(cursor, "--", 2) == 0 && equals && find_option(command, cursor, &one)) {
        snprintf(before, sizeof before, "%.*s", (int)(equals - cursor) + 1, cursor);
        offer_values(one.option, row_of(&one), before);
    } else if (*cursor == '-' && !plain) {
        offer_options(command);
    } else {
        offer_positional(command, positional);
    }
}

int command_complete(int argc, char **argv)
{
    char help[] = "--help", *asked[4] = {NULL};
    int count = 0;
    if (argc > 1 && strcmp(argv[0], "help") == 0) { /* of which the command's words follow */
        argc--;
        argv++;
    }
    if (argc < 1)
        return EXIT_USAGE;
    typed.word = argv;
    typed.count = argc;
    for (int i = 0; i < argc - 1 && i < 2 && argv[i][0] != '-'; i++)
        asked[count++] = argv[i];
    asked[count++] = help;
    if (!freopen("/dev/null", "w", stderr))
        return EXIT_TROUBLE;
    write_help = complete_line;
    return run_command(count, asked);
}

/* ---- laco completion ---- */

/* "bash" of "laco.bash". */
static const char *shell_of(const shell_text *text) { return strrchr(text->name, '.') + 1; }

int command_completion(int argc, char **argv)
{
    named_word words[8] = {{NULL, NULL}};
    for (size_t i = 0; shell_texts[i].name && i + 1 < sizeof words / sizeof *words; i++)
        words[i] = (named_word){shell_of(&shell_texts[i]), ""};
    const command_line command = {
        .name = "laco completion",
        .usage = "SHELL",
        .summary =
            "What a shell needs to complete the words of laco: commands, options, their values, models by name, files. It is\n"
            "installed with laco; without that it can be read by the shell.",
        .example = "source <(laco completion bash)",
        .least = 1,
        .most = 1,
        .words = words};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, NULL, positional), status = parse_status(count);
    const char *shell = count > 0 ? positional[0] : NULL;
    const shell_text *text = NULL;
    for (size_t i = 0; shell && shell_texts[i].name; i++)
        if (strcmp(shell, shell_of(&shell_texts[i])) == 0)
            text = &shell_texts[i];
    if (text)
        fwrite(text->bytes, 1, text->size, stdout);
    if (shell)
        status = text ? EXIT_DONE : wrong_usage(command.name, "SHELL can be bash, zsh or fish");
    free(positional);
    return status;
}
