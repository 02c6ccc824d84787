/* The loss of CTC against all ways through the steps, its gradient against finite differences; greedy decoding and prefix beam
 * search against all strings. */
#include "gradient.h"

#include "op/ctc.h"

#include <string.h>

enum { MOST_T = 6, MOST_B = 4, MOST_LABELS = 16 };

typedef struct ctc_case {
    int T, B, K;
    int32_t lengths[MOST_B], target_lengths[MOST_B], targets[MOST_LABELS];
    bool all_steps;
    laco_ctc_config config;
} ctc_case;

static int build_loss(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const ctc_case *k = c->options;
    laco_var scores = laco_log_softmax(c->tape, x[0]);
    y[0] = laco_ctc_loss(c->tape, scores, k->all_steps ? NULL : k->lengths, k->targets, k->target_lengths, &k->config);
    y[1] = laco_tanh(c->tape, laco_scale(c->tape, y[0], 0.1)); /* a gradient that is not 1 goes back into it as well */
    return 2;
}

/* Steps that a string needs: one for each label, and a blank between two that are equal. */
static int needed(const int32_t *labels, int count)
{
    int steps = count;
    for (int i = 1; i < count; i++)
        steps += labels[i] == labels[i - 1];
    return steps;
}

/* Strings that fit into their steps, all lengths among them; blank anywhere. */
static ctc_case draw_case(int T, int B, int K)
{
    ctc_case k = {.T = T, .B = B, .K = K, .all_steps = gradient_coin()};
    int used = 0;
    k.config.blank = (int32_t)gradient_below(K);
    k.config.reduction = gradient_coin() ? LACO_MEAN : LACO_SUM;
    for (int b = 0; b < B; b++) {
        k.lengths[b] = b == 0 || k.all_steps ? T : (int32_t)gradient_below(T + 1);
        int count = K > 1 ? (int)gradient_below(LACO_MIN(k.lengths[b], 4) + 1) : 0;
        for (int i = 0; i < count; i++)
            k.targets[used + i] = (int32_t)((k.config.blank + 1 + gradient_below(K - 1)) % K);
        while (needed(k.targets + used, count) > k.lengths[b])
            count--;
        k.target_lengths[b] = count;
        used += count;
    }
    return k;
}

static void gradients(void **state)
{
    (void)state;
    static const int shapes[][3] = {{4, 3, 3}, {1, 1, 2}, {1, 2, 4}, {6, 4, 3}, {5, 2, 2}, {3, 1, 1}};
    for (size_t i = 0; i < 4 * (sizeof shapes / sizeof *shapes); i++) {
        const int *shape = shapes[i / 4];
        gradient_check c = gradient_begin("ctc");
        ctc_case k = draw_case(shape[0], shape[1], shape[2]);
        c.options = &k;
        gradient_leaf(&c, 3, (int64_t[]){k.T, k.B, k.K});
        gradient_run(&c, build_loss);
    }
}

/* The gradient by log-probabilities that are free of each other. */
static int build_free(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const ctc_case *k = c->options;
    y[0] = laco_ctc_loss(c->tape, x[0], k->lengths, k->targets, k->target_lengths, &k->config);
    return 1;
}

static void gradients_of_log_probabilities(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        gradient_check c = gradient_begin("ctc, free");
        ctc_case k = draw_case(5, 3, 3);
        c.options = &k;
        gradient_leaf(&c, 3, (int64_t[]){k.T, k.B, k.K});
        gradient_run(&c, build_free);
    }
}

/* ---- All ways --------------------------------------------------------------------------------------------------------- */

enum { STRINGS = 4096 };

/* Every string that T steps can say, with its probability. */
typedef struct all_strings {
    int count;
    struct {
        int32_t labels[MOST_T];
        int length;
        double p;
    } string[STRINGS];
    double best_way;
} all_strings;

static int find_string(const all_strings *all, const int32_t *labels, int length)
{
    for (int i = 0; i < all->count; i++)
        if (all->string[i].length == length && memcmp(all->string[i].labels, labels, (size_t)length * sizeof *labels) == 0)
            return i;
    return -1;
}

static void enumerate(const laco_ctc_scores *s, all_strings *all)
{
    int64_t ways = 1;
    all->count = 0;
    all->best_way = -INFINITY;
    for (int64_t t = 0; t < s->steps; t++)
        ways *= s->K;
    for (int64_t w = 0; w < ways; w++) {
        int32_t labels[MOST_T], before = s->blank;
        int length = 0;
        double score = 0;
        for (int64_t t = 0, rest = w; t < s->steps; t++, rest /= s->K) {
            int32_t k = (int32_t)(rest % s->K);
            if (k != s->blank && k != before)
                labels[length++] = k;
            before = k;
            score += s->x[t * s->stride + k];
        }
        int at = find_string(all, labels, length);
        if (at < 0) {
            assert_true(all->count < STRINGS);
            at = all->count++;
            memcpy(all->string[at].labels, labels, (size_t)length * sizeof *labels);
            all->string[at].length = length;
            all->string[at].p = 0;
        }
        all->string[at].p += exp(score);
        all->best_way = fmax(all->best_way, score);
    }
}

static void draw_scores(double *x, int64_t rows, int64_t K, double spread)
{
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t k = 0; k < K; k++)
            sum += exp(x[r * K + k] = spread * laco_rng_normal(&gradient_rng));
        for (int64_t k = 0; k < K; k++)
            x[r * K + k] -= log(sum);
    }
}

static double loss_of(gradient_check *c, const laco_ctc_scores *s, const double *x, const int32_t *labels, int32_t length)
{
    laco_tape_reset(c->tape);
    laco_var input = laco_input(c->tape, x, 3, (int64_t[]){s->steps, 1, s->K});
    laco_var loss =
        laco_ctc_loss(c->tape, input, NULL, labels, &length, &(laco_ctc_config){.blank = s->blank, .reduction = LACO_SUM});
    assert_non_null(loss);
    return *laco_var_data(loss);
}

static void end_check(gradient_check *c)
{
    laco_tape_free(c->tape);
    laco_module_free(c->module);
    laco_context_free(c->ctx);
}

static void check_beam(laco_context *ctx, const laco_ctc_scores *s, all_strings *all)
{
    enum { MOST = 5 };
    laco_ctc_string found[MOST];
    int32_t labels[MOST * MOST_T];
    int count;
    assert_int_equal(laco_ctc_beam(ctx, s, STRINGS, MOST, labels, found, &count), LACO_OK);
    assert_int_equal(count, LACO_MIN(all->count, MOST));
    for (int i = 0; i < count; i++) {
        int best = 0;
        for (int j = 1; j < all->count; j++)
            best = all->string[j].p > all->string[best].p ? j : best;
        assert_true(fabs(found[i].log_probability - log(all->string[best].p)) < 1e-9);
        assert_int_equal(find_string(all, found[i].labels, (int)found[i].count), best);
        all->string[best].p = 0;
    }
}

/* Loss, greedy and beam of the same scores, against all ways. */
static void enumeration(void **state)
{
    (void)state;
    static all_strings all;
    gradient_check c = gradient_begin("enumeration");
    for (int round = 0; round < 24; round++) {
        double x[MOST_T * 4], score;
        int32_t labels[MOST_T];
        laco_ctc_scores s = {x, 1 + round % MOST_T, 2 + round % 3, 2 + round % 3, round % 2};
        draw_scores(x, s.steps, s.K, round < 12 ? 1 : 6);
        enumerate(&s, &all);
        for (int i = 0; i < all.count; i++)
            assert_true(fabs(loss_of(&c, &s, x, all.string[i].labels, all.string[i].length) + log(all.string[i].p)) < 1e-9);
        int64_t count = laco_ctc_greedy(&s, labels, &score);
        assert_true(fabs(score - all.best_way) < 1e-12);
        assert_true(find_string(&all, labels, (int)count) >= 0);
        check_beam(c.ctx, &s, &all);
    }
    end_check(&c);
}

/* The textbook case: the best way says nothing, the best string is "a". A beam of 1 knows that, too. */
static void beam_sums(void **state)
{
    (void)state;
    const double x[] = {log(0.6), log(0.4), log(0.6), log(0.4)};
    laco_ctc_scores s = {x, 2, 2, 2, 0};
    gradient_check c = gradient_begin("beam");
    int32_t labels[2];
    laco_ctc_string string;
    int found;
    assert_int_equal(laco_ctc_greedy(&s, labels, NULL), 0);
    assert_int_equal(laco_ctc_beam(c.ctx, &s, 2, 1, labels, &string, &found), LACO_OK);
    assert_int_equal(string.count, 1);
    assert_true(fabs(string.log_probability - log(0.64)) < 1e-12);
    assert_int_equal(laco_ctc_beam(c.ctx, &s, 1, 1, labels, &string, &found), LACO_OK);
    assert_int_equal(found, 1);
    assert_int_equal(laco_ctc_beam(c.ctx, &s, 0, 1, labels, &string, &found), LACO_INVALID);
    assert_non_null(strstr(laco_error(c.ctx), "a beam of 0"));
    s.steps = 0;
    assert_int_equal(laco_ctc_beam(c.ctx, &s, 3, 1, labels, &string, &found), LACO_OK);
    assert_int_equal(string.count, 0);
    end_check(&c);
}

/* A string longer than its steps, or as long with a letter twice: infinite, or 0 where that is asked for, and no gradient. */
static void infinite(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("infinite");
    const double x[2 * 2 * 3] = {-1.1, -1.2, -1, -1.1, -1.2, -1, -1.1, -1.2, -1, -1.1, -1.2, -1};
    const int32_t targets[] = {1, 1, 2}, counts[] = {2, 1};
    laco_var leaf = laco_leaf(c.tape, x, 3, (int64_t[]){2, 2, 3});
    laco_var loss = laco_ctc_loss(c.tape, leaf, NULL, targets, counts, NULL);
    assert_true(*laco_var_data(loss) == INFINITY);
    loss = laco_ctc_loss(c.tape, leaf, NULL, targets, counts, &(laco_ctc_config){.zero_infinity = true});
    assert_true(isfinite(*laco_var_data(loss)));
    assert_int_equal(laco_backward(c.tape, loss), LACO_OK);
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 3; k++)
            assert_true(laco_var_grad(leaf)[(t * 2) * 3 + k] == 0 && isfinite(laco_var_grad(leaf)[(t * 2 + 1) * 3 + k]));
    end_check(&c);
}

/* Long sequences of unlikely labels: no overflow, no underflow, and the sum of the gradient at each step is -1. */
static void long_sequences(void **state)
{
    (void)state;
    enum { T = 400, K = 30, LABELS = 120 };
    gradient_check c = gradient_begin("long");
    double *x = calloc(T * K, sizeof *x);
    int32_t targets[LABELS], count = LABELS;
    draw_scores(x, T, K, 30);
    for (int i = 0; i < LABELS; i++)
        targets[i] = 1 + (int32_t)gradient_below(K - 1);
    laco_var leaf = laco_leaf(c.tape, x, 3, (int64_t[]){T, 1, K});
    laco_var loss = laco_ctc_loss(c.tape, leaf, NULL, targets, &count, &(laco_ctc_config){.reduction = LACO_SUM});
    assert_true(isfinite(*laco_var_data(loss)));
    assert_int_equal(laco_backward(c.tape, loss), LACO_OK);
    for (int t = 0; t < T; t++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += laco_var_grad(leaf)[t * K + k];
        assert_true(fabs(sum + 1) < 1e-6);
    }
    free(x);
    end_check(&c);
}

static void refusals(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("refusals");
    const double x[12] = {0};
    const int32_t long_steps = 4, zero[] = {0}, high[] = {3}, one = 1, below = -1;
    const struct {
        const int32_t *lengths, *targets, *counts;
        int32_t blank;
        const char *text;
    } cases[] = {{&long_steps, high, &one, 0, "length 4"},
                 {NULL, zero, &one, 0, "target 0"},
                 {NULL, high, &one, 0, "target 3"},
                 {NULL, zero, &below, 1, "-1 targets"},
                 {NULL, zero, &one, 3, "blank 3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_tape_reset(c.tape);
        laco_var input = laco_input(c.tape, x, 3, (int64_t[]){3, 1, 3});
        assert_null(laco_ctc_loss(c.tape, input, cases[i].lengths, cases[i].targets, cases[i].counts,
                                  &(laco_ctc_config){.blank = cases[i].blank}));
        if (!strstr(laco_error(c.ctx), cases[i].text))
            fail_msg("'%s' should say '%s'", laco_error(c.ctx), cases[i].text);
    }
    laco_tape_reset(c.tape);
    assert_null(laco_ctc_loss(c.tape, laco_input(c.tape, x, 2, (int64_t[]){3, 4}), NULL, zero, &one, NULL));
    end_check(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients),   cmocka_unit_test(gradients_of_log_probabilities),
                                       cmocka_unit_test(enumeration), cmocka_unit_test(beam_sums),
                                       cmocka_unit_test(infinite),    cmocka_unit_test(long_sequences),
                                       cmocka_unit_test(refusals)};
    gradient_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gradient_report();
    return failed;
}
