#include "group/group.h"

#include <stdio.h>

laco_group_block *laco_group_block_new(laco_context *ctx, int rank, int size, double patience)
{
    laco_group_block *block = laco_alloc(ctx, 1, sizeof *block);
    if (!block)
        return NULL;
    block->ctx = ctx;
    block->group =
        (laco_group){.rank = rank, .size = size, .patience = patience > 0 ? patience : LACO_GROUP_PATIENCE, .lost = -1};
    laco_context_keep(ctx);
    return block;
}

void laco_group_free(laco_group *group)
{
    laco_group_block *block = (laco_group_block *)group;
    if (!group)
        return;
    if (group->close)
        group->close(group);
    laco_context *ctx = block->ctx;
    laco_release(ctx, block);
    laco_context_drop(ctx);
}

/* A status with the group's reason in the context. */
static laco_status pass(laco_context *ctx, const laco_group *group, laco_status status)
{
    return status < 0 ? laco_fail(ctx, status, "%s", *group->error ? group->error : "the processes lost each other") : LACO_OK;
}

/* What has come to its end is not called again. */
static laco_status check(const laco_group *group) { return *group->error ? LACO_IO : LACO_OK; }

laco_status laco_group_alltoallv(laco_context *ctx, laco_group *group, const void *send, const size_t *send_bytes, void *recv,
                                 const size_t *recv_bytes)
{
    char nothing; /* where no bytes go, or come, a group gets a place all the same: C does not count on from NULL */
    laco_status status = check(group);
    send = send ? send : &nothing;
    recv = recv ? recv : &nothing;
    return pass(ctx, group, status < 0 ? status : group->alltoallv(group, send, send_bytes, recv, recv_bytes));
}

laco_status laco_group_allgatherv(laco_context *ctx, laco_group *group, void *recv, const size_t *bytes)
{
    laco_status status = check(group);
    return pass(ctx, group, status < 0 ? status : group->allgatherv(group, recv, bytes));
}

laco_status laco_group_broadcast(laco_context *ctx, laco_group *group, void *data, size_t bytes, int root)
{
    laco_status status = check(group);
    return pass(ctx, group, status < 0 ? status : group->broadcast(group, data, bytes, root));
}

laco_status laco_group_allgather(laco_context *ctx, laco_group *group, void *recv, size_t bytes)
{
    size_t *each = laco_alloc(ctx, (size_t)group->size, sizeof *each);
    if (!each)
        return LACO_NO_MEMORY;
    for (int r = 0; r < group->size; r++)
        each[r] = bytes;
    laco_status status = laco_group_allgatherv(ctx, group, recv, each);
    laco_release(ctx, each);
    return status;
}

void laco_group_give_up(laco_group *group, const char *text)
{
    bool first = !*group->error;
    if (first)
        snprintf(group->error, sizeof group->error, "process %d of %d: %.440s", group->rank, group->size, text);
    if (group->abort)
        group->abort(group, group->error);
}
