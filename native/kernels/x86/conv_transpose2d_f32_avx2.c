#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/conv_transpose2d_f32.h"
