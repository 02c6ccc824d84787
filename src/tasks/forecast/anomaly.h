/* How unusual a row of a series is: its tail probability among the rows before it, after Lavin and Ahmad, "Evaluating real-time
 * anomaly detection algorithms: the Numenta anomaly benchmark", 2015. Row by row, with bounded memory. */
#ifndef LACO_FORECAST_ANOMALY_H
#define LACO_FORECAST_ANOMALY_H

#include "base/base.h"

#include <jansson.h>

#define LACO_TAIL_ROWS 4000 /* that a distribution remembers */

/* The distribution of the last LACO_TAIL_ROWS sizes of something. */
typedef struct laco_tail {
    int64_t count, at;
    double ring[LACO_TAIL_ROWS], sorted[LACO_TAIL_ROWS];
} laco_tail;

/* The share of sizes that would be as large as this one, judged by those before it, which it then joins. Beyond the largest: the
 * tail of an exponential distribution through the largest fiftieth. 1 for the first 30. */
double laco_tail_add(laco_tail *tail, double size);

/* What is looked at in one column: the value, away from the mean of those before it; and its distance from the value one period
 * before, or from that one longer period before, whichever is less, for a Monday is like a Monday rather than like a Sunday; or, of
 * a series without a period, the error of the forecast. (Beside the other two that error finds little and alarms often: see
 * docs/forecasting.md.) */
typedef struct laco_anomaly_column {
    laco_tail value, change, error;
    double mean;
} laco_anomaly_column;

typedef struct laco_anomaly {
    laco_context *ctx;
    int64_t columns;
    int64_t period, longer; /* 0: none; longer is above period */
    int64_t rest; /* rows after an alarm that are part of it, and where it is above 0 a twentieth of those seen at least */
    double threshold;
    int64_t rows, quiet; /* seen; until this row the last alarm goes on */
    bool alarm;          /* the last row was one */
    laco_anomaly_column *column;
    double *before; /* [columns][laco_anomaly_kept] the last rows, a ring */
} laco_anomaly;

laco_status laco_anomaly_new(laco_context *ctx, int64_t columns, int64_t period, int64_t longer, int64_t rest, double threshold,
                             laco_anomaly **out);

/* Rows of each column that it keeps. */
static inline int64_t laco_anomaly_kept(const laco_anomaly *anomaly) { return LACO_MAX(anomaly->period, anomaly->longer); }
void laco_anomaly_free(laco_anomaly *anomaly);

/* The next row: values and forecasts of it [columns]; NaN where there is no forecast. A score from 0 to 1, one less the
 * probability of the least likely column. From the threshold on it is an alarm; rows that follow within `rest` belong to it, and
 * have half their score. */
double laco_anomaly_add(laco_anomaly *anomaly, const double *values, const double *forecasts);

/* All that it has seen, as JSON: a new reference, NULL where Jansson has no memory. And back: false, and the detector of no use,
 * where that is no state of one with as many columns and this period. */
json_t *laco_anomaly_state(const laco_anomaly *anomaly);
bool laco_anomaly_take_state(laco_anomaly *anomaly, const json_t *state);

#endif
