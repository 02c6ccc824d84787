/* Where numbers stop being numbers. */
#ifndef LACO_BASE_FINITE_H
#define LACO_BASE_FINITE_H

#include "base/base.h"

/* The place of the first of `count` numbers that is NaN or infinite; -1: there is none. Goes over them at the speed of memory. */
static inline int64_t laco_first_not_finite(const laco_real *values, int64_t count)
{
    for (int64_t begin = 0; begin < count; begin += 1024) {
        int64_t end = LACO_MIN(begin + 1024, count);
        int odd = 0;
        for (int64_t i = begin; i < end; i++)
            odd |= values[i] - values[i] != 0;
        for (int64_t i = begin; odd && i < end; i++)
            if (values[i] - values[i] != 0)
                return i;
    }
    return -1;
}

#endif
