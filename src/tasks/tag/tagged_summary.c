/* What a set of tagged sentences holds, and what looks wrong in it. */
#include "tag/tagged.h"
#include "text/survey.h"

/* How often each tag stands there. */
static laco_status note_tags(const laco_tagged *data, bool detail, laco_notes *notes)
{
    size_t *counts = laco_alloc(data->ctx, data->labels.count, sizeof *counts), total = 0;
    if (!counts)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < data->tags.ids_used; i++)
        if (data->tags.ids[i] >= 0) {
            counts[data->tags.ids[i]]++;
            total++;
        }
    laco_status status = laco_survey_labels(notes, detail, "tag", "words", data->names, counts, data->labels.count, total);
    laco_release(data->ctx, counts);
    if (status == LACO_OK && laco_tagged_is_bio(data))
        status = laco_notes_add(notes, LACO_NOTE_TAKEN, "entities", "which mark entities");
    return status;
}

/* Sentences that come again: the same words with the same tags, or with others. */
static laco_status survey(const laco_tagged *data, laco_notes *notes)
{
    laco_strings seen;
    size_t repeated = 0, count = data->sentences.count;
    int32_t number;
    laco_status status = LACO_OK;
    size_t *lengths = laco_alloc(data->ctx, count, sizeof *lengths);
    if (!lengths)
        return LACO_NO_MEMORY;
    laco_strings_init(&seen, data->ctx);
    for (size_t i = 0; i < count && status == LACO_OK; i++) {
        size_t before = seen.count, first, words = laco_tagged_sentence(data, i, &first);
        lengths[i] = words;
        status =
            laco_strings_add(&seen, (const char *)(data->sentences.ids + first), words * sizeof *data->sentences.ids, &number);
        repeated += status == LACO_OK && seen.count == before;
    }
    laco_strings_free(&seen);
    if (status == LACO_OK)
        status = laco_survey_lengths(notes, "sentences", "words", lengths, count);
    laco_release(data->ctx, lengths);
    if (status == LACO_OK && repeated > 0)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "repeated", "%zu of %zu sentences stand there more than once", repeated,
                                count);
    if (status == LACO_OK && count == 1 && data->sentences.ids_used > 200)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "sentences", "one sentence of %zu words: blank lines end a sentence",
                                data->sentences.ids_used);
    return status;
}

static laco_status characters(const laco_tagged *data, laco_notes *notes)
{
    laco_text_survey all;
    size_t length;
    laco_status status = laco_text_survey_begin(&all, data->ctx);
    for (size_t i = 0; i < data->words.count && status == LACO_OK; i++) {
        const char *word = laco_strings_get(&data->words, (int32_t)i, &length);
        status = laco_text_survey_add(&all, word, length, -1);
    }
    if (status == LACO_OK)
        status = laco_text_survey_end(&all, "different words", notes);
    laco_text_survey_free(&all);
    return status;
}

static laco_status fill(const laco_tagged *data, bool detail, laco_notes *notes)
{
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu sentences, %zu words", data->sentences.count,
                            data->sentences.ids_used));
    if (data->labels.count > 0)
        LACO_TRY(note_tags(data, detail, notes));
    if (!detail)
        return LACO_OK;
    LACO_TRY(survey(data, notes));
    return characters(data, notes);
}

laco_status laco_tagged_summary(const laco_tagged *data, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&data->notes, &summary));
    return laco_summary_end(summary, fill(data, detail, laco_summary_notes(summary)), out);
}
