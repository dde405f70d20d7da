/* Speed of the float32 products of training, forward, gradient of the input and gradient of the weights, on the layers of
 * three networks, one thread: time, G MAC/s, and the share of what a loop of nothing but multiply-adds reaches between its
 * runs. Every product is first compared with the generic kernel, byte by byte.
 * usage: products-f32 [avx2|avx512vnni [network|all]]   (bench/products-f32.sh builds and runs it)
 * Times are the least of many repetitions, so that other processes disturb them little. Networks are sums of layers, each
 * times its count, without the gradient of the input of the first layer. */
#include "layers.h"
#include "measure.h"

enum { PRODUCTS = 3 };
static const tinyml_kernel kernels[PRODUCTS] = {TINYML_CONV2D_SUMS_F32, TINYML_CONV2D_INPUT_GRADIENT_F32,
                                                TINYML_CONV2D_WEIGHT_GRADIENT_F32};
static const char *const names[PRODUCTS] = {"forward", "input gradient", "weight gradient"};

typedef struct {
  double seconds, macs, peak_seconds;
} cost;

/* The least time of a run, and the time that the multiply-adds alone take at the rate between runs. */
static cost cost_of(const tinyml_conv2d_sums_f32_params *p, int product, tinyml_isa isa) {
  const size_t x = (size_t)p->batch * (size_t)(p->in_h * p->in_w * p->in_channels);
  const size_t y = (size_t)p->batch * (size_t)(p->out_h * p->out_w * p->out_channels);
  const size_t w = (size_t)(p->out_channels * p->kernel_h * p->kernel_w * (p->in_channels / p->groups));
  const size_t sizes[PRODUCTS][3] = {{x, w, y}, {y, w, x}, {x, y, w}};
  const size_t *size = sizes[product];
  float *bias = random_floats((size_t)p->out_channels), *expected_bias = random_floats((size_t)p->out_channels);
  float *result = allocate(4 * size[2]), *expected = allocate(4 * size[2]);
  void *operands[] = {random_floats(size[0]), random_floats(size[1]), result, bias};
  void *reference[] = {operands[0], operands[1], expected, expected_bias};
  const tinyml_functions *with = tinyml_choose(kernels[product], p, isa).functions;
  void *scratch = allocate(with->scratch_bytes == NULL ? 0 : (size_t)with->scratch_bytes(p));
  tinyml_choose(kernels[product], p, TINYML_ISA_GENERIC).functions->run(p, reference, NULL, NULL);
  with->run(p, operands, NULL, scratch);
  const bool same = memcmp(result, expected, 4 * size[2]) == 0;
  if (!same || (product == 2 && memcmp(bias, expected_bias, 4 * (size_t)p->out_channels) != 0)) {
    fprintf(stderr, "wrong result\n");
    exit(1);
  }
  double rate;
  const double best = measure(with, isa, true, (const int32_t *)(const void *)p, operands, NULL, scratch, &rate);
  for (int i = 0; i < 2; i++) free(operands[i]);
  free(result);
  free(expected);
  free(bias);
  free(expected_bias);
  free(scratch);
  const double macs = (double)y * (double)(w / (size_t)p->out_channels);
  return (cost){best, macs, macs / rate};
}

static void print_cost(cost c) {
  printf(" | %9.1f %6.1f %3.0f%%", 1e6 * c.seconds, 1e-9 * c.macs / c.seconds, 100 * c.peak_seconds / c.seconds);
}

int main(int argc, char **argv) {
  const bool narrow = argc > 1 && strcmp(argv[1], "avx2") == 0;
  const tinyml_isa isa = narrow ? TINYML_ISA_AVX2 : TINYML_ISA_AVX512VNNI;
  const char *only = argc > 2 ? argv[2] : "all";
  if (isa > tinyml_isa_native()) {
    fprintf(stderr, "this processor lacks the instruction set\n");
    return 1;
  }
  printf("%-42s", "microseconds, G MAC/s, share of the peak");
  for (int k = 0; k < PRODUCTS; k++) printf(" | %21s", names[k]);
  printf("\n");
  const int count = (int)(sizeof(layers) / sizeof(layers[0]));
  cost sums[PRODUCTS] = {{0, 0, 0}};
  for (int i = 0; i < count; i++) {
    const layer *l = &layers[i];
    if (strcmp(only, "all") != 0 && strcmp(only, l->network) != 0) continue;
    const int out = (l->size - 1) / l->stride + 1, extra = (out - 1) * l->stride + l->kernel - l->size;
    const int pad = extra > 0 ? extra / 2 : 0;
    const tinyml_conv2d_sums_f32_params p = {l->batch,  l->size,   l->size,   l->in,     out, out, l->out, l->kernel,
                                             l->kernel, l->stride, l->stride, 1, 1, pad, pad, l->groups};
    printf("%-17s %2dx%-2d %3d->%-3d %dx%d /%d x%d%s", l->network, l->size, l->size, l->in, l->out, l->kernel, l->kernel,
           l->stride, l->count, l->groups > 1 ? " dw" : "   ");
    for (int k = 0; k < PRODUCTS; k++) {
      const cost c = cost_of(&p, k, isa);
      print_cost(c);
      if (k == 1 && l->first) continue;
      sums[k].seconds += l->count * c.seconds;
      sums[k].macs += l->count * c.macs;
      sums[k].peak_seconds += l->count * c.peak_seconds;
    }
    printf("\n");
    fflush(stdout);
    if (i + 1 < count && strcmp(l->network, layers[i + 1].network) == 0) continue;
    printf("%-42s", l->network);
    for (int k = 0; k < PRODUCTS; k++) {
      print_cost(sums[k]);
      sums[k] = (cost){0, 0, 0};
    }
    printf("\n\n");
  }
  return 0;
}
