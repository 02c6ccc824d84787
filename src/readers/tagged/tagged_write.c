/* Writing tagged sentences back as they were read, with other tags. */
#include "laco/read.h"
#include "tag/tagged.h"

#include <errno.h>
#include <string.h>

/* The line with `tag` in column `column` (from 1; 0: the last), or behind the last where the line has fewer. What lies between
 * the columns stays. */
static void write_columns(const laco_tagged_row *row, bool tabs, size_t column, const char *tag, FILE *file)
{
    const char *at = row->text, *end = row->text + row->length, *field, *kept = row->text;
    size_t count = 0, length, fields = laco_tagged_fields(row->text, row->length, tabs);
    if (column == 0)
        column = fields < 2 ? 2 : fields;
    while (laco_tagged_field(&at, end, tabs, &field, &length))
        if (++count == column) {
            fwrite(kept, 1, (size_t)(field - kept), file);
            fputs(tag, file);
            kept = field + length;
        }
    fwrite(kept, 1, (size_t)(end - kept), file);
    if (count < column) {
        fputc(tabs || memchr(row->text, '\t', row->length) ? '\t' : ' ', file);
        fputs(tag, file);
    }
    fputc('\n', file);
}

static void write_pair(const laco_tagged_row *row, const char *const *tags, FILE *file)
{
    const char *tab = memchr(row->text, '\t', row->length);
    fwrite(row->text, 1, tab ? (size_t)(tab - row->text) : row->length, file);
    for (size_t i = 0; i < row->words; i++)
        fprintf(file, "%c%s", i > 0 ? ' ' : '\t', tags[i]);
    fputc('\n', file);
}

static void write_text(const laco_tagged *data, size_t first, size_t count, const char *const *tags, FILE *file)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s\t%s\n", laco_tagged_word(data, first + i), tags[i]);
    fputc('\n', file);
}

laco_status laco_tagged_write(const laco_tagged *data, const char *const *tags, FILE *file)
{
    size_t word = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        const laco_tagged_row *row = &data->rows[i];
        if (data->form == LACO_TAGGED_TEXT)
            write_text(data, word, row->words, tags + word, file);
        else if (row->words == 0)
            fprintf(file, "%.*s\n", (int)row->length, row->text);
        else if (data->form == LACO_TAGGED_LINES)
            write_pair(row, tags + word, file);
        else
            write_columns(row, data->form != LACO_TAGGED_COLUMNS, (size_t)data->column, tags[word], file);
        word += row->words;
    }
    return ferror(file) ? laco_fail(data->ctx, LACO_IO, "the tags cannot be written: %s", strerror(errno)) : LACO_OK;
}
