/* Names and numbers from files, as laco import takes them. */
#ifndef LACO_CLI_NAMES_H
#define LACO_CLI_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* Names by number: a JSON array of strings, a JSON object {"name": number, …}, or one on each line, where \n, \t and \r alone on
 * a line stand for these characters. *out takes pointers into *list, which is the caller's to let go of when they have been used.
 * False: the error was said. path NULL: none. */
bool names_read(const char *path, json_t **list, const char ***out, int64_t *count);

/* Lines of two numbers: a mean and a deviation. The lists are for free(). False: the error was said. */
bool scales_read(const char *path, double **mean, double **deviation, int64_t *count);

#endif
