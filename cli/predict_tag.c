/* Tags for text, or for the columns of a file. */
#include "ask.h"
#include "lines.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Lines that wait for the end of their sentence. */
typedef struct block {
    laco_tagged_config config;
    const char *name;
    char *bytes;
    size_t used, room;
    size_t line;                  /* number of the first one */
    size_t complete;              /* bytes up to the end of the last whole sentence, */
    size_t lines, complete_lines; /* and lines in all and up to there */
    bool started;                 /* the form is known */
} block;

static bool add_line(block *b, const char *line, size_t length)
{
    if (b->used + length + 1 > b->room) {
        size_t room = 2 * (b->used + length + 1);
        char *grown = realloc(b->bytes, room);
        if (!grown)
            return trouble_text("%s: out of memory", b->name) == EXIT_DONE;
        b->bytes = grown;
        b->room = room;
    }
    memcpy(b->bytes + b->used, line, length);
    b->used += length;
    b->bytes[b->used++] = '\n';
    b->lines++;
    return true;
}

static int print_json(const laco_tagged *data, const char *const *tags)
{
    for (size_t i = 0; i < laco_tagged_sentence_count(data); i++) {
        size_t first, count = laco_tagged_sentence(data, i, &first);
        json_t *words = json_array(), *answers = json_array();
        for (size_t w = first; w < first + count; w++) {
            json_array_append_new(words, json_string(laco_tagged_word(data, w)));
            json_array_append_new(answers, json_string(tags[w]));
        }
        json_t *object = json_pack("{s:o, s:o}", "words", words, "tags", answers);
        json_dumpf(object, stdout, JSON_COMPACT);
        json_decref(object);
        putchar('\n');
    }
    return EXIT_DONE;
}

/* Answers the lines of the block up to `size` bytes and forgets them. */
static int answer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, block *b, size_t size, size_t lines)
{
    laco_tagged *data = NULL;
    b->config.first_line = b->line;
    if (laco_tagged_parse(ctx, b->name, b->bytes, size, &b->config, &data) < 0)
        return trouble(ctx);
    const char **tags = calloc(laco_tagged_word_count(data) + 1, sizeof *tags);
    int status = EXIT_DONE;
    if (!tags)
        status = trouble_text("%s: out of memory", b->name);
    else if (laco_model_tag_all(model, data, tags) < 0 || (!arguments->json && laco_tagged_write(data, tags, stdout) < 0))
        status = trouble(ctx);
    else if (arguments->json)
        status = print_json(data, tags);
    free(tags);
    laco_tagged_free(data);
    fflush(stdout);
    memmove(b->bytes, b->bytes + size, b->used - size);
    b->used -= size;
    b->line += lines;
    b->lines -= lines;
    b->complete = b->complete_lines = 0;
    return status;
}

/* Which form the lines have that came first. */
static void find_form(laco_model *model, const ask_arguments *arguments, block *b)
{
    static const laco_tagged_form forms[] = {LACO_TAGGED_AUTO,    LACO_TAGGED_TEXT, LACO_TAGGED_CONLLU,
                                             LACO_TAGGED_COLUMNS, LACO_TAGGED_TSV,  LACO_TAGGED_LINES};
    b->started = true;
    b->config.form = forms[arguments->form];
    if (b->config.form == LACO_TAGGED_AUTO)
        b->config.form = laco_tagged_guess(b->name, b->bytes, b->used, laco_model_tag_names(model));
}

static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, block *b, const line_reader *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (!add_line(b, lines->line[i], lines->length[i]))
            return EXIT_TROUBLE;
        if (lines->length[i] == 0) {
            b->complete = b->used;
            b->complete_lines = b->lines;
        }
    }
    if (!b->started)
        find_form(model, arguments, b);
    bool whole = b->config.form == LACO_TAGGED_TEXT || b->config.form == LACO_TAGGED_LINES; /* each line is a sentence */
    size_t size = whole ? b->used : b->complete, count = whole ? b->lines : b->complete_lines;
    return size > 0 ? answer(ctx, model, arguments, b, size, count) : EXIT_DONE;
}

int predict_tags(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    block b = {.line = 1};
    int status = EXIT_DONE, more;
    if (laco_model_tagged_config(model, &b.config) < 0)
        return trouble(ctx);
    b.config.untagged = true;
    if (arguments->column) {
        b.config.column = arguments->column;
        b.config.column_form = LACO_TAGGED_AUTO;
    }
    if (!lines_open(&lines, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    b.name = lines.name;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0)
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &b, &lines);
    if (status == EXIT_DONE && b.used > 0) /* a last sentence without its blank line */
        status = answer(ctx, model, arguments, &b, b.used, b.lines);
    lines_close(&lines);
    free(b.bytes);
    return status;
}
