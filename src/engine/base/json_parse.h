/* JSON text as values of Jansson, whose own parser cannot be used: where malloc fails while it saves a token it goes on with what
 * it has (lex_save of Jansson 2.14), so that a byte of a string is lost in silence, the end of its memory is passed or an
 * assertion ends the program. Here every failure is LACO_NO_MEMORY. */
#ifndef LACO_BASE_JSON_PARSE_H
#define LACO_BASE_JSON_PARSE_H

#include "base/base.h"

#include <jansson.h>

#define LACO_JSON_DEPTH 2048 /* of arrays and objects within each other */

/* What is wrong with a text: the byte, from 0 on, and why. */
typedef struct laco_json_fault {
    size_t byte;
    const char *why; /* static */
} laco_json_fault;

/* Parses RFC 8259: UTF-8, no key twice in an object, no NUL in a key; JSON_ALLOW_NUL of `flags`: NUL in other strings,
 * JSON_DECODE_ANY: any value, not an object or an array alone. Whole numbers fit 64 bits, others a double. *out is a new
 * reference. LACO_FORMAT: *fault says what is wrong, and the context has no text; LACO_NO_MEMORY. */
laco_status laco_json_read(laco_context *ctx, const char *text, size_t size, size_t flags, json_t **out, laco_json_fault *fault);

#endif
