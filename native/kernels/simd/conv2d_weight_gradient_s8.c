/* The gradient of the weights of a convolution is a convolution as well: of planes of the input, one for each kernel
 * column and input channel, with planes of the gradient for kernels. A tile is made of some planes (its pixels) times
 * some output channels, and sums run over the pixels of a band of images. */
#include "conv_tile.h"
#include "depthwise.h"
#include "planes.h"
#include "sums.h"
#include "weights_as_bytes.h"
#include "zip.h"

#define DEPTHWISE TINYML_NAME(depthwise_conv2d_weight_gradient_s8)

extern const tinyml_functions DEPTHWISE;

typedef tinyml_conv2d_weight_gradient_s8_params params;

/* A band is as many images as have these pixels: the planes stay in the second cache, a block of gradients in the first. */
enum { BAND_PIXELS = 1024 };

/* What is the same for all tiles of some blocks. */
typedef struct {
  tiles tiles;
  ptrdiff_t before; /* bytes from where sums go to where those of the bands before are */
} work;

TINYML_INLINE void start_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                              tinyml_vec *sums) {
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    const int8_t *pixel = at->output[i >= pixels] + (i % pixels) * w->tiles.output_step + w->before;
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      sums[i * blocks + n] = tinyml_load_sums((const int32_t *)(const void *)pixel + n * TINYML_LANES);
    }
  }
}

TINYML_INLINE void end_sums(const work *w, const place *at, const int32_t blocks, const int32_t pixels,
                            const bool apart, const tinyml_vec *sums) {
  (void)apart;
  const place to = *at;
  const ptrdiff_t step = w->tiles.output_step;
  TINYML_UNROLL
  for (int32_t i = 0; i < 2 * pixels; i++) {
    int8_t *pixel = to.output[i >= pixels] + (i % pixels) * step;
    TINYML_UNROLL
    for (int32_t n = 0; n < blocks; n++) {
      tinyml_store_sums((int32_t *)(void *)pixel + n * TINYML_LANES, sums[i * blocks + n]);
    }
  }
}

#include "conv_tiles.h"

/* How the planes of a group lie. A plane has the rows of each image by their remainder modulo the stride, so that all
 * pixels that meet a kernel row are one run. */
typedef struct {
  int32_t group_in, group_out, blocks;
  int32_t images;              /* of a band */
  int32_t remainders, rows;    /* rows of a remainder */
  int64_t pixels, image, plane; /* of an output image; elements of an image in a plane, and of a plane */
  int64_t planes;              /* of a kernel row */
  int64_t lanes;               /* of all blocks */
  bool merged;                 /* the pixels of all images of a band are one run */
} layout_of_planes;

static layout_of_planes planes_of(const params *p) {
  layout_of_planes l;
  const int64_t reach = (int64_t)(p->kernel_h - 1) * p->dilation_h;
  l.group_in = p->in_channels / p->groups;
  l.group_out = p->out_channels / p->groups;
  l.blocks = (l.group_out + TINYML_LANES - 1) / TINYML_LANES;
  l.lanes = (int64_t)l.blocks * TINYML_LANES;
  l.pixels = (int64_t)p->out_h * p->out_w;
  l.images = l.pixels >= BAND_PIXELS ? 1 : (int32_t)(BAND_PIXELS / l.pixels);
  if (l.images > p->batch) l.images = p->batch;
  l.remainders = reach < p->stride_h ? (int32_t)reach + 1 : p->stride_h;
  l.rows = (int32_t)(p->out_h + reach / p->stride_h);
  l.image = (int64_t)l.remainders * l.rows * p->out_w;
  l.merged = l.image == l.pixels;
  /* An odd number of cache lines, so that planes do not fall on each other in the cache. */
  l.plane = ((l.images * l.image * (int64_t)sizeof(tinyml_element) + SLACK) / 64 / 2 * 2 + 1) * 64 /
            (int64_t)sizeof(tinyml_element);
  l.planes = (int64_t)p->kernel_w * l.group_in;
  return l;
}

/* Words of a run over the pixels of `images` images. */
static runs runs_of(const layout_of_planes *l, int32_t images) {
  const int64_t pixels = l->merged ? images * l->pixels : l->pixels;
  return (runs){
      .rows = l->merged ? 1 : images,
      .columns = 1,
      .words = (int32_t)((pixels + TINYML_WORD - 1) / TINYML_WORD),
      .row_step = l->image,
  };
}

static int64_t block_bytes(const layout_of_planes *l, int32_t images) {
  const runs r = runs_of(l, images);
  return (int64_t)r.rows * r.words * WEIGHTS;
}

/* Scratch: planes, packed gradients, sums of the weights of a group twice, those of its bias, beginnings of rows. */
typedef struct {
  tinyml_element *planes;
  int8_t *gradient;
  int32_t *sums[2], *bias;
  int64_t *rows;
  int64_t bytes;
} places;

static int64_t planes_bytes(const layout_of_planes *l) {
  return tinyml_aligned((l->planes * l->plane + SLACK) * (int64_t)sizeof(tinyml_element));
}

static int64_t sums_bytes(const params *p, const layout_of_planes *l) {
  return p->kernel_h * l->planes * l->lanes * (int64_t)sizeof(int32_t);
}

static int64_t scratch_bytes(const void *of) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) return DEPTHWISE.scratch_bytes(p);
  const layout_of_planes l = planes_of(p);
  return planes_bytes(&l) + l.blocks * block_bytes(&l, l.images) + 2 * sums_bytes(p, &l) +
         l.lanes * (int64_t)sizeof(int32_t) + p->kernel_h * (int64_t)sizeof(int64_t);
}

static int supports(const void *of) {
  if (tinyml_is_depthwise(of)) return DEPTHWISE.supports(of);
  return scratch_bytes(of) <= INT32_MAX;
}

static places places_of(const params *p, const layout_of_planes *l, void *scratch) {
  places s;
  int8_t *at = scratch;
  s.planes = scratch;
  s.gradient = at += planes_bytes(l);
  at += l->blocks * block_bytes(l, l->images);
  s.sums[0] = (int32_t *)(void *)at;
  s.sums[1] = (int32_t *)(void *)(at += sums_bytes(p, l));
  s.bias = (int32_t *)(void *)(at += sums_bytes(p, l));
  s.rows = (int64_t *)(void *)(at + l->lanes * (int64_t)sizeof(int32_t));
  return s;
}

/* The pixels of a row that a kernel column meets, to the planes of that column, which hold padding elsewhere. */
static void fill_row(tinyml_element *to, const layout_of_planes *l, const int8_t *row, const params *p, int32_t column,
                     int64_t in_w, int64_t out_w, int32_t zero_point) {
  const int64_t first = (int64_t)column * p->dilation_w - p->pad_left, stride = p->stride_w;
  const tinyml_span c = tinyml_split(first, stride, out_w, in_w);
  if (c.inside == 0) return;
  tinyml_copy_planes(to + c.before, l->plane, row + (first + c.before * stride) * p->in_channels, c.inside,
                     stride * p->in_channels, l->group_in, tinyml_image_offset(-zero_point));
}

/* The planes of a group of some images. */
static void fill_planes(tinyml_element *planes, const layout_of_planes *l, const params *p, const int8_t *input,
                        int32_t images, int32_t zero_point) {
  if (l->merged && p->kernel_w == 1 && p->stride_w == 1 && p->pad_left == 0 && p->in_w == p->out_w &&
      p->stride_h == 1 && p->pad_top == 0 && p->in_h == p->out_h) {
    fill_row(planes, l, input, p, 0, images * l->pixels, images * l->pixels, zero_point);
    return;
  }
  for (int32_t n = 0; n < images; n++) {
    const int8_t *image = input + (int64_t)n * p->in_h * p->in_w * p->in_channels;
    for (int32_t line = 0; line < l->remainders * l->rows; line++) {
      const int64_t y = (int64_t)(line % l->rows) * p->stride_h + line / l->rows - p->pad_top;
      if (y < 0 || y >= p->in_h) continue;
      const int8_t *row = image + y * p->in_w * p->in_channels;
      for (int32_t column = 0; column < p->kernel_w; column++) {
        tinyml_element *to = planes + (int64_t)column * l->group_in * l->plane + n * l->image + line * (int64_t)p->out_w;
        fill_row(to, l, row, p, column, p->in_w, p->out_w, zero_point);
      }
    }
  }
}

/* Packs a run of pixels of up to TINYML_LANES channels. Lanes beyond hold anything. */
static void pack_run(int8_t *to, const int8_t *gradient, int64_t pixels, ptrdiff_t step, int32_t lanes) {
  int64_t pixel = 0;
  /* The last word that can be read whole ends where the channels of the last pixel do. */
  for (; (pixel + TINYML_WORD - 1) * step + TINYML_LANES <= (pixels - 1) * step + lanes; pixel += TINYML_WORD, to += WEIGHTS) {
    tinyml_pack_word(to, gradient + pixel * step, step);
  }
  for (; pixel < pixels; pixel += TINYML_WORD, to += WEIGHTS) {
    memset(to, 0, WEIGHTS);
    for (int32_t i = 0; i < TINYML_WORD && pixel + i < pixels; i++) {
      const int8_t *from = gradient + (pixel + i) * step;
      for (int32_t lane = 0; lane < lanes; lane++) to[tinyml_weight_index(lane, i)] = from[lane];
    }
  }
}

/* Packs the gradient of a block and adds it to that of the bias. */
static void pack_gradient(int8_t *to, int32_t *bias, const layout_of_planes *l, const params *p, const int8_t *gradient,
                          int32_t images, int32_t lanes) {
  const runs r = runs_of(l, images);
  const int64_t pixels = l->merged ? images * l->pixels : l->pixels;
  for (int32_t run = 0; run < r.rows; run++) {
    pack_run(to + (int64_t)run * r.words * WEIGHTS, gradient + run * pixels * p->out_channels, pixels, p->out_channels,
             lanes);
  }
  tinyml_store_sums(bias, tinyml_add(tinyml_load_sums(bias), tinyml_sum_words(to, (int64_t)r.rows * r.words)));
}

/* Adds the products of a band to `sums`: from sums[0] to sums[1]. */
static void add_band(const params *p, const layout_of_planes *l, const places *s, const int8_t *input,
                     const int8_t *gradient, int32_t images, int32_t zero_point) {
  const ptrdiff_t bytes = (ptrdiff_t)block_bytes(l, images), pixel = (ptrdiff_t)l->lanes * (ptrdiff_t)sizeof(int32_t);
  work w = {.tiles = {.runs = runs_of(l, images),
                      .block_bytes = bytes,
                      .pixel_step = l->plane,
                      .rows = s->rows,
                      .output_step = pixel,
                      .output_row_step = (ptrdiff_t)l->planes * pixel},
            .before = (const int8_t *)s->sums[0] - (const int8_t *)s->sums[1]};
  fill_planes(s->planes, l, p, input, images, zero_point);
  for (int32_t block = 0; block < l->blocks; block++) {
    const int32_t left = l->group_out - block * TINYML_LANES;
    pack_gradient(s->gradient + block * bytes, s->bias + block * TINYML_LANES, l, p, gradient + block * TINYML_LANES,
                  images, left < TINYML_LANES ? left : TINYML_LANES);
  }
  for (int32_t block = 0; block < l->blocks; block += MAX_BLOCKS) {
    const int32_t blocks = l->blocks - block < MAX_BLOCKS ? l->blocks - block : MAX_BLOCKS;
    w.tiles.weights = s->gradient + block * bytes;
    run_blocks(&w, blocks, s->planes, (int8_t *)(s->sums[1] + block * TINYML_LANES), p->kernel_h, (int32_t)l->planes);
  }
}

/* Sums over planes that hold `padding` for 0 have padding * gradient too much. */
static void write_gradient(int32_t *weights, int32_t *bias, const params *p, const layout_of_planes *l, const places *s,
                           int32_t padding) {
  const int64_t filter = p->kernel_h * l->planes;
  memcpy(bias, s->bias, (size_t)l->group_out * sizeof(int32_t));
  for (int32_t first = 0; first < l->group_out; first += TINYML_LANES) {
    const int32_t end = l->group_out - first < TINYML_LANES ? l->group_out : first + TINYML_LANES;
    for (int64_t i = 0; i < filter; i++) {
      for (int32_t channel = first; channel < end; channel++) {
        const uint32_t excess = (uint32_t)padding * (uint32_t)s->bias[channel];
        weights[channel * filter + i] = (int32_t)((uint32_t)s->sums[0][i * l->lanes + channel] - excess);
      }
    }
  }
}

static void run(const void *of, void *const *operands, const void *packed, void *scratch) {
  const params *p = of;
  if (tinyml_is_depthwise(p)) {
    DEPTHWISE.run(p, operands, packed, scratch);
    return;
  }
  const layout_of_planes l = planes_of(p);
  const int32_t zero_point = tinyml_zero_point(operands[1]);
  places s = places_of(p, &l, scratch);
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    const int32_t reach = ky * p->dilation_h;
    s.rows[ky] = ((int64_t)(reach % p->stride_h) * l.rows + reach / p->stride_h) * p->out_w;
  }
  /* Padding is at the same places in all bands. */
  tinyml_pad(s.planes, l.planes * l.plane + SLACK, tinyml_padding(-zero_point));
  for (int32_t group = 0; group < p->groups; group++) {
    const int8_t *input = (const int8_t *)operands[0] + group * l.group_in;
    const int8_t *gradient = (const int8_t *)operands[2] + group * l.group_out;
    memset(s.sums[0], 0, (size_t)sums_bytes(p, &l));
    memset(s.bias, 0, (size_t)l.lanes * sizeof(int32_t));
    for (int32_t n = 0; n < p->batch; n += l.images) {
      const int32_t images = p->batch - n < l.images ? p->batch - n : l.images;
      add_band(p, &l, &s, input + (int64_t)n * p->in_h * p->in_w * p->in_channels, gradient + n * l.pixels * p->out_channels,
               images, zero_point);
      int32_t *const before = s.sums[0];
      s.sums[0] = s.sums[1];
      s.sums[1] = before;
    }
    write_gradient((int32_t *)operands[3] + group * l.group_out * p->kernel_h * l.planes,
                   (int32_t *)operands[4] + group * l.group_out, p, &l, &s, tinyml_padding(-zero_point));
  }
}

const tinyml_functions TINYML_NAME(conv2d_weight_gradient_s8) = {supports, NULL, NULL, scratch_bytes, run};
