#include "../simd/vec_avx512vnni.h"

#include "../simd/conv2d_sums_s8.h"
