#include "forecast/direct_sparse.h"

#include "forecast/dense.h"

#include <math.h>
#include <string.h>

#define ROUNDS 3         /* of reweighting */
#define SMALL_ERROR 0.15 /* of the mean error: smaller ones have the weight of this */
#define MOST ((int64_t)(LACO_DIRECT_PLACES + 1))

static bool add_place(int32_t *places, int *count, int64_t lags, int64_t place)
{
    int at = *count;
    if (place < 0 || place >= lags || at == LACO_DIRECT_PLACES)
        return false;
    for (int i = 0; i < *count; i++)
        if (places[i] == place)
            return false;
    for (; at > 0 && places[at - 1] > place; at--)
        places[at] = places[at - 1];
    places[at] = (int32_t)place;
    (*count)++;
    return true;
}

int laco_direct_places(const laco_direct_shape *shape, int64_t lags, int64_t ahead, int32_t *places)
{
    int count = 0;
    for (int64_t back = 1; back <= shape->near; back++)
        add_place(places, &count, lags, lags - back);
    for (int s = 0; s < LACO_DIRECT_SEASONS; s++)
        for (int64_t k = 0; k < shape->times[s] && shape->season[s] > 0; k++) {
            int64_t season = shape->season[s], back = season * ((ahead + season) / season + k), place = lags + ahead - back;
            for (int64_t near = -1; near <= 1; near++)
                add_place(places, &count, lags, place + near);
        }
    return count;
}

laco_direct_windows laco_direct_windows_of(const laco_direct_fit *fit, size_t group, double *work, double **rest)
{
    double *x = work, *y = x + fit->most * fit->lags;
    *rest = y + fit->most * fit->horizon;
    return (laco_direct_windows){laco_direct_fit_windows(fit, group, x, y, *rest), x, y};
}

size_t laco_direct_sparse_size(const laco_direct_fit *fit) { return (size_t)(fit->horizon * MOST * MOST); }

/* Room for the rows of all windows twice, their weights, and four small systems. */
size_t laco_direct_sparse_room(const laco_direct_fit *fit)
{
    return (size_t)(2 * fit->most * MOST + fit->most + 4 * MOST * MOST + 2 * MOST);
}

/* One row ahead. */
typedef struct system {
    int n; /* places; behind them stands the row ahead */
    int32_t places[LACO_DIRECT_PLACES];
    int64_t count;
    double *rows, *weighted; /* [count][n + 1] */
    double *error;           /* [count] */
    double *plain, *sums;    /* [n + 1][n + 1] of rows that count alike, and as they count */
    double *factor;          /* [n][n] */
    double *prior, *weights; /* [n] */
} system_of;

static system_of lay_out(const laco_direct_fit *fit, const laco_direct_shape *shape, int64_t ahead, double *work)
{
    system_of s = {.rows = work};
    s.n = laco_direct_places(shape, fit->lags, ahead, s.places);
    s.weighted = s.rows + fit->most * MOST;
    s.error = s.weighted + fit->most * MOST;
    s.plain = s.error + fit->most;
    s.sums = s.plain + MOST * MOST;
    s.factor = s.sums + MOST * MOST;
    s.prior = s.factor + MOST * MOST;
    s.weights = s.prior + MOST;
    return s;
}

static void gather(system_of *s, const laco_direct_fit *fit, const laco_direct_windows *windows, int64_t ahead)
{
    int64_t width = s->n + 1;
    s->count = windows->count;
    for (int64_t i = 0; i < s->count; i++) {
        for (int k = 0; k < s->n; k++)
            s->rows[i * width + k] = windows->x[i * fit->lags + s->places[k]];
        s->rows[i * width + s->n] = windows->y[i * fit->horizon + ahead];
    }
}

static void solve(system_of *s, double ridge)
{
    int64_t n = s->n, width = n + 1;
    double trace = 0;
    for (int64_t k = 0; k < n; k++)
        trace += s->sums[k * width + k];
    for (int64_t i = 0; i < n; i++) {
        memcpy(s->factor + i * n, s->sums + i * width, (size_t)n * sizeof *s->factor);
        s->factor[i * n + i] += ridge * trace / (double)n;
        s->weights[i] = s->sums[n * width + i];
        for (int64_t k = 0; k < n; k++)
            s->weights[i] -= (i >= k ? s->sums[i * width + k] : s->sums[k * width + i]) * s->prior[k];
    }
    bool solved = trace > 0 && laco_dense_factor(s->factor, n);
    if (solved)
        laco_dense_solve(s->factor, n, s->weights, 1);
    for (int64_t k = 0; k < n; k++)
        s->weights[k] = (solved ? s->weights[k] : 0) + s->prior[k];
}

/* The sums of rows that count as much as their error was small. */
static void weigh(system_of *s)
{
    int64_t width = s->n + 1;
    double mean = 0, all = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const double *row = s->rows + i * width;
        s->error[i] = fabs(row[s->n] - laco_dense_dot(row, s->weights, s->n));
        mean += s->error[i] / (double)s->count;
    }
    for (int64_t i = 0; i < s->count; i++) {
        s->error[i] = 1 / LACO_MAX(LACO_MAX(s->error[i], SMALL_ERROR * mean), 1e-9);
        all += s->error[i] / (double)s->count;
    }
    for (int64_t i = 0; i < s->count; i++) {
        double weight = sqrt(s->error[i] / all);
        for (int64_t k = 0; k < width; k++)
            s->weighted[i * width + k] = weight * s->rows[i * width + k];
    }
    memset(s->sums, 0, (size_t)(width * width) * sizeof *s->sums);
    laco_dense_square(s->sums, width, s->weighted, s->count);
}

void laco_direct_sparse_sums(const laco_direct_fit *fit, const laco_direct_shape *shape, const laco_direct_windows *windows,
                             int64_t first, int64_t step, double *sums, double *work)
{
    for (int64_t h = first; h < fit->horizon; h += step) {
        system_of s = lay_out(fit, shape, h, work);
        gather(&s, fit, windows, h);
        laco_dense_square(sums + h * MOST * MOST, s.n + 1, s.rows, s.count);
    }
}

static void put(const laco_direct_fit *fit, const system_of *s, int64_t ahead, double *weights)
{
    for (int64_t k = 0; k < fit->lags; k++)
        weights[k * fit->horizon + ahead] = 0;
    for (int k = 0; k < s->n; k++)
        weights[s->places[k] * fit->horizon + ahead] = s->weights[k];
}

void laco_direct_sparse_solve(const laco_direct_fit *fit, const laco_direct_shape *shape, const double *sums, double ridge,
                              double *weights, double *work)
{
    for (int64_t h = 0; h < fit->horizon; h++) {
        system_of s = lay_out(fit, shape, h, work);
        memcpy(s.sums, sums + h * MOST * MOST, (size_t)((s.n + 1) * (s.n + 1)) * sizeof *sums);
        memset(s.prior, 0, (size_t)s.n * sizeof *s.prior);
        solve(&s, ridge);
        put(fit, &s, h, weights);
    }
}

/* The weights that are asked for, by the sums of rows that count alike and, of absolute errors, those of rows that do not. */
static void solve_asked(system_of *s, const laco_direct_asked *asked)
{
    size_t width = (size_t)s->n + 1, cells = width * width;
    memcpy(s->sums, s->plain, cells * sizeof *s->sums);
    solve(s, asked->ridge);
    for (int round = 0; round < ROUNDS && asked->robust && s->count > 0; round++) {
        weigh(s);
        solve(s, asked->ridge);
    }
}

void laco_direct_sparse_local(const laco_direct_fit *fit, const laco_direct_shape *shape, const laco_direct_windows *windows,
                              const laco_direct_asked *asked, int count, const double *prior, double *work)
{
    for (int64_t h = 0; h < fit->horizon; h++) {
        system_of s = lay_out(fit, shape, h, work);
        gather(&s, fit, windows, h);
        for (int k = 0; k < s.n; k++)
            s.prior[k] = prior[s.places[k] * fit->horizon + h];
        memset(s.plain, 0, (size_t)((s.n + 1) * (s.n + 1)) * sizeof *s.plain);
        laco_dense_square(s.plain, s.n + 1, s.rows, s.count);
        for (int i = 0; i < count; i++) {
            solve_asked(&s, &asked[i]);
            put(fit, &s, h, asked[i].weights);
        }
    }
}
