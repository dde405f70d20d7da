#include "../tinyml_kernels.h"
#include "tinyml_patch.h"

void tinyml_patch_mix_f32(const tinyml_patch_mix_f32_params *params, const float *input, const float *reference,
                          const float *mask, float *output, void *scratch) {
  const tinyml_patch_mix_f32_params s = *params;
  const tinyml_patches p = {s.rows, s.columns, s.patch, s.channels};
  const int32_t length = p.patch * p.channels, stride = tinyml_patch_stride(p);
  (void)scratch;
  for (int32_t n = 0; n < s.batch; n++) {
    for (int32_t row = 0; row < p.rows; row++) {
      for (int32_t column = 0; column < p.columns; column++, mask++) {
        const float rest = 1.0f - *mask;
        const float own = s.inverted == 0 ? *mask : rest, other = s.inverted == 0 ? rest : *mask;
        int32_t first = tinyml_patch_start(p, n, row, column);
        for (int32_t y = 0; y < p.patch; y++, first += stride) {
          for (int32_t i = first; i < first + length; i++) output[i] = own * input[i] + other * reference[i];
        }
      }
    }
  }
}
