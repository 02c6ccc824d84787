/* Models with weights of fewer bits: what is rounded is saved and read back to the bit, every allocation fails once, files that
 * lie are refused; and training in bf16 ends where training in fp32 does. */
#include "base/file.h"
#include "base/tensor_file.h"
#include "kernel/lowprec.h"
#include "laco/laco.h"

#include "failing_allocator.h"
#include "temporary_folder.h"

#include <math.h>

#define EXAMPLES 90

static char plain[512], wide[512]; /* models; of the second, matrices are larger than what is read at a time */

static laco_labelled *load_words(laco_context *ctx)
{
    laco_labelled *data = NULL;
    const char *path = temporary_path("words.tsv");
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &data), LACO_OK);
    return data;
}

static laco_model *train(laco_context *ctx, laco_train_precision precision, int64_t epochs, int64_t hidden)
{
    laco_classify_options options = {
        .train = {.epochs = epochs, .batch = 8, .seed = 11, .precision = precision},
        .network = {.cell = LACO_LSTM, .hidden = hidden, .layers = 2, .embed = 7, .directions = 2, .dropout = 0.1},
        .valid.fraction = 0.2};
    laco_model *model = NULL;
    laco_labelled *data = load_words(ctx);
    if (laco_train_classify(ctx, &options, data, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    laco_labelled_free(data);
    return model;
}

static int prepare(void **state)
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
    snprintf(plain, sizeof plain, "%s", temporary_path("plain.safetensors"));
    snprintf(wide, sizeof wide, "%s", temporary_path("wide.safetensors"));
    laco_context *ctx;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    for (int i = 0; i < 2; i++) {
        laco_model *model = train(ctx, LACO_TRAIN_FP32, 2 - i, i == 0 ? 24 : 160);
        assert_int_equal(laco_model_save(model, i == 0 ? plain : wide), LACO_OK);
        laco_model_free(model);
    }
    laco_context_free(ctx);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    temporary_folder_remove();
    return 0;
}

static void ask(laco_model *model, laco_label answers[9])
{
    static const char *const texts[] = {"abcx", "", "hhhhz"};
    assert_int_equal(laco_model_classify_many(model, 3, texts, NULL, 3, answers, NULL), LACO_OK);
}

static void assert_same_params(laco_model *a, laco_model *b)
{
    laco_module *left = laco_model_module(a), *right = laco_model_module(b);
    for (size_t i = 0; i < laco_module_param_count(left); i++) {
        const laco_param *x = laco_module_param(left, i), *y = laco_module_param(right, i);
        assert_memory_equal(x->value, y->value, (size_t)x->count * sizeof *x->value);
    }
}

/* Rounded, saved, loaded: the same weights and answers; and what was not a matrix is as before. */
static void check_saved_and_loaded(const char *path)
{
    for (laco_precision weights = LACO_BF16; weights <= LACO_INT8; weights++) {
        laco_context *ctx;
        laco_model *model, *loaded, *before;
        laco_convert_loss loss;
        laco_label here[9], there[9];
        char name[512];
        snprintf(name, sizeof name, "%s", temporary_path("rounded.safetensors"));
        assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
        assert_int_equal(laco_model_load(ctx, path, &model), LACO_OK);
        assert_int_equal(laco_model_load(ctx, path, &before), LACO_OK);
        assert_int_equal(laco_module_precision(laco_model_module(model)), LACO_FP32);
        assert_int_equal(laco_model_convert(model, weights, &loss), LACO_OK);
        assert_true(loss.largest > 0 && loss.largest <= (weights == LACO_BF16 ? 1.0 / 512 * 2 : 0.51 / 127));
        assert_true(loss.mean > 0 && loss.mean < 0.01);
        assert_int_equal(laco_model_save(model, name), LACO_OK);
        assert_int_equal(laco_model_load(ctx, name, &loaded), LACO_OK);
        assert_int_equal(laco_module_precision(laco_model_module(loaded)), weights);
        assert_int_equal(laco_module_precision(laco_model_module(loaded)), weights);
        assert_same_params(model, loaded);
        ask(model, here);
        ask(loaded, there);
        for (int i = 0; i < 9; i++) {
            assert_string_equal(here[i].name, there[i].name);
            assert_true(here[i].log_probability == there[i].log_probability);
        }
        laco_module *was = laco_model_module(before), *is = laco_model_module(model);
        for (size_t i = 0; i < laco_module_param_count(was); i++) {
            const laco_param *x = laco_module_param(was, i), *y = laco_module_param(is, i);
            assert_int_equal(x->matrix, x->ndim == 2);
            assert_int_equal(memcmp(x->value, y->value, (size_t)x->count * sizeof *x->value) != 0, x->matrix);
        }
        laco_model_free(model);
        laco_model_free(loaded);
        laco_model_free(before);
        laco_context_free(ctx);
    }
}

static void test_saved_and_loaded(void **state)
{
    (void)state;
    check_saved_and_loaded(plain);
    check_saved_and_loaded(wide);
}

/* In bf16, what the products round is what was rounded already: fp32 with the rounded weights differs by the rounding of the
 * other factor alone. */
static void test_near_fp32(void **state)
{
    (void)state;
    static const double allowed[] = {0, 0.02, 0.05};
    laco_context *ctx;
    laco_model *model;
    laco_label exact[9], rounded[9];
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    for (laco_precision weights = LACO_BF16; weights <= LACO_INT8; weights++) {
        assert_int_equal(laco_model_load(ctx, plain, &model), LACO_OK);
        ask(model, exact);
        assert_int_equal(laco_model_convert(model, weights, NULL), LACO_OK);
        ask(model, rounded);
        for (int i = 0; i < 3; i++) /* the best answer of each text */
            assert_true(fabs(exact[3 * i].log_probability - rounded[3 * i].log_probability) <= allowed[weights]);
        laco_model_free(model);
    }
    laco_context_free(ctx);
}

static void test_refuses_what_is_not_finite(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_model *model;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_model_load(ctx, plain, &model), LACO_OK);
    laco_module_find(laco_model_module(model), "linear.weight")->value[3] = (laco_real)NAN;
    assert_int_equal(laco_model_convert(model, LACO_INT8, NULL), LACO_NUMERIC);
    assert_non_null(strstr(laco_error(ctx), "linear.weight"));
    assert_int_equal(laco_module_precision(laco_model_module(model)), LACO_FP32);
    laco_model *before;
    char name[512];
    snprintf(name, sizeof name, "%s", temporary_path("kept.safetensors"));
    assert_int_equal(laco_model_load(ctx, plain, &before), LACO_OK);
    assert_int_equal(laco_model_save(before, name), LACO_OK);
    assert_int_equal(laco_model_save(model, name), LACO_NUMERIC);
    assert_non_null(strstr(laco_error(ctx), "element 3 of 'linear.weight' is NaN"));
    laco_model_free(model);
    assert_int_equal(laco_model_load(ctx, name, &model), LACO_OK); /* what was there before */
    assert_same_params(before, model);
    laco_model_free(before);
    laco_model_free(model);
    laco_context_free(ctx);
}

/* The largest rows that are rounded keep their numbers through a file; beyond them rounding is refused, and nothing has changed.
 */
static void test_very_large_weights(void **state)
{
    (void)state;
    for (laco_precision weights = LACO_BF16; weights <= LACO_INT8; weights++) {
        laco_context *ctx;
        laco_model *model, *loaded;
        char name[512];
        snprintf(name, sizeof name, "%s", temporary_path("large.safetensors"));
        assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
        assert_int_equal(laco_model_load(ctx, plain, &model), LACO_OK);
        laco_param *weight = laco_module_find(laco_model_module(model), "linear.weight");
        weight->value[0] = (laco_real)1.01e38;
        laco_real second = weight->value[1];
        assert_int_equal(laco_model_convert(model, weights, NULL), LACO_NUMERIC);
        assert_non_null(strstr(laco_error(ctx), "element 0 of 'linear.weight' is 1.01e+38; weights up to 1e+38 can be rounded"));
        assert_int_equal(laco_module_precision(laco_model_module(model)), LACO_FP32);
        assert_true(weight->value[1] == second);
        weight->value[0] = (laco_real)-9.9e37;
        assert_int_equal(laco_model_convert(model, weights, NULL), LACO_OK);
        assert_true(fabs(weight->value[0] / -9.9e37 - 1) < 1.0 / 256);
        assert_int_equal(laco_model_save(model, name), LACO_OK);
        assert_int_equal(laco_model_load(ctx, name, &loaded), LACO_OK);
        assert_same_params(model, loaded);
        laco_model_free(loaded);
        laco_model_free(model);
        laco_context_free(ctx);
    }
}

/* ---- Files that lie ---- */

/* The int8 file again, with one tensor replaced or left out (shape NULL). */
static void write_lying(laco_context *ctx, const char *name, const char *tensor, laco_dtype dtype, int ndim, const int64_t *shape,
                        const void *data)
{
    laco_tensor_file *file;
    laco_tensor_writer *writer;
    const bool last_first = *(const unsigned char *)&(const uint16_t){1} == 0;
    assert_int_equal(laco_tensor_file_open(ctx, temporary_path("int8.safetensors"), &file), LACO_OK);
    assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, i);
        assert_int_equal(laco_tensor_writer_metadata(writer, entry->key, entry->value), LACO_OK);
    }
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        size_t size = laco_dtype_size(entry->dtype);
        unsigned char *copy = laco_alloc(ctx, entry->count + 1, size);
        assert_int_equal(laco_tensor_file_bytes(file, entry, 0, entry->count, copy), LACO_OK);
        for (size_t b = 0; last_first && b < entry->count * size; b++) { /* in this machine's order of bytes */
            size_t other = b / size * size + size - 1 - b % size;
            unsigned char byte = copy[b];
            if (b < other) {
                copy[b] = copy[other];
                copy[other] = byte;
            }
        }
        if (strcmp(entry->name, tensor) != 0)
            assert_int_equal(laco_tensor_writer_give(writer, entry->name, entry->dtype, entry->ndim, entry->shape, copy),
                             LACO_OK);
        else
            laco_release(ctx, copy);
    }
    if (shape)
        assert_int_equal(laco_tensor_writer_add(writer, tensor, dtype, ndim, shape, data), LACO_OK);
    assert_int_equal(laco_tensor_writer_save(writer, name), LACO_OK);
    laco_tensor_writer_free(writer);
    laco_tensor_file_free(file);
}

static void expect_refusal(laco_context *ctx, const char *says)
{
    laco_model *model = NULL;
    assert_int_equal(laco_model_load(ctx, temporary_path("lie.safetensors"), &model), LACO_FORMAT);
    if (!strstr(laco_error(ctx), says))
        fail_msg("'%s' does not say '%s'", laco_error(ctx), says);
    assert_null(model);
}

static void test_files_that_lie(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_model *model;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_model_load(ctx, plain, &model), LACO_OK);
    assert_int_equal(laco_model_convert(model, LACO_INT8, NULL), LACO_OK);
    assert_int_equal(laco_model_save(model, temporary_path("int8.safetensors")), LACO_OK);
    const laco_param *weight = laco_module_find(laco_model_module(model), "rnn.bias_hh_l0");
    int64_t rows = weight->shape[0], fewer = rows - 1, shape[2] = {rows, 24}, turned[2] = {24, rows};
    float *scales = calloc((size_t)rows, sizeof *scales);
    int8_t *whole = calloc((size_t)rows * 24, 1);
    char lie[512];
    snprintf(lie, sizeof lie, "%s", temporary_path("lie.safetensors"));
    write_lying(ctx, lie, "rnn.weight_hh_l0.scale", LACO_DTYPE_F32, 1, NULL, NULL);
    expect_refusal(ctx, "rnn.weight_hh_l0.scale");
    write_lying(ctx, lie, "rnn.weight_hh_l0.scale", LACO_DTYPE_F32, 1, &fewer, scales);
    expect_refusal(ctx, "rnn.weight_hh_l0.scale");
    static const float bad[] = {-1, INFINITY, NAN, 3e38f};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scales[rows - 1] = bad[i];
        write_lying(ctx, lie, "rnn.weight_hh_l0.scale", LACO_DTYPE_F32, 1, &rows, scales);
        expect_refusal(ctx, "a scale is a finite number");
    }
    scales[rows - 1] = 0; /* all zero: rows of zeros, which is allowed */
    write_lying(ctx, lie, "rnn.weight_hh_l0.scale", LACO_DTYPE_F32, 1, &rows, scales);
    laco_model *zeros;
    assert_int_equal(laco_model_load(ctx, lie, &zeros), LACO_OK);
    laco_model_free(zeros);
    write_lying(ctx, lie, "rnn.weight_hh_l0_reverse", LACO_DTYPE_I8, 2, turned, whole);
    expect_refusal(ctx, "rnn.weight_hh_l0_reverse");
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        scales[5] = odd[i];
        write_lying(ctx, lie, "rnn.bias_hh_l0", LACO_DTYPE_F32, 1, &rows, scales);
        expect_refusal(ctx, i == 0 ? "element 5 of tensor 'rnn.bias_hh_l0' is NaN"
                                   : "element 5 of tensor 'rnn.bias_hh_l0' is infinite");
    }
    write_lying(ctx, lie, "rnn.bias_hh_l0", LACO_DTYPE_I8, 1, &rows, whole); /* not a matrix */
    expect_refusal(ctx, "rnn.bias_hh_l0");
    memset(whole, -128, (size_t)rows * 24); /* a number that laço never writes; it is a number all the same */
    write_lying(ctx, lie, "rnn.weight_hh_l0", LACO_DTYPE_I8, 2, shape, whole);
    assert_int_equal(laco_model_load(ctx, lie, &zeros), LACO_OK);
    laco_model_free(zeros);
    free(scales);
    free(whole);
    laco_model_free(model);
    laco_context_free(ctx);
}

static laco_status round_save_load(laco_context *ctx, void *data)
{
    laco_precision weights = *(const laco_precision *)data;
    laco_model *model, *loaded = NULL;
    laco_label answers[3];
    LACO_TRY(laco_model_load(ctx, plain, &model));
    laco_status status = laco_model_convert(model, weights, NULL);
    if (status == LACO_OK)
        status = laco_model_save(model, temporary_path("failing.safetensors"));
    if (status == LACO_OK)
        status = laco_model_load(ctx, temporary_path("failing.safetensors"), &loaded);
    if (status == LACO_OK)
        status = laco_model_classify(loaded, "abx", 3, answers);
    laco_model_free(loaded);
    laco_model_free(model);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    for (laco_precision weights = LACO_BF16; weights <= LACO_INT8; weights++)
        assert_true(fail_each_allocation(round_save_load, &weights) > 100);
}

/* ---- Training ---- */

static double loss_on_words(laco_context *ctx, laco_model *model)
{
    laco_classify_score score;
    laco_labelled *data = load_words(ctx);
    assert_int_equal(laco_model_score(model, data, &score), LACO_OK);
    double loss = score.loss;
    laco_classify_score_free(&score);
    laco_labelled_free(data);
    return loss;
}

/* The weights of a model trained in bf16 are fp32, and its loss, in fp32, is that of a training in fp32 within a twentieth. */
static void test_training_in_bf16(void **state)
{
    (void)state;
    laco_context *ctx;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_model *exact = train(ctx, LACO_TRAIN_FP32, 12, 24), *short_factors = train(ctx, LACO_TRAIN_BF16, 12, 24);
    assert_int_equal(laco_module_precision(laco_model_module(short_factors)), LACO_FP32);
    assert_int_equal(laco_module_precision(laco_model_module(short_factors)), LACO_FP32);
    double a = loss_on_words(ctx, exact), b = loss_on_words(ctx, short_factors);
    assert_true(a < 0.9); /* log 3 is 1.1 */
    assert_true(fabs(a - b) <= 0.05 * a);
    laco_param *weight = laco_module_find(laco_model_module(short_factors), "rnn.weight_hh_l0");
    int64_t full = 0;
    for (int64_t i = 0; i < weight->count; i++)
        full += (laco_real)laco_from_bf16(laco_to_bf16((float)weight->value[i])) != weight->value[i];
    assert_true(full > weight->count / 2);
    laco_model_free(exact);
    laco_model_free(short_factors);
    laco_context_free(ctx);
}

static void test_no_training_in_int8(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_model *model = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_classify_options options = {.train = {.epochs = 1, .precision = (laco_train_precision)LACO_INT8 + 1}};
    laco_labelled *data = load_words(ctx);
    assert_int_equal(laco_train_classify(ctx, &options, data, NULL, &model), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "precision is"));
    assert_null(model);
    laco_labelled_free(data);
    laco_context_free(ctx);
}

/* What a call kept for its way back points into packed weights, which another precision makes anew. */
static void test_no_way_back_into_another_precision(void **state)
{
    (void)state;
    laco_context *ctx;
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape, *other;
    const laco_rnn_config config = {.cell = LACO_LSTM, .input_size = 40, .hidden_size = 48};
    static const laco_real x[3 * 8 * 40], ones[3 * 8 * 48];
    const int64_t shape[3] = {3, 8, 40};
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 1, &module), LACO_OK);
    assert_int_equal(laco_rnn_new(module, "rnn", &config, &rnn), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &other), LACO_OK);
    laco_var y = laco_rnn_apply(tape, rnn, laco_input(tape, x, 3, shape), NULL, NULL);
    assert_int_equal(laco_var_add_grad(y, ones), LACO_OK);
    laco_module_set_precision(module, LACO_BF16);
    assert_non_null(laco_rnn_apply(other, rnn, laco_input(other, x, 3, shape), NULL, NULL));
    laco_module_set_precision(module, LACO_FP32);
    assert_int_equal(laco_backward(tape, NULL), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "precision"));
    laco_tape_free(other);
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_loaded),
        cmocka_unit_test(test_near_fp32),
        cmocka_unit_test(test_refuses_what_is_not_finite),
        cmocka_unit_test(test_files_that_lie),
        cmocka_unit_test(test_very_large_weights),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_training_in_bf16),
        cmocka_unit_test(test_no_training_in_int8),
        cmocka_unit_test(test_no_way_back_into_another_precision),
    };
    return cmocka_run_group_tests(tests, prepare, remove_folder);
}
