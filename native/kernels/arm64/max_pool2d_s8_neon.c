#include "../simd/vec_neon.h"

#include "../simd/max_pool2d_s8.h"
