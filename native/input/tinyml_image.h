/*
 * Pixels of a camera as those that a model takes: channels, then another size, in integers alone. The same bytes as
 * src/data/image.ts and src/data/resize.ts give where the model is trained. No memory but the stack: every new pixel is computed
 * of the old ones that it needs.
 */
#ifndef TINYML_IMAGE_H
#define TINYML_IMAGE_H

#include <stdint.h>

/* Largest side of an image, and of what it is stretched to: products of two stay within 31 bits. */
enum { TINYML_LONGEST_SIDE = 16384 };

typedef enum { TINYML_RGB888, TINYML_RGB565, TINYML_GRAY8 } tinyml_pixel_format;

/* In which order a model takes channels; it has one of TINYML_ORDER_GRAY, else three. */
typedef enum { TINYML_ORDER_RGB, TINYML_ORDER_BGR, TINYML_ORDER_GRAY } tinyml_channel_order;

typedef struct {
  const void *pixels; /* rows from the top; bytes, of RGB565 words of 16 bits */
  int32_t width, height;
  int32_t stride; /* bytes or words from one row to the next */
  tinyml_pixel_format format;
  tinyml_channel_order order;
} tinyml_image;

/* One axis: `from` pixels of the image become `to`, of which pixel `first` is the first of the input (below 0: zeros before). */
typedef struct {
  int32_t from, to, first;
} tinyml_axis;

/* What a new pixel lies between: old pixel `low`, and with `weight` of 2^11 the next one. */
typedef struct {
  int32_t low, weight;
} tinyml_tap;

/* One pixel of the image, in the channels of the model. ITU-R BT.601 luma for grey of colour. */
static inline void tinyml_image_pixel(const tinyml_image *image, int32_t x, int32_t y, uint8_t *pixel) {
  uint32_t red, green, blue;
  if (image->format == TINYML_GRAY8) {
    const uint8_t grey = ((const uint8_t *)image->pixels)[y * image->stride + x];
    pixel[0] = grey;
    if (image->order == TINYML_ORDER_GRAY) return;
    pixel[1] = grey;
    pixel[2] = grey;
    return;
  }
  if (image->format == TINYML_RGB565) {
    const uint32_t word = ((const uint16_t *)image->pixels)[y * image->stride + x];
    red = word >> 11;
    green = (word >> 5) & 63u;
    blue = word & 31u;
    red = red << 3 | red >> 2; /* 0 stays 0, 31 and 63 become 255 */
    green = green << 2 | green >> 4;
    blue = blue << 3 | blue >> 2;
  } else {
    const uint8_t *at = (const uint8_t *)image->pixels + y * image->stride + 3 * x;
    red = at[0];
    green = at[1];
    blue = at[2];
  }
  switch (image->order) {
    case TINYML_ORDER_GRAY:
      pixel[0] = (uint8_t)((299u * red + 587u * green + 114u * blue + 500u) / 1000u);
      break;
    case TINYML_ORDER_RGB:
      pixel[0] = (uint8_t)red;
      pixel[1] = (uint8_t)green;
      pixel[2] = (uint8_t)blue;
      break;
    case TINYML_ORDER_BGR:
    default:
      pixel[0] = (uint8_t)blue;
      pixel[1] = (uint8_t)green;
      pixel[2] = (uint8_t)red;
      break;
  }
}

/* Whether new pixel i of the input lies in the stretched image; outside are zeros. */
static inline int32_t tinyml_axis_holds(const tinyml_axis *axis, int32_t i) {
  return i + axis->first >= 0 && i + axis->first < axis->to;
}

static inline tinyml_tap tinyml_tap_of(const tinyml_axis *axis, int32_t i) {
  const int32_t step = 2 * axis->to;
  const int32_t position = (2 * (i + axis->first) + 1) * axis->from - axis->to;
  tinyml_tap tap = {0, 0};
  if (position < 0) return tap;
  tap.low = position / step;
  if (tap.low >= axis->from - 1) {
    tap.low = axis->from - 1;
  } else {
    tap.weight = ((position - tap.low * step) * 2048 + axis->to) / step;
  }
  return tap;
}

/* Without antialiasing, pixel centres at half coordinates, edges repeated: OpenCV's INTER_LINEAR with weights of 11 bits. */
static inline void tinyml_bilinear_pixel(const tinyml_image *image, const tinyml_axis *columns, const tinyml_axis *rows,
                                         int32_t x, int32_t y, uint8_t *pixel) {
  const tinyml_tap across = tinyml_tap_of(columns, x), down = tinyml_tap_of(rows, y);
  const int32_t right = across.low + (across.weight != 0 ? 1 : 0), lower = down.low + (down.weight != 0 ? 1 : 0);
  const int32_t channels = image->order == TINYML_ORDER_GRAY ? 1 : 3;
  uint8_t corners[4][3];
  tinyml_image_pixel(image, across.low, down.low, corners[0]);
  tinyml_image_pixel(image, right, down.low, corners[1]);
  tinyml_image_pixel(image, across.low, lower, corners[2]);
  tinyml_image_pixel(image, right, lower, corners[3]);
  for (int32_t c = 0; c < channels; c++) {
    const int32_t top = corners[0][c] * (2048 - across.weight) + corners[1][c] * across.weight;
    const int32_t bottom = corners[2][c] * (2048 - across.weight) + corners[3][c] * across.weight;
    pixel[c] = (uint8_t)((top * (2048 - down.weight) + bottom * down.weight + (1 << 21)) >> 22);
  }
}

/* The old pixel that holds the centre of the new one. */
static inline void tinyml_nearest_pixel(const tinyml_image *image, const tinyml_axis *columns, const tinyml_axis *rows,
                                        int32_t x, int32_t y, uint8_t *pixel) {
  const int32_t column = (2 * (x + columns->first) + 1) * columns->from / (2 * columns->to);
  const int32_t row = (2 * (y + rows->first) + 1) * rows->from / (2 * rows->to);
  tinyml_image_pixel(image, column, row, pixel);
}

/* By how much new pixel i covers old pixel `at`: an old pixel has the length `to`, a new one `from`. */
static inline uint32_t tinyml_overlap(const tinyml_axis *axis, int32_t i, int32_t at) {
  const int32_t start = i * axis->from, end = start + axis->from;
  const int32_t left = at * axis->to, right = left + axis->to;
  return (uint32_t)((end < right ? end : right) - (start > left ? start : left));
}

/* The mean of what the new pixel covers, rounded, of equals up. */
static inline void tinyml_area_pixel(const tinyml_image *image, const tinyml_axis *columns, const tinyml_axis *rows,
                                     int32_t x, int32_t y, uint8_t *pixel) {
  const int32_t column = x + columns->first, row = y + rows->first;
  const int32_t channels = image->order == TINYML_ORDER_GRAY ? 1 : 3;
  const uint32_t total = (uint32_t)columns->from * (uint32_t)rows->from;
  uint64_t sums[3] = {0, 0, 0};
  for (int32_t v = row * rows->from / rows->to; v * rows->to < (row + 1) * rows->from; v++) {
    const uint32_t height = tinyml_overlap(rows, row, v);
    uint32_t along[3] = {0, 0, 0};
    for (int32_t u = column * columns->from / columns->to; u * columns->to < (column + 1) * columns->from; u++) {
      const uint32_t width = tinyml_overlap(columns, column, u);
      uint8_t old[3];
      tinyml_image_pixel(image, u, v, old);
      for (int32_t c = 0; c < channels; c++) along[c] += width * old[c];
    }
    for (int32_t c = 0; c < channels; c++) sums[c] += (uint64_t)along[c] * height;
  }
  for (int32_t c = 0; c < channels; c++) {
    /* Below 2^22 pixels all fits 32 bits, whose division is an instruction. */
    const uint32_t mean = total < (1u << 22) ? (2u * (uint32_t)sums[c] + total) / (2u * total)
                                             : (uint32_t)((2u * sums[c] + total) / (2u * (uint64_t)total));
    pixel[c] = (uint8_t)mean;
  }
}

/*
 * How much old pixel `at` counts for new pixel i: a triangle around its centre, as wide as two new pixels, or as two old ones where
 * these are larger. Not above 0: not at all.
 */
static inline int32_t tinyml_triangle(const tinyml_axis *axis, int32_t i, int32_t at) {
  const int32_t widest = axis->from > axis->to ? axis->from : axis->to;
  const int32_t distance = (2 * at + 1) * axis->to - (2 * i + 1) * axis->from;
  return 2 * widest - (distance < 0 ? -distance : distance);
}

/* The first old pixel that counts for new pixel i. */
static inline int32_t tinyml_triangle_first(const tinyml_axis *axis, int32_t i) {
  const int32_t widest = axis->from > axis->to ? axis->from : axis->to;
  const int32_t before = (2 * i + 1) * axis->from - 2 * widest - axis->to;
  return before < 0 ? 0 : before / (2 * axis->to) + 1;
}

/* A sum of bytes by their weights over the sum of these, rounded, of equals up. */
static inline uint32_t tinyml_weighted_mean(uint64_t sum, uint32_t total) {
  /* Below 2^23 all fits 32 bits, whose division is an instruction. */
  return total < (1u << 23) ? (2u * (uint32_t)sum + total) / (2u * total) : (uint32_t)((2u * sum + total) / (2u * (uint64_t)total));
}

/* Bilinear with antialiasing, along the rows first and then down the columns, a byte between: as Pillow and torchvision. */
static inline void tinyml_antialias_pixel(const tinyml_image *image, const tinyml_axis *columns, const tinyml_axis *rows,
                                          int32_t x, int32_t y, uint8_t *pixel) {
  const int32_t column = x + columns->first, row = y + rows->first;
  const int32_t channels = image->order == TINYML_ORDER_GRAY ? 1 : 3;
  const int32_t left = tinyml_triangle_first(columns, column);
  uint64_t sums[3] = {0, 0, 0};
  uint32_t total = 0;
  for (int32_t v = tinyml_triangle_first(rows, row); v < rows->from; v++) {
    const int32_t height = tinyml_triangle(rows, row, v);
    uint64_t along[3] = {0, 0, 0};
    uint32_t width_total = 0;
    if (height <= 0) break;
    for (int32_t u = left; u < columns->from; u++) {
      const int32_t width = tinyml_triangle(columns, column, u);
      uint8_t old[3];
      if (width <= 0) break;
      tinyml_image_pixel(image, u, v, old);
      width_total += (uint32_t)width;
      for (int32_t c = 0; c < channels; c++) along[c] += (uint64_t)(uint32_t)width * old[c];
    }
    total += (uint32_t)height;
    for (int32_t c = 0; c < channels; c++) {
      sums[c] += (uint64_t)(uint32_t)height * tinyml_weighted_mean(along[c], width_total);
    }
  }
  for (int32_t c = 0; c < channels; c++) pixel[c] = (uint8_t)tinyml_weighted_mean(sums[c], total);
}

typedef enum { TINYML_STRETCH, TINYML_CROP, TINYML_PAD } tinyml_fit;

/* The other side of an image of which one is stretched from `of` to `by`, rounded, of equals up; at least 1. */
static inline int32_t tinyml_other_side(int32_t length, int32_t by, int32_t of) {
  const int32_t exact = (2 * length * by + of) / (2 * of);
  return exact < 1 ? 1 : exact;
}

/*
 * How an image of columns->from x rows->from becomes width x height: sets `to` and `first` of both axes. Crop keeps the axis that
 * needs the larger factor and cuts the middle out of the other, pad that of the smaller, with zeros around.
 * Returns 0, or -1 where a side is not 1 .. TINYML_LONGEST_SIDE or would be stretched beyond.
 */
static inline int tinyml_fit_axes(tinyml_axis *columns, tinyml_axis *rows, int32_t width, int32_t height, tinyml_fit fit) {
  const int32_t from_width = columns->from, from_height = rows->from;
  if (from_width < 1 || from_height < 1 || from_width > TINYML_LONGEST_SIDE || from_height > TINYML_LONGEST_SIDE) return -1;
  columns->to = width;
  rows->to = height;
  if (fit != TINYML_STRETCH) {
    const int32_t across = width * from_height, down = height * from_width;
    if (fit == TINYML_CROP ? across >= down : across <= down) {
      rows->to = tinyml_other_side(from_height, width, from_width);
      if (fit == TINYML_CROP ? rows->to < height : rows->to > height) rows->to = height;
    } else {
      columns->to = tinyml_other_side(from_width, height, from_height);
      if (fit == TINYML_CROP ? columns->to < width : columns->to > width) columns->to = width;
    }
  }
  if (columns->to > TINYML_LONGEST_SIDE || rows->to > TINYML_LONGEST_SIDE) return -1;
  columns->first = (columns->to - width) >> 1; /* down, below zero too */
  rows->first = (rows->to - height) >> 1;
  return 0;
}

/* The first pixel of the middle of `from` pixels, of halves to the even number. */
static inline int32_t tinyml_middle(int32_t from, int32_t to) {
  const int32_t low = (from - to) >> 1;
  return low + ((from - to) & low & 1);
}

/*
 * The same where the shorter side becomes `shorter` pixels, the other in proportion, rounded down, and width x height are cut out of
 * the middle: torchvision's Resize(shorter) and CenterCrop. `shorter` is at least width and height.
 */
static inline int tinyml_cut_axes(tinyml_axis *columns, tinyml_axis *rows, int32_t width, int32_t height, int32_t shorter) {
  const int32_t from_width = columns->from, from_height = rows->from;
  const int32_t least = from_width < from_height ? from_width : from_height;
  if (least < 1 || from_width > TINYML_LONGEST_SIDE || from_height > TINYML_LONGEST_SIDE) return -1;
  columns->to = shorter * from_width / least;
  rows->to = shorter * from_height / least;
  if (columns->to > TINYML_LONGEST_SIDE || rows->to > TINYML_LONGEST_SIDE) return -1;
  columns->first = tinyml_middle(columns->to, width);
  rows->first = tinyml_middle(rows->to, height);
  return 0;
}

#endif
