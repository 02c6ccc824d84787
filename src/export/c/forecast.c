/* A forecaster: columns standardised, a linear autoregression, and a network on what that leaves. */
#pragma once
#include "export/c/network.c"
#include "export/c/numbers.c"

typedef struct rt_forecaster {
    int32_t columns, horizon, quantiles,
        median;      /* quantiles: numbers for each value, at least 1; median: which of them goes on */
    int32_t plain;   /* without autoregression */
    int32_t context; /* rows before the first prediction */
    int32_t lag_count, period_count, terms, series;
    const int32_t *lags, *harmonics;
    const double *periods;
    const double
        *column; /* [columns][7]: 1 where it is the logarithm that is forecast, its least, step, error, low, high, floor */
    const double *weight;  /* [columns][terms] */
    const double *scales;  /* [series][columns][2]: mean and scale */
    const int32_t *rows;   /* [series + 1]: where the last rows of each begin in history */
    const double *history; /* [rows][columns] */
    const double *clock;   /* [series] of the first of them */
    const int32_t
        *direct; /* of the direct base: horizon (0: there is none), lags of values, of logarithms, the longer of both, maps */
    const double *shares;       /* the network's; the least value of logarithms; of each map those of values and of logarithms */
    const float *map, *log_map; /* [maps][lags][horizon] */
    rt_rnn rnn;
    rt_linear linear;
    const double *calendar; /* seconds of a step; 0: the network does not read the calendar */
} rt_forecaster;

/* Where a forecast stands: numbers behind one another, all of them double but for the network's. */
typedef struct rt_place {
    double *rows, *clock, *series, *z, *scales, *bounds, *work; /* z [columns][context], the newest last */
    double *window, *made, *look; /* [columns][longest], the newest last; [columns][direct horizon]; [longest] */
    float *network, *out;         /* state, row of gates and step; the last outputs */
} rt_place;

RT_FUNCTION int32_t rt_forecast_outputs(const rt_forecaster *m) { return m->horizon * m->columns * m->quantiles; }
RT_FUNCTION int32_t rt_forecast_inputs(const rt_forecaster *m)
{
    return m->columns * (m->plain ? 1 : 3) + (m->calendar ? RT_CALENDAR : 0);
}

/* Doubles of all of it. */
RT_FUNCTION int32_t rt_forecast_doubles(const rt_forecaster *m)
{
    int32_t floats = rt_run_fixed(&m->rnn) + rt_forecast_inputs(m) + rt_forecast_outputs(m);
    return 3 + m->columns * (m->context + 4) + m->context + m->horizon + m->columns * (m->direct[3] + m->direct[0]) +
           m->direct[3] + (floats + 1) / 2;
}

RT_FUNCTION rt_place rt_place_in(const rt_forecaster *m, double *memory)
{
    rt_place p;
    p.rows = memory;
    p.clock = p.rows + 1;
    p.series = p.clock + 1;
    p.z = p.series + 1;
    p.scales = p.z + m->columns * m->context;
    p.bounds = p.scales + 2 * m->columns;
    p.work = p.bounds + 2 * m->columns;
    p.window = p.work + m->context + m->horizon;
    p.made = p.window + m->columns * m->direct[3];
    p.look = p.made + m->columns * m->direct[0];
    p.network = (float *)(p.look + m->direct[3]);
    p.out = p.network + rt_run_fixed(&m->rnn) + rt_forecast_inputs(m);
    return p;
}

RT_FUNCTION double rt_to_z(const rt_forecaster *m, const rt_place *p, int32_t c, double value)
{
    const double *column = m->column + 7 * c;
    if (column[0] > 0)
        value = rt_log_double(rt_most(value, column[1]));
    return (value - p->scales[2 * c]) / p->scales[2 * c + 1];
}

RT_FUNCTION double rt_from_z(const rt_forecaster *m, const rt_place *p, int32_t c, double z)
{
    double value = z * p->scales[2 * c + 1] + p->scales[2 * c];
    return rt_most(m->column[7 * c + 6], m->column[7 * c] > 0 ? rt_exp_double(value) : value);
}

/* ---- The autoregression ---- */

/* The value behind *now, whose time is `clock`; now[-1] … are those before it. */
RT_FUNCTION double rt_regress(const rt_forecaster *m, int32_t c, const double *now, double clock)
{
    const double *weight = m->weight + c * m->terms;
    double sum = weight[0], part, cosine, sine;
    int32_t l, p, k;
    for (l = 0; l < m->lag_count; l++)
        sum += weight[1 + l] * now[1 - m->lags[l]];
    weight += 1 + m->lag_count;
    for (p = 0; p < m->period_count; p++)
        for (k = 1; k <= m->harmonics[p]; k++, weight += 2) {
            part = rt_remainder(clock, m->periods[p]) * k / m->periods[p];
            part -= (double)(int64_t)part;
            rt_turn(part < 0 ? part + 1 : part, &cosine, &sine);
            sum += weight[0] * cosine + weight[1] * sine;
        }
    return sum;
}

/* ---- Going on ---- */

RT_FUNCTION void rt_forecast_reset(const rt_forecaster *m, double *memory, int32_t series)
{
    rt_place p = rt_place_in(m, memory);
    memset(memory, 0, (size_t)rt_forecast_doubles(m) * sizeof *memory);
    *p.series = series;
    memcpy(p.scales, m->scales + series * 2 * m->columns, (size_t)(2 * m->columns) * sizeof *p.scales);
}

/* What the network reads of the newest row, at p->clock. */
RT_FUNCTION void rt_forecast_fill(const rt_forecaster *m, const rt_place *p, float *x)
{
    int32_t c;
    for (c = 0; c < m->columns; c++) {
        const double *z = p->z + c * m->context + m->context - 1, *column = m->column + 7 * c;
        if (m->plain) {
            *x++ = (float)z[0];
            continue;
        }
        *x++ = (float)rt_least(3, rt_most(-3, z[0]));
        *x++ = (float)rt_least(8, rt_most(-8, (z[0] - z[-1]) / column[2]));
        *x++ = (float)rt_least(8, rt_most(-8, (z[0] - rt_regress(m, c, z - 1, *p->clock)) / column[3]));
    }
    if (m->calendar) /* of the row to come */
        rt_calendar((*p->clock + 1) * *m->calendar, x);
}

/* One more row, z [columns]; `clock` its time. */
RT_FUNCTION void rt_forecast_push(const rt_forecaster *m, const rt_place *p, const double *z)
{
    int32_t c, k;
    float *x = p->network + rt_run_fixed(&m->rnn);
    for (c = 0; c < m->columns; c++) {
        double *past = p->z + c * m->context;
        for (k = 0; k + 1 < m->context; k++)
            past[k] = past[k + 1];
        past[k] = z[c];
    }
    *p->rows += 1;
    if (*p->rows >= m->context) {
        rt_forecast_fill(m, p, x);
        rt_apply(&m->linear, rt_step(&m->rnn, x, 0, p->network, p->network + 2 * m->rnn.layers * m->rnn.size), p->out);
    }
    *p->clock += 1;
}

/* ---- The direct base ---- */

/* The windows with one more row; the first one stands for those before it. */
RT_FUNCTION void rt_direct_push(const rt_forecaster *m, const rt_place *p, const double *values)
{
    int32_t c, k, longest = m->direct[3];
    for (c = 0; c < m->columns; c++)
        for (k = 0; k < longest; k++)
            p->window[c * longest + k] = *p->rows > 0 && k + 1 < longest ? p->window[c * longest + k + 1] : values[c];
}

/* Adds `share` of what one map says behind the last `lags` rows of look, which it leaves as distances from the newest. */
RT_FUNCTION void rt_direct_add(const float *map, int32_t lags, int32_t horizon, double *look, int32_t is_log, double share,
                               double *out)
{
    double last = look[lags - 1], least = last, most = last, sum;
    int32_t k, h;
    for (k = 0; k < lags; k++) {
        least = rt_least(least, look[k]);
        most = rt_most(most, look[k]);
        look[k] -= last;
    }
    for (h = 0; h < horizon; h++) {
        sum = last;
        for (k = 0; k + 1 < lags; k++)
            sum += look[k] * (double)map[k * horizon + h];
        sum = rt_least(most + (most - least), rt_most(least - (most - least), sum));
        out[h] += share * (is_log ? rt_exp_double(sum) : sum);
    }
}

/* Row `step` ahead of the base, into values [columns]; beyond its horizon it reads its own output. */
RT_FUNCTION void rt_direct_next(const rt_forecaster *m, const rt_place *p, int32_t step, double *values)
{
    int32_t c, k, horizon = m->direct[0], longest = m->direct[3], lags;
    for (c = 0; c < m->columns; c++) {
        double *window = p->window + c * longest, *made = p->made + c * horizon;
        int32_t map = m->direct[4] > 1 ? 1 + (int32_t)*p->series * m->columns + c : 0;
        if (step % horizon == 0) {
            for (k = 0; k < longest && step > 0; k++)
                window[k] = k + horizon < longest ? window[k + horizon] : made[k + horizon - longest];
            memset(made, 0, (size_t)horizon * sizeof *made);
            lags = m->direct[1];
            memcpy(p->look, window + longest - lags, (size_t)lags * sizeof *window);
            if (lags > 0)
                rt_direct_add(m->map + map * lags * horizon, lags, horizon, p->look, 0, m->shares[2 + 2 * map], made);
            lags = m->direct[2];
            for (k = 0; k < lags; k++)
                p->look[k] = rt_log_double(rt_most(window[longest - lags + k], m->shares[1]));
            if (lags > 0)
                rt_direct_add(m->log_map + map * lags * horizon, lags, horizon, p->look, 1, m->shares[3 + 2 * map], made);
        }
        values[c] = made[step % horizon];
    }
}

/* One more row in the units of the data. */
RT_FUNCTION void rt_forecast_observe(const rt_forecaster *m, double *memory, const double *values)
{
    rt_place p = rt_place_in(m, memory);
    int32_t c;
    rt_direct_push(m, &p, values);
    for (c = 0; c < m->columns; c++) /* the bounds are free until a loop begins */
        p.bounds[c] = rt_to_z(m, &p, c, values[c]);
    rt_forecast_push(m, &p, p.bounds);
}

/* What comes behind the newest row, z [horizon][columns][quantiles], each within bounds where there are any. */
RT_FUNCTION void rt_forecast_ahead(const rt_forecaster *m, const rt_place *p, int32_t bounded, double *out)
{
    int32_t c, h, q;
    for (c = 0; c < m->columns; c++) {
        const double *past = p->z + c * m->context, *bounds = p->bounds + 2 * c;
        memcpy(p->work, past, (size_t)m->context * sizeof *past);
        for (h = 0; h < m->horizon; h++) {
            double base = m->plain ? 0 : rt_regress(m, c, p->work + m->context - 1 + h, *p->clock + h);
            p->work[m->context + h] = base;
            for (q = 0; q < m->quantiles; q++) {
                int32_t at = (h * m->columns + c) * m->quantiles + q;
                double z = base + m->column[7 * c + 3] * (double)p->out[at];
                out[at] = bounded ? rt_least(bounds[1], rt_most(bounds[0], z)) : z;
            }
        }
    }
}

/* Quantiles of one value, in order. */
RT_FUNCTION void rt_forecast_sort(int32_t count, double *values)
{
    int32_t i, k;
    for (i = 1; i < count; i++)
        for (k = i; k > 0 && values[k] < values[k - 1]; k--) {
            double kept = values[k];
            values[k] = values[k - 1];
            values[k - 1] = kept;
        }
}

/* Predictions in the units of the data, out [horizon][columns][quantiles]; 0: there are too few rows yet. */
RT_FUNCTION int32_t rt_forecast_predict(const rt_forecaster *m, double *memory, double *out)
{
    rt_place p = rt_place_in(m, memory);
    int32_t at;
    if (*p.rows < m->context)
        return 0;
    rt_forecast_ahead(m, &p, 0, out);
    for (at = 0; at < m->horizon * m->columns; at++)
        rt_forecast_sort(m->quantiles, out + at * m->quantiles);
    for (at = 0; at < rt_forecast_outputs(m); at++)
        out[at] = rt_from_z(m, &p, at / m->quantiles % m->columns, out[at]);
    return 1;
}

/* A loop that feeds on itself may go as far as training went, and as far again. */
RT_FUNCTION void rt_forecast_bound(const rt_forecaster *m, const rt_place *p)
{
    int32_t c;
    for (c = 0; c < m->columns; c++) {
        const double *column = m->column + 7 * c;
        double last = p->z[c * m->context + m->context - 1], range = (column[5] - column[4]) / 3;
        p->bounds[2 * c] = rt_least(column[4], last - range);
        if (!(column[0] > 0)) /* the floor */
            p->bounds[2 * c] = rt_most(p->bounds[2 * c], (column[6] - p->scales[2 * c]) / p->scales[2 * c + 1]);
        p->bounds[2 * c + 1] = rt_most(column[5], last + range);
    }
}

/* The next row of the network, fed with its own medians. */
RT_FUNCTION void rt_network_next(const rt_forecaster *m, const rt_place *p, int32_t step, double *ahead, double *row)
{
    double *now = ahead + step % m->horizon * m->columns * m->quantiles;
    int32_t c;
    if (step % m->horizon == 0)
        rt_forecast_ahead(m, p, 1, ahead);
    for (c = 0; c < m->columns; c++) {
        rt_forecast_sort(m->quantiles, now + c * m->quantiles);
        row[c] = now[c * m->quantiles + m->median];
    }
    rt_forecast_push(m, p, row);
    for (c = 0; c < m->columns; c++)
        row[c] = rt_from_z(m, p, c, row[c]);
}

/* The next `steps` rows, out [steps][columns]. The memory moves on; `ahead`: rt_forecast_outputs numbers, and `base` columns. */
RT_FUNCTION int32_t rt_forecast_run(const rt_forecaster *m, double *memory, int32_t steps, double *out, double *ahead,
                                    double *base)
{
    rt_place p = rt_place_in(m, memory);
    int32_t s, c, network = *p.rows >= m->context;
    double share = m->direct[0] > 0 ? (network ? m->shares[0] : 0) : 1;
    if (!network && (m->direct[0] == 0 || *p.rows < 1))
        return 0;
    if (network)
        rt_forecast_bound(m, &p);
    for (s = 0; s < steps; s++) {
        double *row = out + s * m->columns;
        if (share > 0)
            rt_network_next(m, &p, s, ahead, row);
        if (share < 1)
            rt_direct_next(m, &p, s, base);
        for (c = 0; c < m->columns && share < 1; c++)
            row[c] = rt_most(m->column[7 * c + 6], share > 0 ? share * row[c] + (1 - share) * base[c] : base[c]);
    }
    return 1;
}

/* Reads the rows that the model keeps of a series, from the beginning. */
RT_FUNCTION void rt_forecast_begin(const rt_forecaster *m, double *memory, int32_t series)
{
    rt_place p = rt_place_in(m, memory);
    int32_t row;
    rt_forecast_reset(m, memory, series);
    *p.clock = m->clock[series];
    for (row = m->rows[series]; row < m->rows[series + 1]; row++)
        rt_forecast_observe(m, memory, m->history + row * m->columns);
}
