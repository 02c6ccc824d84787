/* Recordings with texts, in memory. */
#include "transcribe/spoken.h"

#include "base/grow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void laco_recording_free(laco_context *ctx, laco_recording *item)
{
    laco_release(ctx, item->name);
    laco_release(ctx, item->text);
    laco_release(ctx, item->samples);
}

void laco_spoken_free(laco_spoken *data)
{
    if (!data)
        return;
    for (size_t i = 0; i < data->count; i++)
        laco_recording_free(data->ctx, &data->items[i]);
    laco_release(data->ctx, data->items);
    laco_notes_free(&data->notes);
    laco_release(data->ctx, data);
}

size_t laco_spoken_count(const laco_spoken *data) { return data->count; }
int laco_spoken_rate(const laco_spoken *data) { return data->rate; }
const char *laco_spoken_name(const laco_spoken *data, size_t index) { return data->items[index].name; }
const char *laco_spoken_text(const laco_spoken *data, size_t index) { return data->items[index].text; }
void laco_spoken_changed(const laco_spoken *data, laco_spoken_changes *out) { *out = data->changes; }

const float *laco_spoken_samples(const laco_spoken *data, size_t index, size_t *count)
{
    *count = data->items[index].count;
    return data->items[index].samples;
}

laco_status laco_spoken_keep(laco_spoken *data, const char *name, const char *text, laco_recording *item)
{
    item->name = laco_copy_string(data->ctx, name);
    item->text = text ? laco_copy_string(data->ctx, text) : NULL;
    if (!item->name || (text && !item->text))
        return LACO_NO_MEMORY;
    LACO_TRY(laco_grow(data->ctx, &data->items, &data->room, data->count + 1, sizeof *data->items));
    data->items[data->count++] = *item;
    return LACO_OK;
}

laco_status laco_samples_check(laco_context *ctx, laco_status refusal, const char *name, size_t first, const float *samples,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(samples[i]) <= LACO_LARGEST_SAMPLE))
            return laco_fail(ctx, refusal, "%s: sample %zu is %g; −1 … 1 is right", name, first + i + 1, (double)samples[i]);
    return LACO_OK;
}

static laco_status add_samples(laco_spoken *data, const float *samples, size_t count, const char *text, size_t number)
{
    char name[48];
    laco_recording item = {.count = count};
    snprintf(name, sizeof name, "recording %zu", number);
    if (count == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s has no samples", name);
    LACO_TRY(laco_samples_check(data->ctx, LACO_FORMAT, name, 0, samples, count));
    item.samples = laco_alloc(data->ctx, count, sizeof *item.samples);
    if (!item.samples)
        return LACO_NO_MEMORY;
    memcpy(item.samples, samples, count * sizeof *item.samples);
    laco_status status = laco_spoken_keep(data, name, text, &item);
    if (status < 0)
        laco_recording_free(data->ctx, &item);
    return status;
}

laco_status laco_spoken_from_samples(laco_context *ctx, const float *samples, const size_t *lengths, const char *const *texts,
                                     size_t count, const laco_spoken_config *config, laco_spoken **out)
{
    if (!config || config->rate < LACO_LOWEST_RATE || config->rate > LACO_HIGHEST_RATE)
        return laco_fail(ctx, LACO_INVALID, "a rate of %lld samples a second; %d … %d is right",
                         (long long)(config ? config->rate : 0), LACO_LOWEST_RATE, LACO_HIGHEST_RATE);
    if (count == 0 || (!texts && !config->untexted))
        return laco_fail(ctx, LACO_INVALID, "recordings and their texts are needed");
    laco_spoken *data = laco_alloc(ctx, 1, sizeof *data);
    if (!data)
        return LACO_NO_MEMORY;
    *data = (laco_spoken){.ctx = ctx, .rate = (int)config->rate, .untexted = config->untexted};
    laco_notes_init(&data->notes, ctx);
    laco_status status = LACO_OK;
    for (size_t i = 0; i < count && status == LACO_OK; samples += lengths[i], i++)
        status = add_samples(data, samples, lengths[i], texts ? texts[i] : NULL, i + 1);
    if (status < 0)
        laco_spoken_free(data);
    else
        *out = data;
    return status;
}
