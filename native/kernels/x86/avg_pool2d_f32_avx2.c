#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/avg_pool2d_f32.h"
