/* What a file is, by its first bytes: for messages, where something else was expected. */
#ifndef LACO_BASE_CONTENT_H
#define LACO_BASE_CONTENT_H

#include "base/base.h"

/* A kind of file that is no text. */
typedef struct laco_content {
    const char *what;  /* "is a JPEG picture" */
    const char *right; /* what makes something of it that can be read, '@' being the file; NULL: nothing is known */
} laco_content;

/* The kind of a file, whose first bytes these are (some thousands, or all of them); NULL: of no known kind, which text is too. */
LACO_SHARED const laco_content *laco_content_find(const char *bytes, size_t size);

/* The kind of a file that is no text by the end of its name, for those that no first bytes tell; NULL: of no known kind. */
LACO_SHARED const laco_content *laco_content_named(const char *name);

/* Fails with what the file `name` is (of what is compressed by its name, where that says more): "NAME: is WHAT, EXPECTED; RIGHT",
 * `expected` being as "not UTF-8 text". */
LACO_SHARED laco_status laco_content_refuse(laco_context *ctx, const char *name, const laco_content *content,
                                            const char *expected);

/* What a command can have for a file: its name, where that needs no quotes, else FILE. */
LACO_SHARED const char *laco_name_in_command(const char *name);

/* Whether the bytes look like text in UTF-8 (or ASCII): a beginning of a file without control characters. */
LACO_SHARED bool laco_content_is_text(const char *bytes, size_t size);

#endif
