/* Time stamps of tables: read them, find the step from one row to the next, go on from there, write them as they were.
 *
 * A time is an int64: microseconds since 1970-01-01 as if the stamp were UTC, or, where stamps are whole numbers, the number. */
#ifndef LACO_FORECAST_TIMESTAMP_H
#define LACO_FORECAST_TIMESTAMP_H

#include "base/base.h"
#include "laco/series.h"

#define LACO_SECOND ((int64_t)1000000)
#define LACO_DAY (86400 * LACO_SECOND)

/* How far a stamp goes into detail; it is written back with the same parts. */
typedef enum laco_time_detail {
    LACO_TIME_NUMBER, /* a number: a year, an index, seconds of a clock */
    LACO_TIME_MONTH,
    LACO_TIME_DAY,
    LACO_TIME_HOUR,
    LACO_TIME_MINUTE,
    LACO_TIME_SECOND,
} laco_time_detail;

/* ---- Forms -------------------------------------------------------------------------------------------------------------- */

/* One form of a date. A pattern is read and written letter by letter:
 *     Y year of four digits, C the same within 1800 … 2199, e year of one digit, y year of two digits (69 … 99: 19yy),
 *     m d month and day of one or two digits, M D of two, b name of the month (Jan or January), q quarter,
 *     G year and v week of ISO 8601, u its weekday, H N S hour, minute and second of two digits, K the letter M,
 *     and in forms that are refused x year and w week of two digits, j day of the year of three;
 *     - one of - / . and space, the same everywhere; ~ the same or nothing; all else is itself, in either case. */
typedef struct laco_time_form {
    const char *name, *pattern; /* the name is in messages and in model files */
    laco_time_detail detail;
    laco_date_order order; /* where day and month could be exchanged; else LACO_DATE_DEFAULT */
    int months, days;      /* the step where there is but one row */
    bool clock;            /* [T ]HH:MM[:SS[.fraction]][ AM|PM][zone] may follow */
    const char *refused;   /* why such stamps are not taken, and what would be right; NULL: they are */
} laco_time_form;

/* Ended by one without a name; laco_time_forms[0] is a number. */
LACO_SHARED extern const laco_time_form laco_time_forms[];

/* The place of a form by its name, or -1. */
int laco_time_form_find(const char *name);

/* The form of a column of stamps and how it is written. */
typedef struct laco_time_format {
    int form; /* place in laco_time_forms */
    laco_time_detail detail;
    char date_mark;  /* for - in the pattern; 0: none */
    char middle;     /* 'T' or ' ' between date and time */
    int fraction;    /* digits behind the seconds, or behind the point of numbers */
    char point;      /* before them: '.' or ',' */
    bool short_date; /* days and months below ten have one digit */
    bool short_hour;
    char month_letters; /* of names: 'a' jan, 'b' Jan, 'c' JAN; in upper case the whole name */
    char half;          /* 0, or AM and PM: 'A' upper case, 'a' lower; 'B' and 'b' with a space before */
    char zone[8];       /* as it was written: "Z", "+01:00", " UTC" or nothing */
} laco_time_format;

/* A stamp that was read. */
typedef struct laco_time_stamp {
    laco_time_format format;
    int64_t whole;  /* seconds, or the number, rounded down */
    int32_t micros; /* the fraction */
    int32_t offset; /* seconds by which the zone is ahead of UTC */
} laco_time_stamp;

typedef enum laco_time_fit {
    LACO_TIME_UNFIT,   /* another form */
    LACO_TIME_COARSE,  /* a number, and the column's are too large for the fractions in it */
    LACO_TIME_NO_DATE, /* the form fits, and there is no such time: 2021-02-29 */
    LACO_TIME_FITS,
} laco_time_fit;

/* Numbers of time are smaller than this, without sign: with fractions, their microseconds fit 64 bits. */
int64_t laco_time_bound(bool fractions);

LACO_SHARED laco_time_fit laco_time_parse(int form, const char *text, size_t length, laco_time_stamp *out);

/* The time of a stamp in a column of this format: as it reads. */
LACO_SHARED int64_t laco_time_of(const laco_time_format *format, const laco_time_stamp *stamp);

/* Units of time in a second, or in one of the number: 1 or LACO_SECOND. */
int64_t laco_time_unit(const laco_time_format *format);

/* Writes a stamp; `out` has room for 48 bytes. */
LACO_SHARED void laco_time_text(const laco_time_format *format, int64_t time, char out[48]);

/* ---- Columns ------------------------------------------------------------------------------------------------------------ */

/* Kinds of forms, as bits. */
enum {
    LACO_TIME_NUMBERS = 1,
    LACO_TIME_DIGITS = 2, /* dates of digits alone: 201601 */
    LACO_TIME_DATES = 4,
    LACO_TIME_CLOCKS = 8,   /* times of day without a date */
    LACO_TIME_REFUSED = 16, /* those that are known for what they are, and not taken */
    LACO_TIME_ANY = 31,
};

/* The forms that all stamps of a column so far could have. */
typedef struct laco_time_guess {
    uint64_t forms;          /* bits */
    laco_time_format format; /* of the rows so far: the finest of them */
    int32_t offset;          /* of the last row's zone */
    bool zones_differ, months_differ;
    int latest_month; /* 1 … 12, of all rows in their last form; 0: they are numbers */
    int64_t number;   /* the last row, where it is a number */
    int64_t largest;  /* of all rows, without sign, where they are numbers */
    int64_t first;    /* the time of the first row, in its first form */
    size_t rows;
} laco_time_guess;

LACO_SHARED void laco_time_guess_start(laco_time_guess *guess, laco_date_order order, unsigned kinds);

/* One more stamp. LACO_TIME_FITS, or why no form is left: the guess is then as before. */
LACO_SHARED laco_time_fit laco_time_guess_add(laco_time_guess *guess, const char *text, size_t length);

/* The form of the column, into guess->format. `unclear` decides between day first and month first where the stamps do not.
 * False: they do not, and it is LACO_DATE_DEFAULT. */
LACO_SHARED bool laco_time_guess_end(laco_time_guess *guess, laco_date_order unclear);

/* After the end: a column of numbers that could be dates of a form that is refused; NULL: it could not. */
LACO_SHARED const laco_time_form *laco_time_guess_doubt(const laco_time_guess *guess);

/* Does a text look like a date, known or not? */
LACO_SHARED bool laco_time_looks_like(const char *text, size_t length);

/* ---- Steps -------------------------------------------------------------------------------------------------------------- */

/* Where in its month a stamp lies. */
typedef enum laco_month_rule {
    LACO_MONTH_DAY, /* on a day, or the last where the month is shorter */
    LACO_MONTH_END,
    LACO_MONTH_FIRST_WEEKDAY,
    LACO_MONTH_LAST_WEEKDAY,
} laco_month_rule;

/* From one row to the next: so many months, or so much time; all 0: not known. */
typedef struct laco_time_step {
    int64_t months, time;
    laco_month_rule rule;
    int32_t day;       /* of LACO_MONTH_DAY; 0: that of the stamp */
    uint32_t weekdays; /* bits from Monday on: others are passed over; 0: none is, and open and slots play no part */
    int64_t open;      /* the first time of a day */
    int64_t slots;     /* steps in a day */
} laco_time_step;

/* The step that most of the rising `times` have. */
LACO_SHARED laco_time_step laco_time_find_step(const laco_time_format *format, const int64_t *times, size_t count);

/* `steps` steps on (or back). What is beyond an int64 is its end. */
int64_t laco_time_add(const laco_time_step *step, int64_t time, int64_t steps);

/* The time counted in steps: what periods are measured by. */
LACO_SHARED double laco_time_clock(const laco_time_step *step, int64_t time);

bool laco_time_step_equal(const laco_time_step *a, const laco_time_step *b);

/* "monthly, at month ends", "every 5 minutes". */
void laco_time_step_text(const laco_time_format *format, const laco_time_step *step, char out[80]);

/* ---- The calendar ------------------------------------------------------------------------------------------------------- */

int64_t laco_floor_divide(int64_t a, int64_t b);
int64_t laco_days_from_date(int64_t year, int month, int day);
void laco_date_from_days(int64_t days, int64_t *year, int *month, int *day);
int laco_month_length(int64_t year, int month);

/* 0 is Monday. */
int laco_weekday(int64_t days);

/* The Monday with which an ISO year begins, as days. */
int64_t laco_iso_year_start(int64_t year);

/* Year, month 1 … 12, day 1 … 31 of a time that is no number. */
void laco_time_date(int64_t time, int64_t *year, int *month, int *day);

#endif
