/* What the sums of a narrow product begin with: C itself, a row for all rows, or zero. It is read where a sum is begun, so that no
 * pass over C goes before the product. */
#ifndef LACO_KERNEL_SIMD_LOWPREC_START_H
#define LACO_KERNEL_SIMD_LOWPREC_START_H

#include "kernel/lowprec.h"
#include "kernel/simd/vector.h"

#define START_COLUMNS (8 * LACO_STRIP) /* the widest tile */

typedef struct lowprec_start {
    const float *from; /* NULL: zero */
    int64_t stride;    /* from one row to the next; 0: one for all */
} lowprec_start;

INLINE lowprec_start start_at(lowprec_start start, int64_t row, int64_t column)
{
    return start.from ? (lowprec_start){start.from + row * start.stride + column, start.stride} : start;
}

/* For tiles of up to START_COLUMNS, which read it without asking. */
INLINE lowprec_start start_or_zeros(lowprec_start start)
{
    static const float zeros[START_COLUMNS];
    return start.from ? start : (lowprec_start){zeros, 0};
}

INLINE void copy_part(int64_t rows, int64_t columns, const float *from, int64_t from_m, float *to, int64_t to_m)
{
    for (int64_t i = 0; i < rows; i++)
        __builtin_memcpy(to + i * to_m, from + i * from_m, (size_t)columns * sizeof *to);
}

/* What a part of C starts with, written there. */
INLINE void start_part(lowprec_start start, int64_t rows, int64_t columns, float *to, int64_t to_m)
{
    if (start.from && start.from != to)
        copy_part(rows, columns, start.from, start.stride, to, to_m);
    for (int64_t i = 0; i < rows && !start.from; i++)
        __builtin_memset(to + i * to_m, 0, (size_t)columns * sizeof *to);
}

#endif
