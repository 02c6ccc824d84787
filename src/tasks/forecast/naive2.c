#include "forecast/naive2.h"

#include <math.h>

/* Is the autocorrelation at `season` beyond 1.645 · √((1 + 2 Σ r²) / n), with the r at shorter lags? */
static bool is_seasonal(const double *x, int64_t rows, int64_t season)
{
    double mean = 0, squares = 0, sum = 0, r = 0;
    for (int64_t i = 0; i < rows; i++)
        mean += x[i] / (double)rows;
    for (int64_t i = 0; i < rows; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    for (int64_t lag = 1; lag <= season && squares > 0; lag++) {
        double product = 0;
        for (int64_t i = lag; i < rows; i++)
            product += (x[i] - mean) * (x[i - lag] - mean);
        r = product / squares;
        sum += lag < season ? r * r : 0;
    }
    return fabs(r) > 1.645 * sqrt((1 + 2 * sum) / (double)rows);
}

/* The centred moving average over one season at row `at`. */
static double trend_at(const double *x, int64_t at, int64_t season)
{
    int64_t half = season / 2;
    double sum = season % 2 == 0 ? 0.5 * (x[at - half] + x[at + half]) : x[at - half] + x[at + half];
    for (int64_t i = at - half + 1; i < at + half; i++)
        sum += x[i];
    return sum / (double)season;
}

void laco_naive2_indices(const double *values, int64_t stride, int64_t rows, int64_t season, double *work, double *index)
{
    bool positive = true;
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        work[i] = values[i * stride];
        positive = positive && work[i] > 0;
    }
    for (int64_t s = 0; s < season; s++)
        index[s] = 1;
    if (season < 2 || rows < 3 * season || !positive || !is_seasonal(work, rows, season))
        return;
    for (int64_t s = 0; s < season; s++) {
        double ratios = 0, count = 0;
        for (int64_t i = s; i < rows - season / 2; i += season)
            if (i >= season / 2) {
                ratios += work[i] / trend_at(work, i, season);
                count++;
            }
        index[s] = ratios / fmax(count, 1);
        sum += index[s] / (double)season;
    }
    for (int64_t s = 0; s < season; s++)
        index[s] /= sum;
}

double laco_naive2(const double *index, int64_t season, double last, int64_t origin, int64_t row)
{
    return season < 2 ? last : last / index[origin % season] * index[row % season];
}
