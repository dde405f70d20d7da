/* Direct convolution without im2col. The input goes once, band by band, into a padded image of uint8 (what VPDPBUSD
 * multiplies with int8 weights); there every kernel row is one run of bytes, whatever the number of channels, read four
 * bytes at a time against weights with zeros where a run ends between. A tile is two short rows of pixels times one or
 * two blocks of 16 output channels, all in registers. */
#include "tinyml_avx512.h"
#include "../tinyml_functions.h"

typedef tinyml_conv2d_s8_params params;

/* Blocks of 16 output channels per tile, and most pixels in each of the two rows of a tile, by blocks. */
enum { MAX_BLOCKS = 2 };
static const int32_t max_pixels[MAX_BLOCKS + 1] = {0, 8, 7};

/* A band is as many output rows as fit into this many bytes of image, at least one: it stays in the second cache. */
enum { BAND_BYTES = 192 << 10 };

/* Bytes that a read of four may pass the end of the image by, and of a cache line. */
enum { SLACK = 64 };

/* How pixels and kernels lie in the image of a band, in bytes. */
typedef struct {
  int32_t group_in, group_out, blocks; /* channels per group, and blocks of 16 output channels */
  int32_t pointwise;                   /* the image holds only the pixels used */
  int32_t columns;                     /* pixels per row of the image */
  int64_t row_bytes, pixel_step, row_step; /* of the image; from one output pixel to the next, and row */
  int32_t run_rows, run_columns, run_bytes, run_words; /* of a kernel: runs, and the length of each */
  int64_t run_row_step, run_column_step;
  int64_t words; /* per output channel: what a block of weights is long */
  int32_t band;  /* output rows */
} layout;

static int64_t image_rows(const params *p, int64_t output_rows) {
  return (output_rows - 1) * p->stride_h + (int64_t)(p->kernel_h - 1) * p->dilation_h + 1;
}

static layout layout_of(const params *p) {
  layout l;
  l.group_in = p->in_channels / p->groups;
  l.group_out = p->out_channels / p->groups;
  l.blocks = (l.group_out + TINYML_LANES - 1) / TINYML_LANES;
  l.pointwise = p->kernel_h == 1 && p->kernel_w == 1;
  l.columns = l.pointwise ? p->out_w : (p->out_w - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1;
  l.row_bytes = (int64_t)l.columns * l.group_in;
  l.pixel_step = (int64_t)l.group_in * (l.pointwise ? 1 : p->stride_w);
  l.row_step = l.row_bytes * (l.pointwise ? 1 : p->stride_h);
  l.run_rows = p->kernel_h;
  l.run_columns = p->dilation_w == 1 ? 1 : p->kernel_w;
  l.run_bytes = p->dilation_w == 1 ? p->kernel_w * l.group_in : l.group_in;
  l.run_words = (l.run_bytes + 3) / 4;
  l.run_row_step = l.row_bytes * p->dilation_h;
  l.run_column_step = (int64_t)l.group_in * p->dilation_w;
  l.words = (int64_t)l.run_rows * l.run_columns * l.run_words;
  const int64_t spare = BAND_BYTES / l.row_bytes - image_rows(p, 1);
  const int64_t band = l.pointwise ? BAND_BYTES / l.row_bytes : spare < 0 ? 1 : spare / p->stride_h + 1;
  l.band = band < 1 ? 1 : band > p->out_h ? p->out_h : (int32_t)band;
  return l;
}

static int64_t image_bytes(const params *p, const layout *l) {
  return (l->pointwise ? l->band : image_rows(p, l->band)) * l->row_bytes + SLACK;
}

/* Packed: a flag, then the requantisation of every block of every group, then its weights [block][word][16][4]. */
typedef struct {
  _Alignas(64) int32_t quick;
} header;

static size_t requantisation_bytes(const params *p, const layout *l) {
  return sizeof(tinyml_requantisation) * (size_t)l->blocks * (size_t)p->groups;
}

static size_t packed_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return sizeof(header) + requantisation_bytes(p, &l) + (size_t)l.words * 64 * (size_t)l.blocks * (size_t)p->groups;
}

/* Zero points of int8, and memory in proportion. */
static int supports(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return p->input_offset >= -127 && p->input_offset <= 128 && image_bytes(p, &l) <= INT32_MAX &&
         packed_bytes(p) <= INT32_MAX;
}

static size_t scratch_bytes(const void *of) {
  const params *p = of;
  const layout l = layout_of(p);
  return (size_t)image_bytes(p, &l);
}

static void pack_channel(int8_t *to, const int8_t *weights, const layout *l) {
  for (int32_t run = 0; run < l->run_rows * l->run_columns; run++) {
    for (int32_t i = 0; i < l->run_bytes; i++) to[(int64_t)(i / 4) * 64 + i % 4] = weights[i];
    weights += l->run_bytes;
    to += (int64_t)l->run_words * 64;
  }
}

static void pack(const void *of, const void *const *constants, void *packed) {
  const params *p = of;
  const int8_t *weights = constants[0];
  const int32_t *bias = constants[1], *multiplier = constants[2], *shift = constants[3];
  const layout l = layout_of(p);
  const int64_t filter = (int64_t)p->kernel_h * p->kernel_w * l.group_in;
  header *head = packed;
  tinyml_requantisation *requantisation = (void *)((int8_t *)packed + sizeof(header));
  int8_t *blocks = (int8_t *)requantisation + requantisation_bytes(p, &l);
  memset(packed, 0, packed_bytes(p));
  bool quick = true;
  for (int32_t pass = 0; pass < 2; pass++) { /* first whether the quick form is exact for all channels, then all */
    for (int32_t channel = 0; channel < p->out_channels; channel++) {
      const int8_t *from = weights + channel * filter;
      int64_t sum = 0, magnitude = 0;
      for (int64_t i = 0; i < filter; i++) {
        sum += from[i];
        magnitude += from[i] < 0 ? -from[i] : from[i];
      }
      quick = quick && tinyml_quick(bias[channel], magnitude, shift[channel]);
      if (pass == 0) continue;
      const int32_t group = channel / l.group_out, at = channel % l.group_out;
      const int64_t block = (int64_t)group * l.blocks + at / TINYML_LANES;
      const uint32_t corrected = (uint32_t)(bias[channel] + sum * (p->input_offset - 128));
      tinyml_pack_requantisation(&requantisation[block], at % TINYML_LANES, corrected, multiplier[channel],
                                 shift[channel], quick);
      pack_channel(blocks + block * l.words * 64 + (at % TINYML_LANES) * 4, from, &l);
    }
  }
  head->quick = quick;
}

/* Fills the image with output rows [first, first + rows) of a group: what they read, and zero points around it. */
static void fill_image(uint8_t *image, const params *p, const layout *l, const int8_t *input, int32_t first,
                       int32_t rows) {
  const int32_t zero_point = 128 - p->input_offset;
  const int32_t stride_h = l->pointwise ? p->stride_h : 1, stride_w = l->pointwise ? p->stride_w : 1;
  const int64_t lines = l->pointwise ? rows : image_rows(p, rows);
  const int64_t y0 = (int64_t)first * p->stride_h - p->pad_top;
  const tinyml_columns c = tinyml_split_columns(-(int64_t)p->pad_left, stride_w, l->columns, p->in_w);
  const int64_t right = l->columns - c.left - c.inside;
  for (int64_t line = 0; line < lines; line++, image += l->row_bytes) {
    const int64_t y = y0 + line * stride_h;
    if (y < 0 || y >= p->in_h) {
      memset(image, zero_point, (size_t)l->row_bytes);
      continue;
    }
    const int8_t *from = input + (y * p->in_w + c.left * stride_w - p->pad_left) * p->in_channels;
    uint8_t *inside = image + c.left * l->group_in;
    if (c.left > 0) memset(image, zero_point, (size_t)(c.left * l->group_in));
    if (right > 0) memset(inside + c.inside * l->group_in, zero_point, (size_t)(right * l->group_in));
    tinyml_copy_pixels(inside, from, c.inside, l->group_in, (int64_t)stride_w * p->in_channels);
  }
}

/* A tile: two rows of pixels in the image, and where their outputs go. */
typedef struct {
  const uint8_t *image[2];
  int8_t *output[2];
} place;

/* What is the same for all tiles of some blocks. */
typedef struct {
  const layout *l;
  const int8_t *weights;
  const tinyml_requantisation *requantisation;
  tinyml_output output;
  int64_t output_step; /* from one pixel to the next */
  __mmask16 last;      /* channels of the last block */
} work;

TINYML_INLINE __m512i broadcast(const uint8_t *at) {
  int32_t word;
  memcpy(&word, at, sizeof(word));
  return _mm512_set1_epi32(word);
}

/* at + pixel * step, in the forms that addresses take. */
TINYML_INLINE const uint8_t *pixel_at(const uint8_t *at, int32_t pixel, int64_t step, int64_t step3, int64_t step5,
                                      int64_t step7) {
  switch (pixel) {
    case 0:
      return at;
    case 3:
      return at + step3;
    case 5:
      return at + step5;
    case 6:
      return at + 2 * step3;
    case 7:
      return at + step7;
    default:
      return at + pixel * step;
  }
}

/* Four vectors at a time become 64 outputs: a 4x4 transpose of words gathers the channels of each. */
TINYML_INLINE void store_tile(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              const __m512i *sums, const bool quick) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const int32_t count = 2 * pixels * blocks;
#pragma GCC unroll 16
  for (int32_t first = 0; first < count; first += 4) {
    __m512i four[4];
#pragma GCC unroll 16
    for (int32_t j = 0; j < 4; j++) {
      const int32_t i = first + j < count ? first + j : first;
      four[j] = tinyml_requantise_lanes(sums[i], &w->requantisation[i % blocks], quick);
    }
    const __m512i bytes =
        _mm512_permutexvar_epi32(order, tinyml_narrow(four[0], four[1], four[2], four[3], &w->output));
    const __m128i quarters[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                 _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
#pragma GCC unroll 16
    for (int32_t j = 0; j < 4; j++) {
      if (first + j >= count) break;
      const int32_t n = (first + j) % blocks, pixel = (first + j) / blocks;
      int8_t *to = at->output[pixel >= pixels] + (pixel % pixels) * w->output_step + n * TINYML_LANES;
      if (n < blocks - 1) {
        _mm_storeu_si128((void *)to, quarters[j]);
      } else {
        _mm_mask_storeu_epi8(to, w->last, quarters[j]);
      }
    }
  }
}

TINYML_INLINE void tile(const work *w, const place *at, const int32_t blocks, const int32_t pixels) {
  const layout *l = w->l;
  __m512i sums[2 * 8 * MAX_BLOCKS];
#pragma GCC unroll 16
  for (int32_t i = 0; i < 2 * pixels; i++) {
#pragma GCC unroll 16
    for (int32_t n = 0; n < blocks; n++) sums[i * blocks + n] = _mm512_load_si512(w->requantisation[n].bias);
  }
  const int8_t *weights = w->weights;
  const int64_t block_bytes = l->words * 64;
  int64_t step = l->pixel_step, step3 = 3 * step, step5 = 5 * step, step7 = 7 * step;
  for (int32_t row = 0; row < l->run_rows; row++) {
    for (int32_t column = 0; column < l->run_columns; column++) {
      const int64_t offset = row * l->run_row_step + column * l->run_column_step;
      const uint8_t *a = at->image[0] + offset, *b = at->image[1] + offset;
      for (const uint8_t *end = a + 4 * (int64_t)l->run_words; a != end; a += 4, b += 4, weights += 64) {
        __m512i v[MAX_BLOCKS];
        __asm__("" : "+r"(step), "+r"(step3)); /* keeps multiples of the steps in addresses, not in registers */
#pragma GCC unroll 16
        for (int32_t n = 0; n < blocks; n++) v[n] = _mm512_load_si512(weights + n * block_bytes);
#pragma GCC unroll 16
        for (int32_t i = 0; i < 2 * pixels; i++) {
          const uint8_t *from = i < pixels ? a : b;
          const __m512i x = broadcast(pixel_at(from, i % pixels, step, step3, step5, step7));
#pragma GCC unroll 16
          for (int32_t n = 0; n < blocks; n++) {
            sums[i * blocks + n] = _mm512_dpbusd_epi32(sums[i * blocks + n], x, v[n]);
          }
        }
      }
    }
  }
  if (w->output.quick) {
    store_tile(w, at, blocks, pixels, sums, true);
  } else {
    store_tile(w, at, blocks, pixels, sums, false);
  }
}

#define TILE(blocks, pixels)                                                                       \
  static __attribute__((noinline)) void tile_##blocks##x##pixels(const work *w, const place *at) { \
    tile(w, at, blocks, pixels);                                                                   \
  }
TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(1, 5)
TILE(1, 6)
TILE(1, 7)
TILE(1, 8)
TILE(2, 1)
TILE(2, 2)
TILE(2, 3)
TILE(2, 4)
TILE(2, 5)
TILE(2, 6)
TILE(2, 7)

static void (*const tiles[MAX_BLOCKS + 1][9])(const work *, const place *) = {
    {0},
    {0, tile_1x1, tile_1x2, tile_1x3, tile_1x4, tile_1x5, tile_1x6, tile_1x7, tile_1x8},
    {0, tile_2x1, tile_2x2, tile_2x3, tile_2x4, tile_2x5, tile_2x6, tile_2x7},
};

static int32_t divide_up(int32_t a, int32_t b) {
  return (a + b - 1) / b;
}

/* All pixels of an image of `rows` rows of `width`. Tiles take both their rows out of one row, or out of two: what
 * computes fewer pixels twice. */
static void run_blocks(const work *w, int32_t blocks, const uint8_t *image, int8_t *output, int32_t rows,
                       int32_t width) {
  const int32_t most = max_pixels[blocks];
  const int32_t half = divide_up(divide_up(width, divide_up(width, 2 * most)), 2);
  const int32_t side = divide_up(width, divide_up(width, most));
  const int64_t alone = (int64_t)rows * divide_up(width, 2 * half) * half;
  const int64_t paired = (int64_t)divide_up(rows, 2) * divide_up(width, side) * side;
  const int64_t image_row = w->l->row_step, output_row = width * w->output_step;
  if (paired < alone) {
    for (int32_t row = 0; row < rows; row += 2) {
      const int32_t next = row + 1 < rows ? row + 1 : row;
      for (int32_t x = 0; x < width; x += side) {
        const int32_t from = x < width - side ? x : width - side;
        const uint8_t *pixel = image + from * w->l->pixel_step;
        int8_t *to = output + from * w->output_step;
        const place at = {{pixel + row * image_row, pixel + next * image_row},
                          {to + row * output_row, to + next * output_row}};
        tiles[blocks][side](w, &at);
      }
    }
    return;
  }
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t x = 0; x < width; x += 2 * half) {
      const int32_t end = x + 2 * half < width ? x + 2 * half : width;
      const int32_t a = end - 2 * half < 0 ? 0 : end - 2 * half, b = end - half;
      const uint8_t *pixels = image + row * image_row;
      int8_t *to = output + row * output_row;
      const place at = {{pixels + a * w->l->pixel_step, pixels + b * w->l->pixel_step},
                        {to + a * w->output_step, to + b * w->output_step}};
      tiles[blocks][half](w, &at);
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  const int8_t *input = operands[0];
  int8_t *output = operands[5];
  const layout l = layout_of(p);
  const header *head = packed;
  const tinyml_requantisation *requantisation = (const void *)((const int8_t *)packed + sizeof(header));
  const int8_t *weights = (const int8_t *)requantisation + requantisation_bytes(p, &l);
  work w = {.l = &l, .output_step = p->out_channels};
  w.output = tinyml_output_of(p->output_offset, p->act_min, p->act_max, head->quick != 0);
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t group = 0; group < p->groups; group++) {
      for (int32_t row = 0; row < p->out_h; row += l.band) {
        const int32_t rows = p->out_h - row < l.band ? p->out_h - row : l.band;
        fill_image(scratch, p, &l, input + group * l.group_in, row, rows);
        for (int32_t block = 0; block < l.blocks; block += MAX_BLOCKS) {
          const int32_t blocks = l.blocks - block < MAX_BLOCKS ? l.blocks - block : MAX_BLOCKS;
          const int32_t channels = l.group_out - (block + blocks - 1) * TINYML_LANES;
          w.weights = weights + ((int64_t)group * l.blocks + block) * l.words * 64;
          w.requantisation = requantisation + (int64_t)group * l.blocks + block;
          w.last = (__mmask16)tinyml_first_bytes(channels);
          int8_t *to =
              output + (int64_t)row * p->out_w * p->out_channels + group * l.group_out + block * TINYML_LANES;
          run_blocks(&w, blocks, scratch, to, l.pointwise ? 1 : rows, l.pointwise ? rows * p->out_w : p->out_w);
        }
      }
    }
    input += (int64_t)p->in_h * p->in_w * p->in_channels;
    output += (int64_t)p->out_h * p->out_w * p->out_channels;
  }
}

const tinyml_functions tinyml_conv2d_s8_avx512vnni = {supports, packed_bytes, pack, scratch_bytes, run};
