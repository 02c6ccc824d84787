/* What a corpus holds, and what looks wrong in it. */
#include "generate/corpus.h"
#include "text/survey.h"

#include <string.h>

#define AT_ONCE ((int64_t)1 << 14)

static const char *name_of(laco_text_level level)
{
    return level == LACO_TEXT_WORD ? "words" : level == LACO_TEXT_BYTE ? "bytes" : "characters";
}

/* How often each token comes, and lines that come again, by their hashes. */
static laco_status count(const laco_corpus *corpus, size_t *counts)
{
    int32_t numbers[1 << 14];
    for (int64_t at = 0; at < corpus->count; at += AT_ONCE) {
        int64_t some = LACO_MIN(AT_ONCE, corpus->count - at);
        LACO_TRY(laco_corpus_numbers(corpus, at, some, numbers));
        for (int64_t i = 0; i < some; i++)
            counts[numbers[i]]++;
    }
    return LACO_OK;
}

/* The characters of the tokens. */
static laco_status survey(const laco_corpus *corpus, laco_notes *notes)
{
    size_t once = 0, length, *counts = laco_alloc(corpus->ctx, corpus->tokens.count, sizeof *counts);
    laco_text_survey all;
    if (!counts)
        return LACO_NO_MEMORY;
    laco_status status = count(corpus, counts);
    for (size_t k = 0; k < corpus->tokens.count; k++)
        once += counts[k] == 1;
    laco_release(corpus->ctx, counts);
    LACO_TRY(status);
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_DETAIL, "tokens", "%zu different %s, %zu of them only once", corpus->tokens.count,
                            name_of(corpus->text.level), once));
    if (corpus->text.level == LACO_TEXT_BYTE)
        return LACO_OK;
    status = laco_text_survey_begin(&all, corpus->ctx);
    for (size_t k = 0; k < corpus->tokens.count && status == LACO_OK; k++) {
        const char *token = laco_strings_get(&corpus->tokens, (int32_t)k, &length);
        status = laco_text_survey_add(&all, token, length, -1);
    }
    if (status == LACO_OK && all.points[0xFFFD] > 0)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "replacement",
                                "U+FFFD is among the characters: some were lost when the text was once read in a wrong encoding");
    laco_text_survey_free(&all);
    return status;
}

static laco_status fill(const laco_corpus *corpus, bool detail, laco_notes *notes)
{
    const char *name = name_of(corpus->text.level);
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "form", "text"));
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%lld %s, %zu different", (long long)corpus->count, name,
                            corpus->tokens.count));
    if (corpus->count < 10000)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "few", "a model that writes needs more: some 100000 %s are a beginning",
                                name));
    return detail ? survey(corpus, notes) : LACO_OK;
}

laco_status laco_corpus_summary(const laco_corpus *corpus, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&corpus->notes, &summary));
    return laco_summary_end(summary, fill(corpus, detail, laco_summary_notes(summary)), out);
}
