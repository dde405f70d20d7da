#include "../simd/vec_avx2.h"

#include "../simd/conv2d_input_gradient_s8.h"
