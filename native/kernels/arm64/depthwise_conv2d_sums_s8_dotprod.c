#include "../simd/vec_dotprod.h"

#include "../simd/depthwise_conv2d_sums_s8.h"
