#include "../simd/vec_simd128.h"

#include "../simd/depthwise_conv2d_weight_gradient_s8.h"
