/* A forecaster of series: each column transformed and standardised, a linear autoregression, and the network on what that leaves.
 *
 *     z_t     = (g(y_t) − mean) / scale                   g: the logarithm or nothing; mean and scale of the training part
 *     a_t     = w_0 + Σ w_l · z_(t−l) + Σ w_k · cos, sin(2π k t / P)          the autoregression, fitted before training
 *     x_t     = min(3, max(−3, z_t)), (z_t − z_(t−1)) / step, (z_t − a_t) / error, for each column; calendar of t + 1
 *     ẑ_(t+1) = a_(t+1) + error · network(x_0 … x_t)
 *
 * Without autoregression x_t = z_t and ẑ_(t+1) = network(x_0 … x_t): the lecture's form. With a horizon above 1 the network says
 * its share for t + 1 … t + N at once, and a runs on its own output up to there.
 *
 * Forecasts of several rows are a mean of these and of the direct base (direct.h), in shares that validation chose. */
#ifndef LACO_FORECAST_FORECASTER_H
#define LACO_FORECAST_FORECASTER_H

#include "laco/forecaster.h"
#include "forecast/direct.h"
#include "forecast/likelihood.h"
#include "forecast/series.h"
#include "model/model_stream.h"
#include "model/network.h"

#include <math.h>

#define LACO_MOST_COLUMNS 256
#define LACO_AR_LAGS 96
#define LACO_AR_PERIODS 4
#define LACO_CALENDAR 6 /* inputs: sine and cosine of hour, weekday, day of the year */

/* The terms of the autoregression; the weights are the parameter autoregression.weight [columns][terms], which is frozen:
 * intercept, lags, then cosine and sine of each harmonic of each period. */
typedef struct laco_ar {
    int lag_count, period_count;
    int32_t lags[LACO_AR_LAGS];      /* rising, at least 1 */
    double periods[LACO_AR_PERIODS]; /* in steps */
    int32_t harmonics[LACO_AR_PERIODS];
} laco_ar;

LACO_SHARED int laco_ar_terms(const laco_ar *ar);
int32_t laco_ar_longest(const laco_ar *ar); /* lag; 0: there is none */

/* The cosines and sines at a time, behind the lags: [2 · Σ harmonics]. */
void laco_ar_waves(const laco_ar *ar, double clock, double *out);

/* The value behind *now, whose time is `clock`; now[-1], now[-2] … are the values before it. */
double laco_ar_predict(const laco_ar *ar, const laco_real *weight, const double *now, double clock);

typedef struct laco_forecaster laco_forecaster;

/* What the model knows about one column of one series. */
typedef struct laco_spread {
    double mean, scale; /* of g(y) in the training part */
} laco_spread;

typedef struct laco_column {
    char *name;
    bool log;
    double floor;       /* log: the smallest value that is not cut off */
    double step, error; /* size of z_t − z_(t−1), and of what the autoregression leaves */
    double low, high;   /* where z may go in a closed loop, at least: the range of training, and as much again on each side */
    double dispersion;  /* of a likelihood: in what its second parameter is measured */
    bool counts;        /* values are means of counts: never below 0 (likelihood.h) */
    double least;       /* no answer is below it; −INFINITY: any can be */
} laco_column;

/* A column whose values are known ahead, over the training rows; and one that is constant within a series, with its values, ended
 * by NULL. */
typedef struct laco_known {
    char *name;
    double mean, scale;
} laco_known;

typedef struct laco_fact {
    char *name, **values;
    int32_t count; /* of values */
} laco_fact;

/* What training saw of a series, so that evaluation can tell. */
typedef struct laco_seen {
    int64_t train_rows, rows;  /* trained on; with validation */
    uint64_t train_hash, hash; /* of the values of these rows */
} laco_seen;

struct laco_forecaster {
    laco_model base;
    laco_network network;
    laco_column *columns; /* [C] */
    const char **names;   /* [C] theirs */
    int C, target;
    laco_forecast_base kind; /* LACO_BASE_NONE, or not */
    laco_ar ar;
    laco_param *ar_weight; /* NULL where kind is LACO_BASE_NONE */
    laco_direct direct;
    laco_known *known; /* [K] */
    laco_fact *facts;  /* [F] */
    int K, F;
    char *known_list, *static_list; /* their names, "A,B"; NULL: there are none */
    laco_param *effect;             /* [C][K] of known columns on z: covariates.h; NULL: they have none, or there are none */
    int64_t horizon, window, season;
    bool calendar;
    int quantile_count, median; /* median: its place */
    double quantiles[LACO_MAX_QUANTILES];
    laco_likelihood likelihood;
    double error_size;    /* the 0.999 quantile of |one-step error| of the target in z, over all rows that training saw */
    laco_series *history; /* the end of the training data */
    laco_spread *scales;  /* [history->count][C] */
    laco_seen *seen;      /* [history->count] */
    int64_t time_unit;    /* of times in the file that it is read from */
    laco_tape *tape;      /* for answers; made at the first question */
};

/* Forecasters as streams: forecast_stream.c. */
extern const laco_stream_type laco_forecast_stream;

/* Everything that decides the sizes of the network. */
typedef struct laco_forecaster_config {
    laco_network_config network; /* inputs and outputs are filled in */
    laco_forecast_base kind;
    laco_ar ar;
    int target;
    int64_t horizon, window, season;
    bool calendar;
    int quantile_count;
    double quantiles[LACO_MAX_QUANTILES];
    laco_likelihood likelihood;
    const laco_series *data;     /* of its known and static columns; NULL: none */
    const int64_t *rows;         /* of each series, that these are measured by */
    const laco_forecaster *from; /* which has them already; NULL: none */
} laco_forecaster_config;

/* A forecaster of the columns of `data` with new weights; columns, history and scales are still to be filled. */
laco_status laco_forecaster_new(laco_context *ctx, uint64_t seed, const laco_forecaster_config *config,
                                const char *const *columns, int C, laco_forecaster **out);

/* What of a forecaster can be asked for in training, as laco_task.options. */
void laco_forecast_options_of(const laco_model *model, void *options);

/* model as a forecaster; LACO_INVALID: it is none. */
laco_status laco_as_forecaster(laco_model *model, laco_forecaster **out);

/* The parameters of model->direct, zeros, once its shape is there. */
laco_status laco_forecaster_add_direct(laco_forecaster *model);

/* The autoregression's weights of column c. */
static inline laco_real *laco_forecaster_weight(const laco_forecaster *model, int c)
{
    return model->ar_weight ? model->ar_weight->value + (int64_t)c * laco_ar_terms(&model->ar) : NULL;
}

LACO_SHARED int64_t laco_forecaster_inputs(const laco_forecaster *model);  /* of one row */
LACO_SHARED int64_t laco_forecaster_outputs(const laco_forecaster *model); /* horizon · C · quantiles */
LACO_SHARED int64_t laco_forecaster_context(const laco_forecaster *model); /* rows before the first prediction */
LACO_SHARED int64_t laco_forecaster_warm(const laco_forecaster *model);    /* rows that a forecast starts from at most */

/* Outputs of the network for one value: its quantiles, or the parameters of its distribution; else 1. And which of them is the
 * forecast. */
static inline int laco_forecaster_width(const laco_forecaster *model)
{
    return model->likelihood ? laco_likelihood_width(model->likelihood) : LACO_MAX(model->quantile_count, 1);
}
static inline int laco_forecaster_middle(const laco_forecaster *model) { return model->likelihood ? 0 : model->median; }

/* Value to z and back. */
double laco_to_z(const laco_column *column, const laco_spread *scale, double value);
LACO_SHARED double laco_from_z(const laco_column *column, const laco_spread *scale, double z);

/* A value, or the floor of its column where it lies below. NaN stays. */
static inline double laco_not_below(const laco_column *column, double value)
{
    return value < column->least ? column->least : value;
}

/* The floor of a column in z; −INFINITY: it has none that a logarithm would not keep. */
static inline double laco_least_z(const laco_column *column, const laco_spread *scale)
{
    return column->log ? -INFINITY : (column->least - scale->mean) / scale->scale;
}

/* The names of the columns, model->names, once the columns are there. LACO_NO_MEMORY. */
laco_status laco_forecaster_name_columns(laco_forecaster *model);

/* The metadata of a forecaster in its file, and the codec of its laco.history. */
extern const laco_fields laco_forecaster_metadata;
extern const laco_codec laco_field_history;

/* laco.time in it: null where the series have no time. Reading begins the history, still without series, and says
 * model->time_unit. */
extern const laco_codec laco_field_stamps;

/* The unit of times in the file of a forecaster, in those of timestamp.h: whole seconds where all its times are such, else 1. */
int64_t laco_time_file_unit(const laco_series *series);

/* FNV-1a of the first `rows` rows. */
uint64_t laco_series_hash(const laco_one_series *one, int columns, size_t rows);

/* LACO_INVALID: series `index` has too few rows for a prediction. */
LACO_SHARED laco_status laco_forecaster_check_length(const laco_forecaster *model, const laco_series *series, size_t index);

#endif
