/* What the columns of a table hold, and by which names headers call them. */
#ifndef LACO_TABLE_COLUMNS_H
#define LACO_TABLE_COLUMNS_H

#include "data/strings.h"
#include "table/csv.h"

#define LACO_COLUMNS_LOOKED_AT 1000 /* rows */

typedef struct laco_column {
    char *name;                     /* its field in the first row */
    bool first_number;              /* which is a number */
    size_t numbers, missing, texts; /* of the fields below it */
    unsigned marks;                 /* LACO_MARK_… that all of the numbers can have */
    bool commas;                    /* stand in some of the numbers */
    bool counts, whole;             /* goes up by one from row to row; all numbers are whole */
    double last;                    /* while it is read */
} laco_column;

typedef struct laco_columns {
    laco_context *ctx;
    laco_column *column;
    size_t count;                           /* fields of the first row */
    size_t rows;                            /* below it, as far as was looked */
    laco_strings first_values, last_values; /* different ones of the first and of the last column, below the first row */
} laco_columns;

/* Looks at the first rows of a table. Rows that are longer or shorter than the first are let be. To be closed, also after a
 * failure. LACO_FORMAT: as laco_csv_read. LACO_NO_MEMORY. */
laco_status laco_columns_look(laco_context *ctx, const laco_csv *csv, laco_columns *out);
void laco_columns_close(laco_columns *columns);

/* Is nothing in a column: a delimiter too many at the end of each row? `below` the first row it says nothing. */
bool laco_column_is_empty(const laco_column *column);

/* Is it the number of the row, without a name or as pandas calls it? Such a column says nothing. */
bool laco_column_is_index(const laco_column *column);

/* Is it called an id, and holds whole numbers? Where each row has its own, it says nothing either. */
bool laco_column_is_id(const laco_column *column);

/* Words for what a column is: of several languages of tools, not of people. Whatever the case. */
typedef enum laco_column_role {
    LACO_ROLE_TEXT,
    LACO_ROLE_LABEL,
    LACO_ROLE_SENTENCE, /* words between spaces */
    LACO_ROLE_WORD,
    LACO_ROLE_TAG,
    LACO_ROLE_SOURCE,
    LACO_ROLE_TARGET,
    LACO_ROLE_FILE,
    LACO_ROLE_CAPTION,
    LACO_ROLE_TIME,
    LACO_ROLE_VALUE,
} laco_column_role;
bool laco_role_named(laco_column_role role, const char *name, size_t length);

/* The first place of a mark in a line; NULL: none is there. */
const char *laco_find_mark(const char *line, size_t length, const char *mark);

/* Whether a line of two fields, with `mark` between them, names two parts, and so is a header. */
bool laco_role_header(laco_column_role first, laco_column_role second, const char *mark, const char *line, size_t length);

/* The first line of a file where it is a header, else nothing; is another line the same once more? That is an error. */
typedef struct laco_header {
    const char *line;
    size_t length;
} laco_header;
bool laco_is_header(const laco_header *header, const char *line, size_t length);
laco_status laco_header_again(laco_context *ctx, const char *name, size_t line);

/* Is a field one of the words for a missing value? */
bool laco_field_missing(const char *bytes, size_t length);

#endif
