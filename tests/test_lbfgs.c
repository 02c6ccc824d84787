/* L-BFGS in double precision: torch's way on two problems (files of tools/make_lbfgs_cases.py), resuming, failures. */
#include "failing_allocator.h"
#include "optim/state.h"
#include "laco/optim.h"
#include "optim/line_search.h"
#include "parity.h"

#define STEPS 10
#define INPUT 3
#define HIDDEN 6
#define OUTPUT 2
#define POINTS 20

/* A problem: its module, its data, and what its closure has been asked. */
typedef struct problem {
    laco_context *ctx;
    laco_module *module;
    laco_real x[POINTS * INPUT], y[POINTS * OUTPUT];
    bool mlp;
    int calls;
    int fail_at, nan_at; /* the call that fails or gives NaN (an odd one as the loss, an even one in the gradient); 0: none */
} problem;

static laco_lbfgs_state state_of(const laco_lbfgs *lbfgs)
{
    laco_lbfgs_state state;
    laco_lbfgs_get_state(lbfgs, &state);
    return state;
}

static laco_param *param_of(const problem *p, int index) { return laco_module_param(p->module, (size_t)index); }

/* Σ (1 − a)² + 100·(b − a²)² */
static double rosenbrock(problem *p)
{
    laco_param *a = param_of(p, 0), *b = param_of(p, 1);
    double loss = 0;
    for (int64_t i = 0; i < a->count; i++) {
        laco_real u = 1 - a->value[i], v = b->value[i] - a->value[i] * a->value[i];
        loss += (double)(u * u + 100 * v * v);
        a->grad[i] += -2 * u - 400 * v * a->value[i];
        b->grad[i] += 200 * v;
    }
    return loss;
}

static double mlp_point(problem *p, const laco_real *x, const laco_real *y)
{
    laco_param *w1 = param_of(p, 0), *b1 = param_of(p, 1), *w2 = param_of(p, 2), *b2 = param_of(p, 3);
    laco_real h[HIDDEN], dh[HIDDEN] = {0};
    double loss = 0;
    for (int j = 0; j < HIDDEN; j++) {
        h[j] = b1->value[j];
        for (int k = 0; k < INPUT; k++)
            h[j] += w1->value[j * INPUT + k] * x[k];
        h[j] = tanh(h[j]);
    }
    for (int o = 0; o < OUTPUT; o++) {
        laco_real error = b2->value[o] - y[o];
        for (int j = 0; j < HIDDEN; j++)
            error += w2->value[o * HIDDEN + j] * h[j];
        laco_real d = 2 * error / (POINTS * OUTPUT);
        loss += (double)(error * error) / (POINTS * OUTPUT);
        b2->grad[o] += d;
        for (int j = 0; j < HIDDEN; j++) {
            w2->grad[o * HIDDEN + j] += d * h[j];
            dh[j] += d * w2->value[o * HIDDEN + j];
        }
    }
    for (int j = 0; j < HIDDEN; j++) {
        laco_real d = dh[j] * (1 - h[j] * h[j]);
        b1->grad[j] += d;
        for (int k = 0; k < INPUT; k++)
            w1->grad[j * INPUT + k] += d * x[k];
    }
    return loss;
}

static laco_status closure(void *user, double *loss)
{
    problem *p = user;
    if (++p->calls == p->fail_at)
        return laco_fail(p->ctx, LACO_INTERRUPTED, "stopped at call %d", p->calls);
    laco_module_zero_grad(p->module);
    *loss = 0;
    for (int i = 0; p->mlp && i < POINTS; i++)
        *loss += mlp_point(p, p->x + i * INPUT, p->y + i * OUTPUT);
    if (!p->mlp)
        *loss = rosenbrock(p);
    if (p->calls == p->nan_at && p->calls % 2 == 1)
        *loss = NAN;
    else if (p->calls == p->nan_at)
        param_of(p, 1)->grad[1] = NAN;
    return LACO_OK;
}

static void add_param(problem *p, const char *name, int ndim, const int64_t *shape)
{
    laco_param *param = NULL;
    assert_int_equal(laco_module_add_param(p->module, name, ndim, shape, &param), LACO_OK);
}

static void problem_free(problem *p)
{
    laco_module_free(p->module);
    laco_context_free(p->ctx);
}

/* ---- Torch's way ---- */

static void problem_of(const laco_tensor_file *file, problem *p)
{
    *p = (problem){.mlp = strcmp(laco_tensor_file_metadata(file, "problem"), "mlp") == 0};
    assert_int_equal(laco_context_new(NULL, &p->ctx), LACO_OK);
    assert_int_equal(laco_module_new(p->ctx, 0, &p->module), LACO_OK);
    for (int i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "param%d.0", i);
        const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
        if (!entry)
            break;
        add_param(p, name, entry->ndim, entry->shape);
        assert_int_equal(laco_tensor_file_read_real(file, name, entry->ndim, entry->shape, param_of(p, i)->value), LACO_OK);
    }
    if (p->mlp) {
        assert_int_equal(laco_tensor_file_read_real(file, "x", 2, (int64_t[]){POINTS, INPUT}, p->x), LACO_OK);
        assert_int_equal(laco_tensor_file_read_real(file, "y", 2, (int64_t[]){POINTS, OUTPUT}, p->y), LACO_OK);
    }
}

static laco_optimiser_config config_of(const laco_tensor_file *file)
{
    return (laco_optimiser_config){
        .lr = strtod(laco_tensor_file_metadata(file, "lr"), NULL),
        .lbfgs.max_iter = atoi(laco_tensor_file_metadata(file, "max_iter")),
        .lbfgs.max_eval = atoi(laco_tensor_file_metadata(file, "max_eval")),
        .lbfgs.tolerance_grad = strtod(laco_tensor_file_metadata(file, "tolerance_grad"), NULL),
        .lbfgs.tolerance_change = strtod(laco_tensor_file_metadata(file, "tolerance_change"), NULL),
        .lbfgs.history_size = atoi(laco_tensor_file_metadata(file, "history_size")),
        .lbfgs.line_search =
            strcmp(laco_tensor_file_metadata(file, "line_search"), "none") == 0 ? LACO_NO_LINE_SEARCH : LACO_STRONG_WOLFE,
    };
}

static void check_step(const laco_tensor_file *file, const problem *p, int step)
{
    for (int i = 0; i < (int)laco_module_param_count(p->module); i++) {
        char name[32];
        snprintf(name, sizeof name, "param%d.%d", i, step);
        parity_check(file, name, param_of(p, i)->value, 1e-8, false);
    }
}

static void check_file(const laco_tensor_file *file)
{
    problem p;
    laco_lbfgs *lbfgs = NULL;
    laco_optimiser_config config = config_of(file);
    int64_t evaluations[STEPS];
    laco_real losses[STEPS];
    assert_int_equal(laco_tensor_file_read_int(file, "evaluations", 1, (int64_t[]){STEPS}, evaluations), LACO_OK);
    problem_of(file, &p);
    assert_int_equal(laco_lbfgs_new(p.module, &config, &lbfgs), LACO_OK);
    for (int step = 1; step <= STEPS; step++) {
        double loss = NAN;
        uint64_t version = param_of(&p, 0)->version;
        assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, &loss), LACO_OK);
        losses[step - 1] = (laco_real)loss;
        assert_int_equal(p.calls, evaluations[step - 1]);
        assert_int_equal(state_of(lbfgs).evaluations, p.calls);
        assert_true(param_of(&p, 0)->version > version || step > 1);
        check_step(file, &p, step);
    }
    parity_check(file, "loss", losses, 1e-9, false);
    laco_lbfgs_free(lbfgs);
    problem_free(&p);
}

static void test_torch(void **state)
{
    (void)state;
    int cases = 0;
    laco_context *ctx = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    parity_list list = parity_folder("LACO_OPTIMISER_PARITY_DIR", "tests/parity/optimiser");
    for (size_t i = 0; i < list.count; i++) {
        laco_tensor_file *file = NULL;
        assert_int_equal(laco_tensor_file_open(ctx, list.path[i], &file), LACO_OK);
        if (laco_tensor_file_metadata(file, "problem")) {
            check_file(file);
            cases++;
        }
        laco_tensor_file_free(file);
    }
    parity_list_free(&list);
    laco_context_free(ctx);
    assert_true(cases >= 9);
    parity_report();
}

/* ---- The line search alone ---- */

typedef struct line_case {
    const laco_real *c; /* the coefficients of the function, see the tool */
    laco_real d;
    int64_t evaluations;
} line_case;

static double line_value(const laco_real *c, double x)
{
    return c[0] * sin(c[1] * x + c[2]) + c[3] * x + c[4] * x * x + c[5] * exp(c[6] * x) + c[7] * x * sin(log1p(x));
}

static double line_slope(const laco_real *c, double x)
{
    double wave = c[0] * c[1] * cos(c[1] * x + c[2]), log = log1p(x);
    return wave + c[3] + 2 * c[4] * x + c[5] * c[6] * exp(c[6] * x) + c[7] * (sin(log) + x / (1 + x) * cos(log));
}

static laco_status line_evaluate(void *user, double t, laco_real *grad, double *loss)
{
    line_case *line = user;
    line->evaluations++;
    *grad = line_slope(line->c, t * line->d);
    *loss = line_value(line->c, t * line->d);
    return LACO_OK;
}

static void check_line(laco_context *ctx, line_case *at, double first, laco_line_point *point)
{
    laco_real room[3];
    laco_line line = {
        .kernels = laco_kernels_of(ctx),
        .size = 1,
        .d = &at->d,
        .grad = {room, room + 1, room + 2},
        .evaluate = line_evaluate,
        .user = at,
    };
    *point->grad = line_slope(at->c, 0);
    point->loss = line_value(at->c, 0);
    point->slope = *point->grad * at->d;
    assert_int_equal(laco_strong_wolfe(&line, first, point), LACO_OK);
    assert_true(point->slope == *point->grad * at->d);
}

static void test_line_search(void **state)
{
    (void)state;
    const char *folder = getenv("LACO_OPTIMISER_PARITY_DIR");
    char path[1024];
    laco_context *ctx = NULL;
    laco_tensor_file *file = NULL;
    snprintf(path, sizeof path, "%s/lbfgs_line_search.safetensors", folder && *folder ? folder : "tests/parity/optimiser");
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    parity_tensor c = parity_read(file, "coefficients"), d = parity_read(file, "d"), first = parity_read(file, "first");
    parity_tensor t = parity_read(file, "t"), f = parity_read(file, "f"), slope = parity_read(file, "slope");
    int64_t count = d.count, *evaluations = calloc((size_t)count, sizeof *evaluations);
    assert_true(count > 0 && evaluations);
    assert_int_equal(laco_tensor_file_read_int(file, "evaluations", 1, &count, evaluations), LACO_OK);
    for (int64_t i = 0; i < count; i++) {
        laco_real grad;
        line_case at = {.c = c.data + 8 * i, .d = d.data[i]};
        laco_line_point point = {.grad = &grad};
        check_line(ctx, &at, first.data[i], &point);
        assert_int_equal(at.evaluations, evaluations[i]);
        assert_true(fabs(point.t - t.data[i]) <= 1e-9 * fabs(t.data[i]));
        assert_true(fabs(point.loss - f.data[i]) <= 1e-9 * (1 + fabs(f.data[i])));
        assert_true(fabs(point.slope - slope.data[i]) <= 1e-6 * (1 + fabs(slope.data[i])));
    }
    parity_tensor *tensors[] = {&c, &d, &first, &t, &f, &slope};
    for (int i = 0; i < 6; i++)
        parity_free(tensors[i]);
    free(evaluations);
    laco_tensor_file_free(file);
    laco_context_free(ctx);
}

/* ---- Rosenbrock's valley, without files ---- */

static const laco_real A[] = {-1.2, 0.5, -0.3}, B[] = {1.0, -0.4, 1.5};

static void valley_in(problem *p, laco_context *ctx)
{
    *p = (problem){.ctx = ctx};
    assert_int_equal(laco_module_new(ctx, 0, &p->module), LACO_OK);
    add_param(p, "a", 1, (int64_t[]){3});
    add_param(p, "b", 1, (int64_t[]){3});
    memcpy(param_of(p, 0)->value, A, sizeof A);
    memcpy(param_of(p, 1)->value, B, sizeof B);
}

static void valley(problem *p)
{
    laco_context *ctx = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    valley_in(p, ctx);
}

static void assert_same(const problem *p, const problem *q)
{
    for (int i = 0; i < 2; i++)
        assert_memory_equal(param_of(p, i)->value, param_of(q, i)->value, sizeof A);
}

static void test_minimum(void **state)
{
    (void)state;
    problem p;
    laco_lbfgs *lbfgs = NULL;
    double loss = NAN;
    valley(&p);
    assert_int_equal(
        laco_lbfgs_new(p.module, &(laco_optimiser_config){.lbfgs.line_search = LACO_STRONG_WOLFE, .lbfgs.tolerance_change = -1},
                       &lbfgs),
        LACO_OK);
    assert_true(laco_lbfgs_lr(lbfgs) == 1);
    for (int step = 0; step < 8; step++)
        assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, &loss), LACO_OK);
    for (int64_t i = 0; i < 3; i++)
        assert_true(fabs(param_of(&p, 0)->value[i] - 1) < 1e-6 && fabs(param_of(&p, 1)->value[i] - 1) < 1e-6);
    assert_true(loss < 1e-12);
    int64_t iterations = state_of(lbfgs).iterations;
    assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, NULL), LACO_OK); /* nothing to do: the slope is too small */
    assert_int_equal(state_of(lbfgs).iterations, iterations);
    laco_lbfgs_free(lbfgs);
    problem_free(&p);
}

static void copy_state(laco_lbfgs *from, laco_lbfgs *to)
{
    laco_lbfgs_state state = state_of(from);
    const char *name = NULL;
    char kept[32];
    laco_real *buffer;
    size_t index = 0;
    assert_int_equal(laco_lbfgs_set_state(to, &state), LACO_OK);
    for (; (buffer = laco_lbfgs_buffer(from, index, &name)); index++) {
        snprintf(kept, sizeof kept, "%s", name);
        memcpy(laco_lbfgs_buffer(to, index, &name), buffer, (size_t)laco_lbfgs_size(from) * sizeof *buffer);
        assert_string_equal(kept, name);
    }
    assert_int_equal(index, 2 + 2 * state.history);
    assert_string_equal(kept, "old_stps.3");
    assert_null(laco_lbfgs_buffer(to, index, &name));
}

static void test_resume(void **state)
{
    (void)state;
    laco_optimiser_config config = {.lbfgs.max_iter = 4, .lbfgs.history_size = 4, .lbfgs.line_search = LACO_STRONG_WOLFE};
    problem p, q;
    laco_lbfgs *whole = NULL, *rest = NULL;
    valley(&p);
    valley(&q);
    assert_int_equal(laco_lbfgs_new(p.module, &config, &whole), LACO_OK);
    assert_int_equal(laco_lbfgs_new(q.module, &config, &rest), LACO_OK);
    for (int step = 0; step < 3; step++)
        assert_int_equal(laco_lbfgs_step(whole, closure, &p, NULL), LACO_OK);
    copy_state(whole, rest);
    for (int i = 0; i < 2; i++)
        memcpy(param_of(&q, i)->value, param_of(&p, i)->value, sizeof A);
    for (int step = 0; step < 3; step++) {
        assert_int_equal(laco_lbfgs_step(whole, closure, &p, NULL), LACO_OK);
        assert_int_equal(laco_lbfgs_step(rest, closure, &q, NULL), LACO_OK);
        assert_same(&p, &q);
    }
    assert_int_equal(state_of(whole).iterations, state_of(rest).iterations);
    laco_lbfgs_free(whole);
    laco_lbfgs_free(rest);
    problem_free(&p);
    problem_free(&q);
}

static void test_frozen(void **state)
{
    (void)state;
    problem p;
    laco_lbfgs *lbfgs = NULL;
    valley(&p);
    param_of(&p, 0)->frozen = true;
    assert_int_equal(laco_lbfgs_new(p.module, NULL, &lbfgs), LACO_OK);
    assert_int_equal(laco_lbfgs_size(lbfgs), 3);
    for (int step = 0; step < 3; step++)
        assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, NULL), LACO_OK);
    for (int64_t i = 0; i < 3; i++) {
        assert_true(param_of(&p, 0)->value[i] == A[i]);
        assert_true(fabs(param_of(&p, 1)->value[i] - A[i] * A[i]) < 1e-8);
    }
    laco_lbfgs_free(lbfgs);
    param_of(&p, 1)->frozen = true;
    assert_int_equal(laco_lbfgs_new(p.module, NULL, &lbfgs), LACO_INVALID);
    assert_string_equal(laco_error(p.ctx), "LBFGS: the module has no parameter to move: it needs one that is not frozen");
    problem_free(&p);
}

/* ---- Failures ---- */

/* A closure that fails at any of its calls leaves the parameters as they were, and the next step works. */
static void test_closure_fails(void **state)
{
    (void)state;
    for (int search = 0; search <= 1; search++)
        for (int call = 1; call <= 10; call++) {
            laco_optimiser_config config = {.lr = 0.2, .lbfgs.max_iter = 4, .lbfgs.line_search = (laco_line_search)search};
            problem p, before;
            laco_lbfgs *lbfgs = NULL;
            double loss = 7;
            valley(&p);
            valley(&before);
            assert_int_equal(laco_lbfgs_new(p.module, &config, &lbfgs), LACO_OK);
            p.fail_at = call;
            laco_status status = LACO_OK;
            while (status == LACO_OK) {
                for (int i = 0; i < 2; i++)
                    memcpy(param_of(&before, i)->value, param_of(&p, i)->value, sizeof A);
                loss = 7;
                status = laco_lbfgs_step(lbfgs, closure, &p, &loss);
            }
            assert_int_equal(status, LACO_INTERRUPTED);
            assert_true(loss == 7 && p.calls == call);
            assert_same(&p, &before);
            double first = NAN, second = NAN;
            assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, &first), LACO_OK);
            assert_int_equal(laco_lbfgs_step(lbfgs, closure, &p, &second), LACO_OK);
            assert_true(second < first);
            laco_lbfgs_free(lbfgs);
            problem_free(&p);
            problem_free(&before);
        }
}

/* Without line search a loss that is no number is an error; with it the search goes back from there. */
static void test_nan(void **state)
{
    (void)state;
    for (int call = 1; call <= 6; call++) {
        problem p, q;
        laco_lbfgs *plain = NULL, *wolfe = NULL;
        valley(&p);
        valley(&q);
        assert_int_equal(laco_lbfgs_new(p.module, &(laco_optimiser_config){.lr = 0.2, .lbfgs.max_iter = 10}, &plain), LACO_OK);
        assert_int_equal(laco_lbfgs_new(q.module, &(laco_optimiser_config){.lbfgs.line_search = LACO_STRONG_WOLFE}, &wolfe),
                         LACO_OK);
        p.nan_at = q.nan_at = call;
        assert_int_equal(laco_lbfgs_step(plain, closure, &p, NULL), LACO_NUMERIC);
        assert_memory_equal(param_of(&p, 0)->value, A, sizeof A);
        assert_memory_equal(param_of(&p, 1)->value, B, sizeof B);
        assert_non_null(strstr(laco_error(p.ctx), call % 2 == 1 ? "LBFGS: loss nan with " : " with largest gradient nan: "));
        assert_int_equal(laco_lbfgs_step(wolfe, closure, &q, NULL), call == 1 ? LACO_NUMERIC : LACO_OK);
        double loss = NAN;
        assert_int_equal(laco_lbfgs_step(wolfe, closure, &q, &loss), LACO_OK);
        assert_true(call == 1 ? loss > 200 : loss < 20);
        laco_lbfgs_free(plain);
        laco_lbfgs_free(wolfe);
        problem_free(&p);
        problem_free(&q);
    }
}

/* Steps that are too long fly off to infinity: an error, with the parameters as before the step that did it. */
static void test_divergence(void **state)
{
    (void)state;
    problem p, before;
    laco_lbfgs *lbfgs = NULL;
    valley(&p);
    valley(&before);
    assert_int_equal(laco_lbfgs_new(p.module, NULL, &lbfgs), LACO_OK);
    laco_lbfgs_set_lr(lbfgs, 0.1);
    assert_true(laco_lbfgs_lr(lbfgs) == 0.1);
    laco_status status = LACO_OK;
    for (int step = 0; step < 20 && status == LACO_OK; step++) {
        for (int i = 0; i < 2; i++)
            memcpy(param_of(&before, i)->value, param_of(&p, i)->value, sizeof A);
        status = laco_lbfgs_step(lbfgs, closure, &p, NULL);
    }
    assert_int_equal(status, LACO_NUMERIC);
    assert_same(&p, &before);
    laco_lbfgs_free(lbfgs);
    problem_free(&p);
    problem_free(&before);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        laco_optimiser_config config;
        const char *text;
    } wrong[] = {
        {{.lr = -1}, "LBFGS: lr -1 cannot be: a finite number that is not negative is needed"},
        {{.lr = NAN}, "LBFGS: lr nan cannot be: a finite number that is not negative is needed"},
        {{.lbfgs.max_iter = -3}, "LBFGS: max_iter -3 cannot be: at least 1 is needed"},
        {{.lbfgs.max_eval = -1}, "LBFGS: max_eval -1 cannot be: at least 1 is needed"},
        {{.lbfgs.tolerance_grad = NAN}, "LBFGS: tolerance_grad nan cannot be: a finite number that is not negative is needed"},
        {{.lbfgs.tolerance_change = INFINITY},
         "LBFGS: tolerance_change inf cannot be: a finite number that is not negative is needed"},
        {{.lbfgs.history_size = -1}, "LBFGS: history_size -1 cannot be: at least 1 is needed"},
        {{.lbfgs.line_search = (laco_line_search)7},
         "LBFGS: line search 7 cannot be: it is LACO_NO_LINE_SEARCH or LACO_STRONG_WOLFE"},
    };
    problem p;
    valley(&p);
    laco_lbfgs *out = (laco_lbfgs *)&p;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(laco_lbfgs_new(p.module, &wrong[i].config, &out), LACO_INVALID);
        assert_string_equal(laco_error(p.ctx), wrong[i].text);
        assert_ptr_equal(out, &p);
    }
    assert_int_equal(
        laco_lbfgs_new(p.module, &(laco_optimiser_config){.lbfgs.max_iter = INT64_MAX, .lbfgs.history_size = 5}, &out), LACO_OK);
    assert_int_equal(laco_lbfgs_set_state(out, &(laco_lbfgs_state){.history = 6}), LACO_INVALID);
    assert_string_equal(laco_error(p.ctx), "LBFGS: a state with 6 pairs of vectors does not fit: history_size is 5");
    assert_int_equal(laco_lbfgs_set_state(out, &(laco_lbfgs_state){.history = -1}), LACO_INVALID);
    assert_int_equal(laco_lbfgs_set_state(out, &(laco_lbfgs_state){.iterations = -1}), LACO_INVALID);
    assert_string_equal(laco_error(p.ctx), "LBFGS: a state with -1 iterations and 0 evaluations cannot be");
    laco_lbfgs_free(out);
    laco_lbfgs_free(NULL);
    problem_free(&p);
}

static laco_status attempt(laco_context *ctx, void *data)
{
    (void)data;
    laco_param *param = NULL;
    laco_lbfgs *lbfgs = NULL;
    problem p = {.ctx = ctx};
    laco_status status = laco_module_new(ctx, 0, &p.module);
    if (status == LACO_OK)
        status = laco_module_add_param(p.module, "a", 1, (int64_t[]){3}, &param);
    if (status == LACO_OK)
        status = laco_module_add_param(p.module, "b", 1, (int64_t[]){3}, &param);
    if (status == LACO_OK)
        status = laco_lbfgs_new(p.module, &(laco_optimiser_config){.lbfgs.max_iter = 6, .lbfgs.line_search = LACO_STRONG_WOLFE},
                                &lbfgs);
    if (status == LACO_OK) {
        memcpy(param_of(&p, 0)->value, A, sizeof A);
        memcpy(param_of(&p, 1)->value, B, sizeof B);
        status = laco_lbfgs_step(lbfgs, closure, &p, NULL);
        assert_true((status == LACO_OK) == (memcmp(param_of(&p, 0)->value, A, sizeof A) != 0));
    }
    if (status == LACO_OK)
        status = laco_lbfgs_set_state(lbfgs, &(laco_lbfgs_state){.history = 9});
    laco_lbfgs_free(lbfgs);
    laco_module_free(p.module);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(attempt, NULL) >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torch),  cmocka_unit_test(test_line_search), cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_resume), cmocka_unit_test(test_frozen),      cmocka_unit_test(test_closure_fails),
        cmocka_unit_test(test_nan),    cmocka_unit_test(test_divergence),  cmocka_unit_test(test_errors),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
