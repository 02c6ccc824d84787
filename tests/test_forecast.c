/* Series and forecasters: tables, seasons, the autoregression, closed loops, files, and training from end to end. */
#include "base/random.h"
#include "failing_allocator.h"
#include "forecast/forecast_score.h"
#include "temporary_folder.h"
#include "forecast/ar_fit.h"

#include "laco/laco.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAU 6.28318530717958647692

static laco_context *ctx;
static laco_series *sales; /* 120 months: a season, a trend, a little noise; a second column */
static laco_model *model;  /* trained on it */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static const char *sales_file(int rows)
{
    static char text[20000];
    char *at = text + sprintf(text, "month,sales,half\n");
    for (int i = 0; i < rows; i++) {
        double value = 100 + 0.5 * i + 20 * sin(TAU * i / 12) + (i * 7919 % 101) / 50.0 - 1;
        at += sprintf(at, "%d-%02d,%.4f,%.4f\n", 2001 + i / 12, i % 12 + 1, value, value / 2 + 3);
    }
    const char *path = temporary_path("sales.csv");
    write_text(path, text);
    return path;
}

static const laco_forecast_options small = {.train = {.epochs = 3, .seed = 7},
                                            .network = {.cell = LACO_LSTM, .hidden = 5, .layers = 2}};

static int begin(void **state)
{
    static const char *const columns[] = {"sales", "half"};
    (void)state;
    temporary_folder_make();
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    laco_series_config config = {.columns = columns, .column_count = 2};
    if (laco_series_load(ctx, sales_file(120), &config, &sales) < 0 || laco_train_forecast(ctx, &small, sales, NULL, &model) < 0)
        fail_msg("%s", laco_error(ctx));
    return 0;
}

static int end(void **state)
{
    (void)state;
    laco_model_free(model);
    laco_series_free(sales);
    laco_context_free(ctx);
    temporary_folder_remove();
    return 0;
}

/* ---- Tables -------------------------------------------------------------------------------------------------------------------
 */

static laco_status load(const char *text, const laco_series_config *config, laco_series **out)
{
    const char *path = temporary_path("table.csv");
    write_text(path, text);
    return laco_series_load(ctx, path, config, out);
}

static void test_columns_time_and_ids_are_found(void **state)
{
    const char *wanted = "b";
    laco_series_config by_id = {.columns = &wanted, .column_count = 1, .id_column = "who"};
    laco_series *series;
    char text[48];
    (void)state;
    assert_int_equal(load("name;when;a;b\nx;2001-01-01;1;2\ny;2001-01-02;3;4.5\n", NULL, &series), LACO_OK);
    assert_string_equal(laco_series_column_name(series, 0), "b"); /* the last of numbers */
    assert_int_equal(laco_series_rows(series, 0), 2);
    assert_true(laco_series_value(series, 0, 1, 0) == 4.5);
    laco_series_time_text(series, 0, 3, text);
    assert_string_equal(text, "2001-01-04");
    laco_series_free(series);
    assert_int_equal(load("who,b\nx,1\ny,10\nx,2\ny,20\nx,3\n", &by_id, &series), LACO_OK);
    assert_int_equal(laco_series_count(series), 2);
    assert_string_equal(laco_series_id(series, 1), "y");
    assert_int_equal(laco_series_rows(series, 0), 3);
    assert_true(laco_series_value(series, 1, 1, 0) == 20);
    laco_series_time_text(series, 1, 2, text);
    assert_string_equal(text, "3"); /* without time: the row */
    laco_series_free(series);
}

static void test_missing_values_are_filled_where_that_is_wanted(void **state)
{
    static const double filled[] = {2, 2, 3, 4, 5, 6, 6};
    laco_series_config config = {.missing = LACO_MISSING_INTERPOLATE};
    laco_series *series;
    (void)state;
    assert_int_equal(load("v,i\n,0\n", &config, &series), LACO_OK);
    laco_series_free(series);
    assert_int_equal(load("i,v\n1,\n2,2\n3,NA\n4,4\n5,null\n6,6\n7,?\n", &config, &series), LACO_OK);
    for (size_t i = 0; i < 7; i++)
        assert_true(fabs(laco_series_value(series, 0, i, 0) - filled[i]) < 1e-12);
    laco_series_free(series);
    assert_int_equal(load("i,v\n1,2\n2,\n", NULL, &series), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "table.csv:3: column \"v\" has no value"));
}

/* ---- Seasons and the autoregression
 * ---------------------------------------------------------------------------------------------- */

static int64_t season_of(int64_t period, double noise, int64_t rows, const laco_time_step *step, bool calendar)
{
    static double z[4000];
    int64_t season;
    laco_rng rng = {.seed = 3};
    for (int64_t i = 0; i < rows; i++)
        z[i] = (period > 0 ? sin(TAU * (double)i / (double)period) + 0.5 * (i % period == 0) : 0) +
               noise * laco_rng_normal(&rng) + 0.001 * (double)i;
    laco_ar_series series = {.z = z, .rows = rows};
    assert_int_equal(laco_season_find(ctx, &series, step, calendar, &season), LACO_OK);
    return season;
}

static void test_seasons_are_found(void **state)
{
    const laco_time_step none = {0}, month = {.months = 1}, hour = {.time = 3600 * LACO_SECOND}, day = {.time = LACO_DAY};
    (void)state;
    assert_int_equal(season_of(12, 0.3, 150, &month, true), 12);
    assert_int_equal(season_of(24, 0.3, 2000, &hour, true), 24);
    assert_int_equal(season_of(7, 0.3, 400, &day, true), 7);
    assert_int_equal(season_of(37, 0.2, 500, &none, false), 37);
    assert_int_equal(season_of(0, 1, 1000, &hour, true), 1);
    assert_int_equal(season_of(0, 1, 10, &none, false), 1);
}

/* The regression finds the weights that made a series. */
static void test_the_autoregression_is_fitted(void **state)
{
    static double z[3000], clock[3000];
    laco_rng rng = {.seed = 5};
    laco_real weight[8];
    (void)state;
    for (int i = 2; i < 3000; i++)
        z[i] = 0.1 + 0.6 * z[i - 1] + 0.3 * z[i - 2] + 0.2 * laco_rng_normal(&rng);
    laco_ar_series series = {.z = z, .clock = clock, .rows = 3000, .scale = {0, 1}};
    laco_ar_data data = {.ctx = ctx, .series = &series, .count = 1};
    laco_ar ar = {.lag_count = 2, .lags = {1, 2}};
    assert_int_equal(laco_ar_fit(&data, &ar, weight), LACO_OK);
    assert_true(fabs((double)weight[0] - 0.1) < 0.05 && fabs((double)weight[1] - 0.6) < 0.05 &&
                fabs((double)weight[2] - 0.3) < 0.05);
    assert_true(fabs(laco_ar_predict(&ar, weight, z + 2, 0) -
                     (double)(weight[0] + weight[1] * (laco_real)z[2] + weight[2] * (laco_real)z[1])) < 1e-5);
}

/* Differences and levels are the same fit where the weights sum to one. */
static void test_waves_and_differences(void **state)
{
    static double z[600], clock[600], matrix[40 * 40], sums[40 * 40];
    laco_ar_fit_form form = {.ar = {.lag_count = 2, .lags = {1, 3}, .period_count = 1, .periods = {12}, .harmonics = {2}},
                             .difference = true};
    laco_ar_series series = {.z = z, .clock = clock, .rows = 600, .scale = {0, 1}};
    laco_ar_data data = {.ctx = ctx, .series = &series, .count = 1};
    laco_real weight[16];
    (void)state;
    for (int i = 0; i < 600; i++) {
        clock[i] = i + 5;
        z[i] = sin(TAU * clock[i] / 12) + 0.4 * cos(2 * TAU * clock[i] / 12) + 0.01 * i;
    }
    int d = laco_ar_fit_sums(&data, &form, 1, sums);
    assert_int_equal(d, 5); /* lag 3 and four waves: lag 1 is what differences are from */
    assert_true(laco_ar_fit_solve(&form, sums, d, 1e-9, matrix, weight));
    assert_true(fabs((double)(weight[1] + weight[2]) - 1) < 1e-5);
    for (int i = 10; i < 600; i += 37)
        assert_true(fabs(laco_ar_predict(&form.ar, weight, z + i - 1, clock[i]) - z[i]) < 1e-3);
}

/* ---- Quantile loss
 * ------------------------------------------------------------------------------------------------------------------ */

static void test_quantile_loss(void **state)
{
    static const double quantiles[] = {0.1, 0.5, 0.9};
    static const laco_real x[] = {0, 1, 2, 3, 3, 3}, t[] = {1, 5};
    const int64_t wide[] = {2, 3}, narrow[] = {2};
    /* by hand: max(q·e, (q − 1)·e), e = t − x */
    const double loss = (0.1 * 1 + 0 + 0.1 * 1 + 0.1 * 2 + 0.5 * 2 + 0.9 * 2) / 6;
    static const double slopes[] = {-0.1, 0, 0.1, -0.1, -0.5, -0.9};
    laco_tape *tape;
    (void)state;
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    laco_var values = laco_leaf(tape, x, 2, wide), target = laco_input(tape, t, 1, narrow);
    laco_var y = laco_quantile_loss(tape, values, target, quantiles, 3, LACO_MEAN);
    assert_true(fabs((double)*laco_var_data(y) - loss) < 1e-6);
    assert_int_equal(laco_backward(tape, y), LACO_OK);
    for (int i = 0; i < 6; i++)
        assert_true(fabs((double)laco_var_grad(values)[i] - slopes[i] / 6) < 1e-6);
    laco_tape_reset(tape);
    assert_null(laco_quantile_loss(tape, laco_input(tape, x, 2, wide), laco_input(tape, t, 1, narrow), quantiles, 2, LACO_MEAN));
    assert_non_null(strstr(laco_error(ctx), "quantile_loss"));
    laco_tape_free(tape);
}

/* ---- Closed loops
 * -------------------------------------------------------------------------------------------------------------------- */

/* Feeding back by hand: each prediction is appended to a series, from which the next is made. */
static void test_a_closed_loop_is_one_step_at_a_time(void **state)
{
    double values[512], ahead[6];
    size_t rows = laco_series_rows(sales, 0);
    static const char *const columns[] = {"sales", "half"};
    laco_forecast_run *run;
    laco_forecast_point point;
    (void)state;
    laco_forecaster *own = (laco_forecaster *)model;
    laco_direct direct = own->direct; /* says several rows at once: without it */
    own->direct.horizon = 0;
    for (size_t i = 0; i < rows * 2; i++)
        values[i] = laco_series_value(sales, 0, i / 2, (int)(i % 2));
    assert_int_equal(laco_model_forecast(model, sales, 6, ahead), LACO_OK);
    for (size_t step = 0; step < 6; step++) {
        laco_series *longer;
        assert_int_equal(laco_series_from_values(ctx, values, 1, rows + step, 2, columns, &longer), LACO_OK);
        if (own->ar.period_count > 0 || own->history->has_time) { /* as in the file */
            longer->has_time = true;
            longer->format = sales->format;
            longer->step = sales->step;
            longer->one[0].times = laco_alloc(ctx, rows + step, sizeof(int64_t));
            for (size_t i = 0; i < rows + step; i++)
                longer->one[0].times[i] = laco_series_instant(sales, 0, i);
        }
        assert_int_equal(laco_forecast_start(model, longer, 0, 0, &run), LACO_OK);
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
        assert_true(fabs(point.value[0] - ahead[step]) < 1e-3 * fabs(ahead[step]));
        values[2 * (rows + step)] = point.value[0];
        values[2 * (rows + step) + 1] = point.value[1];
        laco_forecast_free(run);
        laco_series_free(longer);
    }
    own->direct = direct;
}

/* All at once says what one after another does, to the bit. */
static void test_many_series_are_forecast_at_once(void **state)
{
    enum { STEPS = 6 };
    laco_forecast_point points[STEPS], point;
    laco_forecast_info info;
    double values[STEPS * (2 + LACO_MAX_QUANTILES)];
    laco_forecast_run *run;
    (void)state;
    assert_int_equal(laco_model_forecast_info(model, &info), LACO_OK);
    assert_int_equal(laco_model_forecast_many(model, sales, 0, 1, STEPS, 7, points, values), LACO_OK);
    assert_int_equal(laco_forecast_start(model, sales, 0, 7, &run), LACO_OK);
    for (int i = 0; i < STEPS; i++) {
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
        assert_true(points[i].step == point.step && strcmp(points[i].time, point.time) == 0);
        assert_memory_equal(points[i].value, point.value, (size_t)info.column_count * sizeof(double));
        assert_true(points[i].value == values + i * (info.column_count + info.quantile_count));
        assert_true(!points[i].quantile == (info.quantile_count == 0));
    }
    laco_forecast_free(run);
    assert_int_equal(laco_model_forecast_many(model, sales, 1, 1, STEPS, 7, points, values), LACO_INVALID);
    assert_non_null(strstr(laco_error(ctx), "series 2 to 2 of 1"));
}

static void test_the_memory_of_a_forecast_does_not_grow(void **state)
{
    failing_allocator memory = {0};
    laco_context *own = failing_context(&memory);
    const char *path = temporary_path("grow.safetensors");
    laco_model *loaded;
    laco_forecast_run *run;
    laco_forecast_point point;
    (void)state;
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_model_load(own, path, &loaded), LACO_OK);
    assert_int_equal(laco_forecast_start(loaded, NULL, 0, 0, &run), LACO_OK);
    for (int i = 0; i < 50; i++)
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
    size_t bytes = memory.bytes, calls = memory.calls;
    for (int i = 0; i < 2000; i++)
        assert_int_equal(laco_forecast_next(run, &point), LACO_OK);
    assert_int_equal(memory.bytes, bytes);
    assert_int_equal(memory.calls, calls);
    assert_int_equal(point.step, 2050);
    assert_true(isfinite(point.value[0]));
    laco_forecast_free(run);
    laco_model_free(loaded);
    failing_context_free(own, &memory);
}

/* ---- Scores
 * --------------------------------------------------------------------------------------------------------------------------- */

/* The naive base says the last value, so its errors are the naive errors, one step ahead and far. */
static void test_the_naive_forecast_scores_one(void **state)
{
    laco_forecast_options options = small;
    laco_forecast_score score;
    laco_model *naive;
    (void)state;
    options.base = LACO_BASE_NAIVE;
    assert_int_equal(laco_train_forecast(ctx, &options, sales, NULL, &naive), LACO_OK);
    laco_param *weight = laco_module_find(laco_model_module(naive), "linear.weight"),
               *bias = laco_module_find(laco_model_module(naive), "linear.bias");
    memset(weight->value, 0, (size_t)weight->count * sizeof *weight->value);
    memset(bias->value, 0, (size_t)bias->count * sizeof *bias->value);
    laco_param_changed(weight);
    laco_param_changed(bias);
    assert_int_equal(laco_model_score_forecast(naive, sales, 12, &score), LACO_OK);
    assert_true(fabs(score.one_step.mase - 1) < 1e-5 && fabs(score.closed_loop.mase - 1) < 1e-5);
    assert_int_equal(score.rows, 24);
    assert_int_equal(score.origins, 13);
    assert_string_equal(score.from, "2009-01");
    assert_false(score.unseen);
    double sum = 0;
    for (size_t row = 96; row < 120; row++)
        sum += fabs(laco_series_value(sales, 0, row, 0) - laco_series_value(sales, 0, row - 1, 0));
    assert_true(fabs(score.one_step.mae - sum / 24) < 1e-4);
    assert_true(score.closed_loop.seasonal_mae < 0.5 * score.closed_loop.naive_mae);
    laco_model_free(naive);
}

static void test_the_default_is_better_than_naive(void **state)
{
    laco_forecast_score score;
    (void)state;
    assert_int_equal(laco_model_score_forecast(model, sales, 0, &score), LACO_OK);
    assert_int_equal(score.season, 12);
    assert_true(score.one_step.mase < 0.5 && score.closed_loop.mase < 0.3);
}

static void test_surprise(void **state)
{
    double prediction[120], score[120];
    laco_forecast_info info;
    (void)state;
    assert_int_equal(laco_model_forecast_info(model, &info), LACO_OK);
    assert_int_equal(laco_model_anomaly_score(model, sales, 0, prediction, score), LACO_OK);
    assert_true(isnan(prediction[info.context - 1]) && isnan(score[0]));
    int beyond = 0;
    for (size_t i = (size_t)info.context; i < 120; i++) {
        assert_true(fabs(prediction[i] - laco_series_value(sales, 0, i, 0)) < 15);
        beyond += score[i] > 1;
    }
    assert_in_range(beyond, 0, 1); /* by its definition one row in a thousand */
}

/* ---- Files
 * ------------------------------------------------------------------------------------------------------------------------------
 */

static void test_a_loaded_model_says_the_same(void **state)
{
    const char *path = temporary_path("sales.safetensors");
    double before[30], after[30];
    laco_model *loaded;
    (void)state;
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_model_load(ctx, path, &loaded), LACO_OK);
    assert_int_equal(laco_model_forecast(model, sales, 30, before), LACO_OK);
    assert_int_equal(laco_model_forecast(loaded, NULL, 30, after), LACO_OK);
    assert_memory_equal(before, after, sizeof before);
    laco_model_free(loaded);
}

/* Bytes of the header are changed one at a time: what still loads must also answer, or refuse, without harm. */
static void test_damaged_files_do_no_harm(void **state)
{
    const char *path = temporary_path("whole.safetensors"), *damaged = temporary_path("damaged.safetensors");
    static char bytes[1 << 20];
    static const char letters[] = "09-1e\"[]{},:x\\";
    laco_rng rng = {.seed = 11};
    (void)state;
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint64_t header = 0;
    memcpy(&header, bytes, 8);
    for (int i = 0; i < 400; i++) {
        size_t place = 8 + laco_rng_below(&rng, header);
        char kept = bytes[place];
        bytes[place] = letters[laco_rng_below(&rng, sizeof letters - 1)];
        file = fopen(damaged, "wb");
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        fclose(file);
        bytes[place] = kept;
        laco_model *loaded = NULL;
        double ahead[3];
        if (laco_model_load(ctx, damaged, &loaded) == LACO_OK && strcmp(laco_model_task(loaded), "forecast") == 0)
            (void)laco_model_forecast(loaded, NULL, 3, ahead);
        laco_model_free(loaded);
    }
}

/* ---- Training
 * --------------------------------------------------------------------------------------------------------------------------- */

static void test_wrong_options_are_refused(void **state)
{
    const laco_reals falling = {2, {0.9, 0.1}}, outside = {2, {0, 0.5}};
    laco_forecast_options options[8];
    laco_model *none = NULL;
    (void)state;
    for (int i = 0; i < 8; i++)
        options[i] = small;
    options[0].horizon = -1;
    options[1].window = 119;
    options[2].valid.fraction = 1;
    options[3].target = "turnover";
    options[4].quantiles = falling;
    options[5].quantiles = outside;
    options[6].network.directions = 2;
    options[7].horizon = 100;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(laco_train_forecast(ctx, &options[i], sales, NULL, &none), LACO_INVALID);
        assert_null(none);
    }
}

static bool stop_after_two(void *user, const laco_progress *progress)
{
    (void)user;
    return !(progress->epoch_done && progress->epoch >= 2);
}

static void forecast_of(const laco_forecast_options *options, double *out)
{
    laco_model *made;
    if (laco_train_forecast(ctx, options, sales, NULL, &made) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(laco_model_forecast(made, NULL, 12, out), LACO_OK);
    laco_model_free(made);
}

/* By L-BFGS and by Adam: stopped and resumed is as never stopped. */
static void test_resumed_training_is_the_same(void **state)
{
    (void)state;
    for (int lbfgs = 0; lbfgs < 2; lbfgs++) {
        laco_forecast_options options = small;
        double whole[12], resumed[12];
        options.base = LACO_BASE_NONE;
        options.train.epochs = 4;
        options.train.optimiser.kind = lbfgs ? LACO_LBFGS : LACO_OPTIMISER_DEFAULT;
        options.train.optimiser.lbfgs.line_search = LACO_NO_LINE_SEARCH;
        forecast_of(&options, whole);
        options.train.checkpoint = temporary_path("checkpoint");
        options.train.progress = stop_after_two;
        forecast_of(&options, resumed);
        options.train.progress = NULL;
        options.train.resume = options.train.checkpoint;
        forecast_of(&options, resumed);
        assert_memory_equal(whole, resumed, sizeof whole);
    }
}

static laco_status train_and_forecast(laco_context *own, void *data)
{
    laco_forecast_options options = {.train = {.epochs = 1, .batch = 4, .seed = 1},
                                     .network = {.cell = LACO_GRU, .hidden = 2, .layers = 1},
                                     .horizon = 2,
                                     .quantiles = {2, {0.1, 0.9}},
                                     .calendar = true};
    laco_series *series = NULL;
    laco_model *made = NULL, *loaded = NULL;
    double ahead[5];
    laco_status status = laco_series_load(own, data, NULL, &series);
    if (status == LACO_OK)
        status = laco_train_forecast(own, &options, series, NULL, &made);
    if (status == LACO_OK)
        status = laco_model_save(made, temporary_path("failing.safetensors"));
    if (status == LACO_OK)
        status = laco_model_load(own, temporary_path("failing.safetensors"), &loaded);
    if (status == LACO_OK)
        status = laco_model_forecast(loaded, series, 5, ahead);
    laco_model_free(loaded);
    laco_model_free(made);
    laco_series_free(series);
    return status;
}

/* The first rows of a series are a set of their own: the same values at the same times. */
static void test_heads_of_series(void **state)
{
    laco_series *head, *none = NULL;
    (void)state;
    assert_int_equal(laco_series_head(sales, 0, 100, &head), LACO_OK);
    assert_int_equal(laco_series_count(head), 1);
    assert_int_equal(laco_series_rows(head, 0), 100);
    for (size_t row = 0; row < 100; row++) {
        char here[48], there[48];
        laco_series_time_text(head, 0, row, here);
        laco_series_time_text(sales, 0, row, there);
        assert_string_equal(here, there);
        for (int c = 0; c < 2; c++)
            assert_true(laco_series_value(head, 0, row, c) == laco_series_value(sales, 0, row, c));
    }
    laco_series_free(head);
    assert_int_equal(laco_series_head(sales, 0, 0, &none), LACO_INVALID);
    assert_int_equal(laco_series_head(sales, 0, 121, &none), LACO_INVALID);
    assert_null(none);
}

typedef struct told {
    int64_t batches, epochs;
    double sum, clipped; /* of the batches of this epoch */
} told;

static bool check_progress(void *user, const laco_progress *p)
{
    told *t = user;
    if (!p->epoch_done) {
        t->batches++;
        t->sum += p->batch_gradient;
        t->clipped += p->batch_gradient > 0.5;
        assert_true(p->batch_gradient > 0 && isfinite(p->batch_loss));
        assert_null(p->weights);
        assert_null(p->model);
    }
    assert_int_equal(p->steps, t->batches);
    assert_float_equal(p->gradient, t->sum / (double)t->batches, 1e-9 * p->gradient);
    assert_float_equal(p->clipped, t->clipped / (double)t->batches, 1e-12);
    for (size_t i = 0; p->epoch_done && i < p->weights_count; i++) {
        double sum = 0;
        for (size_t k = 0; k < p->weights[i].count; k++)
            sum += (double)p->weights[i].value[k] * (double)p->weights[i].value[k];
        assert_float_equal(p->weights[i].norm, sqrt(sum), 1e-6 * (1 + sqrt(sum)));
    }
    if (p->epoch_done) {
        assert_true(p->weights_count > 0);
        assert_string_equal(laco_model_task(p->model), "forecast");
        *t = (told){.epochs = t->epochs + 1};
    }
    return true;
}

/* What a training tells: gradients before they are clipped, how many were, and at the end of an epoch the weights. */
static void test_what_a_training_tells(void **state)
{
    laco_forecast_options options = small;
    told t = {0};
    double out[24];
    (void)state;
    options.train.clip = 0.5;
    options.train.progress = check_progress;
    options.train.progress_user = &t;
    forecast_of(&options, out);
    assert_int_equal(t.epochs, 3);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    char path[512]; /* temporary_path uses its places again */
    snprintf(path, sizeof path, "%s", sales_file(24));
    if (train_and_forecast(ctx, path) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_true(fail_each_allocation(train_and_forecast, path) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_time_and_ids_are_found),
        cmocka_unit_test(test_missing_values_are_filled_where_that_is_wanted),
        cmocka_unit_test(test_seasons_are_found),
        cmocka_unit_test(test_the_autoregression_is_fitted),
        cmocka_unit_test(test_waves_and_differences),
        cmocka_unit_test(test_quantile_loss),
        cmocka_unit_test(test_a_closed_loop_is_one_step_at_a_time),
        cmocka_unit_test(test_many_series_are_forecast_at_once),
        cmocka_unit_test(test_the_memory_of_a_forecast_does_not_grow),
        cmocka_unit_test(test_the_naive_forecast_scores_one),
        cmocka_unit_test(test_the_default_is_better_than_naive),
        cmocka_unit_test(test_surprise),
        cmocka_unit_test(test_a_loaded_model_says_the_same),
        cmocka_unit_test(test_damaged_files_do_no_harm),
        cmocka_unit_test(test_wrong_options_are_refused),
        cmocka_unit_test(test_resumed_training_is_the_same),
        cmocka_unit_test(test_heads_of_series),
        cmocka_unit_test(test_what_a_training_tells),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
