/* Networks of one's own in files: laco_module_save and _load, laco_checkpoint_save and _load. */
#include "context_fixture.h"
#include "optim/state.h"
#include "laco/laco.h"
#include "base/tensor_file.h"
#include "temporary_folder.h"

#include <math.h>

enum { IN = 5, HIDDEN = 7, OUT = 3, T = 4, B = 2 };

typedef struct network {
    laco_module *module;
    laco_rnn *rnn;
    laco_linear *out;
} network;

static network network_new(laco_context *context, uint64_t seed)
{
    network net;
    laco_rnn_config rnn = {.cell = LACO_LSTM, .input_size = IN, .hidden_size = HIDDEN, .num_layers = 2, .dropout = 0.3};
    assert_int_equal(laco_module_new(context, seed, &net.module), LACO_OK);
    assert_int_equal(laco_rnn_new(net.module, "rnn", &rnn, &net.rnn), LACO_OK);
    assert_int_equal(laco_linear_new(net.module, "out", HIDDEN, OUT, false, &net.out), LACO_OK);
    return net;
}

/* The loss of step `step`, and its gradients. */
static double run(const network *net, uint64_t step)
{
    laco_tape *tape;
    laco_real x[T * B * IN];
    int32_t labels[T * B];
    for (int i = 0; i < T * B * IN; i++)
        x[i] = (laco_real)sin(i + 3.0 * (double)step);
    for (int i = 0; i < T * B; i++)
        labels[i] = (int32_t)((i + step) % OUT);
    assert_int_equal(laco_tape_new(ctx, &(laco_tape_config){.seed = 5}, &tape), LACO_OK);
    laco_tape_set_step(tape, step);
    laco_module_zero_grad(net->module);
    laco_var h = laco_rnn_apply(tape, net->rnn, laco_input(tape, x, 3, (int64_t[]){T, B, IN}), NULL, NULL);
    laco_var y = laco_reshape(tape, laco_linear_apply(tape, net->out, h), 2, (int64_t[]){T * B, OUT});
    laco_var loss = laco_nll_loss(tape, laco_log_softmax(tape, y), labels, NULL);
    assert_int_equal(laco_backward(tape, loss), LACO_OK);
    double value = (double)laco_var_data(loss)[0];
    laco_tape_free(tape);
    return value;
}

static void assert_same(const network *a, const network *b)
{
    for (size_t i = 0; i < laco_module_param_count(a->module); i++) {
        const laco_param *p = laco_module_param(a->module, i), *q = laco_module_param(b->module, i);
        assert_memory_equal(p->value, q->value, (size_t)p->count * sizeof(laco_real));
    }
}

static void train(const network *net, laco_optimiser *optimiser, uint64_t from, uint64_t to)
{
    for (uint64_t step = from; step < to; step++) {
        run(net, step);
        laco_module_param(net->module, 1)->frozen = step == 2; /* a parameter with a step less than the others */
        laco_optimiser_step(optimiser);
        laco_optimiser_set_lr(optimiser, laco_optimiser_lr(optimiser) * 0.9);
    }
}

static void test_module(void **state)
{
    (void)state;
    network a = network_new(ctx, 1), b = network_new(ctx, 2);
    const char *path = temporary_path("net.safetensors");
    double before = run(&a, 0);
    assert_true(run(&b, 0) != before);
    assert_int_equal(laco_module_save(a.module, path), LACO_OK);
    assert_int_equal(laco_module_load(b.module, path), LACO_OK);
    assert_same(&a, &b);
    assert_true(run(&b, 0) == before); /* packed copies have followed */
    laco_module_free(a.module);
    laco_module_free(b.module);
}

/* Saves tensors with the shapes of a network's parameters and `changed` in the place of one, as type `dtype`. */
static void save_as(const network *net, laco_dtype dtype, const char *path)
{
    laco_tensor_writer *writer;
    assert_int_equal(laco_tensor_writer_new(ctx, &writer), LACO_OK);
    assert_int_equal(laco_tensor_writer_metadata(writer, "format", "pt"), LACO_OK);
    for (size_t i = 0; i < laco_module_param_count(net->module); i++) {
        const laco_param *p = laco_module_param(net->module, i);
        void *data = laco_alloc(ctx, (size_t)p->count, 8);
        for (int64_t j = 0; j < p->count; j++)
            if (dtype == LACO_DTYPE_F64)
                ((double *)data)[j] = (double)j / 8;
            else
                ((uint16_t *)data)[j] = dtype == LACO_DTYPE_F16 ? 0xc100 : 0xc020; /* −2.5 */
        assert_int_equal(laco_tensor_writer_give(writer, p->name, dtype, p->ndim, p->shape, data), LACO_OK);
    }
    assert_int_equal(laco_tensor_writer_save(writer, path), LACO_OK);
    laco_tensor_writer_free(writer);
}

static void test_types(void **state)
{
    (void)state;
    network net = network_new(ctx, 1);
    const char *path = temporary_path("types.safetensors");
    save_as(&net, LACO_DTYPE_F64, path);
    assert_int_equal(laco_module_load(net.module, path), LACO_OK);
    assert_true(laco_module_find(net.module, "out.weight")->value[5] == (laco_real)0.625);
    for (int half = 0; half < 2; half++) {
        save_as(&net, half ? LACO_DTYPE_F16 : LACO_DTYPE_BF16, path);
        assert_int_equal(laco_module_load(net.module, path), LACO_OK);
        assert_true(laco_module_find(net.module, "rnn.bias_ih_l1")->value[3] == (laco_real)-2.5);
    }
    laco_module_free(net.module);
}

static void test_misfit(void **state)
{
    (void)state;
    network a = network_new(ctx, 1), b = network_new(ctx, 1);
    laco_module *other;
    laco_param *param;
    const char *path = temporary_path("misfit.safetensors");
    assert_int_equal(laco_module_new(ctx, 1, &other), LACO_OK);
    for (size_t i = 0; i + 1 < laco_module_param_count(a.module); i++) {
        const laco_param *p = laco_module_param(a.module, i);
        bool first = i == 0;
        assert_int_equal(laco_module_add_param(other, p->name, p->ndim, first ? (int64_t[]){2, IN} : p->shape, &param), LACO_OK);
    }
    assert_int_equal(laco_module_add_param(other, "extra", 2, (int64_t[]){6, 1}, &param), LACO_OK);
    assert_int_equal(laco_module_save(other, path), LACO_OK);
    assert_int_equal(laco_module_load(a.module, path), LACO_FORMAT);
    assert_non_null(
        strstr(laco_error(ctx),
               "'rnn.weight_ih_l0' is [2, 5] there and [28, 5] here; 'out.bias' [3] is missing; 'extra' [6, 1] is left over"));
    assert_same(&a, &b);
    assert_int_equal(laco_module_load(a.module, temporary_path("none")), LACO_IO);
    /* Many complaints stay one line. */
    laco_module_free(other);
    assert_int_equal(laco_module_new(ctx, 1, &other), LACO_OK);
    assert_int_equal(laco_module_save(other, path), LACO_OK);
    assert_int_equal(laco_module_load(a.module, path), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), " more"));
    /* A number that no weight can be, in the last tensor: nothing is taken. */
    laco_module_param(b.module, 9)->value[0] = NAN;
    laco_module_param(b.module, 0)->value[0] = 77;
    assert_int_equal(laco_module_save(b.module, path), LACO_OK);
    assert_int_equal(laco_module_load(a.module, path), LACO_FORMAT);
    assert_true(laco_module_param(a.module, 0)->value[0] != 77);
    laco_module_free(other);
    laco_module_free(a.module);
    laco_module_free(b.module);
}

static const laco_optimiser_config configs[] = {
    {.kind = LACO_SGD, .lr = 0.1},
    {.kind = LACO_SGD, .lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01},
    {.kind = LACO_ADAM, .lr = 0.01},
    {.kind = LACO_ADAMW, .lr = 0.01},
    {.kind = LACO_RMSPROP, .lr = 0.01, .momentum = 0.5, .centered = true},
};

static void test_resume(void **state)
{
    (void)state;
    const char *path = temporary_path("resume.safetensors");
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        network whole = network_new(ctx, 1), rest = network_new(ctx, 2);
        laco_optimiser *all, *late;
        assert_int_equal(laco_optimiser_new(whole.module, &configs[i], &all), LACO_OK);
        assert_int_equal(laco_optimiser_new(rest.module, &configs[i], &late), LACO_OK);
        train(&whole, all, 0, 4);
        assert_int_equal(laco_checkpoint_save(whole.module, all, path), LACO_OK);
        train(&whole, all, 4, 8);
        assert_int_equal(laco_checkpoint_load(rest.module, late, path), LACO_OK);
        assert_int_equal(laco_optimiser_steps(late), 4);
        train(&rest, late, 4, 8);
        assert_same(&whole, &rest);
        /* The parameters alone are in it too. */
        network third = network_new(ctx, 3);
        assert_int_equal(laco_module_load(third.module, path), LACO_OK);
        laco_module_free(third.module);
        laco_optimiser_free(all);
        laco_optimiser_free(late);
        laco_module_free(whole.module);
        laco_module_free(rest.module);
    }
}

static void test_refused(void **state)
{
    (void)state;
    const char *path = temporary_path("refused.safetensors");
    network net = network_new(ctx, 1), before = network_new(ctx, 1);
    laco_optimiser *adam, *other, *sgd;
    assert_int_equal(laco_optimiser_new(net.module, &(laco_optimiser_config){.kind = LACO_ADAM}, &adam), LACO_OK);
    assert_int_equal(laco_optimiser_new(net.module, &(laco_optimiser_config){.kind = LACO_ADAM, .beta1 = 0.8}, &other), LACO_OK);
    assert_int_equal(laco_optimiser_new(net.module, NULL, &sgd), LACO_OK);
    assert_int_equal(laco_module_save(net.module, path), LACO_OK);
    assert_int_equal(laco_checkpoint_load(net.module, adam, path), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "is not a checkpoint"));
    laco_module_param(net.module, 0)->value[0] = 77;
    assert_int_equal(laco_checkpoint_save(net.module, adam, path), LACO_OK);
    laco_module_param(net.module, 0)->value[0] = laco_module_param(before.module, 0)->value[0];
    assert_int_equal(laco_checkpoint_load(net.module, sgd, path), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "of optimiser 'adam'; this one is 'sgd'"));
    assert_int_equal(laco_checkpoint_load(net.module, other, path), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "'optim.beta1' is 0.9 there and 0.8 here"));
    assert_same(&net, &before);
    laco_optimiser_free(adam);
    laco_optimiser_free(other);
    laco_optimiser_free(sgd);
    laco_module_free(net.module);
    laco_module_free(before.module);
}

static laco_status closure(void *user, double *loss)
{
    const network *net = user;
    laco_module_set_training(net->module, false);
    *loss = run(net, 0);
    return LACO_OK;
}

static void test_lbfgs(void **state)
{
    (void)state;
    const char *path = temporary_path("lbfgs.safetensors");
    network whole = network_new(ctx, 1), rest = network_new(ctx, 2);
    laco_optimiser *all, *late, *short_memory;
    laco_optimiser_config config = {.kind = LACO_LBFGS,
                                    .lbfgs = {.max_iter = 3, .history_size = 5, .line_search = LACO_STRONG_WOLFE}};
    assert_int_equal(laco_optimiser_new(whole.module, &config, &all), LACO_OK);
    assert_int_equal(laco_optimiser_new(rest.module, &config, &late), LACO_OK);
    for (int step = 0; step < 6; step++) {
        if (step == 3)
            assert_int_equal(laco_checkpoint_save(whole.module, all, path), LACO_OK);
        assert_int_equal(laco_optimiser_step_closure(all, closure, &whole, NULL), LACO_OK);
    }
    assert_int_equal(laco_checkpoint_load(rest.module, late, path), LACO_OK);
    for (int step = 3; step < 6; step++)
        assert_int_equal(laco_optimiser_step_closure(late, closure, &rest, NULL), LACO_OK);
    assert_same(&whole, &rest);
    config.lbfgs.history_size = 4;
    assert_int_equal(laco_optimiser_new(rest.module, &config, &short_memory), LACO_OK);
    assert_int_equal(laco_checkpoint_load(rest.module, short_memory, path), LACO_INVALID); /* five pairs are too many */
    laco_optimiser_free(short_memory);
    laco_optimiser_free(all);
    laco_optimiser_free(late);
    laco_module_free(whole.module);
    laco_module_free(rest.module);
}

static laco_status attempt(laco_context *context, void *path)
{
    laco_module *module = NULL;
    laco_param *param = NULL;
    laco_optimiser *adam = NULL;
    laco_status status = laco_module_new(context, 0, &module);
    if (status == LACO_OK)
        status = laco_module_add_param(module, "a", 1, (int64_t[]){9}, &param);
    if (status == LACO_OK)
        status = laco_optimiser_new(module, &(laco_optimiser_config){.kind = LACO_ADAM}, &adam);
    if (status == LACO_OK)
        status = laco_checkpoint_save(module, adam, path);
    if (status == LACO_OK)
        status = laco_checkpoint_load(module, adam, path);
    if (status == LACO_OK)
        status = laco_module_save(module, path);
    if (status == LACO_OK)
        status = laco_module_load(module, path);
    laco_optimiser_free(adam);
    laco_module_free(module);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(attempt, (void *)(uintptr_t)temporary_path("memory.safetensors")) >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_module),
        TEST(test_types),
        TEST(test_misfit),
        TEST(test_resume),
        TEST(test_refused),
        TEST(test_lbfgs),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
