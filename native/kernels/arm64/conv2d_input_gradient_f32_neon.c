#include "../simd-f32/vec_neon.h"

#include "../simd-f32/conv2d_input_gradient_f32.h"
