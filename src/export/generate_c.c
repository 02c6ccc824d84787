/* A language model in C. */
#include "export/c_file.h"
#include "export/task_parts.h"
#include "generate/generator.h"

#include "export/c/generate.c"
#include "export/sizes.h"

#include <string.h>

#define TESTS 3
#define UNITS 20

static const laco_sampling samplings[TESTS] = {
    {0},
    {.temperature = (double)0.9f, .seed = 7},
    {.temperature = 1, .top_k = 5, .top_p = (double)0.9f, .repetition_penalty = 1.5, .seed = 3, .sample = 2},
};

static laco_status write_on(laco_generator *generator, const char *prompt, char *out, size_t room)
{
    size_t used = 0;
    LACO_TRY(laco_generator_read(generator, prompt, strlen(prompt), NULL, NULL, NULL));
    for (int i = 0; i < UNITS; i++) {
        const char *piece;
        size_t length;
        LACO_TRY(laco_generator_next(generator, &piece, &length, NULL));
        length = LACO_MIN(length, room - 1 - used);
        memcpy(out + used, piece, length);
        used += length;
    }
    out[used] = '\0';
    return LACO_OK;
}

static laco_status put_scores(laco_c_file *file, laco_language *m, const char *prompt)
{
    laco_generator *generator;
    LACO_TRY(laco_generator_new(&m->base, NULL, &generator));
    laco_status status = laco_generator_read(generator, prompt, strlen(prompt), NULL, NULL, NULL);
    laco_parts test = {.emit = &file->test};
    if (status == LACO_OK)
        laco_floats_part(&test, "test_scores", generator->scores, m->network.config.outputs);
    laco_generator_free(generator);
    return status;
}

static laco_status put_test(laco_c_file *file, laco_language *m)
{
    enum { ROOM = UNITS * 100 };
    laco_context *ctx = file->job->ctx;
    uint32_t random = 1;
    char *prompt = laco_c_text(ctx, m->vocabulary, m->text.level == LACO_TEXT_WORD, 6, &random);
    char *texts = prompt ? laco_alloc(ctx, TESTS, ROOM) : NULL;
    laco_status status = texts ? put_scores(file, m, prompt) : LACO_NO_MEMORY;
    for (int i = 0; i < TESTS && status == LACO_OK; i++) {
        laco_generator *generator;
        status = laco_generator_new(&m->base, &samplings[i], &generator);
        if (status == LACO_OK) {
            status = write_on(generator, prompt, texts + (size_t)i * ROOM, ROOM);
            laco_generator_free(generator);
        }
    }
    if (status == LACO_OK) {
        const char *const list[TESTS] = {texts, texts + ROOM, texts + (size_t)2 * ROOM};
        laco_c_define(&file->test, "TESTS", TESTS);
        laco_c_define(&file->test, "TEST_UNITS", UNITS);
        laco_c_define(&file->test, "TEST_ROOM", ROOM);
        laco_c_strings(file, &file->test, "test_text", list, TESTS, false);
        laco_c_string(&file->test, "test_prompt", prompt);
    }
    laco_release(ctx, prompt);
    laco_release(ctx, texts);
    return status;
}

laco_status laco_c_generate(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h",         "math.c",   "",       "network.c",
                                            "vocabulary.c", "normal.c", "text.c", "generate.c"};
    laco_language *m = (laco_language *)model;
    int32_t V = laco_vocabulary_size(m->vocabulary);
    if (V < 2)
        return laco_fail(file->job->ctx, LACO_INVALID, "the model knows nothing that it could write");
    rt_language sizes = {.vocabulary = {.count = V},
                         .embedding = {.columns = (int32_t)m->network.config.embed},
                         .rnn = laco_rnn_sizes(m->network.rnn)};
    laco_generate_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->state = ((sizeof(rt_writing) + 7) / 8 * 8 + 4 * (size_t)(rt_language_floats(&sizes) + 2 * V) + 7) / 8 * 8;
    file->interface[0] = "generate";
    laco_c_define(&file->header, "INPUTS", V);
    laco_c_longest(file, 256);
    return put_test(file, m);
}
