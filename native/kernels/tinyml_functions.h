/* Kernels for an instruction set of the host, each computing what the generic kernel of its name computes. */
#ifndef TINYML_FUNCTIONS_H
#define TINYML_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "tinyml_kernels.h"

/* One implementation of a kernel. `params` point to its tinyml_<name>_params, which are valid. */
typedef struct {
  /* Whether it computes a step with these parameters; NULL: any. */
  int (*supports)(const void *params);
  /* Bytes that `pack` writes, which may be more than there can be; NULL: nothing is packed. Packed memory is aligned to
   * 64 bytes. */
  int64_t (*packed_bytes)(const void *params);
  /* Lays out the constants of a step (weights, bias, multipliers, shifts), once, when the engine is made. */
  void (*pack)(const void *params, const void *const *constants, void *packed);
  /* Bytes of private scratch, aligned to 64; NULL: the scratch in the arena that the plan gives. */
  int64_t (*scratch_bytes)(const void *params);
  /* operands: inputs, constants, outputs. Reads nothing but them and what was packed, writes the outputs and scratch. */
  void (*run)(const void *params, void *const *operands, const void *packed, void *scratch);
} tinyml_functions;

#endif
