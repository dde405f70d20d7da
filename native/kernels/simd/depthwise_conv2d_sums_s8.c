/* Depthwise convolution forward to sums: of conv2d_sums_s8, with as many groups as channels. */
#include "depthwise_sums.h"

typedef tinyml_conv2d_sums_s8_params params;

static tinyml_depthwise_conv2d_s8_params convolution_of(const params *p, int32_t zero_point) {
  return (tinyml_depthwise_conv2d_s8_params){
      .batch = p->batch,
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_channels = p->in_channels,
      .out_h = p->out_h,
      .out_w = p->out_w,
      .depth_multiplier = 1,
      .kernel_h = p->kernel_h,
      .kernel_w = p->kernel_w,
      .stride_h = p->stride_h,
      .stride_w = p->stride_w,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_top = p->pad_top,
      .pad_left = p->pad_left,
      .input_offset = -zero_point,
  };
}

static int64_t scratch_bytes(const void *of) {
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(of, 0);
  return depthwise_sums_scratch(&c);
}

static int supports(const void *of) {
  return scratch_bytes(of) <= INT32_MAX;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const tinyml_depthwise_conv2d_s8_params c = convolution_of(p, tinyml_zero_point(operands[1]));
  const depthwise_filters f = {0, (int64_t)p->kernel_h * p->kernel_w, p->kernel_w, 1};
  (void)packed;
  depthwise_sums(&c, operands[0], 1, 1, operands[2], &f, operands[3], scratch);
}

const tinyml_functions TINYML_NAME(depthwise_conv2d_sums_s8) = {supports, NULL, NULL, scratch_bytes, run};
