/* A classifier in C. */
#include "export/c_file.h"

#include "classify/classifier.h"
#include "export/c/classify.c"
#include "export/task_parts.h"

#include <math.h>
#include <string.h>

#define TESTS 6

/* The sizes of the model, as the runtime has them. */
static rt_classifier sizes_of(const laco_classifier *m, const rt_linear *hidden)
{
    const laco_network_config *c = &m->network.config;
    int32_t embed = (int32_t)c->embed, pooled = (int32_t)laco_network_pooled_size(c);
    rt_classifier s = {.features = (int32_t)m->input.features,
                       .vocabulary = {.count = m->input.vocabulary ? laco_vocabulary_size(m->input.vocabulary) : 0},
                       .embedding = {.rows = embed ? (int32_t)c->inputs : 0, .columns = embed},
                       .position = {.rows = (int32_t)c->positions, .columns = LACO_POSITION_SIZE},
                       .window = (int32_t)c->window,
                       .longest = (int32_t)c->longest,
                       .linear = {.weight = {.rows = m->label_count, .columns = pooled}}};
    if (c->mlp) {
        s.hidden_count = (int32_t)c->layers;
        s.hidden = hidden;
    } else
        s.rnn = (rt_rnn){(int32_t)c->layers, c->directions, (int32_t)laco_network_step_size(c), (int32_t)c->hidden, NULL};
    return s;
}

/* ---- The self-test ----------------------------------------------------------------------------------------------------------
 */

static laco_status put_answers(laco_c_file *file, const laco_classifier *m, size_t count, const laco_label *answers)
{
    int K = m->label_count;
    float *p = laco_alloc(file->job->ctx, count * (size_t)K, sizeof *p);
    if (!p)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count * (size_t)K; i++)
        p[i / (size_t)K * (size_t)K + (size_t)answers[i].index] = (float)exp(answers[i].log_probability);
    laco_emit_array(&file->test, LACO_EMIT_FLOAT, "test_answers", p, count * (size_t)K);
    laco_release(file->job->ctx, p);
    return LACO_OK;
}

static laco_status test_texts(laco_c_file *file, laco_classifier *m, laco_label *answers)
{
    laco_context *ctx = file->job->ctx;
    char *texts[TESTS] = {NULL};
    uint32_t random = 1;
    size_t longest = 1;
    laco_status status = LACO_OK;
    for (int i = 0; i < TESTS && status == LACO_OK; i++) {
        texts[i] = laco_c_text(ctx, m->input.vocabulary, m->input.text.level == LACO_TEXT_WORD, i == 0 ? 0 : 2 * i + 1, &random);
        if (!texts[i])
            status = LACO_NO_MEMORY;
        else
            longest = LACO_MAX(longest, strlen(texts[i]));
    }
    if (status == LACO_OK)
        status = laco_model_classify_many(&m->base, TESTS, (const char *const *)texts, NULL, m->label_count, answers, NULL);
    if (status == LACO_OK) {
        laco_c_define(&file->test, "TEST_LONGEST", (int64_t)longest);
        laco_c_strings(file, &file->test, "test_text", (const char *const *)texts, TESTS, false);
        status = put_answers(file, m, TESTS, answers);
    }
    for (int i = 0; i < TESTS; i++)
        laco_release(ctx, texts[i]);
    return status;
}

static laco_status test_numbers(laco_c_file *file, laco_classifier *m, laco_label *answers)
{
    laco_context *ctx = file->job->ctx;
    int64_t F = m->input.features, steps[TESTS], longest = m->input.steps > 0 ? LACO_MIN(m->input.steps, 100) : 12, all = 0;
    const laco_real *starts[TESTS];
    int32_t lengths[TESTS];
    uint32_t random = 1;
    laco_real *x = laco_alloc(ctx, (size_t)(TESTS * longest), (size_t)F * sizeof *x);
    if (!x)
        return LACO_NO_MEMORY;
    for (int i = 0; i < TESTS; i++) {
        steps[i] = m->input.steps > 0 ? longest : 1 + 2 * i;
        lengths[i] = (int32_t)steps[i];
        starts[i] = x + all * F;
        for (int64_t k = 0; k < steps[i] * F; k++) {
            laco_real spread = m->input.scale[k % F] > 0 ? 1 / m->input.scale[k % F] : 0;
            float value = (float)(m->input.mean[k % F] + spread * ((laco_real)laco_c_random(&random, 4000) / 1000 - 2));
            x[all * F + k] = (laco_real)value;
        }
        all += steps[i];
    }
    laco_status status = laco_model_classify_numbers(&m->base, TESTS, starts, steps, m->label_count, answers);
    if (status == LACO_OK) {
        laco_c_define(&file->test, "TEST_LONGEST", longest);
        laco_emit_array(&file->test, LACO_EMIT_INT32, "test_steps", lengths, TESTS);
        laco_parts test = {.emit = &file->test};
        laco_floats_part(&test, "test_x", x, all * F);
        status = put_answers(file, m, TESTS, answers);
    }
    laco_release(ctx, x);
    return status;
}

static laco_status put_test(laco_c_file *file, laco_classifier *m)
{
    laco_label *answers = laco_alloc(file->job->ctx, TESTS * (size_t)m->label_count, sizeof *answers);
    if (!answers)
        return LACO_NO_MEMORY;
    laco_c_define(&file->test, "TESTS", TESTS);
    laco_status status = m->input.features > 0 ? test_numbers(file, m, answers) : test_texts(file, m, answers);
    laco_release(file->job->ctx, answers);
    return status;
}

/* ---- The file ---------------------------------------------------------------------------------------------------------------
 */

laco_status laco_c_classify(laco_c_file *file, laco_model *model)
{
    static const char *const text[] = {"rt.h", "math.c", "", "network.c", "vocabulary.c", "normal.c", "text.c", "classify.c"};
    laco_classifier *m = (laco_classifier *)model;
    const laco_network_config *c = &m->network.config;
    const rt_linear hidden = {.weight = {.rows = (int32_t)c->hidden}};
    rt_classifier sizes = sizes_of(m, &hidden);
    bool texts = m->input.features == 0, byte = texts && m->input.text.level == LACO_TEXT_BYTE,
         forward = !c->mlp && c->directions == 1;
    laco_classify_parts(&file->parts, m);
    memcpy(file->fragments, text, sizeof text);
    int32_t fixed = rt_classifier_floats(&sizes, 0);
    file->work = 4 * (size_t)(fixed + (texts ? 3 : 0));
    file->work_each = 4 * (size_t)(rt_classifier_floats(&sizes, 1) - fixed + (byte ? 3 : texts));
    file->interface[0] = texts ? "classify_text" : "classify_numbers";
    if (forward) {
        file->state = 4 * (size_t)rt_classifier_state(&sizes);
        file->interface[1] = "classify_step";
    }
    laco_c_define(&file->header, "INPUTS", c->inputs);
    laco_c_define(&file->header, "FEATURES", m->input.features);
    laco_c_define(&file->header, "LABELS", m->label_count);
    laco_c_longest(file, texts || m->input.steps == 0 ? 64 : m->input.steps);
    laco_c_strings(file, file->parts.emit, "labels", (const char *const *)m->labels, (size_t)m->label_count, true);
    return put_test(file, m);
}
