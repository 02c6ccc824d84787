/* Unicode text: is it UTF-8, its lines, its normal form, and the tokens a vocabulary counts. */
#ifndef LACO_TEXT_TEXT_H
#define LACO_TEXT_TEXT_H

#include "base/base.h"
#include "laco/text.h"

/* Bytes from the start that are well-formed UTF-8 (no overlong form, no surrogate, at most U+10FFFF): `length` where
 * all are, else the offset of the first sequence that is not. */
LACO_SHARED size_t laco_utf8_valid(const char *bytes, size_t length);

/* Bytes of the code point at the front, which is written to *point; 0 where it is malformed. */
LACO_SHARED size_t laco_utf8_point(const char *bytes, size_t length, int32_t *point);

/* LACO_INVALID: bytes in lower case or without accents. */
laco_status laco_text_config_check(laco_context *ctx, const laco_text_config *config);

/* Checks that a whole file is text and steps over its byte order mark: *bytes and *size are narrowed to what follows.
 * LACO_FORMAT: with file, line and byte what is not UTF-8, or a NUL, which says that the file is binary; or what the file is
 * (base/content.h), and what makes text of it. */
LACO_SHARED laco_status laco_text_check(laco_context *ctx, const char *name, const char **bytes, size_t *size);

/* Lines of a text in memory, which end at LF, CRLF or the end of the text: set `at` and `end`, leave `number` 0. */
typedef struct laco_lines {
    const char *at, *end;
    size_t number; /* of the line given last, from 1 */
} laco_lines;

/* laco_lines.number before the first line, whose number is given; 0: 1. */
static inline size_t laco_lines_before(size_t first_line) { return first_line > 0 ? first_line - 1 : 0; }

/* The next line without its end; false after the last. A text that ends in a newline has no empty line behind it. */
LACO_SHARED bool laco_lines_next(laco_lines *lines, const char **line, size_t *length);

/* True where nothing but ASCII white space is there. */
LACO_SHARED bool laco_text_blank(const char *bytes, size_t length);

/* Bytes of the longest start of `text` that is at most `limit` bytes and ends between code points: for messages. */
LACO_SHARED int laco_text_cut(const char *text, size_t length, size_t limit);

/* Where normalised text is written, again and again, without asking for memory each time. */
typedef struct laco_text_buffer {
    laco_context *ctx;
    char *bytes; /* the result */
    size_t length, room;
    int32_t *points, *spare; /* code points while they are decomposed, ordered and composed */
    size_t points_room, spare_room;
} laco_text_buffer;

LACO_SHARED void laco_text_buffer_init(laco_text_buffer *buffer, laco_context *ctx);
LACO_SHARED void laco_text_buffer_free(laco_text_buffer *buffer);

/* Writes the normal form of `text` to buffer->bytes and buffer->length: NFC (Unicode Standard Annex 15), with accents
 * folded and in lower case where config asks; config->level plays no part. Doing it twice changes nothing.
 * Folding drops combining marks of class 1 (overlays) and 200 up (attached to or placed around a letter): the accents
 * of Latin, Greek and Cyrillic. Marks of other classes, which carry vowels and consonants (nukta, virama, kana
 * voicing, Hebrew and Arabic points), stay. Lower case is Unicode's simple mapping, so one letter stays one letter.
 * LACO_FORMAT: not UTF-8, with the byte. LACO_NO_MEMORY. On failure the buffer's content is lost. */
LACO_SHARED laco_status laco_text_normalise(laco_text_buffer *buffer, const laco_text_config *config, const char *text,
                                            size_t length);

/* Bytes from the start of a text (whole code points) whose normal form nothing that follows can change, and on which the form of
 * what follows does not depend: text may be normalised in such parts. */
size_t laco_text_settled(const char *text, size_t length);

/* The tokens of a normalised text: set `level`, `at` and `end`.
 * Chars are code points rather than grapheme clusters: after NFC the two are the same for almost all living
 * orthographies, and where they are not (emoji sequences, Indic syllables) the parts are few and known while the
 * clusters are many and would be unknown.
 * Words are runs of letters, digits and marks; an apostrophe or hyphen between two of these is inside (don't,
 * guarda-chuva); each ideograph, punctuation mark or symbol is a word alone, with the marks that follow it; white
 * space and control characters end words and are dropped. */
typedef struct laco_text_tokens {
    laco_text_level level;
    const char *at, *end;
    char byte[4]; /* a token of LACO_TEXT_BYTE */
} laco_text_tokens;

/* The next token, as UTF-8, which stands until the next call; false after the last. A byte is given as the code point
 * of its number (0xC3 as "Ã"), so that every token can stand in JSON. */
bool laco_text_tokens_next(laco_text_tokens *tokens, const char **token, size_t *length);

/* Of LACO_TEXT_WORD: whether the word given last ends where it does whatever may follow the end. */
bool laco_text_tokens_settled(const laco_text_tokens *tokens);

/* Takes a token; a negative status ends the reading. */
typedef laco_status (*laco_token_fn)(void *user, const char *token, size_t length);

/* All tokens of a normalised text as a language model sees them: at word level each line end is a token "\n" of its own, and
 * "<unk>" where it stands between spaces is one. LACO_OK, or what `take` returned. */
LACO_SHARED laco_status laco_text_tokens_each(laco_text_level level, const char *text, size_t length, laco_token_fn take, void *user);

/* What words are made of: 0 white space, 1 letters and digits, 2 marks, 3 what joins two letters, 4 what is a word alone. */
LACO_SHARED int laco_text_kind(int32_t point);

/* The canonical decomposition of a code point; returns how many it has, itself alone where it has none. */
LACO_SHARED int laco_text_decompose(int32_t point, int32_t parts[8]);

/* The byte that a token of LACO_TEXT_BYTE stands for. */
char laco_token_byte(const char *token, size_t length);

#endif
