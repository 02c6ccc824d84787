/* Which units of a classifier go with which of its answers: their last values over many inputs. */
#include "export/inspect/scene.h"

#include "classify/classifier.h"
#include "classify/labelled.h"
#include "nn/module.h"

#include <math.h>
#include <string.h>

#define LEAST_ITEMS 8
#define MOST_ITEMS 300
#define MOST_CLASSES 64

typedef struct sample {
    laco_scene *scene;
    const laco_labelled *data;
    int64_t count, units; /* items; units of all passes */
    laco_real *last;      /* [count][units] */
    int32_t *answer;      /* [count] */
} sample;

/* The last values of an item that was read: of layers that go backwards those behind its first step. */
static void keep(const sample *s, int64_t item, const laco_rnn_trace *trace)
{
    laco_real *to = s->last + item * s->units;
    for (int p = 0; p < trace->layers * trace->directions; p++) {
        int64_t step = p % trace->directions ? 0 : trace->T - 1;
        memcpy(to + p * trace->P, trace->pass[p].h + step * trace->P, (size_t)trace->P * sizeof *to);
    }
}

static laco_status read_item(sample *s, int64_t item, laco_text_buffer *buffer, laco_sequences *ids)
{
    laco_classifier *model = (laco_classifier *)s->scene->model;
    laco_tape *tape = s->scene->quiet;
    int64_t steps = 0;
    laco_batch batch = {.rows = 1, .width = model->input.features};
    if (model->input.features > 0) {
        batch.x = laco_labelled_values(s->data, (size_t)item, &steps);
    } else {
        size_t length;
        const char *text = laco_labelled_text(s->data, (size_t)item, &length);
        LACO_TRY(laco_text_encode(buffer, &model->input.text, model->input.vocabulary, text, length, ids, NULL));
        batch.ids = laco_sequences_ids(ids, ids->count - 1);
        steps = laco_sequences_length(ids, ids->count - 1);
    }
    batch.steps = (int32_t)LACO_MIN(steps, s->scene->T > 2000 ? s->scene->T : (int64_t)2000);
    batch.lengths = &batch.steps;
    laco_tape_reset(tape);
    laco_var scores = laco_classifier_logits(tape, model, &batch, false);
    if (!scores)
        return laco_tape_status(tape);
    for (int32_t k = 1; k < model->label_count; k++)
        s->answer[item] = laco_var_data(scores)[k] > laco_var_data(scores)[s->answer[item]] ? k : s->answer[item];
    const laco_rnn_trace *const *traces = laco_tape_traces(tape, NULL);
    if (traces && batch.steps > 0)
        keep(s, item, traces[0]);
    return LACO_OK;
}

static laco_status read_items(sample *s)
{
    laco_text_buffer buffer;
    laco_sequences ids;
    laco_status status = LACO_OK;
    laco_text_buffer_init(&buffer, s->scene->ctx);
    laco_sequences_init(&ids, s->scene->ctx);
    laco_module_set_training(s->scene->model->module, false);
    laco_tape_trace(s->scene->quiet, true);
    for (int64_t i = 0; i < s->count && status == LACO_OK; i++)
        status = read_item(s, i, &buffer, &ids);
    laco_tape_trace(s->scene->quiet, false);
    laco_text_buffer_free(&buffer);
    laco_sequences_free(&ids);
    return status;
}

/* Pearson's r of a unit's last value and an answer. */
static double correlation(const sample *s, int64_t unit, int32_t answer)
{
    double n = (double)s->count, x = 0, xx = 0, f = 0, xf = 0;
    for (int64_t i = 0; i < s->count; i++) {
        double value = (double)s->last[i * s->units + unit];
        x += value;
        xx += value * value;
        f += s->answer[i] == answer;
        xf += s->answer[i] == answer ? value : 0;
    }
    double spread = (xx - x * x / n) * (f - f * f / n);
    return spread > 1e-12 ? (xf - x * f / n) / sqrt(spread) : 0;
}

laco_status laco_scene_classes(laco_scene *scene, const laco_labelled *data, int64_t units)
{
    const laco_classifier *model = (const laco_classifier *)scene->model;
    sample s = {scene, data, LACO_MIN((int64_t)data->count, (int64_t)MOST_ITEMS), units, NULL, NULL};
    int K = LACO_MIN(model->label_count, MOST_CLASSES);
    if (s.count < LEAST_ITEMS)
        return LACO_OK;
    s.last = laco_scene_alloc(scene, s.count * units, sizeof *s.last);
    s.answer = laco_scene_alloc(scene, s.count, sizeof *s.answer);
    double *r = laco_scene_alloc(scene, units * K, sizeof *r);
    if (!s.last || !s.answer || !r)
        return LACO_NO_MEMORY;
    LACO_TRY(read_items(&s));
    for (int64_t u = 0; u < units; u++)
        for (int32_t k = 0; k < K; k++)
            r[u * K + k] = correlation(&s, u, k);
    scene->class_r = r;
    scene->classes = K;
    scene->class_names = (const char *const *)model->labels;
    return LACO_OK;
}
