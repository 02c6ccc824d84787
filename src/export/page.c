/* A model as one page for a browser: the runtime as WebAssembly, the model as an image of its memory, and a script that asks. */
#include "export/export.h"
#include "export/c_file.h"
#include "export/page_text.h"
#include "export/task_parts.h"

#include "base/json_text.h"
#include "caption/captioner.h"
#include "classify/classifier.h"
#include "forecast/forecaster.h"
#include "generate/language.h"
#include "tag/tagger.h"
#include "transcribe/transcriber.h"
#include "transduce/transducer.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 150 /* rows of a series in a curve */

/* ---- What the script is told of each task
 * -------------------------------------------------------------------------------------- */

static json_t *strings(const char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, json_string(list[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *tell_classify(laco_parts *parts, laco_model *model)
{
    const laco_classifier *m = (const laco_classifier *)model;
    laco_classify_parts(parts, m);
    return json_pack("{s:o, s:I, s:I}", "labels", strings((const char *const *)m->labels, (size_t)m->label_count), "features",
                     (json_int_t)m->input.features, "steps", (json_int_t)m->input.steps);
}

static json_t *tell_tag(laco_parts *parts, laco_model *model)
{
    const laco_tagger *m = (const laco_tagger *)model;
    laco_tag_parts(parts, m);
    return json_pack("{s:o}", "labels", strings((const char *const *)m->tags, (size_t)m->config.outputs));
}

static json_t *tell_generate(laco_parts *parts, laco_model *model)
{
    laco_generate_parts(parts, (const laco_language *)model);
    return json_object();
}

static json_t *tell_transduce(laco_parts *parts, laco_model *model)
{
    laco_transduce_parts(parts, (const laco_transducer *)model);
    return json_object();
}

static json_t *tell_caption(laco_parts *parts, laco_model *model)
{
    const laco_captioner *m = (const laco_captioner *)model;
    laco_caption_parts(parts, m);
    return json_pack("{s:I, s:I}", "features", (json_int_t)m->input.features, "numbers", (json_int_t)m->input.numbers);
}

/* What features are computed with, as parts of the image; and where they are. */
static void put_mel(laco_parts *parts, const laco_transcriber *m, json_t **told)
{
    static const char *const names[] = {"mel_shape", "mel_spans", "mel_weights"};
    const laco_mel_triangle *t = laco_mel_triangles(m->mel);
    int bands = m->frontend.bands, bins = laco_mel_size(m->mel) / 2 + 1;
    int32_t *spans = laco_alloc(parts->emit->ctx, (size_t)bands, 2 * sizeof *spans);
    double *weights = laco_alloc(parts->emit->ctx, (size_t)bands, (size_t)bins * sizeof *weights);
    size_t used = 0;
    for (size_t b = 0; spans && weights && b < (size_t)bands; used += (size_t)t[b++].count) {
        spans[2 * b] = t[b].first;
        spans[2 * b + 1] = t[b].count;
        memcpy(weights + used, t[b].weight, (size_t)t[b].count * sizeof *weights);
    }
    if (spans && weights) {
        laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, names[0], laco_mel_shape(m->mel), laco_mel_window(m->mel));
        laco_emit_array(parts->emit, LACO_EMIT_INT32, names[1], spans, 2 * (size_t)bands);
        laco_emit_array(parts->emit, LACO_EMIT_DOUBLE, names[2], weights, used);
    } else {
        parts->emit->status = LACO_NO_MEMORY;
    }
    for (int i = 0; i < 3 && parts->emit->status == LACO_OK; i++)
        laco_json_put(told, names[i], json_integer((json_int_t)laco_emit_find(parts->emit, names[i])->offset));
    laco_release(parts->emit->ctx, spans);
    laco_release(parts->emit->ctx, weights);
}

static json_t *tell_transcribe(laco_parts *parts, laco_model *model)
{
    const laco_transcriber *m = (const laco_transcriber *)model;
    laco_transcribe_parts(parts, m);
    json_t *told = json_pack("{s:i, s:i, s:I, s:I, s:i, s:f}", "rate", m->frontend.rate, "bands", m->frontend.bands, "window",
                             (json_int_t)laco_mel_window(m->mel), "hop", (json_int_t)laco_mel_hop(m->mel), "size",
                             laco_mel_size(m->mel), "floor", LACO_MEL_FLOOR);
    put_mel(parts, m, &told);
    return told;
}

/* The target's last rows of each series, and the series' names. */
static json_t *histories(const laco_forecaster *m, json_t *ids)
{
    json_t *all = json_array();
    for (size_t i = 0; all && i < m->history->count; i++) {
        const laco_one_series *one = &m->history->one[i];
        json_t *rows = json_array();
        for (size_t row = one->rows > SHOWN ? one->rows - SHOWN : 0; rows && row < one->rows; row++)
            laco_json_add(&rows, json_real(one->values[row * (size_t)m->C + (size_t)m->target]));
        laco_json_add(&all, rows);
        laco_json_add(&ids, json_string(laco_series_id(m->history, i)));
    }
    return all;
}

static json_t *tell_forecast(laco_parts *parts, laco_model *model)
{
    const laco_forecaster *m = (const laco_forecaster *)model;
    json_t *ids = json_array();
    laco_forecast_parts(parts, m);
    return json_pack("{s:o, s:i, s:o, s:o, s:I}", "columns", strings(m->names, (size_t)m->C), "target", m->target, "history",
                     histories(m, ids), "series", ids, "ahead", (json_int_t)LACO_MAX(24, m->horizon));
}

static const struct {
    const char *task;
    json_t *(*tell)(laco_parts *parts, laco_model *model);
} tasks[] = {
    {"classify", tell_classify},     {"tag", tell_tag},         {"forecast", tell_forecast},
    {"generate", tell_generate},     {"caption", tell_caption}, {"transduce", tell_transduce},
    {"transcribe", tell_transcribe},
};

/* ---- The page
 * ------------------------------------------------------------------------------------------------------------------ */

/* Base 85: the number of bytes, a colon, and five letters for each four bytes, from ' on without < and the backslash. */
static void put_base85(laco_emit *page, const unsigned char *bytes, size_t size)
{
    laco_emit_text(page, "%zu:", size);
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word = 0;
        char letters[5];
        for (size_t k = i; k < i + 4; k++)
            word = word << 8 | (k < size ? bytes[k] : 0);
        for (int k = 4; k >= 0; k--, word /= 85) {
            int letter = 39 + (int)(word % 85);
            letter += letter >= 60;
            letters[k] = (char)(letter + (letter >= 92));
        }
        laco_emit_bytes(page, letters, sizeof letters);
    }
}

/* An object as JSON. */
static laco_status put_json(laco_emit *page, const json_t *object)
{
    char *text;
    LACO_TRY(laco_json_text(page->ctx, object, 1, &text, NULL));
    laco_status status = laco_page_json(page, text);
    laco_release(page->ctx, text);
    return status;
}

typedef struct page_parts {
    const laco_export_job *job;
    const laco_emit *image;
    const laco_fragment *wasm;
    json_t *data;
    const char *weights;
} page_parts;

static laco_status put_script(laco_emit *page, bool hears)
{
    LACO_TRY(laco_page_fragment(page, "page.js"));
    return hears ? laco_page_fragment(page, "sound.js") : LACO_OK;
}

static laco_status put_marker(laco_emit *page, const void *user, const char *marker, size_t length)
{
    const page_parts *p = user;
    laco_model *model = p->job->model;
    if (strncmp(marker, "TITLE", length) == 0)
        laco_emit_text(page, "%s", p->job->name);
    else if (strncmp(marker, "NOTE", length) == 0)
        laco_emit_text(page, "A model of laço, to %s; its weights are %s.", model->task->name, p->weights);
    else if (strncmp(marker, "DATA", length) == 0)
        return put_json(page, p->data);
    else if (strncmp(marker, "WASM", length) == 0)
        put_base85(page, p->wasm->bytes, p->wasm->size);
    else if (strncmp(marker, "IMAGE", length) == 0)
        put_base85(page, (const unsigned char *)p->image->bytes, p->image->length);
    else
        return put_script(page, strcmp(model->task->name, "transcribe") == 0);
    return page->status;
}

/* What all tasks tell: which it is, and how the image is to be used. */
static bool tell_all(const laco_export_job *job, const laco_emit *image, json_t *data)
{
    json_t *pointers = json_array();
    const laco_emit_place *net = laco_emit_find(image, "net");
    for (size_t i = 0; pointers && i < image->pointer_count; i++)
        if (json_array_append_new(pointers, json_integer(image->pointers[i])) < 0)
            return false;
    return pointers && net && json_object_set_new(data, "pointers", pointers) == 0 &&
           json_object_set_new(data, "net", json_integer((json_int_t)net->offset)) == 0 &&
           json_object_set_new(data, "task", json_string(job->model->task->name)) == 0 &&
           json_object_set_new(data, "example", json_string("")) == 0;
}

static laco_status check(const laco_export_job *job, json_t *(**tell)(laco_parts *, laco_model *))
{
    laco_model *model = job->model;
    *tell = NULL;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].task, model->task->name) == 0)
            *tell = tasks[i].tell;
    if (!laco_fragment_find("web_int8.wasm")->name)
        return laco_fail(job->ctx, LACO_INVALID, "%s: this laço was built without a compiler for WebAssembly: clang and lld",
                         job->path);
    if (strcmp(model->task->name, "forecast") == 0 && ((const laco_forecaster *)model)->calendar)
        return laco_fail(job->ctx, LACO_INVALID,
                         "the model reads the calendar, which a page has not: train one without --calendar");
    return LACO_OK;
}

static laco_status write_page(const laco_export_job *job, page_parts *p, laco_emit *image,
                              json_t *(*tell)(laco_parts *, laco_model *))
{
    bool int8 = job->model->weights == LACO_INT8;
    laco_parts parts = {.emit = image, .module = job->model->module, .int8 = int8};
    laco_emit page;
    p->wasm = laco_fragment_find(int8 ? "web_int8.wasm" : "web_fp32.wasm");
    p->weights = int8 ? "int8" : "fp32";
    p->data = tell(&parts, job->model);
    LACO_TRY(image->status);
    if (!p->data || !tell_all(job, image, p->data))
        return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for a page");
    laco_emit_init(&page, job->ctx, job->name, false);
    laco_status status = laco_page_put(&page, "page.html", put_marker, p);
    if (status == LACO_OK)
        status = laco_export_file(job->ctx, job->path, page.bytes, page.length);
    laco_emit_free(&page);
    return status;
}

laco_status laco_export_page(const laco_export_job *job)
{
    json_t *(*tell)(laco_parts *, laco_model *);
    laco_emit image;
    page_parts p = {.job = job, .image = &image};
    LACO_TRY(check(job, &tell));
    laco_emit_init(&image, job->ctx, job->name, true);
    laco_status status = write_page(job, &p, &image, tell);
    json_decref(p.data);
    laco_emit_free(&image);
    return status;
}
