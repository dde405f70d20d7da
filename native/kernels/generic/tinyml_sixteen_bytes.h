/* Sixteen bytes at a time, wherever they lie: all are read before any is written. */
#ifndef TINYML_SIXTEEN_BYTES_H
#define TINYML_SIXTEEN_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t tinyml_word_at(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

static inline void tinyml_set_word(int8_t *to, uint32_t word) { memcpy(to, &word, sizeof(word)); }

static inline void tinyml_move_sixteen(int8_t *to, const int8_t *from) {
  const uint32_t a = tinyml_word_at(from), b = tinyml_word_at(from + 4);
  const uint32_t c = tinyml_word_at(from + 8), d = tinyml_word_at(from + 12);
  tinyml_set_word(to, a);
  tinyml_set_word(to + 4, b);
  tinyml_set_word(to + 8, c);
  tinyml_set_word(to + 12, d);
}

#endif
