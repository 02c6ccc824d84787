/* What laco bench measures with: that all of the work is done, and that the numbers are of what they say. Times are not judged.
 */
#include "basics.h"
#include "bench/crew.h"
#include "bench/measure.h"
#include "bench/peak.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_failure(void **state)
{
    (void)state;
    assert_int_equal(failed(LACO_IO, "%s of %d", "one", 2), LACO_IO);
    assert_string_equal(failure(), "one of 2");
    assert_int_equal(failed(LACO_INVALID, "behind: %s", failure()), LACO_INVALID);
    assert_string_equal(failure(), "behind: one of 2");
    laco_context *ctx = NULL;
    laco_model *model = NULL;
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(of_library(ctx, LACO_OK), LACO_OK);
    assert_string_equal(failure(), "behind: one of 2");
    assert_int_equal(of_library(ctx, laco_model_load(ctx, "/no/such/model", &model)), LACO_IO);
    assert_string_equal(failure(), laco_error(ctx));
    laco_context_free(ctx);
}

/* ---- Threads ------------------------------------------------------------------------------------------------------------ */

#define CREW 5

static void count_round(void *work, int part)
{
    int *rounds = work;
    rounds[part]++;
}

static void test_crew(void **state)
{
    (void)state;
    for (int threads = 1; threads <= CREW; threads++) {
        int rounds[CREW] = {0};
        double best = -1;
        assert_int_equal(crew_time(threads, count_round, rounds, 0.002, &best), LACO_OK);
        assert_true(best > 0 && best < 10);
        for (int i = 0; i < CREW; i++) /* each part once in each round */
            assert_int_equal(rounds[i], i < threads ? rounds[0] : 0);
        assert_true(rounds[0] > 0);
    }
    double best = -1;
    int none = 0;
    assert_int_equal(crew_time(100000, count_round, &none, 0.002, &best), LACO_NO_MEMORY);
    assert_non_null(strstr(failure(), "not 100000"));
    assert_true(none == 0 && best < 0);
}

/* ---- The machine -------------------------------------------------------------------------------------------------------- */

static void test_machine(void **state)
{
    (void)state;
    laco_context *ctx = NULL;
    bench_limits limits = {0};
    peak_loop peaks[MOST_PEAKS];
    int count = find_peaks(peaks);
    double peak = 0;
    assert_true(count >= 1 && count <= MOST_PEAKS);
    assert_int_equal(peaks[0].precision, LACO_FP32);
    for (int i = 0; i < count; i++)
        assert_true(peaks[i].precision != LACO_BF16 || peaks[i].tiles); /* no kernel uses other instructions for bf16 */
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &ctx), LACO_OK);
    assert_int_equal(bench_machine(ctx, 1e-6, &limits), LACO_OK);
    assert_true(limits.count >= count + 3 && limits.count <= BENCH_MAX_LIMITS);
    for (int i = 0; i < limits.count; i++) {
        assert_true(limits.limit[i].value > 0 && isfinite(limits.limit[i].value));
        assert_int_equal(limits.limit[i].product, i < count);
        assert_true(limits.limit[i].product || limits.limit[i].bytes >= 1024);
    }
    for (int precision = LACO_FP32; precision <= LACO_INT8; precision++) {
        assert_int_equal(bench_peak(ctx, (laco_precision)precision, 1e-6, &peak), LACO_OK);
        assert_true(peak > 0);
    }
    laco_context_free(ctx);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------------- */

static void test_layer(void **state)
{
    (void)state;
    static const double gates[] = {[LACO_RNN] = 1, [LACO_GRU] = 3, [LACO_LSTM] = 4};
    laco_context *ctx = NULL;
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    for (int work = BENCH_TRAIN; work <= BENCH_STEP; work++)
        for (int cell = LACO_RNN; cell <= LACO_LSTM; cell++) {
            bench_config config = {.work = (bench_work)work,
                                   .cell = (laco_cell_kind)cell,
                                   .input = 3,
                                   .hidden = 4,
                                   .layers = 2,
                                   .batch = 5,
                                   .steps = 6,
                                   .seconds = 1e-9};
            bench_result result;
            assert_int_equal(bench_layer(ctx, &config, &result), LACO_OK);
            assert_true(result.repeats >= 3 && result.seconds > 0 && result.bytes > 0);
            /* two operations, for each weight of two layers, step and sequence; three times that where they are trained */
            double forward = 2 * gates[cell] * 4 * (3 + 4 + 4 + 4) * 5 * 6;
            assert_true(fabs(result.flops - (work == BENCH_TRAIN ? 3 : 1) * forward) < 1e-6);
        }
    laco_context_free(ctx);
}

static void test_layer_errors(void **state)
{
    (void)state;
    laco_context *ctx = NULL;
    bench_result result = {.repeats = -7};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    assert_int_equal(bench_layer(ctx, &(bench_config){.precision = LACO_INT8}, &result), LACO_INVALID);
    assert_non_null(strstr(failure(), "do not train in int8"));
    assert_int_equal(bench_layer(ctx, &(bench_config){.batch = -1}, &result), LACO_INVALID);
    assert_non_null(strstr(failure(), "a batch of -1"));
    assert_int_equal(bench_layer(ctx, &(bench_config){.hidden = -4}, &result), LACO_INVALID);
    assert_string_equal(failure(), laco_error(ctx));
    assert_int_equal(
        bench_layer(ctx, &(bench_config){.hidden = 1, .batch = INT32_MAX, .steps = INT32_MAX, .input = 1 << 20}, &result),
        LACO_NO_MEMORY);
    assert_int_equal(result.repeats, -7);
    laco_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure), cmocka_unit_test(test_crew),         cmocka_unit_test(test_machine),
        cmocka_unit_test(test_layer),   cmocka_unit_test(test_layer_errors),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
