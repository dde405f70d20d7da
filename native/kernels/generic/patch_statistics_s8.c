#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* Over the elements of a patch: sum and maximum of the differences, sum of the values, number of differences above. */
typedef struct {
  int32_t sum, most, values, above;
} statistics;

static inline int32_t magnitude(int32_t value) {
  return value < 0 ? -value : value;
}

static statistics add_run(statistics s, const int8_t *input, const int8_t *reference, int32_t count, int32_t offset,
                          int32_t threshold) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t difference = magnitude(input[i] - reference[i]);
    s.sum += difference;
    s.most = difference > s.most ? difference : s.most;
    s.values += magnitude(input[i] + offset);
    s.above += difference > threshold;
  }
  return s;
}

void tinyml_patch_statistics_s8(const tinyml_patch_statistics_s8_params *params, const int8_t *input,
                                const int8_t *reference, const int32_t *multiplier, const int32_t *shift,
                                int8_t *output, void *scratch) {
  const tinyml_patch_statistics_s8_params p = *params;
  const int32_t run = p.patch * p.channels, row = p.width * p.channels;
  (void)scratch;
  for (int32_t top = 0; top < p.height; top += p.patch) {
    for (int32_t left = 0; left < row; left += run, output += 4) {
      statistics s = {0, 0, 0, 0};
      for (int32_t y = top; y < top + p.patch; y++) {
        s = add_run(s, input + y * row + left, reference + y * row + left, run, p.input_offset, p.threshold);
      }
      const int32_t sums[4] = {s.sum, s.most, s.values, s.above};
      for (int32_t k = 0; k < 4; k++) {
        output[k] = tinyml_output_s8(tinyml_requantize(sums[k], multiplier[k], shift[k]), INT8_MIN, INT8_MIN, INT8_MAX);
      }
    }
  }
}
