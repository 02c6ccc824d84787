/* Matrix products over whole tensors: the kernels' packed product, split over threads. */
#ifndef LACO_OP_MATMUL_H
#define LACO_OP_MATMUL_H

#include "base/arena.h"
#include "base/threads.h"
#include "op/product.h"

/* Multiply-adds a thread must have before it is worth waking: some 10 µs of work, for what it writes must go to the other core as
 * well. */
#define LACO_WORTH_A_THREAD 1e6

/* C (+)= A·B with B packed (K × N); rows of C are split over threads. A is row-major with row stride a_ld. */
void laco_matmul(laco_context *ctx, laco_precision precision, int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_ld,
                 const laco_real *packed, laco_real *C, int64_t c_ld, bool accumulate);

/* The weight gradient of a linear map over R rows: dW[m][n] += Σ_r dY[r][m] · X[r][n], r = 0, 1, 2 …; dW is M × N,
 * row-major with stride N. Rows of dW, where there are as many as columns, or columns are split over threads; each thread packs
 * its columns of X. Strides of rows may be negative. `row`: where not NULL, row r of X is X[row[r]] (which may lie before X).
 * Workspace from `arena`. dW NULL: no gradient is wanted. */
laco_status laco_weight_gradient(laco_arena *arena, laco_precision precision, int64_t M, int64_t N, int64_t R,
                                 const laco_real *dY, int64_t dy_ld, const laco_real *X, int64_t x_ld, const int64_t *row,
                                 laco_real *dW);

/* sum[j] += Σ_r x[r][j]; columns are split over threads. */
void laco_column_sums(laco_context *ctx, int64_t rows, int64_t columns, const laco_real *x, int64_t x_ld, laco_real *sum);

#endif
