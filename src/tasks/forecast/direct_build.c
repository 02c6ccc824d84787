/* The maps of a direct base, from the fits of its plan. */
#include "forecast/direct_plan.h"

#include "base/threads.h"

#include <math.h>
#include <string.h>

#define POOLED_WINDOWS 40000
#define LOCAL_WINDOWS 20000
#define PRIOR_RIDGE 1e-3 /* of the fit to all groups that local ones are drawn towards */

void laco_direct_shape(const laco_direct_data *d, const laco_direct_plan *plan, laco_direct *out)
{
    *out = (laco_direct){.horizon = plan->count > 0 ? (int32_t)d->horizon : 0, .maps = 1};
    for (int k = 0; k < plan->count; k++) {
        const laco_direct_member *member = &plan->member[k];
        laco_direct_part *part = &out->part[member->log];
        part->lags = LACO_MAX(part->lags, member->lags);
        part->share = LACO_MIN(part->share + member->share, 1.0);
        if (member->kind == LACO_DIRECT_LOCAL)
            out->maps = 1 + (int64_t)d->data->count * d->data->column_count;
    }
    for (int p = 0; p < LACO_DIRECT_PARTS; p++)
        out->part[p].floor = p == 1 && out->part[p].lags > 0 ? plan->floor : 0;
}

/* One window and one kind of values: what its fits give is added to the maps of a part. */
typedef struct building {
    const laco_direct_data *d;
    const laco_direct_plan *plan;
    laco_direct *out;
    int p;
    laco_direct_fit fit;
    size_t groups, room; /* room: of one part of the work */
    double *work;        /* [parts][room] */
    double *prior;       /* [L][H] */
} building;

static bool of_it(const building *b, const laco_direct_member *member, laco_direct_kind kind)
{
    return member->kind == kind && member->log == b->p && member->lags == b->fit.lags;
}

/* Adds to a map [lags][horizon] of the part, in shares of the part. */
static void add_to(const building *b, int64_t map, const double *made)
{
    const laco_direct_part *part = &b->out->part[b->p];
    int64_t cells = part->lags * b->fit.horizon;
    laco_real *to = part->weight->value + map * cells;
    for (int64_t i = 0; i < cells; i++)
        to[i] = (laco_real)((double)to[i] + made[i]);
}

static void zero(double *made, int64_t count) { memset(made, 0, (size_t)count * sizeof *made); }

/* The local fits of one group: `made` is what all its members give. */
static void build_group(const building *b, size_t group, double *work)
{
    const laco_direct_part *part = &b->out->part[b->p];
    int64_t L = b->fit.lags, H = b->fit.horizon;
    double *square = work, *cross = square + L * L, *factor = cross + L * H, *weights = factor + L * L, *made = weights + L * H;
    double *shape = made + part->lags * H, *room = shape + L * H;
    bool summed = false;
    zero(made, part->lags * H);
    for (int k = 0; k < b->plan->count; k++) {
        const laco_direct_member *member = &b->plan->member[k];
        if (!of_it(b, member, LACO_DIRECT_LOCAL))
            continue;
        if (!summed)
            (void)laco_direct_fit_sums(&b->fit, group, square, cross, room);
        summed = true;
        laco_direct_fit_solve(&b->fit, square, cross, member->ridge, b->prior, factor, weights);
        laco_direct_fit_add(&b->fit, weights, member->iterated, member->share / part->share, shape, made, part->lags);
    }
    add_to(b, 1 + (int64_t)group, made);
}

static void build_part(void *user, int part, int parts)
{
    const building *b = user;
    for (size_t g = (size_t)part; g < b->groups; g += (size_t)parts)
        build_group(b, g, b->work + (size_t)part * b->room);
}

/* Fits to all groups. What local members give groups that nothing is known of, map 0, is their prior. */
static void build_pooled(building *b, bool local)
{
    const laco_direct_part *part = &b->out->part[b->p];
    int64_t L = b->fit.lags, H = b->fit.horizon;
    double *square = b->work, *cross = square + L * L, *factor = cross + L * H, *weights = factor + L * L,
           *made = weights + L * H;
    double *shape = made + part->lags * H, *room = shape + L * H, *one = room + laco_direct_fit_room(&b->fit),
           *one_cross = one + L * L;
    zero(square, L * L + L * H);
    for (size_t g = 0; g < b->groups; g++) {
        if (laco_direct_fit_sums(&b->fit, g, one, one_cross, room) == 0)
            continue;
        for (int64_t i = 0; i < L * L; i++)
            square[i] += one[i];
        for (int64_t i = 0; i < L * H; i++)
            cross[i] += one_cross[i];
    }
    laco_direct_fit_solve(&b->fit, square, cross, PRIOR_RIDGE, NULL, factor, b->prior);
    zero(made, part->lags * H);
    for (int k = 0; k < b->plan->count; k++) {
        const laco_direct_member *member = &b->plan->member[k];
        if (!of_it(b, member, LACO_DIRECT_POOLED))
            continue;
        laco_direct_fit_solve(&b->fit, square, cross, member->ridge, NULL, factor, weights);
        laco_direct_fit_add(&b->fit, weights, member->iterated, member->share / part->share, shape, made, part->lags);
    }
    for (int64_t map = 0; map < b->out->maps; map++)
        add_to(b, map, made);
    zero(made, part->lags * H);
    for (int k = 0; k < b->plan->count && local; k++)
        if (of_it(b, &b->plan->member[k], LACO_DIRECT_LOCAL))
            laco_direct_fit_add(&b->fit, b->prior, b->plan->member[k].iterated, b->plan->member[k].share / part->share, shape,
                                made, part->lags);
    add_to(b, 0, made);
}

static laco_status build(building *b, bool local)
{
    laco_context *ctx = b->d->ctx;
    const laco_direct_part *part = &b->out->part[b->p];
    size_t L = (size_t)b->fit.lags, H = (size_t)b->fit.horizon;
    int parts = laco_parts(ctx, (int64_t)b->groups, 1, 1);
    b->fit.most = LACO_MAX(POOLED_WINDOWS / (int64_t)b->groups, (int64_t)64);
    b->room = 3 * L * L + 4 * L * H + (size_t)part->lags * H + laco_direct_fit_room(&b->fit);
    b->work = laco_alloc(ctx, (size_t)parts, b->room * sizeof *b->work);
    b->prior = laco_alloc(ctx, L, H * sizeof *b->prior);
    laco_status status = b->work && b->prior ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK) {
        build_pooled(b, local);
        b->fit.most = LOCAL_WINDOWS;
        if (local)
            laco_parallel(ctx, parts, build_part, b);
    }
    laco_release(ctx, b->work);
    laco_release(ctx, b->prior);
    return status;
}

/* The naive members, which need no fit: the same in every map. */
static void build_naive(const laco_direct_plan *plan, laco_direct *out)
{
    laco_direct_part *part = &out->part[0];
    int64_t H = out->horizon, lags = part->lags;
    for (int k = 0; k < plan->count; k++) {
        const laco_direct_member *member = &plan->member[k];
        for (int64_t map = 0; map < out->maps && member->kind <= LACO_DIRECT_SEASON; map++)
            for (int64_t h = 0; h < H; h++) {
                int64_t row = lags - member->lags + h % member->lags;
                part->weight->value[(map * lags + row) * H + h] += (laco_real)(member->share / part->share);
            }
    }
}

/* Has an earlier member the window and the kind of values of member k? */
static bool done_before(const laco_direct_plan *plan, int k)
{
    for (int i = 0; i < k; i++)
        if (plan->member[i].kind >= LACO_DIRECT_POOLED && plan->member[i].log == plan->member[k].log &&
            plan->member[i].lags == plan->member[k].lags)
            return true;
    return false;
}

laco_status laco_direct_build(const laco_direct_data *d, const laco_direct_plan *plan, laco_direct *out)
{
    for (int p = 0; p < LACO_DIRECT_PARTS; p++)
        if (out->part[p].lags > 0) {
            laco_param *weight = out->part[p].weight;
            memset(weight->value, 0, (size_t)weight->count * sizeof *weight->value);
            laco_param_changed(weight);
        }
    build_naive(plan, out);
    for (int k = 0; k < plan->count; k++) {
        const laco_direct_member *member = &plan->member[k];
        if (member->kind <= LACO_DIRECT_SEASON || done_before(plan, k))
            continue;
        building b = {
            .d = d, .plan = plan, .out = out, .p = member->log, .groups = d->data->count * (size_t)d->data->column_count};
        b.fit = (laco_direct_fit){d->ctx, d->data, d->rows, member->lags, d->horizon, 0, member->log, plan->floor};
        bool local = false;
        for (int i = 0; i < plan->count; i++)
            local = local || of_it(&b, &plan->member[i], LACO_DIRECT_LOCAL);
        LACO_TRY(build(&b, local));
    }
    return LACO_OK;
}
