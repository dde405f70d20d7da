/* tinyml_four_bits.h with the vector instructions of ARMv8.1-M (MVE, Helium): 32 codes at once. Included by
 * generic/tinyml_four_bits.c. */
#include <arm_mve.h>

/* Four runs: low halves of bytes are the first words of the runs, high halves the second ones. */
static inline void unpack(uint8x16_t codes, uint8_t factor, uint8x16_t zeros, uint32_t *to) {
  const uint8x16_t low = vsubq_u8(vmulq_n_u8(vandq_u8(codes, vdupq_n_u8(15)), factor), zeros);
  const uint8x16_t high = vsubq_u8(vmulq_n_u8(vshrq_n_u8(codes, 4), factor), zeros);
  const uint32x4x2_t words = {{vreinterpretq_u32_u8(low), vreinterpretq_u32_u8(high)}};
  vst2q_u32(to, words);
}

/* The same for fewer than four runs. */
static inline void unpack_some(const uint8_t *from, int32_t runs, uint8_t factor, uint8x16_t zeros, uint32_t *to) {
  uint32_t words[8];
  unpack(vldrbq_z_u8(from, vctp8q(4 * (uint32_t)runs)), factor, zeros, words);
  memcpy(to, words, 8 * (uint32_t)runs);
}

void tinyml_unpack_rows(const tinyml_four_bits *weights, int32_t first, int32_t rows, uint32_t *to) {
  const int32_t row_size = weights->row_size, group = weights->group;
  const uint8_t *codes = (const uint8_t *)weights->codes + row_size / 2 * first;
  const int8_t *factors = weights->factors + ((row_size - 1) / group + 1) * first;
  for (; rows > 0; rows--) {
    for (int32_t left = row_size; left > 0; factors++) {
      const uint8_t factor = (uint8_t)*factors;
      const uint8x16_t zeros = vdupq_n_u8((uint8_t)(8 * factor));
      const int32_t count = left < group ? left : group;
      int32_t runs = count / TINYML_FOUR_BIT_RUN;
      for (; runs >= 4; runs -= 4, codes += 16, to += 8) unpack(vldrbq_u8(codes), factor, zeros, to);
      if (runs > 0) {
        unpack_some(codes, runs, factor, zeros, to);
        codes += 4 * runs;
        to += 2 * runs;
      }
      left -= count;
    }
  }
}
