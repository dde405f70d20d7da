/* Depthwise convolution on the input as it is: vectors of channels, and tiles of pixels of a row whose windows lie inside
 * the input; the pixels at the sides one by one. A tap in the padding reads zeros. */
typedef tinyml_depthwise_conv2d_f32_params params;

/* Pixels of a tile: enough chains to hide the latency of a multiply-add. */
enum { PIXELS = 8 };

static const float zeros[TINYML_LANES];

static int supports(const void *of) {
  const params *p = of;
  return p->depth_multiplier == 1;
}

/* One row of outputs. */
typedef struct {
  const params *p;
  const float *input, *weights, *bias;
  tinyml_vec lowest, highest;
  int32_t y; /* of the window, in the input */
  float *output;
} row;

/* `pixels` outputs of the row from `x` on, of `count` channels from c on. `inside`: no tap is left or right of the input. */
TINYML_INLINE void tile(const row *r, int32_t x, int32_t c, int32_t count, const int32_t pixels, const bool inside,
                        const bool whole) {
  const params *p = r->p;
  const int64_t channels = p->in_channels;
  const int64_t x0 = (int64_t)x * p->stride_w - p->pad_left;
  const tinyml_vec bias = whole ? tinyml_load(r->bias + c) : tinyml_load_first(r->bias + c, count);
  const float *weights = r->weights + c;
  tinyml_vec sums[PIXELS];
  TINYML_UNROLL
  for (int32_t i = 0; i < pixels; i++) sums[i] = bias;
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    const int64_t y = r->y + (int64_t)ky * p->dilation_h;
    const bool in_rows = y >= 0 && y < p->in_h;
    const float *line = in_rows ? r->input + (y * p->in_w + (inside ? x0 : 0)) * channels + c : zeros;
    const int64_t step = in_rows ? p->stride_w * channels : 0, tap = in_rows ? p->dilation_w * channels : 0;
    for (int32_t kx = 0; kx < p->kernel_w; kx++, weights += channels) {
      const int64_t column = x0 + (int64_t)kx * p->dilation_w;
      const float *from = inside ? line + kx * tap
                          : !in_rows || column < 0 || column >= p->in_w ? zeros
                                                                        : line + column * channels;
      const tinyml_vec v = whole ? tinyml_load(weights) : tinyml_load_first(weights, count);
      TINYML_UNROLL
      for (int32_t i = 0; i < pixels; i++) {
        const tinyml_vec value = whole ? tinyml_load(from + i * step) : tinyml_load_first(from + i * step, count);
        sums[i] = tinyml_multiply_add(value, v, sums[i]);
      }
    }
  }
  float *to = r->output + x * channels + c;
  TINYML_UNROLL
  for (int32_t i = 0; i < pixels; i++) {
    const tinyml_vec y = tinyml_bound(sums[i], r->lowest, r->highest);
    if (whole) {
      tinyml_store(to + i * channels, y);
    } else {
      tinyml_store_first(to + i * channels, y, count);
    }
  }
}

/* All pixels of a row; those in [first, end) have windows inside the input. */
TINYML_INLINE void run_row(const row *r, int32_t first, int32_t end, int32_t c, const bool whole) {
  const int32_t width = r->p->out_w, count = r->p->in_channels - c;
  int32_t x = 0;
  for (; x < first; x++) tile(r, x, c, count, 1, false, whole);
  for (; x + PIXELS <= end; x += PIXELS) tile(r, x, c, count, PIXELS, true, whole);
  if (x + PIXELS / 2 <= end) {
    tile(r, x, c, count, PIXELS / 2, true, whole);
    x += PIXELS / 2;
  }
  for (; x < end; x++) tile(r, x, c, count, 1, true, whole);
  for (; x < width; x++) tile(r, x, c, count, 1, false, whole);
}

static void run(const void *of, void *const *o, const void *packed, void *scratch) {
  const params p = *(const params *)of;
  const float *bounds = o[3];
  row r = {&p, o[0], o[1], o[2], tinyml_splat(bounds[0]), tinyml_splat(bounds[1]), 0, o[4]};
  const int64_t span = (int64_t)(p.kernel_w - 1) * p.dilation_w, last = (int64_t)p.in_w - 1 - span + p.pad_left;
  const int32_t first_inside = (p.pad_left + p.stride_w - 1) / p.stride_w;
  const int64_t end_inside = last < 0 ? 0 : last / p.stride_w + 1;
  const int32_t first = first_inside < p.out_w ? first_inside : p.out_w;
  const int32_t end = end_inside < first ? first : end_inside < p.out_w ? (int32_t)end_inside : p.out_w;
  (void)packed;
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, r.input += (int64_t)p.in_h * p.in_w * p.in_channels) {
    for (int32_t y = 0; y < p.out_h; y++, r.output += (int64_t)p.out_w * p.in_channels) {
      r.y = y * p.stride_h - p.pad_top;
      int32_t c = 0;
      for (; c + TINYML_LANES <= p.in_channels; c += TINYML_LANES) run_row(&r, first, end, c, true);
      if (c < p.in_channels) run_row(&r, first, end, c, false);
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(depthwise_conv2d_f32) = {supports, NULL, NULL, NULL, run};
