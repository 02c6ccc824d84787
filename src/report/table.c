#include "report/show.h"
#include "laco/classifier.h"

#include <string.h>

#define WIDEST_LABEL 32
#define BAR_COLUMNS 10

/* Eighths of a column, as finely as text can draw. */
static void add_bar(laco_line *line, double share)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = (int)(share * BAR_COLUMNS * 8 + 0.5);
    eighths = LACO_MAX(0, LACO_MIN(eighths, BAR_COLUMNS * 8));
    laco_line_style(line, "34");
    laco_line_repeat(line, "█", eighths / 8);
    laco_line_add(line, "%s", parts[eighths % 8]);
    laco_line_style(line, "0");
}

static int label_width(const laco_class_score *classes, int count, int least)
{
    char text[256];
    int widest = least;
    for (int i = 0; i < count; i++) {
        int columns = laco_show_text(classes[i].name, WIDEST_LABEL, true, text, sizeof text);
        widest = LACO_MAX(widest, columns);
    }
    return widest;
}

static void print_class(FILE *file, const laco_show *show, const laco_class_score *class, int label, int count)
{
    char text[256];
    laco_line line;
    const char *none = show->unicode ? "–" : "-";
    laco_line_start(&line, show);
    laco_show_text(class->name, WIDEST_LABEL, show->unicode, text, sizeof text);
    laco_line_add(&line, "%s", text);
    laco_line_pad(&line, label);
    laco_line_add(&line, "  %*zu  %9.4f", count, class->count, class->precision);
    if (class->count > 0)
        laco_line_add(&line, "  %6.4f  %6.4f", class->recall, class->f1);
    else /* nothing to be found, so nothing to be said */
        laco_line_add(&line, "       %s       %s", none, none);
    if (show->unicode && class->count > 0) {
        laco_line_add(&line, "  ");
        add_bar(&line, class->f1);
    }
    laco_line_end(&line, file);
}

/* The head, a line for each class, and the beginning of the last line: what all of them are, and how many. */
static void print_classes(FILE *file, const laco_show *show, const char *title, const laco_class_score *classes, int class_count, size_t all,
                          laco_line *last)
{
    laco_line line;
    int label = label_width(classes, class_count, (int)strlen(title)), count = LACO_MAX(5, laco_show_digits(all));
    laco_line_start(&line, show);
    laco_line_style(&line, "1");
    laco_line_add(&line, "%s", title);
    laco_line_pad(&line, label);
    laco_line_add(&line, "  %*s  %9s  %6s  %6s", count, "count", "precision", "recall", "F1");
    laco_line_style(&line, "0");
    laco_line_end(&line, file);
    for (int i = 0; i < class_count; i++)
        print_class(file, show, &classes[i], label, count);
    laco_line_start(last, show);
    laco_line_style(last, "1");
    laco_line_add(last, "all");
    laco_line_pad(last, label);
    laco_line_add(last, "  %*zu", count, all);
    laco_line_style(last, "0");
}

laco_status laco_table_classes(laco_context *ctx, FILE *file, const laco_classify_score *score, const laco_show_config *config)
{
    laco_show show = laco_show_find(file, config);
    laco_line line;
    if (score->class_count < 1)
        return laco_fail(ctx, LACO_INVALID, "a table of classes needs at least one class");
    print_classes(file, &show, "label", score->classes, score->class_count, score->count, &line);
    laco_line_add(&line, "  accuracy %.4f  macro-F1 %.4f  loss %.4f", score->accuracy, score->macro_f1, score->loss);
    laco_line_end(&line, file);
    return laco_show_check(ctx, file);
}

laco_status laco_table_tags(laco_context *ctx, FILE *file, const laco_tag_score *score, const laco_show_config *config)
{
    laco_show show = laco_show_find(file, config);
    laco_line line;
    print_classes(file, &show, score->entities ? "entity" : "tag", score->classes, score->class_count,
                  score->entities ? score->gold : score->words, &line);
    if (score->entities)
        laco_line_add(&line, "  %9.4f  %6.4f  %6.4f", score->precision, score->recall, score->f1);
    laco_line_end(&line, file);
    fprintf(file, "\naccuracy %.4f of %zu words in %zu sentences", score->accuracy, score->words, score->sentences);
    if (score->unseen > 0)
        fprintf(file, "; %.4f of the %zu that are not in the vocabulary", score->unseen_accuracy, score->unseen);
    fputc('\n', file);
    return laco_show_check(ctx, file);
}
