#include "rules.h"

#include "../kernels/tinyml_kernels.h"

/* Positions of a pooling window: sums of as many int8 and their rounding stay within int32. */
enum { MAX_POOL_WINDOW = 1 << 22 };

/* Sums of as many squares of int8 with an offset stay within 32 bits. */
enum { MAX_NORMALIZED = 1 << 16 };

typedef struct {
  int32_t in, out, kernel, stride, dilation, pad;
} axis;

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

/* The int8 parameters of a family begin with the float ones. */

bool tinyml_rule_conv2d(const void *params, const int64_t *elements) {
  const tinyml_conv2d_f32_params *p = params;
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  (void)elements;
  if (p->in_channels % p->groups != 0 || p->out_channels % p->groups != 0) return false;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(p->out_channels, h.kernel + 1, w.kernel + 1, p->in_channels / p->groups) <= TINYML_LIMIT;
}

/* Both parts of the weights hold the input channels of a group. */
bool tinyml_rule_conv2d_parts(const void *params, const int64_t *elements) {
  const tinyml_conv2d_encode_s8_params *p = params;
  return tinyml_rule_conv2d(params, elements) &&
         (int64_t)p->first_channels + p->rest_channels == p->in_channels / p->groups;
}

/* Taps of a depthwise kernel whose gradients are computed channels at a time, and channels of a pixel that are kept together. */
enum { SMALL_WINDOW = 64, KEPT_CHANNELS = 16 };

/* As conv2d_parts, and only what is computed sixteen channels at a time is kept. */
bool tinyml_rule_conv2d_kept(const void *params, const int64_t *elements) {
  const tinyml_conv2d_input_gradient_extent_s8_params *p = params;
  if (!tinyml_rule_conv2d_parts(params, elements)) return false;
  const bool is_depthwise = p->groups == p->in_channels && p->groups == p->out_channels;
  const bool is_small = is_depthwise && (int64_t)p->kernel_h * p->kernel_w <= SMALL_WINDOW;
  const int64_t pixels = PRODUCT(p->batch, p->in_h, p->in_w, ((int64_t)p->in_channels + KEPT_CHANNELS - 1) / KEPT_CHANNELS);
  return p->kept <= (p->groups == 1 || is_small ? pixels : 0);
}

/* Rows of 4-bit weights: whole runs of 8 codes, as many as the weights of an output channel need. */
static bool four_bit_rows(int64_t row, int32_t row_size, int32_t group) {
  return row_size == (row + 7) / 8 * 8 && group % 8 == 0;
}

bool tinyml_rule_conv2d_s4(const void *params, const int64_t *elements) {
  const tinyml_conv2d_s4_params *p = params;
  if (!tinyml_rule_conv2d(params, elements)) return false;
  return four_bit_rows(PRODUCT(p->kernel_h, p->kernel_w, p->in_channels / p->groups), p->row_size, p->group);
}

/* There is room for a block of rows and two rows of wide inputs. */
bool tinyml_rule_fully_connected_s4(const void *params, const int64_t *elements) {
  const tinyml_fully_connected_s4_params *p = params;
  const int64_t wide = p->rows == 1 ? 0 : 4 * (int64_t)p->in_features;
  (void)elements;
  return four_bit_rows(p->in_features, p->row_size, p->group) && p->room == (int64_t)p->block * p->row_size + wide;
}

/* Output positions that are taken at once, and channels that are laid out together: the fewest of a packed step. */
enum { LEAST_POSITIONS = 3, LEAST_CHANNELS = 4 };

/* No dilation, and outputs that may be any code. */
static bool is_plain(const tinyml_conv2d_pairs_s8_params *p) {
  return p->dilation_h == 1 && p->dilation_w == 1 && p->act_min == INT8_MIN && p->act_max == INT8_MAX;
}

/* Positions that are taken at once, and so much room. */
static bool four_windows(const tinyml_conv2d_pairs_s8_params *p, int64_t bytes) {
  return PRODUCT(p->batch, p->out_h, p->out_w) >= LEAST_POSITIONS &&
         PRODUCT(p->batch, axis_span(AXIS_H(p, p->dilation_h)), axis_span(AXIS_W(p, p->dilation_w)), p->in_channels) <=
             TINYML_LIMIT &&
         PRODUCT((int64_t)p->out_channels + 1, (int64_t)p->words + 6) <= TINYML_LIMIT && p->room == bytes;
}

/* A window over rows side by side. */
typedef struct {
  int64_t kernel_h, kernel_w, stride_w, dilation_w, in_channels;
} filter;

#define FILTER(p) ((filter){(p)->kernel_h, (p)->kernel_w, (p)->stride_w, (p)->dilation_w, (p)->in_channels})

/* Words of weights of a pair of channels, and bytes of scratch. */
typedef struct {
  int64_t words, room;
} sizes;

/* Words for all inputs of a window run by run, and four windows of words of two inputs. */
static sizes pairs_sizes(filter f) {
  const int64_t pixels = f.dilation_w == 1 ? f.kernel_w : 1, run = PRODUCT(pixels, f.in_channels);
  const int64_t words = PRODUCT(f.kernel_h, f.kernel_w / pixels, (run + 1) / 2);
  const int64_t next = PRODUCT(3, f.stride_w, f.in_channels), more = 3 * run > next ? 3 * run : next;
  return (sizes){words, 16 * words + run + more};
}

/* Sums begin with two words. */
enum { LEAST_WORDS = 2 };

bool tinyml_rule_conv2d_pairs(const void *params, const int64_t *elements) {
  const tinyml_conv2d_pairs_s8_params *p = params;
  const sizes of = pairs_sizes(FILTER(p));
  (void)elements;
  return p->words == of.words && of.words >= LEAST_WORDS && four_windows(p, of.room);
}

/* Words for all inputs of a window, and four windows of words of one input and a row of each. */
bool tinyml_rule_conv2d_words(const void *params, const int64_t *elements) {
  const tinyml_conv2d_words_s8_params *p = params;
  const int64_t run = PRODUCT(p->kernel_w, p->in_channels), inputs = PRODUCT(p->kernel_h, run);
  const int64_t row = p->kernel_h == 1 && p->kernel_w == 1 ? 0 : run;
  (void)elements;
  return p->words == (inputs + 1) / 2 && is_plain(p) && four_windows(p, 4 * (4 * inputs + row));
}

/* Words for all inputs, and room for those that are no whole number of fours. */
bool tinyml_rule_fully_connected_pairs(const void *params, const int64_t *elements) {
  const tinyml_fully_connected_pairs_s8_params *p = params;
  const int64_t fours = ((int64_t)p->in_features + 3) / 4;
  (void)elements;
  return p->words == 2 * fours && p->room == (p->in_features % 4 == 0 ? 0 : 4 * fours) &&
         PRODUCT((int64_t)p->out_features + 8, (int64_t)p->words + 2) <= TINYML_LIMIT;
}

/* Weights within int32. */
bool tinyml_rule_fully_connected_words(const void *params, const int64_t *elements) {
  const tinyml_fully_connected_words_s8_params *p = params;
  (void)elements;
  return PRODUCT((int64_t)p->out_features + 8, p->in_features) <= TINYML_LIMIT;
}

/* Whether every window of one pixel along an axis lies inside. */
static bool axis_inside(axis a) { return a.pad == 0 && (int64_t)(a.out - 1) * a.stride < a.in; }

static bool is_pixel(filter f) { return f.kernel_h == 1 && f.kernel_w == 1; }

/* Words for whole vectors, and room for three windows and what they are put together from. */
static sizes vectors_sizes(filter f) {
  const int64_t run = PRODUCT(f.dilation_w == 1 ? f.kernel_w : 1, f.in_channels);
  const int64_t inputs = PRODUCT(f.kernel_h, f.kernel_w, f.in_channels), vectors = inputs / 16 + (inputs % 16 > 0);
  const int64_t apart = is_pixel(f) ? 0 : run % 16 == 0 ? run : 16 * vectors;
  return (sizes){PRODUCT(8, vectors), 3 * (16 * vectors + apart)};
}

/* Indices within int32, and pixels that lie inside. */
bool tinyml_rule_conv2d_vectors(const void *params, const int64_t *elements) {
  const tinyml_conv2d_vectors_s8_params *p = params;
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  const sizes of = vectors_sizes(FILTER(p));
  (void)elements;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT((int64_t)p->out_channels + 8, (int64_t)p->words + 3, 4) <= TINYML_LIMIT &&
         (!is_pixel(FILTER(p)) || (axis_inside(h) && axis_inside(w))) && p->words == of.words && p->room == of.room;
}

/* Constants and scratch for all groups, which the convolution of each takes. of: that of one group */
static bool groups_fit(const tinyml_conv2d_groups_pairs_s8_params *p, sizes of) {
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  const int64_t reach = PRODUCT(p->band - 1, h.stride) + PRODUCT(h.kernel - 1, h.dilation) + 1;
  const int64_t rows = reach < p->in_h ? reach : p->in_h, group_in = p->in_channels / p->groups;
  const int64_t laid_out = PRODUCT(rows, p->in_w, group_in), codes = PRODUCT(p->band, p->out_w, p->group_channels);
  if (laid_out > TINYML_LIMIT || codes > TINYML_LIMIT || of.room > TINYML_LIMIT) return false;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(p->out_channels, h.kernel + 1, w.kernel + 1, group_in) <= TINYML_LIMIT &&
         PRODUCT(p->groups, (int64_t)p->group_channels + 8, (int64_t)p->words + 24, 4) <= TINYML_LIMIT &&
         p->words == of.words && p->room == of.room + laid_out + codes;
}

static bool are_groups(const tinyml_conv2d_groups_pairs_s8_params *p) {
  return p->in_channels % p->groups == 0 && PRODUCT(p->groups, p->group_channels) == p->out_channels;
}

static filter filter_of_group(const tinyml_conv2d_groups_pairs_s8_params *p) {
  filter f = FILTER(p);
  f.in_channels /= p->groups;
  return f;
}

/* Positions enough in the last band, too. */
bool tinyml_rule_conv2d_groups_pairs(const void *params, const int64_t *elements) {
  const tinyml_conv2d_groups_pairs_s8_params *p = params;
  (void)elements;
  if (!are_groups(p)) return false;
  const int64_t over = p->out_h % p->band, last = over > 0 ? over : p->band < p->out_h ? p->band : p->out_h;
  const sizes of = pairs_sizes(filter_of_group(p));
  return PRODUCT(last, p->out_w) >= LEAST_POSITIONS && of.words >= LEAST_WORDS && groups_fit(p, of);
}

bool tinyml_rule_conv2d_groups_vectors(const void *params, const int64_t *elements) {
  const tinyml_conv2d_groups_vectors_s8_params *p = params;
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  (void)elements;
  if (!are_groups(p)) return false;
  const filter f = filter_of_group(p);
  return (!is_pixel(f) || (axis_inside(h) && axis_inside(w))) && groups_fit(p, vectors_sizes(f));
}

/* Scales for all eights or one of them, and weights within int32. */
bool tinyml_rule_fully_connected_vectors(const void *params, const int64_t *elements) {
  const tinyml_fully_connected_vectors_s8_params *p = params;
  (void)elements;
  return (p->scaled == 1 || p->scaled == ((int64_t)p->out_features + 7) / 8) &&
         PRODUCT((int64_t)p->out_features + 8, (int64_t)p->in_features + 16) <= TINYML_LIMIT;
}

bool tinyml_rule_depthwise_conv2d(const void *params, const int64_t *elements) {
  const tinyml_depthwise_conv2d_f32_params *p = params;
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  (void)elements;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(h.kernel + 1, w.kernel + 1, p->in_channels, p->depth_multiplier) <= TINYML_LIMIT;
}

/* The same of windows of 3x3, 5x5 or 7x7, and room for the planes of a band. */
bool tinyml_rule_depthwise_conv2d_planes(const void *params, const int64_t *elements) {
  const tinyml_depthwise_conv2d_planes_s8_params *p = params;
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  const axis lines = p->transposed ? w : h, pixels = p->transposed ? h : w;
  const int64_t kernel = h.kernel, fours = ((int64_t)pixels.out + 3) / 4 * 4;
  const int64_t beyond = pixels.stride == 2 && pixels.out % 4 == 3 ? 4 : 2;
  const int64_t columns = kernel == 3 ? PRODUCT(pixels.stride, pixels.out) + beyond : PRODUCT(pixels.stride, fours - 1) + kernel;
  const int64_t rows = PRODUCT((int64_t)p->band - 1, lines.stride) + kernel;
  (void)elements;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(h.kernel + 1, w.kernel + 1, p->in_channels) <= TINYML_LIMIT &&
         (kernel == 3 || kernel == 5 || kernel == 7) && w.kernel == kernel && pixels.pad < kernel &&
         pixels.stride <= 2 && (!p->transposed || p->band >= lines.out) && p->in_channels >= LEAST_CHANNELS &&
         p->room == PRODUCT(16, (columns + 1) / 2, rows) + (kernel == 3 ? 0 : 4 * (12 + kernel * (kernel - 1)));
}

/* Windows of 3x3 that blocks reach whole, and room for the columns of a block. */
bool tinyml_rule_depthwise_conv2d_columns(const void *params, const int64_t *elements) {
  const tinyml_depthwise_conv2d_columns_s8_params *p = params;
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  const int64_t band = p->band, span = p->span;
  const int64_t units = w.stride == 1 ? (band + 1) / 2 : band;
  const int64_t columns = w.stride == 1 ? span + 2 : 8 * ((span + 3) / 4) + 2;
  const int32_t least = w.stride == 1 ? 2 : 1;
  (void)elements;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(h.kernel + 1, w.kernel + 1, p->in_channels) <= TINYML_LIMIT && h.kernel == 3 && w.kernel == 3 &&
         h.stride == w.stride && h.out >= least && w.out >= least && band >= least && span >= least &&
         p->room == PRODUCT(64, columns, units);
}

/* Channels near enough for scattered bytes, and room for the rows of a block. */
bool tinyml_rule_depthwise_conv2d_rows(const void *params, const int64_t *elements) {
  const tinyml_depthwise_conv2d_rows_s8_params *p = params;
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  const int64_t rows = PRODUCT((int64_t)p->band - 1, h.stride) + h.kernel;
  const int64_t pitch = PRODUCT((int64_t)p->span - 1, w.stride) + w.kernel;
  (void)elements;
  return PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) <= TINYML_LIMIT &&
         PRODUCT(h.kernel + 1, w.kernel + 1, p->in_channels) <= TINYML_LIMIT && pitch <= 1 << 13 &&
         p->room == PRODUCT(8, rows, pitch) + 16 * ((int64_t)h.kernel + 1);
}

bool tinyml_rule_conv_transpose2d(const void *params, const int64_t *elements) {
  const tinyml_conv_transpose2d_f32_params *p = params;
  (void)elements;
  return transposed_span(AXIS_H(p, p->dilation_h)) <= TINYML_LIMIT &&
         transposed_span(AXIS_W(p, p->dilation_w)) <= TINYML_LIMIT;
}

/* Phases of a stride, of which every kernel has as many taps at least. */
enum { MOST_PHASES = 16 };

/* Along one axis: the taps of a phase, and how far its windows lie inside. */
typedef struct {
  int64_t taps, count;
  bool is_inside;
} axis_phase;

static int64_t divided_up(int64_t dividend, int64_t divisor) {
  return dividend > 0 ? (dividend + divisor - 1) / divisor : dividend / divisor;
}

/* Outputs `phase`, `phase + stride` and so on of an image that is not cut off at its start meet the same taps. */
static axis_phase phase_of(axis a, int64_t phase) {
  const int64_t taps = divided_up(a.kernel - phase, a.stride), start = divided_up(a.pad - phase, a.stride);
  const int64_t first = start > 0 ? start : 0, end = divided_up((int64_t)a.out + a.pad - phase, a.stride);
  return (axis_phase){taps, end > first ? end - first : 0, first - taps + 1 >= 0 && end <= a.in};
}

/* As many outputs side by side as a stride is long, with all inputs that one of them meets. */
static axis_phase outputs_together(axis a) {
  const int64_t start = divided_up((int64_t)a.pad - a.kernel + 1, a.stride), count = a.out / a.stride;
  const int64_t taps = ((int64_t)a.pad + a.stride - 1) / a.stride - start + 1;
  return (axis_phase){taps, count, start >= 0 && start + count + taps - 1 <= a.in};
}

/* What the convolution of a phase takes. */
typedef struct {
  int64_t least_count; /* outputs in a row of a phase */
  sizes (*sizes_of)(filter f);
  bool (*is_taken)(filter f, sizes of, bool is_inside);
} phase_kind;

/* Constants and scratch for all phases of a transposed convolution. */
static bool phases(const tinyml_conv_transpose2d_pairs_s8_params *p, phase_kind kind) {
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  const bool is_together = p->phase_channels == (int64_t)p->stride_w * p->out_channels;
  const int64_t columns = is_together ? 1 : w.stride;
  if (p->phase_channels != p->out_channels && !(is_together && w.out % w.stride == 0)) return false;
  if (h.stride > MOST_PHASES || w.stride > MOST_PHASES || h.kernel < h.stride || w.kernel < w.stride) return false;
  if (transposed_span(h) > TINYML_LIMIT || transposed_span(w) > TINYML_LIMIT) return false;
  if (PRODUCT(p->batch, axis_span(h), axis_span(w), p->in_channels) > TINYML_LIMIT) return false;
  sizes all = {0, 0};
  for (int64_t y = 0; y < h.stride; y++) {
    for (int64_t x = 0; x < columns; x++) {
      const axis_phase down = phase_of(h, y), across = columns == 1 ? outputs_together(w) : phase_of(w, x);
      const filter f = {down.taps, across.taps, 1, 1, p->in_channels};
      const sizes of = kind.sizes_of(f);
      if (across.count < kind.least_count || !kind.is_taken(f, of, down.is_inside && across.is_inside)) return false;
      if (of.words > TINYML_LIMIT || of.room > TINYML_LIMIT) return false;
      all.words += of.words;
      if (of.room > all.room) all.room = of.room;
    }
  }
  const int64_t row = columns > 1 ? PRODUCT(divided_up(w.out, w.stride), p->out_channels) : 0;
  const int64_t words = (int64_t)p->words + 24 * (int64_t)p->phases;
  return PRODUCT((int64_t)p->phase_channels + 8, words, 4) <= TINYML_LIMIT && p->phases == h.stride * columns &&
         p->words == all.words && p->room == all.room + row;
}

static bool takes_pairs(filter f, sizes of, bool is_inside) {
  (void)f;
  (void)is_inside;
  return of.words >= LEAST_WORDS;
}

bool tinyml_rule_conv_transpose2d_pairs(const void *params, const int64_t *elements) {
  (void)elements;
  return phases(params, (phase_kind){LEAST_POSITIONS, pairs_sizes, takes_pairs});
}

static bool takes_vectors(filter f, sizes of, bool is_inside) {
  (void)of;
  return is_inside || !is_pixel(f);
}

bool tinyml_rule_conv_transpose2d_vectors(const void *params, const int64_t *elements) {
  (void)elements;
  return phases(params, (phase_kind){1, vectors_sizes, takes_vectors});
}

/* The mean over the valid window divides by what is inside the input. */
bool tinyml_rule_avg_pool2d(const void *params, const int64_t *elements) {
  const tinyml_avg_pool2d_f32_params *p = params;
  const axis h = AXIS_H(p, 1), w = AXIS_W(p, 1);
  (void)elements;
  return (p->count_include_pad == 1 || (axis_overlaps(h) && axis_overlaps(w))) &&
         PRODUCT(h.kernel, w.kernel) <= MAX_POOL_WINDOW &&
         PRODUCT(p->batch, axis_span(h), axis_span(w), p->channels) <= TINYML_LIMIT;
}

bool tinyml_rule_max_pool2d(const void *params, const int64_t *elements) {
  const tinyml_max_pool2d_f32_params *p = params;
  const axis h = AXIS_H(p, p->dilation_h), w = AXIS_W(p, p->dilation_w);
  (void)elements;
  return PRODUCT(h.kernel, w.kernel) <= MAX_POOL_WINDOW &&
         PRODUCT(p->batch, axis_span(h), axis_span(w), p->channels) <= TINYML_LIMIT;
}

/* Differences from diff_min to 0, shifted left, stay within int32. */
static bool differences_fit(int32_t diff_min, int32_t shift) {
  return (diff_min < -255 ? -255 : diff_min) * (INT64_C(1) << shift) >= INT32_MIN;
}

bool tinyml_rule_softmax(const void *params, const int64_t *elements) {
  const tinyml_softmax_s8_params *p = params;
  (void)elements;
  return differences_fit(p->diff_min, p->shift);
}

/* The least code is not above the greatest. */
bool tinyml_rule_codes(const void *params, const int64_t *elements) {
  const tinyml_encode_s8_params *p = params;
  (void)elements;
  return p->low <= p->high;
}

/* Whole patches along both axes. */
bool tinyml_rule_patches(const void *params, const int64_t *elements) {
  const tinyml_patch_statistics_s8_params *p = params;
  (void)elements;
  return p->height % p->patch == 0 && p->width % p->patch == 0;
}

/* Windows over one image, of any channels. */
bool tinyml_rule_windows(const void *params, const int64_t *elements) {
  const tinyml_dilate_tiles_s32_params *p = params;
  (void)elements;
  return PRODUCT(axis_span(AXIS_H(p, p->dilation_h)), axis_span(AXIS_W(p, p->dilation_w))) <= TINYML_LIMIT;
}

/* Whether every pixel of an image has as many elements. */
static bool has_pixels(int32_t size, int32_t height, int32_t width) {
  return size > 0 && size % (height * width) == 0;
}

bool tinyml_rule_add_tiles(const void *params, const int64_t *elements) {
  const tinyml_add_tiles_s8_params *p = params;
  (void)elements;
  return has_pixels(p->size, p->height, p->width);
}

bool tinyml_rule_lut_tiles(const void *params, const int64_t *elements) {
  const tinyml_lut_tiles_s8_params *p = params;
  (void)elements;
  return has_pixels(p->size, p->height, p->width);
}

/* The positions are the pixels of an image. */
bool tinyml_rule_mul_tiles(const void *params, const int64_t *elements) {
  const tinyml_mul_tiles_s8_params *p = params;
  (void)elements;
  return p->outer == p->height * p->width;
}

/* Whether the least and the greatest index of a strided walk through a box are inside. */
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

/* No element is written twice, so a box holds no more than the output. */
bool tinyml_rule_copy(const void *params, const int64_t *elements) {
  const tinyml_copy_s8_params *p = params;
  const int32_t box[4] = {p->size0, p->size1, p->size2, p->size3};
  const int32_t from[4] = {p->in_stride0, p->in_stride1, p->in_stride2, p->in_stride3};
  const int32_t to[4] = {p->out_stride0, p->out_stride1, p->out_stride2, p->out_stride3};
  return PRODUCT(box[0], box[1], box[2], box[3]) <= elements[1] && walk_fits(box, p->in_offset, from, elements[0]) &&
         walk_fits(box, p->out_offset, to, elements[1]);
}

/* Walks through all operands stay inside, and the output is written once. */
bool tinyml_rule_matrices(const void *params, const int64_t *elements) {
  const tinyml_batch_matmul_f32_params *p = params;
  const int32_t left_box[4] = {p->batch0, p->batch1, p->rows, p->depth};
  const int32_t right_box[4] = {p->batch0, p->batch1, p->columns, p->depth};
  const int32_t output_box[4] = {p->batch0, p->batch1, p->rows, p->columns};
  const int32_t left[4] = {p->left_batch0, p->left_batch1, p->left_row, p->left_depth};
  const int32_t right[4] = {p->right_batch0, p->right_batch1, p->right_column, p->right_depth};
  const int32_t output[4] = {p->output_batch0, p->output_batch1, p->output_row, 1};
  return walk_fits(left_box, p->left_start, left, elements[0]) &&
         walk_fits(right_box, p->right_start, right, elements[1]) &&
         walk_fits(output_box, p->output_start, output, elements[2]) &&
         PRODUCT(p->batch0, p->batch1, p->rows, p->columns) <= elements[2];
}

/* The same of operands with quantisers between inputs and output. */
bool tinyml_rule_matrix_sums(const void *params, const int64_t *elements) {
  const int64_t operands[3] = {elements[0], elements[1], elements[4]};
  return tinyml_rule_matrices(params, operands);
}

/* The same, and there is room for what is laid out anew. */
bool tinyml_rule_batch_matmul(const void *params, const int64_t *elements) {
  const tinyml_batch_matmul_s8_params *p = params;
  const int32_t packs = p->left_depth != 1 || p->right_depth != 1;
  const int64_t room = PRODUCT(4, p->depth) + (packs ? PRODUCT((int64_t)p->columns + 2, p->depth) : 0);
  return p->room == room && tinyml_rule_matrices(params, elements);
}

/* Numbers that are normalised together: sums of their squares stay within 32 bits. */
bool tinyml_rule_normalize(const void *params, const int64_t *elements) {
  const tinyml_normalize_s8_params *p = params;
  (void)elements;
  return PRODUCT(p->positions, p->channels) <= MAX_NORMALIZED;
}

/* The mask holds what is read of it. */
bool tinyml_rule_masked_rows(const void *params, const int64_t *elements) {
  const tinyml_masked_softmax_s16_params *p = params;
  const int32_t box[4] = {p->outer0, p->outer1, p->outer2, p->row_size};
  const int32_t strides[4] = {p->mask_stride0, p->mask_stride1, p->mask_stride2, 1};
  return walk_fits(box, p->mask_start, strides, elements[1]);
}

/* The same, of which 8 bits have the first parameters, and as softmax. */
bool tinyml_rule_masked_softmax(const void *params, const int64_t *elements) {
  const tinyml_masked_softmax_s8_params *p = params;
  return differences_fit(p->diff_min, p->shift) && tinyml_rule_masked_rows(params, elements);
}

#define WALK(p, name) \
  ((int32_t[4]){(p)->name##_stride0, (p)->name##_stride1, (p)->name##_stride2, (p)->name##_stride3})

/* Walks through one box stay inside the inputs. */
bool tinyml_rule_walks2(const void *params, const int64_t *elements) {
  const tinyml_binary_s8_params *p = params;
  const int32_t box[4] = {p->size0, p->size1, p->size2, p->size3};
  return walk_fits(box, p->input1_offset, WALK(p, input1), elements[0]) &&
         walk_fits(box, p->input2_offset, WALK(p, input2), elements[1]);
}

bool tinyml_rule_walks3(const void *params, const int64_t *elements) {
  const tinyml_select_s8_params *p = params;
  const int32_t box[4] = {p->size0, p->size1, p->size2, p->size3};
  return walk_fits(box, p->condition_offset, WALK(p, condition), elements[0]) &&
         walk_fits(box, p->input1_offset, WALK(p, input1), elements[1]) &&
         walk_fits(box, p->input2_offset, WALK(p, input2), elements[2]);
}

/* No more are taken than there are. */
bool tinyml_rule_top_k(const void *params, const int64_t *elements) {
  const tinyml_top_k_s8_params *p = params;
  (void)elements;
  return p->k <= p->size;
}

/* The parameters of the other cells begin with the same. */
bool tinyml_rule_recurrent(const void *params, const int64_t *elements) {
  const tinyml_rnn_s8_params *p = params;
  (void)elements;
  return p->direction < p->directions;
}

/* Walks through all operands stay inside, and the output is written once. */
bool tinyml_rule_linear_attention(const void *params, const int64_t *elements) {
  const tinyml_linear_attention_s8_params *p = params;
  const int32_t keys[4] = {p->batch0, p->batch1, p->keys, p->tokens};
  const int32_t values[4] = {p->batch0, p->batch1, p->values, p->tokens};
  const int32_t query[4] = {p->query_batch0, p->query_batch1, p->query_channel, p->query_token};
  const int32_t key[4] = {p->key_batch0, p->key_batch1, p->key_channel, p->key_token};
  const int32_t value[4] = {p->value_batch0, p->value_batch1, p->value_channel, p->value_token};
  const int32_t output[4] = {p->output_batch0, p->output_batch1, p->output_channel, p->output_token};
  return walk_fits(keys, p->query_start, query, elements[0]) && walk_fits(keys, p->key_start, key, elements[1]) &&
         walk_fits(values, p->value_start, value, elements[2]) &&
         walk_fits(values, p->output_start, output, elements[3]) &&
         PRODUCT(p->batch0, p->batch1, p->values, p->tokens) <= elements[3];
}

/* As linear attention and as softmax, and there is room for two rows of scores and what is laid out anew. */
bool tinyml_rule_attention(const void *params, const int64_t *elements) {
  const tinyml_attention_s8_params *p = params;
  const int32_t queries[4] = {p->batch0, p->batch1, p->rows, p->depth};
  const int32_t keys[4] = {p->batch0, p->batch1, p->columns, p->depth};
  const int32_t values[4] = {p->batch0, p->batch1, p->columns, p->values};
  const int32_t scores[4] = {p->batch0, p->batch1, p->rows, p->columns};
  const int32_t outputs[4] = {p->batch0, p->batch1, p->rows, p->values};
  const int32_t query[4] = {p->query_batch0, p->query_batch1, p->query_token, p->query_channel};
  const int32_t key[4] = {p->key_batch0, p->key_batch1, p->key_token, p->key_channel};
  const int32_t value[4] = {p->value_batch0, p->value_batch1, p->value_token, p->value_channel};
  const int32_t mask[4] = {p->mask_batch0, p->mask_batch1, p->mask_row, p->mask_column};
  const int32_t output[4] = {p->output_batch0, p->output_batch1, p->output_token, p->output_channel};
  const int64_t longest = p->depth > p->columns ? p->depth : p->columns;
  const int64_t room = 4 * longest + 2 * (int64_t)p->columns + (p->query_channel == 1 ? 0 : 2 * (int64_t)p->depth) +
                       (p->output_channel == 1 ? 0 : 2 * (int64_t)p->values) +
                       (p->key_channel == 1 ? 0 : (int64_t)p->columns * p->depth) +
                       (p->value_token == 1 ? 0 : (int64_t)p->columns * p->values);
  return p->room == room && walk_fits(queries, p->query_start, query, elements[0]) &&
         walk_fits(keys, p->key_start, key, elements[1]) && walk_fits(values, p->value_start, value, elements[2]) &&
         walk_fits(scores, p->mask_start, mask, elements[3]) &&
         walk_fits(outputs, p->output_start, output, elements[6]) &&
         PRODUCT(p->batch0, p->batch1, p->rows, p->values) <= elements[6];
}
