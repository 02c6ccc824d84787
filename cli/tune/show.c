/* What a search came to: a line for each result, a table, a picture. */
#include "tune/tune.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Ranks -------------------------------------------------------------------------------------------------------------------- */

static bool better(const tune *t, int rung, int64_t a, int64_t b)
{
    double x = t->trial[a].score[rung], y = t->trial[b].score[rung];
    return x > y || (x == y && a < b);
}

int64_t tune_rank(const tune *t, int rung, int64_t *index)
{
    int64_t count = 0;
    for (int64_t i = 0; i < t->trials; i++) {
        if (!t->trial[i].done[rung])
            continue;
        int64_t at = count++;
        for (; at > 0 && better(t, rung, i, index[at - 1]); at--)
            index[at] = index[at - 1];
        index[at] = i;
    }
    return count;
}

/* The last rung that a trial came to; -1: none. */
static int reached(const tune *t, const tune_trial *trial)
{
    int rung = -1;
    for (int k = 0; k < t->rungs; k++)
        rung = trial->done[k] ? k : rung;
    return rung;
}

/* ---- Text --------------------------------------------------------------------------------------------------------------------- */

void tune_print_result(const tune *t, const tune_trial *trial, int rung)
{
    if (t->quiet || t->json)
        return;
    fprintf(stderr, "trial %3lld  rung %d/%d  ", (long long)trial->number, rung + 1, t->rungs);
    if (trial->failed)
        fprintf(stderr, "failed: %s", t->reason);
    else
        fprintf(stderr, "%s %-8.5g", t->measure, trial->figure[rung]);
    for (int i = 0; i < t->space.count && !trial->failed; i++)
        fprintf(stderr, "  %s %s", t->space.axis[i].name, trial->value[i]);
    fputc('\n', stderr);
}

/* Spearman's correlation of an option with the score at the first rung: +1, the larger the better. NaN: it cannot be said. */
static double weight_of(const tune *t, int axis, const int64_t *order, int64_t count)
{
    double sum_x = 0, sum_y = 0, xx = 0, yy = 0, xy = 0;
    int64_t used = 0;
    for (int64_t i = 0; i < count; i++) {
        if (t->trial[order[i]].failed)
            continue;
        double place = tune_place(&t->space.axis[axis], t->trial[order[i]].value[axis]), x = 0, y = -(double)i;
        for (int64_t k = 0; k < count; k++) {
            double other = tune_place(&t->space.axis[axis], t->trial[order[k]].value[axis]);
            x += t->trial[order[k]].failed ? 0 : other < place ? 1 : other == place ? 0.5 : 0;
        }
        sum_x += x, sum_y += y, xx += x * x, yy += y * y, xy += x * y;
        used++;
    }
    double n = (double)used, a = n * xx - sum_x * sum_x, b = n * yy - sum_y * sum_y;
    return used > 2 && a > 0 && b > 0 ? (n * xy - sum_x * sum_y) / sqrt(a * b) : NAN;
}

static void print_row(const tune *t, const tune_trial *trial, int rung)
{
    printf("%5lld  %d/%d   ", (long long)trial->number, rung + 1, t->rungs);
    if (trial->failed)
        printf("%10s", "failed");
    else
        printf("%10.5g", trial->figure[rung]);
    for (int i = 0; i < t->space.count; i++)
        printf("  %*s", LARGER(8, (int)strlen(t->space.axis[i].name)), trial->value[i]);
    putchar('\n');
}

#define SHOWN 10 /* trials in the table */

void tune_print_table(const tune *t)
{
    int64_t *order = calloc((size_t)t->trials, sizeof *order), shown = 0;
    if (!order)
        return;
    printf("trial  rung  %10s", t->measure);
    for (int i = 0; i < t->space.count; i++)
        printf("  %*s", 8, t->space.axis[i].name);
    putchar('\n');
    for (int rung = t->rungs - 1; rung >= 0; rung--) {
        int64_t count = tune_rank(t, rung, order);
        for (int64_t i = 0; i < count && shown < SHOWN; i++)
            if (reached(t, &t->trial[order[i]]) == rung) {
                print_row(t, &t->trial[order[i]], rung);
                shown++;
            }
    }
    int64_t count = tune_rank(t, 0, order);
    printf("matters      %10s", "");
    for (int i = 0; i < t->space.count; i++) {
        double weight = weight_of(t, i, order, count);
        if (isnan(weight))
            printf("  %*s", LARGER(8, (int)strlen(t->space.axis[i].name)), "-");
        else
            printf("  %+*.2f", LARGER(8, (int)strlen(t->space.axis[i].name)), weight);
    }
    printf("   (rank correlation with the first rung's result)\n");
    free(order);
}

/* ---- The picture -------------------------------------------------------------------------------------------------------------- */

#define WIDTH 900.0
#define HEIGHT 420.0
#define EDGE 70.0

static double x_of(const tune *t, int axis) { return EDGE + (WIDTH - 2 * EDGE) * axis / LARGER(1, t->space.count); }
static double y_of(double place) { return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * place; }

/* From blue (worst) to orange (best). */
static void draw_trial(FILE *file, const tune *t, const tune_trial *trial, double place)
{
    fprintf(file, "<polyline fill=\"none\" stroke=\"rgb(%d,%d,%d)\" stroke-opacity=\"%.2f\" stroke-width=\"%.1f\" points=\"",
            (int)(40 + 200 * place), (int)(110 + 20 * place), (int)(190 - 170 * place), 0.35 + 0.6 * place, 1 + 1.5 * place);
    for (int i = 0; i < t->space.count; i++)
        fprintf(file, "%.1f,%.1f ", x_of(t, i), y_of(tune_place(&t->space.axis[i], trial->value[i])));
    fprintf(file, "%.1f,%.1f\"/>\n", x_of(t, t->space.count), y_of(place));
}

static void draw_text(FILE *file, double x, double y, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x, y, text);
}

static void draw_axis(FILE *file, const tune *t, int i, const char *low, const char *high)
{
    double x = x_of(t, i);
    fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#888\"/>\n", x, y_of(0), x, y_of(1));
    draw_text(file, x, y_of(1) - 28, i < t->space.count ? t->space.axis[i].name : t->measure);
    draw_text(file, x, y_of(1) - 8, high);
    draw_text(file, x, y_of(0) + 18, low);
}

static void draw_axes(FILE *file, const tune *t, double worst, double best)
{
    char low[TUNE_TEXT], high[TUNE_TEXT];
    for (int i = 0; i < t->space.count; i++) {
        const tune_axis *a = &t->space.axis[i];
        snprintf(low, sizeof low, "%g", a->low);
        snprintf(high, sizeof high, "%g", a->high);
        draw_axis(file, t, i, a->choices > 0 ? a->choice[0] : low, a->choices > 0 ? a->choice[a->choices - 1] : high);
    }
    snprintf(low, sizeof low, "%.4g", worst);
    snprintf(high, sizeof high, "%.4g", best);
    draw_axis(file, t, t->space.count, low, high);
}

int tune_draw_picture(const tune *t, const char *path)
{
    int64_t *order = calloc((size_t)t->trials, sizeof *order), count = order ? tune_rank(t, 0, order) : 0;
    FILE *file = order ? fopen(path, "w") : NULL;
    while (count > 0 && t->trial[order[count - 1]].failed)
        count--;
    if (file) {
        fprintf(file,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"13\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                WIDTH, HEIGHT);
        for (int64_t i = count - 1; i >= 0; i--)
            draw_trial(file, t, &t->trial[order[i]], count > 1 ? 1 - (double)i / (double)(count - 1) : 1);
        if (count > 0)
            draw_axes(file, t, t->trial[order[count - 1]].figure[0], t->trial[order[0]].figure[0]);
        fputs("</svg>\n", file);
    }
    free(order);
    if (!file || fclose(file) != 0)
        return trouble_text("%s: cannot be written: %s", path, strerror(errno));
    return EXIT_DONE;
}
