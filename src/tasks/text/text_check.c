/* Is a file text, in UTF-8, and if not what is it? */
#include "base/content.h"
#include "text/text.h"

#include <string.h>

/* Line and byte within the line of an offset, both from 1. */
static size_t locate(const char *bytes, size_t offset, size_t *byte)
{
    size_t line = 1, start = 0;
    for (const char *newline; (newline = memchr(bytes + start, '\n', offset - start)); line++)
        start = (size_t)(newline - bytes) + 1;
    *byte = offset - start + 1;
    return line;
}

/* A half of a surrogate pair in three bytes; and two of them, which Java and some databases write for one character. */
static bool is_half(const char *text, size_t size) { return size >= 3 && text[0] == '\xED' && (text[1] & 0xE0) == 0xA0; }

static bool is_pair(const char *text, size_t size)
{
    return size >= 6 && is_half(text, size) && is_half(text + 3, size - 3) && !(text[1] & 0x10) && (text[4] & 0x10);
}

/* What the text may be in place of UTF-8, from its bytes above ASCII: letters with accents stand alone among others; Cyrillic,
 * Greek and the scripts of Asia have such bytes in rows. Where most of them are UTF-8 the file is that, and damaged. */
static const char *right_encoding(const char *text, size_t size, size_t valid)
{
    size_t alone = 0, rows = 0, controls = 0, whole = 0;
    int32_t point;
    if (is_half(text + valid, size - valid))
        return is_pair(text + valid, size - valid)
                   ? "a surrogate pair, as CESU-8 writes a character; write it anew: uconv -f CESU-8 -t UTF-8 (of icu-devtools)"
                   : "half of a surrogate pair, which is no character; leave such out: iconv -c -f UTF-8 -t UTF-8";
    for (size_t i = 0, step; i < size; i += LACO_MAX(step, (size_t)1)) {
        bool high = (signed char)text[i] < 0;
        step = high ? laco_utf8_point(text + i, size - i, &point) : 1;
        if (!high)
            continue;
        whole += step > 0;
        bool beside = (i > 0 && (signed char)text[i - 1] < 0) || (i + 1 < size && (signed char)text[i + 1] < 0);
        alone += step == 0 && !beside;
        rows += step == 0 && beside;
        controls += step == 0 && (unsigned char)text[i] < 0xA0;
    }
    if (valid > 0 && whole > 4 * (alone + rows))
        return "the rest of the text is, so it is damaged here; leave out what is none: iconv -c -f UTF-8 -t UTF-8";
    if (rows == 0 && 2 * whole >= alone && whole > 0)
        return "other parts of the text are, as where files were joined: convert those that are not first, as iconv -f "
               "WINDOWS-1252 -t UTF-8";
    if (rows > 2 * alone + 2)
        return "convert the file from its encoding: iconv -f WINDOWS-1251 -t UTF-8 (Cyrillic; Chinese GB18030, Japanese "
               "SHIFT_JIS)";
    return controls > 0 ? "convert the file, if it is Windows-1252: iconv -f WINDOWS-1252 -t UTF-8"
                        : "convert the file, if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8";
}

/* A byte order mark at the front of a line below the first; NULL: none. */
static const char *find_inner_mark(const char *text, size_t size)
{
    const char *end = text + size, *at = text;
    while (size >= 3 && (at = memchr(at, '\xEF', (size_t)(end - at)))) {
        if (end - at >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0 && at > text && (at[-1] == '\n' || at[-1] == '\r'))
            return at;
        at++;
    }
    return NULL;
}

laco_status laco_text_check_part(laco_context *ctx, const char *name, size_t line, const char *text, size_t size)
{
    size_t byte, valid = laco_utf8_valid(text, size);
    const char *nul = size > 0 ? memchr(text, 0, valid) : NULL;
    const laco_content *named = nul || valid < size ? laco_content_named(name) : NULL;
    if (named)
        return laco_content_refuse(ctx, name, named, "not UTF-8 text");
    if (nul) {
        line += locate(text, (size_t)(nul - text), &byte) - 1;
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: byte %zu is NUL: this is a binary file where UTF-8 text was expected", name,
                         line, byte);
    }
    if (valid < size) {
        line += locate(text, valid, &byte) - 1;
        return laco_fail(ctx, LACO_FORMAT, "%s:%zu: byte %zu (0x%02X) is not UTF-8; %s", name, line, byte,
                         (unsigned char)text[valid], right_encoding(text, size, valid));
    }
    const char *mark = find_inner_mark(text, size);
    if (mark) {
        line += locate(text, (size_t)(mark - text), &byte) - 1;
        return laco_fail(ctx, LACO_FORMAT,
                         "%s:%zu: a byte order mark stands here, as where files were joined; take it away: sed "
                         "'s/^\\xEF\\xBB\\xBF//' %s",
                         name, line, laco_name_in_command(name));
    }
    return LACO_OK;
}

/* Two bytes a character, without a mark: every other byte of ASCII text is zero. */
static const char *utf16_without_mark(const char *bytes, size_t size)
{
    size_t pairs = LACO_MIN(size, (size_t)64) / 2, odd = 0, even = 0;
    for (size_t i = 0; i < pairs; i++) {
        even += !bytes[2 * i] && bytes[2 * i + 1];
        odd += bytes[2 * i] && !bytes[2 * i + 1];
    }
    return pairs < 4 ? NULL : odd * 4 >= pairs * 3 ? "UTF-16LE" : even * 4 >= pairs * 3 ? "UTF-16BE" : NULL;
}

/* Four bytes a character, without a mark. */
static const char *utf32_without_mark(const char *bytes, size_t size)
{
    size_t fours = LACO_MIN(size, (size_t)64) / 4, little = 0, big = 0;
    for (size_t i = 0; i < fours; i++) {
        little += bytes[4 * i] && !bytes[4 * i + 1] && !bytes[4 * i + 2] && !bytes[4 * i + 3];
        big += !bytes[4 * i] && !bytes[4 * i + 1] && !bytes[4 * i + 2] && bytes[4 * i + 3];
    }
    return fours < 3 ? NULL : little == fours ? "UTF-32LE" : big == fours ? "UTF-32BE" : NULL;
}

/* An encoding of whole bytes more a character that the first bytes tell; NULL: none. */
static const char *wide_encoding(const char *bytes, size_t size)
{
    if (size >= 4 && (memcmp(bytes, "\xFF\xFE\0\0", 4) == 0 || memcmp(bytes, "\0\0\xFE\xFF", 4) == 0))
        return "UTF-32";
    if (size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
        return "UTF-16";
    const char *four = utf32_without_mark(bytes, size);
    return four ? four : utf16_without_mark(bytes, size);
}

laco_status laco_text_check_start(laco_context *ctx, const char *name, const char *bytes, size_t size, size_t *mark)
{
    const laco_content *content = laco_content_find(bytes, size);
    const char *wide = content ? NULL : wide_encoding(bytes, size);
    if (content)
        return laco_content_refuse(ctx, name, content, "not UTF-8 text");
    if (wide)
        return laco_fail(ctx, LACO_FORMAT, "%s:1: byte 1: this is %.6s, not UTF-8; convert it: iconv -f %s -t UTF-8", name, wide,
                         wide);
    *mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return LACO_OK;
}

laco_status laco_text_check(laco_context *ctx, const char *name, const char **bytes, size_t *size)
{
    size_t mark = 0;
    LACO_TRY(laco_text_check_start(ctx, name, *bytes, *size, &mark));
    LACO_TRY(laco_text_check_part(ctx, name, 1, *bytes, *size));
    *bytes += mark;
    *size -= mark;
    return LACO_OK;
}
