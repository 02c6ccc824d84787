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

/* A table in memory, and how it is written. */
typedef struct laco_csv {
    const char *name; /* for errors */
    const char *bytes;
    size_t size;
    char delimiter;
    bool plain;        /* quotes are letters like others */
    size_t first_line; /* the number of the line that `bytes` begin with */
    char *own;         /* a copy that `bytes` lie in; or NULL */
} laco_csv;

/* Finds out how a table is written: comma, semicolon or tab between fields, whichever the first line has most of outside quotes,
 * or as a line `sep=;` says; with `spaces` also runs of spaces. Lines that begin with # and have fewer delimiters than what
 * follows are passed over. Of tables between tabs whose quotes do not stand around fields they are letters. The bytes must be
 * UTF-8, and outlive the table. LACO_NO_MEMORY. */
laco_status laco_csv_open(laco_context *ctx, const char *name, const char *bytes, size_t size, bool spaces, laco_csv *out);
void laco_csv_close(laco_context *ctx, laco_csv *csv);

/* A command that makes lines of columns between tabs of a table between commas, before "< FILE". */
#define LACO_CSV_TO_TABS "python3 -c \"import csv, sys; [print(*r, sep='\\t') for r in csv.reader(sys.stdin)]\""

/* "commas", "semicolons", "tabs", "spaces": what stands between fields. */
const char *laco_csv_between(const laco_csv *csv);

/* Reads a table by RFC 4180: fields may be quoted, and then hold delimiters, newlines and doubled quotes; blank lines are passed
 * over; spaces around a field that is not quoted are dropped. LACO_FORMAT: a quote in a field that is not quoted, text behind a
 * closing quote, or a quote that is never closed, with its line. LACO_NO_MEMORY; or what `take` returned. */
laco_status laco_csv_read(laco_context *ctx, const laco_csv *csv, laco_csv_take take, void *user);

/* What is right where a row has fewer fields than the header: "; …". */
const char *laco_csv_short_hint(const laco_csv *csv, const laco_csv_row *row);

/* The place of column `wanted` in a header row. `role` says in an error what it was to be ("label column").
 * LACO_FORMAT: it is not there (the text lists those that are), or stands there twice. */
laco_status laco_csv_find_column(laco_context *ctx, const char *name, const laco_csv_row *header, const char *wanted,
                                 const char *role, size_t *column);

/* The columns that a header has, as "a", "b" … on one line. */
void laco_csv_list_columns(const laco_csv_row *header, char *list, size_t room);

#endif
