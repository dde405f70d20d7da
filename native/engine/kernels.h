/* The kernels by number, in the order of kernelNames in src/program/kernels/index.ts, and what their steps must fulfil. */
#ifndef TINYML_ENGINE_KERNELS_H
#define TINYML_ENGINE_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "../kernels/tinyml_kernels.h"
#include "engine.h"
#include "overlaps.h"

/* Bytes that a step touches: of each operand (inputs, constants, outputs) from its start, and of its scratch. */
typedef struct {
  int64_t operands[TINYML_MAX_OPERANDS];
  int64_t scratch;
} tinyml_needs;

/* Least and greatest value of a parameter. */
typedef struct {
  int32_t least, most;
} tinyml_range;

typedef enum { TINYML_INPUT, TINYML_CONSTANT, TINYML_OUTPUT } tinyml_role;

/* Constants whose values must be right, not only their sizes: the bounds are the lowest and the highest output. */
typedef enum {
  TINYML_ANY,
  TINYML_MULTIPLIERS,
  TINYML_SHIFTS,
  TINYML_RIGHT_SHIFTS,
  TINYML_WIDE_SHIFTS,
  TINYML_FACTORS,
  TINYML_FLAGS,
  TINYML_BOUNDS
} tinyml_values;

/* What the parts of a step do with an operand. */
typedef enum {
  TINYML_SHARED, /* every part reads all of it */
  TINYML_SLICED, /* every part has its own slice */
  TINYML_EXTENT, /* every part has its own least and greatest value: they are joined */
  TINYML_SUMMED  /* every part has its own int32 sums: they are added, modulo 2^32 */
} tinyml_division;

/* What a step can be divided by (split.c). */
typedef enum {
  TINYML_BY_NOTHING,
  TINYML_BY_IMAGES,
  TINYML_BY_ELEMENTS,
  TINYML_BY_CHANNELS,
  TINYML_BY_BIASES
} tinyml_unit;

typedef struct {
  tinyml_role role;
  uint32_t bytes; /* of an element */
  tinyml_values values;
  tinyml_division division;
} tinyml_operand_facts;

/* Elements of an operand of which all is touched that there is. */
enum { TINYML_ALL = -1 };

typedef struct {
  int32_t params;
  const tinyml_range *ranges;
  /* Inputs, then constants, then outputs. */
  int32_t operand_count;
  tinyml_operand_facts operands[TINYML_MAX_OPERANDS];
  /* Bit k: the first output may lie on input k, at the same offset and with the same size. */
  uint32_t in_place;
  /* How the first output may lie over input 0 where the generic implementation runs the step, or NULL: not at all. */
  tinyml_overlap (*overlap)(const void *params);
  tinyml_unit unit;
  /* Whether parameters in their ranges go together, or NULL: they always do. */
  bool (*rule)(const void *params, const int64_t *elements);
  /* The elements that the operands need, for parameters in their ranges, and the bytes of scratch. */
  void (*needs)(const void *params, tinyml_needs *needs);
} tinyml_kernel_facts;

extern const tinyml_kernel_facts tinyml_kernel_table[TINYML_KERNELS];

/* The needs of a step in bytes, or TINYML_ENGINE_PARAMETER. `sizes` are the bytes that the operands have. */
tinyml_engine_code tinyml_check(const tinyml_kernel_facts *facts, const int32_t *params, const int64_t *sizes,
                                tinyml_needs *needs);

#endif
