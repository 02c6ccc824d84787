/* Surnames: read letter by letter, say which language each comes from. */
#include "demo/demo.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>

/* A few to look at. */
enum { NGUYEN = 5 };
static const char *const surnames[] = {"Silva",        "Yamamoto",          "O'Sullivan", "Kowalczyk",
                                       "Papadopoulos", [NGUYEN] = "Nguyễn", "Adebayo",    "Rossi"};
#define SURNAMES (sizeof surnames / sizeof *surnames)

static int show_answers(laco_context *ctx, laco_model *model)
{
    laco_label answers[SURNAMES][3];
    if (laco_model_classify_many(model, SURNAMES, surnames, NULL, 3, answers[0], NULL) < 0)
        return trouble(ctx);
    puts("\nA few surnames, and the three likeliest languages of each:");
    for (size_t i = 0; i < SURNAMES; i++) {
        printf("  %-16s%s", surnames[i], i == NGUYEN ? "  " : ""); /* ễ: three bytes, one column */
        for (int k = 0; k < 3; k++)
            printf("%s%-11s%5.1f %%", k > 0 ? "   " : "", answers[i][k].name, 100 * exp(answers[i][k].log_probability));
        putchar('\n');
    }
    return EXIT_DONE;
}

/* Scores the model on the part that training did not see, as text and as a picture. */
static int show_score(laco_context *ctx, const demo_arguments *arguments, laco_model *model, const laco_labelled *data)
{
    laco_classify_score score;
    char picture[4096];
    demo_path(arguments, "names-confusion.png", picture, sizeof picture);
    if (laco_model_score(model, data, &score) < 0)
        return trouble(ctx);
    puts("\nOn the names set aside, which training never saw:\n");
    int status = EXIT_DONE;
    if (table_classes(stdout, &score, NULL) < 0)
        status = report_trouble();
    putchar('\n');
    if (status == EXIT_DONE && table_confusion(stdout, &score, NULL) < 0)
        status = report_trouble();
    if (status == EXIT_DONE && plot_confusion(&score, "Surnames: which language is taken for which", picture) < 0)
        fprintf(stderr, "laco: note: no picture: %s\n", failure());
    else if (status == EXIT_DONE)
        printf("\npicture   %s\n", picture);
    laco_classify_score_free(&score);
    return status;
}

static int train_and_show(laco_context *ctx, const demo_arguments *arguments, const laco_labelled *train,
                          const laco_labelled *held_out)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_model *model = NULL;
    char path[4096];
    laco_classify_options options = {.train = {.epochs = 12, .progress = progress_printer_tell, .progress_user = &printer}};
    laco_status trained = laco_train_classify(ctx, &options, train, NULL, &model);
    progress_printer_clear(&printer);
    int status = trained < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE)
        status = show_score(ctx, arguments, model, held_out);
    demo_path(arguments, "names.safetensors", path, sizeof path);
    if (status == EXIT_DONE && laco_model_save(model, path) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE) {
        printf("model     %s\n", path);
        status = show_answers(ctx, model);
        say_command(stdout, "\nTry your own:   echo Silva | laco predict %s --top 3 --probability\n", demo_word(path));
    }
    laco_model_free(model);
    return status;
}

int demo_names(laco_context *ctx, const demo_arguments *arguments)
{
    char folder[4096];
    laco_labelled *data = NULL, *train = NULL, *held_out = NULL;
    const char *path = folder;
    if (!shipped_data("names", folder, sizeof folder))
        return EXIT_TROUBLE;
    int status = EXIT_DONE;
    if (laco_labelled_load(ctx, &path, 1, NULL, &data) < 0 || laco_labelled_split(data, 0.1, 1, &train, &held_out) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE) {
        int languages;
        laco_labelled_label_names(data, &languages);
        printf("%zu surnames of %d languages; %zu of them are set aside.\n", laco_labelled_count(data), languages,
               laco_labelled_count(held_out));
        fflush(stdout);
        status = train_and_show(ctx, arguments, train, held_out);
    }
    laco_labelled_free(held_out);
    laco_labelled_free(train);
    laco_labelled_free(data);
    return status;
}
