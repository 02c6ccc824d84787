#include "table/csv.h"

#include "base/grow.h"
#include "text/text.h"

#include <csv.h>
#include <stdio.h>

#define PIECE ((size_t)64 << 10) /* bytes handed to libcsv at once: between pieces its buffer may grow by doubling */

typedef struct reader {
    laco_context *ctx;
    const char *name;
    laco_csv_take take;
    void *user;
    laco_status status;
    size_t line;     /* being read */
    size_t row_line; /* where the present row starts */
    char *text;      /* fields of the present row, each followed by a zero */
    size_t used, text_room;
    size_t *ends; /* of each field in `text`, its zero included */
    size_t count, ends_room;
    laco_csv_field *fields;
    size_t fields_room;
} reader;

/* libcsv's memory functions are given no argument of ours. */
static _Thread_local laco_context *csv_ctx;

static void *csv_resize(void *block, size_t size) { return laco_resize(csv_ctx, block, size, 1); }
static void csv_release(void *block) { laco_release(csv_ctx, block); }

static laco_status add_field(reader *r, const void *bytes, size_t length)
{
    LACO_TRY(laco_grow(r->ctx, &r->text, &r->text_room, r->used + length + 1, 1));
    LACO_TRY(laco_grow(r->ctx, &r->ends, &r->ends_room, r->count + 1, sizeof *r->ends));
    if (length)
        memcpy(r->text + r->used, bytes, length);
    r->used += length + 1;
    r->text[r->used - 1] = 0;
    r->ends[r->count++] = r->used;
    return LACO_OK;
}

static void on_field(void *bytes, size_t length, void *user)
{
    reader *r = user;
    if (r->status == LACO_OK)
        r->status = add_field(r, bytes, length);
}

static laco_status give_row(reader *r)
{
    LACO_TRY(laco_grow(r->ctx, &r->fields, &r->fields_room, r->count, sizeof *r->fields));
    for (size_t i = 0, start = 0; i < r->count; start = r->ends[i++])
        r->fields[i] = (laco_csv_field){.bytes = r->text + start, .length = r->ends[i] - 1 - start};
    laco_csv_row row = {.line = r->row_line, .count = r->count, .fields = r->fields};
    return r->take(r->user, &row);
}

static void on_row(int end, void *user)
{
    (void)end;
    reader *r = user;
    if (r->status == LACO_OK)
        r->status = give_row(r);
    r->used = r->count = 0;
    r->row_line = r->line; /* where another row starts on this line: lone CRs end rows too */
}

static laco_status parse_failed(reader *r, struct csv_parser *parser)
{
    if (csv_error(parser) != CSV_EPARSE)
        return LACO_NO_MEMORY; /* csv_resize has said what */
    return laco_fail(r->ctx, LACO_FORMAT,
                     "%s:%zu: a quote within a field; put quotes around the whole field and double those inside", r->name,
                     r->line);
}

static laco_status read_pieces(reader *r, struct csv_parser *parser, const char *bytes, size_t size)
{
    int between_rows = parser->pstate; /* as csv_init has left it */
    for (size_t at = 0, step; at < size; at += step) {
        const char *piece = bytes + at;
        size_t left = LACO_MIN(size - at, PIECE);
        LACO_TRY(laco_check_stop(r->ctx));
        const char *newline = memchr(piece, '\n', left);
        step = newline ? (size_t)(newline - piece) + 1 : left;
        if (parser->pstate == between_rows)
            r->row_line = r->line;
        csv_set_blk_size(parser, LACO_MAX(csv_get_buffer_size(parser), PIECE));
        if (csv_parse(parser, piece, step, on_field, on_row, r) < step)
            return parse_failed(r, parser);
        LACO_TRY(r->status);
        r->line += newline != NULL;
    }
    if (csv_fini(parser, on_field, on_row, r) == 0)
        return r->status;
    return laco_fail(r->ctx, LACO_FORMAT, "%s:%zu: this row opens a quote that is never closed", r->name, r->row_line);
}

laco_status laco_csv_read(laco_context *ctx, const laco_csv *csv, laco_csv_take take, void *user)
{
    struct csv_parser parser;
    laco_context *outer = csv_ctx;
    reader r = {.ctx = ctx, .name = csv->name, .take = take, .user = user, .line = csv->first_line};
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)csv->delimiter);
    if (csv->plain)
        csv_set_quote(&parser, 1); /* which no text holds */
    csv_set_realloc_func(&parser, csv_resize);
    csv_set_free_func(&parser, csv_release);
    csv_ctx = ctx;
    laco_status status = read_pieces(&r, &parser, csv->bytes, csv->size);
    csv_free(&parser);
    csv_ctx = outer;
    laco_release(ctx, r.text);
    laco_release(ctx, r.ends);
    laco_release(ctx, r.fields);
    return status;
}

void laco_csv_list_columns(const laco_csv_row *header, char *list, size_t room)
{
    size_t used = 0;
    list[0] = 0;
    for (size_t i = 0; i < header->count; i++) {
        int shown = laco_text_cut(header->fields[i].bytes, header->fields[i].length, 40);
        if (used + (size_t)shown + 48 > room) {
            snprintf(list + used, room - used, " … %zu in all", header->count);
            break;
        }
        used += (size_t)snprintf(list + used, room - used, "%s\"%.*s\"", i ? ", " : "", shown, header->fields[i].bytes);
    }
    for (; *list; list++)
        if ((unsigned char)*list < 0x20)
            *list = ' ';
}

const char *laco_csv_short_hint(const laco_csv *csv, const laco_csv_row *row)
{
    const char others[] = {csv->delimiter == ',' ? ';' : ',', '\t', 0};
    bool other = row->count == 1 && csv->delimiter != '\t' && strpbrk(row->fields[0].bytes, others);
    other = other || (row->count == 1 && csv->delimiter == '\t' && strpbrk(row->fields[0].bytes, ",;"));
    return other ? "; one mark between columns, in the header as in the rows, is right"
                 : "; a line break in a field needs quotes around it, and notes below a table are no rows";
}

laco_status laco_csv_find_column(laco_context *ctx, const char *name, const laco_csv_row *header, const char *wanted,
                                 const char *role, size_t *column)
{
    static const struct {
        char mark;
        const char *name, *for_tr;
    } unread[] = {{'|', "bars", "|"}, {'^', "carets", "^"}, {'~', "tildes", "~"}, {1, "bytes 1", "\\001"}};
    size_t found = 0, length = strlen(wanted);
    char list[256];
    for (size_t i = 0; i < header->count; i++)
        if (header->fields[i].length == length && memcmp(header->fields[i].bytes, wanted, length) == 0) {
            *column = i;
            found++;
        }
    if (found == 1)
        return LACO_OK;
    if (found > 1)
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: the column \"%s\" stands there %zu times", name, header->line, wanted, found);
    laco_csv_list_columns(header, list, sizeof list);
    for (size_t i = 0; i < sizeof unread / sizeof *unread && header->count == 1; i++)
        if (strchr(header->fields[0].bytes, unread[i].mark))
            return laco_fail(ctx, LACO_FORMAT, "%s:%zu: columns between %s; put tabs in their place: tr '%s' '\\t'", name,
                             header->line, unread[i].name, unread[i].for_tr);
    return laco_fail(ctx, LACO_FORMAT, "%s:%zu: no column \"%s\" (%s); the columns are: %s", name, header->line, wanted, role,
                     list);
}
