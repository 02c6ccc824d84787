/* The maps of a direct base, from the fits of its plan. */
#include "forecast/direct_plan.h"

#include "base/threads.h"

#include <math.h>
#include <string.h>

#define POOLED_WINDOWS 40000
#define LOCAL_WINDOWS 20000
#define SPARSE_WINDOWS 1500
#define PARTS 16             /* that work at once, for each takes room */
#define PRIOR_RIDGE 1e-3     /* of the fit to all groups that local ones are drawn towards */
#define JUDGED ((int64_t)10) /* forecasts that shares of a group are told from; */

/* A piece of the sums of those members that have the same as member k. */
typedef struct sum_item {
    int k, piece, pieces;
} sum_item;

typedef struct building {
    const laco_direct_data *d;
    const laco_direct_plan *plan;
    laco_direct *out;
    bool judge;
    double *share; /* [maps][members] */
    size_t groups, room;
    int parts;
    double *work;                      /* [parts][room] */
    double *sums[LACO_DIRECT_MEMBERS]; /* of all groups, of the first of members with the same ones: square, cross */
    sum_item item[LACO_DIRECT_MEMBERS * PARTS];
    double *map[LACO_DIRECT_MEMBERS];   /* [L][H] for groups that nothing is known of, and of fits to all */
    double *prior[LACO_DIRECT_MEMBERS]; /* weights [L][H] that local fits are drawn towards */
} building;

static laco_direct_fit fit_of(const building *b, int k, int64_t most)
{
    const laco_direct_member *member = &b->plan->member[k];
    return (laco_direct_fit){b->d->ctx, b->d->data, b->d->rows, member->lags, b->d->horizon, most, member->log, b->plan->floor};
}

/* Members whose fits have the same sums. */
static bool same_sums(const building *b, int i, int k)
{
    const laco_direct_member *one = &b->plan->member[i], *other = &b->plan->member[k];
    return one->kind >= LACO_DIRECT_POOLED && other->kind >= LACO_DIRECT_POOLED && one->log == other->log &&
           one->lags == other->lags && memcmp(&one->shape, &other->shape, sizeof one->shape) == 0;
}

/* ---- Fits to all groups ------------------------------------------------------------------------------------------------- */

/* The fit of member k to all groups. */
static laco_direct_fit common_fit(const building *b, int k)
{
    int64_t most = LACO_MAX(POOLED_WINDOWS / (int64_t)b->groups, (int64_t)64);
    return fit_of(b, k, b->plan->member[k].shape.near > 0 ? LACO_MIN(most, (int64_t)SPARSE_WINDOWS) : most);
}

static void sum_dense(const building *b, const laco_direct_fit *fit, const sum_item *item, double *work)
{
    int64_t L = fit->lags, H = fit->horizon;
    laco_direct_piece piece = laco_direct_piece_of(fit, item->piece, item->pieces);
    double *sums = b->sums[item->k], *one = work;
    for (size_t g = 0; g < b->groups; g++) {
        if (laco_direct_fit_sums(fit, g, piece, one, one + L * L, one + L * (L + H)) == 0)
            continue;
        for (int64_t i = piece.begin * L; i < piece.past * L; i++)
            sums[i] += one[i];
        for (int64_t i = L * L + piece.begin * H; i < L * L + piece.past * H; i++)
            sums[i] += one[i];
    }
}

static void sum_sparse(const building *b, const laco_direct_fit *fit, const sum_item *item, double *work)
{
    double *rest;
    for (size_t g = 0; g < b->groups; g++) {
        laco_direct_windows seen = laco_direct_windows_of(fit, g, work, &rest);
        laco_direct_sparse_sums(fit, &b->plan->member[item->k].shape, &seen, item->piece, item->pieces, b->sums[item->k], rest);
    }
}

static void sum_common(void *user, int i, int part)
{
    const building *b = user;
    const sum_item *item = &b->item[i];
    laco_direct_fit fit = common_fit(b, item->k);
    (b->plan->member[item->k].shape.near > 0 ? sum_sparse : sum_dense)(b, &fit, item, b->work + (size_t)part * b->room);
}

/* The first of members with the same sums. */
static int first_of(const building *b, int k)
{
    int i = 0;
    while (i < k && !same_sums(b, i, k))
        i++;
    return i;
}

/* The map of member k, from the sums of all groups. */
static void solve_common(const building *b, int k, double *work)
{
    const laco_direct_member *member = &b->plan->member[k];
    const double *sums = b->sums[first_of(b, k)];
    laco_direct_fit fit = common_fit(b, k);
    int64_t L = fit.lags, H = fit.horizon;
    double ridge = member->kind == LACO_DIRECT_LOCAL ? PRIOR_RIDGE : member->ridge;
    if (member->shape.near > 0)
        laco_direct_sparse_solve(&fit, &member->shape, sums, ridge, b->prior[k], work);
    else
        laco_direct_fit_solve(&fit, sums, sums + L * L, ridge, NULL, work, b->prior[k]);
    memset(b->map[k], 0, (size_t)(L * H) * sizeof *b->map[k]); // NOLINT(clang-analyzer-core.NonNullParamChecker): make_room
    laco_direct_fit_add(&fit, b->prior[k], member->iterated, 1, work, b->map[k], L);
}

/* The naive members need no fit. */
static void make_naive(const building *b, int k)
{
    int64_t H = b->d->horizon, lags = b->plan->member[k].lags;
    memset(b->map[k], 0, (size_t)(lags * H) * sizeof *b->map[k]);
    for (int64_t h = 0; h < H; h++)
        b->map[k][h % lags * H + h] = 1;
}

static void map_common(void *user, int k, int part)
{
    const building *b = user;
    if (b->plan->member[k].kind < LACO_DIRECT_POOLED)
        make_naive(b, k);
    else
        solve_common(b, k, b->work + (size_t)part * b->room);
}

/* Products that the sums of member k take; 0: it has none of its own. */
static double cost_of(const building *b, int k)
{
    const laco_direct_shape *shape = &b->plan->member[k].shape;
    if (!b->sums[k])
        return 0;
    laco_direct_fit fit = common_fit(b, k);
    double places = shape->near + 3 * (shape->times[0] + shape->times[1]), L = (double)fit.lags, H = (double)fit.horizon;
    return (double)fit.most * (shape->near > 0 ? H * places * places / 2 : L * (L / 2 + H));
}

/* What costs most comes first, and in pieces where it is more than half of what one part has to do. */
static int list_sums(building *b)
{
    double cost[LACO_DIRECT_MEMBERS] = {0}, all = 0;
    int count = 0;
    for (int k = 0; k < b->plan->count; k++)
        all += cost[k] = cost_of(b, k);
    for (;;) {
        int most = 0;
        for (int k = 1; k < b->plan->count; k++)
            most = cost[k] > cost[most] ? k : most;
        if (!(cost[most] > 0))
            return count;
        int pieces = LACO_MIN((int)ceil(2 * b->parts * cost[most] / all), b->parts);
        for (int piece = 0; piece < pieces; piece++)
            b->item[count++] = (sum_item){most, piece, pieces};
        cost[most] = 0;
    }
}

/* ---- One group ---------------------------------------------------------------------------------------------------------- */

/* Fits of the members from k on that have its sums, to one group. */
static void fit_sparse_group(const building *b, size_t group, int k, double *const *own, double *work)
{
    laco_direct_fit fit = fit_of(b, k, SPARSE_WINDOWS);
    int64_t cells = fit.lags * fit.horizon;
    int member[LACO_DIRECT_MEMBERS], count = 0;
    laco_direct_asked asked[LACO_DIRECT_MEMBERS];
    for (int i = k; i < b->plan->count; i++)
        if (b->plan->member[i].kind == LACO_DIRECT_LOCAL && same_sums(b, i, k)) {
            asked[count] = (laco_direct_asked){b->plan->member[i].ridge, b->plan->member[i].robust, work + count * cells};
            member[count++] = i;
        }
    double *room = work + count * cells, *rest;
    laco_direct_windows seen = laco_direct_windows_of(&fit, group, room + cells, &rest);
    laco_direct_sparse_local(&fit, &b->plan->member[k].shape, &seen, asked, count, b->prior[k], rest);
    for (int i = 0; i < count; i++)
        laco_direct_fit_add(&fit, asked[i].weights, false, 1, room, own[member[i]], fit.lags);
}

static void fit_dense_group(const building *b, size_t group, int k, double *const *own, double *work)
{
    laco_direct_fit fit = fit_of(b, k, LOCAL_WINDOWS);
    int64_t L = fit.lags, cells = L * fit.horizon;
    double *square = work, *cross = square + L * L, *weights = cross + cells, *rest = weights + cells;
    (void)laco_direct_fit_sums(&fit, group, (laco_direct_piece){0, L}, square, cross, rest);
    for (int i = k; i < b->plan->count; i++) {
        const laco_direct_member *member = &b->plan->member[i];
        if (member->kind != LACO_DIRECT_LOCAL || !same_sums(b, i, k))
            continue;
        laco_direct_fit_solve(&fit, square, cross, member->ridge, b->prior[i], rest, weights);
        laco_direct_fit_add(&fit, weights, member->iterated, 1, rest, own[i], L);
    }
}

/* The first of the members that are fitted to each group and have the same sums. */
static bool is_first_local(const building *b, int k)
{
    bool local = b->plan->member[k].kind == LACO_DIRECT_LOCAL;
    for (int i = 0; i < k && local; i++)
        local = b->plan->member[i].kind != LACO_DIRECT_LOCAL || !same_sums(b, i, k);
    return local;
}

/* Maps of the members for one group: those of all, or its own, which stand in the work. What is left of that. */
static double *fit_group(const building *b, size_t group, double *work, const double **made)
{
    double *own[LACO_DIRECT_MEMBERS], *rest = work;
    for (int k = 0; k < b->plan->count; k++) {
        bool local = b->plan->member[k].kind == LACO_DIRECT_LOCAL;
        own[k] = rest;
        made[k] = local ? rest : b->map[k];
        rest += local ? b->plan->member[k].lags * b->d->horizon : 0;
    }
    memset(work, 0, (size_t)(rest - work) * sizeof *work);
    for (int k = 0; k < b->plan->count; k++)
        if (is_first_local(b, k) && b->plan->member[k].shape.near > 0)
            fit_sparse_group(b, group, k, own, rest);
        else if (is_first_local(b, k))
            fit_dense_group(b, group, k, own, rest);
    return rest;
}

/* Places that are judged by: their number, and the last known row of each. */
static int64_t judged_rows(const building *b, size_t index, int64_t *origin)
{
    int64_t H = b->d->horizon, fitted = b->d->rows[index], rows = (int64_t)b->d->data->one[index].rows;
    int64_t all = LACO_MAX(rows - fitted - H + 1, (int64_t)(rows > fitted)),
            used = fitted > 0 ? LACO_MIN(all, (int64_t)JUDGED) : 0;
    for (int64_t o = 0; o < used; o++)
        origin[o] = used > 1 ? fitted - 1 + o * (all - 1) / (used - 1) : fitted - 1;
    return used;
}

static void forecast_by(const building *b, int k, const double *map, const double *newest, int64_t rows, double *work, float *out)
{
    int64_t L = b->plan->member[k].lags, H = b->d->horizon;
    bool log_ = b->plan->member[k].log;
    double *made = work + L;
    laco_real *kept = (laco_real *)(made + H);
    laco_direct_window(newest, b->d->data->column_count, rows, L, work);
    for (int64_t i = 0; i < L && log_; i++)
        work[i] = log(fmax(work[i], b->plan->floor));
    for (int64_t i = 0; i < L * H; i++)
        kept[i] = (laco_real)map[i];
    laco_direct_apply(kept, L, H, work, made);
    for (int64_t h = 0; h < H; h++)
        out[h] = (float)(log_ ? exp(made[h]) : made[h]);
}

/* Errors of the members by forecasts of the rows behind those for fitting; false: there are none. */
static bool judge_group(const building *b, size_t group, const double *const *made, double *work, double *error)
{
    static const double unit[1] = {1};
    int64_t H = b->d->horizon, C = b->d->data->column_count, origin[JUDGED],
            rows = (int64_t)b->d->data->one[group / (size_t)C].rows, used = judged_rows(b, group / (size_t)C, origin);
    const double *values = b->d->data->one[group / (size_t)C].values + group % (size_t)C;
    float *actual = (float *)work, *naive = actual + JUDGED * H, *forecast = naive + JUDGED * H;
    laco_direct_trial trial = {1, (size_t)used, (size_t)H, actual, unit, b->plan->floor > 0, false};
    for (int64_t i = 0; i < used * H; i++) {
        int64_t row = origin[i / H] + 1 + i % H;
        actual[i] = row < rows ? (float)values[row * C] : NAN;
        naive[i] = (float)values[origin[i / H] * C];
    }
    for (int k = 0; k < b->plan->count && used > 0; k++) {
        for (int64_t o = 0; o < used; o++)
            forecast_by(b, k, made[k], values + origin[o] * C, origin[o] + 1, work + 2 * JUDGED * H, forecast + o * H);
        error[k] = laco_direct_group_error(&trial, 0, forecast, naive);
    }
    return used > 0;
}

/* The members' maps, in their shares, become one map of each part. */
static void mix(const building *b, int64_t map, const double *const *made)
{
    int64_t H = b->d->horizon;
    const double *share = b->share + map * b->plan->count;
    double all[LACO_DIRECT_PARTS] = {0};
    for (int k = 0; k < b->plan->count; k++)
        all[b->plan->member[k].log] += share[k];
    for (int k = 0; k < b->plan->count; k++) {
        const laco_direct_member *member = &b->plan->member[k];
        const laco_direct_part *part = &b->out->part[member->log];
        laco_real *to = part->weight->value + (map * part->lags + part->lags - member->lags) * H;
        for (int64_t i = 0; i < member->lags * H && share[k] > 0; i++)
            to[i] = (laco_real)((double)to[i] + share[k] / all[member->log] * made[k][i]);
    }
    for (int p = 0; p < LACO_DIRECT_PARTS; p++)
        b->out->shares->value[map * LACO_DIRECT_PARTS + p] = (laco_real)all[p];
}

static void build_part(void *user, int part, int parts)
{
    const building *b = user;
    const double *made[LACO_DIRECT_MEMBERS];
    double error[LACO_DIRECT_MEMBERS];
    for (size_t g = (size_t)part; g < b->groups; g += (size_t)parts) {
        double *share = b->share + (1 + g) * (size_t)b->plan->count,
               *rest = fit_group(b, g, b->work + (size_t)part * b->room, made);
        if (b->judge && b->plan->each)
            laco_direct_share(b->plan, judge_group(b, g, made, rest, error) ? error : NULL, share);
        mix(b, 1 + (int64_t)g, made);
    }
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

/* The sums of member k, zeros, unless one before it has the same. */
static bool make_sums(building *b, int k)
{
    const laco_direct_member *member = &b->plan->member[k];
    laco_direct_fit fit = fit_of(b, k, SPARSE_WINDOWS);
    size_t L = (size_t)fit.lags, size = member->shape.near > 0 ? laco_direct_sparse_size(&fit) : L * (L + (size_t)fit.horizon);
    if (member->kind < LACO_DIRECT_POOLED || first_of(b, k) < k)
        return true;
    b->sums[k] = laco_alloc(b->d->ctx, size, sizeof **b->sums);
    return b->sums[k] != NULL;
}

static laco_status make_room(building *b)
{
    laco_context *ctx = b->d->ctx;
    size_t H = (size_t)b->d->horizon, own = 0, judged = 3 * (size_t)JUDGED * H, most = judged;
    for (int k = 0; k < b->plan->count; k++) {
        const laco_direct_member *member = &b->plan->member[k];
        size_t L = (size_t)member->lags, cells = L * H;
        laco_direct_fit fit = fit_of(b, k, SPARSE_WINDOWS);
        size_t rows = laco_direct_fit_room(&fit), sparse = laco_direct_sparse_room(&fit),
               needed = member->shape.near > 0
                            ? (LACO_DIRECT_MEMBERS + 1) * cells + SPARSE_WINDOWS * (L + H) + LACO_MAX(rows, sparse)
                            : 2 * L * L + 4 * cells + rows;
        own += member->kind == LACO_DIRECT_LOCAL ? cells : 0;
        most = LACO_MAX(most, LACO_MAX(needed, judged + L + H + cells));
        b->map[k] = laco_alloc(ctx, cells, sizeof **b->map);
        b->prior[k] = laco_alloc(ctx, cells, sizeof **b->prior);
        if (!b->map[k] || !b->prior[k] || !make_sums(b, k))
            return LACO_NO_MEMORY;
    }
    b->room = own + most;
    b->parts = laco_parts(ctx, PARTS, 0, 0);
    b->work = laco_alloc(ctx, (size_t)b->parts, b->room * sizeof *b->work);
    return b->work ? LACO_OK : LACO_NO_MEMORY;
}

/* What is not found in each group. */
static void begin_shares(building *b)
{
    int64_t count = b->plan->count;
    for (int64_t k = 0; k < count && !b->plan->each; k++)
        b->share[k] = b->plan->member[k].share;
    if (b->plan->each)
        laco_direct_share(b->plan, NULL, b->share);
    for (int64_t map = 1; map < b->out->maps; map++)
        memcpy(b->share + map * count, b->share, (size_t)count * sizeof *b->share);
}

static void clear(laco_param *weight)
{
    memset(weight->value, 0, (size_t)weight->count * sizeof *weight->value);
    laco_param_changed(weight);
}

laco_status laco_direct_build(const laco_direct_data *d, const laco_direct_plan *plan, bool judge, double *share,
                              laco_direct *out)
{
    building b = {.d = d, .plan = plan, .out = out, .judge = judge, .share = share};
    const double *made[LACO_DIRECT_MEMBERS];
    b.groups = d->data->count * (size_t)d->data->column_count;
    for (int p = 0; p < LACO_DIRECT_PARTS; p++)
        if (out->part[p].lags > 0)
            clear(out->part[p].weight);
    laco_status status = make_room(&b);
    if (status == LACO_OK) {
        if (judge)
            begin_shares(&b);
        laco_parallel_items(d->ctx, list_sums(&b), b.parts, sum_common, &b);
        laco_parallel_items(d->ctx, plan->count, b.parts, map_common, &b);
        for (int k = 0; k < plan->count; k++)
            made[k] = b.map[k];
        mix(&b, 0, made);
        for (int p = 0; p < LACO_DIRECT_PARTS; p++)
            out->part[p].share = (double)out->shares->value[p];
        if (out->maps > 1)
            laco_parallel(d->ctx, b.parts, build_part, &b);
        laco_param_changed(out->shares);
    }
    for (int k = 0; k < plan->count; k++) {
        laco_release(d->ctx, b.map[k]);
        laco_release(d->ctx, b.prior[k]);
        laco_release(d->ctx, b.sums[k]);
    }
    laco_release(d->ctx, b.work);
    return status;
}
