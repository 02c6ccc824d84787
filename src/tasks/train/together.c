/* Processes that begin a training together. */
#include "base/file.h"
#include "base/hash.h"
#include "group/group.h"
#include "train/shards.h"

#include <stdio.h>
#include <string.h>

/* How a process comes to the beginning. */
typedef struct arrival {
    int32_t status;
    uint64_t hash, length; /* of its fingerprint */
    char error[400];       /* what has gone wrong in it */
} arrival;

/* The first that is not ready, for all: its reason, or where all have the same that alone. */
static laco_status check_ready(laco_context *ctx, const laco_group *group, const arrival *all)
{
    int first = 0, alike = 0;
    while (first < group->size && all[first].status == LACO_OK)
        first++;
    if (first == group->size)
        return LACO_OK;
    for (int r = 0; r < group->size; r++)
        alike += strcmp(all[r].error, all[first].error) == 0;
    if (alike == group->size)
        return laco_fail(ctx, (laco_status)all[first].status, "%s", all[first].error);
    return laco_fail(ctx, (laco_status)all[first].status, "process %d of %d: %s", first, group->size, all[first].error);
}

/* Says in what process `other` differs from process 0. */
static laco_status tell_difference(laco_context *ctx, laco_group *group, const arrival *all, int other, const char *fingerprint)
{
    char name[80];
    int of[2] = {0, other};
    char *text[2] = {NULL, NULL};
    laco_status status = LACO_OK;
    for (int i = 0; i < 2 && status == LACO_OK; i++) {
        text[i] = laco_alloc(ctx, (size_t)all[of[i]].length + 1, 1);
        status = text[i] ? LACO_OK : LACO_NO_MEMORY;
        if (text[i] && group->rank == of[i])
            memcpy(text[i], fingerprint, (size_t)all[of[i]].length);
        if (status == LACO_OK)
            status = laco_group_broadcast(ctx, group, text[i], (size_t)all[of[i]].length, of[i]);
    }
    snprintf(name, sizeof name, "process %d of %d", other, group->size);
    if (status == LACO_OK)
        status = laco_fingerprint_equal(ctx, name, text[0], text[1]);
    laco_release(ctx, text[0]);
    laco_release(ctx, text[1]);
    return status;
}

static laco_status compare(laco_context *ctx, laco_group *group, const arrival *all, const char *fingerprint)
{
    LACO_TRY(check_ready(ctx, group, all));
    for (int r = 1; r < group->size; r++)
        if (all[r].hash != all[0].hash || all[r].length != all[0].length)
            return tell_difference(ctx, group, all, r, fingerprint);
    return LACO_OK;
}

laco_status laco_together_begin(laco_learner *learner, laco_status status, const char *fingerprint)
{
    laco_group *group = learner->options->group;
    laco_context *ctx = learner->ctx;
    if (!group || group->size < 2)
        return status;
    arrival *all = laco_alloc(ctx, (size_t)group->size, sizeof *all), *own = all ? &all[group->rank] : NULL;
    if (!all)
        return LACO_NO_MEMORY;
    own->status = status;
    snprintf(own->error, sizeof own->error, "%s", status < 0 ? laco_error(ctx) : "");
    own->length = status < 0 ? 0 : strlen(fingerprint);
    own->hash = laco_hash_bytes(LACO_HASH_START, fingerprint, (size_t)own->length);
    status = laco_group_allgather(ctx, group, all, sizeof *all);
    if (status == LACO_OK) {
        status = compare(ctx, group, all, fingerprint);
        learner->agreed = status < 0 && !*group->error;
        if (learner->agreed) /* who is done first tells nobody, for all find the same */
            snprintf(group->error, sizeof group->error, "%s", laco_error(ctx));
    }
    laco_release(ctx, all);
    return status;
}

laco_status laco_together_read(laco_context *ctx, laco_group *group, const char *path, char **bytes, size_t *size)
{
    uint64_t length = 0;
    *bytes = NULL;
    if (group->rank == 0)
        LACO_TRY(laco_file_read(ctx, path, bytes, size));
    length = group->rank == 0 ? *size : 0;
    laco_status status = laco_group_broadcast(ctx, group, &length, sizeof length, 0);
    if (status == LACO_OK && group->rank > 0 && !(*bytes = laco_alloc(ctx, (size_t)length + 1, 1)))
        status = LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = laco_group_broadcast(ctx, group, *bytes, (size_t)length, 0);
    *size = (size_t)length;
    if (status < 0)
        laco_release(ctx, *bytes);
    return status;
}
