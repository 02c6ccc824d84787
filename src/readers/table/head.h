/* What stands above the first line of two columns: comments, and a header. */
#ifndef LACO_TABLE_HEAD_H
#define LACO_TABLE_HEAD_H

#include "table/columns.h"
#include "text/notes.h"
#include "text/text.h"

/* Set all above `past`. */
typedef struct laco_head {
    laco_context *ctx;
    const char *name; /* for errors */
    laco_notes *notes;
    laco_column_role first, second;
    const char *mark; /* "\t", "|||" */
    laco_lines lines; /* all lines */
    bool past;        /* the first line of columns was met */
    bool comments;    /* some stood above it */
    laco_header header;
} laco_head;

/* Looks at the next line that is not blank; *columns: it is one of two columns, and none of a comment or a header. Notes say what
 * is passed over. LACO_FORMAT: the header stands there again; a line ends at CR where others do not; or a first line that begins
 * with # as no line below does, and has two columns: it may be a comment. LACO_NO_MEMORY. */
laco_status laco_head_look(laco_head *head, const char *line, size_t length, size_t number, bool *columns);

/* LACO_FORMAT where all fields between the tabs of all lines stand in quotes, which would be read as letters. */
laco_status laco_quotes_refuse(laco_context *ctx, const char *name, const char *bytes, size_t size);

#endif
