/* Depthwise 3x3 with the DSP instructions of ARMv7E-M and ARMv8-M: pixels of one channel side by side, so that two taps are one
 * product. Included by generic/depthwise_conv2d_planes_s8.c. */
#include <string.h>

/* Channels that are laid out together: a word of the input. */
enum { TINYML_PLANES = 4 };

/* Pixels of four channels, from one row of an image. */
typedef struct {
  const int8_t *input;
  int32_t channels; /* bytes from a pixel to the next */
  int16_t *planes;
  int32_t plane;   /* bytes from a plane to the next */
  int32_t pairs;   /* of pixels, at least one */
  uint32_t offset; /* minus the zero point, in both halves */
} pixel_pairs;

/* Two pixels of four channels a turn: 15 instructions. Planes need not be aligned to words. */
static __attribute__((naked, noinline)) void lay_out(const pixel_pairs *row __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0, {r0-r4, lr}\n"
      "add r12, r3, r3, lsl #1\n"
      "push {r4}\n"
      "1:\n"
      "ldr r5, [r0, r1]\n"
      "ldr r4, [r0]\n"
      "add r0, r0, r1, lsl #1\n"
      "sxtab16 r6, lr, r4\n"
      "sxtab16 r7, lr, r5\n"
      "sxtab16 r8, lr, r4, ror #8\n"
      "sxtab16 r9, lr, r5, ror #8\n"
      "pkhtb r10, r7, r6, asr #16\n"
      "pkhbt r6, r6, r7, lsl #16\n"
      "pkhtb r11, r9, r8, asr #16\n"
      "pkhbt r8, r8, r9, lsl #16\n"
      "str r10, [r2, r3, lsl #1]\n"
      "str r8, [r2, r3]\n"
      "str r11, [r2, r12]\n"
      "str r6, [r2], #4\n"
      "ldr r4, [sp]\n"
      "subs r4, r4, #1\n"
      "str r4, [sp]\n"
      "bne 1b\n"
      "add sp, sp, #4\n"
      "pop {r4-r11, pc}\n");
}

/* One channel of a band. */
typedef struct {
  uint32_t weights[6]; /* for each row of the window the first two taps, then the second and the third */
  int32_t bias, doubled, power, zero_point;
  int32_t channels; /* bytes from an output to the next */
  int32_t columns;  /* outputs of a row */
  const int16_t *plane;
  int32_t pitch, step; /* bytes from a row of the plane to the next, and to that of the next row of outputs */
  int8_t *output;
  int32_t output_row; /* bytes from a row of outputs to the next */
  int32_t rows;
} channel_band;

enum { BAND_WORDS = sizeof(channel_band) / sizeof(int32_t) };

/* A row of the window for 1, 2 or 4 outputs: sums r4-r7; [sp + at] holds its weights. */
#define TAPS1(from, at)           \
  "ldrd r8, r9, [" from "]\n"     \
  "ldrd r3, r11, [sp, #" at "]\n" \
  "smlad r4, r8, r3, r4\n"        \
  "smlabt r4, r9, r11, r4\n"

#define TAPS2_STRIDE1(from, at) \
  TAPS1(from, at)               \
  "smlatb r5, r8, r3, r5\n"     \
  "smlad r5, r9, r11, r5\n"

#define TAPS4_STRIDE1(from, at)    \
  "ldrd r8, r9, [" from "], #8\n"  \
  "ldrd r3, r11, [sp, #" at "]\n"  \
  "ldr.w r10, [" from "]\n"        \
  "smlad r4, r8, r3, r4\n"         \
  "smlabt r4, r9, r11, r4\n"       \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r5, r9, r11, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlabt r6, r10, r11, r6\n"      \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r7, r10, r11, r7\n"

#define TAPS2_STRIDE2(from, at)  \
  "ldrd r8, r9, [" from "]\n"    \
  "ldrd r3, r11, [sp, #" at "]\n" \
  "ldr.w r10, [" from ", #8]\n"  \
  "smlad r4, r8, r3, r4\n"       \
  "smlabt r4, r9, r11, r4\n"     \
  "smlad r5, r9, r3, r5\n"       \
  "smlabt r5, r10, r11, r5\n"

#define TAPS4_STRIDE2(from, at)    \
  "ldrd r8, r9, [" from "], #16\n" \
  "ldrd r3, r11, [sp, #" at "]\n"  \
  "ldr.w r10, [" from ", #-8]\n"   \
  "smlad r4, r8, r3, r4\n"         \
  "smlabt r4, r9, r11, r4\n"       \
  "smlad r5, r9, r3, r5\n"         \
  "smlabt r5, r10, r11, r5\n"      \
  "ldr.w r8, [" from ", #-4]\n"    \
  "smlad r6, r10, r3, r6\n"        \
  "smlabt r6, r8, r11, r6\n"       \
  "ldr.w r9, [" from "]\n"         \
  "smlad r7, r8, r3, r7\n"         \
  "smlabt r7, r9, r11, r7\n"

#define WINDOW(taps) taps("r0", "0") taps("r1", "8") taps("r2", "16")

#define NARROW(sum) TINYML_PAIR_NARROW(sum, TINYML_PAIR_DOWN(sum), "r3", "r8", "r9")

/* On the stack: channel_band. r0-r2 rows of the plane, r12 output, lr outputs that are left in the row. Of three the fourth is computed and not kept. */
#define CHANNEL(name, taps1, taps2, taps4)                                                     \
  static __attribute__((naked, noinline)) void name(const channel_band *band __attribute__((unused))) { \
    __asm volatile(                                                                            \
        "push {r4-r11, lr}\n"                                                                  \
        "sub sp, sp, #72\n"                                                                    \
        "ldmia r0!, {r1-r12}\n"                                                                \
        "stmia sp, {r1-r12}\n"                                                                 \
        "ldmia r0, {r1-r6}\n"                                                                  \
        "add r8, sp, #48\n"                                                                    \
        "stmia r8, {r1-r6}\n"                                                                  \
        "6:\n"                                                                                 \
        "ldrd r0, r3, [sp, #48]\n"                                                             \
        "ldrd r4, r12, [sp, #56]\n"                                                            \
        "ldrd r5, r6, [sp, #64]\n"                                                             \
        "add r1, r0, r3\n"                                                                     \
        "add r2, r1, r3\n"                                                                     \
        "add r4, r0, r4\n"                                                                     \
        "str r4, [sp, #48]\n"                                                                  \
        "add r5, r12, r5\n"                                                                    \
        "str r5, [sp, #60]\n"                                                                  \
        "subs r6, r6, #1\n"                                                                    \
        "str r6, [sp, #68]\n"                                                                  \
        "ldr lr, [sp, #44]\n"                                                                  \
        "cmp lr, #2\n"                                                                         \
        "bls 2f\n"                                                                             \
        "1:\n"                                                                                 \
        "ldr r4, [sp, #24]\n"                                                                  \
        "mov r5, r4\n"                                                                         \
        "mov r6, r4\n"                                                                         \
        "mov r7, r4\n" WINDOW(taps4)                                                           \
        "ldrd r3, r8, [sp, #28]\n"                                                             \
        "ldrd r9, r10, [sp, #36]\n" NARROW("r4") NARROW("r5") NARROW("r6") NARROW("r7")        \
        "strb r4, [r12]\n"                                                                     \
        "strb r5, [r12, r10]\n"                                                                \
        "strb r6, [r12, r10, lsl #1]\n"                                                        \
        "subs lr, lr, #4\n"                                                                    \
        "bmi 4f\n"                                                                             \
        "add r11, r12, r10\n"                                                                  \
        "strb r7, [r11, r10, lsl #1]\n"                                                        \
        "add r12, r12, r10, lsl #2\n"                                                          \
        "cmp lr, #2\n"                                                                         \
        "bhi 1b\n"                                                                             \
        "2:\n"                                                                                 \
        "cmp lr, #1\n"                                                                         \
        "blo 4f\n"                                                                             \
        "ldr r4, [sp, #24]\n"                                                                  \
        "beq 3f\n"                                                                             \
        "mov r5, r4\n" WINDOW(taps2)                                                           \
        "ldrd r3, r8, [sp, #28]\n"                                                             \
        "ldrd r9, r10, [sp, #36]\n" NARROW("r4") NARROW("r5")                                  \
        "strb r4, [r12]\n"                                                                     \
        "strb r5, [r12, r10]\n"                                                                \
        "b 4f\n"                                                                               \
        "3:\n" WINDOW(taps1)                                                                   \
        "ldrd r3, r8, [sp, #28]\n"                                                             \
        "ldr r9, [sp, #36]\n" NARROW("r4")                                                     \
        "strb r4, [r12]\n"                                                                     \
        "4:\n"                                                                                 \
        "ldr r6, [sp, #68]\n"                                                                  \
        "cmp r6, #0\n"                                                                         \
        "bne.w 6b\n"                                                                           \
        "add sp, sp, #72\n"                                                                    \
        "pop {r4-r11, pc}\n");                                                                 \
  }

CHANNEL(channel_stride1, TAPS1, TAPS2_STRIDE1, TAPS4_STRIDE1)
CHANNEL(channel_stride2, TAPS1, TAPS2_STRIDE2, TAPS4_STRIDE2)

/* A row of four channels; `columns` pixels. */
static void lay_out_row(pixel_pairs row, int32_t columns, int32_t offset) {
  row.pairs = columns / 2;
  if (row.pairs > 0) lay_out(&row);
  if (columns % 2 == 0) return;
  const int8_t *last = row.input + (columns - 1) * row.channels;
  int16_t *to = row.planes + (columns - 1);
  for (int32_t i = 0; i < TINYML_PLANES; i++, to += row.plane / 2) *to = (int16_t)(last[i] + offset);
}

static void all_bands(const tinyml_depthwise_conv2d_planes_s8_params *params, const int8_t *input,
                      const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *output,
                      void *scratch) {
  const tinyml_depthwise_conv2d_planes_s8_params p = *params;
  const int32_t channels = p.in_channels, pitch = (p.stride_w * p.out_w + 5) / 2 * 2;
  int16_t *const planes = scratch;
  void (*const channel)(const channel_band *) = p.stride_w == 1 ? channel_stride1 : channel_stride2;
  const int32_t room = pitch - p.pad_left, columns = p.in_w < room ? p.in_w : room;
  for (int32_t first = 0; first < p.batch * p.out_h; first += p.band) {
    /* Bands do not go over the edge of an image. */
    const int32_t y0 = first % p.out_h, left = p.out_h - y0, rows = p.band < left ? p.band : left;
    const int32_t read = (rows - 1) * p.stride_h + 3, top = y0 * p.stride_h - p.pad_top;
    const int32_t begin = top < 0 ? -top : 0, end = top + read > p.in_h ? p.in_h - top : read;
    const int32_t plane = pitch * read;
    const int8_t *image = input + first / p.out_h * p.in_h * p.in_w * channels;
    memset(planes, 0, (size_t)(TINYML_PLANES * plane) * sizeof(int16_t));
    for (int32_t c = 0; c < channels; c += TINYML_PLANES) {
      /* Where fewer are left, some are computed once more. */
      const int32_t from = c > channels - TINYML_PLANES ? channels - TINYML_PLANES : c;
      pixel_pairs row = {
          .input = image + (top + begin) * p.in_w * channels + from,
          .channels = channels,
          .planes = planes + begin * pitch + p.pad_left,
          .plane = plane * (int32_t)sizeof(int16_t),
          .offset = tinyml_pair_halves(p.input_offset, p.input_offset),
      };
      for (int32_t y = begin; y < end; y++, row.input += p.in_w * channels, row.planes += pitch) {
        lay_out_row(row, columns, p.input_offset);
      }
      for (int32_t i = 0; i < TINYML_PLANES; i++) {
        const int32_t at = from + i;
        const int8_t *w = weights + at;
        channel_band band = {
            .bias = bias[at],
            .doubled = scales[2 * at],
            .power = scales[2 * at + 1],
            .zero_point = p.output_zero_point,
            .channels = channels,
            .columns = p.out_w,
            .plane = planes + i * plane,
            .pitch = pitch * (int32_t)sizeof(int16_t),
            .step = pitch * p.stride_h * (int32_t)sizeof(int16_t),
            .output = output + first * p.out_w * channels + at,
            .output_row = p.out_w * channels,
            .rows = rows,
        };
        for (int32_t ky = 0; ky < 3; ky++, w += 3 * channels) {
          band.weights[2 * ky] = tinyml_pair_halves(w[0], w[channels]);
          band.weights[2 * ky + 1] = tinyml_pair_halves(w[channels], w[2 * channels]);
        }
        channel(&band);
      }
    }
    if (rows < p.band) first -= p.band - rows;
  }
}
