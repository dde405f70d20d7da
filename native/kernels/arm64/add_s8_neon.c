#include "../simd/vec_neon.h"

#include "../simd/add_s8.h"
