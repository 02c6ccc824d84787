/* liblaco-mpi-openmpi.so and liblaco-mpi-mpich.so: a laco_group by MPI. It needs MPI and the C library, and nothing of laço but a
 * header; it is opened at run time, so that a program needs no MPI where there is none.
 *
 * Every call is started without blocking and looked at again and again until it is done: so a process that has died or hangs is
 * found, and the end of another one, which comes as a message of its own, is heard within any call. */
#include <laco/group.h>

#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG_END = 1, TAG_ALIVE = 2 };

#define MOST_RANKS 4096
#define PIECE ((size_t)1 << 30) /* bytes that one call of MPI moves at most */
#define ANSWER 2.0              /* seconds to say that one is alive, and to be ended by another */

static MPI_Comm data_comm, talk_comm; /* what is exchanged, and what is said beside it */
static int counts_out[MOST_RANKS], counts_in[MOST_RANKS], places_out[MOST_RANKS], places_in[MOST_RANKS];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void rest(double waited) /* not at all at first, then little */
{
    struct timespec pause = {0, waited < 0.1 ? 20000 : 500000};
    if (waited > 0.002)
        nanosleep(&pause, NULL);
}

/* Has another process said that it ends? */
static int heard_end(laco_group *group)
{
    int there = 0, bytes;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, TAG_END, talk_comm, &there, &status);
    if (!there)
        return 0;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    char text[sizeof group->error] = "";
    if (bytes < 0 || bytes >= (int)sizeof text)
        bytes = 0;
    MPI_Recv(text, bytes, MPI_BYTE, status.MPI_SOURCE, TAG_END, talk_comm, MPI_STATUS_IGNORE);
    snprintf(group->error, sizeof group->error, "%s", text);
    group->lost = status.MPI_SOURCE > 0 ? status.MPI_SOURCE : -1; /* rank 0 has spoken itself */
    return 1;
}

/* Requests are waited for by MPI_Test in await, which the checker does not follow. */
/* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker) */

/* Patience is over: who of the others is there says so within ANSWER seconds, and the first who does not is the lost one. */
static void find_lost(laco_group *group)
{
    MPI_Request out[MOST_RANKS], in[MOST_RANKS];
    static char alive_out, alive_in[MOST_RANKS];
    for (int r = 0; r < group->size; r++) {
        out[r] = in[r] = MPI_REQUEST_NULL;
        if (r == group->rank)
            continue;
        MPI_Irecv(&alive_in[r], 1, MPI_BYTE, r, TAG_ALIVE, talk_comm, &in[r]);
        MPI_Isend(&alive_out, 1, MPI_BYTE, r, TAG_ALIVE, talk_comm, &out[r]);
    }
    double began = now();
    for (int all = 0; !all && now() - began < ANSWER; rest(1)) {
        all = 1;
        for (int r = 0, done; r < group->size; r++)
            if (in[r] != MPI_REQUEST_NULL && MPI_Test(&in[r], &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
                all = 0;
    }
    for (int r = 0; r < group->size && group->lost < 0; r++)
        if (in[r] != MPI_REQUEST_NULL) /* a request that is done is that */
            group->lost = r;
    if (group->lost >= 0)
        snprintf(group->error, sizeof group->error, "process %d of %d has said nothing for %g s", group->lost, group->size,
                 group->patience);
    else
        snprintf(group->error, sizeof group->error, "the %d processes waited for each other for %g s", group->size,
                 group->patience);
}

static laco_status await(laco_group *group, MPI_Request *request)
{
    double began = now();
    for (int done = 0, turn = 0;; turn++) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
            snprintf(group->error, sizeof group->error, "MPI has lost a process");
            return LACO_IO;
        }
        if (done)
            return LACO_OK;
        double waited = turn % 64 == 63 ? now() - began : 0;
        if (turn % 64 == 63 && heard_end(group))
            return LACO_IO;
        if (waited > group->patience) {
            find_lost(group);
            return LACO_IO;
        }
        rest(waited);
    }
}

/* Sizes as MPI takes them. */
static laco_status lay(laco_group *group, const size_t *bytes, int *counts, int *places)
{
    size_t at = 0;
    for (int r = 0; r < group->size; r++) {
        if (at + bytes[r] > PIECE) {
            snprintf(group->error, sizeof group->error, "more than 1 GiB in one exchange");
            return LACO_INVALID;
        }
        counts[r] = (int)bytes[r];
        places[r] = (int)at;
        at += bytes[r];
    }
    return LACO_OK;
}

static laco_status alltoallv(laco_group *group, const void *send, const size_t *send_bytes, void *recv, const size_t *recv_bytes)
{
    MPI_Request request;
    laco_status status = lay(group, send_bytes, counts_out, places_out);
    if (status == LACO_OK)
        status = lay(group, recv_bytes, counts_in, places_in);
    if (status < 0)
        return status;
    MPI_Ialltoallv(send, counts_out, places_out, MPI_BYTE, recv, counts_in, places_in, MPI_BYTE, data_comm, &request);
    return await(group, &request);
}

static laco_status allgatherv(laco_group *group, void *recv, const size_t *bytes)
{
    MPI_Request request;
    laco_status status = lay(group, bytes, counts_in, places_in);
    if (status < 0)
        return status;
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, recv, counts_in, places_in, MPI_BYTE, data_comm, &request);
    return await(group, &request);
}

static laco_status broadcast(laco_group *group, void *data, size_t bytes, int root)
{
    laco_status status = LACO_OK;
    for (size_t at = 0; at < bytes && status == LACO_OK; at += PIECE) {
        MPI_Request request;
        size_t piece = bytes - at < PIECE ? bytes - at : PIECE;
        MPI_Ibcast((char *)data + at, (int)piece, MPI_BYTE, root, data_comm, &request);
        status = await(group, &request);
    }
    return status;
}

static void end_group(laco_group *group, const char *text)
{
    static char kept[sizeof group->error];
    snprintf(kept, sizeof kept, "%s", text);
    for (int r = 0; r < group->size; r++) {
        MPI_Request request;
        if (r != group->rank && MPI_Isend(kept, (int)strlen(kept), MPI_BYTE, r, TAG_END, talk_comm, &request) == MPI_SUCCESS)
            MPI_Request_free(&request);
    }
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

/* A group that came to a bad end is ended by the process that speaks for it, when it has spoken; who does not speak waits for
 * that, and hands on meanwhile what it has to say itself. */
static void close_group(laco_group *group)
{
    if (!*group->error) {
        MPI_Finalize();
        return;
    }
    double until = now() + (laco_group_speaks(group) ? 0.3 : ANSWER + 3);
    for (int there; now() < until; rest(1))
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_ALIVE, talk_comm, &there, MPI_STATUS_IGNORE);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

int laco_mpi_join(laco_group *group);

__attribute__((visibility("default"))) int laco_mpi_join(laco_group *group)
{
    int provided, size = 1, rank = 0;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) {
        snprintf(group->error, sizeof group->error, "it does not start");
        return -1;
    }
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (size > MOST_RANKS) {
        snprintf(group->error, sizeof group->error, "%d processes; %d are possible", size, MOST_RANKS);
        return -1;
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &data_comm);
    MPI_Comm_dup(MPI_COMM_WORLD, &talk_comm);
    MPI_Comm_set_errhandler(data_comm, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(talk_comm, MPI_ERRORS_RETURN);
    group->rank = rank;
    group->size = size;
    group->alltoallv = alltoallv;
    group->allgatherv = allgatherv;
    group->broadcast = broadcast;
    group->abort = end_group;
    group->close = close_group;
    return 0;
}
