/* Tables: libcsv with line numbers, whole rows and our memory. */
#ifndef LACO_TABLE_CSV_H
#define LACO_TABLE_CSV_H

#include "base/base.h"

typedef struct laco_csv_field {
    const char *bytes; /* quotes undone; followed by a zero */
    size_t length;
} laco_csv_field;

typedef struct laco_csv_row {
    size_t line; /* where the row starts, from 1 */
    size_t count;
    const laco_csv_field *fields;
} laco_csv_row;

/* Called for each row; what it points to is gone afterwards. A negative status ends the reading. */
typedef laco_status (*laco_csv_take)(void *user, const laco_csv_row *row);

/* Reads a table from memory by RFC 4180: fields may be quoted, and then hold delimiters, newlines and doubled
 * quotes; blank lines are passed over; spaces around a field that is not quoted are dropped. `name` is for errors.
 * LACO_FORMAT: a quote in a field that is not quoted, text behind a closing quote, or a quote that is never closed,
 * with its line. LACO_NO_MEMORY; or what `take` returned. */
laco_status laco_csv_read(laco_context *ctx, const char *name, const char *bytes, size_t size, char delimiter, laco_csv_take take,
                          void *user);

/* The place of column `wanted` in a header row. `role` says in an error what it was to be ("label column").
 * LACO_FORMAT: it is not there (the text lists those that are), or stands there twice. */
laco_status laco_csv_find_column(laco_context *ctx, const char *name, const laco_csv_row *header, const char *wanted,
                                 const char *role, size_t *column);

/* The delimiter of a table: of comma, semicolon and tab the one that its first line has most of, outside quotes. */
char laco_csv_delimiter(const char *bytes, size_t size);

#endif
