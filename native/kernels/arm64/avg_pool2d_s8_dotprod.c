#include "../simd/vec_dotprod.h"

#include "../simd/avg_pool2d_s8.h"
