#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/add_f32.h"
