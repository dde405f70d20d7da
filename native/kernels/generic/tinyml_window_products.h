/* Convolutions of four output positions at a time, or three: their windows are laid out, then multiplied by all blocks of two channels. Included
 * by bodies for cores, which say how. */
#ifndef TINYML_WINDOW_PRODUCTS_H
#define TINYML_WINDOW_PRODUCTS_H

#include "tinyml_channel_pairs.h"
#include "tinyml_packed_windows.h"

/* Positions at once. */
enum { TINYML_POSITIONS = 4 };

/* Windows against all blocks of a table. */
typedef struct {
  const uint32_t *x, *x_end; /* the windows: for each step of the loop a word of each */
  const int32_t *table, *table_end;
  int8_t *output;      /* of the first position */
  int32_t output_step; /* from one position to the next */
  int32_t zero_point;
  int32_t skip; /* bytes of code: steps that the first turn has too many */
  int32_t steps;
} tinyml_window_products;

/* How a core computes them. */
typedef struct {
  /* A run of each of `count` rows, nothing behind it read. Returns the word behind. */
  uint32_t *(*lay_out)(const int8_t *const *rows, int32_t count, int32_t run, uint32_t *to);
  void (*multiply_four)(const tinyml_window_products *windows);
  void (*multiply_three)(const tinyml_window_products *windows);
  int32_t steps;                           /* of a window */
  int32_t turn;                            /* steps of a turn */
  int32_t bytes_of_four, bytes_of_three; /* code of a step */
} tinyml_window_loops;

/* Four bytes of each of four rows as words, from the first row to the last. In assembly: `words` makes them of r4-r7, a word of each row, at lr. */
#define TINYML_LAY_OUT_FOUR(name, words)                                                                             \
  static __attribute__((naked, noinline)) uint32_t *name(const int8_t *const *rows __attribute__((unused)),          \
                                                         uint32_t *to __attribute__((unused)),                       \
                                                         int32_t bytes __attribute__((unused))) {                    \
    __asm volatile(                                                                                                  \
        "push {r4-r11, lr}\n"                                                                                        \
        "mov lr, r1\n"                                                                                               \
        "mov r4, r2\n"                                                                                               \
        "ldm r0, {r0-r3}\n"                                                                                          \
        "add r12, r0, r4\n"                                                                                          \
        "1:\n"                                                                                                       \
        "ldr r4, [r0], #4\n"                                                                                         \
        "ldr r5, [r1], #4\n"                                                                                         \
        "ldr r6, [r2], #4\n"                                                                                         \
        "ldr r7, [r3], #4\n" words                                                                                   \
        "cmp r0, r12\n"                                                                                              \
        "bne 1b\n"                                                                                                   \
        "mov r0, lr\n"                                                                                               \
        "pop {r4-r11, pc}\n");                                                                                       \
  }

/* The windows of `count` positions from `first`. */
static inline void tinyml_lay_out_windows(const tinyml_window_loops *loops, const tinyml_conv2d_pairs_s8_params *p, int32_t first,
                                          int32_t count, const int8_t *input, uint32_t *to, int8_t *room) {
  const int8_t *rows[TINYML_POSITIONS];
  const int32_t channels = p->in_channels, run = p->kernel_w * channels, row = p->in_w * channels;
  const int32_t across = p->stride_w * channels;
  const tinyml_image_window from = tinyml_window_of(p, input, first);
  const int32_t last = from.x + (count - 1) * p->stride_w + p->kernel_w;
  /* All in one row of outputs, and no padding. */
  if (first % p->out_w + count <= p->out_w && from.x >= 0 && last <= p->in_w && from.y >= 0 &&
      from.y + p->kernel_h <= p->in_h) {
    const int8_t *x = from.image + from.y * row + from.x * channels;
    for (int32_t ky = 0; ky < p->kernel_h; ky++, x += row) {
      for (int32_t j = 0; j < count; j++) rows[j] = x + j * across;
      to = loops->lay_out(rows, count, run, to);
    }
    return;
  }
  tinyml_image_window windows[TINYML_POSITIONS];
  for (int32_t j = 0; j < count; j++) windows[j] = tinyml_window_of(p, input, first + j);
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    for (int32_t j = 0; j < count; j++) rows[j] = tinyml_row_of(p, windows[j], ky, room + j * run);
    to = loops->lay_out(rows, count, run, to);
  }
}

/* Whether each position reads the pixel of its own number and nothing else: then an image is one long row. */
static inline int32_t tinyml_is_pointwise(const tinyml_conv2d_pairs_s8_params *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->in_h == p->out_h &&
         p->in_w == p->out_w && p->pad_top == 0 && p->pad_left == 0;
}

static inline void tinyml_all_positions(const tinyml_window_loops *loops, const tinyml_conv2d_pairs_s8_params *params, const int8_t *input,
                                        const int32_t *table, int8_t *output, void *scratch) {
  tinyml_conv2d_pairs_s8_params p = *params;
  const int32_t positions = p.batch * p.out_h * p.out_w, steps = loops->steps, channels = p.out_channels;
  const int32_t pairs = channels / 2, block = p.words + TINYML_PAIR_EXTRAS;
  if (tinyml_is_pointwise(&p)) p.batch = p.in_h = p.out_h = 1, p.in_w = p.out_w = positions;
  uint32_t *const x = scratch;
  int8_t *const room = (int8_t *)(x + TINYML_POSITIONS * steps);
  const int32_t skipped = (loops->turn - steps % loops->turn) % loops->turn;
  /* Of threes as many as leave a number of fours, where there are so many. */
  const int32_t wanted = (TINYML_POSITIONS - positions % TINYML_POSITIONS) % TINYML_POSITIONS;
  int32_t threes = 3 * wanted <= positions ? wanted : 0;
  for (int32_t first = 0, count; first < positions; first += count) {
    count = threes-- > 0 ? 3 : TINYML_POSITIONS;
    /* Where fewer are left, some are computed once more. */
    const int32_t from = first > positions - count ? positions - count : first;
    int8_t *const to = output + from * channels;
    tinyml_lay_out_windows(loops, &p, from, count, input, x, room);
    void (*const multiply)(const tinyml_window_products *) = count == 3 ? loops->multiply_three : loops->multiply_four;
    tinyml_window_products windows = {
        .x = x,
        .x_end = x + count * steps,
        .table = table,
        .table_end = table + pairs * block,
        .output = to,
        .output_step = channels,
        .zero_point = p.output_zero_point,
        .steps = steps,
        .skip = skipped * (count == 3 ? loops->bytes_of_three : loops->bytes_of_four),
    };
    if (pairs > 0) multiply(&windows);
    if (channels % 2 == 0) continue;
    int16_t codes[TINYML_POSITIONS];
    windows.table = windows.table_end;
    windows.table_end += block;
    windows.output = (int8_t *)codes;
    windows.output_step = 2;
    multiply(&windows);
    for (int32_t j = 0; j < count; j++) to[(j + 1) * channels - 1] = (int8_t)codes[j];
  }
}

#endif
