/* laco/summary.h - how data were understood: what a reader took for what, and what looks wrong in it.
 *
 * Every kind of data has a function that gives its summary: laco_labelled_summary, laco_tagged_summary, and so on.
 */
#ifndef LACO_SUMMARY_H
#define LACO_SUMMARY_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_note_kind {
    LACO_NOTE_TAKEN,   /* what was taken for what: form, header, columns and their parts, rows, labels */
    LACO_NOTE_DETAIL,  /* more of it: lengths, examples of each label */
    LACO_NOTE_DOUBT,   /* a choice of the reader that may not be what was meant, and the option for another */
    LACO_NOTE_WARNING, /* the data themselves look wrong: the same row twice, labels with few examples */
} laco_note_kind;

/* Opaque; never changes. It stands for itself: the data may be freed before it. */
typedef struct laco_summary laco_summary;

/* Notes by number, those of one kind next to each other in the order of the kinds: *key is a word for programs ("form", "rows",
 * "labels"), *text one line of UTF-8. Owned by the summary. */
LACO_API size_t laco_summary_count(const laco_summary *summary);
LACO_API laco_note_kind laco_summary_note(const laco_summary *summary, size_t index, const char **key, const char **text);

/* All that was taken, and what of it is doubtful, in one line: "names.tsv: lines of label<TAB>text; 4300 examples; 20 labels: …".
 * What is doubtful alone; "" where nothing is. Owned by the summary. */
LACO_API const char *laco_summary_line(const laco_summary *summary);
LACO_API const char *laco_summary_doubts(const laco_summary *summary);

/* NULL is allowed. */
LACO_API void laco_summary_free(laco_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
