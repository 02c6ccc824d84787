/* Classifiers on pages: labels' balance and lengths; the confusion matrix, and the errors that were surest. */
#include "tasks/part.h"
#include "train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t length_of(const laco_labelled *data, size_t index)
{
    size_t bytes;
    int64_t steps;
    if (laco_labelled_features(data) > 0)
        return laco_labelled_values(data, index, &steps) ? (size_t)steps : 0;
    const char *text = laco_labelled_text(data, index, &bytes);
    return characters_of(text, bytes);
}

const char *classify_sample(const laco_labelled *data, size_t *length)
{
    enum { LOOKED_AT = 1000 };
    size_t count = laco_labelled_features(data) > 0 ? 0 : laco_labelled_count(data);
    for (size_t i = 0; i < SMALLER(count, LOOKED_AT); i++) {
        const char *text = laco_labelled_text(data, i, length);
        if (is_sample(text, *length))
            return text;
    }
    return NULL;
}

json_t *classify_describe(const void *user)
{
    const laco_labelled *data = user;
    int labels;
    const char *const *names = laco_labelled_label_names(data, &labels);
    size_t count = laco_labelled_count(data);
    size_t *lengths = calloc(count + 1, sizeof *lengths), *counts = calloc((size_t)labels + 1, sizeof *counts);
    json_t *sections = json_array();
    for (size_t i = 0; lengths && counts && i < count; i++) {
        lengths[i] = length_of(data, i);
        int label = laco_labelled_label(data, i);
        counts[label >= 0 ? label : labels]++;
    }
    if (lengths && counts) {
        json_add(&sections, names_bars("Labels", "label", names, counts, (size_t)labels));
        json_add(&sections, lengths_bars(laco_labelled_features(data) > 0 ? "steps" : "characters", lengths, count));
    }
    free(lengths);
    free(counts);
    return sections;
}

/* Answers to some examples, and what is right. */
typedef struct answers {
    size_t count;
    int classes;
    laco_label *label; /* [count][classes] */
    int *right, *given;
    worst_answer *worst;
    size_t wrong, unseen;
} answers;

static laco_status ask_numbers(laco_model *model, const laco_labelled *data, const size_t *examples, answers *a)
{
    const laco_real **values = calloc(a->count + 1, sizeof *values);
    int64_t *steps = calloc(a->count + 1, sizeof *steps);
    laco_status status = values && steps ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; status == LACO_OK && i < a->count; i++)
        values[i] = laco_labelled_values(data, example_at(examples, i), &steps[i]);
    if (status == LACO_OK)
        status = laco_model_classify_numbers(model, a->count, values, steps, a->classes, a->label);
    free(values);
    free(steps);
    return status;
}

static laco_status ask(laco_model *model, const laco_labelled *data, const size_t *examples, answers *a)
{
    if (laco_labelled_features(data) > 0)
        return ask_numbers(model, data, examples, a);
    const char **texts = calloc(a->count + 1, sizeof *texts);
    size_t *lengths = calloc(a->count + 1, sizeof *lengths);
    laco_status status = texts && lengths ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; status == LACO_OK && i < a->count; i++)
        texts[i] = laco_labelled_text(data, example_at(examples, i), &lengths[i]);
    if (status == LACO_OK)
        status = laco_model_classify_many(model, a->count, texts, lengths, a->classes, a->label, &a->unseen);
    free(texts);
    free(lengths);
    return status;
}

/* Labels of the data by the model's numbers; -1: one that the model does not have. */
static int number_of(const char *name, const char *const *names, int classes)
{
    for (int k = 0; k < classes; k++)
        if (strcmp(names[k], name) == 0)
            return k;
    return -1;
}

static double probability_of(const answers *a, size_t i, int label)
{
    for (int k = 0; k < a->classes; k++)
        if (a->label[i * (size_t)a->classes + (size_t)k].index == label)
            return exp(a->label[i * (size_t)a->classes + (size_t)k].log_probability);
    return 0;
}

static void compare(const laco_labelled *data, const size_t *examples, const char *const *names, answers *a)
{
    const char *const *own = laco_labelled_label_names(data, NULL);
    for (size_t i = 0; i < a->count; i++) {
        a->right[i] = number_of(own[laco_labelled_label(data, example_at(examples, i))], names, a->classes);
        a->given[i] = a->label[i * (size_t)a->classes].index;
        if (a->given[i] != a->right[i])
            a->worst[a->wrong++] = (worst_answer){i, -probability_of(a, i, a->right[i])};
    }
    sort_worst(a->worst, a->wrong);
}

static json_t *input_of(const laco_labelled *data, size_t index)
{
    char text[64];
    size_t length;
    const char *bytes = laco_labelled_text(data, index, &length);
    if (bytes)
        return cut_text(bytes, length);
    snprintf(text, sizeof text, "sequence %zu, %zu steps", index + 1, length_of(data, index));
    return json_string(text);
}

static json_t *worst_table(const laco_labelled *data, const size_t *examples, const char *const *names, const answers *a)
{
    char note[120];
    snprintf(note, sizeof note, "%zu of %zu answers are wrong; those that found the right label least probable.", a->wrong,
             a->count);
    json_t *table = table_new("The worst errors", note, "input|right|answer|probability of the answer|of the right label");
    for (size_t w = 0; w < SMALLER(a->wrong, (size_t)WORST); w++) {
        size_t i = a->worst[w].item;
        table_add(table, json_pack("[o, s, s, f, f]", input_of(data, example_at(examples, i)),
                                   a->right[i] >= 0 ? names[a->right[i]] : "(unknown)", names[a->given[i]],
                                   exp(a->label[i * (size_t)a->classes].log_probability), -a->worst[w].badness));
    }
    return table;
}

static void add_results(json_t **sections, const laco_labelled *data, const size_t *examples, const char *const *names,
                        const answers *a)
{
    json_t *facts = json_array(), *section = section_new("facts", "Answers", NULL);
    double loss = 0;
    for (size_t i = 0; i < a->count; i++)
        loss -= log(fmax(1e-300, probability_of(a, i, a->right[i])));
    facts_add(&facts, "examples", json_integer((json_int_t)a->count));
    facts_add(&facts, "accuracy", json_real(1 - (double)a->wrong / (double)a->count));
    facts_add(&facts, "loss", json_real(loss / (double)a->count));
    if (laco_labelled_features(data) == 0)
        facts_add(&facts, "characters or words that training did not know", json_integer((json_int_t)a->unseen));
    json_put(&section, "facts", facts);
    json_add(sections, section);
    json_add(sections, confusion_section("What is taken for what", names, a->classes, a->right, a->given, a->count));
    json_add(sections, worst_table(data, examples, names, a));
}

json_t *classify_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_labelled *data = user;
    answers a = {.count = examples ? count : laco_labelled_count(data)};
    json_t *sections = json_array();
    const char *const *names = laco_model_label_names(model, &a.classes);
    a.label = calloc(a.count + 1, (size_t)a.classes * sizeof *a.label);
    a.right = calloc(a.count + 1, sizeof *a.right);
    a.given = calloc(a.count + 1, sizeof *a.given);
    a.worst = calloc(a.count + 1, sizeof *a.worst);
    if (a.label && a.right && a.given && a.worst && a.count > 0 && ask(model, data, examples, &a) == LACO_OK) {
        compare(data, examples, names, &a);
        add_results(&sections, data, examples, names, &a);
    }
    free(a.label);
    free(a.right);
    free(a.given);
    free(a.worst);
    return sections;
}
