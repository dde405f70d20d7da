/* The gradient of the input of a depthwise convolution: that of its output, its pixels a stride apart with zeros between,
 * convolved with the taps, last first. */
#include "depthwise_sums.h"

typedef tinyml_conv2d_input_gradient_s8_params params;

/* The zeros are computed with: more would be slower than the generic kernel. */
enum { MAX_APART = 8 };

static tinyml_depthwise_conv2d_s8_params convolution_of(const params *p) {
  return (tinyml_depthwise_conv2d_s8_params){
      .batch = p->batch,
      .in_h = (p->out_h - 1) * p->stride_h + 1,
      .in_w = (p->out_w - 1) * p->stride_w + 1,
      .in_channels = p->in_channels,
      .out_h = p->in_h,
      .out_w = p->in_w,
      .depth_multiplier = 1,
      .kernel_h = p->kernel_h,
      .kernel_w = p->kernel_w,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_top = (p->kernel_h - 1) * p->dilation_h - p->pad_top,
      .pad_left = (p->kernel_w - 1) * p->dilation_w - p->pad_left,
  };
}

static int64_t scratch_bytes(const void *of) {
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(of);
  return depthwise_sums_scratch(&c);
}

static int supports(const void *of) {
  const params *p = of;
  return p->stride_h <= MAX_APART && p->stride_w <= MAX_APART && scratch_bytes(of) <= INT32_MAX;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(p);
  const int64_t window = (int64_t)p->kernel_h * p->kernel_w;
  const depthwise_filters f = {window - 1, window, -p->kernel_w, -1};
  (void)packed;
  depthwise_sums(&c, operands[0], p->stride_h, p->stride_w, operands[1], &f, operands[2], scratch);
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_input_gradient_s8) = {supports, NULL, NULL, scratch_bytes, run};
