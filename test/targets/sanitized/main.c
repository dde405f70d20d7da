/* Runs every network once under AddressSanitizer.
 * usage: program <inputs> <outputs>; the inputs of each in turn; the output of each layer, then those of the network, in turn.
 *
 * The arena around the operands of a layer is poisoned while the layer runs: to read or write a byte of other tensors, live
 * or not, ends the program as an access beyond the arena does. */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"

enum { NOT_WRITTEN = 0xa5 };

static const struct network *current;
static const struct operand *next_operand;
static FILE *inputs, *outputs;

static void require(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "%s\n", what);
  exit(2);
}

void read_input(void *input, uint32_t bytes) {
  require(fread(input, 1, bytes, inputs) == bytes, "the inputs are short");
}

void write_output(const void *output, uint32_t bytes) {
  require(fwrite(output, 1, bytes, outputs) == bytes, "cannot write the outputs");
}

/* Leaves open what the next layer may touch. */
static void open_next_layer(void) {
  char *arena = current->arena();
  const struct operand *end = current->operands + current->operand_count;
  __asan_poison_memory_region(arena, current->arena_bytes);
  for (int32_t layer = next_operand->layer; next_operand < end && next_operand->layer == layer; next_operand++)
    __asan_unpoison_memory_region(arena + next_operand->offset, next_operand->bytes);
}

void layer_rows(int32_t layer, const void *rows, uint32_t bytes) {
  (void)layer;
  write_output(rows, bytes);
}

void layer_done(int32_t layer, const void *output, uint32_t bytes) {
  const struct operand *end = current->operands + current->operand_count;
  if (output == NULL) return; /* its rows have been written */
  require(next_operand > current->operands && next_operand[-1].layer == layer, "layers run out of order");
  write_output(output, bytes);
  if (next_operand < end) open_next_layer();
  else __asan_unpoison_memory_region(current->arena(), current->arena_bytes);
}

int main(int argc, char **argv) {
  require(argc == 3, "usage: program <inputs> <outputs>");
  inputs = fopen(argv[1], "rb");
  outputs = fopen(argv[2], "wb");
  require(inputs != NULL && outputs != NULL, "cannot open the files");
  for (const struct network *const *network = networks; *network != NULL; network++) {
    current = *network;
    next_operand = current->operands;
    memset(current->arena(), NOT_WRITTEN, current->arena_bytes);
    current->read_inputs();
    open_next_layer();
    current->invoke();
    require(next_operand == current->operands + current->operand_count, "layers are missing");
    current->write_outputs();
  }
  require(fclose(outputs) == 0, "cannot write the outputs");
  return 0;
}
