#include "../simd/vec_avx2.h"

#include "../simd/fully_connected_s8.h"
