#include "../simd-f32/vec_neon.h"

#include "../simd-f32/fully_connected_f32.h"
