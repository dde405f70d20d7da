/* The same with the DSP instructions of ARMv7E-M and ARMv8-M, where one operand has the larger scale: its multiplier is then a half.
 * Included by generic/tinyml_add_run.h. */

/* An operand with a multiplier and a shift to the right, and one that is only shifted; what their sum becomes. */
typedef struct {
  int32_t scaled_offset, doubled, right;
  int32_t plain_offset;
  int32_t output_doubled, power, zero_point;
} scaled_and_plain;

/* right: 0, 1 or more; known where it is called. */
static inline __attribute__((always_inline)) void add_scaled(const scaled_and_plain *sum, int32_t right, int32_t size,
                                                             const int8_t *scaled, const int8_t *plain,
                                                             int8_t *output) {
  const scaled_and_plain s = *sum;
  const int32_t power = right > 1 ? (int32_t)(UINT32_C(1) << (32 - s.right)) : 0;
  for (int32_t i = 0; i < size; i++) {
    const int32_t x = (int32_t)((uint32_t)scaled[i] << 20) + s.scaled_offset;
    const int32_t y = (int32_t)((uint32_t)plain[i] << 19) + s.plain_offset;
    const int32_t high = tinyml_add_rounded_high(x, x, s.doubled);
    const int32_t down = high + (high >> 31);
    const int32_t total = right == 0 ? high + y : right == 1 ? y + ((down + 1) >> 1) : tinyml_add_rounded_high(y, down, power);
    const int32_t result = tinyml_add_rounded_high(total, total, s.output_doubled);
    int32_t code;
    __asm("ssat %0, #8, %1" : "=r"(code) : "r"(tinyml_add_rounded_high(s.zero_point, result + (result >> 31), s.power)));
    output[i] = (int8_t)code;
  }
}

/* The same bytes as the portable loop; 0 where the parameters are others. */
static inline int32_t add_plain(const tinyml_add_s8_params *p, int32_t size, const int8_t *input1,
                                const int8_t *input2, int8_t *output) {
  const int32_t second = p->input2_multiplier == 1 << 30 && p->input2_shift == 0;
  const int32_t first = p->input1_multiplier == 1 << 30 && p->input1_shift == 0;
  const int32_t multiplier = second ? p->input1_multiplier : p->input2_multiplier;
  const int32_t shift = second ? p->input1_shift : p->input2_shift;
  if (!(first || second) || p->left_shift != 20 || multiplier < 1 << 30 || shift > 0 ||
      p->output_multiplier < 1 << 30 || p->output_shift > -2) {
    return 0;
  }
  const scaled_and_plain sum = {
      .scaled_offset = (second ? p->input1_offset : p->input2_offset) * (1 << 20),
      .doubled = (int32_t)((uint32_t)multiplier << 1),
      .right = -shift,
      .plain_offset = (second ? p->input2_offset : p->input1_offset) * (1 << 19),
      .output_doubled = (int32_t)((uint32_t)p->output_multiplier << 1),
      .power = (int32_t)(UINT32_C(1) << (32 + p->output_shift)),
      .zero_point = p->output_offset,
  };
  const int8_t *scaled = second ? input1 : input2, *plain = second ? input2 : input1;
  if (shift == 0) {
    add_scaled(&sum, 0, size, scaled, plain, output);
  } else if (shift == -1) {
    add_scaled(&sum, 1, size, scaled, plain, output);
  } else {
    add_scaled(&sum, 2, size, scaled, plain, output);
  }
  tinyml_clamp_codes(output, size, p->act_min, p->act_max);
  return 1;
}
