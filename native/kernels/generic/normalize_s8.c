#include "../tinyml_kernels.h"
#include "tinyml_moments.h"
#include "tinyml_normalize_run.h"
#include "tinyml_reciprocal.h"

/* x * 2^bits, of which the low 32 bits count. */
static int32_t shifted(int32_t x, int32_t bits) {
  return (int32_t)((uint32_t)x << bits);
}

/* Runs of channels, one for each position, or of positions where each is of one channel. */
typedef struct {
  int32_t runs, count, next, x_step, step;
} group_shape;

static tinyml_moments moments_of(const group_shape *shape, const int8_t *x) {
  tinyml_moments all = {0, 0};
  for (int32_t run = 0; run < shape->runs; run++, x += shape->next) {
    if (shape->x_step == 1) {
      const tinyml_moments one = tinyml_moments_of(x, shape->count);
      all.sum += one.sum;
      all.squares += one.squares;
    }
    for (int32_t k = 0; k < shape->count && shape->x_step != 1; k++) {
      const int32_t value = x[k * shape->x_step];
      all.sum += (uint32_t)value;
      all.squares += (uint32_t)(value * value);
    }
  }
  return all;
}

void tinyml_normalize_s8(const tinyml_normalize_s8_params *params, const int8_t *input, const int32_t *gamma,
                         const int32_t *beta, int8_t *output, void *scratch) {
  const tinyml_normalize_s8_params p = *params;
  const int32_t count = p.positions * p.channels, pixel = p.groups * p.channels;
  const group_shape shape = p.channels == 1 ? (group_shape){1, p.positions, 0, pixel, 0}
                                            : (group_shape){p.positions, p.channels, pixel, 1, 1};
  const uint32_t shift_of_all = (uint32_t)(count * p.input_offset);
  tinyml_normalizer by = {
      .multiplier = p.multiplier,
      .shift = p.shift,
      .zero_point = p.output_offset,
      .min = p.act_min,
      .max = p.act_max,
  };
  (void)scratch;
  for (int32_t image = 0; image < p.batch; image++, input += p.positions * pixel, output += p.positions * pixel) {
    for (int32_t group = 0; group < pixel; group += p.channels) {
      const int8_t *x = input + group;
      int8_t *y = output + group;
      /* Of codes, then of codes with their offset. */
      const tinyml_moments codes = moments_of(&shape, x);
      const uint32_t sum = codes.sum + shift_of_all;
      const uint32_t squares = codes.squares + (uint32_t)p.input_offset * (codes.sum + sum);
      /* count^2 times mean and variance, exactly. */
      const int32_t mean = p.centred ? (int32_t)sum : 0;
      const uint64_t variance = (uint64_t)count * squares - (uint64_t)((int64_t)mean * mean);
      const tinyml_reciprocal root =
          tinyml_reciprocal_root_of((variance << 14) + ((uint64_t)(uint32_t)p.epsilon << p.epsilon_shift));
      const int32_t room = root.right < 32 ? 32 - root.right : 0;
      by.scale = shifted(count, room);
      by.offset = shifted((int32_t)shift_of_all - mean, room);
      by.reciprocal = root.reciprocal;
      by.right = root.right;
      for (int32_t run = 0; run < shape.runs; run++, x += shape.next, y += shape.next) {
        tinyml_normalize_run(&by, shape.count, x, y, shape.x_step, gamma + group, beta + group, shape.step);
      }
    }
  }
}
