/* The normal form of text as training read it: composed (NFC of Unicode), in lower case and without accents where asked. */
#pragma once
#include "export/c/vocabulary.c"

enum {
    RT_CHARS,
    RT_WORDS,
    RT_BYTES,
    RT_SPACED,
    RT_LETTERS_OF
}; /* tokens: code points, words, bytes, what stands between spaces,
                                                                    code points and the letters of Hangul's syllables */

/* Tables of Unicode, sorted, as far as the model's answers depend on them. */
typedef struct rt_text {
    int32_t tokens, lines, fold; /* lines: of words; a line end is a token, and <unk> between spaces is id 0 */
    int32_t map_count, pair_count, high_count, class_count, kind_count;
    const int32_t *map;  /* [map_count][2]: a code point, and the one that it becomes, or -1 - its place in `many` */
    const int32_t *many; /* how many it becomes, and these */
    const uint16_t *pairs,
        *high;              /* [pair_count][3], [high_count][3]: two code points, and the one that they are; high: above 65536 */
    const int32_t *classes; /* [class_count]: 256 times a code point, and the combining class from there on */
    const int32_t *kinds;   /* [kind_count]: 8 times a code point, and the kind from there on */
} rt_text;

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

/* The combining class of a code point: 0 of what begins a letter, above 0 of marks on it. */
RT_FUNCTION int32_t rt_class(const rt_text *text, int32_t point)
{
    int32_t row = point < 0x300 ? -1 : rt_find_row(text->classes, text->class_count, 1, point * 256 + 255);
    return row < 0 ? 0 : text->classes[row] & 255;
}

/* The one that two code points are together; 0: they stay two. */
RT_FUNCTION int32_t rt_join(const rt_text *text, int32_t first, int32_t second)
{
    const uint16_t *table = first < 0x10000 ? text->pairs : text->high;
    int32_t low = 0, high = first < 0x10000 ? text->pair_count : text->high_count, middle, way;
    if (first >= 0x1100 && first < 0x1113 && second >= 0x1161 && second < 0x1176) /* Hangul is reckoned */
        return 0xac00 + ((first - 0x1100) * 21 + second - 0x1161) * 28;
    if (first >= 0xac00 && first < 0xd7a4 && (first - 0xac00) % 28 == 0 && second > 0x11a7 && second < 0x11c3)
        return first + second - 0x11a7;
    if (second < 0x300 || first / 0x10000 != second / 0x10000)
        return 0;
    while (low < high) {
        middle = (low + high) / 2;
        way = table[3 * middle] - first % 0x10000;
        if (way == 0)
            way = table[3 * middle + 1] - second % 0x10000;
        if (way == 0)
            return first / 0x10000 * 0x10000 + table[3 * middle + 2];
        if (way < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* The first of the two that a code point is made of, and the other; 0: it is not. */
RT_FUNCTION int32_t rt_part(const rt_text *text, int32_t point, int32_t *second)
{
    const uint16_t *table = point < 0x10000 ? text->pairs : text->high;
    int32_t rows = point < 0x10000 ? text->pair_count : text->high_count, plane = point / 0x10000 * 0x10000, row;
    for (row = 0; row < rows; row++)
        if (table[3 * row + 2] == point - plane) {
            *second = plane + table[3 * row + 1];
            return plane + table[3 * row];
        }
    return 0;
}

/* Puts the marks behind the letter at `at` into their order and joins them with it; behind `count` there is room for three more.
 * Returns how many code points there are then. */
RT_FUNCTION int32_t rt_join_marks(const rt_text *text, int32_t *points, int32_t at, int32_t count)
{
    int32_t letter, first, second, last = 0, to, k, i;
    if (count - at < 2)
        return count;
    letter = rt_class(text, points[at]) == 0;
    while (letter && (first = rt_part(text, points[at], &second)) != 0 && rt_class(text, second) > 0) {
        for (k = count++; k > at + 1; k--)
            points[k] = points[k - 1];
        points[at] = first;
        points[at + 1] = second;
    }
    for (k = at + letter + 1; k < count; k++) {
        int32_t mark = points[k], order = rt_class(text, mark);
        for (i = k; i > at + letter && rt_class(text, points[i - 1]) > order; i--)
            points[i] = points[i - 1];
        points[i] = mark;
    }
    for (k = to = at + letter; k < count; k++) {
        int32_t order = rt_class(text, points[k]), joined = letter && order > last ? rt_join(text, points[at], points[k]) : 0;
        if (joined)
            points[at] = joined;
        else {
            points[to++] = points[k];
            last = order;
        }
    }
    return to;
}

/* The normal form of a text, at most `most` code points, with room for three more. Returns how many there are, or -1: the text is
 * not UTF-8, or has more. */
RT_FUNCTION int32_t rt_normalise(const rt_text *text, const char *bytes, int32_t most, int32_t *points)
{
    const uint8_t *at = (const uint8_t *)bytes;
    int32_t count = 0, start = 0, size, k;
    for (; *at; at += size) {
        int32_t point = rt_decode(at, &size), row = rt_find_row(text->map, text->map_count, 2, point), n = 1;
        const int32_t *list = &point;
        if (size == 0)
            return -1;
        if (row >= 0 && text->map[row * 2] == point) {
            list = text->map + row * 2 + 1;
            if (*list < 0) {
                list = text->many - 1 - *list;
                n = *list++;
            }
        }
        for (k = 0; k < n; k++) {
            int32_t order = rt_class(text, list[k]), joined = 0;
            if (text->fold && (order == 1 || order >= 200))
                continue;
            if (order == 0) {
                count = rt_join_marks(text, points, start, count);
                joined = count - start == 1 ? rt_join(text, points[start], list[k]) : 0;
                if (joined)
                    points[start] = joined;
                else
                    start = count;
            }
            if (!joined && count >= most)
                return -1;
            if (!joined)
                points[count++] = list[k];
        }
    }
    return rt_join_marks(text, points, start, count);
}
