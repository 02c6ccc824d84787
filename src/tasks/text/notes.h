/* Notes on data: readers write down what they take for what, and a summary is made of them. */
#ifndef LACO_TEXT_NOTES_H
#define LACO_TEXT_NOTES_H

#include "base/base.h"
#include "laco/summary.h"

typedef struct laco_notes {
    laco_context *ctx;
    struct laco_noted *items;
    size_t count, room;
    char *name; /* of the first file; NULL: none */
    size_t files;
} laco_notes;

LACO_SHARED void laco_notes_init(laco_notes *notes, laco_context *ctx);
LACO_SHARED void laco_notes_free(laco_notes *notes);

/* One more file is read. LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_notes_file(laco_notes *notes, const char *name);

/* Adds a note, whose text is made one line and cut where it is very long. A note of the same kind, key and text is not added
 * twice: of a hundred files of one form there is one note. LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_notes_add(laco_notes *notes, laco_note_kind kind, const char *key, const char *format, ...)
    LACO_PRINTF(4, 5);

/* A summary in the making: begin with the notes of a reader (which are copied), add to laco_summary_notes; end completes it where
 * `status` is LACO_OK, into *out, else frees it and returns `status`. */
LACO_SHARED laco_status laco_summary_begin(const laco_notes *notes, laco_summary **out);
LACO_SHARED laco_notes *laco_summary_notes(laco_summary *summary);
LACO_SHARED laco_status laco_summary_end(laco_summary *summary, laco_status status, laco_summary **out);

/* What there is, as far as it does not depend on how files are written and called: rows, labels, columns. *out is the caller's,
 * by laco_release. LACO_NO_MEMORY. */
laco_status laco_summary_content(const laco_summary *summary, char **out);

#endif
