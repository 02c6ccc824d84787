/* What the library does with tables of options, beyond laco/options.h. */
#ifndef LACO_OPTIONS_OPTIONS_H
#define LACO_OPTIONS_OPTIONS_H

#include "laco/options.h"

#include <jansson.h>

/* Whether every value lies within its range or is the default. LACO_INVALID: one does not. */
laco_status laco_options_check(laco_context *ctx, const laco_option_table *table, const void *options);

/* The values that are not at their defaults as a JSON object, of all options or of those that shape the result; NULL where
 * Jansson has no memory. */
json_t *laco_options_values(const laco_option_table *table, const void *options, bool shaping);

/* And back, each checked; what is not in the object stays as it is. Texts in `options` are then those of `object`. LACO_INVALID:
 * a member that no option has, or a value that it cannot have. */
laco_status laco_options_from_values(laco_context *ctx, const laco_option_table *table, const json_t *object, void *options);

/* The options that shape the result as "name value name value …", without white space in any of them. Contents of files that are
 * read are not in it, nor are options named in `except` ("a|b"; NULL: none). *out is the caller's, for laco_release. */
laco_status laco_options_fingerprint(laco_context *ctx, const laco_option_table *table, const void *options, const char *except,
                                     char **out);

/* The value of a row as text without white space: "64", "lstm", "yes". */
#define LACO_OPTION_TEXT_ROOM 1024 /* a list of reals with its name */
void laco_option_value_text(const laco_option *row, const void *options, char *text, size_t size);

/* The place of a text among the words of "a|b|c", from 1 on; 0: it is none of them. */
int laco_option_word(const char *words, const char *text, size_t length);

/* Word `place` (from 1 on), its bytes in *length; NULL: there is none. */
const char *laco_option_nth_word(const char *words, int place, size_t *length);

/* Where the value of a row lies, and its value as a number where it is one. */
double laco_option_number(const laco_option *row, const void *options);

#endif
