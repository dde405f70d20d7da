#include "../simd-f32/vec_neon.h"

#include "../simd-f32/dequantize_s8.h"
