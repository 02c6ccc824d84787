/* A captioner in C. */
#include "caption/captioner.h"
#include "laco/model_data.h"
#include "export/c_file.h"
#include "export/task_parts.h"

#include "export/c/caption.c"
#include "export/decoder_sizes.h"

#include <string.h>

#define TESTS 4
#define COLUMNS 11 /* of a test, where pictures may have any width */

static int32_t floats_of(laco_c_file *file, const laco_captioner *m, int32_t columns)
{
    const laco_captioner_config *c = &m->config;
    int64_t width = c->mlp ? c->hidden : c->directions * c->hidden;
    rt_captioner sizes = {.features = (int32_t)m->input.features,
                          .columns = (int32_t)m->input.columns,
                          .hidden_count = c->mlp ? (int32_t)c->layers : 0,
                          .encoder = laco_rnn_sizes(m->encoder),
                          .decoder = laco_decoder_sizes(&file->parts, "decoder", c->attention, width),
                          .vocabulary = {.count = (int32_t)c->outputs}};
    return rt_captioner_floats(&sizes, columns);
}

static laco_status ask(laco_c_file *file, laco_captioner *m, const laco_real *values, size_t columns, laco_hypothesis *answers)
{
    laco_captioned *data = NULL;
    const char *none[TESTS] = {NULL};
    laco_data_config config;
    LACO_TRY(laco_model_data_config(&m->base, "caption", &config));
    config.captioned.uncaptioned = true;
    LACO_TRY(laco_captioned_from_values(file->job->ctx, values, columns, (size_t)m->input.features, none, TESTS,
                                        &config.captioned, &data));
    laco_status status = laco_model_caption(&m->base, data, 0, TESTS, &(laco_decode_options){.beam = 1}, answers);
    laco_captioned_free(data);
    return status;
}

static laco_status put_test(laco_c_file *file, laco_captioner *m)
{
    laco_context *ctx = file->job->ctx;
    int64_t F = m->input.features, T = m->input.numbers > 0 ? m->input.numbers / F : COLUMNS;
    bool pictures = m->input.kind == LACO_CAPTIONED_PICTURES;
    laco_real *values = laco_alloc(ctx, (size_t)2 * TESTS * (size_t)T, (size_t)F * sizeof *values);
    laco_real *columns = values ? values + TESTS * T * F : NULL;
    laco_hypothesis answers[TESTS];
    const char *texts[TESTS];
    uint32_t random = 1;
    size_t room = 1;
    if (!values)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < TESTS * T * F; i++) { /* row by row for laco, column by column for C */
        int64_t picture = i / (T * F), y = i / T % F, x = i % T;
        values[i] = pictures ? (laco_real)laco_c_random(&random, 256)
                             : (laco_real)(float)((laco_real)laco_c_random(&random, 4000) / 1000 - 2);
        columns[(picture * T + x) * F + y] = values[i];
    }
    laco_status status = ask(file, m, values, (size_t)T, answers);
    if (status == LACO_OK) {
        laco_parts test = {.emit = &file->test};
        for (int i = 0; i < TESTS; i++) {
            texts[i] = answers[i].text ? answers[i].text : "";
            room = LACO_MAX(room, strlen(texts[i]));
        }
        laco_c_define(&file->test, "TESTS", TESTS);
        laco_c_define(&file->test, "TEST_LONGEST", T);
        laco_c_define(&file->test, "TEST_ROOM", (int64_t)room + 100);
        laco_c_logs(&file->test, answers, TESTS);
        laco_floats_part(&test, "test_x", columns, TESTS * T * F);
        laco_c_strings(file, &file->test, "test_text", texts, TESTS, false);
    }
    laco_release(ctx, values);
    return status;
}

laco_status laco_c_caption(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h", "math.c", "", "network.c", "vocabulary.c", "decoder.c", "caption.c"};
    laco_captioner *m = (laco_captioner *)model;
    int32_t C = (int32_t)m->input.columns, fixed = floats_of(file, m, 0), step = floats_of(file, m, C) - fixed;
    laco_caption_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->work = 4 * (size_t)(fixed + (C > 1 ? step : 0) + 2 * m->config.longest);
    file->work_each = 4 * (size_t)((step + C - 1) / C);
    file->interface[0] = "caption";
    laco_c_define(&file->header, "FEATURES", m->input.features);
    laco_c_longest(file, m->input.numbers > 0 ? m->input.numbers / m->input.features : 128);
    return put_test(file, m);
}
