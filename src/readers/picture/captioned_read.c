/* The forms of captioned data: see laco/captioned.h. */
#include "base/file.h"
#include "base/locale.h"
#include "labelled/numbers.h"
#include "picture/captioned_read.h"
#include "table/json_hint.h"
#include "table/idx.h"
#include "picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- IDX, and the captions behind it ------------------------------------------------------------------------------------------
 */

/* Image `index` of a file, column by column; channels of a pixel lie under each other. */
static laco_status take_image(laco_captioned *data, const char *name, const laco_idx *file, size_t index, size_t rows,
                              size_t columns, size_t channels)
{
    laco_real *values = laco_arena_alloc(&data->values, rows * columns * channels, sizeof *values);
    if (!values)
        return LACO_NO_MEMORY;
    size_t first = index * rows * columns * channels;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++)
            for (size_t c = 0; c < channels; c++) {
                laco_real *value = &values[(x * rows + y) * channels + c];
                *value = (laco_real)laco_idx_element(file, first + (y * columns + x) * channels + c);
                if (!isfinite(*value))
                    return laco_fail(data->ctx, LACO_FORMAT, "%s: image %zu holds a number that is not finite", name, index + 1);
            }
    return laco_captioned_add(data, values, columns);
}

laco_status laco_captioned_read_idx(laco_captioned *data, const char *name, const char *bytes, size_t size)
{
    laco_idx file;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "images in the IDX form"));
    LACO_TRY(laco_idx_open(data->ctx, name, bytes, size, &file));
    bool pictures = file.dimensions > 2;
    size_t rows = pictures ? file.size[1] : 1, columns = pictures ? file.size[2] : file.size[1], channels = file.size[3];
    if (file.dimensions == 1)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: holds labels where images should be", name);
    if (file.size[0] == 0 || rows == 0 || columns == 0 || channels == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: no image in it", name);
    LACO_TRY(laco_captioned_expect(data, name, 0, pictures ? LACO_CAPTIONED_PICTURES : LACO_CAPTIONED_VECTORS, columns,
                                   rows * channels));
    for (size_t i = 0; i < file.size[0]; i++)
        LACO_TRY(take_image(data, name, &file, i, rows, columns, channels));
    return LACO_OK;
}

static laco_status take_captions(laco_captioned *data, size_t first, const char *images, const char *name, const char *bytes,
                                 size_t size)
{
    LACO_TRY(laco_text_check(data->ctx, name, &bytes, &size));
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t length, count = 0, wanted = data->count - first;
    for (; laco_lines_next(&lines, &line, &length); count++)
        if (count < wanted)
            LACO_TRY(laco_captioned_name(data, first + count, name, lines.number, line, length));
    return count == wanted
               ? LACO_OK
               : laco_fail(data->ctx, LACO_FORMAT, "%s: %zu captions for the %zu images of %s", name, count, wanted, images);
}

laco_status laco_captioned_read_captions(laco_captioned *data, size_t first, const char *images, const char *path)
{
    char *bytes;
    size_t size;
    LACO_TRY(laco_file_read(data->ctx, path, &bytes, &size));
    laco_status status = take_captions(data, first, images, laco_file_shown_name(path), bytes, size);
    laco_release(data->ctx, bytes);
    return status;
}

/* ---- Tables ------------------------------------------------------------------------------------------------ */

typedef struct table {
    laco_captioned *data;
    const char *name;
    size_t fields; /* of every row; 0 before the first */
    bool caption;  /* the last field is one */
} table;

/* Names 0, 1, 2 … or 1, 2, 3 … before one that says caption. */
static bool counts(const laco_csv_row *row)
{
    const laco_csv_field *last = &row->fields[row->count - 1];
    double value, before = 0;
    bool named = laco_role_named(LACO_ROLE_CAPTION, last->bytes, last->length) ||
                 laco_role_named(LACO_ROLE_LABEL, last->bytes, last->length);
    for (size_t i = 0; named && i + 1 < row->count; i++, before = value) /* NOLINT */
        if (!laco_number_parse(row->fields[i].bytes, row->fields[i].length, &value) ||
            (i == 0 ? value != 0 && value != 1 : value != before + 1))
            return false;
    return named && row->count > 3;
}

static bool is_header(const laco_csv_row *row)
{
    double value;
    if (counts(row))
        return true;
    for (size_t i = 0; i + 1 < row->count; i++)
        if (laco_number_parse(row->fields[i].bytes, row->fields[i].length, &value))
            return false;
    return row->count > 1;
}

/* Whether the row of a table that is to be answered ends in a caption all the same. */
static bool has_caption(const laco_captioned_config *config, const laco_csv_row *row)
{
    const laco_csv_field *last = &row->fields[row->count - 1];
    double value;
    if (!config->uncaptioned)
        return true;
    if (config->numbers > 0)
        return row->count == (size_t)config->numbers + 1;
    return !laco_number_parse(last->bytes, last->length, &value);
}

static laco_status take_row(void *user, const laco_csv_row *in_bytes)
{
    table *t = user;
    laco_captioned *data = t->data;
    laco_csv_row here = *in_bytes, *row = &here;
    const laco_csv_field *last = &row->fields[row->count - 1];
    row->line += laco_lines_before(data->config.first_line);
    if (!t->fields && in_bytes->line == 1 && is_header(row))
        return LACO_OK;
    t->caption = t->fields ? t->caption : has_caption(&data->config, row);
    t->fields = t->fields ? t->fields : row->count;
    size_t numbers = row->count - t->caption;
    if (row->count != t->fields)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: %zu fields where the rows before have %zu", t->name, row->line,
                         row->count, t->fields);
    if (numbers == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: one field only; a row should hold numbers and then the caption",
                         t->name, row->line);
    LACO_TRY(laco_captioned_expect(data, t->name, row->line, LACO_CAPTIONED_VECTORS, numbers, 1));
    laco_real *values = laco_arena_alloc(&data->values, numbers, sizeof *values);
    if (!values)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < numbers; i++)
        LACO_TRY(laco_number_take(data->ctx, t->name, row->line, "field", i + 1, row->fields[i].bytes, row->fields[i].length,
                                  &values[i]));
    LACO_TRY(laco_captioned_add(data, values, numbers));
    bool named = t->caption && !(data->config.uncaptioned && laco_text_blank(last->bytes, last->length));
    return named ? laco_captioned_name(data, data->count - 1, t->name, row->line, last->bytes, last->length) : LACO_OK;
}

laco_status laco_captioned_read_table(laco_captioned *data, const char *name, const char *bytes, size_t size)
{
    table t = {.data = data, .name = name};
    laco_locale plain;
    laco_csv csv;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "rows of numbers, the caption last"));
    LACO_TRY(laco_csv_open(data->ctx, name, bytes, size, false, &csv));
    LACO_TRY(laco_locale_begin(data->ctx, &plain));
    laco_status status = laco_csv_read(data->ctx, &csv, take_row, &t);
    laco_locale_end(&plain);
    laco_csv_close(data->ctx, &csv);
    return status == LACO_OK && !t.fields ? laco_fail(data->ctx, LACO_FORMAT, "%s: a header and no row of numbers", name)
                                          : status;
}

/* ---- Pictures, and lists of them --------------------------------------------------------------------------- */

laco_status laco_captioned_read_picture(laco_captioned *data, const char *name, const char *bytes, size_t size)
{
    laco_picture picture;
    LACO_TRY(laco_picture_read(data->ctx, &data->values, name, bytes, size, &picture));
    LACO_TRY(laco_captioned_expect(data, name, 0, LACO_CAPTIONED_PICTURES, picture.width, picture.height));
    return laco_captioned_add(data, picture.values, picture.width);
}

/* The path of a picture that is named in a list: relative to the folder of the list. *out is the caller's. */
static laco_status join_path(laco_context *ctx, const char *list, const char *name, size_t length, char **out)
{
    const char *slash = strcmp(list, "-") != 0 && length > 0 && name[0] != '/' ? strrchr(list, '/') : NULL;
    size_t folder = slash ? (size_t)(slash - list) + 1 : 0;
    char *path = laco_alloc(ctx, folder + length + 1, 1);
    if (!path)
        return LACO_NO_MEMORY;
    memcpy(path, list, folder);
    memcpy(path + folder, name, length);
    *out = path;
    return LACO_OK;
}

static laco_status read_named(laco_captioned *data, const char *list, size_t line, const char *name, size_t length)
{
    char *path, *bytes;
    size_t size;
    LACO_TRY(join_path(data->ctx, list, name, length, &path));
    laco_status status = laco_file_read(data->ctx, path, &bytes, &size);
    if (status == LACO_OK) {
        status = laco_captioned_read_picture(data, path, bytes, size);
        laco_release(data->ctx, bytes);
    }
    if (status == LACO_IO || status == LACO_FORMAT)
        laco_set_error(data->ctx, "%s:%zu: %s", laco_file_shown_name(list), line, laco_error(data->ctx));
    laco_release(data->ctx, path);
    return status;
}

static laco_status take_line(laco_captioned *data, const char *list, size_t number, const char *line, size_t length)
{
    const char *tab = memchr(line, '\t', length), *name = laco_file_shown_name(list);
    if (!tab && !data->config.uncaptioned)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: no tab in this line; it should be picture<TAB>caption", name, number);
    LACO_TRY(read_named(data, list, number, line, tab ? (size_t)(tab - line) : length));
    size_t rest = tab ? (size_t)(line + length - tab) - 1 : 0;
    if (!tab || (data->config.uncaptioned && laco_text_blank(tab + 1, rest)))
        return LACO_OK;
    return laco_captioned_name(data, data->count - 1, name, number, tab + 1, rest);
}

laco_status laco_captioned_read_list(laco_captioned *data, const char *path, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size, .number = laco_lines_before(data->config.first_line)};
    const char *line;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "a list of picture<TAB>caption"));
    for (size_t length; laco_lines_next(&lines, &line, &length);)
        if (lines.number == 1 && laco_role_header(LACO_ROLE_FILE, LACO_ROLE_CAPTION, "\t", line, length))
            LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "header", "header in line 1"));
        else if (!laco_text_blank(line, length))
            LACO_TRY(take_line(data, path, lines.number, line, length));
    return LACO_OK;
}

/* ---- What a file holds ------------------------------------------------------------------------------------- */

static bool is_list(const char *line, size_t length)
{
    const char *tab = memchr(line, '\t', length);
    length = tab ? (size_t)(tab - line) : length;
    return length > 4 && (strncasecmp(line + length - 4, ".png", 4) == 0 || strncasecmp(line + length - 4, ".pgm", 4) == 0);
}

/* A picture of a form that is not read. */
static bool names_other_picture(const char *line, size_t length)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm"};
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++)
        for (size_t i = 0, size = strlen(endings[e]); i + size <= length; i++)
            if (strncasecmp(line + i, endings[e], size) == 0)
                return true;
    return false;
}

/* Rows of numbers show in the first line, or in the second under a header. */
static bool is_table(const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    int seen = 0;
    laco_csv csv;
    if (laco_csv_open(NULL, "", bytes, size, false, &csv) < 0)
        return false;
    for (size_t length; seen < 2 && laco_lines_next(&lines, &line, &length);) {
        if (!laco_text_blank(line, length) && laco_numbers_mostly(line, length, csv.delimiter))
            return true;
        seen += !laco_text_blank(line, length);
    }
    return false;
}

static laco_status read_text(laco_captioned *data, const char *path, const char *bytes, size_t size)
{
    const char *name = laco_file_shown_name(path), *line = NULL;
    size_t length = 0;
    LACO_TRY(laco_text_check(data->ctx, name, &bytes, &size));
    static const laco_json_wanted wanted = {
        "picture<TAB>caption", "[.%, .%] | @tsv", LACO_ROLE_FILE, LACO_ROLE_CAPTION, {"image", "caption"}};
    LACO_TRY(laco_json_refuse(data->ctx, name, bytes, size, &wanted));
    laco_lines lines = {.at = bytes, .end = bytes + size, .number = laco_lines_before(data->config.first_line)};
    while (laco_lines_next(&lines, &line, &length) && laco_text_blank(line, length))
        ;
    if (!line || laco_text_blank(line, length))
        return laco_fail(data->ctx, LACO_FORMAT, "%s: the file is empty", name);
    if (is_list(line, length) || laco_role_header(LACO_ROLE_FILE, LACO_ROLE_CAPTION, "\t", line, length))
        return laco_captioned_read_list(data, path, bytes, size);
    if (is_table(bytes, size))
        return laco_captioned_read_table(data, name, bytes, size);
    const char *tab = memchr(line, '\t', length);
    bool swapped = tab && is_list(tab + 1, (size_t)(line + length - tab) - 1);
    return laco_fail(data->ctx, LACO_FORMAT,
                     "%s:%zu: is neither a row of numbers with a caption last nor picture.png<TAB>caption%s", name, lines.number,
                     names_other_picture(line, length) ? " (PNG and PGM pictures are read: magick FILE.jpg FILE.png)"
                     : swapped                         ? " (the picture comes first)"
                     : memchr(line, ',', length)       ? " (put a tab between picture and caption)"
                                                       : "");
}

laco_status laco_captioned_read_bytes(laco_captioned *data, const char *path, const char *bytes, size_t size)
{
    const char *name = laco_file_shown_name(path);
    if (laco_idx_detect(bytes, size))
        return laco_captioned_read_idx(data, name, bytes, size);
    if (!laco_picture_detect(bytes, size))
        return read_text(data, path, bytes, size);
    if (data->config.uncaptioned)
        return laco_captioned_read_picture(data, name, bytes, size);
    return laco_fail(data->ctx, LACO_FORMAT, "%s: a picture without a caption; give a list of lines picture<TAB>caption", name);
}

laco_status laco_captioned_read(laco_captioned *data, const char *const *paths, int count, int *next)
{
    const char *path = paths[(*next)++];
    size_t size, first = data->count;
    char *bytes;
    LACO_TRY(laco_notes_file(&data->notes, laco_file_shown_name(path)));
    LACO_TRY(laco_file_read(data->ctx, path, &bytes, &size));
    bool images = laco_idx_detect(bytes, size) && !data->config.uncaptioned;
    laco_status status = laco_captioned_read_bytes(data, path, bytes, size);
    laco_release(data->ctx, bytes);
    if (status < 0 || !images)
        return status;
    if (*next == count)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s: images without captions: give a text file behind it, a caption on each line",
                         laco_file_shown_name(path));
    return laco_captioned_read_captions(data, first, laco_file_shown_name(path), paths[(*next)++]);
}

laco_status laco_captioned_load(laco_context *ctx, const char *const *paths, int path_count, const laco_captioned_config *config,
                                laco_captioned **out)
{
    if (path_count < 1)
        return laco_fail(ctx, LACO_INVALID, "no data was given; give a file, or - for standard input");
    laco_captioned *data;
    LACO_TRY(laco_captioned_begin(ctx, config, &data));
    laco_status status = LACO_OK;
    for (int next = 0; next < path_count && status == LACO_OK;)
        status = laco_captioned_read(data, paths, path_count, &next);
    if (status < 0)
        laco_captioned_free(data);
    else
        *out = data;
    return status;
}

laco_status laco_captioned_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                                 const laco_captioned_config *config, laco_captioned **out)
{
    laco_captioned *data;
    LACO_TRY(laco_captioned_begin(ctx, config, &data));
    laco_status status = laco_captioned_read_bytes(data, path, bytes, size);
    if (status < 0)
        laco_captioned_free(data);
    else
        *out = data;
    return status;
}
