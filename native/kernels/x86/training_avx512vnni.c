#include "../simd-f32/vec_avx512.h"

#include "../simd-f32/training.h"
