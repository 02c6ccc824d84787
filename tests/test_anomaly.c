/* Anomalies: tail probabilities against brute force, one alarm for a burst, and a state that goes on. */
#include "base/random.h"
#include "context_fixture.h"
#include "forecast/anomaly.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_probability_is_the_share_of_rows_that_are_as_large),
        TEST(test_a_burst_is_one_alarm),
        TEST(test_a_change_behind_a_constant_head_counts),
        TEST(test_days_are_compared_with_those_of_a_week_before),
        TEST(test_a_state_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
