/* Dates as people write them in Portuguese, into dates as machines sort them; and where the decoder looked. */
#include "demo/demo.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#define DATES 5000
#define LONGEST 64 /* bytes of a date */

typedef struct date_lines {
    char *bytes;
    size_t used, room;
} date_lines;

/* Numbers that are the same everywhere: xorshift (Marsaglia, 2003). */
static unsigned draw(uint64_t *state, unsigned n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state >> 33) % n;
}

/* One of the ways in which a date is written. */
static void write_date(uint64_t *state, unsigned day, unsigned month, unsigned year, char *out)
{
    static const char *const months[] = {"janeiro", "fevereiro", "março",    "abril",   "maio",     "junho",
                                         "julho",   "agosto",    "setembro", "outubro", "novembro", "dezembro"};
    static const char *const short_months[] = {"jan", "fev", "mar", "abr", "mai", "jun",
                                               "jul", "ago", "set", "out", "nov", "dez"};
    static const char *const days[] = {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira",
                                       "sexta-feira",   "sábado",      "domingo"};
    const char *name = months[month - 1];
    switch (draw(state, 7)) {
    case 0:
        snprintf(out, LONGEST, "%u de %s de %u", day, name, year);
        break;
    case 1:
        snprintf(out, LONGEST, "%s, %u de %s de %u", days[draw(state, 7)], day, name, year);
        break;
    case 2:
        snprintf(out, LONGEST, "%u/%u/%u", day, month, year);
        break;
    case 3:
        snprintf(out, LONGEST, "%02u.%02u.%u", day, month, year);
        break;
    case 4:
        snprintf(out, LONGEST, "%u %s %u", day, short_months[month - 1], year);
        break;
    case 5:
        snprintf(out, LONGEST, "%s de %u, dia %u", name, year, day);
        break;
    default:
        snprintf(out, LONGEST, "%u%s de %s de %u", day, day == 1 ? "º" : "", name, year);
        break;
    }
}

/* DATES lines of date<TAB>YYYY-MM-DD. */
static void make_dates(date_lines *t)
{
    uint64_t state = 20001231;
    for (int i = 0; i < DATES; i++) {
        char date[LONGEST];
        unsigned day = 1 + draw(&state, 28), month = 1 + draw(&state, 12), year = 1500 + draw(&state, 530);
        write_date(&state, day, month, year, date);
        t->used += (size_t)snprintf(t->bytes + t->used, t->room - t->used, "%s\t%u-%02u-%02u\n", date, year, month, day);
    }
}

/* The alignment as shades: a row for each token that was written. */
static int show_alignment(laco_context *ctx, laco_model *model, const char *date)
{
    static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
    laco_alignment a;
    if (laco_model_align(model, date, &a) < 0)
        return trouble(ctx);
    printf("\nWhere the decoder looked as it wrote: each row is a character of the answer.\n\n      ");
    for (int64_t c = 0; c < a.columns; c++)
        fputs(a.column_text[c], stdout);
    putchar('\n');
    for (int64_t r = 0; r + 1 < a.rows; r++) {
        printf("    %s ", a.row_text[r]);
        for (int64_t c = 0; c < a.columns; c++)
            fputs(shades[(int)((double)a.weights[r * a.columns + c] * 4 + 0.5)], stdout);
        putchar('\n');
    }
    laco_alignment_free(&a);
    return EXIT_DONE;
}

/* Characters of UTF-8. */
static int width(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

static int show(laco_context *ctx, const demo_arguments *arguments, laco_model *model, const laco_pairs *held_out)
{
    static const char *const dates[] = {"22 de abril de 1500", "7 set 1822", "quarta-feira, 15 de novembro de 1989",
                                        "1º de maio de 2024"};
    laco_decode_score score;
    laco_hypothesis answers[sizeof dates / sizeof *dates];
    char path[4096];
    demo_path(arguments, "dates.safetensors", path, sizeof path);
    if (laco_model_score_pairs(model, held_out, NULL, &score) < 0 || laco_model_save(model, path) < 0 ||
        laco_model_transduce(model, sizeof dates / sizeof *dates, dates, NULL, NULL, answers, NULL) < 0)
        return trouble(ctx);
    printf("\nOf %zu dates set aside, %zu come out right in full (%.2f %%).\n\n", score.count, score.right,
           100 * (1 - laco_decode_score_wrong(&score)));
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        printf("  %s%*s %s\n", dates[i], 40 - width(dates[i]), "", answers[i].text);
    int status = show_alignment(ctx, model, "quarta-feira, 15 de novembro de 1989");
    say_command(stdout, "\nmodel     %s\n\nTry your own:   echo '3 de outubro de 1990' | laco predict %s --nbest 3\n", path,
                demo_word(path));
    return status;
}

static int train_and_show(laco_context *ctx, const demo_arguments *arguments, const laco_pairs *train, const laco_pairs *held_out)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_model *model = NULL;
    laco_transduce_options options = {.train = {.epochs = 10,
                                                .batch = 32,
                                                .optimiser = {.lr = 0.004},
                                                .progress = progress_printer_tell,
                                                .progress_user = &printer},
                                      .network = {.hidden = 96, .layers = 1, .embed = 32, .dropout = 0.1},
                                      .source = LACO_TOKENS_CHAR,
                                      .target = LACO_TOKENS_CHAR,
                                      .ensemble = 1,
                                      .ctc = -1}; /* in the answer the year comes first: ten epochs are too few for CTC */
    laco_status trained = laco_train_transduce(ctx, &options, train, NULL, &model);
    progress_printer_clear(&printer);
    int status = trained < 0 ? trouble(ctx) : show(ctx, arguments, model, held_out);
    laco_model_free(model);
    return status;
}

int demo_transduce(laco_context *ctx, const demo_arguments *arguments)
{
    laco_pairs *data = NULL, *train = NULL, *held_out = NULL;
    date_lines t = {.room = (size_t)DATES * (LONGEST + 16)};
    if (!(t.bytes = malloc(t.room)))
        return trouble_text("out of memory for %d dates", DATES);
    make_dates(&t);
    int status = EXIT_DONE;
    if (laco_pairs_parse(ctx, "dates", t.bytes, t.used, &data) < 0 || laco_pairs_split(data, 0.1, 1, &train, &held_out) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE) {
        printf("%zu dates as people write them in Portuguese, and as machines sort them; %zu of them are set aside.\n",
               laco_pairs_count(data), laco_pairs_count(held_out));
        fflush(stdout);
        status = train_and_show(ctx, arguments, train, held_out);
    }
    laco_pairs_free(held_out);
    laco_pairs_free(train);
    laco_pairs_free(data);
    free(t.bytes);
    return status;
}
