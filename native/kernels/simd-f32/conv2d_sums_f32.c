/* A convolution that packs its weights whenever it runs. */
#include "products.h"

static int supports(const void *of) {
  const tinyml_conv2d_f32_params p = tinyml_flattened(of);
  return can_convolve(&p) && weights_bytes(&p) + image_scratch(&p) <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const tinyml_conv2d_f32_params p = tinyml_flattened(of);
  return weights_bytes(&p) + image_scratch(&p);
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const tinyml_conv2d_f32_params p = tinyml_flattened(of);
  float *weights = scratch;
  (void)packed;
  pack_weights(&p, o[1], tinyml_dense_weights(&p), weights);
  convolve(&p, o[0], weights, o[2], tinyml_dense_outputs(&p), weights + weights_bytes(&p) / (int64_t)sizeof(float));
}

const tinyml_functions TINYML_FUNCTIONS(conv2d_sums_f32) = {supports, NULL, NULL, scratch_bytes, run};
