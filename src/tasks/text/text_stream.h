/* Text that comes bit by bit, as tokens: each as soon as nothing that may follow can change it. */
#ifndef LACO_TEXT_TEXT_STREAM_H
#define LACO_TEXT_TEXT_STREAM_H

#include "text/text.h"

#define LACO_TEXT_STREAM_RAW 4096       /* most bytes of one character with its marks, about */
#define LACO_TEXT_STREAM_WORD (1 << 14) /* most bytes of one word */

typedef struct laco_text_stream {
    laco_context *ctx;
    laco_text_config config;
    bool corpus; /* tokens as a language model's: laco_text_tokens_each, and bytes are read as they are */
    laco_text_buffer buffer;
    char *raw, *normal; /* bytes whose normal form, and normal text whose tokens, may still change */
    size_t raw_used, raw_room, normal_used, normal_room;
    int64_t inside; /* what is before `normal` is neither a space nor the start of a line */
    int64_t before; /* bytes before `raw`, for errors */
} laco_text_stream;

void laco_text_stream_init(laco_text_stream *stream, laco_context *ctx, const laco_text_config *config, bool corpus);
void laco_text_stream_free(laco_text_stream *stream);
void laco_text_stream_reset(laco_text_stream *stream);

/* Gives the tokens that have become certain to `take`: over the whole text the same as of the text at once. LACO_FORMAT: not UTF-8, or a
 * character or word that is too long; LACO_NO_MEMORY; or what `take` returned. Then the stream is to be reset. */
laco_status laco_text_stream_feed(laco_text_stream *stream, const char *bytes, size_t length, laco_token_fn take, void *user);

/* The rest, of a text that ends here; the next begins anew. */
laco_status laco_text_stream_end(laco_text_stream *stream, laco_token_fn take, void *user);

#endif
