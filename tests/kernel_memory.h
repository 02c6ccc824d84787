/* Memory for the kernel tests: every matrix ends at, or begins behind, a page that may not be touched, so that a read or
 * write beyond it stops the test; on its other side, and between rows, lie canaries. Alignment falls out of the size, so
 * it varies from case to case. */
#ifndef LACO_TESTS_KERNEL_MEMORY_H
#define LACO_TESTS_KERNEL_MEMORY_H

#include "base/random.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define SLOT_FLOATS (1 << 21)
#define CANARIES 64
#define CANARY 0x7fc5a5a5u /* a NaN nobody computes */

static laco_rng rng;
static uint64_t seed;

/* One slot: a guard page, SLOT_FLOATS, a guard page; all slots are mapped once. */
typedef struct slot {
    float *begin, *end; /* between the guard pages */
    float *data;        /* the matrix in it */
    int64_t count;
} slot;

#define SLOTS 24
static slot slots[SLOTS];

static inline void seed_from_environment(void)
{
    const char *text = getenv("LACO_SEED");
    seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    rng = (laco_rng){.seed = seed};
    printf("LACO_SEED=%llu\n", (unsigned long long)seed);
}

static inline void map_slots(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = SLOT_FLOATS * sizeof(float);
    for (int i = 0; i < SLOTS; i++) {
        char *block = mmap(NULL, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(block != MAP_FAILED);
        assert_int_equal(mprotect(block + page, bytes, PROT_READ | PROT_WRITE), 0);
        slots[i].begin = (float *)(void *)(block + page);
        slots[i].end = slots[i].begin + SLOT_FLOATS;
    }
}

static inline int64_t below(int64_t n) { return (int64_t)laco_rng_below(&rng, (uint64_t)n); }
static inline float uniform(float low, float high) { return low + (high - low) * (float)laco_rng_uniform(&rng); }
static inline uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
static inline float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* `count` floats at one end of slot `number`, all canaries for now. */
static inline float *take(int number, int64_t count)
{
    slot *s = &slots[number];
    assert_true(number < SLOTS && count + CANARIES <= SLOT_FLOATS);
    bool at_end = below(4) > 0;
    s->count = count;
    s->data = at_end ? s->end - count : s->begin;
    float *from = at_end ? s->data - CANARIES : s->data;
    for (int64_t i = 0; i < count + CANARIES; i++)
        from[i] = float_of(CANARY);
    return s->data;
}

/* A rows × columns matrix with row stride ld of random numbers in [low, high]; canaries between the rows. */
static inline float *take_random(int number, int64_t rows, int64_t columns, int64_t ld, float low, float high)
{
    float *data = take(number, rows > 0 ? (rows - 1) * ld + columns : 0);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++)
            data[r * ld + j] = uniform(low, high);
    return data;
}

/* The same numbers in another slot. */
static inline float *take_copy(int number, int from)
{
    float *data = take(number, slots[from].count);
    memcpy(data, slots[from].data, (size_t)slots[from].count * sizeof *data);
    return data;
}

/* Fails unless the canaries beside the matrix and between its rows are whole. */
static inline void check_canaries(int number, int64_t rows, int64_t columns, int64_t ld, const char *what)
{
    slot *s = &slots[number];
    const float *beside = s->data == s->begin ? s->data + s->count : s->data - CANARIES;
    for (int i = 0; i < CANARIES; i++)
        if (bits_of(beside[i]) != CANARY)
            fail_msg("%s: wrote beside the matrix", what);
    for (int64_t r = 0; r + 1 < rows; r++)
        for (int64_t j = columns; j < ld; j++)
            if (bits_of(s->data[r * ld + j]) != CANARY)
                fail_msg("%s: wrote behind row %lld, at column %lld of %lld", what, (long long)r, (long long)j,
                         (long long)columns);
}

/* Fails unless the two are equal to the bit; any NaN equals any other. */
static inline void check_same(const float *got, const float *want, int64_t rows, int64_t columns, int64_t ld, const char *what)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++) {
            float a = got[r * ld + j], b = want[r * ld + j];
            if (bits_of(a) != bits_of(b) && !(isnan(a) && isnan(b)))
                fail_msg("%s: row %lld, column %lld: %.9g (%08x), not %.9g (%08x)", what, (long long)r, (long long)j, (double)a,
                         bits_of(a), (double)b, bits_of(b));
        }
}

/* Fails unless |got − want| <= absolute + relative·|want|, infinities and NaN alike. */
static inline void check_close(const float *got, const float *want, int64_t rows, int64_t columns, int64_t ld, double absolute,
                               double relative, const char *what)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++) {
            double a = got[r * ld + j], b = want[r * ld + j];
            if (!(fabs(a - b) <= absolute + relative * fabs(b)) && !(isnan(a) && isnan(b)) && a != b)
                fail_msg("%s: row %lld, column %lld: %.9g, not %.9g", what, (long long)r, (long long)j, a, b);
        }
}

#endif
