/* A section of a page as a picture: a chart or a confusion matrix. */
#include "loggers/loggers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Charts ---- */

static double *numbers_of(const json_t *list)
{
    double *numbers = list ? calloc(json_array_size(list) + 1, sizeof *numbers) : NULL;
    for (size_t i = 0; numbers && i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        numbers[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    return numbers;
}

#define MOST_LINES 8

static laco_status plot_chart(const json_t *section, const char *path)
{
    const json_t *series = json_object_get(section, "series");
    int count = (int)SMALLER(json_array_size(series), (size_t)MOST_LINES);
    double *columns[MOST_LINES][4] = {{0}};
    plot_line lines[MOST_LINES];
    for (int i = 0; i < count; i++) {
        const json_t *one = json_array_get(series, (size_t)i);
        static const char *const keys[] = {"x", "y", "low", "high"};
        for (int c = 0; c < 4; c++)
            columns[i][c] = numbers_of(json_object_get(one, keys[c]));
        lines[i] = (plot_line){.name = json_string_value(json_object_get(one, "name")),
                               .x = columns[i][0],
                               .y = columns[i][1],
                               .low = columns[i][2],
                               .high = columns[i][3],
                               .band_name = json_string_value(json_object_get(one, "band")),
                               .count = json_array_size(json_object_get(one, "y"))};
    }
    bool time = json_is_true(json_object_get(section, "time"));
    const plot_config config = {.title = json_string_value(json_object_get(section, "title")),
                                .x_label = time ? NULL : json_string_value(json_object_get(section, "x")),
                                .x_time = time ? "%Y-%m-%d" : NULL};
    laco_status status = plot_lines(lines, count, &config, path);
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 4; c++)
            free(columns[i][c]);
    return status;
}

/* ---- Confusion matrices ---- */

static double f1_of(const laco_classify_score *score, int k)
{
    size_t right = score->confusion[k * score->class_count + k], rows = 0, columns = 0;
    for (int i = 0; i < score->class_count; i++) {
        rows += score->confusion[k * score->class_count + i];
        columns += score->confusion[i * score->class_count + k];
    }
    return rows + columns > 0 ? 2 * (double)right / (double)(rows + columns) : 0;
}

static void fill_score(laco_classify_score *score, const json_t *labels, const json_t *counts)
{
    size_t right = 0;
    int used = 0;
    for (int i = 0; i < score->class_count; i++) {
        score->classes[i].name = (char *)(uintptr_t)json_string_value(json_array_get(labels, (size_t)i));
        for (int j = 0; j < score->class_count; j++) {
            size_t n = (size_t)json_integer_value(json_array_get(json_array_get(counts, (size_t)i), (size_t)j));
            score->confusion[i * score->class_count + j] = n;
            score->classes[i].count += n;
            right += i == j ? n : 0;
        }
        score->count += score->classes[i].count;
        used += score->classes[i].count > 0;
    }
    for (int i = 0; i < score->class_count; i++)
        if (score->classes[i].count > 0)
            score->macro_f1 += f1_of(score, i) / used;
    score->accuracy = score->count > 0 ? (double)right / (double)score->count : 0;
}

static laco_status plot_matrix(const json_t *section, const char *path)
{
    const json_t *labels = json_object_get(section, "labels"), *counts = json_object_get(section, "counts");
    size_t classes = json_array_size(labels);
    laco_classify_score score = {.class_count = (int)classes};
    score.classes = calloc(classes + 1, sizeof *score.classes);
    score.confusion = calloc(classes * classes + 1, sizeof *score.confusion);
    laco_status status = failed(LACO_NO_MEMORY, "%s: out of memory for a picture", path);
    if (score.classes && score.confusion) {
        fill_score(&score, labels, counts);
        status = plot_confusion(&score, json_string_value(json_object_get(section, "title")), path);
    }
    free(score.classes);
    free(score.confusion);
    return status;
}

laco_status plot_section(const json_t *sections, const char *path)
{
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i);
        const char *kind = json_string_value(json_object_get(section, "kind"));
        if (kind && strcmp(kind, "confusion") == 0)
            return plot_matrix(section, path);
        if (kind && strcmp(kind, "chart") == 0)
            return plot_chart(section, path);
    }
    return failed(LACO_INVALID, "%s: there is no picture of these answers; --plot is for classifiers, taggers and forecasters",
                  path);
}
