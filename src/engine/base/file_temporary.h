/* The files beside a place where writers write, PATH.tmp-PID or PATH.tmp-PID-N. A writer that is killed leaves its own behind;
 * the next one to write to PATH removes it. A lock tells a dead writer's file from a live one's, whatever machine or container it
 * runs on: the system lets go of it when a process ends. */
#ifndef LACO_BASE_FILE_TEMPORARY_H
#define LACO_BASE_FILE_TEMPORARY_H

#include <stdbool.h>

/* Locks a temporary file that was just made. False: another writer took it for a dead one's and it is gone. True also where the
 * file system has no locks, and so nobody removes anything. */
bool laco_temporary_claim(int fd);

/* Removes what dead writers left beside `target`: regular files of this user, of exactly such a name, whose process is no more
 * (or is this one) and which nobody has locked. What cannot be looked at or removed is let be. */
void laco_temporary_clear(const char *target);

#endif
