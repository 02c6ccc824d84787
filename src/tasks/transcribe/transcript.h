/* The texts of a speech recogniser: cut into what the network writes, put together again, and compared. */
#ifndef LACO_TRANSCRIBE_TRANSCRIPT_H
#define LACO_TRANSCRIBE_TRANSCRIPT_H

#include "text/encode.h"
#include "laco/transcriber.h"

/* The normal form of a text: as `config` says, one space for each run of white space, none at the ends; in buffer->bytes and
 * buffer->length. */
laco_status laco_transcript_tidy(laco_text_buffer *buffer, const laco_text_config *config, const char *text);

/* The next token of a tidy text: a code point, or for LACO_TEXT_WORD what stands between spaces. */
bool laco_transcript_next(laco_text_level level, const char **at, const char *end, const char **token, size_t *length);

/* Words of a text. */
int64_t laco_transcript_words(const char *text);

/* Counts the tokens of a text, and adds their ids as a sequence; a token without an id is LACO_UNKNOWN. */
laco_status laco_transcript_count(laco_text_buffer *buffer, const laco_text_config *config, const char *text,
                                  laco_vocabulary *tokens);
laco_status laco_transcript_encode(laco_text_buffer *buffer, const laco_text_config *config, const laco_vocabulary *tokens,
                                   const char *text, laco_sequences *out);

/* The text that ids stand for. *out is the caller's, for laco_release. */
laco_status laco_transcript_decode(laco_context *ctx, const laco_vocabulary *tokens, laco_text_level level, const int32_t *ids,
                                   int64_t count, char **out);

/* Adds the comparison of one text with what was heard to `score`, its rates aside. */
laco_status laco_transcript_compare(laco_text_buffer *buffer, const laco_text_config *config, const char *text, const char *heard,
                                    laco_transcribe_score *score);

/* Adds counts to those of `to`; then the rates from the sums. */
void laco_transcript_add(const laco_transcribe_score *score, laco_transcribe_score *to);
void laco_transcript_rates(laco_transcribe_score *score);

#endif
