#include "op/matmul.h"

#include <string.h>

typedef struct matmul_work {
    const laco_context *ctx;
    laco_precision precision;
    int64_t M, N, K, a_ld, c_ld;
    const laco_real *A, *packed;
    laco_real *C;
    bool accumulate;
} matmul_work;

static void matmul_part(void *work, int part, int parts)
{
    const matmul_work *w = work;
    int64_t begin, end;
    laco_part_range(w->M, 1, part, parts, &begin, &end);
    laco_product(w->ctx, w->precision, end - begin, w->N, w->K, w->A + begin * w->a_ld, w->a_ld, 1, w->packed,
                 w->C + begin * w->c_ld, w->c_ld, w->accumulate);
}

void laco_matmul(laco_context *ctx, laco_precision precision, int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_ld,
                 const laco_real *packed, laco_real *C, int64_t c_ld, bool accumulate)
{
    matmul_work work = {ctx, precision, M, N, K, a_ld, c_ld, A, packed, C, accumulate};
    laco_parallel(ctx,
                  laco_parts(ctx, M, laco_product_cost(ctx, precision) * (double)M * (double)N * (double)K, LACO_WORTH_A_THREAD),
                  matmul_part, &work);
}

/* Rows of X that are packed at a time: of fp32, 256 rows of a panel stay in the first-level cache; of shorter numbers, as many
 * bytes. */
#define ROW_BLOCK 256
#define ROW_BLOCK_NARROW 512
#define PART_ROWS 64                    /* of dW, at least, in a part of rows: beside that, to pack X costs little */
#define MOST_PACKED ((int64_t)16 << 20) /* bytes of X that parts of rows may pack, each for itself */

typedef struct weight_gradient_work {
    const laco_context *ctx;
    laco_precision precision;
    bool by_rows;         /* parts are rows of dW, and each packs all columns of X; else columns, and each transposes all of dY */
    int64_t grain, block; /* columns, rows */
    int64_t M, N, R, dy_ld, x_ld;
    const laco_real *dY, *X;
    const int64_t *row;
    laco_real *dW;
    laco_real *packed, *gathered; /* for each part, `block` rows of its columns of X */
    int64_t packed_size, gathered_size;
} weight_gradient_work;

/* Copies columns [begin, end) of the named rows of X behind each other. */
static void gather_rows(const weight_gradient_work *w, int64_t first, int64_t count, int64_t begin, int64_t width, laco_real *out)
{
    for (int64_t r = first; r < first + count; r++, out += width)
        memcpy(out, w->X + w->row[r] * w->x_ld + begin, (size_t)width * sizeof *out);
}

static void weight_gradient_part(void *work, int part, int parts)
{
    const weight_gradient_work *w = work;
    int64_t m_begin = 0, m_end = w->M, begin = 0, end = w->N;
    if (w->by_rows)
        laco_part_range(w->M, 16, part, parts, &m_begin, &m_end);
    else
        laco_part_range(w->N, w->grain, part, parts, &begin, &end);
    if (begin == end || m_begin == m_end)
        return;
    laco_real *packed = w->packed + part * w->packed_size, *gathered = w->gathered + part * w->gathered_size;
    for (int64_t r = 0; r < w->R; r += w->block) {
        int64_t count = LACO_MIN(w->block, w->R - r);
        const laco_real *rows = w->X + r * w->x_ld + begin;
        int64_t rows_ld = w->x_ld;
        if (w->row) {
            gather_rows(w, r, count, begin, end - begin, gathered);
            rows = gathered;
            rows_ld = end - begin;
        }
        laco_product_pack(w->ctx, w->precision, count, end - begin, rows, rows_ld, 1, packed);
        laco_product(w->ctx, w->precision, m_end - m_begin, end - begin, count, w->dY + r * w->dy_ld + m_begin, 1, w->dy_ld,
                     packed, w->dW + m_begin * w->N + begin, w->N, true);
    }
}

laco_status laco_weight_gradient(laco_arena *arena, laco_precision precision, int64_t M, int64_t N, int64_t R,
                                 const laco_real *dY, int64_t dy_ld, const laco_real *X, int64_t x_ld, const int64_t *row,
                                 laco_real *dW)
{
    laco_context *ctx = arena->ctx;
    const laco_kernels *kernels = laco_kernels_of(ctx);
    if (M == 0 || N == 0 || R == 0 || !dW)
        return LACO_OK;
    int64_t grain = laco_product_grain(kernels, precision), grains = (N + grain - 1) / grain;
    int64_t block = LACO_MIN(R, precision == LACO_FP32 ? ROW_BLOCK : ROW_BLOCK_NARROW);
    double cost = laco_product_cost(ctx, precision) * (double)M * (double)N * (double)R;
    int parts = laco_parts(ctx, LACO_MAX(1, M / PART_ROWS), cost, LACO_WORTH_A_THREAD);
    bool by_rows = M >= N && parts * block * N * (int64_t)sizeof *X <= MOST_PACKED;
    if (!by_rows)
        parts = laco_parts(ctx, grains, cost, LACO_WORTH_A_THREAD);
    int64_t width = by_rows ? grains * grain : (grains + parts - 1) / parts * grain;
    laco_arena_mark mark = laco_arena_save(arena);
    weight_gradient_work work = {ctx,  precision, by_rows, grain, block, M,    N,    R, dy_ld,
                                 x_ld, dY,        X,       row,   dW,    NULL, NULL, 0, row ? block * width : 0};
    work.packed_size = laco_product_size(kernels, precision, block, width);
    work.packed = laco_arena_alloc(arena, (size_t)(work.packed_size * parts), sizeof(laco_real));
    work.gathered = laco_arena_alloc(arena, (size_t)(work.gathered_size * parts), sizeof(laco_real));
    laco_status status = work.packed && work.gathered ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK)
        laco_parallel(ctx, parts, weight_gradient_part, &work);
    laco_arena_rewind(arena, mark);
    return status;
}

typedef struct column_sums_work {
    const laco_kernels *kernels;
    int64_t rows, columns, x_ld;
    const laco_real *x;
    laco_real *sum;
} column_sums_work;

static void column_sums_part(void *work, int part, int parts)
{
    const column_sums_work *w = work;
    int64_t begin, end;
    laco_part_range(w->columns, 16, part, parts, &begin, &end);
    w->kernels->column_sums(w->rows, end - begin, w->x + begin, w->x_ld, w->sum + begin);
}

void laco_column_sums(laco_context *ctx, int64_t rows, int64_t columns, const laco_real *x, int64_t x_ld, laco_real *sum)
{
    column_sums_work work = {laco_kernels_of(ctx), rows, columns, x_ld, x, sum};
    laco_parallel(ctx, laco_parts(ctx, (columns + 15) / 16, 16.0 * (double)rows * (double)columns, LACO_WORTH_A_THREAD),
                  column_sums_part, &work);
}
