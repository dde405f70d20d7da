/* Transposed convolutions row by row, as ordinary ones: the outputs of a row that are a stride apart, a phase of it, meet the same taps. The constants are
 * those of the phases, one after the other. */
#ifndef TINYML_TRANSPOSED_PHASES_H
#define TINYML_TRANSPOSED_PHASES_H

#include "tinyml_packed_windows.h"

/* Along one axis. */
typedef struct {
  int32_t taps;
  int32_t start; /* of the window of the first output, in the input */
  int32_t first, count; /* outputs */
} tinyml_axis_phase;

static inline tinyml_axis_phase tinyml_axis_phase_of(int32_t phase, int32_t kernel, int32_t stride, int32_t pad, int32_t out) {
  const int32_t taps = (kernel - phase + stride - 1) / stride;
  const int32_t turn = pad > phase ? (pad - phase + stride - 1) / stride : 0;
  const int32_t first = stride * turn + phase - pad;
  return (tinyml_axis_phase){taps, turn - taps + 1, first, first < out ? (out - first + stride - 1) / stride : 0};
}

/* Phases of a row: one where as many outputs side by side as a stride is long are channels of one position. */
static inline int32_t tinyml_column_phases(const tinyml_conv_transpose2d_pairs_s8_params *p) {
  return p->phase_channels == p->out_channels ? p->stride_w : 1;
}

static inline tinyml_axis_phase tinyml_column_phase_of(const tinyml_conv_transpose2d_pairs_s8_params *p, int32_t phase) {
  const int32_t kernel = p->kernel_w, stride = p->stride_w, pad = p->pad_left;
  if (tinyml_column_phases(p) == stride) return tinyml_axis_phase_of(phase, kernel, stride, pad, p->out_w);
  /* All inputs that one of the outputs meets. */
  const int32_t before = pad - kernel + 1, start = before > 0 ? (before + stride - 1) / stride : -(-before / stride);
  return (tinyml_axis_phase){(pad + stride - 1) / stride - start + 1, start, 0, p->out_w / stride};
}

/* A row of outputs: its phase among rows, and the rows of the input that its windows reach. */
typedef struct {
  const int8_t *input;
  int32_t phase;
  int32_t rows;  /* of the input, at least one */
  int32_t above; /* rows of the windows above it */
} tinyml_transposed_row;

static inline tinyml_transposed_row tinyml_transposed_row_of(const tinyml_conv_transpose2d_pairs_s8_params *p, const int8_t *input,
                                                             int32_t row) {
  const int32_t position = row % p->out_h + p->pad_top, phase = position % p->stride_h;
  const int32_t taps = (p->kernel_h - phase + p->stride_h - 1) / p->stride_h;
  const int32_t start = position / p->stride_h - taps + 1, end = start + taps < p->in_h ? start + taps : p->in_h;
  const int32_t image = row / p->out_h * p->in_h, first = start > 0 ? start : 0;
  /* Windows that only see padding lie above the row that they are given. */
  const int32_t is_outside = end <= first;
  return (tinyml_transposed_row){
      .input = input + (image + (is_outside ? 0 : first)) * p->in_w * p->in_channels,
      .phase = phase,
      .rows = is_outside ? 1 : end - first,
      .above = is_outside ? taps : first - start,
  };
}

/* The convolution of the outputs of one phase in a row. */
static inline tinyml_conv2d_pairs_s8_params tinyml_phase_of_row(const tinyml_conv_transpose2d_pairs_s8_params *p,
                                                                const tinyml_transposed_row *row, tinyml_axis_phase columns,
                                                                int32_t height, int32_t words) {
  return (tinyml_conv2d_pairs_s8_params){
      .batch = 1,
      .in_h = row->rows,
      .in_w = p->in_w,
      .in_channels = p->in_channels,
      .out_h = 1,
      .out_w = columns.count,
      .out_channels = p->phase_channels,
      .kernel_h = height,
      .kernel_w = columns.taps,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = 1,
      .dilation_w = 1,
      .pad_top = row->above,
      .pad_left = -columns.start,
      .words = words,
      .room = p->room,
      .input_zero_point = p->input_zero_point,
      .output_zero_point = p->output_zero_point,
      .act_min = p->act_min,
      .act_max = p->act_max,
  };
}

/* Where the outputs of a phase in a row are computed: in their places, or behind the scratch of the convolution. */
static inline int8_t *tinyml_line_of(const tinyml_conv_transpose2d_pairs_s8_params *p, int8_t *output, void *scratch) {
  if (p->phase_channels != p->out_channels || p->stride_w == 1) return output;
  return (int8_t *)scratch + p->room - (p->out_w + p->stride_w - 1) / p->stride_w * p->out_channels;
}

/* To their places, if they are not there. */
static inline void tinyml_put_line(const tinyml_conv_transpose2d_pairs_s8_params *p, tinyml_axis_phase columns, const int8_t *line,
                                   int8_t *output) {
  const int32_t channels = p->out_channels;
  if (line == output) return;
  output += columns.first * channels;
  for (int32_t i = 0; i < columns.count; i++, line += channels, output += p->stride_w * channels) {
    tinyml_copy_codes(output, line, channels);
  }
}

#endif
