/* Any bytes as tagged sentences in each form, written back and read again. The first byte says how the rest is read. */
#include "fuzz.h"

#include "laco/read.h"
#include "tag/tagged.h"

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
    const char *checked = text; /* a first word may be how a file of another kind begins, "BZh9": such a text is refused */
    size_t checked_size = size;
    if (laco_text_check(ctx, "g", &checked, &checked_size) < 0) {
        free(text);
        free(tags);
        return;
    }
    require(laco_tagged_parse(ctx, "g", text, size, &again, &back) == LACO_OK);
    require(laco_tagged_word_count(back) == words && laco_tagged_sentence_count(back) == laco_tagged_sentence_count(data));
    for (size_t i = 0; i < words; i++)
        require(strcmp(laco_tagged_word(back, i), laco_tagged_word(data, i)) == 0);
    laco_tagged_free(back);
    free(text);
    free(tags);
}

static void summary_of(const laco_tagged *data)
{
    laco_summary *summary = NULL;
    laco_status status = laco_tagged_summary(data, true, &summary);
    fuzz_check_summary(status, summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = {NULL, NULL, "upos", "xpos", "2", "3"}, *const known[] = {"A", "B", NULL};
    laco_context *ctx;
    laco_tagged *data;
    if (size < 1)
        return 0;
    ctx = fuzz_context();
    int how = bytes[0];
    laco_tagged_config config = {.form = (laco_tagged_form)(how % 6),
                                 .column = columns[how / 6 % 6],
                                 .untagged = how / 36 % 2,
                                 .labels = how / 72 % 2 ? known : NULL,
                                 .label_count = 2};
    if (config.form == LACO_TAGGED_TEXT)
        config.untagged = true;
    if (laco_tagged_parse(ctx, "f", (const char *)bytes + 1, size - 1, &config, &data) < 0)
        fuzz_check_error(ctx);
    else {
        /* A byte order mark that begins the first word would begin the file that is written, where it is no word. */
        if (laco_tagged_word_count(data) == 0 || strncmp(laco_tagged_word(data, 0), "\xEF\xBB\xBF", 3) != 0)
            write_and_read(ctx, data, &config);
        summary_of(data);
        laco_tagged_free(data);
    }
    laco_context_free(ctx);
    return 0;
}
