#include "../simd/vec_dotprod.h"

#include "../simd/conv2d_s8.h"
