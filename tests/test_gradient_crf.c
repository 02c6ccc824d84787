/* The conditional random field: partition function, best path and gradients against all K^n paths, gradients against finite
 * differences; and the gathering of rows. */
#include "gradient.h"

#include "nn/operation.h"
#include "op/crf.h"

typedef struct crf_case {
    int T, B, K;
    int32_t lengths[3], targets[12];
    laco_crf *crf;
    laco_reduction reduction;
} crf_case;

static int build_loss(const gradient_check *c, const laco_var *x, laco_var *y)
{
    const crf_case *k = c->options;
    y[0] = laco_crf_loss(c->tape, k->crf, x[0], k->targets, k->lengths, k->reduction);
    y[1] = laco_tanh(c->tape, laco_scale(c->tape, y[0], 0.1)); /* a gradient that is not 1 goes back into it as well */
    return 2;
}

static crf_case draw_case(gradient_check *c, int T, int B, int K)
{
    crf_case k = {.T = T, .B = B, .K = K, .reduction = gradient_coin() ? LACO_MEAN : LACO_SUM};
    assert_int_equal(laco_crf_new(c->module, "crf", K, &k.crf), LACO_OK);
    for (size_t i = 0; i < laco_module_param_count(c->module); i++)
        for (int64_t j = 0; j < laco_module_param(c->module, i)->count; j++)
            laco_module_param(c->module, i)->value[j] = laco_rng_normal(&gradient_rng);
    for (int b = 0; b < B; b++)
        k.lengths[b] = b == 0 ? T : (int32_t)gradient_below(T + 1);
    for (int i = 0; i < T * B; i++)
        k.targets[i] =
            i / B < k.lengths[i % B] ? (int32_t)gradient_below(K) : -7; /* past the end it does not matter what stands there */
    return k;
}

static void gradients(void **state)
{
    (void)state;
    static const int shapes[][3] = {{4, 3, 3}, {1, 1, 1}, {1, 2, 4}, {4, 1, 2}, {3, 3, 5}, {4, 2, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gradient_check c = gradient_begin("crf");
        crf_case k = draw_case(&c, shapes[i][0], shapes[i][1], shapes[i][2]);
        c.options = &k;
        gradient_leaf(&c, 3, (int64_t[]){k.T, k.B, k.K});
        gradient_run(&c, build_loss);
    }
}

/* ---- All paths ---- */

typedef struct all_paths {
    double log_z, best_score;
    int32_t best[8];
    double first[8][8]; /* the probability of tag k at step t */
} all_paths;

static all_paths enumerate(const laco_crf_scores *s, int64_t b)
{
    all_paths all = {.best_score = -INFINITY};
    int64_t n = laco_crf_length(s, b), paths = 1;
    double sum = 0;
    int32_t tags[8 * 3] = {0};
    for (int64_t t = 0; t < n; t++)
        paths *= s->K;
    for (int64_t p = 0; p < paths; p++) {
        for (int64_t t = 0, rest = p; t < n; t++, rest /= s->K)
            tags[t * s->B + b] = (int32_t)(rest % s->K);
        double score = laco_crf_path(s, b, tags);
        sum += exp(score);
        for (int64_t t = 0; t < n; t++)
            all.first[t][tags[t * s->B + b]] += exp(score);
        if (score > all.best_score) {
            all.best_score = score;
            for (int64_t t = 0; t < n; t++)
                all.best[t] = tags[t * s->B + b];
        }
    }
    all.log_z = log(sum);
    for (int64_t t = 0; t < n; t++)
        for (int64_t k = 0; k < s->K; k++)
            all.first[t][k] /= sum;
    return all;
}

static void check_sequence(const laco_crf_scores *s, int64_t b, double log_z, const int32_t *path, const double *dx,
                           const int32_t *targets)
{
    all_paths all = enumerate(s, b);
    assert_true(fabs(log_z - all.log_z) < 1e-10 * (1 + fabs(all.log_z)));
    for (int64_t t = 0; t < s->T; t++)
        for (int64_t k = 0; k < s->K; k++) {
            bool inside = t < laco_crf_length(s, b);
            double expected = inside ? all.first[t][k] - (targets[t * s->B + b] == k) : 0;
            assert_true(fabs(dx[(t * s->B + b) * s->K + k] - expected) < 1e-10);
            assert_int_equal(path[t * s->B + b], inside ? all.best[t] : -3);
        }
}

static void enumeration(void **state)
{
    (void)state;
    enum { T = 5, B = 3, K = 4 };
    laco_context *ctx;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &ctx), LACO_OK);
    for (int round = 0; round < 20; round++) {
        double x[T * B * K], transitions[K * K], start[K], end[K], alpha[T * B * K], beta[T * B * K], rows[K * K], log_z[B],
            dx[T * B * K] = {0};
        double *blocks[] = {x, transitions, start, end};
        const int sizes[] = {T * B * K, K * K, K, K};
        int32_t lengths[B] = {T, round % (T + 1), (int32_t)gradient_below(T + 1)}, targets[T * B], path[T * B], back[T * B * K];
        double best[B * 2 * K];
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < sizes[i]; j++)
                blocks[i][j] = (round < 10 ? 1 : 300) * laco_rng_normal(&gradient_rng); /* the larger ones must not overflow */
        for (int i = 0; i < T * B; i++) {
            targets[i] = (int32_t)gradient_below(K);
            path[i] = -3;
        }
        laco_crf_scores s = {T, B, K, lengths, x, transitions, start, end};
        laco_crf_forward(ctx, &s, alpha, log_z);
        laco_crf_backward(ctx, &s, alpha, log_z, targets, 1, beta, rows, &(laco_crf_gradients){.x = dx});
        laco_crf_viterbi(ctx, &s, back, best, path);
        for (int b = 0; b < B; b++) {
            assert_true(isfinite(log_z[b]));
            if (round < 10)
                check_sequence(&s, b, log_z[b], path, dx, targets);
        }
    }
    laco_context_free(ctx);
}

/* With what is forbidden at −∞ no path goes there, also where it would be the best by far. */
static void forbidden(void **state)
{
    (void)state;
    enum { T = 6, K = 3 };
    gradient_check c = gradient_begin("forbidden");
    laco_crf *crf;
    assert_int_equal(laco_crf_new(c.module, "crf", K, &crf), LACO_OK);
    for (int round = 0; round < 50; round++) {
        double x[T * K];
        bool no[(1 + K) * K] = {false};
        int32_t tags[T];
        for (int i = 0; i < T * K; i++)
            x[i] = 5 * laco_rng_normal(&gradient_rng);
        no[2] = no[(1 + 0) * K + 2] = true; /* 2 cannot be first nor follow 0 */
        laco_tape_reset(c.tape);
        laco_var scores = laco_input(c.tape, x, 3, (int64_t[]){T, 1, K});
        assert_int_equal(laco_crf_decode(c.tape, crf, scores, NULL, no, tags), LACO_OK);
        assert_true(tags[0] != 2);
        for (int t = 1; t < T; t++)
            assert_false(tags[t] == 2 && tags[t - 1] == 0);
    }
    laco_tape_free(c.tape);
    laco_module_free(c.module);
    laco_context_free(c.ctx);
}

static void refusals(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("refusals");
    laco_crf *crf;
    const double x[6] = {0};
    int32_t targets[3] = {0, 2, 0}, length = 4, tags[3];
    assert_int_equal(laco_crf_new(c.module, "none", 0, &crf), LACO_INVALID);
    assert_int_equal(laco_crf_new(c.module, "crf", 2, &crf), LACO_OK);
    laco_var good = laco_input(c.tape, x, 3, (int64_t[]){3, 1, 2});
    assert_null(laco_crf_loss(c.tape, crf, good, targets, NULL, LACO_MEAN));
    assert_non_null(strstr(laco_error(c.ctx), "tag 2 at step 1"));
    laco_tape_reset(c.tape);
    good = laco_input(c.tape, x, 3, (int64_t[]){3, 1, 2});
    assert_int_equal(laco_crf_decode(c.tape, crf, good, &length, NULL, tags), LACO_INVALID);
    assert_non_null(strstr(laco_error(c.ctx), "length 4"));
    laco_tape_reset(c.tape);
    assert_null(laco_crf_loss(c.tape, crf, laco_input(c.tape, x, 3, (int64_t[]){2, 1, 3}), targets, NULL, LACO_MEAN));
    laco_tape_reset(c.tape);
    int32_t index = 3;
    assert_null(laco_gather(c.tape, laco_input(c.tape, x, 2, (int64_t[]){3, 2}), &index, 1, 1));
    assert_non_null(strstr(laco_error(c.ctx), "row 3"));
    laco_tape_free(c.tape);
    laco_module_free(c.module);
    laco_context_free(c.ctx);
}

static int build_gather(const gradient_check *c, const laco_var *x, laco_var *y)
{
    static const int32_t index[8] = {2, -1, 0, 2, 2, 3, -5, 0}; /* row 1 is never asked for */
    y[0] = laco_gather(c->tape, x[0], index, 2, 4);
    y[1] = laco_tanh(c->tape, laco_gather(c->tape, laco_tanh(c->tape, x[0]), index, 4, 2));
    return 2;
}

static void gather(void **state)
{
    (void)state;
    gradient_check c = gradient_begin("gather");
    gradient_leaf(&c, 2, (int64_t[]){4, 3});
    gradient_run(&c, build_gather);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients), cmocka_unit_test(enumeration), cmocka_unit_test(forbidden),
                                       cmocka_unit_test(refusals), cmocka_unit_test(gather)};
    gradient_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gradient_report();
    return failed;
}
