#include "../simd-f32/vec_neon.h"

#include "../simd-f32/training.h"
