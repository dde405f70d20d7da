#include "../simd/vec_avx512vnni.h"

#include "../simd/depthwise_conv2d_weight_gradient_s8.h"
