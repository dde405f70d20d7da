/* Three output positions at a time, or four, with the DSP instructions of ARMv7E-M and ARMv8-M. Whole functions in assembly: their
 * loops have as many values as there are registers. Included by generic/conv2d_pairs_s8.c. */

/* Positions at once, at most. */
enum { TINYML_POSITIONS = 4 };

/* Windows against all blocks of a table. */
typedef struct {
  const uint32_t *x; /* the windows as int16: for each word of weights two inputs of each */
  int32_t skip;      /* bytes from the loop to where its first turn begins */
  const uint32_t *x_end;
  const int32_t *table_end;
  int8_t *output;      /* of the first position */
  int32_t output_step; /* from one position to the next */
  int32_t zero_point;
  const int32_t *table;
  int32_t entry; /* the same as skip, behind words that are left over */
} products;

/* The products of a word of weights and two inputs of four windows: 12 instructions of 4 bytes. r2 has the weights of both
 * channels, r3 those of the first. */
#define PAIR_WORD                 \
  "ldr.w r2, [r1], #4\n"          \
  "ldrd r12, lr, [r0], #8\n"      \
  "sxtb16 r3, r2\n"               \
  "smlad r4, r12, r3, r4\n"       \
  "smlad r5, lr, r3, r5\n"        \
  "smlad r8, r12, r2, r8\n"       \
  "smlad r9, lr, r2, r9\n"        \
  "ldrd r12, lr, [r0], #8\n"      \
  "smlad r6, r12, r3, r6\n"       \
  "smlad r7, lr, r3, r7\n"        \
  "smlad r10, r12, r2, r10\n"     \
  "smlad r11, lr, r2, r11\n"

enum { BYTES_OF_PAIR_WORD = 48, PAIR_WORDS = 8 };

/* The first of them: every sum begins at the bias. */
#define FIRST_PAIR_WORD           \
  "ldr.w r2, [r1], #4\n"          \
  "ldrd r12, lr, [r0, #8]\n"      \
  "sxtb16 r3, r2\n"               \
  "smlad r6, r12, r3, r4\n"       \
  "smlad r7, lr, r3, r4\n"        \
  "smlad r10, r12, r2, r8\n"      \
  "smlad r11, lr, r2, r8\n"       \
  "ldrd r12, lr, [r0], #16\n"     \
  "smlad r5, lr, r3, r4\n"        \
  "smlad r9, lr, r2, r8\n"        \
  "smlad r4, r12, r3, r4\n"       \
  "smlad r8, r12, r2, r8\n"

/* Three windows and a word in a register, 8 instructions of 4 bytes: values are fewer, so that words come by threes. */
#define WORD_OF_THREE(word)              \
  "ldm.w r0!, {r7, r11, r12}\n"          \
  "smlad r8, r7, " word ", r8\n"         \
  "smlad r9, r11, " word ", r9\n"        \
  "smlad r10, r12, " word ", r10\n"      \
  "sxtb16 " word ", " word "\n"          \
  "smlad r4, r7, " word ", r4\n"         \
  "smlad r5, r11, " word ", r5\n"        \
  "smlad r6, r12, " word ", r6\n"

#define THREE_WORDS_OF_THREE "ldm.w r1!, {r2, r3, lr}\n" WORD_OF_THREE("r2") WORD_OF_THREE("r3") WORD_OF_THREE("lr")

enum { BYTES_OF_THREE_WORDS = 100, THREES_OF_WORDS = 4 };

/* Before the loop, one of the words that are left over. */
#define SINGLE_WORD_OF_THREE "ldr.w r3, [r1], #4\n" WORD_OF_THREE("r3")

enum { BYTES_OF_SINGLE_WORD = 36, BYTES_BEHIND_SINGLE_WORDS = 4 };

#define FIRST_TWO_WORDS_OF_THREE    \
  "ldrd r2, r3, [r1], #8\n"         \
  "ldm.w r0!, {r7, r11, r12}\n"     \
  "smlad r9, r11, r2, r8\n"         \
  "smlad r10, r12, r2, r8\n"        \
  "smlad r8, r7, r2, r8\n"          \
  "sxtb16 r2, r2\n"                 \
  "smlad r5, r11, r2, r4\n"         \
  "smlad r6, r12, r2, r4\n"         \
  "smlad r4, r7, r2, r4\n" WORD_OF_THREE("r3")

#define NARROW(sum, down) TINYML_PAIR_NARROW(sum, down, "r2", "r3", "r12")

#define NOTHING(sum) ""

/* The sums of a block stay in r4-r7 (S0) and r8-r11 (S0 + 256 * S1). On the stack: what products holds, in its order. */
#define MULTIPLY_FOUR(name, ties)                                                                          \
  static __attribute__((naked, noinline)) void name(const products *windows __attribute__((unused))) {     \
    __asm volatile(                                                                                        \
        "push {r4-r11, lr}\n"                                                                              \
        "ldm r0, {r1-r8}\n"                                                                                \
        "adr.w r9, 8f\n"                                                                                   \
        "add r2, r2, r9\n"                                                                                 \
        "orr r2, r2, #1\n"                                                                                 \
        "push {r1-r7}\n"                                                                                   \
        "mov r1, r8\n"                                                                                     \
        "7:\n"                                                                                             \
        "ldrd r4, r8, [r1], #8\n"                                                                          \
        "ldr r0, [sp]\n" FIRST_PAIR_WORD                                                                   \
        "ldr r2, [sp, #4]\n"                                                                               \
        "bx r2\n"                                                                                          \
        ".p2align 2\n"                                                                                     \
        "8:\n" PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD PAIR_WORD             \
        "ldr r2, [sp, #8]\n"                                                                               \
        "cmp r0, r2\n"                                                                                     \
        "bne.w 8b\n"                                                                                       \
        "ldrd r2, r3, [r1], #8\n"                                                                          \
        "ldr r12, [sp, #24]\n"                                                                             \
        "sub r8, r8, r4\n"                                                                                 \
        "sub r9, r9, r5\n"                                                                                 \
        "sub r10, r10, r6\n"                                                                               \
        "sub r11, r11, r7\n"                                                                               \
        NARROW("r4", ties("r4")) NARROW("r5", ties("r5")) NARROW("r6", ties("r6")) NARROW("r7", ties("r7")) \
        "ldrd r2, r3, [r1], #8\n"                                                                          \
        "asr r8, r8, #8\n"                                                                                 \
        "asr r9, r9, #8\n"                                                                                 \
        "asr r10, r10, #8\n"                                                                               \
        "asr r11, r11, #8\n"                                                                               \
        NARROW("r8", ties("r8")) NARROW("r9", ties("r9")) NARROW("r10", ties("r10")) NARROW("r11", ties("r11")) \
        "ldrd lr, r0, [sp, #16]\n"                                                                         \
        "ldr r2, [sp, #12]\n"                                                                              \
        "bfi r4, r8, #8, #8\n"                                                                             \
        "bfi r5, r9, #8, #8\n"                                                                             \
        "bfi r6, r10, #8, #8\n"                                                                            \
        "bfi r7, r11, #8, #8\n"                                                                            \
        "strh r5, [lr, r0]\n"                                                                              \
        "strh r6, [lr, r0, lsl #1]\n"                                                                      \
        "add r3, lr, r0\n"                                                                                 \
        "strh r7, [r3, r0, lsl #1]\n"                                                                      \
        "strh r4, [lr], #2\n"                                                                              \
        "str lr, [sp, #16]\n"                                                                              \
        "cmp r1, r2\n"                                                                                     \
        "bne.w 7b\n"                                                                                       \
        "add sp, sp, #28\n"                                                                                \
        "pop {r4-r11, pc}\n");                                                                             \
  }

/* Three windows: sums in r4-r6 and r8-r10, inputs in r7, r11 and r12. On the stack entry in place of x_end, which comes last. */
#define MULTIPLY_THREE(name, ties)                                                                         \
  static __attribute__((naked, noinline)) void name(const products *windows __attribute__((unused))) {     \
    __asm volatile(                                                                                        \
        "push {r4-r11, lr}\n"                                                                              \
        "ldm r0, {r1-r9}\n"                                                                                \
        "mov lr, r8\n"                                                                                     \
        "mov r8, r3\n"                                                                                     \
        "adr.w r10, 8f\n"                                                                                  \
        "add r2, r2, r10\n"                                                                                \
        "orr r2, r2, #1\n"                                                                                 \
        "add r3, r9, r10\n"                                                                                \
        "orr r3, r3, #1\n"                                                                                 \
        "push {r1-r8}\n"                                                                                   \
        "mov r1, lr\n"                                                                                     \
        "7:\n"                                                                                             \
        "ldrd r4, r8, [r1], #8\n"                                                                          \
        "ldr r0, [sp]\n" FIRST_TWO_WORDS_OF_THREE                                                          \
        "ldr r2, [sp, #4]\n"                                                                               \
        "bx r2\n"                                                                                          \
        ".p2align 2\n" SINGLE_WORD_OF_THREE SINGLE_WORD_OF_THREE                                           \
        "ldr.n r2, [sp, #8]\n"                                                                             \
        "bx r2\n"                                                                                          \
        "8:\n" THREE_WORDS_OF_THREE THREE_WORDS_OF_THREE THREE_WORDS_OF_THREE THREE_WORDS_OF_THREE         \
        "ldr r2, [sp, #28]\n"                                                                              \
        "cmp r0, r2\n"                                                                                     \
        "bne.w 8b\n"                                                                                       \
        "ldrd r2, r3, [r1], #8\n"                                                                          \
        "ldr r12, [sp, #24]\n"                                                                             \
        "sub r8, r8, r4\n"                                                                                 \
        "sub r9, r9, r5\n"                                                                                 \
        "sub r10, r10, r6\n" NARROW("r4", ties("r4")) NARROW("r5", ties("r5")) NARROW("r6", ties("r6"))    \
        "ldrd r2, r3, [r1], #8\n"                                                                          \
        "asr r8, r8, #8\n"                                                                                 \
        "asr r9, r9, #8\n"                                                                                 \
        "asr r10, r10, #8\n" NARROW("r8", ties("r8")) NARROW("r9", ties("r9")) NARROW("r10", ties("r10"))  \
        "ldrd r7, r0, [sp, #16]\n"                                                                         \
        "ldr r2, [sp, #12]\n"                                                                              \
        "bfi r4, r8, #8, #8\n"                                                                             \
        "bfi r5, r9, #8, #8\n"                                                                             \
        "bfi r6, r10, #8, #8\n"                                                                            \
        "strh r5, [r7, r0]\n"                                                                              \
        "strh r6, [r7, r0, lsl #1]\n"                                                                      \
        "strh r4, [r7], #2\n"                                                                              \
        "str r7, [sp, #16]\n"                                                                              \
        "cmp r1, r2\n"                                                                                     \
        "bne.w 7b\n"                                                                                       \
        "add sp, sp, #32\n"                                                                                \
        "pop {r4-r11, pc}\n");                                                                             \
  }

/* Where what is below the zero point is clamped to it, ties may be rounded anyhow. */
MULTIPLY_FOUR(multiply_four_positive, NOTHING)
MULTIPLY_FOUR(multiply_four, TINYML_PAIR_DOWN)
MULTIPLY_THREE(multiply_three_positive, NOTHING)
MULTIPLY_THREE(multiply_three, TINYML_PAIR_DOWN)

/* Runs of inputs of four windows, or of three, as many below each other in each. */
typedef struct {
  const int8_t *x[TINYML_POSITIONS];
  uint32_t *to;
  int32_t whole, rest; /* a run: a whole number of fours, and up to three more */
  int32_t next;        /* bytes from behind the fours of a run to the next one */
  int32_t runs;        /* at least one; counted down */
} runs_of_windows;

/* Whole words of each window as int16: of every four inputs the even ones of each, then the odd ones; then what is left over, and nothing behind
 * it is read. @returns what is behind the last. fourth: what is done for the fourth window. */
#define WIDEN(name, fourth, all)                                                                                \
  static __attribute__((naked, noinline)) uint32_t *name(runs_of_windows *windows __attribute__((unused))) {    \
    __asm volatile(                                                                                             \
        "push {r0, r4-r11, lr}\n"                                                                               \
        "mov r4, r0\n"                                                                                          \
        "ldm r0, {r0-r3, lr}\n"                                                                                 \
        "1:\n"                                                                                                  \
        "ldr r4, [r4, #20]\n"                                                                                   \
        "adds r12, r0, r4\n"                                                                                    \
        "cmp r4, #0\n"                                                                                          \
        "beq 3f\n"                                                                                              \
        "2:\n"                                                                                                  \
        "ldr r4, [r0], #4\n"                                                                                    \
        "ldr r5, [r1], #4\n"                                                                                    \
        "ldr r6, [r2], #4\n" fourth("ldr r7, [r3], #4\n")                                                       \
        "sxtb16 r8, r4\n"                                                                                       \
        "sxtb16 r9, r5\n"                                                                                       \
        "sxtb16 r10, r6\n" fourth("sxtb16 r11, r7\n")                                                           \
        "stmia lr!, " all "\n"                                                                                  \
        "sxtb16 r8, r4, ror #8\n"                                                                               \
        "sxtb16 r9, r5, ror #8\n"                                                                               \
        "sxtb16 r10, r6, ror #8\n" fourth("sxtb16 r11, r7, ror #8\n")                                           \
        "stmia lr!, " all "\n"                                                                                  \
        "cmp r0, r12\n"                                                                                         \
        "bne 2b\n"                                                                                              \
        "3:\n"                                                                                                  \
        "ldr r4, [sp]\n"                                                                                        \
        "ldr r5, [r4, #24]\n"                                                                                   \
        "subs r5, r5, #1\n"                                                                                     \
        "bmi 5f\n"                                                                                              \
        "ldrsb r8, [r0]\n"                                                                                      \
        "ldrsb r9, [r1]\n"                                                                                      \
        "ldrsb r10, [r2]\n" fourth("ldrsb r11, [r3]\n")                                                         \
        "beq 4f\n"                                                                                              \
        "ldrsb r6, [r0, r5]\n"                                                                                  \
        "ldrsb r7, [r1, r5]\n"                                                                                  \
        "pkhbt r8, r8, r6, lsl #16\n"                                                                           \
        "ldrsb r6, [r2, r5]\n"                                                                                  \
        "pkhbt r9, r9, r7, lsl #16\n" fourth("ldrsb r7, [r3, r5]\n")                                            \
        "pkhbt r10, r10, r6, lsl #16\n" fourth("pkhbt r11, r11, r7, lsl #16\n")                                 \
        "stmia lr!, " all "\n"                                                                                  \
        "cmp r5, #2\n"                                                                                          \
        "bne 5f\n"                                                                                              \
        "ldrsb r8, [r0, #1]\n"                                                                                  \
        "ldrsb r9, [r1, #1]\n"                                                                                  \
        "ldrsb r10, [r2, #1]\n" fourth("ldrsb r11, [r3, #1]\n")                                                 \
        "4:\n"                                                                                                  \
        "uxth r8, r8\n"                                                                                         \
        "uxth r9, r9\n"                                                                                         \
        "uxth r10, r10\n" fourth("uxth r11, r11\n")                                                             \
        "stmia lr!, " all "\n"                                                                                  \
        "5:\n"                                                                                                  \
        "ldrd r5, r6, [r4, #28]\n"                                                                              \
        "add r0, r0, r5\n"                                                                                      \
        "add r1, r1, r5\n"                                                                                      \
        "add r2, r2, r5\n" fourth("add r3, r3, r5\n")                                                           \
        "subs r6, r6, #1\n"                                                                                     \
        "str r6, [r4, #32]\n"                                                                                   \
        "bne 1b\n"                                                                                              \
        "mov r0, lr\n"                                                                                          \
        "pop {r1, r4-r11, pc}\n");                                                                              \
  }

#define DONE(instruction) instruction
#define LEFT_OUT(instruction) ""

WIDEN(widen_four, DONE, "{r8-r11}")
WIDEN(widen_three, LEFT_OUT, "{r8-r10}")


/* Runs of three or four windows. @returns what is behind the last */
static inline uint32_t *widen(runs_of_windows *windows, int32_t count) {
  return count == 3 ? widen_three(windows) : widen_four(windows);
}

/* The windows of the positions from `first` as int16. Those of neighbours in a row share the pixels that are put together with padding. */
static void widen_windows(const tinyml_conv2d_pairs_s8_params *p, int32_t first, int32_t count, const int8_t *input,
                          uint32_t *to, int8_t *room) {
  const int32_t channels = p->in_channels, row = p->in_w * channels, across = p->stride_w * channels;
  const int32_t pixels = tinyml_run_pixels(p), run = pixels * channels;
  const int32_t high = (p->kernel_h - 1) * p->dilation_h + 1, wide = (p->kernel_w - 1) * p->dilation_w + 1;
  runs_of_windows windows;
  windows.to = to;
  windows.whole = run & ~3;
  windows.rest = run & 3;
  windows.next = p->dilation_h * row - windows.whole;
  const tinyml_image_window from = tinyml_window_of(p, input, first);
  /* All in one row of outputs, and no padding. */
  if (pixels == p->kernel_w && first % p->out_w + count <= p->out_w && from.x >= 0 && from.y >= 0 &&
      from.x + (count - 1) * p->stride_w + wide <= p->in_w && from.y + high <= p->in_h) {
    const int8_t *x = from.image + from.y * row + from.x * channels;
    for (int32_t j = 0; j < TINYML_POSITIONS; j++, x += across) windows.x[j] = x;
    windows.runs = p->kernel_h;
    widen(&windows, count);
    return;
  }
  for (int32_t ky = 0; ky < p->kernel_h; ky++) {
    for (int32_t kx = 0; kx < p->kernel_w; kx += pixels) {
      int8_t *put_together = room;
      for (int32_t j = 0, n; j < count; j += n) {
        const int32_t left = p->out_w - (first + j) % p->out_w;
        n = left < count - j ? left : count - j;
        tinyml_image_window at = tinyml_window_of(p, input, first + j);
        at.y += ky * p->dilation_h;
        at.x += kx * p->dilation_w;
        const int32_t strip = (n - 1) * p->stride_w + pixels;
        const int8_t *x = tinyml_pixels_of(p, at, strip, put_together);
        if (x == put_together) put_together += strip * channels;
        for (int32_t i = 0; i < n; i++) windows.x[j + i] = x + i * across;
      }
      windows.runs = 1;
      windows.to = widen(&windows, count);
    }
  }
}

/* Whether each position reads the pixel of its own number and nothing else: then an image is one long row. */
static int32_t is_pointwise(const tinyml_conv2d_pairs_s8_params *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->in_h == p->out_h &&
         p->in_w == p->out_w && p->pad_top == 0 && p->pad_left == 0;
}

/* Bytes from a loop of so many blocks to where the first of several turns of it begins; to its end, where there is nothing left for it. */
static int32_t skipped(int32_t left, int32_t blocks, int32_t bytes) {
  return (left == 0 ? blocks : (blocks - left % blocks) % blocks) * bytes;
}

/* Words from which on three positions at once cost less: their loop has 25 instructions where that of four has 27, and more are around it. */
enum { WORDS_FOR_THREES = 24 };

/* Pixels that lie behind each other. */
static void widen_pixels(const int8_t *x, int32_t count, int32_t channels, uint32_t *to) {
  runs_of_windows windows; /* without an initialiser, which would be a call of memset */
  for (int32_t j = 0; j < TINYML_POSITIONS; j++, x += channels) windows.x[j] = x;
  windows.to = to;
  windows.whole = channels & ~3;
  windows.rest = channels & 3;
  windows.next = 0;
  windows.runs = 1;
  widen(&windows, count);
}

static void all_positions(const tinyml_conv2d_pairs_s8_params *params, const int8_t *input, const int32_t *table,
                          int8_t *output, void *scratch) {
  const int32_t is_positive = params->act_min >= params->output_zero_point;
  void (*const three)(const products *) = is_positive ? multiply_three_positive : multiply_three;
  void (*const four)(const products *) = is_positive ? multiply_four_positive : multiply_four;
  const tinyml_conv2d_pairs_s8_params p = *params;
  const int32_t positions = p.batch * p.out_h * p.out_w, words = p.words, channels = p.out_channels;
  const int32_t pairs = channels / 2, block = words + TINYML_PAIR_EXTRAS;
  uint32_t *const x = scratch;
  int8_t *const room = (int8_t *)(x + TINYML_POSITIONS * words);
  const int32_t skip_of_four = skipped(words - 1, PAIR_WORDS, BYTES_OF_PAIR_WORD);
  const int32_t entry = skipped((words - 2) / 3, THREES_OF_WORDS, BYTES_OF_THREE_WORDS), singles = (words - 2) % 3;
  const int32_t skip_of_three =
      singles == 0 ? entry : -(singles * BYTES_OF_SINGLE_WORD + BYTES_BEHIND_SINGLE_WORDS);
  products windows = {
      .x = x,
      .table_end = table + pairs * block,
      .output_step = channels,
      .zero_point = p.output_zero_point,
      .table = table,
      .entry = entry,
  };
  /* Of the other number of positions as often as leaves a whole number of the usual ones, where there are so many. */
  const int32_t by_threes = words >= WORDS_FOR_THREES, usual = by_threes ? 3 : 4, other = 7 - usual;
  const int32_t wanted = by_threes ? positions % 3 : (4 - positions % 4) % 4;
  int32_t others = other * wanted <= positions ? wanted : 0;
  const int32_t is_row = is_pointwise(&p);
  for (int32_t first = 0, count; first < positions; first += count) {
    count = others-- > 0 ? other : usual;
    /* Where fewer are left, some are computed once more. */
    const int32_t from = first > positions - count ? positions - count : first;
    int8_t *const to = output + from * channels;
    if (is_row) {
      widen_pixels(input + from * p.in_channels, count, p.in_channels, x);
    } else {
      widen_windows(&p, from, count, input, x, room);
    }
    windows.x_end = x + count * words;
    windows.skip = count == 3 ? skip_of_three : skip_of_four;
    windows.output = to;
    void (*const multiply)(const products *) = count == 3 ? three : four;
    if (pairs > 0) multiply(&windows);
    if (channels % 2 == 0) continue;
    int16_t codes[TINYML_POSITIONS];
    products last = windows;
    last.table = last.table_end;
    last.table_end += block;
    last.output = (int8_t *)codes;
    last.output_step = 2;
    multiply(&last);
    for (int32_t j = 0; j < count; j++) to[(j + 1) * channels - 1] = (int8_t)codes[j];
  }
}
