#include "../simd-f32/vec_simd128.h"

#include "../simd-f32/training.h"
