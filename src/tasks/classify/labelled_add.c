/* What goes into a labelled set besides texts of a file: sequences of numbers, and data from memory. */
#include "classify/labelled.h"

#include "base/grow.h"

#include <math.h>
#include <string.h>

laco_status laco_labelled_expect(laco_labelled *data, int64_t features)
{
    const char *name = data->sources[data->source_count - 1].name;
    laco_labelled_kind kind = features > 0 ? LACO_LABELLED_NUMBERS : LACO_LABELLED_TEXT;
    laco_labelled_kind wanted = data->kind ? data->kind : data->config.kind;
    int64_t width = data->kind ? data->features : data->config.features;
    if (wanted != LACO_LABELLED_ANY && wanted != kind)
        return laco_fail(data->ctx, LACO_FORMAT,
                         kind == LACO_LABELLED_TEXT ? "%s: holds texts where sequences of numbers are needed"
                                                    : "%s: holds sequences of numbers where texts are needed",
                         name);
    if (features > 0 && width > 0 && width != features)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: has %lld numbers in each step; %lld are needed", name, (long long)features,
                         (long long)width);
    if (features > 0 && (data->config.text_column || data->config.separator))
        return laco_fail(data->ctx, LACO_INVALID,
                         "%s: holds sequences of numbers, each with its label: a column of texts and separators are for texts",
                         name);
    data->kind = kind;
    data->features = features;
    return LACO_OK;
}

laco_real *laco_labelled_room(laco_labelled *data, size_t steps, int64_t features)
{
    size_t count;
    if (laco_mul_fits(steps, (size_t)features, &count))
        return laco_arena_alloc(&data->texts, count, sizeof(laco_real));
    laco_set_error(data->ctx, "out of memory: a sequence of %zu steps of %lld numbers", steps, (long long)features);
    return NULL;
}

laco_status laco_labelled_add_values(laco_labelled *data, size_t line, const char *label, size_t label_length,
                                     const laco_real *values, size_t steps)
{
    int32_t number = -1, source = (int32_t)data->source_count - 1;
    if (label && !data->config.unlabelled)
        LACO_TRY(laco_labelled_number(data, data->sources[source].name, line, label, label_length, &number));
    LACO_TRY(laco_grow(data->ctx, &data->examples, &data->room, data->count + 1, sizeof *data->examples));
    data->examples[data->count++] =
        (laco_example){.values = values, .length = steps, .line = line, .label = number, .source = source};
    return LACO_OK;
}

/* ---- From memory ------------------------------------------------------------------------------------------------------- */

#define NAME "the data" /* of what has no file, in messages */

/* What a set from memory is filled from. */
typedef struct memory {
    const char *const *texts, *const *labels;
    const size_t *lengths;
    const laco_real *values;
    const int64_t *steps;
    int64_t features;
    size_t count;
} memory;

static laco_status add_text(laco_labelled *data, const memory *from, size_t i)
{
    const char *text = from->texts[i], *label = from->labels && from->labels[i] ? from->labels[i] : "";
    size_t length = from->lengths ? from->lengths[i] : strlen(text);
    size_t valid = laco_utf8_valid(text, length);
    if (valid < length)
        return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: byte %zu of the text is not UTF-8", NAME, i + 1, valid + 1);
    char *copy = laco_arena_alloc(&data->texts, LACO_MAX(length, (size_t)1), 1);
    if (!copy)
        return LACO_NO_MEMORY;
    memcpy(copy, text, length);
    return laco_labelled_add(data, i + 1, label, strlen(label), copy, length);
}

static laco_status add_values(laco_labelled *data, const memory *from, size_t i, const laco_real **at)
{
    const char *label = from->labels ? from->labels[i] : NULL;
    if (from->steps[i] < 0)
        return laco_fail(data->ctx, LACO_INVALID, "%s:%zu: a sequence of %lld steps", NAME, i + 1, (long long)from->steps[i]);
    size_t steps = (size_t)from->steps[i], count = steps * (size_t)from->features;
    laco_real *copy = laco_labelled_room(data, steps, from->features);
    if (!copy)
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < count; k++)
        if (!isfinite(copy[k] = (*at)[k]))
            return laco_fail(data->ctx, LACO_FORMAT, "%s:%zu: number %zu is not finite", NAME, i + 1, k + 1);
    *at += count;
    return laco_labelled_add_values(data, i + 1, label ? label : "", label ? strlen(label) : 0, copy, steps);
}

static laco_status fill(laco_labelled *data, const memory *from)
{
    const laco_real *at = from->values;
    LACO_TRY(laco_labelled_add_source(data, NAME));
    LACO_TRY(laco_labelled_expect(data, from->features));
    for (size_t i = 0; i < from->count; i++)
        LACO_TRY(from->texts ? add_text(data, from, i) : add_values(data, from, i, &at));
    return laco_labelled_end(data);
}

static laco_status from_memory(laco_context *ctx, const memory *from, const laco_labelled_config *config, laco_labelled **out)
{
    laco_labelled *data;
    laco_labelled_config used = {0};
    if (from->count == 0)
        return laco_fail(ctx, LACO_INVALID, "no examples were given");
    if (config) {
        used.labels = config->labels;
        used.label_count = config->label_count;
        used.unlabelled = config->unlabelled;
    }
    LACO_TRY(laco_labelled_begin(ctx, &used, &data));
    laco_status status = fill(data, from);
    if (status < 0)
        laco_labelled_free(data);
    else
        *out = data;
    return status;
}

laco_status laco_labelled_from_texts(laco_context *ctx, const char *const *texts, const size_t *lengths,
                                     const char *const *labels, size_t count, const laco_labelled_config *config,
                                     laco_labelled **out)
{
    return from_memory(ctx, &(memory){.texts = texts, .lengths = lengths, .labels = labels, .count = count}, config, out);
}

laco_status laco_labelled_from_values(laco_context *ctx, const laco_real *values, const int64_t *steps, int64_t features,
                                      const char *const *labels, size_t count, const laco_labelled_config *config,
                                      laco_labelled **out)
{
    if (features < 1)
        return laco_fail(ctx, LACO_INVALID, "%lld numbers in a step; at least 1 is right", (long long)features);
    return from_memory(ctx, &(memory){.values = values, .steps = steps, .features = features, .labels = labels, .count = count},
                       config, out);
}
