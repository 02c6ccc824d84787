#include "caption/captioned.h"

#include "base/grow.h"
#include "text/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t laco_captioned_count(const laco_captioned *data) { return data->count; }
laco_captioned_kind laco_captioned_get_kind(const laco_captioned *data) { return data->kind; }
int64_t laco_captioned_features(const laco_captioned *data) { return data->features; }
const char *laco_captioned_text(const laco_captioned *data, size_t index) { return data->items[index].caption; }

const laco_real *laco_captioned_values(const laco_captioned *data, size_t index, int64_t *steps)
{
    *steps = (int64_t)data->items[index].steps;
    return data->items[index].values;
}

void laco_captioned_free(laco_captioned *data)
{
    if (!data)
        return;
    laco_arena_free(&data->values);
    laco_arena_free(&data->captions);
    laco_notes_free(&data->notes);
    laco_release(data->ctx, data->items);
    laco_release(data->ctx, data);
}

/* "FILE:LINE", or "FILE" where line is 0. */
typedef struct place {
    char text[300];
} place;

static place place_of(const char *name, size_t line)
{
    place p;
    int shown = laco_text_cut(name, strlen(name), sizeof p.text - 24);
    if (line > 0)
        snprintf(p.text, sizeof p.text, "%.*s:%zu", shown, name, line);
    else
        snprintf(p.text, sizeof p.text, "%.*s", shown, name);
    return p;
}

/* A set in the making may have taken items of a kind before, or config says what they must be. */
static laco_status expect_kind(laco_captioned *data, const char *where, laco_captioned_kind kind)
{
    laco_captioned_kind wanted = data->kind ? data->kind : data->config.kind;
    if (wanted != LACO_CAPTIONED_ANY && wanted != kind)
        return laco_fail(data->ctx, LACO_FORMAT,
                         kind == LACO_CAPTIONED_PICTURES ? "%s: a picture where vectors of numbers are needed"
                                                         : "%s: a vector of numbers where pictures are needed",
                         where);
    return LACO_OK;
}

laco_status laco_captioned_expect(laco_captioned *data, const char *name, size_t line, laco_captioned_kind kind, size_t width,
                                  size_t height)
{
    place where = place_of(name, line);
    size_t features = (size_t)(data->kind ? data->features : data->config.features), numbers = (size_t)data->config.numbers;
    LACO_TRY(expect_kind(data, where.text, kind));
    if (height > INT32_MAX || width > INT32_MAX)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: is larger than laco reads", where.text);
    if (kind == LACO_CAPTIONED_VECTORS && numbers > 0 && numbers != width)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: a vector of %zu numbers; %zu are needed", where.text, width, numbers);
    if (features > 0 && numbers > 0 && (features != height || numbers != width * height))
        return laco_fail(data->ctx, LACO_FORMAT, "%s: a picture of %zu × %zu (width × height); the model needs %zu × %zu",
                         where.text, width, height, numbers / features, features);
    if (features > 0 && features != height)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s: a picture of %zu × %zu (width × height); the height must be %zu, as that of the others", where.text,
                         width, height, features);
    data->kind = kind;
    data->features = (int64_t)height;
    return LACO_OK;
}

laco_status laco_captioned_add(laco_captioned *data, const laco_real *values, size_t steps)
{
    LACO_TRY(laco_grow(data->ctx, &data->items, &data->room, data->count + 1, sizeof *data->items));
    data->items[data->count++] = (laco_captioned_item){.values = values, .steps = steps};
    return LACO_OK;
}

laco_status laco_captioned_name(laco_captioned *data, size_t index, const char *name, size_t line, const char *bytes,
                                size_t length)
{
    while (length && laco_text_blank(bytes, 1))
        bytes++, length--;
    while (length && laco_text_blank(bytes + length - 1, 1))
        length--;
    if (length == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: the caption is empty", name, line);
    char *copy = laco_arena_alloc(&data->captions, length + 1, 1);
    if (!copy)
        return LACO_NO_MEMORY;
    memcpy(copy, bytes, length);
    copy[length] = 0;
    data->items[index].caption = copy;
    return LACO_OK;
}

laco_status laco_captioned_begin(laco_context *ctx, const laco_captioned_config *config, laco_captioned **out)
{
    laco_captioned *data = laco_alloc(ctx, 1, sizeof *data);
    if (!data)
        return LACO_NO_MEMORY;
    data->ctx = ctx;
    data->config = config ? *config : (laco_captioned_config){0};
    laco_arena_init(&data->values, ctx);
    laco_arena_init(&data->captions, ctx);
    laco_notes_init(&data->notes, ctx);
    *out = data;
    return LACO_OK;
}

/* ---- From memory ------------------------------------------------------------------------------------------------------- */

static laco_status add_one(laco_captioned *data, const laco_real *values, size_t width, size_t height, const char *caption)
{
    size_t number = data->count + 1;
    laco_real *copy = laco_arena_alloc(&data->values, width, height * sizeof *copy);
    if (!copy)
        return LACO_NO_MEMORY;
    for (size_t x = 0; x < width; x++)
        for (size_t y = 0; y < height; y++)
            if (!isfinite(copy[x * height + y] = values[y * width + x]))
                return laco_fail(data->ctx, LACO_FORMAT, "number %zu of item %zu is not finite", y * width + x + 1, number);
    LACO_TRY(laco_captioned_add(data, copy, width));
    return data->config.uncaptioned ? LACO_OK
                                    : laco_captioned_name(data, number - 1, "the data", number, caption, strlen(caption));
}

laco_status laco_captioned_from_values(laco_context *ctx, const laco_real *values, size_t width, size_t height,
                                       const char *const *captions, size_t count, const laco_captioned_config *config,
                                       laco_captioned **out)
{
    laco_captioned *data;
    laco_captioned_kind kind =
        height > 1 || (config && config->kind == LACO_CAPTIONED_PICTURES) ? LACO_CAPTIONED_PICTURES : LACO_CAPTIONED_VECTORS;
    if (count == 0 || width == 0 || height == 0 || (!captions && !(config && config->uncaptioned)))
        return laco_fail(ctx, LACO_INVALID, "pictures, their sizes and their captions are needed");
    LACO_TRY(laco_captioned_begin(ctx, config, &data));
    laco_status status = laco_captioned_expect(data, "the data", 0, kind, width, height);
    for (size_t i = 0; i < count && status == LACO_OK; i++)
        status = add_one(data, values + i * width * height, width, height, captions ? captions[i] : NULL);
    if (status < 0)
        laco_captioned_free(data);
    else
        *out = data;
    return status;
}
