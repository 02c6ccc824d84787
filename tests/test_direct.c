/* The direct base of forecasters: dense algebra, fits against brute force, what is chosen and mixed, and scores over all windows.
 */
#include "base/random.h"
#include "context_fixture.h"
#include "forecast/dense.h"
#include "forecast/direct_plan.h"
#include "forecast/forecast_paths.h"
#include "forecast/naive2.h"

#include "laco/laco.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAU 6.28318530717958647692

static double noise(uint64_t seed, uint64_t index)
{
    laco_rng rng = {.seed = seed, .stream = index};
    return 2 * laco_rng_uniform(&rng) - 1;
}

/* ---- Dense algebra
 * ------------------------------------------------------------------------------------------------------------- */

static void test_sums_of_products(void **state)
{
    enum { N = 37, M = 11, ROWS = 21 }; /* more than a tile, and no whole ones */
    double x[ROWS * N], y[ROWS * M], square[N * N] = {0}, cross[N * M] = {0};
    (void)state;
    for (int i = 0; i < ROWS * N; i++)
        x[i] = noise(1, (uint64_t)i);
    for (int i = 0; i < ROWS * M; i++)
        y[i] = noise(2, (uint64_t)i);
    laco_dense_square(square, N, x, ROWS);
    laco_dense_cross(cross, N, M, x, y, ROWS);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int r = 0; r < ROWS; r++)
                sum += x[r * N + i] * x[r * N + j];
            assert_true(fabs(square[i * N + j] - sum) < 1e-12);
        }
        for (int j = 0; j < M; j++) {
            double sum = 0;
            for (int r = 0; r < ROWS; r++)
                sum += x[r * N + i] * y[r * M + j];
            assert_true(fabs(cross[i * M + j] - sum) < 1e-12);
        }
    }
    /* Some rows at a time: the same bits. */
    const int begin[] = {0, 3, 16, 36, N};
    double square_rows[N * N] = {0}, cross_rows[N * M] = {0};
    for (int p = 0; p < 4; p++) {
        laco_dense_square_rows(square_rows, N, x, ROWS, begin[p], begin[p + 1]);
        laco_dense_cross_rows(cross_rows, N, M, x, y, ROWS, begin[p], begin[p + 1]);
    }
    assert_memory_equal(square_rows, square, sizeof square);
    assert_memory_equal(cross_rows, cross, sizeof cross);
}

static void test_equations_are_solved(void **state)
{
    enum { N = 37, M = 11 };
    double a[N * N] = {0}, factor[N * N], right[N * M], x[N * M];
    (void)state;
    for (int r = 0; r < 80; r++) { /* Σ vvᵀ: symmetric and positive */
        double v[N];
        for (int i = 0; i < N; i++)
            v[i] = noise(3, (uint64_t)(r * N + i));
        laco_dense_square(a, N, v, 1);
    }
    for (int i = 0; i < N * M; i++)
        x[i] = right[i] = noise(4, (uint64_t)i);
    memcpy(factor, a, sizeof a);
    assert_true(laco_dense_factor(factor, N));
    laco_dense_solve(factor, N, x, M);
    for (int i = 0; i < N; i++)
        for (int m = 0; m < M; m++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += (i >= k ? a[i * N + k] : a[k * N + i]) * x[k * M + m];
            assert_true(fabs(sum - right[i * M + m]) < 1e-9);
        }
    a[0] = -1;
    assert_false(laco_dense_factor(a, N));
}

/* ---- Fits
 * ---------------------------------------------------------------------------------------------------------------------- */

enum { L = 6, H = 3, ROWS = 200 };

/* Two series: a wave of 12 rows on a slope, and noise. */
static laco_series *two_series(void)
{
    static double values[2 * ROWS];
    laco_series *series;
    for (int i = 0; i < ROWS; i++) {
        values[i] = 50 + 0.3 * i + 10 * sin(TAU * i / 12);
        values[ROWS + i] = 5 + noise(5, (uint64_t)i);
    }
    assert_int_equal(laco_series_from_values(ctx, values, 2, ROWS, 1, NULL, &series), LACO_OK);
    return series;
}

static void test_a_fit_is_that_of_brute_force(void **state)
{
    laco_series *series = two_series();
    const int64_t rows[2] = {ROWS, ROWS};
    laco_direct_fit fit = {ctx, series, rows, L, H, 1000, false, 0};
    double square[L * L], cross[L * H], factor[L * L], weights[L * H];
    double *work = calloc(laco_direct_fit_room(&fit), sizeof *work), mean[ROWS], deviation[ROWS];
    const double *v = series->one[1].values;
    int windows = ROWS - L - H + 1;
    (void)state;
    assert_int_equal(laco_direct_fit_sums(&fit, 1, (laco_direct_piece){0, L}, square, cross, work), windows);
    for (int w = 0; w < windows; w++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < L; k++)
            sum += v[w + k];
        mean[w] = sum / L;
        for (int k = 0; k < L; k++)
            squares += (v[w + k] - mean[w]) * (v[w + k] - mean[w]);
        deviation[w] = sqrt(squares / L);
    }
    double trace = 0;
    for (int i = 0; i < L; i++) {
        for (int h = 0; h < H; h++) {
            double sum = 0;
            for (int w = 0; w < windows; w++)
                sum += (v[w + i] - mean[w]) * (v[w + L + h] - mean[w]) / (deviation[w] * deviation[w]);
            assert_true(fabs(sum - cross[i * H + h]) < 1e-9 * (1 + fabs(sum)));
        }
        trace += square[i * L + i];
    }
    assert_true(fabs(trace - (double)windows * L) < 1e-6); /* each window has the deviation 1 */
    /* The gradient of |y − xw|² + ridge · |w|² is zero. */
    assert_true(laco_direct_fit_solve(&fit, square, cross, 0.1, NULL, factor, weights));
    for (int i = 0; i < L; i++)
        for (int h = 0; h < H; h++) {
            double sum = 0.1 * trace / L * weights[i * H + h] - cross[i * H + h];
            for (int k = 0; k < L; k++)
                sum += (i >= k ? square[i * L + k] : square[k * L + i]) * weights[k * H + h];
            assert_true(fabs(sum) < 1e-8);
        }
    /* A ridge without end leaves the prior; the map of any weights adds up to 1. */
    double prior[L * H], map[L * H] = {0};
    for (int i = 0; i < L * H; i++)
        prior[i] = noise(6, (uint64_t)i);
    assert_true(laco_direct_fit_solve(&fit, square, cross, 1e12, prior, factor, weights));
    for (int i = 0; i < L * H; i++)
        assert_true(fabs(weights[i] - prior[i]) < 1e-8);
    double room[L * H];
    laco_direct_fit_add(&fit, weights, false, 1, room, map, L);
    for (int h = 0; h < H; h++) {
        double sum = 0;
        for (int k = 0; k < L; k++)
            sum += map[k * H + h];
        assert_true(fabs(sum - 1) < 1e-12);
    }
    /* Iterated: step by step. */
    double iterated[L * H] = {0}, rows_of[L + H];
    laco_direct_fit_add(&fit, weights, true, 1, room, iterated, L);
    for (int k = 0; k < L; k++)
        rows_of[k] = v[k];
    for (int h = 0; h < H; h++) {
        double at_once = 0;
        rows_of[L + h] = 0;
        for (int k = 0; k < L; k++) {
            rows_of[L + h] += map[k * H] * rows_of[h + k];
            at_once += iterated[k * H + h] * v[k];
        }
        assert_true(fabs(at_once - rows_of[L + h]) < 1e-9);
    }
    free(work);
    laco_series_free(series);
}

/* The last rows, and those whole seasons before the row ahead with their neighbours, as far as the window has them. */
static void test_places_of_a_shape(void **state)
{
    const laco_direct_shape shape = {2, {4, 0}, {2, 0}};
    int32_t places[LACO_DIRECT_PLACES];
    (void)state;
    const int32_t first[] = {1, 2, 3, 5, 6, 7, 8, 9}, fifth[] = {1, 2, 3, 5, 6, 7, 8, 9};
    assert_int_equal(laco_direct_places(&shape, 10, 0, places), 8); /* 10 + 0 − 4 and − 8, each with two neighbours */
    assert_memory_equal(places, first, sizeof first);
    assert_int_equal(laco_direct_places(&shape, 10, 4, places), 8); /* the season before last: 10 + 4 − 8 and − 12 */
    assert_memory_equal(places, fifth, sizeof fifth);
    assert_int_equal(laco_direct_places(&shape, 6, 0, places), 5); /* the season before last is not there */
}

/* One window in ten is wrong by far: least squares follow them, least absolute errors do not. */
static void test_a_sparse_fit_passes_over_outliers(void **state)
{
    enum { COUNT = 200, LAGS = 6 };
    static double x[COUNT * LAGS], y[COUNT], prior[LAGS], weights[LAGS];
    const laco_direct_shape shape = {1, {4, 0}, {1, 0}};
    laco_direct_fit fit = {.ctx = ctx, .lags = LAGS, .horizon = 1, .most = COUNT};
    laco_direct_windows windows = {COUNT, x, y};
    double *work = calloc(laco_direct_sparse_room(&fit), sizeof *work),
           *sums = calloc(laco_direct_sparse_size(&fit), sizeof *sums);
    (void)state;
    for (int i = 0; i < COUNT * LAGS; i++)
        x[i] = noise(7, (uint64_t)i);
    for (int i = 0; i < COUNT; i++)
        y[i] = i % 10 == 0 ? 30 * x[i * LAGS] : 0.75 * x[i * LAGS + 5] - 0.5 * x[i * LAGS + 2];
    for (int robust = 0; robust <= 1; robust++) {
        laco_direct_sparse_local(&fit, &shape, &windows, &(laco_direct_asked){1e-6, robust, weights}, 1, prior, work);
        double away = fabs(weights[5] - 0.75) + fabs(weights[2] + 0.5) + fabs(weights[1]) + fabs(weights[3]);
        assert_true(robust ? away < 0.1 : away > 0.2);
        assert_true(weights[0] == 0 && weights[4] == 0); /* rows that the shape does not have */
    }
    /* By sums it is the same as by windows; a ridge without end leaves the prior. */
    double by_sums[LAGS];
    for (int first = 0; first < 2; first++) /* every second row ahead, and the others */
        laco_direct_sparse_sums(&fit, &shape, &windows, first, 2, sums, work);
    laco_direct_sparse_solve(&fit, &shape, sums, 0.1, by_sums, work);
    laco_direct_sparse_local(&fit, &shape, &windows, &(laco_direct_asked){0.1, false, weights}, 1, prior, work);
    for (int k = 0; k < LAGS; k++)
        assert_true(fabs(weights[k] - by_sums[k]) < 1e-12);
    prior[5] = 3;
    laco_direct_sparse_local(&fit, &shape, &windows, &(laco_direct_asked){1e12, true, weights}, 1, prior, work);
    assert_true(fabs(weights[5] - 3) < 1e-8);
    free(work);
    free(sums);
}

#define BASE_HORIZON 12

/* The parameters of a base. */
static void add_parts(laco_module *module, laco_direct *direct)
{
    const int64_t shares[2] = {direct->maps, LACO_DIRECT_PARTS};
    for (int p = 0; p < LACO_DIRECT_PARTS; p++) {
        int64_t shape[3] = {direct->maps, direct->part[p].lags, direct->horizon};
        if (direct->part[p].lags > 0)
            assert_int_equal(laco_module_add_param(module, p ? "b" : "a", 3, shape, &direct->part[p].weight), LACO_OK);
    }
    assert_int_equal(laco_module_add_param(module, "c", 2, shares, &direct->shares), LACO_OK);
}

/* Of many series, half of which are waves and half repeat nothing, each has shares of its own; they add up to 1. */
static void test_each_series_has_its_shares(void **state)
{
    enum { COUNT = 10, LENGTH = 160 };
    static double values[COUNT * LENGTH];
    int64_t fitted[COUNT];
    laco_series *series;
    laco_direct_plan plan;
    laco_direct direct;
    laco_module *module;
    (void)state;
    for (int s = 0; s < COUNT; s++)
        for (int i = 0; i < LENGTH; i++)
            values[s * LENGTH + i] = s % 2 ? 100 + 20 * sin(TAU * i / 12) + noise(20, (uint64_t)(s * LENGTH + i))
                                           : (i > 0 ? values[s * LENGTH + i - 1] : 50) + noise(21, (uint64_t)(s * LENGTH + i));
    for (int s = 0; s < COUNT; s++)
        fitted[s] = LENGTH - 30;
    assert_int_equal(laco_series_from_values(ctx, values, COUNT, LENGTH, 1, NULL, &series), LACO_OK);
    laco_direct_data d = {ctx, series, fitted, 6, 12};
    assert_int_equal(laco_direct_choose(&d, &plan, NULL), LACO_OK);
    assert_true(plan.each && plan.count > 1);
    laco_direct_lay_out(&d, &plan, &direct);
    assert_int_equal(direct.maps, 1 + COUNT);
    assert_int_equal(laco_module_new(ctx, 1, &module), LACO_OK);
    add_parts(module, &direct);
    double *share = calloc((size_t)(direct.maps * plan.count), sizeof *share), most = 0;
    assert_int_equal(laco_direct_build(&d, &plan, true, share, &direct), LACO_OK);
    for (int64_t map = 0; map < direct.maps; map++) {
        double sum = 0;
        for (int k = 0; k < plan.count; k++) {
            sum += share[map * plan.count + k];
            most = fmax(most, fabs(share[map * plan.count + k] - share[k]));
        }
        assert_true(fabs(sum - 1) < 1e-12);
        assert_true(fabs((double)direct.shares->value[2 * map] + (double)direct.shares->value[2 * map + 1] - 1) < 1e-5);
    }
    assert_true(most > 0.01); /* they are not those of all */
    free(share);
    laco_module_free(module);
    laco_series_free(series);
}

/* What is chosen for one series, and the maps and shares of it: shares [members], and the weights of the parts. */
static void base_of(int threads, const double *values, int64_t length, laco_direct_plan *plan, double *share, float *weights)
{
    laco_context *own;
    laco_series *series;
    laco_direct direct;
    laco_module *module;
    const int64_t fitted[1] = {length * 3 / 4};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &own), LACO_OK);
    assert_int_equal(laco_series_from_values(own, values, 1, (size_t)length, 1, NULL, &series), LACO_OK);
    laco_direct_data d = {own, series, fitted, BASE_HORIZON, 24};
    assert_int_equal(laco_direct_choose(&d, plan, NULL), LACO_OK);
    laco_direct_lay_out(&d, plan, &direct);
    assert_int_equal(laco_module_new(own, 1, &module), LACO_OK);
    add_parts(module, &direct);
    assert_int_equal(laco_direct_build(&d, plan, true, share, &direct), LACO_OK);
    for (int p = 0; p < LACO_DIRECT_PARTS; p++)
        for (int64_t i = 0; direct.part[p].lags > 0 && i < direct.part[p].weight->count; i++)
            *weights++ = (float)direct.part[p].weight->value[i];
    laco_module_free(module);
    laco_series_free(series);
    laco_context_free(own);
}

/* The sums of one series' windows are cut between threads, and its candidates too: the base has the same bits. */
static void test_one_series_has_the_same_base_at_any_number_of_threads(void **state)
{
    enum { LENGTH = 1200, MOST = 2 * LACO_DIRECT_PARTS * BASE_HORIZON * 720 };
    static double values[LENGTH];
    float *weights[2] = {calloc(MOST, sizeof **weights), calloc(MOST, sizeof **weights)};
    laco_direct_plan plan[2];
    double share[2][2 * LACO_DIRECT_MEMBERS] = {{0}};
    (void)state;
    for (int i = 0; i < LENGTH; i++)
        values[i] = 30 + 8 * sin(TAU * i / 24) + 5 * sin(TAU * i / 168) + 3 * noise(40, (uint64_t)i);
    for (int i = 0; i < 2; i++)
        base_of(i == 0 ? 1 : 3, values, LENGTH, &plan[i], share[i], weights[i]);
    assert_true(plan[0].count > 1);
    int64_t longest = 0;
    for (int k = 0; k < plan[0].count; k++) {
        assert_int_equal(plan[0].candidate[k], plan[1].candidate[k]);
        longest = LACO_MAX(longest, plan[0].member[k].lags);
    }
    assert_int_equal(plan[0].count, plan[1].count);
    assert_true(longest > 64); /* sums that are worth cutting */
    assert_memory_equal(share[0], share[1], sizeof *share);
    assert_memory_equal(weights[0], weights[1], MOST * sizeof **weights);
    free(weights[0]);
    free(weights[1]);
}

/* Where rows are left for it, a wave on a slope is continued almost exactly, and higher up by as much higher. */
static void test_the_base_continues_a_wave(void **state)
{
    laco_series *series = two_series();
    const int64_t fitted[2] = {160, 160}, all[2] = {ROWS, ROWS};
    laco_direct_data d = {ctx, series, fitted, 12, 12};
    laco_direct_plan plan;
    laco_direct direct;
    laco_module *module;
    (void)state;
    assert_int_equal(laco_direct_choose(&d, &plan, NULL), LACO_OK);
    assert_true(plan.count >= 1);
    double share = 0;
    for (int k = 0; k < plan.count; k++)
        share += plan.member[k].share;
    assert_true(fabs(share - 1) < 1e-12);
    laco_direct_lay_out(&d, &plan, &direct);
    assert_int_equal(laco_module_new(ctx, 1, &module), LACO_OK);
    add_parts(module, &direct);
    double *given = calloc((size_t)(direct.maps * plan.count), sizeof *given);
    assert_int_equal(laco_direct_build(&d, &plan, true, given, &direct), LACO_OK);
    d.rows = all;
    assert_int_equal(laco_direct_build(&d, &plan, false, given, &direct), LACO_OK);
    free(given);
    int64_t longest = laco_direct_longest(&direct);
    double *window = calloc((size_t)longest, sizeof *window), *work = calloc((size_t)longest, sizeof *work), out[12], higher[12];
    laco_direct_window(series->one[0].values + ROWS - 1, 1, ROWS, longest, window);
    laco_direct_predict(&direct, direct.maps > 1 ? 1 : 0, window, work, out);
    for (int h = 0; h < 12; h++)
        assert_true(fabs(out[h] - (50 + 0.3 * (ROWS + h) + 10 * sin(TAU * (ROWS + h) / 12))) < 1.5);
    for (int64_t k = 0; k < longest; k++)
        window[k] += 1000;
    laco_direct_predict(&direct, direct.maps > 1 ? 1 : 0, window, work, higher);
    for (int h = 0; h < 12 && direct.part[1].lags == 0; h++)
        assert_true(fabs(higher[h] - out[h] - 1000) < 1e-3);
    free(window);
    free(work);
    laco_module_free(module);
    laco_series_free(series);
}

static void test_windows_are_filled_up_with_the_oldest_row(void **state)
{
    const double values[] = {1, -1, 2, -2, 3, -3};
    double out[5];
    (void)state;
    laco_direct_window(values + 4, 2, 3, 5, out);
    const double expected[] = {1, 1, 1, 2, 3};
    for (int k = 0; k < 5; k++)
        assert_true(out[k] == expected[k]);
    assert_true(laco_direct_size(values, 6, 2) == 1);   /* |2 − 1|, |−2 + 1| … */
    assert_true(laco_direct_size(values, 6, 100) == 4); /* no season fits: |Δ| = 2, 3, 4, 5, 6 */
    assert_true(laco_direct_size(expected, 3, 1) == 1); /* nothing happens */
}

/* Of a series that is shorter than the window, its own rows; as models of before have it, all of the window. */
static void test_sizes_are_those_of_the_rows_that_there_are(void **state)
{
    static const double window[10] = {5, 5, 5, 5, 5, 5, 5, 7, 4, 5};
    laco_forecaster model = {.base.ctx = ctx, .C = 1, .season = 1, .direct = {.horizon = 1, .part[0].lags = 10}};
    laco_direct_run run;
    (void)state;
    assert_int_equal(laco_direct_run_new(&model, &run), LACO_OK);
    laco_direct_run_put_windows(&run, window, 4, 0);
    assert_true(fabs(run.size[0] - 6.0 / 9) < 1e-12);
    model.direct.own_sizes = true;
    laco_direct_run_put_windows(&run, window, 4, 0);
    assert_true(fabs(run.size[0] - 6.0 / 3) < 1e-12);
    laco_direct_run_put_windows(&run, window, 100, 0);
    assert_true(fabs(run.size[0] - 6.0 / 9) < 1e-12);
    laco_direct_run_free(&run);
}

/* Of a good, a bad and a naive forecast the good one is taken; of two whose errors cancel, both. */
static void test_the_better_forecasts_are_mixed(void **state)
{
    enum { CELLS = 8 };
    float actual[CELLS], naive[CELLS], above[CELLS], below[CELLS], bad[CELLS];
    const double scale[1] = {2};
    double share[4];
    (void)state;
    for (int i = 0; i < CELLS; i++) {
        actual[i] = (float)(10 + i);
        naive[i] = 10;
        above[i] = actual[i] + 1;
        below[i] = actual[i] - 1;
        bad[i] = -100;
    }
    laco_direct_trial trial = {1, 2, 4, actual, scale, false, false};
    const laco_direct_member member[4] = {{.lags = 1}, {.lags = 2}, {.lags = 3}, {.lags = 4}};
    const float *forecast[4] = {naive, above, below, bad};
    assert_true(fabs(laco_direct_error(&trial, above, naive) - 1 / 3.5) < 1e-6); /* 1 / mean of 0 … 7 */
    assert_int_equal(laco_direct_blend(ctx, &trial, forecast, member, 4, share), LACO_OK);
    assert_true(fabs(share[1] - 0.5) < 1e-9 && fabs(share[2] - 0.5) < 1e-9 && share[0] == 0 && share[3] == 0);
    trial.squares = true; /* of the naive errors 0 … 7 the mean of squares is 17.5 */
    assert_true(fabs(laco_direct_error(&trial, above, naive) - 0.5 * (1 / 3.5 + sqrt(1 / 17.5))) < 1e-6);
}

/* The later half of what is set aside may be what it likes: what is forecast of it, by a choice from the earlier half, is the same. */
static void test_crossed_forecasts_do_not_see_what_they_forecast(void **state)
{
    enum { LENGTH = 240, FITTED = 192, AHEAD = 8 };
    static double values[LENGTH];
    const int64_t fitted[1] = {FITTED};
    double before[AHEAD];
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LENGTH; i++)
            values[i] = 50 + 10 * sin(TAU * i / 12) + 3 * noise(12, (uint64_t)(i < 216 ? i : i + round * 1000));
        laco_series *series;
        laco_direct_plan plan;
        laco_direct_crossed crossed = {0};
        assert_int_equal(laco_series_from_values(ctx, values, 1, LENGTH, 1, NULL, &series), LACO_OK);
        laco_direct_data d = {ctx, series, fitted, AHEAD, 12};
        assert_int_equal(laco_direct_choose(&d, &plan, &crossed), LACO_OK);
        assert_true(crossed.count == 1 && crossed.group[0] == 0 && crossed.origin[0] == FITTED - 1);
        for (int64_t o = 0; o < crossed.origins && crossed.origin[o] >= 0; o++)
            for (int h = 0; h < AHEAD && crossed.origin[o] == 212;
                 h++) { /* rows 213 … 220, of which 216 and on are the later half */
                double made = (double)crossed.forecast[o * AHEAD + h];
                assert_true(fabs(made - values[213 + h]) < 12);
                assert_true(round == 0 || h < 3 || made == before[h]);
                before[h] = made;
            }
        laco_direct_crossed_free(ctx, &crossed);
        laco_series_free(series);
    }
}

/* ---- Naive2
 * --------------------------------------------------------------------------------------------------------------------- */

static void test_naive2(void **state)
{
    double values[60], work[60], index[4];
    static const double pattern[4] = {0.5, 1, 1.5, 1};
    (void)state;
    for (int i = 0; i < 60; i++)
        values[i] = 100 * pattern[i % 4];
    laco_naive2_indices(values, 1, 60, 4, work, index);
    for (int s = 0; s < 4; s++)
        assert_true(fabs(index[s] - pattern[s]) < 1e-12);
    assert_true(fabs(laco_naive2(index, 4, values[59], 59, 62) - 150) < 1e-9);
    laco_naive2_indices(values, 1, 11, 4, work, index); /* fewer than three seasons */
    assert_true(index[0] == 1 && index[2] == 1);
    for (int i = 0; i < 60; i++)
        values[i] = 100 + noise(9, (uint64_t)i);
    laco_naive2_indices(values, 1, 60, 4, work, index); /* no season */
    assert_true(index[0] == 1 && index[2] == 1);
    assert_true(laco_naive2(index, 1, 7, 3, 9) == 7);
}

/* ---- A forecaster with it
 * -------------------------------------------------------------------------------------------------------- */

enum { SERIES = 3, TRAINED = 120, MORE = 18, AHEAD = 6 };

static laco_series *waves(size_t rows)
{
    static double values[SERIES * (TRAINED + MORE)];
    laco_series *series;
    for (size_t s = 0; s < SERIES; s++)
        for (size_t i = 0; i < rows; i++)
            values[s * rows + i] = (20 + 10 * (double)s) * (3 + sin(TAU * (double)i / 12)) + noise(10 + s, i);
    assert_int_equal(laco_series_from_values(ctx, values, SERIES, rows, 1, NULL, &series), LACO_OK);
    return series;
}

/* Each window on its own, of a series that ends where it begins. */
static void brute_force(laco_model *model, const laco_series *series, double *absolute, double *covered)
{
    double sum = 0, inside = 0, count = 0;
    for (size_t rows = TRAINED; rows + AHEAD <= TRAINED + MORE; rows++) {
        laco_series *cut = waves(rows);
        for (size_t s = 0; s < SERIES; s++) {
            laco_forecast_run *run;
            laco_forecast_point point;
            assert_int_equal(laco_forecast_start(model, cut, s, 0, &run), LACO_OK);
            for (size_t h = 0; h < AHEAD; h++) {
                double actual = laco_series_value(series, s, rows + h, 0);
                assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
                sum += fabs(actual - point.value[0]);
                inside += actual >= point.quantile[0] && actual <= point.quantile[2];
                count++;
            }
            laco_forecast_free(run);
        }
        laco_series_free(cut);
    }
    *absolute = sum / count;
    *covered = inside / count;
}

static void test_rolling_scores_are_those_of_single_forecasts(void **state)
{
    laco_forecast_options options = {
        .train = {.epochs = 2, .seed = 3}, .network = {.hidden = 4, .layers = 1}, .season = 12, .quantiles = {2, {0.1, 0.9}}};
    laco_series *head = waves(TRAINED), *all = waves(TRAINED + MORE);
    laco_model *model;
    laco_rolling_score score;
    double absolute, covered;
    (void)state;
    assert_int_equal(laco_train_forecast(ctx, &options, head, NULL, &model), LACO_OK);
    laco_rolling_options rolling = {.horizon = AHEAD};
    assert_int_equal(laco_model_score_rolling(model, all, &rolling, &score), LACO_OK);
    brute_force(model, all, &absolute, &covered);
    assert_int_equal(score.windows, SERIES * (MORE - AHEAD + 1));
    assert_true(score.unseen && score.series == SERIES);
    assert_true(fabs(score.all.mae - absolute) < 1e-5 * absolute);
    assert_true(fabs(score.all.coverage - covered) < 1e-9);
    assert_true(score.all.mase < 0.9 && score.all.owa < 0.9 && score.all.wql > 0);
    laco_rolling_free(&score);
    rolling.horizon = MORE + 1;
    assert_int_equal(laco_model_score_rolling(model, all, &rolling, &score), LACO_INVALID);
    laco_model_free(model);
    laco_series_free(head);
    laco_series_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sums_of_products),
        TEST(test_equations_are_solved),
        TEST(test_a_fit_is_that_of_brute_force),
        TEST(test_places_of_a_shape),
        TEST(test_a_sparse_fit_passes_over_outliers),
        TEST(test_each_series_has_its_shares),
        TEST(test_one_series_has_the_same_base_at_any_number_of_threads),
        TEST(test_the_base_continues_a_wave),
        TEST(test_windows_are_filled_up_with_the_oldest_row),
        TEST(test_sizes_are_those_of_the_rows_that_there_are),
        TEST(test_the_better_forecasts_are_mixed),
        TEST(test_crossed_forecasts_do_not_see_what_they_forecast),
        TEST(test_naive2),
        TEST(test_rolling_scores_are_those_of_single_forecasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
