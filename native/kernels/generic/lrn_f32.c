#include "../tinyml_kernels.h"
#include "tinyml_elementary.h"

void tinyml_lrn_f32(const tinyml_lrn_f32_params *params, const float *input, const float *parameters, float *output,
                    void *scratch) {
  const tinyml_lrn_f32_params p = *params;
  (void)scratch;
  for (int32_t o = 0; o < p.outer; o++, input += p.channels, output += p.channels) {
    for (int32_t c = 0; c < p.channels; c++) {
      const int32_t first = c > p.before ? c - p.before : 0;
      const int32_t last = c < p.channels - 1 - p.behind ? c + p.behind : p.channels - 1;
      float squares = 0.0f;
      for (int32_t i = first; i <= last; i++) squares = tinyml_fma(input[i], input[i], squares);
      const float log = tinyml_log_f32(tinyml_fma(parameters[0], squares, parameters[2]));
      output[c] = input[c] * tinyml_exp_f32(-parameters[1] * log);
    }
  }
}
