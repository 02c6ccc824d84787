#include "text/text_stream.h"

#include "base/grow.h"

#include <string.h>

void laco_text_stream_init(laco_text_stream *stream, laco_context *ctx, const laco_text_config *config, bool corpus)
{
    *stream = (laco_text_stream){.ctx = ctx, .config = *config, .corpus = corpus};
    laco_text_buffer_init(&stream->buffer, ctx);
}

void laco_text_stream_free(laco_text_stream *stream)
{
    if (!stream->ctx)
        return;
    laco_text_buffer_free(&stream->buffer);
    laco_release(stream->ctx, stream->raw);
    laco_release(stream->ctx, stream->normal);
}

void laco_text_stream_reset(laco_text_stream *stream)
{
    stream->raw_used = stream->normal_used = 0;
    stream->inside = stream->before = 0;
}

/* ---- Tokens of normal text ---------------------------------------------------------------------------------------------- */

typedef enum verdict { TOKEN, UNKNOWN, WAIT } verdict;

/* What the token at `at` is: "<unk>" between spaces or ends is one in a corpus, as tokens.c finds it. */
static verdict judge(const laco_text_stream *s, const laco_text_tokens *tokens, const char *at, bool closed)
{
    static const char name[] = "<unk>";
    size_t there = (size_t)(tokens->end - at), size = sizeof name - 1;
    bool spaced = at == s->normal ? !s->inside : at[-1] == ' ' || at[-1] == '\n';
    if (s->corpus && spaced && memcmp(at, name, LACO_MIN(there, size)) == 0) {
        if (there <= size && !closed)
            return WAIT;
        if (there == size || (there > size && at[size] == ' '))
            return UNKNOWN;
    }
    return closed || laco_text_tokens_settled(tokens) ? TOKEN : WAIT;
}

/* The certain words of a line, or part of one, which `closed` says does not go on; *at moves behind them. False in *done: one
 * waits. */
static laco_status take_words(laco_text_stream *s, const char **at, const char *end, bool closed, laco_token_fn take, void *user,
                              bool *done)
{
    laco_text_tokens tokens = {.level = LACO_TEXT_WORD, .at = *at, .end = end};
    const char *token;
    size_t length;
    *done = true;
    while (laco_text_tokens_next(&tokens, &token, &length)) {
        verdict now = judge(s, &tokens, token, closed);
        *at = token;
        if (now == WAIT) {
            *done = false;
            return LACO_OK;
        }
        if (now == UNKNOWN) {
            length = 5;
            tokens.at = token + length;
        }
        LACO_TRY(take(user, token, length));
        *at = tokens.at;
    }
    *at = end;
    return LACO_OK;
}

/* Lines count in a corpus alone. */
static laco_status take_lines(laco_text_stream *s, const char **at, const char *end, bool last, laco_token_fn take, void *user)
{
    bool done = true;
    while (done && *at < end) {
        const char *newline = s->corpus ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
        LACO_TRY(take_words(s, at, newline ? newline : end, newline || last, take, user, &done));
        if (!newline)
            break;
        LACO_TRY(take(user, "\n", 1));
        *at = newline + 1;
    }
    return LACO_OK;
}

/* Characters and bytes of normal text are all certain. */
static laco_status take_tokens(laco_text_stream *s, bool last, laco_token_fn take, void *user)
{
    const char *at = s->normal, *end = at + s->normal_used;
    if (s->config.level != LACO_TEXT_WORD) {
        LACO_TRY(laco_text_tokens_each(s->config.level, s->normal, s->normal_used, take, user));
        at = end;
    } else {
        LACO_TRY(take_lines(s, &at, end, last, take, user));
    }
    if (at > s->normal)
        s->inside = at[-1] != ' ' && at[-1] != '\n';
    s->normal_used = (size_t)(end - at);
    memmove(s->normal, at, s->normal_used);
    if (s->normal_used > LACO_TEXT_STREAM_WORD)
        return laco_fail(s->ctx, LACO_FORMAT, "a word of more than %d bytes is too long for a stream", LACO_TEXT_STREAM_WORD);
    return LACO_OK;
}

/* ---- Bytes ---------------------------------------------------------------------------------------------------------------- */

static laco_status append(laco_text_stream *s, char **block, size_t *used, size_t *room, const char *bytes, size_t length)
{
    LACO_TRY(laco_grow(s->ctx, block, room, *used + length + 1, 1));
    if (length > 0)
        memcpy(*block + *used, bytes, length);
    *used += length;
    return LACO_OK;
}

/* Whether a sequence that is cut off may become UTF-8. */
static bool may_go_on(const char *bytes, size_t length)
{
    unsigned char first = (unsigned char)bytes[0];
    size_t whole = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xC2 && first < 0xE0 ? 2 : 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)bytes[i] & 0xC0) != 0x80)
            return false;
    return length < whole;
}

/* Normalises what is certain of the raw bytes and takes its tokens. */
static laco_status drain(laco_text_stream *s, bool last, laco_token_fn take, void *user)
{
    size_t valid = s->raw_used > 0 ? laco_utf8_valid(s->raw, s->raw_used) : 0;
    if (valid < s->raw_used && (last || !may_go_on(s->raw + valid, s->raw_used - valid)))
        return laco_fail(s->ctx, LACO_FORMAT, "byte %lld of the text (0x%02X) is not UTF-8",
                         (long long)s->before + (long long)valid + 1, (unsigned char)s->raw[valid]);
    size_t certain = last ? valid : laco_text_settled(s->raw, valid);
    if (certain > 0) {
        LACO_TRY(laco_text_normalise(&s->buffer, &s->config, s->raw, certain));
        LACO_TRY(append(s, &s->normal, &s->normal_used, &s->normal_room, s->buffer.bytes, s->buffer.length));
        s->before += (int64_t)certain;
        s->raw_used -= certain;
        memmove(s->raw, s->raw + certain, s->raw_used);
    }
    if (s->raw_used > LACO_TEXT_STREAM_RAW)
        return laco_fail(s->ctx, LACO_FORMAT, "a character with more than %d bytes of accents is too long for a stream",
                         LACO_TEXT_STREAM_RAW);
    return s->normal_used > 0 ? take_tokens(s, last, take, user) : LACO_OK;
}

laco_status laco_text_stream_feed(laco_text_stream *s, const char *bytes, size_t length, laco_token_fn take, void *user)
{
    if (s->corpus && s->config.level == LACO_TEXT_BYTE)
        return laco_text_tokens_each(LACO_TEXT_BYTE, bytes, length, take, user);
    while (length > 0) {
        size_t part = LACO_MIN(length, (size_t)LACO_TEXT_STREAM_RAW);
        LACO_TRY(append(s, &s->raw, &s->raw_used, &s->raw_room, bytes, part));
        LACO_TRY(drain(s, false, take, user));
        bytes += part;
        length -= part;
    }
    return LACO_OK;
}

laco_status laco_text_stream_end(laco_text_stream *s, laco_token_fn take, void *user)
{
    LACO_TRY(drain(s, true, take, user));
    laco_text_stream_reset(s);
    return LACO_OK;
}
