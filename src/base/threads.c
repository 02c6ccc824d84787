#define _GNU_SOURCE
#include "base/threads.h"

#include "base/denormals.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ volatile("yield")
#else
#define RELAX() ((void)0)
#endif

#define MAX_WORKERS 255
#define SPINS 2000 /* some 20 to 60 µs: longer than the gap between two calls in training, short beside a time slice */

typedef struct laco_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    _Atomic unsigned round;   /* raised for each parallel call; workers wait for it to change */
    _Atomic int next_part;    /* the next part that nobody has taken */
    _Atomic int busy;         /* workers that have not finished this round */
    int sleepers;             /* workers asleep on `wake`, under lock */
    bool waiting;             /* the caller is asleep on `done`, under lock */
    bool stop;
    int workers, parts;
    laco_part_function task;
    void *work;
    pthread_t thread[MAX_WORKERS];
} pool_t;

int laco_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return LACO_MIN(CPU_COUNT(&set), MAX_WORKERS + 1);
    return 1;
}

static void take_parts(pool_t *pool)
{
    int part;
    while ((part = atomic_fetch_add(&pool->next_part, 1)) < pool->parts)
        pool->task(pool->work, part, pool->parts);
}

/* Waits until the round is no longer `seen`; false: the pool stops. */
static bool await_round(pool_t *pool, unsigned seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load(&pool->round) != seen)
            break;
        RELAX();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen) {
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
    unsigned seen = 0;
    while (await_round(pool, seen)) {
        seen = atomic_load(&pool->round);
        take_parts(pool);
        if (atomic_fetch_sub(&pool->busy, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            if (pool->waiting)
                pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

/* The pool of this context, started at the first call; NULL where it cannot be had. */
static pool_t *pool_of(laco_context *ctx)
{
    if (ctx->pool || ctx->threads < 2)
        return ctx->pool;
    char kept[sizeof ctx->error];
    __builtin_memcpy(kept, ctx->error, sizeof kept);
    pool_t *pool = laco_alloc(ctx, 1, sizeof *pool);
    __builtin_memcpy(ctx->error, kept, sizeof kept); /* doing without a pool is no error */
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    int wanted = LACO_MIN(ctx->threads - 1, MAX_WORKERS);
    while (pool->workers < wanted && pthread_create(&pool->thread[pool->workers], NULL, worker_main, pool) == 0)
        pool->workers++;
    ctx->pool = pool;
    return pool;
}

static void start_round(pool_t *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
    if (pool->sleepers > 0)
        pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

static void await_workers(pool_t *pool)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load(&pool->busy) == 0)
            return;
        RELAX();
    }
    pthread_mutex_lock(&pool->lock);
    pool->waiting = true;
    while (atomic_load(&pool->busy) > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->waiting = false;
    pthread_mutex_unlock(&pool->lock);
}

void laco_parallel(laco_context *ctx, int parts, laco_part_function task, void *work)
{
    unsigned old = laco_flush_denormals();
    pool_t *pool = parts > 1 ? pool_of(ctx) : NULL;
    if (!pool || pool->workers == 0) {
        for (int part = 0; part < parts; part++)
            task(work, part, parts);
    } else {
        pool->task = task;
        pool->work = work;
        pool->parts = parts;
        atomic_store(&pool->next_part, 0);
        atomic_store(&pool->busy, pool->workers);
        start_round(pool);
        take_parts(pool);
        await_workers(pool);
    }
    laco_restore_denormals(old);
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
    pool_t *pool = ctx->pool;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    atomic_fetch_add(&pool->round, 1);
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
