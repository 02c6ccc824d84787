/* AVX-512 (F, BW, DQ, VL): 32 registers; 14 × 32 sums take 28, two hold a row of the panel, two an element of A. */
#define WIDTH 16
#define PANEL 32
#define ROWS 14
#define NAME "avx512"
#define TABLE laco_kernels_avx512
#include "kernel/simd/table.h"
