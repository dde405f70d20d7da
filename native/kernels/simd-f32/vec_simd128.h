/* Vectors of 4 floats: WebAssembly SIMD, which has no fused multiply-add. */
#ifndef TINYML_VEC_H
#define TINYML_VEC_H

#include <string.h>
#include <wasm_simd128.h>

#include "../generic/tinyml_fma.h"
#include "../simd/words.h"

enum { TINYML_LANES = 4 };
typedef float tinyml_vec __attribute__((vector_size(16)));

#define TINYML_FUNCTIONS(name) tinyml_##name##_simd128

/* Blocks of output channels times pixels: an emulated multiply-add is many instructions, so that few chains suffice. */
#define TINYML_TILES(TILE)                                          \
  TILE(1, 1) TILE(1, 2) TILE(1, 3) TILE(1, 4)                       \
  TILE(2, 1) TILE(2, 2)                                             \
  TILE(4, 1)
/* Chains that hide the latency of a multiply-add. */
enum { TINYML_CHAINS_NEEDED = 2 };
/* Vectors of neighbouring channels that fit the registers for a few pixels. */
enum { TINYML_CHANNEL_VECTORS = 1 };
/* Blocks that share what a tile reads of the input, where there are many pixels. */
enum { TINYML_PANEL = 2 };

/* Bytes of the first `count` lanes. */
static inline size_t tinyml_first(int32_t count) {
  return (size_t)(count < TINYML_LANES ? count : TINYML_LANES) * sizeof(float);
}

static inline tinyml_vec tinyml_splat(float value) {
  return (tinyml_vec)wasm_f32x4_splat(value);
}

static inline tinyml_vec tinyml_load(const float *from) {
  return (tinyml_vec)wasm_v128_load(from);
}

/* The first `count` lanes, or all where it is more; the rest are zeros, or stay as they are. */
static inline tinyml_vec tinyml_load_first(const float *from, int32_t count) {
  tinyml_vec v = {0};
  memcpy(&v, from, tinyml_first(count));
  return v;
}

static inline void tinyml_store(float *to, tinyml_vec v) {
  wasm_v128_store(to, (v128_t)v);
}

static inline void tinyml_store_first(float *to, tinyml_vec v, int32_t count) {
  memcpy(to, &v, tinyml_first(count));
}

static inline tinyml_vec tinyml_add(tinyml_vec a, tinyml_vec b) {
  return a + b;
}

static inline tinyml_vec tinyml_multiply(tinyml_vec a, tinyml_vec b) {
  return a * b;
}

static inline tinyml_vec tinyml_divide(tinyml_vec a, tinyml_vec b) {
  return a / b;
}

static __attribute__((noinline)) tinyml_vec tinyml_multiply_add_slowly(tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) c[lane] = tinyml_fma(a[lane], b[lane], c[lane]);
  return c;
}

typedef double tinyml_pair __attribute__((vector_size(16)));

static inline tinyml_pair tinyml_low(tinyml_vec v) {
  return (tinyml_pair)wasm_f64x2_promote_low_f32x4((v128_t)v);
}

static inline tinyml_pair tinyml_high(tinyml_vec v) {
  return tinyml_low((tinyml_vec)wasm_i32x4_shuffle((v128_t)v, (v128_t)v, 2, 3, 2, 3));
}

/* Where the last 28 bits of a float64 sum are zero though it is no float32 number: there rounding it again may go wrong, as
 * tinyml_fma says. */
static inline v128_t tinyml_doubtful(tinyml_pair sum, tinyml_pair rounded) {
  const v128_t low = wasm_v128_and((v128_t)sum, wasm_i64x2_const_splat(0x0fffffff));
  return wasm_v128_and(wasm_i64x2_eq(low, wasm_i64x2_const_splat(0)), wasm_f64x2_ne((v128_t)sum, (v128_t)rounded));
}

static inline tinyml_vec tinyml_multiply_add(tinyml_vec a, tinyml_vec b, tinyml_vec c) {
  const tinyml_pair low = tinyml_low(a) * tinyml_low(b) + tinyml_low(c);
  const tinyml_pair high = tinyml_high(a) * tinyml_high(b) + tinyml_high(c);
  const tinyml_vec low_sum = (tinyml_vec)wasm_f32x4_demote_f64x2_zero((v128_t)low);
  const tinyml_vec high_sum = (tinyml_vec)wasm_f32x4_demote_f64x2_zero((v128_t)high);
  const v128_t doubtful =
      wasm_v128_or(tinyml_doubtful(low, tinyml_low(low_sum)), tinyml_doubtful(high, tinyml_low(high_sum)));
  if (__builtin_expect(wasm_v128_any_true(doubtful), 0)) return tinyml_multiply_add_slowly(a, b, c);
  return (tinyml_vec)wasm_i32x4_shuffle((v128_t)low_sum, (v128_t)high_sum, 0, 1, 4, 5);
}

static inline tinyml_vec tinyml_select(v128_t takes, tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec)wasm_v128_bitselect((v128_t)a, (v128_t)b, takes);
}

static inline tinyml_vec tinyml_bound(tinyml_vec v, tinyml_vec lowest, tinyml_vec highest) {
  const tinyml_vec above = tinyml_select(wasm_f32x4_lt((v128_t)v, (v128_t)lowest), lowest, v);
  return tinyml_select(wasm_f32x4_gt((v128_t)above, (v128_t)highest), highest, above);
}

static inline tinyml_vec tinyml_greater(tinyml_vec v, tinyml_vec best) {
  const v128_t is_nan = wasm_f32x4_ne((v128_t)v, (v128_t)v);
  return tinyml_select(wasm_v128_or(wasm_f32x4_gt((v128_t)v, (v128_t)best), is_nan), v, best);
}

static inline tinyml_vec tinyml_sqrt(tinyml_vec v) {
  return (tinyml_vec)wasm_f32x4_sqrt((v128_t)v);
}

/* a < b ? a : b, and a > b ? a : b. */
static inline tinyml_vec tinyml_min(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec)wasm_f32x4_pmin((v128_t)b, (v128_t)a);
}

static inline tinyml_vec tinyml_max(tinyml_vec a, tinyml_vec b) {
  return (tinyml_vec)wasm_f32x4_pmax((v128_t)b, (v128_t)a);
}

/* 4 codes as int32, and the lowest bytes of 4 int32, whatever the type of the register. */
static inline v128_t tinyml_load_bytes(const int8_t *from) {
  return wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(from)));
}

static inline void tinyml_store_bytes(int8_t *to, tinyml_vec v) {
  wasm_v128_store32_lane(to, wasm_i8x16_shuffle((v128_t)v, (v128_t)v, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
}

#endif
