#include "group/division.h"

#include "base/grow.h"

#include <stdio.h>
#include <string.h>

/* How a process has done its parts. */
typedef struct head {
    int32_t status;
    uint64_t bytes;
    char error[400];
} head;

void laco_division_begin(laco_context *ctx, laco_division *out)
{
    *out = (laco_division){.ctx = ctx, .group = ctx->evaluating && ctx->evaluating->size > 1 ? ctx->evaluating : NULL};
}

void laco_division_end(laco_division *s)
{
    void *blocks[] = {s->own, s->all, s->at, s->end};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        laco_release(s->ctx, blocks[i]);
}

bool laco_division_is_own(const laco_division *s, size_t part)
{
    return !s->group || part % (size_t)s->group->size == (size_t)s->group->rank;
}

laco_status laco_division_move(laco_division *s, size_t part, void *data, size_t bytes)
{
    if (!s->group)
        return LACO_OK;
    if (!s->all) {
        LACO_TRY(laco_grow(s->ctx, &s->own, &s->room, s->used + bytes, 1));
        memcpy(s->own + s->used, data, bytes);
        s->used += bytes;
        return LACO_OK;
    }
    size_t by = part % (size_t)s->group->size;
    if (s->at[by] + bytes > s->end[by])
        return laco_fail(s->ctx, LACO_IO, "process %zu of %d has done less than its part", by, s->group->size);
    memcpy(data, s->all + s->at[by], bytes);
    s->at[by] += bytes;
    return LACO_OK;
}

/* What everybody says of its parts: the first that failed fails for all. */
static laco_status check(const laco_division *s, const head *heads)
{
    for (int r = 0; r < s->group->size; r++)
        if (heads[r].status != LACO_OK)
            return laco_fail(s->ctx, (laco_status)heads[r].status, "%.400s", heads[r].error);
    return LACO_OK;
}

static laco_status share(laco_division *s, const head *heads)
{
    size_t all = 0;
    int size = s->group->size;
    s->at = laco_alloc(s->ctx, (size_t)size, sizeof *s->at);
    s->end = laco_alloc(s->ctx, (size_t)size, sizeof *s->end);
    for (int r = 0; s->at && s->end && r < size; r++) {
        s->at[r] = all;
        s->end[r] = all += (size_t)heads[r].bytes;
    }
    s->all = laco_alloc(s->ctx, all + 1, 1);
    if (!s->at || !s->end || !s->all)
        return LACO_NO_MEMORY;
    if (s->used > 0)
        memcpy(s->all + s->at[s->group->rank], s->own, s->used);
    for (int r = 0; r < size; r++) /* each in pieces, which one exchange need not bear whole */
        if (heads[r].bytes > 0)
            LACO_TRY(laco_group_broadcast(s->ctx, s->group, s->all + s->at[r], (size_t)heads[r].bytes, r));
    return LACO_OK;
}

laco_status laco_division_gather(laco_division *s, laco_status status)
{
    if (!s->group)
        return status;
    head *heads = laco_alloc(s->ctx, (size_t)s->group->size, sizeof *heads), *own = heads ? &heads[s->group->rank] : NULL;
    if (!heads)
        return LACO_NO_MEMORY;
    own->status = status;
    own->bytes = s->used;
    snprintf(own->error, sizeof own->error, "%s", status < 0 ? laco_error(s->ctx) : "");
    status = laco_group_allgather(s->ctx, s->group, heads, sizeof *heads);
    if (status == LACO_OK)
        status = check(s, heads);
    if (status == LACO_OK)
        status = share(s, heads);
    laco_release(s->ctx, heads);
    return status;
}

laco_status laco_division_run(laco_context *ctx, size_t parts, laco_status (*work)(void *user, size_t part),
                              laco_status (*move)(void *user, laco_division *division, size_t part), void *user)
{
    laco_division division;
    laco_status status = LACO_OK;
    laco_division_begin(ctx, &division);
    laco_group *all = ctx->evaluating;
    ctx->evaluating = NULL;
    for (size_t part = 0; part < parts && status == LACO_OK; part++) {
        if (!laco_division_is_own(&division, part))
            continue;
        status = work(user, part);
        if (status == LACO_OK)
            status = move(user, &division, part);
    }
    ctx->evaluating = all;
    status = laco_division_gather(&division, status);
    for (size_t part = 0; division.group && part < parts && status == LACO_OK; part++)
        status = move(user, &division, part);
    laco_division_end(&division);
    return status;
}
