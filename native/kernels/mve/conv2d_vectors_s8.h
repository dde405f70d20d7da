/* Three output positions and two channels at a time with the vector instructions of ARMv8.1-M (MVE, Helium): six sums in registers, and
 * what fits of the windows stays in registers for eight channels. Whole functions in assembly: compilers spill. Included by
 * generic/conv2d_vectors_s8.c. */

/* Positions at once, and bytes of one vector of each of their windows. */
enum { POSITIONS = 3, COLUMN = POSITIONS * TINYML_VECTOR };

/* Bytes of the windows that stay in registers. */
enum { HELD = 5 * TINYML_VECTOR };

/* Windows against all channels. */
typedef struct {
  const int8_t *columns; /* HELD bytes after the first: vectors of inputs, of each the three windows beside each other */
  int32_t more;          /* vectors after the first two */
  const int32_t *scales;
  int32_t zero_point;
  const int32_t *scales_end; /* of whole eights */
  int32_t rest;              /* channels that are no whole eight */
  const int8_t *weights;
  int8_t *output[POSITIONS];
  int32_t whole; /* channels that are whole eights */
} products;

/* The first vector of each window stays in q3 to q5, the second of two of them in q6 and q7. */
#define HOLD_FIRST                \
  "vldrb.8 q3, [r1, #-80]\n"      \
  "vldrb.8 q4, [r1, #-64]\n"      \
  "vldrb.8 q5, [r1, #-48]\n"

#define HOLD_SECOND               \
  "vldrb.8 q6, [r1, #-32]\n"      \
  "vldrb.8 q7, [r1, #-16]\n"

#define PRODUCTS                  \
  "vldrb.8 q0, [r9], #16\n"       \
  "vmladav.s8 r0, q3, q0\n"       \
  "vldrb.8 q1, [r9], #16\n"       \
  "vmladav.s8 r2, q4, q0\n"       \
  "vmladav.s8 r4, q5, q0\n"       \
  "vmladav.s8 r6, q3, q1\n"       \
  "vmladav.s8 r8, q4, q1\n"       \
  "vmladav.s8 r10, q5, q1\n"

#define MORE_PRODUCTS             \
  "ldrd r1, lr, [sp]\n"           \
  "vldrb.8 q0, [r9], #16\n"       \
  "vmladava.s8 r0, q6, q0\n"      \
  "vldrb.8 q2, [r1], #16\n"       \
  "vmladava.s8 r2, q7, q0\n"      \
  "vldrb.8 q1, [r9], #16\n"       \
  "vmladava.s8 r4, q2, q0\n"      \
  "vmladava.s8 r6, q6, q1\n"      \
  "vmladava.s8 r8, q7, q1\n"      \
  "vmladava.s8 r10, q2, q1\n"     \
  "wls lr, lr, 5f\n"              \
  "4:\n"                          \
  "vldrb.8 q0, [r9], #16\n"       \
  "vldrb.8 q2, [r1], #16\n"       \
  "vmladava.s8 r0, q2, q0\n"      \
  "vldrb.8 q1, [r9], #16\n"       \
  "vmladava.s8 r6, q2, q1\n"      \
  "vldrb.8 q2, [r1], #16\n"       \
  "vmladava.s8 r2, q2, q0\n"      \
  "vmladava.s8 r8, q2, q1\n"      \
  "vldrb.8 q2, [r1], #16\n"       \
  "vmladava.s8 r4, q2, q0\n"      \
  "vmladava.s8 r10, q2, q1\n"     \
  "le lr, 4b\n"                   \
  "5:\n"

/* The codes of eight channels at a position. */
#define NARROW(output, down)                                                             \
  "vld20.32 {q0, q1}, [r11]\n"                                                           \
  "vld21.32 {q0, q1}, [r11]!\n"                                                          \
  "vadd.i32 q0, q0, q2\n"                                                                \
  "vadd.i32 q1, q1, q3\n"                                                                \
  "vqrdmulh.s32 q0, q0, q4\n"                                                            \
  "vqrdmulh.s32 q1, q1, q5\n" down TINYML_VECTORS_TO_INT8("q6", "q7", "r1")              \
  "vstrb.16 q0, [" output "], #8\n"

/* The codes that lie at r11 behind those of whole eights: r2 of them, r1 behind where the outputs began. */
#define STORE_REST(output, codes)       \
  "vldrb.8 q0, [r11, #" codes "]\n"     \
  "add " output ", " output ", r1\n"    \
  "vpst\n"                              \
  "vstrbt.8 q0, [" output "]\n"

/* Sums of the first channel of a pair in r0, r2 and r4, of the second in r6, r8 and r10. r1: the windows, r9: weights, r11: where sums
 * are kept, r12: pairs that are left of the eight, r3, r5 and r7: outputs, of channels that are no whole eight in place of the first sums.
 * On the stack: products up to rest; once those channels have come, how many they are, and 0 before; products; and from byte 32 on the
 * sums of eight channels of each position. */
#define MULTIPLY(name, hold, more, one, down)                                                          \
  static __attribute__((naked, noinline)) void name(const products *windows __attribute__((unused))) { \
    __asm volatile(                                                                                    \
        "push {r4-r11, lr}\n"                                                                          \
        "vpush {d8-d15}\n"                                                                             \
        "sub sp, sp, #128\n"                                                                           \
        "mov r8, r0\n"                                                                                 \
        "ldm r0!, {r1-r6}\n"                                                                           \
        "mov r7, #0\n"                                                                                 \
        "stm sp, {r1-r8}\n"                                                                            \
        "cmp r3, r5\n"                                                                                 \
        "ldrd r9, r3, [r0]\n"                                                                          \
        "ldrd r5, r7, [r0, #8]\n"                                                                      \
        "beq.w 6f\n"                                                                                   \
        "1:\n"                                                                                         \
        "mov r12, #4\n"                                                                                \
        "2:\n"                                                                                         \
        "ldr r1, [sp]\n"                                                                               \
        "add r11, sp, #32\n" HOLD_FIRST hold                                                           \
        "3:\n" PRODUCTS more                                                                           \
        "strd r2, r8, [r11, #32]\n"                                                                    \
        "strd r4, r10, [r11, #64]\n"                                                                   \
        "strd r0, r6, [r11], #8\n"                                                                     \
        "subs r12, r12, #1\n"                                                                          \
        "bne.w 3b\n"                                                                                   \
        "ldrd r0, r1, [sp, #8]\n"                                                                      \
        "ldr r2, [sp, #16]\n"                                                                          \
        "vldrw.32 q2, [r0], #16\n"                                                                     \
        "vldrw.32 q3, [r0], #16\n"                                                                     \
        "vldrw.32 q4, [r0], #16\n"                                                                     \
        "vldrw.32 q5, [r0], #16\n"                                                                     \
        "vldrw.32 q6, [r0], #16\n"                                                                     \
        "vldrw.32 q7, [r0], #16\n"                                                                     \
        "add r11, sp, #32\n" one NARROW("r3", down) NARROW("r5", down) NARROW("r7", down)              \
        "str r0, [sp, #8]\n"                                                                           \
        "cmp r0, r2\n"                                                                                 \
        "blo.w 1b\n"                                                                                   \
        "ldr r2, [sp, #24]\n"                                                                          \
        "cbnz r2, 7f\n"                                                                                \
        "6:\n"                                                                                         \
        "ldr r12, [sp, #20]\n"                                                                         \
        "add r3, sp, #32\n"                                                                            \
        "add r5, sp, #40\n"                                                                            \
        "add r7, sp, #48\n"                                                                            \
        "str r12, [sp, #24]\n"                                                                         \
        "adds r12, r12, #1\n"                                                                          \
        "lsrs r12, r12, #1\n"                                                                          \
        "bne.w 2b\n"                                                                                   \
        "b.n 8f\n"                                                                                     \
        "7:\n"                                                                                         \
        "ldr r0, [sp, #28]\n"                                                                          \
        "ldrd r3, r5, [r0, #28]\n"                                                                     \
        "ldrd r7, r1, [r0, #36]\n"                                                                     \
        "sub r11, r11, #96\n"                                                                          \
        "vctp.8 r2\n"                                                                                  \
        STORE_REST("r3", "0") STORE_REST("r5", "8") STORE_REST("r7", "16")                             \
        "8:\n"                                                                                         \
        "add sp, sp, #128\n"                                                                           \
        "vpop {d8-d15}\n"                                                                              \
        "pop {r4-r11, pc}\n");                                                                         \
  }

#define ONE "mov r4, #1\n"

/* With a zero point of -128 what is below it is clamped to it, however ties were rounded. */
MULTIPLY(multiply_positive, HOLD_SECOND, MORE_PRODUCTS, "", "")
MULTIPLY(multiply_any, HOLD_SECOND, MORE_PRODUCTS, ONE, TINYML_VECTORS_DOWN("r4"))

/* Windows of one vector. */
MULTIPLY(multiply_one_positive, "", "", "", "")
MULTIPLY(multiply_one, "", "", ONE, TINYML_VECTORS_DOWN("r4"))

/* `bytes` from x on, at least 1 of them, in the next columns for each of three rows. */
static void lay_beside(const int8_t *const *rows, int32_t bytes, int8_t *columns) {
  const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2];
  __asm volatile(
      "dlstp.8 lr, %[bytes]\n"
      "1:\n"
      "vldrb.8 q0, [%[x0]], #16\n"
      "vldrb.8 q1, [%[x1]], #16\n"
      "vldrb.8 q2, [%[x2]], #16\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "vstrb.8 q1, [%[to]], #16\n"
      "vstrb.8 q2, [%[to]], #16\n"
      "letp lr, 1b\n"
      : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [to] "+r"(columns)
      : [bytes] "r"(bytes)
      : "lr", "q0", "q1", "q2", "memory");
}

/* A number of bytes, which may be 0. */
static inline int8_t *copy(const int8_t *x, int32_t bytes, int8_t *to) {
  int8_t *const end = to + bytes;
  __asm volatile(
      "wlstp.8 lr, %[bytes], 2f\n"
      "1:\n"
      "vldrb.8 q0, [%[x]], #16\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [x] "+r"(x), [to] "+r"(to)
      : [bytes] "r"(bytes)
      : "lr", "q0", "memory");
  return end;
}

static inline int8_t *fill(int32_t value, int32_t bytes, int8_t *to) {
  int8_t *const end = to + bytes;
  __asm volatile(
      "wlstp.8 lr, %[bytes], 2f\n"
      "vdup.8 q0, %[value]\n"
      "1:\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [to] "+r"(to)
      : [bytes] "r"(bytes), [value] "r"(value)
      : "lr", "q0", "memory");
  return end;
}

/* Rows of at most a vector, a row of an image apart. Returns where they end. */
static inline int8_t *copy_rows(const int8_t *x, int32_t row, int32_t rows, int32_t run, int8_t *to) {
  __asm volatile(
      "vctp.8 %[run]\n"
      "dls lr, %[rows]\n"
      "1:\n"
      "vpstt\n"
      "vldrbt.u8 q0, [%[x]]\n"
      "vstrbt.8 q0, [%[to]]\n"
      "add %[x], %[x], %[row]\n"
      "add %[to], %[to], %[run]\n"
      "le lr, 1b\n"
      : [x] "+l"(x), [to] "+l"(to)
      : [rows] "r"(rows), [run] "r"(run), [row] "r"(row)
      : "lr", "q0", "memory");
  return to;
}

/* A row of a window with its padding. Returns its end. */
static int8_t *put_row(const tinyml_conv2d_vectors_s8_params *p, tinyml_image_window from, int32_t ky, int8_t *to) {
  const int32_t y = from.y + ky, channels = p->in_channels, zero_point = p->input_zero_point;
  if (y < 0 || y >= p->in_h) return fill(zero_point, p->kernel_w * channels, to);
  const int32_t first = from.x < 0 ? -from.x : 0;
  const int32_t end = p->in_w - from.x < p->kernel_w ? p->in_w - from.x : p->kernel_w;
  if (first >= end) return fill(zero_point, p->kernel_w * channels, to);
  to = fill(zero_point, first * channels, to);
  to = copy(from.image + (y * p->in_w + from.x + first) * channels, (end - first) * channels, to);
  return fill(zero_point, (p->kernel_w - end) * channels, to);
}

/* A window from its pixel (y, x) on, in columns of its own. */
static void put_window(const tinyml_conv2d_vectors_s8_params *p, tinyml_image_window from, int8_t *to) {
  const int32_t channels = p->in_channels, run = p->kernel_w * channels, row = p->in_w * channels;
  const int32_t is_within = from.y >= 0 && from.y + p->kernel_h <= p->in_h && from.x >= 0 && from.x + p->kernel_w <= p->in_w;
  if (is_within && run <= TINYML_VECTOR) {
    copy_rows(from.image + from.y * row + from.x * channels, row, p->kernel_h, run, to);
    return;
  }
  for (int32_t ky = 0; ky < p->kernel_h; ky++) to = put_row(p, from, ky, to);
}

/* The windows of three positions, of which the last ones may be the same. Not inlined: what it keeps would lie on the stack beneath products. */
static __attribute__((noinline)) void lay_windows(const tinyml_conv2d_vectors_s8_params *p, const tinyml_image_window *windows, int8_t *columns,
                        int8_t *apart) {
  const int32_t channels = p->in_channels, run = p->kernel_w * channels, row = p->in_w * channels;
  const tinyml_image_window one = windows[0];
  const int8_t *rows[POSITIONS];
  if (p->kernel_h > 1 && run % TINYML_VECTOR != 0) {
    for (int32_t j = 0; j < POSITIONS; j++) {
      int8_t *const to = apart + j * (TINYML_VECTOR / 8) * p->words;
      put_window(p, windows[j], to);
      rows[j] = to;
    }
    lay_beside(rows, p->kernel_h * run, columns);
    return;
  }
  /* All in one row of outputs, and no padding. */
  if (windows[1].x == one.x + p->stride_w && windows[2].x == windows[1].x + p->stride_w && one.x >= 0 &&
      windows[2].x + p->kernel_w <= p->in_w && one.y >= 0 && one.y + p->kernel_h <= p->in_h) {
    const int32_t across = p->stride_w * channels;
    rows[0] = one.image + one.y * row + one.x * channels;
    for (int32_t ky = 0; ky < p->kernel_h; ky++, rows[0] += row, columns += POSITIONS * run) {
      rows[1] = rows[0] + across;
      rows[2] = rows[1] + across;
      lay_beside(rows, run, columns);
    }
    return;
  }
  for (int32_t ky = 0; ky < p->kernel_h; ky++, columns += POSITIONS * run) {
    for (int32_t j = 0; j < POSITIONS; j++) {
      const tinyml_image_window from = windows[j];
      const int32_t y = from.y + ky, x = from.x;
      const int32_t is_within = y >= 0 && y < p->in_h && x >= 0 && x + p->kernel_w <= p->in_w;
      int8_t *const to = apart + j * run;
      if (!is_within) put_row(p, from, ky, to);
      rows[j] = is_within ? from.image + y * row + x * channels : to;
    }
    lay_beside(rows, run, columns);
  }
}

/* The window of the next position; column: its column in a row of outputs. */
static inline tinyml_image_window next_window(const tinyml_conv2d_vectors_s8_params *p, tinyml_image_window of, int32_t *column) {
  of.x += p->stride_w;
  if (++*column < p->out_w) return of;
  *column = 0;
  of.x = -p->pad_left;
  of.y += p->stride_h;
  if (of.y < p->out_h * p->stride_h - p->pad_top) return of;
  of.y = -p->pad_top;
  of.image += p->in_h * p->in_w * p->in_channels;
  return of;
}

/* Whether each position reads the pixel of its own number and nothing else. */
static int32_t is_pointwise(const tinyml_conv2d_vectors_s8_params *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->in_h == p->out_h &&
         p->in_w == p->out_w;
}

static void all_positions(const tinyml_conv2d_vectors_s8_params *p, const int8_t *input, const int8_t *weights,
                          const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t positions = p->batch * p->out_h * p->out_w, channels = p->out_channels, vectors = p->words / 8;
  const int32_t whole = is_pointwise(p), pixel = p->in_channels;
  int8_t *const columns = scratch, *const apart = columns + COLUMN * vectors;
  const int32_t positive = p->output_zero_point == INT8_MIN;
  void (*const multiply)(const products *) = vectors == 1 ? (positive ? multiply_one_positive : multiply_one)
                                             : positive   ? multiply_positive
                                                          : multiply_any;
  products next = {
      .columns = columns + HELD,
      .more = vectors - 2,
      .scales = scales,
      .zero_point = p->output_zero_point,
      .scales_end = scales + channels / TINYML_EIGHT * SCALES,
      .rest = channels % TINYML_EIGHT,
      .weights = weights,
      .whole = channels / TINYML_EIGHT * TINYML_EIGHT,
  };
  tinyml_image_window window = {input, -p->pad_top, -p->pad_left};
  int32_t column = 0;
  for (int32_t left = positions; left > 0; left -= POSITIONS) {
    /* Where fewer are left, the last one stands for those that are missing. */
    const int32_t second = left > 1, third = second + (left > 2);
    next.output[0] = output;
    next.output[1] = output + second * channels;
    next.output[2] = output + third * channels;
    output += POSITIONS * channels;
    if (whole) {
      const int8_t *const rows[POSITIONS] = {input, input + second * pixel, input + third * pixel};
      input += POSITIONS * pixel;
      lay_beside(rows, pixel, columns);
    } else {
      tinyml_image_window windows[POSITIONS];
      windows[0] = window;
      windows[1] = second == 0 ? window : (window = next_window(p, window, &column));
      windows[2] = third == second ? window : (window = next_window(p, window, &column));
      window = next_window(p, window, &column);
      lay_windows(p, windows, columns, apart);
    }
    multiply(&next);
  }
}
