#include "split.h"

/* Elements that belong together. */
static int32_t per_unit(tinyml_kernel kernel, tinyml_unit of, const int32_t *params) {
  /* Whole cache lines of int8, so that no two threads write to one. */
  enum { LINE = 64 };
  switch (of) {
    case TINYML_BY_NOTHING:
    case TINYML_BY_IMAGES:
      return 1;
    case TINYML_BY_ELEMENTS:
      /* The random numbers of stochastic rounding go by the index of the element. */
      if (kernel == TINYML_ENCODE_S8 && ((const tinyml_encode_s8_params *)(const void *)params)->stochastic == 1) return 0;
      return LINE;
    case TINYML_BY_CHANNELS: {
      const tinyml_rescale_s32_params *p = (const void *)params;
      if (p->bias_size == 0) return p->channels;
      return p->bias_size % p->channels == 0 ? p->bias_size : 0;
    }
    case TINYML_BY_BIASES:
      return ((const tinyml_add_bias_f32_params *)(const void *)params)->bias_size;
  }
  return 0;
}

tinyml_split tinyml_split_of(tinyml_kernel kernel, const int32_t *params) {
  tinyml_split split = {0, 1, {TINYML_SHARED}};
  const tinyml_kernel_facts *facts = &tinyml_kernel_table[kernel];
  if (facts->unit == TINYML_BY_NOTHING) return split;
  const int32_t size = params[0], unit_size = per_unit(kernel, facts->unit, params);
  if (unit_size < 1 || size % unit_size != 0) return split;
  split.units = size / unit_size;
  split.per_unit = unit_size;
  for (int32_t k = 0; k < facts->operand_count; k++) split.operands[k] = facts->operands[k].division;
  return split;
}
