/* A recogniser in C, behind its features. */
#include "export/c_file.h"
#include "export/task_parts.h"
#include "tape/tape.h"
#include "transcribe/transcriber.h"

#include "export/c/transcribe.c"
#include "export/sizes.h"

#include <string.h>

#define TESTS 3
#define FRAMES 100 /* of all of them */

/* What laco hears in standardised features. */
static laco_status hear(laco_tape *tape, laco_transcriber *m, const laco_real *features, int32_t frames, char **out,
                        double *log_probability)
{
    int32_t steps = (frames + m->frontend.stack - 1) / m->frontend.stack;
    laco_tape_reset(tape);
    laco_var x = laco_var_new(tape, 3, (int64_t[]){steps, 1, (int64_t)m->frontend.bands * m->frontend.stack}, false);
    if (!x)
        return laco_tape_status(tape);
    laco_transcriber_lay_out(m, features, frames, 1, 0, x->data);
    laco_var scores = laco_transcriber_scores(tape, m, x, &steps, false);
    return scores
               ? laco_transcriber_decode(m, scores, 0, steps, &(laco_decode_options){.beam = 1, .nbest = 1}, out, log_probability)
               : laco_tape_status(tape);
}

static laco_status put_answers(laco_c_file *file, laco_transcriber *m, const laco_real *features, const int32_t *frames)
{
    laco_tape *tape;
    char *texts[TESTS] = {NULL};
    laco_hypothesis answers[TESTS];
    size_t room = 1;
    LACO_TRY(laco_tape_new(file->job->ctx, &(laco_tape_config){.inference = true}, &tape));
    laco_status status = m->tape ? LACO_OK : laco_tape_new(file->job->ctx, &(laco_tape_config){.inference = true}, &m->tape);
    laco_module_set_training(m->base.module, false);
    for (int i = 0; i < TESTS && status == LACO_OK; features += (int64_t)frames[i++] * m->frontend.bands) {
        status = hear(tape, m, features, frames[i], &texts[i], &answers[i].log_probability);
        room = texts[i] ? LACO_MAX(room, strlen(texts[i])) : room;
    }
    if (status == LACO_OK) {
        laco_c_logs(&file->test, answers, TESTS);
        laco_c_define(&file->test, "TEST_ROOM", (int64_t)room + 100);
        laco_c_strings(file, &file->test, "test_text", (const char *const *)texts, TESTS, false);
    }
    for (int i = 0; i < TESTS; i++)
        laco_release(file->job->ctx, texts[i]);
    laco_tape_free(tape);
    return status;
}

static laco_status put_test(laco_c_file *file, laco_transcriber *m)
{
    static const int32_t frames[TESTS] = {1, 31, 68};
    int64_t bands = m->frontend.bands, count = FRAMES * bands;
    laco_real *x = laco_alloc(file->job->ctx, (size_t)count, 2 * sizeof *x), *z = x ? x + count : NULL;
    uint32_t random = 1;
    if (!x)
        return LACO_NO_MEMORY;
    for (int64_t i = 0, f = 0; i < count; i++, f = i % bands) { /* a slow wave with noise */
        laco_real wave = (laco_real)(i / bands / 7 % 5) - 2 + (laco_real)laco_c_random(&random, 1000) / 500 - 1;
        x[i] = (laco_real)(float)(m->frontend.mean[f] + wave * (m->frontend.scale[f] > 0 ? 1 / m->frontend.scale[f] : 0));
        z[i] = (x[i] - m->frontend.mean[f]) * m->frontend.scale[f];
    }
    laco_parts test = {.emit = &file->test};
    laco_c_define(&file->test, "TESTS", TESTS);
    laco_c_define(&file->test, "TEST_LONGEST", frames[TESTS - 1]);
    laco_emit_array(&file->test, LACO_EMIT_INT32, "test_frames", frames, TESTS);
    laco_floats_part(&test, "test_x", x, count);
    laco_status status = put_answers(file, m, z, frames);
    laco_release(file->job->ctx, x);
    return status;
}

laco_status laco_c_transcribe(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h", "math.c", "", "network.c", "vocabulary.c", "transcribe.c"};
    laco_transcriber *m = (laco_transcriber *)model;
    int32_t stack = m->frontend.stack;
    rt_transcriber sizes = {.bands = m->frontend.bands,
                            .stack = stack,
                            .rnn = laco_rnn_sizes(m->network.rnn),
                            .vocabulary = {.count = laco_vocabulary_size(m->tokens)}};
    int32_t fixed = rt_transcriber_floats(&sizes, 0), step = rt_transcriber_floats(&sizes, stack) - fixed;
    laco_transcribe_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->work = 4 * (size_t)(fixed + (stack > 1 ? step : 0));
    file->work_each = 4 * (size_t)((step + stack - 1) / stack);
    file->interface[0] = "transcribe";
    laco_c_define(&file->header, "BANDS", m->frontend.bands);
    laco_c_define(&file->header, "RATE", m->frontend.rate);
    return put_test(file, m);
}
