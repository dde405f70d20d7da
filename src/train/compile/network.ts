/**
 * A graph as training sees it: units in order, each a source (convolution, dense layer, sum, pool) with what is computed
 * along with it (batch normalisation, bounds of an activation) and one output value that is kept.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { consumers, outputValues } from '../../graph/rewrite.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { reducesSpatialAxes } from '../../lower/shared/reduced-axes.ts';
import type { Strided } from '../../lower/shared/views.ts';
import {
  averageWithoutKernel,
  geometry2d,
  globalWindow,
  transposedWindow,
  windowOf,
} from '../../lower/shared/window.ts';
import { floatAttribute, intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { channelAffine } from '../../passes/channel-affine.ts';
import { type Limits, limitsOf } from '../../passes/limits.ts';
import { floatConstant, isNormalGemm } from '../../passes/match.ts';
import type { AvgPool2dShape, Conv2dParams, MaxPool2dShape } from '../../program/kernels/common.ts';
import type { PatchShape } from '../../program/kernels/patch-gate.ts';
import { isMove, type Operand, startPlaces } from './places.ts';

/** How a constant of the graph lies in training: axes of the ONNX tensor in the order of memory. */
export type WeightForm = {
  /** ONNX shape of the weights, spatial axes made two. */
  readonly shape: readonly [number, number, number, number];
  readonly permutation: readonly [number, number, number, number];
};

/** Weights and bias of a layer, by the names of the constants. */
export type LinearParameters = {
  readonly weights: string;
  readonly form: WeightForm;
  /** '' where the node has none. */
  readonly bias: string;
};

export type Source =
  /** `params` are those of one sample; a dense layer is a 1x1 convolution of 1x1 images. */
  | {
      readonly kind: 'conv';
      readonly x: string;
      readonly params: Conv2dParams;
      readonly linear: LinearParameters;
    }
  /** `params` are those of the convolution that it transposes: its input is the output here. */
  | {
      readonly kind: 'convTranspose';
      readonly x: string;
      readonly params: Conv2dParams;
      readonly linear: LinearParameters;
    }
  | { readonly kind: 'add'; readonly a: string; readonly b: string }
  | { readonly kind: 'averagePool'; readonly x: string; readonly params: AvgPool2dShape }
  | { readonly kind: 'maxPool'; readonly x: string; readonly params: MaxPool2dShape }
  /** A fixed scale and shift per channel, such as the normalisation of a model's input. */
  | {
      readonly kind: 'affine';
      readonly x: string;
      readonly scale: Float32Array;
      readonly shift: Float32Array;
    }
  /** A value as it is: what a normalisation or an activation without a layer before it reads. */
  | { readonly kind: 'value'; readonly x: string }
  /** Elements of one sample at other places: `from` in x, `to` in the output, of which they are all. */
  | { readonly kind: 'move'; readonly x: string; readonly from: Strided; readonly to: Strided }
  | GateSource;

/** What a gate of patches computes beside layers (gate.ts). Nothing that is trained comes before frames and statistics. */
type GateSource =
  /** `count` channels from `first` on. */
  | { readonly kind: 'channels'; readonly x: string; readonly first: number; readonly count: number }
  | {
      readonly kind: 'patchStatistics';
      readonly x: string;
      readonly reference: string;
      readonly params: PatchShape;
      readonly unit: number;
    }
  | {
      readonly kind: 'patchMask';
      readonly x: string;
      readonly rule: 'sigmoid' | 'minmax';
      readonly hard: boolean;
    }
  /** Patches of x where the mask is 1, else of the reference; the other way round where it is inverted. */
  | {
      readonly kind: 'patchMix';
      readonly mask: string;
      readonly x: string;
      readonly reference: string;
      readonly params: PatchShape;
      readonly inverted: boolean;
    };

export type Norm = {
  readonly node: Node;
  /** Names of the constants. */
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
  /** Share of the batch's statistics that goes into the running ones: 1 - ONNX's momentum. */
  readonly momentum: number;
};

export type Unit = {
  /** Name of the first node: what reports print. */
  readonly name: string;
  readonly source: Source;
  readonly norm: Norm | null;
  /** Bounds of the activation; infinite where there is none. */
  readonly bounds: Limits;
  /** The value that is kept. */
  readonly output: string;
  /** Channels, then positions per sample. */
  readonly channels: number;
  readonly positions: number;
};

export type Network = {
  readonly graph: Graph;
  readonly input: string;
  /** [C, H, W] of the model input, channels last in memory; [F] for features. */
  readonly inputShape: readonly number[];
  readonly units: readonly Unit[];
  /** What the loss reads: logits where the model ends in a Softmax. */
  readonly outputs: readonly [string, ...string[]];
  /** Of the first output, without the batch. */
  readonly outputShape: readonly number[];
};

/** Kept values that a unit reads. */
export function inputsOf({ source }: Unit): readonly string[] {
  switch (source.kind) {
    case 'add':
      return [source.a, source.b];
    case 'patchStatistics':
      return [source.x, source.reference];
    case 'patchMix':
      return [source.mask, source.x, source.reference];
    case 'conv':
    case 'convTranspose':
    case 'averagePool':
    case 'maxPool':
    case 'affine':
    case 'value':
    case 'move':
    case 'channels':
    case 'patchMask':
      return [source.x];
  }
}

const UNBOUNDED: Limits = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * The units of a graph from `prepareForTraining`, with static shapes for one sample.
 * @param keepSoftmax true for a loss that compares the outputs themselves
 * @throws TinymlError E_OP listing every node that cannot be trained, E_SHAPE for a batch other than 1
 */
export function readNetwork(graph: Graph, keepSoftmax: boolean): Network {
  const [input, ...moreInputs] = graph.inputs;
  const [output, ...moreOutputs] = graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length > 0 || moreOutputs.length > 0) {
    throw new TinymlError('E_OP', 'training takes models with one input and one output', {
      at: [...graph.inputs, ...graph.outputs].map(({ name }) => `port "${name}"`),
    });
  }
  const inputShape = graph.values.get(input.value)!.shape;
  if (inputShape[0] !== 1) {
    throw new TinymlError(
      'E_SHAPE',
      `the model takes ${inputShape[0]} samples at once, training takes models of one`,
      {
        at: `input "${input.name}"`,
        hint: 'export the model with batch 1 or a symbolic batch; --batch-size sets the batch of training',
      },
    );
  }
  const { units, last } = walkNodes(graph, output.value, keepSoftmax);
  return {
    graph,
    input: input.value,
    inputShape: inputShape.slice(1),
    units,
    outputs: [last],
    outputShape: graph.values.get(output.value)!.shape.slice(1),
  };
}

type Walk = {
  readonly units: readonly Unit[];
  /** The kept value that the output is. */
  readonly last: string;
};

function walkNodes(graph: Graph, output: string, keepSoftmax: boolean): Walk {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const units: Unit[] = [];
  const places = startPlaces(graph, readers, ({ name, output, ...move }, [, ...sizes]) => {
    const source = { kind: 'move', ...move } as const;
    units.push({ name, source, norm: null, bounds: UNBOUNDED, output, ...sizesOf(sizes) });
  });
  const taken = new Set<Node>();
  const problems: { readonly node: Node; readonly why: string }[] = [];

  /** The one node that reads a value that is no output. */
  const onlyReader = (value: string): Node | null => {
    const [reader, ...others] = readers.get(value) ?? [];
    return reader !== undefined && others.length === 0 && !outputs.has(value) ? reader : null;
  };

  const addUnit = (node: Node, source: Source): void => {
    let value = node.outputs[0]!;
    const fuses = source.kind !== 'maxPool';
    const ownNorm = source.kind === 'value' ? normOf(graph, node) : null;
    const ownBounds = source.kind === 'value' ? limitsOf(graph, node) : null;
    const next = fuses && ownNorm === null && ownBounds === null ? onlyReader(value) : null;
    const norm = ownNorm ?? (next === null ? null : normOf(graph, next));
    if (norm !== null && norm.node !== node) {
      taken.add(norm.node);
      value = norm.node.outputs[0]!;
    }
    const after = fuses && ownBounds === null ? onlyReader(value) : null;
    const bounds = ownBounds ?? (after === null ? null : limitsOf(graph, after));
    if (bounds !== null && ownBounds === null) {
      taken.add(after!);
      value = after!.outputs[0]!;
    }
    units.push({
      name: node.name,
      source,
      norm,
      bounds: bounds ?? UNBOUNDED,
      output: value,
      ...sizesOf(graph.values.get(value)!.shape.slice(1)),
    });
  };

  for (const node of graph.nodes) {
    if (taken.has(node)) continue;
    // A constant may stand before what is computed.
    const computed = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
    if (node.op === 'Softmax' && !keepSoftmax && outputs.has(node.outputs[0]!)) {
      places.rename(node);
      continue;
    }
    if (isMove(node)) {
      const why = places.move(node);
      if (why !== null) problems.push({ node, why });
      continue;
    }
    const [x = NOTHING, second = NOTHING] = computed.map(places.read);
    const source = sourceOf(graph, node, x, second);
    if (typeof source === 'string') problems.push({ node, why: source });
    else addUnit(node, source);
  }
  if (problems.length > 0) {
    const describe = ({ node, why }: (typeof problems)[number]): string =>
      problems.length === 1 ? `node "${node.name}" (${node.op})` : `node "${node.name}" (${node.op}): ${why}`;
    throw new TinymlError(
      'E_OP',
      problems.length === 1 ? problems[0]!.why : `${problems.length} nodes cannot be trained`,
      { at: problems.map(describe), hint: 'docs/commands/train.md lists what can be trained' },
    );
  }
  return { units, last: places.read(output).value };
}

const NOTHING: Operand = { value: '', shape: [] };

/** @param sample shape without the batch */
function sizesOf([channels = 1, ...positions]: readonly number[]): Pick<Unit, 'channels' | 'positions'> {
  return { channels, positions: elementCount(positions) };
}

/** What a node computes from kept values; a sentence that says why it cannot be trained. */
function sourceOf(graph: Graph, node: Node, operand: Operand, second: Operand): Source | string {
  const x = operand.value;
  const shape = graph.values.get(node.inputs[0] ?? '')?.shape ?? [];
  const outShape = graph.values.get(node.outputs[0]!)!.shape;
  const spatial = shape.length === 3 || shape.length === 4;
  switch (node.op) {
    case 'Conv':
    case 'ConvTranspose': {
      const [weights = '', bias = ''] = node.inputs.slice(1);
      if (!hasParameters(graph, weights, bias)) return `${node.op} with computed weights cannot be trained`;
      if (!spatial) return `${node.op} on ${shape.length - 2} spatial axes cannot be trained`;
      const [first, rest, ...kernel] = graph.values.get(weights)!.shape as [number, number, ...number[]];
      const [kernelH, kernelW] = kernel.length === 1 ? [1, kernel[0]!] : [kernel[0]!, kernel[1]!];
      const form = { shape: [first, rest, kernelH, kernelW], permutation: OHWI } as const;
      const linear = { weights, bias, form };
      const groups = intAttribute(node, 'group', 1);
      if (node.op === 'Conv') {
        const geometry = geometry2d(windowOf(node, kernel, shape, outShape));
        return { kind: 'conv', x, linear, params: { ...geometry, outChannels: first, groups } };
      }
      if (groups !== 1) return 'ConvTranspose with several groups cannot be trained';
      const geometry = geometry2d(transposedWindow(graph, node));
      return { kind: 'convTranspose', x, linear, params: { ...geometry, outChannels: first, groups } };
    }
    case 'Gemm': {
      const [weights = '', bias = ''] = node.inputs.slice(1);
      if (!isNormalGemm(node) || !hasParameters(graph, weights, bias)) {
        return 'Gemm needs constant weights, alpha = beta = 1 and no transposed input to be trained';
      }
      const [outFeatures, inFeatures] = graph.values.get(weights)!.shape as [number, number];
      const [channels = 1, ...positions] = operand.shape.slice(1);
      const form = {
        shape: [outFeatures, channels, elementCount(positions), 1],
        permutation: OHWI,
      } as const;
      return {
        kind: 'conv',
        x,
        linear: { weights, bias, form },
        params: denseParams(inFeatures, outFeatures),
      };
    }
    case 'Mul':
    case 'Div':
    case 'Sub': {
      const affine = affineOf(graph, node, x);
      return affine ?? `${node.op} can be trained with a constant per channel`;
    }
    case 'Add':
    case 'Sum': {
      const affine = affineOf(graph, node, x);
      if (affine !== null) return affine;
      const fits = node.inputs.length === 2 && node.inputs.every((name) => !graph.constants.has(name));
      return fits && sameShape(operand.shape, second.shape)
        ? { kind: 'add', a: x, b: second.value }
        : `${node.op} can be trained of two computed tensors of one shape`;
    }
    case 'MaxPool':
    case 'AveragePool': {
      if (!spatial || (node.outputs[1] ?? '') !== '') return `this form of ${node.op} cannot be trained`;
      const window = windowOf(node, intsAttribute(node, 'kernel_shape', []), shape, outShape);
      const { inChannels: channels, dilationH, dilationW, ...geometry } = geometry2d(window);
      if (node.op === 'MaxPool') {
        return { kind: 'maxPool', x, params: { ...geometry, channels, dilationH, dilationW } };
      }
      const form = averageWithoutKernel(graph, node);
      if (form !== null) return `${form} cannot be trained`;
      const countIncludePad = intAttribute(node, 'count_include_pad', 0);
      return { kind: 'averagePool', x, params: { ...geometry, channels, countIncludePad } };
    }
    case 'GlobalAveragePool':
    case 'ReduceMean': {
      if (!spatial || (node.op === 'ReduceMean' && !reducesSpatialAxes(graph, node))) {
        return `${node.op} can be trained over all spatial axes`;
      }
      const {
        inChannels: channels,
        dilationH: _h,
        dilationW: _w,
        ...geometry
      } = geometry2d(globalWindow(shape));
      return { kind: 'averagePool', x, params: { ...geometry, channels, countIncludePad: 0 } };
    }
    case 'BatchNormalization':
      return normOf(graph, node) === null
        ? 'BatchNormalization needs constant parameters to be trained'
        : { kind: 'value', x };
    case 'Relu':
    case 'Clip':
      return limitsOf(graph, node) === null
        ? 'Clip needs constant bounds to be trained'
        : { kind: 'value', x };
    default:
      return `${node.op} cannot be trained`;
  }
}

/** A fixed map per channel; `x` is the one computed operand. */
function affineOf(graph: Graph, node: Node, x: string): Source | null {
  const view = { graph, readers: new Map(), outputs: new Set<string>() };
  const affine = node.op === 'BatchNormalization' ? null : channelAffine(view, node);
  if (affine === null || graph.constants.has(x)) return null;
  return {
    kind: 'affine',
    x,
    scale: Float32Array.from(affine.scale),
    shift: Float32Array.from(affine.shift),
  };
}

/** ONNX's [out][in][h][w] to the kernels' [out][h][w][in]. */
const OHWI = [0, 2, 3, 1] as const;

function hasParameters(graph: Graph, weights: string, bias: string): boolean {
  return (
    floatConstant({ graph }, weights) !== null && (bias === '' || floatConstant({ graph }, bias) !== null)
  );
}

function denseParams(inFeatures: number, outFeatures: number): Conv2dParams {
  const one = { inH: 1, inW: 1, outH: 1, outW: 1, kernelH: 1, kernelW: 1, strideH: 1, strideW: 1 };
  const rest = { dilationH: 1, dilationW: 1, padTop: 0, padLeft: 0, groups: 1, batch: 1 };
  return { ...one, ...rest, inChannels: inFeatures, outChannels: outFeatures };
}

function normOf(graph: Graph, node: Node): Norm | null {
  if (node.op !== 'BatchNormalization') return null;
  const [gamma = '', beta = '', mean = '', variance = ''] = node.inputs.slice(1);
  if (![gamma, beta, mean, variance].every((name) => floatConstant({ graph }, name) !== null)) return null;
  return {
    node,
    gamma,
    beta,
    mean,
    variance,
    epsilon: floatAttribute(node, 'epsilon', 1e-5),
    momentum: 1 - floatAttribute(node, 'momentum', 0.9),
  };
}
