/* JSON as text that is whole. Where malloc fails, json_dumps of Jansson 2.14 passes over a key, and its parser over bytes
 * (json_parse.h): so nothing that is saved goes through either. */
#ifndef LACO_BASE_JSON_TEXT_H
#define LACO_BASE_JSON_TEXT_H

#include "base/base.h"

#include <jansson.h>

/* The text of a value without white space, ended by a zero, and padded with spaces to a multiple of `multiple` bytes; real
 * numbers with 17 digits, of which each double comes back as it was. *size (NULL: not wanted) is without the zero; *text is the
 * caller's, for laco_release. LACO_NO_MEMORY, also for a value of NULL: Jansson had none for it. */
LACO_SHARED laco_status laco_json_text(laco_context *ctx, const json_t *value, size_t multiple, char **text, size_t *size);

/* The same for people: real numbers with 9 digits, or 15 or 17 where not all of them come back from fewer. */
LACO_SHARED laco_status laco_json_short_text(laco_context *ctx, const json_t *value, char **text);

/* The same with so many digits, 1 … 17, of every real number. */
LACO_SHARED laco_status laco_json_digits_text(laco_context *ctx, const json_t *value, size_t digits, char **text);

/* Put a new value into an object or behind an array. Where Jansson had no memory for one of the two, the whole is let go of and
 * NULL from then on: the functions above then say so. */
LACO_SHARED void laco_json_put(json_t **object, const char *key, json_t *value);
LACO_SHARED void laco_json_add(json_t **array, json_t *value);

/* Parses text (`what` says of what, in errors). *out is a new reference. LACO_FORMAT, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_json_parse(laco_context *ctx, const char *what, const char *text, size_t size, json_t **out);

#endif
