/* The forms in which labelled sequences come. */
#ifndef LACO_LABELLED_LABELLED_READ_H
#define LACO_LABELLED_LABELLED_READ_H

#include "classify/labelled.h"
#include "laco/read.h"

typedef enum laco_labelled_form {
    LACO_FORM_LINES,   /* label<TAB>text */
    LACO_FORM_TABLE,   /* CSV with a header */
    LACO_FORM_ONE,     /* texts of one label, which the file name tells */
    LACO_FORM_NUMBERS, /* CSV of numbers, the label last */
    LACO_FORM_TS,      /* the text form of sktime */
    LACO_FORM_IDX,     /* the binary form of MNIST: images, or their labels */
} laco_labelled_form;

/* Adds what one path holds, whatever it is, to a set in the making. On failure the set can only be freed. */
laco_status laco_labelled_read(laco_labelled *data, const char *path);

/* Reads one file from memory into the set: `name` is for messages, `label` for LACO_FORM_ONE. The bytes stay the
 * caller's and must outlive the set, except those of a table. */
laco_status laco_labelled_read_bytes(laco_labelled *data, laco_labelled_form form, const char *name, const char *label,
                                     const char *bytes, size_t size);

/* Parts of it: lines (`only_label` NULL: each with its label), and tables of texts. */
laco_status laco_labelled_read_lines(laco_labelled *data, const char *name, const char *only_label, const char *bytes,
                                     size_t size);
laco_status laco_labelled_read_table(laco_labelled *data, const char *name, const char *bytes, size_t size);

/* Whether lines begin with a header of a table between tabs that has a text and a label, other than label<TAB>text. */
bool laco_labelled_is_table(const char *bytes, size_t size);

#endif
