#include "tinyml_mean.h"

#if defined(__ARM_FEATURE_MVE)
#include "../mve/tinyml_mean.c"
#elif defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_mean.c"
#else
#include "tinyml_fixed_point.h"

void tinyml_mean_of(const tinyml_mean *mean, const int8_t *from, int8_t *output) {
  const tinyml_mean m = *mean;
  const int32_t wrap = m.next_row - m.columns * m.next_column;
  for (const int8_t *const end = output + m.channels; output != end; from++) {
    const int8_t *at = from;
    int32_t sum = m.input_offset * m.rows * m.columns;
    for (int32_t row = m.rows; row > 0; row--, at += wrap) {
      for (int32_t column = m.columns; column > 0; column--, at += m.next_column) sum += *at;
    }
    *output++ = tinyml_output_s8(tinyml_requantize(sum, m.multiplier, m.shift), m.output_offset, m.act_min, m.act_max);
  }
}

#endif
