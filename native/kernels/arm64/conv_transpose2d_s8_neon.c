#include "../simd/vec_neon.h"

#include "../simd/conv_transpose2d_s8.h"
