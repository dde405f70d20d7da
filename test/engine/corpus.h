/* Memory of the size asked for, so that a sanitiser sees accesses beyond it, and whole files in it. */
#ifndef TINYML_TEST_CORPUS_H
#define TINYML_TEST_CORPUS_H

#include <stdio.h>
#include <stdlib.h>

#include "../../native/engine/engine.h"

static inline uint8_t *allocate(size_t bytes) {
  void *block = NULL;
  if (posix_memalign(&block, TINYML_ENGINE_ALIGNMENT, bytes) != 0) exit(2);
  return block;
}

static inline uint8_t *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(2);
  const size_t bytes = (size_t)ftell(file);
  uint8_t *content = allocate(bytes);
  rewind(file);
  if (fread(content, 1, bytes, file) != bytes) exit(2);
  fclose(file);
  return content;
}

#endif
