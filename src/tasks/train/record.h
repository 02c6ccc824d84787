/* What goes into a checkpoint and comes back out of it: one list of counters and tensors serves both ways, so that nothing can be
 * written and not read. */
#ifndef LACO_TRAIN_RECORD_H
#define LACO_TRAIN_RECORD_H

#include "base/tensor_file.h"

#include <jansson.h>

typedef struct laco_record {
    laco_context *ctx;
    json_t *object;             /* of the counters */
    laco_tensor_writer *writer; /* NULL: reading, from `file` */
    const laco_tensor_file *file;
} laco_record;

/* A count, from 0 to LACO_RECORD_MOST: whatever is added to it in a training, it does not overflow. */
#define LACO_RECORD_MOST ((int64_t)1 << 53)
laco_status laco_record_count(laco_record *record, const char *key, int64_t *value);

/* A number that is not NaN; it travels as hexadecimal text, so that not a bit is lost. A decimal point is a point: see
 * base/locale.h. */
laco_status laco_record_real(laco_record *record, const char *key, double *value);
/* A short text, cut to its room. */
laco_status laco_record_name(laco_record *record, const char *key, char *text, size_t room);
laco_status laco_record_flag(laco_record *record, const char *key, bool *value);

/* A value as text, for laco_release. Not by json_dumps: where memory fails it may pass over a key. LACO_NO_MEMORY. */
laco_status laco_record_text(laco_context *ctx, const json_t *value, char **text);

/* A tensor; `finite`: what is read may be neither NaN nor infinite. */
laco_status laco_record_tensor(laco_record *record, const char *name, int ndim, const int64_t *shape, laco_real *values,
                               bool finite);

#endif
