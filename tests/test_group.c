/* Groups of processes: what is exchanged arrives whole and in order, whatever the delays; who ends, hangs or goes another way is named. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "group/division.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIZE 4

static laco_context *ctx;

static int setup(void **state)
{
    (void)state;
    return laco_context_new(&(laco_context_config){.threads = 1}, &ctx);
}

static int teardown(void **state)
{
    (void)state;
    laco_context_free(ctx);
    return 0;
}

static void nap(int rank, int turn)
{
    struct timespec time = {0, (rank * 7 + turn * 3) % 5 * 2000000};
    nanosleep(&time, NULL);
}

/* Byte i of what rank `from` has for rank `to` in a turn, and how many there are. */
static unsigned char byte_of(int from, int to, int turn, size_t i)
{
    return (unsigned char)(i * 31 + (size_t)(from * 7 + to * 13 + turn));
}
static size_t count_of(int from, int to, int turn, size_t most) { return (size_t)(from * 5 + to * 3 + turn) % 7 * most / 6; }

/* One alltoallv; the number of bytes that are wrong. */
static size_t exchange(laco_group *group, int turn, size_t most)
{
    size_t given[SIZE], taken[SIZE], out = 0, in = 0, wrong = 0;
    unsigned char *send = calloc(SIZE * most + 1, 1), *recv = calloc(SIZE * most + 1, 1);
    for (int r = 0; r < SIZE; r++) {
        given[r] = count_of(group->rank, r, turn, most);
        taken[r] = count_of(r, group->rank, turn, most);
        for (size_t i = 0; i < given[r]; i++)
            send[out++] = byte_of(group->rank, r, turn, i);
    }
    wrong += laco_group_alltoallv(ctx, group, send, given, recv, taken) != LACO_OK;
    for (int r = 0; r < SIZE; r++)
        for (size_t i = 0; i < taken[r]; i++)
            wrong += recv[in++] != byte_of(r, group->rank, turn, i);
    free(send);
    free(recv);
    return wrong;
}

/* Everybody's block, and each one's word to all. */
static size_t tell(laco_group *group, int turn, size_t most)
{
    size_t bytes[SIZE], at = 0, wrong = 0;
    unsigned char *all = calloc(SIZE * most + 1, 1);
    for (int r = 0; r < SIZE; r++) {
        bytes[r] = count_of(r, 0, turn, most);
        for (size_t i = 0; i < bytes[r] && r == group->rank; i++)
            all[at + i] = byte_of(r, 0, turn, i);
        at += bytes[r];
    }
    wrong += laco_group_allgatherv(ctx, group, all, bytes) != LACO_OK;
    at = 0;
    for (int r = 0; r < SIZE; r++)
        for (size_t i = 0; i < bytes[r]; i++)
            wrong += all[at++] != byte_of(r, 0, turn, i);
    for (int root = 0; root < SIZE; root++) {
        int word = group->rank == root ? 100 + root : 0;
        wrong += laco_group_broadcast(ctx, group, &word, sizeof word, root) != LACO_OK || word != 100 + root;
    }
    free(all);
    return wrong;
}

static void test_exchanges(void **state)
{
    (void)state;
    laco_group *group;
    uint64_t wrong[SIZE] = {0}, sum = 0;
    assert_int_equal(laco_group_fork(ctx, SIZE, 20, &group), LACO_OK);
    for (int turn = 0; turn < 12; turn++) {
        nap(group->rank, turn);
        wrong[group->rank] += exchange(group, turn, turn % 3 == 2 ? 300000 : 7); /* more than a socket holds, too */
        wrong[group->rank] += tell(group, turn, turn % 4 == 3 ? 300000 : 5);
    }
    laco_status status = laco_group_allgather(ctx, group, wrong, sizeof *wrong);
    int rank = group->rank;
    laco_group_free(group);
    if (rank > 0)
        _exit(0);
    for (int r = 0; r < SIZE; r++)
        sum += wrong[r];
    assert_int_equal(status, LACO_OK);
    assert_int_equal(sum, 0);
}

/* What becomes of a group of three in which rank 2 does something: the status and text of rank 0. */
static laco_status after(void (*does)(laco_group *), double patience, char *text, size_t size, int *lost)
{
    laco_group *group;
    int word = 0;
    assert_int_equal(laco_group_fork(ctx, 3, patience, &group), LACO_OK);
    if (group->rank == 2)
        does(group);
    laco_status status = laco_group_broadcast(ctx, group, &word, sizeof word, 2);
    if (group->rank == 1 && status < 0)
        laco_group_give_up(group, laco_error(ctx));
    if (group->rank > 0) {
        laco_group_free(group);
        _exit(0);
    }
    snprintf(text, size, "%s", laco_error(ctx));
    *lost = group->lost;
    int again = laco_group_broadcast(ctx, group, &word, sizeof word, 2);
    assert_int_equal(again, status); /* what has come to its end stays there */
    laco_group_free(group);
    return status;
}

static void dies(laco_group *group)
{
    (void)group;
    _exit(1);
}

static void hangs(laco_group *group)
{
    (void)group;
    raise(SIGSTOP);
}

static void gives_up(laco_group *group)
{
    laco_group_give_up(group, "has no data");
    laco_group_free(group);
    _exit(1);
}

static void goes_another_way(laco_group *group)
{
    char words[99] = "";
    laco_group_broadcast(ctx, group, words, sizeof words, 2);
    laco_group_free(group);
    _exit(1);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        void (*does)(laco_group *);
        double patience;
        const char *text;
    } cases[] = {{dies, 20, "process 2 of 3 has ended"},
                 {hangs, 0.3, "process 2 of 3 has said nothing for 0.3 s"},
                 {gives_up, 20, "process 2 of 3: has no data"},
                 {goes_another_way, 20, "process 2 of 3 is at another place of the training"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[600];
        int lost;
        assert_int_equal(after(cases[i].does, cases[i].patience, text, sizeof text, &lost), LACO_IO);
        assert_memory_equal(text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(lost, 2);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    laco_group *group;
    assert_int_equal(laco_group_fork(ctx, 0, 0, &group), LACO_INVALID);
    assert_int_equal(laco_group_fork(ctx, 257, 0, &group), LACO_INVALID);
    assert_int_equal(laco_group_fork(ctx, 1, 0, &group), LACO_OK);
    assert_int_equal(group->size, 1);
    assert_true(group->patience > 0);
    assert_int_equal(exchange(&(laco_group){.error = "over"}, 0, 0), 1); /* its functions are not called any more */
    laco_group_free(group);
    laco_group_free(NULL);
}

/* ---- Work that is spread ---- */

typedef struct spread {
    laco_group *group;
    int fails; /* the part that cannot be done, or -1 */
    uint64_t *wrong;
    unsigned char blocks[40][64]; /* part i comes to i + 1 bytes of i */
} spread;

static laco_status do_part(void *user, size_t part)
{
    spread *s = user;
    *s->wrong += ctx->evaluating != NULL || (s->group->size > 1 && (int)part % s->group->size != s->group->rank);
    memset(s->blocks[part], (int)part, part + 1);
    return (int)part == s->fails ? laco_fail(ctx, LACO_NUMERIC, "part %zu comes to nothing", part) : LACO_OK;
}

static laco_status move_part(void *user, laco_division *division, size_t part)
{
    return laco_division_move(division, part, ((spread *)user)->blocks[part], part + 1);
}

/* Blocks that are not as they should be are counted. */
static laco_status spread_parts(laco_group *group, size_t parts, int fails, uint64_t *wrong)
{
    spread s = {.group = group, .fails = fails, .wrong = wrong};
    memset(s.blocks, 255, sizeof s.blocks);
    ctx->evaluating = group;
    laco_status status = laco_division_run(ctx, parts, do_part, move_part, &s);
    *wrong += ctx->evaluating != group;
    ctx->evaluating = NULL;
    for (size_t i = 0; i < parts && status == LACO_OK; i++)
        *wrong += s.blocks[i][0] != i || s.blocks[i][i] != i || s.blocks[i][i + 1] != 255;
    return status;
}

/* What is read beyond what a process has sent is refused. */
static laco_status move_more(void *user, laco_division *division, size_t part)
{
    (void)part;
    return laco_division_move(division, 0, user, division->all ? 2 : 1);
}

static laco_status do_nothing(void *user, size_t part)
{
    (void)user;
    (void)part;
    return LACO_OK;
}

static laco_status read_too_much(laco_group *group)
{
    char block[2] = {0};
    ctx->evaluating = group;
    laco_status status = laco_division_run(ctx, 1, do_nothing, move_more, block);
    ctx->evaluating = NULL;
    return status;
}

static void test_spread(void **state)
{
    (void)state;
    laco_group *group;
    uint64_t wrong[SIZE] = {0}, sum = 0;
    assert_int_equal(laco_group_fork(ctx, SIZE, 20, &group), LACO_OK);
    uint64_t *own = &wrong[group->rank];
    static const size_t parts[] = {0, 1, SIZE - 1, SIZE, 40};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        nap(group->rank, (int)k);
        *own += spread_parts(group, parts[k], -1, own) != LACO_OK;
    }
    *own += spread_parts(group, 30, 11, own) != LACO_NUMERIC; /* for all, whoever has that part */
    *own += strcmp(laco_error(ctx), "part 11 comes to nothing") != 0;
    *own += read_too_much(group) != LACO_IO;
    *own += spread_parts(group, 30, -1, own) != LACO_OK; /* nothing is left of it */
    laco_status status = laco_group_allgather(ctx, group, wrong, sizeof *wrong);
    int rank = group->rank;
    laco_group_free(group);
    if (rank > 0)
        _exit(0);
    for (int r = 0; r < SIZE; r++)
        sum += wrong[r];
    assert_int_equal(status, LACO_OK);
    assert_int_equal(sum, 0);
    assert_int_equal(laco_group_fork(ctx, 1, 0, &group), LACO_OK);
    assert_int_equal(spread_parts(group, 9, -1, &sum), LACO_OK);
    assert_int_equal(spread_parts(group, 9, 3, &sum), LACO_NUMERIC);
    assert_int_equal(sum, 0);
    laco_group_free(group);
}

static void test_started_by(void **state)
{
    (void)state;
    static const struct {
        const char *rank, *size, *count, *by;
    } cases[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "2", "openmpi"},
                 {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "1", NULL},
                 {"PMI_RANK", "PMI_SIZE", "4", "mpich"},
                 {"PMI_RANK", "PMI_SIZE", "1", NULL},
                 {"PMIX_RANK", "SLURM_NTASKS", "3", "openmpi"}};
    laco_group *group;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            unsetenv(cases[k].rank);
            unsetenv(cases[k].size);
        }
        assert_null(laco_group_started_by());
        assert_int_equal(laco_group_mpi(ctx, 0, &group), LACO_INVALID);
        setenv(cases[i].rank, "0", 1);
        setenv(cases[i].size, cases[i].count, 1);
        if (cases[i].by)
            assert_string_equal(laco_group_started_by(), cases[i].by);
        else
            assert_null(laco_group_started_by());
        laco_group_forget_start();
        assert_null(getenv(cases[i].rank));
        assert_null(laco_group_started_by());
        unsetenv(cases[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exchanges), cmocka_unit_test(test_ends),
                                       cmocka_unit_test(test_refusals), cmocka_unit_test(test_spread),
                                       cmocka_unit_test(test_started_by)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
