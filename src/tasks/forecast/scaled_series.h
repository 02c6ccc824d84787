/* Series as a forecaster reads them: standardised columns, clocks, and the network's inputs. */
#ifndef LACO_FORECAST_SCALED_SERIES_H
#define LACO_FORECAST_SCALED_SERIES_H

#include "forecast/forecaster.h"

/* One series. */
typedef struct laco_scaled_series {
    int64_t rows;
    size_t index;        /* of the series */
    int64_t place;       /* of the series of its id in the model's history; -1: there is none */
    double *z;           /* [C][rows], without the effects of known columns */
    double *clock;       /* [rows + 1]: time in steps, of the row behind the end too */
    laco_spread *scales; /* [C] */
} laco_scaled_series;

typedef struct laco_scaled_set {
    laco_context *ctx;
    const laco_forecaster *model;
    const laco_series *series;
    laco_scaled_series *track; /* [count] */
    size_t count;
} laco_scaled_set;

/* Prepares all series (index SIZE_MAX), or one. Their scales are those of the model's series of the same id; of an id it does not
 * know, their own over all rows. LACO_INVALID: the columns are not the model's, or the time step is another one. */
LACO_SHARED laco_status laco_scaled_set_new(const laco_forecaster *model, const laco_series *series, size_t index,
                                            laco_scaled_set *out);
LACO_SHARED void laco_scaled_set_free(laco_scaled_set *tracks);

/* The time of a row, which may be behind the end, as laco_series_instant, and the same in steps. The step is the model's where it
 * is as long as the series' own, or the series is too short to have one: the model has seen more of the days that are left out.
 * `model` NULL, or one that keeps no history yet: the series' own. */
int64_t laco_scaled_series_time(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row);
LACO_SHARED double laco_scaled_series_clock(const laco_forecaster *model, const laco_series *series, size_t index, int64_t row);

/* The inputs [inputs] of the row whose values are now[c][0], with c the columns: `clock` is its own, `next` the time (as
 * laco_series_instant) of the row behind it. Those of laco_scaled_series_beside stand behind them. */
void laco_forecaster_fill(const laco_forecaster *model, const double *const *now, double clock, int64_t next, laco_real *out);

/* What the network's outputs are added to, for the `horizon` rows behind now: [horizon][C]. `clocks`: theirs. `work`: room for
 * laco_ar_longest + horizon numbers. */
void laco_forecaster_bases(const laco_forecaster *model, const double *const *now, const double *clocks, double *work,
                           double *out);

/* The same two for row `row` of a track. */
LACO_SHARED void laco_scaled_series_fill(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row,
                                         laco_real *out);
LACO_SHARED void laco_scaled_series_bases(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row,
                                          double *work, double *out);

/* What the network reads beside its columns, at the end of the inputs of a row. */
void laco_scaled_series_beside(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, laco_real *out);

/* A forecast of column c in row `row`, which may be behind the end, in the data's units. */
LACO_SHARED double laco_scaled_series_from_z(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, int c,
                                             double z);

/* A quantile of it by the model's likelihood: out is the forecast in z, and the network's second output. */
double laco_scaled_series_quantile(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row, int c,
                                   const double *out, double q);

/* Value of the target in the data's units. */
double laco_scaled_series_value(const laco_scaled_set *tracks, const laco_scaled_series *track, int64_t row);

#endif
