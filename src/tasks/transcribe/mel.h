/* Log-mel features: what a spectrum sounds like, forty numbers every ten milliseconds.
 *
 *     P_f[k]  = |DFT(w · x_f)[k]|² / Σ w²                frame f: the samples from f · hop on, w Hann's window
 *     y_f[m]  = log(10⁻⁸ + Σ_k triangle_m(k) · P_f[k])   triangles evenly spaced on the mel scale, 2595 · log10(1 + Hz / 700)
 *
 * each triangle's weights summing to 1. The floor, 80 dB below a full scale of 1, makes digital silence like that of a quiet
 * room. */
#ifndef LACO_TRANSCRIBE_MEL_H
#define LACO_TRANSCRIBE_MEL_H

#include "base/base.h"

#define LACO_MEL_FLOOR 1e-8

typedef struct laco_mel laco_mel;

/* A triangle over some bins of the spectrum. */
typedef struct laco_mel_triangle {
    int first, count;
    double *weight; /* [count] */
} laco_mel_triangle;

/* For samples of a rate: windows of 25 ms every 10 ms, `bands` triangles from 20 Hz to half the rate (at most 8000 Hz).
 * LACO_INVALID: bands not within 1 … 256; LACO_NO_MEMORY. */
laco_status laco_mel_new(laco_context *ctx, int rate, int bands, laco_mel **out);
void laco_mel_free(laco_mel *mel);

/* Frames of `count` samples: 1 where they do not fill a window (silence follows them), 0 of none. */
size_t laco_mel_frames(const laco_mel *mel, size_t count);

/* Samples of a frame, and from the start of one to the start of the next. */
LACO_SHARED size_t laco_mel_window(const laco_mel *mel);
LACO_SHARED size_t laco_mel_hop(const laco_mel *mel);

/* What features are computed with, for who computes them elsewhere: w / √Σ w² [window], the samples that a transform takes, silence
 * behind the window among them, and the triangles [bands]. */
LACO_SHARED const double *laco_mel_shape(const laco_mel *mel);
LACO_SHARED int laco_mel_size(const laco_mel *mel);
LACO_SHARED const laco_mel_triangle *laco_mel_triangles(const laco_mel *mel);

/* Their features, out [frames][bands]. */
void laco_mel_apply(laco_mel *mel, const float *samples, size_t count, laco_real *out);

#endif
