#include "split.h"

#include <string.h>

typedef enum { NOT, IMAGES, ELEMENTS, CHANNELS, BIASES } unit;

typedef struct {
  unit unit;
  tinyml_division operands[TINYML_MAX_OPERANDS];
} rule;

enum { A = TINYML_SHARED, S = TINYML_SLICED, E = TINYML_EXTENT, P = TINYML_SUMMED };

/* Operands in their order: inputs, constants, outputs. A kernel that is not here runs whole. */
static const rule rules[TINYML_KERNELS] = {
    [TINYML_CONV2D_SUMS_S8] = {IMAGES, {S, A, A, S}},
    [TINYML_CONV2D_INPUT_GRADIENT_S8] = {IMAGES, {S, A, S}},
    [TINYML_CONV2D_WEIGHT_GRADIENT_S8] = {IMAGES, {S, A, S, P, P}},
    [TINYML_CONV2D_SUMS_F32] = {IMAGES, {S, A, S}},
    [TINYML_CONV2D_INPUT_GRADIENT_F32] = {IMAGES, {S, A, S}},
    [TINYML_MAX_POOL2D_S8] = {IMAGES, {S, S}},
    [TINYML_MAX_POOL2D_F32] = {IMAGES, {S, S}},
    [TINYML_AVG_POOL2D_F32] = {IMAGES, {S, S}},
    [TINYML_MAX_POOL2D_GRADIENT_S8] = {IMAGES, {S, S, S, S}},
    [TINYML_MAX_POOL2D_GRADIENT_F32] = {IMAGES, {S, S, S, S}},
    [TINYML_AVG_POOL2D_GRADIENT_F32] = {IMAGES, {S, S}},
    [TINYML_RESCALE_S32] = {CHANNELS, {S, A, A, A, S, E}},
    [TINYML_ADD_BIAS_F32] = {BIASES, {S, A, S}},
    [TINYML_EXTENT_F32] = {ELEMENTS, {S, E}},
    [TINYML_ENCODE_S8] = {ELEMENTS, {S, A, A, A, S}},
    [TINYML_DECODE_S8] = {ELEMENTS, {S, A, S}},
    [TINYML_ADD_CODES_F32] = {ELEMENTS, {S, A, S, A, S, E}},
    [TINYML_ACTIVATION_GRADIENT_S8] = {ELEMENTS, {S, A, A, S, E}},
    [TINYML_ACTIVATION_GRADIENT_F32] = {ELEMENTS, {S, A, S, E}},
    [TINYML_ADD_F32] = {ELEMENTS, {S, S, A, S}},
    [TINYML_CLAMP_F32] = {ELEMENTS, {S, A, S}},
    [TINYML_SGD_F32] = {ELEMENTS, {S, A, A, S, S}},
    [TINYML_ADAM_F32] = {ELEMENTS, {S, A, A, S, S, S}},
};

/* Elements that belong together. */
static int32_t per_unit(tinyml_kernel kernel, unit of, const int32_t *params) {
  /* Whole cache lines of int8, so that no two threads write to one. */
  enum { LINE = 64 };
  switch (of) {
    case NOT:
    case IMAGES:
      return 1;
    case ELEMENTS:
      /* The random numbers of stochastic rounding go by the index of the element. */
      if (kernel == TINYML_ENCODE_S8 && ((const tinyml_encode_s8_params *)(const void *)params)->stochastic == 1) return 0;
      return LINE;
    case CHANNELS: {
      const tinyml_rescale_s32_params *p = (const void *)params;
      if (p->bias_size == 0) return p->channels;
      return p->bias_size % p->channels == 0 ? p->bias_size : 0;
    }
    case BIASES:
      return ((const tinyml_add_bias_f32_params *)(const void *)params)->bias_size;
  }
  return 0;
}

tinyml_split tinyml_split_of(tinyml_kernel kernel, const int32_t *params) {
  tinyml_split split = {0, 1, {TINYML_SHARED}};
  const rule *r = &rules[kernel];
  if (r->unit == NOT) return split;
  const int32_t size = params[0], unit_size = per_unit(kernel, r->unit, params);
  if (unit_size < 1 || size % unit_size != 0) return split;
  split.units = size / unit_size;
  split.per_unit = unit_size;
  memcpy(split.operands, r->operands, sizeof(split.operands));
  return split;
}
