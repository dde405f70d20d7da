#include "../tinyml_kernels.h"
#include "tinyml_quantizer.h"

static uint32_t bits_of(const int8_t *values, int32_t count, int32_t low, int32_t high) {
  uint32_t byte = 0;
  for (int32_t i = 0; i < count; i++) byte |= (uint32_t)(values[i] > low && values[i] < high) << i;
  return byte;
}

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
#include "../armv7em/tinyml_inside_bits.h"
#else

/* Bytes of bits of eight codes each. @returns where they end */
static inline int8_t *inside_bytes(const int8_t *values, int32_t bytes, int32_t low, int32_t high, int8_t *bits) {
  for (; bytes > 0; bytes--, values += 8) *bits++ = (int8_t)(uint8_t)bits_of(values, 8, low, high);
  return bits;
}
#endif

void tinyml_inside_bits_s8(const tinyml_inside_bits_s8_params *params, const int8_t *values, const float *quantizer,
                           const float *bounds, int8_t *bits, void *scratch) {
  const int32_t low = (int32_t)tinyml_code_of(bounds[0], quantizer, -129.0f, 128.0f);
  const int32_t high = (int32_t)tinyml_code_of(bounds[1], quantizer, -129.0f, 128.0f);
  const int32_t whole = params->channels / 8, rest = params->channels % 8;
  (void)scratch;
  for (int32_t row = 0; row < params->rows; row++, values += params->channels) {
    bits = inside_bytes(values, whole, low, high, bits);
    if (rest > 0) *bits++ = (int8_t)(uint8_t)bits_of(values + 8 * whole, rest, low, high);
  }
}
