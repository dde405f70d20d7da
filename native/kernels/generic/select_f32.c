#include "tinyml_select.h"

TINYML_SELECT(f32, float)
