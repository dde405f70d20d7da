#include "../simd-f32/vec_avx2.h"

#include "../simd-f32/fully_connected_f32.h"
