#include "op/ctc.h"

#include "op/ranges.h"

#include <math.h>

#define STATE_COST 32.0 /* of one sum of logarithms, in multiply-adds */
#define NEGLIGIBLE 40.0 /* exp(-40) is less than a double can add to 1 */

typedef struct ctc_work {
    const laco_ctc *c;
    double *alpha, *log_p;
    const double *known_alpha, *known_log_p, *factor;
    int64_t states;
    double *beta;
    laco_real *dx;
} ctc_work;

/* log(exp a + exp b + exp c), NaN where one of them is. Of what is NEGLIGIBLE beside the largest the exponential is not taken:
 * most states are far from all likely ways. */
static double log_sum(double a, double b, double c)
{
    double most = fmax(a, fmax(b, c)), sum = 0;
    if (most == -INFINITY)
        return a + b + c;
    sum += a == most ? 1 : a < most - NEGLIGIBLE ? 0 : exp(a - most);
    sum += b == most ? 1 : b < most - NEGLIGIBLE ? 0 : exp(b - most);
    sum += c == most ? 1 : c < most - NEGLIGIBLE ? 0 : exp(c - most);
    return sum == 1 ? most : most + log(sum);
}

/* The label of state s. */
static int32_t label_of(const laco_ctc *c, const int32_t *string, int64_t s) { return s % 2 == 0 ? c->blank : string[s / 2]; }

/* Whether a way may go from state s - 2 to s. */
static bool may_skip(const int32_t *string, int64_t s) { return s >= 3 && s % 2 == 1 && string[s / 2] != string[s / 2 - 1]; }

static const laco_real *row_of(const laco_ctc *c, int64_t t, int64_t b) { return c->x + (t * c->B + b) * c->K; }

/* Work of one pass over a sequence, in multiply-adds. */
static double cost_of(const laco_ctc *c)
{
    return c->B > 0 ? STATE_COST * (double)(c->rows[c->B] - c->rows[0]) / (double)c->B : 0;
}

/* ---- Forward ------------------------------------------------------------------------------------------------------------ */

/* States that can be reached by step t and can still reach the end: the others are never looked at but through these bounds. */
static int64_t first_state(int64_t states, int64_t left) { return LACO_MAX(states - 2 * left, (int64_t)0); }
static int64_t past_state(int64_t states, int64_t t) { return LACO_MIN(states, 2 * (t + 1)); }

static void alpha_step(const laco_ctc *c, const int32_t *string, int64_t states, const laco_real *x, const double *before,
                       double *alpha, int64_t first, int64_t past)
{
    for (int64_t s = 0; s < states; s++)
        alpha[s] = -INFINITY;
    for (int64_t s = first; s < past; s++) {
        double own = before ? before[s] : s < 2 ? 0 : -INFINITY, one = before && s > 0 ? before[s - 1] : -INFINITY;
        double two = before && may_skip(string, s) ? before[s - 2] : -INFINITY;
        alpha[s] = log_sum(own, one, two) + (double)x[label_of(c, string, s)];
    }
}

static void forward_sequence(const ctc_work *w, int64_t b)
{
    const laco_ctc *c = w->c;
    const int32_t *string = c->targets + c->starts[b];
    int64_t states = laco_ctc_states(c, b), n = c->lengths[b];
    double *alpha = w->alpha + c->rows[b], *before = NULL;
    for (int64_t t = 0; t < n; t++, before = alpha, alpha += states)
        alpha_step(c, string, states, row_of(c, t, b), before, alpha, first_state(states, n - t), past_state(states, t));
    if (n > 0)
        w->log_p[b] = log_sum(before[states - 1], states > 1 ? before[states - 2] : -INFINITY, -INFINITY);
    else
        w->log_p[b] = states == 1 ? 0 : -INFINITY;
}

static void forward_range(const void *work, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        forward_sequence(work, b);
}

void laco_ctc_forward(laco_context *ctx, const laco_ctc *c, double *alpha, double *log_p)
{
    ctc_work work = {.c = c, .alpha = alpha, .log_p = log_p};
    laco_ranges(ctx, c->B, 1, cost_of(c), forward_range, &work);
}

/* ---- Backward ----------------------------------------------------------------------------------------------------------- */

/* β of a step from next, which holds β + x of the step behind it. */
static void beta_step(const int32_t *string, int64_t states, const double *next, double *beta)
{
    for (int64_t s = 0; s < states; s++)
        beta[s] = log_sum(next[s], s + 1 < states ? next[s + 1] : -INFINITY,
                          s + 2 < states && may_skip(string, s + 2) ? next[s + 2] : -INFINITY);
}

/* β of the last step: a way ends in one of the last two states. */
static void beta_end(int64_t states, double *beta)
{
    for (int64_t s = 0; s < states; s++)
        beta[s] = s + 2 >= states ? 0 : -INFINITY;
}

static void backward_sequence(const ctc_work *w, int64_t b)
{
    const laco_ctc *c = w->c;
    const int32_t *string = c->targets + c->starts[b];
    int64_t states = laco_ctc_states(c, b);
    double *beta = w->beta + b * 2 * w->states, *next = beta + w->states;
    if (isinf(w->known_log_p[b]) || w->factor[b] == 0)
        return;
    for (int64_t t = c->lengths[b] - 1; t >= 0; t--) {
        const double *alpha = w->known_alpha + c->rows[b] + t * states;
        const laco_real *x = row_of(c, t, b);
        laco_real *dx = w->dx + (x - c->x);
        if (t + 1 == c->lengths[b])
            beta_end(states, beta);
        else
            beta_step(string, states, next, beta);
        for (int64_t s = 0; s < states; s++) {
            int32_t k = label_of(c, string, s);
            double log_share = alpha[s] + beta[s] - w->known_log_p[b];
            if (!(log_share < -NEGLIGIBLE))
                dx[k] -= (laco_real)(w->factor[b] * exp(log_share));
            next[s] = beta[s] + (double)x[k];
        }
    }
}

static void backward_range(const void *work, int64_t begin, int64_t end)
{
    for (int64_t b = begin; b < end; b++)
        backward_sequence(work, b);
}

void laco_ctc_backward(laco_context *ctx, const laco_ctc *c, const double *alpha, const double *log_p, const double *factor,
                       int64_t states, double *beta, laco_real *dx)
{
    ctc_work work = {
        .c = c, .known_alpha = alpha, .known_log_p = log_p, .factor = factor, .states = states, .beta = beta, .dx = dx};
    laco_ranges(ctx, c->B, 1, cost_of(c), backward_range, &work);
}
