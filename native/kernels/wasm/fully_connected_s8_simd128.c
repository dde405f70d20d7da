#include "../simd/vec_simd128.h"

#include "../simd/fully_connected_s8.h"
