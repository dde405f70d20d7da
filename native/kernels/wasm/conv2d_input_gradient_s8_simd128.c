#include "../simd/vec_simd128.h"

#include "../simd/conv2d_input_gradient_s8.h"
