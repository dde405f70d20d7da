#include "../simd/vec_dotprod.h"

#include "../simd/conv2d_sums_s8.h"
