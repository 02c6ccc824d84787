/* A group of MPI, by a library that is opened only where MPI started this process. */
#define _GNU_SOURCE
#include "group/group.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef LACO_LIBRARY_DIR
#define LACO_LIBRARY_DIR "/usr/local/lib/laco"
#endif

/* What each way of starting processes leaves in the environment; the first that is there counts, for Open MPI's mpirun leaves what
 * PMIx does as well. `size`: how many there are, where that is said. */
static const struct {
    const char *variable, *size, *library;
} starters[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "openmpi"},
                {"PMIX_RANK", "SLURM_NTASKS", "openmpi"},
                {"PMI_RANK", "PMI_SIZE", "mpich"}};

const char *laco_group_started_by(void)
{
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++) {
        const char *size = getenv(starters[i].size);
        if (getenv(starters[i].variable))
            return size && strcmp(size, "1") == 0 ? NULL : starters[i].library;
    }
    return NULL;
}

void laco_group_forget_start(void)
{
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++)
        unsetenv(starters[i].variable);
}

/* The folder of the library next to the program that runs, as it is where laço was built or moved. */
static void beside_program(char *folder, size_t size, const char *where)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    if ((size_t)snprintf(folder, size, "%s/%s", program, where) >= size)
        *folder = '\0';
}

static void *open_library(const char *name)
{
    char beside[5000], built[5000], path[5200];
    beside_program(beside, sizeof beside, "../lib/laco");
    beside_program(built, sizeof built, "../src/mpi");
    const char *folders[] = {getenv("LACO_MPI_DIR"), LACO_LIBRARY_DIR, beside, built};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i] || !*folders[i])
            continue;
        snprintf(path, sizeof path, "%s/liblaco-mpi-%s.so", folders[i], name);
        void *library = access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : NULL;
        if (library)
            return library;
    }
    return NULL;
}

/* What the library has: fills the group that it joins, but for patience. 0, or why not in group->error. */
typedef int (*join_function)(laco_group *group);

laco_status laco_group_mpi(laco_context *ctx, double patience, laco_group **out)
{
    const char *name = laco_group_started_by();
    if (!name)
        return laco_fail(ctx, LACO_INVALID, "no MPI started this process: mpirun, mpiexec or srun --mpi is right");
    void *library = open_library(name);
    void *found = library ? dlsym(library, "laco_mpi_join") : NULL;
    join_function join;
    memcpy(&join, &found, sizeof join); /* as POSIX has it of functions */
    if (!found) {
        const char *why = dlerror();
        return laco_fail(
            ctx, LACO_IO,
            "started by MPI, but liblaco-mpi-%s.so is not in $LACO_MPI_DIR, %s or beside the program, or does not load%s%s", name,
            LACO_LIBRARY_DIR, why ? ": " : "", why ? why : "");
    }
    laco_group_block *block = laco_group_block_new(ctx, 0, 1, patience);
    if (!block)
        return LACO_NO_MEMORY;
    if (join(&block->group) != 0) {
        laco_set_error(ctx, "MPI: %s", block->group.error);
        block->group.close = NULL;
        laco_group_free(&block->group);
        return LACO_IO;
    }
    *out = &block->group;
    return LACO_OK;
}
