/* The gradient of every operation but the recurrent ones (test_gradient_recurrent.c) against finite differences. */
#include "gradient.h"
#include "nn/embedding.h"

/* ---- Element-wise ---- */

static int build_functions(const gradient_check *c, const laco_var *x, laco_var *y)
{
    y[0] = laco_tanh(c->tape, x[0]);
    y[1] = laco_sigmoid(c->tape, x[0]);
    y[2] = laco_relu(c->tape, x[0]);
    y[3] = laco_log_softmax(c->tape, x[0]);
    y[4] = laco_scale(c->tape, x[0], -2.5);
    y[5] = laco_sum(c->tape, x[0]);
    y[6] = laco_tanh(c->tape, laco_relu(c->tape, laco_sigmoid(c->tape, y[4])));
    return 7;
}

static void functions(void **state)
{
    (void)state;
    static const int64_t shapes[][4] = {{3, 5}, {1, 1}, {2, 3, 4}, {7}, {2, 1, 2, 3}};
    static const int ndim[] = {2, 2, 3, 1, 4};
    for (int i = 0; i < 5; i++) {
        gradient_check c = gradient_begin("functions");
        gradient_leaf(&c, ndim[i], shapes[i]);
        gradient_run(&c, build_functions);
    }
    gradient_check c = gradient_begin("functions of one element");
    gradient_leaf(&c, 0, NULL);
    gradient_run(&c, build_functions);
}

static int build_pairs(const gradient_check *c, const laco_var *x, laco_var *y)
{
    y[0] = laco_add(c->tape, x[0], x[1]);
    y[1] = laco_multiply(c->tape, x[0], x[1]);
    y[2] = laco_add(c->tape, x[0], x[0]);
    y[3] = laco_multiply(c->tape, x[1], x[1]);
    y[4] = laco_multiply(c->tape, y[2], laco_add(c->tape, y[3], y[0]));
    return 5;
}

static void pairs(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("add and multiply");
    gradient_leaf(&c, 2, (int64_t[]){3, 4});
    gradient_leaf(&c, 2, (int64_t[]){3, 4});
    gradient_run(&c, build_pairs);
}

static int build_dropout(const gradient_check *c, const laco_var *x, laco_var *y)
{
    y[0] = laco_dropout(c->tape, x[0], 0.4, true);
    y[1] = laco_dropout(c->tape, laco_tanh(c->tape, y[0]), 0.5, true);
    y[2] = laco_dropout(c->tape, y[1], 0.5, false);
    y[3] = laco_dropout(c->tape, x[0], 1, true);
    y[4] = laco_variational_dropout(c->tape, x[0], 0.4, true);
    return 5;
}

static void dropout(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("dropout");
    gradient_leaf(&c, 2, (int64_t[]){3, 7});
    gradient_run(&c, build_dropout);
}

/* ---- Shape ---- */

static int build_views(const gradient_check *c, const laco_var *x, laco_var *y)
{
    /* The view and what it shows are both used, at either end of a chain, and a view of a view. */
    laco_var flat = laco_reshape(c->tape, x[0], 1, (int64_t[]){24}), inner = laco_tanh(c->tape, x[0]);
    laco_var shown = laco_reshape(c->tape, inner, 3, (int64_t[]){3, 4, 2});
    y[0] = laco_tanh(c->tape, flat);
    y[1] = laco_multiply(c->tape, x[0], x[0]);
    y[2] = laco_sigmoid(c->tape, shown);
    y[3] = laco_multiply(c->tape, inner, x[0]);
    y[4] = laco_multiply(c->tape, laco_select(c->tape, x[0], 1), laco_select(c->tape, x[0], 0));
    y[5] = laco_select(c->tape, laco_select(c->tape, shown, 2), 3);
    y[6] = laco_reshape(c->tape, laco_reshape(c->tape, x[0], 2, (int64_t[]){6, 4}), 4, (int64_t[]){1, 24, 1, 1});
    y[7] = shown;
    y[8] = inner;
    return 9;
}

static void views(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("reshape and select");
    gradient_leaf(&c, 3, (int64_t[]){2, 3, 4});
    gradient_run(&c, build_views);
}

static int build_joins(const gradient_check *c, const laco_var *x, laco_var *y)
{
    laco_var both[3] = {x[0], laco_tanh(c->tape, x[0]), x[0]}, wide[4] = {x[0], x[1], x[0], laco_sigmoid(c->tape, x[1])};
    laco_var single[2] = {laco_sum(c->tape, x[0]), laco_sum(c->tape, x[1])};
    y[0] = laco_stack(c->tape, both, 3);
    y[1] = laco_concat(c->tape, wide, 4);
    y[2] = laco_stack(c->tape, single, 2);
    y[3] = laco_columns(c->tape, y[1], 2, 9);
    y[4] = laco_columns(c->tape, x[0], 1, 3);
    y[5] = laco_columns(c->tape, x[0], 2, 4);
    y[6] = laco_tanh(c->tape, y[0]);
    return 7;
}

static void joins(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("stack, concat and columns");
    gradient_leaf(&c, 3, (int64_t[]){2, 3, 4});
    gradient_leaf(&c, 3, (int64_t[]){2, 3, 1});
    gradient_run(&c, build_joins);
}

static int build_last(const gradient_check *c, const laco_var *x, laco_var *y)
{
    y[0] = laco_pool_steps(c->tape, laco_tanh(c->tape, x[0]), (int32_t[]){2, 0, 4, 1, 4}, LACO_LAST_STEP);
    y[1] = laco_pool_steps(c->tape, x[0], NULL, LACO_LAST_STEP);
    return 2;
}

static void last(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("last");
    gradient_leaf(&c, 3, (int64_t[]){4, 5, 2});
    gradient_run(&c, build_last);
}

/* ---- Layers ---- */

typedef struct layers {
    laco_linear *first, *second;
    laco_embedding *table;
} layers;

static int build_linear(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const layers *l = c->options;
    laco_var hidden = laco_tanh(c->tape, laco_linear_apply(c->tape, l->first, x[0]));
    y[0] = laco_linear_apply(c->tape, l->second, hidden);
    y[1] = laco_linear_apply(c->tape, l->first, x[1]); /* the same weights once more */
    y[2] = laco_tanh(c->tape, laco_param_var(c->tape, laco_module_find(c->module, "a.weight")));
    y[3] = laco_sigmoid(c->tape, x[0]); /* x has a gradient already when the layer's arrives */
    return 4;
}

static void linear(void **state)
{
    (void)state;
    for (int no_bias = 0; no_bias < 2; no_bias++) {
        layers l;
        gradient_check c = gradient_begin(no_bias ? "linear without bias" : "linear");
        assert_int_equal(laco_linear_new(c.module, "a", 4, 19, no_bias, &l.first), LACO_OK);
        assert_int_equal(laco_linear_new(c.module, "b", 19, 3, no_bias, &l.second), LACO_OK);
        gradient_leaf(&c, 3, (int64_t[]){2, 3, 4});
        gradient_leaf(&c, 1, (int64_t[]){4});
        c.options = &l;
        gradient_run(&c, build_linear);
    }
}

/* The rows of the table at the bottom, the same table as the weight at the top. */
static int build_tied(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const layers *l = c->options;
    laco_var rows = laco_embedding_apply(c->tape, l->table, (int32_t[]){1, 5, 1, 2, 0, 3}, 2, 3);
    laco_var row = laco_embedding_apply(c->tape, l->table, (int32_t[]){5, 5}, 0, 2);
    laco_var hidden = laco_tanh(c->tape, laco_linear_apply(c->tape, l->first, rows));
    y[0] = laco_linear_apply(c->tape, l->second,
                             laco_multiply(c->tape, hidden, laco_reshape(c->tape, x[0], 3, (int64_t[]){2, 3, 3})));
    y[1] = row;
    y[2] = laco_linear_apply(c->tape, l->first, laco_one_hot(c->tape, (int32_t[]){2, 0}, 0, 2, 3));
    return 3;
}

static void tied(void **state)
{
    (void)state;
    for (int padding = -1; padding < 1; padding++) {
        layers l;
        gradient_check c = gradient_begin(padding < 0 ? "embedding, tied" : "embedding");
        assert_int_equal(laco_embedding_new(c.module, "table", 6, 3, padding, &l.table), LACO_OK);
        assert_int_equal(laco_linear_new(c.module, "a", 3, 3, false, &l.first), LACO_OK);
        if (padding < 0) /* a tied weight gets the gradient of every row */
            assert_int_equal(laco_linear_tied(c.module, "b", laco_embedding_weight(l.table), false, &l.second), LACO_OK);
        else
            assert_int_equal(laco_linear_new(c.module, "b", 3, 6, false, &l.second), LACO_OK);
        gradient_leaf(&c, 1, (int64_t[]){18});
        c.options = &l;
        c.padded = padding < 0 ? NULL : laco_embedding_weight(l.table);
        c.padding = padding;
        gradient_run(&c, build_tied);
    }
}

/* ---- Losses ---- */

static int build_classes(const gradient_check *c, const laco_var *x, laco_var *y)
{
    laco_loss_config config = *(const laco_loss_config *)c->options;
    int32_t targets[] = {4, 0, 2, 2, 1, 0};
    y[0] = laco_cross_entropy_loss(c->tape, x[0], targets, &config);
    config.label_smoothing = 0;
    y[1] = laco_nll_loss(c->tape, x[0], targets, &config);
    y[2] = laco_nll_loss(c->tape, laco_log_softmax(c->tape, x[0]), targets, &config);
    return 3;
}

static void classes(void **state)
{
    (void)state;
    static const double weights[5] = {0.5, 2, 0.25, 1, 3};
    static const int32_t ignored = 2;
    for (int i = 0; i < 16; i++) {
        laco_loss_config config = {.class_weights = i & 1 ? weights : NULL,
                                   .ignore_index = i & 2 ? &ignored : NULL,
                                   .label_smoothing = i & 4 ? 0.3 : 0,
                                   .reduction = i & 8 ? LACO_SUM : LACO_MEAN};
        gradient_check c = gradient_begin("");
        snprintf(c.name, sizeof c.name, "losses of classes%s%s%s%s", i & 1 ? ", weights" : "", i & 2 ? ", ignored" : "",
                 i & 4 ? ", smoothing" : "", i & 8 ? ", sum" : ", mean");
        gradient_leaf(&c, 3, (int64_t[]){2, 3, 5});
        c.options = &config;
        gradient_run(&c, build_classes);
    }
}

static int build_mse(const gradient_check *c, const laco_var *x, laco_var *y)
{
    y[0] = laco_mse_loss(c->tape, x[0], x[1], LACO_MEAN);
    y[1] = laco_mse_loss(c->tape, x[1], laco_tanh(c->tape, x[0]), LACO_SUM);
    y[2] = laco_mse_loss(c->tape, laco_multiply(c->tape, y[0], y[1]), y[1], LACO_MEAN);
    return 3;
}

static void mse(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("mse");
    gradient_leaf(&c, 2, (int64_t[]){3, 4});
    gradient_leaf(&c, 2, (int64_t[]){3, 4});
    gradient_run(&c, build_mse);
}

int main(void)
{
    gradient_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions), cmocka_unit_test(pairs), cmocka_unit_test(dropout), cmocka_unit_test(views),
        cmocka_unit_test(joins),     cmocka_unit_test(last),  cmocka_unit_test(linear),  cmocka_unit_test(tied),
        cmocka_unit_test(classes),   cmocka_unit_test(mse),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gradient_report();
    return failed;
}
