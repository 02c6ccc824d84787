/* What operations and layers say when they are asked for what cannot be, and what they do when memory runs out. */
#include "failing_allocator.h"
#include "laco/laco.h"
#include "nn/module.h"
#include "tape/tape.h"
#include "nn/embedding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static failing_allocator memory;
static laco_context *ctx;
static laco_module *module;
static laco_tape *tape;

static int begin(void **state)
{
    (void)state;
    memory = (failing_allocator){0};
    ctx = failing_context(&memory);
    assert_int_equal(laco_module_new(ctx, 7, &module), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_tape_free(tape);
    laco_module_free(module);
    failing_context_free(ctx, &memory);
    return 0;
}

/* ---- Texts ---- */

/* The operation was refused with `text`; then the tape is made ready for the next. */
static void refused(laco_var result, const char *text)
{
    assert_null(result);
    assert_string_equal(laco_error(ctx), text);
    assert_int_equal(laco_tape_status(tape), LACO_INVALID);
    assert_int_equal(laco_backward(tape, NULL), LACO_INVALID);
    assert_string_equal(laco_error(ctx), text); /* the first error stays */
    laco_tape_reset(tape);
}

static laco_var zeros(int ndim, const int64_t *shape)
{
    static const laco_real data[64];
    return laco_leaf(tape, data, ndim, shape);
}

#define V(...) zeros((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})

static void layers_refuse(void **state)
{
    (void)state;
    laco_linear *linear = NULL;
    laco_embedding *table = NULL;
    assert_int_equal(laco_linear_new(module, "fc", 0, 3, false, &linear), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "linear layer 'fc': 0 features in and 3 out; each must be at least 1");
    assert_int_equal(laco_embedding_new(module, "words", 0, 3, -1, &table), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "embedding 'words': 0 rows of 3; each must be at least 1");
    assert_int_equal(laco_embedding_new(module, "words", 9, 3, 9, &table), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "embedding 'words': padding row 9 is not within 0 … 8, nor -1 for none");
    assert_null(table);
    assert_int_equal(laco_linear_new(module, "fc", 4, 3, false, &linear), LACO_OK);
    laco_linear *same = linear;
    assert_int_equal(laco_linear_tied(module, "tied", laco_module_find(module, "fc.bias"), false, &same), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "linear layer 'tied': weight 'fc.bias' has 1 dimensions; [out][in] is needed");
    /* The bias is there already: the weight that was made first is taken back. */
    laco_param *bias;
    assert_int_equal(laco_module_add_param(module, "b.bias", 1, (int64_t[]){1}, &bias), LACO_OK);
    assert_int_equal(laco_linear_new(module, "b", 4, 3, false, &same), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "parameter 'b.bias' exists already: layers of a module need different names");
    assert_null(laco_module_find(module, "b.weight"));
    assert_ptr_equal(same, linear);
    refused(laco_linear_apply(tape, linear, V(4, 3)), "linear layer 'fc.weight': x is [4][3]; its last dimension must be 4");
    refused(laco_linear_apply(tape, linear, zeros(0, NULL)),
            "linear layer 'fc.weight': x is one element; its last dimension must be 4");
    assert_int_equal(laco_embedding_new(module, "words", 9, 3, -1, &table), LACO_OK);
    laco_var rows = laco_embedding_apply(tape, table, (int32_t[]){1, 9}, 0, 2);
    assert_non_null(rows); /* nobody has looked yet */
    refused(laco_tanh(tape, rows), "id 9 at place 1 is not within 0 … 8");
}

static void layers_refuse_another_context(void **state)
{
    (void)state;
    laco_context *other;
    laco_tape *strange;
    laco_linear *linear;
    laco_embedding *table;
    assert_int_equal(laco_linear_new(module, "fc", 4, 3, false, &linear), LACO_OK);
    assert_int_equal(laco_embedding_new(module, "words", 4, 3, -1, &table), LACO_OK);
    assert_int_equal(laco_context_new(NULL, &other), LACO_OK);
    assert_int_equal(laco_tape_new(other, NULL, &strange), LACO_OK);
    laco_var x = laco_input(strange, (laco_real[]){1, 2, 3, 4}, 1, (int64_t[]){4});
    assert_null(laco_linear_apply(strange, linear, x));
    assert_string_equal(laco_error(other), "linear layer 'fc.weight': the tape belongs to another context than the layer");
    laco_tape_reset(strange);
    assert_null(laco_embedding_apply(strange, table, (int32_t[]){1}, 0, 1));
    assert_string_equal(laco_error(other), "embedding 'words.weight': the tape belongs to another context than the layer");
    laco_tape_free(strange);
    laco_context_free(other);
}

static void operations_refuse(void **state)
{
    (void)state;
    refused(laco_add(tape, V(2, 3), V(3, 2)), "add: a is [2][3] and b is [3][2]; they must have one shape");
    refused(laco_multiply(tape, V(2, 3), V(2, 3, 1)), "multiply: a is [2][3] and b is [2][3][1]; they must have one shape");
    refused(laco_dropout(tape, V(2), 1.5, true), "dropout of 1.5: a probability from 0 to 1 is needed");
    refused(laco_dropout(tape, V(2), NAN, false), "dropout of nan: a probability from 0 to 1 is needed");
    refused(laco_select(tape, V(2, 3), 2), "select: position 2 of x [2][3] is not within 0 … 1");
    refused(laco_select(tape, V(2, 3), -1), "select: position -1 of x [2][3] is not within 0 … 1");
    refused(laco_select(tape, zeros(0, NULL), 0), "select: x is one element; a dimension to select from is needed");
    refused(laco_reshape(tape, V(2, 3), 2, (int64_t[]){4, 2}), "reshape: x is [2][3], 6 elements; [4][2] has 8");
    refused(laco_reshape(tape, V(2, 3), 2, (int64_t[]){-6, -1}), "reshape: size -6 of dimension 0 cannot be");
    refused(laco_reshape(tape, V(2, 3), 2, (int64_t[]){INT64_MAX, 4}), "reshape: size 4 of dimension 1 cannot be");
    refused(laco_reshape(tape, V(2, 3), 5, (int64_t[]){6, 1, 1, 1, 1}), "reshape to 5 dimensions; 0 to 4 can be");
    refused(laco_columns(tape, V(2, 3), 1, 4), "columns 1 … 4 of x [2][3]: 0 <= begin <= end <= 3 is needed");
    refused(laco_columns(tape, V(2, 3), 2, 1), "columns 2 … 1 of x [2][3]: 0 <= begin <= end <= 3 is needed");
    refused(laco_columns(tape, zeros(0, NULL), 0, 1), "columns: x is one element; a dimension to cut is needed");
    refused(laco_pool_steps(tape, V(2, 3), NULL, LACO_LAST_STEP), "last: x is [2][3]; [T][B][F] is needed");
    refused(laco_pool_steps(tape, V(4, 2, 3), (int32_t[]){4, 5}, LACO_LAST_STEP),
            "last: length 5 of sequence 1 is not within 0 … 4, the steps of x");
    refused(laco_pool_steps(tape, V(4, 2, 3), (int32_t[]){-1, 5}, LACO_LAST_STEP),
            "last: length -1 of sequence 0 is not within 0 … 4, the steps of x");
}

static void joins_refuse(void **state)
{
    (void)state;
    laco_var x[2] = {NULL, NULL};
    refused(laco_stack(tape, x, 0), "stack of 0 values; at least 1 is needed");
    refused(laco_concat(tape, x, 0), "concat of 0 values; at least 1 is needed");
    x[0] = V(2, 3), x[1] = V(2, 4);
    refused(laco_stack(tape, x, 2), "stack: value 0 is [2][3] and value 1 is [2][4]; they must have one shape");
    x[0] = V(2, 3), x[1] = V(3, 3);
    refused(laco_concat(tape, x, 2),
            "concat: value 0 is [2][3] and value 1 is [3][3]; they must be alike but for the last dimension");
    x[0] = V(2, 1, 1, 2), x[1] = V(2, 1, 1, 2);
    refused(laco_stack(tape, x, 2), "stack: values are [2][1][1][2]; one dimension more than 4 cannot be");
    x[0] = zeros(0, NULL), x[1] = zeros(0, NULL);
    refused(laco_concat(tape, x, 2), "concat: the values are one element each; a dimension to join along is needed (or stack)");
    x[0] = V(2, 3), x[1] = NULL;
    refused(laco_concat(tape, x, 2), "an operand is NULL");
}

static void losses_refuse(void **state)
{
    (void)state;
    int32_t ignore = -100;
    laco_loss_config ignoring = {.ignore_index = &ignore};
    refused(laco_cross_entropy_loss(tape, V(3, 4), (int32_t[]){0, 3, 4}, NULL),
            "cross_entropy_loss: target 4 at place 2 is not within 0 … 3, the classes of x [3][4]");
    refused(laco_nll_loss(tape, V(3, 4), (int32_t[]){-100, -1, 4}, &ignoring),
            "nll_loss: target -1 at place 1 is not within 0 … 3, the classes of x [3][4]");
    refused(laco_nll_loss(tape, zeros(0, NULL), (int32_t[]){0}, NULL),
            "nll_loss: x is one element; […][K] with at least one class is needed");
    refused(laco_cross_entropy_loss(tape, V(3, 0), (int32_t[]){0, 0, 0}, NULL),
            "cross_entropy_loss: x is [3][0]; […][K] with at least one class is needed");
    refused(laco_cross_entropy_loss(tape, V(1, 4), (int32_t[]){0}, &(laco_loss_config){.label_smoothing = -0.5}),
            "cross_entropy_loss: label_smoothing -0.5 is not within 0 … 1");
    refused(laco_nll_loss(tape, V(1, 4), (int32_t[]){0}, &(laco_loss_config){.label_smoothing = 0.5}),
            "nll_loss has no label_smoothing; cross_entropy_loss has");
    refused(laco_mse_loss(tape, V(2, 3), V(6), LACO_MEAN), "mse_loss: x is [2][3] and target is [6]; they must have one shape");
}

/* NULL goes in and NULL comes out, everywhere, with the first error kept. */
static void null_operands(void **state)
{
    (void)state;
    laco_linear *linear;
    laco_embedding *table;
    int32_t zero = 0;
    assert_int_equal(laco_linear_new(module, "fc", 4, 3, false, &linear), LACO_OK);
    assert_int_equal(laco_embedding_new(module, "words", 4, 3, -1, &table), LACO_OK);
    laco_var x = V(2, 2), none[1] = {NULL};
    refused(laco_tanh(tape, NULL), "an operand is NULL");
    for (int failed = 0; failed < 2; failed++) {
        if (failed) {
            x = V(2, 2);
            assert_null(laco_add(tape, x, V(2)));
            none[0] = x; /* a failed tape gives NULL for what would be right, too */
        }
        laco_var results[] = {laco_linear_apply(tape, linear, none[0]),
                              laco_tanh(tape, none[0]),
                              laco_sigmoid(tape, none[0]),
                              laco_relu(tape, none[0]),
                              laco_log_softmax(tape, none[0]),
                              laco_add(tape, none[0], none[0]),
                              laco_multiply(tape, none[0], none[0]),
                              laco_scale(tape, none[0], 2),
                              laco_sum(tape, none[0]),
                              laco_select(tape, none[0], 0),
                              laco_stack(tape, none, 1),
                              laco_concat(tape, none, 1),
                              laco_reshape(tape, none[0], 1, (int64_t[]){4}),
                              laco_columns(tape, none[0], 0, 1),
                              laco_pool_steps(tape, none[0], NULL, LACO_LAST_STEP),
                              laco_nll_loss(tape, none[0], &zero, NULL),
                              laco_cross_entropy_loss(tape, none[0], &zero, NULL),
                              laco_mse_loss(tape, none[0], none[0], LACO_SUM),
                              laco_dropout(tape, none[0], 0.5, true),
                              laco_dropout(tape, none[0], 0, false),
                              laco_embedding_apply(tape, table, &zero, 0, failed ? 1 : -1)};
        for (size_t i = 0; i < sizeof results / sizeof *results; i++)
            assert_null(results[i]);
        refused(NULL, failed ? "add: a is [2][2] and b is [2]; they must have one shape" : "an operand is NULL");
    }
}

static void another_tape(void **state)
{
    (void)state;
    laco_tape *strange;
    assert_int_equal(laco_tape_new(ctx, NULL, &strange), LACO_OK);
    laco_var x = laco_leaf(strange, (laco_real[]){1}, 1, (int64_t[]){1});
    refused(laco_add(tape, V(1), x), "an operand lives on another tape");
    laco_tape_free(strange);
}

/* ---- Memory ---- */

/* Everything there is, forward and back. */
static laco_status everything(laco_tape *on, laco_linear *linear, laco_linear *tied, laco_embedding *table)
{
    static const int32_t ids[] = {1, 3, 1, 2, 0, 3}, lengths[] = {2, 0, 1}, targets[] = {0, 1, 2, 3, -1, 1}, ignore = -1;
    static const laco_real data[18] = {1, 2, 3, -1, -2, -3, 1, 0, 1}, weights[4] = {1, 2, 1, 1};
    laco_var rows = laco_embedding_apply(on, table, ids, 2, 3), x = laco_leaf(on, data, 3, (int64_t[]){2, 3, 3});
    laco_var hidden = laco_linear_apply(on, linear, laco_add(on, rows, laco_dropout(on, x, 0.5, true)));
    laco_var parts[2] = {laco_tanh(on, hidden), laco_sigmoid(on, laco_multiply(on, hidden, x))};
    laco_var both = laco_concat(on, parts, 2), stacked = laco_stack(on, parts, 2);
    laco_var logits = laco_linear_apply(on, tied, laco_columns(on, both, 1, 4));
    laco_loss_config config = {.class_weights = weights, .ignore_index = &ignore, .label_smoothing = 0.1};
    laco_var first = laco_cross_entropy_loss(on, logits, targets, &config);
    config.label_smoothing = 0;
    laco_var second = laco_nll_loss(on, laco_log_softmax(on, logits), targets, &config);
    laco_var last = laco_pool_steps(on, laco_relu(on, laco_select(on, stacked, 1)), lengths, LACO_LAST_STEP);
    laco_var third = laco_mse_loss(on, laco_reshape(on, last, 1, (int64_t[]){9}),
                                   laco_scale(on, laco_reshape(on, last, 1, (int64_t[]){9}), 2), LACO_MEAN);
    return laco_backward(on, laco_add(on, first, laco_add(on, second, laco_add(on, third, laco_sum(on, both)))));
}

static laco_status only_small(const void *expected, const char *name, int ndim, const int64_t *shape)
{
    assert_ptr_equal(expected, &module);
    return ndim == 2 && shape[0] > 100 ? laco_fail(ctx, LACO_FORMAT, "%s is not there", name) : LACO_OK;
}

static void a_module_asks_for_what_is_expected(void **state)
{
    (void)state;
    laco_linear *linear;
    laco_embedding *table;
    laco_module_expect(module, only_small, &module);
    assert_int_equal(laco_embedding_new(module, "read", 3, 2, -1, &table), LACO_OK);
    for (int i = 0; i < 6; i++)
        assert_true(laco_embedding_weight(table)->value[i] == 0); /* no first values */
    size_t bytes = memory.bytes, count = laco_module_param_count(module);
    memory.largest = 1000;
    assert_int_equal(laco_linear_new(module, "huge", 1 << 20, 1 << 20, false, &linear), LACO_FORMAT);
    assert_string_equal(laco_error(ctx), "huge.weight is not there");
    assert_int_equal(memory.failed, 0); /* nothing large was asked for */
    assert_int_equal(memory.bytes, bytes);
    assert_int_equal(laco_module_param_count(module), count);
    memory.largest = 0;
    laco_module_expect(module, NULL, NULL);
    assert_int_equal(laco_embedding_new(module, "made", 3, 2, -1, &table), LACO_OK);
    assert_true(laco_embedding_weight(table)->value[0] != 0);
}

static laco_status attempt(laco_context *own, void *data)
{
    (void)data;
    laco_module *net = NULL;
    laco_tape *on = NULL;
    laco_linear *linear, *tied;
    laco_embedding *table;
    laco_status status = laco_module_new(own, 1, &net);
    if (status == LACO_OK)
        status = laco_tape_new(own, NULL, &on);
    if (status == LACO_OK)
        status = laco_embedding_new(net, "words", 4, 3, 0, &table);
    if (status == LACO_OK)
        status = laco_linear_new(net, "fc", 3, 3, false, &linear);
    if (status == LACO_OK)
        status = laco_linear_tied(net, "tied", laco_embedding_weight(table), false, &tied);
    if (status == LACO_OK)
        status = everything(on, linear, tied, table);
    laco_tape_free(on);
    laco_module_free(net);
    return status;
}

static void allocations_fail_one_by_one(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(attempt, NULL) > 20);
}

/* The workspace of a tape comes in large blocks, so that an allocator seldom fails inside an operation. Here the tape's block
 * is left with room for one line of 64 bytes, for two …, and no other is to be had: everything inside fails once. */
static void workspace_ends_anywhere(void **state)
{
    (void)state;
    laco_linear *linear, *tied;
    laco_embedding *table;
    assert_int_equal(laco_embedding_new(module, "words", 4, 3, 0, &table), LACO_OK);
    assert_int_equal(laco_linear_new(module, "fc", 3, 3, false, &linear), LACO_OK);
    assert_int_equal(laco_linear_tied(module, "tied", laco_embedding_weight(table), false, &tied), LACO_OK);
    assert_int_equal(everything(tape, linear, tied, table), LACO_OK); /* packs are made */
    laco_tape_reset(tape);
    laco_status status = LACO_NO_MEMORY;
    size_t room = 0, total = laco_tape_bytes(tape);
    for (; status != LACO_OK; room += LACO_ALIGN) {
        assert_true(room + LACO_ALIGN <= total);
        laco_tape_reset(tape);
        memory.largest = 0;
        assert_non_null(laco_arena_alloc(&tape->arena, total - room - LACO_ALIGN, 1));
        memory.largest = 1;
        laco_module_zero_grad(module);
        status = everything(tape, linear, tied, table);
        assert_true(status == LACO_OK || status == LACO_NO_MEMORY);
        assert_int_equal(laco_tape_status(tape), status);
        if (status != LACO_OK)
            assert_non_null(strstr(laco_error(ctx), "out of memory"));
    }
    assert_true(room > 60 * LACO_ALIGN); /* or the network is not what it was */
    memory.largest = 0;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(layers_refuse),
        EACH(layers_refuse_another_context),
        EACH(operations_refuse),
        EACH(joins_refuse),
        EACH(losses_refuse),
        EACH(null_operands),
        EACH(another_tape),
        EACH(a_module_asks_for_what_is_expected),
        EACH(allocations_fail_one_by_one),
        EACH(workspace_ends_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
