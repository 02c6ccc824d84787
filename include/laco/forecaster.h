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

/* How far each row of series `index` is from its one-step prediction: prediction [rows] of the target, and score [rows], the
 * error divided by the size that one error in a thousand reached on the rows that training saw, validation included. NaN for the
 * first rows, which have no prediction. */
LACO_API laco_status laco_model_anomaly_score(laco_model *model, const laco_series *series, size_t index, double *prediction,
                                              double *score);

#ifdef __cplusplus
}
#endif

#endif
