/* One letter, long ago: the same task for a vanilla unit, a GRU and an LSTM, and how far back the gradient of each reaches. */
#include "demo/demo.h"
#include "report/report.h"

#include <laco/inspect.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENCES 8000
#define LONGEST 90 /* letters behind the one that counts */
#define GROUPS 6   /* of distances that are scored */

static const struct {
    const char *name, *about;
    laco_cell_kind cell;
} cells[] = {{"rnn", "vanilla unit", LACO_RNN}, {"gru", "GRU", LACO_GRU}, {"lstm", "LSTM", LACO_LSTM}};
enum { CELLS = sizeof cells / sizeof *cells };

static const char *const labels[] = {"begins with a", "begins with b", "begins with c", "begins with d"};
#define LETTERS 4

/* Texts of the letters a to d. The first is the answer; behind it are `least` to `most` others, which mean nothing. */
static laco_labelled *make_texts(laco_context *ctx, size_t count, int least, int most, uint64_t seed)
{
    char(*text)[LONGEST + 2] = calloc(count, sizeof *text);
    const char **texts = calloc(count, sizeof *texts), **label = calloc(count, sizeof *label);
    laco_labelled *data = NULL;
    laco_labelled_config config = {.labels = labels, .label_count = LETTERS};
    for (size_t i = 0; text && texts && label && i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int which = (int)(seed >> 40) & (LETTERS - 1), length = least + (int)((seed >> 33) % (uint64_t)(most - least + 1));
        text[i][0] = (char)('a' + which);
        for (int k = 1; k <= length; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i][k] = (char)('a' + (seed >> 40) % LETTERS);
        }
        texts[i] = text[i];
        label[i] = labels[which];
    }
    if (!text || !texts || !label)
        trouble_text("out of memory for %zu texts", count);
    else if (laco_labelled_from_texts(ctx, texts, NULL, label, count, &config, &data) < 0)
        trouble(ctx);
    free(text);
    free(texts);
    free(label);
    return data;
}

static int train(laco_context *ctx, const demo_arguments *arguments, const laco_labelled *data, int c, laco_model **out)
{
    char path[4096];
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_classify_options options = {.network = {.cell = cells[c].cell,
                                                 .hidden = 32,
                                                 .layers = 1,
                                                 .directions = 1,
                                                 .pool = LACO_POOL_LAST,
                                                 .embed = LACO_OFF,
                                                 .dropout = LACO_OFF},
                                     .train = {.epochs = 25,
                                               .batch = 32,
                                               .optimiser = {.lr = 0.003},
                                               .seed = 1,
                                               .refit = LACO_NEVER,
                                               .progress = progress_printer_tell,
                                               .progress_user = &printer}};
    laco_status trained = laco_train_classify(ctx, &options, data, NULL, out);
    progress_printer_clear(&printer);
    snprintf(path, sizeof path, "%s/memory-%s.safetensors", arguments->folder, cells[c].name);
    return trained < 0 || laco_model_save(*out, path) < 0 ? trouble(ctx) : EXIT_DONE;
}

/* The share of right answers where so many letters lie between. */
static int score(laco_context *ctx, laco_model *model)
{
    for (int g = 0; g < GROUPS; g++) {
        int distance = (g + 1) * LONGEST / GROUPS;
        laco_classify_score s;
        laco_labelled *data = make_texts(ctx, 400, distance, distance, 77 + (uint64_t)g);
        if (!data)
            return EXIT_TROUBLE;
        laco_status status = laco_model_score(model, data, &s);
        laco_labelled_free(data);
        if (status < 0)
            return trouble(ctx);
        printf("%8.1f %%", 100 * s.accuracy);
        laco_classify_score_free(&s);
    }
    putchar('\n');
    return EXIT_DONE;
}

static int look(laco_context *ctx, laco_model *model, int c, char **json)
{
    laco_labelled *data = make_texts(ctx, 2, LONGEST, LONGEST, 5);
    laco_inspect_input input = {.labelled = data};
    int status = data ? EXIT_DONE : EXIT_TROUBLE;
    if (data && laco_inspect(model, cells[c].about, &input, NULL, json) < 0)
        status = trouble(ctx);
    laco_labelled_free(data);
    return status;
}

static int each_cell(laco_context *ctx, const demo_arguments *arguments, const laco_labelled *data, char **json)
{
    int status = EXIT_DONE;
    printf("%-14s", "letters between");
    for (int g = 0; g < GROUPS; g++)
        printf("%10d", (g + 1) * LONGEST / GROUPS);
    putchar('\n');
    for (int c = 0; c < CELLS && status == EXIT_DONE; c++) {
        laco_model *model = NULL;
        status = train(ctx, arguments, data, c, &model);
        printf("%-14s ", cells[c].about);
        if (status == EXIT_DONE)
            status = score(ctx, model);
        fflush(stdout);
        if (status == EXIT_DONE)
            status = look(ctx, model, c, &json[c]);
        laco_model_free(model);
    }
    return status;
}

int demo_memory(laco_context *ctx, const demo_arguments *arguments)
{
    char page[4096], *json[CELLS] = {NULL};
    laco_labelled *data = make_texts(ctx, SEQUENCES, 1, LONGEST, 1);
    if (!data)
        return EXIT_TROUBLE;
    printf("%d texts of up to %d letters. The first is the answer; the others mean nothing.\n\n", SEQUENCES, LONGEST + 1);
    int status = each_cell(ctx, arguments, data, json);
    demo_path(arguments, "memory.html", page, sizeof page);
    if (status == EXIT_DONE &&
        laco_inspect_page(ctx, "Memory: three cells, one task", (const char *const *)json, CELLS, page) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE) {
        printf("\npage     %s\n\nOpen it in a browser: \"The gradient microscope\" shows how far back the loss of each cell is "
               "felt.\n",
               page);
        demo_path(arguments, "memory-lstm.safetensors", page, sizeof page);
        say_command(stdout, "Try your own:   laco inspect %s --text abcdabcd -o inside.html\n", demo_word(page));
    }
    for (int c = 0; c < CELLS; c++)
        laco_free(ctx, json[c]);
    laco_labelled_free(data);
    return status;
}
