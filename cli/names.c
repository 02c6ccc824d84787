#include "names.h"

#include "cli.h"
#include "lines.h"

#include <stdlib.h>
#include <string.h>

/* {"name": number}: every number from 0 on once. NULL: it is not that. */
static json_t *by_number(const json_t *object)
{
    size_t count = json_object_size(object);
    const char *name;
    json_t *number, *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        json_add(&list, json_null());
    json_object_foreach((json_t *)(uintptr_t)object, name, number)
    {
        json_int_t place = json_is_integer(number) ? json_integer_value(number) : -1;
        if (place < 0 || (size_t)place >= count || !json_is_null(json_array_get(list, (size_t)place))) {
            json_decref(list);
            return NULL;
        }
        if (json_array_set_new(list, (size_t)place, json_string(name)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What a line stands for. */
static const char *unescape(const char *line)
{
    static const char *const signs[][2] = {{"\\n", "\n"}, {"\\t", "\t"}, {"\\r", "\r"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(line, signs[i][0]) == 0)
            return signs[i][1];
    return line;
}

static json_t *read_lines(const char *path)
{
    line_reader reader;
    json_t *list = json_array();
    int more = -1;
    if (!list || !lines_open(&reader, NULL, path)) {
        json_decref(list);
        return NULL;
    }
    while ((more = lines_next(&reader)) > 0)
        for (size_t i = 0; i < reader.count; i++)
            if (json_array_append_new(list, json_string(unescape(reader.line[i]))) != 0 && more > 0) {
                trouble_text("%s: line %zu: not UTF-8", path, reader.number + i);
                more = -2;
                i = reader.count - 1;
            }
    lines_close(&reader);
    if (more < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

/* A file that begins as JSON does but is not JSON is one of lines: a unit may well be '['. */
static json_t *read_json(const char *path)
{
    json_t *value = strcmp(path, "-") == 0 ? NULL : json_load_file(path, 0, NULL), *list = NULL;
    if (json_is_array(value))
        list = json_incref(value);
    else if (json_is_object(value))
        list = by_number(value);
    json_decref(value);
    return list;
}

bool names_read(const char *path, json_t **list, const char ***out, int64_t *count)
{
    if (!path)
        return true;
    *list = read_json(path);
    if (!*list && !(*list = read_lines(path)))
        return false;
    size_t size = json_array_size(*list);
    *out = calloc(size + 1, sizeof **out);
    for (size_t i = 0; *out && i < size; i++)
        if (!((*out)[i] = json_string_value(json_array_get(*list, i)))) {
            trouble_text("%s: name %zu is no string", path, i + 1);
            return false;
        }
    *count = (int64_t)size;
    if (!*out)
        trouble_text("out of memory");
    return *out != NULL;
}

bool scales_read(const char *path, double **mean, double **deviation, int64_t *count)
{
    line_reader reader;
    int more = 0;
    bool good = true;
    if (!path)
        return true;
    if (!lines_open(&reader, NULL, path))
        return false;
    while (good && (more = lines_next(&reader)) > 0)
        for (size_t i = 0; i < reader.count && good; i++) {
            size_t size = ((size_t)*count + 1) * sizeof(double);
            double *a = realloc(*mean, size), *b = realloc(*deviation, size);
            *mean = a ? a : *mean;
            *deviation = b ? b : *deviation;
            char *end = NULL, *last = NULL;
            double first = strtod(reader.line[i], &end), second = strtod(end, &last);
            if (!a || !b || end == reader.line[i] || last == end || *last || !(second > 0)) {
                trouble_text("%s: line %zu: a mean and a deviation above 0 are right", path, reader.number + i);
                good = false;
                break;
            }
            a[*count] = first;
            b[(*count)++] = second;
        }
    lines_close(&reader);
    return good && more == 0;
}
