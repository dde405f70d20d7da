#include "tinyml_select.h"

TINYML_SELECT(s8, int8_t)
