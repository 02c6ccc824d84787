/* Ridge regression of the next H values of a series on its last L: sums over windows, and maps from them. */
#ifndef LACO_FORECAST_DIRECT_FIT_H
#define LACO_FORECAST_DIRECT_FIT_H

#include "forecast/direct.h"
#include "forecast/series.h"

/* What is fitted. A group is a column of a series: series · columns + column. */
typedef struct laco_direct_fit {
    laco_context *ctx;
    const laco_series *data;
    const int64_t *rows;         /* [series] which may be looked at, from the first on */
    int64_t lags, horizon, most; /* most: windows of one group; they are spread over its rows */
    bool log;
    double floor;
} laco_direct_fit;

/* Rows begin … past - 1 of the sums. Each piece looks at all windows: more of them cost more, and bring the same numbers. */
typedef struct laco_direct_piece {
    int64_t begin, past;
} laco_direct_piece;

/* Piece `index` of `pieces` of about the same cost; it may be empty. */
laco_direct_piece laco_direct_piece_of(const laco_direct_fit *fit, int index, int pieces);

/* Sums of products over the windows of a group, each centred by its mean and divided by its deviation: square [L][L] (lower
 * triangle) and cross [L][H], of both the rows of this piece alone. `work`: laco_direct_fit_room numbers. The number of windows. */
int64_t laco_direct_fit_sums(const laco_direct_fit *fit, size_t group, laco_direct_piece piece, double *square, double *cross,
                             double *work);
size_t laco_direct_fit_room(const laco_direct_fit *fit);

/* These windows themselves, the newest first: x [most][L], y [most][H]. `work`: room for all rows of a series. Their number. */
int64_t laco_direct_fit_windows(const laco_direct_fit *fit, size_t group, double *x, double *y, double *work);

/* Weights [L][H] of least squares with the ridge (a share of the mean of the diagonal; in long windows the more
 * the older a row is, for what was long ago says less) around `prior`, which may be NULL for
 * zeros. `factor`: room for [L][L]. False: there is nothing to learn from, and the weights are the prior's. */
bool laco_direct_fit_solve(const laco_direct_fit *fit, const double *square, const double *cross, double ridge,
                           const double *prior, double *factor, double *weights);

/* Adds share times the map that centres by the mean and has these weights to the last L of the `lags` rows of map [lags][H].
 * `iterated`: the weights of the first row ahead say the others too, each from those before it, which is linear in the window as
 * well. `work`: room for [L][H]. */
void laco_direct_fit_add(const laco_direct_fit *fit, const double *weights, bool iterated, double share, double *work,
                         double *map, int64_t lags);

#endif
