#include "export/emit.h"

#include "base/grow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *type;
    size_t size;
} kinds[] = {
    [LACO_EMIT_FLOAT] = {"float", 4},     [LACO_EMIT_DOUBLE] = {"double", 8}, [LACO_EMIT_INT32] = {"int32_t", 4},
    [LACO_EMIT_UINT16] = {"uint16_t", 2}, [LACO_EMIT_INT8] = {"int8_t", 1},   [LACO_EMIT_UINT8] = {"uint8_t", 1},
};

void laco_emit_init(laco_emit *emit, laco_context *ctx, const char *prefix, bool image)
{
    *emit = (laco_emit){.ctx = ctx, .prefix = prefix, .image = image};
}

void laco_emit_free(laco_emit *emit)
{
    laco_release(emit->ctx, emit->bytes);
    laco_release(emit->ctx, emit->places);
    laco_release(emit->ctx, emit->pointers);
    laco_emit_init(emit, emit->ctx, emit->prefix, emit->image);
}

static bool make_room(laco_emit *emit, size_t more)
{
    size_t needed;
    if (emit->status == LACO_OK && !laco_add_fits(emit->length, more, &needed))
        emit->status = laco_fail(emit->ctx, LACO_NO_MEMORY, "out of memory: the model is too large to be written");
    if (emit->status == LACO_OK)
        emit->status = laco_grow(emit->ctx, &emit->bytes, &emit->room, emit->length + more, 1);
    return emit->status == LACO_OK;
}

void laco_emit_bytes(laco_emit *emit, const void *bytes, size_t size)
{
    if (size == 0 || !make_room(emit, size))
        return;
    memcpy(emit->bytes + emit->length, bytes, size);
    emit->length += size;
}

void laco_emit_text(laco_emit *emit, const char *format, ...)
{
    va_list list;
    if (emit->image)
        return;
    va_start(list, format);
    int size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (size < 0 || !make_room(emit, (size_t)size + 1))
        return;
    va_start(list, format);
    vsnprintf(emit->bytes + emit->length, (size_t)size + 1, format, list);
    va_end(list);
    emit->length += (size_t)size;
}

/* ---- Images ------------------------------------------------------------------------------------------------------------- */

static void begin_part(laco_emit *emit, const char *name)
{
    static const char zeros[8];
    if (emit->image)
        laco_emit_bytes(emit, zeros, (8 - emit->length % 8) % 8);
    if (emit->status == LACO_OK)
        emit->status = laco_grow(emit->ctx, &emit->places, &emit->place_room, emit->place_count + 1, sizeof *emit->places);
    if (emit->status != LACO_OK)
        return;
    laco_emit_place *place = &emit->places[emit->place_count++];
    snprintf(place->name, sizeof place->name, "%s", name);
    place->offset = emit->length;
    place->one = false;
}

const laco_emit_place *laco_emit_find(const laco_emit *emit, const char *name)
{
    for (size_t i = emit->place_count; name && i-- > 0;)
        if (strcmp(emit->places[i].name, name) == 0)
            return &emit->places[i];
    return NULL;
}

static void put_word(laco_emit *emit, uint32_t value)
{
    const unsigned char bytes[4] = {value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24};
    laco_emit_bytes(emit, bytes, sizeof bytes);
}

/* ---- Arrays ------------------------------------------------------------------------------------------------------------- */

static void put_value(laco_emit *emit, laco_emit_kind kind, const void *values, size_t i)
{
    char text[40];
    if (kind == LACO_EMIT_FLOAT)
        snprintf(text, sizeof text, "%.9g", (double)((const float *)values)[i]);
    else if (kind == LACO_EMIT_DOUBLE)
        snprintf(text, sizeof text, "%.17g", ((const double *)values)[i]);
    else if (kind == LACO_EMIT_INT32)
        snprintf(text, sizeof text, "%d", (int)((const int32_t *)values)[i]);
    else if (kind == LACO_EMIT_UINT16)
        snprintf(text, sizeof text, "%d", ((const uint16_t *)values)[i]);
    else
        snprintf(text, sizeof text, "%d", kind == LACO_EMIT_INT8 ? ((const int8_t *)values)[i] : ((const uint8_t *)values)[i]);
    bool real = kind == LACO_EMIT_FLOAT || kind == LACO_EMIT_DOUBLE;
    laco_emit_text(emit, "%s%s%s,", text, real && !strpbrk(text, ".e") ? ".0" : "", kind == LACO_EMIT_FLOAT ? "f" : "");
}

void laco_emit_array(laco_emit *emit, laco_emit_kind kind, const char *name, const void *values, size_t count)
{
    if (count == 0)
        return;
    begin_part(emit, name);
    emit->flash += count * kinds[kind].size;
    if (emit->image) { /* laco runs on machines whose numbers lie as in an image */
        laco_emit_bytes(emit, values, count * kinds[kind].size);
        return;
    }
    laco_emit_text(emit, "%sstatic const %s %s_%s[%zu] = {", kind == LACO_EMIT_FLOAT ? "RT_ALIGNED " : "", kinds[kind].type,
                   emit->prefix, name, count);
    size_t line = kinds[kind].size == 1 ? 32 : 12;
    for (size_t i = 0; i < count && emit->status == LACO_OK; i++) {
        if (i % line == 0)
            laco_emit_text(emit, "\n    ");
        put_value(emit, kind, values, i);
    }
    laco_emit_text(emit, "\n};\n");
}

/* ---- Structs ------------------------------------------------------------------------------------------------------------ */

static void comma(laco_emit *emit)
{
    if (!emit->first)
        laco_emit_text(emit, ", ");
    emit->first = false;
}

void laco_emit_open(laco_emit *emit, const char *type, const char *name, size_t count)
{
    begin_part(emit, name);
    laco_emit_text(emit, "static const %s %s_%s", type, emit->prefix, name);
    if (count > 0)
        laco_emit_text(emit, "[%zu]", count);
    if (count == 0 && emit->status == LACO_OK)
        emit->places[emit->place_count - 1].one = true;
    laco_emit_text(emit, " = {");
    emit->first = true;
}

void laco_emit_close(laco_emit *emit) { laco_emit_text(emit, "};\n"); }

void laco_emit_down(laco_emit *emit)
{
    comma(emit);
    laco_emit_text(emit, "{");
    emit->first = true;
}

void laco_emit_up(laco_emit *emit)
{
    laco_emit_text(emit, "}");
    emit->first = false;
}

void laco_emit_int(laco_emit *emit, int64_t value)
{
    emit->flash += 4;
    comma(emit);
    if (emit->image)
        put_word(emit, (uint32_t)value);
    else
        laco_emit_text(emit, "%lld", (long long)value);
}

void laco_emit_pointer(laco_emit *emit, const char *name)
{
    const laco_emit_place *place = laco_emit_find(emit, name);
    emit->flash += 4;
    comma(emit);
    if (!emit->image && place)
        laco_emit_text(emit, "%s%s_%s", place->one ? "&" : "", emit->prefix, name);
    else if (!emit->image)
        laco_emit_text(emit, "0");
    if (!emit->image)
        return;
    if (place && emit->status == LACO_OK)
        emit->status =
            laco_grow(emit->ctx, &emit->pointers, &emit->pointer_room, emit->pointer_count + 1, sizeof *emit->pointers);
    if (place && emit->status == LACO_OK)
        emit->pointers[emit->pointer_count++] = (int32_t)emit->length;
    put_word(emit, place ? (uint32_t)place->offset : 0);
}
