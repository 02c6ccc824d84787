/* Time stamps: every form read, gone on from, and written as it was; what is refused; steps, clocks, and numbers with decimal
 * commas. */
#include "table/decimal.h"
#include "forecast/series.h"
#include "temporary_folder.h"

#include "laco/laco.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MOST 400

static laco_context *ctx;

static int begin(void **state)
{
    (void)state;
    temporary_folder_make();
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_context_free(ctx);
    temporary_folder_remove();
    return 0;
}

/* ---- Forms ---------------------------------------------------------------------------------------------------------------- */

/* A column of stamps, between bars: its form, seconds since 1970 of its first, its frequency, and how it goes on. */
typedef struct column {
    const char *stamps, *form;
    int64_t first;
    const char *frequency, *next;
} column;

static const column columns[] = {
    {"2003-11|2003-12|2004-01", "YYYY-MM", 1067644800, "monthly", "2004-02"},
    {"2003-11-01|2003-11-02|2003-11-03", "YYYY-MM-DD", 1067644800, "daily", "2003-11-04"},
    {"2014/4/1|2014/4/2|2014/4/3", "YYYY-MM-DD", 1396310400, "daily", "2014/4/4"},
    {"2014.04.01|2014.04.02", "YYYY-MM-DD", 1396310400, "daily", "2014.04.03"},
    {"2016-12-31 21:00:00|2016-12-31 22:00:00|2016-12-31 23:00:00", "YYYY-MM-DD", 1483218000, "hourly", "2017-01-01 00:00:00"},
    {"2016-12-31T21:00Z|2016-12-31T22:00Z", "YYYY-MM-DD", 1483218000, "hourly", "2016-12-31T23:00Z"},
    {"2016-12-31 21:00:00 UTC|2016-12-31 22:00:00 UTC", "YYYY-MM-DD", 1483218000, "hourly", "2016-12-31 23:00:00 UTC"},
    {"2016-12-31 21|2016-12-31 22", "YYYY-MM-DD", 1483218000, "hourly", "2016-12-31 23"},
    {"2020-01-01T00:00:00+0100|2020-01-01T06:00:00+0100", "YYYY-MM-DD", 1577836800, "every 6 hours", "2020-01-01T12:00:00+0100"},
    {"2022-01-01 00:00:00.000|2022-01-01 00:00:00.200|2022-01-01 00:00:00.400", "YYYY-MM-DD", 1640995200, "every 0.2 seconds",
     "2022-01-01 00:00:00.600"},
    {"2022-01-01 00:00:00|2022-01-01 00:00:00.01|2022-01-01 00:00:00.02", "YYYY-MM-DD", 1640995200, "every 0.01 seconds",
     "2022-01-01 00:00:00.03"},
    {"2022-01-01 00:00:00,998|2022-01-01 00:00:00,999", "YYYY-MM-DD", 1640995200, "every 0.001 seconds",
     "2022-01-01 00:00:01,000"},
    {"2014-04-10 07:15:00.000000000|2014-04-10 07:20:00.000000000", "YYYY-MM-DD", 1397114100, "every 5 minutes",
     "2014-04-10 07:25:00.000000000"},
    {"1/30/2016 11:00:00 PM|1/31/2016 12:00:00 AM|1/31/2016 1:00:00 AM", "MM/DD/YYYY", 1454194800, "hourly",
     "1/31/2016 2:00:00 AM"},
    {"2016-01-01 11:00am|2016-01-01 12:00pm", "YYYY-MM-DD", 1451646000, "hourly", "2016-01-01 01:00pm"},
    {"30/12/2016|31/12/2016|01/01/2017", "DD/MM/YYYY", 1483056000, "daily", "02/01/2017"},
    {"30.12.2016|31.12.2016", "DD/MM/YYYY", 1483056000, "daily", "01.01.2017"},
    {"12/30/2016|12/31/2016", "MM/DD/YYYY", 1483056000, "daily", "01/01/2017"},
    {"11/2016|12/2016", "MM/YYYY", 1477958400, "monthly", "01/2017"},
    {"Jan-1949|Feb-1949", "Mon-YYYY", -662688000, "monthly", "Mar-1949"},
    {"Jan 2016|Feb 2016", "Mon-YYYY", 1451606400, "monthly", "Mar 2016"},
    {"april 2016|may 2016|june 2016", "Mon-YYYY", 1459468800, "monthly", "july 2016"},
    {"NOV-16|DEC-16", "Mon-YY", 1477958400, "monthly", "JAN-17"},
    {"Nov-99|Dec-99", "Mon-YY", 941414400, "monthly", "Jan-00"},
    {"2016-Nov|2016-Dec", "YYYY-Mon", 1477958400, "monthly", "2017-Jan"},
    {"30-Dec-2016|31-Dec-2016", "DD-Mon-YYYY", 1483056000, "daily", "01-Jan-2017"},
    {"1 Jan 2016|2 Jan 2016", "DD-Mon-YYYY", 1451606400, "daily", "3 Jan 2016"},
    {"Jan 1, 2016|Jan 2, 2016", "Mon DD, YYYY", 1451606400, "daily", "Jan 3, 2016"},
    {"2016Q3|2016Q4", "YYYYQn", 1467331200, "quarterly", "2017Q1"},
    {"2016-Q3|2016-Q4", "YYYYQn", 1467331200, "quarterly", "2017-Q1"},
    {"Q3 2016|Q4 2016", "Qn-YYYY", 1467331200, "quarterly", "Q1 2017"},
    {"2015-W52|2015-W53|2016-W01", "YYYY-Www", 1450656000, "weekly", "2016-W02"},
    {"2020W52|2020W53", "YYYY-Www", 1608508800, "weekly", "2021W01"},
    {"2020-W53-5|2020-W53-6", "YYYY-Www-D", 1609459200, "daily", "2020-W53-7"},
    {"202011|202012", "YYYYMM", 1604188800, "monthly", "202101"},
    {"2020.11|2020.12", "YYYY.MM", 1604188800, "monthly", "2021.01"},
    {"20220130|20220131", "YYYYMMDD", 1643500800, "daily", "20220201"},
    {"2016123122|2016123123", "YYYYMMDDHH", 1483221600, "hourly", "2017010100"},
    {"20161231T235800|20161231T235900", "YYYYMMDDTHHMMSS", 1483228680, "every minute", "20170101T000000"},
    {"22:30|23:00|23:30", "HH:MM", 81000, "every 30 minutes", "00:00"},
    {"1-11|1-12|2-01", "Y-MM", -62109331200, "monthly", "2-02"},
    {"1998|1999|2000", "a number", 1998, "in steps of 1", "2001"},
    {"-0.4|-0.2|0.0|0.2", "a number", -1, "in steps of 0.2", "0.4"},
    {"0|0.5|1.0", "a number", 0, "in steps of 0.5", "1.5"},
    /* months */
    {"2020-10-31|2020-11-30|2020-12-31|2021-01-31", "YYYY-MM-DD", 1604102400, "monthly, at month ends", "2021-02-28"},
    {"2017-09-30|2017-12-31", "YYYY-MM-DD", 1506729600, "quarterly, at month ends", "2018-03-31"},
    {"2018-02-28|2019-02-28", "YYYY-MM-DD", 1519776000, "yearly, at month ends", "2020-02-29"},
    {"2016-12-30|2017-01-30|2017-02-28", "YYYY-MM-DD", 1483056000, "monthly", "2017-03-30"},
    {"2003-07-15|2003-10-15|2004-01-15", "YYYY-MM-DD", 1058227200, "quarterly", "2004-04-15"},
    {"2001-01-31|2001-03-31|2001-05-31|2001-07-31", "YYYY-MM-DD", 980899200, "every 2 months, at month ends", "2001-09-30"},
    {"2020-12-31|2021-01-29|2021-02-26|2021-03-31|2021-04-30|2021-05-31|2021-06-30", "YYYY-MM-DD", 1609372800,
     "monthly, on the last weekday", "2021-07-30"},
    {"2021-03-01|2021-04-01|2021-05-03|2021-06-01|2021-07-01|2021-08-02", "YYYY-MM-DD", 1614556800,
     "monthly, on the first weekday", "2021-09-01"},
    {"2019-12-31|2020-12-31", "YYYY-MM-DD", 1577750400, "yearly", "2021-12-31"},
    /* days and hours that are left out */
    {"2023-06-01|2023-06-02|2023-06-05|2023-06-06|2023-06-07|2023-06-08|2023-06-09|2023-06-12|2023-06-13|2023-06-14|2023-06-15|"
     "2023-06-16",
     "YYYY-MM-DD", 1685577600, "daily, Monday to Friday", "2023-06-19"},
    {"2023-06-02|2023-06-03|2023-06-05|2023-06-06|2023-06-07|2023-06-08|2023-06-09|2023-06-10|2023-06-12|2023-06-13|2023-06-14|"
     "2023-06-15|"
     "2023-06-16|2023-06-17",
     "YYYY-MM-DD", 1685664000, "daily, Mon Tue Wed Thu Fri Sat", "2023-06-19"},
    {"1984-02-26|1984-02-27|1984-02-28|1984-03-01", "YYYY-MM-DD", 446601600, "daily", "1984-03-02"}, /* one day is missing */
    {"2023-06-05|2023-06-12|2023-06-19", "YYYY-MM-DD", 1685923200, "weekly", "2023-06-26"},
};

/* Reads a column between bars; returns how many stamps it has. */
static size_t read_column(const char *stamps, unsigned kinds, laco_time_guess *guess, int64_t *times)
{
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 0)
            laco_time_guess_start(guess, LACO_DATE_DEFAULT, kinds);
        else
            assert_true(laco_time_guess_end(guess, LACO_DATE_DEFAULT));
        count = 0;
        for (const char *at = stamps; *at; count++) {
            size_t length = strcspn(at, "|");
            laco_time_stamp stamp;
            if (pass == 0 && laco_time_guess_add(guess, at, length) != LACO_TIME_FITS)
                fail_msg("%s: stamp %zu does not fit", stamps, count + 1);
            if (pass == 1) {
                assert_int_equal(laco_time_parse(guess->format.form, at, length, &stamp), LACO_TIME_FITS);
                times[count] = laco_time_of(&guess->format, &stamp);
            }
            at += length + (at[length] == '|');
        }
    }
    return count;
}

static unsigned kinds_of(const char *stamps)
{
    return laco_decimal_marks(stamps, strlen(stamps)) || strspn(stamps, "0123456789.|-") == strlen(stamps)
               ? LACO_TIME_ANY
               : LACO_TIME_ANY & ~LACO_TIME_NUMBERS;
}

static void test_columns_are_read_gone_on_from_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const column *c = &columns[i];
        laco_time_guess guess;
        int64_t times[MOST];
        char text[48], frequency[80];
        size_t count = read_column(c->stamps, kinds_of(c->stamps), &guess, times);
        assert_string_equal(laco_time_forms[guess.format.form].name, c->form);
        assert_int_equal(laco_floor_divide(times[0], laco_time_unit(&guess.format)), c->first);
        const char *last = c->stamps + strlen(c->stamps);
        while (last > c->stamps && last[-1] != '|')
            last--;
        laco_time_text(&guess.format, times[count - 1], text);
        assert_string_equal(text, last);
        laco_time_step step = laco_time_find_step(&guess.format, times, count);
        laco_time_step_text(&guess.format, &step, frequency);
        if (strcmp(frequency, c->frequency) != 0)
            fail_msg("%s: is said to be %s, not %s", c->stamps, frequency, c->frequency);
        laco_time_text(&guess.format, laco_time_add(&step, times[count - 1], 1), text);
        if (strcmp(text, c->next) != 0)
            fail_msg("%s: goes on with %s, not %s", c->stamps, text, c->next);
        assert_int_equal(laco_time_add(&step, laco_time_add(&step, times[count - 1], 1), -1), times[count - 1]);
        assert_true(fabs(laco_time_clock(&step, laco_time_add(&step, times[count - 1], 7)) -
                         laco_time_clock(&step, times[count - 1]) - 7) < 1e-9);
    }
}

/* One stamp alone: no form, no such date, or a form that is refused with a reason. */
static void test_what_is_no_stamp(void **state)
{
    static const char *const unfit[] = {"",
                                        "x",
                                        "12-",
                                        "-1-01",
                                        "2001-01-01x",
                                        "Foo-1949",
                                        "2001-01-01 10:00:00 noon",
                                        "2016-Q",
                                        "1.2.3.4",
                                        "2016-01-01 10:00:00 CET",
                                        "2001-01/02",
                                        "0x10",
                                        "1e3",
                                        "2016-01-01T",
                                        "16-Jan"};
    static const char *const no_date[] = {
        "1949-13",  "1949-00",  "2001-02-30", "2021-02-29",          "2001-01-01 25:00", "2001-01-01 10:61", "30/02/2016",
        "2016-W54", "2021-W53", "2016Q5",     "2016-01-01 13:00 PM", "2001-01-01 24:01", "Feb 30, 2016",     "2100-02-29"};
    static const char *const short_year[] = {"01/31/16",  "1/1/16",         "31.01.16", "16-01-31",
                                             "16-Jan-17", "01/31/16 10:00", "Jan 1, 16"};
    laco_time_guess guess;
    (void)state;
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
        laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
        if (laco_time_guess_add(&guess, unfit[i], strlen(unfit[i])) != LACO_TIME_UNFIT)
            fail_msg("\"%s\" is taken for a stamp", unfit[i]);
    }
    for (size_t i = 0; i < sizeof no_date / sizeof *no_date; i++) {
        laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
        if (laco_time_guess_add(&guess, no_date[i], strlen(no_date[i])) != LACO_TIME_NO_DATE)
            fail_msg("\"%s\" is not refused as no date", no_date[i]);
    }
    for (size_t i = 0; i < sizeof short_year / sizeof *short_year; i++) {
        laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
        assert_int_equal(laco_time_guess_add(&guess, short_year[i], strlen(short_year[i])), LACO_TIME_FITS);
        assert_true(laco_time_guess_end(&guess, LACO_DATE_DEFAULT));
        assert_non_null(laco_time_forms[guess.format.form].refused);
    }
}

/* The microseconds of 2^42 are below 2^62; without fractions numbers go to 2^53. */
static void test_numbers_of_time_fit_their_unit(void **state)
{
    static const struct {
        const char *stamps[3];
        laco_time_fit last;
    } cases[] = {{{"9007199254740991", "-9007199254740991"}, LACO_TIME_FITS},
                 {{"9007199254740992"}, LACO_TIME_UNFIT},
                 {{"-9999999999999999999.5"}, LACO_TIME_UNFIT},
                 {{"4398046511103.5", "-4398046511103.5"}, LACO_TIME_FITS},
                 {{"22222222222629", "20629", "2312016.1"}, LACO_TIME_COARSE},
                 {{"-4398046511104", "0.5"}, LACO_TIME_COARSE},
                 {{"0.5", "4398046511104"}, LACO_TIME_COARSE},
                 {{"20160101120000", "20160102120000", "0.5"}, LACO_TIME_COARSE}}; /* dates too, up to the last */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_time_guess guess, before;
        laco_time_fit fit = LACO_TIME_FITS;
        int row = 0;
        laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
        for (; row < 3 && cases[i].stamps[row]; row++) {
            assert_int_equal(fit, LACO_TIME_FITS);
            before = guess;
            fit = laco_time_guess_add(&guess, cases[i].stamps[row], strlen(cases[i].stamps[row]));
        }
        if (fit != cases[i].last)
            fail_msg("\"%s\": %d, not %d", cases[i].stamps[row - 1], fit, cases[i].last);
        if (fit != LACO_TIME_FITS)
            assert_true(guess.forms == before.forms && guess.largest == before.largest && guess.rows == before.rows);
    }
}

static void test_day_and_month_are_told_apart_or_not_guessed(void **state)
{
    laco_time_guess guess;
    (void)state;
    for (int order = LACO_DATE_DEFAULT; order <= LACO_DATE_MDY; order++) {
        laco_time_guess_start(&guess, (laco_date_order)order, LACO_TIME_ANY);
        assert_int_equal(laco_time_guess_add(&guess, "03/04/2016", 10), LACO_TIME_FITS);
        assert_int_equal(laco_time_guess_end(&guess, LACO_DATE_DEFAULT), order != LACO_DATE_DEFAULT);
        if (order != LACO_DATE_DEFAULT)
            assert_string_equal(laco_time_forms[guess.format.form].name, order == LACO_DATE_DMY ? "DD/MM/YYYY" : "MM/DD/YYYY");
    }
    laco_time_guess_start(&guess, LACO_DATE_DEFAULT, LACO_TIME_ANY);
    assert_int_equal(laco_time_guess_add(&guess, "03/04/2016", 10), LACO_TIME_FITS);
    assert_true(laco_time_guess_end(&guess, LACO_DATE_DMY)); /* the model's order */
    assert_string_equal(laco_time_forms[guess.format.form].name, "DD/MM/YYYY");
    laco_time_guess_start(&guess, LACO_DATE_MDY, LACO_TIME_ANY);
    assert_int_equal(laco_time_guess_add(&guess, "31/01/2016", 10), LACO_TIME_NO_DATE);
}

static void test_what_looks_like_a_date(void **state)
{
    static const char *const yes[] = {"2016/01/02/", "31.12.2016", "Mon, 4 Jan 2016", "2016-01-01 10h", "12-mar"},
                             *const no[] = {"", "10.0.0.1", "1.2.3", "A-12-3", "10-20", "blemish 5x", "12345-01-02", "March"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_int_equal(laco_time_looks_like(yes[i], strlen(yes[i])), i > 0); /* a fourth part behind the same mark: no date */
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(laco_time_looks_like(no[i], strlen(no[i])));
}

/* ---- The calendar --------------------------------------------------------------------------------------------------------- */

/* Every day of 2,000 years comes back from its date, and from its week. */
static void test_days_and_dates(void **state)
{
    static const char *const forms[] = {"YYYY-MM-DD", "YYYY-Www-D"};
    (void)state;
    for (int64_t day = -400000; day < 400000; day += 13)
        for (int f = 0; f < 2; f++) {
            laco_time_format format = {.form = laco_time_form_find(forms[f]), .detail = LACO_TIME_DAY, .date_mark = '-'};
            laco_time_stamp stamp;
            char text[48];
            laco_time_text(&format, day * LACO_DAY, text);
            if (day * 400 < -146097LL * 970) /* before the year 1000 years are not padded */
                continue;
            assert_int_equal(laco_time_parse(format.form, text, strlen(text), &stamp), LACO_TIME_FITS);
            assert_int_equal(laco_time_of(&format, &stamp), day * LACO_DAY);
        }
}

/* Hours of a market: Friday's last row is followed by Monday's first. */
static void test_hours_of_opening(void **state)
{
    laco_time_format format = {
        .form = laco_time_form_find("YYYY-MM-DD"), .detail = LACO_TIME_MINUTE, .date_mark = '-', .middle = ' '};
    int64_t times[MOST];
    size_t count = 0;
    char text[80];
    (void)state;
    for (int64_t day = 19359; day < 19359 + 19; day++) /* from Monday, 2023-01-02, to a Friday */
        for (int64_t hour = 9; hour <= 16 && laco_weekday(day) < 5; hour++)
            times[count++] = day * LACO_DAY + hour * 3600 * LACO_SECOND;
    laco_time_step step = laco_time_find_step(&format, times, count);
    laco_time_step_text(&format, &step, text);
    assert_string_equal(text, "hourly, Monday to Friday, 09:00 to 16:00");
    laco_time_text(&format, laco_time_add(&step, times[count - 1], 1), text);
    assert_string_equal(text, "2023-01-23 09:00");
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(laco_time_add(&step, times[0], (int64_t)i), times[i]);
        assert_true(laco_time_clock(&step, times[i]) - laco_time_clock(&step, times[0]) == (double)i);
    }
    assert_int_equal(laco_time_add(&step, times[count - 1], INT64_MAX), INT64_MAX);
    step = (laco_time_step){.months = 1};
    assert_int_equal(laco_time_add(&step, 0, INT64_MAX), INT64_MAX);
    step = (laco_time_step){.time = LACO_DAY};
    assert_int_equal(laco_time_add(&step, 0, INT64_MIN), INT64_MIN);
}

/* ---- Numbers -------------------------------------------------------------------------------------------------------------- */

static void test_decimal_marks(void **state)
{
    static const struct {
        const char *text;
        unsigned marks;
        double point, comma;
    } numbers[] = {{"12", 3, 12, 12},
                   {"1.5", 1, 1.5, 0},
                   {"100,50", 2, 0, 100.5},
                   {"1,234", 3, 1234, 1.234},
                   {"1.234", 3, 1.234, 1234},
                   {"0,125", 2, 0, 0.125},
                   {"1,234.5", 1, 1234.5, 0},
                   {"1.234,5", 2, 0, 1234.5},
                   {"-1,5e3", 2, 0, -1500},
                   {"1,234,567", 1, 1234567, 0},
                   {"1.234.567", 2, 0, 1234567},
                   {"12,34,5", 0, 0, 0},
                   {"1,2,3", 0, 0, 0},
                   {",5", 2, 0, 0.5},
                   {".5", 1, 0.5, 0},
                   {"", 0, 0, 0},
                   {"1234,567", 2, 0, 1234.567},
                   {"1,5x", 0, 0, 0},
                   {"0x1p3", 0, 0, 0},
                   {"1,2345,678", 0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double value;
        size_t length = strlen(numbers[i].text);
        if (laco_decimal_marks(numbers[i].text, length) != numbers[i].marks)
            fail_msg("\"%s\": marks %u", numbers[i].text, laco_decimal_marks(numbers[i].text, length));
        if (numbers[i].marks & LACO_MARK_POINT)
            assert_true(laco_decimal_read(numbers[i].text, length, LACO_MARK_POINT, &value) && value == numbers[i].point);
        if (numbers[i].marks & LACO_MARK_COMMA)
            assert_true(laco_decimal_read(numbers[i].text, length, LACO_MARK_COMMA, &value) && value == numbers[i].comma);
    }
}

/* ---- Tables --------------------------------------------------------------------------------------------------------------- */

static laco_status load(const char *text, const laco_series_config *config, laco_series **out)
{
    const char *path = temporary_path("table.csv");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return laco_series_load(ctx, path, config, out);
}

static void test_tables_that_are_refused(void **state)
{
    static const struct {
        const char *table, *says;
    } bad[] = {
        {"date,v\n2021-02-28,1\n2021-02-29,2\n", "table.csv:3: time column \"date\" holds \"2021-02-29\"; there is no such date"},
        {"date,v\n01/02/2021,1\n02/02/2021,2\n", "--date dmy or --date mdy"},
        {"date,v\n31/12/2020,1\n01/13/2021,2\n", "table.csv:3: time column \"date\" holds \"01/13/2021\"; there is no such date"},
        {"date,v\n01/31/16,1\n02/01/16,2\n", "form DD/MM/YY; a year of two digits"},
        {"date,v\nJan-01,1\nJan-02,2\n", "could be a day or a year"},
        {"date,v\nthe first,1\nthe second,2\n", "table.csv:2: time column \"date\" holds \"the first\", which is no known form"},
        {"x,v\nMon 4 Jan 2016,1\nTue 5 Jan 2016,2\n", "no known form of time"},
        {"date,shop,v\n2021-01-01,a,1\n2021-01-01,b,2\n2021-01-02,a,3\n",
         "table.csv:3: the time \"2021-01-01\" (\"date\") stands there twice; "
         "rows must be in the order of time: where they are several series, --id shop"},
        {"date,store,v\n2021-01-01,1,1.5\n2021-01-01,2,2\n2021-01-02,1,3\n", "--id store"},
        {"date,shop,v\n2021-01-01,a,1\n2021-01-02,a,3\n2021-01-03,a,3\n2021-01-01,b,2\n",
         "table.csv:5: the time \"2021-01-01\" (\"date\") goes back; rows"},
        {"year,month,v\n2021,1,1\n2021,2,2\n2021,3,3\n", "join \"year\" and \"month\""},
        {"date,v\n2021-01-03,1\n2021-01-02,2\n2021-01-01,3\n2021-01-05,4\n",
         "table.csv:5: the time \"2021-01-05\" (\"date\") is after that"},
        {"date,v\n2021-01-01,1\n,2\n", "table.csv:3: time column \"date\" is empty"},
        {"2021-01-01,1\n2021-01-02,2\n", "table.csv:1: holds numbers where a header should be"},
        {"d;v\n2021-01-01;1,234\n2021-01-02;2,345\n", "--decimal comma or --decimal point"},
        {"d;v\n2021-01-01;1,5\n2021-01-02;2.25\n",
         "table.csv:3: column \"v\" holds \"2.25\"; it should be a number with a decimal comma"},
        {"date,v\n2021-01-01,100,5\n", "table.csv:2: 3 fields where the header has 2"},
        {"date,pre\xe7o\n2021-01-01,1\n", "table.csv:1: byte 9 (0xE7) is not UTF-8"},
        {"\xff\xfe"
         "d\n",
         "UTF-16"},
        {"PK\x03\x04....", "spreadsheet"},
        {"\xFD"
         "7zXZ",
         "unxz"},
        {"\x1F\x8B..", "gunzip"},
    };
    laco_series *series = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(load(bad[i].table, NULL, &series), LACO_FORMAT);
        if (!strstr(laco_error(ctx), bad[i].says))
            fail_msg("%s\nsays: %s\nnot: %s", bad[i].table, laco_error(ctx), bad[i].says);
        assert_null(series);
    }
}

/* What a table is taken for, in words, and its last value of the column taken. */
static void test_tables_that_are_understood(void **state)
{
    static const struct {
        const char *table, *says, *note;
        laco_series_config config;
        double last;
    } good[] = {
        {"a,b\n1,2\n3,4\n",
         "no column of time, rows are counted; column \"b\"",
         "\"b\" is forecast, the last of 2 columns of numbers",
         {0},
         4},
        {"Date,Close,Volume\n2021-01-04,5,100\n2021-01-05,6,200\n", "column \"Close\"", "", {0}, 6},
        {"d;units;price\n2021-01-01;1;100,50\n2021-01-02;2;1.100,25\n",
         "column \"price\", with decimal commas",
         "last of 2",
         {0},
         1100.25},
        {"d,v\n2021-01-01,\"1,5\"\n2021-01-02,\"2,5\"\n", "with decimal commas", "", {0}, 2.5},
        {"d;v;w\n2021-01-01;1,5;1.234\n2021-01-02;2,5;2.345\n", "column \"w\"", "", {0}, 2345},
        {"d;v\n2021-01-01;1,234\n2021-01-02;2,345\n", "with decimal commas", "", {.decimal = LACO_DECIMAL_COMMA}, 2.345},
        {"d;v\n2021-01-01;1,234\n2021-01-02;2,345\n", "column \"v\"", "", {.decimal = LACO_DECIMAL_POINT}, 2345},
        {"date,v\n03/01/2021,3\n02/01/2021,2\n01/01/2021,1\n",
         "as DD/MM/YYYY, daily, from 01/01/2021 to 03/01/2021",
         "newest first",
         {.date = LACO_DATE_DMY},
         3},
        {"date,v\n03/01/2021,3\n02/01/2021,2\n", "as MM/DD/YYYY", "newest first", {.date_unclear = LACO_DATE_MDY}, 3},
        {"x,v\n202011,3\n202012,2\n202101,1\n", "time \"x\" as YYYYMM, monthly", "", {0}, 1},
        {"x,v\n202011,3\n202012,2\n202013,1\n", "no column of time", "", {0}, 1},
        {"time,v\n0.00,3\n0.01,2\n0.02,1\n", "time \"time\" as a number, in steps of 0.01, from 0.00 to 0.02", "", {0}, 1},
        {"date,v\nfirst,3\nsecond,2\n", "no column of time", "", {.time_column = "none"}, 2},
        {"date,v\n2021-01-01,1\n2021-01-02,2\n2021-01-03,3\n2021-01-05,4\n", "1 of 3 steps are longer", "far from even", {0}, 4},
        {"date,v\n2021-10-31T02:00:00+02:00,1\n2021-10-31T02:00:00+01:00,2\n2021-10-31T03:00:00+01:00,3\n",
         "hourly, from 2021-10-31T01:00:00+01:00 to",
         "",
         {0},
         3},
        {"date,v\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n2020-01-01 01:00,3\n2020-01-01 02:00,4\n",
         "hourly",
         "1 rows repeat a time",
         {0},
         4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        laco_series *series = NULL;
        laco_summary *all;
        if (load(good[i].table, &good[i].config, &series) < 0)
            fail_msg("%s\n%s", good[i].table, laco_error(ctx));
        assert_int_equal(laco_series_summary(series, true, &all), LACO_OK);
        const char *summary = laco_summary_line(all), *note = laco_summary_doubts(all);
        if (!strstr(summary, good[i].says) || !strstr(note, good[i].note))
            fail_msg("%s\nsays: %s\nnot: %s\nnor: %s", good[i].table, summary, good[i].says, good[i].note);
        assert_true(!strchr(summary, '\n') && strstr(summary, note));
        assert_true(laco_series_value(series, 0, laco_series_rows(series, 0) - 1, 0) == good[i].last);
        laco_summary_free(all);
        laco_series_free(series);
    }
}

/* Whole seconds and what is beyond them, of rows there are and of those behind. */
static void test_fractions_are_public(void **state)
{
    laco_series *series;
    char text[48];
    (void)state;
    assert_int_equal(
        load("t,v\n1969-12-31 23:59:59.750000,1\n1970-01-01 00:00:00.000000,2\n1970-01-01 00:00:00.250000,2\n", NULL, &series),
        LACO_OK);
    int32_t nanoseconds;
    assert_int_equal(laco_series_time(series, 0, 0, &nanoseconds), -1);
    assert_int_equal(nanoseconds, 750000000);
    assert_int_equal(laco_series_time(series, 0, 7, &nanoseconds), 1);
    assert_int_equal(nanoseconds, 500000000);
    laco_series_time_text(series, 0, 7, text);
    assert_string_equal(text, "1970-01-01 00:00:01.500000");
    assert_int_equal(laco_series_date_order(series), LACO_DATE_YMD);
    laco_series_free(series);
}

/* ---- Models --------------------------------------------------------------------------------------------------------------- */

/* A model that is stored and loaded goes on in the form of its file, whatever that is. */
static void test_models_keep_the_form(void **state)
{
    static const char *const forms[] = {"2020-10-31|2020-11-30",
                                        "2016Q3|2016Q4",
                                        "2015-W52|2015-W53",
                                        "202011|202012",
                                        "Nov-16|Dec-16",
                                        "30.12.2016|31.12.2016",
                                        "0.25|0.50",
                                        "1/30/2016 11:00 PM|1/31/2016 12:00 AM",
                                        "2022-01-01 00:00:00,25|2022-01-01 00:00:00,50",
                                        "2023-06-01|2023-06-02",
                                        "april 2016|may 2016"};
    (void)state;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        laco_time_guess guess;
        int64_t times[MOST];
        char table[4000] = "t;v\n", text[48], expected[48];
        (void)read_column(forms[f], kinds_of(forms[f]), &guess, times);
        laco_time_step step = laco_time_find_step(&guess.format, times, 2);
        if (strcmp(forms[f], "2023-06-01|2023-06-02") == 0) /* a Thursday and a Friday */
            step = (laco_time_step){.time = LACO_DAY, .weekdays = 31, .slots = 1};
        for (int i = 0; i < 40; i++) {
            laco_time_text(&guess.format, laco_time_add(&step, times[0], i), text);
            sprintf(table + strlen(table), "%s;%d\n", text, i * i % 7 + i);
        }
        laco_time_text(&guess.format, laco_time_add(&step, times[0], 41), expected);
        laco_series *series;
        laco_model *model = NULL, *loaded;
        laco_forecast_run *run;
        laco_forecast_point point;
        laco_forecast_options options = {.train = {.epochs = 1}, .network = {.hidden = 2, .layers = 1}};
        laco_series_config config = {.time_column = "t"};
        const char *path = temporary_path("dated.safetensors");
        if (load(table, &config, &series) < 0 || laco_train_forecast(ctx, &options, series, NULL, &model) < 0)
            fail_msg("%s: %s", table, laco_error(ctx));
        assert_int_equal(laco_model_save(model, path), LACO_OK);
        if (laco_model_load(ctx, path, &loaded) < 0)
            fail_msg("%s", laco_error(ctx));
        assert_int_equal(laco_forecast_start(loaded, NULL, 0, 0, &run), LACO_OK);
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
        assert_string_equal(point.time, expected);
        int32_t nanoseconds;
        assert_int_equal(point.seconds, laco_series_time(series, 0, 41, &nanoseconds));
        assert_int_equal(point.nanoseconds, nanoseconds);
        laco_forecast_free(run);
        laco_model_free(loaded);
        laco_model_free(model);
        laco_series_free(series);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_read_gone_on_from_and_written),
        cmocka_unit_test(test_what_is_no_stamp),
        cmocka_unit_test(test_numbers_of_time_fit_their_unit),
        cmocka_unit_test(test_day_and_month_are_told_apart_or_not_guessed),
        cmocka_unit_test(test_what_looks_like_a_date),
        cmocka_unit_test(test_days_and_dates),
        cmocka_unit_test(test_hours_of_opening),
        cmocka_unit_test(test_decimal_marks),
        cmocka_unit_test(test_tables_that_are_refused),
        cmocka_unit_test(test_tables_that_are_understood),
        cmocka_unit_test(test_fractions_are_public),
        cmocka_unit_test(test_models_keep_the_form),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
