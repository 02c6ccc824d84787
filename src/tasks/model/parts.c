#include "model/parts.h"

#include "base/lanes.h"

typedef struct questions {
    laco_model *handle[LACO_MOST_LANES];
    size_t *index, starts[LACO_MOST_LANES + 1]; /* part p asks index[starts[p] … starts[p + 1] - 1] */
    laco_ask_part_fn ask;
    void *user;
} questions;

static laco_status ask_part(laco_context *lane, void *user, int part)
{
    questions *q = user;
    (void)lane;
    return q->ask(q->handle[part], q->index + q->starts[part], q->starts[part + 1] - q->starts[part], q->user);
}

/* Deals the questions out one by one, so that all parts have as many long ones. */
static void deal(questions *q, const size_t *subset, size_t count, size_t parts)
{
    size_t at = 0;
    for (size_t p = 0; p < parts; p++) {
        q->starts[p] = at;
        for (size_t i = p; i < count; i += parts)
            q->index[at++] = subset ? subset[i] : i;
    }
    q->starts[parts] = at;
}

static laco_status open_handles(laco_model *model, questions *q, int parts)
{
    for (int p = 0; p < parts; p++) {
        laco_context *lane = laco_lane(model->ctx, p);
        if (!lane)
            return LACO_NO_MEMORY;
        laco_status status = laco_model_share(model, lane, &q->handle[p]);
        if (status < 0)
            return laco_fail(model->ctx, status, "%s", laco_error(lane));
    }
    return LACO_OK;
}

static laco_status ask_parts(laco_model *model, const size_t *subset, size_t count, int parts, questions *q)
{
    laco_context *ctx = model->ctx;
    if (!(q->index = laco_alloc(ctx, count, sizeof *q->index)))
        return LACO_NO_MEMORY;
    deal(q, subset, count, (size_t)parts);
    laco_status status = open_handles(model, q, parts);
    if (status == LACO_OK)
        status = laco_lanes_run(ctx, parts, ask_part, q);
    for (int p = 0; p < parts; p++)
        laco_model_free(q->handle[p]);
    laco_release(ctx, q->index);
    return status;
}

laco_status laco_model_ask_parts(laco_model *model, const size_t *subset, size_t count, size_t least, laco_ask_part_fn ask,
                                 void *user)
{
    laco_context *ctx = model->ctx;
    int64_t most = LACO_MIN((int64_t)(count / LACO_MAX(least, 1)), ctx->threads);
    int parts = ctx->evaluating ? 0 : laco_lanes_side(ctx, most);
    if (parts == 0)
        return ask(model, subset, count, user);
    questions *q = laco_alloc(ctx, 1, sizeof *q);
    if (!q)
        return LACO_NO_MEMORY;
    q->ask = ask;
    q->user = user;
    laco_status status = ask_parts(model, subset, count, parts, q);
    laco_release(ctx, q);
    return status;
}
