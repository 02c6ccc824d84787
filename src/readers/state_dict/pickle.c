#include "state_dict/pickle.h"

#include <stdio.h>
#include <string.h>

void laco_pickle_say(laco_pickle *pickle, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    laco_set_error(pickle->ctx, "%s: data.pkl, byte %zu: %s", pickle->name, pickle->op, text);
}

/* ---- Stack, lists, bytes ------------------------------------------------------------------------------------------------ */

/* Room for one more of `size` bytes in a growing block. */
static laco_status grow(laco_pickle *p, void **block, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return LACO_OK;
    size_t more = *room ? 2 * *room : 64;
    void *grown = laco_resize(p->ctx, *block, more, size);
    if (!grown)
        return LACO_NO_MEMORY;
    *block = grown;
    *room = more;
    return LACO_OK;
}

static laco_status push(laco_pickle *p, laco_pickled value)
{
    LACO_TRY(grow(p, (void **)&p->stack, p->count, &p->room, sizeof *p->stack));
    p->stack[p->count++] = value;
    return LACO_OK;
}

/* `count` values on top of the stack, above the last mark. */
static laco_status top(laco_pickle *p, size_t count, laco_pickled **out)
{
    size_t floor = p->mark_count > 0 ? p->marks[p->mark_count - 1] : 0;
    if (p->count - floor < count)
        return laco_pickle_wrong(p, "the stack is empty");
    *out = p->stack + p->count - count;
    return LACO_OK;
}

/* The values above the last mark, which is taken away with them; they stand until the next push. */
static laco_status above_mark(laco_pickle *p, laco_pickled **out, size_t *count)
{
    if (p->mark_count == 0)
        return laco_pickle_wrong(p, "no mark on the stack");
    size_t from = p->marks[--p->mark_count];
    *out = p->stack ? p->stack + from : NULL; /* nothing was pushed yet */
    *count = p->count - from;
    p->count = from;
    return LACO_OK;
}

laco_pickled_list *laco_pickle_list(laco_pickle *p)
{
    laco_pickled_list *list = laco_arena_zeroed(&p->arena, 1, sizeof *list);
    if (list) {
        list->next = p->lists;
        p->lists = list;
    }
    return list;
}

laco_status laco_pickle_append(laco_pickle *p, laco_pickled_list *list, const laco_pickled *items, size_t count)
{
    size_t needed = list->count + count;
    if (needed > list->room) {
        size_t room = LACO_MAX(needed, 2 * list->room);
        laco_pickled *grown = laco_resize(p->ctx, list->items, room, sizeof *grown);
        if (!grown)
            return LACO_NO_MEMORY;
        list->items = grown;
        list->room = room;
    }
    if (count > 0 && items)
        memcpy(list->items + list->count, items, count * sizeof *items);
    list->count = needed;
    return LACO_OK;
}

static laco_status take(laco_pickle *p, size_t count, const char **out)
{
    if (p->size - p->at < count)
        return laco_pickle_wrong(p, "cut short");
    *out = p->bytes + p->at;
    p->at += count;
    return LACO_OK;
}

/* An unsigned number of `size` bytes, little-endian. */
static laco_status take_number(laco_pickle *p, size_t size, uint64_t *out)
{
    const char *bytes;
    LACO_TRY(take(p, size, &bytes));
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    return LACO_OK;
}

/* A line, without its end. */
static laco_status take_line(laco_pickle *p, const char **out, size_t *length)
{
    const char *from = p->bytes + p->at, *end = memchr(from, '\n', p->size - p->at);
    if (!end)
        return laco_pickle_wrong(p, "cut short");
    *out = from;
    *length = (size_t)(end - from);
    p->at += *length + 1;
    return LACO_OK;
}

/* ---- Operations: each takes its code ------------------------------------------------------------------------------------ */

static laco_status op_protocol(laco_pickle *p, unsigned char code)
{
    uint64_t protocol;
    (void)code;
    LACO_TRY(take_number(p, 1, &protocol));
    return protocol >= 2 && protocol <= 5 ? LACO_OK : laco_pickle_wrong(p, "protocol %d; 2 to 5 are right", (int)protocol);
}

static laco_status op_frame(laco_pickle *p, unsigned char code)
{
    uint64_t length;
    (void)code;
    return take_number(p, 8, &length);
}

static laco_status op_mark(laco_pickle *p, unsigned char code)
{
    (void)code;
    LACO_TRY(grow(p, (void **)&p->marks, p->mark_count, &p->mark_room, sizeof *p->marks));
    p->marks[p->mark_count++] = p->count;
    return LACO_OK;
}

static laco_status op_constant(laco_pickle *p, unsigned char code)
{
    if (code == 'N')
        return push(p, (laco_pickled){.kind = LACO_PICKLED_NONE});
    return push(p, (laco_pickled){.kind = LACO_PICKLED_INTEGER, .integer = code == 0x88});
}

/* BININT, BININT1, BININT2; LONG1 of up to 8 bytes. */
static laco_status op_integer(laco_pickle *p, unsigned char code)
{
    uint64_t bits, size = code == 'J' ? 4 : code == 'K' ? 1 : 2;
    if (code == 0x8a) {
        LACO_TRY(take_number(p, 1, &size));
        if (size > 8)
            return laco_pickle_wrong(p, "a number of %d bytes; 8 are enough", (int)size);
    }
    LACO_TRY(take_number(p, (size_t)size, &bits));
    bool negative = (code == 'J' || code == 0x8a) && size > 0 && bits >> (8 * size - 1) & 1;
    if (negative && size < 8)
        bits |= ~(uint64_t)0 << 8 * size;
    return push(p, (laco_pickled){.kind = LACO_PICKLED_INTEGER, .integer = (int64_t)bits});
}

static laco_status op_real(laco_pickle *p, unsigned char code)
{
    const char *bytes;
    uint64_t bits = 0;
    double real;
    (void)code;
    LACO_TRY(take(p, 8, &bytes));
    for (int i = 0; i < 8; i++) /* the one number that is big-endian */
        bits = bits << 8 | (unsigned char)bytes[i];
    memcpy(&real, &bits, sizeof real);
    return push(p, (laco_pickled){.kind = LACO_PICKLED_REAL, .real = real});
}

/* Unicode and bytes, with a length of 1, 4 or 8 bytes. */
static laco_status op_text(laco_pickle *p, unsigned char code)
{
    bool brief = code == 'U' || code == 'C' || code == 0x8c, wide = code == 0x8d || code == 0x8e;
    uint64_t length;
    const char *text;
    LACO_TRY(take_number(p, brief ? 1 : wide ? 8 : 4, &length));
    if (length > p->size)
        return laco_pickle_wrong(p, "cut short");
    LACO_TRY(take(p, (size_t)length, &text));
    return push(p, (laco_pickled){.kind = LACO_PICKLED_TEXT, .length = (uint32_t)length, .text = text});
}

/* EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE. */
static laco_status op_empty(laco_pickle *p, unsigned char code)
{
    laco_pickled_list *list = laco_pickle_list(p);
    return list ? push(p, (laco_pickled){.kind = code == '}' ? LACO_PICKLED_DICT : LACO_PICKLED_LIST, .list = list})
                : LACO_NO_MEMORY;
}

/* TUPLE, LIST, DICT of what is above the mark; TUPLE1, TUPLE2, TUPLE3. */
static laco_status op_collect(laco_pickle *p, unsigned char code)
{
    laco_pickled *items;
    size_t count = code >= 0x85 ? code - 0x84u : 0;
    if (count > 0) {
        LACO_TRY(top(p, count, &items));
        p->count -= count;
    } else {
        LACO_TRY(above_mark(p, &items, &count));
    }
    if (code == 'd' && count % 2 != 0)
        return laco_pickle_wrong(p, "a key without a value");
    laco_pickled_list *list = laco_pickle_list(p);
    if (!list)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_pickle_append(p, list, items, count));
    return push(p, (laco_pickled){.kind = code == 'd' ? LACO_PICKLED_DICT : LACO_PICKLED_LIST, .list = list});
}

/* SETITEM, SETITEMS, APPEND, APPENDS: into what is below. */
static laco_status op_add(laco_pickle *p, unsigned char code)
{
    bool pairs = code == 's' || code == 'u';
    laco_pickled *items, *into;
    size_t count = pairs ? 2 : 1;
    if (code == 's' || code == 'a') {
        LACO_TRY(top(p, count, &items));
        p->count -= count;
    } else {
        LACO_TRY(above_mark(p, &items, &count));
    }
    LACO_TRY(top(p, 1, &into));
    if (into->kind != (pairs ? LACO_PICKLED_DICT : LACO_PICKLED_LIST) || (pairs && count % 2 != 0))
        return laco_pickle_wrong(p, "items for what is no %s", pairs ? "dictionary" : "list");
    return laco_pickle_append(p, into->list, items, count);
}

static laco_status op_put(laco_pickle *p, unsigned char code)
{
    laco_pickled *value;
    uint64_t place = p->memo_count;
    if (code != 0x94)
        LACO_TRY(take_number(p, code == 'q' ? 1 : 4, &place));
    LACO_TRY(top(p, 1, &value));
    if (place > p->memo_count)
        return laco_pickle_wrong(p, "value %llu is kept before value %zu", (unsigned long long)place, p->memo_count);
    LACO_TRY(grow(p, (void **)&p->memo, p->memo_count, &p->memo_room, sizeof *p->memo));
    p->memo[place] = *value;
    p->memo_count += place == p->memo_count;
    return LACO_OK;
}

static laco_status op_get(laco_pickle *p, unsigned char code)
{
    uint64_t place;
    LACO_TRY(take_number(p, code == 'h' ? 1 : 4, &place));
    if (place >= p->memo_count)
        return laco_pickle_wrong(p, "value %llu was not kept", (unsigned long long)place);
    return push(p, p->memo[place]);
}

/* GLOBAL: two lines; STACK_GLOBAL: two texts. */
static laco_status op_name(laco_pickle *p, unsigned char code)
{
    const char *module, *name;
    size_t module_length, name_length;
    laco_pickled *texts, found;
    if (code == 'c') {
        LACO_TRY(take_line(p, &module, &module_length));
        LACO_TRY(take_line(p, &name, &name_length));
        LACO_TRY(laco_pickle_find(p, module, module_length, name, name_length, &found));
        return push(p, found);
    }
    LACO_TRY(top(p, 2, &texts));
    if (texts[0].kind != LACO_PICKLED_TEXT || texts[1].kind != LACO_PICKLED_TEXT)
        return laco_pickle_wrong(p, "a name that is no text");
    LACO_TRY(laco_pickle_find(p, texts[0].text, texts[0].length, texts[1].text, texts[1].length, &found));
    p->count -= 2;
    return push(p, found);
}

/* REDUCE, and BINPERSID. */
static laco_status op_call(laco_pickle *p, unsigned char code)
{
    laco_pickled *operands, result;
    size_t count = code == 'R' ? 2 : 1;
    LACO_TRY(top(p, count, &operands));
    LACO_TRY(code == 'R' ? laco_pickle_call(p, &operands[0], &operands[1], &result) : laco_pickle_storage(p, operands, &result));
    p->count -= count;
    return push(p, result);
}

/* BUILD: attributes of what is below, as an OrderedDict's _metadata; they play no part. */
static laco_status op_build(laco_pickle *p, unsigned char code)
{
    laco_pickled *operands;
    (void)code;
    LACO_TRY(top(p, 2, &operands));
    if (operands[0].kind != LACO_PICKLED_DICT && operands[0].kind != LACO_PICKLED_TENSOR)
        return laco_pickle_wrong(p, "attributes of something that has none");
    p->count--;
    return LACO_OK;
}

typedef laco_status (*operation)(laco_pickle *p, unsigned char code);

/* By code; what is not here is not read. */
static const operation operations[256] = {
    [0x80] = op_protocol, [0x95] = op_frame,   ['('] = op_mark,     ['N'] = op_constant, [0x88] = op_constant,
    [0x89] = op_constant, ['J'] = op_integer,  ['K'] = op_integer,  ['M'] = op_integer,  [0x8a] = op_integer,
    ['G'] = op_real,      ['X'] = op_text,     ['U'] = op_text,     ['T'] = op_text,     ['B'] = op_text,
    ['C'] = op_text,      [0x8c] = op_text,    [0x8d] = op_text,    [0x8e] = op_text,    ['}'] = op_empty,
    [']'] = op_empty,     [')'] = op_empty,    ['t'] = op_collect,  ['l'] = op_collect,  ['d'] = op_collect,
    [0x85] = op_collect,  [0x86] = op_collect, [0x87] = op_collect, ['s'] = op_add,      ['u'] = op_add,
    ['a'] = op_add,       ['e'] = op_add,      ['q'] = op_put,      ['r'] = op_put,      [0x94] = op_put,
    ['h'] = op_get,       ['j'] = op_get,      ['c'] = op_name,     [0x93] = op_name,    ['R'] = op_call,
    ['Q'] = op_call,      ['b'] = op_build,
};

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

static laco_status run(laco_pickle *p, laco_pickled *out)
{
    const char *code;
    for (;;) {
        p->op = p->at;
        LACO_TRY(take(p, 1, &code));
        if (*code == '.')
            break;
        operation known = operations[(unsigned char)*code];
        if (!known)
            return laco_pickle_wrong(p, "operation 0x%02x, which no state_dict needs", (unsigned char)*code);
        LACO_TRY(known(p, (unsigned char)*code));
    }
    if (p->count != 1 || p->mark_count != 0)
        return laco_pickle_wrong(p, "ends with %zu values on the stack", p->count);
    *out = p->stack[0];
    return LACO_OK;
}

laco_status laco_pickle_read(laco_pickle *pickle, laco_context *ctx, const char *name, const char *bytes, size_t size,
                             laco_pickled *out)
{
    *pickle = (laco_pickle){.ctx = ctx, .name = name, .bytes = bytes, .size = size};
    laco_arena_init(&pickle->arena, ctx);
    if (size > LACO_PICKLE_MAX)
        return laco_fail(ctx, LACO_FORMAT, "%s: data.pkl has %zu bytes; up to %zu are read", name, size, LACO_PICKLE_MAX);
    return run(pickle, out);
}

void laco_pickle_close(laco_pickle *pickle)
{
    for (laco_pickled_list *list = pickle->lists; list; list = list->next)
        laco_release(pickle->ctx, list->items);
    laco_release(pickle->ctx, pickle->stack);
    laco_release(pickle->ctx, pickle->memo);
    laco_release(pickle->ctx, pickle->marks);
    laco_arena_free(&pickle->arena);
    *pickle = (laco_pickle){0};
}
