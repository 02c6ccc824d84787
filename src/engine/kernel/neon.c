/* NEON on 64-bit Arm: 32 registers; 6 × 16 sums take 24, four hold a row of the panel. */
#define WIDTH 4
#define PANEL 16
#define ROWS 6
#define NAME "neon"
#define TABLE laco_kernels_neon
#include "kernel/simd/table.h"
