/* Depthwise convolutions with the DSP instructions of ARMv7E-M and ARMv8-M: pixels of one channel side by side, so that two taps are one
 * product. */
#ifndef TINYML_DEPTHWISE_PLANES_H
#define TINYML_DEPTHWISE_PLANES_H

#include <string.h>

#include "../generic/tinyml_channel_pairs.h"
#include "../tinyml_kernels.h"

/* Channels that are laid out together: a word of the input. */
enum { TINYML_PLANES = 4 };

/* Rows of pixels of four channels. */
typedef struct {
  const int8_t *input;
  int32_t channels; /* bytes from a pixel to the next */
  int16_t *planes;
  int32_t plane;   /* bytes from a plane to the next */
  int32_t rows;    /* at least one */
  uint32_t offset; /* minus the zero point, in both halves */
  int32_t columns; /* pixels of a row, at least one */
  int32_t next_input, next_planes; /* bytes from the end of a row to the next */
} pixel_rows;

/* Two pixels of four channels a turn: 17 instructions; then the last one of an odd row. Planes need not be aligned to words. */
static __attribute__((naked, noinline)) void lay_out(const pixel_rows *rows __attribute__((unused))) {
  __asm volatile(
      "push {r0, r4-r11, lr}\n"
      "ldm r0, {r0-r3, r11, lr}\n"
      "add r12, r3, r3, lsl #1\n"
      "3:\n"
      "ldr r4, [sp]\n"
      "ldr r10, [r4, #24]\n"
      "lsrs r10, r10, #1\n"
      "beq 2f\n"
      "1:\n"
      "ldr r5, [r0, r1]\n"
      "ldr r4, [r0]\n"
      "add r0, r0, r1, lsl #1\n"
      "sxtab16 r6, lr, r4\n"
      "sxtab16 r7, lr, r5\n"
      "sxtab16 r8, lr, r4, ror #8\n"
      "sxtab16 r9, lr, r5, ror #8\n"
      "pkhtb r4, r7, r6, asr #16\n"
      "pkhbt r6, r6, r7, lsl #16\n"
      "pkhtb r5, r9, r8, asr #16\n"
      "pkhbt r8, r8, r9, lsl #16\n"
      "str r4, [r2, r3, lsl #1]\n"
      "str r8, [r2, r3]\n"
      "str r5, [r2, r12]\n"
      "str r6, [r2], #4\n"
      "subs r10, r10, #1\n"
      "bne 1b\n"
      "ldr r4, [sp]\n"
      "2:\n"
      "ldrd r5, r6, [r4, #24]\n"
      "lsls r5, r5, #31\n"
      "beq 4f\n"
      "ldr r7, [r0]\n"
      "add r0, r0, r1\n"
      "sxtab16 r8, lr, r7\n"
      "sxtab16 r9, lr, r7, ror #8\n"
      "strh r9, [r2, r3]\n"
      "asrs r9, r9, #16\n"
      "strh r9, [r2, r12]\n"
      "asrs r9, r8, #16\n"
      "strh r9, [r2, r3, lsl #1]\n"
      "strh r8, [r2], #2\n"
      "4:\n"
      "ldr r5, [r4, #32]\n"
      "add r0, r0, r6\n"
      "add r2, r2, r5\n"
      "subs r11, r11, #1\n"
      "bne 3b\n"
      "pop {r0, r4-r11, pc}\n");
}

/* One channel of a band. Behind it have to lie its weights in pairs: for each row of the window those of even taps and the ones behind them, then
 * those of odd taps and the ones behind them. */
typedef struct {
  int32_t bias, doubled, power, zero_point;
  int32_t channels; /* bytes from an output to the next */
  int32_t columns;  /* outputs of a row */
  const int16_t *plane;
  int32_t pitch, step; /* bytes from a row of the plane to the next, and to that of the next row of outputs */
  int8_t *output;
  int32_t output_row; /* bytes from a row of outputs to the next */
  int32_t rows;
} channel_band;

#define NARROW(sum, down) TINYML_PAIR_NARROW(sum, down(sum), "r3", "r8", "r9")

/* Codes below the zero point are clamped to it: ties of negative numbers go anywhere. */
#define NO_TIES(sum)

static inline uint32_t halves_of(int32_t low, int32_t high) {
  uint32_t word;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(word) : "r"(low), "r"(high));
  return word;
}

/* Weights of a channel in pairs, row by row. @param tap from one of a row to the next @param row from a row to the next */
#define PAIRS(name, kernel)                                                                                            \
  static __attribute__((noinline)) void name(const int8_t *weights, int32_t tap, int32_t row, uint32_t *to) {          \
    enum { HALF = (kernel) / 2 }; /* pairs of a row, but for the last tap or the first */                              \
    _Pragma("GCC unroll 7") for (int32_t ky = 0; ky < (kernel); ky++, to += 2 * HALF, weights += row) {                \
      const int8_t *at = weights;                                                                                      \
      int32_t first = *at;                                                                                             \
      _Pragma("GCC unroll 3") for (int32_t i = 0; i < HALF; i++) {                                                     \
        const int32_t second = at[tap], third = at[2 * tap];                                                           \
        at += 2 * tap;                                                                                                 \
        to[i] = halves_of(first, second);                                                                              \
        to[HALF + i] = halves_of(second, third);                                                                       \
        first = third;                                                                                                 \
      }                                                                                                                \
    }                                                                                                                  \
  }

PAIRS(pairs_of_three, 3)
PAIRS(pairs_of_five, 5)
PAIRS(pairs_of_seven, 7)

/* An image as planes take it: lines of pixels, which are its rows, or its columns where those are longer. Distances are in bytes. */
typedef struct {
  int32_t lines, pixels;
  int32_t line, pixel; /* from one to the next */
} lines_of_image;

static inline lines_of_image lines_of(int32_t height, int32_t width, int32_t channels, int32_t is_transposed) {
  const lines_of_image rows = {height, width, width * channels, channels};
  return is_transposed ? (lines_of_image){width, height, channels, width * channels} : rows;
}

/* Rows of all planes that lie outside the image. */
static __attribute__((noinline)) void clear_rows(int16_t *planes, int32_t plane, int32_t pitch, int32_t first, int32_t end) {
  for (int32_t i = 0; i < TINYML_PLANES && first < end; i++) {
    memset(planes + i * plane + first * pitch, 0, (size_t)((end - first) * pitch) * sizeof(int16_t));
  }
}

/* Zeros, in fours of words. */
static void clear_words(uint32_t *words, int32_t fours) {
  __asm volatile(
      "movs r3, #0\n"
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "1:\n"
      "stmia %0!, {r3-r6}\n"
      "subs %1, %1, #1\n"
      "bne 1b\n"
      : "+r"(words), "+r"(fours)
      :
      : "r3", "r4", "r5", "r6", "cc", "memory");
}

/* Words to where they do not overlap. */
static void copy_words(uint32_t *to, const uint32_t *from, int32_t words) {
  for (; words >= 4; words -= 4) {
    __asm volatile("ldm %0!, {r3-r6}\nstm %1!, {r3-r6}\n" : "+r"(from), "+r"(to) : : "r3", "r4", "r5", "r6", "memory");
  }
  for (; words > 0; words--) {
    *to++ = *from++;
    __asm volatile("" : : : "memory"); /* no call of memcpy */
  }
}

/* The last rows of all planes to where the next band has them. */
static void keep_rows(int16_t *planes, int32_t plane, int32_t pitch, int32_t first, int32_t rows) {
  for (int32_t i = 0; i < TINYML_PLANES; i++, planes += plane) {
    copy_words((uint32_t *)(void *)planes, (const uint32_t *)(const void *)(planes + first * pitch), rows * pitch / 2);
  }
}

/* Four channels of an image after four others, band after band. The rows that two bands read are taken from the input once, and before
 * outputs are written: these may lie over what was taken.
 * @param band room for a channel and its weights @param kernel taps of a window each way @param pitch pixels from a row of a plane to the next: all that a row of outputs reads */
static inline void all_bands(const tinyml_depthwise_conv2d_planes_s8_params *p, int32_t kernel,
                             void (*channel)(const channel_band *), int32_t pitch, channel_band *band, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                             int16_t *planes) {
  const int32_t channels = p->in_channels, turned = p->transposed;
  const lines_of_image from_image = lines_of(p->in_h, p->in_w, channels, turned);
  const lines_of_image to_image = lines_of(p->out_h, p->out_w, channels, turned);
  const int32_t stride = turned ? p->stride_w : p->stride_h, before = turned ? p->pad_left : p->pad_top;
  const int32_t beside = turned ? p->pad_top : p->pad_left;
  const int32_t tap = turned ? kernel * channels : channels, row_of_taps = turned ? channels : kernel * channels;
  const int32_t plane = pitch * ((p->band - 1) * stride + kernel);
  const int32_t room = pitch - beside, columns = from_image.pixels < room ? from_image.pixels : room;
  uint32_t *const pairs = (uint32_t *)(band + 1);
  band->zero_point = p->output_zero_point;
  band->channels = to_image.pixel;
  band->columns = to_image.pixels;
  band->pitch = pitch * (int32_t)sizeof(int16_t);
  band->step = band->pitch * stride;
  band->output_row = to_image.line;
  pixel_rows rows;
  rows.channels = from_image.pixel;
  rows.plane = plane * (int32_t)sizeof(int16_t);
  rows.offset = tinyml_pair_halves(p->input_offset, p->input_offset);
  rows.columns = columns;
  rows.next_input = from_image.line - columns * from_image.pixel;
  rows.next_planes = (pitch - columns) * (int32_t)sizeof(int16_t);
  clear_words((uint32_t *)(void *)planes, plane / 2); /* rows are of whole words */
  const int32_t kept = kernel > stride ? kernel - stride : 0;
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels, output += p->out_h * p->out_w * channels) {
    for (int32_t c = 0; c < channels; c += TINYML_PLANES) {
      /* Where fewer are left, those before are laid out with them and not computed again. */
      const int32_t from = c > channels - TINYML_PLANES ? channels - TINYML_PLANES : c;
      for (int32_t y0 = 0; y0 < to_image.lines; y0 += band->rows) {
        const int32_t left = to_image.lines - y0, first = y0 > 0 ? kept : 0;
        band->rows = p->band < left ? p->band : left;
        const int32_t read = (band->rows - 1) * stride + kernel, top = y0 * stride - before;
        const int32_t above = -top < read ? -top : read, begin = above > first ? above : first;
        const int32_t reach = top + read > from_image.lines ? from_image.lines - top : read, end = reach > begin ? reach : begin;
        if (first > 0) keep_rows(planes, plane, pitch, p->band * stride, first);
        /* Of one band the rows outside are those of the channels before. */
        if (c == 0 || p->band < to_image.lines) {
          clear_rows(planes, plane, pitch, first, begin);
          clear_rows(planes, plane, pitch, end, read);
        }
        rows.rows = end - begin;
        rows.input = input + (top + begin) * from_image.line + from;
        rows.planes = planes + begin * pitch + beside;
        if (rows.rows > 0) lay_out(&rows);
        band->plane = planes + (c - from) * plane;
        for (int32_t at = c; at < from + TINYML_PLANES; at++, band->plane += plane) {
          band->bias = bias[at];
          band->doubled = scales[2 * at];
          band->power = scales[2 * at + 1];
          band->output = output + y0 * band->output_row + at;
          if (kernel == 3) {
            pairs_of_three(weights + at, tap, row_of_taps, pairs);
          } else if (kernel == 5) {
            pairs_of_five(weights + at, tap, row_of_taps, pairs);
          } else {
            pairs_of_seven(weights + at, tap, row_of_taps, pairs);
          }
          channel(band);
        }
      }
    }
  }
}

#endif
