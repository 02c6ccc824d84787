/* A tile of a product: at most ROWS × PANEL elements of C, in registers while k runs.
 *
 * Each of them is one chain of fused multiply-adds over rising k that starts from what C holds or from zero: the law of
 * sums in kernel.h. How large the tile is, and which rows and columns it holds, has no part in that. */
#ifndef LACO_KERNEL_SIMD_TILE_H
#define LACO_KERNEL_SIMD_TILE_H

#include "kernel/simd/vector.h"

#define PANEL_VECTORS (PANEL / WIDTH)
#define HALF (PANEL / 2)
#define LINE 16      /* floats in a cache line */
#define B_AHEAD 1024 /* floats of B, and values of k of a transposed A, from the fetching of a line to its use */
#define A_AHEAD 32
#define FEW_ROWS LACO_FEW_ROWS /* a tile may take several panels: it takes independent chains to hide their latency */
#define MOST_PANELS 4
#define A_LANES ((ROWS + WIDTH - 1) / WIDTH * WIDTH) /* row length of a copy of a transposed A */

typedef struct tile_job {
    int64_t K;
    const float *A;
    int64_t a_m, a_k;
    const float *B;            /* in the panel of the first column; the next panel is panel_stride further */
    int64_t panel_stride, b_k; /* b_k: from one k to the next; tiles but FEW know that it is PANEL */
    float *C;
    int64_t c_m;
    const float *start; /* what the sums begin with, rows start_m apart: C itself, or one row for all (0 apart); NULL: zeros */
    int64_t start_m;
    float *copy; /* where a transposed A is copied to */
    const float
        *ahead; /* memory that later tiles will want, fetched ahead_step further with each k; forms that fetch it need one */
    int64_t ahead_step;
} tile_job;

/* The tiles that exist, each for every number of rows. A is
 *   in place     rows, with a_k = 1
 *   transposed   columns, with a_m = 1; on its way the tile copies them, for the other tiles of these rows
 *   copied       such a copy
 * HALF is half a panel, for the last columns; AHEAD fetches memory for later, as COPIED does. FEW takes any strides, of B
 * as well, and several panels. */
typedef enum tile_form {
    IN_PLACE,
    IN_PLACE_AHEAD,
    IN_PLACE_HALF,
    TRANSPOSED,
    TRANSPOSED_HALF,
    COPIED,
    COPIED_HALF,
    TILE_FORMS,
    FEW = TILE_FORMS
} tile_form;

/* sum[i] += A[i][k] · B[k] for one k. a[] has every fourth row of A; the processor adds 0 to 3 strides by itself. */
INLINE void add_product(const tile_form form, const int rows, const int across, vec sum[][MOST_PANELS * PANEL_VECTORS],
                        const float *const *a, int64_t a_m, const float *B, int64_t panel_stride)
{
    vec b[MOST_PANELS * PANEL_VECTORS];
    UNROLL for (int v = 0; v < across; v++)
    {
        const float *from = B + v / PANEL_VECTORS * panel_stride + v % PANEL_VECTORS * WIDTH;
        b[v] = load(from);
        if (form != FEW && v * WIDTH % LINE == 0)
            __builtin_prefetch(from + B_AHEAD);
        if (rows > 1)
            KEEP(b[v]);
    }
    UNROLL for (int i = 0; i < rows; i++)
    {
        vec factor = splat(a[i / 4][i % 4 * a_m]);
        UNROLL for (int v = 0; v < across; v++) sum[i][v] = fmadd(factor, b[v], sum[i][v]);
    }
}

/* The rows of one k of a transposed A. */
INLINE void copy_rows(const int rows, const float *a, int64_t a_k, float *copy)
{
    __builtin_prefetch(a + A_AHEAD * a_k);
    __builtin_prefetch(a + A_AHEAD * a_k + rows - 1);
    UNROLL for (int v = 0; v < rows; v += WIDTH) store(copy + v, load_n(a + v, LACO_MIN(WIDTH, rows - v)));
}

/* C (rows × across·WIDTH) = or += A (rows × K) · B, with all sizes but K known where this is inlined. */
INLINE void tile(const tile_form form, const int rows, const int across, const tile_job *job)
{
    const bool in_place = form <= IN_PLACE_HALF, copied = form == COPIED || form == COPIED_HALF;
    const int64_t a_m = in_place || form == FEW ? job->a_m : 1, a_k = in_place ? 1 : copied ? A_LANES : job->a_k;
    const int64_t K = job->K, panel_stride = job->panel_stride, b_k = form == FEW ? job->b_k : PANEL, c_m = job->c_m;
    vec sum[ROWS][MOST_PANELS * PANEL_VECTORS];
    const float *start = job->start;
    const int64_t start_m = job->start_m;
    if (start)
        UNROLL for (int i = 0; i < rows; i++, start += start_m)
        {
            UNROLL for (int v = 0; v < across; v++) sum[i][v] = load(start + v * WIDTH);
            KEEP_POINTER(start);
        }
    else
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < across; v++) sum[i][v] = splat(0.0f);
    float *row = job->C + across * WIDTH; /* where the next tile begins */
    UNROLL for (int i = 0; i < rows; i++, row += c_m)
    {
        UNROLL for (int v = 0; v < across; v += LINE / WIDTH) __builtin_prefetch(row + v * WIDTH, 1);
        KEEP_POINTER(row);
    }

    const float *a[(ROWS + 3) / 4], *B = job->B, *ahead = job->ahead;
    float *copy = job->copy;
    UNROLL for (int i = 0; i < rows; i += 4) a[i / 4] = job->A + i * a_m;
    int64_t k = 0, ahead_step = job->ahead_step;
    for (; k + 2 <= K; k += 2)
        UNROLL for (int turn = 0; turn < 2; turn++)
        {
            if (form == TRANSPOSED) {
                copy_rows(rows, a[0], a_k, copy);
                copy += A_LANES;
            }
            add_product(form, rows, across, sum, a, a_m, B, panel_stride);
            B += b_k;
            UNROLL for (int i = 0; i < rows; i += 4) a[i / 4] += a_k;
            if (form == IN_PLACE_AHEAD || form == COPIED) {
                __builtin_prefetch(ahead, 0, 2);
                ahead += ahead_step;
            }
        }
    if (k < K) {
        if (form == TRANSPOSED)
            copy_rows(rows, a[0], a_k, copy);
        add_product(form, rows, across, sum, a, a_m, B, panel_stride);
    }

    row = job->C;
    UNROLL for (int i = 0; i < rows; i++, row += c_m)
    {
        UNROLL for (int v = 0; v < across; v++) store(row + v * WIDTH, sum[i][v]);
        KEEP_POINTER(row);
    }
}

typedef void tile_function(const tile_job *job);

#define TILE(name, form, rows, across)                                                                                           \
    static __attribute__((noinline)) void name(const tile_job *job) { tile(form, rows, across, job); }
#define TILES(rows)                                                                                                              \
    TILE(in_place_##rows, IN_PLACE, rows, PANEL_VECTORS)                                                                         \
    TILE(in_place_ahead_##rows, IN_PLACE_AHEAD, rows, PANEL_VECTORS)                                                             \
    TILE(transposed_##rows, TRANSPOSED, rows, PANEL_VECTORS)                                                                     \
    TILE(copied_##rows, COPIED, rows, PANEL_VECTORS)                                                                             \
    TILE(in_place_half_##rows, IN_PLACE_HALF, rows, PANEL_VECTORS / 2)                                                           \
    TILE(transposed_half_##rows, TRANSPOSED_HALF, rows, PANEL_VECTORS / 2)                                                       \
    TILE(copied_half_##rows, COPIED_HALF, rows, PANEL_VECTORS / 2)
#define FEW(rows, halves) TILE(few_##rows##_##halves, FEW, rows, (halves)*PANEL_VECTORS / 2)

/* Lists of macros, laid out by hand. */
/* clang-format off */
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
FEW(1, 1) FEW(2, 1) FEW(3, 1) FEW(4, 1) FEW(5, 1) FEW(6, 1)
FEW(1, 2) FEW(2, 2) FEW(3, 2) FEW(4, 2) FEW(5, 2) FEW(6, 2)
FEW(1, 3) FEW(2, 3)
FEW(1, 4) FEW(2, 4)
FEW(1, 8)
#if ROWS == 14
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) TILES(13) TILES(14)
FEW(3, 3) FEW(4, 3) FEW(5, 3) FEW(6, 3)
FEW(3, 4) FEW(4, 4) FEW(5, 4) FEW(6, 4) FEW(2, 8)
/* clang-format on */
#define MORE_ROWS(form) , form##_7, form##_8, form##_9, form##_10, form##_11, form##_12, form##_13, form##_14
#define MORE_FEW(halves) , few_3_##halves, few_4_##halves, few_5_##halves, few_6_##halves
#define MORE_FEW_8 , few_2_8
#else
#define MORE_ROWS(form)
#define MORE_FEW(halves)
#define MORE_FEW_8
#endif
#define BY_ROWS(form)                                                                                                            \
    {                                                                                                                            \
        NULL, form##_1, form##_2, form##_3, form##_4, form##_5, form##_6 MORE_ROWS(form)                                         \
    }

                static tile_function *const tiles[TILE_FORMS][ROWS + 1] = {
                    [IN_PLACE] = BY_ROWS(in_place),
                    [IN_PLACE_AHEAD] = BY_ROWS(in_place_ahead),
                    [IN_PLACE_HALF] = BY_ROWS(in_place_half),
                    [TRANSPOSED] = BY_ROWS(transposed),
                    [TRANSPOSED_HALF] = BY_ROWS(transposed_half),
                    [COPIED] = BY_ROWS(copied),
                    [COPIED_HALF] = BY_ROWS(copied_half),
};

/* By the number of half panels, as far as there are registers for them. */
#define FEW_FORMS 5
static const int few_halves[FEW_FORMS] = {1, 2, 3, 4, 8};
static tile_function *const few_tiles[FEW_FORMS][FEW_ROWS + 1] = {
    {NULL, few_1_1, few_2_1, few_3_1, few_4_1, few_5_1, few_6_1},
    {NULL, few_1_2, few_2_2, few_3_2, few_4_2, few_5_2, few_6_2},
    {NULL, few_1_3, few_2_3 MORE_FEW(3)},
    {NULL, few_1_4, few_2_4 MORE_FEW(4)},
    {NULL, few_1_8 MORE_FEW_8},
};

#endif
