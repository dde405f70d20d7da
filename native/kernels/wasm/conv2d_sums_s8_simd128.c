#include "../simd/vec_simd128.h"

#include "../simd/conv2d_sums_s8.h"
