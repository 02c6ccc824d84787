/* What a captioned set holds, and what looks wrong in it. */
#include "caption/captioned.h"
#include "text/survey.h"

#include <string.h>

static laco_status survey(const laco_captioned *data, laco_notes *notes)
{
    laco_text_survey all;
    size_t without = 0;
    laco_status status = laco_text_survey_begin(&all, data->ctx);
    for (size_t i = 0; i < data->count && status == LACO_OK; i++) {
        const char *caption = data->items[i].caption;
        without += !caption;
        status = caption ? laco_text_survey_add(&all, caption, strlen(caption), -1) : LACO_OK;
    }
    all.repeated = 0; /* many pictures show the same */
    if (status == LACO_OK)
        status = laco_notes_add(notes, LACO_NOTE_DETAIL, "captions", "%zu different captions", all.seen.count);
    if (status == LACO_OK)
        status = laco_text_survey_end(&all, "captions", notes);
    if (status == LACO_OK && without > 0)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "without", "%zu without a caption", without);
    laco_text_survey_free(&all);
    return status;
}

static laco_status fill(const laco_captioned *data, bool detail, laco_notes *notes)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < data->count; i++) {
        least = LACO_MIN(least, data->items[i].steps);
        most = LACO_MAX(most, data->items[i].steps);
    }
    if (data->kind != LACO_CAPTIONED_PICTURES)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu vectors of %zu numbers", data->count, most));
    else if (least == most)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu pictures of %zu × %lld", data->count, most,
                                (long long)data->features));
    else
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu pictures, %zu to %zu wide and %lld high", data->count, least,
                                most, (long long)data->features));
    return detail ? survey(data, notes) : LACO_OK;
}

laco_status laco_captioned_summary(const laco_captioned *data, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&data->notes, &summary));
    return laco_summary_end(summary, fill(data, detail, laco_summary_notes(summary)), out);
}
