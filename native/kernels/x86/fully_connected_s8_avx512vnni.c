#include "../simd/vec_avx512vnni.h"

#include "../simd/fully_connected_s8.h"
