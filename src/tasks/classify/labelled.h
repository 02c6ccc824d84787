/* The inside of a labelled set: where its readers put examples, and what training makes of it. */
#ifndef LACO_CLASSIFY_LABELLED_H
#define LACO_CLASSIFY_LABELLED_H

#include "base/arena.h"
#include "text/encode.h"
#include "data/strings.h"
#include "laco/labelled.h"
#include "text/notes.h"

typedef struct laco_example {
    const char *text;        /* or NULL */
    const laco_real *values; /* or NULL */
    size_t length;           /* bytes of the text; steps of the values */
    size_t line;             /* in its source, from 1 */
    int32_t label;
    int32_t source;
} laco_example;

/* A file that examples came from. */
typedef struct laco_source {
    char *name;  /* for messages */
    char *bytes; /* what texts point into; NULL where they were copied */
} laco_source;

struct laco_labelled {
    laco_context *ctx;
    laco_labelled_config config; /* the caller's, while it loads */
    laco_example *examples;
    size_t count, room;
    laco_strings labels;
    const char **names;   /* of labels, by number */
    size_t *label_counts; /* examples of each */
    int32_t *label_of;    /* label of each example, in one block for splits and batches */
    laco_source *sources;
    size_t source_count, source_room;
    laco_arena texts; /* copies: fields of tables whose quotes were undone; values */
    laco_text_buffer buffer;
    laco_notes notes;        /* how the files were understood */
    laco_labelled_kind kind; /* LACO_LABELLED_ANY before the first example */
    int64_t features;        /* F of numbers */
    bool alike;              /* all F are of one kind, pixels: they share one mean and one scale */
    size_t unnamed;          /* so many examples at the end wait for the file of their labels */
};

/* A set in the making. begin: an empty one; end: numbers the labels, after which the set is complete. `config` must live until
 * then. On failure of end the set can only be freed. */
LACO_SHARED laco_status laco_labelled_begin(laco_context *ctx, const laco_labelled_config *config, laco_labelled **out);
LACO_SHARED laco_status laco_labelled_end(laco_labelled *data);

/* How many examples have label `label` (0 … K-1). */
size_t laco_labelled_label_examples(const laco_labelled *data, int label);

/* For readers: adds an example of the newest source. `text` must live as long as the set. */
LACO_SHARED laco_status laco_labelled_add(laco_labelled *data, size_t line, const char *label, size_t label_length,
                                          const char *text, size_t text_length);

/* For readers of numbers: the label is taken as above, or NULL where it is not known (yet). `values` [steps][F] must live as long
 * as the set: laco_labelled_room gives such memory. */
LACO_SHARED laco_status laco_labelled_add_values(laco_labelled *data, size_t line, const char *label, size_t label_length,
                                                 const laco_real *values, size_t steps);
LACO_SHARED laco_real *laco_labelled_room(laco_labelled *data, size_t steps, int64_t features);

/* Says that the newest source holds texts (features 0) or steps of so many numbers. LACO_FORMAT: the set, or config, has another
 * kind or number. */
LACO_SHARED laco_status laco_labelled_expect(laco_labelled *data, int64_t features);

/* A file that examples come from is about to be read. */
LACO_SHARED laco_status laco_labelled_add_source(laco_labelled *data, const char *name);

/* The number of a label that stands in line `line` of the file `name`; a new one where labels are not given. LACO_FORMAT: it is
 * empty, or unknown. */
LACO_SHARED laco_status laco_labelled_number(laco_labelled *data, const char *name, size_t line, const char *label, size_t length,
                                             int32_t *number);

/* File and line of an example, for messages; not for parts made by laco_labelled_split. */
const char *laco_labelled_place(const laco_labelled *data, size_t index, size_t *line);

/* Labels of all examples: laco_labelled_count of them, 0 … K-1. Owned by data. */
const int32_t *laco_labelled_labels(const laco_labelled *data);

/* The vocabulary of the examples `subset` (NULL: all), ranked. *out is the caller's. LACO_NO_MEMORY. */
laco_status laco_labelled_vocabulary(const laco_labelled *data, const size_t *subset, size_t subset_count,
                                     const laco_text_config *text, const laco_vocabulary_config *config, laco_vocabulary **out);

/* Encodes every text in order: sequence i of *out, which must be initialised and empty, is example i. `unseen` (NULL
 * is allowed) counts tokens without an id. On failure *out is empty. LACO_NO_MEMORY; LACO_INVALID: a text of 2^31
 * tokens or more. */
laco_status laco_labelled_encode(const laco_labelled *data, const laco_text_config *text, const laco_vocabulary *vocabulary,
                                 laco_vocabulary *unseen, laco_sequences *out);

#endif
