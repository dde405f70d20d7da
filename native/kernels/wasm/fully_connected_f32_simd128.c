#include "../simd-f32/vec_simd128.h"

#include "../simd-f32/fully_connected_f32.h"
