/* A table on its way to becoming a series: read once to find out what its columns are, and once more for the rows. */
#ifndef LACO_SERIES_SERIES_TABLE_H
#define LACO_SERIES_SERIES_TABLE_H

#include "table/csv.h"
#include "table/decimal.h"
#include "forecast/series.h"

#define LACO_NO_FIELD SIZE_MAX

/* What is known of a column. */
typedef struct laco_series_field {
    char *name;
    bool is_number;                 /* the first row holds a number there, or nothing */
    unsigned marks;                 /* decimal marks that all its numbers so far can have */
    size_t comma_line;              /* of its first number with a comma that could be either; 0: none */
    size_t texts, numbers, dressed; /* where it is no number: fields of the first rows, those that are numbers, or would be */
} laco_series_field;

/* How the rows of one series follow each other. */
typedef struct laco_series_order {
    size_t rises, falls, repeats;    /* of all steps */
    size_t rise, fall, repeat;       /* the line of the first of each */
    size_t large_rises, large_falls; /* by more than clocks are put back: */
    size_t large_rise, large_fall;   /* and the line of the first */
} laco_series_order;

typedef struct laco_series_table {
    laco_context *ctx;
    const char *name;
    const laco_series_config *config;
    laco_csv csv;
    bool commas;                             /* fields can hold commas */
    laco_series_field *fields;               /* [field_count], from the header */
    size_t field_count;                      /* 0 before the header */
    const char *const *known, *const *facts; /* columns known ahead, and static ones */
    int columns, known_count, fact_count;
    size_t *place;      /* [columns + known_count] field of each column of the series, and of those known ahead */
    size_t *fact_place; /* [fact_count] */
    size_t time, id;
    bool tentative; /* the time column was not called so: it is one if all of it fits */
    laco_time_guess guess;
    size_t number_columns;        /* that one was chosen from; 0: columns were asked for */
    bool by_name;                 /* it was chosen by its name */
    bool header_passed;           /* by the second reading */
    size_t row_count, first_line; /* first_line: of the first row */
    laco_series *series;
    double *row;              /* [columns + known_count] */
    laco_series_order *order; /* [series] */
    size_t order_room, last_line;
} laco_series_table;

/* The first reading: fields, the time column and its form, decimal marks, and where no columns were asked for the one to take. */
laco_status laco_series_table_look(laco_series_table *table);

/* Parts of the first reading. Decimal marks, with each row and at the end: */
void laco_series_marks_look(laco_series_table *table, const laco_csv_row *row);
laco_status laco_series_marks_end(laco_series_table *table);

/* Columns that would be of numbers without signs, units or spaces; texts_end fails where there is one. */
void laco_series_texts_look(laco_series_table *table, const laco_csv_row *row);
laco_status laco_series_months_doubt(const laco_series_table *table);
laco_status laco_series_wide_doubt(const laco_series_table *table);
laco_status laco_series_texts_end(laco_series_table *table);

/* LACO_FORMAT: the first row says that columns are between other delimiters, or that a title stands above them. */
laco_status laco_series_row_doubt(const laco_series_table *table, const laco_csv_row *row);

/* LACO_FORMAT: the name of the time column says that its form is another than it seems to be. */
laco_status laco_series_time_doubt(const laco_series_table *table);

/* Parts of a time that may stand in columns of their own, by the names of these. */
typedef enum laco_time_part {
    LACO_PART_YEAR,
    LACO_PART_QUARTER,
    LACO_PART_MONTH,
    LACO_PART_WEEK,
    LACO_PART_DAY,
    LACO_PART_HOUR,
    LACO_PART_MINUTE,
    LACO_PART_NONE,
} laco_time_part;
laco_time_part laco_series_part(const char *name);

/* Names under which numbers are time; and those of columns that say when or of what a row is, which are not what is forecast where
 * there are others. */
bool laco_series_names_time(const char *name);
bool laco_series_names_no_target(const char *name);

/* How the columns of parts are made one, with a command where one does; `finer`: a column that says more of the time than the
 * time column. */
void laco_series_parts_join(const laco_series_table *table, size_t finer, char *out, size_t room);

/* Does a word stand in a name, in either case? */
bool laco_series_names(const char *name, const char *word);

/* Is it a wide table, a series a row: as config->wide says, or by a header as the M4 competition's files have it. And its
 * reading. */
laco_status laco_series_wide_find(laco_series_table *table, bool *found);
laco_status laco_series_wide_read(laco_series_table *table);

/* Counts the step from the row above of series `place` to one at `time`. */
laco_status laco_series_order_add(laco_series_table *table, size_t place, int64_t time, size_t line);

/* After all rows: turns those round that fall; refuses what neither rises nor falls, and times that stand twice. */
laco_status laco_series_order_end(laco_series_table *table);

#endif
