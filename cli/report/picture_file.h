/* A picture that is put where it belongs as a whole: what is there stands until then. */
#ifndef LACO_CLI_REPORT_PICTURE_FILE_H
#define LACO_CLI_REPORT_PICTURE_FILE_H

#include "basics.h"

#include <stdio.h>

/* Copies all of `picture` to `path`. A file, or a place where nothing is, gets it as PATH.tmp-PID, which is then moved there; a
 * symbolic link stays and the file it leads to is replaced; devices and pipes are written straight. LACO_IO: nothing of it is
 * left but in those. */
laco_status picture_file_put(FILE *picture, const char *path);

#endif
