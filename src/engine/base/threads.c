#define _GNU_SOURCE
#include "base/threads.h"

#include "base/denormals.h"
#include "base/relax.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORKERS 255
#define SPINS 2000 /* some 20 to 60 µs: longer than the gap between two calls in training, short beside a time slice */

#define MOST_CREDIT 5e-3  /* seconds: what helpers may lose at once behind rounds that went well, a time slice or so */
#define FIRST_PAUSE 1e-3  /* seconds: half of what the caller then works alone for, at first … */
#define LONGEST_PAUSE 1.0 /* … and at most */
#define FORGET 0.98       /* of the pause, what a round that went well leaves */

typedef struct laco_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    _Atomic uint64_t ticket; /* the round, raised for each parallel call, its parts, and the next that nobody has taken */
    _Atomic int left;        /* parts of this round that are not done */
    int sleepers;            /* workers asleep on `wake`, under lock */
    bool waiting;            /* the caller is asleep on `done`, under lock */
    bool stop;
    unsigned forks;                    /* as it was when the workers were started */
    double credit, alone_until, pause; /* seconds: see judge */
    int workers;
    laco_part_function task; /* of the present round, as long as parts are left */
    void *work;
    pthread_t thread[MAX_WORKERS];
} pool_t;

/* A child of fork has none of its parent's workers. Counted there, so that a pool is known to be the parent's. */
static _Atomic unsigned forks;
static pthread_once_t watch_forks_once = PTHREAD_ONCE_INIT;
static void count_fork(void) { atomic_fetch_add(&forks, 1); }
#ifdef _WIN32 /* which has no fork */
static void watch_forks(void) { (void)count_fork; }

int laco_cores(void) { return LACO_MIN(LACO_MAX(pthread_num_processors_np(), 1), MAX_WORKERS + 1); }
#else
static void watch_forks(void) { pthread_atfork(NULL, NULL, count_fork); }

int laco_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return LACO_MIN(CPU_COUNT(&set), MAX_WORKERS + 1);
    return 1;
}
#endif

/* A ticket: 32 bits of the round, 16 of its parts, 16 of the next part. */
#define MOST_PARTS 0xffff
static uint32_t round_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }
static int parts_of(uint64_t ticket) { return (int)(ticket >> 16 & MOST_PARTS); }
static int next_of(uint64_t ticket) { return (int)(ticket & MOST_PARTS); }

static void part_done(pool_t *pool)
{
    if (atomic_fetch_sub(&pool->left, 1) != 1)
        return;
    pthread_mutex_lock(&pool->lock);
    if (pool->waiting)
        pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->lock);
}

/* Takes parts of this round as long as there are any, and returns how many it took. A worker that comes late finds none, or
 * another round: nobody waits for it, so that a thread which gets no core holds nothing up but the part that it has begun. */
static int take_parts(pool_t *pool, uint32_t round)
{
    int taken = 0;
    uint64_t ticket = atomic_load(&pool->ticket);
    while (round_of(ticket) == round && next_of(ticket) < parts_of(ticket))
        if (atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) {
            pool->task(pool->work, next_of(ticket), parts_of(ticket));
            part_done(pool);
            ticket = atomic_load(&pool->ticket);
            taken++;
        }
    return taken;
}

/* Waits until the round is no longer `seen`; false: the pool stops. */
static bool await_round(pool_t *pool, uint32_t seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (round_of(atomic_load(&pool->ticket)) != seen)
            break;
        LACO_RELAX();
    }
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop && round_of(atomic_load(&pool->ticket)) == seen) {
        pool->sleepers++;
        pthread_cond_wait(&pool->wake, &pool->lock);
        pool->sleepers--;
    }
    bool go = !pool->stop;
    pthread_mutex_unlock(&pool->lock);
    return go;
}

static void *worker_main(void *argument)
{
    pool_t *pool = argument;
    laco_flush_denormals();
    uint32_t seen = 0;
    while (await_round(pool, seen)) {
        seen = round_of(atomic_load(&pool->ticket));
        take_parts(pool, seen);
    }
    return NULL;
}

/* In a child of fork, lets go of the parent's pool: nobody is there to be joined or woken, and its lock may be held for ever. */
static void forget_after_fork(laco_context *ctx)
{
    if (!ctx->pool || ctx->pool->forks == atomic_load_explicit(&forks, memory_order_relaxed))
        return;
    laco_release(ctx, ctx->pool);
    ctx->pool = NULL;
}

/* The pool of this context, started at the first call; NULL where it cannot be had. */
static pool_t *pool_of(laco_context *ctx)
{
    forget_after_fork(ctx);
    if (ctx->pool || ctx->threads < 2)
        return ctx->pool;
    char kept[sizeof ctx->error];
    __builtin_memcpy(kept, ctx->error, sizeof kept);
    pool_t *pool = laco_alloc(ctx, 1, sizeof *pool);
    __builtin_memcpy(ctx->error, kept, sizeof kept); /* doing without a pool is no error */
    if (!pool)
        return NULL;
    pthread_once(&watch_forks_once, watch_forks);
    pool->forks = atomic_load(&forks);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    int wanted = LACO_MIN(ctx->threads - 1, MAX_WORKERS);
    while (pool->workers < wanted && pthread_create(&pool->thread[pool->workers], NULL, worker_main, pool) == 0)
        pool->workers++;
    ctx->pool = pool;
    return pool;
}

static uint32_t start_round(pool_t *pool, int parts)
{
    uint32_t round = round_of(atomic_load(&pool->ticket)) + 1;
    atomic_store(&pool->left, parts);
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->ticket, (uint64_t)round << 32 | (uint64_t)parts << 16);
    if (pool->sleepers > 0)
        pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    return round;
}

static void await_workers(pool_t *pool)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load(&pool->left) == 0)
            return;
        LACO_RELAX();
    }
    pthread_mutex_lock(&pool->lock);
    pool->waiting = true;
    while (atomic_load(&pool->left) > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->waiting = false;
    pthread_mutex_unlock(&pool->lock);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void work_alone(pool_t *pool, double from)
{
    pool->pause = LACO_MIN(2 * LACO_MAX(pool->pause, FIRST_PAUSE), LONGEST_PAUSE);
    pool->alone_until = from + pool->pause;
}

void laco_parallel_held_up(laco_context *ctx)
{
    forget_after_fork(ctx);
    if (ctx->pool)
        work_alone(ctx->pool, now());
}

/* A thread that loses its core in the middle of a part costs more than it brings. So what help saves is counted, by the time of the parts
 * that the caller did from `start` to `own_end`, and what it costs: where all in all it has cost something of late, the caller works alone
 * for a while, and longer each time it happens again. */
static void judge(pool_t *pool, double start, double own_end, int taken, int parts)
{
    if (taken == 0 || taken == parts)
        return;
    double end = now(), alone = (own_end - start) * parts / taken;
    pool->credit = LACO_MIN(pool->credit + alone - (end - start), MOST_CREDIT);
    if (pool->credit >= 0) {
        pool->pause *= FORGET;
        return;
    }
    pool->credit = 0;
    work_alone(pool, end);
}

static void run_round(pool_t *pool, int parts, laco_part_function task, void *work)
{
    double start = now();
    pool->task = task;
    pool->work = work;
    int taken = take_parts(pool, start_round(pool, parts));
    double own_end = now();
    await_workers(pool);
    judge(pool, start, own_end, taken, parts);
}

void laco_parallel(laco_context *ctx, int parts, laco_part_function task, void *work)
{
    unsigned old = laco_flush_denormals();
    pool_t *pool = parts > 1 && parts <= MOST_PARTS ? pool_of(ctx) : NULL;
    if (!pool || pool->workers == 0 || (pool->alone_until > 0 && now() < pool->alone_until)) {
        for (int part = 0; part < parts; part++)
            task(work, part, parts);
    } else {
        run_round(pool, parts, task, work);
    }
    laco_restore_denormals(old);
}

typedef struct items {
    _Atomic int next;
    int count;
    laco_item_function task;
    void *work;
} items_t;

static void items_part(void *user, int part, int parts)
{
    items_t *items = user;
    (void)parts;
    for (int item; (item = atomic_fetch_add(&items->next, 1)) < items->count;)
        items->task(items->work, item, part);
}

void laco_parallel_items(laco_context *ctx, int items, int parts, laco_item_function task, void *work)
{
    laco_parallel(ctx, LACO_MIN(items, parts), items_part, &(items_t){.count = items, .task = task, .work = work});
}

int laco_parts(const laco_context *ctx, int64_t items, double cost, double minimum)
{
    double worth = minimum > 0 ? cost / minimum : ctx->threads;
    int64_t parts = LACO_MIN(items, (int64_t)ctx->threads);
    if (worth < (double)parts)
        parts = (int64_t)worth;
    return parts < 1 ? 1 : (int)parts;
}

void laco_part_range(int64_t count, int64_t grain, int part, int parts, int64_t *begin, int64_t *end)
{
    int64_t grains = (count + grain - 1) / grain;
    *begin = LACO_MIN(count, grains * part / parts * grain);
    *end = LACO_MIN(count, grains * (part + 1) / parts * grain);
}

void laco_pool_stop(laco_context *ctx)
{
    forget_after_fork(ctx);
    pool_t *pool = ctx->pool;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    atomic_store(&pool->ticket, (uint64_t)(round_of(atomic_load(&pool->ticket)) + 1) << 32);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->workers; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    laco_release(ctx, pool);
    ctx->pool = NULL;
}
