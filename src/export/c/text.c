/* Text as training read it: in normal form, cut into tokens, each an id. */
#pragma once
#include "export/c/vocabulary.c"

enum { RT_CHARS, RT_WORDS, RT_BYTES, RT_SPACED }; /* tokens: code points, words, bytes, what stands between spaces */

/* The normal form, as far as the vocabulary can tell it: what each code point becomes, which two are one, and (of words) kinds.
 */
typedef struct rt_text {
    int32_t tokens, lines; /* lines: of words; a line end is a token, and <unk> between spaces is id 0 */
    int32_t map_count, pair_count, kind_count;
    const int32_t *map;   /* [map_count][5]: a code point, how many it becomes, and these */
    const int32_t *pairs; /* [pair_count][3]: two, and the one that they are */
    const int32_t *kinds; /* [kind_count][2]: from this code point on the kind is … */
} rt_text;

enum { RT_SPACE, RT_LETTER, RT_MARK, RT_JOINER, RT_ALONE };

/* The last row whose first column is at most `key`; -1: none. `width`: columns of a row. */
RT_FUNCTION int32_t rt_find_row(const int32_t *table, int32_t rows, int32_t width, int32_t key)
{
    int32_t low = 0, high = rows;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (table[middle * width] <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

/* The code point at the front of a text that ends in a zero, and its bytes; 0 bytes: this is not UTF-8. */
RT_FUNCTION int32_t rt_decode(const uint8_t *at, int32_t *bytes)
{
    int32_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0, k;
    int32_t point = size < 2 ? at[0] : at[0] & (0x7f >> size);
    for (k = 1; k < size; k++) {
        if ((at[k] & 0xc0) != 0x80)
            size = 0;
        else
            point = point * 64 + (at[k] & 0x3f);
    }
    if ((size == 3 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) ||
        (size == 4 && (point < 0x10000 || point > 0x10ffff)))
        size = 0;
    *bytes = size;
    return point;
}

RT_FUNCTION int32_t rt_encode_point(int32_t point, uint8_t *out)
{
    int32_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4, k;
    for (k = size - 1; k > 0; k--, point /= 64)
        out[k] = (uint8_t)(0x80 | (point & 0x3f));
    out[0] = (uint8_t)(size == 1 ? point : (0xf00 >> size & 0xff) | point);
    return size;
}

/* Puts a code point behind `count` others, or makes one of it and the last. */
RT_FUNCTION int32_t rt_compose(const rt_text *text, int32_t *points, int32_t count, int32_t point)
{
    int32_t row = count > 0 ? rt_find_row(text->pairs, text->pair_count, 3, points[count - 1]) : -1;
    for (; row >= 0 && text->pairs[row * 3] == points[count - 1]; row--)
        if (text->pairs[row * 3 + 1] == point) {
            points[count - 1] = text->pairs[row * 3 + 2];
            return count;
        }
    points[count] = point;
    return count + 1;
}

/* The normal form of a text, at most `most` code points, with room for three more. Returns how many there are, or -1: the text is
 * not UTF-8, or has more. */
RT_FUNCTION int32_t rt_normalise(const rt_text *text, const char *bytes, int32_t most, int32_t *points)
{
    const uint8_t *at = (const uint8_t *)bytes;
    int32_t count = 0, size, k;
    for (; *at; at += size) {
        int32_t point = rt_decode(at, &size), row = rt_find_row(text->map, text->map_count, 5, point);
        if (size == 0 || count > most)
            return -1;
        if (row < 0 || text->map[row * 5] != point)
            count = rt_compose(text, points, count, point);
        else
            for (k = 0; k < text->map[row * 5 + 1]; k++)
                count = rt_compose(text, points, count, text->map[row * 5 + 2 + k]);
    }
    return count > most ? -1 : count;
}

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
    return text->kinds[rt_find_row(text->kinds, text->kind_count, 2, point) * 2 + 1];
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

/* The ids of a text, at most `most`, with room for three more. Returns how many, or -1: the text is not UTF-8, or has more. */
RT_FUNCTION int32_t rt_encode(const rt_text *text, const rt_vocabulary *v, const char *bytes, int32_t most, int32_t *ids)
{
    int32_t count, k;
    if (text->tokens == RT_BYTES) {
        for (count = 0; bytes[count]; count++) {
            int32_t byte = (uint8_t)bytes[count];
            if (count == most)
                return -1;
            ids[count] = rt_points_id(v, &byte, 1);
        }
        return count;
    }
    count = rt_normalise(text, bytes, most, ids);
    if (count < 0)
        return -1;
    if (text->tokens != RT_CHARS)
        return rt_words(text, v, ids, count, ids);
    for (k = 0; k < count; k++)
        ids[k] = rt_points_id(v, ids + k, 1);
    return count;
}
