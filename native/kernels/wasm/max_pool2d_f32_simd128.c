#include "../simd-f32/vec_simd128.h"

#include "../simd-f32/max_pool2d_f32.h"
