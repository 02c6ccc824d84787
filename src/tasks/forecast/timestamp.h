/* Time stamps of tables: read them, find the step from one row to the next, go on from there, write them as they were. */
#ifndef LACO_FORECAST_TIMESTAMP_H
#define LACO_FORECAST_TIMESTAMP_H

#include "base/base.h"

/* How far a stamp goes into detail; it is written back with the same parts. */
typedef enum laco_time_detail {
    LACO_TIME_NUMBER, /* a whole number: a year, an index */
    LACO_TIME_MONTH,
    LACO_TIME_DAY,
    LACO_TIME_MINUTE,
    LACO_TIME_SECOND,
} laco_time_detail;

/* The form of a column of stamps: YYYY-MM, YYYY-MM-DD, these with [T ]HH:MM[:SS[.fraction]] and a zone, Mon-YYYY, whole numbers.
 */
typedef struct laco_time_format {
    laco_time_detail detail;
    bool month_name; /* Jan-1949 */
    char date_mark;  /* '-' or '/' or, with a month's name, ' ' */
    char middle;     /* 'T' or ' ' between date and time */
    int fraction;    /* digits behind the seconds */
    char zone[8];    /* as it was written: "Z", "+01:00", or nothing; stamps are taken as they read */
} laco_time_format;

/* From one row to the next: so many months, or so many seconds (of LACO_TIME_NUMBER: units); all 0: not known. */
typedef struct laco_time_step {
    int64_t months, seconds;
} laco_time_step;

/* Reads a stamp into seconds since 1970 as if it were UTC (numbers: the number). False: it is none. Plain numbers are only
 * stamps where `numbers`. */
LACO_SHARED bool laco_time_parse(const char *text, size_t length, bool numbers, laco_time_format *format, int64_t *out);

/* Writes a stamp; `out` has room for 48 bytes. */
void laco_time_text(const laco_time_format *format, int64_t time, char out[48]);

/* The step that most of the rising `times` have. */
LACO_SHARED laco_time_step laco_time_find_step(const laco_time_format *format, const int64_t *times, size_t count);

/* `steps` steps on (or back). */
int64_t laco_time_add(const laco_time_step *step, int64_t time, int64_t steps);

/* The time counted in steps: what periods are measured by. */
double laco_time_clock(const laco_time_step *step, int64_t time);

/* Year, month 1 … 12, day 1 … 31. */
void laco_time_date(int64_t time, int64_t *year, int *month, int *day);

#endif
