#include "../simd-f32/vec_avx512.h"

#include "../simd-f32/fully_connected_f32.h"
