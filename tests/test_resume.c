/* What a checkpoint belongs to: every option of every task that shapes the result, and every kind of datum. The tables are
 * walked, so that an option that is added is asked for too. */
#include "base/base.h"
#include "laco/laco.h"
#include "options/options.h"

#include "context_fixture.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CHANGES 8

/* One task with small data as text, and changes of that text that another run must be told of. */
typedef struct subject {
    const char *task, *data, *valid; /* valid NULL: the task's share of the data */
    const char *ending;
    laco_status (*train)(const char *data, const char *valid, void *options,
                         laco_model **out); /* of files; fills in the defaults */
    struct {
        bool of_valid;
        const char *from, *to;
    } change[MOST_CHANGES];
    const char *given[3][2]; /* options of this subject */
    const char *only, *but;  /* "a|b": the rows that are changed here, or are not, for they say nothing of such data; NULL: all */
} subject;

/* Each task's struct of options, as small as it can be. */
typedef union any_options {
    laco_train_options train;
    laco_classify_options classify;
    laco_tag_options tag;
    laco_forecast_options forecast;
    laco_generate_options generate;
    laco_caption_options caption;
    laco_transduce_options transduce;
    laco_transcribe_options transcribe;
} any_options;

static laco_status train_classify(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_classify_options *options = user;
    laco_labelled *data, *apart = NULL;
    LACO_TRY(laco_labelled_load(ctx, &path, 1, NULL, &data));
    laco_labelled_config config = {0};
    config.labels = laco_labelled_label_names(data, &config.label_count);
    laco_status status = laco_labelled_load(ctx, &valid, 1, &config, &apart);
    laco_classify_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_classify(ctx, options, data, apart, out);
    laco_labelled_free(apart);
    laco_labelled_free(data);
    return status;
}

static laco_status train_tag(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_tag_options *options = user;
    laco_tagged *data, *apart = NULL;
    LACO_TRY(laco_tagged_load(ctx, &path, 1, NULL, &data));
    laco_tagged_config config = {0};
    config.labels = laco_tagged_tag_names(data, &config.label_count);
    laco_status status = laco_tagged_load(ctx, &valid, 1, &config, &apart);
    laco_tag_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_tag(ctx, options, data, apart, out);
    laco_tagged_free(apart);
    laco_tagged_free(data);
    return status;
}

static laco_status train_forecast(const char *path, const char *valid, void *user, laco_model **out)
{
    const laco_series_config config = {.id_column = "shop"};
    laco_forecast_options *options = user;
    laco_series *data, *apart = NULL;
    LACO_TRY(laco_series_load(ctx, path, &config, &data));
    laco_status status = laco_series_load(ctx, valid, &config, &apart);
    laco_forecast_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_forecast(ctx, options, data, apart, out);
    laco_series_free(apart);
    laco_series_free(data);
    return status;
}

static laco_status train_generate(const char *path, const char *valid, void *user, laco_model **out)
{
    const laco_generate_options *options = user;
    laco_corpus *data, *apart = NULL;
    LACO_TRY(laco_corpus_load(ctx, &options->text, &path, 1, &data));
    laco_status status = valid ? laco_corpus_load(ctx, &options->text, &valid, 1, &apart) : LACO_OK;
    laco_generate_defaults(user, 200);
    if (status == LACO_OK)
        status = laco_train_generate(ctx, options, data, apart, out);
    laco_corpus_free(apart);
    laco_corpus_free(data);
    return status;
}

static laco_status train_caption(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_caption_options *options = user;
    laco_captioned *data, *apart = NULL;
    LACO_TRY(laco_captioned_load(ctx, &path, 1, NULL, &data));
    laco_status status = laco_captioned_load(ctx, &valid, 1, NULL, &apart);
    laco_caption_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_caption(ctx, options, data, apart, out);
    laco_captioned_free(apart);
    laco_captioned_free(data);
    return status;
}

/* Lines of four grey values, which make a picture, and a word. */
static laco_status load_pictures(const char *path, laco_captioned **out)
{
    enum { MOST = 4 };
    laco_real values[MOST][4];
    char text[MOST][16];
    const char *captions[MOST];
    size_t count = 0;
    double v[4];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; count < MOST && fscanf(file, "%lf %lf %lf %lf %15s", &v[0], &v[1], &v[2], &v[3], text[count]) == 5; count++) {
        for (int i = 0; i < 4; i++)
            values[count][i] = (laco_real)v[i];
        captions[count] = text[count];
    }
    assert_int_equal(fclose(file), 0);
    return laco_captioned_from_values(ctx, values[0], 2, 2, captions, count, NULL, out);
}

static laco_status train_pictures(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_captioned *data, *apart = NULL;
    LACO_TRY(load_pictures(path, &data));
    laco_status status = load_pictures(valid, &apart);
    laco_caption_defaults(user, data);
    if (status == LACO_OK)
        status = laco_train_caption(ctx, user, data, apart, out);
    laco_captioned_free(apart);
    laco_captioned_free(data);
    return status;
}

static laco_status train_transduce(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_transduce_options *options = user;
    laco_pairs *data, *apart = NULL;
    LACO_TRY(laco_pairs_load(ctx, &path, 1, &data));
    laco_status status = laco_pairs_load(ctx, &valid, 1, &apart);
    laco_transduce_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_transduce(ctx, options, data, apart, out);
    laco_pairs_free(apart);
    laco_pairs_free(data);
    return status;
}

/* Lines of a frequency and a text: tones of a fifth of a second. */
static laco_status load_tones(const char *path, int64_t rate, laco_spoken **out)
{
    enum { MOST = 4, LENGTH = 1600 };
    float samples[MOST * LENGTH];
    char text[MOST][16];
    const char *texts[MOST];
    size_t lengths[MOST], count = 0;
    double hertz;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; count < MOST && fscanf(file, "%lf %15s", &hertz, text[count]) == 2; count++) {
        for (size_t i = 0; i < LENGTH; i++)
            samples[count * LENGTH + i] = (float)(0.25 * sin(6.28318530717958647692 * hertz * (double)i / 8000));
        texts[count] = text[count];
        lengths[count] = LENGTH;
    }
    assert_int_equal(fclose(file), 0);
    return laco_spoken_from_samples(ctx, samples, lengths, texts, count, &(laco_spoken_config){.rate = rate > 0 ? rate : 8000},
                                    out);
}

static laco_status train_transcribe(const char *path, const char *valid, void *user, laco_model **out)
{
    laco_transcribe_options *options = user;
    laco_spoken *data, *apart = NULL;
    LACO_TRY(load_tones(path, options->data.rate, &data));
    laco_status status = load_tones(valid, options->data.rate, &apart);
    laco_transcribe_defaults(options, data);
    if (status == LACO_OK)
        status = laco_train_transcribe(ctx, options, data, apart, out);
    laco_spoken_free(apart);
    laco_spoken_free(data);
    return status;
}

#define ROWS_OF(shop, v)                                                                                                         \
    "2024-01-01," shop "," v "1\n2024-01-02," shop "," v "3\n2024-01-03," shop "," v "2\n2024-01-04," shop "," v                 \
    "5\n2024-01-05," shop "," v "4\n"                                                                                            \
    "2024-01-06," shop "," v "7\n2024-01-07," shop "," v "6\n2024-01-08," shop "," v "9\n2024-01-09," shop "," v                 \
    "8\n2024-01-10," shop "," v "5\n"
#define DAYS(decade)                                                                                                             \
    "2023-01-" decade "0,4\n2023-01-" decade "1,6\n2023-01-" decade "2,3\n2023-01-" decade "3,7\n2023-01-" decade                \
    "4,5\n2023-01-" decade "5,8\n2023-01-" decade "6,4\n2023-01-" decade "7,9\n2023-01-" decade "8,6\n2023-01-" decade "9,7\n"
#define LINE(id, word, tag, relation) id "\t" word "\t_\t" tag "\tX" tag "\tF=" tag "\t0\t" relation "\t_\t_\n"

static const subject subjects[] = {
    {"classify",
     "a\tred\nb\tblue\na\trose\nb\tsky\n",
     "a\tpink\nb\tcyan\n",
     "txt",
     train_classify,
     {{false, "rose", "rouge"}, {false, "b\tsky", "a\tsky"}, {true, "cyan", "ciel"}, {true, "b\tcyan", "a\tcyan"}},
     .but = "window"},
    {"classify", "a\tred\nb\tblue\na\trose\nb\tsky\n", "a\tpink\nb\tcyan\n", "txt", train_classify, .given = {{"cell", "mlp"}},
     .only = "window"},
    {"classify",
     "1,2,up\n2,1,down\n1,3,up\n4,1,down\n",
     "1,4,up\n3,1,down\n",
     "csv",
     train_classify,
     {{false, "4,1", "4,2"}, {false, "2,1,down", "2,1,up"}, {true, "1,4", "1,5"}, {true, "3,1,down", "3,1,up"}},
     .but = "window|level|fold-accents|lower|embed"},
    {"tag",
     LINE("1", "the", "D", "det") LINE("2", "cat", "N", "root") "\n" LINE("1", "a", "D", "det")
         LINE("2", "dog", "N", "root") "\n",
     LINE("1", "the", "D", "det") LINE("2", "dog", "N", "root") "\n",
     "conllu",
     train_tag,
     {{false, "cat", "cow"},
      {false, "dog\t_\tN", "dog\t_\tD"},
      {false, "XN", "XV"},
      {false, "F=N", "F=V"},
      {false, "root", "obj"},
      {true, "dog", "hen"},
      {true, "the\t_\tD", "the\t_\tN"}},
     .but = "window|constrained|unconstrained"},
    {"tag", "the D\ncat N\n\na D\ndog N\n", "the D\ndog N\n", "txt", train_tag, .given = {{"cell", "mlp"}}, .only = "window"},
    {"tag",
     "Ann B-P\nLee I-P\nran O\n\nBob B-P\nate O\n",
     "Ann B-P\nate O\n",
     "txt",
     train_tag,
     {{false, "Lee I-P", "Lee B-P"}, {true, "ate", "ran"}},
     .only = "constrained|unconstrained"},
    {"forecast",
     "day,shop,sales\n" ROWS_OF("north", "1") ROWS_OF("south", "2"),
     "day,shop,sales\n" ROWS_OF("north", "3") ROWS_OF("south", "4"),
     "csv",
     train_forecast,
     {{false, ",12\n", ",13\n"},
      {true, ",32\n", ",33\n"},
      {true, ROWS_OF("south", "4"), ROWS_OF("west", "4")},
      {false, "2024-01-10,south", "2024-01-12,south"},
      {false, ROWS_OF("south", "2"), ROWS_OF("west", "2")},
      {false, "north,15\n", "north,16\n"}},
     .but = "refit"},
    {"forecast", "day,shop,sales\n" ROWS_OF("north", "1") ROWS_OF("south", "2"),
     "day,shop,sales\n" ROWS_OF("north", "3") ROWS_OF("south", "4"), "csv", train_forecast, .given = {{"cell", "mlp"}},
     .only = "window"},
    {"generate",
     "the cat sat on the mat and the dog sat on the log and so it went on and on until the end of the day",
     "the dog ran on\n",
     "txt",
     train_generate,
     {{false, "mat", "hat"}, {true, "ran", "sat"}},
     .but = "tie-weights|window"},
    {"generate", "the cat sat on the mat and the dog sat on the log and so it went on and on until the end of the day",
     "the dog ran on\n", "txt", train_generate, .given = {{"cell", "mlp"}}, .only = "window"},
    {"generate", "the cat sat on the mat and the dog sat on the log and so it went on and on until the end of the day",
     "the dog ran on\n", "txt", train_generate, .given = {{"embed", "3"}}, .only = "tie-weights"},
    {"caption",
     "1,2,one two\n3,4,three four\n2,2,two two\n",
     "1,1,one one\n",
     "csv",
     train_caption,
     {{false, "3,4", "3,5"}, {false, "two two", "two one"}, {true, "1,1", "1,3"}, {true, "one one", "one two"}},
     .but = "shift|bend|encoder"},
    {"caption", "1,2,one two\n3,4,three four\n2,2,two two\n", "1,1,one one\n", "csv", train_caption,
     .given = {{"encoder", "mlp"}}, .only = "encoder"},
    {"caption",
     "1 2 3 4 up\n4 3 2 1 down\n1 3 2 5 up\n",
     "2 2 3 5 up\n",
     "pixels",
     train_pictures,
     {{false, "5 up", "6 up"}, {false, "4 up", "4 down"}, {true, "5 up", "6 up"}, {true, "up", "down"}},
     .only = "shift|bend"},
    {"transduce",
     "ab\tAB\nba\tBA\naa\tAA\n",
     "bb\tBB\n",
     "tsv",
     train_transduce,
     {{false, "aa", "ab"}, {false, "BA", "AB"}, {true, "bb", "ab"}, {true, "BB", "AB"}},
     .but = NULL},
    {"transcribe",
     "300 ab\n500 ba\n700 aa\n",
     "400 ab\n",
     "tones",
     train_transcribe,
     {{false, "500", "501"}, {false, "aa", "bb"}, {true, "400", "401"}, {true, "ab", "ba"}},
     .but = NULL},
};

/* ---- Running -------------------------------------------------------------------------------------------------------------- */

/* A file with a text, of which the first `from` (NULL: nothing) is `to`. The path is the caller's, for free(). */
static char *write_file(const char *name, const char *ending, const char *text, const char *from, const char *to)
{
    char whole[80];
    snprintf(whole, sizeof whole, "%s.%s", name, ending);
    char *path = strdup(temporary_path(whole));
    const char *at = from ? strstr(text, from) : NULL;
    FILE *file = fopen(path, "w");
    assert_true(path && file && (!from || at));
    if (from)
        fprintf(file, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    else
        fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Trains on the subject's data, of which change `change` (-1: none) was made. */
static laco_status run(const subject *s, int change, any_options *options)
{
    bool here = change >= 0 && !s->change[change].of_valid, there = change >= 0 && s->change[change].of_valid;
    char *data = write_file("data", s->ending, s->data, here ? s->change[change].from : NULL, here ? s->change[change].to : NULL);
    char *valid = s->valid ? write_file("valid", s->ending, s->valid, there ? s->change[change].from : NULL,
                                        there ? s->change[change].to : NULL)
                           : NULL;
    laco_model *model = NULL;
    laco_status status = s->train(data, valid, options, &model);
    laco_model_free(model);
    free(data);
    free(valid);
    return status;
}

static void set(const laco_option_table *table, any_options *options, const char *name, const char *text)
{
    if (laco_option_find(table, name, strlen(name)) && laco_option_set(ctx, table, options, name, text) < 0)
        fail_msg("%s: %s", table->task, laco_error(ctx));
}

static any_options small_options(const laco_option_table *table, const subject *s)
{
    static const char *const given[][2] = {{"hidden", "3"},     {"embed", "2"},    {"layers", "1"},          {"letters", "2"},
                                           {"epochs", "1"},     {"batch", "4"},    {"ensemble", "1"},        {"seq-len", "4"},
                                           {"window", "4"},     {"warmup", "0.1"}, {"encoder", "recurrent"}, {"lr", "0.01"},
                                           {"checkpoint", NULL}};
    any_options options;
    memset(&options, 0, sizeof options);
    for (size_t i = 0; i + 1 < sizeof given / sizeof *given; i++)
        if (strcmp(given[i][0], "window") != 0 || strcmp(table->task, "forecast") == 0)
            set(table, &options, given[i][0], given[i][1]);
    for (size_t i = 0; s && i < 3 && s->given[i][0]; i++)
        set(table, &options, s->given[i][0], s->given[i][1]);
    return options;
}

/* Another value than the one there, which all have: `options` has its defaults. False: there is none. */
static bool change_option(const laco_option *row, any_options *options)
{
    char *place = (char *)options + row->offset;
    int *choice = (int *)place;
    switch (row->type) {
    case LACO_OPTION_FLAG:
        *(bool *)place = !*(bool *)place;
        return true;
    case LACO_OPTION_SWITCH:
        if (*choice == (int)row->low)
            return false;
        *choice = (int)row->low;
        return true;
    case LACO_OPTION_CHOICE:
        *choice = *choice == 1 || strcmp(row->name, "wire") == 0 ? 2 : 1; /* whose first value is what 0 is */
        return true;
    case LACO_OPTION_INTEGER:
        if (strcmp(row->name, "max-length") == 0) /* that lets all examples in */
            *(int64_t *)place = 1000;
        else
            *(int64_t *)place = *(int64_t *)place > 0 ? *(int64_t *)place + 1 : (int64_t)row->low + 1;
        return true;
    case LACO_OPTION_REAL:
        *(double *)place = *(double *)place > 0 ? *(double *)place / 2 : row->high < 1 ? row->high / 2 : row->low + 0.5;
        return true;
    case LACO_OPTION_REALS:
        *(laco_reals *)place = (laco_reals){1, {0.25}};
        return true;
    case LACO_OPTION_SHARE:
        ((laco_share *)place)->fraction = 0.4;
        return true;
    case LACO_OPTION_TEXT:
        *(const char **)place = strcmp(row->name, "floor") == 0 ? "no" : "sales";
        return true;
    default:
        return false;
    }
}

/* Whether a name is among "a|b|c". */
static bool is_among(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; at && *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == length && strncmp(at, name, length) == 0)
            return true;
    return false;
}

/* The members that were changed in any subject of a task, by their places in the table. */
static struct {
    const laco_option_table *table;
    bool changed[128];
} walked[8];

static void note(const laco_option_table *table, const laco_option *row)
{
    size_t i = 0;
    while (walked[i].table && walked[i].table != table)
        i++;
    walked[i].table = table;
    walked[i].changed[row - table->rows] = true;
}

/* Every option that shapes a model was changed somewhere; of two switches of one member one will do. */
static void nothing_was_left_out(void)
{
    size_t tables = 0;
    for (; tables < 8 && walked[tables].table; tables++) {
        const laco_option_table *table = walked[tables].table;
        for (size_t r = 0; r < table->count; r++) {
            const laco_option *row = &table->rows[r];
            bool changed = !(row->flags & LACO_OPTION_SHAPES) || row->type == LACO_OPTION_INPUT; /* contents: see below */
            for (size_t other = 0; other < table->count; other++)
                changed = changed || (walked[tables].changed[other] && table->rows[other].offset == row->offset);
            if (!changed && !(strcmp(table->task, "forecast") == 0 && strcmp(row->name, "refit") == 0)) /* which can only be no */
                fail_msg("%s: no subject changes %s", table->task, row->name);
        }
    }
    assert_int_equal(tables, 7);
}

/* One option changed: a run that goes on from `checkpoint` is refused, or is not. */
static void try_option(const subject *s, const laco_option *row, any_options options, const char *checkpoint)
{
    options.train.resume = checkpoint;
    if (strcmp(row->name, "resume") == 0 || (s->only && !is_among(s->only, row->name)) || is_among(s->but, row->name) ||
        !change_option(row, &options))
        return;
    note(laco_task_options(s->task), row);
    laco_status status = run(s, -1, &options);
    bool shapes = row->flags & LACO_OPTION_SHAPES;
    if (status != (shapes ? LACO_INVALID : LACO_OK))
        fail_msg("%s with another %s: %s", s->task, row->name, status < 0 ? laco_error(ctx) : "was accepted");
    if (shapes && (!strstr(laco_error(ctx), "is a checkpoint of ") || strchr(laco_error(ctx), '\n')))
        fail_msg("%s with another %s is refused for something else: %s", s->task, row->name, laco_error(ctx));
}

static void what_shapes_a_training_is_of_its_checkpoint(void **state)
{
    (void)state;
    temporary_folder_make();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const subject *s = &subjects[i];
        const laco_option_table *table = laco_task_options(s->task);
        any_options options = small_options(table, s), again;
        char *checkpoint = strdup(temporary_path(s->task));
        options.train.checkpoint = checkpoint;
        if (run(s, -1, &options) < 0)
            fail_msg("%s: %s", s->task, laco_error(ctx));
        options.train.checkpoint = NULL;
        for (size_t r = 0; r < table->count; r++)
            try_option(s, &table->rows[r], options, checkpoint);
        for (int c = 0; c < MOST_CHANGES && s->change[c].from; c++) {
            again = options;
            again.train.resume = checkpoint;
            laco_status status = run(s, c, &again);
            if (status != LACO_INVALID || !strstr(laco_error(ctx), "other data"))
                fail_msg("%s with %s for %s: %s", s->task, s->change[c].to, s->change[c].from,
                         status < 0 ? laco_error(ctx) : "was accepted");
        }
        again = options;
        again.train.resume = checkpoint;
        if (run(s, -1, &again) < 0)
            fail_msg("%s as before: %s", s->task, laco_error(ctx));
        free(checkpoint);
    }
    nothing_was_left_out();
    temporary_folder_remove();
}

/* Vectors are known by what is in them, not by their path, however long that is. */
static void vectors_are_known_by_their_contents(void **state)
{
    (void)state;
    temporary_folder_make();
    const subject *s = subjects;
    while (strcmp(s->task, "tag") != 0)
        s++;
    any_options options = small_options(laco_task_options("tag"), NULL), other;
    char *one = write_file("one", "vec", "cat 1 2\ndog 2 1\n", NULL, NULL),
         *same = write_file("same", "vec", "cat 1 2\ndog 2 1\n", NULL, NULL),
         *another = write_file("another", "vec", "cat 1 2\ndog 2 2\n", NULL, NULL),
         *checkpoint = strdup(temporary_path("vectors"));
    options.tag.network.embed = 0;
    options.tag.vectors = one;
    options.train.checkpoint = checkpoint;
    assert_int_equal(run(s, -1, &options), LACO_OK);
    options.train.checkpoint = NULL;
    options.train.resume = checkpoint;
    other = options;
    other.tag.vectors = same;
    assert_int_equal(run(s, -1, &other), LACO_OK);
    other = options;
    other.tag.vectors = another;
    assert_int_equal(run(s, -1, &other), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "other data"));

    char far[1100] = ""; /* pushes no other option out of what a checkpoint is known by */
    snprintf(far, sizeof far, "%s/", temporary_folder);
    while (strlen(far) < 1000)
        strcat(far, "./");
    strcat(far, "same.vec");
    other = options;
    other.tag.vectors = far;
    assert_int_equal(run(s, -1, &other), LACO_OK);
    other = options;
    other.tag.vectors = far;
    other.train.optimiser.eps = 1e-6;
    assert_int_equal(run(s, -1, &other), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "eps"));
    free(one);
    free(same);
    free(another);
    free(checkpoint);
    temporary_folder_remove();
}

/* With the calendar among the inputs the same numbers on other days are other data. */
static void dates_are_data(void **state)
{
    (void)state;
    temporary_folder_make();
    const laco_option_table *table = laco_task_options("forecast");
    for (int calendar = 0; calendar < 2; calendar++) {
        any_options options = small_options(table, NULL);
        char *checkpoint = strdup(temporary_path("dates"));
        options.forecast.calendar = calendar == 1;
        options.train.checkpoint = checkpoint;
        for (int moved = 0; moved < 2; moved++) {
            char text[] = "day,sales\n" DAYS("1") DAYS("2"), *path, *at = text;
            while (moved == 1 && (at = strstr(at, "-01-")))
                *++at = '1'; /* ten months later, on other weekdays */
            path = write_file("dates", "csv", text, NULL, NULL);
            laco_series *data;
            laco_model *model = NULL;
            assert_int_equal(laco_series_load(ctx, path, NULL, &data), LACO_OK);
            laco_status status = laco_train_forecast(ctx, &options.forecast, data, NULL, &model);
            assert_int_equal(status, moved == 1 ? LACO_INVALID : LACO_OK);
            options.train.resume = checkpoint;
            laco_model_free(model);
            laco_series_free(data);
            free(path);
        }
        assert_non_null(strstr(laco_error(ctx), "other data"));
        free(checkpoint);
    }
    temporary_folder_remove();
}

static void fill(const char *task, any_options *options)
{
    if (strcmp(task, "classify") == 0)
        laco_classify_defaults(&options->classify, NULL);
    else if (strcmp(task, "tag") == 0)
        laco_tag_defaults(&options->tag, NULL);
    else if (strcmp(task, "forecast") == 0)
        laco_forecast_defaults(&options->forecast, NULL);
    else if (strcmp(task, "generate") == 0)
        laco_generate_defaults(&options->generate, 10000000);
    else if (strcmp(task, "caption") == 0)
        laco_caption_defaults(&options->caption, NULL);
    else if (strcmp(task, "transduce") == 0)
        laco_transduce_defaults(&options->transduce, NULL);
    else
        laco_transcribe_defaults(&options->transcribe, NULL);
}

/* A default that is stated as a number or a word is what is used, or is left (as 0) to what lies below. */
static void stated_defaults_are_used(void **state)
{
    static const char *const tasks[] = {"classify", "tag", "forecast", "generate", "caption", "transduce", "transcribe"};
    int compared = 0;
    (void)state;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const laco_option_table *table = laco_task_options(tasks[i]);
        any_options stated, used;
        memset(&used, 0, sizeof used);
        fill(tasks[i], &used);
        for (size_t r = 0; r < table->count; r++) {
            const laco_option *row = &table->rows[r];
            char *end = "";
            double number = row->normal ? strtod(row->normal, &end) : 0, is = laco_option_number(row, &used);
            bool word = row->type == LACO_OPTION_CHOICE && row->normal &&
                        laco_option_word(row->value, row->normal, strlen(row->normal)) > 0;
            if (is == 0 || (!word && (!row->normal || *end || (number == 0 && is == LACO_OFF))))
                continue;
            memset(&stated, 0, sizeof stated);
            assert_int_equal(laco_option_set(ctx, table, &stated, row->name, row->normal), LACO_OK);
            if (laco_option_number(row, &stated) != is)
                fail_msg("%s: --%s is %g by default, and is said to be %s", tasks[i], row->name, is, row->normal);
            compared++;
        }
    }
    assert_true(compared > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_shapes_a_training_is_of_its_checkpoint),
                                       TEST(vectors_are_known_by_their_contents), TEST(dates_are_data),
                                       TEST(stated_defaults_are_used)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
