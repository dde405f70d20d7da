#include "../simd/vec_simd128.h"

#include "../simd/add_s8.h"
