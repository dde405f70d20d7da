#include "../simd/vec_neon.h"

#include "../simd/depthwise_conv2d_input_gradient_s8.h"
