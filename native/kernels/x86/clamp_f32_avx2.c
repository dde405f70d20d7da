#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/clamp_f32.h"
