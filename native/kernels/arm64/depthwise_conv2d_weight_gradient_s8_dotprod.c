#include "../simd/vec_dotprod.h"

#include "../simd/depthwise_conv2d_weight_gradient_s8.h"
