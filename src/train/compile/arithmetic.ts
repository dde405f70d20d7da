/**
 * How a method computes: what it keeps of a value between the passes, and the three products of a layer. The rest of
 * forward and backward is the same for all methods (differentiate.ts).
 */
import type { Limits } from '../../passes/limits.ts';
import type { Conv2dParams } from '../../program/kernels/common.ts';
import type { MatrixStacks } from '../../program/kernels/matrix-stacks.ts';
import type { TensorId } from '../../program/types.ts';
import type { Emitter } from './emit.ts';

/** A value as it is kept for other layers and for the backward pass. */
export type Kept =
  | { readonly kind: 'codes'; readonly codes: TensorId; readonly quantizer: TensorId; readonly size: number }
  | { readonly kind: 'float'; readonly data: TensorId; readonly size: number };

/** Real numbers on their way: float32, with their extent where the step that made them saw it. */
export type Flow = { readonly data: TensorId; readonly size: number; readonly extent: TensorId | null };

/**
 * What of the weights of a layer stays as it is where those of its first input channels are trained alone: a constant,
 * [rows * kernel positions][all - channels].
 */
export type FrozenChannels = { readonly rest: TensorId; readonly channels: number; readonly all: number };

/** Weights as a method holds them, OHWI: all of them, or, beside `frozen`, those of the first input channels. */
export type Weights = {
  /** Name of the layer. */
  readonly name: string;
  /** Of all weights. */
  readonly rows: number;
  readonly columns: number;
  readonly frozen: FrozenChannels | null;
} & (
  | { readonly kind: 'float'; readonly data: TensorId }
  /** Codes with a fixed scale per row, updated as they are (QAS). */
  | { readonly kind: 'codes'; readonly codes: TensorId; readonly scale: TensorId }
);

/** What a layer adds to its sums: element i gets bias[i mod size]. */
export type Bias = { readonly tensor: TensorId; readonly size: number };

/** A layer: `transposed` runs the convolution of `params` backwards, from its output to its input. */
export type Layer = {
  readonly name: string;
  readonly params: Conv2dParams;
  readonly transposed: boolean;
  readonly weights: Weights;
  readonly bias: Bias | null;
};

/** A gradient of weights; `ofCodes`: by their codes, which is that of the numbers times the scale of the row. */
export type WeightGradient = { readonly tensor: TensorId; readonly ofCodes: boolean };

/** Gradients of a layer, in float32; null where nobody needs them. */
export type LayerGradients = {
  readonly input: Flow | null;
  readonly weights: WeightGradient | null;
  readonly bias: TensorId | null;
};

/** What the forward pass leaves for the gradient of the weights. */
export type SavedInput = {
  readonly x: Kept;
  /** Channels of `x`: all of the layer's, or the first ones, whose weights are trained. */
  readonly channels: number;
};

/** Which gradients of a layer somebody needs; that of the weights, of the channels that were saved. */
export type Wanted = { readonly input: boolean; readonly weights: SavedInput | null; readonly bias: boolean };

/** A product of matrices that are both computed: the left operand first, each as a step of the kernel walks through it. */
export type Walks = { readonly left: Kept; readonly right: Kept; readonly walks: readonly MatrixStacks[] };

export type Arithmetic = {
  /** Keeps a value; `bounds` are those of its activation. The name is that of the range in checkpoints. */
  readonly keep: (e: Emitter, name: string, flow: Flow, bounds: Limits) => Kept;
  /** Keeps a hidden state of a recurrent layer, between -1 and 1: codes of a scale that does not change. */
  readonly keepHidden: (e: Emitter, name: string, flow: Flow) => Kept;
  /** Sums of a layer with its bias. */
  readonly forward: (e: Emitter, layer: Layer, x: Kept) => Flow;
  /**
   * Gradients from that of the output; that of the input is by the weights of the forward pass.
   * @param apply is called once, with the gradients of the parameters, as soon as nothing reads the parameters as they were: where that is before
   * the gradient of the input is made, what was kept for the weights, and their gradient, are gone by then
   */
  readonly backward: (
    e: Emitter,
    layer: Layer,
    g: Flow,
    wanted: Wanted,
    apply?: (gradients: Omit<LayerGradients, 'input'>) => void,
  ) => LayerGradients;
  /** A product of `size` elements of matrices that are both computed. */
  readonly product: (
    e: Emitter,
    name: string,
    walks: Walks,
    size: number,
    role: 'passing' | 'gradient',
  ) => Flow;
  /** A gradient as products take it. */
  readonly keepGradient: (e: Emitter, name: string, flow: Flow) => Kept;
};

/** Elements of the input and of the output of a convolution, as `params` have them. */
export function conv2dSizes(p: Conv2dParams): { readonly input: number; readonly output: number } {
  return {
    input: p.batch * p.inH * p.inW * p.inChannels,
    output: p.batch * p.outH * p.outW * p.outChannels,
  };
}

/** The convolution of the first channels of the input alone, whose weights are trained. */
export function withChannels(p: Conv2dParams, channels: number): Conv2dParams {
  return { ...p, inChannels: channels };
}

/** The parameters of one sample, of which some have several images, for all samples. */
export function ofBatch<P extends { readonly batch: number }>(params: P, batch: number): P {
  return { ...params, batch: params.batch * batch };
}
