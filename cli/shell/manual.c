/* laco man FOLDER DATE: the pages of the manual, one for each command and for each task of one, written of the tables that --help
 * prints. In mdoc(7). */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_PAGES 64
#define NAME_ROOM 64
#define WIDTH 76

static struct {
    const char *folder, *date;
    char name[MOST_PAGES][NAME_ROOM]; /* "laco-train-classify" */
    int count;
    int seen; /* the number of the page that was visited last, be it an old one */
    FILE *file;
} manual;

/* ---- Text ---- */

/* Where the present line of the source stands. */
static int column;

static void end_line(void)
{
    if (column > 0)
        fputc('\n', manual.file);
    column = 0;
}

/* One word, which no macro may be seen in. */
static void put_word(const char *word, size_t length)
{
    int width = 1;
    for (size_t i = 0; i < length; i++) /* a sign beyond ASCII is \[uXXXX] to what reads the page */
        width += ((unsigned char)word[i] & 0xC0) == 0x80 ? 0 : (unsigned char)word[i] < 0x80 ? 1 : 8;
    if (column > 0 && column + width > WIDTH)
        end_line();
    if (column > 0)
        fputc(' ', manual.file);
    if (column == 0 && (*word == '.' || *word == '\''))
        fputs("\\&", manual.file);
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\')
            fputs("\\e", manual.file);
        else if (word[i] == '-' && (i == 0 || length < 3 || word[i - 1] == '-'))
            fputs("\\-", manual.file);
        else
            fputc(word[i], manual.file);
    }
    column += width;
    if (strchr(".!?", word[length - 1])) /* a new sentence begins a new line */
        end_line();
}

static void put_text(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, " \n");
        if (length > 0)
            put_word(text, length);
        text += length + (text[length] != '\0');
    }
    end_line();
}

/* Lines as they are. */
static void put_literal(const char *text)
{
    fputs(".Bd -literal -offset indent\n", manual.file);
    for (bool begins = true; *text; text++) {
        if (begins)
            text += strspn(text, " ");
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", manual.file);
        fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){*text, '\0'}, manual.file);
        begins = *text == '\n';
    }
    fputs("\n.Ed\n", manual.file);
}

/* A line of a macro: what stands in it may be no macro itself, nor a sign that mdoc knows. */
static void put_words_of_macro(const char *macro, const char *text)
{
    fputs(macro, manual.file);
    while (*text) {
        size_t length = strcspn(text, " ");
        bool known = length == 1 && strchr("|()[].,:;!?", *text);
        bool macro_like = length == 2 && isupper((unsigned char)text[0]) && isalpha((unsigned char)text[1]);
        if (length > 0)
            fprintf(manual.file, " %s%.*s", known || macro_like ? "\\&" : "", (int)length, text);
        text += length + (text[length] != '\0');
    }
    fputc('\n', manual.file);
}

static void put_macro(const char *macro, const char *text)
{
    fputc('.', manual.file);
    put_words_of_macro(macro, text);
}

/* ---- A page ---- */

/* Up to the first full stop or line end, its first letter small where it is one of a sentence. */
static void put_description(const command_line *command)
{
    char text[200];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(command->summary, "\n:"), command->summary);
    char *end = strstr(text, ". ");
    if (!end && *text && text[strlen(text) - 1] == '.')
        end = text + strlen(text) - 1;
    if (end)
        *end = '\0';
    bool name = strncmp(text, "laco ", 5) == 0;
    if (!name)
        text[0] = (char)tolower((unsigned char)text[0]);
    put_macro("Nd", name && strstr(text, " - ") ? strstr(text, " - ") + 3 : text);
}

static void put_words(const command_line *command)
{
    fputs(".Bl -tag -width Ds\n", manual.file);
    for (const named_word *word = command->words; word->name; word++)
        if (word->summary) {
            put_macro("It Cm", word->name);
            put_text(*word->summary ? word->summary : word->name);
        }
    fputs(".El\n", manual.file);
}

static void put_option(const option_group *group, size_t i)
{
    const option *o = &group->options[i];
    const char *normal = normal_of(group, i);
    char text[600];
    fputs(".It", manual.file);
    if (o->letter)
        fprintf(manual.file, " Fl %c ,", o->letter);
    fprintf(manual.file, " Fl \\-%s", o->name);
    if (o->type == OPTION_FLAG)
        fputc('\n', manual.file);
    else
        put_words_of_macro(" Ar", o->value);
    snprintf(text, sizeof text, "%c%s.", toupper((unsigned char)o->help[0]), o->help + 1);
    put_text(text);
    if (normal) {
        snprintf(text, sizeof text, "Default: %s.", normal);
        put_text(text);
    }
}

static void put_options(const command_line *command)
{
    char title[160], before[160] = "";
    bool open = false;
    for (size_t g = 0; g < command->group_count; g++) {
        show_group(&command->groups[g], title, sizeof title);
        if (strcmp(title, before) != 0) {
            fputs(open ? ".El\n" : "", manual.file);
            put_macro("Ss", title);
            fputs(".Bl -tag -width Ds\n", manual.file);
            open = true;
        }
        snprintf(before, sizeof before, "%s", title);
        for (size_t i = 0; i < command->groups[g].count; i++)
            put_option(&command->groups[g], i);
    }
    fputs(open ? ".El\n" : "", manual.file);
}

/* The pages beside this one: those whose name begins with it, and the one that it belongs to. */
static void put_see_also(int page)
{
    const char *own = manual.name[page];
    fputs(".Sh SEE ALSO\n", manual.file);
    for (int i = 0; i < manual.count; i++) {
        const char *name = manual.name[i], *shorter = strlen(name) < strlen(own) ? name : own,
                   *longer = shorter == name ? own : name;
        size_t length = strlen(shorter);
        if (i != page && strncmp(shorter, longer, length) == 0 && longer[length] == '-')
            fprintf(manual.file, ".Xr %s 1 ,\n", name);
    }
    fputs(".Xr laco-model-file 5\n", manual.file);
}

static void put_page(const command_line *command, int page)
{
    const char *name = manual.name[page];
    char title[NAME_ROOM];
    for (size_t i = 0; i <= strlen(name); i++)
        title[i] = (char)toupper((unsigned char)name[i]);
    fprintf(manual.file, ".Dd %s\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n", manual.date, title, name);
    put_description(command);
    fprintf(manual.file, ".Sh SYNOPSIS\n.Nm %s\n", command->name);
    if (*command->usage)
        put_macro("Ar", command->usage);
    fputs(".Sh DESCRIPTION\n", manual.file);
    put_text(command->summary);
    if (command->words)
        put_words(command);
    if (command->group_count > 0)
        fputs(".Pp\nThe options are as follows.\n", manual.file);
    put_options(command);
    fputs(".Sh EXIT STATUS\n0 where all went well, 1 where data are bad or something failed, 2 where the\nusage is wrong, 128 "
          "and the "
          "number of the signal that ended the work.\n",
          manual.file);
    if (command->example) {
        fputs(".Sh EXAMPLES\n", manual.file);
        put_literal(command->example);
    }
    put_see_also(page);
}

/* ---- All pages ---- */

static int find_page(const char *name)
{
    char page[NAME_ROOM];
    snprintf(page, sizeof page, "%s", name);
    for (char *space = page; (space = strchr(space, ' ')) != NULL;)
        *space = '-';
    for (int i = 0; i < manual.count; i++)
        if (strcmp(manual.name[i], page) == 0)
            return i;
    snprintf(manual.name[manual.count], NAME_ROOM, "%s", page);
    return manual.count++;
}

/* Collects the names, before the pages are written, which name each other. */
static void collect(const command_line *command, bool all)
{
    (void)all;
    int before = manual.count;
    manual.seen = find_page(command->name);
    for (const named_word *word = command->words; manual.count > before && word && word->name; word++) {
        char help[] = "--help", line[NAME_ROOM], *asked[4] = {NULL}, *rest = line;
        int count = 0;
        snprintf(line, sizeof line, "%s %s", command->name + strcspn(command->name, " ") + (strchr(command->name, ' ') != NULL),
                 word->name);
        for (const char *part; (part = strtok_r(rest, " ", &rest)) != NULL && count < 3;)
            asked[count++] = (char *)(uintptr_t)part;
        asked[count++] = help;
        if (word->summary && strcmp(word->name, "help") != 0)
            run_command(count, asked);
    }
}

static void write_one(const command_line *command, bool all)
{
    (void)all;
    char path[4096];
    int page = find_page(command->name);
    snprintf(path, sizeof path, "%s/%s.1", manual.folder, manual.name[page]);
    manual.file = fopen(path, "w");
    if (!manual.file)
        return;
    column = 0;
    put_page(command, page);
    if (fclose(manual.file) == 0)
        manual.seen = page;
}

/* "laco-train-classify" as the command that its help is of. */
static int ask_help(const char *name)
{
    char help[] = "--help", line[NAME_ROOM], *asked[6] = {NULL}, *rest = line;
    int count = 0;
    snprintf(line, sizeof line, "%s", name);
    for (char *part; (part = strtok_r(rest, "-", &rest)) != NULL && count < 5;)
        asked[count++] = part;
    asked[count++] = help;
    return run_command(count - 1, asked + 1);
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

int command_man(int argc, char **argv)
{
    char help[] = "--help", *asked[] = {help};
    if (argc != 2)
        return wrong_usage("laco man", "a folder and a date are wanted");
    manual.folder = argv[0];
    manual.date = argv[1];
    if (mkdir(manual.folder, 0777) != 0 && errno != EEXIST)
        return trouble_text("%s: %s", manual.folder, strerror(errno));
    write_help = collect;
    run_command(1, asked);
    qsort(manual.name, (size_t)manual.count, sizeof *manual.name, by_name);
    write_help = write_one;
    for (int i = 0; i < manual.count; i++) {
        manual.seen = -1;
        ask_help(manual.name[i]);
        if (manual.seen != i)
            return trouble_text("%s/%s.1: cannot be written", manual.folder, manual.name[i]);
    }
    return EXIT_DONE;
}
