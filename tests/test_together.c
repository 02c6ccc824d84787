/* A training on processes that share its shards, with threads in each, gives the model of one process; and so does one over a group that
 * the caller has made. Once more under ThreadSanitizer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/hash.h"
#include "group/group.h"
#include "laco/laco.h"
#include "model/model.h"
#include "nn/module.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXTS 60

static uint64_t hash_of(const laco_model *model)
{
    uint64_t hash = LACO_HASH_START;
    for (size_t i = 0; i < model->module->count; i++)
        hash = laco_hash_bytes(hash, model->module->param[i]->value, (size_t)model->module->param[i]->count * sizeof(laco_real));
    return hash;
}

/* Trains on sixty texts of two labels; a hash of the weights, or 0. `seed`: of this process. */
static uint64_t train(laco_group *group, int threads, int64_t shards, uint64_t seed, char *error, size_t size)
{
    char text[TEXTS][16];
    const char *texts[TEXTS], *labels[TEXTS];
    laco_context *ctx;
    laco_labelled *data = NULL;
    laco_model *model = NULL;
    laco_classify_options options = {
        .network = {.hidden = 8, .embed = 4, .dropout = 0.2},
        .train = {.epochs = 3, .batch = 16, .refit = LACO_NEVER, .shards = shards, .group = group, .seed = seed}};
    for (int i = 0; i < TEXTS; i++) {
        snprintf(text[i], sizeof text[i], "%s%d", i % 2 ? "ab" : "cd", i * 7919 % 1000);
        texts[i] = text[i];
        labels[i] = i % 2 ? "one" : "two";
    }
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = threads}, &ctx), LACO_OK);
    assert_int_equal(laco_labelled_from_texts(ctx, texts, NULL, labels, TEXTS, NULL, &data), LACO_OK);
    laco_status status = laco_train_classify(ctx, &options, data, NULL, &model);
    snprintf(error, size, "%s", status < 0 ? laco_error(ctx) : "");
    uint64_t hash = status == LACO_OK ? hash_of(model) : 0;
    laco_model_free(model);
    laco_labelled_free(data);
    laco_context_free(ctx);
    return hash;
}

/* The same on so many forked processes; a hash that all agree about, or 0. */
static uint64_t train_forked(int processes, int threads, int64_t shards)
{
    laco_context *ctx;
    laco_group *group;
    char error[512];
    uint64_t hash[8] = {0};
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    assert_int_equal(laco_group_fork(ctx, processes, 200, &group), LACO_OK);
    hash[group->rank] = train(group, threads, shards, 3, error, sizeof error);
    laco_status status = laco_group_allgather(ctx, group, hash, sizeof *hash);
    int rank = group->rank;
    laco_group_free(group);
    laco_context_free(ctx);
    if (rank > 0)
        _exit(0);
    for (int r = 1; r < processes; r++)
        if (hash[r] != hash[0] || status < 0)
            return 0;
    return hash[0];
}

static void test_processes(void **state)
{
    (void)state;
    char error[512];
    uint64_t one = train(NULL, 1, 4, 3, error, sizeof error);
    assert_true(one != 0);
    assert_true(train(NULL, 2, 4, 3, error, sizeof error) == one);
    assert_true(train(NULL, 1, 2, 3, error, sizeof error) != one);
    assert_true(train_forked(1, 2, 4) == one);
    assert_true(train_forked(2, 2, 4) == one);
    assert_true(train_forked(4, 1, 4) == one);
}

/* ---- A group that the caller has made: threads of this process ---------------------------------------------------------------- */

static struct {
    pthread_barrier_t barrier;
    void *block[2];
    const size_t *sizes[2];
} meeting;

static laco_status meet_allgatherv(laco_group *g, void *recv, const size_t *bytes)
{
    size_t theirs = g->rank ? 0 : bytes[0];
    meeting.block[g->rank] = recv;
    pthread_barrier_wait(&meeting.barrier);
    memcpy((char *)recv + theirs, (char *)meeting.block[!g->rank] + theirs, bytes[!g->rank]);
    pthread_barrier_wait(&meeting.barrier);
    return LACO_OK;
}

static laco_status meet_alltoallv(laco_group *g, const void *send, const size_t *send_bytes, void *recv, const size_t *recv_bytes)
{
    meeting.block[g->rank] = (void *)(uintptr_t)send;
    meeting.sizes[g->rank] = send_bytes;
    pthread_barrier_wait(&meeting.barrier);
    for (int r = 0, at = 0; r < 2; at += (int)recv_bytes[r++])
        memcpy((char *)recv + at, (char *)meeting.block[r] + (g->rank ? meeting.sizes[r][0] : 0), recv_bytes[r]);
    pthread_barrier_wait(&meeting.barrier);
    return LACO_OK;
}

static laco_status meet_broadcast(laco_group *g, void *data, size_t bytes, int root)
{
    meeting.block[g->rank] = data;
    pthread_barrier_wait(&meeting.barrier);
    if (g->rank != root)
        memcpy(data, meeting.block[root], bytes);
    pthread_barrier_wait(&meeting.barrier);
    return LACO_OK;
}

typedef struct member {
    laco_group group;
    uint64_t seed, hash;
    char error[512];
} member;

static void *run_member(void *user)
{
    member *m = user;
    m->hash = train(&m->group, 1, 2, m->seed, m->error, sizeof m->error);
    return NULL;
}

static void meet(member *members)
{
    pthread_t other;
    for (int r = 0; r < 2; r++)
        members[r].group = (laco_group){.rank = r,
                                        .size = 2,
                                        .lost = -1,
                                        .alltoallv = meet_alltoallv,
                                        .allgatherv = meet_allgatherv,
                                        .broadcast = meet_broadcast};
    pthread_barrier_init(&meeting.barrier, NULL, 2);
    assert_int_equal(pthread_create(&other, NULL, run_member, &members[1]), 0);
    run_member(&members[0]);
    pthread_join(other, NULL);
    pthread_barrier_destroy(&meeting.barrier);
}

static void test_own_group(void **state)
{
    (void)state;
    char error[512];
    member members[2] = {{.seed = 3}, {.seed = 3}};
    meet(members);
    assert_true(members[0].hash == train(NULL, 1, 2, 3, error, sizeof error));
    assert_true(members[1].hash == members[0].hash);
}

static void test_differing(void **state)
{
    (void)state;
    member members[2] = {{.seed = 3}, {.seed = 4}};
    meet(members);
    for (int r = 0; r < 2; r++) {
        assert_true(members[r].hash == 0);
        assert_string_equal(members[r].error,
                            "process 1 of 2 trains otherwise than process 0: seed is 4 there and 3 in process 0");
    }
}

static void test_refusals(void **state)
{
    (void)state;
    char error[512];
    assert_true(train(NULL, 1, 6, 3, error, sizeof error) == 0);
    assert_non_null(strstr(error, "6 shards: a power of two is right"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_processes), cmocka_unit_test(test_own_group),
                                       cmocka_unit_test(test_differing), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
