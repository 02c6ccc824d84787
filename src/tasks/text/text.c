#include "text/text.h"

#include "base/grow.h"

#include <string.h>
#include <utf8proc.h>

/* Bytes from the start that are ASCII, eight at a time: most text is mostly that. */
static size_t ascii_run(const char *bytes, size_t length)
{
    size_t i = 0;
    for (uint64_t eight; length - i >= 8; i += 8) {
        memcpy(&eight, bytes + i, 8);
        if (eight & 0x8080808080808080u)
            break;
    }
    while (i < length && (signed char)bytes[i] >= 0)
        i++;
    return i;
}

/* Bytes of the code point at the front, which is written to *point; 0 where it is malformed. Sequences are at most
 * four bytes, so a length beyond that need not fit utf8proc's signed one. */
size_t laco_utf8_point(const char *bytes, size_t length, int32_t *point)
{
    utf8proc_ssize_t got =
        utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)LACO_MIN(length, (size_t)4), point);
    return got > 0 ? (size_t)got : 0;
}

size_t laco_utf8_valid(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length) {
        i += ascii_run(bytes + i, length - i);
        int32_t point;
        size_t step = i < length ? laco_utf8_point(bytes + i, length - i, &point) : 0;
        if (!step)
            break;
        i += step;
    }
    return i;
}

laco_status laco_text_config_check(laco_context *ctx, const laco_text_config *config)
{
    if (config->level == LACO_TEXT_BYTE && (config->lower || config->fold_accents))
        return laco_fail(ctx, LACO_INVALID,
                         "lower case and folded accents are for characters and words: bytes are read as they are");
    return LACO_OK;
}

bool laco_lines_next(laco_lines *lines, const char **line, size_t *length)
{
    if (lines->at == lines->end)
        return false;
    size_t left = (size_t)(lines->end - lines->at);
    const char *newline = memchr(lines->at, lines->mark ? lines->mark : '\n', left);
    if (!lines->mark && !newline)
        newline = memchr(lines->at, '\r', left); /* as on old Macs */
    if (!lines->mark)
        lines->mark = newline ? *newline : '\n';
    const char *end = newline ? newline : lines->end;
    *line = lines->at;
    *length = (size_t)(end - lines->at);
    if (*length && end[-1] == '\r')
        --*length;
    lines->at = newline ? newline + 1 : lines->end;
    lines->number++;
    return true;
}

bool laco_text_blank(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != ' ' && (bytes[i] < '\t' || bytes[i] > '\r'))
            return false;
    return true;
}

int laco_text_cut(const char *text, size_t length, size_t limit)
{
    if (length > limit)
        for (length = limit; length && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    return (int)length;
}

void laco_text_buffer_init(laco_text_buffer *buffer, laco_context *ctx) { *buffer = (laco_text_buffer){.ctx = ctx}; }

void laco_text_buffer_free(laco_text_buffer *buffer)
{
    laco_release(buffer->ctx, buffer->bytes);
    laco_release(buffer->ctx, buffer->points);
    laco_release(buffer->ctx, buffer->spare);
    laco_text_buffer_init(buffer, buffer->ctx);
}

static laco_status append_bytes(laco_text_buffer *buffer, const char *bytes, size_t length, bool lower)
{
    LACO_TRY(laco_grow(buffer->ctx, &buffer->bytes, &buffer->room, buffer->length + length, 1));
    char *to = buffer->bytes + buffer->length;
    for (size_t i = 0; i < length; i++)
        to[i] = lower && bytes[i] >= 'A' && bytes[i] <= 'Z' ? (char)(bytes[i] + 32) : bytes[i];
    buffer->length += length;
    return LACO_OK;
}

int laco_text_class(int32_t point) { return utf8proc_get_property(point)->combining_class; }

static bool is_accent(int32_t point)
{
    int kind = laco_text_class(point);
    return kind == 1 || kind >= 200;
}

/* Sorts a run of marks by class, keeping the order within a class. Counting, since a hostile run may be long. */
static laco_status order_run(laco_text_buffer *buffer, int32_t *run, size_t count)
{
    LACO_TRY(laco_grow(buffer->ctx, &buffer->spare, &buffer->spare_room, count, sizeof *run));
    size_t start[257] = {0};
    for (size_t i = 0; i < count; i++)
        start[laco_text_class(run[i]) + 1]++;
    for (int kind = 0; kind < 256; kind++)
        start[kind + 1] += start[kind];
    for (size_t i = 0; i < count; i++)
        buffer->spare[start[laco_text_class(run[i])]++] = run[i];
    memcpy(run, buffer->spare, count * sizeof *run);
    return LACO_OK;
}

/* Canonical ordering (UAX 15): utf8proc's own takes quadratic time on long runs of marks. */
static laco_status order_marks(laco_text_buffer *buffer, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t end = i;
        bool ordered = true;
        for (int kind, last = 0; end < count && (kind = laco_text_class(buffer->points[end])) != 0; last = kind, end++)
            ordered = ordered && kind >= last;
        if (!ordered)
            LACO_TRY(order_run(buffer, buffer->points + i, end - i));
        i = end + (end == i);
    }
    return LACO_OK;
}

int laco_text_decompose(int32_t point, int32_t parts[8])
{
    int boundary = 0;
    return (int)utf8proc_decompose_char(point, parts, 8, UTF8PROC_DECOMPOSE, &boundary);
}

/* Decomposes `text` to buffer->points, folded as asked; *count is how many there are. */
static laco_status decompose(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length,
                             size_t *count)
{
    enum { MOST = 8 }; /* the longest canonical decomposition is four code points */
    size_t n = 0;
    for (size_t i = 0; i < length;) {
        int32_t point, parts[MOST];
        int boundary = 0;
        i += laco_utf8_point(text + i, length - i, &point);
        int got = (int)utf8proc_decompose_char(point, parts, MOST, UTF8PROC_DECOMPOSE, &boundary);
        LACO_TRY(laco_grow(buffer->ctx, &buffer->points, &buffer->points_room, n + MOST, sizeof point));
        for (int k = 0; k < got && k < MOST; k++)
            if (!config->fold_accents || !is_accent(parts[k]))
                buffer->points[n++] = config->lower ? utf8proc_tolower(parts[k]) : parts[k];
    }
    *count = n;
    return LACO_OK;
}

/* The normal form of a stretch of text. utf8proc composes in place. */
static laco_status append_normal(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length)
{
    size_t count, room;
    LACO_TRY(decompose(buffer, config, text, length, &count));
    LACO_TRY(order_marks(buffer, count));
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(buffer->points, (utf8proc_ssize_t)count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (composed < 0 || !laco_mul_fits((size_t)composed, 4, &room) || !laco_add_fits(room, buffer->length, &room))
        return laco_fail(buffer->ctx, LACO_NO_MEMORY, "out of memory: a text of more than can be addressed");
    LACO_TRY(laco_grow(buffer->ctx, &buffer->bytes, &buffer->room, room, 1));
    for (utf8proc_ssize_t i = 0; i < composed; i++)
        buffer->length += (size_t)utf8proc_encode_char(buffer->points[i], (utf8proc_uint8_t *)buffer->bytes + buffer->length);
    return LACO_OK;
}

laco_status laco_text_normalise(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length)
{
    buffer->length = 0;
    LACO_TRY(laco_grow(buffer->ctx, &buffer->bytes, &buffer->room, 1, 1));
    size_t valid = laco_utf8_valid(text, length);
    if (valid < length)
        return laco_fail(buffer->ctx, LACO_FORMAT, "byte %zu of the text (0x%02X) is not UTF-8", valid + 1,
                         (unsigned char)text[valid]);
    for (size_t i = 0; i < length;) {
        /* ASCII is normal already; only its last letter may join the marks that follow it. */
        size_t plain = ascii_run(text + i, length - i), other = plain;
        if (i + plain < length && plain)
            plain--;
        LACO_TRY(append_bytes(buffer, text + i, plain, config->lower));
        for (; i + other < length && (signed char)text[i + other] < 0; other++)
            ;
        if (other > plain)
            LACO_TRY(append_normal(buffer, config, text + i + plain, other - plain));
        i += other;
    }
    return LACO_OK;
}

/* ---- Text in parts -------------------------------------------------------------------------------------------------------- */

/* Whether a code point may join, or change places with, what stands before it: marks, vowels and final consonants of Hangul,
 * vowels of Kirat Rai. More may be said to join than do. */
static bool may_join(int32_t point)
{
    int32_t parts[8];
    int boundary = 0;
    int32_t first = utf8proc_decompose_char(point, parts, 8, UTF8PROC_DECOMPOSE, &boundary) > 0 ? parts[0] : point;
    utf8proc_category_t category = utf8proc_category(first);
    return laco_text_class(first) != 0 || category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME || (first >= 0x1161 && first <= 0x1175) || (first >= 0x11A8 && first <= 0x11C2) ||
           (first >= 0x16D63 && first <= 0x16D6A);
}

/* Whether nothing joins a code point: white space, digits, most marks of ASCII. */
static bool stands_alone(char c) { return (unsigned char)c < 'A' && c != '<' && c != '=' && c != '>'; }

size_t laco_text_settled(const char *text, size_t length)
{
    int32_t point;
    size_t at = length;
    if (length > 0 && stands_alone(text[length - 1]))
        return length;
    while (at > 0) {
        do
            at--;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80);
        laco_utf8_point(text + at, length - at, &point);
        if (!may_join(point))
            return at;
    }
    return 0;
}
