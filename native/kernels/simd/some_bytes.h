/* Parts of vectors where the instruction set has no masks: through memory. */
#ifndef TINYML_SIMD_SOME_BYTES_H
#define TINYML_SIMD_SOME_BYTES_H

/* The first `count` bytes, and zeros; count may be more than there are. */
TINYML_INLINE tinyml_bytes tinyml_load_some_bytes(const int8_t *from, ptrdiff_t count) {
  if (count >= 4 * TINYML_LANES) return tinyml_load_bytes(from);
  _Alignas(64) int8_t copy[4 * TINYML_LANES] = {0};
  memcpy(copy, from, (size_t)count);
  return tinyml_load_bytes(copy);
}

TINYML_INLINE void tinyml_store_some_bytes(int8_t *to, tinyml_bytes bytes, ptrdiff_t count) {
  if (count >= 4 * TINYML_LANES) {
    tinyml_store_bytes(to, bytes);
    return;
  }
  _Alignas(64) int8_t copy[4 * TINYML_LANES];
  tinyml_store_bytes(copy, bytes);
  memcpy(to, copy, (size_t)count);
}

/* The first so many of TINYML_LANES bytes. */
typedef int32_t tinyml_part;

TINYML_INLINE tinyml_part tinyml_part_of(int32_t count) {
  return count;
}

TINYML_INLINE void tinyml_store_part(int8_t *to, tinyml_bytes bytes, const int32_t number, tinyml_part part) {
  if (part >= TINYML_LANES) {
    tinyml_store_quarter(to, bytes, number);
    return;
  }
  int8_t copy[TINYML_LANES];
  tinyml_store_quarter(copy, bytes, number);
  memcpy(to, copy, (size_t)part);
}

TINYML_INLINE void tinyml_store_some_sums(int32_t *to, tinyml_vec sums, tinyml_part part) {
  if (part >= TINYML_LANES) {
    tinyml_store_sums(to, sums);
    return;
  }
  int32_t copy[TINYML_LANES];
  tinyml_store_sums(copy, sums);
  memcpy(to, copy, (size_t)part * sizeof(int32_t));
}

#endif
