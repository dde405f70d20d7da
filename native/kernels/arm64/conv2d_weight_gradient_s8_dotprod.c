#include "../simd/vec_dotprod.h"

#include "../simd/conv2d_weight_gradient_s8.h"
