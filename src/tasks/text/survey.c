#include "text/survey.h"

#include "base/grow.h"
#include "base/hash.h"
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW 5 /* examples, of which a label is hardly learned */
#define POINTS ((size_t)0x110000)
#define REPLACEMENT 0xFFFD

/* ---- Lists of words -------------------------------------------------------------------------------------------------------- */

typedef struct list {
    char text[400];
    size_t used, count;
} list;

/* One more word, while there is room: "a, b, c …". */
static void put(list *l, size_t most, const char *format, const char *word, size_t number)
{
    char one[120];
    int shown = laco_text_cut(word, strlen(word), 40);
    snprintf(one, sizeof one, format, shown, word, number);
    l->count++;
    if (l->used + strlen(one) + 8 > sizeof l->text || l->count > most) {
        if (l->used > 0 && l->count <= most + 1)
            l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, " …");
        l->count = most + 1; /* nothing more */
        return;
    }
    l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%s", l->used ? ", " : "", one);
}

/* ---- Labels -----------------------------------------------------------------------------------------------------------------
 */

static laco_status warn_of_labels(laco_notes *notes, const char *word, const char *what, const char *const *names,
                                  const size_t *counts, size_t K, size_t total)
{
    list few = {0};
    size_t rare = 0, most = 0, least = 0;
    for (size_t k = 0; k < K; k++) {
        if (counts[k] > 0 && counts[k] < FEW) {
            put(&few, 12, "%.*s %zu", names[k], counts[k]);
            rare++;
        }
        most = counts[k] > counts[most] ? k : most;
        least = counts[k] < counts[least] ? k : least;
    }
    if (rare > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "few", "%zu %s%s with fewer than %d %s: %s", rare, word,
                                rare > 1 ? "s" : "", FEW, what, few.text));
    if (K > 1 && counts[least] > 0 && counts[most] >= 50 * counts[least])
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "uneven",
                                "%zu of %zu %s have the %s %s, %zu the %s %s: accuracy says little, macro-F1 more", counts[most],
                                total, what, word, names[most], counts[least], word, names[least]));
    if (K > 20 && 2 * K > total)
        LACO_TRY(
            laco_notes_add(notes, LACO_NOTE_WARNING, "own", "%zu %ss of %zu %s: nearly each has its own", K, word, total, what));
    return LACO_OK;
}

laco_status laco_survey_labels(laco_notes *notes, bool detail, const char *word, const char *what, const char *const *names,
                               const size_t *counts, size_t label_count, size_t total)
{
    list all = {0}, each = {0};
    for (size_t k = 0; k < label_count; k++) {
        put(&all, 8, "%.*s", names[k], 0);
        put(&each, 40, "%.*s %zu", names[k], counts[k]);
    }
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_TAKEN, "labels", "%zu %s%s: %s", label_count, word, label_count == 1 ? "" : "s",
                            all.text));
    if (!detail)
        return LACO_OK;
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_DETAIL, "examples", "%s of each %s: %s", what, word, each.text));
    return warn_of_labels(notes, word, what, names, counts, label_count, total);
}

laco_status laco_survey_first(laco_notes *notes, const char *word, const char *const *names, const size_t *counts,
                              size_t label_count, int32_t first)
{
    if (first < 0 || label_count < 3 || counts[first] != 1)
        return LACO_OK;
    for (size_t k = 0; k < label_count; k++)
        if (k != (size_t)first && counts[k] < FEW)
            return LACO_OK;
    return laco_notes_add(notes, LACO_NOTE_DOUBT, "header",
                          "the first line is learned like others, though its %s \"%.*s\" stands nowhere else: is it a header?",
                          word, laco_text_cut(names[first], strlen(names[first]), 40), names[first]);
}

/* ---- Lengths ----------------------------------------------------------------------------------------------------------------
 */

static int by_size(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

laco_status laco_survey_lengths(laco_notes *notes, const char *what, const char *unit, size_t *lengths, size_t count)
{
    if (count == 0)
        return LACO_OK;
    qsort(lengths, count, sizeof *lengths, by_size);
    size_t least = lengths[0], middle = lengths[count / 2], most = lengths[count - 1];
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_DETAIL, "lengths", "%s of %zu to %zu %s, half of them up to %zu", what, least, most,
                            unit, middle));
    if (most > 1000 && most > 50 * LACO_MAX(middle, (size_t)1))
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "long", "the longest has %zu %s, where half have at most %zu", most,
                                unit, middle));
    return LACO_OK;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------------------
 */

laco_status laco_text_survey_begin(laco_text_survey *survey, laco_context *ctx)
{
    *survey = (laco_text_survey){.ctx = ctx};
    laco_strings_init(&survey->seen, ctx);
    survey->points = laco_alloc(ctx, POINTS, sizeof *survey->points);
    return survey->points ? LACO_OK : LACO_NO_MEMORY;
}

void laco_text_survey_free(laco_text_survey *survey)
{
    if (!survey->ctx)
        return;
    laco_strings_free(&survey->seen);
    laco_release(survey->ctx, survey->points);
    laco_release(survey->ctx, survey->lengths);
    laco_release(survey->ctx, survey->labels);
}

/* Code points of a text. "Ã" before a sign of Latin-1 is what becomes of a letter in UTF-8 that is read as Latin-1. */
static size_t count_points(laco_text_survey *survey, const char *text, size_t length)
{
    size_t count = 0;
    int32_t point, before = 0;
    for (size_t i = 0, step; i < length; i += step, count++, before = point) {
        step = laco_utf8_point(text + i, length - i, &point);
        if (!step) {
            point = REPLACEMENT;
            step = 1;
        }
        survey->points[point] += survey->points[point] < UINT32_MAX;
        survey->mended += (before == 0xC3 || before == 0xC2) && point >= 0x80 && point <= 0xBF;
    }
    return count;
}

laco_status laco_text_survey_add(laco_text_survey *survey, const char *text, size_t length, int32_t label)
{
    uint64_t hash = laco_hash_bytes(LACO_HASH_START, text, length);
    size_t before = survey->seen.count;
    int32_t number;
    LACO_TRY(laco_grow(survey->ctx, &survey->lengths, &survey->room, survey->count + 1, sizeof *survey->lengths));
    LACO_TRY(laco_grow(survey->ctx, &survey->labels, &survey->label_room, before + 1, sizeof *survey->labels));
    survey->lengths[survey->count++] = count_points(survey, text, length);
    LACO_TRY(laco_strings_add(&survey->seen, (const char *)&hash, sizeof hash, &number));
    if (survey->seen.count > before) {
        survey->labels[number] = label;
        return LACO_OK;
    }
    survey->first_repeated = survey->repeated++ > 0 ? survey->first_repeated : survey->count;
    if (survey->labels[number] != label)
        survey->first_disputed = survey->disputed++ > 0 ? survey->first_disputed : survey->count;
    return LACO_OK;
}

/* A code point as it is shown in a list. */
static void show_point(size_t point, char out[16])
{
    if (point <= ' ' || (point >= 0x7F && point < 0xA1) || (point >= 0x300 && point < 0x370) || point > 0xFFFF) {
        snprintf(out, 16, "U+%04zX", point);
        return;
    }
    size_t used = 0;
    if (point < 0x80)
        out[used++] = (char)point;
    else if (point < 0x800)
        out[used++] = (char)(0xC0 | point >> 6);
    else {
        out[used++] = (char)(0xE0 | point >> 12);
        out[used++] = (char)(0x80 | (point >> 6 & 0x3F));
    }
    if (point >= 0x80)
        out[used++] = (char)(0x80 | (point & 0x3F));
    out[used] = 0;
}

static laco_status note_characters(const laco_text_survey *survey, laco_notes *notes)
{
    list once = {0};
    size_t different = 0, alone = 0, control = 0;
    char shown[16];
    for (size_t p = 0; p < POINTS; p++) {
        different += survey->points[p] > 0;
        control += p < ' ' && p != '\t' && p != '\n' && p != '\r' ? survey->points[p] : 0;
        if (survey->points[p] == 1) {
            show_point(p, shown);
            put(&once, 20, "%.*s", shown, 0);
            alone++;
        }
    }
    LACO_TRY(laco_notes_add(notes, LACO_NOTE_DETAIL, "characters", "%zu different characters, %zu of them only once%s%s",
                            different, alone, alone ? ": " : "", once.text));
    if (control > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "control", "%zu control characters", control));
    if (survey->points[REPLACEMENT] > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "replacement",
                                "%u times U+FFFD: characters that were lost when the text was once read in a wrong encoding",
                                (unsigned)survey->points[REPLACEMENT]));
    if (survey->mended > 3)
        LACO_TRY(laco_notes_add(
            notes, LACO_NOTE_WARNING, "mojibake",
            "%zu signs as Ã©: UTF-8 that was once read as Latin-1; iconv -f UTF-8 -t ISO-8859-1 gives it back", survey->mended));
    return LACO_OK;
}

laco_status laco_text_survey_end(laco_text_survey *survey, const char *what, laco_notes *notes)
{
    LACO_TRY(laco_survey_lengths(notes, what, "characters", survey->lengths, survey->count));
    LACO_TRY(note_characters(survey, notes));
    if (survey->repeated > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "repeated",
                                "%zu of %zu %s stand there more than once; the first again is number %zu", survey->repeated,
                                survey->count, what, survey->first_repeated));
    if (survey->disputed > 0)
        LACO_TRY(laco_notes_add(notes, LACO_NOTE_WARNING, "disputed",
                                "%zu of these with another label than before, the first is number %zu", survey->disputed,
                                survey->first_disputed));
    return LACO_OK;
}
