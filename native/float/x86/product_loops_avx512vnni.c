#define LOOPS tinyml_product_loops_avx512
#define LANES 8
#include "../product_loops.inc"
