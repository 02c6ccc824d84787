#include "transcribe/mel.h"

#include "transcribe/spoken.h"

#include <kiss_fftr.h>
#include <math.h>
#include <string.h>

#define LOWEST_HZ 20.0
#define HIGHEST_HZ 8000.0
#define WINDOW_SECONDS 0.025
#define HOP_SECONDS 0.010

struct laco_mel {
    laco_context *ctx;
    int bands, size, bins; /* size: of the transform, twice the window or more, so that low triangles have several bins */
    size_t window, hop;
    double *shape;                /* [window] */
    float *input;                 /* [size] */
    kiss_fft_cpx *output;         /* [bins] */
    double *power;                /* [bins] */
    laco_mel_triangle *triangles; /* [bands] */
    double *weights;              /* of all triangles */
    void *memory;                 /* that the transform lies in */
    kiss_fftr_cfg transform;
};

void laco_mel_free(laco_mel *mel)
{
    if (!mel)
        return;
    laco_release(mel->ctx, mel->shape);
    laco_release(mel->ctx, mel->input);
    laco_release(mel->ctx, mel->output);
    laco_release(mel->ctx, mel->power);
    laco_release(mel->ctx, mel->triangles);
    laco_release(mel->ctx, mel->weights);
    laco_release(mel->ctx, mel->memory);
    laco_release(mel->ctx, mel);
}

static double mel_of(double hz) { return 2595 * log10(1 + hz / 700); }
static double hz_of(double mel) { return 700 * (pow(10, mel / 2595) - 1); }

/* The weights of one triangle into `row` [bins]; a triangle that falls between two bins takes the nearer one. */
static void draw_triangle(double low, double middle, double high, double bin_hz, int bins, double *row)
{
    double sum = 0;
    memset(row, 0, (size_t)bins * sizeof *row);
    for (int k = 0; k < bins; k++) {
        double hz = k * bin_hz, rising = (hz - low) / (middle - low), falling = (high - hz) / (high - middle);
        sum += row[k] = fmax(0, fmin(rising, falling));
    }
    if (sum == 0)
        sum = row[LACO_MIN((int)lround(middle / bin_hz), bins - 1)] = 1;
    for (int k = 0; k < bins; k++)
        row[k] /= sum;
}

static void make_triangles(laco_mel *mel, int rate)
{
    double bin_hz = (double)rate / mel->size, low = mel_of(LOWEST_HZ), high = mel_of(fmin(HIGHEST_HZ, 0.5 * rate));
    double step = (high - low) / (mel->bands + 1);
    for (int m = 0; m < mel->bands; m++) {
        double *row = mel->weights + (size_t)m * (size_t)mel->bins;
        int first = 0, past = mel->bins;
        draw_triangle(hz_of(low + m * step), hz_of(low + (m + 1) * step), hz_of(low + (m + 2) * step), bin_hz, mel->bins, row);
        while (first < past && row[first] == 0)
            first++;
        while (past > first && row[past - 1] == 0)
            past--;
        mel->triangles[m] = (laco_mel_triangle){first, past - first, row + first};
    }
}

/* Hann's window, scaled so that white noise of variance 1 has power 1. */
static void make_window(laco_mel *mel)
{
    double squares = 0;
    for (size_t i = 0; i < mel->window; i++) {
        mel->shape[i] = 0.5 - 0.5 * cos(2 * 3.14159265358979323846 * ((double)i + 0.5) / (double)mel->window);
        squares += mel->shape[i] * mel->shape[i];
    }
    for (size_t i = 0; i < mel->window; i++)
        mel->shape[i] /= sqrt(squares);
}

static laco_status prepare(laco_mel *mel, int rate)
{
    laco_context *ctx = mel->ctx;
    size_t bins = (size_t)mel->bins, bytes = 0;
    kiss_fftr_alloc(mel->size, 0, NULL, &bytes); /* only says how many bytes it needs */
    mel->shape = laco_alloc(ctx, mel->window, sizeof *mel->shape);
    mel->input = laco_alloc(ctx, (size_t)mel->size, sizeof *mel->input);
    mel->output = laco_alloc(ctx, bins, sizeof *mel->output);
    mel->power = laco_alloc(ctx, bins, sizeof *mel->power);
    mel->triangles = laco_alloc(ctx, (size_t)mel->bands, sizeof *mel->triangles);
    mel->weights = laco_alloc(ctx, (size_t)mel->bands * bins, sizeof *mel->weights);
    mel->memory = laco_alloc(ctx, bytes, 1);
    if (!mel->shape || !mel->input || !mel->output || !mel->power || !mel->triangles || !mel->weights || !mel->memory)
        return LACO_NO_MEMORY;
    mel->transform = kiss_fftr_alloc(mel->size, 0, mel->memory, &bytes);
    make_window(mel);
    make_triangles(mel, rate);
    return LACO_OK;
}

laco_status laco_mel_new(laco_context *ctx, int rate, int bands, laco_mel **out)
{
    if (bands < 1 || bands > 256 || rate < LACO_LOWEST_RATE || rate > LACO_HIGHEST_RATE)
        return laco_fail(ctx, LACO_INVALID, "%d mel bands at a rate of %d; 1 … 256 bands at %d … %d are right", bands, rate,
                         LACO_LOWEST_RATE, LACO_HIGHEST_RATE);
    laco_mel *mel = laco_alloc(ctx, 1, sizeof *mel);
    if (!mel)
        return LACO_NO_MEMORY;
    mel->ctx = ctx;
    mel->bands = bands;
    mel->window = (size_t)lround(WINDOW_SECONDS * rate);
    mel->hop = (size_t)lround(HOP_SECONDS * rate);
    for (mel->size = 1; (size_t)mel->size < 2 * mel->window;)
        mel->size *= 2;
    mel->bins = mel->size / 2 + 1;
    laco_status status = prepare(mel, rate);
    if (status == LACO_OK)
        *out = mel;
    else
        laco_mel_free(mel);
    return status;
}

size_t laco_mel_window(const laco_mel *mel) { return mel->window; }
size_t laco_mel_hop(const laco_mel *mel) { return mel->hop; }
const double *laco_mel_shape(const laco_mel *mel) { return mel->shape; }
int laco_mel_size(const laco_mel *mel) { return mel->size; }
const laco_mel_triangle *laco_mel_triangles(const laco_mel *mel) { return mel->triangles; }

size_t laco_mel_frames(const laco_mel *mel, size_t count)
{
    if (count == 0)
        return 0;
    return count < mel->window ? 1 : 1 + (count - mel->window) / mel->hop;
}

void laco_mel_apply(laco_mel *mel, const float *samples, size_t count, laco_real *out)
{
    size_t frames = laco_mel_frames(mel, count);
    for (size_t f = 0; f < frames; f++) {
        const float *x = samples + f * mel->hop;
        size_t there = LACO_MIN(mel->window, count - f * mel->hop);
        memset(mel->input, 0, (size_t)mel->size * sizeof *mel->input);
        for (size_t i = 0; i < there; i++)
            mel->input[i] = (float)(mel->shape[i] * (double)x[i]);
        kiss_fftr(mel->transform, mel->input, mel->output);
        for (int k = 0; k < mel->bins; k++) {
            double re = (double)mel->output[k].r, im = (double)mel->output[k].i;
            mel->power[k] = re * re + im * im;
        }
        for (int m = 0; m < mel->bands; m++) {
            const laco_mel_triangle *t = &mel->triangles[m];
            double sum = 0;
            for (int k = 0; k < t->count; k++)
                sum += t->weight[k] * mel->power[t->first + k];
            out[f * (size_t)mel->bands + (size_t)m] = (laco_real)log(LACO_MEL_FLOOR + sum);
        }
    }
}
