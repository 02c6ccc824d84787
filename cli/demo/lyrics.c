/* Songs and poems: learn to write verse, character by character, from those that Debian's package fortunes holds. */
#include "demo/demo.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTES 2
#define FORTUNES "/usr/share/games/fortunes/"

/* Texts with a line "%" between them, in packages of Debian. */
static const struct {
    const char *package, *file, *title, *prompt;
} texts[] = {{"fortunes", FORTUNES "songs-poems", "Songs and poems", "There was a young lady"},
             {"fortunes-br", FORTUNES "brasil", "Ditos e versos", "O amor é"}};

/* Takes the package of a text apart in the demo's folder, $1: nothing is installed, so this needs no privileges. Fresh systems
 * have no list of packages yet; only root may fetch it. */
static const char fetch_script[] = "cd \"$1\" && { apt-get download %s || { [ \"$(id -u)\" -eq 0 ] && apt-get update && "
                                   "apt-get download %s; }; } && dpkg-deb -x %s_*.deb fortunes && rm -f %s_*.deb";

/* The text: of the installed package, or of one that is fetched now. False: the error was said. */
static bool find_text(const demo_arguments *arguments, int language, char *path, size_t size)
{
    const char *package = texts[language].package, *file = texts[language].file;
    char fetched[300], script[500];
    snprintf(path, size, "%s", file);
    if (access(path, R_OK) == 0)
        return true;
    snprintf(fetched, sizeof fetched, "fortunes%s", file);
    demo_path(arguments, fetched, path, size);
    if (access(path, R_OK) == 0)
        return true;
    fprintf(stderr, "The text is in Debian's package %s, which is not installed: fetching it to %s.\n", package,
            arguments->folder);
    snprintf(script, sizeof script, fetch_script, package, package, package, package);
    if (run_script(script, arguments->folder) && access(path, R_OK) == 0)
        return true;
    trouble_text("the text could not be fetched; install Debian's package %s, then there is %s", package, file);
    return false;
}

/* ---- Training, with the loss remembered for the picture ----------------------------------------------------------------- */

#define MOST_POINTS 4096

typedef struct curve {
    progress_printer printer;
    size_t count, epochs;
    double x[MOST_POINTS], loss[MOST_POINTS];      /* of the batches since the point before; x in epochs */
    double epoch[MOST_POINTS], valid[MOST_POINTS]; /* after each epoch */
    double sum, seen, last;
} curve;

/* Bits per character over the batches of about a tenth of an epoch. */
static void add_point(curve *c, const laco_progress *progress)
{
    double sum = progress->loss * (double)progress->examples,
           now = (double)(progress->epoch - 1) + (double)progress->batch / (double)progress->batches;
    if (progress->batch == 1 || (double)progress->examples < c->seen)
        c->sum = c->seen = 0;
    if (now - c->last < 0.1 || c->count == MOST_POINTS || (double)progress->examples <= c->seen)
        return;
    c->x[c->count] = now;
    c->loss[c->count++] = (sum - c->sum) / ((double)progress->examples - c->seen) / log(2);
    c->sum = sum;
    c->seen = (double)progress->examples;
    c->last = now;
}

static bool tell(void *user, const laco_progress *progress)
{
    curve *c = user;
    if (!progress->epoch_done) {
        add_point(c, progress);
    } else if (progress->metric_count > 0 && c->epochs < MOST_POINTS) {
        c->epoch[c->epochs] = (double)(progress->epoch - 1) + (double)progress->batch / (double)progress->batches;
        c->valid[c->epochs++] = progress->metric[0].value / log(2);
    }
    return progress_printer_tell(&c->printer, progress);
}

static int language_of(const demo_arguments *arguments) { return arguments->language > 0 ? arguments->language - 1 : 0; }

static void draw_curve(const demo_arguments *arguments, const curve *c)
{
    char picture[4096];
    plot_line lines[] = {{.name = "learned from", .x = c->x, .y = c->loss, .count = c->count},
                         {.name = "set aside", .x = c->epoch, .y = c->valid, .count = c->epochs, .style = PLOT_LINE_POINTS}};
    plot_config config = {.title = texts[language_of(arguments)].title, .x_label = "epochs", .y_label = "bits per character"};
    demo_path(arguments, "lyrics-loss.png", picture, sizeof picture);
    if (plot_lines(lines, 2, &config, picture) < 0)
        fprintf(stderr, "laco: note: no picture: %s\n", failure());
    else
        printf("picture   %s\n", picture);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------ */

/* One poem, or 400 characters of it: poems end with a line that is "%". */
static int write_poem(laco_context *ctx, laco_model *model, double temperature)
{
    laco_generator *generator;
    laco_sampling sampling = {.temperature = temperature, .seed = 1};
    const char *piece, end[] = "\n%\n";
    size_t length, matched = 0;
    if (laco_generator_new(model, &sampling, &generator) < 0)
        return trouble(ctx);
    laco_status status = laco_generator_read(generator, "%\n", 2, NULL, NULL, NULL);
    printf("\n---- temperature %.1f ----\n\n", temperature);
    for (int i = 0; i < 400 && status == LACO_OK && matched < 3 && !interrupted; i++) {
        status = laco_generator_next(generator, &piece, &length, NULL);
        if (status == LACO_OK) {
            bool goes_on = length == 1 && *piece == end[matched];
            matched = goes_on ? matched + 1 : length == 1 && *piece == '\n';
            if (!(goes_on && matched > 1)) /* the "%" itself is not part of the poem */
                fwrite(piece, 1, length, stdout);
            fflush(stdout);
        }
    }
    putchar('\n');
    laco_generator_free(generator);
    return status < 0 ? trouble(ctx) : EXIT_DONE;
}

static int show(laco_context *ctx, const demo_arguments *arguments, laco_model *model, const curve *c)
{
    static const double temperatures[] = {0.5, 0.8, 1.1};
    char path[4096];
    int status = EXIT_DONE;
    for (size_t i = 0; i < 3 && status == EXIT_DONE; i++)
        status = write_poem(ctx, model, temperatures[i]);
    putchar('\n');
    draw_curve(arguments, c);
    demo_path(arguments, "lyrics.safetensors", path, sizeof path);
    if (laco_model_save(model, path) < 0)
        return trouble(ctx);
    say_command(stdout, "model     %s\n\nTry your own:   laco generate %s --prompt '%s' --temperature 0.7\n", path,
                demo_word(path), texts[language_of(arguments)].prompt);
    return status;
}

static int learn(laco_context *ctx, const demo_arguments *arguments, const char *path, curve *c)
{
    laco_model *model = NULL;
    c->printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_generate_options options = {.train = {.minutes = MINUTES, .progress = tell, .progress_user = c},
                                     .network = {.layers = 1, .dropout = 0.3, .weight_drop = -1}};
    laco_corpus *data = NULL;
    laco_status trained = laco_corpus_load(ctx, &options.text, &path, 1, &data);
    if (trained == LACO_OK)
        trained = laco_train_generate(ctx, &options, data, NULL, &model);
    laco_corpus_free(data);
    progress_printer_clear(&c->printer);
    int status = trained < 0 ? trouble(ctx) : EXIT_DONE;
    interrupted = 0; /* Ctrl-C has ended the training; what was learned is still shown */
    catch_interrupt();
    if (status == EXIT_DONE)
        status = show(ctx, arguments, model, c);
    laco_model_free(model);
    return status;
}

int demo_lyrics(laco_context *ctx, const demo_arguments *arguments)
{
    char path[4096];
    if (!find_text(arguments, language_of(arguments), path, sizeof path))
        return EXIT_TROUBLE;
    curve *c = calloc(1, sizeof *c);
    if (!c)
        return trouble_text("out of memory");
    printf("Learning to write verse from %s, for %d minutes.\n", path, MINUTES);
    fflush(stdout);
    int status = learn(ctx, arguments, path, c);
    free(c);
    return status;
}
