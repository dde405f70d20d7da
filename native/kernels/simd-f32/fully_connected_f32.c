/* A fully connected layer is a convolution of one row of pixels with kernels of 1x1; their operands are the same. */
#include "convolution.h"

static tinyml_conv2d_f32_params convolution_of(const void *params) {
  const tinyml_fully_connected_f32_params *p = params;
  const tinyml_conv2d_f32_params c = {1, 1, p->rows, p->in_features, 1, p->rows, p->out_features, 1, 1, 1, 1, 1, 1, 0, 0, 1};
  return c;
}

static int supports(const void *params) {
  const tinyml_conv2d_f32_params c = convolution_of(params);
  return TINYML_FUNCTIONS(conv2d_f32).supports(&c);
}

static int64_t packed_bytes(const void *params) {
  const tinyml_conv2d_f32_params c = convolution_of(params);
  return TINYML_FUNCTIONS(conv2d_f32).packed_bytes(&c);
}

static void pack(const void *params, const void *const *constants, void *packed) {
  const tinyml_conv2d_f32_params c = convolution_of(params);
  TINYML_FUNCTIONS(conv2d_f32).pack(&c, constants, packed);
}

static void run(const void *params, void *const *operands, const void *packed, void *scratch) {
  const tinyml_conv2d_f32_params c = convolution_of(params);
  TINYML_FUNCTIONS(conv2d_f32).run(&c, operands, packed, scratch);
}

const tinyml_functions TINYML_FUNCTIONS(fully_connected_f32) = {supports, packed_bytes, pack, NULL, run};
