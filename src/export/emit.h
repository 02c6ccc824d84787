/* The parts of a model as the runtime in src/export/c takes them: said once, written as C or as an image of memory.
 *
 * A part is an array, or a struct whose members are int32_t, pointers to parts before it, and structs of such. In C it becomes a
 * `static const` with an initialiser; in an image what a 32-bit machine has in memory, its pointers counted from the image's
 * start and listed, so that who loads it can add where it lies. */
#ifndef LACO_EXPORT_EMIT_H
#define LACO_EXPORT_EMIT_H

#include "base/base.h"

typedef enum laco_emit_kind {
    LACO_EMIT_FLOAT,
    LACO_EMIT_DOUBLE,
    LACO_EMIT_INT32,
    LACO_EMIT_UINT16,
    LACO_EMIT_INT8,
    LACO_EMIT_UINT8
} laco_emit_kind;

typedef struct laco_emit_place {
    char name[64];
    size_t offset;
    bool one; /* no array: a pointer takes its address */
} laco_emit_place;

typedef struct laco_emit {
    laco_context *ctx;
    const char *prefix; /* of names in C */
    bool image;
    bool first;         /* no comma before the next value */
    laco_status status; /* the first failure; all that follows does nothing */
    char *bytes;
    size_t length, room;
    laco_emit_place *places; /* of the parts */
    size_t place_count, place_room;
    int32_t *pointers; /* of an image: where they stand */
    size_t pointer_count, pointer_room;
    size_t weights, flash; /* of matrices, and bytes of all parts */
} laco_emit;

void laco_emit_init(laco_emit *emit, laco_context *ctx, const char *prefix, bool image);
void laco_emit_free(laco_emit *emit);

/* The part of a name; NULL: there is none. */
const laco_emit_place *laco_emit_find(const laco_emit *emit, const char *name);

/* Text as it is, of C alone. */
void laco_emit_text(laco_emit *emit, const char *format, ...) LACO_PRINTF(2, 3);
void laco_emit_bytes(laco_emit *emit, const void *bytes, size_t size);

/* An array of `count` numbers; none where count is 0, and pointers to it are then 0. */
void laco_emit_array(laco_emit *emit, laco_emit_kind kind, const char *name, const void *values, size_t count);

/* A struct, or where count is above 0 so many of them, each within down and up. */
void laco_emit_open(laco_emit *emit, const char *type, const char *name, size_t count);
void laco_emit_close(laco_emit *emit);
void laco_emit_down(laco_emit *emit);
void laco_emit_up(laco_emit *emit);
void laco_emit_int(laco_emit *emit, int64_t value);
void laco_emit_pointer(laco_emit *emit, const char *name); /* of a struct: to it; NULL, or nothing of that name: 0 */

#endif
