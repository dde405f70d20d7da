#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/training.h"
