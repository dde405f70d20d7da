#include "kernels.h"

#include <stdbool.h>

/* Every index that a kernel forms is an int32: no product of sizes may exceed it, padding included. */
static const int64_t LIMIT = INT32_MAX;

/* Sizes, strides, dilations and paddings along one axis of a window: far beyond any device, and sums stay exact. */
enum { MAX_EXTENT = 1 << 20 };

/* Positions of a pooling window: sums of as many int8 and their rounding stay within int32. */
enum { MAX_POOL_WINDOW = 1 << 22 };

/* a * b, or LIMIT + 1 where that is more than LIMIT. Both at least 0 and at most LIMIT + 1. */
static int64_t times(int64_t a, int64_t b) {
  return a * b > LIMIT ? LIMIT + 1 : a * b;
}

static int64_t product(int32_t count, const int64_t *factors) {
  int64_t result = 1;
  for (int32_t i = 0; i < count; i++) result = times(result, factors[i] > LIMIT ? LIMIT + 1 : factors[i]);
  return result;
}

#define PRODUCT(...) \
  product((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

static bool within(int64_t value, int64_t least, int64_t most) {
  return value >= least && value <= most;
}

/* Offsets and clamps of int8 tensors: offsets are plus or minus a zero point. */
static bool int8_offset(int32_t offset) {
  return within(offset, -128, 128);
}

static bool int8_output(int32_t offset, int32_t act_min, int32_t act_max) {
  return within(offset, INT8_MIN, INT8_MAX) && within(act_min, INT8_MIN, INT8_MAX) &&
         within(act_max, INT8_MIN, INT8_MAX);
}

static bool fixed_point(int32_t multiplier, int32_t shift) {
  return multiplier >= 0 && within(shift, -31, 30);
}

typedef struct {
  int32_t in, out, kernel, stride, dilation, pad;
} axis;

static bool axis_valid(axis a) {
  return within(a.in, 1, MAX_EXTENT) && within(a.out, 1, MAX_EXTENT) && within(a.kernel, 1, MAX_EXTENT) &&
         within(a.stride, 1, MAX_EXTENT) && within(a.dilation, 1, MAX_EXTENT) && within(a.pad, 0, MAX_EXTENT);
}

/* Number of coordinates from the first to the last that a window forms along an axis, inside the input or not. */
static int64_t axis_span(axis a) {
  const int64_t reach = (int64_t)(a.out - 1) * a.stride + (int64_t)a.kernel * a.dilation;
  return a.pad + (reach > a.in ? reach : a.in) + 1;
}

/* The same for a transposed convolution, which walks from the output back to the input. */
static int64_t transposed_span(axis a) {
  return (int64_t)a.pad + a.out + (int64_t)a.kernel * a.dilation;
}

/* Whether every window, not dilated, has a position inside the input. */
static bool axis_overlaps(axis a) {
  return a.pad < a.kernel && (int64_t)(a.out - 1) * a.stride - a.pad < a.in;
}

#define AXIS_H(p, dilation) ((axis){(p)->in_h, (p)->out_h, (p)->kernel_h, (p)->stride_h, dilation, (p)->pad_top})
#define AXIS_W(p, dilation) ((axis){(p)->in_w, (p)->out_w, (p)->kernel_w, (p)->stride_w, dilation, (p)->pad_left})

/* Floats of a quantiser: scale, 1 / scale, zero point and 0; of an extent: least and greatest; and of what changes from
 * step to step: the learning rate and Adam's corrections. */
enum { QUANTIZER = 4, EXTENT = 2, CONTROL = 4, QUANTIZER_BYTES = 16 };

/* The mode of clip_range_f32 that counts in a histogram of 2048 bins. */
enum { CLIP_MSE = 3, HISTOGRAM_BYTES = 8192 };

/* Whether window and input of a convolution are right, and the elements of its input, weights and output. The int8
 * parameters begin with the float ones. */
static bool conv2d_fits(const tinyml_conv2d_f32_params *p, int64_t *input, int64_t *weights, int64_t *output) {
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  if (p->batch < 1 || p->in_channels < 1 || p->out_channels < 1 || p->groups < 1) return false;
  if (p->in_channels % p->groups != 0 || p->out_channels % p->groups != 0) return false;
  if (!axis_valid(h) || !axis_valid(w)) return false;
  const int64_t group_in = p->in_channels / p->groups;
  *input = PRODUCT(p->batch, h.in, w.in, p->in_channels);
  *weights = PRODUCT(p->out_channels, h.kernel, w.kernel, group_in);
  *output = PRODUCT(p->batch, h.out, w.out, p->out_channels);
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= LIMIT &&
         PRODUCT(p->out_channels, h.kernel + 1, w.kernel + 1, group_in) <= LIMIT;
}

static bool depthwise_conv2d_fits(const tinyml_depthwise_conv2d_f32_params *p, int64_t *input, int64_t *weights,
                                  int64_t *output) {
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  if (p->batch < 1 || p->in_channels < 1 || p->depth_multiplier < 1) return false;
  if (!axis_valid(h) || !axis_valid(w)) return false;
  const int64_t channels = PRODUCT(p->in_channels, p->depth_multiplier);
  *input = PRODUCT(p->batch, h.in, w.in, p->in_channels);
  *weights = PRODUCT(h.kernel, w.kernel, channels);
  *output = PRODUCT(p->batch, h.out, w.out, channels);
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= LIMIT &&
         PRODUCT(h.kernel + 1, w.kernel + 1, channels) <= LIMIT;
}

static bool conv_transpose2d_fits(const tinyml_conv_transpose2d_f32_params *p, int64_t *input, int64_t *weights,
                                  int64_t *output) {
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  if (p->batch < 1 || p->in_channels < 1 || p->out_channels < 1) return false;
  if (!axis_valid(h) || !axis_valid(w)) return false;
  *input = PRODUCT(p->batch, h.in, w.in, p->in_channels);
  *weights = PRODUCT(p->out_channels, h.kernel, w.kernel, p->in_channels);
  *output = PRODUCT(p->batch, h.out, w.out, p->out_channels);
  return transposed_span(h) <= LIMIT && transposed_span(w) <= LIMIT;
}

static bool avg_pool2d_fits(const tinyml_avg_pool2d_f32_params *p, int64_t *input, int64_t *output) {
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  if (p->batch < 1 || p->channels < 1 || !axis_valid(h) || !axis_valid(w)) return false;
  *input = PRODUCT(p->batch, h.in, w.in, p->channels);
  *output = PRODUCT(p->batch, h.out, w.out, p->channels);
  /* The mean over the valid window divides by what is inside the input. */
  return (p->count_include_pad == 1 || (p->count_include_pad == 0 && axis_overlaps(h) && axis_overlaps(w))) &&
         PRODUCT(h.kernel, w.kernel) <= MAX_POOL_WINDOW &&
         PRODUCT(p->batch, axis_span(h), axis_span(w), p->channels) <= LIMIT;
}

static bool max_pool2d_fits(const tinyml_max_pool2d_f32_params *p, int64_t *input, int64_t *output) {
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  if (p->batch < 1 || p->channels < 1 || !axis_valid(h) || !axis_valid(w)) return false;
  *input = PRODUCT(p->batch, h.in, w.in, p->channels);
  *output = PRODUCT(p->batch, h.out, w.out, p->channels);
  return PRODUCT(h.kernel, w.kernel) <= MAX_POOL_WINDOW &&
         PRODUCT(p->batch, axis_span(h), axis_span(w), p->channels) <= LIMIT;
}

static bool mul_fits(const tinyml_mul_f32_params *p, int64_t *input1, int64_t *input2) {
  if (p->outer < 1 || p->channels < 1 || p->repeat < 1) return false;
  *input1 = PRODUCT(p->outer, p->channels);
  *input2 = PRODUCT((p->outer - 1) / p->repeat + 1, p->channels);
  return true;
}

/* Bytes of bias, multipliers and shifts. */
static void need_requantization(tinyml_needs *needs, int64_t channels, int64_t multipliers) {
  needs->operands[2] = times(4, channels);
  needs->operands[3] = needs->operands[4] = times(4, multipliers);
}

static tinyml_engine_code verdict(bool valid) {
  return valid ? TINYML_ENGINE_OK : TINYML_ENGINE_PARAMETER;
}

static tinyml_engine_code check_conv2d(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_conv2d_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (!conv2d_fits(params, &bytes[0], &bytes[1], &bytes[5])) return TINYML_ENGINE_PARAMETER;
  need_requantization(needs, p->out_channels, p->out_channels);
  return verdict(int8_offset(p->input_offset) && int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_depthwise_conv2d(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (!depthwise_conv2d_fits(params, &bytes[0], &bytes[1], &bytes[5])) return TINYML_ENGINE_PARAMETER;
  const int64_t channels = PRODUCT(p->in_channels, p->depth_multiplier);
  need_requantization(needs, channels, channels);
  return verdict(int8_offset(p->input_offset) && int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_conv_transpose2d(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (!conv_transpose2d_fits(params, &bytes[0], &bytes[1], &bytes[5])) return TINYML_ENGINE_PARAMETER;
  need_requantization(needs, p->out_channels, p->out_channels);
  return verdict(int8_offset(p->input_offset) && int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_fully_connected(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_fully_connected_s8_params *p = params;
  (void)sizes;
  if (p->rows < 1 || p->in_features < 1 || p->out_features < 1) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = PRODUCT(p->rows, p->in_features);
  needs->operands[1] = PRODUCT(p->out_features, p->in_features);
  need_requantization(needs, p->out_features, p->per_channel == 1 ? p->out_features : 1);
  needs->operands[5] = PRODUCT(p->rows, p->out_features);
  return verdict(within(p->per_channel, 0, 1) && int8_offset(p->input_offset) &&
                 int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_add(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_add_s8_params *p = params;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = needs->operands[1] = needs->operands[2] = p->size;
  return verdict(within(p->left_shift, 0, 22) && int8_offset(p->input1_offset) && int8_offset(p->input2_offset) &&
                 fixed_point(p->input1_multiplier, p->input1_shift) &&
                 fixed_point(p->input2_multiplier, p->input2_shift) &&
                 fixed_point(p->output_multiplier, p->output_shift) &&
                 int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_mul(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_mul_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (!mul_fits(params, &bytes[0], &bytes[1])) return TINYML_ENGINE_PARAMETER;
  bytes[2] = bytes[0];
  return verdict(int8_offset(p->input1_offset) && int8_offset(p->input2_offset) &&
                 fixed_point(p->output_multiplier, p->output_shift) &&
                 int8_output(p->output_offset, p->act_min, p->act_max));
}

static tinyml_engine_code check_avg_pool2d(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_avg_pool2d_s8_params *p = params;
  (void)sizes;
  return verdict(avg_pool2d_fits(params, &needs->operands[0], &needs->operands[1]) && int8_offset(p->input_offset) &&
                 int8_output(0, p->act_min, p->act_max));
}

static tinyml_engine_code check_max_pool2d(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_max_pool2d_s8_params *p = params;
  (void)sizes;
  return verdict(max_pool2d_fits(params, &needs->operands[0], &needs->operands[1]) &&
                 int8_output(0, p->act_min, p->act_max));
}

static tinyml_engine_code check_softmax(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_softmax_s8_params *p = params;
  (void)sizes;
  if (p->rows < 1 || p->row_size < 1) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = needs->operands[1] = PRODUCT(p->rows, p->row_size);
  /* Differences from diff_min to 0, shifted left, stay within int32. */
  return verdict(p->multiplier >= 0 && within(p->shift, 0, 30) && p->diff_min <= 0 &&
                 (p->diff_min < -255 ? -255 : p->diff_min) * (INT64_C(1) << p->shift) >= INT32_MIN);
}

static tinyml_engine_code check_lut(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_lut_s8_params *p = params;
  (void)sizes;
  needs->operands[0] = needs->operands[2] = p->size;
  needs->operands[1] = 256;
  return verdict(p->size >= 0);
}

/* Least and greatest index of a strided walk through a box. */
static bool walk_fits(const int32_t *box, int64_t offset, const int32_t *strides, int64_t elements) {
  int64_t least = offset, greatest = offset;
  for (int32_t k = 0; k < 4; k++) {
    const int64_t way = (int64_t)(box[k] - 1) * strides[k];
    if (way < 0) least += way;
    if (way > 0) greatest += way;
    if (least < 0 || greatest >= elements) return false;
  }
  return true;
}

/* A copy of elements of some bytes. */
static bool copy_fits(const tinyml_copy_s8_params *p, const int64_t *sizes, int64_t element) {
  const int64_t input = sizes[0] / element, output = sizes[1] / element;
  const int32_t box[4] = {p->size0, p->size1, p->size2, p->size3};
  const int32_t from[4] = {p->in_stride0, p->in_stride1, p->in_stride2, p->in_stride3};
  const int32_t to[4] = {p->out_stride0, p->out_stride1, p->out_stride2, p->out_stride3};
  for (int32_t k = 0; k < 4; k++) {
    if (box[k] < 1) return false;
  }
  /* No element is written twice, so a box holds no more than the output. */
  return PRODUCT(box[0], box[1], box[2], box[3]) <= output && walk_fits(box, p->in_offset, from, input) &&
         walk_fits(box, p->out_offset, to, output);
}

static tinyml_engine_code check_copy(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  needs->operands[0] = sizes[0];
  needs->operands[1] = sizes[1];
  return verdict(copy_fits(params, sizes, 1));
}

static tinyml_engine_code check_fill(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_fill_s8_params *p = params;
  (void)sizes;
  needs->operands[0] = p->size;
  return verdict(p->size >= 0 && within(p->value, INT8_MIN, INT8_MAX));
}

static tinyml_engine_code check_quantize(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_quantize_s8_params *p = params;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = times(4, p->size);
  needs->operands[1] = 4;
  needs->operands[2] = p->size;
  return verdict(within(p->zero_point, INT8_MIN, INT8_MAX));
}

static tinyml_engine_code check_dequantize(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_dequantize_s8_params *p = params;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = p->size;
  needs->operands[1] = 4;
  needs->operands[2] = times(4, p->size);
  return verdict(within(p->zero_point, INT8_MIN, INT8_MAX));
}

/* Elements of float32 tensors to bytes. */
static void need_floats(tinyml_needs *needs, int32_t operands) {
  for (int32_t k = 0; k < operands; k++) needs->operands[k] = times(sizeof(float), needs->operands[k]);
}

static tinyml_engine_code check_conv2d_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_conv2d_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (!conv2d_fits(p, &floats[0], &floats[1], &floats[4])) return TINYML_ENGINE_PARAMETER;
  floats[2] = p->out_channels;
  floats[3] = 2;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_depthwise_conv2d_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_depthwise_conv2d_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (!depthwise_conv2d_fits(p, &floats[0], &floats[1], &floats[4])) return TINYML_ENGINE_PARAMETER;
  floats[2] = PRODUCT(p->in_channels, p->depth_multiplier);
  floats[3] = 2;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_conv_transpose2d_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_conv_transpose2d_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (!conv_transpose2d_fits(p, &floats[0], &floats[1], &floats[4])) return TINYML_ENGINE_PARAMETER;
  floats[2] = p->out_channels;
  floats[3] = 2;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_fully_connected_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_fully_connected_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->rows < 1 || p->in_features < 1 || p->out_features < 1) return TINYML_ENGINE_PARAMETER;
  floats[0] = PRODUCT(p->rows, p->in_features);
  floats[1] = PRODUCT(p->out_features, p->in_features);
  floats[2] = p->out_features;
  floats[3] = 2;
  floats[4] = PRODUCT(p->rows, p->out_features);
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_add_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_add_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[1] = floats[3] = p->size;
  floats[2] = 2;
  need_floats(needs, 4);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_mul_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  int64_t *floats = needs->operands;
  (void)sizes;
  if (!mul_fits(params, &floats[0], &floats[1])) return TINYML_ENGINE_PARAMETER;
  floats[2] = 2;
  floats[3] = floats[0];
  need_floats(needs, 4);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_avg_pool2d_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  (void)sizes;
  const bool fits = avg_pool2d_fits(params, &needs->operands[0], &needs->operands[1]);
  need_floats(needs, 2);
  return verdict(fits);
}

static tinyml_engine_code check_max_pool2d_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  (void)sizes;
  const bool fits = max_pool2d_fits(params, &needs->operands[0], &needs->operands[1]);
  need_floats(needs, 2);
  return verdict(fits);
}

static tinyml_engine_code check_clamp_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_clamp_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[2] = p->size;
  floats[1] = 2;
  need_floats(needs, 3);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_copy_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  needs->operands[0] = sizes[0];
  needs->operands[1] = sizes[1];
  return verdict(copy_fits(params, sizes, sizeof(float)));
}

static tinyml_engine_code check_conv2d_sums_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  int64_t *bytes = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &bytes[0], &bytes[2], &bytes[3]);
  bytes[1] = QUANTIZER_BYTES;
  bytes[3] = times(4, bytes[3]);
  return verdict(fits);
}

static tinyml_engine_code check_conv2d_input_gradient_s8(const void *params, const int64_t *sizes,
                                                         tinyml_needs *needs) {
  int64_t *bytes = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &bytes[2], &bytes[1], &bytes[0]);
  bytes[2] = times(4, bytes[2]);
  return verdict(fits);
}

static tinyml_engine_code check_conv2d_weight_gradient_s8(const void *params, const int64_t *sizes,
                                                          tinyml_needs *needs) {
  const tinyml_conv2d_weight_gradient_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &bytes[0], &bytes[3], &bytes[2]);
  bytes[1] = QUANTIZER_BYTES;
  bytes[3] = times(4, bytes[3]);
  bytes[4] = times(4, fits ? p->out_channels : 0);
  return verdict(fits);
}

static tinyml_engine_code check_conv2d_sums_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  int64_t *floats = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &floats[0], &floats[1], &floats[2]);
  need_floats(needs, 3);
  return verdict(fits);
}

static tinyml_engine_code check_conv2d_input_gradient_f32(const void *params, const int64_t *sizes,
                                                          tinyml_needs *needs) {
  int64_t *floats = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &floats[2], &floats[1], &floats[0]);
  need_floats(needs, 3);
  return verdict(fits);
}

static tinyml_engine_code check_conv2d_weight_gradient_f32(const void *params, const int64_t *sizes,
                                                           tinyml_needs *needs) {
  const tinyml_conv2d_weight_gradient_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  const bool fits = conv2d_fits(params, &floats[0], &floats[2], &floats[1]);
  floats[3] = fits ? p->out_channels : 0;
  need_floats(needs, 4);
  return verdict(fits);
}

/* The greatest code of a symmetric quantiser. */
static bool code_limit(int32_t limit) {
  return within(limit, 1, INT8_MAX);
}

static tinyml_engine_code check_rescale_s32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_rescale_s32_params *p = params;
  int64_t *words = needs->operands;
  (void)sizes;
  if (p->size < 0 || p->channels < 1 || p->bias_size < 0) return TINYML_ENGINE_PARAMETER;
  words[0] = words[4] = p->size;
  words[1] = QUANTIZER;
  words[2] = p->per_channel == 1 ? p->channels : 1;
  words[3] = p->bias_size;
  words[5] = EXTENT;
  need_floats(needs, 6);
  return verdict(within(p->per_channel, 0, 1));
}

static tinyml_engine_code check_add_bias_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_add_bias_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0 || p->bias_size < 1) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[2] = p->size;
  floats[1] = p->bias_size;
  need_floats(needs, 3);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_extent_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_extent_f32_params *p = params;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = p->size;
  needs->operands[1] = EXTENT;
  need_floats(needs, 2);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_track_range_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_track_range_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  floats[0] = EXTENT;
  floats[1] = 2;
  floats[2] = 1;
  floats[3] = 4;
  floats[4] = QUANTIZER;
  need_floats(needs, 5);
  return verdict(code_limit(p->limit) && within(p->affine, 0, 1) && within(p->frozen, 0, 1));
}

static tinyml_engine_code check_encode_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_encode_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  bytes[0] = p->size;
  bytes[1] = QUANTIZER;
  bytes[2] = 1;
  bytes[3] = 2;
  need_floats(needs, 4);
  bytes[4] = p->size;
  return verdict(int8_output(0, p->low, p->high) && p->low <= p->high && within(p->stochastic, 0, 1));
}

static tinyml_engine_code check_decode_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_decode_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  bytes[1] = QUANTIZER;
  bytes[2] = p->size;
  need_floats(needs, 3);
  bytes[0] = p->size;
  return TINYML_ENGINE_OK;
}

/* Codes of weights are operand `codes`, float weights `floats`, scales `scales`. */
static tinyml_engine_code need_weights(tinyml_needs *needs, int32_t rows, int32_t columns, int32_t codes,
                                       int32_t floats, int32_t scales) {
  if (rows < 1 || columns < 1 || PRODUCT(rows, columns) > LIMIT) return TINYML_ENGINE_PARAMETER;
  needs->operands[codes] = PRODUCT(rows, columns);
  needs->operands[floats] = times(4, PRODUCT(rows, columns));
  needs->operands[scales] = times(4, rows);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_encode_weights_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_encode_weights_s8_params *p = params;
  (void)sizes;
  return code_limit(p->limit) ? need_weights(needs, p->rows, p->columns, 1, 0, 2) : TINYML_ENGINE_PARAMETER;
}

static tinyml_engine_code check_decode_weights_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_decode_weights_s8_params *p = params;
  (void)sizes;
  return need_weights(needs, p->rows, p->columns, 0, 2, 1);
}

static tinyml_engine_code check_add_codes_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_add_codes_f32_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  bytes[1] = bytes[3] = QUANTIZER;
  bytes[4] = p->size;
  bytes[5] = EXTENT;
  need_floats(needs, 6);
  bytes[0] = bytes[2] = p->size;
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_activation_gradient_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_activation_gradient_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  bytes[1] = QUANTIZER;
  bytes[2] = 2;
  bytes[3] = p->size;
  bytes[4] = EXTENT;
  need_floats(needs, 5);
  bytes[0] = p->size;
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_activation_gradient_f32(const void *params, const int64_t *sizes,
                                                        tinyml_needs *needs) {
  const tinyml_activation_gradient_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[2] = p->size;
  floats[1] = 2;
  floats[3] = EXTENT;
  need_floats(needs, 4);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_clip_range_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_clip_range_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = p->size;
  floats[1] = EXTENT;
  floats[2] = floats[3] = 1;
  floats[4] = QUANTIZER;
  need_floats(needs, 5);
  needs->scratch = p->mode == CLIP_MSE ? HISTOGRAM_BYTES : 0;
  return verdict(within(p->mode, 0, 4) && within(p->bits, 2, 8));
}

static tinyml_engine_code check_max_pool2d_gradient_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  int64_t *bytes = needs->operands;
  (void)sizes;
  const bool fits = max_pool2d_fits(params, &bytes[0], &bytes[1]);
  bytes[2] = times(4, bytes[1]);
  bytes[3] = times(4, bytes[0]);
  return verdict(fits);
}

static tinyml_engine_code check_max_pool2d_gradient_f32(const void *params, const int64_t *sizes,
                                                        tinyml_needs *needs) {
  int64_t *floats = needs->operands;
  (void)sizes;
  const bool fits = max_pool2d_fits(params, &floats[0], &floats[1]);
  floats[2] = floats[1];
  floats[3] = floats[0];
  need_floats(needs, 4);
  return verdict(fits);
}

static tinyml_engine_code check_avg_pool2d_gradient_f32(const void *params, const int64_t *sizes,
                                                        tinyml_needs *needs) {
  (void)sizes;
  const bool fits = avg_pool2d_fits(params, &needs->operands[1], &needs->operands[0]);
  need_floats(needs, 2);
  return verdict(fits);
}

/* Elements of a batch that is normalised, or LIMIT + 1; two float64 sums per channel are kept. */
static int64_t need_norm(tinyml_needs *needs, const tinyml_batch_norm_f32_params *p) {
  if (p->rows < 1 || p->channels < 1) return LIMIT + 1;
  needs->scratch = times(2 * sizeof(double), p->channels);
  return PRODUCT(p->rows, p->channels);
}

static tinyml_engine_code check_batch_norm_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_batch_norm_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  floats[0] = floats[4] = need_norm(needs, p);
  if (floats[0] > LIMIT) return TINYML_ENGINE_PARAMETER;
  floats[1] = floats[2] = floats[5] = floats[6] = p->channels;
  floats[3] = 2;
  floats[7] = times(2, p->channels);
  floats[8] = EXTENT;
  need_floats(needs, 9);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_batch_norm_gradient_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_batch_norm_gradient_s8_params *p = params;
  int64_t *bytes = needs->operands;
  (void)sizes;
  const int64_t elements = need_norm(needs, p);
  if (elements > LIMIT) return TINYML_ENGINE_PARAMETER;
  bytes[1] = QUANTIZER;
  bytes[2] = times(2, p->channels);
  bytes[3] = bytes[5] = bytes[6] = p->channels;
  bytes[4] = elements;
  need_floats(needs, 7);
  bytes[0] = elements;
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_batch_norm_gradient_f32(const void *params, const int64_t *sizes,
                                                        tinyml_needs *needs) {
  const tinyml_batch_norm_gradient_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  floats[0] = floats[3] = need_norm(needs, p);
  if (floats[0] > LIMIT) return TINYML_ENGINE_PARAMETER;
  floats[1] = times(2, p->channels);
  floats[2] = floats[4] = floats[5] = p->channels;
  need_floats(needs, 6);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_softmax_cross_entropy_f32(const void *params, const int64_t *sizes,
                                                          tinyml_needs *needs) {
  const tinyml_softmax_cross_entropy_f32_params *p = params;
  int64_t *words = needs->operands;
  (void)sizes;
  if (p->rows < 1 || p->classes < 1 || PRODUCT(p->rows, p->classes) > LIMIT) return TINYML_ENGINE_PARAMETER;
  words[0] = words[3] = PRODUCT(p->rows, p->classes);
  words[1] = p->rows;
  words[2] = 1;
  words[4] = 2;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_squared_error_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_squared_error_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 1) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[1] = floats[2] = p->size;
  floats[3] = 2;
  need_floats(needs, 4);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_sgd_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_sgd_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[3] = floats[4] = p->size;
  floats[1] = CONTROL;
  floats[2] = 2;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_adam_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_adam_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  floats[0] = floats[3] = floats[4] = floats[5] = p->size;
  floats[1] = CONTROL;
  floats[2] = 4;
  need_floats(needs, 6);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_sgd_s8(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_sgd_s8_params *p = params;
  (void)sizes;
  needs->operands[2] = CONTROL * sizeof(float);
  needs->operands[3] = sizeof(int32_t);
  return code_limit(p->limit) ? need_weights(needs, p->rows, p->columns, 4, 0, 1) : TINYML_ENGINE_PARAMETER;
}

static tinyml_engine_code check_compensation_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_compensation_f32_params *p = params;
  int64_t *floats = needs->operands;
  (void)sizes;
  if (p->size < 0 || p->bias_size < 1) return TINYML_ENGINE_PARAMETER;
  floats[0] = p->bias_size;
  floats[1] = floats[2] = floats[3] = floats[4] = p->size;
  need_floats(needs, 5);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_compensation_gradient_f32(const void *params, const int64_t *sizes,
                                                          tinyml_needs *needs) {
  const tinyml_compensation_gradient_f32_params *p = params;
  (void)sizes;
  if (p->size < 0) return TINYML_ENGINE_PARAMETER;
  for (int32_t k = 0; k < 8; k++) needs->operands[k] = p->size;
  needs->operands[4] = 1;
  need_floats(needs, 8);
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_tied_compensation_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_tied_compensation_f32_params *p = params;
  (void)sizes;
  if (p->rows < 1 || p->columns < 1 || PRODUCT(p->rows, p->columns) > LIMIT) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = PRODUCT(p->rows, p->columns);
  needs->operands[1] = needs->operands[3] = times(4, p->rows);
  needs->operands[2] = QUANTIZER_BYTES;
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_sum_rows_f32(const void *params, const int64_t *sizes, tinyml_needs *needs) {
  const tinyml_sum_rows_f32_params *p = params;
  (void)sizes;
  if (p->rows < 1 || p->size < 1 || PRODUCT(p->rows, p->size) > LIMIT) return TINYML_ENGINE_PARAMETER;
  needs->operands[0] = PRODUCT(p->rows, p->size);
  needs->operands[1] = p->size;
  need_floats(needs, 2);
  needs->scratch = times(sizeof(double), p->size);
  return TINYML_ENGINE_OK;
}

#define PARAMS(name) ((int32_t)(sizeof(tinyml_##name##_params) / sizeof(int32_t)))
#define BIT(k) (UINT32_C(1) << (k))

#define BIAS_MULTIPLIERS_SHIFTS (BIT(2) | BIT(3) | BIT(4))
#define ALL UINT32_MAX

/* Parameters, inputs, constants, outputs; wide operands; in place on inputs; values; check. */
const tinyml_kernel_facts tinyml_kernel_table[TINYML_KERNELS] = {
    [TINYML_CONV2D_S8] = {PARAMS(conv2d_s8), 1, 4, 1, BIAS_MULTIPLIERS_SHIFTS, 0, TINYML_REQUANTIZATION, check_conv2d},
    [TINYML_DEPTHWISE_CONV2D_S8] = {PARAMS(depthwise_conv2d_s8), 1, 4, 1, BIAS_MULTIPLIERS_SHIFTS, 0, TINYML_REQUANTIZATION,
                                    check_depthwise_conv2d},
    [TINYML_CONV_TRANSPOSE2D_S8] = {PARAMS(conv_transpose2d_s8), 1, 4, 1, BIAS_MULTIPLIERS_SHIFTS, 0, TINYML_REQUANTIZATION,
                                    check_conv_transpose2d},
    [TINYML_FULLY_CONNECTED_S8] = {PARAMS(fully_connected_s8), 1, 4, 1, BIAS_MULTIPLIERS_SHIFTS, 0, TINYML_REQUANTIZATION,
                                   check_fully_connected},
    [TINYML_ADD_S8] = {PARAMS(add_s8), 2, 0, 1, 0, BIT(0) | BIT(1), TINYML_ANY_VALUES, check_add},
    [TINYML_MUL_S8] = {PARAMS(mul_s8), 2, 0, 1, 0, BIT(0) | BIT(1), TINYML_ANY_VALUES, check_mul},
    [TINYML_AVG_POOL2D_S8] = {PARAMS(avg_pool2d_s8), 1, 0, 1, 0, 0, TINYML_ANY_VALUES, check_avg_pool2d},
    [TINYML_MAX_POOL2D_S8] = {PARAMS(max_pool2d_s8), 1, 0, 1, 0, 0, TINYML_ANY_VALUES, check_max_pool2d},
    [TINYML_SOFTMAX_S8] = {PARAMS(softmax_s8), 1, 0, 1, 0, 0, TINYML_ANY_VALUES, check_softmax},
    [TINYML_LUT_S8] = {PARAMS(lut_s8), 1, 1, 1, 0, BIT(0), TINYML_ANY_VALUES, check_lut},
    [TINYML_COPY_S8] = {PARAMS(copy_s8), 1, 0, 1, 0, 0, TINYML_ANY_VALUES, check_copy},
    [TINYML_FILL_S8] = {PARAMS(fill_s8), 0, 0, 1, 0, 0, TINYML_ANY_VALUES, check_fill},
    [TINYML_QUANTIZE_S8] = {PARAMS(quantize_s8), 1, 1, 1, BIT(0) | BIT(1), 0, TINYML_ANY_VALUES, check_quantize},
    [TINYML_DEQUANTIZE_S8] = {PARAMS(dequantize_s8), 1, 1, 1, BIT(1) | BIT(2), 0, TINYML_ANY_VALUES, check_dequantize},
    [TINYML_CONV2D_F32] = {PARAMS(conv2d_f32), 1, 3, 1, ALL, 0, TINYML_BOUNDS, check_conv2d_f32},
    [TINYML_DEPTHWISE_CONV2D_F32] = {PARAMS(depthwise_conv2d_f32), 1, 3, 1, ALL, 0, TINYML_BOUNDS,
                                     check_depthwise_conv2d_f32},
    [TINYML_CONV_TRANSPOSE2D_F32] = {PARAMS(conv_transpose2d_f32), 1, 3, 1, ALL, 0, TINYML_BOUNDS,
                                     check_conv_transpose2d_f32},
    [TINYML_FULLY_CONNECTED_F32] = {PARAMS(fully_connected_f32), 1, 3, 1, ALL, 0, TINYML_BOUNDS,
                                    check_fully_connected_f32},
    [TINYML_ADD_F32] = {PARAMS(add_f32), 2, 1, 1, ALL, BIT(0) | BIT(1), TINYML_BOUNDS, check_add_f32},
    [TINYML_MUL_F32] = {PARAMS(mul_f32), 2, 1, 1, ALL, BIT(0) | BIT(1), TINYML_BOUNDS, check_mul_f32},
    [TINYML_AVG_POOL2D_F32] = {PARAMS(avg_pool2d_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_avg_pool2d_f32},
    [TINYML_MAX_POOL2D_F32] = {PARAMS(max_pool2d_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_max_pool2d_f32},
    [TINYML_CLAMP_F32] = {PARAMS(clamp_f32), 1, 1, 1, ALL, BIT(0), TINYML_BOUNDS, check_clamp_f32},
    [TINYML_COPY_F32] = {PARAMS(copy_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_copy_f32},
    [TINYML_CONV2D_SUMS_S8] = {PARAMS(conv2d_sums_s8), 3, 0, 1, BIT(1) | BIT(3), 0, TINYML_ANY_VALUES,
                               check_conv2d_sums_s8},
    [TINYML_CONV2D_INPUT_GRADIENT_S8] = {PARAMS(conv2d_input_gradient_s8), 2, 0, 1, BIT(2), 0, TINYML_ANY_VALUES,
                                         check_conv2d_input_gradient_s8},
    [TINYML_CONV2D_WEIGHT_GRADIENT_S8] = {PARAMS(conv2d_weight_gradient_s8), 3, 0, 2, BIT(1) | BIT(3) | BIT(4), 0,
                                          TINYML_ANY_VALUES, check_conv2d_weight_gradient_s8},
    [TINYML_CONV2D_SUMS_F32] = {PARAMS(conv2d_sums_f32), 2, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_conv2d_sums_f32},
    [TINYML_CONV2D_INPUT_GRADIENT_F32] = {PARAMS(conv2d_input_gradient_f32), 2, 0, 1, ALL, 0, TINYML_ANY_VALUES,
                                          check_conv2d_input_gradient_f32},
    [TINYML_CONV2D_WEIGHT_GRADIENT_F32] = {PARAMS(conv2d_weight_gradient_f32), 2, 0, 2, ALL, 0, TINYML_ANY_VALUES,
                                           check_conv2d_weight_gradient_f32},
    [TINYML_RESCALE_S32] = {PARAMS(rescale_s32), 4, 0, 2, ALL, BIT(0), TINYML_ANY_VALUES, check_rescale_s32},
    [TINYML_ADD_BIAS_F32] = {PARAMS(add_bias_f32), 2, 0, 1, ALL, BIT(0), TINYML_ANY_VALUES, check_add_bias_f32},
    [TINYML_EXTENT_F32] = {PARAMS(extent_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_extent_f32},
    [TINYML_TRACK_RANGE_F32] = {PARAMS(track_range_f32), 1, 2, 2, ALL, 0, TINYML_ANY_VALUES, check_track_range_f32},
    [TINYML_ENCODE_S8] = {PARAMS(encode_s8), 3, 1, 1, BIT(0) | BIT(1) | BIT(2) | BIT(3), 0, TINYML_BOUNDS,
                          check_encode_s8},
    [TINYML_DECODE_S8] = {PARAMS(decode_s8), 2, 0, 1, BIT(1) | BIT(2), 0, TINYML_ANY_VALUES, check_decode_s8},
    [TINYML_ENCODE_WEIGHTS_S8] = {PARAMS(encode_weights_s8), 1, 0, 2, BIT(0) | BIT(2), 0, TINYML_ANY_VALUES,
                                  check_encode_weights_s8},
    [TINYML_DECODE_WEIGHTS_S8] = {PARAMS(decode_weights_s8), 2, 0, 1, BIT(1) | BIT(2), 0, TINYML_ANY_VALUES,
                                  check_decode_weights_s8},
    [TINYML_ADD_CODES_F32] = {PARAMS(add_codes_f32), 4, 0, 2, ~(BIT(0) | BIT(2)), 0, TINYML_ANY_VALUES,
                              check_add_codes_f32},
    [TINYML_ACTIVATION_GRADIENT_S8] = {PARAMS(activation_gradient_s8), 2, 1, 2, ~BIT(0), 0, TINYML_BOUNDS,
                                       check_activation_gradient_s8},
    [TINYML_ACTIVATION_GRADIENT_F32] = {PARAMS(activation_gradient_f32), 1, 1, 2, ALL, 0, TINYML_BOUNDS,
                                        check_activation_gradient_f32},
    [TINYML_CLIP_RANGE_F32] = {PARAMS(clip_range_f32), 2, 1, 2, ALL, 0, TINYML_ANY_VALUES, check_clip_range_f32},
    [TINYML_MAX_POOL2D_GRADIENT_S8] = {PARAMS(max_pool2d_gradient_s8), 3, 0, 1, BIT(2) | BIT(3), 0, TINYML_ANY_VALUES,
                                       check_max_pool2d_gradient_s8},
    [TINYML_MAX_POOL2D_GRADIENT_F32] = {PARAMS(max_pool2d_gradient_f32), 3, 0, 1, ALL, 0, TINYML_ANY_VALUES,
                                        check_max_pool2d_gradient_f32},
    [TINYML_AVG_POOL2D_GRADIENT_F32] = {PARAMS(avg_pool2d_gradient_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES,
                                        check_avg_pool2d_gradient_f32},
    [TINYML_BATCH_NORM_F32] = {PARAMS(batch_norm_f32), 3, 1, 5, ALL, BIT(0), TINYML_ANY_VALUES, check_batch_norm_f32},
    [TINYML_BATCH_NORM_GRADIENT_S8] = {PARAMS(batch_norm_gradient_s8), 4, 0, 3, ~BIT(0), 0, TINYML_ANY_VALUES,
                                       check_batch_norm_gradient_s8},
    [TINYML_BATCH_NORM_GRADIENT_F32] = {PARAMS(batch_norm_gradient_f32), 3, 0, 3, ALL, 0, TINYML_ANY_VALUES,
                                        check_batch_norm_gradient_f32},
    [TINYML_SOFTMAX_CROSS_ENTROPY_F32] = {PARAMS(softmax_cross_entropy_f32), 2, 1, 2, ALL, 0, TINYML_ANY_VALUES,
                                          check_softmax_cross_entropy_f32},
    [TINYML_SQUARED_ERROR_F32] = {PARAMS(squared_error_f32), 2, 0, 2, ALL, 0, TINYML_ANY_VALUES,
                                  check_squared_error_f32},
    [TINYML_SGD_F32] = {PARAMS(sgd_f32), 2, 1, 2, ALL, 0, TINYML_ANY_VALUES, check_sgd_f32},
    [TINYML_ADAM_F32] = {PARAMS(adam_f32), 2, 1, 3, ALL, 0, TINYML_ANY_VALUES, check_adam_f32},
    [TINYML_SGD_S8] = {PARAMS(sgd_s8), 4, 0, 1, ~BIT(4), 0, TINYML_ANY_VALUES, check_sgd_s8},
    [TINYML_COMPENSATION_F32] = {PARAMS(compensation_f32), 4, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_compensation_f32},
    [TINYML_COMPENSATION_GRADIENT_F32] = {PARAMS(compensation_gradient_f32), 4, 1, 3, ALL, 0, TINYML_ANY_VALUES,
                                          check_compensation_gradient_f32},
    [TINYML_TIED_COMPENSATION_F32] = {PARAMS(tied_compensation_f32), 3, 0, 1, ~BIT(0), 0, TINYML_ANY_VALUES,
                                      check_tied_compensation_f32},
    [TINYML_SUM_ROWS_F32] = {PARAMS(sum_rows_f32), 1, 0, 1, ALL, 0, TINYML_ANY_VALUES, check_sum_rows_f32},
};
