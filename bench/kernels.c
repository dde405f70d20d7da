/* Speed of the host kernels on the layers of six networks, batch 1, one thread: time, G MAC/s, and the share of what a
 * loop of nothing but multiply-adds (VPDPBUSD or, with AVX2, VPMADDWD for int8; VFMADD for float32) reaches between its
 * runs. Every layer is first compared with the generic kernel.
 * usage: kernels [native|generic|avx2|avx512vnni [network|all [s8|f32]]]   (bench/kernels.sh builds and runs it)
 * Times are the least of many repetitions, so that other processes disturb them little. Networks are sums of layers,
 * each times its count; elementwise layers have no MACs but count as time. */
#include "steps.h"

static const layer layers[] = {
    {"resnet8", CONV, 32, 32, 3, 16, 3, 3, 1, 1},
    {"resnet8", CONV, 32, 32, 16, 16, 3, 3, 1, 2},
    {"resnet8", ADD, 32, 32, 16, 16, 1, 1, 1, 1},
    {"resnet8", CONV, 32, 32, 16, 32, 3, 3, 2, 1},
    {"resnet8", CONV, 16, 16, 32, 32, 3, 3, 1, 1},
    {"resnet8", CONV, 32, 32, 16, 32, 1, 1, 2, 1},
    {"resnet8", ADD, 16, 16, 32, 32, 1, 1, 1, 1},
    {"resnet8", CONV, 16, 16, 32, 64, 3, 3, 2, 1},
    {"resnet8", CONV, 8, 8, 64, 64, 3, 3, 1, 1},
    {"resnet8", CONV, 16, 16, 32, 64, 1, 1, 2, 1},
    {"resnet8", ADD, 8, 8, 64, 64, 1, 1, 1, 1},
    {"resnet8", MEAN, 8, 8, 64, 64, 8, 8, 1, 1},
    {"resnet8", DENSE, 1, 1, 64, 10, 1, 1, 1, 1},

    {"ds-cnn", CONV, 49, 10, 1, 64, 10, 4, 2, 1},
    {"ds-cnn", DEPTHWISE, 25, 5, 64, 64, 3, 3, 1, 4},
    {"ds-cnn", CONV, 25, 5, 64, 64, 1, 1, 1, 4},
    {"ds-cnn", MEAN, 25, 5, 64, 64, 25, 5, 1, 1},
    {"ds-cnn", DENSE, 1, 1, 64, 12, 1, 1, 1, 1},

    {"mobilenetv1-0.25", CONV, 96, 96, 3, 8, 3, 3, 2, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 48, 48, 8, 8, 3, 3, 1, 1},
    {"mobilenetv1-0.25", CONV, 48, 48, 8, 16, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 48, 48, 16, 16, 3, 3, 2, 1},
    {"mobilenetv1-0.25", CONV, 24, 24, 16, 32, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 24, 24, 32, 32, 3, 3, 1, 1},
    {"mobilenetv1-0.25", CONV, 24, 24, 32, 32, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 24, 24, 32, 32, 3, 3, 2, 1},
    {"mobilenetv1-0.25", CONV, 12, 12, 32, 64, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 12, 12, 64, 64, 3, 3, 1, 1},
    {"mobilenetv1-0.25", CONV, 12, 12, 64, 64, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 12, 12, 64, 64, 3, 3, 2, 1},
    {"mobilenetv1-0.25", CONV, 6, 6, 64, 128, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 6, 6, 128, 128, 3, 3, 1, 5},
    {"mobilenetv1-0.25", CONV, 6, 6, 128, 128, 1, 1, 1, 5},
    {"mobilenetv1-0.25", DEPTHWISE, 6, 6, 128, 128, 3, 3, 2, 1},
    {"mobilenetv1-0.25", CONV, 3, 3, 128, 256, 1, 1, 1, 1},
    {"mobilenetv1-0.25", DEPTHWISE, 3, 3, 256, 256, 3, 3, 1, 1},
    {"mobilenetv1-0.25", CONV, 3, 3, 256, 256, 1, 1, 1, 1},
    {"mobilenetv1-0.25", MEAN, 3, 3, 256, 256, 3, 3, 1, 1},
    {"mobilenetv1-0.25", DENSE, 1, 1, 256, 2, 1, 1, 1, 1},

    {"autoencoder", DENSE, 1, 1, 640, 128, 1, 1, 1, 1},
    {"autoencoder", DENSE, 1, 1, 128, 128, 1, 1, 1, 6},
    {"autoencoder", DENSE, 1, 1, 128, 8, 1, 1, 1, 1},
    {"autoencoder", DENSE, 1, 1, 8, 128, 1, 1, 1, 1},
    {"autoencoder", DENSE, 1, 1, 128, 640, 1, 1, 1, 1},

    {"mobilenetv2", CONV, 224, 224, 3, 32, 3, 3, 2, 1},
    {"mobilenetv2", DEPTHWISE, 112, 112, 32, 32, 3, 3, 1, 1},
    {"mobilenetv2", CONV, 112, 112, 32, 16, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 112, 112, 16, 96, 1, 1, 1, 1},
    {"mobilenetv2", DEPTHWISE, 112, 112, 96, 96, 3, 3, 2, 1},
    {"mobilenetv2", CONV, 56, 56, 96, 24, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 56, 56, 24, 144, 1, 1, 1, 2},
    {"mobilenetv2", DEPTHWISE, 56, 56, 144, 144, 3, 3, 1, 1},
    {"mobilenetv2", CONV, 56, 56, 144, 24, 1, 1, 1, 1},
    {"mobilenetv2", ADD, 56, 56, 24, 24, 1, 1, 1, 1},
    {"mobilenetv2", DEPTHWISE, 56, 56, 144, 144, 3, 3, 2, 1},
    {"mobilenetv2", CONV, 28, 28, 144, 32, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 28, 28, 32, 192, 1, 1, 1, 3},
    {"mobilenetv2", DEPTHWISE, 28, 28, 192, 192, 3, 3, 1, 2},
    {"mobilenetv2", CONV, 28, 28, 192, 32, 1, 1, 1, 2},
    {"mobilenetv2", ADD, 28, 28, 32, 32, 1, 1, 1, 2},
    {"mobilenetv2", DEPTHWISE, 28, 28, 192, 192, 3, 3, 2, 1},
    {"mobilenetv2", CONV, 14, 14, 192, 64, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 14, 14, 64, 384, 1, 1, 1, 4},
    {"mobilenetv2", DEPTHWISE, 14, 14, 384, 384, 3, 3, 1, 4},
    {"mobilenetv2", CONV, 14, 14, 384, 64, 1, 1, 1, 3},
    {"mobilenetv2", ADD, 14, 14, 64, 64, 1, 1, 1, 3},
    {"mobilenetv2", CONV, 14, 14, 384, 96, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 14, 14, 96, 576, 1, 1, 1, 3},
    {"mobilenetv2", DEPTHWISE, 14, 14, 576, 576, 3, 3, 1, 2},
    {"mobilenetv2", CONV, 14, 14, 576, 96, 1, 1, 1, 2},
    {"mobilenetv2", ADD, 14, 14, 96, 96, 1, 1, 1, 2},
    {"mobilenetv2", DEPTHWISE, 14, 14, 576, 576, 3, 3, 2, 1},
    {"mobilenetv2", CONV, 7, 7, 576, 160, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 7, 7, 160, 960, 1, 1, 1, 3},
    {"mobilenetv2", DEPTHWISE, 7, 7, 960, 960, 3, 3, 1, 3},
    {"mobilenetv2", CONV, 7, 7, 960, 160, 1, 1, 1, 2},
    {"mobilenetv2", ADD, 7, 7, 160, 160, 1, 1, 1, 2},
    {"mobilenetv2", CONV, 7, 7, 960, 320, 1, 1, 1, 1},
    {"mobilenetv2", CONV, 7, 7, 320, 1280, 1, 1, 1, 1},
    {"mobilenetv2", MEAN, 7, 7, 1280, 1280, 7, 7, 1, 1},
    {"mobilenetv2", DENSE, 1, 1, 1280, 1000, 1, 1, 1, 1},

    {"resnet18", CONV, 224, 224, 3, 64, 7, 7, 2, 1},
    {"resnet18", MAX, 112, 112, 64, 64, 3, 3, 2, 1},
    {"resnet18", CONV, 56, 56, 64, 64, 3, 3, 1, 4},
    {"resnet18", ADD, 56, 56, 64, 64, 1, 1, 1, 2},
    {"resnet18", CONV, 56, 56, 64, 128, 3, 3, 2, 1},
    {"resnet18", CONV, 28, 28, 128, 128, 3, 3, 1, 3},
    {"resnet18", CONV, 56, 56, 64, 128, 1, 1, 2, 1},
    {"resnet18", ADD, 28, 28, 128, 128, 1, 1, 1, 2},
    {"resnet18", CONV, 28, 28, 128, 256, 3, 3, 2, 1},
    {"resnet18", CONV, 14, 14, 256, 256, 3, 3, 1, 3},
    {"resnet18", CONV, 28, 28, 128, 256, 1, 1, 2, 1},
    {"resnet18", ADD, 14, 14, 256, 256, 1, 1, 1, 2},
    {"resnet18", CONV, 14, 14, 256, 512, 3, 3, 2, 1},
    {"resnet18", CONV, 7, 7, 512, 512, 3, 3, 1, 3},
    {"resnet18", CONV, 14, 14, 256, 512, 1, 1, 2, 1},
    {"resnet18", ADD, 7, 7, 512, 512, 1, 1, 1, 2},
    {"resnet18", MEAN, 7, 7, 512, 512, 7, 7, 1, 1},
    {"resnet18", DENSE, 1, 1, 512, 1000, 1, 1, 1, 1},
};

/* The same of float32. */
static step float_step(const layer *l) {
  step s;
  memset(&s, 0, sizeof(s));
  const geometry g = geometry_of(l);
  const float infinity = 1.0f / 0.0f;
  float *bounds = allocate(2 * sizeof(float));
  bounds[0] = 0;
  bounds[1] = infinity;
  s.is_float = true;
  s.operands[0] = random_floats(g.inputs);
  s.output_bytes = g.outputs * sizeof(float);
  s.macs = macs_of(l, &g);
  switch (l->kind) {
    case CONV: {
      const tinyml_conv2d_f32_params p = {1, l->h, l->w, l->in, g.out_h, g.out_w, l->out, l->kernel_h, l->kernel_w, l->stride, l->stride,
                                          1, 1,    g.top, g.left, 1};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_CONV2D_F32;
      break;
    }
    case DEPTHWISE: {
      const tinyml_depthwise_conv2d_f32_params p = {1, l->h, l->w, l->in, g.out_h, g.out_w, 1, l->kernel_h, l->kernel_w, l->stride, l->stride,
                                                    1, 1,    g.top, g.left};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_DEPTHWISE_CONV2D_F32;
      break;
    }
    case DENSE: {
      const tinyml_fully_connected_f32_params p = {1, l->in, l->out};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_FULLY_CONNECTED_F32;
      break;
    }
    case ADD: {
      const tinyml_add_f32_params p = {(int32_t)g.inputs};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_ADD_F32;
      s.operands[1] = random_floats(g.inputs);
      s.operands[2] = bounds;
      s.constants = 2;
      s.output = 3;
      return s;
    }
    case MEAN: {
      const tinyml_avg_pool2d_f32_params p = {1, l->h, l->w, l->in, 1, 1, l->kernel_h, l->kernel_w, 1, 1, 0, 0, 0};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_AVG_POOL2D_F32;
      s.constants = s.output = 1;
      free(bounds);
      return s;
    }
    case MAX: {
      const tinyml_max_pool2d_f32_params p = {1, l->h, l->w, l->in, g.out_h, g.out_w, l->kernel_h, l->kernel_w, l->stride, l->stride, 1, 1, g.top, g.left};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_MAX_POOL2D_F32;
      s.constants = s.output = 1;
      free(bounds);
      return s;
    }
  }
  s.operands[1] = random_floats((size_t)(l->out * g.window * (l->kind == DEPTHWISE ? 1 : l->in)));
  s.operands[2] = random_floats((size_t)l->out);
  s.operands[3] = bounds;
  s.constants = 1;
  s.output = 4;
  return s;
}

int main(int argc, char **argv) {
  static const char *const names[] = {"conv", "depthwise", "dense", "add", "mean", "max"};
  const tinyml_isa isa = chosen_isa(argc > 1 ? argv[1] : NULL);
  const int count = (int)(sizeof(layers) / sizeof(layers[0]));
  const char *only = argc > 2 && strcmp(argv[2], "all") != 0 ? argv[2] : NULL;
  const bool is_float = argc > 3 && strcmp(argv[3], "f32") == 0;
  double network_time = 0, network_macs = 0, network_peak = 0; /* the last: seconds times products per second */
  for (int i = 0; i < count; i++) {
    const layer *l = &layers[i];
    if (only != NULL && strcmp(only, l->network) != 0) continue;
    step s = is_float ? float_step(l) : int8_step(l);
    const tinyml_functions *generic = tinyml_choose(s.kernel, s.params, TINYML_ISA_GENERIC).functions;
    const tinyml_implementation chosen = tinyml_choose(s.kernel, s.params, isa);
    const tinyml_functions *with = chosen.functions;
    int8_t *want = allocate(s.output_bytes), *got = allocate(s.output_bytes);
    s.operands[s.output] = want;
    generic->run(s.params, s.operands, NULL, NULL);
    void *packed = NULL, *scratch = NULL;
    if (with->packed_bytes != NULL) {
      packed = allocate((size_t)with->packed_bytes(s.params));
      with->pack(s.params, (const void *const *)&s.operands[s.constants], packed);
    }
    if (with->scratch_bytes != NULL) scratch = allocate((size_t)with->scratch_bytes(s.params));
    s.operands[s.output] = got;
    double peak;
    const double seconds = measure(with, isa, s.is_float, s.params, s.operands, packed, scratch, &peak);
    if (memcmp(want, got, s.output_bytes) != 0) {
      printf("%s layer %d differs from the generic kernel\n", l->network, i);
      return 1;
    }
    network_time += seconds * l->count;
    network_macs += s.macs * l->count;
    network_peak += seconds * l->count * peak;
    char shape[64];
    snprintf(shape, sizeof(shape), "%dx%dx%d -> %d, %dx%d / %d", l->h, l->w, l->in, l->out, l->kernel_h, l->kernel_w, l->stride);
    printf("%-17s %-9s %-28s x%d %-10s %9.2f us", l->network, names[l->kind], shape, l->count, tinyml_isa_name(chosen.isa),
           seconds * 1e6);
    if (s.macs > 0) printf(" %7.1f G MAC/s", s.macs / seconds * 1e-9);
    if (s.macs > 0 && peak > 0) printf(" %5.1f %% of %3.0f", 100 * s.macs / seconds / peak, peak * 1e-9);
    printf("\n");
    for (int k = 0; k < s.output; k++) free(s.operands[k]);
    free(want);
    free(got);
    free(packed);
    free(scratch);
    if (i + 1 < count && strcmp(layers[i + 1].network, l->network) == 0) continue;
    printf("%-17s total: %.1f us, %.2f M MAC, %.1f G MAC/s", l->network, network_time * 1e6, network_macs * 1e-6,
           network_macs / network_time * 1e-9);
    if (network_peak > 0) printf(", %.1f %% of multiply-adds alone", 100 * network_macs / network_peak);
    printf("\n\n");
    network_time = network_macs = network_peak = 0;
  }
  return 0;
}
