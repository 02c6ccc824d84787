#include "report/report.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define MOST_COLUMNS 40 /* classes in a matrix */
#define MOST_PAIRS 20
#define NARROWEST_LABEL 8
#define WIDEST_LABEL 24
#define CODE_BYTES 16

/* How the matrix is laid out. */
typedef struct layout {
    int label, count; /* columns of the label and of its count */
    int cell;         /* columns of a cell, the space before it included */
    bool percent;
} layout;

static size_t cell_of(const laco_classify_score *score, int row, int column)
{
    return score->confusion[(size_t)row * (size_t)score->class_count + (size_t)column];
}

/* Columns beside the cells: label, code, count and the spaces between. */
static int beside(const layout *l) { return l->label + 1 + 2 + 1 + l->count + 1; }

static int widest_label(const laco_classify_score *score)
{
    char text[256];
    int widest = 5;
    for (int i = 0; i < score->class_count; i++) {
        int columns = show_text(score->classes[i].name, WIDEST_LABEL, true, text, sizeof text);
        widest = LARGER(widest, columns);
    }
    return widest;
}

/* Counts where they fit with whole labels, else per cent; then labels give way. False: too many classes for the width. */
static bool find_layout(const laco_classify_score *score, int width, layout *l)
{
    size_t largest = 0, examples = 0;
    int k = score->class_count;
    if (k > MOST_COLUMNS)
        return false;
    for (int row = 0; row < k; row++) {
        examples = LARGER(examples, score->classes[row].count);
        for (int column = 0; column < k; column++)
            largest = LARGER(largest, cell_of(score, row, column));
    }
    *l = (layout){
        .label = widest_label(score), .count = LARGER(5, show_digits(examples)), .cell = LARGER(3, show_digits(largest) + 1)};
    if (beside(l) + k * l->cell <= width)
        return true;
    l->percent = true;
    l->cell = 3;
    int room = width - k * l->cell - (beside(l) - l->label);
    l->label = SMALLER(l->label, room);
    return room >= SMALLER(NARROWEST_LABEL, widest_label(score));
}

/* ---- Codes of two columns ---- */

typedef char code[CODE_BYTES];

static bool is_taken(const code *codes, int count, const char *text)
{
    for (int i = 0; i < count; i++)
        if (strcmp(codes[i], text) == 0)
            return true;
    return false;
}

/* The next letter or digit of a label, encoded into out[5]; its columns, 0 at the end. */
static int next_letter(const char **label, char *out)
{
    while (**label) {
        utf8proc_int32_t point;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)*label, -1, &point);
        *label += LARGER(length, 1);
        utf8proc_category_t category = length > 0 ? utf8proc_category(point) : UTF8PROC_CATEGORY_CN;
        bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
        if (!letter && category != UTF8PROC_CATEGORY_ND)
            continue;
        out[utf8proc_encode_char(point, (utf8proc_uint8_t *)out)] = '\0';
        return LARGER(1, utf8proc_charwidth(point));
    }
    return 0;
}

/* The first letter of the label with the first later one that makes a code nobody has; failing that, a number. */
static void find_code(const char *label, const code *codes, int count, char *out)
{
    char first[5] = "", second[5];
    int columns = next_letter(&label, first), wide;
    snprintf(out, CODE_BYTES, "%s", first);
    if (columns == 2 && !is_taken(codes, count, out))
        return;
    while (columns == 1 && (wide = next_letter(&label, second)) > 0) {
        snprintf(out, CODE_BYTES, "%s%s", first, second);
        if (wide == 1 && !is_taken(codes, count, out))
            return;
    }
    if (columns == 1 && (snprintf(out, CODE_BYTES, "%s", first), !is_taken(codes, count, out)))
        return;
    for (int number = count + 1; number < 100; number++) {
        snprintf(out, CODE_BYTES, "%d", number);
        if (!is_taken(codes, count, out))
            return;
    }
}

/* ---- The matrix ---- */

/* Right answers in blue, wrong ones in amber, the more the brighter, from a share of the row that one would notice. */
static const char *shade(double share, bool right)
{
    static const char *const blue[] = {"38;5;75", "48;5;17;38;5;255", "48;5;18;38;5;255", "48;5;24;38;5;255", "48;5;31;38;5;255"};
    static const char *const amber[] = {"38;5;179", "48;5;58;38;5;255", "48;5;94;38;5;255", "48;5;130;38;5;255",
                                        "48;5;166;38;5;255"};
    static const double bounds[] = {0.03, 0.1, 0.25, 0.6};
    int step = 0;
    while (step < 4 && share >= bounds[step])
        step++;
    return right ? blue[step] : amber[step];
}

/* Per cent of the row: what is not nothing and not all never looks so. */
static int percent(size_t value, size_t all)
{
    int rounded = (int)(100.0 * (double)value / (double)all + 0.5);
    return value < all ? SMALLER(rounded, 99) : 100;
}

static void add_cell(show_line *line, const screen *show, const layout *l, size_t value, size_t all, bool right)
{
    if (value == 0 || all == 0) {
        line_style(line, "2");
        line_pad(line, line->columns + l->cell - 1);
        line_add(line, "%s", show->unicode ? "·" : ".");
    } else {
        line_style(line, shade((double)value / (double)all, right));
        line_add(line, "%*zu", l->cell, l->percent ? (size_t)percent(value, all) : value);
    }
    line_style(line, "0");
}

static void print_head(FILE *file, const screen *show, const layout *l, const code *codes, int k)
{
    show_line line;
    line_start(&line, show);
    line_style(&line, "1");
    line_add(&line, "label");
    line_pad(&line, l->label + 4);
    line_add(&line, "%*s ", l->count, "count");
    for (int i = 0; i < k; i++) {
        show_line column;
        line_start(&column, show);
        line_add(&column, "%s", codes[i]);
        line_pad(&line, beside(l) + (i + 1) * l->cell - column.columns);
        line_add(&line, "%s", codes[i]);
    }
    line_style(&line, "0");
    line_end(&line, file);
}

static void print_row(FILE *file, const screen *show, const layout *l, const laco_classify_score *score, const code *codes,
                      int row)
{
    char text[256];
    show_line line;
    line_start(&line, show);
    show_text(score->classes[row].name, l->label, show->unicode, text, sizeof text);
    line_add(&line, "%s", text);
    line_pad(&line, l->label + 1);
    line_style(&line, "1");
    line_add(&line, "%s", codes[row]);
    line_style(&line, "0");
    line_pad(&line, l->label + 4);
    line_add(&line, "%*zu ", l->count, score->classes[row].count);
    for (int column = 0; column < score->class_count; column++)
        add_cell(&line, show, l, cell_of(score, row, column), score->classes[row].count, column == row);
    line_end(&line, file);
}

static void print_matrix(FILE *file, const screen *show, const layout *l, const laco_classify_score *score)
{
    code codes[MOST_COLUMNS];
    show_line line;
    for (int i = 0; i < score->class_count; i++)
        find_code(score->classes[i].name, codes, i, codes[i]);
    print_head(file, show, l, codes, score->class_count);
    for (int row = 0; row < score->class_count; row++)
        print_row(file, show, l, score, codes, row);
    line_start(&line, show);
    line_style(&line, "2");
    line_add(&line, "rows: right labels, columns: answers; %s", l->percent ? "per cent of the row" : "numbers of examples");
    line_style(&line, "0");
    line_end(&line, file);
}

/* ---- The list, where there are too many classes ---- */

typedef struct pair {
    int row, column;
    size_t value;
} pair;

/* The most frequent confusions, most frequent first; returns how many. */
static int find_pairs(const laco_classify_score *score, pair *pairs)
{
    int count = 0;
    for (int row = 0; row < score->class_count; row++)
        for (int column = 0; column < score->class_count; column++) {
            size_t value = cell_of(score, row, column);
            if (row == column || value == 0 || (count == MOST_PAIRS && value <= pairs[count - 1].value))
                continue;
            int place = count < MOST_PAIRS ? count++ : count - 1;
            for (; place > 0 && pairs[place - 1].value < value; place--)
                pairs[place] = pairs[place - 1];
            pairs[place] = (pair){row, column, value};
        }
    return count;
}

static void print_pairs(FILE *file, const screen *show, const laco_classify_score *score)
{
    pair pairs[MOST_PAIRS];
    char text[256];
    show_line line;
    int count = find_pairs(score, pairs), widest = 11;
    for (int i = 0; i < count; i++) {
        int columns = show_text(score->classes[pairs[i].row].name, WIDEST_LABEL, show->unicode, text, sizeof text);
        widest = LARGER(widest, columns);
    }
    line_start(&line, show);
    line_style(&line, "1");
    line_add(&line, count > 0 ? "count  of the label  right label" : "no confusions");
    if (count > 0) {
        line_pad(&line, 21 + widest + 4);
        line_add(&line, "answer");
    }
    line_style(&line, "0");
    line_end(&line, file);
    for (int i = 0; i < count; i++) {
        const laco_class_score *right = &score->classes[pairs[i].row];
        double share = right->count > 0 ? (double)pairs[i].value / (double)right->count : 0;
        line_start(&line, show);
        show_text(right->name, WIDEST_LABEL, show->unicode, text, sizeof text);
        line_add(&line, "%5zu  %10.1f %%  %s", pairs[i].value, 100 * share, text);
        line_pad(&line, 21 + widest);
        show_text(score->classes[pairs[i].column].name, WIDEST_LABEL, show->unicode, text, sizeof text);
        line_add(&line, " %s %s", show->unicode ? "→ " : "->", text);
        line_end(&line, file);
    }
}

laco_status table_confusion(FILE *file, const laco_classify_score *score, const show_config *config)
{
    layout l;
    screen show = screen_of(file, config);
    if (score->class_count < 1)
        return failed(LACO_INVALID, "a confusion matrix needs at least one class");
    if (find_layout(score, show.width, &l))
        print_matrix(file, &show, &l, score);
    else
        print_pairs(file, &show, score);
    return show_check(file);
}
