/* A group of forked processes on one machine. */
#include "group/sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LAST_WAIT 2.0 /* seconds that the others have to end by themselves, where the group has come to a bad end */

typedef struct forked {
    laco_context *ctx;
    laco_sockets sockets;
    pid_t *child; /* [size] of rank 0: the others; 0: has ended */
    pid_t first;  /* rank 0, the parent of the others, which ends behind them unless it is killed */
    const char **send;
    char **recv; /* [size] for an exchange */
    size_t *bytes;
} forked;

/* Was a process killed? For rank 0 its children tell, for these whether it is their parent still. */
static bool was_killed(const laco_group *group, const forked *f, int rank)
{
    siginfo_t info = {.si_pid = 0};
    const struct timespec pause = {0, 5000000};
    if (rank == 0) { /* its sockets are closed some moments before it is gone */
        for (int i = 0; group->rank > 0 && getppid() == f->first && i < 40; i++)
            nanosleep(&pause, NULL);
        return group->rank > 0 && getppid() != f->first;
    }
    return group->rank == 0 && f->child[rank] > 0 &&
           waitid(P_PID, (id_t)f->child[rank], &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
           (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
}

/* Of several that have ended, the one that was killed is the cause: the others noticed it and ended after it. */
static laco_status find_cause(laco_group *group, const forked *f, laco_status status)
{
    for (int r = 0; status < 0 && r < group->size; r++)
        if (was_killed(group, f, r)) {
            group->lost = r;
            snprintf(group->error, sizeof group->error, "process %d of %d has ended", r, group->size);
            break;
        }
    return status;
}

static laco_status exchange(laco_group *group, forked *f, const size_t *send_bytes, const size_t *recv_bytes)
{
    return find_cause(group, f, laco_sockets_exchange(group, &f->sockets, f->send, send_bytes, f->recv, recv_bytes));
}

/* ---- The functions of a group ----------------------------------------------------------------------------------------------- */

static laco_status alltoallv(laco_group *group, const void *send, const size_t *send_bytes, void *recv, const size_t *recv_bytes)
{
    forked *f = group->own;
    const char *from = send;
    char *to = recv;
    for (int r = 0; r < group->size; r++) {
        f->send[r] = from;
        f->recv[r] = to;
        from += send_bytes[r];
        to += recv_bytes[r];
    }
    return exchange(group, f, send_bytes, recv_bytes);
}

static laco_status allgatherv(laco_group *group, void *recv, const size_t *bytes)
{
    forked *f = group->own;
    char *to = recv, *own = recv;
    for (int r = 0; r < group->rank; r++)
        own += bytes[r];
    for (int r = 0; r < group->size; r++) {
        f->send[r] = own;
        f->bytes[r] = bytes[group->rank];
        f->recv[r] = to;
        to += bytes[r];
    }
    return exchange(group, f, f->bytes, bytes);
}

static laco_status broadcast(laco_group *group, void *data, size_t bytes, int root)
{
    forked *f = group->own;
    size_t recv_bytes[LACO_MOST_PROCESSES] = {0};
    for (int r = 0; r < group->size; r++) {
        f->send[r] = f->recv[r] = data;
        f->bytes[r] = group->rank == root ? bytes : 0;
    }
    recv_bytes[root] = bytes;
    return exchange(group, f, f->bytes, recv_bytes);
}

static void end_group(laco_group *group, const char *text) { laco_sockets_end(group, &((forked *)group->own)->sockets, text); }

/* ---- The end ---------------------------------------------------------------------------------------------------------------- */

static void close_links(laco_group *group, laco_sockets *s)
{
    for (int r = 0; s->link && r < group->size; r++) {
        if (s->link[r].fd >= 0)
            close(s->link[r].fd);
        s->link[r].fd = -1;
    }
}

/* Whether all children have ended by now. */
static bool gather_children(const laco_group *group, const forked *f)
{
    bool all = true;
    for (int r = 1; r < group->size; r++) {
        if (f->child[r] > 0 && waitpid(f->child[r], NULL, WNOHANG) != 0)
            f->child[r] = 0;
        all = all && f->child[r] <= 0;
    }
    return all;
}

/* After a good end the others have as long as they are ever waited for; after a bad one not long, and a stopped one is not waited
 * for at all in the end. */
static void await_children(const laco_group *group, const forked *f)
{
    const struct timespec pause = {0, 5000000};
    int64_t pauses = (int64_t)((*group->error ? LAST_WAIT : group->patience) * 200);
    while (!gather_children(group, f) && pauses-- > 0)
        nanosleep(&pause, NULL);
    for (int r = 1; r < group->size; r++)
        if (f->child[r] > 0) {
            kill(f->child[r], SIGKILL);
            waitpid(f->child[r], NULL, 0);
        }
}

static void close_group(laco_group *group)
{
    forked *f = group->own;
    close_links(group, &f->sockets);
    if (f->child && group->rank == 0)
        await_children(group, f);
    void *blocks[] = {f->sockets.link, f->child, (void *)f->send, (void *)f->recv, f->bytes, f};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(f->ctx, blocks[i]);
}

/* ---- The beginning ---------------------------------------------------------------------------------------------------------- */

static laco_status make_room(laco_context *ctx, laco_group *group)
{
    size_t size = (size_t)group->size;
    forked *f = group->own = laco_alloc(ctx, 1, sizeof *f);
    if (!f)
        return LACO_NO_MEMORY;
    f->ctx = ctx;
    group->close = close_group;
    f->sockets.link = laco_alloc(ctx, size, sizeof *f->sockets.link);
    f->child = laco_alloc(ctx, size, sizeof *f->child);
    f->send = laco_alloc(ctx, size, sizeof *f->send);
    f->recv = laco_alloc(ctx, size, sizeof *f->recv);
    f->bytes = laco_alloc(ctx, size, sizeof *f->bytes);
    for (int r = 0; f->sockets.link && r < group->size; r++)
        f->sockets.link[r].fd = -1;
    return f->sockets.link && f->child && f->send && f->recv && f->bytes ? LACO_OK : LACO_NO_MEMORY;
}

/* Sockets of all pairs: pair[a · size + b] is the end that a has of the way to b. */
static laco_status make_pairs(laco_context *ctx, int size, int *pair)
{
    for (int i = 0; i < size * size; i++)
        pair[i] = -1;
    for (int a = 0; a < size; a++)
        for (int b = a + 1; b < size; b++) {
            int ends[2];
            if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
                return laco_fail(ctx, LACO_IO, "%d processes: no more sockets: %s", size, strerror(errno));
            pair[a * size + b] = ends[0];
            pair[b * size + a] = ends[1];
        }
    return LACO_OK;
}

/* This process is `rank`: it keeps its ends, and no other. */
static void take_ends(laco_group *group, int rank, const int *pair)
{
    forked *f = group->own;
    group->rank = rank;
    for (int i = 0; i < group->size * group->size; i++)
        if (i / group->size == rank)
            f->sockets.link[i % group->size].fd = pair[i];
        else if (pair[i] >= 0)
            close(pair[i]);
}

static laco_status fork_all(laco_context *ctx, laco_group *group, const int *pair)
{
    forked *f = group->own;
    int rank = 0;
    laco_status status = LACO_OK;
    f->first = getpid();
    fflush(NULL); /* or what waits in buffers would be written by each */
    for (int r = 1; r < group->size && rank == 0 && status == LACO_OK; r++) {
        pid_t child = fork();
        if (child < 0)
            status = laco_fail(ctx, LACO_IO, "%d processes: the system gives no more: %s", group->size, strerror(errno));
        if (child == 0)
            rank = r;
        f->child[r] = child;
    }
    take_ends(group, rank, pair);
    return status;
}

laco_status laco_group_fork(laco_context *ctx, int size, double patience, laco_group **out)
{
    if (size < 1 || size > LACO_MOST_PROCESSES)
        return laco_fail(ctx, LACO_INVALID, "%d processes: 1 … %d are possible", size, LACO_MOST_PROCESSES);
    laco_group_block *block = laco_group_block_new(ctx, 0, size, patience);
    int *pair = laco_alloc(ctx, (size_t)size * (size_t)size, sizeof *pair);
    laco_status status = block && pair ? make_room(ctx, &block->group) : LACO_NO_MEMORY;
    if (status == LACO_OK) {
        status = make_pairs(ctx, size, pair);
        if (status == LACO_OK)
            status = fork_all(ctx, &block->group, pair);
        else
            take_ends(&block->group, 0, pair);
    }
    laco_release(ctx, pair);
    if (status < 0) {
        if (block)
            snprintf(block->group.error, sizeof block->group.error, "%s", laco_error(ctx));
        laco_group_free(block ? &block->group : NULL);
        return status;
    }
    block->group.alltoallv = alltoallv;
    block->group.allgatherv = allgatherv;
    block->group.broadcast = broadcast;
    block->group.abort = end_group;
    *out = &block->group;
    return LACO_OK;
}
