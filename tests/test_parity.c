/* PyTorch's numbers, forward and every gradient: the files of tests/parity, or of the folder in $LACO_PARITY_DIR
 * (made by tools/make_parity.py), at every instruction set of this machine, at 1 and 2 threads. Fewer bits:
 * test_recurrent_lowprec.c.
 */
#include "base/tensor_file.h"
#include "kernel/kernel.h"
#include "laco/laco.h"
#include "parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define VALUE_TOLERANCE 2e-5
#define GRADIENT_TOLERANCE 1e-4

/* What one case holds, and the network built for it. */
typedef struct parity_case {
    laco_context *ctx;
    laco_tensor_file *file;
    laco_module *module;
    laco_rnn *rnn;
    laco_cell *cell;
    bool is_cell, has_c;
    laco_tape *tape;
} parity_case;

static bool option(const parity_case *c, const char *name)
{
    const char *value = laco_tensor_file_metadata(c->file, name);
    return value && strcmp(value, "True") == 0;
}

static int64_t number(const parity_case *c, const char *name, int64_t fallback)
{
    const char *value = laco_tensor_file_metadata(c->file, name);
    return value ? strtoll(value, NULL, 10) : fallback;
}

static void build(parity_case *c)
{
    const char *module = laco_tensor_file_metadata(c->file, "module");
    const char *nonlinearity = laco_tensor_file_metadata(c->file, "nonlinearity");
    const char *bias = laco_tensor_file_metadata(c->file, "bias");
    assert_non_null(module);
    c->is_cell = strstr(module, "Cell") != NULL;
    laco_cell_kind kind = strncmp(module, "LSTM", 4) == 0 ? LACO_LSTM : strncmp(module, "GRU", 3) == 0 ? LACO_GRU : LACO_RNN;
    c->has_c = kind == LACO_LSTM;
    laco_nonlinearity squash = nonlinearity && strcmp(nonlinearity, "relu") == 0 ? LACO_RELU : LACO_TANH;
    bool no_bias = bias && strcmp(bias, "False") == 0;
    int64_t I = number(c, "input_size", 0), H = number(c, "hidden_size", 0);
    assert_int_equal(laco_module_new(c->ctx, 1, &c->module), LACO_OK);
    if (c->is_cell)
        assert_int_equal(
            laco_cell_new(
                c->module, "",
                &(laco_cell_config){.cell = kind, .input_size = I, .hidden_size = H, .nonlinearity = squash, .no_bias = no_bias},
                &c->cell),
            LACO_OK);
    else
        assert_int_equal(laco_rnn_new(c->module, "",
                                      &(laco_rnn_config){.cell = kind,
                                                         .input_size = I,
                                                         .hidden_size = H,
                                                         .num_layers = number(c, "num_layers", 1),
                                                         .nonlinearity = squash,
                                                         .no_bias = no_bias,
                                                         .batch_first = option(c, "batch_first"),
                                                         .bidirectional = option(c, "bidirectional"),
                                                         .proj_size = number(c, "proj_size", 0)},
                                      &c->rnn),
                         LACO_OK);
    for (size_t i = 0; i < laco_module_param_count(c->module); i++) {
        laco_param *param = laco_module_param(c->module, i);
        char name[128];
        snprintf(name, sizeof name, "param.%s", param->name);
        if (laco_tensor_file_read_real(c->file, name, param->ndim, param->shape, param->value) < 0)
            fail_msg("%s", laco_error(c->ctx));
        laco_param_changed(param);
    }
}

/* A tensor of the file as a leaf; NULL where the file has none. A cell's state [B][H] is itself a leaf of two dimensions. */
static laco_var leaf(const parity_case *c, const char *name)
{
    parity_tensor tensor = parity_read(c->file, name);
    if (!tensor.data)
        return NULL;
    laco_var var = laco_leaf(c->tape, tensor.data, tensor.ndim, tensor.shape);
    parity_free(&tensor);
    assert_non_null(var);
    return var;
}

static void seed_gradient(const parity_case *c, laco_var var, const char *name)
{
    parity_tensor tensor = parity_read(c->file, name);
    if (tensor.data && var)
        assert_int_equal(laco_var_add_grad(var, tensor.data), LACO_OK);
    parity_free(&tensor);
}

static int32_t *read_lengths(const parity_case *c)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(c->file, "lengths");
    if (!entry)
        return NULL;
    int64_t *wide = calloc(entry->count + 1, sizeof *wide);
    int32_t *lengths = calloc(entry->count + 1, sizeof *lengths);
    assert_int_equal(laco_tensor_file_read_int(c->file, "lengths", entry->ndim, entry->shape, wide), LACO_OK);
    for (size_t b = 0; b < entry->count; b++)
        lengths[b] = (int32_t)wide[b];
    free(wide);
    return lengths;
}

static void check_gradients(const parity_case *c, laco_var x, laco_var h0, laco_var c0)
{
    parity_check(c->file, "grad.input", laco_var_grad(x), GRADIENT_TOLERANCE, true);
    if (h0)
        parity_check(c->file, "grad.h0", laco_var_grad(h0), GRADIENT_TOLERANCE, true);
    if (c0)
        parity_check(c->file, "grad.c0", laco_var_grad(c0), GRADIENT_TOLERANCE, true);
    for (size_t i = 0; i < laco_module_param_count(c->module); i++) {
        laco_param *param = laco_module_param(c->module, i);
        char name[160];
        snprintf(name, sizeof name, "grad.param.%s", param->name);
        parity_check(c->file, name, param->grad, GRADIENT_TOLERANCE, true);
    }
}

static void run_case(const char *path, const char *cpu, int threads)
{
    parity_case c = {0};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads, .cpu = cpu}, &c.ctx), LACO_OK);
    if (laco_tensor_file_open(c.ctx, path, &c.file) < 0)
        fail_msg("%s", laco_error(c.ctx));
    build(&c);
    assert_int_equal(laco_tape_new(c.ctx, NULL, &c.tape), LACO_OK);
    laco_var x = leaf(&c, "input"), h0 = leaf(&c, "h0"), c0 = leaf(&c, "c0");
    int32_t *lengths = read_lengths(&c);
    laco_state state = {h0, c0};
    laco_var y = c.is_cell ? laco_cell_step(c.tape, c.cell, x, &state) : laco_rnn_apply(c.tape, c.rnn, x, lengths, &state);
    if (!y)
        fail_msg("%s: %s", path, laco_error(c.ctx));
    parity_check(c.file, "output", laco_var_data(y), VALUE_TOLERANCE, false);
    if (!c.is_cell)
        parity_check(c.file, "hn", laco_var_data(state.h), VALUE_TOLERANCE, false);
    if (c.has_c)
        parity_check(c.file, "cn", laco_var_data(state.c), VALUE_TOLERANCE, false);
    seed_gradient(&c, y, "grad_output");
    if (!c.is_cell)
        seed_gradient(&c, state.h, "grad_hn");
    seed_gradient(&c, state.c, "grad_cn");
    assert_int_equal(laco_backward(c.tape, NULL), LACO_OK);
    check_gradients(&c, x, h0, c0);
    free(lengths);
    laco_tape_free(c.tape);
    laco_module_free(c.module);
    laco_tensor_file_free(c.file);
    laco_context_free(c.ctx);
}

static void test_every_case(void **state)
{
    (void)state;
    parity_list list = parity_folder("LACO_PARITY_DIR", "tests/parity");
    for (int cpu = 0; cpu < LACO_CPU_COUNT; cpu++) {
        if (!laco_kernels_for((laco_cpu)cpu))
            continue;
        for (int threads = 1; threads <= 2; threads++)
            for (size_t i = 0; i < list.count; i++)
                run_case(list.path[i], laco_cpu_level_name((laco_cpu)cpu), threads);
        print_message("%s: %zu cases agree\n", laco_cpu_level_name((laco_cpu)cpu), list.count);
    }
    parity_report();
    parity_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
