/* Windows has no fork, and its MPI is not looked for: a process is alone. */
#include "group/group.h"

const char *laco_group_started_by(void) { return NULL; }

laco_status laco_group_fork(laco_context *ctx, int size, double patience, laco_group **out)
{
    (void)patience;
    *out = NULL;
    return laco_fail(ctx, LACO_INVALID, "%d processes: this system has no fork; threads share the work of one process", size);
}

laco_status laco_group_mpi(laco_context *ctx, double patience, laco_group **out)
{
    (void)patience;
    *out = NULL;
    return laco_fail(ctx, LACO_INVALID, "no MPI started this process: it is not looked for on this system");
}
