/* Speed of the kernels of training on the host, one thread: ns per element and GB/s of operands, for 200,000 elements of 16
 * channels (12500 positions). Times are the least of many repetitions.
 * usage: node scripts/build-native.js --program host bench/training.c <program>, then the program */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../native/engine/implementations.h"

enum { ELEMENTS = 200000, CHANNELS = 16, ROWS = ELEMENTS / CHANNELS, REPETITIONS = 200 };

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)(t.tv_sec % 100000) + 1e-9 * (double)t.tv_nsec;
}

static void *allocate(size_t bytes) {
  void *block = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (block == NULL) exit(2);
  return block;
}

/* What an operand holds. */
typedef enum { FLOATS, CODES, SUMS, QUANTIZER, KEY, BOUNDS, EXTENT, ONE, CONTROL, FRACTIONS } content;

typedef struct {
  content content;
  int32_t count;
} operand;

typedef struct {
  const char *name;
  tinyml_kernel kernel;
  int32_t params[16];
  operand operands[TINYML_MAX_OPERANDS]; /* inputs, constants, outputs; a count of 0 ends them */
} layer;

static size_t bytes_of(operand o) {
  return (size_t)o.count * (o.content == CODES ? 1 : 4);
}

static void *filled(operand o) {
  static uint32_t state = 1;
  void *data = allocate(bytes_of(o));
  float *floats = data;
  int8_t *codes = data;
  int32_t *sums = data;
  switch (o.content) {
    case QUANTIZER:
      memcpy(data, (float[]){0.02f, 50.0f, -3.0f, 0.0f}, bytes_of(o));
      return data;
    case BOUNDS:
      memcpy(data, (float[]){0.0f, 6.0f}, bytes_of(o));
      return data;
    case EXTENT:
      memcpy(data, (float[]){-2.0f, 2.0f}, bytes_of(o));
      return data;
    case CONTROL:
      memcpy(data, (float[]){0.001f, 1.5f, 1.2f, 0.0f}, bytes_of(o));
      return data;
    case FRACTIONS:
      for (int32_t i = 0; i < o.count; i++) floats[i] = 0.0625f;
      return data;
    default:
      break;
  }
  for (int32_t i = 0; i < o.count; i++) {
    /* A sum of uniform numbers: roughly normal. */
    float sum = 0.0f;
    for (int k = 0; k < 4; k++) {
      state = state * 1664525u + 1013904223u;
      sum += (float)(state >> 16) / 65536.0f - 0.5f;
    }
    if (o.content == CODES) {
      codes[i] = (int8_t)(sum * 60.0f);
    } else if (o.content == SUMS || o.content == KEY) {
      sums[i] = (int32_t)(sum * 4000.0f);
    } else {
      floats[i] = sum;
    }
  }
  return data;
}

#define N ELEMENTS
#define C CHANNELS
#define POOL {2, 100, 62, C, 50, 31, 2, 2, 2, 2, 1, 1, 0, 0}
#define POOL_IN (2 * 100 * 62 * C)
#define POOL_OUT (2 * 50 * 31 * C)

static const layer layers[] = {
    {"rescale_s32", TINYML_RESCALE_S32, {N, C, 1, C},
     {{SUMS, N}, {QUANTIZER, 4}, {FLOATS, C}, {FLOATS, C}, {FLOATS, N}, {EXTENT, 2}}},
    {"encode_s8", TINYML_ENCODE_S8, {N, -128, 127, 0, 1}, {{FLOATS, N}, {QUANTIZER, 4}, {KEY, 1}, {BOUNDS, 2}, {CODES, N}}},
    {"encode_s8 stochastic", TINYML_ENCODE_S8, {N, -128, 127, 1, 1},
     {{FLOATS, N}, {QUANTIZER, 4}, {KEY, 1}, {BOUNDS, 2}, {CODES, N}}},
    {"activation_gradient_s8", TINYML_ACTIVATION_GRADIENT_S8, {N},
     {{CODES, N}, {QUANTIZER, 4}, {BOUNDS, 2}, {FLOATS, N}, {EXTENT, 2}}},
    {"batch_norm_f32", TINYML_BATCH_NORM_F32, {ROWS, C},
     {{FLOATS, N}, {FLOATS, C}, {FLOATS, C}, {FRACTIONS, 2}, {FLOATS, N}, {FLOATS, C}, {FLOATS, C}, {FLOATS, 2 * C}, {EXTENT, 2}}},
    {"batch_norm_gradient_s8", TINYML_BATCH_NORM_GRADIENT_S8, {ROWS, C},
     {{CODES, N}, {QUANTIZER, 4}, {FRACTIONS, 2 * C}, {FLOATS, C}, {FLOATS, N}, {FLOATS, C}, {FLOATS, C}}},
    {"add_codes_f32", TINYML_ADD_CODES_F32, {N},
     {{CODES, N}, {QUANTIZER, 4}, {CODES, N}, {QUANTIZER, 4}, {FLOATS, N}, {EXTENT, 2}}},
    {"max_pool2d_gradient_s8", TINYML_MAX_POOL2D_GRADIENT_S8, POOL,
     {{CODES, POOL_IN}, {CODES, POOL_OUT}, {FLOATS, POOL_OUT}, {FLOATS, POOL_IN}}},
    {"extent_f32", TINYML_EXTENT_F32, {N}, {{FLOATS, N}, {EXTENT, 2}}},
    {"add_bias_f32", TINYML_ADD_BIAS_F32, {N, C}, {{FLOATS, N}, {FLOATS, C}, {FLOATS, N}}},
    {"decode_s8", TINYML_DECODE_S8, {N}, {{CODES, N}, {QUANTIZER, 4}, {FLOATS, N}}},
    {"adam_f32", TINYML_ADAM_F32, {N},
     {{FLOATS, N}, {CONTROL, 4}, {FRACTIONS, 4}, {FLOATS, N}, {FLOATS, N}, {FRACTIONS, N}}},
    {"sgd_f32", TINYML_SGD_F32, {N}, {{FLOATS, N}, {CONTROL, 4}, {FRACTIONS, 1}, {FLOATS, N}}},
    {"momentum_f32", TINYML_MOMENTUM_F32, {N}, {{FLOATS, N}, {CONTROL, 4}, {FRACTIONS, 2}, {FLOATS, N}, {FLOATS, N}}},
    {"clip_range_f32 mse", TINYML_CLIP_RANGE_F32, {N, 3, 8}, {{FLOATS, N}, {EXTENT, 2}, {FRACTIONS, 1}, {FRACTIONS, 1}, {QUANTIZER, 4}}},
    {"clip_range_f32 zscore", TINYML_CLIP_RANGE_F32, {N, 2, 8},
     {{FLOATS, N}, {EXTENT, 2}, {FRACTIONS, 1}, {FRACTIONS, 1}, {QUANTIZER, 4}}},
    {"clip_range_f32 learned", TINYML_CLIP_RANGE_F32, {N, 4, 8},
     {{FLOATS, N}, {EXTENT, 2}, {FRACTIONS, 1}, {FRACTIONS, 1}, {QUANTIZER, 4}}},
    {"encode_weights_s8", TINYML_ENCODE_WEIGHTS_S8, {200, 1000, 127}, {{FLOATS, N}, {CODES, N}, {FLOATS, 200}}},
    {"decode_weights_s8", TINYML_DECODE_WEIGHTS_S8, {200, 1000}, {{CODES, N}, {FLOATS, 200}, {FLOATS, N}}},
    {"avg_pool2d_gradient_f32", TINYML_AVG_POOL2D_GRADIENT_F32,
     {2, 100, 62, C, 50, 31, 2, 2, 2, 2, 0, 0, 0}, {{FLOATS, POOL_OUT}, {FLOATS, POOL_IN}}},
    {"batch_norm_gradient_f32", TINYML_BATCH_NORM_GRADIENT_F32, {ROWS, C},
     {{FLOATS, N}, {FRACTIONS, 2 * C}, {FLOATS, C}, {FLOATS, N}, {FLOATS, C}, {FLOATS, C}}},
    {"activation_gradient_f32", TINYML_ACTIVATION_GRADIENT_F32, {N},
     {{FLOATS, N}, {BOUNDS, 2}, {FLOATS, N}, {EXTENT, 2}}},
    {"max_pool2d_gradient_f32", TINYML_MAX_POOL2D_GRADIENT_F32, POOL,
     {{FLOATS, POOL_IN}, {FLOATS, POOL_OUT}, {FLOATS, POOL_OUT}, {FLOATS, POOL_IN}}},
    {"sgd_s8", TINYML_SGD_S8, {200, 1000, 127, 1, 0}, {{FLOATS, N}, {FRACTIONS, 200}, {CONTROL, 4}, {KEY, 1}, {CODES, N}}},
    {"sum_rows_f32", TINYML_SUM_ROWS_F32, {C, ROWS}, {{FLOATS, N}, {FLOATS, C}}},
    {"squared_error_f32", TINYML_SQUARED_ERROR_F32, {N}, {{FLOATS, N}, {FLOATS, N}, {FLOATS, N}, {EXTENT, 2}}},
    {"compensation_f32", TINYML_COMPENSATION_F32, {N, C}, {{FLOATS, C}, {FLOATS, N}, {FLOATS, N}, {FLOATS, N}, {FLOATS, N}}},
    {"compensation_gradient_f32", TINYML_COMPENSATION_GRADIENT_F32, {N},
     {{FLOATS, N}, {FLOATS, N}, {FLOATS, N}, {FLOATS, N}, {FRACTIONS, 1}, {FLOATS, N}, {FLOATS, N}, {FLOATS, N}}},
    {"softmax_cross_entropy_f32", TINYML_SOFTMAX_CROSS_ENTROPY_F32, {N / 10, 10},
     {{FLOATS, N}, {KEY, N / 10}, {FRACTIONS, 1}, {FLOATS, N}, {EXTENT, 2}}},
};

/* Seconds of the fastest run. */
static double time_of(const layer *l, void *const *operands, tinyml_isa isa) {
  const tinyml_functions *f = tinyml_choose(l->kernel, l->params, isa).functions;
  void *scratch = allocate(f->scratch_bytes == NULL ? 1 << 16 : (size_t)f->scratch_bytes(l->params));
  double best = 1e9;
  for (int i = 0; i < REPETITIONS; i++) {
    const double start = now();
    f->run(l->params, operands, NULL, scratch);
    const double took = now() - start;
    if (took < best) best = took;
  }
  free(scratch);
  return best;
}

int main(void) {
  const size_t count = sizeof(layers) / sizeof(layers[0]);
  printf("%-26s", "ns per element (GB/s)");
  for (int isa = 0; isa <= (int)tinyml_isa_native(); isa++) printf("%20s", tinyml_isa_name((tinyml_isa)isa));
  printf("\n");
  for (size_t i = 0; i < count; i++) {
    const layer *l = &layers[i];
    void *operands[TINYML_MAX_OPERANDS];
    size_t bytes = 0;
    int used = 0;
    for (; used < TINYML_MAX_OPERANDS && l->operands[used].count > 0; used++) {
      operands[used] = filled(l->operands[used]);
      bytes += bytes_of(l->operands[used]);
    }
    printf("%-26s", l->name);
    for (int isa = 0; isa <= (int)tinyml_isa_native(); isa++) {
      const double seconds = time_of(l, operands, (tinyml_isa)isa);
      printf("%10.3f (%6.1f) ", seconds * 1e9 / ELEMENTS, (double)bytes / seconds / 1e9);
    }
    printf("\n");
    while (used > 0) free(operands[--used]);
  }
  return 0;
}
