/* Gradients of the tape against finite differences, in double precision. Use:
 *
 *     gradient_check c = gradient_begin("tanh");
 *     gradient_leaf(&c, 2, (int64_t[]){3, 4});
 *     gradient_run(&c, build);
 *
 * where build makes outputs from leaves and from the parameters of c.module. The scalar that is differentiated is a random
 * combination of all elements of all outputs. LACO_SEED=n repeats a run. */
#ifndef LACO_TESTS_GRADIENT_H
#define LACO_TESTS_GRADIENT_H

#include "base/random.h"
#include "laco/nn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#ifndef LACO_REAL_DOUBLE
#error "finite differences need double precision"
#endif

#define GRADIENT_LEAVES 6
#define GRADIENT_OUTPUTS 12
#define GRADIENT_TOLERANCE 1e-6 /* relative to the gradient, or to 1e-4 where that is smaller */
#define GRADIENT_ELEMENTS 24    /* of each tensor, drawn at random where it has more */

typedef struct gradient_leaf_data {
    int ndim;
    int64_t shape[LACO_MAX_DIMS], count;
    double *data, *grad;
} gradient_leaf_data;

typedef struct gradient_check {
    char name[160];
    laco_context *ctx;
    laco_module *module;
    laco_tape *tape;
    gradient_leaf_data leaf[GRADIENT_LEAVES];
    int leaves;
    double *weights[GRADIENT_OUTPUTS]; /* of the outputs' elements */
    const void *options;               /* for the callback */
    const laco_param *padded;          /* a table, and its row that must get no gradient */
    int64_t padding;
} gradient_check;

/* Makes outputs from the leaves x; returns how many. NULL among them: the test fails with the tape's error. */
typedef int (*gradient_build)(const gradient_check *c, const laco_var *x, laco_var *outputs);

static uint64_t gradient_seed;
static laco_rng gradient_rng;
static double gradient_worst = 0;
static char gradient_worst_place[300] = "nothing";
static int64_t gradient_compared = 0;

static inline void gradient_start(void)
{
    const char *text = getenv("LACO_SEED");
    gradient_seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    gradient_rng = (laco_rng){.seed = gradient_seed};
    print_message("LACO_SEED=%llu\n", (unsigned long long)gradient_seed);
}

static inline void gradient_report(void)
{
    print_message("%lld derivatives; largest relative error %.1e, in %s\n", (long long)gradient_compared, gradient_worst,
                  gradient_worst_place);
}

static inline int64_t gradient_below(int64_t n) { return (int64_t)laco_rng_below(&gradient_rng, (uint64_t)n); }
static inline bool gradient_coin(void) { return gradient_below(2) == 1; }

static inline gradient_check gradient_begin(const char *name)
{
    gradient_check c = {0};
    snprintf(c.name, sizeof c.name, "%s", name);
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &c.ctx), LACO_OK);
    assert_int_equal(laco_module_new(c.ctx, laco_rng_u32(&gradient_rng), &c.module), LACO_OK);
    assert_int_equal(laco_tape_new(c.ctx, &(laco_tape_config){.seed = laco_rng_u32(&gradient_rng)}, &c.tape), LACO_OK);
    return c;
}

/* A leaf of random numbers; returns its elements. */
static inline double *gradient_leaf(gradient_check *c, int ndim, const int64_t *shape)
{
    assert_true(c->leaves < GRADIENT_LEAVES);
    gradient_leaf_data *leaf = &c->leaf[c->leaves++];
    leaf->ndim = ndim;
    leaf->count = 1;
    for (int i = 0; i < ndim; i++)
        leaf->count *= leaf->shape[i] = shape[i];
    leaf->data = calloc((size_t)leaf->count + 1, sizeof *leaf->data);
    leaf->grad = calloc((size_t)leaf->count + 1, sizeof *leaf->grad);
    for (int64_t i = 0; i < leaf->count; i++)
        leaf->data[i] = laco_rng_normal(&gradient_rng);
    return leaf->data;
}

/* Runs the callback on a fresh tape. */
static inline int gradient_outputs(gradient_check *c, gradient_build build, laco_var *x, laco_var *outputs)
{
    laco_tape_reset(c->tape);
    laco_tape_set_step(c->tape, 5); /* the same dropout masks each time */
    for (int i = 0; i < c->leaves; i++)
        x[i] = laco_leaf(c->tape, c->leaf[i].data, c->leaf[i].ndim, c->leaf[i].shape);
    int count = build(c, x, outputs);
    assert_true(count > 0 && count <= GRADIENT_OUTPUTS);
    for (int o = 0; o < count; o++)
        if (!outputs[o])
            fail_msg("%s: %s", c->name, laco_error(c->ctx));
    return count;
}

static inline double gradient_value(gradient_check *c, gradient_build build)
{
    laco_var x[GRADIENT_LEAVES], outputs[GRADIENT_OUTPUTS];
    double sum = 0;
    int count = gradient_outputs(c, build, x, outputs);
    for (int o = 0; o < count; o++) {
        const double *y = laco_var_data(outputs[o]);
        for (int64_t i = 0; i < laco_var_size(outputs[o]); i++)
            sum += c->weights[o][i] * y[i];
    }
    return sum;
}

/* The tape's gradients: of leaves into leaf[].grad, of parameters where they belong. */
static inline void gradient_of_tape(gradient_check *c, gradient_build build)
{
    laco_var x[GRADIENT_LEAVES], outputs[GRADIENT_OUTPUTS];
    int count = gradient_outputs(c, build, x, outputs);
    for (int o = 0; o < count; o++) {
        int64_t size = laco_var_size(outputs[o]);
        laco_var_data(outputs[o]);
        c->weights[o] = calloc((size_t)size + 1, sizeof(double));
        for (int64_t i = 0; i < size; i++)
            c->weights[o][i] = laco_rng_normal(&gradient_rng);
        assert_int_equal(laco_var_add_grad(outputs[o], c->weights[o]), LACO_OK);
    }
    laco_module_zero_grad(c->module);
    if (laco_backward(c->tape, NULL) < 0)
        fail_msg("%s: %s", c->name, laco_error(c->ctx));
    for (int i = 0; i < c->leaves; i++)
        if (laco_var_grad(x[i]))
            memcpy(c->leaf[i].grad, laco_var_grad(x[i]), (size_t)c->leaf[i].count * sizeof(double));
}

/* Fourth-order differences by *element, an element of param where that is not NULL: central, or from one side alone. */
typedef enum gradient_side { CENTRAL, ABOVE, BELOW, SIDES } gradient_side;

static inline double gradient_difference(gradient_check *c, gradient_build build, laco_param *param, double *element, double h,
                                         gradient_side side)
{
    static const double place[2][5] = {{-2, -1, 1, 2}, {0, 1, 2, 3, 4}}, factor[2][5] = {{1, -8, 8, -1}, {-25, 48, -36, 16, -3}};
    double kept = *element, sum = 0, step = side == BELOW ? -h : h;
    for (int i = 0; i < (side == CENTRAL ? 4 : 5); i++) {
        *element = kept + place[side != CENTRAL][i] * step;
        if (param)
            laco_param_changed(param);
        sum += factor[side != CENTRAL][i] * gradient_value(c, build);
    }
    *element = kept;
    if (param)
        laco_param_changed(param);
    return sum / (12 * step);
}

static inline double gradient_error(double grad, double difference)
{
    return fabs(grad - difference) / fmax(1e-4, fmax(fabs(grad), fabs(difference)));
}

/* Where the central difference disagrees, it may have crossed the bend of a relu: then the gradient is that of one of the
 * sides, or of a smaller step. Where there is no bend, all of these are one number. */
static inline void gradient_compare(gradient_check *c, gradient_build build, laco_param *param, double *element, double grad,
                                    const char *what, int64_t index)
{
    double first = 0, error = INFINITY;
    for (double h = 1e-3; h > 5e-6 && !(error < GRADIENT_TOLERANCE); h /= 10)
        for (gradient_side side = CENTRAL; side < SIDES && !(error < GRADIENT_TOLERANCE); side++) {
            double difference = gradient_difference(c, build, param, element, h, side);
            error = gradient_error(grad, difference);
            if (h == 1e-3 && side == CENTRAL)
                first = difference;
        }
    if (!(error < GRADIENT_TOLERANCE))
        fail_msg("%s: the gradient of %s[%lld] is %.12g, finite differences say %.12g (LACO_SEED=%llu)", c->name, what,
                 (long long)index, grad, first, (unsigned long long)gradient_seed);
    gradient_compared++;
    if (error > gradient_worst) {
        gradient_worst = error;
        snprintf(gradient_worst_place, sizeof gradient_worst_place, "%s of %s", what, c->name);
    }
}

static inline void gradient_compare_tensor(gradient_check *c, gradient_build build, laco_param *param, double *data,
                                           const double *grad, int64_t count, const char *what)
{
    bool all = count <= GRADIENT_ELEMENTS;
    for (int64_t i = 0; i < (all ? count : GRADIENT_ELEMENTS); i++) {
        int64_t index = all ? i : gradient_below(count);
        if (param && param == c->padded && index / param->shape[1] == c->padding)
            assert_true(grad[index] == 0);
        else
            gradient_compare(c, build, param, &data[index], grad[index], what, index);
    }
}

static inline void gradient_run(gradient_check *c, gradient_build build)
{
    gradient_of_tape(c, build);
    for (int i = 0; i < c->leaves; i++) {
        char what[32];
        snprintf(what, sizeof what, "leaf %d", i);
        gradient_compare_tensor(c, build, NULL, c->leaf[i].data, c->leaf[i].grad, c->leaf[i].count, what);
    }
    for (size_t i = 0; i < laco_module_param_count(c->module); i++) {
        laco_param *param = laco_module_param(c->module, i);
        gradient_compare_tensor(c, build, param, param->value, param->grad, param->count, param->name);
    }
    for (int i = 0; i < c->leaves; i++) {
        free(c->leaf[i].data);
        free(c->leaf[i].grad);
    }
    for (int o = 0; o < GRADIENT_OUTPUTS; o++)
        free(c->weights[o]);
    laco_tape_free(c->tape);
    laco_module_free(c->module);
    laco_context_free(c->ctx);
}

#endif
