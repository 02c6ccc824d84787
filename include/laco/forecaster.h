/* laco/forecaster.h - trained forecasters: continue a series, judge the forecast, find what is unusual in it.
 */
#ifndef LACO_FORECASTER_H
#define LACO_FORECASTER_H

#include "laco/model.h"
#include "laco/series.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the network adds its output to. */
typedef enum laco_forecast_base {
    LACO_BASE_DEFAULT,  /* as LACO_BASE_AUTO */
    LACO_BASE_AUTO,     /* a linear autoregression with seasonal terms, chosen and fitted before the network is trained */
    LACO_BASE_NONE,     /* nothing: the network predicts the standardised value itself */
    LACO_BASE_NAIVE,    /* the last value */
    LACO_BASE_SEASONAL, /* the value one season before */
} laco_forecast_base;

/* The distribution that is learned; the default is none, but the mean absolute error, and quantiles by their own loss. */
typedef enum laco_likelihood {
    LACO_LIKELIHOOD_DEFAULT,
    LACO_LIKELIHOOD_NORMAL,
    LACO_LIKELIHOOD_NEGATIVE_BINOMIAL, /* of counts, as of sales */
    LACO_LIKELIHOOD_POISSON,           /* of counts whose variance is their mean */
} laco_likelihood;

#define LACO_MAX_QUANTILES 31

/* ---- Use -------------------------------------------------------------------------------------------------------------- */

/* What a forecaster knows of itself; strings and arrays are the model's. */
typedef struct laco_forecast_info {
    int column_count, target; /* and which of them was trained for */
    const char *const *columns;
    int64_t horizon, window, season; /* season 1: none */
    int64_t context;                 /* rows that it needs before the first prediction */
    int quantile_count;              /* 0: none */
    const double *quantiles;
    double network_share;      /* of forecasts of several rows: the rest is the direct base's; 1: there is none */
    const char *known, *facts; /* "A,B": columns known ahead, and static ones; NULL: there are none */
} laco_forecast_info;

/* LACO_INVALID: a model of another task; *out is then untouched. */
LACO_API laco_status laco_model_forecast_info(const laco_model *model, laco_forecast_info *out);

/* The end of the data that the model was trained with (validation included), which it keeps. *out is the caller's. */
LACO_API laco_status laco_model_history(laco_model *model, laco_series **out);

/* A forecast that goes on step by step, of one series; its memory does not grow. */
typedef struct laco_forecast_run laco_forecast_run;

typedef struct laco_forecast_point {
    int64_t step;           /* from 1 on */
    char time[48];          /* of this step; its number where the series has no time stamps */
    int64_t seconds;        /* the same as laco_series_time, */
    int32_t nanoseconds;    /* and the fraction of a second */
    const double *value;    /* [columns] in the units of the data; until the next call */
    const double *quantile; /* [quantiles] of the target; NULL where the model has none */
} laco_forecast_point;

/* Starts behind the last row of series `index` (NULL: the model's own history). In the step form bands come from 256 paths
 * drawn from the predicted quantiles; `seed` decides them. `series` must outlive the run.
 * LACO_INVALID: not a forecaster, other columns, fewer rows than it needs. */
LACO_API laco_status laco_forecast_start(laco_model *model, const laco_series *series, size_t index, uint64_t seed,
                                         laco_forecast_run **out);
LACO_API laco_status laco_forecast_next(laco_forecast_run *run, laco_forecast_point *out);
LACO_API void laco_forecast_free(laco_forecast_run *run);

/* The next `steps` rows of each of the series first … first + count - 1 (NULL: of the model's history), over the threads of the
 * model's context: what laco_forecast_next says of each, to the bit. points [count][steps]; their numbers stand in values
 * [count][steps][columns + quantiles], which is the caller's too. The model is not asked meanwhile. On failure the error is that of
 * the first series that has one; points of those before it are there. */
LACO_API laco_status laco_model_forecast_many(laco_model *model, const laco_series *series, size_t first, size_t count,
                                              int64_t steps, uint64_t seed, laco_forecast_point *points, double *values);

/* The target's next `steps` values behind the first series of `series` (NULL: the model's history) into out [steps]. */
LACO_API laco_status laco_model_forecast(laco_model *model, const laco_series *series, int64_t steps, double *out);

/* How many rows at the end of the first series of `series` were set aside for validation when the model was trained: 0 where the
 * series is not that of the training, whole or its end as laco_model_history gives it. */
LACO_API int64_t laco_model_valid_rows(laco_model *model, const laco_series *series);

/* ---- Judging ---------------------------------------------------------------------------------------------------------- */

/* Errors of the target over forecasts. naive repeats the last value known, seasonal the last season known. */
typedef struct laco_forecast_errors {
    size_t count; /* predictions */
    double mae, rmse;
    double mape;                    /* per cent, over values that are not 0; NaN: all are */
    double naive_mae, seasonal_mae; /* of the naive forecasts of the same instants from the same places */
    double mase, mase_seasonal;     /* mae divided by these */
    double mase_scaled;             /* mae divided by the one-step naive error over the rows before the first scored one */
    double coverage;                /* share of values between the outermost quantiles; NaN: the model has none */
} laco_forecast_errors;

typedef struct laco_forecast_score {
    laco_forecast_errors one_step, closed_loop;
    int64_t horizon, origins; /* of the closed loop */
    int64_t season;
    size_t rows;           /* scored one step ahead */
    char from[48], to[48]; /* first and last row scored, of the last series */
    bool unseen;           /* these rows were not used in training, not even for validation */
} laco_forecast_score;

/* Scores the model on what it has not been trained on: where a series begins with rows that the model was trained on, only the
 * rows behind them count (behind validation, if there are at least `horizon` such rows); where it goes on from the model's
 * history by its time stamps, all rows count and the history comes before them; else all rows but the first `context`. horizon 0:
 * 24, or what there is. LACO_INVALID: nothing is left to score. */
LACO_API laco_status laco_model_score_forecast(laco_model *model, const laco_series *series, int64_t horizon,
                                               laco_forecast_score *out);

/* Errors over all windows. Means over rows: mse, mae, in the units of the data, and in z, where a column has the deviation 1 that
 * it had in training (NaN where logarithms are forecast); wql, the quantile loss as M5 and GluonTS weigh it, 2 Σ loss / Σ |y|,
 * mean over the quantiles; coverage, the share of values between the outermost quantiles. Means over series of means over rows:
 * smape, per cent; mase, the absolute error over that of the seasonal naive forecast in the rows before; owa, the mean of both
 * over those of Naive2, as in the M4 competition (NaN where a value is not above 0). */
typedef struct laco_rolling_errors {
    double mse, mae, mse_z, mae_z, smape, mase, owa, wql, coverage; /* the last two NaN: the model has no bands */
} laco_rolling_errors;

typedef struct laco_rolling_options {
    int64_t horizon; /* rows of a window; 0: those that the model says at once */
    int64_t stride;  /* rows from one window to the next; 0: 1 */
    int64_t season;  /* of mase and Naive2; 0: the model's */
} laco_rolling_options;

typedef struct laco_rolling_score {
    laco_context *ctx;
    laco_rolling_errors all, *column; /* [column_count] */
    double *lead_mse, *lead_mae;      /* [horizon] in z, so many rows ahead; NaN: a column is forecast by its logarithm */
    double *lead_mase;                /* [horizon] the same in units of the seasonal naive error */
    int64_t horizon, stride, season, windows;
    size_t series; /* with a window */
    int column_count;
    bool unseen; /* these rows were not used in training, not even for validation */
} laco_rolling_score;

/* Scores forecasts from every place whose next rows the model has not been trained on, as laco_model_score_forecast finds them.
 * LACO_INVALID: there is none. laco_rolling_free frees what the score holds. */
LACO_API laco_status laco_model_score_rolling(laco_model *model, const laco_series *series, const laco_rolling_options *options,
                                              laco_rolling_score *out);
LACO_API void laco_rolling_free(laco_rolling_score *score);

/* How far each row of series `index` is from its one-step prediction: prediction [rows] of the target, and score [rows], the
 * error divided by the size that one error in a thousand reached on the rows that training saw, validation included. NaN for the
 * first rows, which have no prediction. */
LACO_API laco_status laco_model_anomaly_score(laco_model *model, const laco_series *series, size_t index, double *prediction,
                                              double *score);

/* Finds what is unusual, row by row: judged by the rows before it alone, so that it goes on with what comes. Its memory does not
 * grow. */
typedef struct laco_detector laco_detector;

typedef struct laco_detector_options {
    double threshold; /* a score from this on is an alarm; 0: 0.998 */
    int64_t rest;     /* rows behind an alarm that belong to it, or a twentieth of all seen where that is more; 0: a period, 12 to
                       * 200 rows; LACO_OFF: none */
} laco_detector_options;

typedef struct laco_detection {
    double prediction; /* of the target, one step ahead; NaN for the first rows, which have none */
    double score; /* 0 … 1: one less the probability that a row of such a series would be as odd. Of rows that belong to an alarm
                   * before them half of that, so that a burst is one alarm */
    bool alarm;
} laco_detection;

/* A detector of one series, for a model that must outlive it. LACO_INVALID: not a forecaster; to learn, with a likelihood. */
LACO_API laco_status laco_detector_new(laco_model *model, const laco_detector_options *options, laco_detector **out);
LACO_API void laco_detector_free(laco_detector *detector);

/* From here on the forecast is fitted to the rows that come, by recursive least squares with forgetting; its state does not grow with
 * them. LACO_INVALID: a forecaster with a likelihood. */
LACO_API laco_status laco_detector_learn(laco_detector *detector);

/* The rows of series `index`, which follow those that were shown before, into out [rows]. All columns count. */
LACO_API laco_status laco_detector_run(laco_detector *detector, const laco_series *series, size_t index, laco_detection *out);

/* What it has seen, so that another one of the same model goes on from there. LACO_IO; LACO_FORMAT: the file is no such state, or
 * one of other columns. */
LACO_API laco_status laco_detector_save(const laco_detector *detector, const char *path);
LACO_API laco_status laco_detector_load(laco_detector *detector, const char *path);

#ifdef __cplusplus
}
#endif

#endif
