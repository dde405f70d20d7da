/** The part of @tensorflow/tfjs-node that is used here: the package is optional, so its own types may not be there. */

export type TfTensor = {
  readonly shape: readonly number[];
  readonly dataSync: () => Float32Array;
  readonly dispose: () => void;
  readonly reshape: (shape: readonly number[]) => TfTensor;
  readonly transpose: (permutation: readonly number[]) => TfTensor;
  readonly add: (other: TfTensor | number) => TfTensor;
  readonly sub: (other: TfTensor | number) => TfTensor;
  readonly mul: (other: TfTensor | number) => TfTensor;
  readonly div: (other: TfTensor | number) => TfTensor;
  readonly square: () => TfTensor;
  readonly sqrt: () => TfTensor;
  readonly relu: () => TfTensor;
  readonly clipByValue: (low: number, high: number) => TfTensor;
  readonly sum: () => TfTensor;
  readonly mean: (axes?: readonly number[], keepDims?: boolean) => TfTensor;
  readonly logSoftmax: () => TfTensor;
  readonly pad: (paddings: readonly (readonly [number, number])[], value?: number) => TfTensor;
  readonly slice: (begin: readonly number[], size: readonly number[]) => TfTensor;
};

export type TfVariable = TfTensor & {
  readonly name: string;
  readonly assign: (value: TfTensor) => void;
};

/** Tensors of rank 4 are NHWC, kernels are HWIO (depthwise: height, width, channels, multiplier). */
export type Tf = {
  readonly tensor: (data: Float32Array, shape: readonly number[], dtype: 'float32') => TfTensor;
  readonly variable: (value: TfTensor) => TfVariable;
  readonly zeros: (shape: readonly number[]) => TfTensor;
  readonly ones: (shape: readonly number[]) => TfTensor;
  readonly stack: (tensors: readonly TfTensor[]) => TfTensor;
  readonly concat: (tensors: readonly TfTensor[], axis: number) => TfTensor;
  readonly tidy: <T>(compute: () => T) => T;
  readonly keep: (tensor: TfTensor) => TfTensor;
  readonly dispose: (tensors: readonly TfTensor[]) => void;
  readonly matMul: (a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean) => TfTensor;
  readonly conv2d: (x: TfTensor, filter: TfTensor, strides: Pair, pad: TfPadding) => TfTensor;
  readonly depthwiseConv2d: (x: TfTensor, filter: TfTensor, strides: Pair, pad: TfPadding) => TfTensor;
  readonly conv2dTranspose: (
    x: TfTensor,
    filter: TfTensor,
    outputShape: readonly number[],
    strides: Pair,
    pad: TfPadding,
  ) => TfTensor;
  readonly maxPool: (x: TfTensor, size: Pair, strides: Pair, pad: TfPadding) => TfTensor;
  readonly avgPool: (x: TfTensor, size: Pair, strides: Pair, pad: TfPadding) => TfTensor;
  readonly moments: (
    x: TfTensor,
    axes: readonly number[],
  ) => { readonly mean: TfTensor; readonly variance: TfTensor };
  readonly batchNorm: (
    x: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ) => TfTensor;
  /** The value, and its gradients by the names of the variables. */
  readonly variableGrads: (
    compute: () => TfTensor,
    variables: readonly TfVariable[],
  ) => { readonly value: TfTensor; readonly grads: Readonly<Record<string, TfTensor>> };
};

export type Pair = readonly [number, number];
export type TfPadding = 'same' | 'valid';
