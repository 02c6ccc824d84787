/* Naive2 of the M competitions: the last value, of a series that its season has been taken out of. */
#ifndef LACO_FORECAST_NAIVE2_H
#define LACO_FORECAST_NAIVE2_H

#include "base/base.h"

/* The multiplicative seasonal indices of `rows` values that stand `stride` apart, by their place modulo `season`, into index
 * [season]: classical decomposition, as M4's benchmarks have it. 1 each where there are fewer than three seasons, where a value
 * is not above 0, or where the autocorrelation at `season` is not beyond the 90 % limit. `work`: room for `rows` numbers. */
void laco_naive2_indices(const double *values, int64_t stride, int64_t rows, int64_t season, double *work, double *index);

/* The forecast of row `row` from the last known row and its value. */
double laco_naive2(const double *index, int64_t season, double last, int64_t origin, int64_t row);

#endif
