/* The same with the DSP instructions of ARMv7E-M and ARMv8-M: four elements in a word. Included by generic/tinyml_mul_run.h. */
#include <string.h>

/* What is added to two codes in one word, for each operand; what their product becomes. */
typedef struct {
  uint32_t offsets1, offsets2;
  int32_t multiplier, power, zero_point;
} product;

static inline uint32_t both(int32_t offset) { return ((uint32_t)offset & 0xffffu) * 0x10001u; }

/* Bytes 0 and 2, or 1 and 3, with their offset. */
static inline uint32_t even_of(uint32_t offsets, uint32_t bytes) {
  uint32_t numbers;
  __asm("sxtab16 %0, %1, %2" : "=r"(numbers) : "r"(offsets), "r"(bytes));
  return numbers;
}

static inline uint32_t odd_of(uint32_t offsets, uint32_t bytes) {
  uint32_t numbers;
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(numbers) : "r"(offsets), "r"(bytes));
  return numbers;
}

static inline uint32_t code_of(const product *of, int32_t x) {
  return (uint8_t)tinyml_saturate_s8(tinyml_requantize_onto(of->zero_point, x, of->multiplier, of->power));
}

static inline uint32_t low_code(const product *of, uint32_t x1, uint32_t x2) {
  return code_of(of, (int16_t)x1 * (int16_t)x2);
}

static inline uint32_t high_code(const product *of, uint32_t x1, uint32_t x2) {
  return code_of(of, ((int32_t)x1 >> 16) * ((int32_t)x2 >> 16));
}

static void multiply_elements(const product *of, int32_t size, const int8_t *input1, const int8_t *input2, int8_t *output) {
  const product p = *of;
  for (; size >= 4; size -= 4, input1 += 4, input2 += 4, output += 4) {
    uint32_t x1, x2;
    memcpy(&x1, input1, sizeof(x1));
    memcpy(&x2, input2, sizeof(x2));
    const uint32_t even1 = even_of(p.offsets1, x1), even2 = even_of(p.offsets2, x2);
    const uint32_t odd1 = odd_of(p.offsets1, x1), odd2 = odd_of(p.offsets2, x2);
    const uint32_t four = low_code(&p, even1, even2) | low_code(&p, odd1, odd2) << 8 | high_code(&p, even1, even2) << 16 |
                          high_code(&p, odd1, odd2) << 24;
    memcpy(output, &four, sizeof(four));
  }
  for (; size > 0; size--) {
    *output++ = (int8_t)low_code(&p, even_of(p.offsets1, (uint8_t)*input1++), even_of(p.offsets2, (uint8_t)*input2++));
  }
}

/* The same bytes as the portable loop; 0 where products are not shifted to the right by two and more. */
static inline int32_t multiply_plain(const tinyml_mul_s8_params *p, int32_t first, int32_t end, const int8_t *input1,
                                     const int8_t *input2, int8_t *output) {
  if (p->output_multiplier < 1 << 30 || p->output_shift > -2) return 0;
  const product of = {
      .offsets1 = both(p->input1_offset),
      .offsets2 = both(p->input2_offset),
      .multiplier = p->output_multiplier,
      .power = (int32_t)(UINT32_C(1) << (32 + p->output_shift)),
      .zero_point = p->output_offset,
  };
  /* Positions that have a row of the second input each are one run of elements. */
  const int32_t channels = p->channels, repeat = p->repeat, size = (end - first) * channels;
  const int32_t run = repeat == 1 ? size : channels;
  input1 += first * channels;
  input2 += first / repeat * channels;
  output += first * channels;
  for (int32_t at = 0, used = first % repeat; at < size; at += run) {
    multiply_elements(&of, run, input1 + at, input2, output + at);
    if (++used < repeat) continue;
    input2 += run;
    used = 0;
  }
  tinyml_clamp_codes(output, size, p->act_min, p->act_max);
  return 1;
}
