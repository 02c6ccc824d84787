/* Text as a vocabulary needs it: the tokens, and tables of what normalising would do to code points that lead to them. */
#include "export/parts.h"

#include "base/grow.h"
#include "export/c/text.c"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Vocabularies --------------------------------------------------------------------------------------------------------- */

typedef struct sorted_token {
    const char *token;
    size_t length;
    int32_t id;
} sorted_token;

static int by_bytes(const void *left, const void *right)
{
    const sorted_token *a = left, *b = right;
    int way = memcmp(a->token, b->token, LACO_MIN(a->length, b->length));
    return way ? way : (a->length > b->length) - (a->length < b->length);
}

void laco_vocabulary_part(laco_parts *parts, const char *name, const laco_vocabulary *vocabulary)
{
    laco_context *ctx = parts->emit->ctx;
    int32_t count = laco_vocabulary_size(vocabulary);
    sorted_token *tokens = laco_alloc(ctx, (size_t)count, sizeof *tokens);
    int32_t *numbers = laco_alloc(ctx, 2 * (size_t)count + 1, sizeof *numbers);
    char *text = NULL;
    size_t room = 0, used = 0;
    laco_status status = tokens && numbers ? LACO_OK : LACO_NO_MEMORY;
    for (int32_t id = 0; id < count && status == LACO_OK; id++) {
        size_t length;
        const char *token = laco_vocabulary_name(vocabulary, id, &length);
        tokens[id] = (sorted_token){token, length, id};
        numbers[id] = (int32_t)used;
        status = laco_grow(ctx, &text, &room, used + length + 1, 1);
        if (status == LACO_OK)
            memcpy(text + used, token, length);
        used += length;
    }
    if (status == LACO_OK) {
        numbers[count] = (int32_t)used;
        qsort(tokens, (size_t)count, sizeof *tokens, by_bytes);
        for (int32_t i = 0; i < count; i++)
            numbers[count + 1 + i] = tokens[i].id;
        laco_emit_array(parts->emit, LACO_EMIT_UINT8, laco_name_of("%s_text", name).text, text, used);
        laco_emit_array(parts->emit, LACO_EMIT_INT32, laco_name_of("%s_start", name).text, numbers, (size_t)count + 1);
        laco_emit_array(parts->emit, LACO_EMIT_INT32, laco_name_of("%s_order", name).text, numbers + count + 1, (size_t)count);
    } else if (parts->emit->status == LACO_OK)
        parts->emit->status = status;
    laco_release(ctx, tokens);
    laco_release(ctx, numbers);
    laco_release(ctx, text);
}

void laco_vocabulary_of(laco_parts *parts, const char *name, const laco_vocabulary *vocabulary)
{
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, vocabulary ? laco_vocabulary_size(vocabulary) : 0);
    laco_emit_pointer(parts->emit, laco_name_of("%s_text", name).text);
    laco_emit_pointer(parts->emit, laco_name_of("%s_start", name).text);
    laco_emit_pointer(parts->emit, laco_name_of("%s_order", name).text);
    laco_emit_up(parts->emit);
}

/* ---- Tables of code points ------------------------------------------------------------------------------------------------ */

#define POINTS 0x30000 /* of those beyond, none has another form that a vocabulary could hold */

typedef struct table {
    laco_context *ctx;
    int32_t *rows;
    size_t used, room;
} table;

static laco_status add_row(table *t, const int32_t *row, size_t width)
{
    LACO_TRY(laco_grow(t->ctx, &t->rows, &t->room, t->used + width, sizeof *t->rows));
    memcpy(t->rows + t->used, row, width * sizeof *row);
    t->used += width;
    return LACO_OK;
}

typedef struct reading {
    const laco_rt_text *text;
    laco_text_buffer buffer;
    bool *known; /* [POINTS] code points of the vocabulary */
    table map, pairs, kinds;
} reading;

/* The normal form of up to four code points; returns how many it has, at most 4. */
static laco_status normal_form(reading *r, const laco_text_config *config, const int32_t *points, int count, int32_t *out,
                               int *found)
{
    uint8_t text[16];
    int32_t bytes = 0, step;
    for (int i = 0; i < count; i++)
        bytes += rt_encode_point(points[i], text + bytes);
    LACO_TRY(laco_text_normalise(&r->buffer, config, (const char *)text, (size_t)bytes));
    LACO_TRY(laco_grow(r->buffer.ctx, &r->buffer.bytes, &r->buffer.room, r->buffer.length + 4, 1));
    memset(r->buffer.bytes + r->buffer.length, 0, 4);
    *found = 0;
    for (size_t at = 0; at < r->buffer.length && *found < 4; at += (size_t)step)
        out[(*found)++] = rt_decode((const uint8_t *)r->buffer.bytes + at, &step);
    return LACO_OK;
}

static void mark_known(reading *r)
{
    const laco_vocabulary *v = r->text->vocabulary;
    for (int32_t id = 1; id < laco_vocabulary_size(v); id++) {
        size_t length;
        int32_t step = 1;
        const uint8_t *token = (const uint8_t *)laco_vocabulary_name(v, id, &length);
        for (size_t at = 0; at < length && step > 0; at += (size_t)step) {
            int32_t point = rt_decode(token + at, &step);
            if (step > 0 && point < POINTS)
                r->known[point] = true;
        }
    }
}

/* What a code point becomes, where that is something else which the vocabulary knows, or (of accents that are dropped) nothing.
 */
static laco_status map_point(reading *r, int32_t point)
{
    int32_t row[5] = {point, 0, 0, 0, 0}, form[4];
    int count;
    LACO_TRY(normal_form(r, &r->text->config, &point, 1, form, &count));
    if (r->text->digits && point >= '1' && point <= '9')
        form[0] = '0';
    bool wanted = count == 0 && point >= 0x300 && point < 0x370;
    if (count > 3 || (count == 1 && form[0] == point))
        return LACO_OK;
    for (int i = 0; i < count; i++) {
        wanted = wanted || (form[i] < POINTS && r->known[form[i]]);
        row[2 + i] = form[i];
    }
    row[1] = count;
    return wanted ? add_row(&r->map, row, 5) : LACO_OK;
}

/* The two that a code point is made of, and the two of the first of these. */
static laco_status add_pair(reading *r, int32_t point)
{
    static const laco_text_config plain = {0};
    int32_t parts[8], first[4];
    int count = laco_text_decompose(point, parts), found;
    if (count < 2 || count > 4)
        return LACO_OK;
    LACO_TRY(normal_form(r, &plain, parts, count - 1, first, &found));
    if (found != 1)
        return LACO_OK;
    int32_t row[3] = {first[0], parts[count - 1], point}, again[4];
    LACO_TRY(normal_form(r, &plain, row, 2, again, &found));
    if (found != 1 || again[0] != point)
        return LACO_OK;
    LACO_TRY(add_row(&r->pairs, row, 3));
    return count > 2 ? add_pair(r, first[0]) : LACO_OK;
}

static int by_three(const void *left, const void *right)
{
    const int32_t *a = left, *b = right;
    for (int i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static laco_status fill_kinds(reading *r)
{
    for (int32_t point = 0, last = -1; point < 0x110000; point++) {
        int32_t row[2] = {point, laco_text_kind(point)};
        if (row[1] != last)
            LACO_TRY(add_row(&r->kinds, row, 2));
        last = row[1];
    }
    return LACO_OK;
}

static laco_status fill(reading *r)
{
    mark_known(r);
    for (int32_t point = 1; point < POINTS; point++) {
        if (point >= 0xD800 && point < 0xE000)
            continue;
        LACO_TRY(map_point(r, point));
        if (r->known[point])
            LACO_TRY(add_pair(r, point));
    }
    if (r->pairs.used > 0)
        qsort(r->pairs.rows, r->pairs.used / 3, 3 * sizeof *r->pairs.rows, by_three);
    return r->text->tokens == LACO_RT_WORDS ? fill_kinds(r) : LACO_OK;
}

static int32_t write_table(laco_parts *parts, const char *name, const char *what, const table *t, size_t width)
{
    laco_emit_array(parts->emit, LACO_EMIT_INT32, laco_name_of("%s_%s", name, what).text, t->rows, t->used);
    return (int32_t)(t->used / width);
}

void laco_text_part(laco_parts *parts, const char *name, laco_rt_text *text)
{
    laco_context *ctx = parts->emit->ctx;
    reading r = {.text = text, .map = {ctx, 0, 0, 0}, .pairs = {ctx, 0, 0, 0}, .kinds = {ctx, 0, 0, 0}};
    laco_text_buffer_init(&r.buffer, ctx);
    r.known = laco_alloc(ctx, POINTS, sizeof *r.known);
    laco_status status = r.known ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK && text->tokens != LACO_RT_BYTES)
        status = fill(&r);
    if (status < 0 && parts->emit->status == LACO_OK)
        parts->emit->status = status;
    text->rows[0] = write_table(parts, name, "map", &r.map, 5);
    text->rows[1] = write_table(parts, name, "pairs", &r.pairs, 3);
    text->rows[2] = write_table(parts, name, "kinds", &r.kinds, 2);
    laco_release(ctx, r.known);
    laco_release(ctx, r.map.rows);
    laco_release(ctx, r.pairs.rows);
    laco_release(ctx, r.kinds.rows);
    laco_text_buffer_free(&r.buffer);
}

void laco_text_of(laco_parts *parts, const char *name, const laco_rt_text *text)
{
    static const char *const what[] = {"map", "pairs", "kinds"};
    laco_emit_down(parts->emit);
    laco_emit_int(parts->emit, text ? text->tokens : 0);
    laco_emit_int(parts->emit, text && text->lines);
    for (int i = 0; i < 3; i++)
        laco_emit_int(parts->emit, text ? text->rows[i] : 0);
    for (int i = 0; i < 3; i++)
        laco_emit_pointer(parts->emit, text ? laco_name_of("%s_%s", name, what[i]).text : NULL);
    laco_emit_up(parts->emit);
}
