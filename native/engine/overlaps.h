/* How far the output of a step may lie over its input: src/program/overlaps.ts has the same. */
#ifndef TINYML_ENGINE_OVERLAPS_H
#define TINYML_ENGINE_OVERLAPS_H

#include <stdint.h>

/* Bytes from the start of the output to that of the input: at least so many, and a multiple. */
typedef struct {
  int64_t least, multiple;
} tinyml_overlap;

/* For parameters that were checked. */
tinyml_overlap tinyml_overlap_conv2d(const void *params);
tinyml_overlap tinyml_overlap_depthwise_conv2d(const void *params);
tinyml_overlap tinyml_overlap_avg_pool2d(const void *params);
tinyml_overlap tinyml_overlap_max_pool2d(const void *params);
tinyml_overlap tinyml_overlap_conv2d_vectors(const void *params);
tinyml_overlap tinyml_overlap_conv2d_pairs(const void *params);
tinyml_overlap tinyml_overlap_conv2d_groups(const void *params);
tinyml_overlap tinyml_overlap_conv_transpose2d(const void *params);
tinyml_overlap tinyml_overlap_conv_transpose2d_phases(const void *params);
tinyml_overlap tinyml_overlap_depthwise_conv2d_planes(const void *params);
tinyml_overlap tinyml_overlap_depthwise_conv2d_columns(const void *params);
tinyml_overlap tinyml_overlap_move(const void *params);
tinyml_overlap tinyml_overlap_encode_s8(const void *params);
tinyml_overlap tinyml_overlap_quantize_s8(const void *params);
tinyml_overlap tinyml_overlap_dequantize_s8(const void *params);
tinyml_overlap tinyml_overlap_requantize_s16_s8(const void *params);
tinyml_overlap tinyml_overlap_requantize_s8_s16(const void *params);

#endif
