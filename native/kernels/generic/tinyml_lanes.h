/* Four channels beside each other, each with sums of its own: the inner loops of depthwise products. */
#ifndef TINYML_LANES_H
#define TINYML_LANES_H

#include <stdint.h>
#include <string.h>

enum { TINYML_LANES = 4 };

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_lanes.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#define TINYML_LANES_DSP
#include "../armv7em/tinyml_lanes.h"
#else

/* Codes less a zero point, and sums of products. */
typedef struct {
  int32_t of[TINYML_LANES];
} tinyml_lanes;

typedef struct {
  uint32_t of[TINYML_LANES];
} tinyml_lane_sums;

static inline tinyml_lane_sums tinyml_no_sums(void) {
  return (tinyml_lane_sums){{0, 0, 0, 0}};
}

/* Four codes at any address. */
static inline tinyml_lanes tinyml_four_lanes(const int8_t *from, int32_t zero_point) {
  return (tinyml_lanes){{from[0] - zero_point, from[1] - zero_point, from[2] - zero_point, from[3] - zero_point}};
}

/* sums + a * b, lane by lane. Sums wrap. */
static inline tinyml_lane_sums tinyml_add_lanes(tinyml_lane_sums sums, tinyml_lanes a, tinyml_lanes b) {
  for (int32_t i = 0; i < TINYML_LANES; i++) sums.of[i] += (uint32_t)(a.of[i] * b.of[i]);
  return sums;
}

/* sums + a * b, a code. */
static inline tinyml_lane_sums tinyml_add_scaled(tinyml_lane_sums sums, tinyml_lanes a, int32_t b) {
  for (int32_t i = 0; i < TINYML_LANES; i++) sums.of[i] += (uint32_t)(a.of[i] * b);
  return sums;
}

static inline tinyml_lane_sums tinyml_load_sums(const int32_t *from) {
  tinyml_lane_sums sums;
  memcpy(&sums, from, sizeof(sums));
  return sums;
}

static inline void tinyml_store_sums(int32_t *to, tinyml_lane_sums sums) {
  memcpy(to, &sums, sizeof(sums));
}
#endif

/* Four codes as they are kept for many products. */
#ifdef TINYML_LANES_DSP
typedef tinyml_lanes tinyml_kept_lanes;
#else
typedef struct {
  int8_t of[TINYML_LANES];
} tinyml_kept_lanes;
#endif

static inline tinyml_kept_lanes tinyml_keep_lanes(const int8_t *from) {
#ifdef TINYML_LANES_DSP
  return tinyml_four_lanes(from, 0);
#else
  return (tinyml_kept_lanes){{from[0], from[1], from[2], from[3]}};
#endif
}

/* Four codes at distances of `step`. */
static inline tinyml_kept_lanes tinyml_keep_apart(const int8_t *from, int32_t step) {
#ifdef TINYML_LANES_DSP
  return tinyml_lanes_apart(from, step);
#else
  return (tinyml_kept_lanes){{from[0], from[step], from[2 * step], from[3 * step]}};
#endif
}

static inline tinyml_lanes tinyml_kept(const tinyml_kept_lanes *lanes) {
#ifdef TINYML_LANES_DSP
  return *lanes;
#else
  return tinyml_four_lanes(lanes->of, 0);
#endif
}

/* `count` codes, zeros behind them. */
static inline tinyml_lanes tinyml_some_lanes(const int8_t *from, int32_t count, int32_t zero_point) {
  int8_t codes[TINYML_LANES];
  if (count >= TINYML_LANES) return tinyml_four_lanes(from, zero_point);
  memset(codes, zero_point, sizeof(codes));
  for (int32_t i = 0; i < count; i++) codes[i] = from[i];
  return tinyml_four_lanes(codes, zero_point);
}

static inline tinyml_lane_sums tinyml_load_some(const int32_t *from, int32_t count) {
  int32_t sums[TINYML_LANES] = {0, 0, 0, 0};
  if (count >= TINYML_LANES) return tinyml_load_sums(from);
  for (int32_t i = 0; i < count; i++) sums[i] = from[i];
  return tinyml_load_sums(sums);
}

static inline void tinyml_store_some(int32_t *to, int32_t count, tinyml_lane_sums from) {
  int32_t sums[TINYML_LANES];
  if (count >= TINYML_LANES) {
    tinyml_store_sums(to, from);
    return;
  }
  tinyml_store_sums(sums, from);
  for (int32_t i = 0; i < count; i++) to[i] = sums[i];
}

#endif
