/* Convolutions of 3x3 windows and stride 1 by F(2x2, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", 2016) in integers: 16 products for four outputs instead of 36, and the same bytes. With weights g, the 4x4
 * elements d that four outputs read, and
 *   G = [2 0 0; 1 1 1; 1 -1 1; 0 0 2], B = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], A = [1 1 1 0; 0 1 -1 -1]
 * A ((G g G') * (B d B')) A', summed over input channels, is four times the sums. Elements are at most 255 and their
 * transforms 1020, weights 128 and their transforms 1152, so both are int16. Sums of products may wrap around: four
 * times a sum of MOST_CHANNELS channels does not, and is what is left modulo 2^32. */
#include "conv_channels.h"

#if defined(TINYML_WINOGRAD)
#include "weights_as_elements.h"
#include "conv_words.h"

typedef tinyml_conv2d_s8_params params;

/* Sides of the outputs of a tile, of what it reads, and of the kernel; and products per channel. */
enum { SIDE = 2, READ = 4, KERNEL = 3, PRODUCTS = READ * READ };

/* 4 * MOST_CHANNELS * 9 * 255 * 128 < 2^31 */
enum { MOST_CHANNELS = 1792 };

/* Input channels that are transformed together, as one vector. */
enum { TOGETHER = 16 };
typedef int16_t elements __attribute__((vector_size(2 * TOGETHER)));

/* Kernels of a word of a block, in bytes: [KERNEL * KERNEL][TINYML_LANES * TINYML_WORD]. */
enum { KERNELS = KERNEL * KERNEL * TINYML_LANES * TINYML_WORD };

/* A strip has at most so many tiles, and tiles times input channels, but at least one row of tiles: many tiles read each
 * weight for all of them, few stay in the first cache. */
enum { MOST_TILES = 64, MOST_ELEMENTS = 16384 };

/* Products of a tile and a channel lie so far apart that they fall on different lines of a cache. */
enum { ODD_LINE = 32 };

/* Transformed weights of more bytes come from memory, and transforming them takes less time than fetching three and a half
 * times the bytes of the kernels: those are packed, and transformed whenever they are used, once. */
enum { KEPT_BYTES = 1 << 20 };

/* How an output is cut into strips: some rows of tiles. */
typedef struct {
  params image; /* whose outputs are whole tiles */
  int32_t out_h, out_w;
  layout l;     /* of the image of a strip */
  int32_t blocks, words, columns, rows; /* of output channels, of a sum, of tiles */
  int32_t strip;                        /* most rows of tiles in a strip */
  int64_t product, sums; /* from the elements of one product to those of the next, and from their sums */
  bool late;             /* packed are the kernels, which are transformed whenever they are used */
  int64_t block, weights; /* bytes of a block in what is packed, and from the weights of one product to those of the next */
} plan;

static plan plan_of(const params *p) {
  plan n = {.image = *p, .out_h = p->out_h, .out_w = p->out_w, .columns = (p->out_w + 1) / SIDE, .rows = (p->out_h + 1) / SIDE};
  n.image.out_w = n.columns * SIDE;
  n.image.out_h = n.rows * SIDE;
  n.l = layout_of(&n.image);
  n.blocks = n.l.blocks;
  n.words = p->in_channels / TINYML_WORD;
  const int64_t row = (int64_t)n.columns * p->in_channels, strip = row < MOST_ELEMENTS ? MOST_ELEMENTS / row : 1;
  n.strip = n.columns >= MOST_TILES ? 1 : MOST_TILES / n.columns;
  if (strip < n.strip) n.strip = (int32_t)strip;
  if (n.rows < n.strip) n.strip = n.rows;
  const int64_t tiles = (int64_t)n.strip * n.columns;
  n.product = tiles * p->in_channels + ODD_LINE;
  n.sums = tiles * MAX_BLOCKS * TINYML_LANES + ODD_LINE;
  const int64_t block = (int64_t)n.words * WEIGHTS;
  n.late = n.strip == n.rows && PRODUCTS * n.blocks * block > KEPT_BYTES;
  n.block = n.late ? (int64_t)n.words * KERNELS : block;
  n.weights = n.late ? MAX_BLOCKS * block + 2 * ODD_LINE : n.blocks * block;
  return n;
}

static int64_t aligned(int64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

static int64_t strip_bytes(const plan *n) {
  return aligned((image_rows(&n->image, (int64_t)n->strip * SIDE) * n->l.row_size + SLACK) * (int64_t)sizeof(tinyml_element));
}

static int64_t elements_bytes(const plan *n) {
  return aligned((PRODUCTS * n->product + SLACK) * (int64_t)sizeof(tinyml_element));
}

static int64_t sums_bytes(const plan *n) {
  return PRODUCTS * n->sums * (int64_t)sizeof(int32_t);
}

/* Scratch: the image of a strip, its transformed elements, the sums of MAX_BLOCKS blocks, and their weights if they are
 * transformed late. */
static int64_t scratch_bytes(const void *of) {
  const plan n = plan_of(of);
  return strip_bytes(&n) + elements_bytes(&n) + sums_bytes(&n) + (n.late ? PRODUCTS * n.weights : 0);
}

/* Weights are packed [product][block][word][TINYML_LANES * TINYML_WORD], or kernels [block][word] of KERNELS bytes, behind
 * the requantisation of all blocks. */
static int64_t packed_bytes(const void *of) {
  const plan n = plan_of(of);
  const int64_t block = n.late ? n.block : PRODUCTS * n.block;
  return (int64_t)sizeof(tinyml_packed) + n.blocks * ((int64_t)sizeof(tinyml_requantization) + block);
}

/* Where it takes less than three quarters of the products: images of few pixels have tiles of which little is used. */
static int supports(const void *of) {
  const params *p = of;
  const bool square = p->kernel_h == KERNEL && p->kernel_w == KERNEL && p->stride_h == 1 && p->stride_w == 1;
  if (!square || p->dilation_h != 1 || p->dilation_w != 1 || p->groups != 1) return false;
  if (p->in_channels % TOGETHER != 0 || p->in_channels > MOST_CHANNELS || p->out_channels < TINYML_LANES) return false;
  const int64_t outputs = (int64_t)p->out_h * p->out_w, whole = ((int64_t)p->out_h + 1) / SIDE * ((p->out_w + 1) / SIDE);
  if (4 * whole * PRODUCTS > 3 * outputs * KERNEL * KERNEL) return false;
  return tinyml_padding_fits(p->input_offset) && packed_bytes(p) <= INT32_MAX && scratch_bytes(p) <= INT32_MAX;
}

/* t = G * (a, b, c) */
#define TRANSFORM_KERNEL(t, a, b, c) \
  (t)[0] = (a) + (a);                \
  (t)[1] = (a) + (c) + (b);          \
  (t)[2] = (a) + (c) - (b);          \
  (t)[3] = (c) + (c)

/* G g G' of the kernels of a word; products are `step` bytes apart. */
TINYML_INLINE void transform_kernels(int8_t *to, int64_t step, const int8_t *kernels) {
  elements rows[KERNEL][READ]; /* by column */
  TINYML_UNROLL
  for (int32_t x = 0; x < KERNEL; x++) {
    elements g[KERNEL];
    TINYML_UNROLL
    for (int32_t y = 0; y < KERNEL; y++) {
      const tinyml_words taps = tinyml_load_weights(kernels + (y * KERNEL + x) * TINYML_LANES * TINYML_WORD);
      memcpy(&g[y], &taps, sizeof(taps));
    }
    TRANSFORM_KERNEL(rows[x], g[0], g[1], g[2]);
  }
  TINYML_UNROLL
  for (int32_t y = 0; y < READ; y++) {
    elements products[READ];
    TRANSFORM_KERNEL(products, rows[0][y], rows[1][y], rows[2][y]);
    TINYML_UNROLL
    for (int32_t x = 0; x < READ; x++) memcpy(to + (y * READ + x) * step, &products[x], sizeof(products[x]));
  }
}

/* The kernels of word `word` of block `block`; zeros where no channel is. */
static void gather_kernels(int8_t to[KERNELS], const params *p, const int8_t *weights, int32_t block, int32_t word) {
  memset(to, 0, KERNELS);
  for (int32_t lane = 0; lane < TINYML_LANES; lane++) {
    const int32_t channel = block * TINYML_LANES + lane;
    if (channel >= p->out_channels) break;
    for (int32_t tap = 0; tap < KERNEL * KERNEL; tap++) {
      const int8_t *from = weights + ((int64_t)channel * KERNEL * KERNEL + tap) * p->in_channels + word * TINYML_WORD;
      for (int32_t i = 0; i < TINYML_WORD; i++) to[tap * TINYML_LANES * TINYML_WORD + tinyml_weight_index(lane, i)] = from[i];
    }
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const plan n = plan_of(p);
  const source s = {p, layout_of(p), constants[0], constants[1], constants[2], constants[3]};
  memset(packed, 0, (size_t)packed_bytes(p));
  tinyml_pack_channels(packed, n.blocks, channel_at, &s);
  int8_t *to = (int8_t *)(tinyml_requantizations(packed) + n.blocks);
  for (int32_t block = 0; block < n.blocks; block++) {
    for (int32_t word = 0; word < n.words; word++) {
      _Alignas(64) int8_t kernels[KERNELS];
      gather_kernels(kernels, p, s.weights, block, word);
      if (n.late) {
        memcpy(to + block * n.block + (int64_t)word * KERNELS, kernels, KERNELS);
      } else {
        transform_kernels(to + block * n.block + (int64_t)word * WEIGHTS, n.weights, kernels);
      }
    }
  }
}

/* B d: a column of what a tile reads. */
#define TRANSFORM(t, a, b, c, d) \
  (t)[0] = (a) - (c);            \
  (t)[1] = (b) + (c);            \
  (t)[2] = (c) - (b);            \
  (t)[3] = (b) - (d)

TINYML_INLINE void transform_column(elements t[READ], const tinyml_element *from, int64_t row) {
  elements d[READ];
  TINYML_UNROLL
  for (int32_t y = 0; y < READ; y++) memcpy(&d[y], from + y * row, sizeof(d[y]));
  TRANSFORM(t, d[0], d[1], d[2], d[3]);
}

/* B d B' of all tiles of a strip: [product][tile][in_channels]. Two tiles that are neighbours share two columns. */
static void transform_elements(tinyml_element *to, const plan *n, const tinyml_element *image, int32_t rows) {
  const int64_t channels = n->image.in_channels;
  for (int32_t row = 0; row < rows; row++) {
    for (int64_t channel = 0; channel < channels; channel += TOGETHER) {
      const tinyml_element *from = image + row * SIDE * n->l.row_size + channel;
      tinyml_element *tile = to + row * n->columns * channels + channel;
      elements t[READ][READ]; /* by column */
      transform_column(t[0], from, n->l.row_size);
      transform_column(t[1], from + channels, n->l.row_size);
      for (int32_t column = 0; column < n->columns; column++, tile += channels) {
        from += SIDE * channels;
        transform_column(t[2], from, n->l.row_size);
        transform_column(t[3], from + channels, n->l.row_size);
        TINYML_UNROLL
        for (int32_t y = 0; y < READ; y++) {
          elements v[READ];
          TRANSFORM(v, t[0][y], t[1][y], t[2][y], t[3][y]);
          TINYML_UNROLL
          for (int32_t x = 0; x < READ; x++) memcpy(tile + (y * READ + x) * n->product, &v[x], sizeof(v[x]));
          t[0][y] = t[2][y];
          t[1][y] = t[3][y];
        }
      }
    }
  }
}

/* What a strip of some blocks of output channels is written with. */
typedef struct {
  const plan *n;
  const int32_t *sums;
  const tinyml_requantization *requantization;
  tinyml_output output;
  int32_t blocks, rows, height; /* height: rows of the output that there are */
  tinyml_part last;
} strip;

/* A m A' / 4 of one block, requantised: the outputs of a tile, in order. */
TINYML_INLINE tinyml_bytes outputs_of(const int32_t *sums, int64_t product, const tinyml_requantization *q,
                                      const tinyml_output *output, const bool quick) {
  tinyml_vec s[SIDE][READ], y[SIDE * SIDE];
  TINYML_UNROLL
  for (int32_t x = 0; x < READ; x++) {
    const tinyml_vec a = tinyml_load_sums(sums + x * product), b = tinyml_load_sums(sums + (READ + x) * product);
    const tinyml_vec c = tinyml_load_sums(sums + (2 * READ + x) * product);
    const tinyml_vec d = tinyml_load_sums(sums + (3 * READ + x) * product);
    s[0][x] = tinyml_add(tinyml_add(a, b), c);
    s[1][x] = tinyml_subtract(tinyml_subtract(b, c), d);
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < SIDE; i++) {
    y[2 * i] = tinyml_add(tinyml_add(s[i][0], s[i][1]), s[i][2]);
    y[2 * i + 1] = tinyml_subtract(tinyml_subtract(s[i][1], s[i][2]), s[i][3]);
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < SIDE * SIDE; i++) {
    y[i] = tinyml_requantize_vec(tinyml_add(tinyml_quarter(y[i]), tinyml_load_bias(q)), q, quick);
  }
  return tinyml_narrow(y, output);
}

TINYML_INLINE void write_outputs(const strip *same, int8_t *output, const bool quick) {
  const strip own = *same, *s = &own; /* outputs cannot lie on the copy, so it is read once */
  const int32_t columns = s->n->columns, channels = s->n->image.out_channels, out_w = s->n->out_w;
  const int64_t product = s->n->sums;
  for (int32_t row = 0; row < s->rows; row++) {
    for (int32_t column = 0; column < columns; column++) {
      const int32_t *sums = s->sums + ((int64_t)row * columns + column) * MAX_BLOCKS * TINYML_LANES;
      const int32_t down = s->height - row * SIDE < SIDE ? 1 : SIDE, right = out_w - column * SIDE < SIDE ? 1 : SIDE;
      int8_t *to = output + ((int64_t)row * SIDE * out_w + column * SIDE) * channels;
      for (int32_t n = 0; n < s->blocks; n++) {
        const tinyml_bytes bytes = outputs_of(sums + n * TINYML_LANES, product, s->requantization + n, &s->output, quick);
        TINYML_UNROLL
        for (int32_t i = 0; i < SIDE * SIDE; i++) {
          if (i / SIDE >= down || i % SIDE >= right) continue;
          int8_t *pixel = to + ((int64_t)(i / SIDE) * out_w + i % SIDE) * channels + n * TINYML_LANES;
          if (n < s->blocks - 1) {
            tinyml_store_quarter(pixel, bytes, i);
          } else {
            tinyml_store_part(pixel, bytes, i, s->last);
          }
        }
      }
    }
  }
}

static __attribute__((noinline)) void write_quick(const strip *s, int8_t *output) {
  write_outputs(s, output, true);
}
static __attribute__((noinline)) void write_general(const strip *s, int8_t *output) {
  write_outputs(s, output, false);
}

/* What all strips share. */
typedef struct {
  const plan *n;
  const void *packed;
  tinyml_element *image, *elements;
  int32_t *sums;
  int8_t *weights; /* where those that are transformed late go */
  tinyml_output output;
} whole;

/* Sums of one product of two runs of `half` tiles, the second `second` tiles behind the first. */
TINYML_INLINE void multiply_tiles(const plan *n, const tinyml_element *elements, const int8_t *weights, int32_t *sums,
                                  int32_t second, const int32_t blocks, const int32_t half) {
  const int32_t channels = n->image.in_channels;
  const ptrdiff_t block = (ptrdiff_t)n->words * WEIGHTS, step = channels * (ptrdiff_t)sizeof(tinyml_element);
  const tinyml_element *a = elements, *b = a + (int64_t)second * channels;
  tinyml_vec s[2 * MOST_PIXELS * MAX_BLOCKS];
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * half * blocks; i++) s[i] = tinyml_zero();
  ptrdiff_t step1 = step, step3 = 3 * step;
  for (const tinyml_element *end = a + channels; a != end; a += TINYML_CHUNK * TINYML_WORD, b += TINYML_CHUNK * TINYML_WORD) {
    __asm__("" : "+r"(step1), "+r"(step3)); /* keeps multiples of the steps in addresses, not in registers */
    add_chunk(s, a, b, step1, step3, 5 * step, 7 * step, weights, block, blocks, half);
    weights += TINYML_CHUNK * WEIGHTS;
  }
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * half; i++) {
    int32_t *to = sums + (int64_t)(i < half ? i : second + i - half) * MAX_BLOCKS * TINYML_LANES;
    TINYML_UNROLL
    for (int32_t m = 0; m < blocks; m++) tinyml_store_sums(to + m * TINYML_LANES, s[i * blocks + m]);
  }
}

/* Sums of one product of `count` tiles for some blocks. */
TINYML_INLINE void multiply_product(const plan *n, const tinyml_element *elements, const int8_t *weights, int32_t *sums,
                                    int32_t count, const int32_t blocks) {
  const int32_t most = max_pixels[blocks];
  for (int32_t next = 0; next < count; next += 2 * most) {
    const int32_t rest = count - next, half = rest < 2 * most ? (rest + 1) / 2 : most;
    const int32_t second = rest < 2 * half ? rest - half : half;
    const tinyml_element *from = elements + (int64_t)next * n->image.in_channels;
    int32_t *to = sums + (int64_t)next * MAX_BLOCKS * TINYML_LANES;
    TINYML_UNROLL
    for (int32_t i = 1; i <= most; i++) {
      if (i == half) multiply_tiles(n, from, weights, to, second, blocks, i);
    }
  }
}

/* Sums of all products. Meanwhile the part of what is packed that comes next is fetched, of `ahead` bytes. */
TINYML_INLINE void multiply_all(const whole *a, const int8_t *weights, int32_t count, const int8_t *next, int64_t ahead,
                                const int32_t blocks) {
  const plan *n = a->n;
  enum { LINE = 64 };
  const int64_t share = (ahead / PRODUCTS + LINE) / LINE * LINE;
  for (int32_t k = 0; k < PRODUCTS; k++) {
    for (int64_t at = k * share; at < (k + 1) * share && at < ahead; at += LINE) __builtin_prefetch(next + at, 0, 2);
    multiply_product(n, a->elements + k * n->product, weights + k * n->weights, a->sums + k * n->sums, count, blocks);
  }
}
static __attribute__((noinline)) void multiply_1(const whole *a, const int8_t *weights, int32_t count, const int8_t *next,
                                                 int64_t ahead) {
  multiply_all(a, weights, count, next, ahead, 1);
}
static __attribute__((noinline)) void multiply_2(const whole *a, const int8_t *weights, int32_t count, const int8_t *next,
                                                 int64_t ahead) {
  multiply_all(a, weights, count, next, ahead, 2);
}

static void (*const multiply[MAX_BLOCKS + 1])(const whole *, const int8_t *, int32_t, const int8_t *, int64_t) = {
    NULL, multiply_1, multiply_2};

/* The weights of some blocks, of which `kernels` are packed. */
static const int8_t *transform_late(const whole *a, const int8_t *kernels, int32_t blocks) {
  const plan *n = a->n;
  for (int32_t word = 0; word < blocks * n->words; word++, kernels += KERNELS) {
    transform_kernels(a->weights + (int64_t)word * WEIGHTS, n->weights, kernels);
  }
  return a->weights;
}

/* `rows` rows of tiles from row `first` on. */
static void run_strip(const whole *a, const int8_t *input, int8_t *output, int32_t first, int32_t rows) {
  const plan *n = a->n;
  const tinyml_requantization *requantization = tinyml_requantizations(a->packed);
  const int8_t *weights = (const int8_t *)(requantization + n->blocks);
  const tinyml_tile part = {first * SIDE, 0, (first + rows) * SIDE, n->image.out_w};
  fill_part(a->image, &n->image, &n->l, input, part);
  transform_elements(a->elements, n, a->image, rows);
  strip s = {.n = n, .sums = a->sums, .output = a->output, .rows = rows, .height = n->out_h - part.y0};
  for (int32_t block = 0; block < n->blocks; block += MAX_BLOCKS) {
    s.blocks = n->blocks - block < MAX_BLOCKS ? n->blocks - block : MAX_BLOCKS;
    s.requantization = requantization + block;
    const int32_t channels = n->image.out_channels - (block + s.blocks - 1) * TINYML_LANES;
    s.last = tinyml_part_of(channels < TINYML_LANES ? channels : TINYML_LANES);
    const int8_t *own = weights + block * n->block, *next = own + s.blocks * n->block;
    const int64_t left = n->late ? (n->blocks - block - s.blocks) * n->block : 0, most = MAX_BLOCKS * n->block;
    const int8_t *with = n->late ? transform_late(a, own, s.blocks) : own;
    multiply[s.blocks](a, with, rows * n->columns, next, left < most ? left : most);
    int8_t *to = output + (int64_t)part.y0 * n->out_w * n->image.out_channels + block * TINYML_LANES;
    if (((const tinyml_packed *)a->packed)->quick != 0) {
      write_quick(&s, to);
    } else {
      write_general(&s, to);
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const plan n = plan_of(p);
  int8_t *elements = (int8_t *)scratch + strip_bytes(&n), *sums = elements + elements_bytes(&n);
  const whole a = {.n = &n,
                   .packed = packed,
                   .image = scratch,
                   .elements = (tinyml_element *)(void *)elements,
                   .sums = (int32_t *)(void *)sums,
                   .weights = sums + sums_bytes(&n),
                   .output = tinyml_output_of(p->output_offset, p->act_min, p->act_max)};
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t row = 0; row < n.rows; row += n.strip) {
      run_strip(&a, input, output, row, n.rows - row < n.strip ? n.rows - row : n.strip);
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * p->out_channels;
  }
}

const tinyml_functions TINYML_NAME(conv2d_winograd_s8) = {supports, packed_bytes, pack, scratch_bytes, run};
#endif
