/* Models that write, on pages: lengths of the data; the worst answers; where a transducer looked; what a language model writes. */
#include "tasks/part.h"

#include <stdlib.h>
#include <string.h>

/* Letters to insert, delete or replace to get from one text to another; of long texts of their first 400 bytes. */
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 400 };
    size_t row[MOST + 1], n = SMALLER(strlen(a), (size_t)MOST), m = SMALLER(strlen(b), (size_t)MOST);
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j], least = SMALLER(above, row[j - 1]) + 1;
            row[j] = SMALLER(least, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[m];
}

/* One item: what went in, what was right, what was written; the last two are the list's. */
typedef struct written {
    char *input, *right, *answer;
    size_t errors;
} written;

typedef struct written_list {
    written *items;
    size_t count, room;
} written_list;

static bool add_written(written_list *list, const char *input, const char *right, const char *answer)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 64;
        written *grown = realloc(list->items, room * sizeof *grown);
        if (!grown)
            return false;
        list->items = grown;
        list->room = room;
    }
    list->items[list->count++] = (written){strdup(input), strdup(right ? right : ""), strdup(answer ? answer : ""), 0};
    written *last = &list->items[list->count - 1];
    if (!last->input || !last->right || !last->answer)
        return false;
    last->errors = distance(last->right, last->answer);
    return true;
}

static void free_written(written_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].input);
        free(list->items[i].right);
        free(list->items[i].answer);
    }
    free(list->items);
}

static void add_worst(json_t **sections, const written_list *list, const char *input)
{
    worst_answer *worst = calloc(list->count + 1, sizeof *worst);
    size_t wrong = 0;
    char note[160], columns[80];
    for (size_t i = 0; worst && i < list->count; i++) {
        worst[i] = (worst_answer){i, (double)list->items[i].errors};
        wrong += list->items[i].errors > 0;
    }
    if (worst)
        sort_worst(worst, list->count);
    snprintf(note, sizeof note, "%zu of %zu answers are not right in full; those with most letters wrong.", wrong, list->count);
    snprintf(columns, sizeof columns, "%s|right|answer|letters wrong", input);
    json_t *table = table_new("The worst answers", note, columns);
    for (size_t i = 0; worst && i < SMALLER(wrong, (size_t)WORST); i++) {
        const written *w = &list->items[worst[i].item];
        table_add(table, json_pack("[o, o, o, I]", cut_text(w->input, strlen(w->input)), cut_text(w->right, strlen(w->right)),
                                   cut_text(w->answer, strlen(w->answer)), (json_int_t)w->errors));
    }
    json_add(sections, table);
    free(worst);
}

static json_t *text_lengths(const char *unit, size_t count, const char *(*text_of)(const void *, size_t), const void *data)
{
    size_t *lengths = calloc(count + 1, sizeof *lengths);
    json_t *bars = NULL;
    for (size_t i = 0; lengths && i < count; i++) {
        const char *text = text_of(data, i);
        lengths[i] = text ? characters_of(text, strlen(text)) : 0;
    }
    if (lengths)
        bars = lengths_bars(unit, lengths, count);
    free(lengths);
    return bars;
}

/* ---- Transducers ---- */

static const char *source_of(const void *data, size_t i) { return laco_pairs_source(data, i, NULL); }
static const char *target_of(const void *data, size_t i) { return laco_pairs_target(data, i, 0, NULL); }

json_t *pairs_describe(const void *data)
{
    json_t *sections = json_array();
    json_add(&sections, text_lengths("characters of sources", laco_pairs_count(data), source_of, data));
    json_add(&sections, text_lengths("characters of targets", laco_pairs_count(data), target_of, data));
    return sections;
}

/* The right target that is nearest to the answer. */
static const char *nearest(const laco_pairs *pairs, size_t index, const char *answer)
{
    const char *best = laco_pairs_target(pairs, index, 0, NULL), *target;
    for (size_t k = 1; best && answer && (target = laco_pairs_target(pairs, index, k, NULL)); k++)
        if (distance(target, answer) < distance(best, answer))
            best = target;
    return best;
}

#define ALIGNMENTS 3

static void add_alignment(json_t **sections, laco_model *model, const char *source)
{
    laco_alignment a;
    char title[120];
    if (laco_model_align(model, source, &a) < 0)
        return;
    json_t *rows = json_array(), *columns = json_array(), *weights = json_array();
    for (int64_t c = 0; c < a.columns; c++)
        json_add(&columns, json_string(a.column_text[c]));
    for (int64_t r = 0; r < a.rows; r++) {
        json_t *row = json_array();
        for (int64_t c = 0; c < a.columns; c++)
            json_add(&row, json_real((double)a.weights[r * a.columns + c]));
        json_add(&rows, json_string(*a.row_text[r] ? a.row_text[r] : "(end)"));
        json_add(&weights, row);
    }
    snprintf(title, sizeof title, "Where it looked: %.80s", source);
    json_t *section = section_new("alignment", strlen(source) < 80 ? title : "Where it looked", NULL);
    json_put(&section, "rows", rows);
    json_put(&section, "columns", columns);
    json_put(&section, "weights", weights);
    json_add(sections, section);
    laco_alignment_free(&a);
}

json_t *pairs_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_pairs *pairs = user;
    json_t *sections = json_array();
    written_list list = {0};
    laco_hypothesis answer;
    bool good = true;
    count = examples ? count : laco_pairs_count(pairs);
    for (size_t i = 0; i < count && good; i++) {
        size_t index = example_at(examples, i);
        const char *source = laco_pairs_source(pairs, index, NULL);
        good = laco_model_transduce(model, 1, &source, NULL, &(laco_decode_options){.beam = 1}, &answer, NULL) == LACO_OK &&
               add_written(&list, source, nearest(pairs, index, answer.text), answer.text);
    }
    if (good)
        add_worst(&sections, &list, "source");
    for (size_t i = 0; i < SMALLER(list.count, (size_t)ALIGNMENTS) && good; i++)
        add_alignment(&sections, model, list.items[i].input);
    free_written(&list);
    return sections;
}

/* ---- Captioners ---- */

static const char *caption_of(const void *data, size_t i) { return laco_captioned_text(data, i); }

json_t *captioned_describe(const void *data)
{
    json_t *sections = json_array();
    json_add(&sections, text_lengths("characters of captions", laco_captioned_count(data), caption_of, data));
    return sections;
}

json_t *captioned_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_captioned *data = user;
    json_t *sections = json_array();
    written_list list = {0};
    laco_hypothesis answer;
    bool good = true;
    count = examples ? count : laco_captioned_count(data);
    for (size_t i = 0; i < count && good; i++) {
        size_t index = example_at(examples, i);
        char name[40];
        snprintf(name, sizeof name, "item %zu", index + 1);
        good = laco_model_caption(model, data, index, 1, &(laco_decode_options){.beam = 1}, &answer) == LACO_OK &&
               add_written(&list, name, laco_captioned_text(data, index), answer.text);
    }
    if (good)
        add_worst(&sections, &list, "item");
    free_written(&list);
    return sections;
}

/* ---- Transcribers ---- */

static const char *spoken_text(const void *data, size_t i) { return laco_spoken_text(data, i); }

json_t *spoken_describe(const void *data)
{
    json_t *sections = json_array();
    size_t count = laco_spoken_count(data), samples, *lengths = calloc(count + 1, sizeof *lengths);
    json_add(&sections, text_lengths("characters of texts", count, spoken_text, data));
    for (size_t i = 0; lengths && i < count; i++) {
        laco_spoken_samples(data, i, &samples);
        lengths[i] = 10 * samples / (size_t)laco_spoken_rate(data);
    }
    if (lengths)
        json_add(&sections, lengths_bars("tenths of a second", lengths, count));
    free(lengths);
    return sections;
}

json_t *spoken_look(laco_model *model, const void *user, const size_t *examples, size_t count)
{
    const laco_spoken *data = user;
    json_t *sections = json_array();
    written_list list = {0};
    bool good = true;
    count = examples ? count : laco_spoken_count(data);
    for (size_t i = 0; i < count && good; i++) {
        size_t index = example_at(examples, i), samples;
        const float *sound = laco_spoken_samples(data, index, &samples);
        laco_transcripts heard;
        good = laco_model_transcribe(model, sound, samples, laco_spoken_rate(data), &(laco_decode_options){.beam = 1}, &heard) ==
               LACO_OK;
        if (good) {
            good = add_written(&list, laco_spoken_name(data, index), laco_spoken_text(data, index), heard.text[0]);
            laco_transcripts_free(&heard);
        }
    }
    if (good)
        add_worst(&sections, &list, "recording");
    free_written(&list);
    return sections;
}

/* ---- Language models ---- */

#define SAMPLE_TOKENS 240

char *generate_sample(laco_model *model)
{
    laco_generator *generator = NULL;
    char *text = NULL;
    size_t size, length;
    const char *piece;
    if (laco_generator_new(model, &(laco_sampling){.temperature = 0.8, .seed = 1}, &generator) < 0)
        return NULL;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; file && i < SAMPLE_TOKENS && laco_generator_next(generator, &piece, &length, NULL) == LACO_OK; i++)
        for (size_t k = 0; k < length; k++)
            fputc(piece[k] ? piece[k] : ' ', file);
    if (file)
        fclose(file);
    laco_generator_free(generator);
    return text;
}
