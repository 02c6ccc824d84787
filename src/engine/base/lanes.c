#include "base/lanes.h"

#include "base/threads.h"

#include <pthread.h>
#include <string.h>

typedef struct lane {
    laco_context context; /* first: a lane is known by it */
    laco_arena scratch;
} lane_t;

struct laco_lanes {
    pthread_mutex_t lock;
    lane_t *lane[LACO_MOST_LANES];
};

typedef struct side_by_side {
    struct laco_lanes *lanes;
    laco_lane_fn fn;
    void *user;
    laco_status status[LACO_MOST_LANES];
} side_by_side;

int laco_lanes_side(const laco_context *ctx, int64_t count)
{
    if (ctx->threads < 2 || count < 2 || ctx->root || !ctx->memory.looks)
        return 0;
    int64_t side = count < ctx->threads ? count : count - count % ctx->threads;
    return (int)LACO_MIN(side, LACO_MOST_LANES);
}

laco_context *laco_lane(laco_context *ctx, int number)
{
    if (!ctx->lanes) {
        if (!(ctx->lanes = laco_alloc(ctx, 1, sizeof *ctx->lanes)))
            return NULL;
        pthread_mutex_init(&ctx->lanes->lock, NULL);
    }
    lane_t **lane = &ctx->lanes->lane[number];
    if (*lane)
        return &(*lane)->context;
    if (!(*lane = laco_alloc(ctx, 1, sizeof **lane)))
        return NULL;
    (*lane)->context = (laco_context){.allocator = ctx->allocator,
                                      .allocator_user = ctx->allocator_user,
                                      .cpu = ctx->cpu,
                                      .extensions = ctx->extensions,
                                      .root = ctx};
    laco_arena_init(&(*lane)->scratch, &(*lane)->context);
    return &(*lane)->context;
}

laco_arena *laco_lane_scratch(laco_context *lane) { return &((lane_t *)lane)->scratch; }

static void run_lane(void *work, int part, int parts)
{
    side_by_side *w = work;
    (void)parts;
    w->status[part] = w->fn(&w->lanes->lane[part]->context, w->user, part);
}

laco_status laco_lanes_run(laco_context *ctx, int count, laco_lane_fn fn, void *user)
{
    for (int i = 0; i < count; i++) {
        laco_context *lane = laco_lane(ctx, i);
        if (!lane)
            return LACO_NO_MEMORY;
        lane->threads = LACO_MAX(1, ctx->threads / count);
        lane->stop = ctx->stop;
        lane->stop_user = ctx->stop_user;
        lane->ends = ctx->ends;
    }
    side_by_side work = {.lanes = ctx->lanes, .fn = fn, .user = user};
    laco_parallel(ctx, count, run_lane, &work);
    for (int i = 0; i < count; i++)
        if (work.status[i] < 0) {
            memcpy(ctx->error, ctx->lanes->lane[i]->context.error, sizeof ctx->error);
            return work.status[i];
        }
    return LACO_OK;
}

void laco_lanes_lock(laco_context *ctx)
{
    if (ctx->root)
        pthread_mutex_lock(&ctx->root->lanes->lock);
}

void laco_lanes_unlock(laco_context *ctx)
{
    if (ctx->root)
        pthread_mutex_unlock(&ctx->root->lanes->lock);
}

void laco_lanes_stop(laco_context *ctx)
{
    for (int i = 0; ctx->lanes && i < LACO_MOST_LANES; i++)
        if (ctx->lanes->lane[i])
            laco_pool_stop(&ctx->lanes->lane[i]->context);
}

void laco_lanes_free(laco_context *root)
{
    for (int i = 0; root->lanes && i < LACO_MOST_LANES; i++) {
        if (root->lanes->lane[i])
            laco_arena_free(&root->lanes->lane[i]->scratch);
        laco_release(root, root->lanes->lane[i]);
    }
    if (root->lanes)
        pthread_mutex_destroy(&root->lanes->lock);
    laco_release(root, root->lanes);
}
