/* int8 products on the tiles of AMX, for more than a few rows: 16 rows of 64 values of k against 16 columns of as many, whole
 * numbers with a sign on both sides. What few rows need is bytes, and vectors read them as fast. */
#define WIDTH 16
#include <immintrin.h>
#include <stdint.h>

typedef int32_t ints __attribute__((vector_size(64)));
#define SHIFTED 1
#define INT8_STRIPS_ONE 8
#define INT8_STRIPS 4

/* As in lowprec_vnni.c. */
static inline __attribute__((always_inline)) ints dot4(ints sum, int32_t a, ints b)
{
    __m512i first = _mm512_set1_epi32(a);
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(first), "vm"(b));
    return sum;
}
#include "kernel/simd/amx.h"
#include "kernel/simd/lowprec_int8.h"

#define TILE_BYTES (TILE_ROWS * LACO_INT8_TILE)
#define FEWEST_ROWS 4 /* up to here vectors do it */

/* Up to 32 rows of A in tiles, [2][LACO_INT8_BLOCK / LACO_INT8_TILE] of them: 64 KiB on the stack. */
typedef struct tiles {
    int8_t q[2][LACO_INT8_BLOCK / LACO_INT8_TILE][TILE_ROWS][LACO_INT8_TILE] __attribute__((aligned(64)));
    float inverse[2 * TILE_ROWS], scale[2 * TILE_ROWS];
} tiles;

/* One row's values of k as whole numbers, zeros behind them; `to` is its place in the first tile. */
static void quantise_row(int64_t count, const float *x, int64_t stride, float inverse, int8_t *to)
{
    for (int64_t k = 0; k < count; k += LACO_INT8_TILE, to += TILE_BYTES)
        for (int64_t i = 0; i < LACO_INT8_TILE; i += WIDTH) {
            int64_t left = LACO_MIN(WIDTH, count - k - i);
            __m128i narrow = _mm_setzero_si128();
            if (left > 0) {
                float some[WIDTH];
                for (int64_t j = 0; j < left && stride != 1; j++)
                    some[j] = x[(k + i + j) * stride];
                const float *from = stride == 1 ? x + k + i : some;
                vec v = left == WIDTH ? load(from) : load_first(from, (int)left);
                narrow = _mm512_cvtepi32_epi8((__m512i)(v * splat(inverse) + splat(ROUNDER_INT8)));
            }
            _mm_storeu_si128((__m128i *)(void *)(to + i), narrow);
        }
}

/* sums = A · B over one block of k, for one or two rows of tiles and two strips (of which the second may be the first again). */
INLINE void tile_sums(const bool two_rows, int64_t depth, const tiles *A, const char *B, int64_t strip,
                      int32_t sums[2][2][TILE_ROWS][LACO_STRIP])
{
    __asm__ volatile("" ::: "memory"); /* GCC does not know that a tile is loaded from memory */
    _tile_zero(0);
    _tile_zero(1);
    if (two_rows) {
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t k = 0; k < depth / LACO_INT8_TILE; k++, B += TILE_BYTES) {
        _tile_loadd(4, A->q[0][k], LACO_INT8_TILE);
        _tile_loadd(6, B, 64);
        _tile_dpbssd(0, 4, 6);
        _tile_loadd(7, B + strip, 64);
        _tile_dpbssd(1, 4, 7);
        if (two_rows) {
            _tile_loadd(5, A->q[1][k], LACO_INT8_TILE);
            _tile_dpbssd(2, 5, 6);
            _tile_dpbssd(3, 5, 7);
        }
    }
    _tile_stored(0, sums[0][0], 64);
    _tile_stored(1, sums[0][1], 64);
    if (two_rows) {
        _tile_stored(2, sums[1][0], 64);
        _tile_stored(3, sums[1][1], 64);
    }
}

/* C = start + sums · scales, for one strip. */
INLINE void add_scaled(int rows, int columns, const tiles *A, const char *scales, const int32_t (*sums)[LACO_STRIP], int half,
                       lowprec_start start, float *C, int64_t c_m)
{
    vec column = load((const float *)(const void *)scales);
    for (int i = 0; i < rows; i++, C += c_m, start.from += start.stride) {
        float row = A->scale[half * TILE_ROWS + i];
        vec sum = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums[i]));
        store_n(C, load_n(start.from, columns) + sum * (splat(row) * column), columns);
    }
}

/* All strips, over one block of k whose strips are `strip` bytes apart, with scales at `scales` and values at `block`. */
static void across(int rows, int64_t N, int64_t depth, const tiles *A, const char *scales, const char *block, int64_t strip,
                   lowprec_start start, float *C, int64_t c_m)
{
    int32_t sums[2][2][TILE_ROWS][LACO_STRIP] __attribute__((aligned(64)));
    configure_tiles((int)LACO_MIN(rows, TILE_ROWS), (int)LACO_MAX(0, rows - TILE_ROWS));
    for (int64_t n = 0; n < N; n += INT64_C(2) * LACO_STRIP, scales += 2 * strip, block += 2 * strip) {
        int64_t next = N - n > LACO_STRIP ? strip : 0;
        if (rows > TILE_ROWS)
            tile_sums(true, depth, A, block, next, sums);
        else
            tile_sums(false, depth, A, block, next, sums);
        for (int half = 0; half * TILE_ROWS < rows; half++)
            for (int s = 0; s < 2 && n + (int64_t)s * LACO_STRIP < N; s++) {
                int64_t row = half * TILE_ROWS, column = n + (int64_t)s * LACO_STRIP;
                add_scaled((int)LACO_MIN(TILE_ROWS, rows - row), (int)LACO_MIN(LACO_STRIP, N - column), A, scales + s * strip,
                           (const int32_t(*)[LACO_STRIP])sums[half][s], half, start_or_zeros(start_at(start, row, column)),
                           C + row * c_m + column, c_m);
            }
    }
    _tile_release();
}

static void product(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const char *packed,
                    lowprec_start start, float *C, int64_t c_m)
{
    tiles block;
    for (int64_t m = 0; m < M; m += INT64_C(2) * TILE_ROWS, A += 2 * TILE_ROWS * a_m, C += 2 * TILE_ROWS * c_m) {
        int rows = (int)LACO_MIN(2 * TILE_ROWS, M - m);
        lowprec_start begin = start_at(start, m, 0);
        const char *values = packed + LACO_STRIP_HEAD;
        if (K == 0)
            start_part(begin, rows, N, C, c_m);
        int8_scales(rows, K, A, a_m, a_k, block.inverse, block.scale);
        for (int64_t k = 0; k < K; k += LACO_INT8_BLOCK, begin = (lowprec_start){C, c_m}) {
            int64_t count = LACO_MIN(LACO_INT8_BLOCK, K - k), depth = laco_int8_depth(count);
            for (int i = 0; i < rows; i++)
                quantise_row(count, A + i * a_m + k * a_k, a_k, block.inverse[i], block.q[i / TILE_ROWS][0][i % TILE_ROWS]);
            values += LACO_STRIP_HEAD;
            across(rows, N, depth, &block, packed, values, laco_strip_bytes(LACO_INT8, K), begin, C, c_m);
            values += depth * LACO_STRIP;
        }
    }
}

static void amx_int8_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed, float *C,
                          int64_t c_m, bool accumulate)
{
    if (M <= FEWEST_ROWS)
        simd_int8_gemm(M, N, K, A, a_m, a_k, packed, C, c_m, accumulate);
    else
        product(M, N, K, A, a_m, a_k, packed, (lowprec_start){accumulate ? C : NULL, c_m}, C, c_m);
}

static void amx_int8_gemm_from(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, const void *packed,
                               const float *start, float *C, int64_t c_m)
{
    if (M <= FEWEST_ROWS)
        simd_int8_gemm_from(M, N, K, A, a_m, packed, start, C, c_m);
    else
        product(M, N, K, A, a_m, 1, packed, (lowprec_start){start, 0}, C, c_m);
}

const laco_lowprec laco_int8_amx = {"avx512_amx", laco_int8_pack, amx_int8_gemm, amx_int8_gemm_from};
