#include "../simd/vec_avx512vnni.h"

#include "../simd/add_s8.h"
