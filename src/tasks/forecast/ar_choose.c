/* Which terms an autoregression should have: tried out by rolling forecasts over the end of the training rows. */
#include "forecast/ar_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HELD_OUT 0.3 /* of the training rows */
#define HORIZON 24
#define ORIGINS 40  /* of rolling forecasts, in each series */
#define SERIES 24   /* tried out at most */
#define KEPT 6      /* fits that are averaged */
#define MARGIN 1.03 /* how much worse than the best they may be */
#define FORMS 512

typedef struct candidate {
    laco_ar_fit_form form;
    double ridge, error;
    int data;   /* which transform */
    int number; /* of the form: candidates that differ in the ridge alone have one number */
} candidate;

typedef struct search {
    const laco_ar_data *data;
    int data_count;
    double periods[LACO_AR_PERIODS];
    int period_count;
    int64_t season, rows; /* rows: of the longest series */
    candidate *candidates;
    int count;
    double *sums, *matrix;
} search;

/* ---- The candidates -------------------------------------------------------------------------------------------------------- */

static void add_lag(laco_ar *ar, int64_t lag)
{
    int at = ar->lag_count;
    for (int i = 0; i < ar->lag_count; i++)
        if (ar->lags[i] == lag)
            return;
    if (lag < 1 || at == LACO_AR_LAGS)
        return;
    for (; at > 0 && ar->lags[at - 1] > lag; at--)
        ar->lags[at] = ar->lags[at - 1];
    ar->lags[at] = (int32_t)lag;
    ar->lag_count++;
}

static void add_waves(const search *s, laco_ar *ar)
{
    for (int p = 0; p < s->period_count; p++) {
        int32_t harmonics = (int32_t)LACO_MIN(4, floor(s->periods[p] / 2 - 0.01));
        if (harmonics < 1) /* of two half-years */
            continue;
        ar->periods[ar->period_count] = s->periods[p];
        ar->harmonics[ar->period_count++] = harmonics;
    }
}

/* level 0: none; 1: one season back, and the row before that; 2: two seasons. */
static void add_season(const search *s, laco_ar *ar, int level)
{
    for (int i = 1; i <= level; i++) {
        add_lag(ar, i * s->season);
        add_lag(ar, i * s->season + 1);
        if (level == 1 && s->season > 2)
            add_lag(ar, s->season - 1);
    }
}

static void add_candidate(search *s, int lags, int season, bool waves, bool difference, int data)
{
    static const double ridges[] = {1e-4, 1e-2, 1e-1};
    candidate c = {.form = {.difference = difference}, .data = data, .number = s->count, .error = INFINITY};
    for (int lag = 1; lag <= lags; lag++)
        add_lag(&c.form.ar, lag);
    add_season(s, &c.form.ar, season);
    if (waves)
        add_waves(s, &c.form.ar);
    bool fits = 4 * (int64_t)laco_ar_longest(&c.form.ar) < s->rows && 5 * (int64_t)laco_ar_terms(&c.form.ar) < 2 * s->rows;
    for (int r = 0; r < 3 && fits && s->count < FORMS; r++) {
        c.ridge = ridges[r];
        s->candidates[s->count++] = c;
    }
}

static void list_candidates(search *s)
{
    static const int lags[] = {1, 2, 4, 8, 14, 26};
    for (int data = 0; data < s->data_count; data++)
        for (int l = 0; l < 6; l++)
            for (int season = 0; season <= (s->season > 1 ? 2 : 0); season++)
                for (int waves = 0; waves <= (s->period_count > 0); waves++)
                    for (int difference = 0; difference < 2; difference++)
                        add_candidate(s, lags[l], season, waves, difference, data);
}

/* ---- Trying one out ---------------------------------------------------------------------------------------------------------
 */

static double value_at(const laco_ar_data *data, const laco_ar_series *series, double z)
{
    return laco_from_z(&data->column, &series->scale, fmin(1e4, fmax(-1e4, z)));
}

/* Sums of errors of a weight vector and of the naive forecast from one origin, one step ahead and over the horizon. */
typedef struct trial {
    double one, naive_one, loop, naive_loop;
} trial;

static void forecast_from(const laco_ar_data *data, const laco_ar_series *series, const laco_ar *ar, const laco_real *weight,
                          int64_t origin, int64_t horizon, double *work, trial *out)
{
    int32_t longest = LACO_MAX(laco_ar_longest(ar), 1);
    double last = value_at(data, series, series->z[origin]);
    memcpy(work, series->z + origin - (longest - 1), (size_t)longest * sizeof *work);
    for (int64_t h = 1; h <= horizon; h++) {
        double *at = work + longest - 1 + h, actual = value_at(data, series, series->z[origin + h]);
        *at = laco_ar_predict(ar, weight, at - 1, series->clock[origin + h]);
        double error = fabs(value_at(data, series, *at) - actual);
        out->loop += error;
        out->naive_loop += fabs(actual - last);
        if (h == 1) {
            out->one += error;
            out->naive_one += fabs(actual - last);
        }
    }
}

/* The mean of both errors over those of the naive forecast. One step is tried at many more places than the loop. */
static double try_out(const laco_ar_data *data, const laco_ar *ar, const laco_real *weight, double *work)
{
    double error = 0, tried = 0;
    int32_t longest = laco_ar_longest(ar);
    for (size_t i = 0; i < data->count && i < SERIES; i++) {
        const laco_ar_series *series = &data->series[i];
        int64_t first = LACO_MAX((int64_t)((1 - HELD_OUT) * (double)series->rows), (int64_t)longest + 1) - 1;
        int64_t horizon = LACO_MIN((int64_t)HORIZON, (series->rows - 1 - first) / 2), last = series->rows - 1 - horizon;
        if (horizon < 1)
            continue;
        trial loop = {0}, one = {0};
        int64_t stride = LACO_MAX((last - first) / ORIGINS, (int64_t)1),
                short_stride = LACO_MAX((series->rows - 1 - first) / 400, (int64_t)1);
        for (int64_t origin = first; origin <= last; origin += stride)
            forecast_from(data, series, ar, weight, origin, horizon, work, &loop);
        for (int64_t origin = first; origin < series->rows - 1; origin += short_stride)
            forecast_from(data, series, ar, weight, origin, 1, work, &one);
        error += 0.5 * one.one / fmax(one.naive_one, 1e-300) + 0.5 * loop.loop / fmax(loop.naive_loop, 1e-300);
        tried += 1;
    }
    return tried > 0 && isfinite(error) ? error / tried : INFINITY;
}

static laco_status try_all(search *s)
{
    laco_real weight[LACO_AR_TERMS];
    int64_t longest = 1;
    for (int i = 0; i < s->count; i++)
        longest = LACO_MAX(longest, (int64_t)laco_ar_longest(&s->candidates[i].form.ar));
    double *work = laco_alloc(s->data->ctx, (size_t)longest + HORIZON + 1, sizeof *work);
    if (!work)
        return LACO_NO_MEMORY;
    int d = 0;
    for (int i = 0; i < s->count; i++) {
        candidate *c = &s->candidates[i];
        const laco_ar_data *data = &s->data[c->data];
        if (i == 0 || c->number != c[-1].number)
            d = laco_ar_fit_sums(data, &c->form, 1 - HELD_OUT, s->sums);
        if (d > 0 && laco_ar_fit_solve(&c->form, s->sums, d, c->ridge, s->matrix, weight))
            c->error = try_out(data, &c->form.ar, weight, work);
    }
    laco_release(s->data->ctx, work);
    return LACO_OK;
}

/* ---- The best few
 * ---------------------------------------------------------------------------------------------------------------- */

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    int order = (x->error > y->error) - (x->error < y->error);
    order = order != 0 ? order : x->form.ar.lag_count - y->form.ar.lag_count;
    order = order != 0 ? order : x->number - y->number;
    return order != 0 ? order : (x->ridge > y->ridge) - (x->ridge < y->ridge);
}

/* Adds `share` of the weights of a fit to a larger set of terms. */
static void add_weights(const laco_ar *from, const laco_real *weight, double share, const laco_ar *to, laco_real *sum)
{
    sum[0] += (laco_real)(share * (double)weight[0]);
    for (int l = 0, at = 0; l < from->lag_count; l++) {
        while (to->lags[at] != from->lags[l])
            at++;
        sum[1 + at] += (laco_real)(share * (double)weight[1 + l]);
    }
    for (int k = 1 + from->lag_count; k < laco_ar_terms(from); k++) /* all that have waves have the same ones */
        sum[1 + to->lag_count + k - 1 - from->lag_count] += (laco_real)(share * (double)weight[k]);
}

/* Refits the best candidates to all training rows and averages them. */
static void average(search *s, laco_ar *out, laco_real *sum)
{
    laco_real weight[LACO_AR_TERMS];
    int kept = 0, used = 0, chosen = s->candidates[0].data;
    candidate *best[KEPT];
    for (int i = 0; i < s->count && kept < KEPT && s->candidates[i].error <= MARGIN * s->candidates[0].error; i++)
        if (s->candidates[i].data == chosen)
            best[kept++] = &s->candidates[i];
    *out = (laco_ar){0};
    for (int i = 0; i < kept; i++) {
        for (int l = 0; l < best[i]->form.ar.lag_count; l++)
            add_lag(out, best[i]->form.ar.lags[l]);
        if (best[i]->form.ar.period_count > 0 && out->period_count == 0)
            add_waves(s, out);
    }
    memset(sum, 0, (size_t)laco_ar_terms(out) * sizeof *sum);
    laco_real total[LACO_AR_TERMS] = {0};
    for (int i = 0; i < kept; i++) {
        int d = laco_ar_fit_sums(&s->data[chosen], &best[i]->form, 1, s->sums);
        if (d > 0 && laco_ar_fit_solve(&best[i]->form, s->sums, d, best[i]->ridge, s->matrix, weight)) {
            add_weights(&best[i]->form.ar, weight, 1, out, total);
            used++;
        }
    }
    for (int k = 0; k < laco_ar_terms(out); k++)
        sum[k] = used > 0 ? total[k] / (laco_real)used : 0;
    if (used == 0)
        sum[1] = 1;
}

static laco_status choose(search *s, int *chosen, laco_ar *out, laco_real *weight)
{
    list_candidates(s);
    LACO_TRY(try_all(s));
    qsort(s->candidates, (size_t)s->count, sizeof *s->candidates, compare_candidates);
    if (s->count > 0 && isfinite(s->candidates[0].error)) {
        *chosen = s->candidates[0].data;
        average(s, out, weight);
        return LACO_OK;
    }
    *chosen = 0;
    *out = (laco_ar){.lag_count = 1, .lags = {1}};
    weight[0] = 0;
    weight[1] = 1;
    return LACO_OK;
}

laco_status laco_ar_choose(const laco_ar_data *data, int count, const laco_time_step *step, bool is_number, int64_t season,
                           int *chosen, laco_ar *out, laco_real *weight)
{
    search s = {.data = data, .data_count = count, .season = season};
    size_t size = LACO_AR_TERMS + 2;
    double periods[LACO_AR_PERIODS];
    for (size_t i = 0; i < data->count; i++)
        s.rows = LACO_MAX(s.rows, data->series[i].rows);
    int found = data->has_time ? laco_calendar_periods(step, is_number, periods, LACO_AR_PERIODS) : 0;
    for (int p = 0; p < found; p++)
        if (periods[p] * 2.2 < (double)s.rows * (1 - HELD_OUT))
            s.periods[s.period_count++] = periods[p];
    s.candidates = laco_alloc(data->ctx, FORMS, sizeof *s.candidates);
    s.sums = laco_alloc(data->ctx, size * size, sizeof *s.sums);
    s.matrix = laco_alloc(data->ctx, size * size, sizeof *s.matrix);
    laco_status status = s.candidates && s.sums && s.matrix ? choose(&s, chosen, out, weight) : LACO_NO_MEMORY;
    laco_release(data->ctx, s.candidates);
    laco_release(data->ctx, s.sums);
    laco_release(data->ctx, s.matrix);
    return status;
}
