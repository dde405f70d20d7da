/* Depthwise convolutions of any window with the vector instructions of ARMv8.1-M (MVE, Helium): each channel in rows of its own, so that one
 * product of vectors is a row of a window. Included by generic/depthwise_conv2d_rows_s8.c. */
#include <arm_mve.h>

enum { LANES = 8, TAPS = 16 };

/* The outputs of a channel in a block. Pointers move on. */
typedef struct {
  const int8_t *x;       /* the rows of the channel */
  const int8_t *weights; /* a vector for each row of a window, zeros behind its taps */
  int32_t more;          /* rows of a window after the first */
  int32_t next;          /* from the fourth output of a row of taps to the first of the next */
  int32_t bias, multiplier, shift, zero_point;
  int32_t width, height; /* outputs */
  int32_t channels;      /* bytes from an output to the next */
  int32_t next_x, next_output; /* to the next row of outputs */
  int8_t *output;
  int32_t min, max;
} channel_block;

/* Products of a row of taps with four windows that lie `step` bytes apart. */
#define FOUR_WINDOWS(add, step)           \
  "vldrb.8 q1, [r3], #16\n"               \
  "vldrb.8 q0, [r1], #" step "\n"         \
  "vmladav" add ".s8 r4, q0, q1\n"        \
  "vldrb.8 q6, [r1], #" step "\n"         \
  "vmladav" add ".s8 r6, q6, q1\n"        \
  "vldrb.8 q0, [r1], #" step "\n"         \
  "vmladav" add ".s8 r8, q0, q1\n"        \
  "vldrb.8 q6, [r1]\n"                    \
  "vmladav" add ".s8 r10, q6, q1\n"       \
  "add r1, r1, r12\n"

/* r1: taps, r2: windows, r3: weights, r5: outputs, r7: outputs that are left of a row, r9: bias, r11: multiplier; q2: shift, q3: zero point,
 * q4 and q5: limits, q7: distances of outputs. */
#define CHANNEL(name, step, four_steps)                                                             \
  static __attribute__((naked, noinline)) void name(channel_block *block __attribute__((unused))) { \
    __asm volatile(                                                                                 \
        "push {r4-r11, lr}\n"                                                                       \
        "vpush {d8-d15}\n"                                                                          \
        "ldr r12, [r0, #12]\n"                                                                      \
        "ldrd r9, r11, [r0, #16]\n"                                                                 \
        "ldrd r1, r2, [r0, #24]\n"                                                                  \
        "vdup.32 q2, r1\n"                                                                          \
        "vdup.32 q3, r2\n"                                                                          \
        "ldrd r1, r2, [r0, #56]\n"                                                                  \
        "vdup.32 q4, r1\n"                                                                          \
        "vdup.32 q5, r2\n"                                                                          \
        "ldr r1, [r0, #40]\n"                                                                       \
        "movs r2, #0\n"                                                                             \
        "vidup.u32 q7, r2, #1\n"                                                                    \
        "vmul.i32 q7, q7, r1\n"                                                                     \
        "8:\n"                                                                                      \
        "ldr r2, [r0]\n"                                                                            \
        "ldrd r1, r3, [r0, #44]\n"                                                                  \
        "ldr r5, [r0, #52]\n"                                                                       \
        "ldr r7, [r0, #32]\n"                                                                       \
        "add r1, r1, r2\n"                                                                          \
        "add r3, r3, r5\n"                                                                          \
        "str r1, [r0]\n"                                                                            \
        "str r3, [r0, #52]\n"                                                                       \
        "1:\n"                                                                                      \
        "ldrd r3, lr, [r0, #4]\n"                                                                   \
        "mov r1, r2\n" FOUR_WINDOWS("", step)                                                       \
        "wls lr, lr, 3f\n"                                                                          \
        "2:\n" FOUR_WINDOWS("a", step)                                                              \
        "le lr, 2b\n"                                                                               \
        "3:\n"                                                                                      \
        "vmov q0[2], q0[0], r4, r8\n"                                                               \
        "vmov q0[3], q0[1], r6, r10\n"                                                              \
        "ldr r3, [r0, #40]\n"                                                                       \
        "vadd.i32 q0, q0, r9\n"                                                                     \
        "vqrdmulh.s32 q0, q0, r11\n"                                                                \
        "vshr.s32 q1, q0, #31\n"                                                                    \
        "vadd.i32 q0, q0, q1\n"                                                                     \
        "vrshl.s32 q0, q0, q2\n"                                                                    \
        "vadd.i32 q0, q0, q3\n"                                                                     \
        "vmax.s32 q0, q0, q4\n"                                                                     \
        "vmin.s32 q0, q0, q5\n"                                                                     \
        "vctp.32 r7\n"                                                                              \
        "vpst\n"                                                                                    \
        "vstrbt.32 q0, [r5, q7]\n"                                                                  \
        "add r5, r5, r3, lsl #2\n"                                                                  \
        "add r2, r2, #" four_steps "\n"                                                             \
        "subs r7, r7, #4\n"                                                                         \
        "bgt 1b\n"                                                                                  \
        "ldr r3, [r0, #36]\n"                                                                       \
        "subs r3, r3, #1\n"                                                                         \
        "str r3, [r0, #36]\n"                                                                       \
        "bne 8b\n"                                                                                  \
        "vpop {d8-d15}\n"                                                                           \
        "pop {r4-r11, pc}\n");                                                                      \
  }

CHANNEL(every_column, "1", "4")
CHANNEL(every_second_column, "2", "8")

/* Pixels of up to eight channels, which lie `pitch` bytes apart behind it: at least one, and lanes beyond the last channel are not read. */
static inline void spread(const int8_t *pixels, int32_t count, int32_t channels, int32_t lanes, int32_t pitch, int8_t *to) {
  int32_t first;
  __asm volatile(
      "vctp.16 %[lanes]\n"
      "mov %[first], #0\n"
      "vidup.u16 q1, %[first], #1\n"
      "vmul.i16 q1, q1, %[pitch]\n"
      "dls lr, %[count]\n"
      "1:\n"
      "vpst\n"
      "vldrbt.u16 q0, [%[x]]\n"
      "add %[x], %[x], %[channels]\n"
      "vstrb.16 q0, [%[to], q1]\n"
      "add %[to], %[to], #1\n"
      "le lr, 1b\n"
      : [x] "+l"(pixels), [to] "+r"(to), [first] "=&Te"(first)
      : [count] "r"(count), [channels] "r"(channels), [lanes] "r"(lanes), [pitch] "r"(pitch)
      : "lr", "q0", "q1", "memory");
}

static inline void fill(int32_t value, int32_t bytes, int8_t *to) {
  __asm volatile(
      "vdup.8 q0, %[value]\n"
      "dlstp.8 lr, %[bytes]\n"
      "1:\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      : [to] "+r"(to)
      : [bytes] "r"(bytes), [value] "r"(value)
      : "lr", "q0", "memory");
}

/* The rows that the windows of a block read, from row y and column x of the image on, of up to eight channels. */
static __attribute__((noinline)) void lay_out(const tinyml_depthwise_conv2d_rows_s8_params *p, const int8_t *image, int32_t lanes,
                                              int32_t y, int32_t x, int32_t rows, int32_t pitch, int8_t *to) {
  const int32_t channels = p->in_channels, left = x < 0 ? -x < pitch ? -x : pitch : 0;
  const int32_t right = p->in_w - x < pitch ? p->in_w - x : pitch, pixels = right - left;
  for (; rows > 0; rows--, y++, to += LANES * pitch) {
    const int32_t within = y >= 0 && y < p->in_h && pixels > 0;
    if (!within || pixels < pitch) fill(p->input_zero_point, LANES * pitch, to);
    if (within) spread(image + (y * p->in_w + x + left) * channels, pixels, channels, lanes, pitch, to + left);
  }
}

/* The rows of weights of a channel as vectors. */
static inline void lay_weights(const int8_t *weights, int32_t rows, int32_t taps, int8_t *to) {
  const mve_pred16_t present = vctp8q((uint32_t)taps);
  for (; rows > 0; rows--, weights += taps, to += TAPS) vst1q_s8(to, vldrbq_z_s8(weights, present));
}

/* Rows that so many rows of outputs read. */
static inline int32_t block_rows(const tinyml_depthwise_conv2d_rows_s8_params *p, int32_t height) {
  return (height - 1) * p->stride_h + p->kernel_h;
}

static void all_blocks(const tinyml_depthwise_conv2d_rows_s8_params *p, const int8_t *input, const int8_t *weights,
                       const int32_t *bias, const int32_t *multiplier, const int32_t *shift, int8_t *output,
                       void *scratch) {
  const int32_t channels = p->in_channels, row = p->out_w * channels, kernel = p->kernel_h;
  void (*const outputs)(channel_block *) = p->stride_w == 1 ? every_column : every_second_column;
  int8_t *const rows = scratch;
  channel_block block = {
      .more = kernel - 1,
      .zero_point = p->output_zero_point,
      .channels = channels,
      .next_output = row,
      .min = p->act_min,
      .max = p->act_max,
  };
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels, output += p->out_h * row) {
    for (int32_t y = 0; y < p->out_h; y += p->band) {
      const int32_t height = p->out_h - y < p->band ? p->out_h - y : p->band;
      for (int32_t x = 0; x < p->out_w; x += p->span) {
        block.width = p->out_w - x < p->span ? p->out_w - x : p->span;
        const int32_t pitch = (block.width - 1) * p->stride_w + p->kernel_w;
        /* Behind the rows, which the last outputs read beyond. */
        int8_t *const of_channel = rows + LANES * block_rows(p, height) * pitch;
        block.weights = of_channel;
        block.next = LANES * pitch - 3 * p->stride_w;
        block.next_x = LANES * pitch * p->stride_h;
        for (int32_t c = 0; c < channels; c++) {
          const int32_t lane = c % LANES;
          if (lane == 0) {
            const int32_t lanes = channels - c < LANES ? channels - c : LANES;
            lay_out(p, input + c, lanes, y * p->stride_h - p->pad_top, x * p->stride_w - p->pad_left,
                    block_rows(p, height), pitch, rows);
          }
          lay_weights(weights + c * kernel * p->kernel_w, kernel, p->kernel_w, of_channel);
          block.x = rows + lane * pitch;
          block.bias = bias[c];
          block.multiplier = multiplier[c];
          block.shift = shift[c];
          block.height = height;
          block.output = output + y * row + x * channels + c;
          outputs(&block);
        }
      }
    }
  }
}
