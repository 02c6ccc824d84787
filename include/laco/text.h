/* laco/text.h - how text is read: what it is cut into, and what is made alike.
 */
#ifndef LACO_TEXT_H
#define LACO_TEXT_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a text is cut into before it is looked up in the vocabulary. */
typedef enum laco_text_level {
    LACO_TEXT_DEFAULT, /* as LACO_TEXT_CHAR */
    LACO_TEXT_CHAR,    /* Unicode code points, after normalisation: ã is one */
    LACO_TEXT_WORD,    /* words, and each punctuation mark or symbol alone; white space is dropped */
    LACO_TEXT_BYTE,    /* the bytes of the UTF-8 form */
} laco_text_level;

/* How text is prepared, in training as in use: a model file stores it. All zero: code points of NFC. */
typedef struct laco_text_config {
    laco_text_level level;
    bool fold_accents; /* ã → a, ç → c. What Unicode holds to be a letter of its own stays: ø, ł, ß, æ, đ */
    bool lower;        /* to lower case, letter by letter */
} laco_text_config;

/* What a text is cut into where it is one side of a pair. */
typedef enum laco_token_kind {
    LACO_TOKENS_DEFAULT, /* found out from the data */
    LACO_TOKENS_CHAR,    /* Unicode code points of NFC */
    LACO_TOKENS_WORD,    /* what stands between white space, as it stands */
    LACO_TOKENS_JAMO,    /* code points, and of each Hangul syllable its two or three letters: of sources only */
} laco_token_kind;

/* For programs that read text themselves. What the first bytes of a file say, some thousands of them or all that there are: the
 * length of a byte order mark in *mark. LACO_FORMAT: UTF-16 or UTF-32, or no text at all (compressed, a picture, a model …): the
 * message says what it is and what makes text of it. */
LACO_API laco_status laco_text_check_start(laco_context *ctx, const char *name, const char *bytes, size_t size, size_t *mark);

/* Whether a part of a file that begins at the start of line `line`, or within it, is UTF-8; no byte order mark is looked for.
 * LACO_FORMAT: it is not, or holds a NUL; the message says file, line and byte, and the command that converts the file. */
LACO_API laco_status laco_text_check_part(laco_context *ctx, const char *name, size_t line, const char *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
