/* What a set of pairs holds, and what looks wrong in it. */
#include "text/survey.h"
#include "transduce/pairs.h"

/* The texts of one side. */
static laco_status survey_side(const laco_pairs *pairs, const laco_strings *strings, const char *what, laco_notes *notes)
{
    laco_text_survey survey;
    size_t length;
    laco_status status = laco_text_survey_begin(&survey, pairs->ctx);
    for (size_t i = 0; i < strings->count && status == LACO_OK; i++) {
        const char *text = laco_strings_get(strings, (int32_t)i, &length);
        status = laco_text_survey_add(&survey, text, length, -1);
    }
    if (status == LACO_OK)
        status = laco_text_survey_end(&survey, what, notes);
    laco_text_survey_free(&survey);
    return status;
}

static laco_status fill(const laco_pairs *pairs, bool detail, laco_notes *notes)
{
    size_t different = laco_pairs_line_count(pairs), sources = pairs->sources.count, several = 0;
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu pairs of %zu sources and %zu targets", different, sources,
                            pairs->targets.count));
    if (sources == 1 && different > 1)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "sources", "all pairs have one source: is another column meant?"));
    if (!detail)
        return LACO_OK;
    LACO_TRY(survey_side(pairs, &pairs->sources, "sources", notes));
    LACO_TRY(survey_side(pairs, &pairs->targets, "targets", notes));
    for (size_t i = 0; i < sources; i++)
        several += laco_pairs_target_count(pairs, i) > 1;
    if (several > 0)
        LACO_TRY(
            laco_notes_add(notes, LACO_NOTE_DETAIL, "several", "%zu sources have several targets, each of them right", several));
    if (pairs->lines > different)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "repeated", "%zu of %zu lines stand there more than once",
                                pairs->lines - different, pairs->lines));
    if (sources > 20 && 4 * sources < different)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "sources", "%.1f targets for each source: are the columns swapped?",
                                (double)different / (double)sources));
    return LACO_OK;
}

laco_status laco_pairs_summary(const laco_pairs *pairs, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&pairs->notes, &summary));
    return laco_summary_end(summary, fill(pairs, detail, laco_summary_notes(summary)), out);
}
