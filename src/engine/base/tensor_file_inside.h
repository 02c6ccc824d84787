/* What the reader and the writer of tensor files share. */
#ifndef LACO_BASE_TENSOR_FILE_INSIDE_H
#define LACO_BASE_TENSOR_FILE_INSIDE_H

#include "base/file.h"
#include "base/tensor_file.h"

#include <jansson.h>

/* Jansson takes its memory from malloc, not from the context's allocator: json_set_alloc_funcs is one setting
 * for the whole process, the application's to make and not a library's. */

#define LACO_TENSOR_HEADER_MAX 100000000 /* bytes: the format's own limit */
#define LACO_TENSOR_METADATA "__metadata__"

struct laco_tensor_file {
    laco_context *ctx;
    laco_reader *reader;
    const char *name; /* the reader's */
    size_t data;      /* place behind the header */
    size_t data_size;
    json_t *header; /* names, keys and values are its strings; NULL where the tensors came from somewhere else */
    char *names;    /* those of the tensors where they are not the header's; else NULL */
    laco_tensor_entry *entries;
    const laco_tensor_entry **sorted; /* by name */
    size_t count;
    laco_metadata_entry *metadata;
    size_t metadata_count;
};

/* Text from a file, fit for one line on a terminal: control characters become '?', a long text ends in "...". */
typedef struct laco_shown {
    char text[96];
} laco_shown;
LACO_SHARED laco_shown laco_show(const char *text);

/* "[512, 64]" */
typedef struct laco_shape_text {
    char text[LACO_FILE_DIMS * 22 + 3];
} laco_shape_text;
LACO_SHARED laco_shape_text laco_show_shape(int ndim, const int64_t *shape);

/* Elements of a shape and their bytes; false where a dimension is negative or the product of those that are
 * not 0 does not fit. */
bool laco_shape_fits(int ndim, const int64_t *shape, size_t element, size_t *count, size_t *bytes);

#endif
