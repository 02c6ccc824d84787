/* The shape of AMX's tiles for up to 32 × 32 of C at a time: tiles 0 … 3 hold C, 4 and 5 rows of A, 6 and 7 strips of B. */
#ifndef LACO_KERNEL_SIMD_AMX_H
#define LACO_KERNEL_SIMD_AMX_H

#include <immintrin.h>
#include <stdint.h>

#define TILE_ROWS INT64_C(16)

/* `upper` and `lower` rows of C in its two rows of tiles. */
static inline void configure_tiles(int upper, int lower)
{
    struct __attribute__((packed)) {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    const int rows[8] = {upper, upper, lower, lower, upper, lower, (int)TILE_ROWS, (int)TILE_ROWS};
    for (int i = 0; i < 8; i++) {
        shape.bytes[i] = rows[i] ? 64 : 0;
        shape.rows[i] = (uint8_t)rows[i];
    }
    __asm__ volatile("" ::"m"(shape)); /* GCC's own says that it reads 8 bytes */
    _tile_loadconfig(&shape);
}

#endif
