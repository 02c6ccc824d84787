/* Texts as sequences of tokens and back: the two sides of a pair. */
#ifndef LACO_TEXT_TOKENS_H
#define LACO_TEXT_TOKENS_H

#include "text/encode.h"
#include "laco/text.h"

/* The names "char", "word" and "jamo" by laco_token_kind - 1, ended by NULL. */
extern const char *const laco_token_kind_names[];

/* Takes each token of a text in NFC. LACO_FORMAT: not UTF-8; LACO_NO_MEMORY; or what `take` returned. */
laco_status laco_tokens_each(laco_text_buffer *buffer, laco_token_kind kind, const char *text, size_t length, laco_token_fn take,
                             void *user);

/* The number of a Hangul syllable among all (Unicode Standard, 3.12) at the front of a text; -1: something else is there. */
#define LACO_HANGUL_SYLLABLES 11172
int laco_hangul_syllable(const char *text, size_t length);

/* Counts the tokens of a text in `vocabulary`. */
laco_status laco_tokens_count(laco_text_buffer *buffer, laco_token_kind kind, const char *text, size_t length,
                              laco_vocabulary *vocabulary);

/* Adds the ids of a text as one sequence to `out`; *unseen, where not NULL, is raised by those that the vocabulary does not know,
 * which are LACO_UNKNOWN. On failure `out` is as before. */
LACO_SHARED laco_status laco_tokens_encode(laco_text_buffer *buffer, laco_token_kind kind, const laco_vocabulary *vocabulary,
                                           const char *text, size_t length, laco_sequences *out, size_t *unseen);

/* The text of ids, ended by a zero: at most `room` bytes of it go to `out`. Returns the bytes that all of it needs, the zero too.
 */
size_t laco_tokens_spell(const laco_vocabulary *vocabulary, laco_token_kind kind, const int32_t *ids, int64_t count, char *out,
                         size_t room);

#endif
