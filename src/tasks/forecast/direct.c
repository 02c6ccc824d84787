#include "forecast/direct.h"

#include <math.h>
#include <string.h>

int64_t laco_direct_longest(const laco_direct *direct)
{
    return direct->horizon > 0 ? LACO_MAX(direct->part[0].lags, direct->part[1].lags) : 0;
}

void laco_direct_window(const double *newest, int64_t stride, int64_t rows, int64_t lags, double *out)
{
    for (int64_t k = 0; k < lags; k++) {
        int64_t back = LACO_MIN(lags - 1 - k, rows - 1);
        out[k] = newest[-back * stride];
    }
}

double laco_direct_size(const double *window, int64_t count, int64_t season)
{
    int64_t back = season < count ? LACO_MAX(season, (int64_t)1) : 1;
    double sum = 0, mean = 0, squares = 0;
    for (int64_t k = back; k < count; k++)
        sum += fabs(window[k] - window[k - back]);
    if (sum > 0)
        return sum / (double)(count - back);
    for (int64_t k = 0; k < count; k++)
        mean += window[k] / (double)count;
    for (int64_t k = 0; k < count; k++)
        squares += (window[k] - mean) * (window[k] - mean);
    return squares > 0 ? sqrt(squares / (double)count) : 1;
}

void laco_direct_apply(const laco_real *map, int64_t lags, int64_t horizon, double *window, double *out)
{
    double last = window[lags - 1], least = last, most = last;
    for (int64_t k = 0; k < lags; k++) {
        least = fmin(least, window[k]);
        most = fmax(most, window[k]);
        window[k] -= last;
    }
    for (int64_t h = 0; h < horizon; h++)
        out[h] = last;
    for (int64_t k = 0; k + 1 < lags; k++)
        for (int64_t h = 0; h < horizon; h++)
            out[h] += window[k] * (double)map[k * horizon + h];
    /* It may go as far beyond the window as the window is wide: a map that is fed with its own output cannot run away. */
    for (int64_t h = 0; h < horizon; h++)
        out[h] = fmin(most + (most - least), fmax(least - (most - least), out[h]));
}

void laco_direct_predict(const laco_direct *direct, int64_t map, const double *window, double *work, double *out)
{
    int64_t longest = laco_direct_longest(direct), H = direct->horizon;
    double made[LACO_DIRECT_HORIZON];
    memset(out, 0, (size_t)H * sizeof *out);
    for (int p = 0; p < LACO_DIRECT_PARTS; p++) {
        const laco_direct_part *part = &direct->part[p];
        if (part->lags == 0)
            continue;
        for (int64_t k = 0; k < part->lags; k++) {
            double value = window[longest - part->lags + k];
            work[k] = p == 0 ? value : log(fmax(value, part->floor));
        }
        laco_direct_apply(part->weight->value + map * part->lags * H, part->lags, H, work, made);
        double share = direct->shares ? (double)direct->shares->value[map * LACO_DIRECT_PARTS + p] : part->share;
        for (int64_t h = 0; h < H; h++)
            out[h] += share * (p == 0 ? made[h] : exp(made[h]));
    }
}
