/* Forecasts by choices that did not see what they forecast. */
#include "forecast/direct_search.h"

#include <math.h>
#include <string.h>

#define COMMON 0.5  /* errors over all groups count so much beside its own, */
#define SHARPNESS 8 /* and a share is the error to minus this power */

void laco_direct_share(const laco_direct_plan *plan, const double *error, double *share)
{
    double mean = 0, least = INFINITY, sum = 0;
    for (int k = 0; error && k < plan->count; k++)
        mean += error[k] / plan->count;
    bool own = error && mean > 0 && isfinite(mean);
    for (int k = 0; k < plan->count; k++) {
        share[k] = plan->member[k].relative;
        if (own)
            share[k] = (error[k] / mean + COMMON * share[k]) / (1 + COMMON);
        least = fmin(least, share[k]);
    }
    for (int k = 0; k < plan->count; k++)
        sum += share[k] = pow(fmax(share[k], 1e-9) / fmax(least, 1e-9), -SHARPNESS);
    for (int k = 0; k < plan->count; k++)
        share[k] /= sum;
}

/* Whether what is forecast in a cell lies in the later half of the rows set aside. */
static int half_of(const laco_direct_search *s, size_t g, size_t cell)
{
    size_t index = s->group[g] / (size_t)s->d->data->column_count, H = s->trial.horizon;
    int64_t middle = (s->d->rows[index] + (int64_t)s->d->data->one[index].rows + 1) / 2;
    return s->origin[cell / H] + 1 + (int64_t)(cell % H) >= middle;
}

/* What happened in one half; NaN in the other. */
static void take_half(const laco_direct_search *s, int half, float *out)
{
    size_t cells = s->trial.origins * s->trial.horizon;
    for (size_t i = 0; i < s->cells; i++)
        out[i] = half_of(s, i / cells, i) == half ? s->actual[i] : NAN;
}

/* Forecasts of the half that s->trial does not have, by a plan that is chosen by it. */
static void forecast_other(const laco_direct_search *s, const laco_direct_plan *plan, int half, float *out)
{
    size_t cells = s->trial.origins * s->trial.horizon;
    double error[LACO_DIRECT_MEMBERS], share[LACO_DIRECT_MEMBERS];
    for (size_t g = 0; g < s->group_count; g++) {
        for (int k = 0; k < plan->count; k++) {
            share[k] = plan->member[k].share;
            error[k] = laco_direct_group_error(&s->trial, g, s->forecast[plan->candidate[k]], s->forecast[0]);
        }
        if (plan->each)
            laco_direct_share(plan, plan->count > 0 && !isnan(error[0]) ? error : NULL, share);
        for (size_t i = g * cells; i < (g + 1) * cells; i++) {
            if (half_of(s, g, i) == half)
                continue;
            double sum = 0;
            for (int k = 0; k < plan->count; k++)
                sum += share[k] * (double)s->forecast[plan->candidate[k]][i];
            out[i] = isnan(s->actual[i]) ? NAN : (float)sum;
        }
    }
}

laco_status laco_direct_cross(laco_direct_search *s, laco_direct_crossed *out)
{
    float *half = laco_alloc(s->d->ctx, s->cells, sizeof *half);
    out->forecast = half ? laco_alloc(s->d->ctx, s->cells, sizeof *out->forecast) : NULL;
    laco_status status = out->forecast ? LACO_OK : LACO_NO_MEMORY;
    for (int i = 0; i < 2 && status == LACO_OK; i++) {
        laco_direct_plan plan;
        take_half(s, i, half);
        s->trial.actual = half;
        status = laco_direct_choose_by(s, &plan);
        if (status == LACO_OK)
            forecast_other(s, &plan, i, out->forecast);
    }
    s->trial.actual = s->actual;
    laco_release(s->d->ctx, half);
    out->count = s->group_count;
    out->origins = s->origins;
    out->group = s->group;
    out->origin = s->origin;
    s->group = NULL;
    s->origin = NULL;
    return status;
}

void laco_direct_crossed_free(laco_context *ctx, laco_direct_crossed *crossed)
{
    laco_release(ctx, crossed->group);
    laco_release(ctx, crossed->origin);
    laco_release(ctx, crossed->forecast);
    *crossed = (laco_direct_crossed){0};
}
