#include "forecast/direct_fit.h"

#include "forecast/dense.h"

#include <math.h>
#include <string.h>

#define BLOCK 16        /* windows at once */
#define TILE 8          /* rows that a piece of the sums has a multiple of */
#define FLAT 0.02       /* the least deviation of a window, as a share of that of all its rows */
#define MOST_WEIGHT 1e6 /* an iteration can run away */
#define LONG 300        /* rows: so long a window is divided by the root of its deviation times that of all rows */
#define AGE 100.        /* rows: in a long window the ridge is twice as large for a row so old as for the last one, and so on */
#define FAR 20.         /* deviations from the mean that a target is taken for at most */

size_t laco_direct_fit_room(const laco_direct_fit *fit)
{
    int64_t most = 0;
    for (size_t i = 0; i < fit->data->count; i++)
        most = LACO_MAX(most, fit->rows[i]);
    return (size_t)(most + BLOCK * (fit->lags + fit->horizon));
}

static double mean_of(const double *values, int64_t count)
{
    double sum[8] = {0}; /* of every eighth */
    for (int64_t i = 0; i < count; i++)
        sum[i % 8] += values[i];
    return (((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]))) / (double)count;
}

/* x becomes the values less their mean, which is returned; their deviation. */
static double centre_values(const double *values, int64_t count, double *x, double *deviation)
{
    double mean = mean_of(values, count);
    for (int64_t i = 0; i < count; i++)
        x[i] = values[i] - mean;
    *deviation = sqrt(laco_dense_dot(x, x, count) / (double)count);
    return mean;
}

/* A window and what follows it, in deviations from its mean; `whole`: that of all rows. */
static void standardise(const laco_direct_fit *fit, const double *values, double whole, double *x, double *y)
{
    double deviation, mean = centre_values(values, fit->lags, x, &deviation);
    deviation = LACO_MAX(deviation, FLAT * whole);
    if (fit->lags >= LONG)
        deviation = sqrt(deviation * whole);
    for (int64_t k = 0; k < fit->lags; k++)
        x[k] /= deviation;
    for (int64_t h = 0; h < fit->horizon; h++)
        y[h] = LACO_MIN(FAR, LACO_MAX(-FAR, (values[fit->lags + h] - mean) / deviation));
}

/* The rows of a group for fitting, to `values`; their deviation. */
static double take_rows(const laco_direct_fit *fit, size_t group, double *values)
{
    size_t C = (size_t)fit->data->column_count, index = group / C;
    for (int64_t row = 0; row < fit->rows[index]; row++) {
        double value = laco_series_value(fit->data, index, (size_t)row, (int)(group % C));
        values[row] = fit->log ? log(fmax(value, fit->floor)) : value;
    }
    double mean = fit->rows[index] > 0 ? mean_of(values, fit->rows[index]) : 0, squares = 0;
    for (int64_t row = 0; row < fit->rows[index]; row++)
        squares += (values[row] - mean) * (values[row] - mean);
    return fit->rows[index] > 0 ? sqrt(squares / (double)fit->rows[index]) : 0;
}

/* Windows that are looked at lie so far from each other; how many there are in *all. */
static int64_t stride_of(const laco_direct_fit *fit, size_t group, int64_t *all)
{
    *all = fit->rows[group / (size_t)fit->data->column_count] - fit->lags - fit->horizon + 1;
    return LACO_MAX((*all + fit->most - 1) / fit->most, (int64_t)1);
}

/* Row i of the sums costs i + 1 + H products for each window; pieces begin where whole tiles do. */
static int64_t piece_begin(const laco_direct_fit *fit, int index, int pieces)
{
    double L = (double)fit->lags, H = (double)fit->horizon, share = (double)index / pieces;
    int64_t row = (int64_t)((sqrt(H * H + share * L * (L + 2 * H)) - H) / TILE + 0.5) * TILE;
    return index == pieces ? fit->lags : LACO_MIN(row, fit->lags);
}

laco_direct_piece laco_direct_piece_of(const laco_direct_fit *fit, int index, int pieces)
{
    return (laco_direct_piece){piece_begin(fit, index, pieces), piece_begin(fit, index + 1, pieces)};
}

int64_t laco_direct_fit_sums(const laco_direct_fit *fit, size_t group, laco_direct_piece piece, double *square, double *cross,
                             double *work)
{
    int64_t L = fit->lags, H = fit->horizon, rows = piece.past - piece.begin, all, used = 0, held = 0,
            stride = stride_of(fit, group, &all);
    double *values = work, *x = work + all + L + H - 1, *y = x + BLOCK * L, deviation = take_rows(fit, group, values);
    memset(square + piece.begin * L, 0, (size_t)(rows * L) * sizeof *square);
    memset(cross + piece.begin * H, 0, (size_t)(rows * H) * sizeof *cross);
    if (!(deviation > 0))
        return 0;
    for (int64_t first = all - 1; first >= 0; first -= stride, used++) {
        standardise(fit, values + first, deviation, x + held * L, y + held * H);
        if (++held == BLOCK || first < stride) {
            laco_dense_square_rows(square, L, x, held, piece.begin, piece.past);
            laco_dense_cross_rows(cross, L, H, x, y, held, piece.begin, piece.past);
            held = 0;
        }
    }
    return used;
}

int64_t laco_direct_fit_windows(const laco_direct_fit *fit, size_t group, double *x, double *y, double *work)
{
    int64_t all, used = 0, stride = stride_of(fit, group, &all);
    double deviation = take_rows(fit, group, work);
    for (int64_t first = all - 1; first >= 0 && deviation > 0; first -= stride, used++)
        standardise(fit, work + first, deviation, x + used * fit->lags, y + used * fit->horizon);
    return used;
}

/* The ridge of row k of the window, in units of the mean of all of them. */
static double ridge_of(const laco_direct_fit *fit, int64_t k)
{
    double age = (double)(fit->lags - 1 - k), mean = 1 + (double)(fit->lags - 1) / (2 * AGE);
    return fit->lags >= LONG ? (1 + age / AGE) / mean : 1;
}

bool laco_direct_fit_solve(const laco_direct_fit *fit, const double *square, const double *cross, double ridge,
                           const double *prior, double *factor, double *weights)
{
    int64_t L = fit->lags, H = fit->horizon;
    double trace = 0;
    for (int64_t k = 0; k < L; k++)
        trace += square[k * L + k];
    memcpy(factor, square, (size_t)(L * L) * sizeof *factor);
    memcpy(weights, cross, (size_t)(L * H) * sizeof *weights);
    if (prior) { /* what it leaves */
        laco_dense_mirror(factor, L);
        laco_dense_subtract(weights, factor, L, prior, H);
    }
    for (int64_t k = 0; k < L; k++)
        factor[k * L + k] += ridge_of(fit, k) * ridge * trace / (double)L;
    bool solved = trace > 0 && laco_dense_factor(factor, L);
    if (solved)
        laco_dense_solve(factor, L, weights, H);
    for (int64_t i = 0; i < L * H; i++)
        weights[i] = (solved ? weights[i] : 0) + (prior ? prior[i] : 0);
    return solved;
}

/* The map [L][H] of weights; that of the first row ahead alone, where it is to be iterated. */
static void centre(const laco_direct_fit *fit, const double *weights, int64_t columns, double *map)
{
    int64_t L = fit->lags, H = fit->horizon;
    for (int64_t h = 0; h < columns; h++) {
        double sum = 0;
        for (int64_t k = 0; k < L; k++)
            sum += weights[k * H + h];
        for (int64_t k = 0; k < L; k++)
            map[k * H + h] = weights[k * H + h] + (1 - sum) / (double)L;
    }
}

/* Row h ahead is the first map over the rows h … h + L - 1, counted from the window's first: rows of it, or rows ahead. */
static void iterate(const laco_direct_fit *fit, double *map)
{
    int64_t L = fit->lags, H = fit->horizon;
    for (int64_t h = 1; h < H; h++) {
        for (int64_t k = 0; k < L; k++)
            map[k * H + h] = k >= h ? map[(k - h) * H] : 0;
        for (int64_t ahead = LACO_MAX(h - L, (int64_t)0); ahead < h; ahead++) {
            double factor = map[(L + ahead - h) * H];
            for (int64_t k = 0; k < L; k++)
                map[k * H + h] += factor * map[k * H + ahead];
        }
    }
}

void laco_direct_fit_add(const laco_direct_fit *fit, const double *weights, bool iterated, double share, double *work,
                         double *map, int64_t lags)
{
    int64_t L = fit->lags, H = fit->horizon;
    centre(fit, weights, iterated ? 1 : H, work);
    if (iterated)
        iterate(fit, work);
    for (int64_t i = 0; i < L * H; i++)
        map[(lags - L) * H + i] += share * LACO_MIN(MOST_WEIGHT, LACO_MAX(-MOST_WEIGHT, work[i]));
}
