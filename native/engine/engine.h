/*
 * tinyml host engine: runs a Program with native kernels. Plain C11; knows neither Node nor ONNX.
 *
 * A Program comes as numbers (src/engine/encode.ts writes them):
 *   TINYML_ENGINE_MAGIC, TINYML_ENGINE_VERSION, number of steps, number of loops, then per step
 *   - the number of its kernel (native/engine/generated/kernels.h),
 *   - its parameters, the int32 fields of tinyml_<kernel>_params in order,
 *   - offset and bytes of its scratch in the arena,
 *   - per operand (inputs, constants, outputs): space (0 arena, 1 constants), byte offset, bytes,
 *   then per loop, in their order
 *   - its first step, the one behind its last, the number of its calls, and per call, in the order in which they run,
 *   - its step, and per operand of it how many bytes behind its offset the call has it.
 *
 * tinyml_engine_create checks everything: no numbers, however wrong, make tinyml_engine_run read or write outside
 * the arena and the constants, divide by zero or overflow.
 */
#ifndef TINYML_ENGINE_H
#define TINYML_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "generated/kernels.h"
#include "isa.h"

enum { TINYML_ENGINE_MAGIC = 0x4c4d5954 };

/* Alignment of an arena, in bytes. */
enum { TINYML_ENGINE_ALIGNMENT = 16 };

typedef enum {
  TINYML_ENGINE_OK,
  TINYML_ENGINE_NOT_A_PROGRAM, /* magic number or version differ */
  TINYML_ENGINE_LENGTH,        /* the code ends too early or too late */
  TINYML_ENGINE_KERNEL,        /* unknown kernel */
  TINYML_ENGINE_PARAMETER,     /* a parameter out of its range */
  TINYML_ENGINE_OPERAND,       /* an operand outside its space, in the wrong space, or misaligned */
  TINYML_ENGINE_SIZE,          /* an operand is smaller than the parameters say */
  TINYML_ENGINE_TABLE,         /* a multiplier, a shift or bounds out of their range */
  TINYML_ENGINE_OVERLAP,       /* an output or the scratch lies on an operand */
  TINYML_ENGINE_SCRATCH,       /* scratch outside the arena, too small or misaligned */
  TINYML_ENGINE_ISA,           /* this processor lacks the instruction set */
  TINYML_ENGINE_MEMORY,        /* no memory */
  TINYML_ENGINE_ARENA,         /* the arena is not aligned */
  TINYML_ENGINE_STEPS,         /* a range of steps that the Program does not have, or a part of a loop */
  TINYML_ENGINE_LOOP           /* a loop of steps that are not there, or that are not its own */
} tinyml_engine_code;

typedef struct {
  tinyml_engine_code code;
  int32_t step; /* -1 where no step is at fault */
} tinyml_engine_error;

/* What a code means, for people. */
const char *tinyml_engine_message(tinyml_engine_code code);

/* A checked Program with its constants and packed weights. Immutable: threads may run it at the same time. */
typedef struct tinyml_engine tinyml_engine;

/* Makes an engine; code and constants are copied. `isa` is the most that kernels may use. */
tinyml_engine_code tinyml_engine_create(const int32_t *code, size_t length, const uint8_t *constants,
                                        size_t constants_bytes, size_t arena_bytes, tinyml_isa isa,
                                        tinyml_engine **engine, tinyml_engine_error *error);

/* Runs steps first_step .. end_step - 1, loops whole, in an arena of (at least) the bytes given at creation, on so many threads where
 * there are threads. The bytes that are written do not depend on how many. */
tinyml_engine_code tinyml_engine_run(const tinyml_engine *engine, uint8_t *arena, int32_t first_step,
                                     int32_t end_step, int32_t threads);

void tinyml_engine_free(tinyml_engine *engine);

/* Bytes of the arena, as given at creation. */
size_t tinyml_engine_arena_bytes(const tinyml_engine *engine);

/* Bytes that the engine holds: code, constants and packed weights. */
size_t tinyml_engine_bytes(const tinyml_engine *engine);

/* Instruction set of the kernel that was chosen for a step; TINYML_ISA_GENERIC for a step that is not there. */
tinyml_isa tinyml_engine_step_isa(const tinyml_engine *engine, int32_t step);

#endif
