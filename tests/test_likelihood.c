/* Distributions of forecasts: their losses by finite differences in double precision, their quantiles by the sums of probabilities,
 * and forecasters of counts. */
#include "forecast/likelihood.h"
#include "forecast/forecaster.h"
#include "base/random.h"
#include "context_fixture.h"

#include "laco/laco.h"

#include <math.h>
#include <string.h>

static void derivatives_are_those_of_the_loss(void **state)
{
    static const double values[] = {0, 1, 7, 250}, outputs[][2] = {{0, 0}, {0.7, -1.3}, {-2, 0.8}, {3, 2}};
    (void)state;
    for (int kind = LACO_LIKELIHOOD_NORMAL; kind <= LACO_LIKELIHOOD_POISSON; kind++)
        for (int v = 0; v < 4; v++)
            for (int o = 0; o < 4; o++) {
                laco_likelihood_place place = {values[v], 2.5F, 1.5F, 0.4F, 0.3F};
                double at[2] = {outputs[o][0], outputs[o][1]}, d[2] = {0}, none[2];
                (void)laco_likelihood_loss((laco_likelihood)kind, &place, at, d);
                for (int k = 0; k < laco_likelihood_width((laco_likelihood)kind); k++) {
                    double step = 1e-5, kept = at[k];
                    at[k] = kept + step;
                    double above = laco_likelihood_loss((laco_likelihood)kind, &place, at, none);
                    at[k] = kept - step;
                    double below = laco_likelihood_loss((laco_likelihood)kind, &place, at, none);
                    at[k] = kept;
                    double found = (above - below) / (2 * step);
                    assert_true(fabs(found - d[k]) < 1e-6 * (1 + fabs(d[k])) + 1e-9 * fabs(above));
                }
            }
}

/* -log of a probability, with the mean and the dispersion themselves. */
static double loss_of(laco_likelihood kind, double mean, double alpha, double y)
{
    laco_likelihood_place place = {y, (float)mean, 1, 1e-6F, 1};
    double o[2] = {mean - (double)(float)mean, log(alpha)}, d[2];
    return laco_likelihood_loss(kind, &place, o, d);
}

static void probabilities_add_up_to_one_and_quantiles_are_theirs(void **state)
{
    static const double means[] = {0.3, 2, 40}, shares[] = {0.05, 0.5, 0.9, 0.99};
    (void)state;
    for (int kind = LACO_LIKELIHOOD_NEGATIVE_BINOMIAL; kind <= LACO_LIKELIHOOD_POISSON; kind++)
        for (int m = 0; m < 3; m++) {
            double sum = 0, mean = 0;
            int s = 0;
            for (int y = 0; y < 2000; y++) {
                double p = exp(-loss_of((laco_likelihood)kind, means[m], 0.7, y));
                sum += p;
                mean += p * y;
                for (; s < 4 && sum >= shares[s] + 1e-7; s++)
                    assert_true(laco_likelihood_quantile((laco_likelihood)kind, means[m], 0.7, shares[s]) == y);
            }
            assert_true(fabs(sum - 1) < 1e-6 && fabs(mean - means[m]) < 1e-4 * means[m]);
            assert_int_equal(s, 4);
        }
    assert_true(fabs(laco_likelihood_quantile(LACO_LIKELIHOOD_NORMAL, 1, 2, 0.975) - (1 + 2 * 1.959964)) < 1e-5);
}

/* Where counts are large, the quantiles of a gamma distribution go on from those that are added up. */
static void quantiles_of_large_counts(void **state)
{
    (void)state;
    for (double q = 0.05; q < 1; q += 0.15) {
        double below = laco_likelihood_quantile(LACO_LIKELIHOOD_NEGATIVE_BINOMIAL, 999, 0.2, q),
               above = laco_likelihood_quantile(LACO_LIKELIHOOD_NEGATIVE_BINOMIAL, 1001, 0.2, q);
        assert_true(fabs(above / below - 1) < 0.02);
        below = laco_likelihood_quantile(LACO_LIKELIHOOD_POISSON, 499, 0, q);
        above = laco_likelihood_quantile(LACO_LIKELIHOOD_POISSON, 501, 0, q);
        assert_true(fabs(above / below - 1) < 0.02);
    }
}

static void a_mean_of_counts_is_above_zero(void **state)
{
    (void)state;
    assert_true(laco_likelihood_mean(-1e6, 0.1) > 0);
    assert_true(fabs(laco_likelihood_mean(50, 0.1) - 50) < 1e-12);
    assert_true(fabs(laco_likelihood_mean(0, 0.1) - 0.1 * log(2)) < 1e-12);
}

static void the_sum_on_a_tape(void **state)
{
    const laco_likelihood_place places[] = {{3, 2, 1, 0.1F, 0.5F}, {NAN, 0, 1, 0.1F, 0.5F}, {0, 1, 1, 0.1F, 0.5F}};
    const laco_real x[] = {(laco_real)0.3, (laco_real)-0.2, 9, 9, (laco_real)0.5, (laco_real)0.1};
    const int64_t shape[] = {3, 2};
    laco_tape *tape;
    double sum = 0, d[2];
    (void)state;
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_var y = laco_likelihood_losses(tape, laco_input(tape, x, 2, shape), LACO_LIKELIHOOD_NEGATIVE_BINOMIAL, places, 3);
    assert_non_null(y);
    for (int i = 0; i < 3; i += 2) {
        const double o[2] = {(double)x[2 * i], (double)x[2 * i + 1]};
        sum += laco_likelihood_loss(LACO_LIKELIHOOD_NEGATIVE_BINOMIAL, &places[i], o, d);
    }
    assert_true(fabs((double)laco_var_data(y)[0] - sum) < 1e-5);
    assert_null(laco_likelihood_losses(tape, laco_input(tape, x, 2, shape), LACO_LIKELIHOOD_POISSON, places, 3));
    laco_tape_free(tape);
}

/* ---- Forecasters --------------------------------------------------------------------------------------------------------------
 */

#define ROWS 300

/* Mostly zeros: every fourth row or so a few. */
static laco_series *demand(void)
{
    double values[ROWS];
    laco_rng rng = {.seed = 2, .stream = laco_random_stream("demand")};
    laco_series *series;
    for (int i = 0; i < ROWS; i++)
        values[i] = laco_rng_uniform(&rng) < 0.25 ? floor(1 + 4 * laco_rng_uniform(&rng)) : 0;
    assert_int_equal(laco_series_from_values(ctx, values, 1, ROWS, 1, NULL, &series), LACO_OK);
    return series;
}

static void forecasts_of_intermittent_demand(void **state)
{
    laco_series *series = demand();
    (void)state;
    for (int kind = LACO_LIKELIHOOD_NEGATIVE_BINOMIAL; kind <= LACO_LIKELIHOOD_POISSON; kind++)
        for (int64_t horizon = 1; horizon <= 5; horizon += 4) {
            laco_forecast_options options = {.train = {.epochs = 4},
                                             .network = {.hidden = 4, .layers = 1},
                                             .horizon = horizon,
                                             .likelihood = (laco_likelihood)kind,
                                             .quantiles = {2, {0.1, 0.9}}};
            laco_model *model;
            laco_forecast_run *run;
            laco_forecast_point point;
            if (laco_train_forecast(ctx, &options, series, NULL, &model) < 0)
                fail_msg("%s", laco_error(ctx));
            assert_int_equal(laco_forecast_start(model, NULL, 0, 1, &run), LACO_OK);
            for (int i = 0; i < 12; i++) {
                assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
                assert_true(point.value[0] > 0.2 && point.value[0] < 1.5); /* the mean is 0.6 */
                assert_true(point.quantile[0] == 0 && point.quantile[1] >= 0 && point.quantile[1] <= 1);
                assert_true(point.quantile[2] >= 1 && point.quantile[2] == floor(point.quantile[2]));
            }
            laco_forecast_free(run);
            laco_model_free(model);
        }
    laco_series_free(series);
}

static void counts_have_to_be_counts(void **state)
{
    const double values[] = {1, 2, 3, 0.5, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};
    laco_forecast_options options = {.likelihood = LACO_LIKELIHOOD_POISSON};
    laco_series *series;
    laco_model *model;
    (void)state;
    assert_int_equal(laco_series_from_values(ctx, values, 1, 16, 1, NULL, &series), LACO_OK);
    assert_int_equal(laco_train_forecast(ctx, &options, series, NULL, &model), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "holds 0.5 at 4, which is no count"));
    laco_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(derivatives_are_those_of_the_loss),
        TEST(probabilities_add_up_to_one_and_quantiles_are_theirs),
        TEST(quantiles_of_large_counts),
        TEST(a_mean_of_counts_is_above_zero),
        TEST(the_sum_on_a_tape),
        TEST(forecasts_of_intermittent_demand),
        TEST(counts_have_to_be_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
