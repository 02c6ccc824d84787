/* Regression of each row ahead on a few rows of the window: the last ones, and those whole seasons before it with their neighbours.
 * A few dozen weights for each row ahead are learned from few windows, and those say the squares, or the absolute errors, are least. */
#ifndef LACO_FORECAST_DIRECT_SPARSE_H
#define LACO_FORECAST_DIRECT_SPARSE_H

#include "forecast/direct_fit.h"

#define LACO_DIRECT_SEASONS 2
#define LACO_DIRECT_PLACES 64

typedef struct laco_direct_shape {
    int32_t near;                        /* the last rows; 0: all rows of the window, and no seasons */
    int32_t season[LACO_DIRECT_SEASONS]; /* in rows; 0: none */
    int32_t times[LACO_DIRECT_SEASONS];  /* so many of them */
} laco_direct_shape;

/* Rows of a window of `lags` that row `ahead` (from 0 on) is told from, rising, to places [LACO_DIRECT_PLACES]. Their number. */
int laco_direct_places(const laco_direct_shape *shape, int64_t lags, int64_t ahead, int32_t *places);

/* Windows of one group, as laco_direct_fit_windows gives them. */
typedef struct laco_direct_windows {
    int64_t count;
    const double *x, *y; /* [count][L], [count][H] */
} laco_direct_windows;

/* They stand in `work`, which has room for x, y and all rows of a series; *rest: what is left of that. */
laco_direct_windows laco_direct_windows_of(const laco_direct_fit *fit, size_t group, double *work, double **rest);

/* Numbers that `sums` has: of each row ahead the sums of products of its places and itself. */
size_t laco_direct_sparse_size(const laco_direct_fit *fit);

/* Adds the sums of the windows of a group, of the rows ahead `first`, first + step and so on. `work`: laco_direct_sparse_room
 * numbers, as below. */
void laco_direct_sparse_sums(const laco_direct_fit *fit, const laco_direct_shape *shape, const laco_direct_windows *windows,
                             int64_t first, int64_t step, double *sums, double *work);
size_t laco_direct_sparse_room(const laco_direct_fit *fit);

/* Weights [L][H] by sums: those of least squares with the ridge. */
void laco_direct_sparse_solve(const laco_direct_fit *fit, const laco_direct_shape *shape, const double *sums, double ridge,
                              double *weights, double *work);

/* One fit to a group. `robust`: of least absolute errors, by squares whose weights are one over the errors before. */
typedef struct laco_direct_asked {
    double ridge;
    bool robust;
    double *weights; /* [L][H] it gives */
} laco_direct_asked;

/* Fits to the windows of one group, drawn towards the prior [L][H]. */
void laco_direct_sparse_local(const laco_direct_fit *fit, const laco_direct_shape *shape, const laco_direct_windows *windows,
                              const laco_direct_asked *asked, int count, const double *prior, double *work);

#endif
