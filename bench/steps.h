/* Layers as steps of int8 kernels, with random operands. */
#ifndef TINYML_BENCH_STEPS_H
#define TINYML_BENCH_STEPS_H

#include "measure.h"

typedef enum { CONV, DEPTHWISE, DENSE, ADD, MEAN, MAX } kind;

/* size: input height and width; a dense layer has in and out features, an add and a mean their channels in `in`. */
typedef struct {
  const char *network;
  kind kind;
  int h, w, in, out, kernel_h, kernel_w, stride, count;
} layer;

/* A layer as a step: kernel, parameters, operands (inputs, constants, output). */
typedef struct {
  tinyml_kernel kernel;
  int32_t params[24];
  void *operands[TINYML_MAX_OPERANDS];
  int constants, output; /* indices of operands */
  size_t output_bytes;
  double macs;
  bool is_float;
} step;

/* Sizes of a layer; padding as even as can be. */
typedef struct {
  int out_h, out_w, top, left, window;
  size_t inputs, outputs;
} geometry;

static geometry geometry_of(const layer *l) {
  geometry g;
  const bool whole = l->kind == MEAN;
  g.out_h = whole ? 1 : (l->h - 1) / l->stride + 1;
  g.out_w = whole ? 1 : (l->w - 1) / l->stride + 1;
  const int extra_h = (g.out_h - 1) * l->stride + l->kernel_h - l->h, extra_w = (g.out_w - 1) * l->stride + l->kernel_w - l->w;
  g.top = extra_h > 0 ? extra_h / 2 : 0;
  g.left = extra_w > 0 ? extra_w / 2 : 0;
  g.window = l->kernel_h * l->kernel_w;
  g.inputs = (size_t)(l->h * l->w * l->in);
  g.outputs = (size_t)(g.out_h * g.out_w * l->out);
  return g;
}

static double macs_of(const layer *l, const geometry *g) {
  switch (l->kind) {
    case CONV:
      return (double)g->outputs * g->window * l->in;
    case DEPTHWISE:
      return (double)g->outputs * g->window;
    case DENSE:
      return (double)l->in * l->out;
    default:
      return 0;
  }
}

static int32_t *constant_table(int count, int32_t low, uint32_t span) {
  int32_t *table = allocate(4 * (size_t)count);
  for (int i = 0; i < count; i++) table[i] = low + (int32_t)(random_word() % span);
  return table;
}

/* Multipliers that spread sums of `terms` products over int8. */
static void add_constants(step *s, size_t weights, int channels, int terms) {
  int log2_root = 0;
  while (1 << (2 * log2_root) < terms) log2_root++;
  s->operands[1] = random_bytes(weights);
  s->operands[2] = constant_table(channels, -2000, 4000);
  s->operands[3] = constant_table(channels, 1 << 30, 1u << 24);
  s->operands[4] = constant_table(channels, -8 - log2_root, 2);
  s->constants = 1;
  s->output = 5;
}

static step int8_step(const layer *l) {
  step s;
  memset(&s, 0, sizeof(s));
  const geometry g = geometry_of(l);
  s.operands[0] = random_bytes(g.inputs);
  s.output_bytes = g.outputs;
  s.macs = macs_of(l, &g);
  switch (l->kind) {
    case CONV: {
      const tinyml_conv2d_s8_params p = {1,  l->h, l->w, l->in, g.out_h, g.out_w, l->out, l->kernel_h, l->kernel_w, l->stride, l->stride,
                                         1,  1,    g.top, g.left,  1,     4,     -3,     -128,        127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_CONV2D_S8;
      add_constants(&s, (size_t)(l->out * g.window * l->in), l->out, g.window * l->in);
      break;
    }
    case DEPTHWISE: {
      const tinyml_depthwise_conv2d_s8_params p = {1, l->h, l->w, l->in, g.out_h, g.out_w, 1,  l->kernel_h, l->kernel_w, l->stride, l->stride,
                                                   1, 1,    g.top, g.left,  4,     -3,    -128, 127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_DEPTHWISE_CONV2D_S8;
      add_constants(&s, (size_t)(l->out * g.window), l->out, g.window);
      break;
    }
    case DENSE: {
      const tinyml_fully_connected_s8_params p = {1, l->in, l->out, 1, 4, -3, -128, 127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_FULLY_CONNECTED_S8;
      add_constants(&s, (size_t)(l->out * l->in), l->out, l->in);
      break;
    }
    case ADD: {
      const tinyml_add_s8_params p = {(int32_t)g.inputs, 20, 4, 1 << 30, 0, -7, 1518500250, -1, -3, 1368399000, -19, -128, 127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_ADD_S8;
      s.operands[1] = random_bytes(g.inputs);
      s.constants = s.output = 2;
      break;
    }
    case MEAN: {
      const tinyml_avg_pool2d_s8_params p = {1, l->h, l->w, l->in, 1, 1, l->kernel_h, l->kernel_w, 1, 1, 0, 0, 0, 4, -128, 127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_AVG_POOL2D_S8;
      s.constants = s.output = 1;
      break;
    }
    case MAX: {
      const tinyml_max_pool2d_s8_params p = {1, l->h, l->w, l->in, g.out_h, g.out_w, l->kernel_h, l->kernel_w, l->stride, l->stride, 1, 1, g.top, g.left, -128, 127};
      memcpy(s.params, &p, sizeof(p));
      s.kernel = TINYML_MAX_POOL2D_S8;
      s.constants = s.output = 1;
      break;
    }
  }
  return s;
}

#endif
