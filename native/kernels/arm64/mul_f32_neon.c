#include "../simd-f32/vec_neon.h"

#include "../simd-f32/mul_f32.h"
