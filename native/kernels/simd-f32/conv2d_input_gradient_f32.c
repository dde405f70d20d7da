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

static int32_t least(int32_t a, int32_t b) {
  return a < b ? a : b;
}

/* The convolution of some images that gives the gradients of the inputs of two phases. */
static params convolution_of(const params *p, int32_t images, const phase *y, const phase *x) {
  return (params){
      .batch = images,           .in_h = p->out_h,          .in_w = p->out_w,        .in_channels = p->out_channels,
      .out_h = y->count,         .out_w = x->count,         .out_channels = p->in_channels,
      .kernel_h = y->taps,       .kernel_w = x->taps,       .stride_h = 1,           .stride_w = 1,
      .dilation_h = y->dilation, .dilation_w = x->dilation, .pad_top = y->pad,       .pad_left = x->pad,
      .groups = p->groups,
  };
}

/* Images that are computed at a time: with several phases one, so that it stays in the cache for all of them. */
static int32_t images_of(const params *p) {
  return least(p->stride_h, p->in_h) == 1 && least(p->stride_w, p->in_w) == 1 ? p->batch : 1;
}

/* Calls back for all phases in both directions that have taps; whether there are others. */
typedef void (*visit_phase)(const params *p, const phase *y, const phase *x, void *context);

static bool each_phase(const params *p, visit_phase visit, void *context) {
  bool gaps = false;
  for (int32_t row = 0; row < least(p->stride_h, p->in_h); row++) {
    const phase y = phase_of(row, p->in_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top);
    for (int32_t column = 0; column < least(p->stride_w, p->in_w); column++) {
      const phase x = phase_of(column, p->in_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left);
      if (y.taps > 0 && x.taps > 0) {
        visit(p, &y, &x, context);
      } else {
        gaps = true;
      }
    }
  }
  return gaps;
}

/* What the convolutions of all phases need: their weights, and memory that they share. */
typedef struct {
  int64_t weights, image;
  bool can;
} needs;

static void add_needs(const params *p, const phase *y, const phase *x, void *context) {
  needs *n = context;
  const params c = convolution_of(p, images_of(p), y, x);
  n->can = n->can && can_convolve(&c);
  if (!n->can) return;
  const int64_t image = image_scratch(&c);
  n->weights += weights_bytes(&c);
  if (image > n->image) n->image = image;
}

static needs needs_of(const params *p) {
  needs n = {0, 0, true};
  each_phase(p, add_needs, &n);
  return n;
}

static int supports(const void *of) {
  const params p = tinyml_flattened(of);
  const needs n = needs_of(&p);
  return n.can && n.weights + n.image <= INT32_MAX;
}

static int64_t scratch_bytes(const void *of) {
  const params p = tinyml_flattened(of);
  const needs n = needs_of(&p);
  return n.weights + n.image;
}

/* What is computed, and where. */
typedef struct {
  const float *gradient, *weights;
  float *packed; /* of the next phase */
  float *output;
  float *image;
} work;

static void pack_phase(const params *p, const phase *y, const phase *x, void *context) {
  work *w = context;
  const params c = convolution_of(p, images_of(p), y, x);
  const tinyml_weight_steps forward = tinyml_dense_weights(p);
  const tinyml_weight_steps steps = {forward.group, 1, -y->step * forward.row, -x->step * forward.column,
                                     forward.out_channel};
  pack_weights(&c, w->weights + y->tap * forward.row + x->tap * forward.column, steps, w->packed);
  w->packed += weights_bytes(&c) / (int64_t)sizeof(float);
}

static void run_phase(const params *p, const phase *y, const phase *x, void *context) {
  work *w = context;
  const params c = convolution_of(p, images_of(p), y, x);
  const int64_t row = (int64_t)p->in_w * p->in_channels;
  const tinyml_output_steps steps = {(int64_t)p->stride_w * p->in_channels, p->stride_h * row, p->in_h * row};
  float *output = w->output + y->first * row + (int64_t)x->first * p->in_channels;
  convolve(&c, w->gradient, w->packed, output, steps, w->image);
  w->packed += weights_bytes(&c) / (int64_t)sizeof(float);
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params p = tinyml_flattened(of);
  const int64_t inputs = (int64_t)p.in_h * p.in_w * p.in_channels;
  const int64_t outputs = (int64_t)p.out_h * p.out_w * p.out_channels;
  work w = {.gradient = o[0], .weights = o[1], .packed = scratch, .output = o[2]};
  (void)packed;
  const bool gaps = each_phase(&p, pack_phase, &w);
  w.image = w.packed;
  for (int32_t image = 0; image < p.batch; image += images_of(&p)) {
    w.packed = scratch;
    /* Inputs that no tap meets. */
    if (gaps) memset(w.output, 0, (size_t)(images_of(&p) * inputs) * sizeof(float));
    each_phase(&p, run_phase, &w);
    w.gradient += images_of(&p) * outputs;
    w.output += images_of(&p) * inputs;
  }
}

const tinyml_functions TINYML_FUNCTIONS(conv2d_input_gradient_f32) = {supports, NULL, NULL, scratch_bytes, run};
