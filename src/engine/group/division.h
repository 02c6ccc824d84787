/* Work whose parts are spread over the processes of a group, and whose results all of them have in the end: part i is done by process
 * i modulo their number, and results are read in the order of parts; so what is made of them does not depend on that number.
 *
 * laco_division_run does all of that. Where results go other ways everybody goes through the same calls: laco_division_move after each own part, laco_division_gather once, then laco_division_move for
 * all parts in their order. In the first pass what is moved is sent; in the second what came of others is put into its place. */
#ifndef LACO_GROUP_DIVISION_H
#define LACO_GROUP_DIVISION_H

#include "group/group.h"

typedef struct laco_division {
    laco_context *ctx;
    laco_group *group; /* NULL: this process does all */
    char *own;         /* results of its own parts, one behind the other */
    size_t used, room;
    char *all;        /* those of everybody; NULL: they are not gathered yet */
    size_t *at, *end; /* [size] where in it each process's go on, and end */
} laco_division;

/* For each part of its own a process calls work(user, part), then move(user, division, part), which moves what `work` has found; the
 * latter once more for all parts, behind which the results of all lie where each would have put its own. No part is divided any further.
 * The first error of any process is that of all. */
LACO_SHARED laco_status laco_division_run(laco_context *ctx, size_t parts, laco_status (*work)(void *user, size_t part),
                                          laco_status (*move)(void *user, laco_division *division, size_t part), void *user);

/* Over the processes that ctx->evaluating names. */
LACO_SHARED void laco_division_begin(laco_context *ctx, laco_division *out);
LACO_SHARED void laco_division_end(laco_division *division);

LACO_SHARED bool laco_division_is_own(const laco_division *division, size_t part);

/* `bytes` bytes of the result of a part, the same ones in both passes. LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_division_move(laco_division *division, size_t part, void *data, size_t bytes);

/* Everybody's results to all; or, where one of them failed (`status`, of this one), its status and text to all. */
LACO_SHARED laco_status laco_division_gather(laco_division *division, laco_status status);

#endif
