/* Text of any size into a corpus, a block at a time. */
#include "generate/corpus.h"

#include <string.h>

#define BLOCK ((size_t)1 << 20)

typedef struct text_source {
    laco_corpus *corpus;
    const char *name;
    laco_corpus_fill fill;
    void *user;
    char *bytes; /* [BLOCK] */
    size_t used; /* of `bytes` */
    size_t line; /* of the first of them, from 1 */
    char last;   /* byte of the text before them, 0 at the start */
    bool ended;
} text_source;

/* Fills the block as far as the text goes. */
static laco_status fill_block(text_source *source)
{
    while (!source->ended && source->used < BLOCK) {
        size_t got = 0;
        LACO_TRY(source->fill(source->user, source->bytes + source->used, BLOCK - source->used, &got));
        source->ended = got == 0;
        source->used += got;
    }
    return LACO_OK;
}

static bool is_ascii(char byte) { return (signed char)byte >= 0; }

/* Bytes of the block that can be taken without what follows: up to a line end, else a space, else between two ASCII characters
 * (no normal form reaches across), else between code points; never between CR and LF. All of it at the end of the file. */
static size_t take(const text_source *source)
{
    const char *bytes = source->bytes;
    size_t used = source->used, i;
    if (source->ended || source->corpus->text.level == LACO_TEXT_BYTE)
        return used;
    for (i = used; i > 0; i--)
        if (bytes[i - 1] == '\n')
            return i;
    for (i = used; i > 0; i--)
        if (bytes[i - 1] == ' ')
            return i;
    for (i = used - 1; i > 0; i--)
        if (is_ascii(bytes[i - 1]) && is_ascii(bytes[i]) && bytes[i - 1] != '\r')
            return i;
    for (i = used - 1; i > 1 && (bytes[i] & 0xC0) == 0x80;)
        i--;
    return i;
}

static size_t drop_carriage_returns(char *bytes, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != '\r' || i + 1 == size || bytes[i + 1] != '\n')
            bytes[kept++] = bytes[i];
    return kept;
}

static laco_status add_token(void *corpus, const char *token, size_t length) { return laco_corpus_add(corpus, token, length); }

static int64_t code_points(const char *text, size_t size)
{
    int64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += (text[i] & 0xC0) != 0x80;
    return count;
}

/* Checks a block, brings it to its normal form and adds its tokens. */
static laco_status add_block(text_source *source, char *bytes, size_t size)
{
    laco_corpus *corpus = source->corpus;
    laco_text_buffer *normal = &corpus->normal;
    if (corpus->text.level == LACO_TEXT_BYTE) {
        corpus->characters += (int64_t)size;
        return laco_text_tokens_each(LACO_TEXT_BYTE, bytes, size, add_token, corpus);
    }
    LACO_TRY(laco_text_check_part(corpus->ctx, source->name, source->line, bytes, size));
    for (const char *at = bytes; (at = memchr(at, '\n', size - (size_t)(at - bytes))); at++)
        source->line++;
    size = drop_carriage_returns(bytes, size);
    LACO_TRY(laco_text_normalise(normal, &corpus->text, bytes, size));
    corpus->characters += code_points(normal->bytes, normal->length);
    return laco_text_tokens_each(corpus->text.level, normal->bytes, normal->length, add_token, corpus);
}

static laco_status read_blocks(text_source *source)
{
    size_t skip = 0;
    bool started = false;
    for (;;) {
        LACO_TRY(fill_block(source));
        if (!started && source->corpus->text.level != LACO_TEXT_BYTE)
            LACO_TRY(laco_text_check_start(source->corpus->ctx, source->name, source->bytes, source->used, &skip));
        started = true;
        if (source->used == skip)
            return LACO_OK;
        size_t taken = take(source);
        LACO_TRY(add_block(source, source->bytes + skip, taken - skip));
        source->last = source->bytes[taken - 1];
        memmove(source->bytes, source->bytes + taken, source->used - taken);
        source->used -= taken;
        skip = 0;
    }
}

laco_status laco_corpus_add_text(laco_corpus *corpus, const char *name, laco_corpus_fill fill, void *user, bool more_follow)
{
    text_source source = {.corpus = corpus, .name = name, .fill = fill, .user = user, .line = 1};
    LACO_TRY(laco_notes_file(&corpus->notes, name));
    source.bytes = laco_alloc(corpus->ctx, BLOCK, 1);
    laco_status status = source.bytes ? read_blocks(&source) : LACO_NO_MEMORY;
    if (status == LACO_OK && more_follow && source.last && source.last != '\n') {
        corpus->characters++;
        status = laco_corpus_add(corpus, "\n", 1);
    }
    laco_release(corpus->ctx, source.bytes);
    return status;
}

/* A text in memory. */
typedef struct memory_text {
    const char *at;
    size_t left;
} memory_text;

static laco_status copy_text(void *user, char *into, size_t room, size_t *got)
{
    memory_text *text = user;
    *got = LACO_MIN(room, text->left);
    if (*got > 0)
        memcpy(into, text->at, *got);
    text->at += *got;
    text->left -= *got;
    return LACO_OK;
}

laco_status laco_corpus_from_texts(laco_context *ctx, const laco_text_config *config, const char *const *texts,
                                   const size_t *lengths, size_t count, laco_corpus **out)
{
    laco_corpus *corpus;
    LACO_TRY(laco_corpus_begin(ctx, config ? config : &(laco_text_config){0}, &corpus));
    laco_status status = LACO_OK;
    for (size_t i = 0; i < count && status == LACO_OK; i++) {
        memory_text text = {texts[i], lengths[i]};
        status = laco_corpus_add_text(corpus, "the text", copy_text, &text, i + 1 < count);
    }
    if (status == LACO_OK)
        status = laco_corpus_end(corpus, "the text");
    if (status < 0)
        laco_corpus_free(corpus);
    else
        *out = corpus;
    return status;
}
