#include "op/packed.h"

#include "op/ranges.h"

/* Cost of packing one element, in multiply-adds: it waits for memory. */
#define PACK_COST 32.0

typedef struct pack_work {
    const laco_context *ctx;
    laco_precision precision;
    int64_t K, b_k, b_n;
    const laco_real *B;
    laco_real *packed;
} pack_work;

/* Columns begin … end-1, where begin is the first of a panel. */
static void pack_columns(const void *work, int64_t begin, int64_t end)
{
    const pack_work *w = work;
    laco_product_pack(w->ctx, w->precision, w->K, end - begin, w->B + begin * w->b_n, w->b_k, w->b_n,
                      laco_product_column(w->precision, w->K, begin, w->packed));
}

void laco_pack(laco_context *ctx, laco_precision precision, int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n,
               laco_real *packed)
{
    pack_work work = {ctx, precision, K, b_k, b_n, B, packed};
    laco_ranges(ctx, N, laco_product_grain(laco_kernels_of(ctx), precision), PACK_COST * (double)K, pack_columns, &work);
}

laco_real *laco_pack_aside(laco_arena *arena, laco_precision precision, int64_t K, int64_t N, const laco_real *B, int64_t b_k,
                           int64_t b_n)
{
    int64_t size = laco_product_size(laco_kernels_of(arena->ctx), precision, K, N);
    laco_real *packed = laco_arena_alloc(arena, (size_t)size, sizeof *packed);
    if (packed)
        laco_pack(arena->ctx, precision, K, N, B, b_k, b_n, packed);
    return packed;
}

static laco_status make_room(laco_context *ctx, laco_packed *packed, int64_t size)
{
    packed->memory = laco_alloc(ctx, (size_t)size + LACO_ALIGN / sizeof(laco_real), sizeof(laco_real));
    if (!packed->memory)
        return LACO_NO_MEMORY;
    uintptr_t start = ((uintptr_t)packed->memory + LACO_ALIGN - 1) & ~(uintptr_t)(LACO_ALIGN - 1);
    packed->data = (laco_real *)start;
    return LACO_OK;
}

laco_status laco_packed_fill(laco_context *ctx, laco_packed *packed, laco_precision precision, uint64_t version, int64_t K,
                             int64_t N, const laco_real *B, int64_t b_k, int64_t b_n)
{
    const laco_kernels *kernels = laco_kernels_of(ctx);
    if (packed->data && packed->precision != precision)
        laco_packed_free(ctx, packed);
    if (packed->data && packed->version == version)
        return LACO_OK;
    if (!packed->data)
        LACO_TRY(make_room(ctx, packed, laco_product_size(kernels, precision, K, N)));
    packed->precision = precision;
    laco_pack(ctx, precision, K, N, B, b_k, b_n, packed->data);
    packed->version = version;
    return LACO_OK;
}

void laco_packed_free(laco_context *ctx, laco_packed *packed)
{
    laco_release(ctx, packed->memory);
    *packed = (laco_packed){0};
}
