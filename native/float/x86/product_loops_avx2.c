#define LOOPS tinyml_product_loops_avx2
#define LANES 4
#include "../product_loops.inc"
