/* The limits of this machine: the loops of peak.c on every thread of the context. */
#include "bench/crew.h"
#include "bench/peak.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One round: each thread its part, some hundred microseconds. Several turns of it make up for the waking of threads. */
#define PEAK_TURNS 8

static void peak_part(void *work, int part)
{
    const peak_loop *peak = work;
    (void)part;
    for (int turn = 0; turn < PEAK_TURNS; turn++)
        peak->run();
}

static laco_status best_peak(int threads, peak_loop *peak, double seconds, double *out)
{
    double round;
    TRY(crew_time(threads, peak_part, peak, seconds, &round));
    *out = PEAK_TURNS * peak->flops * threads / round * 1e-9;
    return LACO_OK;
}

/* The loop of the instructions that make the context's products of a precision; without such a loop the best of fp32. */
static peak_loop *find_used(const laco_context *ctx, laco_precision precision, peak_loop *peaks, int count)
{
    const char *name = laco_product_name(ctx, precision);
    for (int i = 0; i < count; i++)
        if (peaks[i].precision == precision &&
            (peaks[i].tiles ? strstr(name, peaks[i].name) != NULL : !strcmp(name, peaks[i].name)))
            return &peaks[i];
    return precision == LACO_FP32 ? &peaks[0] : find_used(ctx, LACO_FP32, peaks, count);
}

laco_status bench_peak(const laco_context *ctx, laco_precision precision, double seconds, double *out)
{
    peak_loop peaks[MOST_PEAKS];
    int count = find_peaks(peaks);
    return best_peak(laco_threads(ctx), find_used(ctx, precision, peaks, count), seconds > 0 ? seconds : 0.1, out);
}

typedef struct read_work {
    const char *memory;
    size_t lines, stride; /* of each thread */
    int turns;
} read_work;

static void read_part(void *work, int part)
{
    const read_work *w = work;
    for (int turn = 0; turn < w->turns; turn++)
        read_memory(w->memory + (size_t)part * w->stride, w->lines);
}

/* `bytes` for each thread, of memory that has them for all. */
static laco_status best_read(int threads, const char *memory, size_t bytes, double seconds, double *out)
{
    read_work work = {memory, bytes / CACHE_LINE, bytes, (int)LARGER((size_t)1, ((size_t)8 << 20) / bytes)};
    double round;
    TRY(crew_time(threads, read_part, &work, seconds, &round));
    *out = (double)bytes * work.turns * threads / round * 1e-9;
    return LACO_OK;
}

/* Names that only some C libraries have; -1 is one that none knows. */
#ifndef _SC_LEVEL1_DCACHE_SIZE
#define _SC_LEVEL1_DCACHE_SIZE (-1)
#define _SC_LEVEL2_CACHE_SIZE (-1)
#define _SC_LEVEL3_CACHE_SIZE (-1)
#endif

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
    size_t share = SMALLER(l3 / 2 / (size_t)threads, 8 * l2);
    int count = 0;
    where[count] = "L1", bytes[count++] = l1 / 2;
    where[count] = "L2", bytes[count++] = l2 / 2;
    if (share > l2)
        where[count] = "L3", bytes[count++] = share;
    where[count] = "memory", bytes[count++] = SMALLER(most, LARGER(4 * l3, (size_t)64 << 20)) / (size_t)threads;
    for (int i = 0; i < count; i++)
        bytes[i] &= ~(size_t)1023;
    return count;
}

static laco_status read_limits(int threads, double seconds, bench_limits *limits)
{
    const char *where[4];
    size_t bytes[4];
    int count = read_sizes(threads, where, bytes);
    size_t size = (size_t)threads * bytes[count - 1];
    char *memory = aligned_alloc(CACHE_LINE, size);
    laco_status status = memory ? LACO_OK : failed(LACO_NO_MEMORY, "out of memory: %zu bytes to read", size);
    if (memory)
        memset(memory, 0, size); /* every page is there */
    for (int i = 0; i < count && status == LACO_OK; i++) {
        bench_limit *limit = &limits->limit[limits->count++];
        *limit = (bench_limit){.where = where[i], .bytes = bytes[i]};
        status = best_read(threads, memory, bytes[i], seconds, &limit->value);
    }
    free(memory);
    return status;
}

laco_status bench_machine(const laco_context *ctx, double seconds, bench_limits *out)
{
    bench_limits limits = {0};
    peak_loop peaks[MOST_PEAKS];
    int count = find_peaks(peaks), threads = laco_threads(ctx);
    seconds = seconds > 0 ? seconds : 0.1;
    for (int i = 0; i < count; i++) {
        bench_limit *limit = &limits.limit[limits.count++];
        *limit = (bench_limit){.product = true, .precision = peaks[i].precision, .where = peaks[i].name};
        TRY(best_peak(threads, &peaks[i], seconds, &limit->value));
    }
    TRY(read_limits(threads, seconds, &limits));
    *out = limits;
    return LACO_OK;
}
