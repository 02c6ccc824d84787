#include "base/json_parse.h"

#include "base/grow.h"
#include "base/locale.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    laco_context *ctx;
    const char *text, *at, *end;
    size_t flags;
    int depth;
    char *token; /* of the string or number that is being read, without escapes */
    size_t length, room;
    laco_json_fault *fault;
} parser;

static laco_status read_value(parser *p, json_t **out);

static laco_status wrong(parser *p, const char *at, const char *why)
{
    *p->fault = (laco_json_fault){(size_t)(at - p->text), why};
    return LACO_FORMAT;
}

static laco_status no_memory(parser *p) { return laco_fail(p->ctx, LACO_NO_MEMORY, "out of memory for JSON"); }

static char next_mark(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
    return p->at<p->end && * p->at> 0 ? *p->at : '\0';
}

/* ---- Strings ----------------------------------------------------------------------------------------------------------------
 */

static void put_code_point(parser *p, uint32_t c)
{
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    int more = (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
    p->token[p->length++] = (char)(more ? leads[more] | c >> 6 * more : c);
    while (more-- > 0)
        p->token[p->length++] = (char)(0x80 | (c >> 6 * more & 0x3f));
}

/* The four digits behind \u. */
static bool read_hex(const parser *p, const char *at, uint32_t *c)
{
    *c = 0;
    for (int i = 0; i < 4; i++, at++) {
        if (at >= p->end)
            return false;
        unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                         : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
                         : *at >= 'A' && *at <= 'F' ? (unsigned)(*at - 'A') + 10
                                                    : 16;
        if (digit > 15)
            return false;
        *c = *c << 4 | digit;
    }
    return true;
}

static laco_status read_unicode(parser *p)
{
    const char *begin = p->at - 1;
    uint32_t c, low;
    if (!read_hex(p, p->at + 1, &c))
        return wrong(p, begin, "\\u wants four hexadecimal digits");
    p->at += 5;
    if (c >= 0xd800 && c < 0xdc00 && p->end - p->at >= 6 && p->at[0] == '\\' && p->at[1] == 'u' && read_hex(p, p->at + 2, &low) &&
        low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
        p->at += 6;
    }
    if (c >= 0xd800 && c < 0xe000)
        return wrong(p, begin, "half of a surrogate pair");
    if (c == 0 && !(p->flags & JSON_ALLOW_NUL))
        return wrong(p, begin, "\\u0000 is not allowed here");
    put_code_point(p, c);
    return LACO_OK;
}

static laco_status read_escape(parser *p)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    p->at++;
    if (p->at < p->end && *p->at == 'u')
        return read_unicode(p);
    const char *found = p->at < p->end && *p->at ? strchr(names, *p->at) : NULL;
    if (!found)
        return wrong(p, p->at - 1, "there is no such escape");
    p->token[p->length++] = meant[found - names];
    p->at++;
    return LACO_OK;
}

/* A string into p->token, which is as long as it can become: what is written is never longer than what is read. */
static laco_status read_string(parser *p)
{
    const char *begin = p->at++, *close = p->at;
    while (close < p->end && *close != '"')
        close += *close == '\\' && p->end - close > 1 ? 2 : 1;
    LACO_TRY(laco_grow(p->ctx, &p->token, &p->room, (size_t)(close - begin) + 1, 1));
    p->length = 0;
    while (p->at < p->end && *p->at != '"') {
        if ((unsigned char)*p->at < 0x20)
            return wrong(p, p->at, "a control character in a string");
        if (*p->at == '\\')
            LACO_TRY(read_escape(p));
        else
            p->token[p->length++] = *p->at++;
    }
    if (p->at == p->end)
        return wrong(p, begin, "a string without an end");
    p->token[p->length] = '\0';
    p->at++;
    return LACO_OK;
}

static laco_status read_text(parser *p, json_t **out)
{
    LACO_TRY(read_string(p));
    *out = json_stringn_nocheck(p->token, p->length);
    return *out ? LACO_OK : no_memory(p);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------------------
 */

static const char *digits(const parser *p, const char *at)
{
    while (at < p->end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* The end of a number; NULL: it is none. *whole: it has neither fraction nor exponent. */
static const char *number_end(const parser *p, bool *whole)
{
    const char *at = p->at + (*p->at == '-'), *after = digits(p, at);
    *whole = true;
    if (after == at || (*at == '0' && after - at > 1))
        return NULL;
    if (after < p->end && *after == '.') {
        at = after + 1;
        after = digits(p, at);
        *whole = false;
        if (after == at)
            return NULL;
    }
    if (after < p->end && (*after == 'e' || *after == 'E')) {
        at = after + 1;
        at += at < p->end && (*at == '+' || *at == '-');
        after = digits(p, at);
        *whole = false;
        if (after == at)
            return NULL;
    }
    return after;
}

static laco_status read_number(parser *p, json_t **out)
{
    bool whole;
    const char *begin = p->at, *end = number_end(p, &whole);
    if (!end)
        return wrong(p, begin, "an invalid number");
    size_t length = (size_t)(end - begin);
    LACO_TRY(laco_grow(p->ctx, &p->token, &p->room, length + 1, 1));
    memcpy(p->token, begin, length); /* NOLINT: there is room */
    p->token[length] = '\0';
    p->at = end;
    errno = 0;
    long long integer = whole ? strtoll(p->token, NULL, 10) : 0;
    if (whole && errno)
        return wrong(p, begin, "a whole number that is too big");
    double real = whole ? 0 : strtod(p->token, NULL);
    if (!isfinite(real))
        return wrong(p, begin, "a number that is too big");
    *out = whole ? json_integer(integer) : json_real(real);
    return *out ? LACO_OK : no_memory(p);
}

/* ---- Values -----------------------------------------------------------------------------------------------------------------
 */

static laco_status read_items(parser *p, json_t *array)
{
    p->at++;
    if (next_mark(p) == ']') {
        p->at++;
        return LACO_OK;
    }
    for (;;) {
        json_t *item;
        LACO_TRY(read_value(p, &item));
        if (json_array_append_new(array, item) < 0)
            return no_memory(p);
        char mark = next_mark(p);
        if (mark != ',' && mark != ']')
            return wrong(p, p->at, "']' or ',' expected");
        p->at++;
        if (mark == ']')
            return LACO_OK;
    }
}

static laco_status read_member(parser *p, json_t *object)
{
    if (next_mark(p) != '"')
        return wrong(p, p->at, "string or '}' expected");
    const char *begin = p->at;
    json_t *value = NULL;
    LACO_TRY(read_string(p));
    if (strlen(p->token) != p->length)
        return wrong(p, begin, "a NUL in a key");
    if (json_object_get(object, p->token))
        return wrong(p, begin, "duplicate object key");
    char *key = laco_copy_string(p->ctx, p->token);
    if (!key)
        return LACO_NO_MEMORY;
    laco_status status = next_mark(p) == ':' ? LACO_OK : wrong(p, p->at, "':' expected");
    p->at++;
    if (status == LACO_OK)
        status = read_value(p, &value);
    if (status == LACO_OK && json_object_set_new_nocheck(object, key, value) < 0)
        status = no_memory(p);
    laco_release(p->ctx, key);
    return status;
}

static laco_status read_members(parser *p, json_t *object)
{
    p->at++;
    if (next_mark(p) == '}') {
        p->at++;
        return LACO_OK;
    }
    for (;;) {
        LACO_TRY(read_member(p, object));
        char mark = next_mark(p);
        if (mark != ',' && mark != '}')
            return wrong(p, p->at, "'}' or ',' expected");
        p->at++;
        if (mark == '}')
            return LACO_OK;
    }
}

static laco_status read_inside(parser *p, bool object, json_t **out)
{
    if (p->depth == LACO_JSON_DEPTH)
        return wrong(p, p->at, "values within each other too deeply");
    json_t *value = object ? json_object() : json_array();
    if (!value)
        return no_memory(p);
    p->depth++;
    laco_status status = object ? read_members(p, value) : read_items(p, value);
    p->depth--;
    if (status < 0)
        json_decref(value);
    else
        *out = value;
    return status;
}

static laco_status read_word(parser *p, json_t **out)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(p->end - p->at) < length || memcmp(p->at, words[i], length) != 0)
            continue;
        p->at += length;
        *out = i == 0 ? json_true() : i == 1 ? json_false() : json_null();
        return LACO_OK;
    }
    return wrong(p, p->at, "no value");
}

static laco_status read_value(parser *p, json_t **out)
{
    char mark = next_mark(p);
    if (mark == '{' || mark == '[')
        return read_inside(p, mark == '{', out);
    if (mark == '"')
        return read_text(p, out);
    if (mark == '-' || (mark >= '0' && mark <= '9'))
        return read_number(p, out);
    return read_word(p, out);
}

static laco_status read_all(parser *p, json_t **out)
{
    size_t valid = laco_utf8_length(p->text, (size_t)(p->end - p->text));
    if (p->text + valid < p->end)
        return wrong(p, p->text + valid, "a byte that is not UTF-8");
    char mark = next_mark(p);
    if (mark != '{' && mark != '[' && !(p->flags & JSON_DECODE_ANY))
        return wrong(p, p->at, "'[' or '{' expected");
    json_t *value;
    LACO_TRY(read_value(p, &value));
    next_mark(p);
    if (p->at < p->end) {
        json_decref(value);
        return wrong(p, p->at, "end of file expected");
    }
    *out = value;
    return LACO_OK;
}

laco_status laco_json_read(laco_context *ctx, const char *text, size_t size, size_t flags, json_t **out, laco_json_fault *fault)
{
    parser p = {.ctx = ctx, .text = text, .at = text, .end = text + size, .flags = flags, .fault = fault};
    laco_locale locale;
    LACO_TRY(laco_locale_begin(ctx, &locale)); /* of strtod */
    laco_status status = read_all(&p, out);
    laco_locale_end(&locale);
    laco_release(ctx, p.token);
    return status;
}
