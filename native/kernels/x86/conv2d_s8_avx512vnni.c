#include "../simd/vec_avx512vnni.h"

#include "../simd/conv2d_s8.h"
