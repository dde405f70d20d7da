/* Runs cases of kernels and writes every output byte, for kernels.test.ts to judge; with TINYML_COSTS, on a board, it
 * writes the instructions of every case as int32 instead, for costs.test.ts; with TINYML_EDGES=<bytes>, on a board, it runs every case
 * again with each operand and the scratch at the lower and at the upper edge of the memory, where any access outside is a fault.
 * usage: harness <cases> <outputs>; on a board the files are cases.bin and outputs.bin of the host's working folder.
 *
 * Cases are little-endian int32 words: the index of the kernel in its table; bytes of scratch; distance of int8 operands
 * from 16-byte alignment; the number of parameters, and the parameters; the number of operands; then per operand its
 * role, its bytes and, of an input or an updated output, its data in whole words. The roles are INPUT8, OUTPUT8 and UPDATE8
 * (int8), INPUT32, OUTPUT32 and UPDATE32 (int32 or float), UNDER8, or UNDER32 where one of both is wider, for operand 0 with an output over it, which has so
 * many bytes before it and behind it, two words, OVER for that output, with the bytes from its start to that of operand 0, and ALIAS + k for an output that lies on operand k. -1
 * ends the file.
 * Outputs are the bytes of every output operand in turn, then an int32: the number of the first case that wrote outside
 * its outputs, or -1. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../native/kernels/generated/calls.h"

enum { INPUT8, INPUT32, OUTPUT8, OUTPUT32, UPDATE8, UPDATE32, UNDER8, UNDER32, OVER, ALIAS };
enum { MAX_OPERANDS = 16, GUARD = 32, POISON = 0xa5 };

#ifdef TINYML_BOARD

#include "../../native/mcu/tinyml_mcu.h"

/* Most of the 4 MiB of the boards: the stack takes the rest. */
enum { CASES_BYTES = 7 << 18, OUTPUTS_BYTES = 1 << 20, HEAP_BYTES = 3 << 18 };

_Alignas(16) static uint8_t cases[CASES_BYTES], outputs[OUTPUTS_BYTES], heap[HEAP_BYTES];
static uint32_t heap_used;

static uint8_t *allocate(uint32_t bytes) {
  uint8_t *block = heap + heap_used;
  heap_used += (bytes + 15u) & ~15u;
  if (heap_used > HEAP_BYTES) tinyml_mcu_exit(2);
  return block;
}

static void release(uint8_t *block) {
  (void)block;
  heap_used = 0;
}

#else

#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES = 1 << 25 };

static uint8_t *cases, *outputs;

/* A block of its own, so that a sanitiser sees accesses beyond it. */
static uint8_t *allocate(uint32_t bytes) {
  void *block = malloc(bytes);
  if (block == NULL) exit(2);
  return block;
}

static void release(uint8_t *block) {
  free(block);
}

#endif

typedef struct {
  int32_t role;
  uint32_t bytes;
  uint8_t *block; /* what was allocated: the data between two guards */
  const uint8_t *guard; /* the one behind the data, or NULL */
  void *data;
} operand;

/* Which operand lies at an edge of the memory, the scratch being behind the last of them; none where it is -1. */
typedef struct {
  int32_t operand;
  int high; /* it ends where the memory ends, or, but for int8, in the last word; else it begins where that begins */
} edge;

static const edge NO_EDGE = {.operand = -1, .high = 0};

#ifdef TINYML_EDGES

extern uint8_t tinyml_edge_low[], tinyml_edge_high[]; /* of the linker script: accesses below and beyond are faults */

static void *at_edge(edge at, uint32_t bytes, int wide) {
  const uint32_t needed = wide ? (bytes + 3u) & ~3u : bytes;
  if (needed > TINYML_EDGES) tinyml_mcu_exit(4);
  return at.high ? tinyml_edge_high - needed : tinyml_edge_low;
}

#else

/* Nothing is placed there: no case has such an edge. */
static void *at_edge(edge at, uint32_t bytes, int wide) {
  (void)at;
  (void)bytes;
  (void)wide;
  return cases;
}

#endif

static int is_output(const operand *o) {
  return o->role >= OUTPUT8 && o->role <= UPDATE32;
}

static int is_under(const operand *o) {
  return o->role == UNDER8 || o->role == UNDER32;
}

static int is_wide(const operand *o) {
  return o->role == INPUT32 || o->role == OUTPUT32 || o->role == UPDATE32 || o->role == UNDER32;
}

/* Bytes of the guard before the data: more than GUARD where the data shall not be aligned. */
static uint32_t lead(const operand *o, uint32_t misalignment) {
  return GUARD + (is_wide(o) ? 0u : misalignment);
}

static const tinyml_call kernels[] = TINYML_CALLS;

#ifdef TINYML_COSTS

static struct {
  tinyml_call kernel;
  const int32_t *params;
  void *const *data;
  void *scratch;
} measured;

static void call_measured(void) {
  measured.kernel(measured.params, measured.data, NULL, measured.scratch);
}

/* Instructions of a call. */
static uint32_t call(tinyml_call kernel, const int32_t *params, void *const *data, void *scratch) {
  tinyml_mcu_cost cost;
  measured.kernel = kernel;
  measured.params = params;
  measured.data = data;
  measured.scratch = scratch;
  tinyml_mcu_measure(call_measured, &cost);
  return cost.instructions;
}

#endif

static int all_poison(const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (bytes[i] != POISON) return 0;
  }
  return 1;
}

/* Reads the operands of a case at `word` and places them; returns the word behind them. */
static const int32_t *place(const int32_t *word, operand *operands, int32_t count, uint32_t misalignment, edge at) {
  for (int32_t k = 0; k < count; k++) {
    operand *o = &operands[k];
    o->role = *word++;
    o->bytes = (uint32_t)*word++;
    o->block = NULL;
    o->guard = NULL;
    if (o->role >= ALIAS) {
      o->data = operands[o->role - ALIAS].data;
      continue;
    }
    if (o->role == OVER) {
      o->data = (uint8_t *)operands[0].data - *word++;
      continue;
    }
    const uint32_t ahead = is_under(o) ? (uint32_t)*word++ : 0u, behind = is_under(o) ? (uint32_t)*word++ : 0u;
    const uint32_t bytes = ahead + o->bytes + behind;
    uint8_t *start;
    if (at.operand == k) {
      start = at_edge(at, bytes, is_wide(o));
      memset(start, POISON, bytes);
    } else {
      const uint32_t before = lead(o, misalignment);
      const uint32_t guard = is_output(o) || is_under(o) ? GUARD : 0u;
      o->block = allocate(before + bytes + guard);
      start = o->block + before;
      if (guard > 0u) o->guard = start + bytes;
      memset(o->block, POISON, before + bytes + guard);
    }
    o->data = start + ahead;
    if (o->role != OUTPUT8 && o->role != OUTPUT32) {
      memcpy(o->data, word, o->bytes);
      word += (o->bytes + 3u) / 4u;
    }
  }
  return word;
}

static void forget(operand *operands, int32_t count, uint8_t *scratch) {
  if (scratch != NULL) release(scratch);
  for (int32_t k = count - 1; k >= 0; k--) {
    if (operands[k].block != NULL) release(operands[k].block);
  }
}

typedef struct {
  const int32_t *next; /* the case behind it */
  int32_t operands;
  uint32_t written;
  int clean; /* nothing was written outside its outputs */
} outcome;

static outcome run_case(const int32_t *word, uint8_t *to, edge at) {
  operand operands[MAX_OPERANDS];
  const int32_t kernel = *word++;
  const uint32_t scratch_bytes = (uint32_t)*word++, misalignment = (uint32_t)*word++;
  const int32_t parameters = *word++;
  const int32_t *params = word;
  word += parameters;
  const int32_t count = *word++;
  outcome result = {.next = place(word, operands, count, misalignment, at), .operands = count, .written = 0u};
  uint8_t *block = scratch_bytes == 0u || at.operand == count ? NULL : allocate(scratch_bytes + GUARD);
  uint8_t *scratch = at.operand == count && scratch_bytes > 0u ? at_edge(at, scratch_bytes, 1) : block;
  if (scratch != NULL) memset(scratch, POISON, scratch_bytes + (block == NULL ? 0u : GUARD));
  void *data[MAX_OPERANDS] = {NULL};
  for (int32_t k = 0; k < count; k++) data[k] = operands[k].data;
#ifdef TINYML_COSTS
  const uint32_t instructions = call(kernels[kernel], params, data, scratch);
  memcpy(to, &instructions, sizeof(instructions));
  result.written = (uint32_t)sizeof(instructions);
#else
  kernels[kernel](params, data, NULL, scratch);
#endif
  result.clean = block == NULL || all_poison(block + scratch_bytes, GUARD);
  for (int32_t k = 0; k < count; k++) {
    const operand *o = &operands[k];
    if (o->block != NULL) result.clean = result.clean && all_poison(o->block, lead(o, misalignment));
    if (o->guard != NULL) result.clean = result.clean && all_poison(o->guard, GUARD);
#ifndef TINYML_COSTS
    if (o->role < OUTPUT8 || is_under(o)) continue;
    memcpy(to + result.written, o->data, o->bytes);
    result.written += o->bytes;
#endif
  }
  forget(operands, count, block);
  return result;
}

/* Runs all cases; returns the bytes of outputs. */
static uint32_t run_cases(void) {
  const int32_t *word = (const int32_t *)(const void *)cases;
  uint32_t written = 0;
  int32_t broken = -1;
  for (int32_t number = 0; *word >= 0; number++) {
    const outcome plain = run_case(word, outputs + written, NO_EDGE);
    int clean = plain.clean;
#ifdef TINYML_EDGES
    for (int32_t k = 0; k <= plain.operands; k++) {
      clean = clean && run_case(word, outputs + written, (edge){.operand = k, .high = 0}).clean;
      clean = clean && run_case(word, outputs + written, (edge){.operand = k, .high = 1}).clean;
    }
#endif
    if (!clean && broken < 0) broken = number;
    written += plain.written;
    word = plain.next;
  }
  memcpy(outputs + written, &broken, sizeof(broken));
  return written + (uint32_t)sizeof(broken);
}

#ifdef TINYML_BOARD

int main(void) {
  if (tinyml_mcu_read_file("cases.bin", cases, sizeof(cases)) < 0) return 3;
  return tinyml_mcu_write_file("outputs.bin", outputs, run_cases()) == 0 ? 0 : 3;
}

#else

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  cases = allocate(FILE_BYTES);
  outputs = allocate(FILE_BYTES);
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL || fread(cases, 1, FILE_BYTES, file) == 0) return 3;
  fclose(file);
  const uint32_t bytes = run_cases();
  file = fopen(argv[2], "wb");
  if (file == NULL || fwrite(outputs, 1, bytes, file) != bytes || fclose(file) != 0) return 3;
  release(cases);
  release(outputs);
  return 0;
}

#endif
