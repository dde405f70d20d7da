#include "../simd/vec_avx512vnni.h"

#include "../simd/conv2d_weight_gradient_s8.h"
