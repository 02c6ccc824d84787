/* What a set of recordings holds, and what looks wrong in it. */
#include "text/survey.h"
#include "transcribe/spoken.h"

#include <string.h>

static laco_status survey(const laco_spoken *data, laco_notes *notes)
{
    laco_text_survey all;
    size_t silent = 0, *lengths = laco_alloc(data->ctx, data->count, sizeof *lengths);
    if (!lengths)
        return LACO_NO_MEMORY;
    laco_status status = laco_text_survey_begin(&all, data->ctx);
    for (size_t i = 0; i < data->count && status == LACO_OK; i++) {
        const laco_recording *item = &data->items[i];
        float most = 0;
        lengths[i] = item->count * 1000 / (size_t)LACO_MAX(data->rate, 1);
        for (size_t k = 0; k < item->count; k++)
            most = LACO_MAX(most, LACO_MAX(item->samples[k], -item->samples[k]));
        silent += most < 1e-4f;
        status = item->text ? laco_text_survey_add(&all, item->text, strlen(item->text), -1) : LACO_OK;
    }
    all.repeated = 0; /* many may say the same */
    if (status == LACO_OK)
        status = laco_survey_lengths(notes, "recordings", "milliseconds", lengths, data->count);
    if (status == LACO_OK)
        status = laco_text_survey_end(&all, "transcripts", notes);
    if (status == LACO_OK && silent > 0)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "silent", "%zu recordings are silent", silent);
    laco_text_survey_free(&all);
    laco_release(data->ctx, lengths);
    return status;
}

static laco_status fill(const laco_spoken *data, bool detail, laco_notes *notes)
{
    const laco_spoken_changes *changes = &data->changes;
    size_t samples = 0, texted = 0;
    for (size_t i = 0; i < data->count; i++) {
        samples += data->items[i].count;
        texted += data->items[i].text != NULL;
    }
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu recordings, %.1f minutes at %d samples a second", data->count,
                            (double)samples / LACO_MAX(data->rate, 1) / 60, data->rate));
    if (changes->resampled > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "resampled",
                                "%zu of %zu files converted to %d samples a second (from %d)", changes->resampled, changes->files,
                                data->rate, changes->file_rate));
    if (changes->mixed > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_DOUBT, "mixed", "%zu of %zu files have several channels, which were averaged",
                                changes->mixed, changes->files));
    if (texted < data->count)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "texts", "%zu of them have a text", texted));
    return detail ? survey(data, notes) : LACO_OK;
}

laco_status laco_spoken_summary(const laco_spoken *data, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&data->notes, &summary));
    return laco_summary_end(summary, fill(data, detail, laco_summary_notes(summary)), out);
}
