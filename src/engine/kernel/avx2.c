/* AVX2 with FMA: 16 registers; 6 × 16 sums take 12, two hold a row of the panel. */
#define WIDTH 8
#define PANEL 16
#define ROWS 6
#define NAME "avx2"
#define TABLE laco_kernels_avx2
#include "kernel/simd/table.h"
