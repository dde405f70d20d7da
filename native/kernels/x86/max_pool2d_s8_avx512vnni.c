#include "../simd/vec_avx512vnni.h"

#include "../simd/max_pool2d_s8.h"
