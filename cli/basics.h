/* What report/ and bench/ stand on: errors with a text, and the smaller and the larger of two. */
#ifndef LACO_CLI_BASICS_H
#define LACO_CLI_BASICS_H

#include <jansson.h>
#include <laco/laco.h>

#include <stdbool.h>

#define SMALLER(a, b) ((a) < (b) ? (a) : (b))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

/* Keeps the text of an error, one line, and gives `status`. */
laco_status failed(laco_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of the last one; "" before any. */
const char *failure(void);

/* `status` of a call of the library, whose text is kept too where it failed. */
laco_status of_library(const laco_context *ctx, laco_status status);

/* Jansson's memory is one setting for a process, and so the program's to watch. From watch_json_memory on, json_memory_failed
 * says whether some was missing: what was built may then lack members. Between json_memory_must(true) and (false) the program
 * ends where there is none, with a line and exit status 1: Jansson's parser would go on without the bytes that it could not keep.
 */
void watch_json_memory(void);
bool json_memory_failed(void);
void json_memory_must(bool be_there);
/* Put a new value into an object, or behind an array, that is to be printed. Where there was no memory for one of the two the
 * whole is let go of and NULL from then on, and so it is for whatever it is put into. */
void json_put(json_t **object, const char *key, json_t *value);
void json_add(json_t **array, json_t *value);

/* Returns from the enclosing function with the status of a call that failed. */
#define TRY(call)                                                                                                                \
    do {                                                                                                                         \
        laco_status try_status_ = (call);                                                                                        \
        if (try_status_ < 0)                                                                                                     \
            return try_status_;                                                                                                  \
    } while (0)

#endif
