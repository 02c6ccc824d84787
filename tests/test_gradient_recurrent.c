/* The gradient of recurrent layers and cells of every kind and with every option against finite differences. */
#include "gradient.h"
#include "nn/embedding.h"

#define T 4
#define B 3
#define I 3
#define V 5

typedef struct recurrent {
    laco_rnn *rnn;
    laco_cell *cell;
    laco_embedding *table;
    bool has_c, batch_first;
    const int32_t *lengths; /* [B] or NULL */
    enum { NUMBERS, LOOKUP, ONE_HOT, INPUTS } input;
    bool state;       /* leaves 0 and 1 are what it starts from */
    bool fetched;     /* the looked-up input is used by something else too, after the layer */
    bool only_last;   /* nothing but the last states is differentiated */
    bool only_output; /* nothing but the output */
} recurrent;

static const char *const kind_names[] = {"tanh RNN", "relu RNN", "GRU", "LSTM", "LSTM with projection"};
enum { KINDS = sizeof kind_names / sizeof *kind_names };

static laco_rnn_config config_of(int kind)
{
    return (laco_rnn_config){.cell = kind < 2    ? LACO_RNN
                                     : kind == 2 ? LACO_GRU
                                                 : LACO_LSTM,
                             .nonlinearity = kind == 1 ? LACO_RELU : LACO_TANH,
                             .hidden_size = 4,
                             .proj_size = kind == 4 ? 2 : 0};
}

/* ---- Layers ---- */

static laco_var input_of(const gradient_check *c, const recurrent *r, laco_var numbers)
{
    static const int32_t ids[T * B] = {1, 4, 1, 0, 2, 2, 4, 4, 3, 1, 0, 1};
    int64_t rows = r->batch_first ? B : T, columns = r->batch_first ? T : B;
    if (r->input == LOOKUP)
        return laco_embedding_apply(c->tape, r->table, ids, rows, columns);
    return r->input == ONE_HOT ? laco_one_hot(c->tape, ids, rows, columns, V) : numbers;
}

static int build_layer(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const recurrent *r = c->options;
    int leaf = 0, count = 0;
    laco_state state = {NULL, NULL};
    if (r->state) {
        state.h = x[leaf++];
        state.c = r->has_c ? x[leaf++] : NULL;
    }
    laco_var input = input_of(c, r, x[leaf]), output = laco_rnn_apply(c->tape, r->rnn, input, r->lengths, &state);
    if (!r->only_last)
        y[count++] = output;
    if (!r->only_output) {
        y[count++] = state.h;
        if (r->has_c)
            y[count++] = state.c;
    }
    if (r->fetched)
        y[count++] = laco_tanh(c->tape, input);
    return count;
}

static void set_name(gradient_check *c, const recurrent *r, int kind, const laco_rnn_config *config)
{
    static const char *const inputs[] = {"numbers", "look-up", "one-hot"};
    snprintf(c->name, sizeof c->name, "%s of %d layers%s%s%s%s%s%s%s%s%s%s%s, %s", kind_names[kind], (int)config->num_layers,
             config->bidirectional ? ", bidirectional" : "", config->batch_first ? ", batch first" : "",
             config->no_bias ? ", no bias" : "", config->dropout > 0 ? ", dropout" : "",
             config->variational ? ", variational" : "", config->weight_drop > 0 ? ", weight drop" : "",
             r->lengths ? ", lengths" : "", r->state ? ", initial state" : "", r->fetched ? ", fetched" : "",
             r->only_last ? ", last state only" : "", r->only_output ? ", output only" : "", inputs[r->input]);
}

/* One layer; options that the caller leaves open are drawn. */
static void run_layer(int kind, int layers, bool bidirectional, const int32_t *lengths, int input)
{
    recurrent r = {
        .has_c = kind >= 3, .lengths = lengths, .input = input, .state = gradient_coin(), .batch_first = gradient_coin()};
    laco_rnn_config config = config_of(kind);
    gradient_check c = gradient_begin("");
    int used = (int)gradient_below(4);
    r.fetched = r.input == LOOKUP && gradient_coin();
    r.only_last = used == 0;
    r.only_output = used == 1;
    config.input_size = r.input == ONE_HOT ? V : I;
    config.num_layers = layers;
    config.bidirectional = bidirectional;
    config.batch_first = r.batch_first;
    config.no_bias = gradient_below(4) == 0;
    config.dropout = layers > 1 && gradient_coin() ? 0.4 : 0;
    config.variational = gradient_coin();
    config.weight_drop = gradient_below(4) == 0 ? 0.3 : 0;
    set_name(&c, &r, kind, &config);
    int64_t passes = layers * (bidirectional ? 2 : 1), P = config.proj_size ? config.proj_size : config.hidden_size;
    if (r.state)
        gradient_leaf(&c, 3, (int64_t[]){passes, B, P});
    if (r.state && r.has_c)
        gradient_leaf(&c, 3, (int64_t[]){passes, B, config.hidden_size});
    if (r.input == NUMBERS)
        gradient_leaf(&c, 3, r.batch_first ? (int64_t[]){B, T, I} : (int64_t[]){T, B, I});
    if (r.input == LOOKUP) {
        c.padding = (int64_t)gradient_below(3) - 1;
        assert_int_equal(laco_embedding_new(c.module, "table", V, I, c.padding, &r.table), LACO_OK);
        c.padded = laco_embedding_weight(r.table);
    }
    if (laco_rnn_new(c.module, "rnn", &config, &r.rnn) < 0)
        fail_msg("%s: %s", c.name, laco_error(c.ctx));
    c.options = &r;
    gradient_run(&c, build_layer);
}

static void layers_of(int kind)
{
    static const int32_t lengths[][B] = {{2, 4, 1}, {3, 0, 4}};
    for (int layers = 1; layers <= 2; layers++)
        for (int bidirectional = 0; bidirectional < 2; bidirectional++)
            for (int l = 0; l < 3; l++)
                for (int input = 0; input < INPUTS; input++)
                    run_layer(kind, layers, bidirectional, l > 0 ? lengths[l - 1] : NULL, input);
}

static void tanh_rnn(void **state)
{
    (void)state;
    layers_of(0);
}
static void relu_rnn(void **state)
{
    (void)state;
    layers_of(1);
}
static void gru(void **state)
{
    (void)state;
    layers_of(2);
}
static void lstm(void **state)
{
    (void)state;
    layers_of(3);
}
static void lstm_projection(void **state)
{
    (void)state;
    layers_of(4);
}

/* A looked-up input that something else fetches after the layer has run, and before. */
static void lookup_used_twice(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        recurrent r = {.has_c = kind >= 3, .input = LOOKUP, .fetched = true};
        laco_rnn_config config = config_of(kind);
        gradient_check c = gradient_begin("a look-up used twice");
        config.input_size = I;
        assert_int_equal(laco_embedding_new(c.module, "table", V, I, -1, &r.table), LACO_OK);
        assert_int_equal(laco_rnn_new(c.module, "rnn", &config, &r.rnn), LACO_OK);
        c.options = &r;
        gradient_run(&c, build_layer);
    }
}

/* Two layers on top of each other, the first state of the second being the last of the first; one weight set used twice. */
static int build_chain(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const recurrent *r = c->options;
    laco_state state = {NULL, NULL};
    laco_var first = laco_rnn_apply(c->tape, r->rnn, x[0], (int32_t[]){4, 2, 3}, &state);
    y[0] = laco_rnn_apply(c->tape, r->rnn, laco_tanh(c->tape, first), NULL, &state);
    y[1] = laco_pool_steps(c->tape, first, (int32_t[]){4, 2, 3}, LACO_LAST_STEP);
    y[2] = state.h;
    return 3;
}

static void chain(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        recurrent r = {0};
        laco_rnn_config config = config_of(kind);
        gradient_check c = gradient_begin("");
        snprintf(c.name, sizeof c.name, "%s applied twice", kind_names[kind]);
        config.input_size = config.hidden_size;
        assert_int_equal(laco_rnn_new(c.module, "rnn", &config, &r.rnn), LACO_OK);
        gradient_leaf(&c, 3, (int64_t[]){T, B, config.hidden_size});
        c.options = &r;
        gradient_run(&c, build_chain);
    }
}

/* ---- Cells ---- */

static int build_cell(const gradient_check *c, const laco_var *x, laco_var *y)
{
    static const int32_t ids[T][B] = {{1, 4, 1}, {0, 2, 2}, {4, 4, 3}, {1, 0, 1}};
    const recurrent *r = c->options;
    int leaf = 0;
    laco_state state = {NULL, NULL};
    if (r->state) {
        state.h = x[leaf++];
        state.c = r->has_c ? x[leaf++] : NULL;
    }
    for (int t = 0; t < T; t++) {
        laco_var input = r->input == LOOKUP    ? laco_embedding_apply(c->tape, r->table, ids[t], 0, B)
                         : r->input == ONE_HOT ? laco_one_hot(c->tape, ids[t], 0, B, V)
                                               : laco_select(c->tape, x[leaf], t);
        y[t] = laco_cell_step(c->tape, r->cell, input, &state);
    }
    if (r->has_c)
        y[T] = state.c;
    return r->has_c ? T + 1 : T;
}

static void cells(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++)
        for (int input = 0; input < INPUTS; input++)
            for (int option = 0; option < 4; option++) {
                recurrent r = {.has_c = kind == 3, .input = input, .state = option & 1};
                laco_rnn_config like = config_of(kind);
                laco_cell_config config = {.cell = like.cell,
                                           .input_size = input == ONE_HOT ? V : I,
                                           .hidden_size = 4,
                                           .nonlinearity = like.nonlinearity,
                                           .no_bias = option & 2};
                gradient_check c = gradient_begin("");
                snprintf(c.name, sizeof c.name, "%s cell, input %d, option %d", kind_names[kind], input, option);
                for (int s = 0; r.state && s < (r.has_c ? 2 : 1); s++)
                    gradient_leaf(&c, 2, (int64_t[]){B, 4});
                if (input == NUMBERS)
                    gradient_leaf(&c, 3, (int64_t[]){T, B, I});
                if (input == LOOKUP)
                    assert_int_equal(laco_embedding_new(c.module, "table", V, I, -1, &r.table), LACO_OK);
                assert_int_equal(laco_cell_new(c.module, "cell", &config, &r.cell), LACO_OK);
                c.options = &r;
                gradient_run(&c, build_cell);
            }
}

int main(void)
{
    gradient_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tanh_rnn), cmocka_unit_test(relu_rnn),          cmocka_unit_test(gru),
        cmocka_unit_test(lstm),     cmocka_unit_test(lstm_projection),   cmocka_unit_test(chain),
        cmocka_unit_test(cells),    cmocka_unit_test(lookup_used_twice),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gradient_report();
    return failed;
}
