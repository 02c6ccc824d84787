/* The products of the kind of weights that there are. */
#pragma once
#include "export/c/rt.h"
#ifdef RT_INT8
#include "export/c/matrix_int8.c"
#else
#include "export/c/matrix_fp32.c"
#endif
