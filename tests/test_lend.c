/* Parameters in memory of the caller's: the same numbers, to the bit, and nothing of it freed or written to unasked. */
#include "laco/laco.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { T = 3, B = 2, I = 4, H = 5, MOST = 8 };

typedef struct side {
    laco_module *module;
    laco_rnn *rnn;
    laco_tape *tape;
    laco_var y;
} side;

static laco_context *ctx;
static laco_real input[T * B * I];

static void make(side *s)
{
    const laco_rnn_config config = {.cell = LACO_GRU, .input_size = I, .hidden_size = H, .bidirectional = true};
    assert_int_equal(laco_module_new(ctx, 5, &s->module), LACO_OK);
    assert_int_equal(laco_rnn_new(s->module, "", &config, &s->rnn), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &s->tape), LACO_OK);
}

static void run(side *s)
{
    const int64_t shape[] = {T, B, I};
    laco_module_zero_grad(s->module);
    laco_tape_reset(s->tape);
    s->y = laco_rnn_apply(s->tape, s->rnn, laco_input(s->tape, input, 3, shape), NULL, NULL);
    assert_non_null(s->y);
    laco_var loss = laco_sum(s->tape, s->y);
    assert_int_equal(laco_backward(s->tape, loss), LACO_OK);
}

static void same_numbers(const side *a, const side *b)
{
    assert_memory_equal(laco_var_data(a->y), laco_var_data(b->y), (size_t)laco_var_size(a->y) * sizeof(laco_real));
    for (size_t i = 0; i < laco_module_param_count(a->module); i++) {
        const laco_param *p = laco_module_param(a->module, i), *q = laco_module_param(b->module, i);
        if (q->grad)
            assert_memory_equal(p->grad, q->grad, (size_t)p->count * sizeof *p->grad);
    }
}

static void lent_memory_gives_the_same_numbers(void **state)
{
    (void)state;
    side own, other;
    laco_real *values[MOST], *grads[MOST];
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    for (int i = 0; i < T * B * I; i++)
        input[i] = (laco_real)(i * 7 % 5 - 2) / 3;
    make(&own);
    make(&other);
    size_t count = laco_module_param_count(own.module);
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++) {
        laco_param *p = laco_module_param(other.module, i);
        values[i] = malloc((size_t)p->count * sizeof *values[i]);
        grads[i] = calloc((size_t)p->count, sizeof *grads[i]);
        memcpy(values[i], p->value, (size_t)p->count * sizeof *values[i]);
        laco_param_lend(other.module, p, values[i], grads[i]);
    }
    run(&own);
    run(&other);
    same_numbers(&own, &other);
    for (size_t i = 0; i < count; i++) { /* written to by their owner */
        values[i][0] = laco_module_param(own.module, i)->value[0] = (laco_real)0.5;
        laco_param_changed(laco_module_param(own.module, i));
        laco_param_changed(laco_module_param(other.module, i));
    }
    run(&own);
    run(&other);
    same_numbers(&own, &other);
    laco_real before = grads[0][0];
    laco_param_lend(other.module, laco_module_param(other.module, 0), values[0], NULL); /* no gradient is wanted */
    run(&other);
    same_numbers(&own, &other);
    assert_true(before == grads[0][0]);
    side *const both[] = {&own, &other};
    for (int k = 0; k < 2; k++) {
        laco_tape_free(both[k]->tape);
        laco_module_free(both[k]->module);
    }
    for (size_t i = 0; i < count; i++) { /* they are ours still */
        values[i][0] = 1;
        free(values[i]);
        free(grads[i]);
    }
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lent_memory_gives_the_same_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
