/* JSON as text that is whole. Jansson's json_dumps passes over a key whose bytes it finds no memory for, and its parser may call a
 * lack of memory a mistake in the text. */
#ifndef LACO_BASE_JSON_TEXT_H
#define LACO_BASE_JSON_TEXT_H

#include "base/base.h"

#include <jansson.h>

/* The text of a value without white space, ended by a zero, and padded with spaces to a multiple of `multiple` bytes; real numbers with
 * 17 digits, of which each double comes back as it was. It is read back and compared. *size (NULL: not wanted) is without the zero;
 * *text is the caller's, for laco_release. LACO_NO_MEMORY, also for a value of NULL: Jansson had none for it. */
LACO_SHARED laco_status laco_json_text(laco_context *ctx, const json_t *value, size_t multiple, char **text, size_t *size);

/* The same for people: real numbers with as few of 9, 15 or 17 digits as all of them come back from. */
LACO_SHARED laco_status laco_json_short_text(laco_context *ctx, const json_t *value, char **text);

/* Parses text (`what` says of what, in errors). *out is a new reference. LACO_FORMAT, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_json_parse(laco_context *ctx, const char *what, const char *text, size_t size, json_t **out);

#endif
