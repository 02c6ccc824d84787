/* laco/group.h - processes that train one model together.
 *
 * A group is `size` processes, each with its own rank, 0 … size − 1. What they do together goes through four functions, which all
 * of them call in the same order and with sizes that fit together. Who has another way for processes to talk writes these four
 * functions and hands the group to a training, as laco_train_options.group.
 *
 * The sums of a training do not depend on how many processes there are: see laco_train_options.shards. */
#ifndef LACO_GROUP_H
#define LACO_GROUP_H

#include "laco/context.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct laco_group laco_group;

/* Sizes are in bytes; blocks of several ranks stand one behind the other, in the order of ranks. A function that fails returns a
 * negative status with its reason, one line, in `error`; `lost` is then the rank that it failed for, where there is one. */
struct laco_group {
    int rank, size;
    double patience; /* seconds that the others wait for one that says nothing, before they give it up; 0: 300 */
    int lost;        /* a rank that has ended or is silent; -1: none */
    char error[512]; /* why the group came to its end; "": it has not */

    /* send_bytes[r] bytes to each rank r, recv_bytes[r] from it. */
    laco_status (*alltoallv)(laco_group *group, const void *send, const size_t *send_bytes, void *recv, const size_t *recv_bytes);
    /* bytes[r] bytes of each rank r to all: `recv` is what comes to be, in which this rank's own block stands already. */
    laco_status (*allgatherv)(laco_group *group, void *recv, const size_t *bytes);
    /* `bytes` bytes of rank `root` to all. */
    laco_status (*broadcast)(laco_group *group, void *data, size_t bytes, int root);
    /* Tells the others that this process ends, and why: what they wait for then fails with this text. */
    void (*abort)(laco_group *group, const char *text);
    /* Leaves the group. The block itself is not freed. */
    void (*close)(laco_group *group);

    void *own; /* what is behind it */
    int64_t reserved[4];
};

/* Forks size − 1 more processes, which are then at the same place of the program: each call returns once in each of them, with
 * another rank. They talk over socket pairs. To be called before threads are started, and before anything is read that only one
 * process can read. Rank 0 is the process that called; laco_group_free waits there for the others to end, and ends those that do
 * not. size: 1 … 256. LACO_INVALID, LACO_NO_MEMORY, LACO_IO: the system has no more processes or files. *out is the caller's. */
LACO_API laco_status laco_group_fork(laco_context *ctx, int size, double patience, laco_group **out);

/* The MPI that this process was started by, by what it left in the environment: "openmpi", "mpich"; NULL: none, or alone. */
LACO_API const char *laco_group_started_by(void);

/* Takes that out of the environment, so that a program which this one starts is a process by itself. Not beside other threads. */
LACO_API void laco_group_forget_start(void);

/* Joins the processes that mpirun, mpiexec or srun started with this one. The MPI library is loaded now, by liblaco-mpi-openmpi.so
 * or liblaco-mpi-mpich.so, looked for in $LACO_MPI_DIR, where laço was installed, and beside the program. LACO_INVALID: no MPI
 * started this process. LACO_IO: the library is not there. *out is the caller's. */
LACO_API laco_status laco_group_mpi(laco_context *ctx, double patience, laco_group **out);

/* Leaves a group. NULL is allowed. */
LACO_API void laco_group_free(laco_group *group);

/* Whether this process is the one that speaks for the group: rank 0, or where that was lost the next. */
static inline int laco_group_speaks(const laco_group *group) { return group->rank == (group->lost == 0 ? 1 : 0); }

#ifdef __cplusplus
}
#endif

#endif
