/* Eight output features at a time with the DSP instructions of ARMv7E-M and ARMv8-M. Whole functions in assembly: the loop has as
 * many values as there are registers. Included by generic/fully_connected_pairs_s8.c. */
#include <string.h>

typedef struct {
  const int8_t *x, *x_end; /* a whole number of fours */
  const int32_t *block, *block_end;
  const int32_t *scales;
  int8_t *output;
  int32_t zero_point;
  int32_t skip; /* bytes of code: four inputs that the first turn of eight has too many */
} whole_blocks;

/* The products of two inputs and a word of each of two pairs. */
#define TWO_PAIRS(x, low0, both0, low1, both1)     \
  "ldrd r12, lr, [r2], #8\n"                       \
  "smlad " both0 ", " x ", r12, " both0 "\n"       \
  "smlad " both1 ", " x ", lr, " both1 "\n"        \
  "sxtb16 r12, r12\n"                              \
  "sxtb16 lr, lr\n"                                \
  "smlad " low0 ", " x ", r12, " low0 "\n"         \
  "smlad " low1 ", " x ", lr, " low1 "\n"

#define FOUR_PAIRS(x) TWO_PAIRS(x, "r4", "r8", "r5", "r9") TWO_PAIRS(x, "r6", "r10", "r7", "r11")

/* Four inputs: 31 instructions of 4 bytes. */
#define FOUR_INPUTS              \
  "ldr.w r0, [r1], #4\n"         \
  "sxtb16 r3, r0, ror #8\n"      \
  "sxtb16 r0, r0\n" FOUR_PAIRS("r0") FOUR_PAIRS("r3")

enum { BYTES_OF_FOUR_INPUTS = 124 };

#define NARROW(sum) TINYML_PAIR_NARROW(sum, TINYML_PAIR_DOWN(sum), "r0", "r1", "r3")

/* Sums of a block in r4-r7 (S0) and r8-r11 (S0 + 256 * S1). On the stack: what whole_blocks holds, in its order. */
#define BLOCKS(name, for_all, for_each)                                                                   \
  static __attribute__((naked, noinline)) void name(const whole_blocks *blocks __attribute__((unused))) { \
    __asm volatile(                                                                                       \
        "push {r4-r11, lr}\n"                                                                             \
        "ldm r0, {r1-r8}\n"                                                                               \
        "adr.w r9, 8f\n"                                                                                  \
        "add r8, r8, r9\n"                                                                                \
        "orr r8, r8, #1\n"                                                                                \
        "push {r1-r8}\n"                                                                                  \
        "mov r2, r3\n"                                                                                    \
        "7:\n"                                                                                            \
        "ldr r1, [sp]\n"                                                                                  \
        "ldr r0, [sp, #28]\n"                                                                             \
        "ldm r2!, {r4-r11}\n"                                                                             \
        "bx r0\n"                                                                                         \
        ".p2align 2\n"                                                                                    \
        "8:\n" FOUR_INPUTS FOUR_INPUTS                                                                    \
        "ldr r3, [sp, #4]\n"                                                                              \
        "cmp r1, r3\n"                                                                                    \
        "bne.w 8b\n"                                                                                      \
        "ldr r3, [sp, #24]\n"                                                                             \
        "ldr r12, [sp, #16]\n"                                                                            \
        "sub r8, r8, r4\n"                                                                                \
        "sub r9, r9, r5\n"                                                                                \
        "sub r10, r10, r6\n"                                                                              \
        "sub r11, r11, r7\n"                                                                              \
        "asr r8, r8, #8\n"                                                                                \
        "asr r9, r9, #8\n"                                                                                \
        "asr r10, r10, #8\n"                                                                              \
        "asr r11, r11, #8\n" for_all for_each NARROW("r4") for_each NARROW("r8") for_each NARROW("r5")    \
        for_each NARROW("r9") for_each NARROW("r6") for_each NARROW("r10") for_each NARROW("r7")          \
        for_each NARROW("r11")                                                                            \
        "ldr lr, [sp, #20]\n"                                                                             \
        "ldr r0, [sp, #12]\n"                                                                             \
        "str r12, [sp, #16]\n"                                                                            \
        "strb r8, [lr, #1]\n"                                                                             \
        "strb r5, [lr, #2]\n"                                                                             \
        "strb r9, [lr, #3]\n"                                                                             \
        "strb r6, [lr, #4]\n"                                                                             \
        "strb r10, [lr, #5]\n"                                                                            \
        "strb r7, [lr, #6]\n"                                                                             \
        "strb r11, [lr, #7]\n"                                                                            \
        "strb r4, [lr], #8\n"                                                                             \
        "str lr, [sp, #20]\n"                                                                             \
        "cmp r2, r0\n"                                                                                    \
        "bne.w 7b\n"                                                                                      \
        "add sp, sp, #32\n"                                                                               \
        "pop {r4-r11, pc}\n");                                                                            \
  }

BLOCKS(blocks_of_one_scale, "ldrd r0, r1, [r12]\n", "")
BLOCKS(blocks_of_scales, "", "ldrd r0, r1, [r12], #8\n")

static void all_blocks(const tinyml_fully_connected_pairs_s8_params *p, const int8_t *x, const int32_t *table,
                       const int32_t *scales, int8_t *output, void *scratch) {
  const int32_t inputs = 2 * p->words;
  if (p->in_features != inputs) {
    int8_t *const padded = scratch;
    memcpy(padded, x, (size_t)p->in_features);
    memset(padded + p->in_features, 0, (size_t)(inputs - p->in_features));
    x = padded;
  }
  const int32_t rest = p->out_features % LANES, whole = p->out_features - rest, size = LANES + PAIRS * p->words;
  void (*const compute)(const whole_blocks *) = p->per_channel ? blocks_of_scales : blocks_of_one_scale;
  whole_blocks blocks = {
      .x = x,
      .x_end = x + inputs,
      .block = table,
      .block_end = table + whole / LANES * size,
      .scales = scales,
      .output = output,
      .zero_point = p->output_zero_point,
      .skip = inputs % 8 == 0 ? 0 : BYTES_OF_FOUR_INPUTS,
  };
  if (whole > 0) compute(&blocks);
  if (rest == 0) return;
  int8_t codes[LANES];
  int32_t last[2 * LANES];
  if (p->per_channel) {
    memset(last, 0, sizeof(last));
    memcpy(last, scales + 2 * whole, (size_t)rest * 2 * sizeof(int32_t));
    blocks.scales = last;
  }
  blocks.block = blocks.block_end;
  blocks.block_end += size;
  blocks.output = codes;
  compute(&blocks);
  memcpy(output + whole, codes, (size_t)rest);
}
