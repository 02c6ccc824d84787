/* What a labelled set holds, and what looks wrong in it. */
#include "classify/labelled.h"
#include "text/survey.h"

#include <string.h>

static const char *kind_of(const laco_labelled *data) { return data->kind == LACO_LABELLED_NUMBERS ? "sequences" : "texts"; }

static laco_status note_rows(const laco_labelled *data, laco_notes *notes)
{
    size_t least = SIZE_MAX, most = 0;
    if (data->kind != LACO_LABELLED_NUMBERS)
        return laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu texts", data->count);
    for (size_t i = 0; i < data->count; i++) {
        least = LACO_MIN(least, data->examples[i].length);
        most = LACO_MAX(most, data->examples[i].length);
    }
    if (least == most)
        return laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu sequences of %zu steps of %lld number%s", data->count, most,
                              (long long)data->features, data->features == 1 ? "" : "s");
    return laco_notes_add(notes, LACO_NOTE_TAKEN, "rows", "%zu sequences of %zu to %zu steps of %lld number%s", data->count,
                          LACO_MIN(least, most), most, (long long)data->features, data->features == 1 ? "" : "s");
}

static laco_status survey_texts(const laco_labelled *data, laco_notes *notes)
{
    laco_text_survey survey;
    laco_status status = laco_text_survey_begin(&survey, data->ctx);
    for (size_t i = 0; i < data->count && status == LACO_OK; i++)
        status = laco_text_survey_add(&survey, data->examples[i].text, data->examples[i].length, data->examples[i].label);
    if (status == LACO_OK)
        status = laco_text_survey_end(&survey, "texts", notes);
    laco_text_survey_free(&survey);
    return status;
}

/* Sequences that come again, and features that never change. */
static laco_status survey_numbers(const laco_labelled *data, laco_notes *notes)
{
    laco_strings seen;
    size_t repeated = 0, F = (size_t)data->features;
    int32_t number;
    laco_status status = LACO_OK;
    laco_strings_init(&seen, data->ctx);
    size_t *lengths = laco_alloc(data->ctx, data->count, sizeof *lengths);
    if (!lengths)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < data->count && status == LACO_OK; i++) {
        size_t before = seen.count;
        const laco_example *example = &data->examples[i];
        lengths[i] = example->length;
        status = laco_strings_add(&seen, (const char *)example->values, example->length * F * sizeof(laco_real), &number);
        repeated += status == LACO_OK && seen.count == before;
    }
    laco_strings_free(&seen);
    if (status == LACO_OK)
        status = laco_survey_lengths(notes, "sequences", "steps", lengths, data->count);
    laco_release(data->ctx, lengths);
    if (status == LACO_OK && repeated > 0)
        status = laco_notes_add(notes, LACO_NOTE_WARNING, "repeated", "%zu of %zu sequences stand there more than once", repeated,
                                data->count);
    return status;
}

/* A number that stands for none. */
static laco_status doubt_values(const laco_labelled *data, laco_notes *notes)
{
    laco_value_survey values;
    laco_value_survey_begin(&values);
    for (size_t i = 0; i < data->count; i++)
        for (size_t k = 0; k < data->examples[i].length * (size_t)data->features; k++)
            laco_value_survey_add(&values, (double)data->examples[i].values[k]);
    return laco_value_survey_end(&values, "the sequences", "fill these in first", notes);
}

/* Texts of numbers alone, which are read letter by letter. */
static laco_status doubt_texts(const laco_labelled *data, laco_notes *notes)
{
    for (size_t i = 0; i < data->count; i++) {
        const char *text = data->examples[i].text;
        bool digit = false, space = false;
        for (size_t k = 0; k < data->examples[i].length; k++) {
            if (!text[k] || !strchr("0123456789+-.,;eE[]() \t\r\n", text[k]))
                return LACO_OK;
            digit = digit || (text[k] >= '0' && text[k] <= '9');
            space = space || (k > 0 && strchr(" ,;\t", text[k]));
        }
        if (!digit || !space)
            return LACO_OK;
    }
    return laco_notes_add(
        notes, LACO_NOTE_DOUBT, "numbers",
        "the texts are numbers, and are read as text: sequences of numbers are rows of them with the label last, in CSV");
}

static laco_status fill(const laco_labelled *data, bool detail, laco_notes *notes)
{
    LACO_TRY(note_rows(data, notes));
    if (data->labels.count > 0) {
        LACO_TRY(laco_survey_labels(notes, detail, "label", kind_of(data), data->names, data->label_counts, data->labels.count,
                                    data->count));
        LACO_TRY(laco_survey_names(notes, "label", data->names, data->label_counts, data->labels.count));
        LACO_TRY(laco_survey_first(notes, "label", data->names, data->label_counts, data->labels.count,
                                   data->count > 0 ? data->examples[0].label : -1));
    }
    if (data->count > 0)
        LACO_TRY(data->kind == LACO_LABELLED_NUMBERS ? doubt_values(data, notes) : doubt_texts(data, notes));
    if (!detail)
        return LACO_OK;
    return data->kind == LACO_LABELLED_NUMBERS ? survey_numbers(data, notes) : survey_texts(data, notes);
}

laco_status laco_labelled_summary(const laco_labelled *data, bool detail, laco_summary **out)
{
    laco_summary *summary;
    LACO_TRY(laco_summary_begin(&data->notes, &summary));
    return laco_summary_end(summary, fill(data, detail, laco_summary_notes(summary)), out);
}
