#include "../simd/vec_avx2.h"

#include "../simd/add_s8.h"
