/* Implementations of kernels: the generic ones, and those for an instruction set. */
#ifndef TINYML_ENGINE_IMPLEMENTATIONS_H
#define TINYML_ENGINE_IMPLEMENTATIONS_H

#include <stddef.h>

#include "kernels.h"

typedef struct {
  tinyml_kernel kernel;
  tinyml_isa isa;
  /* Whether it computes a step with these (valid) parameters; NULL: any. */
  int (*supports)(const void *params);
  /* Bytes that `pack` writes; NULL: nothing is packed. Packed memory is aligned to 64 bytes. */
  size_t (*packed_bytes)(const void *params);
  /* Lays out the constants of a step (weights, bias, multipliers, shifts), once, when the engine is made. */
  void (*pack)(const void *params, const void *const *constants, void *packed);
  /* Bytes of private scratch, aligned to 64; NULL: the scratch in the arena that the plan gives. */
  size_t (*scratch_bytes)(const void *params);
  /* operands: inputs, constants, output. Reads nothing but them and what was packed, writes the output and scratch. */
  void (*run)(const void *params, void *const *operands, const void *packed, void *scratch);
} tinyml_implementation;

/* The first implementation of a kernel in the table that needs no more than `isa` and supports the parameters. */
const tinyml_implementation *tinyml_choose(tinyml_kernel kernel, const void *params, tinyml_isa isa);

#endif
