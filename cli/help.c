/* What --help prints, of the same tables that a command line is read by. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

help_function write_help = print_help;

int wrong_usage(const char *command, const char *text)
{
    fprintf(stderr, "%s: %s\nTry '%s%s --help'.\n", command, text, called(), command + strcspn(command, " "));
    return EXIT_USAGE;
}

bool is_help(const char *typed)
{
    return strcmp(typed, "--help") == 0 || strcmp(typed, "-h") == 0 || strcmp(typed, "--help-all") == 0;
}

void show_tasks(const char *tasks, char *text, size_t size)
{
    int used = snprintf(text, size, "models that ");
    for (const char *word = tasks; *word && (size_t)used < size;) {
        int length = (int)strcspn(word, "|");
        const char *next = word[length] ? word + length + 1 : word + length;
        const char *before = word == tasks ? "" : *next ? ", " : " or ";
        used += snprintf(text + used, size - (size_t)used, "%s%.*s", before, length, word);
        word = next;
    }
}

/* "-o, --output MODEL": how an option is typed. Returns its length. */
static int show_option(const option *o, char *text, size_t size)
{
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    return snprintf(text, size, "%s--%s%s%s", letter, o->name, o->type == OPTION_FLAG ? "" : " ",
                    o->type == OPTION_FLAG ? "" : o->value);
}

bool is_common(const command_line *command, const option_group *group, size_t i)
{
    return !command->brief || (group->rows ? (group->rows[i].flags & LACO_OPTION_COMMON) != 0 : !group->rare);
}

const char *normal_of(const option_group *group, size_t i) { return group->rows ? group->rows[i].normal : NULL; }

void show_group(const option_group *group, char *text, size_t size)
{
    char takers[120];
    if (!group->title)
        show_tasks(group->tasks, takers, sizeof takers);
    snprintf(text, size, "%s%s", group->title ? group->title : "For ", group->title ? "" : takers);
}

/* The options of a group that are shown; with the heading, where it differs from the one before. */
static void print_group(const command_line *command, const option_group *group, int widest, bool all, char before[160])
{
    char title[160], left[120];
    show_group(group, title, sizeof title);
    for (size_t i = 0; i < group->count; i++) {
        const option *o = &group->options[i];
        const char *normal = normal_of(group, i);
        if (!all && !is_common(command, group, i))
            continue;
        if (strcmp(title, before) != 0)
            printf("\n%s\n", title);
        snprintf(before, 160, "%s", title);
        show_option(o, left, sizeof left);
        printf("  %-*s  %s%s%s%s\n", widest, left, o->help, normal ? " (" : "", normal ? normal : "", normal ? ")" : "");
    }
}

/* How wide the widest option is; *left_out: how many are not shown. */
static int widest_option(const command_line *command, bool all, size_t *left_out)
{
    char left[120];
    int widest = 0;
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count; i++) {
            bool shown = all || is_common(command, &command->groups[g], i);
            int length = shown ? show_option(&command->groups[g].options[i], left, sizeof left) : 0;
            widest = length > widest ? length : widest;
            *left_out += !shown;
        }
    return widest;
}

void print_help(const command_line *command, bool all)
{
    char before[160] = "";
    size_t left_out = 0;
    int widest = widest_option(command, all, &left_out);
    printf("%s\n\nusage: %s%s%s\n%s", command->summary, command->name, *command->usage ? " " : "", command->usage,
           command->words ? "\n" : "");
    for (const named_word *word = command->words; word && word->name; word++)
        if (word->summary)
            printf("  %-11s %s\n", word->name, word->summary);
    for (size_t g = 0; g < command->group_count; g++)
        print_group(command, &command->groups[g], widest, all, before);
    if (left_out > 0)
        say_command(stdout, "\n%zu more options: laco %s --help-all\n", left_out,
                    command->name + strcspn(command->name, " ") + 1);
    fputs(command->example ? "\nexample: " : "\n", stdout);
    say_command(stdout, command->example ? command->example : command->more, NULL); /* texts of ours, without signs of a format */
    putchar('\n');
}
