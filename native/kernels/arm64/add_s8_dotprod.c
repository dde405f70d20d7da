#include "../simd/vec_dotprod.h"

#include "../simd/add_s8.h"
