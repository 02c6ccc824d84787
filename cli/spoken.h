/* Recordings as the subcommands read them. */
#ifndef LACO_CLI_SPOKEN_H
#define LACO_CLI_SPOKEN_H

#include "cli.h"

/* Loads recordings and says once, on stderr, what was done to them: another rate, several channels. NULL: the error was said. */
laco_spoken *load_spoken(laco_context *ctx, const char *const *paths, int count, const laco_spoken_config *config, bool quiet);

#endif
