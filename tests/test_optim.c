/* Optimisers and clipping: torch's numbers (files of tools/make_optimiser_cases.py), threads, resuming, errors. */
#include "failing_allocator.h"
#include "optim/state.h"
#include "laco/optim.h"
#include "parity.h"

#define STEPS 10
#define MAX_PARAMS 8

/* Calls check(ctx, file) for every file of the folder that has `key` in its metadata; returns how many there were. */
static int for_each_case(const char *key, void (*check)(laco_context *ctx, const laco_tensor_file *file))
{
    int count = 0;
    laco_context *ctx = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    parity_list list = parity_folder("LACO_OPTIMISER_PARITY_DIR", "tests/parity/optimiser");
    for (size_t i = 0; i < list.count; i++) {
        laco_tensor_file *file = NULL;
        assert_int_equal(laco_tensor_file_open(ctx, list.path[i], &file), LACO_OK);
        if (laco_tensor_file_metadata(file, key)) {
            check(ctx, file);
            count++;
        }
        laco_tensor_file_free(file);
    }
    parity_list_free(&list);
    laco_context_free(ctx);
    return count;
}

static double number(const laco_tensor_file *file, const char *key)
{
    const char *text = laco_tensor_file_metadata(file, key);
    return text ? strtod(text, NULL) : 0;
}

static bool truth(const laco_tensor_file *file, const char *key)
{
    const char *text = laco_tensor_file_metadata(file, key);
    return text && strcmp(text, "True") == 0;
}

static laco_optimiser_config config_of(const laco_tensor_file *file)
{
    static const char *const names[] = {
        [LACO_SGD] = "SGD", [LACO_ADAM] = "Adam", [LACO_ADAMW] = "AdamW", [LACO_RMSPROP] = "RMSprop"};
    const char *name = laco_tensor_file_metadata(file, "optimiser");
    int kind = LACO_SGD;
    while (strcmp(names[kind], name) != 0)
        assert_true(++kind <= LACO_RMSPROP);
    assert_false(truth(file, "amsgrad"));
    double decay = number(file, "weight_decay");
    return (laco_optimiser_config){
        .kind = (laco_optimiser_kind)kind,
        .lr = number(file, "lr"),
        .weight_decay = kind == LACO_ADAMW && decay == 0 ? -1 : decay,
        .momentum = number(file, "momentum"),
        .dampening = number(file, "dampening"),
        .nesterov = truth(file, "nesterov"),
        .beta1 = number(file, "beta1"),
        .beta2 = number(file, "beta2"),
        .eps = number(file, "eps"),
        .alpha = number(file, "alpha"),
        .centered = truth(file, "centered"),
    };
}

static void read_into(const laco_tensor_file *file, const char *format, int index, int at, const laco_param *param,
                      laco_real *out)
{
    char name[64];
    snprintf(name, sizeof name, format, index, at);
    assert_int_equal(laco_tensor_file_read_real(file, name, param->ndim, param->shape, out), LACO_OK);
}

static void check_against(const laco_tensor_file *file, const char *format, int index, int at, const laco_real *ours,
                          double tolerance)
{
    char name[64];
    snprintf(name, sizeof name, format, index, at);
    parity_check(file, name, ours, tolerance, false);
}

/* A module with the parameters PREFIX0, PREFIX1 … of a file, shaped as its FORMAT tensors. */
static laco_module *module_of(laco_context *ctx, const laco_tensor_file *file, const char *format)
{
    laco_module *module = NULL;
    assert_int_equal(laco_module_new(ctx, 0, &module), LACO_OK);
    for (int i = 0; i < MAX_PARAMS; i++) {
        char name[64];
        laco_param *param = NULL;
        snprintf(name, sizeof name, format, i);
        const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
        if (entry)
            assert_int_equal(laco_module_add_param(module, name, entry->ndim, entry->shape, &param), LACO_OK);
    }
    assert_true(laco_module_param_count(module) > 0);
    return module;
}

static void check_optimiser(laco_context *ctx, const laco_tensor_file *file)
{
    laco_optimiser_config config = config_of(file);
    laco_optimiser *optimiser = NULL;
    laco_module *module = module_of(ctx, file, "param%d.0");
    int count = (int)laco_module_param_count(module);
    for (int i = 0; i < count; i++)
        read_into(file, "param%d.%d", i, 0, laco_module_param(module, (size_t)i), laco_module_param(module, (size_t)i)->value);
    assert_int_equal(laco_optimiser_new(module, &config, &optimiser), LACO_OK);
    for (int step = 1; step <= STEPS; step++) {
        for (int i = 0; i < count; i++)
            read_into(file, "grad%d.%d", i, step, laco_module_param(module, (size_t)i),
                      laco_module_param(module, (size_t)i)->grad);
        laco_optimiser_step(optimiser);
        for (int i = 0; i < count; i++)
            check_against(file, "param%d.%d", i, step, laco_module_param(module, (size_t)i)->value, 1e-6);
    }
    laco_optimiser_free(optimiser);
    laco_module_free(module);
}

static void test_torch(void **state)
{
    (void)state;
    assert_true(for_each_case("optimiser", check_optimiser) >= 17);
    parity_report();
}

static void check_clip(laco_context *ctx, const laco_tensor_file *file)
{
    laco_module *module = module_of(ctx, file, "before%d");
    int count = (int)laco_module_param_count(module);
    for (int i = 0; i < count; i++)
        read_into(file, "before%d", i, 0, laco_module_param(module, (size_t)i), laco_module_param(module, (size_t)i)->grad);
    if (strcmp(laco_tensor_file_metadata(file, "clip"), "norm") == 0) {
        laco_real expected = 0;
        assert_int_equal(laco_tensor_file_read_real(file, "total_norm", 0, NULL, &expected), LACO_OK);
        double norm = laco_clip_grad_norm(module, number(file, "max_norm"));
        assert_true(fabs(norm - (double)expected) <= 1e-6 * (double)expected);
    } else {
        laco_clip_grad_value(module, number(file, "clip_value"));
    }
    for (int i = 0; i < count; i++)
        check_against(file, "after%d", i, 0, laco_module_param(module, (size_t)i)->grad, 3e-7);
    laco_module_free(module);
}

static void test_clipping(void **state)
{
    (void)state;
    assert_true(for_each_case("clip", check_clip) >= 6);
}

/* A context, a module with one large and one small parameter, an optimiser. */
typedef struct bench {
    laco_context *ctx;
    laco_module *module;
    laco_param *large, *small;
    laco_optimiser *optimiser;
} bench;

#define LARGE 100003 /* enough to be split, and no multiple of anything */

static double wave(int64_t i, int step) { return sin(0.37 * (double)i + 1.7 * step) + (i % 7 == 0 ? 0.5 : 0); }

static bench bench_new(int threads, const laco_optimiser_config *config)
{
    bench b = {0};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &b.ctx), LACO_OK);
    assert_int_equal(laco_module_new(b.ctx, 0, &b.module), LACO_OK);
    assert_int_equal(laco_module_add_param(b.module, "large", 1, (int64_t[]){LARGE}, &b.large), LACO_OK);
    assert_int_equal(laco_module_add_param(b.module, "small", 2, (int64_t[]){4, 5}, &b.small), LACO_OK);
    for (int64_t i = 0; i < LARGE; i++)
        b.large->value[i] = (laco_real)wave(i, 0);
    for (int64_t i = 0; i < b.small->count; i++)
        b.small->value[i] = (laco_real)wave(i, 100);
    assert_int_equal(laco_optimiser_new(b.module, config, &b.optimiser), LACO_OK);
    return b;
}

static void bench_free(bench *b)
{
    laco_optimiser_free(b->optimiser);
    laco_module_free(b->module);
    laco_context_free(b->ctx);
}

static void bench_gradients(bench *b, int step)
{
    for (int64_t i = 0; i < LARGE; i++)
        b->large->grad[i] = (laco_real)wave(i, step);
    for (int64_t i = 0; i < b->small->count; i++)
        b->small->grad[i] = (laco_real)wave(i, -step);
}

static void bench_steps(bench *b, int first, int last)
{
    for (int step = first; step <= last; step++) {
        bench_gradients(b, step);
        laco_clip_grad_norm(b->module, 5);
        laco_clip_grad_value(b->module, 0.02);
        laco_optimiser_step(b->optimiser);
    }
}

static void assert_same(const laco_param *a, const laco_param *b)
{
    assert_memory_equal(a->value, b->value, (size_t)a->count * sizeof(laco_real));
}

static const laco_optimiser_config KINDS[] = {
    {.kind = LACO_SGD, .weight_decay = 0.01},
    {.kind = LACO_SGD, .momentum = 0.9, .dampening = 0.2},
    {.kind = LACO_SGD, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1},
    {.kind = LACO_ADAM, .weight_decay = 0.1},
    {.kind = LACO_ADAMW, .lr = 0.01},
    {.kind = LACO_RMSPROP},
    {.kind = LACO_RMSPROP, .momentum = 0.9, .centered = true},
};
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static void test_threads(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        bench one = bench_new(1, &KINDS[k]);
        bench_steps(&one, 1, 3);
        for (int threads = 2; threads <= 3; threads++) {
            bench many = bench_new(threads, &KINDS[k]);
            bench_steps(&many, 1, 3);
            assert_same(one.large, many.large);
            assert_same(one.small, many.small);
            bench_free(&many);
        }
        bench_free(&one);
    }
}

static void copy_state(bench *from, bench *to)
{
    for (size_t i = 0; i < 2; i++) {
        const laco_param *param = laco_module_param(from->module, i);
        size_t bytes = (size_t)param->count * sizeof(laco_real);
        const char *name, *other;
        memcpy(laco_module_param(to->module, i)->value, param->value, bytes);
        laco_real *buffer;
        for (int j = 0; (buffer = laco_optimiser_buffer(from->optimiser, i, j, &name)); j++) {
            memcpy(laco_optimiser_buffer(to->optimiser, i, j, &other), buffer, bytes);
            assert_string_equal(name, other);
        }
    }
    laco_optimiser_set_steps(to->optimiser, laco_optimiser_steps(from->optimiser));
}

static void test_resume(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        bench whole = bench_new(1, &KINDS[k]), half = bench_new(1, &KINDS[k]), rest = bench_new(1, &KINDS[k]);
        bench_steps(&whole, 1, 6);
        bench_steps(&half, 1, 3);
        copy_state(&half, &rest);
        bench_steps(&rest, 4, 6);
        assert_same(whole.large, rest.large);
        assert_same(whole.small, rest.small);
        assert_int_equal(laco_optimiser_steps(rest.optimiser), 6);
        bench_free(&whole);
        bench_free(&half);
        bench_free(&rest);
    }
}

/* A frozen parameter rests, and starts when it is thawed as if the steps before had not been. */
static void test_frozen(void **state)
{
    (void)state;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        bench cold = bench_new(1, &KINDS[k]), warm = bench_new(1, &KINDS[k]);
        cold.small->frozen = true;
        cold.small->grad[0] = 1e6f;
        uint64_t small = cold.small->version, large = cold.large->version;
        bench_gradients(&cold, 1);
        double before = (double)cold.small->grad[0], norm = laco_clip_grad_norm(cold.module, 1e-3);
        assert_true((double)cold.small->grad[0] == before && norm > 1 && fabs((double)cold.large->grad[1]) < 1e-3);
        laco_clip_grad_value(cold.module, 1e-9);
        assert_true((double)cold.small->grad[0] == before);
        laco_optimiser_step(cold.optimiser);
        assert_int_equal(cold.small->version, small);
        assert_true(cold.large->version > large);
        assert_same(cold.small, warm.small);
        cold.small->frozen = false;
        bench_steps(&cold, 1, 2);
        bench_steps(&warm, 1, 2);
        assert_true(cold.small->version > small);
        assert_same(cold.small, warm.small);
        bench_free(&cold);
        bench_free(&warm);
    }
}

static void assert_buffers(const laco_optimiser_config *config, const char *const *names)
{
    bench b = bench_new(1, config);
    const char *name = NULL;
    int count = 0;
    for (; names[count]; count++) {
        laco_real *buffer = laco_optimiser_buffer(b.optimiser, 1, count, &name);
        assert_non_null(buffer);
        assert_string_equal(name, names[count]);
        for (int64_t i = 0; i < b.small->count; i++)
            assert_true(buffer[i] == 0);
    }
    assert_null(laco_optimiser_buffer(b.optimiser, 1, count, &name));
    assert_null(laco_optimiser_buffer(b.optimiser, 2, 0, &name));
    assert_null(laco_optimiser_buffer(b.optimiser, 1, -1, &name));
    bench_free(&b);
}

static void test_buffers(void **state)
{
    (void)state;
    assert_buffers(NULL, (const char *[]){NULL});
    assert_buffers(&KINDS[0], (const char *[]){NULL});
    assert_buffers(&KINDS[1], (const char *[]){"momentum_buffer", NULL});
    assert_buffers(&KINDS[3], (const char *[]){"exp_avg", "exp_avg_sq", NULL});
    assert_buffers(&KINDS[4], (const char *[]){"exp_avg", "exp_avg_sq", NULL});
    assert_buffers(&KINDS[5], (const char *[]){"square_avg", NULL});
    assert_buffers(&KINDS[6], (const char *[]){"square_avg", "momentum_buffer", "grad_avg", NULL});
    assert_buffers(&(laco_optimiser_config){.kind = LACO_RMSPROP, .centered = true},
                   (const char *[]){"square_avg", "grad_avg", NULL});
}

/* A step that clears is a step and zero_grad, whatever is frozen and however many parts there are. */
static void test_step_and_clear(void **state)
{
    (void)state;
    enum { COUNT = 70001 };
    for (int kind = LACO_SGD; kind <= LACO_RMSPROP; kind++) {
        laco_context *ctx = NULL;
        laco_module *module[2];
        laco_optimiser *optimiser[2];
        laco_param *moving[2], *frozen[2];
        assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &ctx), LACO_OK);
        for (int way = 0; way < 2; way++) {
            assert_int_equal(laco_module_new(ctx, 1, &module[way]), LACO_OK);
            assert_int_equal(laco_module_add_param(module[way], "moving", 1, (int64_t[]){COUNT}, &moving[way]), LACO_OK);
            assert_int_equal(laco_module_add_param(module[way], "frozen", 1, (int64_t[]){3}, &frozen[way]), LACO_OK);
            frozen[way]->frozen = true;
            laco_optimiser_config config = {.kind = (laco_optimiser_kind)kind, .momentum = kind == LACO_SGD ? 0.9 : 0};
            assert_int_equal(laco_optimiser_new(module[way], &config, &optimiser[way]), LACO_OK);
            for (int step = 0; step < 3; step++) {
                for (int i = 0; i < COUNT; i++)
                    moving[way]->grad[i] += (laco_real)sin(i * (step + 1.0));
                frozen[way]->grad[1] = 5;
                if (way == 0) {
                    laco_optimiser_step(optimiser[way]);
                    laco_module_zero_grad(module[way]);
                } else {
                    laco_optimiser_step_and_clear(optimiser[way]);
                }
            }
        }
        assert_memory_equal(moving[0]->value, moving[1]->value, COUNT * sizeof(laco_real));
        assert_memory_equal(moving[0]->grad, moving[1]->grad, COUNT * sizeof(laco_real));
        assert_true(frozen[1]->grad[1] == 0 && frozen[1]->value[1] == 0 && moving[1]->value[7] != 0);
        for (int way = 0; way < 2; way++) {
            laco_optimiser_free(optimiser[way]);
            laco_module_free(module[way]);
        }
        laco_context_free(ctx);
    }
}

static void test_rate(void **state)
{
    (void)state;
    static const double defaults[] = {[LACO_SGD] = 0.01, [LACO_ADAM] = 0.001, [LACO_ADAMW] = 0.001, [LACO_RMSPROP] = 0.01};
    for (int kind = LACO_SGD; kind <= LACO_RMSPROP; kind++) {
        bench b = bench_new(1, &(laco_optimiser_config){.kind = (laco_optimiser_kind)kind});
        assert_true(laco_optimiser_lr(b.optimiser) == defaults[kind]);
        laco_optimiser_set_lr(b.optimiser, 0);
        bench_gradients(&b, 1);
        laco_real before = b.large->value[2];
        laco_optimiser_step(b.optimiser);
        assert_true(b.large->value[2] == before);
        laco_optimiser_set_lr(b.optimiser, 0.5);
        laco_optimiser_step(b.optimiser);
        assert_true(b.large->value[2] != before);
        bench_free(&b);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        laco_optimiser_config config;
        const char *text;
    } wrong[] = {
        {{.kind = (laco_optimiser_kind)9}, "optimiser kind 9 cannot be: it is one of LACO_SGD … LACO_LBFGS"},
        {{.lr = -0.1}, "SGD: lr -0.1 cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_ADAM, .lr = NAN}, "Adam: lr nan cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_RMSPROP, .lr = INFINITY}, "RMSprop: lr inf cannot be: a finite number that is not negative is needed"},
        {{.weight_decay = -1}, "SGD: weight_decay -1 cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_ADAM, .weight_decay = -1},
         "Adam: weight_decay -1 cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_ADAMW, .weight_decay = NAN},
         "AdamW: weight_decay nan cannot be: a finite number that is not negative is needed"},
        {{.momentum = -0.5}, "SGD: momentum -0.5 cannot be: a finite number that is not negative is needed"},
        {{.momentum = 0.5, .dampening = NAN}, "SGD: dampening nan cannot be: a finite number is needed"},
        {{.nesterov = true}, "SGD: nesterov needs a momentum above 0 (it is 0) and no dampening (it is 0)"},
        {{.momentum = 0.9, .dampening = 0.1, .nesterov = true},
         "SGD: nesterov needs a momentum above 0 (it is 0.9) and no dampening (it is 0.1)"},
        {{.kind = LACO_ADAM, .beta1 = 1}, "Adam: beta1 1 cannot be: a number from 0 up to but not including 1 is needed"},
        {{.kind = LACO_ADAMW, .beta2 = -0.1}, "AdamW: beta2 -0.1 cannot be: a number from 0 up to but not including 1 is needed"},
        {{.kind = LACO_ADAM, .beta2 = NAN}, "Adam: beta2 nan cannot be: a number from 0 up to but not including 1 is needed"},
        {{.kind = LACO_ADAM, .eps = -1e-8}, "Adam: eps -1e-08 cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_RMSPROP, .alpha = 1.5},
         "RMSprop: alpha 1.5 cannot be: a number from 0 up to but not including 1 is needed"},
        {{.kind = LACO_RMSPROP, .eps = -1}, "RMSprop: eps -1 cannot be: a finite number that is not negative is needed"},
        {{.kind = LACO_RMSPROP, .momentum = NAN},
         "RMSprop: momentum nan cannot be: a finite number that is not negative is needed"},
    };
    bench b = bench_new(1, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        laco_optimiser *out = (laco_optimiser *)&b;
        assert_int_equal(laco_optimiser_new(b.module, &wrong[i].config, &out), LACO_INVALID);
        assert_string_equal(laco_error(b.ctx), wrong[i].text);
        assert_ptr_equal(out, &b);
    }
    /* What another optimiser would not allow is nothing to SGD. */
    laco_optimiser *fine = NULL;
    assert_int_equal(laco_optimiser_new(b.module, &(laco_optimiser_config){.beta1 = 7, .alpha = -1, .eps = NAN}, &fine), LACO_OK);
    laco_optimiser_free(fine);
    laco_optimiser_free(NULL);
    bench_free(&b);
}

/* Gradients that are not numbers: the norm says so, and nothing is spread by clipping. */
static void test_clip_nan(void **state)
{
    (void)state;
    bench b = bench_new(2, NULL);
    bench_gradients(&b, 1);
    b.large->grad[5] = NAN;
    laco_real other = b.large->grad[6];
    assert_true(isnan(laco_clip_grad_norm(b.module, 1)));
    assert_true(b.large->grad[6] == other);
    laco_clip_grad_value(b.module, 0.25);
    assert_true(isnan(b.large->grad[5]));
    for (int64_t i = 0; i < LARGE; i++)
        assert_true(i == 5 || fabs((double)b.large->grad[i]) <= 0.25);
    bench_free(&b);
}

/* Σ (1 − a)² + 100·(b − a²)², a in the first half of the parameter and b in the second. */
static laco_status valley(void *user, double *loss)
{
    laco_param *param = user;
    const laco_real *a = param->value, *b = a + param->count / 2;
    *loss = 0;
    for (int64_t i = 0; i < param->count / 2; i++) {
        laco_real u = 1 - a[i], v = b[i] - a[i] * a[i];
        *loss += (double)(u * u + 100 * v * v);
        param->grad[i] = -2 * u - 400 * v * a[i];
        param->grad[i + param->count / 2] = 200 * v;
    }
    return LACO_OK;
}

/* test_lbfgs.c follows torch in double; here is the library as it is. */
static void test_lbfgs(void **state)
{
    (void)state;
    bench b = bench_new(2, NULL);
    laco_optimiser *lbfgs = NULL;
    double loss = NAN;
    b.large->frozen = true;
    laco_optimiser_config config = {.kind = LACO_LBFGS, .lbfgs.line_search = LACO_STRONG_WOLFE};
    assert_int_equal(laco_optimiser_new(b.module, &config, &lbfgs), LACO_OK);
    assert_int_equal(laco_optimiser_step(lbfgs), LACO_INVALID); /* it needs the closure */
    for (int step = 0; step < 8; step++)
        assert_int_equal(laco_optimiser_step_closure(lbfgs, valley, b.small, &loss), LACO_OK);
    for (int64_t i = 0; i < b.small->count; i++)
        assert_true(fabs((double)b.small->value[i] - 1) < 1e-3);
    assert_true(loss < 1e-6); /* about what torch reaches in float32 */
    laco_optimiser_set_lr(lbfgs, 0.5);
    assert_true(laco_optimiser_lr(lbfgs) == 0.5);
    laco_optimiser_free(lbfgs);
    bench_free(&b);
}

/* With a closure the others step as without: it is asked once. */
static void test_closure(void **state)
{
    (void)state;
    bench by_hand = bench_new(2, NULL), by_closure = bench_new(2, NULL);
    laco_optimiser *hand = NULL, *closure = NULL;
    double first = NAN, loss = NAN;
    laco_optimiser_config config = {.kind = LACO_ADAM, .lr = 0.1};
    assert_int_equal(laco_optimiser_new(by_hand.module, &config, &hand), LACO_OK);
    assert_int_equal(laco_optimiser_new(by_closure.module, &config, &closure), LACO_OK);
    for (int step = 0; step < 3; step++) {
        assert_int_equal(valley(by_hand.small, &first), LACO_OK);
        assert_int_equal(laco_optimiser_step(hand), LACO_OK);
        assert_int_equal(laco_optimiser_step_closure(closure, valley, by_closure.small, &loss), LACO_OK);
        assert_true(loss == first);
    }
    assert_memory_equal(by_hand.small->value, by_closure.small->value, (size_t)by_hand.small->count * sizeof(laco_real));
    laco_optimiser_free(hand);
    laco_optimiser_free(closure);
    bench_free(&by_hand);
    bench_free(&by_closure);
}

static laco_status attempt(laco_context *ctx, void *data)
{
    laco_module *module = NULL;
    laco_param *param = NULL;
    laco_optimiser *optimiser = NULL;
    laco_status status = laco_module_new(ctx, 0, &module);
    if (status == LACO_OK)
        status = laco_module_add_param(module, "a", 1, (int64_t[]){LARGE}, &param);
    if (status == LACO_OK)
        status = laco_module_add_param(module, "b", 1, (int64_t[]){3}, &param);
    if (status == LACO_OK)
        status = laco_optimiser_new(module, data, &optimiser);
    assert_true((status == LACO_OK) == (optimiser != NULL));
    if (optimiser)
        laco_optimiser_step(optimiser);
    laco_optimiser_free(optimiser);
    laco_module_free(module);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    laco_optimiser_config config = {.kind = LACO_RMSPROP, .momentum = 0.9, .centered = true};
    assert_true(fail_each_allocation(attempt, &config) >= 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torch),          cmocka_unit_test(test_clipping), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_resume),         cmocka_unit_test(test_frozen),   cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_step_and_clear), cmocka_unit_test(test_rate),     cmocka_unit_test(test_errors),
        cmocka_unit_test(test_clip_nan),       cmocka_unit_test(test_lbfgs),    cmocka_unit_test(test_closure),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
