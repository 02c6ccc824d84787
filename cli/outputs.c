#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an option says, and how the option is typed. */
typedef struct named_file {
    char said[80];
    const char *path; /* NULL: the option was not given */
} named_file;

static named_file file_of(const option *o, const void *arguments)
{
    named_file file = {.path = *(const char *const *)((const char *)arguments + o->offset)};
    if (o->letter)
        snprintf(file.said, sizeof file.said, "-%c", o->letter);
    else
        snprintf(file.said, sizeof file.said, "--%s", o->name);
    return file;
}

static bool look(const char *path, struct stat *status)
{
    return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, status) : stat(path, status)) == 0;
}

static bool same_node(const struct stat *a, const struct stat *b) { return a->st_dev == b->st_dev && a->st_ino == b->st_ino; }

/* The folder that a path lies in, by the text of the path. */
static void folder_of(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(folder, size, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
}

static const char *name_of(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

/* Whether a folder of data is read for files with such a name. */
static bool read_in_folders(const char *path)
{
    static const char *const endings[] = {".txt", ".wav", ".flac", ".ogg"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > strlen(endings[i]) && strcasecmp(path + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

/* Whether writing to `path` would change what is read from `input`: the file itself, or one in a folder of data. */
static bool overwrites(const char *path, const char *input)
{
    struct stat in, out, above;
    char folder[4096];
    if (!look(input, &in))
        return false;
    if (S_ISREG(in.st_mode))
        return stat(path, &out) == 0 && same_node(&in, &out);
    folder_of(path, folder, sizeof folder);
    return S_ISDIR(in.st_mode) && read_in_folders(path) && stat(folder, &above) == 0 && same_node(&in, &above);
}

/* Whether two outputs go to one file, which need not be there yet. */
static bool same_place(const char *a, const char *b)
{
    struct stat one, other;
    char folder[4096];
    bool exist = stat(a, &one) == 0, exists = stat(b, &other) == 0;
    if (exist || exists)
        return exist && exists && S_ISREG(one.st_mode) && same_node(&one, &other);
    folder_of(a, folder, sizeof folder);
    if (stat(folder, &one) != 0)
        return false;
    folder_of(b, folder, sizeof folder);
    return stat(folder, &other) == 0 && same_node(&one, &other) && strcmp(name_of(a), name_of(b)) == 0;
}

/* What a file holds that lists of data name, or that lies unnamed beside data: a picture, a recording, IDX. Nothing that laco
 * train writes begins so. NULL: something else, or it cannot be read. */
static const char *data_in(const char *path)
{
    static const struct {
        const char *begin, *what;
    } forms[] = {{"\x89PNG", "a picture"}, {"P2", "a picture"},     {"P5", "a picture"},     {"RIFF", "a recording"},
                 {"RIFX", "a recording"},  {"RF64", "a recording"}, {"FORM", "a recording"}, {"fLaC", "a recording"},
                 {"OggS", "a recording"},  {".snd", "a recording"}};
    char begin[5] = "";
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(begin, 1, 4, file) : 0;
    if (file)
        fclose(file);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strlen(begin) == 4 && strncmp(begin, forms[i].begin, strlen(forms[i].begin)) == 0) /* four bytes, none of them 0 */
            return forms[i].what;
    bool idx =
        size == 4 && begin[0] == 0 && begin[1] == 0 && begin[2] >= 0x08 && begin[2] <= 0x0E && begin[3] >= 1 && begin[3] <= 4;
    return idx ? "data in IDX" : NULL;
}

#define MOST_LINKS 40

/* Where a path leads by its symbolic links, the last of which may lead to a file that is not there yet. False: it leads in a
 * circle, or its name is too long. */
static bool follow_links(const char *path, char *place, size_t size)
{
    char link[4096], folder[4096];
    bool fits = (size_t)snprintf(place, size, "%s", path) < size;
    for (int i = 0; i < MOST_LINKS && fits; i++) {
        ssize_t length = readlink(place, link, sizeof link - 1);
        if (length < 0)
            return true;
        link[length] = '\0';
        folder_of(place, folder, sizeof folder);
        if (*link == '/')
            fits = (size_t)snprintf(place, size, "%s", link) < size;
        else
            fits = (size_t)snprintf(place, size, "%s/%s", folder, link) < size;
    }
    errno = ENAMETOOLONG;
    return false;
}

/* Whether a file can be written beside the place, as the library will do before it takes the name of the old one. */
static bool can_write_beside(const char *place)
{
    char beside[4200];
    snprintf(beside, sizeof beside, "%s.tmp-%ld", place, (long)getpid());
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    close(fd);
    unlink(beside);
    return true;
}

/* Refuses a file that cannot be written, or that is data in a form which no model has. */
static int check_place(const option *o, const named_file *output)
{
    const char *path = output->path;
    struct stat status;
    char folder[4096], place[4096];
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return trouble_text("%s: is a folder; %s takes the name of a file", path, output->said);
    if (!follow_links(path, place, sizeof place))
        return trouble_text("%s: cannot be written: %s", path, strerror(errno));
    folder_of(place, folder, sizeof folder);
    if (access(folder, W_OK | X_OK) != 0)
        return trouble_text("%s: cannot be written: %s: %s", path, folder, strerror(errno));
    if ((stat(place, &status) == 0 && access(place, W_OK) != 0) || !can_write_beside(place))
        return trouble_text("%s: cannot be written: %s", path, strerror(errno));
    const char *held = strcmp(o->name, "plot") != 0 ? data_in(path) : NULL;
    if (held)
        return trouble_text("%s: is %s, and %s would write over it; take another name", path, held, output->said);
    return EXIT_DONE;
}

static int refuse(const named_file *output, const char *reads)
{
    return trouble_text("%s: %s is read, and %s would write over it; take another name", output->path, reads, output->said);
}

/* `output`, which the option `mine` gave, against another option; `before`: one that stands before it. */
static int check_against(const option *mine, const named_file *output, const option *o, bool before, const void *arguments)
{
    if (o == mine || (o->type != OPTION_INPUT && o->type != OPTION_OUTPUT))
        return EXIT_DONE;
    named_file other = file_of(o, arguments);
    if (!other.path || !*other.path)
        return EXIT_DONE;
    if (o->type == OPTION_INPUT && overwrites(output->path, other.path)) {
        if (strcmp(mine->name, "checkpoint") == 0 && strcmp(o->name, "resume") == 0)
            return EXIT_DONE; /* a training that goes on keeps its checkpoint up to date */
        return refuse(output, other.said);
    }
    if (o->type == OPTION_OUTPUT && before && same_place(output->path, other.path))
        return trouble_text("%s: %s and %s would both write there; take another name", output->path, other.said, output->said);
    return EXIT_DONE;
}

/* One output against everything that is read, and against the outputs that stand before it. */
static int check_output(const command_line *command, const option *mine, const void *arguments, const char *const *paths,
                        int count)
{
    named_file output = file_of(mine, arguments);
    struct stat file;
    bool before = true;
    if (!output.path || !*output.path || strcmp(output.path, "-") == 0)
        return EXIT_DONE;
    if (stat(output.path, &file) == 0 && !S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode))
        return EXIT_DONE; /* a pipe or a device: written to as it is */
    int status = check_place(mine, &output);
    for (int i = 0; i < count && status == EXIT_DONE; i++)
        if (overwrites(output.path, paths[i]))
            status = refuse(&output, strcmp(paths[i], "-") == 0 ? "standard input" : paths[i]);
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count && status == EXIT_DONE; i++) {
            const option *o = &command->groups[g].options[i];
            before = before && o != mine;
            status = check_against(mine, &output, o, before, arguments);
        }
    return status;
}

int check_outputs(const command_line *command, const void *arguments, const char *const *paths, int count)
{
    int status = EXIT_DONE;
    for (size_t g = 0; g < command->group_count; g++)
        for (size_t i = 0; i < command->groups[g].count && status == EXIT_DONE; i++)
            if (command->groups[g].options[i].type == OPTION_OUTPUT)
                status = check_output(command, &command->groups[g].options[i], arguments, paths, count);
    return status;
}
