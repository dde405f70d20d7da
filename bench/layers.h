/* The layers of three networks in training, as often as they stand there: what products are measured on. */
#ifndef TINYML_BENCH_LAYERS_H
#define TINYML_BENCH_LAYERS_H

#include <stdbool.h>

typedef struct {
  const char *network;
  int batch, size, in, out, kernel, stride, groups, count;
  bool first; /* nobody needs the gradient of its input */
} layer;

static const layer layers[] = {
    {"lenet", 64, 28, 1, 8, 3, 1, 1, 1, true},
    {"lenet", 64, 14, 8, 16, 3, 1, 1, 1, false},
    {"lenet", 64, 1, 784, 64, 1, 1, 1, 1, false},
    {"lenet", 64, 1, 64, 10, 1, 1, 1, 1, false},

    {"resnet8", 32, 32, 3, 16, 3, 1, 1, 1, true},
    {"resnet8", 32, 32, 16, 16, 3, 1, 1, 2, false},
    {"resnet8", 32, 32, 16, 32, 3, 2, 1, 1, false},
    {"resnet8", 32, 16, 32, 32, 3, 1, 1, 1, false},
    {"resnet8", 32, 32, 16, 32, 1, 2, 1, 1, false},
    {"resnet8", 32, 16, 32, 64, 3, 2, 1, 1, false},
    {"resnet8", 32, 8, 64, 64, 3, 1, 1, 1, false},
    {"resnet8", 32, 16, 32, 64, 1, 2, 1, 1, false},
    {"resnet8", 32, 1, 64, 10, 1, 1, 1, 1, false},

    {"mobilenetv1-0.25", 32, 96, 3, 8, 3, 2, 1, 1, true},
    {"mobilenetv1-0.25", 32, 48, 8, 8, 3, 1, 8, 1, false},
    {"mobilenetv1-0.25", 32, 48, 8, 16, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 48, 16, 16, 3, 2, 16, 1, false},
    {"mobilenetv1-0.25", 32, 24, 16, 32, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 24, 32, 32, 3, 1, 32, 1, false},
    {"mobilenetv1-0.25", 32, 24, 32, 32, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 24, 32, 32, 3, 2, 32, 1, false},
    {"mobilenetv1-0.25", 32, 12, 32, 64, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 12, 64, 64, 3, 1, 64, 1, false},
    {"mobilenetv1-0.25", 32, 12, 64, 64, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 12, 64, 64, 3, 2, 64, 1, false},
    {"mobilenetv1-0.25", 32, 6, 64, 128, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 6, 128, 128, 3, 1, 128, 5, false},
    {"mobilenetv1-0.25", 32, 6, 128, 128, 1, 1, 1, 5, false},
    {"mobilenetv1-0.25", 32, 6, 128, 128, 3, 2, 128, 1, false},
    {"mobilenetv1-0.25", 32, 3, 128, 256, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 3, 256, 256, 3, 1, 256, 1, false},
    {"mobilenetv1-0.25", 32, 3, 256, 256, 1, 1, 1, 1, false},
    {"mobilenetv1-0.25", 32, 1, 256, 2, 1, 1, 1, 1, false},
};

#endif
