#include "../simd/vec_simd128.h"

#include "../simd/conv_transpose2d_s8.h"
