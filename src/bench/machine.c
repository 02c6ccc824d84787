/* The limits of this machine: the loops of peak.c on every thread of the context. */
#include "base/arena.h"
#include "base/threads.h"
#include "bench/clock.h"
#include "bench/peak.h"

#include <unistd.h>

/* One round: each thread its part, some hundred microseconds. Several turns of it make up for the waking of threads. */
#define PEAK_TURNS 8

static void peak_part(void *work, int part, int parts)
{
    const laco_peak *peak = work;
    (void)part, (void)parts;
    for (int turn = 0; turn < PEAK_TURNS; turn++)
        peak->run();
}

static double best_peak(laco_context *ctx, laco_peak *peak, double seconds)
{
    double best = 0, begin = laco_clock(), now;
    do {
        double start = laco_clock();
        laco_parallel(ctx, ctx->threads, peak_part, peak);
        now = laco_clock();
        best = LACO_MAX(best, PEAK_TURNS * peak->flops * ctx->threads / (now - start));
    } while (now - begin < seconds);
    return best * 1e-9;
}

double laco_bench_peak(laco_context *ctx, laco_precision precision, double seconds)
{
    laco_peak peaks[8];
    int count = laco_peaks(peaks);
    laco_peak *best = &peaks[0]; /* of fp32 */
    for (int i = 0; i < count; i++)
        if (peaks[i].precision == precision)
            best = &peaks[i]; /* the tiles stand behind the vectors */
    return best_peak(ctx, best, seconds > 0 ? seconds : 0.1);
}

typedef struct read_work {
    const char *memory;
    size_t lines, stride; /* of each thread */
    int turns;
} read_work;

static void read_part(void *work, int part, int parts)
{
    const read_work *w = work;
    (void)parts;
    for (int turn = 0; turn < w->turns; turn++)
        laco_read_lines(w->memory + (size_t)part * w->stride, w->lines);
}

/* `bytes` for each thread, of memory that has them for all. */
static double best_read(laco_context *ctx, const char *memory, size_t bytes, double seconds)
{
    read_work work = {memory, bytes / LACO_ALIGN, bytes, (int)LACO_MAX((size_t)1, ((size_t)8 << 20) / bytes)};
    double best = 0, begin = laco_clock(), now;
    do {
        double start = laco_clock();
        laco_parallel(ctx, ctx->threads, read_part, &work);
        now = laco_clock();
        best = LACO_MAX(best, (double)bytes * work.turns * ctx->threads / (now - start));
    } while (now - begin < seconds);
    return best * 1e-9;
}

/* The size of a cache in bytes, or what is common where the system does not say. */
static size_t cache_size(int name, size_t common)
{
    long size = sysconf(name);
    return size > 0 ? (size_t)size : common;
}

/* Sizes that lie well within each cache, and one that lies well outside all. Half of a cache: the rest has other uses. */
static int read_sizes(int threads, const char *where[4], size_t bytes[4])
{
    size_t l1 = cache_size(_SC_LEVEL1_DCACHE_SIZE, (size_t)32 << 10), l2 = cache_size(_SC_LEVEL2_CACHE_SIZE, (size_t)1 << 20);
    size_t l3 = cache_size(_SC_LEVEL3_CACHE_SIZE, 0), most = (size_t)512 << 20;
    size_t share = LACO_MIN(l3 / 2 / (size_t)threads, 8 * l2);
    int count = 0;
    where[count] = "L1", bytes[count++] = l1 / 2;
    where[count] = "L2", bytes[count++] = l2 / 2;
    if (share > l2)
        where[count] = "L3", bytes[count++] = share;
    where[count] = "memory", bytes[count++] = LACO_MIN(most, LACO_MAX(4 * l3, (size_t)64 << 20)) / (size_t)threads;
    for (int i = 0; i < count; i++)
        bytes[i] &= ~(size_t)1023;
    return count;
}

static laco_status read_limits(laco_context *ctx, double seconds, laco_bench_limits *limits)
{
    const char *where[4];
    size_t bytes[4];
    int count = read_sizes(ctx->threads, where, bytes);
    laco_arena arena;
    laco_arena_init(&arena, ctx);
    char *memory = laco_arena_zeroed(&arena, (size_t)ctx->threads, bytes[count - 1]); /* zeroed: every page is there */
    for (int i = 0; memory && i < count; i++)
        limits->limit[limits->count++] =
            (laco_bench_limit){.where = where[i], .bytes = bytes[i], .value = best_read(ctx, memory, bytes[i], seconds)};
    laco_arena_free(&arena);
    return memory ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_bench_machine(laco_context *ctx, double seconds, laco_bench_limits *out)
{
    laco_bench_limits limits = {0};
    laco_peak peaks[8];
    int count = laco_peaks(peaks);
    seconds = seconds > 0 ? seconds : 0.1;
    for (int i = 0; i < count; i++)
        limits.limit[limits.count++] = (laco_bench_limit){.product = true, .precision = peaks[i].precision, .where = peaks[i].name,
                                                         .value = best_peak(ctx, &peaks[i], seconds)};
    LACO_TRY(read_limits(ctx, seconds, &limits));
    *out = limits;
    return LACO_OK;
}
