#include "../simd/vec_neon.h"

#include "../simd/conv2d_s8.h"
