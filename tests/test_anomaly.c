/* Anomalies: tail probabilities against brute force, one alarm for a burst, and a state that goes on. */
#include "base/random.h"
#include "context_fixture.h"
#include "forecast/anomaly.h"
#include "forecast/recursive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double noise(uint64_t index)
{
    laco_rng rng = {.seed = 1, .stream = index};
    return 2 * laco_rng_uniform(&rng) - 1;
}

static void test_a_probability_is_the_share_of_rows_that_are_as_large(void **state)
{
    enum { ROWS = LACO_TAIL_ROWS + 500 };
    static double seen[ROWS];
    laco_tail *tail = calloc(1, sizeof *tail);
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        seen[i] = fabs(noise((uint64_t)i));
        double p = laco_tail_add(tail, seen[i]);
        int first = i > LACO_TAIL_ROWS ? i - LACO_TAIL_ROWS : 0, above = 0;
        for (int k = first; k < i; k++)
            above += seen[k] >= seen[i];
        if (i < 30)
            assert_true(p == 1);
        else if (above > 0)
            assert_true(fabs(p - (double)(above + 1) / (i - first + 1)) < 1e-12);
        else
            assert_true(p <= 1.0 / (i - first + 1) + 1e-12 && p > 0);
    }
    double far = laco_tail_add(tail, 2), farther = laco_tail_add(tail, 50);
    assert_true(far < 1e-3 && farther < far);
    free(tail);
}

/* 600 rows of a little noise; from row 400 on for 50 rows far above. Scores and alarms of all of it. */
static void show(laco_anomaly *a, int from, int to, double *score, bool *alarm)
{
    for (int i = from; i < to; i++) {
        double value = noise((uint64_t)i) + (i >= 400 && i < 450 ? 30 : 0), forecast = 0;
        score[i] = laco_anomaly_add(a, &value, &forecast);
        alarm[i] = a->alarm;
    }
}

static void test_a_burst_is_one_alarm(void **state)
{
    laco_anomaly *a;
    double score[600];
    bool alarm[600];
    (void)state;
    assert_int_equal(laco_anomaly_new(ctx, 1, 24, 168, 100, 0.999999, &a), LACO_OK);
    show(a, 0, 600, score, alarm);
    int alarms = 0;
    for (int i = 0; i < 600; i++) {
        assert_true(score[i] >= 0 && score[i] <= 1);
        alarms += alarm[i];
    }
    assert_true(alarm[400] && score[400] > 0.999999);
    assert_true(score[401] < 0.6);
    assert_int_equal(alarms, 1);
    laco_anomaly_free(a);
}

static void test_a_change_behind_a_constant_head_counts(void **state)
{
    laco_anomaly *a;
    (void)state;
    assert_int_equal(laco_anomaly_new(ctx, 1, 0, 0, 10, 0.99, &a), LACO_OK);
    for (int i = 0; i < 100; i++) {
        double value = 5, forecast = 5;
        assert_true(laco_anomaly_add(a, &value, &forecast) < 0.99 && !a->alarm);
    }
    double value = 5.001, forecast = 5;
    assert_true(laco_anomaly_add(a, &value, &forecast) > 0.99 && a->alarm);
    laco_anomaly_free(a);
}

/* Hours of weeks that rest on two days. A Wednesday in the sixth that rests too is odd for one who compares weeks, and none for one
 * who compares days, for which such changes are usual. */
static void test_days_are_compared_with_those_of_a_week_before(void **state)
{
    (void)state;
    for (int64_t longer = 0; longer <= 168; longer += 168) {
        laco_anomaly *a;
        double mean = 0;
        assert_int_equal(laco_anomaly_new(ctx, 1, 24, longer, 0, 1, &a), LACO_OK);
        for (int hour = 0; hour < 38 * 24; hour++) {
            int day = hour / 24;
            bool rests = day % 7 >= 5 || day == 37;
            double value = (rests ? 0 : 10) + hour * 7919 % 101 / 500.0, forecast = NAN;
            double score = laco_anomaly_add(a, &value, &forecast);
            mean += day == 37 ? score / 24 : 0;
        }
        assert_true(longer > 0 ? mean > 0.95 : mean < 0.9);
        laco_anomaly_free(a);
    }
}

static void test_a_state_goes_on(void **state)
{
    laco_anomaly *whole, *first, *second;
    double expected[600], score[600];
    bool alarm[600], other[600];
    (void)state;
    assert_int_equal(laco_anomaly_new(ctx, 1, 24, 168, 100, 0.999999, &whole), LACO_OK);
    assert_int_equal(laco_anomaly_new(ctx, 1, 24, 168, 100, 0.999999, &first), LACO_OK);
    assert_int_equal(laco_anomaly_new(ctx, 1, 24, 168, 100, 0.999999, &second), LACO_OK);
    show(whole, 0, 600, expected, alarm);
    show(first, 0, 410, score, other);
    json_t *json = laco_anomaly_state(first);
    assert_true(laco_anomaly_take_state(second, json));
    show(second, 410, 600, score, other);
    for (int i = 0; i < 600; i++)
        assert_true(score[i] == expected[i] && alarm[i] == other[i]);
    json_object_set_new(json, "rows", json_integer(-1));
    assert_false(laco_anomaly_take_state(second, json));
    json_object_set_new(json, "rows", json_integer(410));
    json_array_append_new(json_object_get(json, "before"), json_real(1));
    assert_false(laco_anomaly_take_state(second, json));
    json_decref(json);
    laco_anomaly_free(whole);
    laco_anomaly_free(first);
    laco_anomaly_free(second);
}

/* The forecast is 0.9 times the last value, and the series has become −0.5 times it: that is learned, forgets nothing it needs where
 * nothing happens, passes over a row that is far away, and goes on from a state. */
static void test_a_forecast_goes_on_learning(void **state)
{
    enum { ROWS = 4000 };
    static double z[ROWS + 1];
    laco_column column = {.error = 0.1};
    laco_forecaster model = {.base.ctx = ctx, .kind = LACO_BASE_AUTO, .columns = &column, .ar = {.lag_count = 1, .lags = {1}}};
    laco_recursive *r, *other;
    double early = 0, late = 0;
    (void)state;
    assert_int_equal(laco_recursive_new(&model, &r), LACO_OK);
    for (int t = 1; t <= ROWS; t++) {
        z[t] = (t == 1500 ? 1e6 : t > 3000 ? 0 : -0.5 * (t == 1501 ? 0 : z[t - 1]) + noise((uint64_t)t));
        double error = z[t] - (0.9 * z[t - 1] + laco_recursive_say(r, &z[t - 1], 0));
        *(t <= 20 ? &early : &late) += (t <= 20 || (t > 2900 && t <= 3000)) * fabs(error);
        laco_recursive_learn(r, error);
    }
    assert_true(late / 100 < 0.6 && late / 100 < 0.8 * early / 20); /* noise alone: 0.5 */
    assert_true(fabs(r->weight[1] + 1.4) < 0.15 && r->inverse[3] <= 0.03);
    assert_int_equal(laco_recursive_new(&model, &other), LACO_OK);
    json_t *known = laco_recursive_state(r);
    assert_true(laco_recursive_take_state(other, known));
    z[0] = 0.3;
    assert_true(laco_recursive_say(other, z, 0) == laco_recursive_say(r, z, 0));
    json_array_clear(json_object_get(known, "weight"));
    assert_false(laco_recursive_take_state(other, known));
    json_decref(known);
    laco_recursive_free(other);
    laco_recursive_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_probability_is_the_share_of_rows_that_are_as_large),
        TEST(test_a_burst_is_one_alarm),
        TEST(test_a_change_behind_a_constant_head_counts),
        TEST(test_days_are_compared_with_those_of_a_week_before),
        TEST(test_a_state_goes_on),
        TEST(test_a_forecast_goes_on_learning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
