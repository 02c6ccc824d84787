/* A transducer in C. */
#include "export/c_file.h"
#include "export/task_parts.h"
#include "transduce/transducer.h"

#include "export/c/transduce.c"
#include "export/decoder_sizes.h"

#include <string.h>

#define TESTS 6

static int32_t floats_of(laco_c_file *file, const laco_transducer *m, int32_t S)
{
    rt_transducer_member member[LACO_MOST_ENSEMBLE];
    const laco_transducer_config *c = &m->config;
    rt_transducer sizes = {.targets = {.count = (int32_t)c->outputs}, .members = (int32_t)c->ensemble, .member = member};
    for (int i = 0; i < sizes.members; i++)
        member[i] = (rt_transducer_member){.embedding = {(int32_t)c->inputs, (int32_t)c->embed, NULL, NULL},
                                           .encoder = laco_rnn_sizes(m->member[i].encoder),
                                           .decoder = laco_decoder_sizes(&file->parts, laco_member_name(i, "decoder").text,
                                                                         c->attention, c->directions * c->hidden)};
    return rt_transducer_floats(&sizes, S);
}

static laco_status put_test(laco_c_file *file, laco_transducer *m)
{
    laco_context *ctx = file->job->ctx;
    char *sources[TESTS] = {NULL};
    laco_hypothesis answers[TESTS];
    uint32_t random = 1;
    size_t longest = 1, room = 1;
    laco_status status = LACO_OK;
    int most = (int)LACO_MIN(m->config.longest_source, (int64_t)16);
    for (int i = 0; i < TESTS && status == LACO_OK; i++) {
        sources[i] = laco_c_text(ctx, m->sources, m->config.source == LACO_TOKENS_WORD,
                                 i == 0 ? 0 : 1 + (int)laco_c_random(&random, (uint32_t)most), &random);
        status = sources[i] ? LACO_OK : LACO_NO_MEMORY;
        longest = sources[i] ? LACO_MAX(longest, strlen(sources[i])) : longest;
    }
    if (status == LACO_OK)
        status = laco_model_transduce(&m->base, TESTS, (const char *const *)sources, NULL, &(laco_decode_options){.beam = 1},
                                      answers, NULL);
    if (status == LACO_OK) {
        const char *targets[TESTS];
        for (int i = 0; i < TESTS; i++) {
            targets[i] = answers[i].text ? answers[i].text : "";
            room = LACO_MAX(room, strlen(targets[i]));
        }
        laco_c_define(&file->test, "TESTS", TESTS);
        laco_c_define(&file->test, "TEST_LONGEST", (int64_t)longest);
        laco_c_define(&file->test, "TEST_ROOM", (int64_t)room + 100);
        laco_c_logs(&file->test, answers, TESTS);
        laco_c_strings(file, &file->test, "test_source", (const char *const *)sources, TESTS, false);
        laco_c_strings(file, &file->test, "test_target", targets, TESTS, false);
    }
    for (int i = 0; i < TESTS; i++)
        laco_release(ctx, sources[i]);
    return status;
}

laco_status laco_c_transduce(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h",      "math.c",   "",       "network.c",  "vocabulary.c",
                                            "decoder.c", "normal.c", "text.c", "transduce.c"};
    laco_transducer *m = (laco_transducer *)model;
    /* Long sources need the encoder's memory, short ones the decoder's: the slope is that of long ones. */
    int32_t fixed = floats_of(file, m, 0), each = floats_of(file, m, 1001) - floats_of(file, m, 1000);
    int64_t answer = 2 * m->config.longest_target;
    laco_transduce_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->work = 4 * (size_t)(fixed + 3 + answer);
    file->work_each = 4 * (size_t)(each + 1 + (answer + m->config.longest_source - 1) / m->config.longest_source);
    file->interface[0] = "transduce";
    laco_c_longest(file, 64);
    return put_test(file, m);
}
