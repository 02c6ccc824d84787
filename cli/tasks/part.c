#include "tasks/part.h"

#include <stdlib.h>
#include <string.h>

json_t *names_bars(const char *title, const char *name, const char *const *names, const size_t *counts, size_t count)
{
    json_t *bars = json_array(), *section = section_new("bars", title, NULL);
    for (size_t i = 0; i < count; i++)
        json_add(&bars, json_pack("[s, I]", names[i], (json_int_t)counts[i]));
    json_put(&section, "name", json_string(name));
    json_put(&section, "half", json_true());
    json_put(&section, "bars", bars);
    return section;
}

#define MOST_BARS 24

json_t *lengths_bars(const char *unit, const size_t *lengths, size_t count)
{
    size_t most = 0, bins[MOST_BARS] = {0};
    char title[80], name[64];
    for (size_t i = 0; i < count; i++)
        most = LARGER(most, lengths[i]);
    size_t width = most / MOST_BARS + 1, used = most / width + 1;
    for (size_t i = 0; i < count; i++)
        bins[lengths[i] / width]++;
    json_t *bars = json_array();
    for (size_t b = 0; b < used; b++) {
        if (width == 1)
            snprintf(name, sizeof name, "%zu", b);
        else
            snprintf(name, sizeof name, "%zu – %zu", b * width, (b + 1) * width - 1);
        json_add(&bars, json_pack("[s, I]", name, (json_int_t)bins[b]));
    }
    snprintf(title, sizeof title, "Lengths in %s", unit);
    json_t *section = section_new("bars", title, NULL);
    json_put(&section, "name", json_string(unit));
    json_put(&section, "half", json_true());
    json_put(&section, "bars", bars);
    return section;
}

json_t *table_new(const char *title, const char *note, const char *columns)
{
    json_t *table = section_new("table", title, note), *list = json_array();
    for (const char *at = columns; *at; at += strcspn(at, "|"), at += *at == '|')
        json_add(&list, json_stringn(at, strcspn(at, "|")));
    json_put(&table, "columns", list);
    json_put(&table, "rows", json_array());
    return table;
}

void table_add(json_t *table, json_t *row)
{
    json_t *rows = json_object_get(table, "rows");
    if (!rows || json_array_append_new(rows, row) < 0)
        json_object_clear(table); /* which no page shows as whole */
}

size_t characters_of(const char *text, size_t length)
{
    size_t characters = 0;
    for (size_t i = 0; i < length; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    return characters;
}

#define MOST_BYTES 400

json_t *cut_text(const char *text, size_t length)
{
    char shown[MOST_BYTES + 8];
    size_t cut = SMALLER(length, (size_t)MOST_BYTES);
    while (cut < length && cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    memcpy(shown, text, cut);
    memcpy(shown + cut, "…", sizeof "…");
    return json_stringn(shown, cut < length ? cut + strlen("…") : cut);
}

static int by_badness(const void *a, const void *b)
{
    const worst_answer *x = a, *y = b;
    if (x->badness != y->badness)
        return x->badness > y->badness ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

void sort_worst(worst_answer *answers, size_t count) { qsort(answers, count, sizeof *answers, by_badness); }

/* ---- Confusion ---- */

typedef struct matrix {
    int classes;
    size_t *count; /* [classes][classes] */
    worst_answer *order;
} matrix;

/* The classes that take part in most errors first, where there are more than a page shows; then in their own order. */
static int choose_classes(matrix *m, bool *shown)
{
    for (int i = 0; i < m->classes; i++) {
        m->order[i] = (worst_answer){(size_t)i, 0};
        for (int j = 0; j < m->classes; j++)
            if (i != j)
                m->order[i].badness += (double)(m->count[i * m->classes + j] + m->count[j * m->classes + i]);
    }
    sort_worst(m->order, (size_t)m->classes);
    int most = SMALLER(m->classes, MOST_CONFUSED);
    for (int i = 0; i < most; i++)
        shown[m->order[i].item] = true;
    return most;
}

static json_t *matrix_section(const matrix *m, const char *title, const char *const *names, const bool *shown, int used)
{
    json_t *labels = json_array(), *counts = json_array();
    char note[120];
    for (int i = 0; i < m->classes; i++) {
        json_t *row = json_array();
        for (int j = 0; j < m->classes && shown[i]; j++)
            if (shown[j])
                json_add(&row, json_integer((json_int_t)m->count[i * m->classes + j]));
        if (shown[i]) {
            json_add(&labels, json_string(names[i]));
            json_add(&counts, row);
        } else {
            json_decref(row);
        }
    }
    snprintf(note, sizeof note, "The %d of %d that are confused most.", used, m->classes);
    json_t *section = section_new("confusion", title, used < m->classes ? note : NULL);
    json_put(&section, "labels", labels);
    json_put(&section, "counts", counts);
    return section;
}

json_t *confusion_section(const char *title, const char *const *names, int classes, const int *right, const int *answer,
                          size_t count)
{
    size_t cells = (size_t)classes * (size_t)classes;
    matrix m = {classes, calloc(cells + 1, sizeof *m.count), calloc((size_t)classes + 1, sizeof *m.order)};
    bool *shown = calloc((size_t)classes + 1, sizeof *shown);
    json_t *section = NULL;
    for (size_t i = 0; m.count && i < count; i++)
        if (right[i] >= 0 && right[i] < classes && answer[i] >= 0 && answer[i] < classes)
            m.count[right[i] * classes + answer[i]]++;
    if (m.count && m.order && shown)
        section = matrix_section(&m, title, names, shown, choose_classes(&m, shown));
    free(m.count);
    free(m.order);
    free(shown);
    return section;
}
