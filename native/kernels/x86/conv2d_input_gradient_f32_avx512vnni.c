#include "../simd-f32/vec_avx512.h"

#include "../simd-f32/conv2d_input_gradient_f32.h"
