#include "../simd/vec_avx2.h"

#include "../simd/depthwise_conv2d_weight_gradient_s8.h"
