/* Sequences of numbers with labels: tables, the .ts form, images in IDX. Readers of the parts of laco_labelled_load. */
#ifndef LACO_LABELLED_NUMBERS_H
#define LACO_LABELLED_NUMBERS_H

#include "table/csv.h"
#include "labelled/labelled_read.h"

/* The form of a file by its content, and by what the set is to hold; `form`: what it is where it holds texts. */
laco_labelled_form laco_numbers_form(const laco_labelled *data, laco_labelled_form form, const char *path, const char *bytes,
                                     size_t size);

/* Reads a file of form LACO_FORM_NUMBERS or LACO_FORM_TS into the newest source of the set. Numbers have a decimal point in any
 * locale. */
laco_status laco_numbers_read_text(laco_labelled *data, laco_labelled_form form, const char *name, const char *bytes,
                                   size_t size);

/* Reads images as a new source, or the labels of the images just read. */
laco_status laco_numbers_read_idx(laco_labelled *data, const char *name, const char *bytes, size_t size);

/* Before another path is read (NULL: at the end): where images still wait for their labels and `next` does not hold labels, looks
 * for the file beside them. LACO_FORMAT: there is none. */
laco_status laco_numbers_name_images(laco_labelled *data, const char *next);

/* ---- For the readers ---- */

/* A number that is all of `bytes`, white space around it aside; may be infinite or NaN. */
bool laco_number_parse(const char *bytes, size_t length, double *value);

/* The same as a value of a sequence: what cannot be one is an error that names file, line and `place`. */
laco_status laco_number_take(laco_context *ctx, const char *name, size_t line, const char *place, size_t number,
                             const char *bytes, size_t length, laco_real *value);

/* Whether a file has a name as those of the UCR archive, whose labels stand first. */
bool laco_numbers_of_archive(const char *name);

/* Whether most fields of a line, all but the last, are numbers. */
bool laco_numbers_mostly(const char *line, size_t length, char delimiter);

laco_status laco_numbers_read_table(laco_labelled *data, const char *name, const char *bytes, size_t size);
laco_status laco_numbers_read_ts(laco_labelled *data, const char *name, const char *bytes, size_t size);

#endif
