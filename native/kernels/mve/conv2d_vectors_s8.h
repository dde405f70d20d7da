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

/* A vector or less of each row of three windows, `across` bytes apart in the image, each into columns of its own, `apart` bytes apart. */
static inline void copy_three(const int8_t *x, int32_t across, int32_t row, int32_t rows, int32_t bytes, int32_t run, int8_t *to,
                              int32_t apart) {
  const int8_t *x1 = x + across, *x2 = x1 + across;
  int8_t *to1 = to + apart, *to2 = to1 + apart;
  __asm volatile(
      "vctp.8 %[bytes]\n"
      "dls lr, %[rows]\n"
      "1:\n"
      "vpsttt\n"
      "vldrbt.u8 q0, [%[x]]\n"
      "vldrbt.u8 q1, [%[x1]]\n"
      "vldrbt.u8 q2, [%[x2]]\n"
      "add %[x], %[x], %[row]\n"
      "add %[x1], %[x1], %[row]\n"
      "add %[x2], %[x2], %[row]\n"
      "vpsttt\n"
      "vstrbt.8 q0, [%[to]]\n"
      "vstrbt.8 q1, [%[to1]]\n"
      "vstrbt.8 q2, [%[to2]]\n"
      "add %[to], %[to], %[run]\n"
      "add %[to1], %[to1], %[run]\n"
      "add %[to2], %[to2], %[run]\n"
      "le lr, 1b\n"
      : [x] "+r"(x), [x1] "+r"(x1), [x2] "+r"(x2), [to] "+r"(to), [to1] "+r"(to1), [to2] "+r"(to2)
      : [rows] "r"(rows), [bytes] "r"(bytes), [run] "r"(run), [row] "r"(row)
      : "lr", "q0", "q1", "q2", "memory");
}

static inline int32_t clamped(int32_t value, int32_t least, int32_t most) {
  return value < least ? least : value > most ? most : value;
}

/* Rows of pixels from pixel (y, x) of an image on, with their padding. */
static __attribute__((noinline)) void put_rows(const tinyml_conv2d_vectors_s8_params *p, tinyml_image_window from, int32_t pixels,
                                               int32_t rows, int8_t *to) {
  TINYML_FACTS(conv2d_vectors_s8, p);
  const int32_t channels = p->in_channels, zero_point = p->input_zero_point, x = from.x, y = from.y;
  const int32_t above = clamped(-y, 0, rows), end_y = clamped(p->in_h - y, above, rows);
  const int32_t first = clamped(-x, 0, pixels), end_x = clamped(p->in_w - x, first, pixels);
  const int32_t before = first * channels, inside = (end_x - first) * channels, behind = (pixels - end_x) * channels;
  const int32_t run = before + inside + behind, row = p->in_w * channels;
  const int8_t *of = from.image + (y + above) * row + (x + first) * channels;
  to = fill(zero_point, above * run, to);
  for (int32_t left = end_y - above; left > 0; left--, of += row) {
    to = fill(zero_point, before, to);
    to = copy(of, inside, to);
    to = fill(zero_point, behind, to);
  }
  fill(zero_point, (rows - end_y) * run, to);
}

/* Three windows of a row of outputs that lie inside the image, columns not apart. first: where the first of them begins. */
static __attribute__((noinline)) void lay_inside(const tinyml_conv2d_vectors_s8_params *p, const int8_t *first, int8_t *columns,
                                                 int8_t *apart) {
  TINYML_FACTS(conv2d_vectors_s8, p);
  const int32_t channels = p->in_channels, run = p->kernel_w * channels, row = p->dilation_h * p->in_w * channels;
  const int32_t across = p->stride_w * channels, height = p->kernel_h;
  const int32_t window = (TINYML_VECTOR / 8) * p->words;
  const int8_t *rows[POSITIONS] = {first, first + across, first + 2 * across};
  int32_t left = height, bytes = run;
  if (height > 1 && run % TINYML_VECTOR != 0) {
    for (int32_t at = 0; at < run; at += TINYML_VECTOR) {
      copy_three(first + at, across, row, height, run - at, run, apart + at, window);
    }
    for (int32_t j = 0; j < POSITIONS; j++) rows[j] = apart + j * window;
    left = 1;
    bytes = height * run;
  }
  for (; left > 0; left--, columns += POSITIONS * bytes) {
    lay_beside(rows, bytes, columns);
    for (int32_t j = 0; j < POSITIONS; j++) rows[j] += row;
  }
}

/* Windows of three positions, of which the last ones may be the same. Parameters are read before anything is written, while facts of them are known. */
static __attribute__((noinline)) void lay_windows(const tinyml_conv2d_vectors_s8_params *p, const tinyml_image_window *windows,
                                                  int8_t *columns, int8_t *apart) {
  TINYML_FACTS(conv2d_vectors_s8, p);
  const int32_t channels = p->in_channels, pixels = tinyml_run_pixels(p), run = pixels * channels, window = (TINYML_VECTOR / 8) * p->words;
  const int32_t height = p->kernel_h, width = p->kernel_w, down = p->dilation_h, across = p->dilation_w;
  const int32_t rows_at_once = down == 1 && across == 1 ? height : 1;
  const int8_t *rows[POSITIONS];
  if (run % TINYML_VECTOR != 0 && height * width > pixels) {
    for (int32_t j = 0; j < POSITIONS; j++, apart += window) {
      int8_t *to = apart;
      rows[j] = to;
      for (int32_t ky = 0; ky < height; ky += rows_at_once) {
        for (int32_t kx = 0; kx < width; kx += pixels, to += rows_at_once * run) {
          const tinyml_image_window at = {windows[j].image, windows[j].y + ky * down, windows[j].x + kx * across};
          put_rows(p, at, pixels, rows_at_once, to);
        }
      }
    }
    lay_beside(rows, height * width * channels, columns);
    return;
  }
  /* What is whole vectors, or alone, is put together one by one, and where it is inside not at all. */
  for (int32_t ky = 0; ky < height; ky++) {
    for (int32_t kx = 0; kx < width; kx += pixels, columns += POSITIONS * run) {
      for (int32_t j = 0; j < POSITIONS; j++) {
        const tinyml_image_window at = {windows[j].image, windows[j].y + ky * down, windows[j].x + kx * across};
        rows[j] = at.image + (at.y * p->in_w + at.x) * channels;
        if (at.y < 0 || at.y >= p->in_h || at.x < 0 || at.x + pixels > p->in_w) {
          rows[j] = apart + j * run;
          put_rows(p, at, pixels, 1, apart + j * run);
        }
      }
      lay_beside(rows, run, columns);
    }
  }
}

/* The window `positions` on in a row of outputs, or the first one of the next; column: its column. */
static inline void step(const tinyml_conv2d_vectors_s8_params *p, int32_t positions, tinyml_image_window *window, int32_t *column) {
  window->x += positions * p->stride_w;
  *column += positions;
  if (*column < p->out_w) return;
  *column = 0;
  window->x = -p->pad_left;
  window->y += p->stride_h;
  if (window->y < p->out_h * p->stride_h - p->pad_top) return;
  window->y = -p->pad_top;
  window->image += p->in_h * p->in_w * p->in_channels;
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
      .scales_end = scales + channels / TINYML_EIGHT * TINYML_SCALES,
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
      const int32_t inside = p->dilation_w == 1 && column + POSITIONS <= p->out_w && window.x >= 0 && window.y >= 0 &&
                             window.x + (POSITIONS - 1) * p->stride_w + p->kernel_w <= p->in_w &&
                             window.y + (p->kernel_h - 1) * p->dilation_h < p->in_h;
      if (inside) {
        lay_inside(p, window.image + (window.y * p->in_w + window.x) * pixel, columns, apart);
      } else {
        tinyml_image_window windows[POSITIONS];
        for (int32_t j = 0; j < POSITIONS; j++) {
          windows[j] = window;
          if (j < third) step(p, 1, &window, &column);
        }
        windows[1] = windows[second];
        lay_windows(p, windows, columns, apart);
      }
      step(p, inside ? POSITIONS : 1, &window, &column);
    }
    multiply(&next);
  }
}
