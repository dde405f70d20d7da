#include "../simd/vec_avx512vnni.h"

#include "../simd/conv_transpose2d_s8.h"
