#include "implementations.h"

#define GENERIC(name, call)                                                                            \
  static void generic_##name(const void *params, void *const *o, const void *packed, void *scratch) { \
    (void)packed;                                                                                      \
    call;                                                                                              \
  }
#define GENERIC_WEIGHTED(name) GENERIC(name, tinyml_##name(params, o[0], o[1], o[2], o[3], o[4], o[5], scratch))

GENERIC_WEIGHTED(conv2d_s8)
GENERIC_WEIGHTED(depthwise_conv2d_s8)
GENERIC_WEIGHTED(conv_transpose2d_s8)
GENERIC_WEIGHTED(fully_connected_s8)
GENERIC(add_s8, tinyml_add_s8(params, o[0], o[1], o[2], scratch))
GENERIC(mul_s8, tinyml_mul_s8(params, o[0], o[1], o[2], scratch))
GENERIC(avg_pool2d_s8, tinyml_avg_pool2d_s8(params, o[0], o[1], scratch))
GENERIC(max_pool2d_s8, tinyml_max_pool2d_s8(params, o[0], o[1], scratch))
GENERIC(softmax_s8, tinyml_softmax_s8(params, o[0], o[1], scratch))
GENERIC(lut_s8, tinyml_lut_s8(params, o[0], o[1], o[2], scratch))
GENERIC(copy_s8, tinyml_copy_s8(params, o[0], o[1], scratch))
GENERIC(fill_s8, tinyml_fill_s8(params, o[0], scratch))
GENERIC(quantize_s8, tinyml_quantize_s8(params, o[0], o[1], o[2], scratch))
GENERIC(dequantize_s8, tinyml_dequantize_s8(params, o[0], o[1], o[2], scratch))

#if defined(__x86_64__)
#include "../kernels/x86/tinyml_x86.h"

#define X86_WEIGHTED(name, isa)                                                                             \
  static int isa##_##name##_supports(const void *params) { return tinyml_##name##_##isa##_supports(params); } \
  static size_t isa##_##name##_packed_bytes(const void *params) {                                           \
    return tinyml_##name##_##isa##_packed_bytes(params);                                                    \
  }                                                                                                         \
  static void isa##_##name##_pack(const void *params, const void *const *c, void *packed) {                 \
    tinyml_##name##_##isa##_pack(params, c[0], c[1], c[2], c[3], packed);                                   \
  }                                                                                                         \
  static size_t isa##_##name##_scratch_bytes(const void *params) {                                          \
    return tinyml_##name##_##isa##_scratch_bytes(params);                                                   \
  }                                                                                                         \
  static void isa##_##name(const void *params, void *const *o, const void *packed, void *scratch) {         \
    tinyml_##name##_##isa(params, o[0], packed, o[5], scratch);                                             \
  }
#define ENTRY_WEIGHTED(kernel, ISA, name, isa)                                                             \
  {kernel, ISA, isa##_##name##_supports, isa##_##name##_packed_bytes, isa##_##name##_pack,                 \
   isa##_##name##_scratch_bytes, isa##_##name}

X86_WEIGHTED(conv2d_s8, avx512vnni)
X86_WEIGHTED(depthwise_conv2d_s8, avx512vnni)
X86_WEIGHTED(fully_connected_s8, avx512vnni)

static size_t avx512vnni_add_s8_packed_bytes(const void *params) {
  return tinyml_add_s8_avx512vnni_packed_bytes(params);
}
static void avx512vnni_add_s8_pack(const void *params, const void *const *constants, void *packed) {
  (void)constants;
  tinyml_add_s8_avx512vnni_pack(params, packed);
}
static void avx512vnni_add_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)scratch;
  tinyml_add_s8_avx512vnni(params, o[0], o[1], packed, o[2]);
}
static void avx512vnni_avg_pool2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  (void)scratch;
  tinyml_avg_pool2d_s8_avx512vnni(params, o[0], o[1]);
}
static void avx512vnni_max_pool2d_s8(const void *params, void *const *o, const void *packed, void *scratch) {
  (void)packed;
  (void)scratch;
  tinyml_max_pool2d_s8_avx512vnni(params, o[0], o[1]);
}
#endif

/* Best first. Every kernel has a generic implementation, which supports all parameters. */
static const tinyml_implementation table[] = {
#if defined(__x86_64__)
    ENTRY_WEIGHTED(TINYML_CONV2D_S8, TINYML_ISA_AVX512VNNI, conv2d_s8, avx512vnni),
    ENTRY_WEIGHTED(TINYML_DEPTHWISE_CONV2D_S8, TINYML_ISA_AVX512VNNI, depthwise_conv2d_s8, avx512vnni),
    ENTRY_WEIGHTED(TINYML_FULLY_CONNECTED_S8, TINYML_ISA_AVX512VNNI, fully_connected_s8, avx512vnni),
    {TINYML_ADD_S8, TINYML_ISA_AVX512VNNI, NULL, avx512vnni_add_s8_packed_bytes, avx512vnni_add_s8_pack, NULL,
     avx512vnni_add_s8},
    {TINYML_AVG_POOL2D_S8, TINYML_ISA_AVX512VNNI, NULL, NULL, NULL, NULL, avx512vnni_avg_pool2d_s8},
    {TINYML_MAX_POOL2D_S8, TINYML_ISA_AVX512VNNI, NULL, NULL, NULL, NULL, avx512vnni_max_pool2d_s8},
#endif
    {TINYML_CONV2D_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_conv2d_s8},
    {TINYML_DEPTHWISE_CONV2D_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_depthwise_conv2d_s8},
    {TINYML_CONV_TRANSPOSE2D_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_conv_transpose2d_s8},
    {TINYML_FULLY_CONNECTED_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_fully_connected_s8},
    {TINYML_ADD_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_add_s8},
    {TINYML_MUL_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_mul_s8},
    {TINYML_AVG_POOL2D_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_avg_pool2d_s8},
    {TINYML_MAX_POOL2D_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_max_pool2d_s8},
    {TINYML_SOFTMAX_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_softmax_s8},
    {TINYML_LUT_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_lut_s8},
    {TINYML_COPY_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_copy_s8},
    {TINYML_FILL_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_fill_s8},
    {TINYML_QUANTIZE_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_quantize_s8},
    {TINYML_DEQUANTIZE_S8, TINYML_ISA_GENERIC, NULL, NULL, NULL, NULL, generic_dequantize_s8},
};

const tinyml_implementation *tinyml_choose(tinyml_kernel kernel, const void *params, tinyml_isa isa) {
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    const tinyml_implementation *entry = &table[i];
    if (entry->kernel != kernel || entry->isa > isa) continue;
    if (entry->supports == NULL || entry->supports(params)) return entry;
  }
  return NULL;
}
