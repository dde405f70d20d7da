/* tinyml_patch_sums.h with the DSP instructions of ARMv7E-M: four elements in a word. Included by
 * generic/tinyml_patch_sums.c. */
#include <string.h>

#include "../generic/tinyml_patch_sums.h"

static inline uint32_t load(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* sum + the sum of |a - b| of unsigned bytes */
static inline uint32_t add_distances(uint32_t sum, uint32_t a, uint32_t b) {
  __asm("usada8 %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

/* |a - b| of signed bytes, as unsigned ones. */
static inline uint32_t distances_of(uint32_t a, uint32_t b) {
  uint32_t distances, other;
  __asm(
      "ssub8 %1, %3, %2\n\t"
      "ssub8 %0, %2, %3\n\t"
      "sel %0, %0, %1"
      : "=&r"(distances), "=&r"(other)
      : "r"(a), "r"(b));
  return distances;
}

/* The greater of unsigned bytes. */
static inline uint32_t greater(uint32_t a, uint32_t b) {
  uint32_t other;
  __asm(
      "usub8 %1, %0, %2\n\t"
      "sel %0, %0, %2"
      : "+r"(a), "=&r"(other)
      : "r"(b));
  return a;
}

/* 1 for each unsigned byte that is greater than that of the thresholds. */
static inline uint32_t above(uint32_t bytes, uint32_t thresholds) {
  uint32_t result;
  __asm(
      "usub8 %0, %1, %2\n\t"
      "sel %0, %3, %4"
      : "=&r"(result)
      : "r"(thresholds), "r"(bytes), "r"(0u), "r"(0x01010101u));
  return result;
}

/* A column of a patch, two words wide, or one, or a byte: it is longer than a row. */
typedef struct {
  const int8_t *x, *reference;
  int32_t rows, next_row;
} column;

/* A word, or a byte as one. `bytes` is a constant. */
static inline uint32_t load_some(const int8_t *from, int32_t bytes) {
  return bytes == 1 ? (uint8_t)*from : load(from);
}

/* Adds the distances and the magnitudes of a column. All are seen as unsigned bytes, 128 more than they are. */
static inline tinyml_patch_sums add_sums(tinyml_patch_sums sums, column c, int32_t bytes, uint32_t zeros) {
  const uint32_t signs = bytes == 1 ? 0x80u : 0x80808080u;
  for (int32_t left = c.rows; left > 0; left--, c.x += c.next_row, c.reference += c.next_row) {
    for (int32_t i = 0; i < bytes; i += 4) {
      const uint32_t values = load_some(c.x + i, bytes) ^ signs;
      sums.sum = add_distances(sums.sum, values, load_some(c.reference + i, bytes) ^ signs);
      sums.values = add_distances(sums.values, values, zeros);
    }
  }
  return sums;
}

/* Adds what the distances of a column are one by one. `most` holds the greatest of each byte of a word. */
static inline tinyml_patch_sums add_distances_of(tinyml_patch_sums sums, column c, int32_t bytes, uint32_t thresholds) {
  for (int32_t left = c.rows; left > 0; left--, c.x += c.next_row, c.reference += c.next_row) {
    for (int32_t i = 0; i < bytes; i += 4) {
      const uint32_t distances = distances_of(load_some(c.x + i, bytes), load_some(c.reference + i, bytes));
      sums.most = greater(sums.most, distances);
      sums.above = add_distances(sums.above, above(distances, thresholds), 0);
    }
  }
  return sums;
}

static inline uint32_t greatest_byte(uint32_t bytes) {
  uint32_t most = 0;
  for (; bytes != 0; bytes >>= 8) most = (bytes & 0xffu) > most ? bytes & 0xffu : most;
  return most;
}

/* Twice, with few enough numbers at a time for the registers; the second time only where something differs. */
void tinyml_patch_sums_of(const tinyml_patches *patches, const int8_t *x, const int8_t *reference,
                          tinyml_patch_sums *result) {
  const tinyml_patches p = *patches;
  const uint32_t zeros = (uint32_t)(p.zero_point + 128) * 0x01010101u, thresholds = (uint32_t)p.threshold * 0x01010101u;
  column c = {x, reference, p.rows, p.next_row};
  tinyml_patch_sums sums = {0, 0, 0, 0};
  int32_t left = p.run;
  for (; left >= 8; left -= 8, c.x += 8, c.reference += 8) sums = add_sums(sums, c, 8, zeros);
  for (; left >= 4; left -= 4, c.x += 4, c.reference += 4) sums = add_sums(sums, c, 4, zeros);
  for (; left > 0; left--, c.x++, c.reference++) sums = add_sums(sums, c, 1, zeros & 0xffu);
  if (sums.sum != 0 && !p.sums_only) {
    c.x = x;
    c.reference = reference;
    for (left = p.run; left >= 8; left -= 8, c.x += 8, c.reference += 8) sums = add_distances_of(sums, c, 8, thresholds);
    for (; left >= 4; left -= 4, c.x += 4, c.reference += 4) sums = add_distances_of(sums, c, 4, thresholds);
    for (; left > 0; left--, c.x++, c.reference++) sums = add_distances_of(sums, c, 1, thresholds);
  }
  sums.most = greatest_byte(sums.most);
  *result = sums;
}
