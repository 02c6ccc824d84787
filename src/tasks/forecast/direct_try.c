/* Candidates of a direct base that look at every row of a window: one fit to all groups, and one to each, drawn towards it. */
#include "base/threads.h"
#include "forecast/direct_search.h"

#include <math.h>
#include <string.h>

#define WINDOWS 30000 /* that a fit is made of, */
#define FEWEST 600    /* and of one group at least: with fewer, ridges are chosen that are too large for all of its rows */
#define SUMS ((size_t)24 << 20) /* numbers that the sums of all groups may take */
#define SOLVING 2e9             /* multiplications that fits to all groups may take, sixfold */

static const double pooled_ridges[] = {1e-3, 1e-2, 1e-1, 1}, local_ridges[] = {0.03, 0.2, 1, 10};
#define POOLED ((int)(sizeof pooled_ridges / sizeof *pooled_ridges))
#define LOCAL ((int)(sizeof local_ridges / sizeof *local_ridges))

typedef struct dense {
    laco_direct_search *s;
    bool each; /* fits to each group are tried too */
    laco_direct_fit fit;
    double *square, *cross; /* [groups] sums */
    double *weights;        /* [POOLED][L][H] */
    laco_real *maps;        /* [POOLED][2][L][H] of them, direct and iterated */
    float *pooled[POOLED][2], *local[LOCAL][2];
    size_t room;    /* of one part */
    double *work;   /* [parts][room] */
    laco_real *map; /* [parts][L][H] */
} dense;

static void sum_part(void *user, int part, int parts)
{
    dense *t = user;
    int64_t L = t->fit.lags, H = t->fit.horizon;
    for (size_t g = (size_t)part; g < t->s->group_count; g += (size_t)parts)
        (void)laco_direct_fit_sums(&t->fit, t->s->group[g], t->square + (int64_t)g * L * L, t->cross + (int64_t)g * L * H,
                                   t->work + (size_t)part * t->room);
}

void laco_direct_to_map(const laco_direct_fit *fit, const double *weights, bool iterated, double *room, laco_real *map)
{
    int64_t cells = fit->lags * fit->horizon;
    memset(room, 0, (size_t)cells * sizeof *room);
    laco_direct_fit_add(fit, weights, iterated, 1, room + cells, room, fit->lags);
    for (int64_t i = 0; i < cells; i++)
        map[i] = (laco_real)room[i];
}

static void forecast_part(void *user, int part, int parts)
{
    dense *t = user;
    const laco_direct_search *s = t->s;
    int64_t L = t->fit.lags, H = t->fit.horizon;
    double *factor = t->work + (size_t)part * t->room, *weights = factor + L * L, *work = weights + L * H;
    laco_real *map = t->map + part * L * H;
    for (size_t g = (size_t)part; g < s->group_count; g += (size_t)parts) {
        for (int r = 0; r < 2 * POOLED; r++)
            laco_direct_forecast(s, g, &t->fit, t->maps + r * L * H, work, t->pooled[r / 2][r % 2]);
        for (int r = 0; r < LOCAL && t->each; r++) {
            laco_direct_fit_solve(&t->fit, t->square + (int64_t)g * L * L, t->cross + (int64_t)g * L * H, local_ridges[r],
                                  t->weights, factor, weights);
            for (int iterated = 0; iterated < 2; iterated++) {
                laco_direct_to_map(&t->fit, weights, iterated, work, map);
                laco_direct_forecast(s, g, &t->fit, map, work, t->local[r][iterated]);
            }
        }
    }
}

/* One fit to the sums of all groups for each ridge. */
static bool fit_pooled(dense *t)
{
    int64_t L = t->fit.lags, H = t->fit.horizon;
    double *square = t->work, *cross = square + L * L, *factor = cross + L * H;
    memset(square, 0, (size_t)(L * L + L * H) * sizeof *square);
    for (size_t g = 0; g < t->s->group_count; g++) {
        for (int64_t i = 0; i < L * L; i++)
            square[i] += t->square[(int64_t)g * L * L + i];
        for (int64_t i = 0; i < L * H; i++)
            cross[i] += t->cross[(int64_t)g * L * H + i];
    }
    for (int r = 0; r < POOLED; r++) {
        double *weights = t->weights + r * L * H;
        if (!laco_direct_fit_solve(&t->fit, square, cross, pooled_ridges[r], NULL, factor, weights))
            return false;
        for (int iterated = 0; iterated < 2; iterated++)
            laco_direct_to_map(&t->fit, weights, iterated, factor, t->maps + (2 * r + iterated) * L * H);
    }
    return true;
}

static laco_status run_trial(dense *t, int parts)
{
    laco_direct_search *s = t->s;
    laco_parallel(s->d->ctx, parts, sum_part, t);
    if (!fit_pooled(t))
        return LACO_OK;
    laco_direct_member member = {.log = t->fit.log, .lags = (int32_t)t->fit.lags};
    for (int i = 0; i < 2 * POOLED; i++) {
        member.kind = LACO_DIRECT_POOLED;
        member.iterated = i % 2;
        member.ridge = pooled_ridges[i / 2];
        LACO_TRY(laco_direct_add_candidate(s, &member, &t->pooled[i / 2][i % 2]));
    }
    for (int i = 0; i < 2 * LOCAL && t->each; i++) {
        member.kind = LACO_DIRECT_LOCAL;
        member.iterated = i % 2;
        member.ridge = local_ridges[i / 2];
        LACO_TRY(laco_direct_add_candidate(s, &member, &t->local[i / 2][i % 2]));
    }
    laco_parallel(s->d->ctx, parts, forecast_part, t);
    return LACO_OK;
}

laco_status laco_direct_try_dense(laco_direct_search *s, int64_t lags, bool log)
{
    laco_context *ctx = s->d->ctx;
    int64_t H = s->d->horizon;
    size_t cells = (size_t)(lags * H), all = (size_t)(lags * (lags + H));
    dense t = {.s = s,
               .fit = {ctx, s->d->data, s->d->rows, lags, H,
                       LACO_MAX(WINDOWS / LACO_MAX((int64_t)s->group_count, (int64_t)1), (int64_t)FEWEST), log, s->floor}};
    int parts = laco_parts(ctx, (int64_t)s->group_count, 0, 0);
    t.each = s->local && s->d->data->count * (size_t)s->d->data->column_count > 1 &&
             (double)s->group_count * pow((double)lags, 3) < SOLVING;
    if (all * s->group_count > SUMS)
        return LACO_OK;
    t.room = LACO_MAX(laco_direct_fit_room(&t.fit), 2 * (size_t)(lags * lags) + 4 * cells + (size_t)(lags + H));
    t.square = laco_alloc(ctx, s->group_count, (size_t)(lags * lags) * sizeof *t.square);
    t.cross = laco_alloc(ctx, s->group_count, cells * sizeof *t.cross);
    t.weights = laco_alloc(ctx, POOLED, cells * sizeof *t.weights);
    t.maps = laco_alloc(ctx, (size_t)2 * POOLED, cells * sizeof *t.maps);
    t.work = laco_alloc(ctx, (size_t)parts, t.room * sizeof *t.work);
    t.map = laco_alloc(ctx, (size_t)parts, cells * sizeof *t.map);
    bool whole = t.square && t.cross && t.weights && t.maps && t.work && t.map;
    laco_status status = whole ? run_trial(&t, parts) : LACO_NO_MEMORY;
    void *blocks[] = {t.square, t.cross, t.weights, t.maps, t.work, t.map};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    return status;
}
