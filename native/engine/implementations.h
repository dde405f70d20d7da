/* Implementations of kernels: the generic ones, and those for an instruction set. */
#ifndef TINYML_ENGINE_IMPLEMENTATIONS_H
#define TINYML_ENGINE_IMPLEMENTATIONS_H

#include "../kernels/tinyml_functions.h"
#include "kernels.h"

typedef struct {
  const tinyml_functions *functions;
  tinyml_isa isa;
} tinyml_implementation;

/* The best implementation of a kernel that needs no more than `isa` and supports the parameters. */
tinyml_implementation tinyml_choose(tinyml_kernel kernel, const void *params, tinyml_isa isa);

#endif
