#include "generate/corpus.h"

#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFERED ((size_t)1 << 14) /* numbers written, or read, at a time */

/* ---- The file of numbers ---------------------------------------------------------------------------------------------- */

/* Opens a file that has no name any more. */
static laco_status open_file(laco_corpus *corpus)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    char path[4096];
    int error = ENOENT;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i] || (size_t)snprintf(path, sizeof path, "%s/laco-XXXXXX", folders[i]) >= sizeof path)
            continue;
        corpus->fd = mkstemp(path);
        if (corpus->fd >= 0) {
            unlink(path);
            return LACO_OK;
        }
        error = errno;
    }
    return laco_fail(corpus->ctx, LACO_IO, "no temporary file for the corpus in $TMPDIR, /var/tmp or /tmp: %s", strerror(error));
}

static laco_status flush(laco_corpus *corpus)
{
    const char *bytes = (const char *)corpus->buffer;
    size_t size = corpus->buffered * sizeof *corpus->buffer;
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(corpus->fd, bytes + done, size - done);
        if (wrote < 0 && errno != EINTR)
            return laco_fail(corpus->ctx, LACO_IO, "the temporary file of the corpus ($TMPDIR, /var/tmp or /tmp): %s",
                             strerror(errno));
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    corpus->buffered = 0;
    return LACO_OK;
}

laco_status laco_corpus_numbers(const laco_corpus *corpus, int64_t begin, int64_t count, int32_t *numbers)
{
    char *bytes = (char *)numbers;
    size_t size = (size_t)count * sizeof *numbers;
    off_t from = (off_t)begin * (off_t)sizeof *numbers;
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(corpus->fd, bytes + done, size - done, from + (off_t)done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return laco_fail(corpus->ctx, LACO_IO, "the temporary file of the corpus: %s",
                             got < 0 ? strerror(errno) : "it has become shorter");
        done += got > 0 ? (size_t)got : 0;
    }
    return LACO_OK;
}

laco_status laco_corpus_add(laco_corpus *corpus, const char *token, size_t length)
{
    int32_t number;
    LACO_TRY(laco_strings_add(&corpus->tokens, token, length, &number));
    corpus->buffer[corpus->buffered++] = number;
    corpus->hash = laco_hash(corpus->hash, (uint32_t)number);
    corpus->count++;
    return corpus->buffered == BUFFERED ? flush(corpus) : LACO_OK;
}

/* ---- The whole -------------------------------------------------------------------------------------------------------- */

laco_status laco_corpus_begin(laco_context *ctx, const laco_text_config *text, laco_corpus **out)
{
    laco_corpus *corpus = laco_alloc(ctx, 1, sizeof *corpus);
    if (!corpus)
        return LACO_NO_MEMORY;
    *corpus = (laco_corpus){.ctx = ctx, .text = *text, .fd = -1, .hash = LACO_HASH_START};
    laco_strings_init(&corpus->tokens, ctx);
    laco_text_buffer_init(&corpus->normal, ctx);
    laco_notes_init(&corpus->notes, ctx);
    corpus->buffer = laco_alloc(ctx, BUFFERED, sizeof *corpus->buffer);
    laco_status status = corpus->buffer ? open_file(corpus) : LACO_NO_MEMORY;
    if (status < 0)
        laco_corpus_free(corpus);
    else
        *out = corpus;
    return status;
}

static void hash_tokens(laco_corpus *corpus)
{
    for (size_t i = 0; i < corpus->tokens.count; i++) {
        size_t length;
        const char *token = laco_strings_get(&corpus->tokens, (int32_t)i, &length);
        corpus->hash = laco_hash_bytes(corpus->hash, token, length + 1);
    }
}

laco_status laco_corpus_end(laco_corpus *corpus, const char *name)
{
    if (corpus->count == 0)
        return laco_fail(corpus->ctx, LACO_INVALID, "%s: there is no text in it", name);
    hash_tokens(corpus);
    return flush(corpus);
}

void laco_corpus_free(laco_corpus *corpus)
{
    if (!corpus)
        return;
    if (corpus->fd >= 0)
        close(corpus->fd);
    laco_strings_free(&corpus->tokens);
    laco_text_buffer_free(&corpus->normal);
    laco_notes_free(&corpus->notes);
    laco_release(corpus->ctx, corpus->ids);
    laco_release(corpus->ctx, corpus->buffer);
    laco_release(corpus->ctx, corpus);
}

/* ---- Vocabularies ----------------------------------------------------------------------------------------------------- */

static laco_status count_tokens(laco_corpus *corpus, int64_t end, uint64_t *counts)
{
    for (int64_t begin = 0; begin < end; begin += (int64_t)BUFFERED) {
        int64_t count = LACO_MIN(end - begin, (int64_t)BUFFERED);
        LACO_TRY(laco_corpus_numbers(corpus, begin, count, corpus->buffer));
        for (int64_t i = 0; i < count; i++)
            counts[corpus->buffer[i]]++;
    }
    return LACO_OK;
}

static laco_status fill_vocabulary(laco_corpus *corpus, const uint64_t *counts, laco_vocabulary *vocabulary)
{
    for (size_t i = 0; i < corpus->tokens.count; i++) {
        size_t length;
        const char *token = laco_strings_get(&corpus->tokens, (int32_t)i, &length);
        if (counts[i] > 0)
            LACO_TRY(laco_vocabulary_add(vocabulary, token, length, counts[i]));
    }
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    laco_text_tokens tokens = {
        .level = LACO_TEXT_BYTE, .at = bytes, .end = bytes + (corpus->text.level == LACO_TEXT_BYTE ? 256 : 0)};
    const char *token;
    size_t length;
    while (laco_text_tokens_next(&tokens, &token, &length))
        LACO_TRY(laco_vocabulary_count(vocabulary, token, length));
    return LACO_OK;
}

laco_status laco_corpus_vocabulary(laco_corpus *corpus, int64_t end, const laco_vocabulary_config *config, laco_vocabulary **out)
{
    laco_vocabulary *vocabulary;
    LACO_TRY(laco_vocabulary_new(corpus->ctx, &vocabulary));
    uint64_t *counts = laco_alloc(corpus->ctx, corpus->tokens.count, sizeof *counts);
    laco_status status = counts ? count_tokens(corpus, end, counts) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = fill_vocabulary(corpus, counts, vocabulary);
    if (status == LACO_OK)
        status = laco_vocabulary_rank(vocabulary, config);
    laco_release(corpus->ctx, counts);
    if (status < 0)
        laco_vocabulary_free(vocabulary);
    else
        *out = vocabulary;
    return status;
}

laco_status laco_corpus_set_vocabulary(laco_corpus *corpus, const laco_vocabulary *vocabulary)
{
    int32_t *ids = laco_resize(corpus->ctx, corpus->ids, corpus->tokens.count, sizeof *ids);
    if (!ids)
        return LACO_NO_MEMORY;
    corpus->ids = ids;
    for (size_t i = 0; i < corpus->tokens.count; i++) {
        size_t length;
        const char *token = laco_strings_get(&corpus->tokens, (int32_t)i, &length);
        ids[i] = laco_vocabulary_id(vocabulary, token, length);
    }
    return LACO_OK;
}

laco_status laco_corpus_read(const laco_corpus *corpus, int64_t begin, int64_t count, int32_t *ids)
{
    LACO_TRY(laco_corpus_numbers(corpus, begin, count, ids));
    for (int64_t i = 0; i < count; i++)
        ids[i] = corpus->ids[ids[i]];
    return LACO_OK;
}

laco_status laco_corpus_unseen(const laco_corpus *corpus, int64_t begin, int64_t end, int64_t *unseen)
{
    int64_t found = 0;
    for (; begin < end; begin += (int64_t)BUFFERED) {
        int64_t count = LACO_MIN(end - begin, (int64_t)BUFFERED);
        LACO_TRY(laco_corpus_read(corpus, begin, count, corpus->buffer));
        for (int64_t i = 0; i < count; i++)
            found += corpus->buffer[i] == LACO_UNKNOWN;
    }
    *unseen = found;
    return LACO_OK;
}

int64_t laco_corpus_count(const laco_corpus *corpus) { return corpus->count; }
