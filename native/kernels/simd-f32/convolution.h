/* What the convolutions of an instruction set offer to kernels that compute with weights of the moment. */
#ifndef TINYML_CONVOLUTION_H
#define TINYML_CONVOLUTION_H

#include "../tinyml_functions.h"

extern const tinyml_functions TINYML_FUNCTIONS(conv2d_f32);

/* From one weight to the next, in floats. */
typedef struct {
  int64_t group, out_channel, row, column, in_channel; /* channels of a group */
} tinyml_weight_steps;

static inline tinyml_weight_steps tinyml_dense_weights(const tinyml_conv2d_f32_params *p) {
  const int64_t column = p->in_channels / p->groups, row = p->kernel_w * column, filter = p->kernel_h * row;
  return (tinyml_weight_steps){p->out_channels / p->groups * filter, filter, row, column, 1};
}

/* From one output position to the next, in floats. */
typedef struct {
  int64_t pixel, row, image;
} tinyml_output_steps;

static inline tinyml_output_steps tinyml_dense_outputs(const tinyml_conv2d_f32_params *p) {
  const int64_t row = (int64_t)p->out_w * p->out_channels;
  return (tinyml_output_steps){p->out_channels, row, p->out_h * row};
}

/* Packs weights as conv2d_f32 takes them; no bias: zeros. */
void TINYML_FUNCTIONS(pack_convolution_f32)(const tinyml_conv2d_f32_params *p, const float *weights,
                                            tinyml_weight_steps steps, const float *bias, float *packed);

/* conv2d_f32, also with padding below 0, which leaves out the first rows and columns. */
void TINYML_FUNCTIONS(convolve_f32)(const tinyml_conv2d_f32_params *p, const float *input, const float *packed,
                                    const float *bounds, float *output, tinyml_output_steps steps, void *scratch);

/* depthwise_conv2d_f32 with a multiplier of 1, also with padding below 0. weights [kernel_h][kernel_w][channels]. */
void TINYML_FUNCTIONS(convolve_channels_f32)(const tinyml_depthwise_conv2d_f32_params *p, const float *input,
                                             const float *weights, const float *bias, const float *bounds,
                                             float *output, tinyml_output_steps steps);

/* A convolution of 1x1 sees no images, only pixels: one of rows of one pixel each. */
static inline tinyml_conv2d_f32_params tinyml_flattened(const tinyml_conv2d_f32_params *p) {
  tinyml_conv2d_f32_params flat = *p;
  const int pointwise = p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 &&
                        p->pad_top == 0 && p->pad_left == 0 && p->in_h == p->out_h && p->in_w == p->out_w;
  if (!pointwise) return flat;
  flat.batch = flat.in_w = flat.out_w = 1;
  flat.in_h = flat.out_h = p->batch * p->in_h * p->in_w;
  return flat;
}

static inline int tinyml_is_depthwise(const tinyml_conv2d_f32_params *p) {
  return p->groups > 1 && p->groups == p->in_channels && p->groups == p->out_channels;
}

static inline tinyml_depthwise_conv2d_f32_params tinyml_depthwise_of(const tinyml_conv2d_f32_params *p) {
  return (tinyml_depthwise_conv2d_f32_params){
      .batch = p->batch,           .in_h = p->in_h,         .in_w = p->in_w,
      .in_channels = p->in_channels, .out_h = p->out_h,     .out_w = p->out_w,
      .depth_multiplier = 1,       .kernel_h = p->kernel_h, .kernel_w = p->kernel_w,
      .stride_h = p->stride_h,     .stride_w = p->stride_w, .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w, .pad_top = p->pad_top,   .pad_left = p->pad_left,
  };
}

#endif
