#include "../simd/vec_avx2.h"

#include "../simd/max_pool2d_s8.h"
