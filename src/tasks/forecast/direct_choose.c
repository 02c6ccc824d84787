/* Which fits a direct base is made of: each candidate is fitted to the rows for fitting, and forecasts those behind them. */
#include "forecast/direct_plan.h"

#include "base/threads.h"

#include <math.h>
#include <string.h>

#define GROUPS 96         /* of all, evenly, that candidates are tried with */
#define ORIGINS 1500      /* of forecasts in all */
#define CELLS (128 << 10) /* and of what they forecast: values of one candidate */
#define WINDOWS 12000     /* that a fit is made of, */
#define FEWEST 600        /* and of one group at least: with fewer, ridges are chosen that are too large for all of its rows */
#define SUMS ((size_t)24 << 20) /* numbers that the sums of all groups may take */
#define SOLVING 2e9             /* multiplications that fits to all groups may take, sixfold */
#define LAGS 16
#define CANDIDATES 384

static const double pooled_ridges[] = {1e-3, 1e-2, 1e-1}, local_ridges[] = {0.03, 0.2, 1, 10};
#define POOLED ((int)(sizeof pooled_ridges / sizeof *pooled_ridges))
#define LOCAL ((int)(sizeof local_ridges / sizeof *local_ridges))

typedef struct search {
    const laco_direct_data *d;
    size_t *group, group_count, cells; /* cells: of one candidate, groups · origins · horizon */
    int64_t origins, *origin;          /* [groups][origins] the last row that is known; -1: there is none */
    bool positive, local;
    double floor;
    float *actual, **forecast; /* [cells]; [candidates][cells] */
    double *scale, *share;     /* [groups], [candidates] */
    laco_direct_member *candidate;
    int count;
    laco_direct_trial trial;
} search;

static size_t index_of(const search *s, size_t g) { return s->group[g] / (size_t)s->d->data->column_count; }

static const double *value_at(const search *s, size_t g, int64_t row)
{
    size_t C = (size_t)s->d->data->column_count;
    return s->d->data->one[index_of(s, g)].values + (size_t)row * C + s->group[g] % C;
}

/* ---- What is forecast -------------------------------------------------------------------------------------------------------
 */

/* Places from the last row for fitting on, so that whole horizons lie behind them where there are any. */
static void choose_origins(search *s, size_t g)
{
    int64_t H = s->d->horizon, fitted = s->d->rows[index_of(s, g)], rows = (int64_t)s->d->data->one[index_of(s, g)].rows;
    int64_t all = LACO_MAX(rows - fitted - H + 1, (int64_t)(rows > fitted)), used = LACO_MIN(all, s->origins);
    for (int64_t o = 0; o < s->origins; o++) {
        int64_t *origin = &s->origin[(int64_t)g * s->origins + o];
        *origin = o >= used || fitted < 1 ? -1 : used > 1 ? fitted - 1 + o * (all - 1) / (used - 1) : fitted - 1;
        for (int64_t h = 0; h < H; h++) {
            bool known = *origin >= 0 && *origin + 1 + h < rows;
            s->actual[((int64_t)g * s->origins + o) * H + h] = known ? (float)*value_at(s, g, *origin + 1 + h) : NAN;
        }
    }
}

double laco_direct_scale(const laco_series *data, size_t index, int column, int64_t rows, int64_t season)
{
    int64_t back = season > 0 && season < rows ? season : 1;
    double sum = 0;
    for (int64_t row = back; row < rows; row++)
        sum += fabs(laco_series_value(data, index, (size_t)row, column) -
                    laco_series_value(data, index, (size_t)(row - back), column));
    sum /= (double)LACO_MAX(rows - back, (int64_t)1);
    return sum > 0 ? sum : 1;
}

/* Logarithms are tried where every value is positive, and not all are close to each other. */
static void look_at_values(search *s)
{
    const laco_series *data = s->d->data;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < data->count; i++)
        for (size_t k = 0; k < data->one[i].rows * (size_t)data->column_count; k++) {
            least = fmin(least, data->one[i].values[k]);
            most = fmax(most, data->one[i].values[k]);
        }
    s->positive = least > 0 && most > 1.5 * least;
    s->floor = 0.1 * least;
}

/* ---- Candidates -------------------------------------------------------------------------------------------------------------
 */

static int add_lags(int64_t *lags, int count, int64_t wanted, int64_t most)
{
    int at = count;
    if (count == LAGS || wanted < 2 || wanted > most)
        return count;
    for (int i = 0; i < count; i++)
        if (10 * lags[i] < 11 * wanted && 11 * lags[i] > 10 * wanted) /* there is about the same */
            return count;
    for (; at > 0 && lags[at - 1] > wanted; at--)
        lags[at] = lags[at - 1];
    lags[at] = wanted;
    return count + 1;
}

/* Windows that may be tried: those of one to three seasons, and of usual lengths, that series are long enough for. */
static int list_lags(const search *s, int64_t *lags)
{
    static const int64_t usual[] = {192, 65, 105, 336, 26, 8, 14, 504};
    int64_t longest = 0, season = s->d->season;
    int count = 0;
    for (size_t g = 0; g < s->group_count; g++)
        longest = LACO_MAX(longest, s->d->rows[index_of(s, g)]);
    int64_t most = LACO_MIN((longest - s->d->horizon) * 2 / 5, (int64_t)LACO_DIRECT_LAGS / 4);
    for (int64_t i = 1; i <= 3 && season > 1; i++)
        count = add_lags(lags, count, i * season + 1, LACO_MIN(most, (int64_t)512));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        count = add_lags(lags, count, usual[i], most);
    return count;
}

static laco_status add_candidate(search *s, const laco_direct_member *member, float **forecast)
{
    if (s->count == CANDIDATES)
        return laco_fail(s->d->ctx, LACO_INVALID, "too many candidates");
    float *made = laco_alloc(s->d->ctx, s->cells, sizeof *made);
    if (!made)
        return LACO_NO_MEMORY;
    s->candidate[s->count] = *member;
    s->forecast[s->count++] = *forecast = made;
    return LACO_OK;
}

/* The naive forecasts: of the last value, and of the last season. */
static laco_status add_naive(search *s, laco_direct_kind kind, int64_t season)
{
    float *out;
    int64_t H = s->d->horizon;
    LACO_TRY(add_candidate(s, &(laco_direct_member){.kind = kind, .lags = (int32_t)season}, &out));
    for (size_t g = 0; g < s->group_count; g++)
        for (int64_t o = 0; o < s->origins; o++)
            for (int64_t h = 0; h < H; h++) {
                int64_t origin = s->origin[(int64_t)g * s->origins + o],
                        row = LACO_MAX(origin - season + 1 + h % season, (int64_t)0);
                out[((int64_t)g * s->origins + o) * H + h] = origin < 0 ? 0 : (float)*value_at(s, g, row);
            }
    return LACO_OK;
}

/* ---- Fits of one window -------------------------------------------------------------------------------------------------------
 */

typedef struct trial {
    search *s;
    bool each; /* fits to each group are tried too */
    laco_direct_fit fit;
    double *square, *cross; /* [groups] sums */
    double *weights;        /* [POOLED][L][H] */
    laco_real *maps;        /* [POOLED][2][L][H] of them, direct and iterated */
    float *pooled[POOLED][2], *local[LOCAL][2];
    size_t room;    /* of one part */
    double *work;   /* [parts][room] */
    laco_real *map; /* [parts][L][H] */
} trial;

static void sum_part(void *user, int part, int parts)
{
    trial *t = user;
    int64_t L = t->fit.lags, H = t->fit.horizon;
    for (size_t g = (size_t)part; g < t->s->group_count; g += (size_t)parts)
        (void)laco_direct_fit_sums(&t->fit, t->s->group[g], t->square + (int64_t)g * L * L, t->cross + (int64_t)g * L * H,
                                   t->work + (size_t)part * t->room);
}

static void to_map(const laco_direct_fit *fit, const double *weights, bool iterated, double *room, laco_real *map)
{
    int64_t cells = fit->lags * fit->horizon;
    memset(room, 0, (size_t)cells * sizeof *room);
    laco_direct_fit_add(fit, weights, iterated, 1, room + cells, room, fit->lags);
    for (int64_t i = 0; i < cells; i++)
        map[i] = (laco_real)room[i];
}

/* Forecasts of a group by a map. */
static void forecast_group(const trial *t, size_t g, const laco_real *map, double *work, float *out)
{
    const search *s = t->s;
    int64_t L = t->fit.lags, H = t->fit.horizon, C = s->d->data->column_count;
    double *made = work + L;
    for (int64_t o = 0; o < s->origins; o++) {
        int64_t origin = s->origin[(int64_t)g * s->origins + o];
        float *to = out + ((int64_t)g * s->origins + o) * H;
        if (origin < 0)
            continue;
        laco_direct_window(value_at(s, g, origin), C, origin + 1, L, work);
        for (int64_t k = 0; k < L && t->fit.log; k++)
            work[k] = log(fmax(work[k], t->fit.floor));
        laco_direct_apply(map, L, H, work, made);
        for (int64_t h = 0; h < H; h++)
            to[h] = (float)(t->fit.log ? exp(made[h]) : made[h]);
    }
}

static void forecast_part(void *user, int part, int parts)
{
    trial *t = user;
    int64_t L = t->fit.lags, H = t->fit.horizon;
    double *factor = t->work + (size_t)part * t->room, *weights = factor + L * L, *work = weights + L * H;
    laco_real *map = t->map + part * L * H;
    for (size_t g = (size_t)part; g < t->s->group_count; g += (size_t)parts) {
        for (int r = 0; r < 2 * POOLED; r++)
            forecast_group(t, g, t->maps + r * L * H, work, t->pooled[r / 2][r % 2]);
        for (int r = 0; r < LOCAL && t->each; r++) {
            laco_direct_fit_solve(&t->fit, t->square + (int64_t)g * L * L, t->cross + (int64_t)g * L * H, local_ridges[r],
                                  t->weights, factor, weights);
            for (int iterated = 0; iterated < 2; iterated++) {
                to_map(&t->fit, weights, iterated, work, map);
                forecast_group(t, g, map, work, t->local[r][iterated]);
            }
        }
    }
}

/* One fit to the sums of all groups for each ridge. */
static bool fit_pooled(trial *t)
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
            to_map(&t->fit, weights, iterated, factor, t->maps + (2 * r + iterated) * L * H);
    }
    return true;
}

static laco_status run_trial(trial *t, int parts)
{
    search *s = t->s;
    laco_parallel(s->d->ctx, parts, sum_part, t);
    if (!fit_pooled(t))
        return LACO_OK;
    laco_direct_member member = {.log = t->fit.log, .lags = (int32_t)t->fit.lags};
    for (int i = 0; i < 2 * POOLED; i++) {
        member.kind = LACO_DIRECT_POOLED;
        member.iterated = i % 2;
        member.ridge = pooled_ridges[i / 2];
        LACO_TRY(add_candidate(s, &member, &t->pooled[i / 2][i % 2]));
    }
    for (int i = 0; i < 2 * LOCAL && t->each; i++) {
        member.kind = LACO_DIRECT_LOCAL;
        member.iterated = i % 2;
        member.ridge = local_ridges[i / 2];
        LACO_TRY(add_candidate(s, &member, &t->local[i / 2][i % 2]));
    }
    laco_parallel(s->d->ctx, parts, forecast_part, t);
    return LACO_OK;
}

static laco_status try_lags(search *s, int64_t lags, bool log)
{
    laco_context *ctx = s->d->ctx;
    int64_t H = s->d->horizon;
    size_t cells = (size_t)(lags * H), all = (size_t)(lags * (lags + H));
    trial t = {.s = s,
               .fit = {ctx, s->d->data, s->d->rows, lags, H,
                       LACO_MAX(WINDOWS / LACO_MAX((int64_t)s->group_count, (int64_t)1), (int64_t)FEWEST), log, s->floor}};
    int parts = laco_parts(ctx, (int64_t)s->group_count, 1, 1);
    t.each = s->local && (double)s->group_count * pow((double)lags, 3) < SOLVING;
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

/* ---- All of it ----------------------------------------------------------------------------------------------------------------
 */

static laco_status try_all(search *s)
{
    int64_t lags[LAGS];
    int count = list_lags(s, lags);
    LACO_TRY(add_naive(s, LACO_DIRECT_LAST, 1));
    if (s->d->season > 1)
        LACO_TRY(add_naive(s, LACO_DIRECT_SEASON, s->d->season));
    for (int log = 0; log <= s->positive; log++)
        for (int i = 0; i < count; i++)
            LACO_TRY(try_lags(s, lags[i], log));
    return LACO_OK;
}

/* The members with a share, of so many the largest. */
static void keep(const search *s, laco_direct_plan *plan)
{
    double sum = 0;
    *plan = (laco_direct_plan){.floor = s->floor};
    for (int k = 0; k < s->count && plan->count < LACO_DIRECT_MEMBERS; k++)
        if (s->share[k] > 0) {
            plan->member[plan->count] = s->candidate[k];
            plan->member[plan->count++].share = s->share[k];
            sum += s->share[k];
        }
    for (int k = 0; k < plan->count; k++)
        plan->member[k].share /= sum;
}

static laco_status choose(search *s, laco_direct_plan *plan)
{
    look_at_values(s);
    for (size_t g = 0; g < s->group_count; g++) {
        choose_origins(s, g);
        s->scale[g] = laco_direct_scale(s->d->data, index_of(s, g), (int)(s->group[g] % (size_t)s->d->data->column_count),
                                        s->d->rows[index_of(s, g)], s->d->season);
    }
    LACO_TRY(try_all(s));
    s->trial = (laco_direct_trial){s->group_count, (size_t)s->origins, (size_t)s->d->horizon, s->actual, s->scale, s->positive};
    LACO_TRY(laco_direct_blend(s->d->ctx, &s->trial, (const float *const *)s->forecast, s->count, s->share));
    keep(s, plan);
    return LACO_OK;
}

/* Groups that have rows to forecast, evenly from all. */
static size_t list_groups(const laco_direct_data *d, size_t *group)
{
    size_t C = (size_t)d->data->column_count, all = 0, used = 0, seen = 0;
    for (size_t i = 0; i < d->data->count; i++)
        all += (int64_t)d->data->one[i].rows > d->rows[i] && d->rows[i] > 0 ? C : 0;
    size_t count = LACO_MIN(all, (size_t)LACO_MAX(GROUPS, C));
    for (size_t g = 0; g < d->data->count * C && used < count; g++) {
        if ((int64_t)d->data->one[g / C].rows <= d->rows[g / C] || d->rows[g / C] < 1)
            continue;
        if (seen * count / all >= used)
            group[used++] = g;
        seen++;
    }
    return used;
}

laco_status laco_direct_choose(const laco_direct_data *d, laco_direct_plan *plan)
{
    laco_context *ctx = d->ctx;
    size_t C = (size_t)d->data->column_count;
    search s = {.d = d};
    *plan = (laco_direct_plan){0};
    if (!(s.group = laco_alloc(ctx, d->data->count, C * sizeof *s.group)))
        return LACO_NO_MEMORY;
    s.group_count = list_groups(d, s.group);
    s.origins = s.group_count > 0 ? LACO_MAX(LACO_MIN(ORIGINS, CELLS / d->horizon) / (int64_t)s.group_count, (int64_t)2) : 1;
    s.cells = s.group_count * (size_t)(s.origins * d->horizon);
    s.local = d->data->count * C > 1 && (int64_t)(d->data->count * C) * d->horizon * 192 < LACO_DIRECT_WEIGHTS;
    s.origin = laco_alloc(ctx, LACO_MAX(s.group_count, (size_t)1), (size_t)s.origins * sizeof *s.origin);
    s.actual = laco_alloc(ctx, LACO_MAX(s.cells, (size_t)1), sizeof *s.actual);
    s.scale = laco_alloc(ctx, LACO_MAX(s.group_count, (size_t)1), sizeof *s.scale);
    s.share = laco_alloc(ctx, CANDIDATES, sizeof *s.share);
    s.candidate = laco_alloc(ctx, CANDIDATES, sizeof *s.candidate);
    s.forecast = laco_alloc(ctx, CANDIDATES, sizeof *s.forecast);
    bool whole = s.origin && s.actual && s.scale && s.share && s.candidate && s.forecast;
    laco_status status = !whole ? LACO_NO_MEMORY : s.group_count == 0 ? LACO_OK : choose(&s, plan);
    for (int k = 0; k < s.count; k++)
        laco_release(ctx, s.forecast[k]);
    void *blocks[] = {s.group, s.origin, s.actual, s.scale, s.share, s.candidate, s.forecast};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    return status;
}
