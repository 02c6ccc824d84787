/* The forms in which labelled text comes: lines, tables, folders. */
#include "base/file.h"
#include "base/locale.h"
#include "base/content.h"
#include "base/grow.h"
#include "labelled/labelled_read.h"
#include "labelled/numbers.h"
#include "table/json_hint.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ARFF is CSV below lines of @, which say nothing that a header does not. */
static bool is_arff(const char *bytes, size_t size)
{
    static const char first[] = "@relation";
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    for (size_t length; laco_lines_next(&lines, &line, &length);)
        if (!laco_text_blank(line, length) && line[0] != '%')
            return length >= sizeof first - 1 && strncasecmp(line, first, sizeof first - 1) == 0;
    return false;
}

/* What is neither lines nor a table. */
static laco_status check_form(const laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    static const laco_json_wanted wanted = {
        "label<TAB>text", "[.%, .%] | @tsv", LACO_ROLE_LABEL, LACO_ROLE_TEXT, {"label", "text"}};
    if (is_arff(bytes, size))
        return laco_fail(data->ctx, LACO_FORMAT, "%s:1: is ARFF; its rows are read as CSV: grep -v '^[@%%]' %s > data.csv", name,
                         laco_name_in_command(name));
    return data->config.unlabelled ? LACO_OK : laco_json_refuse(data->ctx, name, bytes, size, &wanted);
}

laco_status laco_labelled_read_bytes(laco_labelled *data, laco_labelled_form form, const char *name, const char *label,
                                     const char *bytes, size_t size)
{
    static const char *const wants[] = {"lines of label<TAB>text",
                                        "a header and rows",
                                        "texts, one a line",
                                        "rows of numbers and a label",
                                        "a header of @ lines and the sequences",
                                        "images"};
    /* Where the kind is known too, a model says them of its data, whatever form these have. */
    if (data->config.steps > 0 && data->config.kind == LACO_LABELLED_ANY && (form == LACO_FORM_IDX || form == LACO_FORM_TS))
        return laco_fail(data->ctx, LACO_INVALID,
                         "%s: says by itself how many steps its sequences have; a number of steps is given for tables", name);
    if (form == LACO_FORM_IDX)
        return laco_numbers_read_idx(data, name, bytes, size);
    LACO_TRY(laco_labelled_add_source(data, name));
    LACO_TRY(laco_text_check(data->ctx, name, &bytes, &size));
    if (!size)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: the file is empty; it should hold %s", name, wants[form]);
    if (form != LACO_FORM_ONE)
        LACO_TRY(check_form(data, name, bytes, size));
    size_t before = data->count;
    if (form == LACO_FORM_NUMBERS || form == LACO_FORM_TS)
        LACO_TRY(laco_numbers_read_text(data, form, name, bytes, size));
    else
        LACO_TRY(laco_labelled_expect(data, 0));
    if (form == LACO_FORM_TABLE)
        LACO_TRY(laco_labelled_read_table(data, name, bytes, size));
    else if (form == LACO_FORM_LINES || form == LACO_FORM_ONE)
        LACO_TRY(laco_labelled_read_lines(data, name, form == LACO_FORM_ONE ? label : NULL, bytes, size));
    if (data->count == before)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: no example in it; it should hold %s", name, wants[form]);
    return LACO_OK;
}

/* Reads the bytes of a file, which it takes. */
static laco_status read_owned(laco_labelled *data, laco_labelled_form form, const char *path, const char *label, char *bytes,
                              size_t size)
{
    size_t mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (form == LACO_FORM_LINES && !data->config.separator && laco_labelled_is_table(bytes + mark, size - mark))
        form = LACO_FORM_TABLE;
    laco_locale plain;
    laco_status status = laco_locale_begin(data->ctx, &plain);
    if (status == LACO_OK) {
        form = laco_numbers_form(data, form, path, bytes + mark, size - mark);
        laco_locale_end(&plain);
        status = laco_labelled_read_bytes(data, form, laco_file_shown_name(path), label, bytes, size);
    }
    if (status == LACO_OK && (form == LACO_FORM_LINES || form == LACO_FORM_ONE))
        data->sources[data->source_count - 1].bytes = bytes;
    else
        laco_release(data->ctx, bytes);
    return status;
}

static laco_status read_file(laco_labelled *data, laco_labelled_form form, const char *path, const char *label)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(data->ctx, path, &bytes, &size));
    return read_owned(data, form, path, label, bytes, size);
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcasecmp(name + length - tail, end) == 0;
}

/* What a file is where it holds texts. */
static laco_labelled_form form_of(const laco_labelled *data, const char *path)
{
    bool columns = data->config.text_column || data->config.label_column || ends_with(path, ".csv");
    return columns ? LACO_FORM_TABLE : LACO_FORM_LINES;
}

/* Names in a folder that may hold a label's texts, in byte order. */
typedef struct names {
    laco_context *ctx;
    char **items;
    size_t count, room;
} names;

static int compare_strings(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static laco_status list_folder(names *list, const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return laco_fail(list->ctx, LACO_IO, "cannot read %s: %s", path, strerror(errno));
    laco_status status = LACO_OK;
    while (status == LACO_OK) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry) {
            if (errno)
                status = laco_fail(list->ctx, LACO_IO, "cannot read %s: %s", path, strerror(errno));
            break;
        }
        if (entry->d_name[0] == '.' || !ends_with(entry->d_name, ".txt"))
            continue;
        status = laco_grow(list->ctx, &list->items, &list->room, list->count + 1, sizeof *list->items);
        if (status == LACO_OK && !(list->items[list->count] = laco_copy_string(list->ctx, entry->d_name)))
            status = LACO_NO_MEMORY;
        list->count += status == LACO_OK;
    }
    closedir(folder);
    return status;
}

/* One file of a folder; what is not a file, such as a folder that is called x.txt, is passed over. */
static laco_status read_label_file(laco_labelled *data, const char *folder, char *name)
{
    size_t room = strlen(folder) + strlen(name) + 2;
    char *path = laco_alloc(data->ctx, room, 1);
    if (!path)
        return LACO_NO_MEMORY;
    snprintf(path, room, "%s%s%s", folder, ends_with(folder, "/") ? "" : "/", name);
    struct stat info;
    laco_status status = LACO_OK;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        size_t label = strlen(name) - strlen(".txt");
        if (laco_utf8_valid(name, label) < label)
            status = laco_fail(data->ctx, LACO_FORMAT, "%s: the name of this file, which is the label, is not UTF-8", path);
        name[label] = 0;
        if (status == LACO_OK)
            status = read_file(data, LACO_FORM_ONE, path, name);
    }
    laco_release(data->ctx, path);
    return status;
}

static laco_status read_folder(laco_labelled *data, const char *path)
{
    names list = {.ctx = data->ctx};
    size_t before = data->count;
    laco_status status = list_folder(&list, path);
    if (status == LACO_OK && list.count)
        qsort(list.items, list.count, sizeof *list.items, compare_strings);
    for (size_t i = 0; i < list.count; i++) {
        if (status == LACO_OK)
            status = read_label_file(data, path, list.items[i]);
        laco_release(data->ctx, list.items[i]);
    }
    laco_release(data->ctx, list.items);
    if (status == LACO_OK && data->count == before)
        return laco_fail(
            data->ctx, LACO_FORMAT,
            "%s: no .txt file in this folder; it should hold one for each label, such as Portuguese.txt (of a folder "
            "for each label make such: cat LABEL/* > LABEL.txt, a text a line)",
            path);
    return status;
}

laco_status laco_labelled_read(laco_labelled *data, const char *path)
{
    struct stat info;
    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return read_folder(data, path);
    LACO_TRY(laco_numbers_name_images(data, path));
    return read_file(data, form_of(data, path), path, NULL);
}

static laco_status check_config(laco_context *ctx, laco_labelled_config *asked)
{
    if (asked->by != LACO_BY_DEFAULT && asked->kind == LACO_LABELLED_ANY && (asked->features > 0 || asked->steps > 0))
        return laco_fail(ctx, LACO_INVALID, "--by says how images are read; --features and --steps are for tables");
    if (asked->by == LACO_BY_PIXEL)
        asked->features = 1;
    return LACO_OK;
}

static laco_status finish(laco_labelled *data, laco_status status, laco_labelled **out)
{
    if (status == LACO_OK)
        status = laco_numbers_name_images(data, NULL);
    if (status == LACO_OK)
        status = laco_labelled_end(data);
    if (status < 0)
        laco_labelled_free(data);
    else
        *out = data;
    return status;
}

laco_status laco_labelled_load(laco_context *ctx, const char *const *paths, int path_count, const laco_labelled_config *config,
                               laco_labelled **out)
{
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no data was given; give a file, a folder or - for standard input");
    laco_labelled *data;
    laco_labelled_config asked = config ? *config : (laco_labelled_config){0};
    LACO_TRY(check_config(ctx, &asked));
    LACO_TRY(laco_labelled_begin(ctx, &asked, &data));
    laco_status status = LACO_OK;
    for (int i = 0; i < path_count && status == LACO_OK; i++)
        status = laco_labelled_read(data, paths[i]);
    return finish(data, status, out);
}

laco_status laco_labelled_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                                const laco_labelled_config *config, laco_labelled **out)
{
    laco_labelled *data;
    laco_labelled_config asked = config ? *config : (laco_labelled_config){0};
    LACO_TRY(check_config(ctx, &asked));
    char *copy = laco_alloc(ctx, size + 1, 1);
    if (!copy)
        return LACO_NO_MEMORY;
    if (size > 0)
        memcpy(copy, bytes, size);
    laco_status status = laco_labelled_begin(ctx, &asked, &data);
    if (status < 0) {
        laco_release(ctx, copy);
        return status;
    }
    return finish(data, read_owned(data, form_of(data, path), path, NULL, copy, size), out);
}
