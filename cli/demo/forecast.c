/* Sine waves, as the lecture has them, continued beyond their data; then airline passengers. */
#include "demo/demo.h"
#include "report/report.h"

#include <math.h>
#include <stdlib.h>

#define TAU 6.28318530717958647692
#define PERIOD 20
#define LENGTH 1000 /* rows of each wave, and how far it is continued */
#define WAVES 97    /* to train on */
#define TESTS 3
#define AIRLINE_YEARS 2

/* A number in [0, 1): Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static double next_uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static double wave(double phase, int64_t row) { return sin(TAU * ((double)row / PERIOD + phase)); }

static laco_status make_waves(laco_context *ctx, const double *phases, size_t count, laco_series **out)
{
    double *values = malloc(count * LENGTH * sizeof *values);
    if (!values)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        for (int64_t row = 0; row < LENGTH; row++)
            values[i * LENGTH + (size_t)row] = wave(phases[i], row);
    laco_status status = laco_series_from_values(ctx, values, count, LENGTH, 1, NULL, out);
    free(values);
    return status;
}

/* How far the continued wave is from the true one, as of `from` rows ahead on; and its amplitude there. */
static void judge(const double *forecast, double phase, int64_t from, double *worst, double *amplitude)
{
    *worst = *amplitude = 0;
    for (int64_t i = from; i < LENGTH; i++) {
        *worst = fmax(*worst, fabs(forecast[i] - wave(phase, LENGTH + i)));
        *amplitude = fmax(*amplitude, fabs(forecast[i]));
    }
}

/* The share of the test loss that the first prediction has at best. */
static double first_step(const double *phases)
{
    double sum = 0;
    for (int i = 0; i < TESTS; i++)
        sum += pow(sin(TAU / PERIOD) * cos(TAU * phases[i]), 2);
    return sum / TESTS / (LENGTH - 1);
}

static int draw_waves(const demo_arguments *arguments, const double *truth, const double *forecast)
{
    char path[4096];
    double x[LENGTH];
    const int64_t shown = (int64_t)5 * PERIOD, last = LENGTH - shown;
    demo_path(arguments, "forecast-waves.png", path, sizeof path);
    for (int64_t i = 0; i < LENGTH; i++)
        x[i] = (double)(LENGTH + i + 1);
    const plot_line lines[] = {
        {.name = "the sine", .x = x + last, .y = truth + last, .count = (size_t)shown, .colour = 1},
        {.name = "the network, fed with its own output",
         .x = x + last,
         .y = forecast + last,
         .count = (size_t)shown,
         .style = PLOT_POINTS,
         .colour = 2},
    };
    plot_config config = {.title = "A sine wave continued: the last 100 of 1,000 steps beyond the data", .x_label = "step"};
    putchar('\n');
    if (plot_text(stdout, lines, 2, &config, NULL) < 0)
        return report_trouble();
    if (plot_lines(lines, 2, &config, path) < 0)
        fprintf(stderr, "laco: note: no picture: %s\n", failure());
    else
        printf("\npicture   %s\n", path);
    return EXIT_DONE;
}

/* Continues the test waves, one by one. */
static int continue_waves(laco_context *ctx, const demo_arguments *arguments, laco_model *model, const double *phases)
{
    double forecast[LENGTH] = {0}, truth[LENGTH], worst, amplitude;
    for (int i = 0; i < TESTS; i++) {
        laco_series *one = NULL;
        laco_status status = make_waves(ctx, &phases[i], 1, &one);
        if (status == LACO_OK)
            status = laco_model_forecast(model, one, LENGTH, forecast);
        laco_series_free(one);
        if (status < 0)
            return trouble(ctx);
        judge(forecast, phases[i], LENGTH - 5 * PERIOD, &worst, &amplitude);
        printf("test wave %d, continued %d steps: in the last 5 periods amplitude %.4f, at most %.4f from the sine\n", i + 1,
               LENGTH, amplitude, worst);
    }
    for (int64_t row = 0; row < LENGTH; row++)
        truth[row] = wave(phases[TESTS - 1], LENGTH + row);
    return draw_waves(arguments, truth, forecast);
}

static int learn_waves(laco_context *ctx, const demo_arguments *arguments, const laco_series *train, const laco_series *test,
                       const double *phases)
{
    progress_printer printer = progress_printer_on(stderr, &(progress_config){.quiet = arguments->quiet, .stop = &interrupted});
    laco_model *model = NULL;
    laco_forecast_score score = {0};
    char path[4096];
    laco_forecast_options options = {.base = LACO_BASE_NONE, .season = PERIOD, .window = LENGTH - 1, .valid.fraction = LACO_OFF};
    options.network = (laco_network_options){.cell = LACO_LSTM, .hidden = 51, .layers = 2};
    options.train = (laco_train_options){.epochs = 15,
                                         .batch = WAVES,
                                         .optimiser = {.kind = LACO_LBFGS, .lr = 0.8, .lbfgs.line_search = LACO_NO_LINE_SEARCH},
                                         .patience = LACO_OFF,
                                         .seed = 1,
                                         .progress = progress_printer_tell};
    options.train.progress_user = &printer;
    laco_status trained = laco_train_forecast(ctx, &options, train, NULL, &model);
    progress_printer_clear(&printer);
    int status = trained < 0 || laco_model_score_forecast(model, test, LENGTH / 2, &score) < 0 ? trouble(ctx) : EXIT_DONE;
    if (status == EXIT_DONE) {
        printf("test loss %.2e: mean squared error one step ahead\n", score.one_step.rmse * score.one_step.rmse);
        printf("of it %.1e is the first step: one value does not say whether a wave rises or falls\n", first_step(phases));
        status = continue_waves(ctx, arguments, model, phases);
    }
    demo_path(arguments, "forecast-waves.safetensors", path, sizeof path);
    if (status == EXIT_DONE && laco_model_save(model, path) < 0)
        status = trouble(ctx);
    if (status == EXIT_DONE)
        printf("model     %s\n", path);
    laco_model_free(model);
    return status;
}

static int show_waves(laco_context *ctx, const demo_arguments *arguments)
{
    double phases[WAVES + TESTS];
    uint64_t state = 1;
    laco_series *train = NULL, *test = NULL;
    for (int i = 0; i < WAVES + TESTS; i++)
        phases[i] = next_uniform(&state);
    printf("%d sine waves of %d steps, period %d, random phase; %d more to test. 2 × LSTM 51, L-BFGS, learning rate 0.8.\n",
           WAVES, LENGTH, PERIOD, TESTS);
    fflush(stdout);
    int status = EXIT_DONE;
    if (make_waves(ctx, phases, WAVES, &train) < 0 || make_waves(ctx, phases + WAVES, TESTS, &test) < 0)
        status = trouble(ctx);
    else
        status = learn_waves(ctx, arguments, train, test, phases + WAVES);
    laco_series_free(train);
    laco_series_free(test);
    return status;
}

/* ---- Airline passengers ------------------------------------------------------------------------------------------------------
 */

static int draw_airline(laco_context *ctx, const demo_arguments *arguments, const laco_series *data, laco_forecast_run *run)
{
    enum { STEPS = 12 * AIRLINE_YEARS, MOST = 1000 };
    double x[MOST], y[MOST], ahead_x[STEPS + 1], ahead[STEPS + 1], low[STEPS + 1], high[STEPS + 1];
    char path[4096];
    size_t rows = laco_series_rows(data, 0) < MOST ? laco_series_rows(data, 0) : MOST;
    for (size_t i = 0; i < rows; i++) {
        x[i] = (double)laco_series_time(data, 0, i, NULL);
        y[i] = laco_series_value(data, 0, i, 0);
    }
    if (rows == 0)
        return trouble_text("the series of the demo has no rows");
    ahead_x[0] = x[rows - 1]; /* the forecast begins where the data end */
    ahead[0] = low[0] = high[0] = y[rows - 1];
    printf("\n%-10s %10s %22s\n", "month", "passengers", "8 of 10 within");
    for (int i = 1; i <= STEPS; i++) {
        laco_forecast_point point;
        if (laco_forecast_next(run, &point) < 0)
            return trouble(ctx);
        ahead_x[i] = (double)point.seconds;
        ahead[i] = point.value[0];
        low[i] = point.quantile[0];
        high[i] = point.quantile[2];
        if (i <= 12)
            printf("%-10s %10.0f %11.0f … %.0f\n", point.time, ahead[i], low[i], high[i]);
    }
    const plot_line lines[] = {
        {.name = "passengers, in thousands", .x = x, .y = y, .count = rows, .colour = 1},
        {.name = "forecast",
         .x = ahead_x,
         .y = ahead,
         .low = low,
         .high = high,
         .band_name = "8 of 10 within",
         .count = STEPS + 1,
         .colour = 2},
    };
    plot_config config = {.title = "Airline passengers, and two years that nobody has seen", .x_time = "%Y"};
    putchar('\n');
    if (plot_text(stdout, lines, 2, &config, NULL) < 0)
        return report_trouble();
    demo_path(arguments, "forecast-airline.png", path, sizeof path);
    if (plot_lines(lines, 2, &config, path) < 0)
        fprintf(stderr, "laco: note: no picture: %s\n", failure());
    else
        printf("\npicture   %s\n", path);
    return EXIT_DONE;
}

static int use_airline(laco_context *ctx, const demo_arguments *arguments, const laco_series *data, laco_model *model)
{
    laco_forecast_score score;
    laco_forecast_run *run = NULL;
    char path[4096];
    if (laco_model_score_forecast(model, data, 24, &score) < 0 || laco_forecast_start(model, data, 0, 1, &run) < 0)
        return trouble(ctx);
    printf("from %s to %s, set aside: error %.1f a month ahead (naive %.1f), %.1f over two years (naive %.1f)\n", score.from,
           score.to, score.one_step.mae, score.one_step.naive_mae, score.closed_loop.mae, score.closed_loop.naive_mae);
    int status = draw_airline(ctx, arguments, data, run);
    laco_forecast_free(run);
    demo_path(arguments, "forecast-airline.safetensors", path, sizeof path);
    if (status == EXIT_DONE && laco_model_save(model, path) < 0)
        return trouble(ctx);
    if (status == EXIT_DONE)
        say_command(stdout, "model     %s\n\nGo on:   laco forecast %s --steps 36 --plot airline.svg\n", path, demo_word(path));
    return status;
}

static int show_airline(laco_context *ctx, const demo_arguments *arguments)
{
    laco_series *data = NULL;
    laco_model *model = NULL;
    char path[4096];
    if (!shipped_data("series/airline-passengers.csv", path, sizeof path))
        return EXIT_TROUBLE;
    puts("\nAirline passengers, 1949 to 1960, by month (Box and Jenkins, \"Time series analysis\", 1976).");
    laco_forecast_options options = {.quantiles = {3, {0.1, 0.5, 0.9}}};
    int status = EXIT_DONE;
    if (laco_series_load(ctx, path, NULL, &data) < 0 || laco_train_forecast(ctx, &options, data, NULL, &model) < 0)
        status = trouble(ctx);
    else
        status = use_airline(ctx, arguments, data, model);
    laco_model_free(model);
    laco_series_free(data);
    return status;
}

int demo_forecast(laco_context *ctx, const demo_arguments *arguments)
{
    int status = show_waves(ctx, arguments);
    return status == EXIT_DONE && !interrupted ? show_airline(ctx, arguments) : status;
}
