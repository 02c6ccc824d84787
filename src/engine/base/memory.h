/* How much memory there is: what the machine, the control groups that this process is in and its own limits leave. */
#ifndef LACO_BASE_MEMORY_H
#define LACO_BASE_MEMORY_H

#include "base/base.h"

/* Bytes that this process can still take, and what says so ("the machine has", "the limit of the control group leaves"). SIZE_MAX where
 * nothing is known. Files are read anew with each call. */
size_t laco_memory_left(const char **why);

/* The same below another root than "/": as if proc and sys lay there. For tests. */
LACO_SHARED size_t laco_memory_left_at(const char *root, const char **why);

/* Bytes that this context may take beside what it has: what is left of its own limit, and of the above. */
LACO_SHARED size_t laco_memory_room(const laco_context *ctx, const char **why);

/* Accounts for `more` bytes that are about to be taken. Where much was taken since it was last looked, it is looked again whether they are
 * there: the system would promise them, and end this process or another when they are used. False: the error is set. */
bool laco_memory_take(laco_context *ctx, size_t more);
void laco_memory_give(laco_context *ctx, size_t bytes);

/* A number of bytes for people: "12.5 GB". */
typedef struct laco_shown_bytes {
    char text[32];
} laco_shown_bytes;
LACO_SHARED laco_shown_bytes laco_show_bytes(double bytes);

#endif
