#include "../simd-f32/vec_neon.h"

#include "../simd-f32/quantize_s8.h"
