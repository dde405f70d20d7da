/* What kernels that stream over tensors are written in, beside the vectors of an instruction set. */
#ifndef TINYML_STREAM_H
#define TINYML_STREAM_H

#include "../generic/tinyml_quantizer.h"

typedef int32_t tinyml_ints __attribute__((vector_size(4 * TINYML_LANES)));
typedef uint32_t tinyml_words __attribute__((vector_size(4 * TINYML_LANES)));

/* Runs `call` for every vector of `size` elements: `at` is its first, `count` its elements, a constant but at the end, and
 * `turn` is 0 and 1 by turns, for sums that need not wait for each other. */
#define TINYML_STREAM(size, call)                                     \
  do {                                                                \
    const int32_t all_ = (size);                                      \
    int32_t at = 0;                                                   \
    for (; at <= all_ - 2 * TINYML_LANES; at += TINYML_LANES) {       \
      TINYML_TURN(0, TINYML_LANES, call)                              \
      at += TINYML_LANES;                                             \
      TINYML_TURN(1, TINYML_LANES, call)                              \
    }                                                                 \
    if (at <= all_ - TINYML_LANES) {                                  \
      TINYML_TURN(0, TINYML_LANES, call)                              \
      at += TINYML_LANES;                                             \
    }                                                                 \
    if (at < all_) TINYML_TURN(1, all_ - at, call)                    \
  } while (0)

#define TINYML_TURN(number, elements, call) \
  {                                         \
    enum { turn = (number) };               \
    const int32_t count = (elements);       \
    call;                                   \
  }

TINYML_INLINE tinyml_vec tinyml_load_some(const float *from, int32_t count) {
  return count >= TINYML_LANES ? tinyml_load(from) : tinyml_load_first(from, count);
}

TINYML_INLINE void tinyml_store_some(float *to, tinyml_vec v, int32_t count) {
  if (count >= TINYML_LANES) {
    tinyml_store(to, v);
  } else {
    tinyml_store_first(to, v, count);
  }
}

TINYML_INLINE tinyml_vec tinyml_floats(tinyml_ints v) {
  return __builtin_convertvector(v, tinyml_vec);
}

/* int32 through a register of floats. */
TINYML_INLINE tinyml_ints tinyml_load_ints(const int32_t *from, int32_t count) {
  return (tinyml_ints)tinyml_load_some((const float *)from, count);
}

TINYML_INLINE tinyml_ints tinyml_load_codes(const int8_t *from, int32_t count) {
  if (count >= TINYML_LANES) return (tinyml_ints)tinyml_load_bytes(from);
#ifdef TINYML_LOADS_FIRST_BYTES
  return (tinyml_ints)tinyml_load_first_bytes(from, count);
#else
  int8_t some[TINYML_LANES] = {0};
  memcpy(some, from, (size_t)count);
  return (tinyml_ints)tinyml_load_bytes(some);
#endif
}

/* The lowest byte of every number. */
TINYML_INLINE void tinyml_store_codes(int8_t *to, tinyml_ints v, int32_t count) {
  int8_t some[TINYML_LANES];
  if (count >= TINYML_LANES) {
    tinyml_store_bytes(to, (tinyml_vec)v);
    return;
  }
  tinyml_store_bytes(some, (tinyml_vec)v);
  memcpy(to, some, (size_t)count);
}

/* As tinyml_between: NaN gives `low`. */
TINYML_INLINE tinyml_vec tinyml_within(tinyml_vec v, tinyml_vec low, tinyml_vec high) {
  return tinyml_min(tinyml_max(v, low), high);
}

/* Numbers whose lowest byte is the code nearest to a float of at most 2^15, halves to even: 1.5 * 2^23 is a multiple of 256,
 * and beyond 2^23 the last bit of a float stands for 1. */
TINYML_INLINE tinyml_ints tinyml_nearest_codes(tinyml_vec v) {
  return (tinyml_ints)(v + tinyml_splat(12582912.0f));
}

TINYML_INLINE tinyml_words tinyml_counter(int32_t first) {
  tinyml_words v;
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) v[lane] = (uint32_t)(first + lane);
  return v;
}

/* As tinyml_random_bits, of `index` times the golden ratio and the key. */
TINYML_INLINE tinyml_words tinyml_mixed(tinyml_words h) {
  h = (h ^ (h >> 16)) * UINT32_C(0x85ebca6b);
  h = (h ^ (h >> 13)) * UINT32_C(0xc2b2ae35);
  return h ^ (h >> 16);
}

/* Codes of floats in [-128, 127], rounded stochastically: the lowest bytes. */
TINYML_INLINE tinyml_ints tinyml_stochastic_codes(tinyml_vec v, uint32_t key, tinyml_words index) {
  const tinyml_words bits = tinyml_mixed(index * UINT32_C(0x9e3779b9) + key) >> 17;
  const tinyml_vec fraction = tinyml_floats((tinyml_ints)bits) * tinyml_splat(0x1p-15f);
  return __builtin_convertvector((v + tinyml_splat(256.0f)) + fraction, tinyml_ints);
}

/* Least and greatest values so far, by turn and lane. */
typedef struct {
  tinyml_vec least[2], greatest[2];
} tinyml_range;

TINYML_INLINE tinyml_range tinyml_empty_range(void) {
  const tinyml_vec least = tinyml_splat(INFINITY), greatest = tinyml_splat(-INFINITY);
  return (tinyml_range){{least, least}, {greatest, greatest}};
}

/* The first `count` lanes of a vector; NaN is passed over. */
TINYML_INLINE void tinyml_widen(tinyml_range *range, int32_t turn, tinyml_vec v, int32_t count) {
  if (count < TINYML_LANES) {
    float lanes[TINYML_LANES];
    tinyml_store(lanes, v);
    for (int32_t lane = count; lane < TINYML_LANES; lane++) lanes[lane] = __builtin_nanf("");
    v = tinyml_load(lanes);
  }
  range->least[turn] = tinyml_min(v, range->least[turn]);
  range->greatest[turn] = tinyml_max(v, range->greatest[turn]);
}

TINYML_INLINE void tinyml_store_range(tinyml_range range, float *extent) {
  float least[TINYML_LANES], greatest[TINYML_LANES];
  tinyml_extent seen = tinyml_empty_extent();
  tinyml_store(least, tinyml_min(range.least[0], range.least[1]));
  tinyml_store(greatest, tinyml_max(range.greatest[0], range.greatest[1]));
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    if (least[lane] < seen.least) seen.least = least[lane];
    if (greatest[lane] > seen.greatest) seen.greatest = greatest[lane];
  }
  tinyml_store_extent(seen, extent);
}

/* Tables of few channels are repeated, so that a walk over tensors goes by whole vectors for a while. */
enum { TINYML_LONG = 64 };

static inline int32_t tinyml_period(int32_t channels) {
  int32_t period = channels;
  while (period < TINYML_LONG || (channels < TINYML_LONG && period % TINYML_LANES != 0)) period += channels;
  return period;
}

/* A table over a whole period: itself, or repeated in `room`. */
static inline const float *tinyml_repeated(const float *table, int32_t channels, int32_t period, float *room) {
  if (period == channels) return table;
  for (int32_t i = 0; i < period; i++) room[i] = i < channels ? table[i] : room[i - channels];
  return room;
}

/* As TINYML_STREAM over rows of a period: `in` is the place in the period, `at` in the tensor. */
#define TINYML_STREAM_ROWS(size, period, call)                                                   \
  for (int32_t first_ = 0; first_ < (size); first_ += (period)) {                                \
    const int32_t left_ = (size) - first_;                                                       \
    TINYML_STREAM_ROW(left_ < (period) ? left_ : (period), first_, call);                        \
  }

#define TINYML_STREAM_ROW(size, first, call)                          \
  do {                                                                \
    const int32_t row_ = (size);                                      \
    int32_t in = 0;                                                   \
    for (; in <= row_ - 2 * TINYML_LANES; in += TINYML_LANES) {       \
      TINYML_ROW_TURN(0, TINYML_LANES, first, call)                   \
      in += TINYML_LANES;                                             \
      TINYML_ROW_TURN(1, TINYML_LANES, first, call)                   \
    }                                                                 \
    if (in <= row_ - TINYML_LANES) {                                  \
      TINYML_ROW_TURN(0, TINYML_LANES, first, call)                   \
      in += TINYML_LANES;                                             \
    }                                                                 \
    if (in < row_) TINYML_ROW_TURN(1, row_ - in, first, call)         \
  } while (0)

#define TINYML_ROW_TURN(number, elements, first, call)       \
  {                                                          \
    enum { turn = (number) };                                \
    const int32_t at = (first) + in, count = (elements);     \
    call;                                                    \
  }

#endif
