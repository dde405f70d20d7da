#include "../simd/vec_neon.h"

#include "../simd/depthwise_conv2d_sums_s8.h"
