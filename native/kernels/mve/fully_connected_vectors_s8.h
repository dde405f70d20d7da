/* Eight output features at a time with the vector instructions of ARMv8.1-M (MVE, Helium). The whole function is in assembly: eight sums
 * are all registers that vectors can be added up in. Included by generic/fully_connected_vectors_s8.c. */

typedef struct {
  const int8_t *x, *x_next, *x_end; /* inputs, those after the first vector, and their end */
  int32_t skip;                     /* bytes of code: vectors that the first turn of four has too many */
  const int32_t *bias, *scales;
  int32_t scales_step; /* bytes, from one eight to the next */
  int32_t zero_point;
  int32_t left; /* features */
  int32_t first; /* inputs of the first vector */
  const int8_t *weights;
  int8_t *output;
} row;

/* The products of a vector of inputs in q0 and one of each feature: 16 instructions of 4 bytes. */
#define EIGHT_PRODUCTS(add)            \
  "vldrb.8 q1, [r3], #16\n"            \
  "vmladav" add ".s8 r0, q0, q1\n"     \
  "vldrb.8 q2, [r3], #16\n"            \
  "vmladav" add ".s8 r2, q0, q2\n"     \
  "vldrb.8 q1, [r3], #16\n"            \
  "vmladav" add ".s8 r4, q0, q1\n"     \
  "vldrb.8 q2, [r3], #16\n"            \
  "vmladav" add ".s8 r6, q0, q2\n"     \
  "vldrb.8 q1, [r3], #16\n"            \
  "vmladav" add ".s8 r8, q0, q1\n"     \
  "vldrb.8 q2, [r3], #16\n"            \
  "vmladav" add ".s8 r10, q0, q2\n"    \
  "vldrb.8 q1, [r3], #16\n"            \
  "vmladav" add ".s8 r12, q0, q1\n"    \
  "vldrb.8 q2, [r3], #16\n"            \
  "vmladav" add ".s8 lr, q0, q2\n"

#define VECTOR "vldrb.8 q0, [r1], #16\n" EIGHT_PRODUCTS("a")

enum { VECTORS_OF_TURN = 4, BYTES_OF_VECTOR = 68 };

/* Sums in r0, r2, r4 to lr. r1: inputs, r3: weights, r5: their end, r7: outputs, r9: features that are left,
 * r11: where the first turn begins. On the stack: row up to zero_point, inputs of the first vector, and the sums. */
static __attribute__((naked, noinline)) void multiply(const row *of __attribute__((unused))) {
  __asm volatile(
      "push {r4-r11, lr}\n"
      "sub sp, sp, #76\n"
      "ldm r0!, {r1-r8}\n"
      "adr.w r9, 2f\n"
      "add r4, r4, r9\n"
      "orr r4, r4, #1\n"
      "stm sp, {r1-r8}\n"
      "mov r5, r3\n"
      "mov r11, r4\n"
      "ldm r0, {r0, r1, r3, r7}\n"
      "mov r9, r0\n"
      "str r1, [sp, #32]\n"
      "vctp.8 r1\n"
      "1:\n"
      "ldrd r0, r1, [sp]\n"
      "vpst\n"
      "vldrbt.u8 q0, [r0]\n" EIGHT_PRODUCTS("")
      "bx r11\n"
      ".p2align 2\n"
      "2:\n" VECTOR VECTOR VECTOR VECTOR
      "cmp r1, r5\n"
      "bne.w 2b\n"
      "add r1, sp, #36\n"
      "stm r1, {r0, r2, r4, r6, r8, r10, r12, lr}\n"
      "vld20.32 {q0, q1}, [r1]\n"
      "vld21.32 {q0, q1}, [r1]\n"
      "ldrd r0, r2, [sp, #16]\n"
      "ldrd r4, r6, [sp, #24]\n"
      "vldrw.32 q2, [r0], #16\n"
      "vadd.i32 q0, q0, q2\n"
      "vldrw.32 q3, [r0], #16\n"
      "vadd.i32 q1, q1, q3\n"
      "vldrw.32 q2, [r2]\n"
      "vldrw.32 q3, [r2, #16]\n"
      "vqrdmulh.s32 q0, q0, q2\n"
      "vldrw.32 q2, [r2, #32]\n"
      "vqrdmulh.s32 q1, q1, q3\n"
      "vldrw.32 q3, [r2, #48]\n"
      "mov r8, #1\n" TINYML_VECTORS_DOWN("r8")
      "add r2, r2, r4\n"
      "strd r0, r2, [sp, #16]\n"
      TINYML_VECTORS_TO_INT8("q2", "q3", "r6")
      "vctp.16 r9\n"
      "vpst\n"
      "vstrbt.16 q0, [r7], #8\n"
      "ldr r0, [sp, #32]\n"
      "vctp.8 r0\n"
      "subs r9, r9, #8\n"
      "bgt.w 1b\n"
      "add sp, sp, #76\n"
      "pop {r4-r11, pc}\n");
}

static void all_eights(const tinyml_fully_connected_vectors_s8_params *p, const int8_t *x, const int8_t *weights,
                       const int32_t *bias, const int32_t *scales, int8_t *output) {
  const int32_t inputs = p->in_features, more = (inputs - 1) / TINYML_VECTOR;
  const int32_t first = inputs - more * TINYML_VECTOR;
  const row of = {
      .x = x,
      .x_next = x + first,
      .x_end = x + inputs,
      /* Of no vectors all: there it is seen that there are none. */
      .skip = (more > 0 ? -more & (VECTORS_OF_TURN - 1) : VECTORS_OF_TURN) * BYTES_OF_VECTOR,
      .bias = bias,
      .scales = scales,
      .scales_step = p->scaled > 1 ? 2 * TINYML_EIGHT * (int32_t)sizeof(int32_t) : 0,
      .zero_point = p->output_zero_point,
      .left = p->out_features,
      .first = first,
      .weights = weights,
      .output = output,
  };
  multiply(&of);
}
