/* Depthwise 3x3 with the vector instructions of ARMv8.1-M (MVE, Helium): four pixels of a column in a word, four columns in a vector,
 * so that one product of vectors is all nine taps of an output. Included by generic/depthwise_conv2d_columns_s8.c. */
#include <arm_mve.h>

enum { TINYML_LANES = 16, TINYML_COLUMN = 4 * TINYML_LANES };

/* Pixels of sixteen channels and fewer, from four rows of an image. */
typedef struct {
  const int8_t *rows[4];
  int32_t steps[4]; /* bytes from a pixel of each row to the next: channels, or none where the row lies outside the image */
  int8_t *columns;
  int32_t pixels; /* at least one */
  int32_t lanes;
} pixel_rows;

/* One pixel of each row a turn; lanes beyond the last channel are not read. */
static __attribute__((naked, noinline)) int8_t *lay_out(const pixel_rows *rows __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldm r0, {r0-r10}\n"
      "vctp.8 r10\n"
      "dls lr, r9\n"
      "1:\n"
      "vpstttt\n"
      "vldrbt.u8 q0, [r0]\n"
      "vldrbt.u8 q1, [r1]\n"
      "vldrbt.u8 q2, [r2]\n"
      "vldrbt.u8 q3, [r3]\n"
      "add r0, r0, r4\n"
      "vst40.8 {q0, q1, q2, q3}, [r8]\n"
      "add r1, r1, r5\n"
      "vst41.8 {q0, q1, q2, q3}, [r8]\n"
      "add r2, r2, r6\n"
      "vst42.8 {q0, q1, q2, q3}, [r8]\n"
      "add r3, r3, r7\n"
      "vst43.8 {q0, q1, q2, q3}, [r8]!\n"
      "le lr, 1b\n"
      "mov r0, r8\n"
      "pop {r4-r11, pc}\n");
}

/* Outputs of a block, of up to sixteen channels. A unit is a row of outputs, or two where no row is skipped. Pointers, but for that to
 * the columns, end behind what was done. */
typedef struct {
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
  const int8_t *columns; /* 128 bytes before those of the first channel */
  int8_t *output;
  int32_t lanes, units;
  int32_t turns, rest; /* of a unit: turns of four outputs, and how many are left */
  int32_t channels;    /* bytes from an output to the next */
  int32_t row;         /* bytes to the next row of outputs */
  int32_t zero_point;
  int32_t next_columns, next_output; /* from the end of a unit to the next */
  int32_t last;                      /* from a unit to the last one beside: minus a row, where that begins earlier */
  int32_t min[4], max[4];
} column_block;

/* A channel: q2 its weights as columns of three and a zero, r5 bias, r7 multiplier, r9 shift; q6 a column in each lane, 128 bytes before; r1 output. */
#define NEXT_CHANNEL                  \
  "ldr r12, [r0]\n"                   \
  "ldr r2, [r12]\n"                   \
  "ldr r3, [r12, #3]\n"               \
  "ldr r4, [r12, #5]\n"               \
  "adds r12, #9\n"                    \
  "str r12, [r0]\n"                   \
  "bic r2, r2, #0xff000000\n"         \
  "bic r3, r3, #0xff000000\n"         \
  "lsrs r4, r4, #8\n"                 \
  "movs r6, #0\n"                     \
  "vmov q2[2], q2[0], r2, r4\n"       \
  "vmov q2[3], q2[1], r3, r6\n"       \
  "ldrd r2, r3, [r0, #4]\n"           \
  "ldr r12, [r0, #12]\n"              \
  "ldr r5, [r2], #4\n"                \
  "ldr r7, [r3], #4\n"                \
  "ldr r9, [r12], #4\n"               \
  "strd r2, r3, [r0, #4]\n"           \
  "str r12, [r0, #12]\n"              \
  "ldrd r2, r1, [r0, #16]\n"          \
  "vidup.u32 q6, r6, #8\n"            \
  "vshl.i32 q6, q6, #3\n"             \
  "vadd.i32 q6, q6, r2\n"             \
  "adds r2, #4\n"                     \
  "adds r3, r1, #1\n"                 \
  "strd r2, r3, [r0, #16]\n"          \
  "ldr r2, [r0, #28]\n"

#define LAST_CHANNEL        \
  "ldr r3, [r0, #24]\n"     \
  "subs r3, #1\n"           \
  "str r3, [r0, #24]\n"     \
  "bne.w 8b\n"              \
  "vpop {d8-d15}\n"         \
  "pop {r4-r11, pc}\n"

/* Codes of the sums in q1. Ties go down where they are negative; that and the clamping is for nothing where codes below the zero
 * point are clamped to it, and to nothing but int8. */
#define NARROW_WHOLE          \
  "vadd.i32 q1, q1, r5\n"     \
  "vqrdmulh.s32 q1, q1, r7\n" \
  "vrshl.s32 q1, r9\n"        \
  "vadd.i32 q1, q1, r10\n"    \
  "vqmovnb.s32 q1, q1\n"      \
  "vqmovnb.s16 q1, q1\n"

#define NARROW_CLAMPED          \
  "vadd.i32 q1, q1, r5\n"       \
  "vqrdmulh.s32 q1, q1, r7\n"   \
  "vshr.s32 q0, q1, #31\n"      \
  "vadd.i32 q1, q1, q0\n"       \
  "vrshl.s32 q1, r9\n"          \
  "vldrw.32 q0, [r0, #64]\n"    \
  "vadd.i32 q1, q1, r10\n"      \
  "vmax.s32 q1, q1, q0\n"       \
  "vldrw.32 q0, [r0, #80]\n"    \
  "vmin.s32 q1, q1, q0\n"

/* Two outputs of two rows, from four columns of four pixels: weights moved by a column (q3), a row (q4), and both (q5). */
#define TWO_BY_TWO(narrow)         \
  "vldrw.u32 q0, [q6, #128]!\n"    \
  "vmladav.s8 r4, q0, q2\n"        \
  "vmladav.s8 r6, q0, q3\n"        \
  "vmladav.s8 r8, q0, q4\n"        \
  "vmladav.s8 r12, q0, q5\n"       \
  "vmov q1[2], q1[0], r4, r8\n"    \
  "vmov q1[3], q1[1], r6, r12\n"   \
  narrow                           \
  "vstrb.32 q1, [r1, q7]\n"

/* Of an odd row the last two outputs: the first of them once more. r11: bytes of two outputs. */
#define EVERY_ROW(name, narrow)                                                                            \
  static __attribute__((naked, noinline)) void name(column_block *block __attribute__((unused))) {         \
    __asm volatile(                                                                                        \
        "push {r4-r11, lr}\n"                                                                              \
        "vpush {d8-d15}\n"                                                                                 \
        "ldrd r11, r3, [r0, #40]\n"                                                                        \
        "ldr r10, [r0, #48]\n"                                                                             \
        "movs r2, #0\n"                                                                                    \
        "add r4, r3, r11\n"                                                                                \
        "vmov q7[2], q7[0], r2, r3\n"                                                                      \
        "vmov q7[3], q7[1], r11, r4\n"                                                                     \
        "lsls r11, r11, #1\n"                                                                              \
        "8:\n" NEXT_CHANNEL                                                                                \
        "vmov q3, q2\n"                                                                                    \
        "movs r6, #0\n"                                                                                    \
        "vshlc q3, r6, #32\n"                                                                              \
        "vshl.i32 q4, q2, #8\n"                                                                            \
        "vshl.i32 q5, q3, #8\n"                                                                            \
        "7:\n"                                                                                             \
        "ldrd lr, r3, [r0, #32]\n"                                                                         \
        "dls lr, lr\n"                                                                                     \
        "1:\n" TWO_BY_TWO(narrow)                                                                          \
        "add r1, r1, r11\n"                                                                                \
        "le lr, 1b\n"                                                                                      \
        "cbz r3, 2f\n"                                                                                     \
        "mov r3, #-64\n"                                                                                   \
        "sub r1, r1, r11, lsr #1\n"                                                                        \
        "vadd.i32 q6, q6, r3\n" TWO_BY_TWO(narrow)                                                         \
        "2:\n"                                                                                             \
        "ldrd r3, r4, [r0, #52]\n"                                                                         \
        "vadd.i32 q6, q6, r3\n"                                                                            \
        "add r1, r1, r4\n"                                                                                 \
        "subs r2, #1\n"                                                                                    \
        "beq 3f\n"                                                                                         \
        "cmp r2, #1\n"                                                                                     \
        "bne 7b\n"                                                                                         \
        "ldr r3, [r0, #60]\n"                                                                              \
        "add r1, r1, r3\n"                                                                                 \
        "b 7b\n"                                                                                           \
        "3:\n" LAST_CHANNEL);                                                                              \
  }

/* Four outputs of a row, each from four columns, of which it needs three. */
#define FOUR_IN_A_ROW(narrow)      \
  "vldrw.u32 q0, [q6, #128]!\n"    \
  "vmladav.s8 r4, q0, q2\n"        \
  "vldrw.u32 q1, [q6, #128]!\n"    \
  "vmladav.s8 r6, q1, q2\n"        \
  "vldrw.u32 q0, [q6, #128]!\n"    \
  "vmladav.s8 r8, q0, q2\n"        \
  "vldrw.u32 q1, [q6, #128]!\n"    \
  "vmladav.s8 r12, q1, q2\n"       \
  "vmov q1[2], q1[0], r4, r8\n"    \
  "vmov q1[3], q1[1], r6, r12\n" narrow

/* r11: bytes of four outputs. */
#define EVERY_SECOND_ROW(name, narrow)                                                                     \
  static __attribute__((naked, noinline)) void name(column_block *block __attribute__((unused))) {         \
    __asm volatile(                                                                                        \
        "push {r4-r11, lr}\n"                                                                              \
        "vpush {d8-d15}\n"                                                                                 \
        "ldr r3, [r0, #36]\n"                                                                              \
        "ldr r11, [r0, #40]\n"                                                                             \
        "ldr r10, [r0, #48]\n"                                                                             \
        "vctp.32 r3\n"                                                                                     \
        "movs r2, #0\n"                                                                                    \
        "add r4, r11, r11, lsl #1\n"                                                                       \
        "add r5, r11, r11\n"                                                                               \
        "vmov q7[2], q7[0], r2, r5\n"                                                                      \
        "vmov q7[3], q7[1], r11, r4\n"                                                                     \
        "lsls r11, r11, #2\n"                                                                              \
        "8:\n" NEXT_CHANNEL                                                                                \
        "7:\n"                                                                                             \
        "ldrd r4, r3, [r0, #32]\n"                                                                         \
        "wls lr, r4, 2f\n"                                                                                 \
        "1:\n" FOUR_IN_A_ROW(narrow)                                                                       \
        "vstrb.32 q1, [r1, q7]\n"                                                                          \
        "add r1, r1, r11\n"                                                                                \
        "le lr, 1b\n"                                                                                      \
        "2:\n"                                                                                             \
        "cbz r3, 3f\n" FOUR_IN_A_ROW(narrow)                                                               \
        "vpst\n"                                                                                           \
        "vstrbt.32 q1, [r1, q7]\n"                                                                         \
        "3:\n"                                                                                             \
        "ldrd r3, r4, [r0, #52]\n"                                                                         \
        "vadd.i32 q6, q6, r3\n"                                                                            \
        "add r1, r1, r4\n"                                                                                 \
        "subs r2, #1\n"                                                                                    \
        "bne 7b\n" LAST_CHANNEL);                                                                          \
  }

EVERY_ROW(every_row, NARROW_WHOLE)
EVERY_ROW(every_row_clamped, NARROW_CLAMPED)
EVERY_SECOND_ROW(every_second_row, NARROW_WHOLE)
EVERY_SECOND_ROW(every_second_row_clamped, NARROW_CLAMPED)

/* Columns of pixels outside the image. */
static __attribute__((noinline)) int8_t *lay_out_zeros(int8_t *columns, int32_t count, int32_t zero_point) {
  const int8x16_t zeros = vdupq_n_s8((int8_t)zero_point);
  for (int8_t *const end = columns + TINYML_COLUMN * count; columns != end; columns += TINYML_LANES) {
    vst1q_s8(columns, zeros);
  }
  return columns;
}

/* A block of outputs reads `columns` pixels of each row. y, x: of its first window. */
typedef struct {
  int32_t y, x, columns, units;
  int32_t last;  /* rows that the last unit begins earlier */
  int32_t pitch; /* bytes from the columns of a unit to the next */
} block_window;

static __attribute__((noinline)) void lay_out_block(const tinyml_depthwise_conv2d_columns_s8_params *p,
                                                    const int8_t *image, int32_t lanes, const block_window *at,
                                                    int8_t *to) {
  const int32_t zero_point = p->input_zero_point;
  int8_t outside[TINYML_LANES];
  vst1q_s8(outside, vdupq_n_s8((int8_t)zero_point));
  const int32_t channels = p->in_channels, row = p->in_w * channels, x = at->x, columns = at->columns;
  const int32_t read = p->stride_h == 1 ? 4 : 3;
  const int32_t left = x < 0 ? -x < columns ? -x : columns : 0;
  const int32_t reach = p->in_w - x < columns ? p->in_w - x : columns;
  const int32_t pixels = reach > left ? reach - left : 0;
  pixel_rows rows;
  rows.pixels = pixels;
  rows.lanes = lanes;
  int32_t y = at->y;
  for (int32_t unit = at->units; unit > 0; unit--, y += 2, to += at->pitch) {
    if (unit == 1) y -= at->last;
    const int8_t *from = image + y * row + (x + left) * channels;
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++, from += row) {
      const int within = (uint32_t)(y + i) < (uint32_t)p->in_h && i < read;
      rows.rows[i] = within ? from : outside;
      rows.steps[i] = within ? channels : 0;
    }
    rows.columns = lay_out_zeros(to, left, zero_point);
    if (pixels > 0) rows.columns = lay_out(&rows);
    lay_out_zeros(rows.columns, columns - left - pixels, zero_point);
  }
}

static void all_blocks(const tinyml_depthwise_conv2d_columns_s8_params *p, const int8_t *input,
                       const int8_t *weights, const int32_t *bias, const int32_t *multiplier, const int32_t *shift,
                       int8_t *output, void *scratch) {
  const int32_t channels = p->in_channels, row = p->out_w * channels;
  const int every = p->stride_h == 1;
  const int saturates = p->act_min == INT8_MIN && p->act_max == INT8_MAX && p->output_zero_point == INT8_MIN;
  void (*const outputs)(column_block *) =
      every ? saturates ? every_row : every_row_clamped : saturates ? every_second_row : every_second_row_clamped;
  column_block block;
  block.channels = channels;
  block.row = row;
  block.zero_point = p->output_zero_point;
  for (int32_t i = 0; i < 4; i++) {
    block.min[i] = p->act_min;
    block.max[i] = p->act_max;
  }
  for (int32_t n = 0; n < p->batch; n++, input += p->in_h * p->in_w * channels, output += p->out_h * row) {
    for (int32_t y0 = 0; y0 < p->out_h; y0 += p->band) {
      /* Of two rows one may be computed once more, and so of two columns. */
      const int32_t y = every && y0 == p->out_h - 1 ? y0 - 1 : y0;
      const int32_t height = p->out_h - y < p->band ? p->out_h - y : p->band;
      for (int32_t x0 = 0; x0 < p->out_w; x0 += p->span) {
        const int32_t x = every && x0 == p->out_w - 1 ? x0 - 1 : x0;
        const int32_t width = p->out_w - x < p->span ? p->out_w - x : p->span;
        block_window at;
        at.y = y * p->stride_h - p->pad_top;
        at.x = x * p->stride_w - p->pad_left;
        int32_t used; /* columns of a unit that are stepped over */
        if (every) {
          block.turns = width / 2;
          block.rest = width % 2;
          used = width;
          at.columns = width + 2;
          at.pitch = TINYML_COLUMN * (width + 2);
          at.units = (height + 1) / 2;
          at.last = height % 2;
          block.next_output = 2 * (row - block.turns * channels) + block.rest * channels;
        } else {
          block.turns = width / 4;
          block.rest = width % 4;
          used = 8 * ((width + 3) / 4);
          at.columns = 2 * width + 1;
          at.pitch = TINYML_COLUMN * (used + 2);
          at.units = height;
          at.last = 0;
          block.next_output = row - 4 * block.turns * channels;
        }
        block.last = -at.last * row;
        block.next_columns = at.pitch - TINYML_COLUMN * used;
        block.units = at.units;
        block.weights = weights;
        block.bias = bias;
        block.multiplier = multiplier;
        block.shift = shift;
        block.output = output + y * row + x * channels;
        for (int32_t c = 0; c < channels; c += TINYML_LANES) {
          const int32_t lanes = channels - c < TINYML_LANES ? channels - c : TINYML_LANES;
          lay_out_block(p, input + c, lanes, &at, scratch);
          block.columns = (const int8_t *)scratch - 2 * TINYML_COLUMN;
          block.lanes = lanes;
          outputs(&block);
        }
      }
    }
  }
}
