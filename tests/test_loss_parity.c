/* PyTorch's numbers for losses, activations, Linear and Embedding: the files of tests/parity/loss, or of the folder in
 * $LACO_LOSS_PARITY_DIR (made by tools/make_loss_cases.py), at every instruction set of this machine, at 1 and 2 threads. */
#include "kernel/kernel.h"
#include "laco/laco.h"
#include "parity.h"
#include "nn/attention.h"

#define VALUE_TOLERANCE 2e-5
#define GRADIENT_TOLERANCE 1e-4

typedef struct loss_case {
    laco_context *ctx;
    laco_tensor_file *file;
    laco_module *module;
    laco_tape *tape;
    laco_var input, target; /* target: or the memory of attention; NULL: none, or not numbers that have a gradient */
} loss_case;

static const char *option(const loss_case *c, const char *name)
{
    const char *value = laco_tensor_file_metadata(c->file, name);
    if (!value)
        fail_msg("%s: no '%s' in the metadata", laco_tensor_file_name(c->file), name);
    return value;
}

static int64_t number(const loss_case *c, const char *name) { return strtoll(option(c, name), NULL, 10); }

static laco_reduction reduction(const loss_case *c) { return strcmp(option(c, "reduction"), "mean") == 0 ? LACO_MEAN : LACO_SUM; }

static laco_var leaf(const loss_case *c, const char *name)
{
    parity_tensor tensor = parity_read(c->file, name);
    assert_non_null(tensor.data);
    laco_var var = laco_leaf(c->tape, tensor.data, tensor.ndim, tensor.shape);
    parity_free(&tensor);
    assert_non_null(var);
    return var;
}

static int32_t *read_integers(const loss_case *c, const char *name)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(c->file, name);
    assert_non_null(entry);
    int64_t *wide = calloc(entry->count + 1, sizeof *wide);
    int32_t *numbers = calloc(entry->count + 1, sizeof *numbers);
    assert_int_equal(laco_tensor_file_read_int(c->file, name, entry->ndim, entry->shape, wide), LACO_OK);
    for (size_t i = 0; i < entry->count; i++)
        numbers[i] = (int32_t)wide[i];
    free(wide);
    return numbers;
}

static void read_params(const loss_case *c)
{
    for (size_t i = 0; i < laco_module_param_count(c->module); i++) {
        laco_param *param = laco_module_param(c->module, i);
        char name[128];
        snprintf(name, sizeof name, "param.%s", param->name);
        if (laco_tensor_file_read_real(c->file, name, param->ndim, param->shape, param->value) < 0)
            fail_msg("%s", laco_error(c->ctx));
        laco_param_changed(param);
    }
}

/* ---- One operation each ---- */

static laco_var class_loss(loss_case *c, bool logits)
{
    int32_t ignore = (int32_t)number(c, "ignore_index");
    parity_tensor weight = parity_read(c->file, "weight");
    laco_loss_config config = {.class_weights = weight.data, .ignore_index = &ignore, .reduction = reduction(c)};
    int32_t *target = read_integers(c, "target");
    c->input = leaf(c, "input");
    if (logits)
        config.label_smoothing = strtod(option(c, "label_smoothing"), NULL);
    laco_var y =
        logits ? laco_cross_entropy_loss(c->tape, c->input, target, &config) : laco_nll_loss(c->tape, c->input, target, &config);
    free(target);
    parity_free(&weight); /* the way back must not need it */
    return y;
}

static laco_var ctc_loss(loss_case *c)
{
    int32_t *lengths = read_integers(c, "lengths"), *target = read_integers(c, "target"),
            *counts = read_integers(c, "target_lengths");
    laco_ctc_config config = {.blank = (int32_t)number(c, "blank"),
                              .reduction = reduction(c),
                              .zero_infinity = strcmp(option(c, "zero_infinity"), "True") == 0};
    c->input = leaf(c, "input");
    laco_var y = laco_ctc_loss(c->tape, laco_log_softmax(c->tape, c->input), lengths, target, counts, &config);
    free(lengths);
    free(target);
    free(counts);
    return y;
}

static laco_var linear(loss_case *c)
{
    laco_linear *layer;
    bool no_bias = strcmp(option(c, "bias"), "False") == 0;
    assert_int_equal(laco_linear_new(c->module, "", number(c, "in_features"), number(c, "out_features"), no_bias, &layer),
                     LACO_OK);
    read_params(c);
    c->input = leaf(c, "input");
    return laco_linear_apply(c->tape, layer, c->input);
}

static laco_var embedding(loss_case *c)
{
    laco_embedding *layer;
    int64_t padding = strcmp(option(c, "padding_idx"), "None") == 0 ? -1 : number(c, "padding_idx");
    assert_int_equal(laco_embedding_new(c->module, "", number(c, "num_embeddings"), number(c, "embedding_dim"), padding, &layer),
                     LACO_OK);
    read_params(c);
    const laco_tensor_entry *input = laco_tensor_file_find(c->file, "input");
    int32_t *ids = read_integers(c, "input");
    laco_var y = laco_embedding_apply(c->tape, layer, ids, input->shape[0], input->shape[1]);
    free(ids);
    laco_var_data(y); /* rows are fetched where somebody looks, and only then go back to the table */
    return y;
}

static laco_var attention(loss_case *c, laco_attention_kind kind)
{
    laco_attention *layer;
    const laco_tensor_entry *query = laco_tensor_file_find(c->file, "input"),
                            *key = laco_tensor_file_find(c->file, "param.key.weight");
    laco_attention_config config = {
        .kind = kind, .query_size = query->shape[2], .memory_size = key->shape[1], .size = key->shape[0]};
    assert_int_equal(laco_attention_new(c->module, "", &config, &layer), LACO_OK);
    read_params(c);
    int32_t *lengths = read_integers(c, "lengths");
    c->input = leaf(c, "input");
    c->target = leaf(c, "memory");
    laco_memory memory = {c->target, laco_attention_keys(c->tape, layer, c->target), lengths};
    laco_var y = laco_attention_apply(c->tape, layer, c->input, &memory, NULL);
    free(lengths); /* the way back must not need them */
    return y;
}

static laco_var run(loss_case *c)
{
    const char *op = option(c, "op");
    if (strcmp(op, "NLLLoss") == 0 || strcmp(op, "CrossEntropyLoss") == 0)
        return class_loss(c, op[0] == 'C');
    if (strcmp(op, "CTCLoss") == 0)
        return ctc_loss(c);
    if (strcmp(op, "Linear") == 0)
        return linear(c);
    if (strcmp(op, "Embedding") == 0)
        return embedding(c);
    if (strncmp(op, "attention_", 10) == 0)
        return attention(c, op[10] == 'd' ? LACO_ATTENTION_DOT : LACO_ATTENTION_ADDITIVE);
    c->input = leaf(c, "input");
    if (strcmp(op, "MSELoss") == 0)
        return laco_mse_loss(c->tape, c->input, c->target = leaf(c, "target"), reduction(c));
    if (strcmp(op, "LogSoftmax") == 0)
        return laco_log_softmax(c->tape, c->input);
    if (strcmp(op, "tanh") == 0)
        return laco_tanh(c->tape, c->input);
    if (strcmp(op, "sigmoid") == 0)
        return laco_sigmoid(c->tape, c->input);
    if (strcmp(op, "relu") == 0)
        return laco_relu(c->tape, c->input);
    fail_msg("%s: unknown op '%s'", laco_tensor_file_name(c->file), op);
    return NULL;
}

/* ---- Comparing ---- */

/* Our gradient for the tensor grad.NAME of the file. */
static const laco_real *gradient(const loss_case *c, const char *name)
{
    if (strcmp(name, "input") == 0)
        return laco_var_grad(c->input);
    if (strcmp(name, "target") == 0 || strcmp(name, "memory") == 0)
        return laco_var_grad(c->target);
    laco_param *param = strncmp(name, "param.", 6) == 0 ? laco_module_find(c->module, name + 6) : NULL;
    if (!param)
        fail_msg("%s: a gradient of '%s', which laco does not have", laco_tensor_file_name(c->file), name);
    return param->grad;
}

static void check(const loss_case *c, laco_var y)
{
    parity_tensor output = parity_read(c->file, "output"), grad_output = parity_read(c->file, "grad_output");
    assert_int_equal(laco_var_ndim(y), output.ndim);
    for (int i = 0; i < output.ndim; i++)
        assert_int_equal(laco_var_dim(y, i), output.shape[i]);
    parity_check(c->file, "output", laco_var_data(y), VALUE_TOLERANCE, false);
    assert_int_equal(laco_var_add_grad(y, grad_output.data), LACO_OK);
    assert_int_equal(laco_backward(c->tape, NULL), LACO_OK);
    int gradients = 0;
    for (size_t i = 0; i < laco_tensor_file_count(c->file); i++) {
        const char *name = laco_tensor_file_at(c->file, i)->name;
        if (strncmp(name, "grad.", 5) != 0)
            continue;
        parity_check(c->file, name, gradient(c, name + 5), GRADIENT_TOLERANCE, true);
        gradients++;
    }
    assert_int_not_equal(gradients, 0);
    parity_free(&output);
    parity_free(&grad_output);
}

static void run_case(const char *path, const char *cpu, int threads)
{
    loss_case c = {0};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads, .cpu = cpu}, &c.ctx), LACO_OK);
    if (laco_tensor_file_open(c.ctx, path, &c.file) < 0)
        fail_msg("%s", laco_error(c.ctx));
    assert_int_equal(laco_module_new(c.ctx, 1, &c.module), LACO_OK);
    assert_int_equal(laco_tape_new(c.ctx, NULL, &c.tape), LACO_OK);
    laco_var y = run(&c);
    if (!y)
        fail_msg("%s: %s", path, laco_error(c.ctx));
    check(&c, y);
    laco_tape_free(c.tape);
    laco_module_free(c.module);
    laco_tensor_file_free(c.file);
    laco_context_free(c.ctx);
}

static void test_every_case(void **state)
{
    (void)state;
    parity_list list = parity_folder("LACO_LOSS_PARITY_DIR", "tests/parity/loss");
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
