#include "../simd/vec_avx2.h"

#include "../simd/conv_transpose2d_s8.h"
