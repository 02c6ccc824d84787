#define _GNU_SOURCE
#include "together.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static laco_context *group_ctx; /* what the group lives in: it begins before the threads of the work do */
static int spoken = -1;         /* standard error of a process that is silent */

bool is_first(const train_arguments *arguments) { return !arguments->group || arguments->group->rank == 0; }

/* Standard output and error lead nowhere. Errors are told to the others, of which one speaks. */
static void be_silent(train_arguments *arguments)
{
    arguments->quiet = true;
    arguments->json = false;
    spoken = dup(STDERR_FILENO);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        spoken = -1; /* then these are closed */
}

static int check_data(const char *const *paths, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(paths[i], "-") == 0)
            return trouble_text("standard input can be read by one process alone; several want files that each can read");
    return EXIT_DONE;
}

int join_others(train_arguments *arguments, const char *const *paths, int count)
{
    const char *mpi = laco_group_started_by();
    int64_t processes = arguments->processes;
    if (mpi && processes > 1)
        return trouble_text("--processes %lld, and MPI (%s) has started processes already: one of both is right",
                            (long long)processes, mpi);
    if (!mpi && processes <= 1)
        return EXIT_DONE;
    if (check_data(paths, count) != EXIT_DONE)
        return EXIT_TROUBLE;
    if (laco_context_new(&(laco_context_config){.threads = 1}, &group_ctx) < 0)
        return trouble_text("no context: out of memory, or LACO_CPU is none of ref, avx2, avx512, neon");
    laco_status status = mpi ? laco_group_mpi(group_ctx, arguments->give_up, &arguments->group)
                             : laco_group_fork(group_ctx, (int)processes, arguments->give_up, &arguments->group);
    if (status < 0)
        return trouble(group_ctx);
    if (arguments->group->rank > 0)
        be_silent(arguments);
    return EXIT_DONE;
}

void leave_others(train_arguments *arguments, int status)
{
    laco_group *group = arguments->group;
    if (!group)
        return;
    if (status != EXIT_DONE && !arguments->trained && !*group->error && *last_trouble()) {
        snprintf(group->error, sizeof group->error, "process %d of %d: %.400s", group->rank, group->size, last_trouble());
        group->abort(group, group->error);
    }
    if (spoken >= 0 && *group->error && laco_group_speaks(group))
        dprintf(spoken, "laco: %s\n", group->error);
    laco_group_free(group);
    arguments->group = NULL;
    laco_context_free(group_ctx);
    group_ctx = NULL;
}

/* Processes of the group on this machine. */
static int64_t neighbours(const train_arguments *arguments)
{
    static const char *const said[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"};
    if (arguments->processes > 1)
        return arguments->processes;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const char *text = getenv(said[i]);
        int64_t count = text ? strtoll(text, NULL, 10) : 0;
        if (count > 0)
            return count;
    }
    return arguments->group->size;
}

int64_t threads_of(const train_arguments *arguments)
{
    cpu_set_t set;
    if (arguments->threads > 0 || !arguments->group)
        return arguments->threads;
    /* Where MPI has bound each process to cores of its own, these are its; else all have all. */
    int64_t cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1, all = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t share = cores < all ? cores : cores / neighbours(arguments);
    return share > 0 ? share : 1;
}
