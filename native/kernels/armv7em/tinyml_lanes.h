/* tinyml_lanes.h with the DSP instructions of ARMv7E-M and ARMv8-M: two codes in a register. Included by generic/tinyml_lanes.h. */

/* Codes 0 and 2, and 1 and 3, as int16. */
typedef struct {
  uint32_t even, odd;
} tinyml_lanes;

typedef struct {
  uint32_t of[TINYML_LANES];
} tinyml_lane_sums;

static inline tinyml_lane_sums tinyml_no_sums(void) {
  return (tinyml_lane_sums){{0, 0, 0, 0}};
}

static inline tinyml_lanes tinyml_four_lanes(const int8_t *from, int32_t zero_point) {
  const uint32_t added = (uint32_t)(-zero_point & 0xffff) * 0x10001u;
  uint32_t word;
  tinyml_lanes lanes;
  memcpy(&word, from, sizeof(word));
  __asm("sxtab16 %0, %1, %2" : "=r"(lanes.even) : "r"(added), "r"(word));
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(lanes.odd) : "r"(added), "r"(word));
  return lanes;
}

static inline tinyml_lane_sums tinyml_add_lanes(tinyml_lane_sums sums, tinyml_lanes a, tinyml_lanes b) {
  __asm("smlabb %0, %1, %2, %0" : "+r"(sums.of[0]) : "r"(a.even), "r"(b.even));
  __asm("smlabb %0, %1, %2, %0" : "+r"(sums.of[1]) : "r"(a.odd), "r"(b.odd));
  __asm("smlatt %0, %1, %2, %0" : "+r"(sums.of[2]) : "r"(a.even), "r"(b.even));
  __asm("smlatt %0, %1, %2, %0" : "+r"(sums.of[3]) : "r"(a.odd), "r"(b.odd));
  return sums;
}

static inline tinyml_lane_sums tinyml_add_scaled(tinyml_lane_sums sums, tinyml_lanes a, int32_t b) {
  __asm("smlabb %0, %1, %2, %0" : "+r"(sums.of[0]) : "r"(a.even), "r"(b));
  __asm("smlabb %0, %1, %2, %0" : "+r"(sums.of[1]) : "r"(a.odd), "r"(b));
  __asm("smlatb %0, %1, %2, %0" : "+r"(sums.of[2]) : "r"(a.even), "r"(b));
  __asm("smlatb %0, %1, %2, %0" : "+r"(sums.of[3]) : "r"(a.odd), "r"(b));
  return sums;
}

static inline tinyml_lane_sums tinyml_load_sums(const int32_t *from) {
  return (tinyml_lane_sums){{(uint32_t)from[0], (uint32_t)from[1], (uint32_t)from[2], (uint32_t)from[3]}};
}

static inline void tinyml_store_sums(int32_t *to, tinyml_lane_sums sums) {
  for (int32_t i = 0; i < TINYML_LANES; i++) to[i] = (int32_t)sums.of[i];
}
