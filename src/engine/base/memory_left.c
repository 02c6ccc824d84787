/* What Linux says of memory. */
#include "base/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct room {
    size_t bytes;
    const char *why;
} room;

static void lower(room *r, size_t bytes, const char *why)
{
    if (bytes < r->bytes)
        *r = (room){bytes, why};
}

static bool open_at(const char *root, const char *path, FILE **out)
{
    char whole[PATH_MAX + 64];
    bool fits = (size_t)snprintf(whole, sizeof whole, "%s%s", root, path) < sizeof whole;
    *out = fits ? fopen(whole, "re") : NULL;
    return *out != NULL;
}

/* The number behind a key at the beginning of a line ("" : of the first line); false: there is none, as where it says "max". */
static bool read_number(const char *root, const char *path, const char *key, unsigned long long *out)
{
    char line[256];
    FILE *file;
    bool found = false;
    if (!open_at(root, path, &file))
        return false;
    while (!found && fgets(line, sizeof line, file))
        found = strncmp(line, key, strlen(key)) == 0 && sscanf(line + strlen(key), "%llu", out) == 1;
    fclose(file);
    return found;
}

static size_t cut(unsigned long long bytes) { return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes; }
static size_t less(unsigned long long all, unsigned long long used) { return all > used ? cut(all - used) : 0; }

/* One group: its limit without what is used, of which files that can be dropped are no part. */
static void look_at_group(const char *root, const char *folder, bool first_version, room *r)
{
    char path[PATH_MAX + 64];
    unsigned long long limit, used = 0, files = 0;
    snprintf(path, sizeof path, "%s/%s", folder, first_version ? "memory.limit_in_bytes" : "memory.max");
    if (!read_number(root, path, "", &limit))
        return;
    snprintf(path, sizeof path, "%s/%s", folder, first_version ? "memory.usage_in_bytes" : "memory.current");
    if (!read_number(root, path, "", &used))
        return;
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    if (!read_number(root, path, first_version ? "total_inactive_file " : "inactive_file ", &files))
        files = 0;
    lower(r, less(limit, used > files ? used - files : 0), "the limit of its control group leaves");
}

/* The group of a line of /proc/self/cgroup, and those above it, whose limits count as well. In a container the path may be that
 * of the host: then what lies at the top is the group's own. */
static void look_at_groups(const char *root, char *group, bool first_version, room *r)
{
    const char *top = first_version ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    char folder[PATH_MAX];
    for (;;) {
        if ((size_t)snprintf(folder, sizeof folder, "%s%s", top, strcmp(group, "/") == 0 ? "" : group) < sizeof folder - 40)
            look_at_group(root, folder, first_version, r);
        char *slash = strrchr(group, '/');
        if (!slash || !*group)
            return;
        *slash = '\0';
    }
}

static void look_at_control(const char *root, room *r)
{
    char line[PATH_MAX];
    FILE *file;
    if (!open_at(root, "/proc/self/cgroup", &file))
        return;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        if (controllers[1] == '\0')
            look_at_groups(root, group, false, r);
        else if (strstr(controllers + 1, "memory"))
            look_at_groups(root, group, true, r);
    }
    fclose(file);
}

/* What setrlimit leaves of addresses and of data. */
static void look_at_limits(const char *root, room *r)
{
    unsigned long long pages[6] = {0};
    struct rlimit limit;
    FILE *file;
    if (!open_at(root, "/proc/self/statm", &file))
        return;
    bool read =
        fscanf(file, "%llu %llu %llu %llu %llu %llu", &pages[0], &pages[1], &pages[2], &pages[3], &pages[4], &pages[5]) == 6;
    unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
    fclose(file);
    if (read && getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        lower(r, less(limit.rlim_cur, page * pages[0]), "the limit on its addresses (ulimit -v) leaves");
    if (read && getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        lower(r, less(limit.rlim_cur, page * pages[5]), "the limit on its data (ulimit -d) leaves");
}

size_t laco_memory_left_at(const char *root, const char **why)
{
    room r = {SIZE_MAX, "nothing is known of the memory but that it has"};
    unsigned long long kibibytes;
    if (read_number(root, "/proc/meminfo", "MemAvailable:", &kibibytes))
        lower(&r, kibibytes > SIZE_MAX / 1024 ? SIZE_MAX : (size_t)kibibytes * 1024, "the machine has");
    look_at_control(root, &r);
    look_at_limits(root, &r);
    *why = r.why;
    return r.bytes;
}

size_t laco_memory_left(const char **why) { return laco_memory_left_at("", why); }
