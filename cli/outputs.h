/* The files that a command is about to write: whether they can be, and that nothing which is read goes under them. */
#ifndef LACO_CLI_OUTPUTS_H
#define LACO_CLI_OUTPUTS_H

#include "cli.h"

/* Looks at every OPTION_OUTPUT that was given, before any work is done: its folder can be written to, it is none of the `count`
 * paths nor of the OPTION_INPUTs, nor (but for --plot) a picture or recording, which lists of data may name; no other output goes
 * to the same place. Only --checkpoint may be the file of --resume. Returns an exit status, the error said. */
int check_outputs(const command_line *command, const void *arguments, const char *const *paths, int count);

#endif
