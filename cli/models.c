/* Models that are here by name: where they are looked for, and laco models, which lists them. */
#include "cli.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL ".safetensors"
#define CARD ".md"
#define FOLDERS 3
#define MOST_MODELS 256

typedef struct places {
    char folder[FOLDERS][4000];
    int count;
} places;

static void add_place(places *p, const char *folder, const char *below)
{
    if (folder && *folder == '/')
        snprintf(p->folder[p->count++], sizeof p->folder[0], "%s%s", folder, below);
}

/* The user's own, then those of the system. */
static places find_places(void)
{
    places p = {.count = 0};
    const char *home = getenv("XDG_DATA_HOME");
    if (home && *home)
        add_place(&p, home, "/laco");
    else
        add_place(&p, getenv("HOME"), "/.local/share/laco");
    add_place(&p, LACO_DATA_DIR, "/models");
    if (strcmp(LACO_DATA_DIR, "/usr/share/laco") != 0)
        add_place(&p, "/usr/share/laco", "/models");
    return p;
}

/* A folder is no model. */
static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

const char *find_model(const char *name, char *path, size_t size)
{
    places p = find_places();
    if (strchr(name, '/') || strcmp(name, "-") == 0 || is_file(name))
        return name;
    for (int i = 0; i < p.count; i++)
        if ((size_t)snprintf(path, size, "%s/%s%s", p.folder[i], name, MODEL) < size && access(path, R_OK) == 0)
            return path;
    return name;
}

/* ---- laco models ---- */

typedef struct models_arguments {
    bool json;
} models_arguments;

static const option models_options[] = {
    {"json", 0, OPTION_FLAG, NULL, "JSON: an object a line", offsetof(models_arguments, json), 0, 0},
};

/* The first line of a model's card, without its mark; "" where there is none. */
static void first_line(const char *card, char *line, size_t size)
{
    FILE *file = fopen(card, "r");
    *line = '\0';
    if (file && fgets(line, (int)size, file)) {
        size_t mark = strspn(line, "# ");
        line[strcspn(line, "\r\n")] = '\0';
        memmove(line, line + mark, strlen(line + mark) + 1);
    }
    if (file)
        fclose(file);
}

static int print_model(const char *folder, const char *name, const models_arguments *arguments)
{
    char path[4400], card[4400], line[200];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s%s", folder, name, MODEL);
    snprintf(card, sizeof card, "%s/%s%s", folder, name, CARD);
    first_line(card, line, sizeof line);
    if (stat(path, &info) != 0)
        return EXIT_DONE;
    if (arguments->json)
        return print_object(json_pack("{s:s, s:s, s:I, s:s, s:s}", "name", name, "file", path, "bytes", (json_int_t)info.st_size,
                                      "card", card, "about", line));
    printf("%-16s %6lld KB  %s\n", name, (long long)(info.st_size + 999) / 1000, line);
    return EXIT_DONE;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The names of the models in a folder, in their order; each is for free(). */
static size_t read_names(const char *folder, char *names[MOST_MODELS])
{
    DIR *dir = opendir(folder);
    size_t count = 0;
    const struct dirent *entry;
    while (dir && count < MOST_MODELS && (entry = readdir(dir)) != NULL) {
        size_t length = strlen(entry->d_name), ending = strlen(MODEL);
        if (length > ending && strcmp(entry->d_name + length - ending, MODEL) == 0 &&
            (names[count] = strndup(entry->d_name, length - ending)) != NULL)
            count++;
    }
    if (dir)
        closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

size_t each_model(bool (*take)(void *user, const char *folder, const char *name), void *user)
{
    places p = find_places();
    char *names[MOST_MODELS], path[4096];
    size_t sum = 0;
    bool goes_on = true;
    for (int i = 0; i < p.count; i++) {
        size_t count = read_names(p.folder[i], names), length = strlen(p.folder[i]);
        for (size_t k = 0; k < count; k++) {
            const char *found = find_model(names[k], path, sizeof path); /* one of an earlier folder stands before it */
            if (goes_on && (found == names[k] || strncmp(found, p.folder[i], length) == 0)) {
                goes_on = take(user, p.folder[i], names[k]);
                sum++;
            }
            free(names[k]);
        }
    }
    return sum;
}

static bool print_each(void *user, const char *folder, const char *name)
{
    return print_model(folder, name, user) == EXIT_DONE;
}

static int list_models(models_arguments *arguments)
{
    places p = find_places();
    if (each_model(print_each, arguments) > 0) {
        if (!arguments->json && isatty(STDOUT_FILENO))
            say_command(stdout, "\nlaco models NAME shows where one comes from and how good it is; laco predict NAME asks it.\n");
        return EXIT_DONE;
    }
    fputs("laco: no models in", stderr);
    for (int i = 0; i < p.count; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", p.folder[i]);
    fprintf(stderr, ". tools/pretrained, in laço's sources%s, makes some within minutes.\n",
            access(LACO_SOURCE_DIR "/tools/pretrained", X_OK) == 0 ? " (" LACO_SOURCE_DIR ")" : "");
    return EXIT_DONE;
}

static int print_card(const char *name)
{
    char path[4096], card[4200], line[4096];
    const char *found = find_model(name, path, sizeof path);
    size_t length = strlen(found), ending = strlen(MODEL);
    if (found == name)
        return trouble_text("there is no model called '%s'; laco models lists those that there are", name);
    snprintf(card, sizeof card, "%.*s%s", (int)(length - ending), found, CARD);
    FILE *file = fopen(card, "r");
    if (!file)
        return trouble_text("%s: has no card (%s)", found, card);
    while (fgets(line, sizeof line, file))
        fputs(line, stdout);
    fclose(file);
    printf("\nfile      %s\n", found);
    return EXIT_DONE;
}

int command_models(int argc, char **argv)
{
    static const option_group groups[] = {OPTION_GROUP("Options", models_options)};
    const command_line command = {
        .name = "laco models",
        .usage = "[NAME] [--json]",
        .summary = "The trained models that are here by name: what they are for, and their size; of one of them its card. They lie\n"
                   "in ~/.local/share/laco (below XDG_DATA_HOME where that is set) or in " LACO_DATA_DIR "/models; every\n"
                   "command that takes a MODEL finds them by name, where no file is called so.",
        .example = "laco models names",
        .groups = groups,
        .group_count = 1,
        .most = 1};
    models_arguments arguments = {0};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional);
    int status = count < 0 ? parse_status(count) : count > 0 ? print_card(positional[0]) : list_models(&arguments);
    free(positional);
    return status;
}
