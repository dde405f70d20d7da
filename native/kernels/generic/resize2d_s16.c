#include <string.h>

#include "../tinyml_kernels.h"
#include "tinyml_fixed_point.h"

/* Weights of both axes together are whole numbers of 1 / 2^SHIFT. */
enum { SHIFT = 22, MAX_TAPS = 4 };

static void one_pixel(const int16_t *const *pixels, const int32_t *weights, int32_t count, int32_t channels,
                      int16_t *output) {
  for (int32_t c = 0; c < channels; c++) {
    int64_t sum = INT64_C(1) << (SHIFT - 1);
    for (int32_t i = 0; i < count; i++) sum += (int64_t)weights[i] * pixels[i][c];
    sum >>= SHIFT;
    output[c] = (int16_t)(sum < INT16_MIN ? INT16_MIN : sum > INT16_MAX ? INT16_MAX : sum);
  }
}

void tinyml_resize2d_s16(const tinyml_resize2d_s16_params *params, const int16_t *input, const int32_t *rows,
                         const int32_t *row_weights, const int32_t *columns, const int32_t *column_weights,
                         int16_t *output, void *scratch) {
  const tinyml_resize2d_s16_params p = *params;
  const int16_t *pixels[MAX_TAPS * MAX_TAPS];
  int32_t weights[MAX_TAPS * MAX_TAPS];
  (void)scratch;
  for (int32_t n = 0; n < p.batch; n++, input += p.in_h * p.in_w * p.channels) {
    for (int32_t oy = 0; oy < p.out_h; oy++) {
      for (int32_t ox = 0; ox < p.out_w; ox++, output += p.channels) {
        int32_t count = 0;
        for (int32_t i = oy * p.taps; i < (oy + 1) * p.taps; i++) {
          const int16_t *const row = input + tinyml_clamp(rows[i], 0, p.in_h - 1) * p.in_w * p.channels;
          for (int32_t j = ox * p.taps; j < (ox + 1) * p.taps; j++) {
            const int32_t weight = (int32_t)((uint32_t)row_weights[i] * (uint32_t)column_weights[j]);
            if (weight == 0 && p.taps > 1) continue;
            pixels[count] = row + tinyml_clamp(columns[j], 0, p.in_w - 1) * p.channels;
            weights[count++] = weight;
          }
        }
        if (p.taps == 1 || (count == 1 && weights[0] == INT32_C(1) << SHIFT)) {
          memcpy(output, pixels[0], (size_t)p.channels * sizeof(*output));
        } else {
          one_pixel(pixels, weights, count, p.channels, output);
        }
      }
    }
  }
}
