/* A packed copy of a weight matrix, made again only when the weights have changed. */
#ifndef LACO_OP_PACKED_H
#define LACO_OP_PACKED_H

#include "base/arena.h"
#include "op/product.h"

/* Packs B (K × N, element (k, n) at B[k·b_k + n·b_n]), split over threads; see laco_kernels.pack. */
void laco_pack(laco_context *ctx, laco_precision precision, int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n,
               laco_real *packed);

/* All zero at first. */
typedef struct laco_packed {
    laco_real *memory;
    laco_real *data;  /* [laco_product_size] on a cache line in `memory`; NULL: nothing packed yet */
    uint64_t version; /* of the weights that were packed */
    laco_precision precision;
} laco_packed;

/* Packs B into memory of `arena`; NULL without. */
laco_real *laco_pack_aside(laco_arena *arena, laco_precision precision, int64_t K, int64_t N, const laco_real *B, int64_t b_k,
                           int64_t b_n);

/* Packs B (K × N, element (k, n) at B[k·b_k + n·b_n]) unless `version` is already packed in that precision. LACO_NO_MEMORY. */
laco_status laco_packed_fill(laco_context *ctx, laco_packed *packed, laco_precision precision, uint64_t version, int64_t K,
                             int64_t N, const laco_real *B, int64_t b_k, int64_t b_n);
void laco_packed_free(laco_context *ctx, laco_packed *packed);

#endif
