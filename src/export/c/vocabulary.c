/* Tokens by id, and ids by token; UTF-8. */
#pragma once
#include "export/c/rt.h"

/* The token of id i is text[start[i]] … text[start[i + 1] - 1]; `order`: the ids in the order of their bytes. Id 0 is every token
 * that has no other. */
typedef struct rt_vocabulary {
    int32_t count;
    const uint8_t *text;
    const int32_t *start, *order;
} rt_vocabulary;

RT_FUNCTION int32_t rt_id(const rt_vocabulary *v, const uint8_t *token, int32_t bytes)
{
    int32_t low = 0, high = v->count;
    while (low < high) {
        int32_t middle = (low + high) / 2, id = v->order[middle], size = v->start[id + 1] - v->start[id];
        int way = memcmp(token, v->text + v->start[id], (size_t)(size < bytes ? size : bytes));
        if (way == 0 && size == bytes)
            return id;
        if (way < 0 || (way == 0 && bytes < size))
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

/* Adds bytes to a text that ends in a zero, as far as they fit; returns where it ends then. */
RT_FUNCTION size_t rt_add_text(char *out, size_t room, size_t used, const uint8_t *bytes, size_t count)
{
    if (used + count >= room)
        return used;
    memcpy(out + used, bytes, count);
    out[used + count] = 0;
    return used + count;
}

/* Adds the token of an id. */
RT_FUNCTION size_t rt_add_token(const rt_vocabulary *v, int32_t id, char *out, size_t room, size_t used)
{
    return rt_add_text(out, room, used, v->text + v->start[id], (size_t)(v->start[id + 1] - v->start[id]));
}

/* The text of ids, as letters or as words with a space between. */
RT_FUNCTION void rt_spell(const rt_vocabulary *v, int32_t words, const int32_t *ids, int32_t count, char *out, size_t room)
{
    static const uint8_t space[1] = {32};
    size_t used = 0;
    int32_t i;
    if (room > 0)
        out[0] = 0;
    for (i = 0; i < count; i++) {
        if (words && i > 0)
            used = rt_add_text(out, room, used, space, 1);
        used = rt_add_token(v, ids[i], out, room, used);
    }
}
