/* IDX, the binary form of MNIST: two zero bytes, a type, the number of dimensions, each size as a big-endian integer of four
 * bytes, the elements, big-endian. http://yann.lecun.com/exdb/mnist/ */
#ifndef LACO_TABLE_IDX_H
#define LACO_TABLE_IDX_H

#include "base/base.h"

typedef struct laco_idx {
    const unsigned char *bytes; /* of the elements */
    int type, dimensions;
    size_t width;   /* bytes of an element */
    size_t size[4]; /* 1 for those that are not there */
} laco_idx;

/* Whether bytes begin as such a file does. */
bool laco_idx_detect(const char *bytes, size_t size);

/* Looks at the header of a file in memory; `name` is for messages. The bytes must outlive *out.
 * LACO_FORMAT: no such file, an unknown type, or a size that is not what the header says. */
laco_status laco_idx_open(laco_context *ctx, const char *name, const char *bytes, size_t size, laco_idx *out);

/* Element number `place` of all. */
double laco_idx_element(const laco_idx *file, size_t place);

/* Bytes of an element of a type; 0: there is no such type. */
size_t laco_idx_width(int type);

#endif
