/* The gradient of the input of a convolution: input positions a stride apart along both axes meet the same taps, so each
 * such phase is a convolution of the gradient with these taps, last first, and input and output channels exchanged. */
#include "conv_sums.h"
#include "depthwise.h"
#include "phases.h"

#define DEPTHWISE TINYML_NAME(depthwise_conv2d_input_gradient_s8)

extern const tinyml_functions DEPTHWISE;

typedef tinyml_conv2d_input_gradient_s8_params params;

/* One phase: how it reads the gradient, and where it begins. Empty if it has no position, bare if it has no tap. */
typedef struct {
  tinyml_conv2d_s8_params conv;
  filters filters;
  target target;
  bool empty, bare;
} part;

static int32_t parts(const params *p) {
  return p->stride_h * p->stride_w;
}

/* Phases are numbered by row, then column. */
static part part_of(const params *p, int32_t number) {
  const int32_t first_y = number / p->stride_w, first_x = number % p->stride_w;
  const phase y = phase_of(first_y, p->in_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top);
  const phase x = phase_of(first_x, p->in_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left);
  const int64_t column = p->in_channels / p->groups, row = p->kernel_w * column, filter = p->kernel_h * row;
  const int64_t out_row = (int64_t)p->in_w * p->in_channels;
  return (part){
      .conv =
          {
              .batch = p->batch,
              .in_h = p->out_h,
              .in_w = p->out_w,
              .in_channels = p->out_channels,
              .out_h = y.out,
              .out_w = x.out,
              .out_channels = p->in_channels,
              .kernel_h = y.kernel,
              .kernel_w = x.kernel,
              .stride_h = 1,
              .stride_w = 1,
              .dilation_h = y.dilation,
              .dilation_w = x.dilation,
              .pad_top = y.pad,
              .pad_left = x.pad,
              .groups = p->groups,
          },
      .filters = {y.last * row + x.last * column, 1, -y.step * row, -x.step * column, filter,
                  filter * (p->out_channels / p->groups)},
      .target = {first_y * out_row + first_x * (int64_t)p->in_channels, p->stride_w * (int64_t)p->in_channels,
                 p->stride_h * out_row, p->in_h * out_row},
      .empty = y.out < 1 || x.out < 1,
      .bare = y.taps == 0 || x.taps == 0,
  };
}

static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) return DEPTHWISE.scratch_bytes(p);
  int64_t most = 64;
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (f.empty || f.bare) continue;
    const int64_t bytes = convolve_scratch(&f.conv, &f.target);
    if (bytes > most) most = bytes;
  }
  return most;
}

static int supports(const void *of) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) return DEPTHWISE.supports(p);
  return p->stride_h <= MAX_STRIDE && p->stride_w <= MAX_STRIDE && p->kernel_h <= MAX_KERNEL &&
         p->kernel_w <= MAX_KERNEL && scratch_bytes(p) <= INT32_MAX;
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) {
    DEPTHWISE.run(p, operands, packed, scratch);
    return;
  }
  bool bare = false;
  for (int32_t k = 0; k < parts(p); k++) bare = bare || part_of(p, k).bare;
  if (bare) memset(operands[2], 0, (size_t)p->batch * (size_t)p->in_h * (size_t)p->in_w * (size_t)p->in_channels * 4);
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (!f.empty && !f.bare) convolve(&f.conv, operands[0], operands[1], &f.filters, operands[2], &f.target, scratch);
  }
}

const tinyml_functions TINYML_NAME(conv2d_input_gradient_s8) = {supports, NULL, NULL, scratch_bytes, run};
