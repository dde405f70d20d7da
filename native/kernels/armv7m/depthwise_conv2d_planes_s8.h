/* Depthwise convolutions of 3x3 with the instructions of ARMv7-M: pixels of one channel side by side, so that four outputs share their loads and
 * their weights. Whole functions in assembly: the loop has 14 values, as many as there are registers. Included by
 * generic/depthwise_conv2d_planes_s8.c. */
#include <string.h>

#include "tinyml_narrow.h"

/* Channels that are laid out together, a word of the input; rows and columns of a window. */
enum { PLANES = 4, WINDOW = 3 };

/* Rows of pixels of four channels. */
typedef struct {
  const int8_t *input;
  int32_t channels; /* bytes from a pixel to the next */
  int8_t *planes;
  int32_t plane;                   /* bytes from a plane to the next */
  int32_t next_input, next_planes; /* bytes from the end of a row to the next */
  int32_t rows, columns;           /* at least one */
} pixel_rows;

static __attribute__((naked, noinline)) void lay_out(const pixel_rows *rows __attribute__((unused))) {
  __asm volatile(
      "push {r4-r10, lr}\n"
      "ldm r0, {r0-r3, r7-r10}\n"
      "add r12, r3, r3, lsl #1\n"
      "2:\n"
      "mov r5, r10\n"
      "1:\n"
      "ldr r4, [r0]\n"
      "add r0, r0, r1\n"
      "lsrs r6, r4, #8\n"
      "strb r6, [r2, r3]\n"
      "lsrs r6, r4, #16\n"
      "strb r6, [r2, r3, lsl #1]\n"
      "lsrs r6, r4, #24\n"
      "strb r6, [r2, r12]\n"
      "strb r4, [r2], #1\n"
      "subs r5, r5, #1\n"
      "bne 1b\n"
      "add r0, r0, r7\n"
      "add r2, r2, r8\n"
      "subs r9, r9, #1\n"
      "bne 2b\n"
      "pop {r4-r10, pc}\n");
}

/* One channel of a band. */
typedef struct {
  int32_t first_weights[WINDOW], bias, weights[2 * WINDOW]; /* the bias behind the first row of weights */
  int32_t doubled, power, zero_point;
  int8_t *output;
  int32_t channels;  /* bytes from an output to the next */
  const int8_t *end; /* of the pixels that a loop begins at */
  const int8_t *plane;
  int32_t pitch, step; /* bytes from a row of the plane to the next, and to that of the next row of outputs */
  int32_t fours, ones; /* pixels of a row that outputs begin at which are computed by fours, and one by one */
  int32_t rows;
} channel_band;

#define NARROW(sum) TINYML_NARROW(sum, "r1", "r2", "r3", "r8", "r9")

/* A row of the windows of four outputs: pixels from r0 on in r8-r11, weights in r1-r3, sums in r4-r7 onto `a` to `d`. */
#define ROW(a, b, c, d)                                                     \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #2]\nldrsb r11, [r0, #3]\n" \
  "mla r5, r9, r1, " b "\nmla r6, r10, r1, " c "\nmla r7, r11, r1, " d "\nmla r4, r8, r1, " a "\n" \
  "ldrsb r8, [r0, #4]\n"                                                    \
  "mla r4, r9, r2, r4\nmla r5, r10, r2, r5\nmla r6, r11, r2, r6\nmla r7, r8, r2, r7\n" \
  "ldrsb r9, [r0, #5]\n"                                                    \
  "mla r4, r10, r3, r4\nmla r5, r11, r3, r5\nmla r6, r8, r3, r6\nmla r7, r9, r3, r7\n"

/* The same of every second pixel. */
#define ROW_OF_TWO(a, b, c, d)                                              \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #2]\nldrsb r10, [r0, #4]\nldrsb r11, [r0, #6]\n" \
  "mla r5, r9, r1, " b "\nmla r6, r10, r1, " c "\nmla r7, r11, r1, " d "\nmla r4, r8, r1, " a "\n" \
  "mla r4, r9, r3, r4\nmla r5, r10, r3, r5\nmla r6, r11, r3, r6\n"          \
  "ldrsb r8, [r0, #8]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #3]\nldrsb r11, [r0, #5]\nldrsb r1, [r0, #7]\n" \
  "mla r7, r8, r3, r7\n"                                                    \
  "mla r4, r9, r2, r4\nmla r5, r10, r2, r5\nmla r6, r11, r2, r6\nmla r7, r1, r2, r7\n"

/* A row of the window of one output. */
#define ROW_OF_ONE                                           \
  "ldrsb r8, [r0]\nldrsb r9, [r0, #1]\nldrsb r10, [r0, #2]\n" \
  "mla r4, r8, r1, r4\nmla r4, r9, r2, r4\nmla r4, r10, r3, r4\n"

#define NEXT "add r0, r0, lr\nldm r12!, {r1-r3}\n"

/* Rows of outputs. `stride`: pixels from a window to the next; `four`: those of four outputs. */
#define CHANNEL(name, row, stride, four)                                                          \
  static __attribute__((naked, noinline)) void name(const channel_band *band __attribute__((unused))) { \
    __asm volatile(                                                                               \
        "push {r0, r4-r11, lr}\n"                                                                 \
        "ldr lr, [r0, #68]\n"                                                                     \
        "1:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldr r0, [r12, #64]\n"                                                                    \
        "ldr r8, [r12, #76]\n"                                                                    \
        "cmp r8, #0\n"                                                                            \
        "beq 3f\n"                                                                                \
        "add r8, r8, r0\n"                                                                        \
        "str r8, [r12, #60]\n"                                                                    \
        "2:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldm r12!, {r1-r4}\n" row("r4", "r4", "r4", "r4") NEXT row("r4", "r5", "r6", "r7") NEXT   \
        row("r4", "r5", "r6", "r7")                                                               \
        "ldm r12!, {r1-r3}\n" NARROW("r4") NARROW("r5") NARROW("r6") NARROW("r7")                 \
        "ldm r12, {r8, r10, r11}\n"                                                               \
        "sub r0, r0, lr, lsl #1\n"                                                                \
        "adds r0, r0, #" four "\n"                                                                \
        "add r9, r8, r10\n"                                                                       \
        "strb r4, [r8]\n"                                                                         \
        "strb r5, [r8, r10]\n"                                                                    \
        "strb r6, [r8, r10, lsl #1]\n"                                                            \
        "strb r7, [r9, r10, lsl #1]\n"                                                            \
        "add r8, r8, r10, lsl #2\n"                                                               \
        "str r8, [r12]\n"                                                                         \
        "cmp r0, r11\n"                                                                           \
        "bne 2b\n"                                                                                \
        "3:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldr r8, [r12, #80]\n"                                                                    \
        "cmp r8, #0\n"                                                                            \
        "beq 5f\n"                                                                                \
        "add r8, r8, r0\n"                                                                        \
        "str r8, [r12, #60]\n"                                                                    \
        "4:\n"                                                                                    \
        "ldr r12, [sp]\n"                                                                         \
        "ldm r12!, {r1-r4}\n" ROW_OF_ONE NEXT ROW_OF_ONE NEXT ROW_OF_ONE                          \
        "ldm r12!, {r1-r3}\n" NARROW("r4")                                                        \
        "ldm r12, {r8, r10, r11}\n"                                                               \
        "sub r0, r0, lr, lsl #1\n"                                                                \
        "adds r0, r0, #" stride "\n"                                                              \
        "strb r4, [r8]\n"                                                                         \
        "add r8, r8, r10\n"                                                                       \
        "str r8, [r12]\n"                                                                         \
        "cmp r0, r11\n"                                                                           \
        "bne 4b\n"                                                                                \
        "ldr r12, [sp]\n"                                                                         \
        "5:\n"                                                                                    \
        "ldr r0, [r12, #64]\n"                                                                    \
        "ldr r1, [r12, #72]\n"                                                                    \
        "add r0, r0, r1\n"                                                                        \
        "str r0, [r12, #64]\n"                                                                    \
        "ldr r1, [r12, #84]\n"                                                                    \
        "subs r1, r1, #1\n"                                                                       \
        "str r1, [r12, #84]\n"                                                                    \
        "bne 1b\n"                                                                                \
        "pop {r0, r4-r11, pc}\n");                                                                \
  }

CHANNEL(every_pixel, ROW, "1", "4")
CHANNEL(every_second, ROW_OF_TWO, "2", "8")

/* Four rows of so many bytes, each a plane after the one before. */
static void fill_planes(int8_t *planes, int32_t plane, int32_t bytes, int32_t value) {
  for (int32_t i = 0; i < PLANES && bytes > 0; i++) memset(planes + i * plane, value, (size_t)bytes);
}

/* The weights of a channel, what requantises it, and its bias without the zero point of the input. */
static void constants_of(channel_band *band, const int8_t *weights, int32_t channels, int32_t bias, const int32_t *scale, int32_t offset) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < WINDOW * WINDOW; i++, weights += channels) {
    *(i < WINDOW ? band->first_weights + i : band->weights + i - WINDOW) = *weights;
    sum += (uint32_t)*weights;
  }
  band->bias = (int32_t)((uint32_t)bias + sum * (uint32_t)offset);
  band->doubled = scale[0];
  band->power = scale[1];
}

/* Four channels of an image after four others, band after band. The rows that two bands read are taken from the input once, and before
 * outputs are written: these may lie over what was taken. */
static void all_positions(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input, const int8_t *weights,
                          const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t channels = p->in_channels, zero_point = -p->input_offset;
  const int32_t pitch = p->stride_w * (p->out_w - 1) + WINDOW, plane = pitch * ((p->band - 1) * p->stride_h + WINDOW);
  const int32_t room = pitch - p->pad_left, columns = p->in_w < room ? p->in_w : room;
  const int32_t kept = p->stride_h < WINDOW ? WINDOW - p->stride_h : 0;
  void (*const channel)(const channel_band *) = p->stride_w == 1 ? every_pixel : every_second;
  channel_band *const band = scratch;
  int8_t *const planes = (int8_t *)(band + 1);
  band->zero_point = p->output_zero_point;
  band->channels = channels;
  band->pitch = pitch;
  band->step = pitch * p->stride_h;
  band->fours = p->stride_w * (p->out_w & ~3);
  band->ones = p->stride_w * (p->out_w & 3);
  pixel_rows rows = {
      .channels = channels,
      .plane = plane,
      .next_input = (p->in_w - columns) * channels,
      .next_planes = pitch - columns,
      .columns = columns,
  };
  memset(planes, zero_point, (size_t)(PLANES * plane));
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels, output += p->out_h * p->out_w * channels) {
    for (int32_t c = 0; c < channels; c += PLANES) {
      /* Where fewer are left, those before are laid out with them and not computed again. */
      const int32_t from = c > channels - PLANES ? channels - PLANES : c;
      for (int32_t y = 0, height; y < p->out_h; y += height) {
        const int32_t left = p->out_h - y, first = y > 0 ? kept : 0;
        height = p->band < left ? p->band : left;
        const int32_t read = (height - 1) * p->stride_h + WINDOW, top = y * p->stride_h - p->pad_top;
        const int32_t above = -top < read ? -top : read, begin = above > first ? above : first;
        const int32_t reach = top + read > p->in_h ? p->in_h - top : read, end = reach > begin ? reach : begin;
        for (int32_t i = 0; i < PLANES && first > 0; i++) {
          memmove(planes + i * plane, planes + i * plane + p->band * band->step, (size_t)(first * pitch));
        }
        fill_planes(planes + first * pitch, plane, (begin - first) * pitch, zero_point);
        fill_planes(planes + end * pitch, plane, (read - end) * pitch, zero_point);
        rows.rows = end - begin;
        rows.input = input + (top + begin) * p->in_w * channels + from;
        rows.planes = planes + begin * pitch + p->pad_left;
        if (rows.rows > 0) lay_out(&rows);
        for (int32_t at = c; at < from + PLANES; at++) {
          constants_of(band, weights + at, channels, bias[at], scales + 2 * at, p->input_offset);
          band->plane = planes + (at - from) * plane;
          band->output = output + y * p->out_w * channels + at;
          band->rows = height;
          channel(band);
        }
      }
    }
  }
}
