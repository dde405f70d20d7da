#define TINYML_REDUCTIONS tinyml_reductions_avx2
#include "../reduction_loops.h"
