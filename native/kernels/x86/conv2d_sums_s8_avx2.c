#include "../simd/vec_avx2.h"

#include "../simd/conv2d_sums_s8.h"
