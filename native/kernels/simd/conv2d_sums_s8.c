/* Convolution forward to sums. */
#include "conv_sums.h"
#include "depthwise.h"

#define DEPTHWISE TINYML_NAME(depthwise_conv2d_sums_s8)

extern const tinyml_functions DEPTHWISE;

typedef tinyml_conv2d_sums_s8_params params;

static tinyml_conv2d_s8_params convolution_of(const params *p, int32_t zero_point) {
  return (tinyml_conv2d_s8_params){
      .batch = p->batch,
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_channels = p->in_channels,
      .out_h = p->out_h,
      .out_w = p->out_w,
      .out_channels = p->out_channels,
      .kernel_h = p->kernel_h,
      .kernel_w = p->kernel_w,
      .stride_h = p->stride_h,
      .stride_w = p->stride_w,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_top = p->pad_top,
      .pad_left = p->pad_left,
      .groups = p->groups,
      .input_offset = -zero_point,
  };
}

static target target_of(const params *p) {
  const int64_t row = (int64_t)p->out_w * p->out_channels;
  return (target){0, p->out_channels, row, p->out_h * row};
}

static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) return DEPTHWISE.scratch_bytes(p);
  const tinyml_conv2d_s8_params c = convolution_of(p, 0);
  const target to = target_of(p);
  return convolve_scratch(&c, &to);
}

static int supports(const void *of) {
  if (tinyml_is_depthwise(of)) return DEPTHWISE.supports(of);
  return scratch_bytes(of) <= INT32_MAX;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) {
    DEPTHWISE.run(p, operands, packed, scratch);
    return;
  }
  const tinyml_conv2d_s8_params c = convolution_of(p, tinyml_zero_point(operands[1]));
  const target to = target_of(p);
  const int64_t column = p->in_channels / p->groups, row = p->kernel_w * column, filter = p->kernel_h * row;
  const filters f = {0, filter, row, column, 1, filter * (p->out_channels / p->groups)};
  convolve(&c, operands[0], operands[2], &f, operands[3], &to, scratch);
}

const tinyml_functions TINYML_NAME(conv2d_sums_s8) = {supports, NULL, NULL, scratch_bytes, run};
