/* tinyml_columns.h with the DSP instructions of ARMv7E-M and ARMv8-M: two 16-bit products at once, and a word of a row for four columns.
 * Included by generic/tinyml_columns.c. */
#include <string.h>

/* Numbers of a word. */
enum { WORD = 4 };

/* Four int8 at any address. */
static inline uint32_t load(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

/* Bytes 0 and 2, or 1 and 3, as two int16, and what is added to each. */
static inline uint32_t even(uint32_t bytes, uint32_t added) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2" : "=r"(result) : "r"(added), "r"(bytes));
  return result;
}

static inline uint32_t odd(uint32_t bytes, uint32_t added) {
  uint32_t result;
  __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(added), "r"(bytes));
  return result;
}

static inline uint32_t add_two(uint32_t sum, uint32_t a, uint32_t b) {
  __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

static inline uint32_t both(int32_t value) {
  return (uint32_t)(value & 0xffff) * 0x10001u;
}

/* Of each word of the columns the even numbers of all four, then the odd ones. The last word ends where the columns do: of numbers that the one before
 * it has as well it has zeros. Columns of less than a word stay bytes. */
void tinyml_set_columns(tinyml_columns *columns, const int8_t *const *from, int32_t depth, int32_t zero_point) {
  const int32_t whole = depth / WORD, rest = depth % WORD;
  const uint32_t added = both(-zero_point);
  const int8_t *x0 = from[0], *x1 = from[1], *x2 = from[2], *x3 = from[3];
  uint32_t *to = columns->wide;
  for (int32_t j = 0; j < TINYML_COLUMNS; j++) columns->from[j] = from[j];
  columns->depth = depth;
  columns->zero_point = zero_point;
  for (int32_t i = 0; i < whole; i++, x0 += WORD, x1 += WORD, x2 += WORD, x3 += WORD, to += 2 * TINYML_COLUMNS) {
    const uint32_t a = load(x0), b = load(x1), c = load(x2), d = load(x3);
    to[0] = even(a, added);
    to[1] = even(b, added);
    to[2] = even(c, added);
    to[3] = even(d, added);
    to[4] = odd(a, added);
    to[5] = odd(b, added);
    to[6] = odd(c, added);
    to[7] = odd(d, added);
  }
  if (whole == 0 || rest == 0) return;
  const uint32_t old_even = rest == 1 ? 0u : 0xffff0000u, old_odd = rest == 3 ? 0xffffffffu : 0xffff0000u;
  for (int32_t j = 0; j < TINYML_COLUMNS; j++) {
    const uint32_t word = load(from[j] + depth - WORD);
    to[j] = even(word, added) & old_even;
    to[j + TINYML_COLUMNS] = odd(word, added) & old_odd;
  }
}

/* The columns against all rows. */
typedef struct {
  const uint32_t *x, *x_end; /* of whole words */
  int32_t odd;               /* whether the words are no whole number of twos */
  int32_t back;              /* bytes from behind the whole words of a row to its last one, or 0 where there is none: not above 0 */
  int32_t next;              /* bytes from the end of a row to the next */
  int32_t row_step, column_step; /* in bytes */
  int32_t add;
  const int8_t *row;
  int32_t *sums;
  int32_t count;
} products;

/* A word of the row at r10 and of each column at r11. */
#define PRODUCTS                 \
  "ldr r8, [r10], #4\n"          \
  "ldmia r11!, {r4-r7}\n"        \
  "sxtb16 r9, r8\n"              \
  "smlad r0, r4, r9, r0\n"       \
  "smlad r1, r5, r9, r1\n"       \
  "smlad r2, r6, r9, r2\n"       \
  "smlad r3, r7, r9, r3\n"       \
  "ldmia r11!, {r4-r7}\n"        \
  "sxtb16 r8, r8, ror #8\n"      \
  "smlad r0, r4, r8, r0\n"       \
  "smlad r1, r5, r8, r1\n"       \
  "smlad r2, r6, r8, r2\n"       \
  "smlad r3, r7, r8, r3\n"

/* Sums in r0 to r3, where they go in lr, what the loop ends with in r12. On the stack: products, of which the number of rows counts down. */
#define ALL_ROWS(name, words, load, store)                                                        \
  static __attribute__((naked, noinline)) void name(const products *p __attribute__((unused))) {  \
    __asm volatile(                                                                               \
        "push {r4-r11, lr}\n"                                                                     \
        "sub sp, sp, #44\n"                                                                       \
        "ldm r0!, {r1-r8}\n"                                                                      \
        "ldm r0, {r9-r11}\n"                                                                      \
        "stm sp, {r1-r11}\n"                                                                      \
        "mov lr, r10\n"                                                                           \
        "mov r10, r9\n"                                                                           \
        "mov r12, r2\n"                                                                           \
        "1:\n"                                                                                    \
        "ldr r4, [sp, #28]\n"                                                                     \
        "ldr r11, [sp]\n"                                                                         \
        "ldr r8, [sp, #8]\n"                                                                      \
        "cbz r4, 2f\n"                                                                            \
        load                                                                                      \
        "b 3f\n"                                                                                  \
        "2:\n"                                                                                    \
        "mov r0, #0\n"                                                                            \
        "mov r1, #0\n"                                                                            \
        "mov r2, #0\n"                                                                            \
        "mov r3, #0\n"                                                                            \
        "3:\n"                                                                                    \
        "cmp r8, #0\n"                                                                            \
        "bne 5f\n"                                                                                \
        words                                                                                     \
        "ldr r4, [sp, #12]\n"                                                                     \
        "cbz r4, 6f\n"                                                                            \
        "add r10, r10, r4\n" PRODUCTS                                                             \
        "6:\n"                                                                                    \
        store                                                                                     \
        "ldrd r4, r5, [sp, #16]\n"                                                                \
        "add r10, r10, r4\n"                                                                      \
        "add lr, lr, r5\n"                                                                        \
        "ldr r4, [sp, #40]\n"                                                                     \
        "subs r4, r4, #1\n"                                                                       \
        "str r4, [sp, #40]\n"                                                                     \
        "bne 1b\n"                                                                                \
        "add sp, sp, #44\n"                                                                       \
        "pop {r4-r11, pc}\n");                                                                    \
  }

/* Two words a turn; of an odd number the first turn has one. */
#define WORDS          \
  "4:\n" PRODUCTS      \
  "5:\n" PRODUCTS      \
  "cmp r11, r12\n"     \
  "bne 4b\n"

/* The same of a word of four codes, of which not all are 0; else on to the next at `zero`. */
#define SPARSE_PRODUCTS(zero)    \
  "ldr r4, [r10], #4\n"          \
  "cbz r4, " zero "\n"           \
  "sxtb16 r9, r4\n"              \
  "sxtb16 r8, r4, ror #8\n"      \
  "ldmia r11!, {r4-r7}\n"        \
  "smlad r0, r4, r9, r0\n"       \
  "smlad r1, r5, r9, r1\n"       \
  "smlad r2, r6, r9, r2\n"       \
  "smlad r3, r7, r9, r3\n"       \
  "ldmia r11!, {r4-r7}\n"        \
  "smlad r0, r4, r8, r0\n"       \
  "smlad r1, r5, r8, r1\n"       \
  "smlad r2, r6, r8, r2\n"       \
  "smlad r3, r7, r8, r3\n"

#define SPARSE_WORDS                  \
  "4:\n" SPARSE_PRODUCTS("7f")        \
  "5:\n" SPARSE_PRODUCTS("8f")        \
  "cmp r11, r12\n"                    \
  "bne 4b\n"                          \
  "b 9f\n"                            \
  "7:\n"                              \
  "add r11, r11, #32\n"               \
  "b 5b\n"                            \
  "8:\n"                              \
  "add r11, r11, #32\n"               \
  "cmp r11, r12\n"                    \
  "bne 4b\n"                          \
  "9:\n"

/* Sums of columns that lie apart, and beside each other. */
#define LOAD_APART          \
  "ldr r4, [sp, #24]\n"     \
  "add r5, lr, r4\n"        \
  "ldr r0, [lr]\n"          \
  "ldr r1, [r5]\n"          \
  "add r5, r5, r4\n"        \
  "ldr r2, [r5]\n"          \
  "ldr r3, [r5, r4]\n"

#define STORE_APART         \
  "ldr r4, [sp, #24]\n"     \
  "add r5, lr, r4\n"        \
  "str r0, [lr]\n"          \
  "str r1, [r5]\n"          \
  "add r5, r5, r4\n"        \
  "str r2, [r5]\n"          \
  "str r3, [r5, r4]\n"

#define LOAD_BESIDE "ldm lr, {r0-r3}\n"
#define STORE_BESIDE "stm lr, {r0-r3}\n"

ALL_ROWS(all_rows, WORDS, LOAD_APART, STORE_APART)
ALL_ROWS(all_sparse_rows, SPARSE_WORDS, LOAD_BESIDE, STORE_BESIDE)

static inline int32_t byte_sum(const int8_t *x, const int8_t *row, int32_t depth, int32_t zero_point) {
  int32_t sum = 0;
  for (int32_t k = 0; k < depth; k++) sum += (x[k] - zero_point) * row[k];
  return sum;
}

void tinyml_column_sums(const tinyml_columns *columns, const tinyml_rows *rows) {
  const int32_t depth = columns->depth, whole = depth / WORD, rest = depth % WORD;
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  if (rows->count < 1) return;
  if (whole > 0) {
    products p;
    p.x = columns->wide;
    p.x_end = columns->wide + 2 * TINYML_COLUMNS * whole;
    p.odd = whole % 2;
    p.back = rest == 0 ? 0 : rest - WORD;
    p.next = rows->step - depth;
    p.row_step = rows->row_step * (int32_t)sizeof(int32_t);
    p.column_step = rows->column_step * (int32_t)sizeof(int32_t);
    p.add = rows->add;
    p.row = row;
    p.sums = to;
    p.count = rows->count;
    if (rows->sparse && rows->column_step == 1) {
      all_sparse_rows(&p);
    } else {
      all_rows(&p);
    }
    return;
  }
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    for (int32_t j = 0; j < TINYML_COLUMNS; j++) {
      int32_t *const sum = to + j * rows->column_step;
      const int32_t own = byte_sum(columns->from[j], row, depth, columns->zero_point);
      *sum = (int32_t)((uint32_t)own + (rows->add ? (uint32_t)*sum : 0u));
    }
  }
}

/* The lower halves of both, and the upper ones. */
static inline uint32_t lower(uint32_t a, uint32_t b) {
  uint32_t result;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

static inline uint32_t upper(uint32_t a, uint32_t b) {
  uint32_t result;
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
  return result;
}

/* Four places of four codes a turn: 22 instructions and the loop. */
static void set_whole_turned(uint32_t *to, const int8_t *from, int32_t step, int32_t depth, uint32_t added) {
  for (const uint32_t *const end = to + TINYML_COLUMNS * depth / 2; to != end; to += 2 * TINYML_COLUMNS) {
    const uint32_t a = load(from), b = load(from + step);
    from += 2 * step;
    const uint32_t c = load(from), d = load(from + step);
    from += 2 * step;
    /* Codes 0 and 2, and 1 and 3, of each place. */
    const uint32_t a02 = even(a, added), b02 = even(b, added), c02 = even(c, added), d02 = even(d, added);
    const uint32_t a13 = odd(a, added), b13 = odd(b, added), c13 = odd(c, added), d13 = odd(d, added);
    to[0] = lower(a02, c02);
    to[1] = lower(a13, c13);
    to[2] = upper(a02, c02);
    to[3] = upper(a13, c13);
    to[4] = lower(b02, d02);
    to[5] = lower(b13, d13);
    to[6] = upper(b02, d02);
    to[7] = upper(b13, d13);
  }
}

void tinyml_set_turned_columns(tinyml_columns *columns, const int8_t *from, int32_t step, int32_t count, int32_t depth, int32_t zero_point,
                               int8_t (*room)[TINYML_DEPTH]) {
  if (count == TINYML_COLUMNS && depth % WORD == 0) {
    columns->depth = depth;
    columns->zero_point = zero_point;
    set_whole_turned(columns->wide, from, step, depth, both(-zero_point));
    return;
  }
  const int8_t *x[TINYML_COLUMNS];
  tinyml_turn_codes(from, step, depth, count, room[0], TINYML_DEPTH);
  for (int32_t c = 0; c < TINYML_COLUMNS; c++) x[c] = room[c < count ? c : 0];
  tinyml_set_columns(columns, x, depth, zero_point);
}

static void turn_channel(const int8_t *from, int32_t step, int32_t count, int8_t *to) {
  for (const int8_t *const end = to + count; to != end; from += step) *to++ = *from;
}

static inline void store(int8_t *to, uint32_t word) {
  memcpy(to, &word, sizeof(word));
}

/* Bytes 0 and 2, or 1 and 3, as two uint16. */
static inline uint32_t even_bytes(uint32_t bytes) {
  uint32_t result;
  __asm("uxtb16 %0, %1" : "=r"(result) : "r"(bytes));
  return result;
}

static inline uint32_t odd_bytes(uint32_t bytes) {
  uint32_t result;
  __asm("uxtb16 %0, %1, ror #8" : "=r"(result) : "r"(bytes));
  return result;
}

void tinyml_turn_codes(const int8_t *from, int32_t step, int32_t count, int32_t channels, int8_t *to, int32_t to_step) {
  for (; channels >= WORD; channels -= WORD, from += WORD, to += WORD * to_step) {
    const int8_t *x = from, *const x2 = from + 2 * step;
    int8_t *y = to, *const y2 = to + 2 * to_step;
    int32_t i = 0, at = 0;
    for (; i < count - 3; i += WORD, at += WORD * step) {
      const uint32_t a = load(x + at), b = load(x + at + step), c = load(x2 + at), d = load(x2 + at + step);
      const uint32_t ab_even = even_bytes(a) | even_bytes(b) << 8, ab_odd = odd_bytes(a) | odd_bytes(b) << 8;
      const uint32_t cd_even = even_bytes(c) | even_bytes(d) << 8, cd_odd = odd_bytes(c) | odd_bytes(d) << 8;
      store(y + i, lower(ab_even, cd_even));
      store(y + to_step + i, lower(ab_odd, cd_odd));
      store(y2 + i, upper(ab_even, cd_even));
      store(y2 + to_step + i, upper(ab_odd, cd_odd));
    }
    for (int32_t c = 0; c < WORD; c++) turn_channel(from + at + c, step, count - i, to + c * to_step + i);
  }
  for (; channels > 0; channels--, from++, to += to_step) turn_channel(from, step, count, to);
}

/* The next word of a row. */
static inline uint32_t take(const int8_t **row) {
  uint32_t word;
  __asm volatile("ldr %0, [%1], #4" : "=r"(word), "+r"(*row) : : "memory");
  return word;
}

static inline uint32_t even_of(uint32_t bytes) {
  uint32_t result;
  __asm("sxtb16 %0, %1" : "=r"(result) : "r"(bytes));
  return result;
}

static inline uint32_t odd_of(uint32_t bytes) {
  uint32_t result;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(bytes));
  return result;
}

/* sum + four products */
static inline uint32_t add_word(uint32_t sum, uint32_t x_even, uint32_t x_odd, uint32_t word) {
  sum = add_two(sum, x_even, even_of(word));
  return add_two(sum, x_odd, odd_of(word));
}

static inline uint32_t add_byte(uint32_t sum, int32_t x, int32_t w) {
  return sum + (uint32_t)(x * w);
}

/* Four rows, whose sums go to to[0], to[1], to[2] and to[3]. */
static void four_rows(const int8_t *x, int32_t depth, int32_t zero_point, const int8_t *row, int32_t step,
                      uint32_t *to) {
  const uint32_t added = both(-zero_point);
  const int8_t *r1 = row + step, *r2 = r1 + step, *r3 = r2 + step;
  const int8_t *const stop = x + depth, *const whole = stop - (WORD - 1);
  uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  while (x < whole) {
    const uint32_t bytes = take(&x), x_even = even(bytes, added), x_odd = odd(bytes, added);
    s0 = add_word(s0, x_even, x_odd, take(&row));
    s1 = add_word(s1, x_even, x_odd, take(&r1));
    s2 = add_word(s2, x_even, x_odd, take(&r2));
    s3 = add_word(s3, x_even, x_odd, take(&r3));
  }
  while (x != stop) {
    const int32_t value = *x++ - zero_point;
    s0 = add_byte(s0, value, *row++);
    s1 = add_byte(s1, value, *r1++);
    s2 = add_byte(s2, value, *r2++);
    s3 = add_byte(s3, value, *r3++);
  }
  to[0] = s0;
  to[1] = s1;
  to[2] = s2;
  to[3] = s3;
}

static uint32_t one_row(const int8_t *x, int32_t depth, int32_t zero_point, const int8_t *row) {
  const uint32_t added = both(-zero_point);
  const int8_t *const stop = x + depth, *const whole = stop - (WORD - 1);
  uint32_t sum = 0;
  for (; x < whole; x += WORD, row += WORD) {
    const uint32_t bytes = load(x);
    sum = add_word(sum, even(bytes, added), odd(bytes, added), load(row));
  }
  while (x != stop) sum = add_byte(sum, *x++ - zero_point, *row++);
  return sum;
}

void tinyml_one_column_sums(const int8_t *column, int32_t depth, int32_t zero_point, const tinyml_rows *rows) {
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count, taken; left > 0; left -= taken) {
    uint32_t sums[4];
    taken = left < 4 ? 1 : 4;
    if (taken == 4) {
      four_rows(column, depth, zero_point, row, rows->step, sums);
    } else {
      sums[0] = one_row(column, depth, zero_point, row);
    }
    for (int32_t i = 0; i < taken; i++, row += rows->step, to += rows->row_step) {
      *to = (int32_t)(sums[i] + (rows->add ? (uint32_t)*to : 0u));
    }
  }
}
