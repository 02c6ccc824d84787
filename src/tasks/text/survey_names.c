/* Labels that are perhaps one label, written in two ways, or none at all. */
#include "text/survey.h"

#include "base/locale.h"
#include "text/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 256 /* bytes of a label that is looked at */

static const char *number_of(const char *name, char out[LONGEST])
{
    char *end;
    double value = strtod(name, &end);
    if (end == name || *end || strpbrk(name, "xXpP") || !isfinite(value))
        return NULL;
    snprintf(out, LONGEST, "%.17g", value == 0 ? 0 : value);
    return out;
}

/* The bytes of a sign that does not show, or only as a space; 0: another stands there. */
static size_t unseen(const char *at)
{
    static const char *const signs[] = {"\xC2\xA0",     "\xC2\xAD",     "\xE2\x80\x89", "\xE2\x80\x8B", "\xE2\x80\x8E",
                                        "\xE2\x80\x8F", "\xE2\x80\xAF", "\xE3\x80\x80", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(at, signs[i], strlen(signs[i])) == 0)
            return strlen(signs[i]);
    return isspace((unsigned char)*at) ? 1 : 0;
}

/* A name as it would be if case (of ASCII), blanks, signs that do not show and the writing of numbers did not count. */
static size_t plain_form(const char *name, char out[LONGEST])
{
    size_t used = 0;
    if (number_of(name, out))
        return strlen(out);
    while (*name && used + 1 < LONGEST) {
        size_t passed = unseen(name);
        if (!passed)
            out[used++] = (char)tolower((unsigned char)*name++);
        name += passed;
    }
    out[used] = 0;
    return used;
}

/* As programs write that there is no value. */
static bool is_missing(const char *name)
{
    static const char *const words[] = {"NaN", "nan", "NAN", "null", "NULL", "None", "N/A", "#N/A", "<NA>", "undefined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

static laco_status note_alike(laco_notes *notes, const char *word, const char *one, const char *other, size_t pairs)
{
    char more[60] = "";
    if (pairs > 1)
        snprintf(more, sizeof more, ", and %zu more such pairs", pairs - 1);
    return laco_notes_add(notes, LACO_NOTE_DOUBT, "alike",
                          "\"%.*s\" and \"%.*s\" are two %ss here%s: if they are one, write them alike",
                          laco_text_cut(one, strlen(one), 60), one, laco_text_cut(other, strlen(other), 60), other, word, more);
}

static laco_status find_alike(laco_notes *notes, const char *word, const char *const *names, size_t label_count)
{
    laco_strings seen;
    char form[LONGEST];
    laco_status status = LACO_OK;
    size_t pairs = 0, one = 0, other = 0, first_count = 0;
    laco_strings_init(&seen, notes->ctx);
    size_t *first = laco_alloc(notes->ctx, label_count, sizeof *first);
    if (!first)
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < label_count && status == LACO_OK; k++) {
        int32_t number;
        if (strlen(names[k]) >= LONGEST)
            continue;
        status = laco_strings_add(&seen, form, plain_form(names[k], form), &number);
        if (status < 0)
            break;
        if (seen.count > first_count) {
            first[first_count++] = k;
        } else if (pairs++ == 0) {
            one = first[number];
            other = k;
        }
    }
    laco_strings_free(&seen);
    laco_release(notes->ctx, first);
    if (status == LACO_OK && pairs > 0)
        status = note_alike(notes, word, names[one], names[other], pairs);
    return status;
}

laco_status laco_survey_names(laco_notes *notes, const char *word, const char *const *names, const size_t *counts,
                              size_t label_count)
{
    size_t missing = 0, count = 0;
    const char *shown = "";
    for (size_t k = 0; k < label_count; k++) {
        if (counts[k] == 0 || !is_missing(names[k]))
            continue;
        shown = missing++ ? shown : names[k];
        count += counts[k];
    }
    if (label_count > 0) {
        laco_locale plain;
        LACO_TRY(laco_locale_begin(notes->ctx, &plain));
        laco_status status = find_alike(notes, word, names, label_count);
        laco_locale_end(&plain);
        LACO_TRY(status);
    }
    if (missing == 0)
        return LACO_OK;
    return laco_notes_add(notes, LACO_NOTE_DOUBT, "missing",
                          "\"%s\" is learned as a %s like others, %zu times: if it says that there is none, leave these out",
                          shown, word, count);
}
