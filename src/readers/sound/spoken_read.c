/* Where recordings and texts come from: one recording, a list, a folder. */
#include "base/file.h"
#include "base/grow.h"
#include "sound/spoken_read.h"
#include "table/json_hint.h"
#include "text/text.h"
#include "sound/sound.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_ROOM 4096

/* ---- A list --------------------------------------------------------------------------------------------------------------- */

/* What a line without a tab may be. */
static const char *hint_of(const char *line)
{
    const char *space = strchr(line, ' ');
    if (strchr(line, '|'))
        return " (between | as in LJSpeech: awk -F'|' '{ print $1 \".wav\\t\" $2 }')";
    if (strchr(line, ',') && (!space || strchr(line, ',') < space))
        return " (of a table between commas make tabs, with file and text alone)";
    return space ? " (of LibriSpeech's .trans.txt and Kaldi's text: sed 's/ /.flac\\t/')" : "";
}

static bool is_sound(const char *name)
{
    static const char *const endings[] = {".wav", ".flac", ".ogg", ".WAV"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > strlen(endings[i]) && strcmp(name + length - strlen(endings[i]), endings[i]) == 0)
            return name[0] != '.';
    return false;
}

/* One line, which is taken apart where it stands. */
static laco_status read_line(laco_spoken *data, const char *name, const char *folder, char *line, size_t length, size_t number)
{
    char where[PATH_ROOM];
    snprintf(where, sizeof where, "%s:%zu: ", name, number);
    line[length] = '\0';
    char *tab = strchr(line, '\t'), *text = tab ? tab + 1 : NULL;
    if (number == 1 && laco_role_header(LACO_ROLE_FILE, LACO_ROLE_CAPTION, "\t", line, length))
        return laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "header", "header in line 1");
    if (tab)
        *tab = '\0';
    if (line[strspn(line, " ")] == '\0')
        return laco_fail(data->ctx, LACO_FORMAT, "%sno file stands before the tab; file<TAB>text is right", where);
    if (!text && !data->untexted)
        return laco_fail(data->ctx, LACO_FORMAT, "%sno tab in the line; file<TAB>text is right%s", where, hint_of(line));
    if (text && strchr(text, '\t'))
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%sa second tab in the line; file<TAB>text is right (of Common Voice: cut -f2,4)", where);
    if (text && is_sound(text) && !is_sound(line))
        return laco_fail(data->ctx, LACO_FORMAT, "%sfile and text are swapped; file<TAB>text is right", where);
    return laco_spoken_add(data, where, folder, line, text);
}

static laco_status read_list(laco_spoken *data, const char *path, char *bytes, size_t size)
{
    const char *name = laco_file_shown_name(path), *text = bytes, *slash = strrchr(path, '/');
    char folder[PATH_ROOM] = "";
    size_t before = data->count, length;
    const char *line;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    LACO_TRY(laco_text_check(data->ctx, name, &text, &size));
    static const laco_json_wanted wanted = {
        "file<TAB>text", "[.%, .%] | @tsv", LACO_ROLE_FILE, LACO_ROLE_CAPTION, {"file", "text"}};
    LACO_TRY(laco_json_refuse(data->ctx, name, text, size, &wanted));
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "a list of file<TAB>text"));
    laco_lines lines = {.at = text, .end = text + size, .number = laco_lines_before(data->first_line)};
    while (laco_lines_next(&lines, &line, &length))
        if (!laco_text_blank(line, length))
            LACO_TRY(read_line(data, name, folder, bytes + (line - bytes), length, lines.number));
    if (data->count == before)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s: the file is empty; it should be a recording, or hold lines of file<TAB>text", name);
    return LACO_OK;
}

/* ---- A folder ------------------------------------------------------------------------------------------------------------- */

typedef struct names {
    char **name;
    size_t count, room;
} names;

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static laco_status list_folder(laco_context *ctx, const char *path, names *list)
{
    DIR *folder = opendir(path);
    laco_status status = LACO_OK;
    if (!folder)
        return laco_fail(ctx, LACO_IO, "cannot read %s: %s", path, strerror(errno));
    for (struct dirent *entry; status == LACO_OK && (entry = readdir(folder));) {
        if (!is_sound(entry->d_name))
            continue;
        status = laco_grow(ctx, &list->name, &list->room, list->count + 1, sizeof *list->name);
        if (status == LACO_OK && !(list->name[list->count++] = laco_copy_string(ctx, entry->d_name)))
            status = LACO_NO_MEMORY;
    }
    closedir(folder);
    if (status == LACO_OK && list->count == 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: holds no recording; NAME.wav and NAME.txt beside it are right", path);
    if (status == LACO_OK)
        qsort(list->name, list->count, sizeof *list->name, by_bytes);
    return status;
}

/* The text of NAME.txt, its lines joined by spaces; *text stays NULL where there is no file and texts may be missing. */
static laco_status read_text(laco_spoken *data, const char *sound_path, char **text)
{
    char path[PATH_ROOM];
    size_t size;
    const char *dot = strrchr(sound_path, '.'), *checked;
    struct stat unused;
    if (snprintf(path, sizeof path, "%.*s.txt", (int)(dot - sound_path), sound_path) >= (int)sizeof path)
        return laco_fail(data->ctx, LACO_INVALID, "the name of a file is longer than %d bytes", PATH_ROOM - 1);
    if (data->untexted && stat(path, &unused) != 0)
        return LACO_OK;
    laco_status status = laco_file_read(data->ctx, path, text, &size);
    if (status == LACO_IO)
        laco_set_error(data->ctx, "%s; it should hold the text of %s", laco_error(data->ctx), sound_path);
    LACO_TRY(status);
    checked = *text;
    LACO_TRY(laco_text_check(data->ctx, path, &checked, &size));
    memmove(*text, checked, size);
    (*text)[size] = '\0';
    return LACO_OK;
}

static laco_status read_pair(laco_spoken *data, const char *folder, const char *name)
{
    char path[PATH_ROOM], *text = NULL;
    bool ended = folder[strlen(folder) - 1] == '/';
    if (snprintf(path, sizeof path, "%s%s%s", folder, ended ? "" : "/", name) >= (int)sizeof path)
        return laco_fail(data->ctx, LACO_INVALID, "the name of a file is longer than %d bytes", PATH_ROOM - 1);
    laco_status status = read_text(data, path, &text);
    if (status == LACO_OK)
        status = laco_spoken_add_file(data, path, text);
    laco_release(data->ctx, text);
    return status;
}

static laco_status read_folder(laco_spoken *data, const char *path)
{
    names list = {0};
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "a folder of recordings, texts beside them"));
    laco_status status = list_folder(data->ctx, path, &list);
    for (size_t i = 0; i < list.count && status == LACO_OK; i++)
        status = read_pair(data, path, list.name[i]);
    for (size_t i = 0; i < list.count; i++)
        laco_release(data->ctx, list.name[i]);
    laco_release(data->ctx, list.name);
    return status;
}

laco_status laco_spoken_read_bytes(laco_spoken *data, const char *path, char *bytes, size_t size)
{
    if (!laco_sound_detect(bytes, size))
        return read_list(data, path, bytes, size);
    if (data->untexted)
        return laco_spoken_add_bytes(data, laco_file_shown_name(path), bytes, size);
    return laco_fail(data->ctx, LACO_FORMAT,
                     "%s: is a recording without a text; a list of file<TAB>text is right, or a folder of NAME.wav and NAME.txt",
                     path);
}

laco_status laco_spoken_read(laco_spoken *data, const char *path)
{
    struct stat info;
    char *bytes;
    size_t size;
    LACO_TRY(laco_notes_file(&data->notes, laco_file_shown_name(path)));
    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return read_folder(data, path);
    LACO_TRY(laco_file_read(data->ctx, path, &bytes, &size));
    laco_status status = laco_spoken_read_bytes(data, path, bytes, size);
    laco_release(data->ctx, bytes);
    return status;
}
