import type { Node, Tensor, TypedArray } from '../graph/types.ts';

/** What shape inference knows of an input: its type, shape, and its data where it is constant. */
export type InputInfo = {
  readonly dtype: Tensor['dtype'];
  readonly shape: readonly number[];
  readonly data: TypedArray | null;
};

export type OutputInfo = { readonly dtype: Tensor['dtype']; readonly shape: readonly number[] };

/** How a quantiser treats the outputs and inputs of an operator. */
export type QuantRule =
  /** Inputs and output get scales from calibration; the output range is observed after a fused activation. */
  | { readonly kind: 'computed' }
  /** Bytes are moved or averaged: the output takes the scale of the first input (Reshape, MaxPool, AveragePool ...). */
  | { readonly kind: 'same-as-input' }
  /** The meaning fixes the output scale (Softmax: 1/256, zero point -128; Tanh: 1/128, 0 ...). */
  | { readonly kind: 'fixed'; readonly scale: number; readonly zeroPoint: number }
  /** Each output has a rule of its own, which no scheme of a target changes: these scales are part of the meaning. */
  | { readonly kind: 'per-output'; readonly outputs: readonly OutputRule[] }
  /** Hidden states (the first two outputs) share a scale that is found over all times, with the first state; a cell state (the third) has 16 bits. */
  | { readonly kind: 'recurrent' }
  /** Not quantised: folds away at compile time or runs in float. */
  | { readonly kind: 'float' };

/** The scale of one output among others: that of an input, or fixed. */
type OutputRule =
  | { readonly kind: 'same-as-input'; readonly input: number }
  | { readonly kind: 'fixed'; readonly scale: number; readonly zeroPoint: number };

/** One ONNX operator: shapes, float meaning, cost, quantisation rule. All functions are pure. */
export type Operator = {
  readonly name: string;
  /**
   * Output types and shapes.
   * @throws TinymlError E_OP for an unsupported attribute, E_SHAPE for inconsistent shapes.
   */
  readonly infer: (node: Node, inputs: readonly (InputInfo | null)[]) => readonly OutputInfo[];
  /** The float (or integer, for shape arithmetic) meaning, as the ONNX specification states it. */
  readonly run: (node: Node, inputs: readonly (Tensor | null)[]) => readonly Tensor[];
  /**
   * Multiply-accumulates for the given shapes: of sums of products, as a Program counts them. 0 for means, normalisations, scalings and whatever else
   * computes element by element.
   */
  readonly macs: (
    node: Node,
    inputs: readonly (InputInfo | null)[],
    outputs: readonly OutputInfo[],
  ) => number;
  readonly quant: QuantRule;
};
