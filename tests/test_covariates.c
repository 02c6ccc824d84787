/* Columns that are known ahead and facts: their weights, series without their effects, and the inputs of the network. */
#include "base/random.h"
#include "context_fixture.h"
#include "forecast/covariates.h"
#include "forecast/scaled_series.h"

#include "laco/laco.h"

#include <math.h>
#include <string.h>

#define ROWS 400
#define AHEAD 7

static double z[ROWS], clocks[ROWS], u[ROWS * 2];

/* z is an autoregression, and `size` times the first known column; the second says nothing. */
static laco_ar_data make(laco_ar_series *series, double size)
{
    laco_rng rng = {.seed = 4, .stream = laco_random_stream("covariates")};
    double left = 0;
    for (int t = 0; t < ROWS; t++) {
        left = 0.8 * left + 0.1 * laco_rng_normal(&rng);
        u[2 * t] = t % 5 == 0 ? 1.5 : -0.5;
        u[2 * t + 1] = laco_rng_normal(&rng);
        z[t] = left + size * u[2 * t];
    }
    *series = (laco_ar_series){z, clocks, ROWS, {0, 1}};
    return (laco_ar_data){.ctx = ctx, .series = series, .count = 1};
}

static void weights_are_found(void **state)
{
    (void)state;
    laco_ar_series series;
    double b[2];
    laco_ar_data data = make(&series, 0.7);
    assert_int_equal(laco_covariates_regress(&data, u, 2, 1, b), LACO_OK);
    assert_true(fabs(b[0] - 0.7) < 0.02);
    assert_true(fabs(b[1]) < 0.02);
    assert_int_equal(laco_covariates_regress(&data, u, 2, 12, b), LACO_OK); /* a season that there is not does no harm */
    assert_true(fabs(b[0] - 0.7) < 0.02);
}

static void columns_that_say_nothing_have_no_weight(void **state)
{
    (void)state;
    laco_ar_series series;
    double b[2];
    laco_ar_data data = make(&series, 0);
    assert_int_equal(laco_covariates_regress(&data, u, 2, 1, b), LACO_OK);
    assert_true(fabs(b[0]) < 0.02 && fabs(b[1]) < 0.02);
}

/* ---- In a model ---------------------------------------------------------------------------------------------------------------
 */

static laco_series *shops(void)
{
    static const char *const columns[] = {"sold"}, *const known[] = {"price"}, *const facts[] = {"region"},
                             *const ids[] = {"a", "b"}, *const regions[] = {"north", "south"};
    laco_series *series;
    double prices[ROWS + AHEAD];
    assert_int_equal(laco_series_new(ctx, "shops", columns, 1, &series), LACO_OK);
    series->has_ids = true;
    assert_int_equal(laco_series_name_covariates(series, known, 1, facts, 1), LACO_OK);
    for (int i = 0; i < 2; i++) {
        size_t place;
        bool same;
        assert_int_equal(laco_series_place(series, ids[i], 1, &place), LACO_OK);
        for (int row = 0; row < ROWS + AHEAD; row++)
            prices[row] = 8 + (row * 7919 + i) % 5;
        for (int row = 0; row < ROWS; row++) {
            double value = 60 + 20 * i - 3 * prices[row] + (row * 7919 % 101) / 100.0;
            assert_int_equal(laco_series_add_row(series, place, &value, 0), LACO_OK);
        }
        assert_int_equal(laco_series_set_known(series, place, prices, AHEAD), LACO_OK);
        assert_int_equal(laco_series_set_fact(series, place, 0, regions[i], 5, &same), LACO_OK);
        assert_true(same);
    }
    return series;
}

static laco_model *train(const laco_series *series, laco_forecast_base base)
{
    laco_forecast_options options = {.train = {.epochs = 1}, .network = {.hidden = 3, .layers = 1}, .horizon = 2, .base = base};
    laco_model *model;
    if (laco_train_forecast(ctx, &options, series, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return model;
}

static void rows_behind_a_head_are_ahead(void **state)
{
    (void)state;
    laco_series *series = shops(), *head, *cut;
    assert_int_equal(laco_series_ahead(series, 1), AHEAD);
    assert_int_equal(laco_series_head(series, 1, ROWS - 5, &head), LACO_OK);
    assert_int_equal(laco_series_ahead(head, 0), AHEAD + 5);
    assert_true(laco_series_known(head, 0, ROWS + AHEAD - 1)[0] == laco_series_known(series, 1, ROWS + AHEAD - 1)[0]);
    assert_null(laco_series_known(head, 0, ROWS + AHEAD));
    assert_string_equal(laco_series_fact(head, 0, 0), "south");
    assert_int_equal(laco_series_cut(series, 3, &cut), LACO_OK);
    assert_int_equal(laco_series_ahead(cut, 0), AHEAD + 3);
    laco_series_free(head);
    laco_series_free(cut);
    laco_series_free(series);
}

static void a_series_without_an_effect_and_back(void **state)
{
    (void)state;
    laco_series *series = shops(), *without;
    laco_model *model = train(series, LACO_BASE_AUTO);
    laco_forecaster *f = (laco_forecaster *)model;
    assert_non_null(f->effect);
    assert_int_equal(laco_covariates_adjust(f, f->scales, series, &without), LACO_OK);
    double least = INFINITY, most = -INFINITY;
    for (int row = 0; row < ROWS; row++) {
        double value = laco_series_value(without, 1, (size_t)row, 0);
        least = fmin(least, value);
        most = fmax(most, value);
        assert_true(fabs(laco_covariates_with(f, &f->scales[1], series, 1, row, 0, value) -
                         laco_series_value(series, 1, (size_t)row, 0)) < 1e-9);
    }
    assert_true(most - least < 3); /* of 13: what is left is the noise */
    laco_series_free(without);
    laco_model_free(model);
    laco_series_free(series);
}

static void what_the_network_reads(void **state)
{
    (void)state;
    laco_series *series = shops();
    laco_model *model = train(series, LACO_BASE_NONE);
    laco_forecaster *f = (laco_forecaster *)model;
    laco_real in[4];
    assert_null(f->effect);
    assert_int_equal(laco_covariates_inputs(f), 4);
    assert_int_equal(laco_forecaster_inputs(f), 5);
    laco_covariates_fill(f, series, 1, ROWS - 1, in);
    for (int h = 0; h < 2; h++) {
        double price = laco_series_known(series, 1, (size_t)(ROWS + h))[0];
        assert_true(fabs((double)in[h] - (price - f->known[0].mean) / f->known[0].scale) < 1e-6);
    }
    assert_true(in[2] == 0 && in[3] == 1);
    laco_covariates_fill(f, series, 0, ROWS + AHEAD - 2, in);
    assert_true(in[1] == 0); /* nothing is known of it: the mean */
    assert_true(in[2] == 1 && in[3] == 0);
    laco_model_free(model);
    laco_series_free(series);
}

static void a_forecast_ends_with_what_is_known(void **state)
{
    (void)state;
    laco_series *series = shops();
    laco_model *model = train(series, LACO_BASE_AUTO);
    laco_forecast_run *run;
    laco_forecast_point point;
    assert_int_equal(laco_forecast_start(model, series, 0, 0, &run), LACO_OK);
    for (int i = 0; i < AHEAD; i++) {
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
        double price = laco_series_known(series, 0, (size_t)(ROWS + i))[0];
        assert_true(fabs(point.value[0] - (60.5 - 3 * price)) < 1.5);
    }
    assert_int_equal(laco_forecast_next(run, &point), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "price given for 7 rows behind the last, and row 8 is to be forecast"));
    laco_forecast_free(run);
    laco_model_free(model);
    laco_series_free(series);
}

static void columns_have_to_be_the_models(void **state)
{
    (void)state;
    laco_series *series = shops(), *plain;
    laco_model *model = train(series, LACO_BASE_AUTO);
    laco_rolling_score score;
    const char *const columns[] = {"sold"};
    assert_int_equal(laco_series_from_values(ctx, z, 1, ROWS, 1, columns, &plain), LACO_OK);
    assert_int_equal(laco_model_score_rolling(model, plain, NULL, &score), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "price"));
    laco_series_free(plain);
    laco_model_free(model);
    laco_series_free(series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(weights_are_found),
        TEST(columns_that_say_nothing_have_no_weight),
        TEST(rows_behind_a_head_are_ahead),
        TEST(a_series_without_an_effect_and_back),
        TEST(what_the_network_reads),
        TEST(a_forecast_ends_with_what_is_known),
        TEST(columns_have_to_be_the_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
