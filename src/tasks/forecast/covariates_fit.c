/* What known columns explain: their weights, beside an autoregression. */
#include "forecast/covariates.h"

#include "forecast/dense.h"

#include <math.h>
#include <string.h>

#define ROUNDS 4
#define RIDGE 1e-3
#define HELD 5 /* the last of so many parts judges whether they explain anything */
#define LAGS 4

typedef struct regression {
    const laco_ar_data *data;
    const double *u;
    int K, lag_count;
    int64_t lag[LAGS];
    double w[LAGS];                        /* of the autoregression */
    double *b, *x, *square, *right, *best; /* x: one row */
} regression;

/* z − Σ b·u of a row; `u` is that of the row. */
static double left(const regression *r, double z, const double *u)
{
    for (int k = 0; k < r->K; k++)
        z -= r->b[k] * u[k];
    return z;
}

static void set_lags(regression *r, int64_t season)
{
    const int64_t wanted[LAGS] = {1, 2, season, season + 1};
    for (int i = 0; i < LAGS && (i < 2 || season > 2); i++)
        r->lag[r->lag_count++] = wanted[i];
}

/* Solves for `count` unknowns by the sums; the ridge is a share of each one's own square. */
static void solve(regression *r, int count, double *out)
{
    for (int i = 0; i < count; i++)
        r->square[i * count + i] = (1 + RIDGE) * r->square[i * count + i] + 1e-9;
    bool solved = laco_dense_factor(r->square, count);
    if (solved)
        laco_dense_solve(r->square, count, r->right, 1);
    for (int i = 0; i < count; i++)
        out[i] = solved ? r->right[i] : 0;
}

/* One round over the rows of all series: the autoregression of what is left, or (`known`) the weights of what is left of that.
 * The part of each series from which rows are taken is its first; of one that is not held, all. */
static void fit(regression *r, bool known, bool held)
{
    int count = known ? r->K : r->lag_count;
    const double *u = r->u;
    memset(r->square, 0, (size_t)(count * count) * sizeof *r->square);
    memset(r->right, 0, (size_t)count * sizeof *r->right);
    for (size_t i = 0; i < r->data->count; i++) {
        const laco_ar_series *s = &r->data->series[i];
        int64_t rows = held ? s->rows - s->rows / HELD : s->rows;
        for (int64_t t = r->lag[r->lag_count - 1]; t < rows; t++) {
            double y = known ? s->z[t] : left(r, s->z[t], u + t * r->K);
            for (int k = 0; k < count && known; k++)
                r->x[k] = u[t * r->K + k];
            for (int l = 0; l < r->lag_count; l++) {
                int64_t back = t - r->lag[l];
                if (!known)
                    r->x[l] = left(r, s->z[back], u + back * r->K);
                y -= known ? r->w[l] * s->z[back] : 0;
                for (int k = 0; k < count && known; k++)
                    r->x[k] -= r->w[l] * u[back * r->K + k];
            }
            laco_dense_square(r->square, count, r->x, 1);
            laco_dense_cross(r->right, count, 1, r->x, &y, 1);
        }
        u += s->rows * r->K;
    }
    solve(r, count, known ? r->b : r->w);
}

/* Squared errors one step ahead over the part that was held. */
static double judge(const regression *r)
{
    const double *u = r->u;
    double sum = 0;
    for (size_t i = 0; i < r->data->count; i++) {
        const laco_ar_series *s = &r->data->series[i];
        for (int64_t t = LACO_MAX(s->rows - s->rows / HELD, r->lag[r->lag_count - 1]); t < s->rows; t++) {
            double error = left(r, s->z[t], u + t * r->K);
            for (int l = 0; l < r->lag_count; l++)
                error -= r->w[l] * left(r, s->z[t - r->lag[l]], u + (t - r->lag[l]) * r->K);
            sum += error * error;
        }
        u += s->rows * r->K;
    }
    return sum;
}

static void regress(regression *r)
{
    memset(r->b, 0, (size_t)r->K * sizeof *r->b);
    fit(r, false, true);
    double without = judge(r);
    for (int round = 0; round < ROUNDS; round++) {
        fit(r, true, true);
        fit(r, false, true);
    }
    bool helps = judge(r) < without;
    memset(r->b, 0, (size_t)r->K * sizeof *r->b);
    for (int round = 0; round < ROUNDS && helps; round++) {
        fit(r, false, false);
        fit(r, true, false);
    }
}

laco_status laco_covariates_regress(const laco_ar_data *data, const double *u, int K, int64_t season, double *b)
{
    regression r = {.data = data, .u = u, .K = K, .b = b};
    size_t most = (size_t)LACO_MAX(K, LAGS);
    double *room = laco_alloc(data->ctx, most + 2, most * sizeof *room);
    if (!room)
        return LACO_NO_MEMORY;
    r.x = room;
    r.right = room + most;
    r.square = room + 2 * most;
    set_lags(&r, season);
    regress(&r);
    laco_release(data->ctx, room);
    return LACO_OK;
}
