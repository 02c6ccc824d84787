/* Candidates of a direct base that look at a few rows of a window: one fit to all groups, and those to each. */
#include "base/threads.h"
#include "forecast/direct_search.h"

#include <string.h>

#define WINDOWS 600      /* of one group, that a fit is made of */
#define PRIOR_RIDGE 1e-3 /* of the fit to all groups that others are drawn towards */

static const struct {
    double ridge;
    bool robust;
} fits[] = {{1e-4, true}, {1e-2, false}, {1, false}};
#define FITS ((int)(sizeof fits / sizeof *fits))

typedef struct sparse {
    laco_direct_search *s;
    laco_direct_fit fit;
    const laco_direct_shape *shape;
    double *prior, *sums; /* prior: [L][H], the weights of the fit to all groups */
    float *pooled, *local[FITS];
    size_t room; /* of one part */
    double *work;
} sparse;

static void forecast_part(void *user, int part, int parts)
{
    sparse *t = user;
    int64_t cells = t->fit.lags * t->fit.horizon;
    double *weights = t->work + (size_t)part * t->room, *shape = weights + FITS * cells, *work = shape + 2 * cells, *rest;
    laco_real *map = (laco_real *)(work + t->fit.lags + t->fit.horizon); /* as wide as a double at most */
    double *windows = work + t->fit.lags + t->fit.horizon + cells;
    laco_direct_asked asked[FITS];
    for (int i = 0; i < FITS; i++)
        asked[i] = (laco_direct_asked){fits[i].ridge, fits[i].robust, weights + i * cells};
    for (size_t g = (size_t)part; g < t->s->group_count; g += (size_t)parts) {
        laco_direct_to_map(&t->fit, t->prior, false, shape, map);
        laco_direct_forecast(t->s, g, &t->fit, map, work, t->pooled);
        if (!t->local[0])
            continue;
        laco_direct_windows seen = laco_direct_windows_of(&t->fit, t->s->group[g], windows, &rest);
        laco_direct_sparse_local(&t->fit, t->shape, &seen, asked, FITS, t->prior, rest);
        for (int i = 0; i < FITS; i++) {
            laco_direct_to_map(&t->fit, asked[i].weights, false, shape, map);
            laco_direct_forecast(t->s, g, &t->fit, map, work, t->local[i]);
        }
    }
}

/* Sums over all groups: each part has other rows ahead. */
static void sum_part(void *user, int part, int parts)
{
    sparse *t = user;
    double *work = t->work + (size_t)part * t->room, *rest;
    for (size_t g = 0; g < t->s->group_count; g++) {
        laco_direct_windows seen = laco_direct_windows_of(&t->fit, t->s->group[g], work, &rest);
        laco_direct_sparse_sums(&t->fit, t->shape, &seen, part, parts, t->sums, rest);
    }
}

static void fit_pooled(sparse *t, int parts)
{
    memset(t->sums, 0, laco_direct_sparse_size(&t->fit) * sizeof *t->sums);
    laco_parallel(t->s->d->ctx, parts, sum_part, t);
    laco_direct_sparse_solve(&t->fit, t->shape, t->sums, PRIOR_RIDGE, t->prior, t->work);
}

static laco_status run_trial(sparse *t, int parts)
{
    laco_direct_search *s = t->s;
    laco_direct_member member = {
        .kind = LACO_DIRECT_POOLED, .log = t->fit.log, .lags = (int32_t)t->fit.lags, .ridge = PRIOR_RIDGE, .shape = *t->shape};
    LACO_TRY(laco_direct_add_candidate(s, &member, &t->pooled));
    for (int i = 0; i < FITS && s->local; i++) {
        member.kind = LACO_DIRECT_LOCAL;
        member.ridge = fits[i].ridge;
        member.robust = fits[i].robust;
        LACO_TRY(laco_direct_add_candidate(s, &member, &t->local[i]));
    }
    fit_pooled(t, parts);
    laco_parallel(s->d->ctx, parts, forecast_part, t);
    return LACO_OK;
}

laco_status laco_direct_try_sparse(laco_direct_search *s, const laco_direct_shape *shape, int64_t lags, bool log)
{
    laco_context *ctx = s->d->ctx;
    size_t cells = (size_t)(lags * s->d->horizon);
    sparse t = {.s = s, .shape = shape, .fit = {ctx, s->d->data, s->d->rows, lags, s->d->horizon, WINDOWS, log, s->floor}};
    int parts = laco_parts(ctx, (int64_t)s->group_count, 0, 0);
    size_t rows = laco_direct_fit_room(&t.fit), sparse_room = laco_direct_sparse_room(&t.fit);
    t.room = (3 + FITS) * cells + (size_t)(1 + WINDOWS) * (size_t)(lags + s->d->horizon) + LACO_MAX(rows, sparse_room);
    t.work = laco_alloc(ctx, (size_t)parts, t.room * sizeof *t.work);
    t.prior = laco_alloc(ctx, cells, sizeof *t.prior);
    t.sums = laco_alloc(ctx, laco_direct_sparse_size(&t.fit), sizeof *t.sums);
    laco_status status = t.work && t.prior && t.sums ? run_trial(&t, parts) : LACO_NO_MEMORY;
    laco_release(ctx, t.work);
    laco_release(ctx, t.prior);
    laco_release(ctx, t.sums);
    return status;
}
