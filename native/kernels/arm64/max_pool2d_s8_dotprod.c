#include "../simd/vec_dotprod.h"

#include "../simd/max_pool2d_s8.h"
