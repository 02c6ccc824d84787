/* Models as files: the same answers after saving and loading, the same file after stopping and resuming at any batch, every
 * allocation made to fail once, files cut short at every byte of the header. */
#include "base/file.h"
#include "laco/laco.h"

#include "failing_allocator.h"
#include "temporary_folder.h"

#define EXAMPLES 60

static int make_folder(void **state)
{
    (void)state;
    temporary_folder_make();
    FILE *file = fopen(temporary_path("words.tsv"), "w");
    assert_non_null(file);
    for (int i = 0; i < EXAMPLES; i++)
        fprintf(file, "%s\t%.*s%c\n",
                i % 3 == 0   ? "nought"
                : i % 3 == 1 ? "one"
                             : "two",
                1 + i % 7, &"abcdefgh"[i % 2], "xyz"[i % 3]);
    fclose(file);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    temporary_folder_remove();
    return 0;
}

static laco_classify_options small_options(void)
{
    return (laco_classify_options){
        .train = {.epochs = 3, .batch = 8, .seed = 11},
        .network = {.cell = LACO_LSTM, .hidden = 6, .layers = 2, .embed = 3, .dropout = 0.2, .directions = 2},
        .valid.fraction = 0.2};
}

static laco_labelled *load_words(laco_context *ctx)
{
    laco_labelled *data = NULL;
    const char *path = temporary_path("words.tsv");
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &data), LACO_OK);
    return data;
}

static void assert_same_files(laco_context *ctx, const char *left, const char *right)
{
    char *a, *b;
    size_t a_size, b_size;
    assert_int_equal(laco_file_read(ctx, left, &a, &a_size), LACO_OK);
    assert_int_equal(laco_file_read(ctx, right, &b, &b_size), LACO_OK);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    laco_release(ctx, a);
    laco_release(ctx, b);
}

static void test_saved_and_loaded_is_the_same(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_model *model = NULL, *loaded = NULL;
    laco_label before[3], after[3];
    char name[512], again[512];
    snprintf(name, sizeof name, "%s", temporary_path("m.safetensors"));
    snprintf(again, sizeof again, "%s", temporary_path("m2.safetensors"));
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_labelled *data = load_words(ctx);
    laco_classify_options options = small_options();
    assert_int_equal(laco_train_classify(ctx, &options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_save(model, name), LACO_OK);
    assert_int_equal(laco_model_load(ctx, name, &loaded), LACO_OK);
    static const char *const texts[] = {"abcx", "", "never seen ✓", "hhhhz"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(laco_model_classify(model, texts[i], 3, before), LACO_OK);
        assert_int_equal(laco_model_classify(loaded, texts[i], 3, after), LACO_OK);
        for (int k = 0; k < 3; k++) {
            assert_string_equal(before[k].name, after[k].name);
            assert_true(before[k].log_probability == after[k].log_probability);
        }
    }
    assert_int_equal(laco_model_save(loaded, again), LACO_OK);
    assert_same_files(ctx, name, again);
    laco_model_free(model);
    laco_model_free(loaded);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

/* ---- Resume ≡ never stopped ---- */

typedef struct stopper {
    int64_t after, told;
} stopper;

static bool stop_after(void *user, const laco_progress *progress)
{
    stopper *s = user;
    (void)progress;
    return ++s->told < s->after;
}

static void train_to(laco_context *ctx, const laco_labelled *data, const laco_classify_options *options, const char *path)
{
    laco_model *model = NULL;
    assert_int_equal(laco_train_classify(ctx, options, data, NULL, &model), LACO_OK);
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    laco_model_free(model);
}

static void test_resumed_is_never_stopped(void **state)
{
    (void)state;
    laco_context *ctx;
    char whole[512], part[512], checkpoint[512];
    snprintf(whole, sizeof whole, "%s", temporary_path("whole"));
    snprintf(part, sizeof part, "%s", temporary_path("part"));
    snprintf(checkpoint, sizeof checkpoint, "%s", temporary_path("checkpoint"));
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_labelled *data = load_words(ctx);
    laco_classify_options options = small_options();
    train_to(ctx, data, &options, whole);
    for (int64_t after = 1; after < 22; after += 3) {
        stopper stop = {.after = after};
        laco_classify_options first = options, second = options;
        first.train.checkpoint = checkpoint;
        first.train.progress = stop_after;
        first.train.progress_user = &stop;
        train_to(ctx, data, &first, part);
        second.train.resume = checkpoint;
        train_to(ctx, data, &second, part);
        assert_same_files(ctx, whole, part);
    }
    laco_labelled_free(data);
    laco_context_free(ctx);
}

/* ---- Failures ---- */

static laco_status use_everything(laco_context *ctx, void *unused)
{
    (void)unused;
    laco_labelled *data = NULL;
    laco_model *model = NULL, *loaded = NULL;
    laco_classify_score score = {0};
    laco_label answer;
    const char *words = temporary_path("words.tsv"), *path = temporary_path("f.safetensors");
    laco_classify_options options = small_options();
    options.train.epochs = 1;
    options.train.checkpoint = path;
    laco_status status = laco_labelled_load(ctx, &words, 1, NULL, &data);
    if (status == LACO_OK)
        status = laco_train_classify(ctx, &options, data, NULL, &model);
    if (status == LACO_OK)
        status = laco_model_score(model, data, &score);
    if (status == LACO_OK)
        status = laco_model_save(model, path);
    if (status == LACO_OK)
        status = laco_model_load(ctx, path, &loaded);
    if (status == LACO_OK)
        status = laco_model_classify(loaded, "abcx", 1, &answer);
    laco_classify_score_free(&score);
    laco_model_free(loaded);
    laco_model_free(model);
    laco_labelled_free(data);
    return status;
}

static void test_every_allocation_fails_once(void **state)
{
    (void)state;
    size_t points = fail_each_allocation(use_everything, NULL);
    print_message("%zu allocations were made to fail\n", points);
    assert_true(points > 100);
}

/* A file cut anywhere, and a header with any one byte changed, is refused or read, and never crashes. */
static void test_damaged_files(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_model *model = NULL;
    char *bytes, name[512], damaged[512];
    size_t size;
    snprintf(name, sizeof name, "%s", temporary_path("d.safetensors"));
    snprintf(damaged, sizeof damaged, "%s", temporary_path("damaged.safetensors"));
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_labelled *data = load_words(ctx);
    laco_classify_options options = small_options();
    train_to(ctx, data, &options, name);
    assert_int_equal(laco_file_read(ctx, name, &bytes, &size), LACO_OK);
    size_t header = 8 + ((unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8);
    assert_true(header < size);
    for (size_t i = 0; i < header; i++) {
        static const char changes[] = {1, 2, 16};
        FILE *file = fopen(damaged, "wb");
        bytes[i] = (char)(bytes[i] ^ changes[i % 3]);
        fwrite(bytes, 1, i % 5 == 0 ? i : size, file);
        bytes[i] = (char)(bytes[i] ^ changes[i % 3]);
        fclose(file);
        laco_status status = laco_model_load(ctx, damaged, &model);
        assert_true(status == LACO_OK || status == LACO_FORMAT);
        if (status == LACO_OK)
            laco_model_free(model);
        else
            assert_non_null(strstr(laco_error(ctx), "damaged.safetensors"));
    }
    laco_release(ctx, bytes);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_loaded_is_the_same),
        cmocka_unit_test(test_resumed_is_never_stopped),
        cmocka_unit_test(test_every_allocation_fails_once),
        cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
