#include "forecast/recursive.h"

#include "base/json_text.h"
#include "forecast/dense.h"

#include <math.h>
#include <string.h>

#define MEMORY 2000.   /* rows that are remembered */
#define CAUTION 0.01   /* P at the start and at most: what training knew counts as much as a hundred rows of size 1 */
#define MOST_TERM 10.  /* values that are farther away, in z, count as this: one of them would say all there is to be learned */
#define MOST_ERROR 10. /* times the usual error: larger ones count as this, for a row that is an anomaly is no lesson */

laco_status laco_recursive_new(const laco_forecaster *model, laco_recursive **out)
{
    laco_context *ctx = model->base.ctx;
    laco_recursive *made = laco_alloc(ctx, 1, sizeof *made);
    if (!made)
        return LACO_NO_MEMORY;
    *made = (laco_recursive){.ctx = ctx, .ar = model->ar, .usual = model->columns[model->target].error};
    if (model->kind == LACO_BASE_NONE)
        made->ar = (laco_ar){.lag_count = 1, .lags = {1}};
    made->n = laco_ar_terms(&made->ar);
    made->weight = laco_alloc(ctx, (size_t)made->n, sizeof *made->weight);
    made->inverse = laco_alloc(ctx, (size_t)made->n, (size_t)made->n * sizeof *made->inverse);
    made->terms = laco_alloc(ctx, (size_t)made->n, sizeof *made->terms);
    made->gain = laco_alloc(ctx, (size_t)made->n, sizeof *made->gain);
    if (!made->weight || !made->inverse || !made->terms || !made->gain) {
        laco_recursive_free(made);
        return LACO_NO_MEMORY;
    }
    for (int64_t i = 0; i < made->n; i++)
        made->inverse[i * made->n + i] = CAUTION;
    *out = made;
    return LACO_OK;
}

void laco_recursive_free(laco_recursive *r)
{
    if (!r)
        return;
    void *blocks[] = {r->weight, r->inverse, r->terms, r->gain};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(r->ctx, blocks[i]);
    laco_release(r->ctx, r);
}

double laco_recursive_say(laco_recursive *r, const double *now, double clock)
{
    r->terms[0] = 1;
    for (int l = 0; l < r->ar.lag_count; l++)
        r->terms[1 + l] = LACO_MIN(MOST_TERM, LACO_MAX(-MOST_TERM, now[1 - r->ar.lags[l]]));
    laco_ar_waves(&r->ar, clock, r->terms + 1 + r->ar.lag_count);
    return laco_dense_dot(r->weight, r->terms, r->n);
}

/* The sum of the diagonal, which says how much is still open: where rows say nothing new, forgetting must not let it grow. */
static double trace_of(const laco_recursive *r)
{
    double sum = 0;
    for (int64_t i = 0; i < r->n; i++)
        sum += r->inverse[i * r->n + i];
    return sum;
}

void laco_recursive_learn(laco_recursive *r, double error)
{
    int64_t n = r->n;
    double kept = 1 - 1 / MEMORY, most = MOST_ERROR * r->usual;
    for (int64_t i = 0; i < n; i++)
        r->gain[i] = laco_dense_dot(r->inverse + i * n, r->terms, n);
    double all = kept + laco_dense_dot(r->gain, r->terms, n), forget = trace_of(r) < (double)n * CAUTION ? 1 / kept : 1;
    if (!isfinite(error) || !isfinite(all))
        return;
    error = LACO_MIN(most, LACO_MAX(-most, error));
    for (int64_t i = 0; i < n; i++)
        r->weight[i] += r->gain[i] / all * error;
    for (int64_t i = 0; i < n; i++) /* both triangles from the same products: it stays symmetric */
        for (int64_t j = 0; j < n; j++)
            r->inverse[i * n + j] = forget * (r->inverse[i * n + j] - r->gain[i] * r->gain[j] / all);
}

/* ---- State ---------------------------------------------------------------------------------------------------------------- */

static json_t *put_numbers(const double *values, int64_t count)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        laco_json_add(&list, json_real(values[i]));
    return list;
}

static bool take_numbers(const json_t *list, double *values, int64_t count)
{
    if (!json_is_array(list) || json_array_size(list) != (size_t)count)
        return false;
    for (int64_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        values[i] = json_number_value(value);
        if (!json_is_number(value) || !isfinite(values[i]))
            return false;
    }
    return true;
}

json_t *laco_recursive_state(const laco_recursive *r)
{
    json_t *state = json_object();
    laco_json_put(&state, "weight", put_numbers(r->weight, r->n));
    laco_json_put(&state, "inverse", put_numbers(r->inverse, r->n * r->n));
    return state;
}

bool laco_recursive_take_state(laco_recursive *r, const json_t *state)
{
    return take_numbers(json_object_get(state, "weight"), r->weight, r->n) &&
           take_numbers(json_object_get(state, "inverse"), r->inverse, r->n * r->n);
}
