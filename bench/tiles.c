/* Wall time of the twins that compute the pixels of a tile list, beside their dense kernels: one thread, int8, masks of
 * patches of 8 x 8 pixels of a layer's input, random and clustered, of which a growing share is active. Both run by turns,
 * and times are the least of many repetitions. The time of a twin has that of its lists: from the mask, and dilated.
 * usage: tiles [native|generic|avx2|avx512vnni [all|layer [text|json]]]   (bench/tiles.sh builds and runs it)
 * `ideal` is what the pixels that are listed would give: 1 / their share of all. The crossover is the share of active
 * patches from which on dense is faster. Every output is compared with that of the dense kernel. */
#include "steps.h"

enum { PATCH = 8, CAPACITY = 256, SEEDS = 3, MOST_PATCHES = 1024 };

static const layer layers[] = {
    {"conv3x3-16-80x64", CONV, 64, 80, 16, 16, 3, 3, 1, 1},
    {"conv3x3-32-80x64", CONV, 64, 80, 32, 32, 3, 3, 1, 1},
    {"conv3x3-16-160x128", CONV, 128, 160, 16, 16, 3, 3, 1, 1},
    {"conv3x3-32-160x128", CONV, 128, 160, 32, 32, 3, 3, 1, 1},
    {"stem3x3s2-3-8-160x128", CONV, 128, 160, 3, 8, 3, 3, 2, 1},
    {"depthwise3x3-48-80x64", DEPTHWISE, 64, 80, 48, 48, 3, 3, 1, 1},
    {"depthwise3x3s2-16-80x64", DEPTHWISE, 64, 80, 16, 16, 3, 3, 2, 1},
    {"pointwise-48-16-80x64", CONV, 64, 80, 48, 16, 1, 1, 1, 1},
    {"pointwise-8-16-80x64", CONV, 64, 80, 8, 16, 1, 1, 1, 1},
    {"add-16-80x64", ADD, 64, 80, 16, 16, 1, 1, 1, 1},
};

static const int percents[] = {0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 95, 100};
enum { PERCENTS = sizeof(percents) / sizeof(percents[0]) };

/* A kernel ready to run. */
typedef struct {
  const tinyml_functions *functions;
  const int32_t *params;
  void *operands[TINYML_MAX_OPERANDS];
  void *packed, *scratch;
} runner;

static runner runner_of(tinyml_kernel kernel, const int32_t *params, void *const *operands, int count, int constants,
                        tinyml_isa isa) {
  runner r = {.functions = tinyml_choose(kernel, params, isa).functions, .params = params};
  memcpy(r.operands, operands, (size_t)count * sizeof(void *));
  if (r.functions->packed_bytes != NULL) {
    r.packed = allocate((size_t)r.functions->packed_bytes(params));
    r.functions->pack(params, (const void *const *)&operands[constants], r.packed);
  }
  if (r.functions->scratch_bytes != NULL) r.scratch = allocate((size_t)r.functions->scratch_bytes(params));
  return r;
}

static void run(const runner *r) {
  r->functions->run(r->params, r->operands, r->packed, r->scratch);
}

/* A layer, dense and as a twin. */
typedef struct {
  const layer *layer;
  geometry geometry;
  step dense_step;
  int32_t params[24];
  int8_t *mask, *want, *got;
  int32_t *tiles, *dilated;
  runner dense, twin;
} subject;

static tinyml_kernel twin_kernel(tinyml_kernel dense) {
  return dense == TINYML_CONV2D_S8             ? TINYML_CONV2D_TILES_S8
         : dense == TINYML_DEPTHWISE_CONV2D_S8 ? TINYML_DEPTHWISE_CONV2D_TILES_S8
                                               : TINYML_ADD_TILES_S8;
}

static int dense_params(tinyml_kernel kernel) {
  const size_t bytes = kernel == TINYML_CONV2D_S8             ? sizeof(tinyml_conv2d_s8_params)
                       : kernel == TINYML_DEPTHWISE_CONV2D_S8 ? sizeof(tinyml_depthwise_conv2d_s8_params)
                                                              : sizeof(tinyml_add_s8_params);
  return (int)(bytes / sizeof(int32_t));
}

/* The kernels refer to the parameters in `s`. */
static void make_subject(subject *s, const layer *l, tinyml_isa isa) {
  *s = (subject){.layer = l, .geometry = geometry_of(l), .dense_step = int8_step(l)};
  step *d = &s->dense_step;
  const int count = dense_params(d->kernel), inputs = d->kernel == TINYML_ADD_S8 ? 2 : 1, constants = d->output - inputs;
  s->mask = allocate(MOST_PATCHES);
  s->tiles = allocate((1 + 4 * CAPACITY) * sizeof(int32_t));
  s->dilated = allocate((1 + 4 * CAPACITY) * sizeof(int32_t));
  s->want = allocate(d->output_bytes);
  s->got = allocate(d->output_bytes);
  memcpy(s->params, d->params, sizeof(s->params));
  int32_t *more = s->params + count;
  if (d->kernel == TINYML_ADD_S8) {
    *more++ = l->h;
    *more++ = l->w;
  }
  *more = CAPACITY;
  void *operands[TINYML_MAX_OPERANDS];
  memcpy(operands, d->operands, (size_t)inputs * sizeof(void *));
  operands[inputs] = s->dilated;
  memcpy(operands + inputs + 1, d->operands + inputs, (size_t)constants * sizeof(void *));
  operands[d->output + 1] = s->got;
  d->operands[d->output] = s->want;
  s->dense = runner_of(d->kernel, d->params, d->operands, d->output + 1, inputs, isa);
  s->twin = runner_of(twin_kernel(d->kernel), s->params, operands, d->output + 2, inputs + 1, isa);
}

/* The lists of a mask: that of the input's pixels, and that of the output's. */
static void make_lists(const subject *s) {
  const layer *l = s->layer;
  const geometry *g = &s->geometry;
  uint64_t bits[(128 + 16) * 192 / 64]; /* of layers of 128 x 192 at most: see tinyml_tile_set.h */
  const tinyml_list_tiles_s32_params list = {l->h / PATCH, l->w / PATCH, PATCH, PATCH, INT32_MAX, CAPACITY};
  const tinyml_dilate_tiles_s32_params dilate = {l->h,      l->w,      g->out_h, g->out_w, l->kernel_h, l->kernel_w, l->stride,
                                                 l->stride, 1,         1,        g->top,   g->left,     CAPACITY};
  tinyml_list_tiles_s32(&list, s->mask, s->tiles, bits);
  tinyml_dilate_tiles_s32(&dilate, s->tiles, s->dilated, bits);
}

/* Share of the output pixels that are listed. */
static double listed(const subject *s) {
  double pixels = 0;
  for (int32_t i = 0; i < s->dilated[0]; i++) {
    const int32_t *t = s->dilated + 1 + 4 * i;
    pixels += (double)(t[2] - t[0]) * (t[3] - t[1]);
  }
  return pixels / (s->geometry.out_h * s->geometry.out_w);
}

/* Exactly so many patches: anywhere, or grown from a few around which things move. */
static void fill_mask(const subject *s, int active, bool clustered) {
  const int rows = s->layer->h / PATCH, columns = s->layer->w / PATCH;
  memset(s->mask, 0, MOST_PATCHES);
  for (int set = 0; set < active;) {
    const int at = (int)(random_word() % (uint32_t)(rows * columns)), y = at / columns, x = at % columns;
    const bool beside = (y > 0 && s->mask[at - columns]) || (y + 1 < rows && s->mask[at + columns]) ||
                        (x > 0 && s->mask[at - 1]) || (x + 1 < columns && s->mask[at + 1]);
    if (s->mask[at] || (clustered && !beside && set > 0 && random_word() % 64 != 0)) continue;
    s->mask[at] = 1;
    set++;
  }
}

typedef struct {
  double dense, lists, twin, listed, tiles;
} times;

static double least(double best, double start) {
  const double taken = now() - start;
  return taken < best ? taken : best;
}

/* The mask at hand; ends the program if a byte differs. */
static times time_mask(const subject *s) {
  const double begin = now();
  times t = {1e9, 1e9, 1e9, 0, 0};
  for (int i = 0; i < 7 || (now() - begin < 0.006 && i < 200); i++) {
    double start = now();
    run(&s->dense);
    t.dense = least(t.dense, start);
    start = now();
    make_lists(s);
    t.lists = least(t.lists, start);
    start = now();
    run(&s->twin);
    t.twin = least(t.twin, start);
  }
  t.listed = listed(s);
  t.tiles = s->dilated[0];
  if (memcmp(s->want, s->got, s->dense_step.output_bytes) != 0) {
    printf("%s differs from the dense kernel\n", s->layer->network);
    exit(1);
  }
  return t;
}

/* The mean over some masks of a kind. */
static times time_share(const subject *s, int percent, bool clustered) {
  const int patches = s->layer->h / PATCH * (s->layer->w / PATCH), active = (patches * percent + 50) / 100;
  times sum = {0, 0, 0, 0, 0};
  for (int seed = 0; seed < SEEDS; seed++) {
    fill_mask(s, active, clustered);
    const times t = time_mask(s);
    sum.dense += t.dense / SEEDS;
    sum.lists += t.lists / SEEDS;
    sum.twin += t.twin / SEEDS;
    sum.listed += t.listed / SEEDS;
    sum.tiles += t.tiles / SEEDS;
  }
  return sum;
}

static double cost(const times *t) {
  return (t->twin + t->lists) / t->dense;
}

/* Where the cost passes that of dense; 100 where it never does. */
static double crossover(const times *t) {
  for (int i = 1; i < PERCENTS; i++) {
    const double before = cost(&t[i - 1]), after = cost(&t[i]);
    if (after >= 1) return percents[i - 1] + (percents[i] - percents[i - 1]) * (1 - before) / (after - before);
  }
  return 100;
}

static void report(const subject *s, const char *mask, const times *t, bool json, bool first) {
  const char *name = s->layer->network;
  if (json) {
    printf("%s\n  {\"layer\":\"%s\",\"mask\":\"%s\",\"crossover\":%.3f,\"shares\":[", first ? "" : ",", name, mask, crossover(t) / 100);
  } else {
    printf("%s, %s masks: dense %.2f us\n  active   listed    tiles    lists     twin   speedup   ideal\n", name, mask, t[0].dense * 1e6);
  }
  for (int i = 0; i < PERCENTS; i++) {
    const double ideal = t[i].listed > 0 ? 1 / t[i].listed : 0;
    if (json) {
      printf("%s\n    {\"active\":%.2f,\"listed\":%.4f,\"tiles\":%.1f,\"denseUs\":%.3f,\"listsUs\":%.3f,\"twinUs\":%.3f,\"speedup\":%.3f,\"ideal\":%.3f}",
             i == 0 ? "" : ",", percents[i] / 100.0, t[i].listed, t[i].tiles, t[i].dense * 1e6, t[i].lists * 1e6, t[i].twin * 1e6,
             1 / cost(&t[i]), ideal);
    } else {
      printf("  %4d %%  %5.1f %%  %7.1f  %5.2f us %6.2f us  %7.2f  ", percents[i], 100 * t[i].listed, t[i].tiles, t[i].lists * 1e6,
             t[i].twin * 1e6, 1 / cost(&t[i]));
      if (ideal > 0) printf("%6.2f", ideal);
      printf("\n");
    }
  }
  if (json) {
    printf("]}");
  } else {
    printf("  dense is faster from %.0f %% active on\n\n", crossover(t));
  }
}

int main(int argc, char **argv) {
  const tinyml_isa isa = chosen_isa(argc > 1 ? argv[1] : NULL);
  const char *only = argc > 2 && strcmp(argv[2], "all") != 0 ? argv[2] : NULL;
  const bool json = argc > 3 && strcmp(argv[3], "json") == 0;
  bool first = true;
  if (json) printf("{\"isa\":\"%s\",\"patch\":%d,\"layers\":[", tinyml_isa_name(isa), PATCH);
  for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
    if (only != NULL && strcmp(only, layers[i].network) != 0) continue;
    subject s;
    make_subject(&s, &layers[i], isa);
    run(&s.dense);
    memcpy(s.got, s.want, s.dense_step.output_bytes);
    for (int clustered = 0; clustered < 2; clustered++) {
      times t[PERCENTS];
      for (int k = 0; k < PERCENTS; k++) t[k] = time_share(&s, percents[k], clustered == 1);
      report(&s, clustered == 1 ? "clustered" : "random", t, json, first);
      first = false;
    }
  }
  if (json) printf("\n]}\n");
  return 0;
}
