/* A search over processes that MPI started: each trains its share of a round's trials, and all have the results of all behind it. */
#include "tune/tune.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE 1e9 /* seconds: a trial may take as long as it wants */

static laco_context *group_ctx; /* what the group lives in */

/* Where a process stands behind a round; a record for each of its trials follows, in the order of the round. */
typedef struct head {
    int32_t status, interrupted, over;
    char said[400]; /* what went wrong in it */
    char measure[64];
} head;

typedef struct result {
    double score, figure, seconds;
    int64_t epoch;
    int32_t done, failed;
    char reason[400];
} result;

int tune_join(tune *t)
{
    if (!laco_group_started_by())
        return EXIT_DONE;
    if (laco_context_new(&(laco_context_config){.threads = 1}, &group_ctx) < 0)
        return trouble_text("no context: out of memory");
    if (laco_group_mpi(group_ctx, PATIENCE, &t->group) < 0)
        return trouble(group_ctx);
    laco_group_forget_start(); /* the trials are each a process alone */
    if (t->group->rank > 0) {
        t->quiet = true;
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            return EXIT_TROUBLE;
    }
    return EXIT_DONE;
}

bool tune_is_first(const tune *t) { return !t->group || t->group->rank == 0; }

int64_t tune_ranks(const tune *t) { return t->group ? t->group->size : 1; }

void tune_leave(tune *t, int status)
{
    if (!t->group)
        return;
    if (status != EXIT_DONE && !t->agreed && !*t->group->error) {
        snprintf(t->group->error, sizeof t->group->error, "process %d of %d: %.400s", t->group->rank, t->group->size,
                 last_trouble());
        t->group->abort(t->group, t->group->error);
    }
    laco_group_free(t->group);
    t->group = NULL;
    laco_context_free(group_ctx);
    group_ctx = NULL;
}

static int check(const tune *t, laco_status status) { return status < 0 ? trouble_text("%s", t->group->error) : EXIT_DONE; }

int tune_share_log(tune *t)
{
    if (!t->group)
        return EXIT_DONE;
    laco_status status = t->group->broadcast(t->group, t->measure, sizeof t->measure, 0);
    if (status == LACO_OK)
        status = t->group->broadcast(t->group, t->trial, (size_t)t->trials * sizeof *t->trial, 0);
    return check(t, status);
}

static result result_of(const tune *t, const tune_trial *trial, int rung)
{
    result r = {trial->score[rung], trial->figure[rung], trial->seconds, trial->epoch, trial->done[rung], trial->failed, ""};
    snprintf(r.reason, sizeof r.reason, "%.390s", t->reason);
    return r;
}

static int take(tune *t, tune_trial *trial, int rung, const result *r)
{
    trial->score[rung] = r->score;
    trial->figure[rung] = r->figure;
    trial->seconds = r->seconds;
    trial->epoch = r->epoch;
    trial->done[rung] = r->done;
    trial->failed = r->failed;
    if (!r->done)
        return EXIT_DONE;
    if (r->failed)
        snprintf(t->reason, sizeof t->reason, "%s", r->reason);
    if (!tune_is_first(t))
        return EXIT_DONE;
    tune_print_result(t, trial, rung);
    return tune_log_add(t, trial, rung);
}

/* The first process in which something went wrong, or that was asked to end, ends all. */
static int judge(tune *t, const char *blocks, size_t size)
{
    head h;
    int status = EXIT_DONE;
    for (int r = 0; r < t->group->size; r++) {
        memcpy(&h, blocks + (size_t)r * size, sizeof h);
        if (!*t->measure)
            snprintf(t->measure, sizeof t->measure, "%s", h.measure);
        if (r == 0)
            t->over = h.over;
        if (h.interrupted && status == EXIT_DONE)
            status = EXIT_SIGNAL + h.interrupted;
        else if (h.status != EXIT_DONE && status == EXIT_DONE)
            status = trouble_text("process %d of %d: %s", r, t->group->size, h.said);
    }
    t->agreed = status != EXIT_DONE;
    return status;
}

int tune_exchange(tune *t, const int64_t *index, int64_t count, int rung, int status)
{
    int64_t ranks = tune_ranks(t), each = (count + ranks - 1) / ranks;
    size_t size = sizeof(head) + (size_t)each * sizeof(result), *bytes = calloc((size_t)ranks, sizeof *bytes);
    char *blocks = calloc((size_t)ranks, size), *own = blocks ? blocks + (size_t)t->group->rank * size : NULL;
    if (!blocks || !bytes) {
        free(blocks);
        free(bytes);
        return trouble_text("out of memory");
    }
    head h = {status >= EXIT_SIGNAL ? EXIT_DONE : status, interrupted, t->until > 0 && tune_now() > t->until, "", ""};
    snprintf(h.said, sizeof h.said, "%.390s", status == EXIT_TROUBLE ? last_trouble() : "");
    snprintf(h.measure, sizeof h.measure, "%s", t->measure);
    memcpy(own, &h, sizeof h);
    for (int64_t i = t->group->rank, k = 0; i < count; i += ranks, k++) {
        result r = result_of(t, &t->trial[index[i]], rung);
        memcpy(own + sizeof h + (size_t)k * sizeof r, &r, sizeof r);
    }
    for (int64_t r = 0; r < ranks; r++)
        bytes[r] = size;
    int ended = check(t, t->group->allgatherv(t->group, blocks, bytes));
    if (ended == EXIT_DONE)
        ended = judge(t, blocks, size);
    for (int64_t i = 0; i < count && (ended == EXIT_DONE || t->agreed); i++) {
        result r;
        memcpy(&r, blocks + (size_t)(i % ranks) * size + sizeof h + (size_t)(i / ranks) * sizeof r, sizeof r);
        int written = take(t, &t->trial[index[i]], rung, &r);
        ended = ended == EXIT_DONE ? written : ended;
    }
    free(blocks);
    free(bytes);
    return ended;
}
