#include "text/tokens.h"

#include <string.h>
#include <utf8proc.h>

const char *const laco_token_kind_names[] = {"char", "word", "jamo", NULL};

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static laco_status each_word(const char *text, size_t length, laco_token_fn take, void *user)
{
    for (const char *at = text, *end = text + length; at < end;) {
        const char *begin = at;
        while (at < end && !is_space(*at))
            at++;
        if (at > begin)
            LACO_TRY(take(user, begin, (size_t)(at - begin)));
        else
            at++;
    }
    return LACO_OK;
}

int laco_hangul_syllable(const char *text, size_t length)
{
    int32_t point;
    utf8proc_ssize_t got =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)LACO_MIN(length, (size_t)4), &point);
    return got > 0 && point >= 0xAC00 && point < 0xAC00 + LACO_HANGUL_SYLLABLES ? point - 0xAC00 : -1;
}

typedef struct splitting {
    laco_token_fn take;
    void *user;
} splitting;

/* The letters of a syllable, as its canonical decomposition has them; what is none as it is. */
static laco_status take_letters(void *user, const char *token, size_t length)
{
    const splitting *s = user;
    int syllable = laco_hangul_syllable(token, length), tail = syllable % 28;
    const int32_t letters[3] = {0x1100 + syllable / 588, 0x1161 + syllable % 588 / 28, 0x11A7 + tail};
    char text[4];
    if (syllable < 0)
        return s->take(s->user, token, length);
    for (int i = 0; i < (tail > 0 ? 3 : 2); i++)
        LACO_TRY(s->take(s->user, text, (size_t)utf8proc_encode_char(letters[i], (utf8proc_uint8_t *)text)));
    return LACO_OK;
}

laco_status laco_tokens_each(laco_text_buffer *buffer, laco_token_kind kind, const char *text, size_t length, laco_token_fn take,
                             void *user)
{
    LACO_TRY(laco_text_normalise(buffer, &(laco_text_config){0}, text, length));
    if (kind == LACO_TOKENS_WORD)
        return each_word(buffer->bytes, buffer->length, take, user);
    splitting letters = {take, user};
    if (kind == LACO_TOKENS_JAMO)
        return laco_text_tokens_each(LACO_TEXT_CHAR, buffer->bytes, buffer->length, take_letters, &letters);
    return laco_text_tokens_each(LACO_TEXT_CHAR, buffer->bytes, buffer->length, take, user);
}

static laco_status count_token(void *user, const char *token, size_t length)
{
    return laco_vocabulary_count(user, token, length);
}

laco_status laco_tokens_count(laco_text_buffer *buffer, laco_token_kind kind, const char *text, size_t length,
                              laco_vocabulary *vocabulary)
{
    return laco_tokens_each(buffer, kind, text, length, count_token, vocabulary);
}

typedef struct encoding {
    const laco_vocabulary *vocabulary;
    laco_sequences *out;
    size_t unseen;
} encoding;

static laco_status encode_token(void *user, const char *token, size_t length)
{
    encoding *e = user;
    int32_t id = laco_vocabulary_id(e->vocabulary, token, length);
    e->unseen += id == LACO_UNKNOWN;
    return laco_sequences_push(e->out, id);
}

laco_status laco_tokens_encode(laco_text_buffer *buffer, laco_token_kind kind, const laco_vocabulary *vocabulary,
                               const char *text, size_t length, laco_sequences *out, size_t *unseen)
{
    encoding e = {.vocabulary = vocabulary, .out = out};
    laco_status status = laco_tokens_each(buffer, kind, text, length, encode_token, &e);
    if (status == LACO_OK)
        status = laco_sequences_end(out);
    if (status < 0)
        laco_sequences_drop(out);
    else if (unseen)
        *unseen += e.unseen;
    return status;
}

size_t laco_tokens_spell(const laco_vocabulary *vocabulary, laco_token_kind kind, const int32_t *ids, int64_t count, char *out,
                         size_t room)
{
    size_t used = 0;
    for (int64_t i = 0; i < count; i++) {
        size_t length;
        const char *token = laco_vocabulary_name(vocabulary, ids[i], &length);
        if (i > 0 && kind == LACO_TOKENS_WORD) {
            if (used < room)
                out[used] = ' ';
            used++;
        }
        if (used < room)
            memcpy(out + used, token, LACO_MIN(length, room - used));
        used += length;
    }
    if (used < room)
        out[used] = '\0';
    return used + 1;
}
