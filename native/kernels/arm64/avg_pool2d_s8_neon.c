#include "../simd/vec_neon.h"

#include "../simd/avg_pool2d_s8.h"
