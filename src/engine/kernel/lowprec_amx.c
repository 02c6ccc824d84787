/* bf16 products on the tiles of AMX: 16 rows of 32 values of k against 16 columns of as many, a block of k at once, in the order
 * of sums of kernel/lowprec.h. Tiles 0 … 3 hold C, 4 and 5 rows of A, 6 and 7 strips of B; up to 32 × 32 of C at a time.
 *
 * A is brought into tiles of its own first, so that each of its rows stands on one cache line behind the one before. */
#define WIDTH 16
#include "kernel/lowprec.h"
#include "kernel/simd/amx.h"
#include "kernel/simd/lowprec_start.h"

#define PAIR (INT64_C(2) * LACO_STRIP)      /* columns of two strips */
#define TILE_WORDS (TILE_ROWS * LACO_STRIP) /* 32-bit words: two values of k each */
#define MOST_ROWS 64                        /* of A that are brought into tiles at a time … */
#define MOST_DEPTH 512                      /* … and their values of k: 64 KiB on the stack */
#define MOST_BLOCKS (MOST_DEPTH / LACO_BF16_BLOCK)

/* For a register of 16 words on its way from rows to columns. */
INLINE void transpose_words(__m512i x[16])
{
    __m512i y[16];
    UNROLL for (int i = 0; i < 16; i += 2)
    {
        y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
        y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
    }
    UNROLL for (int i = 0; i < 16; i += 4)
    {
        x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
        x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
        x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
        x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
    }
    UNROLL for (int i = 0; i < 4; i++)
    {
        y[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
        y[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
        y[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
        y[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);
    }
    UNROLL for (int i = 0; i < 4; i++)
    {
        x[i] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0x88);
        x[i + 8] = _mm512_shuffle_i32x4(y[i], y[i + 8], 0xdd);
        x[i + 4] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0x88);
        x[i + 12] = _mm512_shuffle_i32x4(y[i + 4], y[i + 12], 0xdd);
    }
}

/* Up to n floats from p on, zeros behind them. */
INLINE __m512 load_up_to(const float *p, int64_t n) { return n >= WIDTH ? load(p) : n > 0 ? load_first(p, (int)n) : splat(0.0f); }

/* 32 values of k of one row as 16 words; `left` of them are there. */
INLINE __m512i words_of_row(const float *row, int64_t left)
{
    return (__m512i)_mm512_cvtne2ps_pbh(load_up_to(row + WIDTH, left - WIDTH), load_up_to(row, left));
}

/* Two values of k of 16 columns as 16 words. */
INLINE __m512i words_of_columns(const float *k, int64_t stride, int64_t depth, int64_t columns)
{
    __m256i even = (__m256i)_mm512_cvtneps_pbh(load_up_to(k, columns));
    __m256i odd = depth > 1 ? (__m256i)_mm512_cvtneps_pbh(load_up_to(k + stride, columns)) : _mm256_setzero_si256();
    return _mm512_or_si512(_mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16));
}

/* One block of k in one strip, from values that lie behind each other along k (n is `stride` apart), or along n. */
INLINE void pack_along_k(const float *B, int64_t stride, int64_t depth, int64_t columns, uint32_t *out)
{
    __m512i x[16];
    UNROLL for (int n = 0; n < 16; n++) x[n] = n < columns ? words_of_row(B + n * stride, depth) : _mm512_setzero_si512();
    transpose_words(x);
    UNROLL for (int i = 0; i < 16; i++) _mm512_storeu_si512(out + (ptrdiff_t)i * LACO_STRIP, x[i]);
}

INLINE void pack_along_n(const float *B, int64_t stride, int64_t depth, int64_t columns, uint32_t *out)
{
    for (int i = 0; i < 16; i++, B += 2 * stride, depth -= 2, out += LACO_STRIP)
        _mm512_storeu_si512(out, depth > 0 ? words_of_columns(B, stride, depth, columns) : _mm512_setzero_si512());
}

static void amx_pack(int64_t K, int64_t N, const float *B, int64_t b_k, int64_t b_n, void *packed)
{
    uint32_t *out = packed;
    if (b_k != 1 && b_n != 1) {
        laco_bf16_pack(K, N, B, b_k, b_n, packed);
        return;
    }
    for (int64_t n = 0; n < N; n += LACO_STRIP)
        for (int64_t k = 0; k < K; k += LACO_BF16_BLOCK, out += TILE_WORDS) {
            const float *from = B + k * b_k + n * b_n;
            if (b_n == 1)
                pack_along_n(from, b_k, K - k, N - n, out);
            else
                pack_along_k(from, b_n, K - k, N - n, out);
        }
}

/* Rows of A in tiles: [rows / TILE_ROWS][MOST_BLOCKS][TILE_ROWS][LACO_STRIP] words. */
static void take_rows(int64_t rows, int64_t depth, const float *A, int64_t a_m, uint32_t *out)
{
    for (int64_t m = 0; m < rows; m++, A += a_m) {
        uint32_t *to = out + m / TILE_ROWS * MOST_BLOCKS * TILE_WORDS + m % TILE_ROWS * LACO_STRIP;
        for (int64_t k = 0; k < depth; k += LACO_BF16_BLOCK, to += TILE_WORDS)
            _mm512_storeu_si512(to, words_of_row(A + k, depth - k));
    }
}

static void take_columns(int64_t rows, int64_t depth, const float *A, int64_t a_k, uint32_t *out)
{
    for (int64_t m = 0; m < rows; m += TILE_ROWS)
        for (int64_t k = 0; k < depth; k += LACO_BF16_BLOCK) {
            __m512i x[16];
            UNROLL for (int i = 0; i < 16; i++) x[i] =
                k + INT64_C(2) * i < depth
                    ? words_of_columns(A + (k + INT64_C(2) * i) * a_k + m, a_k, depth - k - INT64_C(2) * i, rows - m)
                    : _mm512_setzero_si512();
            transpose_words(x);
            uint32_t *to = out + (m / TILE_ROWS * MOST_BLOCKS + k / LACO_BF16_BLOCK) * TILE_WORDS;
            UNROLL for (int i = 0; i < 16; i++) _mm512_storeu_si512(to + (ptrdiff_t)i * LACO_STRIP, x[i]);
        }
}

/* C = start + A · B for one or two rows of tiles and one or two strips. */
INLINE void tile_product(const bool two_rows, const bool two_strips, int64_t blocks, const uint32_t *A, const uint32_t *B,
                         int64_t strip, lowprec_start start, float *C, int64_t c_m)
{
    const size_t c_bytes = (size_t)c_m * sizeof *C, start_bytes = (size_t)start.stride * sizeof *C;
    const float *from = start.from, *lower_from = from + TILE_ROWS * start.stride;
    float *lower = C + TILE_ROWS * c_m;
    __asm__ volatile("" ::: "memory"); /* GCC does not know that a tile is loaded from memory */
    _tile_loadd(0, from, start_bytes);
    if (two_strips)
        _tile_loadd(1, from + LACO_STRIP, start_bytes);
    if (two_rows)
        _tile_loadd(2, lower_from, start_bytes);
    if (two_rows && two_strips)
        _tile_loadd(3, lower_from + LACO_STRIP, start_bytes);
    for (int64_t k = 0; k < blocks; k++, A += TILE_WORDS, B += TILE_WORDS) {
        _tile_loadd(4, A, 64);
        _tile_loadd(6, B, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (two_strips) {
            _tile_loadd(7, B + strip, 64);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (two_rows) {
            _tile_loadd(5, A + MOST_BLOCKS * TILE_WORDS, 64);
            _tile_dpbf16ps(2, 5, 6);
        }
        if (two_rows && two_strips)
            _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, C, c_bytes);
    if (two_strips)
        _tile_stored(1, C + LACO_STRIP, c_bytes);
    if (two_rows)
        _tile_stored(2, lower, c_bytes);
    if (two_rows && two_strips)
        _tile_stored(3, lower + LACO_STRIP, c_bytes);
}

static void product_at(bool two_rows, bool two_strips, int64_t blocks, const uint32_t *A, const uint32_t *B, int64_t strip,
                       lowprec_start start, float *C, int64_t c_m)
{
    if (two_rows && two_strips)
        tile_product(true, true, blocks, A, B, strip, start, C, c_m);
    else if (two_rows)
        tile_product(true, false, blocks, A, B, strip, start, C, c_m);
    else if (two_strips)
        tile_product(false, true, blocks, A, B, strip, start, C, c_m);
    else
        tile_product(false, false, blocks, A, B, strip, start, C, c_m);
}

/* The last columns of C, fewer than two whole strips: where they stick out, computed beside it. */
static void last_columns(int rows, int64_t columns, int64_t blocks, const uint32_t *A, const uint32_t *B, int64_t strip,
                         lowprec_start start, float *C, int64_t c_m)
{
    float beside[2 * TILE_ROWS * PAIR];
    bool two_strips = columns > LACO_STRIP;
    if (columns == LACO_STRIP) {
        product_at(rows > TILE_ROWS, false, blocks, A, B, strip, start_or_zeros(start), C, c_m);
        return;
    }
    start_part(start, rows, columns, beside, PAIR);
    product_at(rows > TILE_ROWS, two_strips, blocks, A, B, strip, (lowprec_start){beside, PAIR}, beside, PAIR);
    copy_part(rows, columns, beside, PAIR, C, c_m);
}

/* `rows` rows, a multiple of 32 or fewer than that, against all strips: each pair of strips meets all rows while it is near. */
static void across(int64_t rows, int64_t N, int64_t blocks, const uint32_t *A, const uint32_t *B, int64_t strip,
                   lowprec_start start, float *C, int64_t c_m)
{
    const int64_t step = 2 * TILE_ROWS;
    configure_tiles((int)LACO_MIN(rows, TILE_ROWS), (int)LACO_MAX(0, LACO_MIN(rows, step) - TILE_ROWS));
    for (int64_t n = 0; n < N; n += PAIR, B += 2 * strip)
        for (int64_t m = 0; m < rows; m += step) {
            const uint32_t *a = A + m / TILE_ROWS * MOST_BLOCKS * TILE_WORDS;
            int count = (int)LACO_MIN(rows - m, step);
            lowprec_start begin = start_at(start, m, n);
            if (N - n >= PAIR)
                product_at(count > TILE_ROWS, true, blocks, a, B, strip, start_or_zeros(begin), C + m * c_m + n, c_m);
            else
                last_columns(count, N - n, blocks, a, B, strip, begin, C + m * c_m + n, c_m);
        }
    _tile_release();
}

static void product(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const uint32_t *packed,
                    lowprec_start start, float *C, int64_t c_m)
{
    uint32_t tiles[MOST_ROWS / TILE_ROWS * MOST_BLOCKS * TILE_WORDS] __attribute__((aligned(64)));
    int64_t strip = laco_bf16_depth(K) / 2 * LACO_STRIP, rows;
    for (int64_t m = 0; m < M; m += rows, A += rows * a_m, C += rows * c_m) {
        rows = LACO_MIN(MOST_ROWS, M - m);
        rows = rows > 2 * TILE_ROWS ? rows / (2 * TILE_ROWS) * (2 * TILE_ROWS) : rows;
        lowprec_start begin = start_at(start, m, 0);
        if (K == 0)
            start_part(begin, rows, N, C, c_m);
        for (int64_t k = 0; k < K; k += MOST_DEPTH, begin = (lowprec_start){C, c_m}) {
            int64_t depth = LACO_MIN(MOST_DEPTH, K - k);
            if (a_k == 1)
                take_rows(rows, depth, A + k, a_m, tiles);
            else
                take_columns(rows, depth, A + k * a_k, a_k, tiles);
            across(rows, N, laco_bf16_depth(depth) / LACO_BF16_BLOCK, tiles, packed + k / 2 * LACO_STRIP, strip, begin, C, c_m);
        }
    }
}

static void amx_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const void *packed, float *C,
                     int64_t c_m, bool accumulate)
{
    product(M, N, K, A, a_m, a_k, packed, (lowprec_start){accumulate ? C : NULL, c_m}, C, c_m);
}

static void amx_gemm_from(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, const void *packed, const float *start,
                          float *C, int64_t c_m)
{
    product(M, N, K, A, a_m, 1, packed, (lowprec_start){start, 0}, C, c_m);
}

const laco_lowprec laco_bf16_amx = {"avx512_amx", amx_pack, amx_gemm, amx_gemm_from};
