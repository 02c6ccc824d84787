/* What a set holds, in numbers, and what looks wrong in it: as notes for its summary. */
#ifndef LACO_TEXT_SURVEY_H
#define LACO_TEXT_SURVEY_H

#include "data/strings.h"
#include "text/notes.h"

/* Labels (tags), `counts[k]` of `total` examples having label k: how many there are and which. In `detail` the examples of each,
 * and as warnings labels with few examples, one that is rare beside the others, labels that nearly every example has for itself.
 * `word` is "label" or "tag", `what` what has one: "texts". */
LACO_SHARED laco_status laco_survey_labels(laco_notes *notes, bool detail, const char *word, const char *what,
                                           const char *const *names, const size_t *counts, size_t label_count, size_t total);

/* Names of labels that are perhaps one: they differ in case, in blanks, in signs that do not show or in how a number is written,
 * or stand for a value that is missing. In doubts, the first few of them. */
laco_status laco_survey_names(laco_notes *notes, const char *word, const char *const *names, const size_t *counts,
                              size_t label_count);

/* Whether what was read first, of label or tag `first`, may have been a header: its label stands nowhere else, all others often. */
laco_status laco_survey_first(laco_notes *notes, const char *word, const char *const *names, const size_t *counts,
                              size_t label_count, int32_t first);

/* The shortest, middle and longest of `count` lengths, which are sorted: "texts of 3 … 12 … 40 characters". */
LACO_SHARED laco_status laco_survey_lengths(laco_notes *notes, const char *what, const char *unit, size_t *lengths, size_t count);

/* Numbers, one after another: does the least or the largest stand for a value that is missing? `what` is what they are of, `right` what
 * to do about them. A doubt. */
typedef struct laco_value_survey {
    double least, most, next_least, next_most; /* and the different ones next to these */
    size_t least_count, most_count;
} laco_value_survey;

void laco_value_survey_begin(laco_value_survey *survey);
void laco_value_survey_add(laco_value_survey *survey, double value);
laco_status laco_value_survey_end(const laco_value_survey *survey, const char *what, const char *right, laco_notes *notes);

/* Texts, one after another: their lengths, their characters, and texts that come again. */
typedef struct laco_text_survey {
    laco_context *ctx;
    uint32_t *points; /* [0x110000] how often each code point comes */
    size_t *lengths;  /* [count] in characters */
    size_t count, room;
    laco_strings seen; /* hashes */
    int32_t *labels;   /* of the first text with a hash */
    size_t label_room;
    size_t repeated, disputed, first_repeated, first_disputed; /* texts that came before; with another label; the first, from 1 */
    size_t mended;                                             /* signs of UTF-8 that was read as Latin-1 */
} laco_text_survey;

/* begin takes memory; free lets go of it, and goes with a survey that is all zero. */
LACO_SHARED laco_status laco_text_survey_begin(laco_text_survey *survey, laco_context *ctx);
LACO_SHARED void laco_text_survey_free(laco_text_survey *survey);

/* Another text, with the number of its label (-1: none). */
LACO_SHARED laco_status laco_text_survey_add(laco_text_survey *survey, const char *text, size_t length, int32_t label);

/* The notes; `what` is "texts". Lengths are sorted. */
LACO_SHARED laco_status laco_text_survey_end(laco_text_survey *survey, const char *what, laco_notes *notes);

#endif
