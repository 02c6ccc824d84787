/* Which fits a direct base is made of: each candidate is fitted to the rows for fitting, and forecasts those behind them. */
#include "forecast/direct_search.h"

#include <math.h>
#include <string.h>

#define GROUPS 96         /* of all, evenly, that candidates are tried with */
#define ORIGINS 1500      /* of forecasts in all */
#define CELLS (128 << 10) /* and of what they forecast: values of one candidate */
#define LAGS 16
#define CANDIDATES 512
#define NEAR 8      /* last rows that are looked at beside the seasons */
#define DAY 20      /* rows that a season has at least, seven of which may be a longer one */
#define MANY 8      /* groups: so many can have shares of their own */
#define MARGIN 1.25 /* over the least error, for members of which each group has shares of its own */

static size_t index_of(const laco_direct_search *s, size_t g) { return s->group[g] / (size_t)s->d->data->column_count; }

static const double *value_at(const laco_direct_search *s, size_t g, int64_t row)
{
    size_t C = (size_t)s->d->data->column_count;
    return s->d->data->one[index_of(s, g)].values + (size_t)row * C + s->group[g] % C;
}

/* ---- What is forecast -------------------------------------------------------------------------------------------------------
 */

/* Places at even distances from the last row for fitting on, so that whole horizons lie behind them where there are any. */
static void choose_origins(laco_direct_search *s, size_t g)
{
    int64_t H = s->d->horizon, fitted = s->d->rows[index_of(s, g)], rows = (int64_t)s->d->data->one[index_of(s, g)].rows;
    int64_t all = LACO_MAX(rows - fitted - H + 1, (int64_t)(rows > fitted)), stride = (all + s->origins - 1) / s->origins;
    for (int64_t o = 0; o < s->origins; o++) {
        int64_t *origin = &s->origin[(int64_t)g * s->origins + o];
        *origin = o * stride >= all || fitted < 1 ? -1 : fitted - 1 + o * stride;
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
static void look_at_values(laco_direct_search *s)
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

static int64_t longest_rows(const laco_direct_search *s)
{
    int64_t longest = 0;
    for (size_t g = 0; g < s->group_count; g++)
        longest = LACO_MAX(longest, s->d->rows[index_of(s, g)]);
    return longest;
}

/* Windows that may be tried: those of one to three seasons, and of usual lengths, that series are long enough for. */
static int list_lags(const laco_direct_search *s, int64_t *lags)
{
    static const int64_t usual[] = {192, 65, 105, 336, 26, 8, 14, 504, 720};
    int64_t longest = longest_rows(s), season = s->d->season;
    int count = 0;
    int64_t most = LACO_MIN((longest - s->d->horizon) * 2 / 5, (int64_t)LACO_DIRECT_LAGS / 4);
    for (int64_t i = 1; i <= 3 && season > 1; i++)
        count = add_lags(lags, count, i * season + 1, LACO_MIN(most, (int64_t)512));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        count = add_lags(lags, count, usual[i], most);
    return count;
}

laco_status laco_direct_add_candidate(laco_direct_search *s, const laco_direct_member *member, float **forecast)
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
static laco_status add_naive(laco_direct_search *s, laco_direct_kind kind, int64_t season)
{
    float *out;
    int64_t H = s->d->horizon;
    LACO_TRY(laco_direct_add_candidate(s, &(laco_direct_member){.kind = kind, .lags = (int32_t)season}, &out));
    for (size_t g = 0; g < s->group_count; g++)
        for (int64_t o = 0; o < s->origins; o++)
            for (int64_t h = 0; h < H; h++) {
                int64_t origin = s->origin[(int64_t)g * s->origins + o],
                        row = LACO_MAX(origin - season + 1 + h % season, (int64_t)0);
                out[((int64_t)g * s->origins + o) * H + h] = origin < 0 ? 0 : (float)*value_at(s, g, row);
            }
    return LACO_OK;
}

void laco_direct_forecast(const laco_direct_search *s, size_t g, const laco_direct_fit *fit, const laco_real *map, double *work,
                          float *out)
{
    int64_t L = fit->lags, H = fit->horizon, C = s->d->data->column_count;
    double *made = work + L;
    for (int64_t o = 0; o < s->origins; o++) {
        int64_t origin = s->origin[(int64_t)g * s->origins + o];
        float *to = out + ((int64_t)g * s->origins + o) * H;
        if (origin < 0)
            continue;
        laco_direct_window(value_at(s, g, origin), C, origin + 1, L, work);
        for (int64_t k = 0; k < L && fit->log; k++)
            work[k] = log(fmax(work[k], fit->floor));
        laco_direct_apply(map, L, H, work, made);
        for (int64_t h = 0; h < H; h++)
            to[h] = (float)(fit->log ? exp(made[h]) : made[h]);
    }
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------------
 */

/* Few rows of the window: of one season, of two of them, and of a day and a week where a season is as long as a day may be. */
static laco_status try_shapes(laco_direct_search *s, bool log)
{
    int32_t season = (int32_t)LACO_MIN(s->d->season, (int64_t)LACO_DIRECT_LAGS), longer = 7 * season;
    const laco_direct_shape shapes[] = {{NEAR, {season, 0}, {1, 0}},
                                        {NEAR, {season, 0}, {2, 0}},
                                        {NEAR, {season, longer}, {2, 1}},
                                        {NEAR, {season, longer}, {2, 2}}};
    int64_t rows = longest_rows(s);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && season > 1; i++) {
        const laco_direct_shape *shape = &shapes[i];
        int64_t lags = LACO_MAX(shape->season[0] * shape->times[0], shape->season[1] * shape->times[1]) + season + 1;
        if (lags <= LACO_DIRECT_LAGS / 4 && lags + s->d->horizon <= rows * 4 / 5 && (season >= DAY || shape->times[1] == 0))
            LACO_TRY(laco_direct_try_sparse(s, shape, lags, log));
    }
    return LACO_OK;
}

static laco_status try_all(laco_direct_search *s)
{
    int64_t lags[LAGS];
    int count = list_lags(s, lags);
    LACO_TRY(add_naive(s, LACO_DIRECT_LAST, 1));
    if (s->d->season > 1)
        LACO_TRY(add_naive(s, LACO_DIRECT_SEASON, s->d->season));
    for (int log = 0; log <= s->positive; log++) {
        for (int i = 0; i < count; i++)
            LACO_TRY(laco_direct_try_dense(s, lags[i], log));
        LACO_TRY(try_shapes(s, log));
    }
    return LACO_OK;
}

/* The members with a share, of so many the largest. */
static void keep(const laco_direct_search *s, laco_direct_plan *plan)
{
    double sum = 0;
    for (int k = 0; k < s->count && plan->count < LACO_DIRECT_MEMBERS; k++)
        if (s->share[k] > 0) {
            plan->candidate[plan->count] = k;
            plan->member[plan->count] = s->candidate[k];
            plan->member[plan->count++].share = s->share[k];
            sum += s->share[k];
        }
    for (int k = 0; k < plan->count; k++)
        plan->member[k].share /= sum;
}

bool laco_direct_alike(const laco_direct_member *a, const laco_direct_member *b)
{
    bool both = a->kind == b->kind || (a->shape.near > 0 && b->shape.near > 0);
    return both && a->log == b->log && a->lags == b->lags && memcmp(&a->shape, &b->shape, sizeof a->shape) == 0;
}

/* The best of those that are not yet in; `other`: that none which is in is like. -1: there is none that is good enough. */
static int best_left(const laco_direct_search *s, const double *error, const int *in, int used, bool other)
{
    int best = -1;
    double least = INFINITY;
    for (int k = 0; k < s->count; k++)
        least = fmin(least, error[k]);
    for (int k = 0; k < s->count; k++) {
        bool out = error[k] > MARGIN * least || (best >= 0 && error[k] >= error[best]);
        for (int i = 0; i < used && !out; i++)
            out = in[i] == k || (other && laco_direct_alike(&s->candidate[in[i]], &s->candidate[k]));
        best = out ? best : k;
    }
    return best;
}

/* Its error over the mean of all members' in each group; the mean over groups. */
static void compare(const laco_direct_search *s, laco_direct_plan *plan)
{
    double own[LACO_DIRECT_MEMBERS], sum[LACO_DIRECT_MEMBERS] = {0}, groups = 0;
    for (size_t g = 0; g < s->group_count; g++) {
        double mean = 0;
        for (int i = 0; i < plan->count; i++) {
            own[i] = laco_direct_group_error(&s->trial, g, s->forecast[plan->candidate[i]], s->forecast[0]);
            mean += own[i] / plan->count;
        }
        if (!(mean > 0) || !isfinite(mean))
            continue;
        groups++;
        for (int i = 0; i < plan->count; i++)
            sum[i] += own[i] / mean;
    }
    for (int i = 0; i < plan->count; i++)
        plan->member[i].relative = groups > 0 ? sum[i] / groups : 1;
}

/* Of many groups each is to have shares of its own: the best of each sort, and then the best of all. */
static laco_status keep_many(const laco_direct_search *s, laco_direct_plan *plan)
{
    double *error = laco_alloc(s->d->ctx, (size_t)s->count, sizeof *error);
    if (!error)
        return LACO_NO_MEMORY;
    for (int k = 0; k < s->count; k++)
        error[k] = laco_direct_error(&s->trial, s->forecast[k], s->forecast[0]);
    for (int other = 1; other >= 0; other--)
        for (int best;
             plan->count < LACO_DIRECT_MEMBERS && (best = best_left(s, error, plan->candidate, plan->count, other)) >= 0;) {
            plan->candidate[plan->count] = best;
            plan->member[plan->count++] = s->candidate[best];
        }
    plan->each = true;
    compare(s, plan);
    laco_release(s->d->ctx, error);
    return LACO_OK;
}

void laco_direct_lay_out(const laco_direct_data *d, const laco_direct_plan *plan, laco_direct *out)
{
    bool local = plan->each;
    *out = (laco_direct){.horizon = plan->count > 0 ? (int32_t)d->horizon : 0};
    for (int k = 0; k < plan->count; k++) {
        const laco_direct_member *member = &plan->member[k];
        laco_direct_part *part = &out->part[member->log];
        part->lags = LACO_MAX(part->lags, member->lags);
        local = local || member->kind == LACO_DIRECT_LOCAL;
    }
    out->maps = 1 + (local ? (int64_t)d->data->count * d->data->column_count : 0);
    out->part[1].floor = out->part[1].lags > 0 ? plan->floor : 0;
}

laco_status laco_direct_choose_by(const laco_direct_search *s, laco_direct_plan *plan)
{
    *plan = (laco_direct_plan){.floor = s->floor};
    if (s->group_count >= MANY && s->local)
        return keep_many(s, plan);
    LACO_TRY(laco_direct_blend(s->d->ctx, &s->trial, (const float *const *)s->forecast, s->candidate, s->count, s->share));
    keep(s, plan);
    return LACO_OK;
}

static laco_status choose(laco_direct_search *s, laco_direct_plan *plan, laco_direct_crossed *crossed)
{
    look_at_values(s);
    for (size_t g = 0; g < s->group_count; g++) {
        choose_origins(s, g);
        s->scale[g] = laco_direct_scale(s->d->data, index_of(s, g), (int)(s->group[g] % (size_t)s->d->data->column_count),
                                        s->d->rows[index_of(s, g)], s->d->season);
    }
    LACO_TRY(try_all(s));
    bool few = s->group_count < MANY || !s->local;
    s->trial =
        (laco_direct_trial){s->group_count, (size_t)s->origins, (size_t)s->d->horizon, s->actual, s->scale, s->positive, few};
    LACO_TRY(laco_direct_choose_by(s, plan));
    return crossed ? laco_direct_cross(s, crossed) : LACO_OK;
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

laco_status laco_direct_choose(const laco_direct_data *d, laco_direct_plan *plan, laco_direct_crossed *crossed)
{
    laco_context *ctx = d->ctx;
    size_t C = (size_t)d->data->column_count;
    laco_direct_search s = {.d = d};
    *plan = (laco_direct_plan){0};
    if (!(s.group = laco_alloc(ctx, d->data->count, C * sizeof *s.group)))
        return LACO_NO_MEMORY;
    s.group_count = list_groups(d, s.group);
    s.origins = s.group_count > 0 ? LACO_MAX(LACO_MIN(ORIGINS, CELLS / d->horizon) / (int64_t)s.group_count, (int64_t)2) : 1;
    s.cells = s.group_count * (size_t)(s.origins * d->horizon);
    s.local = (int64_t)(d->data->count * C) * d->horizon * 192 < LACO_DIRECT_WEIGHTS;
    s.origin = laco_alloc(ctx, LACO_MAX(s.group_count, (size_t)1), (size_t)s.origins * sizeof *s.origin);
    s.actual = laco_alloc(ctx, LACO_MAX(s.cells, (size_t)1), sizeof *s.actual);
    s.scale = laco_alloc(ctx, LACO_MAX(s.group_count, (size_t)1), sizeof *s.scale);
    s.share = laco_alloc(ctx, CANDIDATES, sizeof *s.share);
    s.candidate = laco_alloc(ctx, CANDIDATES, sizeof *s.candidate);
    s.forecast = laco_alloc(ctx, CANDIDATES, sizeof *s.forecast);
    bool whole = s.origin && s.actual && s.scale && s.share && s.candidate && s.forecast;
    laco_status status = !whole ? LACO_NO_MEMORY : s.group_count == 0 ? LACO_OK : choose(&s, plan, crossed);
    for (int k = 0; k < s.count; k++)
        laco_release(ctx, s.forecast[k]);
    void *blocks[] = {s.group, s.origin, s.actual, s.scale, s.share, s.candidate, s.forecast};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(ctx, blocks[i]);
    return status;
}
