#include "../simd/vec_neon.h"

#include "../simd/conv2d_weight_gradient_s8.h"
