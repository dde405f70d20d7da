#define LOOPS tinyml_product_loops_generic
#define LANES 2
#include "product_loops.inc"
