/* tinyml_columns.h with the vector instructions of ARMv8.1-M (MVE, Helium): sixteen products at once; the zero point is taken off with the sum of
 * a row. Included by generic/tinyml_columns.c. */
#include <arm_mve.h>

/* Numbers of a vector. */
enum { VECTOR = 16 };

static inline void put(int32_t *to, uint32_t sum, int32_t add) {
  *to = (int32_t)(add ? (uint32_t)*to + sum : sum);
}

/* Columns of at most a vector, which stay in registers. add: a constant */
static inline __attribute__((always_inline)) void short_columns(const tinyml_columns *columns, const tinyml_rows *rows, int32_t add) {
  const mve_pred16_t inside = vctp8q((uint32_t)columns->depth);
  const int8x16_t x0 = vldrbq_z_s8(columns->from[0], inside), x1 = vldrbq_z_s8(columns->from[1], inside);
  const int8x16_t x2 = vldrbq_z_s8(columns->from[2], inside), x3 = vldrbq_z_s8(columns->from[3], inside);
  const uint32_t zero_point = (uint32_t)columns->zero_point;
  const int32_t step = rows->column_step, row_step = rows->row_step, next = rows->step;
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left--, row += next, to += row_step) {
    const int8x16_t weights = vldrbq_z_s8(row, inside);
    const uint32_t offset = (uint32_t)vaddvq_s8(weights) * zero_point;
    int32_t *const second = to + step, *const third = second + step;
    put(to, (uint32_t)vmladavq_s8(x0, weights) - offset, add);
    put(second, (uint32_t)vmladavq_s8(x1, weights) - offset, add);
    put(third, (uint32_t)vmladavq_s8(x2, weights) - offset, add);
    put(third + step, (uint32_t)vmladavq_s8(x3, weights) - offset, add);
  }
}

void tinyml_column_sums(const tinyml_columns *columns, const tinyml_rows *rows) {
  if (columns->depth <= VECTOR) {
    if (rows->add) {
      short_columns(columns, rows, 1);
    } else {
      short_columns(columns, rows, 0);
    }
    return;
  }
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  const int32_t step = rows->column_step;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    const int8_t *w = row;
    const int8_t *x0 = columns->from[0], *x1 = columns->from[1], *x2 = columns->from[2], *x3 = columns->from[3];
    uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, all = 0;
    __asm volatile(
        "dlstp.8 lr, %[depth]\n"
        "1:\n"
        "vldrb.8 q0, [%[w]], #16\n"
        "vldrb.8 q1, [%[x0]], #16\n"
        "vaddva.s8 %[all], q0\n"
        "vmladava.s8 %[s0], q1, q0\n"
        "vldrb.8 q1, [%[x1]], #16\n"
        "vmladava.s8 %[s1], q1, q0\n"
        "vldrb.8 q1, [%[x2]], #16\n"
        "vmladava.s8 %[s2], q1, q0\n"
        "vldrb.8 q1, [%[x3]], #16\n"
        "vmladava.s8 %[s3], q1, q0\n"
        "letp lr, 1b\n"
        : [w] "+r"(w), [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [x3] "+r"(x3), [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2),
          [s3] "+Te"(s3), [all] "+Te"(all)
        : [depth] "r"(columns->depth)
        : "lr", "q0", "q1", "memory");
    const uint32_t offset = all * (uint32_t)columns->zero_point;
    int32_t *const second = to + step, *const third = second + step;
    put(to, s0 - offset, rows->add);
    put(second, s1 - offset, rows->add);
    put(third, s2 - offset, rows->add);
    put(third + step, s3 - offset, rows->add);
  }
}

/* Pixels at once. */
enum { PIXELS = 8 };

static void turn_channel(const int8_t *from, int32_t step, int32_t count, int8_t *to) {
  for (int32_t i = 0; i < count; i++, from += step) to[i] = *from;
}

void tinyml_turn_codes(const int8_t *from, int32_t step, int32_t count, int32_t channels, int8_t *to, int32_t to_step) {
  const uint16x8_t offsets = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
  /* Offsets are of 16 bits. */
  const int32_t whole = step < 0x10000 / PIXELS ? count & ~(PIXELS - 1) : 0;
  for (int32_t c = 0; c < channels; c++, from++, to += to_step) {
    const int8_t *x = from;
    for (int32_t i = 0; i < whole; i += PIXELS, x += PIXELS * step) {
      vstrbq_s16(to + i, vldrbq_gather_offset_s16(x, offsets));
    }
    turn_channel(x, step, count - whole, to + whole);
  }
}

void tinyml_one_column_sums(const int8_t *column, int32_t depth, int32_t zero_point, const tinyml_rows *rows) {
  const int8_t *row = rows->first;
  int32_t *to = rows->sums;
  for (int32_t left = rows->count; left > 0; left--, row += rows->step, to += rows->row_step) {
    const int8_t *x = column, *w = row;
    uint32_t sum = 0, all = 0;
    __asm volatile(
        "dlstp.8 lr, %[depth]\n"
        "1:\n"
        "vldrb.8 q0, [%[w]], #16\n"
        "vldrb.8 q1, [%[x]], #16\n"
        "vaddva.s8 %[all], q0\n"
        "vmladava.s8 %[sum], q1, q0\n"
        "letp lr, 1b\n"
        : [w] "+r"(w), [x] "+r"(x), [sum] "+Te"(sum), [all] "+Te"(all)
        : [depth] "r"(depth)
        : "lr", "q0", "q1", "memory");
    const uint32_t own = sum - all * (uint32_t)zero_point;
    *to = (int32_t)(own + (rows->add ? (uint32_t)*to : 0u));
  }
}
