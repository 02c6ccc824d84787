/* What a checkpoint belongs to: data and options that shape a run, as "KEY VALUE KEY VALUE …". */
#ifndef LACO_TRAIN_FINGERPRINT_H
#define LACO_TRAIN_FINGERPRINT_H

#include "laco/train.h"

/* A text that grows. */
typedef struct laco_fingerprint {
    laco_context *ctx;
    char *text; /* NULL while it is empty */
    size_t used, room;
} laco_fingerprint;

/* Adds pairs, as printf would write them, behind a space where there are some. LACO_NO_MEMORY. */
laco_status laco_fingerprint_add(laco_fingerprint *fingerprint, const char *format, ...) __attribute__((format(printf, 2, 3)));
void laco_fingerprint_free(laco_fingerprint *fingerprint);

/* LACO_OK where both are equal; LACO_INVALID names the first pair that differs. `name` stands for the checkpoint. */
laco_status laco_fingerprint_compare(laco_context *ctx, const char *name, const char *here, const char *there);

/* The same of process 0 (`here`) and another process, called `name`, that are to train together. */
laco_status laco_fingerprint_equal(laco_context *ctx, const char *name, const char *here, const char *there);

#endif
