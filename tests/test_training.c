/* What every training shares: fingerprints, counters of checkpoints, going on for longer, stopping within a step of L-BFGS,
 * memory that fails for JSON, locales with a decimal comma. */
#include "model/model.h"
#include "temporary_folder.h"
#include "train/fingerprint.h"
#include "train/record.h"
#include "train/state.h"

#include "laco/laco.h"

#include <locale.h>
#include <math.h>

static laco_context *ctx;
static laco_labelled *words;
static laco_series *sales;
static char checkpoint[512];

static int begin(void **state)
{
    static const char *const columns[] = {"sales"};
    (void)state;
    temporary_folder_make();
    snprintf(checkpoint, sizeof checkpoint, "%s", temporary_path("checkpoint"));
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    const char *path = temporary_path("words.tsv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 60; i++)
        fprintf(file, "%s\t%.*s%c\n",
                i % 3 == 0   ? "nought"
                : i % 3 == 1 ? "one"
                             : "two",
                1 + i % 7, &"abcdefgh"[i % 2], "xyz"[i % 3]);
    fclose(file);
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &words), LACO_OK);
    path = temporary_path("sales.csv");
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "month,sales\n");
    for (int i = 0; i < 96; i++)
        fprintf(file, "%d-%02d,%d\n", 2001 + i / 12, i % 12 + 1, 100 + i % 12 * 5 + i * i * 7919 % 31);
    fclose(file);
    assert_int_equal(laco_series_load(ctx, path, &(laco_series_config){.columns = columns, .column_count = 1}, &sales), LACO_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_labelled_free(words);
    laco_series_free(sales);
    laco_context_free(ctx);
    temporary_folder_remove();
    return 0;
}

static void assert_says(const char *part)
{
    if (!strstr(laco_error(ctx), part))
        fail_msg("\"%s\" does not say \"%s\"", laco_error(ctx), part);
}

static laco_classify_options classify_options(int64_t epochs, laco_schedule_kind schedule)
{
    return (laco_classify_options){.train = {.epochs = epochs, .batch = 8, .seed = 11, .refit = LACO_NEVER, .schedule = schedule},
                                   .network = {.cell = LACO_GRU, .hidden = 4, .layers = 1, .embed = 3},
                                   .valid.fraction = 0.2};
}

static laco_forecast_options lbfgs_options(int64_t epochs)
{
    laco_optimiser_config lbfgs = {.kind = LACO_LBFGS, .lbfgs = {.max_iter = 4, .line_search = LACO_NO_LINE_SEARCH}};
    return (laco_forecast_options){.train = {.epochs = epochs, .seed = 7, .patience = LACO_OFF, .optimiser = lbfgs},
                                   .network = {.cell = LACO_LSTM, .hidden = 4, .layers = 1},
                                   .base = LACO_BASE_NONE};
}

/* The model's file, in memory. */
typedef struct bytes {
    char *text;
    size_t size;
} bytes;

static bytes bytes_of(laco_model *model)
{
    bytes made;
    laco_tensor_writer *writer;
    assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
    assert_int_equal(laco_model_write(model, writer), LACO_OK);
    assert_int_equal(laco_tensor_writer_serialise(writer, &made.text, &made.size), LACO_OK);
    laco_tensor_writer_free(writer);
    laco_model_free(model);
    return made;
}

static bytes classified(const laco_classify_options *options)
{
    laco_model *model = NULL;
    if (laco_train_classify(ctx, options, words, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return bytes_of(model);
}

static bytes forecast(const laco_forecast_options *options)
{
    laco_model *model = NULL;
    if (laco_train_forecast(ctx, options, sales, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return bytes_of(model);
}

static bool equal(bytes a, bytes b)
{
    bool same = a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
    laco_release(ctx, a.text);
    laco_release(ctx, b.text);
    return same;
}

/* ---- Fingerprints ---- */

static void test_fingerprint_grows(void **state)
{
    (void)state;
    char path[3000];
    laco_fingerprint a = {.ctx = ctx}, b = {.ctx = ctx};
    memset(path, 'v', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    laco_fingerprint *both[] = {&a, &b};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(laco_fingerprint_add(both[i], "task %s vectors %s", "tag", path), LACO_OK);
        assert_int_equal(laco_fingerprint_add(both[i], "hidden %d", i == 0 ? 3 : 4), LACO_OK);
    }
    assert_int_equal(a.used, strlen(a.text));
    assert_int_equal(laco_fingerprint_compare(ctx, "f", a.text, a.text), LACO_OK);
    assert_int_equal(laco_fingerprint_compare(ctx, "f", a.text, b.text), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "f: is a checkpoint of another training: hidden was 4 there and is 3 now");
    laco_fingerprint_free(&a);
    laco_fingerprint_free(&b);
}

static void test_fingerprint_says_what_differs(void **state)
{
    (void)state;
    static const struct {
        const char *here, *there, *says;
    } cases[] = {
        {"task a lr 1", "task b lr 2", "task was b there and is a now"},
        {"data 1 lr 1", "data 2 lr 2", "on other data"},
        {"lr 1", "lr 1 precision bf16", "'precision' is said only there"},
        {"lr 1 precision bf16", "lr 1", "'precision' is said only now"},
        {"lr 1 epochs 9", "lr 1 epochs 5", "--from MODEL"},
        {"lr 1 epochs 9", "lr 1 epochs 5", "of a training of 5 epochs, now 9 are asked for"},
        {"lr", "lr 1", "lr was 1 there"},
        {"", "lr 1", "'lr' is said only there"},
        {"lr 1 wire bf16 zeal 2", "lr 1 zeal 2", "'wire' is said only now"},
        {"lr 1 zeal 2", "lr 1 wire bf16 zeal 2", "'wire' is said only there"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(laco_fingerprint_compare(ctx, "f", cases[i].here, cases[i].there), LACO_INVALID);
        assert_says(cases[i].says);
    }
}

/* ---- Counters ---- */

/* The checkpoint at `path`, with another value for a counter, goes to `to`. */
static void rewrite(const char *path, const char *key, json_t *value, const char *to)
{
    laco_tensor_file *file;
    laco_tensor_writer *writer;
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, i);
        if (strcmp(entry->key, "laco.checkpoint") != 0) {
            assert_int_equal(laco_tensor_writer_metadata(writer, entry->key, entry->value), LACO_OK);
            continue;
        }
        json_t *object = json_loads(entry->value, 0, NULL);
        assert_non_null(json_object_get(object, key));
        assert_int_equal(json_object_set_new(object, key, value), 0);
        assert_int_equal(laco_meta_write(ctx, writer, entry->key, object), LACO_OK);
    }
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *t = laco_tensor_file_at(file, i);
        void *own = laco_alloc(ctx, t->count + 1, laco_dtype_size(t->dtype));
        assert_int_equal(laco_tensor_file_bytes(file, t, 0, t->count, own), LACO_OK);
        assert_int_equal(laco_tensor_writer_give(writer, t->name, t->dtype, t->ndim, t->shape, own), LACO_OK);
    }
    assert_int_equal(laco_tensor_writer_save(writer, to), LACO_OK);
    laco_tensor_writer_free(writer);
    laco_tensor_file_free(file);
}

static void test_counters_are_bounded(void **state)
{
    (void)state;
    static const char *const counts[] = {"epoch",          "batch",        "step",           "bad_epochs", "examples",
                                         "schedule_epoch", "schedule_bad", "best_epoch",     "refit_from", "refit_epochs",
                                         "refit_asked",    "metrics",      "optimiser_steps"};
    static const char *const reals[] = {"best_rank", "best_tie",    "loss_sum", "schedule_lr", "schedule_best",
                                        "seconds",   "refit_began", "value_0",  "lr"};
    static const char *const wrong[] = {"nan", "", "0x1,8p+1", "1.5 apples"};
    laco_classify_options options = classify_options(2, LACO_PLATEAU_LR);
    laco_model *model = NULL;
    char hostile[512];
    snprintf(hostile, sizeof hostile, "%s", temporary_path("hostile"));
    options.train.checkpoint = checkpoint;
    laco_release(ctx, classified(&options).text);
    options.train.checkpoint = NULL;
    options.train.resume = hostile;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        rewrite(checkpoint, counts[i], json_integer(INT64_MAX), hostile);
        assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_FORMAT);
        assert_says(counts[i]);
        rewrite(checkpoint, counts[i], json_integer(-1), hostile);
        assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_FORMAT);
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            rewrite(checkpoint, reals[i], json_string(wrong[k]), hostile);
            assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_FORMAT);
            assert_says(reals[i]);
        }
    rewrite(checkpoint, "has_best", json_integer(1), hostile);
    assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_FORMAT);
    rewrite(checkpoint, "version", json_integer(1), hostile);
    assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_FORMAT);
    assert_says("version 1; this laco goes on from version 3");
    assert_null(model);
}

/* The largest of counts can be gone on from: nothing overflows (UBSan would say so). */
static void test_largest_counters(void **state)
{
    (void)state;
    static const char *const counts[] = {"step",         "bad_epochs", "examples",    "schedule_epoch",
                                         "schedule_bad", "best_epoch", "refit_asked", "optimiser_steps"};
    laco_classify_options options = classify_options(2, LACO_PLATEAU_LR);
    char to[512];
    snprintf(to, sizeof to, "%s", temporary_path("large"));
    options.train.checkpoint = checkpoint;
    laco_release(ctx, classified(&options).text);
    options.train.checkpoint = NULL;
    options.train.epochs = 4;
    options.train.resume = to;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        rewrite(checkpoint, counts[i], json_integer(LACO_RECORD_MOST), to);
        laco_release(ctx, classified(&options).text);
    }
}

/* ---- Going on for longer ---- */

static void test_longer_where_nothing_ends(void **state)
{
    (void)state;
    for (int plateau = 0; plateau < 2; plateau++) {
        laco_classify_options short_run = classify_options(3, plateau ? LACO_PLATEAU_LR : LACO_CONSTANT), whole = short_run;
        whole.train.epochs = 7;
        short_run.train.checkpoint = checkpoint;
        laco_release(ctx, classified(&short_run).text);
        laco_classify_options longer = whole;
        longer.train.resume = checkpoint;
        assert_true(equal(classified(&longer), classified(&whole)));
    }
    laco_forecast_options short_run = lbfgs_options(2), whole = lbfgs_options(4), longer = whole;
    short_run.train.checkpoint = longer.train.resume = checkpoint;
    laco_release(ctx, forecast(&short_run).text);
    assert_true(equal(forecast(&longer), forecast(&whole)));
}

static void assert_refused(laco_classify_options options, int64_t epochs, const char *part)
{
    laco_model *none = NULL;
    options.train.checkpoint = checkpoint;
    laco_release(ctx, classified(&options).text);
    options.train.checkpoint = NULL;
    options.train.resume = checkpoint;
    options.train.epochs = epochs;
    assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &none), LACO_INVALID);
    assert_null(none);
    assert_says(part);
}

static void test_longer_where_something_ends(void **state)
{
    (void)state;
    laco_classify_options warm = classify_options(2, LACO_CONSTANT), timed = warm;
    assert_refused(classify_options(2, LACO_COSINE_LR), 4, "--from MODEL");
    assert_refused(classify_options(2, LACO_STEP_LR), 4, "--from MODEL");
    warm.train.warmup = 0.1;
    assert_refused(warm, 4, "--from MODEL");
    timed.train.minutes = 100;
    assert_refused(timed, 4, "--from MODEL");
    assert_refused(classify_options(3, LACO_CONSTANT), 2, "has 3 epochs behind it, and 2 are asked for");
}

/* Fewer are the end of it, as long as not more are done. */
static bool stop_in_third(void *user, const laco_progress *progress)
{
    (void)user;
    return progress->epoch < 3;
}

static void test_shorter(void **state)
{
    (void)state;
    laco_classify_options first = classify_options(9, LACO_CONSTANT), shorter = classify_options(2, LACO_CONSTANT),
                          whole = shorter;
    first.train.checkpoint = checkpoint;
    first.train.progress = stop_in_third;
    laco_release(ctx, classified(&first).text);
    shorter.train.resume = checkpoint;
    assert_true(equal(classified(&shorter), classified(&whole)));
}

/* ---- L-BFGS, stopped anywhere ---- */

typedef struct stopper {
    int64_t after, told;
} stopper;

static bool stop_after(void *user, const laco_progress *progress)
{
    stopper *s = user;
    (void)progress;
    return ++s->told < s->after;
}

static void test_lbfgs_stopped_within_a_step(void **state)
{
    (void)state;
    laco_forecast_options whole = lbfgs_options(4);
    stopper count = {.after = INT64_MAX};
    whole.train.progress = stop_after;
    whole.train.progress_user = &count;
    laco_release(ctx, forecast(&whole).text);
    assert_true(count.told > 12);
    whole.train.progress = NULL;
    for (int64_t after = 1; after <= count.told; after++) {
        stopper stop = {.after = after};
        laco_forecast_options first = whole, second = whole;
        first.train.checkpoint = checkpoint;
        first.train.progress = stop_after;
        first.train.progress_user = &stop;
        laco_release(ctx, forecast(&first).text);
        second.train.resume = checkpoint;
        if (after % 2 == 0) { /* stopped and gone on from a second time, which begins with what is remembered of the first */
            stopper again = {.after = 2};
            laco_forecast_options middle = second;
            middle.train.checkpoint = checkpoint;
            middle.train.progress = stop_after;
            middle.train.progress_user = &again;
            laco_release(ctx, forecast(&middle).text);
        }
        assert_true(equal(forecast(&second), forecast(&whole)));
    }
}

/* The mean of the weights is kept by first-order optimisers alone. */
static void test_lbfgs_without_a_mean(void **state)
{
    (void)state;
    laco_forecast_options plain = lbfgs_options(2), averaged = plain;
    averaged.train.ema_decay = 0.9;
    assert_true(equal(forecast(&plain), forecast(&averaged)));
}

/* ---- What is written about a training ---- */

static void test_precision_is_recorded(void **state)
{
    (void)state;
    for (int lbfgs = 0; lbfgs < 2; lbfgs++)
        for (int bf16 = 0; bf16 < 2; bf16++) {
            laco_forecast_options options = lbfgs_options(1);
            laco_model *model = NULL;
            options.train.optimiser.kind = lbfgs ? LACO_LBFGS : LACO_OPTIMISER_DEFAULT;
            options.train.precision = bf16 ? LACO_TRAIN_BF16 : LACO_TRAIN_FP32;
            assert_int_equal(laco_train_forecast(ctx, &options, sales, NULL, &model), LACO_OK);
            assert_int_equal(strstr(model->training, "\"precision\":\"bf16\"") != NULL, bf16);
            assert_non_null(strstr(model->training, "\"epochs\":1,\"seed\":7"));
            laco_model_free(model);
        }
    laco_forecast_options options = lbfgs_options(1);
    laco_model *none = NULL;
    options.train.precision = (laco_train_precision)3;
    assert_int_equal(laco_train_forecast(ctx, &options, sales, NULL, &none), LACO_INVALID);
    assert_says("precision is '3'; it can be fp32|bf16");
}

/* ---- Memory that Jansson does not get ---- */

static int64_t json_left = INT64_MAX; /* allocations until one fails */
static bool json_failed;

static void *json_alloc(size_t size)
{
    if (json_left-- == 0) {
        json_failed = true;
        return NULL;
    }
    return malloc(size);
}

static json_t *counters_of(const char *path)
{
    laco_tensor_file *file;
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    json_t *object = json_loads(laco_tensor_file_metadata(file, "laco.checkpoint"), 0, NULL);
    assert_non_null(object);
    json_object_del(object, "seconds"); /* which differ */
    laco_tensor_file_free(file);
    return object;
}

/* Each allocation of Jansson's fails once: the training fails too, or what it has written is whole. */
static void test_json_without_memory(void **state)
{
    (void)state;
    laco_classify_options options = classify_options(1, LACO_PLATEAU_LR);
    laco_model *model = NULL;
    options.train.checkpoint = checkpoint;
    assert_int_equal(laco_train_classify(ctx, &options, words, NULL, &model), LACO_OK);
    json_t *counters = counters_of(checkpoint);
    char training[4096];
    snprintf(training, sizeof training, "%s", model->training);
    laco_model_free(model);
    json_set_alloc_funcs(json_alloc, free);
    int64_t point = 0, refused = 0;
    for (json_failed = true; json_failed; point++) {
        model = NULL;
        json_left = point;
        json_failed = false;
        laco_status status = laco_train_classify(ctx, &options, words, NULL, &model);
        json_left = INT64_MAX;
        refused += status != LACO_OK;
        if (status != LACO_OK && status != LACO_NO_MEMORY)
            fail_msg("%d: %s", (int)status, laco_error(ctx));
        if (status == LACO_OK) {
            json_t *now = counters_of(checkpoint);
            assert_true(json_equal(now, counters));
            json_decref(now);
            assert_string_equal(model->training, training);
            laco_model_free(model);
        }
    }
    json_set_alloc_funcs(malloc, free);
    json_decref(counters);
    assert_true(refused > 60 && point < 100000);
}

/* ---- Locales ---- */

/* A locale with a decimal comma, made here, for none may be installed. */
static bool comma_begin(void)
{
    char command[1200];
    const char *source = temporary_path("comma.src"), *made = temporary_path("comma");
    FILE *file = fopen(source, "w");
    assert_non_null(file);
    fprintf(file, "comment_char %%\nescape_char /\nLC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep \"\"\ngrouping -1\nEND "
                  "LC_NUMERIC\n");
    fclose(file);
    snprintf(command, sizeof command, "localedef -c --no-archive -i %s %s > /dev/null 2>&1", source, made);
    if (system(command) != 0) /* it warns of what is missing: what counts is whether the locale works */
        unlink(source);
    setenv("LOCPATH", temporary_folder, 1);
    return setlocale(LC_NUMERIC, "comma") != NULL;
}

static void comma_end(void)
{
    setlocale(LC_NUMERIC, "C");
    unsetenv("LOCPATH");
}

/* A checkpoint of one locale is gone on from in another. */
static void test_decimal_comma(void **state)
{
    (void)state;
    if (!comma_begin())
        skip(); /* no localedef */
    comma_end();
    laco_classify_options whole = classify_options(4, LACO_PLATEAU_LR);
    whole.train.warmup = 0.3;
    for (int comma_first = 0; comma_first < 2; comma_first++) {
        stopper stop = {.after = 5};
        laco_classify_options first = whole, second = whole;
        first.train.checkpoint = checkpoint;
        first.train.progress = stop_after;
        first.train.progress_user = &stop;
        second.train.resume = checkpoint;
        if (comma_first)
            assert_true(comma_begin());
        laco_release(ctx, classified(&first).text);
        comma_end();
        if (!comma_first)
            assert_true(comma_begin());
        bytes resumed = classified(&second);
        comma_end();
        assert_true(equal(resumed, classified(&whole)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint_grows),
        cmocka_unit_test(test_fingerprint_says_what_differs),
        cmocka_unit_test(test_counters_are_bounded),
        cmocka_unit_test(test_largest_counters),
        cmocka_unit_test(test_longer_where_nothing_ends),
        cmocka_unit_test(test_longer_where_something_ends),
        cmocka_unit_test(test_shorter),
        cmocka_unit_test(test_lbfgs_stopped_within_a_step),
        cmocka_unit_test(test_lbfgs_without_a_mean),
        cmocka_unit_test(test_precision_is_recorded),
        cmocka_unit_test(test_json_without_memory),
        cmocka_unit_test(test_decimal_comma),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
