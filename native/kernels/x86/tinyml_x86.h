/* Kernels for x86 instruction sets, each computing what its generic kernel computes.
 *
 * supports: whether it takes steps with these parameters; the generic kernel takes all.
 * pack: writes packed_bytes(params) bytes, aligned to 64, from weights, bias, multipliers and shifts.
 * run: operands as for the generic kernel; `packed` from pack; scratch_bytes(params) bytes of scratch, aligned to 64. */
#ifndef TINYML_X86_H
#define TINYML_X86_H

#include <stddef.h>
#include <stdint.h>

#include "../tinyml_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TINYML_X86_WEIGHTED(name, isa)                                                                              \
  int tinyml_##name##_##isa##_supports(const tinyml_##name##_params *params);                                       \
  size_t tinyml_##name##_##isa##_packed_bytes(const tinyml_##name##_params *params);                                \
  void tinyml_##name##_##isa##_pack(const tinyml_##name##_params *params, const int8_t *weights,                    \
                                    const int32_t *bias, const int32_t *multiplier, const int32_t *shift,           \
                                    void *packed);                                                                  \
  size_t tinyml_##name##_##isa##_scratch_bytes(const tinyml_##name##_params *params);                               \
  void tinyml_##name##_##isa(const tinyml_##name##_params *params, const int8_t *input, const void *packed,         \
                             int8_t *output, void *scratch);

TINYML_X86_WEIGHTED(conv2d_s8, avx512vnni)
TINYML_X86_WEIGHTED(depthwise_conv2d_s8, avx512vnni)
TINYML_X86_WEIGHTED(fully_connected_s8, avx512vnni)

/* These take all parameters. Packed memory of an addition comes from its parameters alone. */
size_t tinyml_add_s8_avx512vnni_packed_bytes(const tinyml_add_s8_params *params);
void tinyml_add_s8_avx512vnni_pack(const tinyml_add_s8_params *params, void *packed);
void tinyml_add_s8_avx512vnni(const tinyml_add_s8_params *params, const int8_t *input1, const int8_t *input2,
                              const void *packed, int8_t *output);
void tinyml_avg_pool2d_s8_avx512vnni(const tinyml_avg_pool2d_s8_params *params, const int8_t *input, int8_t *output);
void tinyml_max_pool2d_s8_avx512vnni(const tinyml_max_pool2d_s8_params *params, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif
