#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"
#include "tinyml_window.h"

void tinyml_avg_pool2d_decode_s8(const tinyml_avg_pool2d_decode_s8_params *params, const int8_t *input,
                                 const float *quantizer, float *output, void *scratch) {
  const tinyml_avg_pool2d_decode_s8_params p = *params;
  const int32_t zero_point = tinyml_zero_point(quantizer);
  const float scale = quantizer[TINYML_SCALE];
  (void)scratch;
  for (int32_t position = 0; position < p.batch * p.out_h * p.out_w; position++) {
    const int32_t row = position / p.out_w;
    const int32_t x = position % p.out_w * p.stride_w - p.pad_left, y = row % p.out_h * p.stride_h - p.pad_top;
    const tinyml_taps kx = tinyml_valid_taps(x, 1, p.kernel_w, p.in_w);
    const tinyml_taps ky = tinyml_valid_taps(y, 1, p.kernel_h, p.in_h);
    const int32_t rows = ky.end - ky.first, columns = kx.end - kx.first;
    const float count = (float)(p.count_include_pad ? p.kernel_h * p.kernel_w : rows * columns);
    const int8_t *from = input + (((row / p.out_h) * p.in_h + y + ky.first) * p.in_w + x + kx.first) * p.channels;
    for (int32_t c = 0; c < p.channels; c++, from++) {
      float sum = 0.0f;
      for (int32_t k = 0; k < rows; k++) {
        const int8_t *at = from + k * p.in_w * p.channels;
        for (int32_t i = 0; i < columns; i++) sum += tinyml_real_of(at[i * p.channels], zero_point, scale);
      }
      *output++ = sum / count;
    }
  }
}
