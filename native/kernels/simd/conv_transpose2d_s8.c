/* Output positions a stride apart along both axes meet the same taps: each such phase is a convolution of stride 1 with
 * these taps, last first, and computed by the kernel of that. */
#include "phases.h"

#define CONV TINYML_NAME(conv2d_s8)

extern const tinyml_functions CONV;

typedef tinyml_conv_transpose2d_s8_params params;

/* The phases of a step are numbered by row, then column; those beyond the output have no position. */
typedef struct {
  phase y, x;
  int32_t first_y, first_x;
  tinyml_conv2d_s8_params conv; /* of one image */
} part;

static part part_of(const params *p, int32_t number) {
  part f = {.first_y = number / p->stride_w, .first_x = number % p->stride_w};
  f.y = phase_of(f.first_y, p->out_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top);
  f.x = phase_of(f.first_x, p->out_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left);
  f.conv = (tinyml_conv2d_s8_params){
      .batch = 1,
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_channels = p->in_channels,
      .out_h = f.y.out,
      .out_w = f.x.out,
      .out_channels = p->out_channels,
      .kernel_h = f.y.kernel,
      .kernel_w = f.x.kernel,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = f.y.dilation,
      .dilation_w = f.x.dilation,
      .pad_top = f.y.pad,
      .pad_left = f.x.pad,
      .groups = 1,
      .input_offset = p->input_offset,
      .output_offset = p->output_offset,
      .act_min = p->act_min,
      .act_max = p->act_max,
  };
  return f;
}

static int32_t parts(const params *p) {
  return p->stride_h * p->stride_w;
}

static bool is_empty(const part *f) {
  return f->y.out < 1 || f->x.out < 1;
}

static int64_t aligned(int64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* Packed: what the convolution of each phase packs, then room for the weights of one while they are sorted. */
static int64_t packed_bytes(const void *of) {
  const params *p = of;
  int64_t bytes = (int64_t)p->out_channels * p->kernel_h * p->kernel_w * p->in_channels;
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (!is_empty(&f)) bytes += aligned(CONV.packed_bytes(&f.conv));
  }
  return bytes;
}

static int supports(const void *of) {
  const params *p = of;
  if (p->stride_h > MAX_STRIDE || p->stride_w > MAX_STRIDE) return false;
  if (p->kernel_h > MAX_KERNEL || p->kernel_w > MAX_KERNEL) return false;
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (is_empty(&f)) continue;
    if (f.y.pad < 0 || f.x.pad < 0 || !CONV.supports(&f.conv)) return false;
  }
  return packed_bytes(p) <= INT32_MAX;
}

/* For a convolution, and behind it for its outputs. */
static int64_t conv_bytes(const params *p) {
  int64_t most = 0;
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    const int64_t bytes = is_empty(&f) ? 0 : aligned(CONV.scratch_bytes(&f.conv));
    if (bytes > most) most = bytes;
  }
  return most;
}

static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  const part first = part_of(p, 0);
  return conv_bytes(p) + (int64_t)first.y.out * first.x.out * p->out_channels;
}

/* The weights of a phase, [out_channels][its rows][its columns][in_channels]. */
static void sort_weights(int8_t *to, const params *p, const part *f, const int8_t *weights) {
  const int64_t depth = p->in_channels, filter = (int64_t)p->kernel_h * p->kernel_w * depth;
  const bool none = f->y.taps == 0 || f->x.taps == 0;
  for (int32_t channel = 0; channel < p->out_channels; channel++, weights += filter) {
    for (int32_t row = 0; row < f->y.kernel; row++) {
      for (int32_t column = 0; column < f->x.kernel; column++, to += depth) {
        const int64_t tap = (int64_t)(f->y.last - row * f->y.step) * p->kernel_w + f->x.last - column * f->x.step;
        if (none) {
          memset(to, 0, (size_t)depth);
        } else {
          memcpy(to, weights + tap * depth, (size_t)depth);
        }
      }
    }
  }
}

/* No phase has more taps than the kernel, so its weights fit behind all that is packed. */
static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const int64_t size = (int64_t)p->out_channels * p->kernel_h * p->kernel_w * p->in_channels;
  int8_t *to = packed, *sorted = to + packed_bytes(p) - size;
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (is_empty(&f)) continue;
    const void *const own[] = {sorted, constants[1], constants[2], constants[3]};
    sort_weights(sorted, p, &f, constants[0]);
    CONV.pack(&f.conv, own, to);
    to += aligned(CONV.packed_bytes(&f.conv));
  }
}

static void spread_pixels(int8_t *output, const params *p, const part *f, const int8_t *from) {
  const int64_t pixel = p->out_channels;
  for (int32_t row = 0; row < f->y.out; row++) {
    int8_t *to = output + ((int64_t)(f->first_y + row * p->stride_h) * p->out_w + f->first_x) * pixel;
    for (int32_t column = 0; column < f->x.out; column++, to += p->stride_w * pixel, from += pixel) {
      memcpy(to, from, (size_t)pixel);
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  int8_t *pixels = (int8_t *)scratch + conv_bytes(p);
  for (int32_t k = 0; k < parts(p); k++) {
    const part f = part_of(p, k);
    if (is_empty(&f)) continue;
    for (int32_t image = 0; image < p->batch; image++) {
      int8_t *input = (int8_t *)operands[0] + (int64_t)image * p->in_h * p->in_w * p->in_channels;
      int8_t *output = (int8_t *)operands[5] + (int64_t)image * p->out_h * p->out_w * p->out_channels;
      void *const own[] = {input, NULL, NULL, NULL, NULL, pixels};
      CONV.run(&f.conv, own, packed, scratch);
      spread_pixels(output, p, &f, pixels);
    }
    packed = (const int8_t *)packed + aligned(CONV.packed_bytes(&f.conv));
  }
}

const tinyml_functions TINYML_NAME(conv_transpose2d_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
