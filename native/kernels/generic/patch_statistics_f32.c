#include <math.h>

#include "../tinyml_kernels.h"
#include "tinyml_patch.h"

/* At most 1. */
static float share(double value) {
  return value < 1.0 ? (float)value : 1.0f;
}

void tinyml_patch_statistics_f32(const tinyml_patch_statistics_f32_params *params, const float *input,
                                 const float *reference, const float *unit, float *statistics, void *scratch) {
  const tinyml_patch_statistics_f32_params s = *params;
  const tinyml_patches p = {s.rows, s.columns, s.patch, s.channels};
  const int32_t length = p.patch * p.channels, stride = tinyml_patch_stride(p);
  const double count = (double)p.patch * (double)length, one = (double)*unit;
  const float moved_at = (float)(1.5 * one);
  (void)scratch;
  for (int32_t n = 0; n < s.batch; n++) {
    for (int32_t row = 0; row < p.rows; row++) {
      for (int32_t column = 0; column < p.columns; column++, statistics += 4) {
        int32_t first = tinyml_patch_start(p, n, row, column), moved = 0;
        double differences = 0.0, sizes = 0.0;
        float most = 0.0f;
        for (int32_t y = 0; y < p.patch; y++, first += stride) {
          for (int32_t i = first; i < first + length; i++) {
            const float difference = fabsf(input[i] - reference[i]);
            differences += (double)difference;
            if (difference > most) most = difference;
            sizes += (double)fabsf(input[i]);
            if (difference > moved_at) moved++;
          }
        }
        statistics[0] = share(differences / (count * (16.0 * one)));
        statistics[1] = share((double)most / (64.0 * one));
        statistics[2] = share(sizes / (count * (256.0 * one)));
        statistics[3] = (float)((double)moved / count);
      }
    }
  }
}
