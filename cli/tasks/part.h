/* What tasks show of their data and answers on pages: sections (page/page.h), and what several of them share. */
#ifndef LACO_CLI_PART_H
#define LACO_CLI_PART_H

#include "loggers/loggers.h"

#define WORST 20 /* errors that are shown */

/* A number of things by their names, in their order. */
json_t *names_bars(const char *title, const char *name, const char *const *names, const size_t *counts, size_t count);

/* How many have which length, in at most 24 bars of one width. */
json_t *lengths_bars(const char *unit, const size_t *lengths, size_t count);

/* A table with these columns ("answer|right|…"), to be given rows; NULL-safe. */
json_t *table_new(const char *title, const char *note, const char *columns);
void table_add(json_t *table, json_t *row);

/* Characters of UTF-8. */
size_t characters_of(const char *text, size_t length);

/* A text that may hold anything, at most 400 bytes of it. */
json_t *cut_text(const char *text, size_t length);

/* Item `i` of those that are looked at. */
static inline size_t example_at(const size_t *examples, size_t i) { return examples ? examples[i] : i; }

/* A confusion matrix of `count` right tags and answers among `names`; of more than MOST_CONFUSED those that are confused most. */
#define MOST_CONFUSED 40
json_t *confusion_section(const char *title, const char *const *names, int classes, const int *right, const int *answer,
                          size_t count);

/* The answer that differs most from what is right of each item: a text, what was answered, what would have been right. */
typedef struct worst_answer {
    size_t item;
    double badness;
} worst_answer;
void sort_worst(worst_answer *answers, size_t count);

/* Parts of the tasks. */
/* A text of the data that is short enough to be asked about in a proposed command; NULL: there is none. */
const char *classify_sample(const laco_labelled *data, size_t *length);
json_t *classify_describe(const void *data);
json_t *classify_look(laco_model *model, const void *data, const size_t *examples, size_t count);
json_t *tag_describe(const void *data);
json_t *tag_look(laco_model *model, const void *data, const size_t *examples, size_t count);
json_t *forecast_describe(const void *data);
json_t *forecast_look(laco_model *model, const void *data, const size_t *examples, size_t count);
json_t *pairs_describe(const void *data);
json_t *pairs_look(laco_model *model, const void *data, const size_t *examples, size_t count);
json_t *captioned_describe(const void *data);
json_t *captioned_look(laco_model *model, const void *data, const size_t *examples, size_t count);
json_t *spoken_describe(const void *data);
json_t *spoken_look(laco_model *model, const void *data, const size_t *examples, size_t count);
char *generate_sample(laco_model *model);

#endif
