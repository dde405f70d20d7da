/* What main.c knows of the networks that it runs. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include <stdint.h>

/* A piece of the arena that steps up to a layer may touch, behind the layer before it. */
struct operand {
  int32_t layer;
  uint32_t offset, bytes;
};

struct network {
  uint32_t arena_bytes, operand_count;
  void *(*arena)(void);
  void (*read_inputs)(void);
  void (*invoke)(void);
  void (*write_outputs)(void);
  /* In the order of the layers. */
  const struct operand *operands;
};

/* Ends with NULL. */
extern const struct network *const networks[];

void read_input(void *input, uint32_t bytes);
void write_output(const void *output, uint32_t bytes);

/* Hook of every network. */
void layer_done(int32_t layer, const void *output, uint32_t bytes);
void layer_rows(int32_t layer, const void *rows, uint32_t bytes);

#endif
