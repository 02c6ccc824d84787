/* A tile of a product: at most ROWS × PANEL elements of C, in registers while k runs.
 *
 * Each of them is one chain of fused multiply-adds over rising k that starts from what C holds or from zero: the law of
 * sums in kernel.h. How large the tile is, and which rows and columns it holds, has no part in that. */
#ifndef LACO_KERNEL_SIMD_TILE_H
#define LACO_KERNEL_SIMD_TILE_H

#include "kernel/simd/vector.h"

#define PANEL_VECTORS (PANEL / WIDTH)
#define LINE 16          /* floats in a cache line */
#define B_AHEAD 1024     /* floats: how far ahead of its use B is fetched */
#define FEW_ROWS 6       /* up to here a tile may take several panels, for latency is hidden by independent chains */
#define MOST_PANELS 4
#define A_LANES ((ROWS + WIDTH - 1) / WIDTH * WIDTH) /* row length of a copy of a transposed A */

/* sum[i] += A[i][k] · B[k] for one k. a[] has every fourth row of A; the processor adds 0 to 3 strides by itself. */
INLINE void add_product(const int rows, const int panels, const int vectors, vec sum[][MOST_PANELS * PANEL_VECTORS],
                        const float *const *a, int64_t a_m, const float *B, int64_t panel_stride)
{
    vec b[MOST_PANELS * PANEL_VECTORS];
    UNROLL for (int v = 0; v < panels * vectors; v++) {
        const float *from = B + v / vectors * panel_stride + v % vectors * WIDTH;
        b[v] = load(from);
        if (v * WIDTH % LINE == 0)
            __builtin_prefetch(from + B_AHEAD);
        if (rows > 1)
            KEEP(b[v]);
    }
    UNROLL for (int i = 0; i < rows; i++) {
        vec factor = splat(a[i / 4][i % 4 * a_m]);
        UNROLL for (int v = 0; v < panels * vectors; v++)
            sum[i][v] = fmadd(factor, b[v], sum[i][v]);
    }
}

/* C (rows × panels·vectors·WIDTH) = or += A (rows × K) · B. The const parameters are known wherever this is inlined.
 * `ahead` is memory that later tiles will want: fetched into the second-level cache, `ahead_step` further with each k. */
INLINE void tile(const int rows, const int panels, const int vectors, const bool fetch_ahead, int64_t K, const float *A,
                 const int64_t a_m, const int64_t a_k, const float *B, int64_t panel_stride, float *C, int64_t c_m,
                 bool accumulate, const float *ahead, int64_t ahead_step)
{
    const int across = panels * vectors;
    vec sum[ROWS][MOST_PANELS * PANEL_VECTORS];
    float *row = C;
    UNROLL for (int i = 0; i < rows; i++, row += c_m) {
        UNROLL for (int v = 0; v < across; v++) {
            sum[i][v] = splat(0.0f);
            if (v * WIDTH % LINE == 0)
                __builtin_prefetch(row + v * WIDTH, 1);
        }
        KEEP_POINTER(row);
    }
    row = C;
    if (accumulate)
        UNROLL for (int i = 0; i < rows; i++, row += c_m) {
            UNROLL for (int v = 0; v < across; v++)
                sum[i][v] = load(row + v * WIDTH);
            KEEP_POINTER(row);
        }

    const float *a[(ROWS + 3) / 4];
    UNROLL for (int i = 0; i < rows; i += 4)
        a[i / 4] = A + i * a_m;
    int64_t k = 0;
    for (; k + 2 <= K; k += 2)
        UNROLL for (int turn = 0; turn < 2; turn++) {
            add_product(rows, panels, vectors, sum, a, a_m, B, panel_stride);
            B += PANEL;
            UNROLL for (int i = 0; i < rows; i += 4)
                a[i / 4] += a_k;
            if (fetch_ahead)
                __builtin_prefetch(ahead, 0, 2);
            ahead += ahead_step;
        }
    if (k < K)
        add_product(rows, panels, vectors, sum, a, a_m, B, panel_stride);

    row = C;
    UNROLL for (int i = 0; i < rows; i++, row += c_m) {
        UNROLL for (int v = 0; v < across; v++)
            store(row + v * WIDTH, sum[i][v]);
        KEEP_POINTER(row);
    }
}

/* The tiles that exist. For each number of rows: with A in place (a_k = 1), the same fetching ahead, and with A copied to
 * rows of A_LANES; for the last columns also half a panel. */
typedef enum tile_form { IN_PLACE, IN_PLACE_AHEAD, COPIED, IN_PLACE_HALF, COPIED_HALF, TILE_FORMS } tile_form;

#define TILE_PARAMETERS                                                                                               \
    int64_t K, const float *A, int64_t a_m, int64_t a_k, const float *B, int64_t panel_stride, float *C, int64_t c_m, \
        bool accumulate, const float *ahead, int64_t ahead_step
typedef void tile_function(TILE_PARAMETERS);

#define TILE(name, rows, panels, vectors, fetch_ahead, m, k)                                                              \
    static __attribute__((noinline)) void name(TILE_PARAMETERS)                                                           \
    {                                                                                                                     \
        (void)a_m, (void)a_k;                                                                                             \
        tile(rows, panels, vectors, fetch_ahead, K, A, m, k, B, panel_stride, C, c_m, accumulate, ahead, ahead_step);     \
    }
#define TILES(rows)                                                         \
    TILE(in_place_##rows, rows, 1, PANEL_VECTORS, false, a_m, 1)            \
    TILE(in_place_ahead_##rows, rows, 1, PANEL_VECTORS, true, a_m, 1)       \
    TILE(copied_##rows, rows, 1, PANEL_VECTORS, true, 1, A_LANES)           \
    TILE(in_place_half_##rows, rows, 1, PANEL_VECTORS / 2, false, a_m, 1)   \
    TILE(copied_half_##rows, rows, 1, PANEL_VECTORS / 2, true, 1, A_LANES)

/* Few rows take any strides of A, and as many panels as there are registers for. */
#define FEW(rows, panels) TILE(few_##rows##_##panels, rows, panels, PANEL_VECTORS, false, a_m, a_k)

TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
FEW(1, 1) FEW(2, 1) FEW(3, 1) FEW(4, 1) FEW(5, 1) FEW(6, 1)
FEW(1, 2) FEW(2, 2) FEW(3, 2)
FEW(1, 4)
#if ROWS == 14
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) TILES(13) TILES(14)
FEW(4, 2) FEW(5, 2) FEW(6, 2)
#define MORE_ROWS(form) , form##_7, form##_8, form##_9, form##_10, form##_11, form##_12, form##_13, form##_14
#define MORE_FEW_2 , few_4_2, few_5_2, few_6_2
#else
#define MORE_ROWS(form)
#define MORE_FEW_2
#endif
#define BY_ROWS(form) {NULL, form##_1, form##_2, form##_3, form##_4, form##_5, form##_6 MORE_ROWS(form)}

static tile_function *const tiles[TILE_FORMS][ROWS + 1] = {
    [IN_PLACE] = BY_ROWS(in_place),           [IN_PLACE_AHEAD] = BY_ROWS(in_place_ahead), [COPIED] = BY_ROWS(copied),
    [IN_PLACE_HALF] = BY_ROWS(in_place_half), [COPIED_HALF] = BY_ROWS(copied_half),
};

/* By the logarithm of the number of panels. */
static tile_function *const few_tiles[3][FEW_ROWS + 1] = {
    {NULL, few_1_1, few_2_1, few_3_1, few_4_1, few_5_1, few_6_1},
    {NULL, few_1_2, few_2_2, few_3_2 MORE_FEW_2},
    {NULL, few_1_4},
};

#endif
