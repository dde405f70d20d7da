#include "../simd/vec_simd128.h"

#include "../simd/max_pool2d_s8.h"
