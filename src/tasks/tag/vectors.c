#include "tag/vectors.h"

#include "base/file.h"
#include "base/grow.h"
#include "base/locale.h"

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

/* Whether the field that ends at `end` is a number, and where it begins. */
static bool is_number(const char *line, const char *end, const char **begin)
{
    const char *at = end;
    char *stop;
    while (at > line && at[-1] != ' ')
        at--;
    *begin = at;
    (void)strtod(at, &stop);
    return at < end && stop == end;
}

/* How many fields at the end of a line are numbers, all but the first. */
static int64_t count_numbers(const char *line, size_t length)
{
    const char *end = line + length, *begin;
    int64_t count = 0;
    while (end > line && is_number(line, end, &begin) && begin > line) {
        count++;
        for (end = begin; end > line && end[-1] == ' ';)
            end--;
    }
    return count;
}

/* The size of the vectors: what the header says, or what most of the first lines have, where a word may look like a number. */
static void find_size(vectors_reader *r, laco_lines lines)
{
    enum { SIZES = 8 };
    const char *line;
    int64_t sizes[SIZES] = {0}, counts[SIZES] = {0};
    size_t best = 0;
    for (size_t length; lines.number < 100 && laco_lines_next(&lines, &line, &length);) {
        while (length > 0 && line[length - 1] == ' ')
            length--;
        if (lines.number == 1 && is_header(line, length)) {
            char *dimension;
            (void)strtol(line, &dimension, 10);
            r->out->size = strtol(dimension, NULL, 10);
            return;
        }
        int64_t count = count_numbers(line, length);
        size_t k = 0;
        while (k + 1 < SIZES && sizes[k] && sizes[k] != count)
            k++;
        if (count == 0 || (sizes[k] && sizes[k] != count))
            continue;
        sizes[k] = count;
        best = ++counts[k] > counts[best] ? k : best;
    }
    r->out->size = sizes[best];
}

/* The length of the word: all before the last `size` fields. */
static bool find_word(const char *line, size_t length, int64_t size, size_t *word)
{
    const char *end = line + length;
    for (int64_t i = 0; i < size && end > line; i++) {
        while (end > line && end[-1] != ' ')
            end--;
        while (end > line && end[-1] == ' ')
            end--;
    }
    *word = (size_t)(end - line);
    return end > line && size > 0;
}

static laco_status take_line(vectors_reader *r, const char *line, size_t length)
{
    laco_vectors *out = r->out;
    size_t word = 0, before = out->words.count;
    int64_t size = out->size, numbers = count_fields(line, length) - 1;
    const char *begin;
    bool wordless = *line == ' ' && numbers + 1 == size;
    if (wordless || (find_word(line, length, size, &word) && laco_text_blank(line, word)))
        return LACO_OK;
    bool longer = memchr(line, ' ', word) && is_number(line, line + word, &begin); /* a number more than in other lines */
    if (word == 0 || numbers < size || longer) {
        for (word = 0; word < length && line[word] != ' ';)
            word++;
        return laco_fail(out->ctx, LACO_FORMAT, "%s:%zu: \"%.*s\" has %lld numbers; %lld are right", r->name, r->line,
                         laco_text_cut(line, word, SHOWN), line, (long long)numbers, (long long)size);
    }
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

static laco_status holds_none(const vectors_reader *r)
{
    return laco_fail(r->out->ctx, LACO_FORMAT, "%s: holds no vector; lines of a word and its numbers are right", r->name);
}

static laco_status read_lines(vectors_reader *r, const char *bytes, size_t size)
{
    laco_lines lines = {.at = bytes, .end = bytes + size};
    const char *line;
    size_t length;
    LACO_TRY(laco_text_check(r->out->ctx, r->name, &lines.at, &size));
    lines.end = lines.at + size;
    find_size(r, lines);
    if (r->out->size <= 0)
        return holds_none(r);
    while (laco_lines_next(&lines, &line, &length)) {
        while (length > 0 && line[length - 1] == ' ')
            length--;
        r->line = lines.number;
        if (length > 0 && !(lines.number == 1 && is_header(line, length)))
            LACO_TRY(take_line(r, line, length));
    }
    return r->out->words.count > 0 ? LACO_OK : holds_none(r);
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
    laco_locale plain;
    laco_status status = laco_locale_begin(ctx, &plain);
    if (status == LACO_OK) {
        status = read_lines(&reader, bytes, size);
        laco_locale_end(&plain);
    }
    laco_text_buffer_free(&reader.buffer);
    laco_release(ctx, bytes);
    return status;
}
