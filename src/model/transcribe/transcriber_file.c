/* A recogniser's metadata in the model file, and back with every value checked. */
#include "model/text_meta.h"
#include "model/transcribe/transcriber.h"

#include <math.h>
#include <string.h>

static json_t *numbers_to_json(const laco_real *numbers, int count)
{
    json_t *array = json_array();
    for (int i = 0; array && i < count; i++)
        if (json_array_append_new(array, json_real((double)numbers[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *hearing_to_json(const laco_hearing *h)
{
    return json_pack("{s:i, s:i, s:i, s:o, s:o}", "rate", h->rate, "bands", h->bands, "stack", h->stack, "mean",
                     numbers_to_json(h->mean, h->bands), "scale", numbers_to_json(h->scale, h->bands));
}

static laco_status save_transcriber(laco_model *base, laco_tensor_writer *writer)
{
    laco_transcriber *model = (laco_transcriber *)base;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", laco_network_to_json(&model->network.config)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.sound", hearing_to_json(&model->hearing)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.text", laco_text_to_json(&model->text)));
    return laco_vocabulary_to_file(base->ctx, model->units, writer);
}

static int describe_transcriber(laco_model *base, json_t *into)
{
    laco_transcriber *model = (laco_transcriber *)base;
    const laco_hearing *h = &model->hearing;
    json_t *sound = json_pack("{s:i, s:i, s:i}", "rate", h->rate, "bands", h->bands, "stack", h->stack);
    return json_object_set_new(into, "network", laco_network_to_json(&model->network.config)) < 0 ||
                   json_object_set_new(into, "sound", sound) < 0 ||
                   json_object_set_new(into, "text", laco_text_to_json(&model->text)) < 0 ||
                   json_object_set_new(into, "vocabulary", laco_vocabulary_describe(model->units)) < 0
               ? -1
               : 0;
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

static laco_status read_numbers(laco_context *ctx, const laco_tensor_file *file, const json_t *object, const char *key, int count,
                                laco_real **out)
{
    const json_t *array = json_object_get(object, key);
    laco_real *numbers = laco_alloc(ctx, (size_t)count, sizeof *numbers);
    bool good = numbers && json_array_size(array) == (size_t)count;
    for (int i = 0; good && i < count; i++) {
        double number = json_number_value(json_array_get(array, (size_t)i));
        good = json_is_number(json_array_get(array, (size_t)i)) && fabs(number) < 1e6;
        numbers[i] = (laco_real)number;
    }
    *out = numbers;
    if (!numbers)
        return LACO_NO_MEMORY;
    return good ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: '%s' in the metadata should be an array of %d numbers",
                            laco_tensor_file_name(file), key, count);
}

/* What it has read it leaves in *out also on failure. */
static laco_status read_hearing(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_hearing *out)
{
    int64_t rate, bands, stack;
    LACO_TRY(laco_meta_integer(ctx, file, object, "rate", 1000, 192000, &rate));
    LACO_TRY(laco_meta_integer(ctx, file, object, "bands", 1, 256, &bands));
    LACO_TRY(laco_meta_integer(ctx, file, object, "stack", 1, 64, &stack));
    out->rate = (int)rate;
    out->bands = (int)bands;
    out->stack = (int)stack;
    LACO_TRY(read_numbers(ctx, file, object, "mean", out->bands, &out->mean));
    return read_numbers(ctx, file, object, "scale", out->bands, &out->scale);
}

/* The metadata of a file while a recogniser is built from it. */
typedef struct parts {
    laco_network_config network;
    laco_hearing hearing;
    laco_text_config text;
    laco_vocabulary *units;
} parts;

static laco_status read_parts(laco_context *ctx, const laco_tensor_file *file, parts *p)
{
    json_t *object;
    LACO_TRY(laco_network_from_json(ctx, file, &p->network));
    LACO_TRY(laco_text_from_file(ctx, file, &p->text));
    LACO_TRY(laco_meta_parse(ctx, file, "laco.sound", &object));
    laco_status status = read_hearing(ctx, file, object, &p->hearing);
    json_decref(object);
    LACO_TRY(status);
    LACO_TRY(laco_vocabulary_from_file(ctx, file, &p->units));
    const laco_network_config *n = &p->network;
    if (n->embed != 0 || n->inputs != (int64_t)p->hearing.bands * p->hearing.stack ||
        n->outputs != laco_vocabulary_size(p->units) || n->tied)
        return laco_fail(ctx, LACO_FORMAT,
                         "%s: the network reads %lld numbers and writes %lld units; %d bands of %d frames and %d units are there",
                         laco_tensor_file_name(file), (long long)n->inputs, (long long)n->outputs, p->hearing.bands,
                         p->hearing.stack, (int)laco_vocabulary_size(p->units));
    if (p->text.level == LACO_TEXT_BYTE)
        return laco_fail(ctx, LACO_FORMAT, "%s: 'level' in the metadata should be \"char\" or \"word\"",
                         laco_tensor_file_name(file));
    return LACO_OK;
}

static laco_status build_transcriber(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    parts p = {0};
    laco_transcriber *model;
    laco_status status = read_parts(ctx, file, &p);
    if (status == LACO_OK) {
        status = laco_transcriber_new(ctx, 0, &p.network, &p.hearing, &p.text, p.units, &model);
    } else {
        laco_vocabulary_free(p.units);
        laco_release(ctx, p.hearing.mean);
        laco_release(ctx, p.hearing.scale);
    }
    if (status == LACO_OK)
        *out = &model->base;
    return status;
}

const laco_task laco_task_transcribe = {
    .name = "transcribe",
    .build = build_transcriber,
    .save = save_transcriber,
    .describe = describe_transcriber,
    .release = laco_transcriber_release,
    .size = sizeof(laco_transcriber),
    .scratch = offsetof(laco_transcriber, mel),
    .open = laco_transcriber_open,
    .close = laco_transcriber_close,
};
