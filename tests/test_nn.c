/* Operations and layers beyond parity and gradients: initial values, masks, sharing, threads. Errors: test_nn_errors.c. */
#include "laco/laco.h"
#include "op/dropout.h"
#include "tape/tape.h"
#include "nn/embedding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static laco_context *ctx;
static laco_module *module;
static laco_tape *tape;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_module_new(ctx, 7, &module), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.seed = 3}, &tape), LACO_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_tape_free(tape);
    laco_module_free(module);
    laco_context_free(ctx);
    return 0;
}

/* Values that differ and have no pattern a sum could hide. */
static laco_var numbers(laco_tape *on, int ndim, const int64_t *shape, uint64_t stream)
{
    int64_t count = 1;
    for (int i = 0; i < ndim; i++)
        count *= shape[i];
    laco_real *data = malloc((size_t)(count + 1) * sizeof *data);
    laco_rng rng = {.seed = 11, .stream = stream};
    for (int64_t i = 0; i < count; i++)
        data[i] = (laco_real)laco_rng_normal(&rng);
    laco_var x = laco_leaf(on, data, ndim, shape);
    free(data);
    assert_non_null(x);
    return x;
}

/* ---- Layers ---- */

static void linear_starts_as_torch_does(void **state)
{
    (void)state;
    laco_linear *linear, *tied;
    assert_int_equal(laco_linear_new(module, "fc", 400, 300, false, &linear), LACO_OK);
    assert_int_equal(laco_linear_tied(module, "tied", laco_module_find(module, "fc.weight"), false, &tied), LACO_OK);
    assert_int_equal(laco_module_param_count(module), 3);
    static const char *const names[] = {"fc.weight", "fc.bias", "tied.bias"};
    for (int i = 0; i < 3; i++) {
        laco_param *param = laco_module_find(module, names[i]);
        double squares = 0, largest = 0;
        assert_non_null(param);
        for (int64_t j = 0; j < param->count; j++) {
            squares += (double)param->value[j] * (double)param->value[j];
            largest = fmax(largest, fabs((double)param->value[j]));
        }
        assert_true(largest <= 1 / 20.0 && largest > 0.98 / 20.0); /* uniform in ±1/√400: variance 1/1200 */
        assert_true(fabs(squares / (double)param->count * 1200 - 1) < 0.25);
    }
    laco_param *weight = laco_module_find(module, "fc.weight");
    assert_int_equal(weight->shape[0], 300);
    assert_int_equal(weight->shape[1], 400);
}

/* Forward and backward see the weights as they are since the last laco_param_changed. */
static void linear_packs_again_when_weights_change(void **state)
{
    (void)state;
    laco_linear *linear;
    assert_int_equal(laco_linear_new(module, "fc", 2, 1, false, &linear), LACO_OK);
    laco_param *weight = laco_module_find(module, "fc.weight"), *bias = laco_module_find(module, "fc.bias");
    for (int round = 1; round < 4; round++) {
        weight->value[0] = (laco_real)round;
        weight->value[1] = (laco_real)(10 * round);
        bias->value[0] = (laco_real)0.5;
        laco_param_changed(weight);
        laco_tape_reset(tape);
        laco_var x = laco_leaf(tape, (laco_real[]){1, 2}, 1, (int64_t[]){2}), y = laco_linear_apply(tape, linear, x);
        assert_int_equal(laco_var_ndim(y), 1);
        assert_true(laco_var_data(y)[0] == (laco_real)(21 * round + 0.5));
        assert_int_equal(laco_backward(tape, y), LACO_OK);
        assert_true(laco_var_grad(x)[0] == round && laco_var_grad(x)[1] == 10 * round);
    }
}

static void embedding_rows(void **state)
{
    (void)state;
    laco_embedding *table;
    assert_int_equal(laco_embedding_new(module, "words", 1000, 3, 2, &table), LACO_OK);
    laco_param *weight = laco_embedding_weight(table);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < weight->count; i++) {
        sum += (double)weight->value[i];
        squares += (double)weight->value[i] * (double)weight->value[i];
    }
    assert_true(fabs(sum / 3000) < 0.1 && fabs(squares / 3000 - 1) < 0.15); /* normal(0, 1) */
    for (int e = 0; e < 3; e++)
        assert_true(weight->value[2 * 3 + e] == 0);
    int32_t ids[] = {5, 2, 999, 5}, kept[] = {5, 2, 999, 5};
    laco_var rows = laco_embedding_apply(tape, table, ids, 2, 2), flat = laco_embedding_apply(tape, table, ids, 0, 4);
    assert_int_equal(laco_var_ndim(rows), 3);
    assert_int_equal(laco_var_dim(rows, 2), 3);
    assert_int_equal(laco_var_ndim(flat), 2);
    ids[0] = -1; /* copied: no harm */
    for (int i = 0; i < 4; i++)
        assert_memory_equal(laco_var_data(rows) + 3 * i, weight->value + 3 * kept[i], 3 * sizeof(laco_real));
    assert_memory_equal(laco_var_data(rows), laco_var_data(flat), 12 * sizeof(laco_real));
    assert_int_equal(laco_backward(tape, laco_sum(tape, laco_add(tape, laco_reshape(tape, rows, 2, (int64_t[]){4, 3}), flat))),
                     LACO_OK);
    assert_true(weight->grad[5 * 3] == 4 && weight->grad[2 * 3] == 0 && weight->grad[999 * 3 + 2] == 2);
}

/* ---- Dropout ---- */

/* Many blocks at once are the blocks one by one, for every count and where indices pass a power of two. */
static void blocks_together_are_blocks_alone(void **state)
{
    (void)state;
    const uint64_t seed = 0x0123456789abcdef, stream = 0xfedcba9876543210, from[] = {0, 5, UINT32_MAX - 9, UINT64_MAX - 12};
    uint32_t together[4 * 31], alone[4];
    for (size_t f = 0; f < 4; f++)
        for (size_t count = 0; count < 30; count++) {
            memset(together, 0xee, sizeof together);
            laco_random_blocks(seed, stream, from[f], count, together);
            for (size_t i = 0; i < count; i++) {
                laco_random_block(seed, stream, from[f] + i, alone);
                assert_memory_equal(together + 4 * i, alone, sizeof alone);
            }
            assert_true(together[4 * count] == 0xeeeeeeee);
        }
}

static void mask_is_a_function_of_the_place(void **state)
{
    (void)state;
    laco_real whole[64], part[64];
    laco_dropout_mask(9, 4, 0, 64, 0.3, whole);
    for (int64_t e = 0; e < 64; e++) {
        uint32_t words[4];
        laco_random_block(9, 4, (uint64_t)e / 4, words);
        assert_true(whole[e] == (words[e % 4] < 0.3 * 0x1p32 ? 0 : (laco_real)(1 / 0.7)));
    }
    for (int64_t first = 0; first < 9; first++) {
        laco_dropout_mask(9, 4, first, 64 - first - 3, 0.3, part);
        assert_memory_equal(part, whole + first, (size_t)(61 - first) * sizeof *part);
    }
    laco_dropout_mask(9, 5, 0, 64, 0.3, part);
    assert_memory_not_equal(part, whole, sizeof part);
    laco_dropout_mask(10, 4, 0, 64, 0.3, part);
    assert_memory_not_equal(part, whole, sizeof part);
}

static const laco_real *dropped(laco_tape *on, laco_var x, double p, uint64_t step)
{
    laco_tape_set_step(on, step);
    laco_var y = laco_dropout(on, x, p, true);
    assert_non_null(y);
    return laco_var_data(y);
}

static void dropout_masks(void **state)
{
    (void)state;
    enum { N = 40000 };
    static laco_real ones[N];
    for (int i = 0; i < N; i++)
        ones[i] = 1;
    laco_var x = laco_leaf(tape, ones, 1, (int64_t[]){N});
    const laco_real *y = dropped(tape, x, 0.2, 1), *again = dropped(tape, x, 0.2, 1), *next = dropped(tape, x, 0.2, 2);
    int zeros = 0, both = 0;
    for (int i = 0; i < N; i++) {
        assert_true(y[i] == 0 || y[i] == (laco_real)(1 / 0.8));
        zeros += y[i] == 0;
        both += y[i] == 0 && next[i] == 0;
    }
    assert_true(abs(zeros - N / 5) < 6 * 80); /* six standard deviations: √(N·0.2·0.8) = 80 */
    assert_true(abs(both - N / 25) < 6 * 40);
    assert_memory_equal(y, again, sizeof ones);
    laco_var other = laco_dropout(tape, x, 0.2, true); /* the second of step 2 */
    assert_memory_not_equal(laco_var_data(other), next, sizeof ones);
    const laco_real *none = dropped(tape, x, 1, 3);
    for (int i = 0; i < N; i++)
        assert_true(none[i] == 0);
    assert_ptr_equal(laco_dropout(tape, x, 0.5, false), x);
    assert_ptr_equal(laco_dropout(tape, x, 0, true), x);
}

/* One mask for every slice of the first dimension; between layers, one for every step. */
static void variational_masks(void **state)
{
    (void)state;
    enum { STEPS = 5, SLICE = 600 };
    static laco_real ones[STEPS * SLICE];
    for (int i = 0; i < STEPS * SLICE; i++)
        ones[i] = 1;
    laco_var x = laco_leaf(tape, ones, 3, (int64_t[]){STEPS, 3, SLICE / 3});
    const laco_real *y = laco_var_data(laco_variational_dropout(tape, x, 0.4, true));
    int zeros = 0;
    for (int i = 0; i < SLICE; i++)
        zeros += y[i] == 0;
    assert_true(abs(zeros - 240) < 6 * 12);
    for (int t = 1; t < STEPS; t++)
        assert_memory_equal(y, y + t * SLICE, SLICE * sizeof *y);
    assert_ptr_equal(laco_variational_dropout(tape, x, 0.4, false), x);
}

/* Weight drop: zeros in W_hh for a call in training, drawn anew for each; none in evaluation. */
static void weight_drop(void **state)
{
    (void)state;
    laco_rnn *whole, *dropping;
    laco_rnn_config config = {.cell = LACO_LSTM, .input_size = 3, .hidden_size = 8};
    assert_int_equal(laco_rnn_new(module, "whole", &config, &whole), LACO_OK);
    config.weight_drop = 0.5;
    assert_int_equal(laco_rnn_new(module, "dropping", &config, &dropping), LACO_OK);
    for (size_t i = 0; i < 4; i++)
        memcpy(laco_module_param(module, i + 4)->value, laco_module_param(module, i)->value,
               (size_t)laco_module_param(module, i)->count * sizeof(laco_real));
    for (size_t i = 4; i < 8; i++)
        laco_param_changed(laco_module_param(module, i));
    laco_var x = numbers(tape, 3, (int64_t[]){6, 2, 3}, 5);
    size_t size = (size_t)(6 * 2 * 8) * sizeof(laco_real), step = (size_t)(2 * 8) * sizeof(laco_real);
    const laco_real *plain = laco_var_data(laco_rnn_apply(tape, whole, x, NULL, NULL));
    const laco_real *once = laco_var_data(laco_rnn_apply(tape, dropping, x, NULL, NULL));
    const laco_real *twice = laco_var_data(laco_rnn_apply(tape, dropping, x, NULL, NULL));
    assert_memory_equal(plain, once, step); /* no W_hh is at work in the first step */
    assert_memory_not_equal(plain, once, size);
    assert_memory_not_equal(once, twice, size);
    laco_module_set_training(module, false);
    assert_memory_equal(plain, laco_var_data(laco_rnn_apply(tape, dropping, x, NULL, NULL)), size);
    config.weight_drop = 1;
    assert_int_equal(laco_rnn_new(module, "all", &config, &dropping), LACO_INVALID);
}

/* ---- Sharing, and what is not computed ---- */

static void views_share_their_elements(void **state)
{
    (void)state;
    laco_var x = numbers(tape, 3, (int64_t[]){2, 3, 4}, 1), flat = laco_reshape(tape, x, 1, (int64_t[]){24});
    laco_var second = laco_select(tape, x, 1);
    assert_ptr_equal(laco_var_data(flat), laco_var_data(x));
    assert_ptr_equal(laco_var_data(second), laco_var_data(x) + 12);
    assert_int_equal(laco_backward(tape, laco_sum(tape, second)), LACO_OK);
    for (int i = 0; i < 24; i++)
        assert_true(laco_var_grad(x)[i] == (i >= 12));
    assert_null(laco_var_grad(flat)); /* nothing arrived there */
}

static void constants_get_no_gradient(void **state)
{
    (void)state;
    laco_real data[6] = {1, 2, 3, 4, 5, 6};
    int64_t shape[] = {2, 3};
    laco_var constant = laco_input(tape, data, 2, shape), x = laco_leaf(tape, data, 2, shape);
    laco_var list[] = {constant, x};
    laco_var product = laco_multiply(tape, constant, x), sum = laco_add(tape, constant, x), both = laco_concat(tape, list, 2);
    laco_var quiet = laco_tanh(tape, laco_multiply(tape, constant, constant));
    laco_var error = laco_mse_loss(tape, laco_columns(tape, both, 0, 3), product, LACO_SUM);
    laco_var loss = laco_add(tape, error, laco_sum(tape, laco_add(tape, sum, quiet)));
    assert_int_equal(laco_backward(tape, loss), LACO_OK);
    assert_null(laco_var_grad(constant));
    assert_null(laco_var_grad(quiet));
    assert_non_null(laco_var_grad(x));
}

static void inference_records_nothing(void **state)
{
    (void)state;
    laco_tape *plain;
    laco_linear *linear;
    int32_t targets[] = {1, 0};
    assert_int_equal(laco_linear_new(module, "fc", 3, 2, false, &linear), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &plain), LACO_OK);
    laco_real losses[2];
    laco_tape *tapes[] = {tape, plain};
    for (int i = 0; i < 2; i++) {
        laco_var x = numbers(tapes[i], 2, (int64_t[]){2, 3}, 5);
        laco_var loss =
            laco_cross_entropy_loss(tapes[i], laco_linear_apply(tapes[i], linear, laco_tanh(tapes[i], x)), targets, NULL);
        losses[i] = laco_var_data(loss)[0];
    }
    assert_true(losses[0] == losses[1]);
    assert_null(plain->last);
    assert_non_null(tape->last);
    laco_tape_free(plain);
}

/* ---- Losses at their edges ---- */

static laco_real class_loss(const laco_real *x, int64_t rows, const int32_t *targets, const laco_loss_config *config,
                            laco_real *grad)
{
    laco_tape_reset(tape);
    laco_var input = laco_leaf(tape, x, 2, (int64_t[]){rows, 3}), loss = laco_cross_entropy_loss(tape, input, targets, config);
    assert_non_null(loss);
    laco_real value = laco_var_data(loss)[0];
    assert_int_equal(laco_backward(tape, loss), LACO_OK);
    if (rows > 0)
        memcpy(grad, laco_var_grad(input), (size_t)rows * 3 * sizeof *grad);
    return value;
}

static void nothing_that_counts_costs_nothing(void **state)
{
    (void)state;
    laco_real x[6] = {1, 2, 3, -1, 0, 5}, grad[6], no_weight[3] = {0, 1, 1};
    int32_t ignored[] = {-100, -100}, zero[] = {0, 0}, ignore = -100;
    laco_loss_config configs[] = {
        {.ignore_index = &ignore}, {.ignore_index = &ignore, .label_smoothing = 0.1}, {.class_weights = no_weight}};
    for (int i = 0; i < 3; i++) {
        assert_true(class_loss(x, 2, i < 2 ? ignored : zero, &configs[i], grad) == 0);
        for (int j = 0; j < 6; j++)
            assert_true(grad[j] == 0);
    }
    assert_true(class_loss(x, 0, ignored, NULL, grad) == 0);
    laco_tape_reset(tape);
    laco_var empty = laco_leaf(tape, x, 2, (int64_t[]){0, 3}), mse = laco_mse_loss(tape, empty, empty, LACO_MEAN);
    assert_true(laco_var_data(mse)[0] == 0);
    assert_int_equal(laco_backward(tape, mse), LACO_OK);
}

static void extreme_scores(void **state)
{
    (void)state;
    laco_real grad[6];
    laco_real value =
        class_loss((laco_real[]){(laco_real)1e30, 0, (laco_real)-1e30, 0, -INFINITY, 0}, 2, (int32_t[]){0, 2}, NULL, grad);
    assert_true(fabs((double)value - log(2) / 2) < 1e-6);
    static const double expected[6] = {0, 0, 0, 0.25, 0, -0.25};
    for (int i = 0; i < 6; i++)
        assert_true(fabs((double)grad[i] - expected[i]) < 1e-6);
    laco_tape_reset(tape);
    laco_var x = laco_leaf(tape, (laco_real[]){NAN, 1, 2}, 2, (int64_t[]){1, 3}); /* is to be seen, not hidden */
    assert_true(isnan(laco_var_data(laco_cross_entropy_loss(tape, x, (int32_t[]){1}, NULL))[0]));
}

/* Twenty million times the same: a sum in single precision would stick at 2^24. */
static void sums_are_long(void **state)
{
    (void)state;
    int64_t n = 20000000;
    laco_real *ones = malloc((size_t)n * sizeof *ones);
    for (int64_t i = 0; i < n; i++)
        ones[i] = 1;
    laco_var x = laco_input(tape, ones, 1, &n);
    free(ones);
    assert_true(laco_var_data(laco_sum(tape, x))[0] == 2e7);
    assert_true(laco_var_data(laco_mse_loss(tape, x, laco_scale(tape, x, -1), LACO_SUM))[0] == 8e7);
}

/* ---- Threads ---- */

enum { ROWS = 1500, IN = 120, CLASSES = 250 };

typedef struct thread_run {
    laco_real loss, *x_grad, *weight_grad, *bias_grad, *logits;
} thread_run;

static laco_real *copied(const laco_real *data, int64_t count)
{
    assert_non_null(data);
    laco_real *copy = malloc((size_t)count * sizeof *copy);
    return memcpy(copy, data, (size_t)count * sizeof *copy);
}

/* A network large enough for every operation in it to be split. */
static thread_run run_with(int threads)
{
    laco_context *own;
    laco_module *net;
    laco_tape *on;
    laco_linear *linear;
    static int32_t targets[ROWS];
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &own), LACO_OK);
    assert_int_equal(laco_module_new(own, 1, &net), LACO_OK);
    assert_int_equal(laco_tape_new(own, NULL, &on), LACO_OK);
    assert_int_equal(laco_linear_new(net, "fc", 2 * IN, CLASSES, false, &linear), LACO_OK);
    for (int r = 0; r < ROWS; r++)
        targets[r] = r * 7 % CLASSES;
    laco_var x = numbers(on, 2, (int64_t[]){ROWS, IN}, 1);
    laco_var pair[2] = {laco_tanh(on, x),
                        laco_dropout(on, laco_sigmoid(on, laco_scale(on, laco_multiply(on, x, x), 0.5)), 0.3, true)};
    laco_var logits = laco_linear_apply(on, linear, laco_concat(on, pair, 2));
    laco_var loss = laco_cross_entropy_loss(on, logits, targets, &(laco_loss_config){.label_smoothing = 0.1});
    laco_var scores = laco_log_softmax(on, laco_columns(on, laco_relu(on, logits), 1, CLASSES));
    laco_var more = laco_add(on, laco_mse_loss(on, scores, laco_scale(on, scores, 0.3), LACO_MEAN), laco_sum(on, scores));
    loss = laco_add(on, loss, laco_scale(on, more, 1e-4));
    assert_int_equal(laco_backward(on, loss), LACO_OK);
    laco_param *weight = laco_module_find(net, "fc.weight"), *bias = laco_module_find(net, "fc.bias");
    thread_run run = {laco_var_data(loss)[0], copied(laco_var_grad(x), ROWS * IN), copied(weight->grad, weight->count),
                      copied(bias->grad, bias->count), copied(laco_var_data(logits), ROWS * CLASSES)};
    laco_tape_free(on);
    laco_module_free(net);
    laco_context_free(own);
    return run;
}

static void free_run(thread_run *run)
{
    free(run->x_grad);
    free(run->weight_grad);
    free(run->bias_grad);
    free(run->logits);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    thread_run one = run_with(1);
    for (int threads = 2; threads <= 7; threads += 5) {
        thread_run many = run_with(threads);
        assert_memory_equal(&one.loss, &many.loss, sizeof one.loss);
        assert_memory_equal(one.logits, many.logits, ROWS * CLASSES * sizeof(laco_real));
        assert_memory_equal(one.x_grad, many.x_grad, ROWS * IN * sizeof(laco_real));
        assert_memory_equal(one.weight_grad, many.weight_grad, CLASSES * 2 * IN * sizeof(laco_real));
        assert_memory_equal(one.bias_grad, many.bias_grad, CLASSES * sizeof(laco_real));
        free_run(&many);
    }
    free_run(&one);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(linear_starts_as_torch_does),
        EACH(linear_packs_again_when_weights_change),
        EACH(embedding_rows),
        EACH(blocks_together_are_blocks_alone),
        EACH(mask_is_a_function_of_the_place),
        EACH(dropout_masks),
        EACH(variational_masks),
        EACH(weight_drop),
        EACH(views_share_their_elements),
        EACH(constants_get_no_gradient),
        EACH(inference_records_nothing),
        EACH(nothing_that_counts_costs_nothing),
        EACH(extreme_scores),
        EACH(sums_are_long),
        EACH(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
