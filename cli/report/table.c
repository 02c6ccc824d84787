#include "report/report.h"

#include <string.h>

#define WIDEST_LABEL 32
#define BAR_COLUMNS 10

/* Eighths of a column, as finely as text can draw. */
static void add_bar(show_line *line, double share)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = (int)(share * BAR_COLUMNS * 8 + 0.5);
    eighths = LARGER(0, SMALLER(eighths, BAR_COLUMNS * 8));
    line_style(line, "34");
    line_repeat(line, "█", eighths / 8);
    line_add(line, "%s", parts[eighths % 8]);
    line_style(line, "0");
}

static int label_width(const laco_class_score *classes, int count, int least)
{
    char text[256];
    int widest = least;
    for (int i = 0; i < count; i++) {
        int columns = show_text(classes[i].name, WIDEST_LABEL, true, text, sizeof text);
        widest = LARGER(widest, columns);
    }
    return widest;
}

static void print_class(FILE *file, const screen *show, const laco_class_score *class, int label, int count)
{
    char text[256];
    show_line line;
    const char *none = show->unicode ? "–" : "-";
    line_start(&line, show);
    show_text(class->name, WIDEST_LABEL, show->unicode, text, sizeof text);
    line_add(&line, "%s", text);
    line_pad(&line, label);
    line_add(&line, "  %*zu  %9.4f", count, class->count, class->precision);
    if (class->count > 0)
        line_add(&line, "  %6.4f  %6.4f", class->recall, class->f1);
    else /* nothing to be found, so nothing to be said */
        line_add(&line, "       %s       %s", none, none);
    if (show->unicode && class->count > 0) {
        line_add(&line, "  ");
        add_bar(&line, class->f1);
    }
    line_end(&line, file);
}

/* The head, a line for each class, and the beginning of the last line: what all of them are, and how many. */
static void print_classes(FILE *file, const screen *show, const char *title, const laco_class_score *classes, int class_count,
                          size_t all, show_line *last)
{
    show_line line;
    int label = label_width(classes, class_count, (int)strlen(title)), count = LARGER(5, show_digits(all));
    line_start(&line, show);
    line_style(&line, "1");
    line_add(&line, "%s", title);
    line_pad(&line, label);
    line_add(&line, "  %*s  %9s  %6s  %6s", count, "count", "precision", "recall", "F1");
    line_style(&line, "0");
    line_end(&line, file);
    for (int i = 0; i < class_count; i++)
        print_class(file, show, &classes[i], label, count);
    line_start(last, show);
    line_style(last, "1");
    line_add(last, "all");
    line_pad(last, label);
    line_add(last, "  %*zu", count, all);
    line_style(last, "0");
}

laco_status table_classes(FILE *file, const laco_classify_score *score, const show_config *config)
{
    screen show = screen_of(file, config);
    show_line line;
    if (score->class_count < 1)
        return failed(LACO_INVALID, "a table of classes needs at least one class");
    print_classes(file, &show, "label", score->classes, score->class_count, score->count, &line);
    line_add(&line, "  accuracy %.4f  macro-F1 %.4f  loss %.4f", score->accuracy, score->macro_f1, score->loss);
    line_end(&line, file);
    return show_check(file);
}

laco_status table_tags(FILE *file, const laco_tag_score *score, const show_config *config)
{
    screen show = screen_of(file, config);
    show_line line;
    print_classes(file, &show, score->entities ? "entity" : "tag", score->classes, score->class_count,
                  score->entities ? score->gold : score->words, &line);
    if (score->entities)
        line_add(&line, "  %9.4f  %6.4f  %6.4f", score->precision, score->recall, score->f1);
    line_end(&line, file);
    fprintf(file, "\naccuracy %.4f of %zu words in %zu sentences", score->accuracy, score->words, score->sentences);
    if (score->unseen > 0)
        fprintf(file, "; %.4f of the %zu that are not in the vocabulary", score->unseen_accuracy, score->unseen);
    fputc('\n', file);
    return show_check(file);
}
