/* Many rows against bf16 weights: the first rows that meet a piece of B shift it into floats, which lie in the first-level cache
 * while the other rows go by. From then on a product is made as fast as one of floats, MANY_TOGETHER rows by BF16_MANY_STRIPS
 * strips at a time; what remains are the two additions for each block of k. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_BF16_MANY_H
#define LACO_KERNEL_SIMD_LOWPREC_BF16_MANY_H

#include "kernel/simd/lowprec_start.h"

#define MANY_TOGETHER 6 /* rows of a tile: their sums are in registers */
#define MANY_ROWS 64    /* of A that are rounded at a time … */
#define MANY_DEPTH 256  /* … and their values of k: 64 KiB on the stack, in the second-level cache */
#define PIECE_DEPTH (BF16_MANY_STRIPS > 1 ? 64 : 128) /* of B, for the first-level cache: 16 or 8 KiB */
#define MANY_COLUMNS (BF16_MANY_STRIPS * LACO_STRIP)
#define MANY_VECTORS (MANY_COLUMNS / WIDTH)
#define COLUMNS_AHEAD 16 /* values of k from the fetching of a column of A to its use */

typedef struct many_job {
    int64_t blocks;    /* of k */
    const float *A;    /* rounded, as it came: in rows of MANY_DEPTH, or in columns of MANY_ROWS */
    const uint32_t *B; /* in the first of `strips` strips, which are `strip` words apart */
    int64_t strip;
    int strips;
    float *piece; /* B as floats, strips that are not there like the first: MANY_COLUMNS of each k */
    lowprec_start start;
    float *C;
    int64_t c_m;
} many_job;

/* One k of a block, an even or an `odd` one: sum += the product of each element. The `first` rows make floats of B. */
INLINE void many_products(const bool columns, const bool first, const bool odd, const int rows, int pair, const float *A,
                          const uint32_t *const *B, float *piece, vec sum[][MANY_VECTORS])
{
    const int64_t a_m = columns ? 1 : MANY_DEPTH, a_k = columns ? MANY_ROWS : 1;
    const int64_t k = 2 * pair + odd;
    vec b[MANY_VECTORS];
    UNROLL for (int v = 0; v < MANY_VECTORS; v++)
    {
        float *place = piece + k * MANY_COLUMNS + v * WIDTH;
        if (first) {
            const uint32_t *from = B[v / STRIP_VECTORS] + (ptrdiff_t)pair * LACO_STRIP + v % STRIP_VECTORS * WIDTH;
            bits words = (bits)load((const float *)(const void *)from);
            b[v] = (vec)(odd ? words & splat_bits(0xffff0000u) : words << 16);
            store(place, b[v]);
        } else {
            b[v] = load(place);
        }
        KEEP(b[v]);
    }
    UNROLL for (int i = 0; i < rows; i++)
    {
        vec factor = splat(A[i * a_m + k * a_k]);
        UNROLL for (int v = 0; v < MANY_VECTORS; v++) sum[i][v] = fmadd(factor, b[v], sum[i][v]);
    }
}

/* sum = one chain for each element over the even or the odd k of a block, from zero. */
INLINE void many_chain(const bool columns, const bool first, const bool odd, const int rows, const float *A,
                       const uint32_t *const *B, float *piece, vec sum[][MANY_VECTORS])
{
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < MANY_VECTORS; v++) sum[i][v] = splat(0.0f);
    for (int pair = 0; pair < LACO_BF16_BLOCK / 2; pair++)
        many_products(columns, first, odd, rows, pair, A, B, piece, sum);
}

INLINE void many_tile(const bool columns, const bool first, const int rows, const many_job *job)
{
    float even[MANY_TOGETHER * MANY_COLUMNS] __attribute__((aligned(64)));
    const float *A = job->A;
    float *piece = job->piece;
    lowprec_start start = job->start;
    const uint32_t *B[BF16_MANY_STRIPS];
    for (int i = 0; i < BF16_MANY_STRIPS; i++)
        B[i] = job->B + (i < job->strips ? i * job->strip : 0);
    for (int64_t block = job->blocks; block > 0; block--) {
        vec sum[MANY_TOGETHER][MANY_VECTORS];
        many_chain(columns, first, false, rows, A, B, piece, sum);
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < MANY_VECTORS; v++)
            store(even + i * MANY_COLUMNS + v * WIDTH, sum[i][v]);
        many_chain(columns, first, true, rows, A, B, piece, sum);
        const float *from = start.from;
        float *to = job->C;
        UNROLL for (int i = 0; i < rows; i++, from += start.stride, to += job->c_m)
        {
            UNROLL for (int v = 0; v < MANY_VECTORS; v++)
                store(to + v * WIDTH, load(from + v * WIDTH) + (load(even + i * MANY_COLUMNS + v * WIDTH) + sum[i][v]));
            KEEP_POINTER(from);
            KEEP_POINTER(to);
        }
        start = (lowprec_start){job->C, job->c_m};
        A += LACO_BF16_BLOCK * (columns ? MANY_ROWS : 1);
        piece += LACO_BF16_BLOCK * MANY_COLUMNS;
        for (int i = 0; i < BF16_MANY_STRIPS; i++)
            B[i] += LACO_BF16_BLOCK / 2 * LACO_STRIP;
    }
}

typedef void many_function(const many_job *job);

/* clang-format off */
#define MANY_TILE(name, columns, first, rows) \
    static __attribute__((noinline)) void name(const many_job *job) { many_tile(columns, first, rows, job); }
#define MANY_TILES(rows) \
    MANY_TILE(many_rows_##rows, false, false, rows) \
    MANY_TILE(many_rows_first_##rows, false, true, rows) \
    MANY_TILE(many_columns_##rows, true, false, rows) \
    MANY_TILE(many_columns_first_##rows, true, true, rows)
MANY_TILES(1) MANY_TILES(2) MANY_TILES(3) MANY_TILES(4) MANY_TILES(5) MANY_TILES(6)
#define BY_ROWS(form) {NULL, form##_1, form##_2, form##_3, form##_4, form##_5, form##_6}
static many_function *const many_tiles[2][2][MANY_TOGETHER + 1] = {{BY_ROWS(many_rows), BY_ROWS(many_rows_first)},
                                                               {BY_ROWS(many_columns), BY_ROWS(many_columns_first)}};
/* clang-format on */

/* A rows × count part of A whose columns lie a_k apart, rounded. */
static void many_round_columns(int rows, int64_t count, const float *A, int64_t a_k, float *out)
{
    for (int64_t k = 0; k < count; k++, A += a_k, out += MANY_ROWS)
        for (int i = 0; i < rows; i += WIDTH) {
            int n = LACO_MIN(WIDTH, rows - i);
            __builtin_prefetch(A + COLUMNS_AHEAD * a_k + i);
            store_n(out + i, to_bf16(load_n(A + i, n)), n);
        }
    __builtin_memset(out, 0, (size_t)((laco_bf16_depth(count) - count) * MANY_ROWS) * sizeof *out);
}

/* A tile of which `width` columns are there, computed beside C. */
static void many_at_edge(many_function *run, const many_job *from, int rows, int64_t width)
{
    float beside[MANY_TOGETHER * MANY_COLUMNS] = {0};
    many_job job = *from;
    start_part(job.start, rows, width, beside, MANY_COLUMNS);
    job.C = beside;
    job.c_m = MANY_COLUMNS;
    job.start = (lowprec_start){beside, MANY_COLUMNS};
    run(&job);
    copy_part(rows, width, beside, MANY_COLUMNS, from->C, from->c_m);
}

/* A block of rows against the strips of a piece, evenly. */
static void many_down(bool columns, int rows, int64_t width, const many_job *from)
{
    many_job job = *from;
    int count = (rows + MANY_TOGETHER - 1) / MANY_TOGETHER;
    for (int i = 0, at = 0, part; i < count; i++, at += part) {
        part = rows / count + (i < rows % count);
        many_function *run = many_tiles[columns][i == 0][part];
        job.A = from->A + at * (columns ? 1 : MANY_DEPTH);
        job.C = from->C + at * from->c_m;
        job.start = start_or_zeros(start_at(from->start, at, 0));
        if (width == MANY_COLUMNS)
            run(&job);
        else
            many_at_edge(run, &job, part, width);
    }
}

/* All rows against the strips of a piece, over all of the depth: so long their part of C stays near. */
static void many_deep(bool columns, int rows, int64_t width, int64_t depth, const many_job *from)
{
    many_job job = *from;
    for (int64_t k = 0; k < depth; k += PIECE_DEPTH, job.start = (lowprec_start){from->C, from->c_m}) {
        job.A = from->A + k * (columns ? MANY_ROWS : 1);
        job.B = from->B + k / 2 * LACO_STRIP;
        job.blocks = LACO_MIN(PIECE_DEPTH, depth - k) / LACO_BF16_BLOCK;
        many_down(columns, rows, width, &job);
    }
}

static void many_across(bool columns, int rows, int64_t N, int64_t depth, const many_job *from)
{
    many_job job = *from;
    for (int64_t n = 0; n < N; n += MANY_COLUMNS) {
        int64_t width = LACO_MIN(MANY_COLUMNS, N - n);
        job.B = from->B + n / LACO_STRIP * from->strip;
        job.strips = (int)((width + LACO_STRIP - 1) / LACO_STRIP);
        job.C = from->C + n;
        job.start = start_at(from->start, 0, n);
        many_deep(columns, rows, width, depth, &job);
    }
}

static void bf16_many_rows(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const uint32_t *B,
                           lowprec_start start, float *C, int64_t c_m)
{
    float rounded[MANY_ROWS * MANY_DEPTH] __attribute__((aligned(64)));
    float piece[PIECE_DEPTH * MANY_COLUMNS] __attribute__((aligned(64)));
    many_job job = {.A = rounded, .strip = laco_bf16_depth(K) / 2 * LACO_STRIP, .piece = piece, .c_m = c_m};
    bool columns = a_m == 1 && a_k != 1;
    for (int64_t m = 0; m < M; m += MANY_ROWS) {
        int rows = (int)LACO_MIN(MANY_ROWS, M - m);
        job.C = C + m * c_m;
        job.start = start_at(start, m, 0);
        for (int64_t k = 0; k < K; k += MANY_DEPTH, job.start = (lowprec_start){job.C, c_m}) {
            int64_t depth = LACO_MIN(MANY_DEPTH, K - k);
            const float *from = A + m * a_m + k * a_k;
            if (columns)
                many_round_columns(rows, depth, from, a_k, rounded);
            else
                bf16_round(rows, depth, from, a_m, a_k, rounded, MANY_DEPTH);
            job.B = B + k / 2 * LACO_STRIP;
            many_across(columns, rows, N, laco_bf16_depth(depth), &job);
        }
    }
}

#endif
