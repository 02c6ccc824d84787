/* Groups of processes from the inside: calls that leave the reason of a failure in a context. */
#ifndef LACO_GROUP_GROUP_H
#define LACO_GROUP_GROUP_H

#include "base/base.h"
#include "laco/group.h"

#define LACO_MOST_PROCESSES 256
#define LACO_GROUP_PATIENCE 300.0 /* seconds */

/* The functions of a group, with the reason in `ctx`. `rank` blocks of `bytes` each for equal. */
LACO_SHARED laco_status laco_group_alltoallv(laco_context *ctx, laco_group *group, const void *send, const size_t *send_bytes,
                                             void *recv, const size_t *recv_bytes);
LACO_SHARED laco_status laco_group_allgatherv(laco_context *ctx, laco_group *group, void *recv, const size_t *bytes);
LACO_SHARED laco_status laco_group_broadcast(laco_context *ctx, laco_group *group, void *data, size_t bytes, int root);

/* The same, each rank's block of one size. */
LACO_SHARED laco_status laco_group_allgather(laco_context *ctx, laco_group *group, void *recv, size_t bytes);

/* Tells the others why this process ends, once, where the group has not come to its end already. */
LACO_SHARED void laco_group_give_up(laco_group *group, const char *text);

/* What group->close is of a group in memory from laco_alloc: frees group->own as well. */
typedef struct laco_group_block {
    laco_group group;
    laco_context *ctx;
} laco_group_block;

/* A block for a group. NULL: no memory. */
laco_group_block *laco_group_block_new(laco_context *ctx, int rank, int size, double patience);

#endif
