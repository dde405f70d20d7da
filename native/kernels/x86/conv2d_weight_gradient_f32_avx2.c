#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/conv2d_weight_gradient_f32.h"
