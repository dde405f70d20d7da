#include "../simd/vec_neon.h"

#include "../simd/conv2d_sums_s8.h"
