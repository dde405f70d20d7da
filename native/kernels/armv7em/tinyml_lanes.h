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

/* Four codes at distances of `step`. */
static inline tinyml_lanes tinyml_lanes_apart(const int8_t *from, int32_t step) {
  const int32_t first = from[0], second = from[step], third = from[2 * step], fourth = from[3 * step];
  tinyml_lanes lanes;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(lanes.even) : "r"(first), "r"(third));
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(lanes.odd) : "r"(second), "r"(fourth));
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

/* A pixel and what it meets: outputs of a depthwise convolution and the taps that they meet it with. Distances are in bytes. */
typedef struct {
  int32_t column_step, tap_step; /* back from an output to the one before, and on from a tap to the next */
  int32_t output, tap;           /* the first */
  int32_t columns, rows;         /* columns: at least 1 where there are rows */
  int32_t next_row, next_taps;   /* from behind a row of outputs back to the row before, and on from behind its taps */
} tinyml_met_lanes;

typedef struct {
  const tinyml_met_lanes *met, *end;
  const int8_t *gradient;
  const tinyml_lanes *taps;
  int32_t *sums;
  int32_t step; /* bytes from the sums of a pixel to the next */
} tinyml_met_pixels;

/* Sums of four channels of all pixels. */
static __attribute__((naked, noinline, unused)) void tinyml_meet_pixels(const tinyml_met_pixels *all __attribute__((unused))) {
  __asm volatile(
      "push {r0, r4-r11, lr}\n"
      "sub sp, sp, #32\n"
      "ldm r0, {r1-r6}\n"
      "stm sp, {r1-r6}\n"
      "1:\n"
      "ldr r8, [sp]\n"
      "ldm r8!, {r2, r3, r9, r10, r12, lr}\n"
      "ldrd r4, r5, [sp, #8]\n"
      "str r8, [sp]\n"
      "str r12, [sp, #24]\n"
      "add r0, r4, r9\n"
      "add r1, r5, r10\n"
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "movs r7, #0\n"
      "cmp lr, #0\n"
      "beq 4f\n"
      "2:\n"
      "ldr r8, [r0]\n"
      "ldrd r10, r11, [r1]\n"
      "sub r0, r0, r2\n"
      "add r1, r1, r3\n"
      "sxtb16 r9, r8\n"
      "sxtb16 r8, r8, ror #8\n"
      "subs r12, r12, #1\n"
      "smlabb r4, r9, r10, r4\n"
      "smlatt r6, r9, r10, r6\n"
      "smlabb r5, r8, r11, r5\n"
      "smlatt r7, r8, r11, r7\n"
      "bne 2b\n"
      "subs lr, lr, #1\n"
      "beq 4f\n"
      "ldr r8, [sp]\n"
      "ldr r12, [sp, #24]\n"
      "ldrd r9, r10, [r8]\n"
      "sub r0, r0, r9\n"
      "add r1, r1, r10\n"
      "b 2b\n"
      "4:\n"
      "ldrd r8, r9, [sp, #16]\n"
      "ldrd r10, r11, [sp]\n"
      "stm r8, {r4-r7}\n"
      "add r8, r8, r9\n"
      "add r10, r10, #8\n"
      "str r8, [sp, #16]\n"
      "str r10, [sp]\n"
      "cmp r10, r11\n"
      "bne 1b\n"
      "add sp, sp, #32\n"
      "pop {r0, r4-r11, pc}\n");
}
