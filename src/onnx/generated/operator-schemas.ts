// SPDX-License-Identifier: Apache-2.0
// Made by scripts/operator-schemas.py from the operator schemas of ONNX 1.23.2 (opset 28, IR 14). Do not edit.
import type { OperatorForm } from '../operator-form.ts';

/** Operators of the default domain: their forms, oldest first, from the one that opset 7 has. */
export const OPERATOR_FORMS: Readonly<Record<string, readonly OperatorForm[]>> = {
  Abs: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Acos: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Acosh: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Add: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  AffineGrid: [
    { since: 20, inputs: [2, 2], outputs: 1, attributes: { align_corners: 'int' } },
  ],
  And: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  ArgMax: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int', keepdims: 'int' } },
    { since: 12, inputs: [1, 1], outputs: 1, attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' } },
  ],
  ArgMin: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int', keepdims: 'int' } },
    { since: 12, inputs: [1, 1], outputs: 1, attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' } },
  ],
  Asin: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Asinh: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Atan: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Atanh: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Attention: [
    { since: 23, inputs: [3, 6], outputs: 4, attributes: { is_causal: 'int', kv_num_heads: 'int', q_num_heads: 'int', qk_matmul_output_mode: 'int', scale: 'float', softcap: 'float', softmax_precision: 'int' } },
    { since: 24, inputs: [3, 7], outputs: 4, attributes: { is_causal: 'int', kv_num_heads: 'int', q_num_heads: 'int', qk_matmul_output_mode: 'int', scale: 'float', softcap: 'float', softmax_precision: 'int' } },
    { since: 25, inputs: [3, 7], outputs: 4, attributes: { is_causal: 'int', kv_num_heads: 'int', left_window_size: 'int', q_num_heads: 'int', qk_matmul_output_mode: 'int', right_window_size: 'int', scale: 'float', softcap: 'float', softmax_precision: 'int' } },
  ],
  AveragePool: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', count_include_pad: 'int', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } },
    { since: 10, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', ceil_mode: 'int', count_include_pad: 'int', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } },
    { since: 19, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', ceil_mode: 'int', count_include_pad: 'int', dilations: 'ints', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } },
  ],
  BatchNormalization: [
    { since: 7, inputs: [5, 5], outputs: 5, attributes: { epsilon: 'float', momentum: 'float', spatial: 'int' } },
    { since: 9, inputs: [5, 5], outputs: 5, attributes: { epsilon: 'float', momentum: 'float' } },
    { since: 14, inputs: [5, 5], outputs: 3, attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' } },
  ],
  Bernoulli: [
    { since: 15, inputs: [1, 1], outputs: 1, attributes: { dtype: 'int', seed: 'float' } },
  ],
  BitCast: [
    { since: 26, inputs: [1, 1], outputs: 1, attributes: { to: 'int!' } },
  ],
  BitShift: [
    { since: 11, inputs: [2, 2], outputs: 1, attributes: { direction: 'string!' } },
  ],
  BitwiseAnd: [
    { since: 18, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  BitwiseNot: [
    { since: 18, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  BitwiseOr: [
    { since: 18, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  BitwiseXor: [
    { since: 18, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  BlackmanWindow: [
    { since: 17, inputs: [1, 1], outputs: 1, attributes: { output_datatype: 'int', periodic: 'int' } },
  ],
  Cast: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { to: 'int!' } },
    { since: 19, inputs: [1, 1], outputs: 1, attributes: { saturate: 'int', to: 'int!' } },
    { since: 24, inputs: [1, 1], outputs: 1, attributes: { round_mode: 'string', saturate: 'int', to: 'int!' } },
  ],
  CastLike: [
    { since: 15, inputs: [2, 2], outputs: 1, attributes: {} },
    { since: 19, inputs: [2, 2], outputs: 1, attributes: { saturate: 'int' } },
    { since: 24, inputs: [2, 2], outputs: 1, attributes: { round_mode: 'string', saturate: 'int' } },
  ],
  CausalConvWithState: [
    { since: 27, inputs: [2, 4], outputs: 2, attributes: { activation: 'string' } },
  ],
  Ceil: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Celu: [
    { since: 12, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float' } },
  ],
  CenterCropPad: [
    { since: 18, inputs: [2, 2], outputs: 1, attributes: { axes: 'ints' } },
  ],
  Clip: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { max: 'float', min: 'float' } },
    { since: 11, inputs: [1, 3], outputs: 1, attributes: {} },
  ],
  Col2Im: [
    { since: 18, inputs: [3, 3], outputs: 1, attributes: { dilations: 'ints', pads: 'ints', strides: 'ints' } },
  ],
  Compress: [
    { since: 9, inputs: [2, 2], outputs: 1, attributes: { axis: 'int' } },
  ],
  Concat: [
    { since: 4, inputs: [1, Infinity], outputs: 1, attributes: { axis: 'int!' } },
  ],
  ConcatFromSequence: [
    { since: 11, inputs: [1, 1], outputs: 1, attributes: { axis: 'int!', new_axis: 'int' } },
  ],
  Constant: [
    { since: 1, inputs: [0, 0], outputs: 1, attributes: { value: 'tensor!' } },
    { since: 11, inputs: [0, 0], outputs: 1, attributes: { sparse_value: 'other', value: 'tensor' } },
    { since: 12, inputs: [0, 0], outputs: 1, attributes: { sparse_value: 'other', value: 'tensor', value_float: 'float', value_floats: 'floats', value_int: 'int', value_ints: 'ints', value_string: 'string', value_strings: 'strings' } },
  ],
  ConstantOfShape: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: { value: 'tensor' } },
  ],
  Conv: [
    { since: 1, inputs: [2, 3], outputs: 1, attributes: { auto_pad: 'string', dilations: 'ints', group: 'int', kernel_shape: 'ints', pads: 'ints', strides: 'ints' } },
  ],
  ConvInteger: [
    { since: 10, inputs: [2, 4], outputs: 1, attributes: { auto_pad: 'string', dilations: 'ints', group: 'int', kernel_shape: 'ints', pads: 'ints', strides: 'ints' } },
  ],
  ConvTranspose: [
    { since: 1, inputs: [2, 3], outputs: 1, attributes: { auto_pad: 'string', dilations: 'ints', group: 'int', kernel_shape: 'ints', output_padding: 'ints', output_shape: 'ints', pads: 'ints', strides: 'ints' } },
  ],
  Cos: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Cosh: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  CumProd: [
    { since: 26, inputs: [2, 2], outputs: 1, attributes: { exclusive: 'int', reverse: 'int' } },
  ],
  CumSum: [
    { since: 11, inputs: [2, 2], outputs: 1, attributes: { exclusive: 'int', reverse: 'int' } },
  ],
  DFT: [
    { since: 17, inputs: [1, 2], outputs: 1, attributes: { axis: 'int', inverse: 'int', onesided: 'int' } },
    { since: 20, inputs: [1, 3], outputs: 1, attributes: { inverse: 'int', onesided: 'int' } },
  ],
  DeformConv: [
    { since: 19, inputs: [3, 5], outputs: 1, attributes: { dilations: 'ints', group: 'int', kernel_shape: 'ints', offset_group: 'int', pads: 'ints', strides: 'ints' } },
  ],
  DepthToSpace: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { blocksize: 'int!' } },
    { since: 11, inputs: [1, 1], outputs: 1, attributes: { blocksize: 'int!', mode: 'string' } },
  ],
  DequantizeLinear: [
    { since: 10, inputs: [2, 3], outputs: 1, attributes: {} },
    { since: 13, inputs: [2, 3], outputs: 1, attributes: { axis: 'int' } },
    { since: 21, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', block_size: 'int' } },
    { since: 23, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', block_size: 'int', output_dtype: 'int' } },
  ],
  Det: [
    { since: 11, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Div: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Dropout: [
    { since: 7, inputs: [1, 1], outputs: 2, attributes: { ratio: 'float' } },
    { since: 12, inputs: [1, 3], outputs: 2, attributes: { seed: 'int' } },
  ],
  DynamicQuantizeLinear: [
    { since: 11, inputs: [1, 1], outputs: 3, attributes: {} },
  ],
  Einsum: [
    { since: 12, inputs: [1, Infinity], outputs: 1, attributes: { equation: 'string!' } },
  ],
  Elu: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float' } },
  ],
  Equal: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Erf: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Exp: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Expand: [
    { since: 8, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  EyeLike: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: { dtype: 'int', k: 'int' } },
  ],
  Flatten: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int' } },
  ],
  Floor: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  GRU: [
    { since: 7, inputs: [3, 6], outputs: 2, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int', linear_before_reset: 'int' } },
    { since: 14, inputs: [3, 6], outputs: 2, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int', layout: 'int', linear_before_reset: 'int' } },
  ],
  Gather: [
    { since: 1, inputs: [2, 2], outputs: 1, attributes: { axis: 'int' } },
  ],
  GatherElements: [
    { since: 11, inputs: [2, 2], outputs: 1, attributes: { axis: 'int' } },
  ],
  GatherND: [
    { since: 11, inputs: [2, 2], outputs: 1, attributes: {} },
    { since: 12, inputs: [2, 2], outputs: 1, attributes: { batch_dims: 'int' } },
  ],
  Gelu: [
    { since: 20, inputs: [1, 1], outputs: 1, attributes: { approximate: 'string' } },
  ],
  Gemm: [
    { since: 7, inputs: [3, 3], outputs: 1, attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' } },
    { since: 11, inputs: [2, 3], outputs: 1, attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' } },
  ],
  GlobalAveragePool: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  GlobalLpPool: [
    { since: 2, inputs: [1, 1], outputs: 1, attributes: { p: 'int' } },
  ],
  GlobalMaxPool: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Greater: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  GreaterOrEqual: [
    { since: 12, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  GridSample: [
    { since: 16, inputs: [2, 2], outputs: 1, attributes: { align_corners: 'int', mode: 'string', padding_mode: 'string' } },
  ],
  GroupNormalization: [
    { since: 21, inputs: [3, 3], outputs: 1, attributes: { epsilon: 'float', num_groups: 'int!', stash_type: 'int' } },
  ],
  HammingWindow: [
    { since: 17, inputs: [1, 1], outputs: 1, attributes: { output_datatype: 'int', periodic: 'int' } },
  ],
  HannWindow: [
    { since: 17, inputs: [1, 1], outputs: 1, attributes: { output_datatype: 'int', periodic: 'int' } },
  ],
  HardSigmoid: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float', beta: 'float' } },
  ],
  HardSwish: [
    { since: 14, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Hardmax: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int' } },
  ],
  Identity: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  If: [
    { since: 1, inputs: [1, 1], outputs: Infinity, attributes: { else_branch: 'graph!', then_branch: 'graph!' } },
  ],
  ImageDecoder: [
    { since: 20, inputs: [1, 1], outputs: 1, attributes: { pixel_format: 'string' } },
  ],
  InstanceNormalization: [
    { since: 6, inputs: [3, 3], outputs: 1, attributes: { epsilon: 'float' } },
  ],
  IsInf: [
    { since: 10, inputs: [1, 1], outputs: 1, attributes: { detect_negative: 'int', detect_positive: 'int' } },
  ],
  IsNaN: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  LRN: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float', beta: 'float', bias: 'float', size: 'int!' } },
  ],
  LSTM: [
    { since: 7, inputs: [3, 8], outputs: 3, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int', input_forget: 'int' } },
    { since: 14, inputs: [3, 8], outputs: 3, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int', input_forget: 'int', layout: 'int' } },
  ],
  LayerNormalization: [
    { since: 17, inputs: [2, 3], outputs: 3, attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' } },
  ],
  LeakyRelu: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float' } },
  ],
  Less: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  LessOrEqual: [
    { since: 12, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  LinearAttention: [
    { since: 27, inputs: [3, 6], outputs: 2, attributes: { chunk_size: 'int', kv_num_heads: 'int!', q_num_heads: 'int!', scale: 'float', update_rule: 'string' } },
  ],
  Log: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  LogSoftmax: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int' } },
  ],
  Loop: [
    { since: 1, inputs: [0, Infinity], outputs: Infinity, attributes: { body: 'graph!' } },
  ],
  LpNormalization: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int', p: 'int' } },
  ],
  LpPool: [
    { since: 2, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', kernel_shape: 'ints!', p: 'int', pads: 'ints', strides: 'ints' } },
    { since: 18, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', ceil_mode: 'int', dilations: 'ints', kernel_shape: 'ints!', p: 'int', pads: 'ints', strides: 'ints' } },
  ],
  MatMul: [
    { since: 1, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  MatMulInteger: [
    { since: 10, inputs: [2, 4], outputs: 1, attributes: {} },
  ],
  Max: [
    { since: 6, inputs: [1, Infinity], outputs: 1, attributes: {} },
  ],
  MaxPool: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { auto_pad: 'string', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } },
    { since: 8, inputs: [1, 1], outputs: 2, attributes: { auto_pad: 'string', kernel_shape: 'ints!', pads: 'ints', storage_order: 'int', strides: 'ints' } },
    { since: 10, inputs: [1, 1], outputs: 2, attributes: { auto_pad: 'string', ceil_mode: 'int', dilations: 'ints', kernel_shape: 'ints!', pads: 'ints', storage_order: 'int', strides: 'ints' } },
  ],
  MaxRoiPool: [
    { since: 1, inputs: [2, 2], outputs: 1, attributes: { pooled_shape: 'ints!', spatial_scale: 'float' } },
  ],
  MaxUnpool: [
    { since: 9, inputs: [2, 3], outputs: 1, attributes: { kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } },
  ],
  Mean: [
    { since: 6, inputs: [1, Infinity], outputs: 1, attributes: {} },
  ],
  MeanVarianceNormalization: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints' } },
  ],
  MelWeightMatrix: [
    { since: 17, inputs: [5, 5], outputs: 1, attributes: { output_datatype: 'int' } },
  ],
  Min: [
    { since: 6, inputs: [1, Infinity], outputs: 1, attributes: {} },
  ],
  Mish: [
    { since: 18, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Mod: [
    { since: 10, inputs: [2, 2], outputs: 1, attributes: { fmod: 'int' } },
  ],
  Mul: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Multinomial: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: { dtype: 'int', sample_size: 'int', seed: 'float' } },
  ],
  Neg: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  NegativeLogLikelihoodLoss: [
    { since: 12, inputs: [2, 3], outputs: 1, attributes: { ignore_index: 'int', reduction: 'string' } },
  ],
  NonMaxSuppression: [
    { since: 10, inputs: [2, 5], outputs: 1, attributes: { center_point_box: 'int' } },
  ],
  NonZero: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Not: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  OneHot: [
    { since: 9, inputs: [3, 3], outputs: 1, attributes: { axis: 'int' } },
  ],
  Optional: [
    { since: 15, inputs: [0, 1], outputs: 1, attributes: { type: 'other' } },
  ],
  OptionalGetElement: [
    { since: 15, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  OptionalHasElement: [
    { since: 15, inputs: [1, 1], outputs: 1, attributes: {} },
    { since: 18, inputs: [0, 1], outputs: 1, attributes: {} },
  ],
  Or: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  PRelu: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Pad: [
    { since: 2, inputs: [1, 1], outputs: 1, attributes: { mode: 'string', pads: 'ints!', value: 'float' } },
    { since: 11, inputs: [2, 3], outputs: 1, attributes: { mode: 'string' } },
    { since: 18, inputs: [2, 4], outputs: 1, attributes: { mode: 'string' } },
  ],
  Pow: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  QLinearConv: [
    { since: 10, inputs: [8, 9], outputs: 1, attributes: { auto_pad: 'string', dilations: 'ints', group: 'int', kernel_shape: 'ints', pads: 'ints', strides: 'ints' } },
  ],
  QLinearMatMul: [
    { since: 10, inputs: [8, 8], outputs: 1, attributes: {} },
  ],
  QuantizeLinear: [
    { since: 10, inputs: [2, 3], outputs: 1, attributes: {} },
    { since: 13, inputs: [2, 3], outputs: 1, attributes: { axis: 'int' } },
    { since: 19, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', saturate: 'int' } },
    { since: 21, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', block_size: 'int', output_dtype: 'int', saturate: 'int' } },
    { since: 23, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', block_size: 'int', output_dtype: 'int', precision: 'int', saturate: 'int' } },
  ],
  RMSNormalization: [
    { since: 23, inputs: [2, 2], outputs: 1, attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' } },
  ],
  RNN: [
    { since: 7, inputs: [3, 6], outputs: 2, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int' } },
    { since: 14, inputs: [3, 6], outputs: 2, attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string', hidden_size: 'int', layout: 'int' } },
  ],
  RandomNormal: [
    { since: 1, inputs: [0, 0], outputs: 1, attributes: { dtype: 'int', mean: 'float', scale: 'float', seed: 'float', shape: 'ints!' } },
  ],
  RandomNormalLike: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { dtype: 'int', mean: 'float', scale: 'float', seed: 'float' } },
  ],
  RandomUniform: [
    { since: 1, inputs: [0, 0], outputs: 1, attributes: { dtype: 'int', high: 'float', low: 'float', seed: 'float', shape: 'ints!' } },
  ],
  RandomUniformLike: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { dtype: 'int', high: 'float', low: 'float', seed: 'float' } },
  ],
  Range: [
    { since: 11, inputs: [3, 3], outputs: 1, attributes: {} },
    { since: 27, inputs: [3, 3], outputs: 1, attributes: { stash_type: 'int' } },
  ],
  Reciprocal: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  ReduceL1: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceL2: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceLogSum: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceLogSumExp: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceMax: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceMean: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceMin: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceProd: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceSum: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 13, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  ReduceSumSquare: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', keepdims: 'int' } },
    { since: 18, inputs: [1, 2], outputs: 1, attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  ],
  RegexFullMatch: [
    { since: 20, inputs: [1, 1], outputs: 1, attributes: { pattern: 'string' } },
  ],
  Relu: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Reshape: [
    { since: 5, inputs: [2, 2], outputs: 1, attributes: {} },
    { since: 14, inputs: [2, 2], outputs: 1, attributes: { allowzero: 'int' } },
  ],
  Resize: [
    { since: 10, inputs: [2, 2], outputs: 1, attributes: { mode: 'string' } },
    { since: 11, inputs: [3, 4], outputs: 1, attributes: { coordinate_transformation_mode: 'string', cubic_coeff_a: 'float', exclude_outside: 'int', extrapolation_value: 'float', mode: 'string', nearest_mode: 'string' } },
    { since: 13, inputs: [1, 4], outputs: 1, attributes: { coordinate_transformation_mode: 'string', cubic_coeff_a: 'float', exclude_outside: 'int', extrapolation_value: 'float', mode: 'string', nearest_mode: 'string' } },
    { since: 18, inputs: [1, 4], outputs: 1, attributes: { antialias: 'int', axes: 'ints', coordinate_transformation_mode: 'string', cubic_coeff_a: 'float', exclude_outside: 'int', extrapolation_value: 'float', keep_aspect_ratio_policy: 'string', mode: 'string', nearest_mode: 'string' } },
  ],
  ReverseSequence: [
    { since: 10, inputs: [2, 2], outputs: 1, attributes: { batch_axis: 'int', time_axis: 'int' } },
  ],
  RoiAlign: [
    { since: 10, inputs: [3, 3], outputs: 1, attributes: { mode: 'string', output_height: 'int', output_width: 'int', sampling_ratio: 'int', spatial_scale: 'float' } },
    { since: 16, inputs: [3, 3], outputs: 1, attributes: { coordinate_transformation_mode: 'string', mode: 'string', output_height: 'int', output_width: 'int', sampling_ratio: 'int', spatial_scale: 'float' } },
  ],
  RotaryEmbedding: [
    { since: 23, inputs: [3, 4], outputs: 1, attributes: { interleaved: 'int', num_heads: 'int', rotary_embedding_dim: 'int' } },
  ],
  Round: [
    { since: 11, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  STFT: [
    { since: 17, inputs: [2, 4], outputs: 1, attributes: { onesided: 'int' } },
  ],
  Scan: [
    { since: 8, inputs: [0, Infinity], outputs: Infinity, attributes: { body: 'graph!', directions: 'ints', num_scan_inputs: 'int!' } },
    { since: 9, inputs: [1, Infinity], outputs: Infinity, attributes: { body: 'graph!', num_scan_inputs: 'int!', scan_input_axes: 'ints', scan_input_directions: 'ints', scan_output_axes: 'ints', scan_output_directions: 'ints' } },
  ],
  Scatter: [
    { since: 9, inputs: [3, 3], outputs: 1, attributes: { axis: 'int' } },
  ],
  ScatterElements: [
    { since: 11, inputs: [3, 3], outputs: 1, attributes: { axis: 'int' } },
    { since: 16, inputs: [3, 3], outputs: 1, attributes: { axis: 'int', reduction: 'string' } },
  ],
  ScatterND: [
    { since: 11, inputs: [3, 3], outputs: 1, attributes: {} },
    { since: 16, inputs: [3, 3], outputs: 1, attributes: { reduction: 'string' } },
  ],
  Selu: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float', gamma: 'float' } },
  ],
  SequenceAt: [
    { since: 11, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  SequenceConstruct: [
    { since: 11, inputs: [1, Infinity], outputs: 1, attributes: {} },
  ],
  SequenceEmpty: [
    { since: 11, inputs: [0, 0], outputs: 1, attributes: { dtype: 'int' } },
  ],
  SequenceErase: [
    { since: 11, inputs: [1, 2], outputs: 1, attributes: {} },
  ],
  SequenceInsert: [
    { since: 11, inputs: [2, 3], outputs: 1, attributes: {} },
  ],
  SequenceLength: [
    { since: 11, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  SequenceMap: [
    { since: 17, inputs: [1, Infinity], outputs: Infinity, attributes: { body: 'graph!' } },
  ],
  Shape: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
    { since: 15, inputs: [1, 1], outputs: 1, attributes: { end: 'int', start: 'int' } },
  ],
  Shrink: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: { bias: 'float', lambd: 'float' } },
  ],
  Sigmoid: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Sign: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Sin: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Sinh: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Size: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Slice: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints', ends: 'ints!', starts: 'ints!' } },
    { since: 10, inputs: [3, 5], outputs: 1, attributes: {} },
  ],
  Softmax: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axis: 'int' } },
  ],
  SoftmaxCrossEntropyLoss: [
    { since: 12, inputs: [2, 3], outputs: 2, attributes: { ignore_index: 'int', reduction: 'string' } },
  ],
  Softplus: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Softsign: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  SpaceToDepth: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { blocksize: 'int!' } },
    { since: 28, inputs: [1, 1], outputs: 1, attributes: { blocksize: 'int!', mode: 'string' } },
  ],
  Split: [
    { since: 2, inputs: [1, 1], outputs: Infinity, attributes: { axis: 'int', split: 'ints' } },
    { since: 13, inputs: [1, 2], outputs: Infinity, attributes: { axis: 'int' } },
    { since: 18, inputs: [1, 2], outputs: Infinity, attributes: { axis: 'int', num_outputs: 'int' } },
  ],
  SplitToSequence: [
    { since: 11, inputs: [1, 2], outputs: 1, attributes: { axis: 'int', keepdims: 'int' } },
  ],
  Sqrt: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Squeeze: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints' } },
    { since: 13, inputs: [1, 2], outputs: 1, attributes: {} },
  ],
  StringConcat: [
    { since: 20, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  StringNormalizer: [
    { since: 10, inputs: [1, 1], outputs: 1, attributes: { case_change_action: 'string', is_case_sensitive: 'int', locale: 'string', stopwords: 'strings' } },
  ],
  StringSplit: [
    { since: 20, inputs: [1, 1], outputs: 2, attributes: { delimiter: 'string', maxsplit: 'int' } },
  ],
  Sub: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Sum: [
    { since: 6, inputs: [1, Infinity], outputs: 1, attributes: {} },
  ],
  SwiGLU: [
    { since: 28, inputs: [2, 2], outputs: 1, attributes: { alpha: 'float' } },
  ],
  Swish: [
    { since: 24, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float' } },
  ],
  Tan: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  Tanh: [
    { since: 6, inputs: [1, 1], outputs: 1, attributes: {} },
  ],
  TensorScatter: [
    { since: 24, inputs: [2, 3], outputs: 1, attributes: { axis: 'int', mode: 'string' } },
  ],
  TfIdfVectorizer: [
    { since: 9, inputs: [1, 1], outputs: 1, attributes: { max_gram_length: 'int!', max_skip_count: 'int!', min_gram_length: 'int!', mode: 'string!', ngram_counts: 'ints!', ngram_indexes: 'ints!', pool_int64s: 'ints', pool_strings: 'strings', weights: 'floats' } },
  ],
  ThresholdedRelu: [
    { since: 10, inputs: [1, 1], outputs: 1, attributes: { alpha: 'float' } },
  ],
  Tile: [
    { since: 6, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  TopK: [
    { since: 1, inputs: [1, 1], outputs: 2, attributes: { axis: 'int', k: 'int!' } },
    { since: 10, inputs: [2, 2], outputs: 2, attributes: { axis: 'int' } },
    { since: 11, inputs: [2, 2], outputs: 2, attributes: { axis: 'int', largest: 'int', sorted: 'int' } },
  ],
  Transpose: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { perm: 'ints' } },
  ],
  Trilu: [
    { since: 14, inputs: [1, 2], outputs: 1, attributes: { upper: 'int' } },
  ],
  Unique: [
    { since: 11, inputs: [1, 1], outputs: 4, attributes: { axis: 'int', sorted: 'int' } },
  ],
  Unsqueeze: [
    { since: 1, inputs: [1, 1], outputs: 1, attributes: { axes: 'ints!' } },
    { since: 13, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
  Upsample: [
    { since: 7, inputs: [1, 1], outputs: 1, attributes: { mode: 'string', scales: 'floats!' } },
    { since: 9, inputs: [2, 2], outputs: 1, attributes: { mode: 'string' } },
  ],
  Where: [
    { since: 9, inputs: [3, 3], outputs: 1, attributes: {} },
  ],
  Xor: [
    { since: 7, inputs: [2, 2], outputs: 1, attributes: {} },
  ],
};
