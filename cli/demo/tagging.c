/* One form, two categories: is "acordo" a noun or a verb? A network that sees the word alone, and one that remembers the
 * sentence. */
#include "demo/demo.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#define FORM_COLUMNS 10
#define SENTENCE_COLUMNS 44
#define TAG_COLUMNS 8

typedef struct tagger {
    const char *title, *file;
    laco_tag_options options;
    laco_model *model;
    const char **tags; /* of all words of the pairs */
    size_t pairs;      /* those of which both are right */
} tagger;

static int train(laco_context *ctx, const demo_arguments *arguments, const laco_tagged *data, tagger *t)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = true, .stop = &interrupted});
    char path[4096];
    t->options.train.progress = progress_printer_tell;
    t->options.train.progress_user = &printer;
    laco_status trained = laco_train_tag(ctx, &t->options, data, NULL, &t->model);
    progress_printer_clear(&printer);
    t->options.train.progress_user = NULL;
    if (trained < 0)
        return trouble(ctx);
    demo_path(arguments, t->file, path, sizeof path);
    if (laco_model_save(t->model, path) < 0)
        return trouble(ctx);
    if (!arguments->quiet)
        fprintf(stderr, "%-28s trained, %s\n", t->title, path);
    return EXIT_DONE;
}

/* Prints a text and fills up to `columns`, or cuts it there; UTF-8's continuation bytes take no column. */
static void print_padded(const char *text, int columns)
{
    int used = 0;
    for (; *text; text++) {
        bool begins = ((unsigned char)*text & 0xC0) != 0x80;
        if (begins && used == columns)
            break;
        used += begins;
        putchar(*text);
    }
    printf("%*s", columns - used, "");
}

/* The word of a sentence that its pair has too, with another tag. */
static size_t find_form(const laco_tagged *data, size_t sentence)
{
    size_t first, other, count = laco_tagged_sentence(data, sentence, &first),
                         others = laco_tagged_sentence(data, sentence ^ 1, &other);
    for (size_t i = first; i < first + count; i++)
        for (size_t j = other; j < other + others; j++)
            if (strcmp(laco_tagged_word(data, i), laco_tagged_word(data, j)) == 0 &&
                laco_tagged_tag(data, i) != laco_tagged_tag(data, j))
                return i;
    return first;
}

static bool right(const laco_tagged *data, const tagger *t, size_t word)
{
    return strcmp(t->tags[word], laco_tagged_tag_names(data, NULL)[laco_tagged_tag(data, word)]) == 0;
}

static void print_sentence(const laco_tagged *data, const tagger *taggers, int count, size_t sentence)
{
    char text[1024] = "";
    size_t first, words = laco_tagged_sentence(data, sentence, &first), form = find_form(data, sentence);
    for (size_t i = first, used = 0; i < first + words; i++, used = strlen(text))
        snprintf(text + used, sizeof text - used, "%s%s", i > first ? " " : "", laco_tagged_word(data, i));
    print_padded(sentence % 2 == 0 ? laco_tagged_word(data, form) : "", FORM_COLUMNS);
    print_padded(text, SENTENCE_COLUMNS);
    print_padded(laco_tagged_tag_names(data, NULL)[laco_tagged_tag(data, form)], TAG_COLUMNS);
    for (int k = 0; k < count; k++) {
        print_padded(taggers[k].tags[form], TAG_COLUMNS);
        const char *verdict = right(data, &taggers[k], form) ? "" : "wrong";
        printf("%-*s", k + 1 < count ? TAG_COLUMNS : 0, verdict);
    }
    putchar('\n');
}

static int compare(laco_context *ctx, const laco_tagged *pairs, tagger *taggers, int count)
{
    size_t sentences = laco_tagged_sentence_count(pairs) / 2 * 2;
    for (int k = 0; k < count; k++) {
        taggers[k].tags = calloc(laco_tagged_word_count(pairs) + 1, sizeof *taggers[k].tags);
        if (!taggers[k].tags)
            return trouble_text("out of memory");
        if (laco_model_tag_all(taggers[k].model, pairs, taggers[k].tags) < 0)
            return trouble(ctx);
        for (size_t i = 0; i < sentences; i += 2)
            taggers[k].pairs +=
                right(pairs, &taggers[k], find_form(pairs, i)) && right(pairs, &taggers[k], find_form(pairs, i + 1));
    }
    puts("\nSentences that training never saw; what is the category of the word?\n");
    print_padded("word", FORM_COLUMNS);
    print_padded("sentence", SENTENCE_COLUMNS);
    print_padded("right", TAG_COLUMNS);
    for (int k = 0; k < count; k++)
        print_padded(taggers[k].title, 2 * TAG_COLUMNS);
    putchar('\n');
    for (size_t i = 0; i < sentences; i++)
        print_sentence(pairs, taggers, count, i);
    putchar('\n');
    for (int k = 0; k < count; k++)
        printf("%-16s both sentences of a pair right: %zu of %zu pairs\n", taggers[k].title, taggers[k].pairs, sentences / 2);
    return EXIT_DONE;
}

static int run(laco_context *ctx, const demo_arguments *arguments, const laco_tagged *data, const laco_tagged *pairs)
{
    laco_tag_options word = {.train = {.epochs = 80, .batch = 8},
                             .letter_hidden = 16,
                             .valid.fraction = -1,
                             .network = {.cell = LACO_MLP, .hidden = 32, .layers = 1, .embed = 32}};
    laco_tag_options sentence = word;
    sentence.network.cell = LACO_LSTM;
    tagger taggers[] = {{.title = "word alone", .file = "tagging-word.safetensors", .options = word},
                        {.title = "with memory", .file = "tagging.safetensors", .options = sentence}};
    enum { COUNT = sizeof taggers / sizeof *taggers };
    int status = EXIT_DONE;
    char best[4096];
    demo_path(arguments, taggers[COUNT - 1].file, best, sizeof best);
    printf("%zu sentences to learn from, %zu to be asked about.\n", laco_tagged_sentence_count(data),
           laco_tagged_sentence_count(pairs));
    fflush(stdout);
    for (int k = 0; k < COUNT && status == EXIT_DONE; k++)
        status = train(ctx, arguments, data, &taggers[k]);
    if (status == EXIT_DONE)
        status = compare(ctx, pairs, taggers, COUNT);
    if (status == EXIT_DONE)
        say_command(stdout, "\nTry your own:   echo \"Eu acordo cedo .\" | laco predict %s\n", demo_word(best));
    for (int k = 0; k < COUNT; k++) {
        laco_model_free(taggers[k].model);
        free(taggers[k].tags);
    }
    return status;
}

int demo_tagging(laco_context *ctx, const demo_arguments *arguments)
{
    char train_path[4096], pairs_path[4096];
    const char *path = train_path, *other = pairs_path;
    laco_tagged *data = NULL, *pairs = NULL;
    if (!shipped_data("tagging/train.tsv", train_path, sizeof train_path) ||
        !shipped_data("tagging/pairs.tsv", pairs_path, sizeof pairs_path))
        return EXIT_TROUBLE;
    int status = EXIT_DONE;
    if (laco_tagged_load(ctx, &path, 1, NULL, &data) < 0)
        status = trouble(ctx);
    laco_tagged_config config = {0};
    if (data)
        config.labels = laco_tagged_tag_names(data, &config.label_count);
    if (status == EXIT_DONE && laco_tagged_load(ctx, &other, 1, &config, &pairs) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE)
        status = run(ctx, arguments, data, pairs);
    laco_tagged_free(pairs);
    laco_tagged_free(data);
    return status;
}
