#include "../simd/vec_neon.h"

#include "../simd/fully_connected_s8.h"
