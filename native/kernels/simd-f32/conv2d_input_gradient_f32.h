/* The gradients of inputs a stride apart are a convolution of the gradient of the output by those taps that meet such
 * inputs, backwards. */
#include "products.h"

typedef tinyml_conv2d_f32_params params;

/* Inputs first, first + stride and so on along one axis: how many, the taps that meet them, and how these lie in the
 * gradient of the output. */
typedef struct {
  int32_t first, count;
  int32_t taps, tap, step; /* how many, the one that meets the first output, and from one to the next before it */
  int32_t dilation, pad;
} phase;

static phase phase_of(int32_t first, int32_t in, int32_t kernel, int32_t stride, int32_t dilation, int32_t pad) {
  phase found = {first, (in - first + stride - 1) / stride, 0, 0, 1, 1, 0};
  for (int32_t tap = kernel - 1; tap >= 0; tap--) {
    if ((first + pad - tap * dilation) % stride != 0) continue;
    if (found.taps == 0) found.tap = tap;
    if (found.taps == 1) found.step = found.tap - tap;
    found.taps++;
  }
  found.dilation = found.taps > 1 ? found.step * dilation / stride : 1;
  found.pad = (found.tap * dilation - first - pad) / stride;
  return found;
}

static phase phase_h(const params *p, int32_t first) {
  return phase_of(first, p->in_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top);
}

static phase phase_w(const params *p, int32_t first) {
  return phase_of(first, p->in_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left);
}

static int32_t least(int32_t a, int32_t b) {
  return a < b ? a : b;
}

static params convolution_of(const params *p, const phase *y, const phase *x) {
  return (params){
      .batch = p->batch,         .in_h = p->out_h,          .in_w = p->out_w,        .in_channels = p->out_channels,
      .out_h = y->count,         .out_w = x->count,         .out_channels = p->in_channels,
      .kernel_h = y->taps,       .kernel_w = x->taps,       .stride_h = 1,           .stride_w = 1,
      .dilation_h = y->dilation, .dilation_w = x->dilation, .pad_top = y->pad,       .pad_left = x->pad,
      .groups = p->groups,
  };
}

/* What the convolutions of all phases need at most; -1: one of them cannot be. */
static int64_t most_scratch(const params *p) {
  int64_t most = 0;
  for (int32_t row = 0; row < least(p->stride_h, p->in_h); row++) {
    const phase y = phase_h(p, row);
    for (int32_t column = 0; column < least(p->stride_w, p->in_w) && y.taps > 0; column++) {
      const phase x = phase_w(p, column);
      if (x.taps == 0) continue;
      const params c = convolution_of(p, &y, &x);
      if (!can_convolve(&c)) return -1;
      const int64_t bytes = convolution_scratch(&c);
      if (bytes > most) most = bytes;
    }
  }
  return most;
}

static int supports(const void *of) {
  const params p = tinyml_flattened(of);
  const int64_t bytes = most_scratch(&p);
  return bytes >= 0 && bytes <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const params p = tinyml_flattened(of);
  return most_scratch(&p);
}

/* Inputs that no tap meets. */
static void clear(const params *p, const phase *y, const phase *x, float *output, tinyml_output_steps steps) {
  for (int32_t image = 0; image < p->batch; image++, output += steps.image) {
    for (int32_t row = 0; row < y->count; row++) {
      float *to = output + row * steps.row;
      for (int32_t i = 0; i < x->count; i++) memset(to + i * steps.pixel, 0, (size_t)p->in_channels * sizeof(float));
    }
  }
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params p = tinyml_flattened(of);
  const tinyml_weight_steps forward = tinyml_dense_weights(&p);
  const int64_t width = (int64_t)p.in_w * p.in_channels;
  const tinyml_output_steps steps = {(int64_t)p.stride_w * p.in_channels, p.stride_h * width, p.in_h * width};
  (void)packed;
  for (int32_t first_row = 0; first_row < least(p.stride_h, p.in_h); first_row++) {
    const phase y = phase_h(&p, first_row);
    for (int32_t first_column = 0; first_column < least(p.stride_w, p.in_w); first_column++) {
      const phase x = phase_w(&p, first_column);
      float *output = (float *)o[2] + first_row * width + (int64_t)first_column * p.in_channels;
      if (y.taps == 0 || x.taps == 0) {
        clear(&p, &y, &x, output, steps);
        continue;
      }
      const params c = convolution_of(&p, &y, &x);
      const float *weights = (const float *)o[1] + y.tap * forward.row + x.tap * forward.column;
      const tinyml_weight_steps weight_steps = {forward.group, 1, -y.step * forward.row, -x.step * forward.column,
                                                forward.out_channel};
      convolve(&c, o[0], weights, weight_steps, output, steps, scratch);
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(conv2d_input_gradient_f32) = {supports, NULL, NULL, scratch_bytes, run};
