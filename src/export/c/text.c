/* Text in normal form, cut into tokens, each an id. */
#pragma once
#include "export/c/normal.c"

enum { RT_SPACE, RT_LETTER, RT_MARK, RT_JOINER, RT_ALONE };

/* The id of the token that these code points are. */
RT_FUNCTION int32_t rt_points_id(const rt_vocabulary *v, const int32_t *points, int32_t count)
{
    uint8_t token[256];
    int32_t bytes = 0, k;
    for (k = 0; k < count && bytes < 252; k++)
        bytes += rt_encode_point(points[k], token + bytes);
    return k < count ? 0 : rt_id(v, token, bytes);
}

RT_FUNCTION int32_t rt_kind(const rt_text *text, int32_t point)
{
    if (text->tokens == RT_SPACED)
        return point == 32 || (point >= 9 && point <= 13) ? RT_SPACE : RT_LETTER;
    return text->kinds[rt_find_row(text->kinds, text->kind_count, 1, point * 8 + 7)] & 7;
}

/* The end of a word that begins at `at`. */
RT_FUNCTION int32_t rt_word_end(const rt_text *text, const int32_t *points, int32_t count, int32_t at)
{
    int32_t first = rt_kind(text, points[at]), word = first == RT_LETTER || first == RT_MARK;
    for (at++; at < count; at++) {
        int32_t kind = rt_kind(text, points[at]);
        int32_t inside = kind == RT_JOINER && at + 1 < count && rt_kind(text, points[at + 1]) == RT_LETTER;
        if (kind != RT_MARK && !(word && (kind == RT_LETTER || inside)))
            break;
    }
    return at;
}

RT_FUNCTION int32_t rt_is_unknown(const int32_t *points, int32_t count, int32_t at)
{
    static const int32_t name[5] = {60, 117, 110, 107, 62};
    int32_t before = at == 0 || points[at - 1] == 32 || points[at - 1] == 10;
    int32_t after = at + 5 == count || (at + 5 < count && (points[at + 5] == 32 || points[at + 5] == 10));
    return before && after && memcmp(points + at, name, sizeof name) == 0;
}

/* The ids of the words among code points, which may lie at the same place. Returns how many. */
RT_FUNCTION int32_t rt_words(const rt_text *text, const rt_vocabulary *v, const int32_t *points, int32_t count, int32_t *ids)
{
    int32_t at = 0, found = 0, end;
    for (; at < count; at = end) {
        end = at + 1;
        if (text->lines && points[at] == 10)
            ids[found++] = rt_points_id(v, points + at, 1);
        else if (text->lines && rt_is_unknown(points, count, at)) {
            end = at + 5;
            ids[found++] = 0;
        } else if (rt_kind(text, points[at]) != RT_SPACE) {
            end = rt_word_end(text, points, count, at);
            ids[found++] = rt_points_id(v, points + at, end - at);
        }
    }
    return found;
}

/* Most tokens that a text of so many bytes has. */
RT_FUNCTION int32_t rt_most_tokens(const rt_text *text, int32_t bytes) { return text->tokens == RT_BYTES ? 3 * bytes : bytes; }

/* The parts of a code point that are tokens of their own: its bytes, or the letters of a syllable of Hangul. */
RT_FUNCTION int32_t rt_parts(const rt_text *text, int32_t point, int32_t parts[4])
{
    uint8_t bytes[4];
    int32_t count, k, syllable = point - 0xac00;
    if (text->tokens == RT_BYTES) {
        count = rt_encode_point(point, bytes);
        for (k = 0; k < count; k++)
            parts[k] = bytes[k];
        return count;
    }
    parts[0] = point;
    if (text->tokens != RT_LETTERS_OF || syllable < 0 || syllable >= 11172)
        return 1;
    parts[0] = 0x1100 + syllable / 588;
    parts[1] = 0x1161 + syllable % 588 / 28;
    parts[2] = 0x11a7 + syllable % 28;
    return syllable % 28 > 0 ? 3 : 2;
}

/* Code points into their parts, where they lie. Returns how many there are, or -1: more than `most`. */
RT_FUNCTION int32_t rt_take_apart(const rt_text *text, int32_t *points, int32_t count, int32_t most)
{
    int32_t parts[4], all = 0, to, k, n;
    for (k = 0; k < count; k++)
        all += rt_parts(text, points[k], parts);
    if (all > most)
        return -1;
    for (to = all, k = count - 1; k >= 0; k--)
        for (n = rt_parts(text, points[k], parts); n > 0;)
            points[--to] = parts[--n];
    return all;
}

/* The ids of a text, at most `most`, with room for three more. Returns how many, or -1: the text is not UTF-8, or has more. */
RT_FUNCTION int32_t rt_encode(const rt_text *text, const rt_vocabulary *v, const char *bytes, int32_t most, int32_t *ids)
{
    int32_t count = rt_normalise(text, bytes, most, ids), k;
    if (count < 0)
        return -1;
    if (text->tokens == RT_WORDS || text->tokens == RT_SPACED)
        return rt_words(text, v, ids, count, ids);
    if (text->tokens != RT_CHARS)
        count = rt_take_apart(text, ids, count, most);
    for (k = 0; k < count; k++)
        ids[k] = rt_points_id(v, ids + k, 1);
    return count;
}
