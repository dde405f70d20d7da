/* Depthwise 3x3, 5x5 and 7x7 with the DSP instructions of ARMv7E-M and ARMv8-M: pixels of one channel side by side, so that two taps are one
 * product. Included by generic/depthwise_conv2d_planes_s8.c. */
#include <string.h>

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

/* One channel of a band. Behind it its weights in pairs: for each row of the window those of even taps and the ones behind them, then
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

#define WINDOW(taps) taps("r0", "48") taps("r1", "56") taps("r2", "64")

#define NARROW(sum, down) TINYML_PAIR_NARROW(sum, down(sum), "r3", "r8", "r9")

/* Codes below the zero point are clamped to it: ties of negative numbers go anywhere. */
#define NO_TIES(sum)

/* On the stack: channel_band and weights. r0-r2 rows of the plane, r12 output, lr outputs that are left in the row. Of three the fourth is computed and not kept. */
#define CHANNEL(name, taps1, taps2, taps4, down)                                                     \
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
        "ldrd r0, r3, [sp, #24]\n"                                                             \
        "ldrd r4, r12, [sp, #32]\n"                                                            \
        "ldrd r5, r6, [sp, #40]\n"                                                             \
        "add r1, r0, r3\n"                                                                     \
        "add r2, r1, r3\n"                                                                     \
        "add r4, r0, r4\n"                                                                     \
        "str r4, [sp, #24]\n"                                                                  \
        "add r5, r12, r5\n"                                                                    \
        "str r5, [sp, #36]\n"                                                                  \
        "subs r6, r6, #1\n"                                                                    \
        "str r6, [sp, #44]\n"                                                                  \
        "ldr lr, [sp, #20]\n"                                                                  \
        "cmp lr, #2\n"                                                                         \
        "bls 2f\n"                                                                             \
        "1:\n"                                                                                 \
        "ldr r4, [sp]\n"                                                                  \
        "mov r5, r4\n"                                                                         \
        "mov r6, r4\n"                                                                         \
        "mov r7, r4\n" WINDOW(taps4)                                                           \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", down) NARROW("r5", down) NARROW("r6", down) NARROW("r7", down)        \
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
        "ldr r4, [sp]\n"                                                                  \
        "beq 3f\n"                                                                             \
        "mov r5, r4\n" WINDOW(taps2)                                                           \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", down) NARROW("r5", down)                                  \
        "strb r4, [r12]\n"                                                                     \
        "strb r5, [r12, r10]\n"                                                                \
        "b 4f\n"                                                                               \
        "3:\n" WINDOW(taps1)                                                                   \
        "ldrd r3, r8, [sp, #4]\n"                                                             \
        "ldr r9, [sp, #12]\n" NARROW("r4", down)                                                     \
        "strb r4, [r12]\n"                                                                     \
        "4:\n"                                                                                 \
        "ldr r6, [sp, #44]\n"                                                                  \
        "cmp r6, #0\n"                                                                         \
        "bne.w 6b\n"                                                                           \
        "add sp, sp, #72\n"                                                                    \
        "pop {r4-r11, pc}\n");                                                                 \
  }

CHANNEL(channel_stride1, TAPS1, TAPS2_STRIDE1, TAPS4_STRIDE1, TINYML_PAIR_DOWN)
CHANNEL(channel_stride2, TAPS1, TAPS2_STRIDE2, TAPS4_STRIDE2, TINYML_PAIR_DOWN)
CHANNEL(channel_stride1_clamped, TAPS1, TAPS2_STRIDE1, TAPS4_STRIDE1, NO_TIES)
CHANNEL(channel_stride2_clamped, TAPS1, TAPS2_STRIDE2, TAPS4_STRIDE2, NO_TIES)

/* A row of the window for 4 outputs: sums r4-r7; r0 row of the plane, lr bytes to the next, r1 weights. */
#define FIVE_STRIDE1               \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r4, r9, r12, r4\n"        \
  "smlad r6, r10, r12, r6\n"       \
  "ldrd r3, r12, [r1], #8\n"       \
  "add r0, r0, lr\n"               \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r7, r10, r3, r7\n"        \
  "smlabt r4, r10, r12, r4\n"      \
  "smlad r5, r10, r12, r5\n"       \
  "smlabt r6, r11, r12, r6\n"      \
  "smlad r7, r11, r12, r7\n"

#define SEVEN_STRIDE1              \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlatb r5, r8, r3, r5\n"        \
  "smlad r6, r9, r3, r6\n"         \
  "smlatb r7, r9, r3, r7\n"        \
  "smlad r4, r9, r12, r4\n"        \
  "smlad r6, r10, r12, r6\n"       \
  "ldr r8, [r0, #16]\n"            \
  "ldrd r3, r12, [r1], #8\n"       \
  "add r0, r0, lr\n"               \
  "smlad r4, r10, r3, r4\n"        \
  "smlad r6, r11, r3, r6\n"        \
  "smlad r5, r9, r12, r5\n"        \
  "smlad r7, r10, r12, r7\n"       \
  "ldrd r3, r12, [r1], #8\n"       \
  "smlad r5, r10, r3, r5\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "smlabt r4, r11, r12, r4\n"      \
  "smlad r5, r11, r12, r5\n"       \
  "smlabt r6, r8, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"

#define FIVE_STRIDE2               \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1]\n"           \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r6, r10, r3, r6\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "ldr r3, [r1, #12]\n"            \
  "smlad r4, r9, r12, r4\n"        \
  "ldrd r8, r9, [r0, #16]\n"       \
  "smlad r5, r10, r12, r5\n"       \
  "smlad r6, r11, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"        \
  "adds r1, r1, #16\n"             \
  "add r0, r0, lr\n"               \
  "smlabt r4, r10, r3, r4\n"       \
  "smlabt r5, r11, r3, r5\n"       \
  "smlabt r6, r8, r3, r6\n"        \
  "smlabt r7, r9, r3, r7\n"

#define SEVEN_STRIDE2              \
  "ldrd r8, r9, [r0]\n"            \
  "ldrd r3, r12, [r1]\n"           \
  "ldrd r10, r11, [r0, #8]\n"      \
  "smlad r4, r8, r3, r4\n"         \
  "smlad r5, r9, r3, r5\n"         \
  "smlad r6, r10, r3, r6\n"        \
  "smlad r7, r11, r3, r7\n"        \
  "ldr r3, [r1, #8]\n"             \
  "smlad r4, r9, r12, r4\n"        \
  "ldrd r8, r9, [r0, #16]\n"       \
  "smlad r5, r10, r12, r5\n"       \
  "smlad r6, r11, r12, r6\n"       \
  "smlad r7, r8, r12, r7\n"        \
  "ldr r12, [r1, #20]\n"           \
  "smlad r4, r10, r3, r4\n"        \
  "ldr r10, [r0, #24]\n"           \
  "smlad r5, r11, r3, r5\n"        \
  "smlad r6, r8, r3, r6\n"         \
  "smlad r7, r9, r3, r7\n"         \
  "adds r1, r1, #24\n"             \
  "add r0, r0, lr\n"               \
  "smlabt r4, r11, r12, r4\n"      \
  "smlabt r5, r8, r12, r5\n"       \
  "smlabt r6, r9, r12, r6\n"       \
  "smlabt r7, r10, r12, r7\n"

/* On the stack: channel_band, its weights, r0 of the turn, outputs that are left in the row, the next one, rows of the window.
 * Four outputs a turn, of which those beyond the row are not kept. */
#define LARGE_WINDOW(name, taps, window, bytes)                                                           \
  static __attribute__((naked, noinline)) void name(const channel_band *band __attribute__((unused))) {  \
    __asm volatile(                                                                                       \
        "push {r4-r11, lr}\n"                                                                             \
        "sub sp, sp, #68\n"                                                                               \
        "ldmia r0!, {r1-r12}\n"                                                                           \
        "stmia sp, {r1-r12}\n"                                                                            \
        "str r0, [sp, #48]\n"                                                                             \
        "6:\n"                                                                                            \
        "ldrd r3, r12, [sp, #32]\n"                                                                       \
        "ldr r0, [sp, #24]\n"                                                                             \
        "ldr r4, [sp, #40]\n"                                                                             \
        "add r3, r0, r3\n"                                                                                \
        "add r4, r12, r4\n"                                                                               \
        "str r3, [sp, #24]\n"                                                                             \
        "str r4, [sp, #36]\n"                                                                             \
        "ldr r11, [sp, #20]\n"                                                                            \
        "1:\n"                                                                                            \
        "strd r0, r11, [sp, #52]\n"                                                                       \
        "str r12, [sp, #60]\n"                                                                            \
        "ldr r1, [sp, #48]\n"                                                                             \
        "ldr lr, [sp, #28]\n"                                                                             \
        "ldr r4, [sp]\n"                                                                                  \
        "movs r2, #" window "\n"                                                                          \
        "mov r5, r4\n"                                                                                    \
        "mov r6, r4\n"                                                                                    \
        "mov r7, r4\n"                                                                                    \
        "2:\n" taps                                                                                       \
        "subs r2, r2, #1\n"                                                                               \
        "bne 2b\n"                                                                                        \
        "ldrd r3, r8, [sp, #4]\n"                                                                         \
        "ldrd r9, r10, [sp, #12]\n" NARROW("r4", TINYML_PAIR_DOWN) NARROW("r5", TINYML_PAIR_DOWN)        \
        NARROW("r6", TINYML_PAIR_DOWN) NARROW("r7", TINYML_PAIR_DOWN)                                     \
        "ldrd r11, r12, [sp, #56]\n"                                                                      \
        "strb r4, [r12]\n"                                                                                \
        "cmp r11, #4\n"                                                                                   \
        "blt 3f\n"                                                                                        \
        "strb r5, [r12, r10]\n"                                                                           \
        "add r12, r12, r10, lsl #1\n"                                                                     \
        "strb r6, [r12]\n"                                                                                \
        "strb r7, [r12, r10]\n"                                                                           \
        "subs r11, r11, #4\n"                                                                             \
        "beq 4f\n"                                                                                        \
        "add r12, r12, r10, lsl #1\n"                                                                     \
        "ldr r0, [sp, #52]\n"                                                                             \
        "adds r0, r0, #" bytes "\n"                                                                       \
        "b 1b\n"                                                                                          \
        "3:\n"                                                                                            \
        "cmp r11, #2\n"                                                                                   \
        "blt 4f\n"                                                                                        \
        "strb r5, [r12, r10]\n"                                                                           \
        "beq 4f\n"                                                                                        \
        "strb r6, [r12, r10, lsl #1]\n"                                                                   \
        "4:\n"                                                                                            \
        "ldr r6, [sp, #44]\n"                                                                             \
        "subs r6, r6, #1\n"                                                                               \
        "str r6, [sp, #44]\n"                                                                             \
        "bne.w 6b\n"                                                                                      \
        "add sp, sp, #68\n"                                                                               \
        "pop {r4-r11, pc}\n");                                                                            \
  }

LARGE_WINDOW(five_stride1, FIVE_STRIDE1, "5", "8")
LARGE_WINDOW(five_stride2, FIVE_STRIDE2, "5", "16")
LARGE_WINDOW(seven_stride1, SEVEN_STRIDE1, "7", "8")
LARGE_WINDOW(seven_stride2, SEVEN_STRIDE2, "7", "16")

/* Pixels of a row of a plane: all that a row of outputs reads. */
static int32_t plane_columns(const tinyml_depthwise_conv2d_planes_s8_params *p) {
  if (p->kernel_w == 3) return (p->stride_w * p->out_w + 5) / 2 * 2;
  return (p->stride_w * ((p->out_w + 3) / 4 * 4 - 1) + p->kernel_w + 1) / 2 * 2;
}

static void (*channel_of(const tinyml_depthwise_conv2d_planes_s8_params *p))(const channel_band *) {
  const int every = p->stride_w == 1;
  if (p->kernel_w == 5) return every ? five_stride1 : five_stride2;
  if (p->kernel_w == 7) return every ? seven_stride1 : seven_stride2;
  if (p->output_zero_point == INT8_MIN) return every ? channel_stride1_clamped : channel_stride2_clamped;
  return every ? channel_stride1 : channel_stride2;
}

/* Weights of a channel in pairs. @param half pairs of a row, but for the last tap or the first */
static inline void pair_weights(const int8_t *weights, int32_t channels, int32_t rows, int32_t half, uint32_t *to) {
  for (int32_t ky = 0; ky < rows; ky++, to += 2 * half) {
    int32_t first = *weights;
    for (int32_t i = 0; i < half; i++) {
      const int32_t second = weights[channels], third = weights[2 * channels];
      weights += 2 * channels;
      to[i] = tinyml_pair_halves(first, second);
      to[half + i] = tinyml_pair_halves(second, third);
      first = third;
    }
    weights += channels;
  }
}

/* Rows of all planes that lie outside the image. */
static void clear_rows(int16_t *planes, int32_t plane, int32_t pitch, int32_t first, int32_t end) {
  for (int32_t i = 0; i < TINYML_PLANES && first < end; i++) {
    memset(planes + i * plane + first * pitch, 0, (size_t)((end - first) * pitch) * sizeof(int16_t));
  }
}

static void all_bands(const tinyml_depthwise_conv2d_planes_s8_params *p, const int8_t *input, const int8_t *weights,
                      const int32_t *bias, const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t channels = p->in_channels, kernel = p->kernel_h, half = kernel / 2;
  const int32_t pitch = plane_columns(p), plane = pitch * ((p->band - 1) * p->stride_h + kernel);
  const int32_t room = pitch - p->pad_left, columns = p->in_w < room ? p->in_w : room;
  int16_t *const planes = scratch;
  channel_band *const band = (void *)(planes + TINYML_PLANES * plane);
  uint32_t *const pairs = (uint32_t *)(band + 1);
  void (*const channel)(const channel_band *) = channel_of(p);
  band->zero_point = p->output_zero_point;
  band->channels = channels;
  band->columns = p->out_w;
  band->pitch = pitch * (int32_t)sizeof(int16_t);
  band->step = band->pitch * p->stride_h;
  band->output_row = p->out_w * channels;
  pixel_rows rows;
  rows.channels = channels;
  rows.plane = plane * (int32_t)sizeof(int16_t);
  rows.offset = tinyml_pair_halves(p->input_offset, p->input_offset);
  rows.columns = columns;
  rows.next_input = (p->in_w - columns) * channels;
  rows.next_planes = (pitch - columns) * (int32_t)sizeof(int16_t);
  memset(planes, 0, (size_t)(TINYML_PLANES * plane) * sizeof(int16_t));
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels) {
    for (int32_t y0 = 0; y0 < p->out_h; y0 += band->rows, output += band->rows * band->output_row) {
      const int32_t left = p->out_h - y0;
      band->rows = p->band < left ? p->band : left;
      const int32_t read = (band->rows - 1) * p->stride_h + kernel, top = y0 * p->stride_h - p->pad_top;
      const int32_t begin = top < 0 ? -top < read ? -top : read : 0;
      const int32_t reach = top + read > p->in_h ? p->in_h - top : read, end = reach > begin ? reach : begin;
      clear_rows(planes, plane, pitch, 0, begin);
      clear_rows(planes, plane, pitch, end, read);
      rows.rows = end - begin;
      for (int32_t c = 0; c < channels; c += TINYML_PLANES) {
        /* Where fewer are left, some are computed once more. */
        const int32_t from = c > channels - TINYML_PLANES ? channels - TINYML_PLANES : c;
        rows.input = input + (top + begin) * p->in_w * channels + from;
        rows.planes = planes + begin * pitch + p->pad_left;
        if (rows.rows > 0) lay_out(&rows);
        band->plane = planes;
        for (int32_t at = from; at < from + TINYML_PLANES; at++, band->plane += plane) {
          band->bias = bias[at];
          band->doubled = scales[2 * at];
          band->power = scales[2 * at + 1];
          band->output = output + at;
          if (half == 1) {
            pair_weights(weights + at, channels, 3, 1, pairs);
          } else {
            pair_weights(weights + at, channels, kernel, half, pairs);
          }
          channel(band);
        }
      }
    }
  }
}
