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
    double *all;            /* their sums: [L][L], [L][H] */
    double *weights;        /* [POOLED][L][H] */
    laco_real *maps;        /* [POOLED][2][L][H] of them, direct and iterated */
    float *pooled[POOLED][2], *local[LOCAL][2];
    bool solved[POOLED];
    int parts, pieces; /* pieces: of the sums of one group */
    size_t room;       /* of one part */
    double *work;      /* [parts][room] */
    laco_real *map;    /* [parts][L][H] */
} dense;

static void sum_piece(void *user, int i, int part)
{
    dense *t = user;
    int64_t L = t->fit.lags, H = t->fit.horizon, g = i / t->pieces;
    (void)laco_direct_fit_sums(&t->fit, t->s->group[g], laco_direct_piece_of(&t->fit, i % t->pieces, t->pieces),
                               t->square + g * L * L, t->cross + g * L * H, t->work + (size_t)part * t->room);
}

void laco_direct_to_map(const laco_direct_fit *fit, const double *weights, bool iterated, double *room, laco_real *map)
{
    int64_t cells = fit->lags * fit->horizon;
    memset(room, 0, (size_t)cells * sizeof *room);
    laco_direct_fit_add(fit, weights, iterated, 1, room + cells, room, fit->lags);
    for (int64_t i = 0; i < cells; i++)
        map[i] = (laco_real)room[i];
}

/* Forecasts of a group: by each fit to all groups, and then by those to itself. */
enum { FITTED = 2 * POOLED };
static int forecasts_of_group(const dense *t) { return FITTED + (t->each ? LOCAL : 0); }

static void forecast_one(void *user, int i, int part)
{
    dense *t = user;
    const laco_direct_search *s = t->s;
    int64_t L = t->fit.lags, H = t->fit.horizon, g = i / forecasts_of_group(t);
    int r = i % forecasts_of_group(t), own = r - FITTED;
    double *factor = t->work + (size_t)part * t->room, *weights = factor + L * L, *work = weights + L * H;
    laco_real *map = t->map + part * L * H;
    if (own < 0) {
        laco_direct_forecast(s, (size_t)g, &t->fit, t->maps + r * L * H, work, t->pooled[r / 2][r % 2]);
        return;
    }
    laco_direct_fit_solve(&t->fit, t->square + g * L * L, t->cross + g * L * H, local_ridges[own], t->weights, factor, weights);
    for (int iterated = 0; iterated < 2; iterated++) {
        laco_direct_to_map(&t->fit, weights, iterated, work, map);
        laco_direct_forecast(s, (size_t)g, &t->fit, map, work, t->local[own][iterated]);
    }
}

/* The fit to the sums of all groups with one ridge. */
static void solve_pooled(void *user, int r, int part)
{
    dense *t = user;
    int64_t L = t->fit.lags, H = t->fit.horizon;
    double *work = t->work + (size_t)part * t->room, *weights = t->weights + r * L * H;
    t->solved[r] = laco_direct_fit_solve(&t->fit, t->all, t->all + L * L, pooled_ridges[r], NULL, work, weights);
    for (int iterated = 0; iterated < 2; iterated++)
        laco_direct_to_map(&t->fit, weights, iterated, work, t->maps + (2 * r + iterated) * L * H);
}

static bool fit_pooled(dense *t)
{
    int64_t L = t->fit.lags, H = t->fit.horizon;
    bool solved = true;
    memset(t->all, 0, (size_t)(L * (L + H)) * sizeof *t->all);
    for (size_t g = 0; g < t->s->group_count; g++) {
        for (int64_t i = 0; i < L * L; i++)
            t->all[i] += t->square[(int64_t)g * L * L + i];
        for (int64_t i = 0; i < L * H; i++)
            t->all[L * L + i] += t->cross[(int64_t)g * L * H + i];
    }
    laco_parallel_items(t->s->d->ctx, POOLED, t->parts, solve_pooled, t);
    for (int r = 0; r < POOLED; r++)
        solved = solved && t->solved[r];
    return solved;
}

static laco_status run_trial(dense *t)
{
    laco_direct_search *s = t->s;
    laco_parallel_items(s->d->ctx, (int)s->group_count * t->pieces, t->parts, sum_piece, t);
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
    laco_parallel_items(s->d->ctx, (int)s->group_count * forecasts_of_group(t), t->parts, forecast_one, t);
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
    t.parts = laco_parts(ctx, (int64_t)s->group_count * FITTED, 0, 0);
    t.pieces = (t.parts + (int)s->group_count - 1) / (int)s->group_count;
    t.each = s->local && s->d->data->count * (size_t)s->d->data->column_count > 1 &&
             (double)s->group_count * pow((double)lags, 3) < SOLVING;
    if (all * s->group_count > SUMS)
        return LACO_OK;
    t.room = LACO_MAX(laco_direct_fit_room(&t.fit), (size_t)(lags * lags) + 4 * cells + (size_t)(lags + H));
    t.square = laco_alloc(ctx, s->group_count, (size_t)(lags * lags) * sizeof *t.square);
    t.cross = laco_alloc(ctx, s->group_count, cells * sizeof *t.cross);
    t.all = laco_alloc(ctx, all, sizeof *t.all);
    t.weights = laco_alloc(ctx, POOLED, cells * sizeof *t.weights);
    t.maps = laco_alloc(ctx, (size_t)2 * POOLED, cells * sizeof *t.maps);
    t.work = laco_alloc(ctx, (size_t)t.parts, t.room * sizeof *t.work);
    t.map = laco_alloc(ctx, (size_t)t.parts, cells * sizeof *t.map);
    bool whole = t.square && t.cross && t.all && t.weights && t.maps && t.work && t.map;
    laco_status status = whole ? run_trial(&t) : LACO_NO_MEMORY;
    void *blocks[] = {t.square, t.cross, t.all, t.weights, t.maps, t.work, t.map};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    return status;
}
