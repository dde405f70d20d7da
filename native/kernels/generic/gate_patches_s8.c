#include "../tinyml_kernels.h"

void tinyml_gate_patches_s8(const tinyml_gate_patches_s8_params *params, const int8_t *scores, int8_t *mask,
                            int8_t *age, int8_t *clock, void *scratch) {
  const tinyml_gate_patches_s8_params p = *params;
  const int32_t old = p.max_age > 0 ? p.max_age - 128 : INT32_MAX, passed = *clock + 128;
  int32_t count = 0;
  (void)scratch;
  for (int32_t i = 0; i < p.patches; i++) {
    const int32_t active = scores[i] > p.threshold || age[i] >= old;
    mask[i] = (int8_t)active;
    count += active;
  }
  const int32_t full = passed == 0 || (p.key_frame > 0 && passed >= p.key_frame) || count >= p.scene_cut;
  for (int32_t i = 0; i < p.patches; i++) {
    if (full) mask[i] = 1;
    age[i] = mask[i] != 0 ? INT8_MIN : age[i] < INT8_MAX ? (int8_t)(age[i] + 1) : INT8_MAX;
  }
  *clock = full ? INT8_MIN + 1 : *clock < INT8_MAX ? (int8_t)(*clock + 1) : INT8_MAX;
}
