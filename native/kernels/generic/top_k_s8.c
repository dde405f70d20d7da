#include "tinyml_rank.h"

#define KEY(value) (value)

TINYML_TOP_K(s8, int8_t, KEY)
