/* libFuzzer: any bytes as tagged sentences in each form, written back and read again, and as word vectors.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc \
 *         tests/fuzz_tagged.c src/data/[a-z]*.c src/base/[a-z]*.c -o fuzz_tagged -lcsv -ljansson -lutf8proc -lm -lpthread
 *     ./fuzz_tagged -max_total_time=120 FOLDER
 *
 * The first byte says how the rest is read. */
#include "tag/tagged.h"
#include "tag/vectors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_error(const laco_context *ctx)
{
    const char *error = laco_error(ctx);
    require(error[0] && !strchr(error, '\n') && laco_utf8_valid(error, strlen(error)) == strlen(error));
}

/* Writing the tags that were read, or one tag for all, gives something with the same words. */
static void write_and_read(laco_context *ctx, const laco_tagged *data, const laco_tagged_config *config)
{
    size_t words = laco_tagged_word_count(data), size;
    const char **tags = calloc(words + 1, sizeof *tags);
    char *text;
    FILE *file = open_memstream(&text, &size);
    laco_tagged *back;
    for (size_t i = 0; i < words; i++)
        tags[i] = laco_tagged_tag(data, i) < 0 ? "T" : laco_tagged_tag_names(data, NULL)[laco_tagged_tag(data, i)];
    require(laco_tagged_write(data, tags, file) == LACO_OK);
    fclose(file);
    laco_tagged_config again = *config;
    again.form = data->form == LACO_TAGGED_TEXT ? LACO_TAGGED_TSV : data->form;
    again.untagged = true;
    require(laco_tagged_parse(ctx, "g", text, size, &again, &back) == LACO_OK);
    require(laco_tagged_word_count(back) == words && laco_tagged_sentence_count(back) == laco_tagged_sentence_count(data));
    for (size_t i = 0; i < words; i++)
        require(strcmp(laco_tagged_word(back, i), laco_tagged_word(data, i)) == 0);
    laco_tagged_free(back);
    free(text);
    free(tags);
}

static bool never(void *user, const char *word, size_t length)
{
    (void)user;
    (void)word;
    (void)length;
    return false;
}

static void read_vectors(laco_context *ctx, const uint8_t *bytes, size_t size)
{
    char path[] = "/tmp/fuzz-vectors-XXXXXX";
    int file = mkstemp(path);
    laco_vectors vectors;
    require(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    close(file);
    if (laco_vectors_read(ctx, path, 5, never, NULL, &vectors) < 0)
        check_error(ctx);
    laco_vectors_free(&vectors);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = {NULL, NULL, "upos", "xpos", "2", "3"}, *const known[] = {"A", "B", NULL};
    laco_context *ctx;
    laco_tagged *data;
    if (size < 1 || laco_context_new(&(laco_context_config){.threads = 1}, &ctx) != LACO_OK)
        return 0;
    int how = bytes[0];
    laco_tagged_config config = {.form = (laco_tagged_form)(how % 6),
                                 .column = columns[how / 6 % 6],
                                 .untagged = how / 36 % 2,
                                 .labels = how / 72 % 2 ? known : NULL,
                                 .label_count = 2};
    if (config.form == LACO_TAGGED_TEXT)
        config.untagged = true;
    if (how >= 240)
        read_vectors(ctx, bytes + 1, size - 1);
    else if (laco_tagged_parse(ctx, "f", (const char *)bytes + 1, size - 1, &config, &data) < 0)
        check_error(ctx);
    else {
        /* A byte order mark that begins the first word would begin the file that is written, where it is no word. */
        if (laco_tagged_word_count(data) == 0 || strncmp(laco_tagged_word(data, 0), "\xEF\xBB\xBF", 3) != 0)
            write_and_read(ctx, data, &config);
        laco_tagged_free(data);
    }
    laco_context_free(ctx);
    return 0;
}
