/* Taggers on pages: tags and lengths of the data; which tags are taken for which, and sentences with errors. */
#include "tasks/part.h"

#include <stdlib.h>
#include <string.h>

json_t *tag_describe(const void *user)
{
    const laco_tagged *data = user;
    int tags;
    const char *const *names = laco_tagged_tag_names(data, &tags);
    size_t count = laco_tagged_sentence_count(data), first;
    size_t *lengths = calloc(count + 1, sizeof *lengths), *counts = calloc((size_t)tags + 1, sizeof *counts);
    json_t *sections = json_array();
    for (size_t i = 0; lengths && i < count; i++)
        lengths[i] = laco_tagged_sentence(data, i, &first);
    for (size_t i = 0; counts && i < laco_tagged_word_count(data); i++) {
        int tag = laco_tagged_tag(data, i);
        counts[tag >= 0 ? tag : tags]++;
    }
    if (lengths && counts) {
        json_add(&sections, names_bars("Tags", "tag", names, counts, (size_t)tags));
        json_add(&sections, lengths_bars("words", lengths, count));
    }
    free(lengths);
    free(counts);
    return sections;
}

/* All answers to a set, and what is right, word by word, both as numbers of the data's tags. */
typedef struct tag_answers {
    const laco_tagged *data;
    const size_t *examples;
    size_t sentences, words, wrong;
    const char **tag; /* [words] of the model */
    int *right, *given;
} tag_answers;

static int number_of(const char *name, const char *const *names, int count)
{
    for (int k = 0; name && k < count; k++)
        if (strcmp(names[k], name) == 0)
            return k;
    return -1;
}

/* Sentence by sentence, for those that are looked at may be a few of many. */
static laco_status ask(laco_model *model, tag_answers *a)
{
    const char *words[4096];
    int tags;
    const char *const *names = laco_tagged_tag_names(a->data, &tags);
    for (size_t i = 0; i < a->sentences; i++) {
        size_t first, count = laco_tagged_sentence(a->data, example_at(a->examples, i), &first);
        if (count > sizeof words / sizeof *words)
            continue;
        for (size_t w = 0; w < count; w++)
            words[w] = laco_tagged_word(a->data, first + w);
        TRY(laco_model_tag(model, words, count, a->tag + first));
        for (size_t w = first; w < first + count; w++) {
            a->right[a->words] = laco_tagged_tag(a->data, w);
            a->given[a->words] = number_of(a->tag[w], names, tags);
            a->wrong += a->given[a->words] != a->right[a->words];
            a->words++;
        }
    }
    return LACO_OK;
}

/* ---- Tags that are confused most, with words as examples ---- */

#define MOST_PAIRS 20
#define MOST_WORDS 5

static void add_examples(const tag_answers *a, int right, int given, char *out, size_t size)
{
    int found = 0;
    size_t used = 0, place = 0;
    *out = '\0';
    for (size_t i = 0; i < a->sentences && found < MOST_WORDS; i++) {
        size_t first, count = laco_tagged_sentence(a->data, example_at(a->examples, i), &first);
        for (size_t w = first; w < first + count && a->tag[w]; w++, place++) {
            const char *word = laco_tagged_word(a->data, w);
            if (a->right[place] != right || a->given[place] != given || found == MOST_WORDS || strlen(word) > 60 ||
                strstr(out, word))
                continue;
            used += (size_t)snprintf(out + used, size - used, "%s%s", found++ > 0 ? ", " : "", word);
        }
    }
}

static json_t *pairs_table(const tag_answers *a, const char *const *names, int tags)
{
    size_t cells = (size_t)tags * (size_t)tags, used = 0;
    worst_answer *pairs = calloc(cells + 1, sizeof *pairs);
    char examples[512];
    json_t *table = table_new("Tags that are confused most", NULL, "right|answer|times|as in");
    for (size_t i = 0; pairs && i < cells; i++)
        pairs[i].item = i;
    for (size_t i = 0; pairs && i < a->words; i++)
        if (a->right[i] >= 0 && a->given[i] >= 0 && a->right[i] != a->given[i])
            pairs[a->right[i] * tags + a->given[i]].badness++;
    if (pairs)
        sort_worst(pairs, cells);
    for (; pairs && used < MOST_PAIRS && used < cells && pairs[used].badness > 0; used++) {
        int right = (int)(pairs[used].item / (size_t)tags), given = (int)(pairs[used].item % (size_t)tags);
        add_examples(a, right, given, examples, sizeof examples);
        table_add(table, json_pack("[s, s, I, s]", names[right], names[given], (json_int_t)pairs[used].badness, examples));
    }
    free(pairs);
    return table;
}

/* ---- Sentences with most errors ---- */

static json_t *one_sentence(const tag_answers *a, size_t index)
{
    json_t *words = json_array();
    const char *const *names = laco_tagged_tag_names(a->data, NULL);
    size_t first, count = laco_tagged_sentence(a->data, index, &first);
    for (size_t w = first; w < first + SMALLER(count, (size_t)60); w++) {
        int right = laco_tagged_tag(a->data, w);
        json_add(&words, json_pack("[s, s, s]", laco_tagged_word(a->data, w), right >= 0 ? names[right] : "?", a->tag[w]));
    }
    return words;
}

static json_t *worst_sentences(const tag_answers *a)
{
    worst_answer *worst = calloc(a->sentences + 1, sizeof *worst);
    json_t *list = json_array(), *section = section_new("sentences", "Sentences with most errors",
                                                        "Marked: wrong. Below: the answer, and what is right.");
    size_t place = 0;
    for (size_t i = 0; worst && i < a->sentences; i++) {
        size_t first, index = example_at(a->examples, i), count = laco_tagged_sentence(a->data, index, &first);
        worst[i].item = index;
        for (size_t w = first; w < first + count && a->tag[w]; w++, place++)
            worst[i].badness += a->right[place] != a->given[place];
    }
    if (worst)
        sort_worst(worst, a->sentences);
    for (size_t i = 0; worst && i < SMALLER(a->sentences, (size_t)WORST) && worst[i].badness > 0; i++)
        json_add(&list, one_sentence(a, worst[i].item));
    free(worst);
    json_put(&section, "sentences", list);
    return section;
}

json_t *tag_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_tagged *data = user;
    size_t words = laco_tagged_word_count(data);
    int tags;
    const char *const *names = laco_tagged_tag_names(data, &tags);
    tag_answers a = {.data = data, .examples = examples, .sentences = examples ? count : laco_tagged_sentence_count(data)};
    json_t *sections = json_array();
    a.tag = calloc(words + 1, sizeof *a.tag);
    a.right = calloc(words + 1, sizeof *a.right);
    a.given = calloc(words + 1, sizeof *a.given);
    if (a.tag && a.right && a.given && ask(model, &a) == LACO_OK && a.words > 0) {
        json_t *facts = json_array(), *section = section_new("facts", "Answers", NULL);
        facts_add(&facts, "sentences", json_integer((json_int_t)a.sentences));
        facts_add(&facts, "words", json_integer((json_int_t)a.words));
        facts_add(&facts, "accuracy", json_real(1 - (double)a.wrong / (double)a.words));
        json_put(&section, "facts", facts);
        json_add(&sections, section);
        json_add(&sections, confusion_section("Which tag is taken for which", names, tags, a.right, a.given, a.words));
        json_add(&sections, pairs_table(&a, names, tags));
        json_add(&sections, worst_sentences(&a));
    }
    free(a.tag);
    free(a.right);
    free(a.given);
    return sections;
}
