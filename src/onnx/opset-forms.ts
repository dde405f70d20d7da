/**
 * Where the forms of operators changed between opsets 13 and 28 (ONNX operator change log). The importer uses it to
 * drop what a newer opset only spells out, the exporter to find the lowest opset that can say the same.
 */

/** Operators that are newer than opset 13, or whose canonical form is. */
const OPERATOR_SINCE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    AffineGrid: 20,
    Attention: 23,
    Bernoulli: 15,
    BitwiseAnd: 18,
    BitwiseNot: 18,
    BitwiseOr: 18,
    BitwiseXor: 18,
    BlackmanWindow: 17,
    CastLike: 15,
    CenterCropPad: 18,
    Col2Im: 18,
    DFT: 20,
    DeformConv: 19,
    Gelu: 20,
    GridSample: 20,
    GroupNormalization: 21,
    HammingWindow: 17,
    HannWindow: 17,
    HardSwish: 14,
    ImageDecoder: 20,
    LayerNormalization: 17,
    MelWeightMatrix: 17,
    Mish: 18,
    Optional: 15,
    OptionalGetElement: 15,
    OptionalHasElement: 15,
    RMSNormalization: 23,
    RegexFullMatch: 20,
    RoiAlign: 16,
    RotaryEmbedding: 23,
    STFT: 17,
    SequenceMap: 17,
    StringConcat: 20,
    StringSplit: 20,
    Swish: 24,
    TensorScatter: 24,
    Trilu: 14,
  }),
);

/** The first opset that has the operator in its canonical form, 13 or later. */
export function operatorSince(op: string): number {
  return OPERATOR_SINCE.get(op) ?? 13;
}

/** An attribute newer than opset 13, and the value that leaving it out means (null: no such value). */
type LaterAttribute = { readonly since: number; readonly implied: number | string | null };

/** Reductions whose axes became an input at opset 18. */
export const REDUCTIONS: ReadonlySet<string> = new Set([
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
]);

/** By operator and attribute, as `Operator.attribute`. */
const LATER_ATTRIBUTES: ReadonlyMap<string, LaterAttribute> = new Map<string, LaterAttribute>([
  ['Attention.left_window_size', { since: 25, implied: -1 }],
  ['Attention.right_window_size', { since: 25, implied: -1 }],
  ['AveragePool.dilations', { since: 19, implied: null }],
  ['BatchNormalization.training_mode', { since: 14, implied: 0 }],
  ['Cast.saturate', { since: 19, implied: 1 }],
  ['Cast.round_mode', { since: 24, implied: 'up' }],
  ['CastLike.saturate', { since: 19, implied: 1 }],
  ['CastLike.round_mode', { since: 24, implied: 'up' }],
  ['DequantizeLinear.block_size', { since: 21, implied: 0 }],
  ['DequantizeLinear.output_dtype', { since: 23, implied: 0 }],
  ['GRU.layout', { since: 14, implied: 0 }],
  ['LSTM.layout', { since: 14, implied: 0 }],
  ['LpPool.ceil_mode', { since: 18, implied: 0 }],
  ['LpPool.dilations', { since: 18, implied: null }],
  ['QuantizeLinear.saturate', { since: 19, implied: 1 }],
  ['QuantizeLinear.block_size', { since: 21, implied: 0 }],
  ['QuantizeLinear.output_dtype', { since: 21, implied: 0 }],
  ['QuantizeLinear.precision', { since: 23, implied: 0 }],
  ['RNN.layout', { since: 14, implied: 0 }],
  ['ReduceSum.noop_with_empty_axes', { since: 13, implied: 0 }],
  ['Range.stash_type', { since: 27, implied: 1 }],
  ['Reshape.allowzero', { since: 14, implied: 0 }],
  ['Resize.antialias', { since: 18, implied: 0 }],
  ['Resize.axes', { since: 18, implied: null }],
  ['Resize.keep_aspect_ratio_policy', { since: 18, implied: 'stretch' }],
  ['ScatterElements.reduction', { since: 16, implied: 'none' }],
  ['ScatterND.reduction', { since: 16, implied: 'none' }],
  ['Shape.start', { since: 15, implied: 0 }],
  ['Shape.end', { since: 15, implied: null }],
  ['SpaceToDepth.mode', { since: 28, implied: 'DCR' }],
  ...[...REDUCTIONS].map((op): [string, LaterAttribute] => [
    `${op}.noop_with_empty_axes`,
    { since: 18, implied: 0 },
  ]),
]);

/** What is known of an attribute that is newer than opset 13; null for one that opset 13 has. */
export function laterAttribute(op: string, attribute: string): LaterAttribute | null {
  return LATER_ATTRIBUTES.get(`${op}.${attribute}`) ?? null;
}
