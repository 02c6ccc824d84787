/* What Windows says of memory. */
#include "base/memory.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

size_t laco_memory_left_at(const char *root, const char **why)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    (void)root;
    *why = "the machine has";
    if (!GlobalMemoryStatusEx(&memory))
        return SIZE_MAX;
    return (size_t)LACO_MIN(memory.ullAvailPageFile, (DWORDLONG)SIZE_MAX);
}

size_t laco_memory_left(const char **why) { return laco_memory_left_at("", why); }
