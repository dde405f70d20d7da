#include "../simd/vec_dotprod.h"

#include "../simd/conv_transpose2d_s8.h"
