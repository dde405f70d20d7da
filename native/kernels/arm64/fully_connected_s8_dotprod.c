#include "../simd/vec_dotprod.h"

#include "../simd/fully_connected_s8.h"
