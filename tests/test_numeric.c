/* Sequences of numbers on the inside: readers, batches, pooling and its gradient, windows, a classifier that learns, failing
 * memory. */
#include "data/batch.h"
#include "classify/labelled.h"
#include "labelled/numbers.h"
#include "failing_allocator.h"
#include "laco/laco.h"
#include "model/mlp.h"
#include "model/model.h"
#include "tape/tape.h"
#include "temporary_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static laco_context *new_context(void)
{
    laco_context *ctx;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &ctx), LACO_OK);
    return ctx;
}

/* Reads a file from memory in the form that its content has. */
static laco_status read_as(laco_context *ctx, const laco_labelled_config *config, const char *bytes, laco_labelled **out)
{
    laco_labelled *data;
    size_t size = strlen(bytes);
    LACO_TRY(laco_labelled_begin(ctx, config, &data));
    laco_labelled_form form = laco_numbers_form(data, LACO_FORM_TABLE, "x", bytes, size);
    laco_status status = laco_labelled_read_bytes(data, form, "x", NULL, bytes, size);
    if (status == LACO_OK)
        status = laco_labelled_end(data);
    if (status == LACO_OK)
        *out = data;
    else
        laco_labelled_free(data);
    return status;
}

static const char table[] = "1,2,3,4,b\n5,6,7,-8e-1,a\n";
static const char ts[] = "#c\n@problemName x\n@equalLength false\n@classLabel true a b\n@data\n1,2,3:4,5,6:a\n7:8:b\n";

static void test_table(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_labelled *data;
    int64_t steps;
    assert_int_equal(read_as(ctx, &(laco_labelled_config){.features = 2}, table, &data), LACO_OK);
    assert_int_equal(laco_labelled_count(data), 2);
    assert_int_equal(laco_labelled_features(data), 2);
    assert_int_equal(laco_labelled_label(data, 0), 1);
    const laco_real *values = laco_labelled_values(data, 1, &steps);
    assert_int_equal(steps, 2);
    assert_float_equal(values[3], -0.8, 1e-6);
    size_t length = 1;
    assert_null(laco_labelled_text(data, 0, &length));
    laco_labelled_free(data);
    assert_int_equal(read_as(ctx, &(laco_labelled_config){.steps = 1}, table, &data), LACO_OK);
    assert_int_equal(laco_labelled_features(data), 4);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

static void test_ts_and_batches(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_labelled *data;
    int64_t steps;
    laco_sequences sequences;
    laco_batches *batches;
    assert_int_equal(read_as(ctx, NULL, ts, &data), LACO_OK);
    const laco_real *values = laco_labelled_values(data, 0, &steps);
    assert_int_equal(steps, 3);
    assert_float_equal(values[1], 4, 0); /* the second dimension of the first step */
    laco_sequences_init(&sequences, ctx);
    for (size_t i = 0; i < 2; i++) {
        values = laco_labelled_values(data, i, &steps);
        assert_int_equal(laco_sequences_view(&sequences, values, (size_t)steps, 2), LACO_OK);
    }
    assert_int_equal(laco_batches_new(ctx, &sequences, NULL, NULL, 0, NULL, &batches), LACO_OK);
    const laco_batch *batch = laco_batches_get(batches, 0);
    const laco_real wanted[] = {1, 4, 7, 8, 2, 5, 0, 0, 3, 6, 0, 0};
    assert_int_equal(batch->steps, 3);
    assert_null(batch->ids);
    for (int i = 0; i < 12; i++)
        assert_float_equal(batch->x[i], wanted[i], 0);
    laco_batches_free(batches);
    laco_sequences_free(&sequences);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

/* Bytes that are no IDX file, whoever reads them as one. */
static void test_not_idx(void **unused)
{
    (void)unused;
    static const struct {
        const char *bytes;
        size_t size;
    } wrong[] = {{"", 0},
                 {"\0\0\x08", 3},
                 {"\0\1\x08\1\0\0\0\0", 8},
                 {"\0\0\x08\0", 4},
                 {"\0\0\x08\5\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\1", 25}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        laco_context *ctx;
        laco_labelled *data;
        laco_labelled_config config = {0};
        char *exact = malloc(wrong[i].size ? wrong[i].size : 1); /* for sanitizers: not a byte more */
        memcpy(exact, wrong[i].bytes, wrong[i].size);
        assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
        assert_int_equal(laco_labelled_begin(ctx, &config, &data), LACO_OK);
        assert_int_equal(laco_labelled_read_bytes(data, LACO_FORM_IDX, "x", NULL, exact, wrong[i].size), LACO_FORMAT);
        assert_string_equal(laco_error(ctx), "x: is not an IDX file of 1 to 4 dimensions");
        laco_labelled_free(data);
        laco_context_free(ctx);
        free(exact);
    }
}

static void test_pool(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_tape *tape;
    const laco_real x[] = {1, 5, 9, 9, 3, 5, 9, 9, 8, 8, 9, 9}; /* [T=3][B=2][F=2] */
    const int32_t lengths[] = {2, 0};
    const int64_t shape[] = {3, 2, 2};
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    for (int largest = 0; largest < 2; largest++) {
        laco_tape_reset(tape);
        laco_var leaf = laco_leaf(tape, x, 3, shape);
        laco_var y = laco_pool_steps(tape, leaf, lengths, largest ? LACO_MAX_STEPS : LACO_MEAN_STEPS);
        const laco_real mean[] = {2, 5, 0, 0}, most[] = {3, 5, 0, 0};
        for (int i = 0; i < 4; i++)
            assert_float_equal(laco_var_data(y)[i], largest ? most[i] : mean[i], 1e-6);
        assert_int_equal(laco_backward(tape, laco_sum(tape, y)), LACO_OK);
        const laco_real half[] = {.5f, .5f, 0, 0, .5f, .5f, 0, 0, 0, 0, 0, 0}, one[] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
        for (int i = 0; i < 12; i++)
            assert_float_equal(laco_var_grad(leaf)[i], largest ? one[i] : half[i], 1e-6);
    }
    laco_tape_reset(tape);
    assert_null(laco_pool_steps(tape, laco_leaf(tape, x, 3, shape), (const int32_t[]){4, 0}, LACO_MAX_STEPS));
    assert_int_equal(laco_tape_status(tape), LACO_INVALID);
    laco_tape_free(tape);
    laco_context_free(ctx);
}

static void test_windows(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_tape *tape;
    const laco_real x[] = {1, 10, 2, 20, 3, 30}; /* [3][2][1] */
    const int32_t lengths[] = {3, 2};
    const int64_t shape[] = {3, 2, 1};
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_var y = laco_window(tape, laco_leaf(tape, x, 3, shape), lengths, 3);
    const laco_real wanted[] = {0, 1, 2, 0, 10, 20, 1, 2, 3, 10, 20, 0, 2, 3, 0, 20, 0, 0};
    for (int i = 0; i < 18; i++)
        assert_float_equal(laco_var_data(y)[i], wanted[i], 0);
    y = laco_side_by_side(tape, laco_leaf(tape, x, 3, shape), lengths, 4);
    const laco_real rows[] = {1, 2, 3, 0, 10, 20, 0, 0};
    for (int i = 0; i < 8; i++)
        assert_float_equal(laco_var_data(y)[i], rows[i], 0);
    laco_tape_free(tape);
    laco_context_free(ctx);
}

/* Windows of what was before: a sequence in pieces is the whole one, bit for bit, and gradients come back to the steps. */
static void test_windows_behind(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_tape *tape;
    const laco_real x[] = {1, 10, 2, 20, 3, 30}, none[] = {0, 0, 0, 0}; /* [3][2][1] */
    const laco_real wanted[] = {0, 0, 1, 0, 0, 10, 0, 1, 2, 0, 10, 20, 1, 2, 3, 10, 20, 30}, uses[] = {3, 3, 2, 2, 1, 1};
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_var leaf = laco_leaf(tape, x, 3, (int64_t[]){3, 2, 1}), y = laco_window_behind(tape, leaf, NULL, 3);
    assert_memory_equal(laco_var_data(y), wanted, sizeof wanted);
    assert_int_equal(laco_backward(tape, laco_sum(tape, y)), LACO_OK);
    assert_memory_equal(laco_var_grad(leaf), uses, sizeof uses);
    for (int cut = 1; cut < 3; cut++) {
        laco_var before = laco_input(tape, none, 3, (int64_t[]){2, 2, 1});
        y = laco_window_behind(tape, laco_input(tape, x, 3, (int64_t[]){cut, 2, 1}), &before, 3);
        assert_memory_equal(laco_var_data(y), wanted, (size_t)cut * 6 * sizeof *wanted);
        y = laco_window_behind(tape, laco_input(tape, x + 2 * cut, 3, (int64_t[]){3 - cut, 2, 1}), &before, 3);
        assert_memory_equal(laco_var_data(y), wanted + 6 * cut, (size_t)(3 - cut) * 6 * sizeof *wanted);
        assert_memory_equal(laco_var_data(before), x + 2, 4 * sizeof *x);
    }
    assert_ptr_equal(laco_window_behind(tape, leaf, NULL, 1), leaf);
    laco_tape_free(tape);
    laco_context_free(ctx);
}

/* Rising and falling lines of different lengths. */
static const char *lines(char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "@problemName x\n@classLabel true down up\n@data\n");
    for (int i = 0; i < 40; i++) {
        int n = 4 + i % 3;
        for (int t = 0; t < n; t++)
            used += (size_t)snprintf(text + used, room - used, "%s%d", t ? "," : "", i % 2 ? 100 + t : 100 + n - t);
        used += (size_t)snprintf(text + used, room - used, ":%s\n", i % 2 ? "up" : "down");
    }
    return text;
}

static const laco_classify_options small = {.train = {.epochs = 25, .batch = 8, .optimiser.lr = 0.02},
                                            .network = {.hidden = 6, .layers = 1}};

static void test_learns(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    char text[4096];
    laco_labelled *data;
    laco_model *model;
    laco_label answers[2];
    const laco_real rising[] = {100, 101, 102, 103}, falling[] = {104, 103, 102};
    assert_int_equal(read_as(ctx, NULL, lines(text, sizeof text), &data), LACO_OK);
    assert_int_equal(laco_train_classify(ctx, &small, data, NULL, &model), LACO_OK);
    const laco_real *const values[] = {rising, falling};
    assert_int_equal(laco_model_classify_numbers(model, 2, values, (const int64_t[]){4, 3}, 1, answers), LACO_OK);
    assert_string_equal(answers[0].name, "up");
    assert_string_equal(answers[1].name, "down");
    laco_data_config config;
    int labels;
    assert_int_equal(laco_model_data_config(model, "classify", &config), LACO_OK);
    assert_int_equal(config.labelled.kind, LACO_LABELLED_NUMBERS);
    assert_int_equal(config.labelled.features, 1);
    assert_int_equal(config.labelled.label_count, 2);
    assert_string_equal(laco_model_label_names(model, &labels)[1], config.labelled.labels[1]);
    assert_int_equal(labels, 2);
    assert_null(config.labelled.labels[2]);
    assert_int_equal(laco_model_classify(model, "text", 1, answers), LACO_INVALID);
    const laco_real wrong[] = {NAN};
    assert_int_equal(laco_model_classify_numbers(model, 1, (const laco_real *const[]){wrong}, (const int64_t[]){1}, 1, answers),
                     LACO_INVALID);
    laco_model_free(model);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

/* Which of four places holds the one: sequences of one length are read with the number of each step. */
static void test_positions(void **unused)
{
    (void)unused;
    laco_context *ctx = new_context();
    laco_labelled *data;
    laco_classify_score score;
    for (int positions = -1; positions <= 0; positions++) {
        laco_classify_options options = small;
        laco_model *model, *loaded;
        options.positions = positions > 0 ? LACO_ALWAYS : positions < 0 ? LACO_NEVER : LACO_AUTO;
        options.train.epochs = 200;
        options.valid.fraction = -1;
        assert_int_equal(read_as(ctx, &(laco_labelled_config){.steps = 4}, "1,0,0,0,a\n0,1,0,0,b\n0,0,1,0,c\n0,0,0,1,d\n", &data),
                         LACO_OK);
        assert_int_equal(laco_train_classify(ctx, &options, data, NULL, &model), LACO_OK);
        const laco_param *places = laco_module_find(model->module, "position.weight");
        assert_true(positions < 0 ? !places : places && places->shape[0] == 4);
        assert_int_equal(laco_model_save(model, temporary_path("m")), LACO_OK);
        assert_int_equal(laco_model_load(ctx, temporary_path("m"), &loaded), LACO_OK);
        assert_int_equal(laco_model_score(loaded, data, &score), LACO_OK);
        assert_true(score.accuracy == 1);
        laco_classify_score_free(&score);
        laco_model_free(loaded);
        laco_model_free(model);
        laco_labelled_free(data);
    }
    laco_context_free(ctx);
}

static laco_status load_and_free(laco_context *ctx, void *file)
{
    laco_labelled *data = NULL;
    laco_status status = read_as(ctx, &(laco_labelled_config){.kind = LACO_LABELLED_NUMBERS}, file, &data);
    laco_labelled_free(data);
    return status;
}

/* A whole life: training, a file, answers. */
static laco_status train_and_ask(laco_context *ctx, void *file)
{
    laco_labelled *data = NULL;
    laco_model *model = NULL;
    laco_label answer;
    laco_classify_options options = small;
    options.train.epochs = 1;
    laco_status status = read_as(ctx, NULL, file, &data);
    if (status == LACO_OK)
        status = laco_train_classify(ctx, &options, data, NULL, &model);
    if (status == LACO_OK)
        status = laco_model_classify_numbers(model, 1, (const laco_real *const[]){(laco_real[]){1, 2}}, (const int64_t[]){2}, 1,
                                             &answer);
    laco_model_free(model);
    laco_labelled_free(data);
    return status;
}

static void test_failing_memory(void **unused)
{
    (void)unused;
    char text[4096];
    assert_true(fail_each_allocation(load_and_free, (void *)(uintptr_t)table) > 5);
    assert_true(fail_each_allocation(load_and_free, (void *)(uintptr_t)ts) > 5);
    lines(text, sizeof text);
    assert_true(fail_each_allocation(train_and_ask, text) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_ts_and_batches), cmocka_unit_test(test_pool),
        cmocka_unit_test(test_not_idx),   cmocka_unit_test(test_windows),        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_positions), cmocka_unit_test(test_failing_memory), cmocka_unit_test(test_windows_behind),
    };
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
