/* What a set of tagged sentences holds, and what looks wrong in it. */
#include "tag/tagged.h"
#include "text/survey.h"

#include <string.h>

/* ---- Tags -------------------------------------------------------------------------------------------------------------------
 */

/* B_PER, b-per, PER-B: a tag that says where an entity begins or goes on, but not as B-PER. */
static bool marks_otherwise(const char *name)
{
    static const char letters[] = "BIESLUMbieslum", marks[] = "-_:.";
    size_t length = strlen(name);
    bool front = length > 2 && strchr(letters, name[0]) && strchr(marks, name[1]);
    return front || (length > 2 && strchr("BIESLU", name[length - 1]) && strchr(marks, name[length - 2]));
}

/* Tags that are perhaps meant to mark entities, but are not read so. */
static laco_status doubt_marks(const laco_tagged *data, laco_notes *notes)
{
    static const char right[] = "B-PER, I-PER and O mark entities; as they stand, words are scored and not entities";
    size_t marks = 0, outside = 0, others = 0;
    const char *other = "", *mark = "";
    for (size_t k = 0; k < data->labels.count; k++) {
        const char *name = data->names[k];
        bool is_mark = marks_otherwise(name), is_outside = strcmp(name, "O") == 0 || strcmp(name, "o") == 0;
        mark = is_mark ? name : mark;
        marks += is_mark;
        outside += is_outside;
        other = is_mark || is_outside ? other : name;
        others += !is_mark && !is_outside;
    }
    if (marks >= 2 && others == 0)
        return laco_notes_add(notes, LACO_NOTE_DOUBT, "entities", "tags as \"%.*s\": %s", laco_text_cut(mark, strlen(mark), 40),
                              mark, right);
    if (marks >= 2 && outside == 1 && others == 1)
        return laco_notes_add(notes, LACO_NOTE_DOUBT, "entities", "all tags but \"%.*s\" are marks of entities: %s",
                              laco_text_cut(other, strlen(other), 40), other, right);
    if (marks == 0 && outside == 1 && others > 0 && others <= 50)
        return laco_notes_add(notes, LACO_NOTE_DOUBT, "entities", "tags as \"%.*s\" beside O: %s",
                              laco_text_cut(other, strlen(other), 40), other, right);
    return LACO_OK;
}

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
    if (status == LACO_OK)
        status = laco_survey_names(notes, "tag", data->names, counts, data->labels.count);
    if (status == LACO_OK)
        status = laco_survey_first(notes, "tag", data->names, counts, data->labels.count, total > 0 ? data->tags.ids[0] : -1);
    laco_release(data->ctx, counts);
    LACO_TRY(status);
    return laco_tagged_is_bio(data) ? laco_notes_add(notes, LACO_NOTE_TAKEN, "entities", "which mark entities")
                                    : doubt_marks(data, notes);
}

/* ---- Sentences --------------------------------------------------------------------------------------------------------------
 */

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
    if (data->labels.count > 0 && data->sentences.count == 1 && data->sentences.ids_used >= 20)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "sentences", "one sentence of %zu words: blank lines end a sentence",
                                data->sentences.ids_used));
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
