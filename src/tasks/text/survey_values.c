/* Numbers that stand for a value that is missing: -999 among temperatures. */
#include "text/survey.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void laco_value_survey_begin(laco_value_survey *survey)
{
    *survey = (laco_value_survey){.least = INFINITY, .most = -INFINITY, .next_least = INFINITY, .next_most = -INFINITY};
}

void laco_value_survey_add(laco_value_survey *survey, double value)
{
    if (value == survey->least)
        survey->least_count++;
    if (value == survey->most)
        survey->most_count++;
    if (value < survey->least) {
        survey->next_least = survey->least;
        survey->least = value;
        survey->least_count = 1;
    } else if (value > survey->least && value < survey->next_least) {
        survey->next_least = value;
    }
    if (value > survey->most) {
        survey->next_most = survey->most;
        survey->most = value;
        survey->most_count = 1;
    } else if (value < survey->most && value > survey->next_most) {
        survey->next_most = value;
    }
}

/* Is a number written with nines alone, as -999 and 99.99, or the end of a range of whole numbers? */
static bool is_sentinel(double value)
{
    static const double ends[] = {32767, 32768, 65535, 2147483647, 2147483648, 4294967295, 1e20, 1e30};
    char text[32];
    double size = fabs(value);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (fabs(size - ends[i]) < 1e-6 * ends[i])
            return true;
    snprintf(text, sizeof text, "%.6g", size);
    return size >= 99 && strspn(text, "9.") == strlen(text);
}

laco_status laco_value_survey_end(const laco_value_survey *survey, const char *what, const char *right, laco_notes *notes)
{
    double least = survey->least, most = survey->most;
    bool below = is_sentinel(least) && survey->next_least - least > 2 * (most - survey->next_least),
         above = is_sentinel(most) && most - survey->next_most > 2 * (survey->next_most - least);
    if (!(least < survey->next_most) || (!below && !above)) /* fewer than three different values say nothing */
        return LACO_OK;
    return laco_notes_add(notes, LACO_NOTE_DOUBT, "sentinel",
                          "%zu values of %s are %.9g, far from all others: if they stand for none, %s",
                          below ? survey->least_count : survey->most_count, what, below ? least : most, right);
}
