/* A tagger in C. */
#include "export/c_file.h"
#include "export/task_parts.h"
#include "tag/tagged.h"
#include "tag/tagger.h"
#include "tape/tape.h"

#include "export/c/tag.c"
#include "export/sizes.h"

#include <string.h>

#define TESTS 6
#define WORDS 36 /* of all sentences */

static int32_t floats_of(const laco_tagger *m, laco_module *module, int32_t T)
{
    rt_tag_member member[LACO_MOST_ENSEMBLE];
    rt_linear hidden = {.weight = {.rows = (int32_t)m->config.hidden}};
    rt_tagger sizes = {.tags = (int32_t)m->config.outputs,
                       .window = (int32_t)m->config.window,
                       .members = (int32_t)m->config.ensemble,
                       .member = member};
    for (int i = 0; i < sizes.members; i++)
        member[i] = (rt_tag_member){
            .words = laco_param_sizes(module, laco_name_of("%s.weight", laco_member_name(i, "word_embedding").text).text),
            .letters = laco_param_sizes(module, laco_name_of("%s.weight", laco_member_name(i, "letter_embedding").text).text),
            .letter_rnn = laco_rnn_sizes(m->member[i].letter_rnn),
            .rnn = laco_rnn_sizes(m->member[i].rnn),
            .hidden_count = m->config.mlp ? (int32_t)m->config.layers : 0,
            .hidden = &hidden};
    return rt_tag_floats(&sizes, T);
}

/* Scores of the words of a sentence, to be written behind those before it. */
static laco_status score(laco_tagger *m, const char *const *words, int32_t count, float *out)
{
    laco_context *ctx = m->base.ctx;
    laco_tagged *data;
    laco_lexicon lexicon = {0};
    laco_batches *batches = NULL;
    LACO_TRY(laco_tagged_begin(ctx, &(laco_tagged_config){.untagged = true}, &data));
    laco_status status = LACO_OK;
    for (int32_t i = 0; i < count && status == LACO_OK; i++)
        status = laco_tagged_add_word(data, words[i], strlen(words[i]), NULL, 0);
    if (status == LACO_OK)
        status = laco_tagged_end_sentence(data);
    if (status == LACO_OK)
        status = laco_lexicon_new(m, &data->words, &lexicon);
    if (status == LACO_OK)
        status = laco_batches_new(ctx, &data->sentences, NULL, NULL, 1, &(laco_batches_config){.batch_size = 1}, &batches);
    if (status == LACO_OK) {
        laco_tape_reset(m->tape);
        laco_var scores = laco_tagger_scores(m->tape, m, &lexicon, laco_batches_get(batches, 0));
        const laco_real *x = scores ? laco_var_data(scores) : NULL;
        status = laco_tape_status(m->tape);
        for (int64_t i = 0; x && i < count * m->config.outputs; i++)
            out[i] = (float)x[i];
    }
    laco_batches_free(batches);
    laco_lexicon_free(&lexicon);
    laco_tagged_free(data);
    return status;
}

/* Sentences of 1, 3 … words: known ones, and made of letters. */
static laco_status put_test(laco_c_file *file, laco_tagger *m)
{
    laco_context *ctx = file->job->ctx;
    char *words[WORDS] = {NULL};
    const char *tags[WORDS];
    int32_t counts[TESTS], numbers[WORDS], used = 0;
    uint32_t random = 1;
    int64_t K = m->config.outputs;
    float *scores = laco_alloc(ctx, WORDS, (size_t)K * sizeof *scores);
    laco_status status = scores ? LACO_OK : LACO_NO_MEMORY;
    for (int i = 0; i < WORDS && status == LACO_OK; i++) {
        bool known = laco_c_random(&random, 3) > 0;
        words[i] =
            laco_c_text(ctx, known ? m->words : m->letters, false, known ? 1 : 2 + (int)laco_c_random(&random, 9), &random);
        if (words[i] && (!*words[i] || strpbrk(words[i], " \t\n\r")))
            strcpy(words[i], "x");
        status = words[i] ? LACO_OK : LACO_NO_MEMORY;
    }
    for (int i = 0; i < TESTS && status == LACO_OK; used += counts[i++]) {
        counts[i] = 2 * i + 1;
        status = laco_model_tag(&m->base, (const char *const *)words + used, (size_t)counts[i], tags + used);
        if (status == LACO_OK)
            status = score(m, (const char *const *)words + used, counts[i], scores + used * K);
    }
    for (int i = 0; i < WORDS && status == LACO_OK; i++)
        for (int32_t k = 0; k < m->config.outputs; k++)
            if (tags[i] == m->tags[k])
                numbers[i] = k;
    if (status == LACO_OK) {
        laco_c_define(&file->test, "TESTS", TESTS);
        laco_c_define(&file->test, "TEST_LONGEST", 2 * TESTS - 1);
        laco_c_strings(file, &file->test, "test_words", (const char *const *)words, WORDS, false);
        laco_emit_array(&file->test, LACO_EMIT_INT32, "test_counts", counts, TESTS);
        laco_emit_array(&file->test, LACO_EMIT_INT32, "test_answers", numbers, WORDS);
        laco_emit_array(&file->test, LACO_EMIT_FLOAT, "test_scores", scores, WORDS * (size_t)K);
    }
    laco_release(ctx, scores);
    for (int i = 0; i < WORDS; i++)
        laco_release(ctx, words[i]);
    return status;
}

laco_status laco_c_tag(laco_c_file *file, laco_model *model)
{
    static const char *const fragments[] = {"rt.h", "math.c", "", "network.c", "vocabulary.c", "normal.c", "text.c", "tag.c"};
    laco_tagger *m = (laco_tagger *)model;
    int32_t fixed = floats_of(m, model->module, 0);
    laco_tag_parts(&file->parts, m);
    memcpy(file->fragments, fragments, sizeof fragments);
    file->work = 4 * (size_t)fixed;
    file->work_each = 4 * (size_t)(floats_of(m, model->module, 1) - fixed);
    file->interface[0] = "tag";
    laco_c_define(&file->header, "LABELS", m->config.outputs);
    laco_c_longest(file, 32);
    laco_c_strings(file, file->parts.emit, "labels", (const char *const *)m->tags, (size_t)m->config.outputs, true);
    return put_test(file, m);
}
