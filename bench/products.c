/* Speed of the int8 products of training on the layers of three networks, one thread: time, G MAC/s, and the share of
 * what a loop of nothing but multiply-adds reaches between its runs. The first image is compared with the generic kernel.
 * usage: products [native|generic|avx2|avx512vnni [network|all]]   (bench/products.sh builds and runs it)
 * Gradients of the first input of a network, which nothing needs, are left out. */
#include "layers.h"
#include "measure.h"

typedef enum { FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT, PRODUCTS } product;

static const tinyml_kernel kernels[PRODUCTS] = {TINYML_CONV2D_SUMS_S8, TINYML_CONV2D_INPUT_GRADIENT_S8,
                                                TINYML_CONV2D_WEIGHT_GRADIENT_S8};

static tinyml_conv2d_sums_s8_params params_of(const layer *l) {
  const int out = (l->size - 1) / l->stride + 1, extra = (out - 1) * l->stride + l->kernel - l->size;
  const int pad = extra > 0 ? extra / 2 : 0;
  return (tinyml_conv2d_sums_s8_params){l->batch,  l->size,   l->size,   l->in, out, out, l->out, l->kernel,
                                        l->kernel, l->stride, l->stride, 1,     1,   pad, pad,    l->groups};
}

/* A product as a step: its inputs and outputs, and the bytes of the outputs. */
typedef struct {
  void *operands[TINYML_MAX_OPERANDS];
  int inputs, outputs;
  size_t output_bytes[2];
} step;

static step step_of(product which, const tinyml_conv2d_sums_s8_params *p) {
  const size_t x = (size_t)p->batch * (size_t)(p->in_h * p->in_w * p->in_channels);
  const size_t y = (size_t)p->batch * (size_t)(p->out_h * p->out_w * p->out_channels);
  const size_t w = (size_t)(p->out_channels * p->kernel_h * p->kernel_w * (p->in_channels / p->groups));
  float *quantizer = random_floats(4);
  quantizer[2] = -3;
  switch (which) {
    case FORWARD:
      return (step){{random_bytes(x), quantizer, random_bytes(w)}, 3, 1, {4 * y, 0}};
    case INPUT_GRADIENT:
      free(quantizer);
      return (step){{random_bytes(y), random_bytes(w)}, 2, 1, {4 * x, 0}};
    default:
      return (step){{random_bytes(x), quantizer, random_bytes(y)}, 3, 2, {4 * w, 4 * (size_t)p->out_channels}};
  }
}

static void *scratch_of(const tinyml_functions *with, const tinyml_conv2d_sums_s8_params *p) {
  return with->scratch_bytes == NULL ? NULL : allocate((size_t)with->scratch_bytes(p));
}

/* Whether an implementation computes what the generic one does. */
static bool agrees(const tinyml_functions *with, product which, const tinyml_conv2d_sums_s8_params *p) {
  step want = step_of(which, p), got = want;
  void *scratch = scratch_of(with, p);
  bool same = true;
  for (int k = 0; k < want.outputs; k++) {
    want.operands[want.inputs + k] = allocate(want.output_bytes[k]);
    got.operands[want.inputs + k] = allocate(want.output_bytes[k]);
  }
  tinyml_choose(kernels[which], p, TINYML_ISA_GENERIC).functions->run(p, want.operands, NULL, NULL);
  with->run(p, got.operands, NULL, scratch);
  for (int k = 0; k < want.outputs; k++) {
    const int at = want.inputs + k;
    same = same && memcmp(want.operands[at], got.operands[at], want.output_bytes[k]) == 0;
    free(want.operands[at]);
    free(got.operands[at]);
  }
  for (int k = 0; k < want.inputs; k++) free(want.operands[k]);
  free(scratch);
  return same;
}

/* Seconds of a product, 0 where nothing needs it; `peak` as measured beside it. */
static double seconds_of(product which, const layer *l, tinyml_isa isa, double *peak) {
  if (which == INPUT_GRADIENT && l->first) return 0;
  const tinyml_conv2d_sums_s8_params p = params_of(l);
  const tinyml_functions *with = tinyml_choose(kernels[which], &p, isa).functions;
  tinyml_conv2d_sums_s8_params one = p;
  one.batch = 1;
  if (!agrees(with, which, &one)) {
    printf("%s: product %d differs from the generic kernel\n", l->network, which);
    exit(1);
  }
  step s = step_of(which, &p);
  void *scratch = scratch_of(with, &p);
  for (int k = 0; k < s.outputs; k++) s.operands[s.inputs + k] = allocate(s.output_bytes[k]);
  const double seconds = measure(with, isa, false, (const int32_t *)&p, s.operands, NULL, scratch, peak);
  for (int k = 0; k < s.inputs + s.outputs; k++) free(s.operands[k]);
  free(scratch);
  return seconds;
}

int main(int argc, char **argv) {
  static const char *const names[PRODUCTS] = {"forward", "dx", "dw"};
  const tinyml_isa isa = chosen_isa(argc > 1 ? argv[1] : NULL);
  const int count = (int)(sizeof(layers) / sizeof(layers[0]));
  const char *only = argc > 2 && strcmp(argv[2], "all") != 0 ? argv[2] : NULL;
  double times[PRODUCTS] = {0}, macs[PRODUCTS] = {0}, peaks[PRODUCTS] = {0}; /* the last: seconds times products per second */
  for (int i = 0; i < count; i++) {
    const layer *l = &layers[i];
    if (only != NULL && strcmp(only, l->network) != 0) continue;
    const tinyml_conv2d_sums_s8_params p = params_of(l);
    const double products = (double)p.batch * p.out_h * p.out_w * p.out_channels * p.kernel_h * p.kernel_w * p.in_channels / p.groups;
    printf("%-17s %3dx%2dx%2dx%-3d -> %3d %dx%d/%d %-4s x%d", l->network, l->batch, l->size, l->size, l->in, l->out,
           l->kernel, l->kernel, l->stride, l->groups > 1 ? "dw" : "", l->count);
    for (int k = 0; k < PRODUCTS; k++) {
      double peak = 0;
      const double seconds = seconds_of((product)k, l, isa, &peak);
      printf("  %7s", names[k]);
      if (seconds == 0) {
        printf("%30s", "");
        continue;
      }
      printf(" %8.1f us %6.1f G", seconds * 1e6, products / seconds * 1e-9);
      if (peak > 0) printf(" %5.1f %%", 100 * products / seconds / peak);
      times[k] += seconds * l->count;
      macs[k] += products * l->count;
      peaks[k] += seconds * l->count * peak;
    }
    printf("\n");
    if (i + 1 < count && strcmp(layers[i + 1].network, l->network) == 0) continue;
    printf("%-17s total:", l->network);
    for (int k = 0; k < PRODUCTS; k++) {
      if (times[k] == 0) continue;
      printf("  %s %.1f us, %.1f G MAC/s", names[k], times[k] * 1e6, macs[k] / times[k] * 1e-9);
      if (peaks[k] > 0) printf(", %.1f %%", 100 * macs[k] / peaks[k]);
      times[k] = macs[k] = peaks[k] = 0;
    }
    printf("\n\n");
  }
  return 0;
}
