/* Texts into tokens: code points, words or bytes. */
#include "text/text.h"

#include <string.h>
#include <utf8proc.h>

typedef enum kind { SPACE, LETTER, MARK, JOINER, ALONE } kind;

/* Chinese characters stand without spaces: each is a word, or a whole sentence would be one. */
static bool is_ideograph(int32_t point)
{
    return (point >= 0x3400 && point <= 0x4DBF) || (point >= 0x4E00 && point <= 0x9FFF) || (point >= 0xF900 && point <= 0xFAFF) ||
           (point >= 0x20000 && point <= 0x3FFFF);
}

static kind kind_of(int32_t point)
{
    if (point == '\'' || point == '-' || point == 0x2019 || point == 0x2010 || point == 0x2011)
        return JOINER;
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return is_ideograph(point) ? ALONE : LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return MARK;
    case UTF8PROC_CATEGORY_CF: /* joiners and the soft hyphen stand inside words; the rest is layout */
        return point == 0x200C || point == 0x200D || point == 0xAD ? MARK : SPACE;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
        return SPACE;
    default:
        return ALONE;
    }
}

int laco_text_kind(int32_t point) { return (int)kind_of(point); }

/* The kind of the code point at `at` and its bytes; SPACE and 0 at the end. */
static kind kind_at(const char *at, const char *end, size_t *step)
{
    int32_t point = 0;
    size_t left = (size_t)(end - at);
    utf8proc_ssize_t got = utf8proc_iterate((const utf8proc_uint8_t *)at, (utf8proc_ssize_t)LACO_MIN(left, (size_t)4), &point);
    *step = got > 0 ? (size_t)got : LACO_MIN(left, (size_t)1);
    return got > 0 ? kind_of(point) : SPACE;
}

static const char *skip_marks(const char *at, const char *end)
{
    size_t step;
    while (at < end && kind_at(at, end, &step) == MARK)
        at += step;
    return at;
}

/* The end of a word whose letters and marks are passed up to `at`. */
static const char *word_end(const char *at, const char *end)
{
    for (size_t step, after; at < end; at += step) {
        kind now = kind_at(at, end, &step);
        if (now == JOINER && kind_at(at + step, end, &after) == LETTER)
            continue;
        if (now != LETTER && now != MARK)
            break;
    }
    return at;
}

static bool next_word(laco_text_tokens *tokens, const char **token, size_t *length)
{
    size_t step = 0;
    kind first = SPACE;
    for (; tokens->at < tokens->end && first == SPACE; tokens->at += step)
        first = kind_at(tokens->at, tokens->end, &step);
    if (first == SPACE)
        return false;
    *token = tokens->at - step;
    tokens->at = first == LETTER || first == MARK ? word_end(tokens->at, tokens->end) : skip_marks(tokens->at, tokens->end);
    *length = (size_t)(tokens->at - *token);
    return true;
}

bool laco_text_tokens_next(laco_text_tokens *tokens, const char **token, size_t *length)
{
    if (tokens->at >= tokens->end)
        return false;
    if (tokens->level == LACO_TEXT_WORD)
        return next_word(tokens, token, length);
    if (tokens->level == LACO_TEXT_BYTE) {
        unsigned char byte = (unsigned char)*tokens->at++;
        *token = tokens->byte;
        *length = (size_t)utf8proc_encode_char(byte, (utf8proc_uint8_t *)tokens->byte);
        return true;
    }
    *token = tokens->at;
    kind_at(tokens->at, tokens->end, length);
    tokens->at += *length;
    return true;
}

bool laco_text_tokens_settled(const laco_text_tokens *tokens)
{
    size_t step;
    if (tokens->at >= tokens->end)
        return false;
    /* A hyphen is inside a word if a letter follows. */
    return kind_at(tokens->at, tokens->end, &step) != JOINER || tokens->at + step < tokens->end;
}

static laco_status each_plain(laco_text_level level, const char *text, size_t length, laco_token_fn take, void *user)
{
    laco_text_tokens tokens = {.level = level, .at = text, .end = text + length};
    const char *token;
    size_t bytes;
    while (laco_text_tokens_next(&tokens, &token, &bytes))
        LACO_TRY(take(user, token, bytes));
    return LACO_OK;
}

/* The place of "<unk>" with spaces or ends around it, or `length`. */
static size_t find_unknown(const char *text, size_t length)
{
    static const char name[] = "<unk>";
    size_t size = sizeof name - 1;
    for (size_t i = 0; i + size <= length; i++) {
        const char *found = memchr(text + i, '<', length - i);
        if (!found || (i = (size_t)(found - text)) + size > length)
            break;
        bool before = i == 0 || text[i - 1] == ' ', after = i + size == length || text[i + size] == ' ';
        if (before && after && memcmp(found, name, size) == 0)
            return i;
    }
    return length;
}

static laco_status each_word(const char *line, size_t length, laco_token_fn take, void *user)
{
    for (size_t from = 0; from < length;) {
        size_t unknown = find_unknown(line + from, length - from);
        LACO_TRY(each_plain(LACO_TEXT_WORD, line + from, unknown, take, user));
        from += unknown;
        if (from < length) {
            LACO_TRY(take(user, "<unk>", 5));
            from += 5;
        }
    }
    return LACO_OK;
}

laco_status laco_text_tokens_each(laco_text_level level, const char *text, size_t length, laco_token_fn take, void *user)
{
    if (level != LACO_TEXT_WORD)
        return each_plain(level, text, length, take, user);
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length;
        LACO_TRY(each_word(text, line, take, user));
        if (newline)
            LACO_TRY(take(user, "\n", 1));
        line += newline != NULL;
        text += line;
        length -= line;
    }
    return LACO_OK;
}

char laco_token_byte(const char *token, size_t length)
{
    return (char)(length == 1 ? token[0] : (token[0] & 0x03) << 6 | (token[1] & 0x3F));
}
