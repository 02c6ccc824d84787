#include "tag/vectors.h"

#include "base/file.h"
#include "base/grow.h"

#include <math.h>
#include <stdlib.h>

#define SHOWN 40 /* bytes of a word that a message shows */

void laco_vectors_free(laco_vectors *vectors)
{
    if (!vectors->ctx)
        return;
    laco_strings_free(&vectors->words);
    laco_release(vectors->ctx, vectors->values);
}

laco_status laco_word_fold(laco_text_buffer *buffer, const char *word, size_t length)
{
    LACO_TRY(laco_text_normalise(buffer, &(laco_text_config){.lower = true}, word, length));
    for (size_t i = 0; i < buffer->length; i++)
        if (buffer->bytes[i] >= '1' && buffer->bytes[i] <= '9')
            buffer->bytes[i] = '0';
    return LACO_OK;
}

/* Fields of a line between spaces. */
static int64_t count_fields(const char *line, size_t length)
{
    int64_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += line[i] != ' ' && (i == 0 || line[i - 1] == ' ');
    return count;
}

static bool is_header(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (line[i] != ' ' && (line[i] < '0' || line[i] > '9'))
            return false;
    return count_fields(line, length) == 2;
}

typedef struct vectors_reader {
    laco_vectors *out;
    const char *name;
    size_t line, most;
    laco_vectors_wanted wanted;
    void *user;
    laco_text_buffer buffer;
} vectors_reader;

/* The numbers of a line. strtod stops at the newline or the zero behind the file. */
static laco_status read_numbers(vectors_reader *r, const char *at, const char *end, laco_real *values)
{
    for (int64_t i = 0; i < r->out->size; i++) {
        char *stop;
        double number = strtod(at, &stop);
        if (stop == at || stop > end || !isfinite((laco_real)number))
            return laco_fail(r->out->ctx, LACO_FORMAT, "%s:%zu: number %lld of the vector is missing or not finite", r->name,
                             r->line, (long long)i + 1);
        values[i] = (laco_real)number;
        at = stop;
    }
    return LACO_OK;
}

static laco_status take_line(vectors_reader *r, const char *line, size_t length)
{
    laco_vectors *out = r->out;
    size_t word = 0, before = out->words.count;
    int64_t size = count_fields(line, length) - 1;
    while (word < length && line[word] != ' ')
        word++;
    if (out->size == 0 && size > 0)
        out->size = size;
    if (size != out->size || size < 1 || word == 0)
        return laco_fail(out->ctx, LACO_FORMAT, "%s:%zu: \"%.*s\" has %lld numbers; %lld are right", r->name, r->line,
                         laco_text_cut(line, word, SHOWN), line, (long long)size, (long long)(out->size ? out->size : 1));
    LACO_TRY(laco_word_fold(&r->buffer, line, word));
    const char *folded = r->buffer.bytes;
    size_t bytes = r->buffer.length;
    int32_t number;
    if (laco_strings_find(&out->words, folded, bytes) >= 0 || (r->line > r->most && !r->wanted(r->user, folded, bytes)))
        return LACO_OK;
    LACO_TRY(laco_grow(out->ctx, &out->values, &out->values_room, (before + 1) * (size_t)size, sizeof *out->values));
    LACO_TRY(read_numbers(r, line + word, line + length, out->values + before * (size_t)size));
    return laco_strings_add(&out->words, folded, bytes, &number);
}

static laco_status read_lines(vectors_reader *r, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t length;
    LACO_TRY(laco_text_check(r->out->ctx, r->name, &lines.at, &size));
    lines.end = lines.at + size;
    while (laco_lines_next(&lines, &line, &length)) {
        while (length > 0 && line[length - 1] == ' ')
            length--;
        r->line = lines.number;
        if (length > 0 && !(lines.number == 1 && is_header(line, length)))
            LACO_TRY(take_line(r, line, length));
    }
    return r->out->words.count > 0
               ? LACO_OK
               : laco_fail(r->out->ctx, LACO_FORMAT, "%s: holds no vector; lines of a word and its numbers are right", r->name);
}

laco_status laco_vectors_read(laco_context *ctx, const char *path, size_t most, laco_vectors_wanted wanted, void *user,
                              laco_vectors *out)
{
    char *bytes;
    size_t size;
    *out = (laco_vectors){.ctx = ctx};
    laco_strings_init(&out->words, ctx);
    LACO_TRY(laco_file_read(ctx, path, &bytes, &size));
    vectors_reader reader = {.out = out, .name = laco_file_shown_name(path), .most = most, .wanted = wanted, .user = user};
    laco_text_buffer_init(&reader.buffer, ctx);
    laco_status status = read_lines(&reader, bytes, size);
    laco_text_buffer_free(&reader.buffer);
    laco_release(ctx, bytes);
    return status;
}
