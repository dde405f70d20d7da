#include "../simd-f32/vec_neon.h"

#include "../simd-f32/clamp_f32.h"
