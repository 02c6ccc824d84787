/* The inside of a labelled set: where its readers put examples, and what training makes of it. */
#ifndef LACO_DATA_LABELLED_H
#define LACO_DATA_LABELLED_H

#include "base/arena.h"
#include "data/sequences.h"
#include "data/strings.h"
#include "laco/data.h"

typedef struct laco_example {
    const char *text;
    size_t length;
    size_t line; /* in its source, from 1 */
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
    laco_arena texts; /* copies: fields of tables whose quotes were undone */
    laco_text_buffer buffer;
};

typedef enum laco_labelled_form {
    LACO_FORM_LINES, /* label<TAB>text */
    LACO_FORM_TABLE, /* CSV with a header */
    LACO_FORM_ONE,   /* texts of one label, which the file name tells */
} laco_labelled_form;

/* laco_labelled_load in steps. begin: an empty set; read: one path, whatever it is; end: numbers the labels, after
 * which the set is complete. `config` must live until then. Errors as laco_labelled_load; on failure of read or end
 * the set can only be freed. */
laco_status laco_labelled_begin(laco_context *ctx, const laco_labelled_config *config, laco_labelled **out);
laco_status laco_labelled_read(laco_labelled *data, const char *path);
laco_status laco_labelled_end(laco_labelled *data);

/* Reads one file from memory into the set: `name` is for messages, `label` for LACO_FORM_ONE. The bytes stay the
 * caller's and must outlive the set, except those of a table. */
laco_status laco_labelled_read_bytes(laco_labelled *data, laco_labelled_form form, const char *name, const char *label,
                                     const char *bytes, size_t size);

/* For readers: adds an example of the newest source. `text` must live as long as the set. */
laco_status laco_labelled_add(laco_labelled *data, size_t line, const char *label, size_t label_length, const char *text,
                              size_t text_length);

/* File and line of an example, for messages; not for parts made by laco_labelled_split. */
const char *laco_labelled_place(const laco_labelled *data, size_t index, size_t *line);

/* Labels of all examples: laco_labelled_count of them, 0 … K-1. Owned by data. */
const int32_t *laco_labelled_labels(const laco_labelled *data);

/* The vocabulary of the examples `subset` (NULL: all), ranked. *out is the caller's. LACO_NO_MEMORY. */
laco_status laco_labelled_vocabulary(const laco_labelled *data, const size_t *subset, size_t subset_count,
                                     const laco_text_config *text, const laco_vocabulary_config *config, laco_vocabulary **out);

/* Encodes every text in order: sequence i of *out, which must be initialised and empty, is example i. `unseen` (NULL
 * is allowed) counts units without an id. On failure *out is empty. LACO_NO_MEMORY; LACO_INVALID: a text of 2^31
 * units or more. */
laco_status laco_labelled_encode(const laco_labelled *data, const laco_text_config *text, const laco_vocabulary *vocabulary,
                                 laco_vocabulary *unseen, laco_sequences *out);

#endif
