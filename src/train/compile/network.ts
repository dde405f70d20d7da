/**
 * A graph as training sees it: units in order, each a source (convolution, dense layer, sum, pool) with what is computed
 * along with it (batch normalisation, bounds of an activation) and one output value that is kept.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { consumers, outputValues, uniqueName } from '../../graph/rewrite.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { reducesSpatialAxes } from '../../lower/shared/reduced-axes.ts';
import {
  channelsLast,
  isWhole,
  type Layout,
  plainLayout,
  type Strided,
  wholeStrided,
} from '../../lower/shared/views.ts';
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
import type { AvgPool2dShape, Conv2dParams } from '../../program/kernels/common.ts';
import type { PatchShape } from '../../program/kernels/patch-gate.ts';
import {
  type FunctionSource,
  functionInputs,
  functionOf,
  type MaxPoolSource,
  picksSeveral,
  readsTables,
  tableOf,
} from './functions.ts';
import { isMove, type Operand, type Places, startPlaces } from './places.ts';
import { isRecurrent, type RecurrentSource, recurrenceOf, recurrentInputs } from './recurrence.ts';
import type { TapsSource } from './taps.ts';

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
  | MaxPoolSource
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
  | FunctionSource
  | RecurrentSource
  | TapsSource
  | GateSource;

export type LayerSource = Extract<Source, { kind: 'conv' | 'convTranspose' }>;

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
  /** [C, H, W] of the model input, [F] for features; all axes of one whose first is not the batch. */
  readonly inputShape: readonly number[];
  /** Whether the input is kept channels last; else in the order of ONNX. */
  readonly inputIsChannelsLast: boolean;
  /** Whether the input is whole numbers, which nothing but lookups reads. */
  readonly takesNumbers: boolean;
  readonly units: readonly Unit[];
  /** What the loss reads: logits where the model ends in a Softmax. */
  readonly outputs: readonly [string, ...string[]];
  /** Of the first output, without the batch. */
  readonly outputShape: readonly number[];
};

/** Kept values that a unit reads. */
export function inputsOf({ source }: Unit): readonly string[] {
  if (isFunction(source)) return functionInputs(source);
  switch (source.kind) {
    case 'add':
      return [source.a, source.b];
    case 'recurrent':
      return recurrentInputs(source);
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
    case 'taps':
    case 'channels':
    case 'patchMask':
      return [source.x];
  }
}

/** Kept values that a unit makes. */
export function outputsOf({ source, output }: Unit): readonly string[] {
  return source.kind === 'recurrent' && source.lastCell !== '' ? [output, source.lastCell] : [output];
}

/** Whether a value has the quantiser of what it is made of. */
export function keepsCodes(source: Source): source is Extract<Source, { kind: 'maxPool' | 'move' | 'taps' }> {
  return (
    source.kind === 'maxPool' || source.kind === 'move' || (source.kind === 'taps' && source.staysWithin)
  );
}

export function isFunction(source: Source): source is FunctionSource {
  return FUNCTIONS.has(source.kind);
}

const FUNCTIONS: ReadonlySet<string> = new Set<FunctionSource['kind']>([
  ...(['product', 'softmax', 'normalise', 'response', 'unary', 'trigonometry', 'binary'] as const),
  ...(['several', 'choice', 'reduce', 'join', 'lookup'] as const),
]);

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
  const batchIsFirst = inputShape[0] === 1;
  // A sample may lie as it likes, such as [times, 1, features]; several samples have outputs of several.
  if (!batchIsFirst && graph.values.get(output.value)!.shape[0] !== 1) {
    throw new TinymlError(
      'E_SHAPE',
      `the model takes ${inputShape[0]} samples at once, training takes models of one`,
      {
        at: `input "${input.name}"`,
        hint: 'export the model with batch 1 or a symbolic batch; --batch-size sets the batch of training',
      },
    );
  }
  const { units, last } = walkNodes(graph, output.value, keepSoftmax, batchIsFirst);
  return {
    graph,
    input: input.value,
    inputShape: batchIsFirst ? inputShape.slice(1) : inputShape,
    inputIsChannelsLast: batchIsFirst,
    takesNumbers: WHOLE.has(graph.values.get(input.value)!.dtype),
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

function walkNodes(graph: Graph, output: string, keepSoftmax: boolean, batchIsFirst: boolean): Walk {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const units: Unit[] = [];
  const places = startPlaces(graph, readers, ({ name, output, ...move }, shape) => {
    const source = { kind: 'move', ...move } as const;
    units.push({ name, source, norm: null, bounds: UNBOUNDED, output, ...sizesOf(shape) });
  });
  const [input] = graph.inputs;
  if (!batchIsFirst) places.keepIn(input!.value, plainLayout(graph.values.get(input!.value)!.shape.length));
  const taken = new Set<Node>();
  const problems: { readonly node: Node; readonly why: string }[] = [];

  /** The one node that reads a value that is no output. */
  const onlyReader = (value: string): Node | null => {
    const [reader, ...others] = readers.get(value) ?? [];
    return reader !== undefined && others.length === 0 && !outputs.has(value) ? reader : null;
  };

  /** `layout` is the order in which the output lies, where that is not channels last. */
  const addUnit = (node: Node, source: Source, layout: Layout | null): void => {
    let value = node.outputs[0]!;
    const fuses = !keepsCodes(source);
    const shape = graph.values.get(value)!.shape;
    const takesNorm =
      source.kind !== 'normalise' &&
      (layout === null || isWhole(wholeStrided(shape, layout), channelsLast(shape.length)));
    const ownNorm = source.kind === 'value' ? normOf(graph, node) : null;
    const ownBounds = source.kind === 'value' ? limitsOf(graph, node) : null;
    const next = fuses && ownNorm === null && ownBounds === null ? onlyReader(value) : null;
    const norm = ownNorm ?? (next === null || !takesNorm ? null : normOf(graph, next));
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
      ...sizesOf(shape),
    });
    if (layout !== null) places.keepIn(value, layout);
  };

  const addRecurrence = (node: Parameters<typeof recurrenceOf>[1]): string | null => {
    const made = recurrenceOf(graph, node, places, (value) => readers.has(value) || outputs.has(value));
    if (typeof made === 'string') return made;
    const { source, layout, lastHidden, stateLayout } = made;
    const { hidden, times, sequences, reverse, lastCell } = source;
    const [sequence = '', last = '', cell = ''] = node.outputs;
    const output =
      sequence === '' ? uniqueName(`${node.name}/hidden`, (name) => graph.values.has(name)) : sequence;
    const positions = times * reverse.length * sequences;
    units.push({
      name: node.name,
      source,
      norm: null,
      bounds: UNBOUNDED,
      output,
      channels: hidden,
      positions,
    });
    if (sequence !== '') places.keepIn(output, layout);
    if (last !== '') places.put(last, { value: output, size: positions * hidden, ...lastHidden });
    if (lastCell !== '') {
      const states = { channels: hidden, positions: reverse.length * sequences };
      const as = { kind: 'value', x: lastCell } as const;
      units.push({ name: lastCell, source: as, norm: null, bounds: UNBOUNDED, output: cell, ...states });
      places.keepIn(cell, stateLayout);
    }
    return null;
  };

  /** Constants that are read as what is computed is, each once. */
  const addTables = (node: Node): string | null => {
    for (const name of isMove(node) ? node.inputs.slice(0, 1) : node.inputs) {
      if (!graph.constants.has(name) || units.some(({ output }) => output === name)) continue;
      const table = tableOf(graph, name);
      if (table === null) return `${node.op} can be trained with constants of float32`;
      const unique = uniqueName(name, (taken) => graph.nodes.some((one) => one.name === taken));
      units.push({
        name: unique,
        source: table,
        norm: null,
        bounds: UNBOUNDED,
        output: name,
        ...sizesOf(table.shape),
      });
      places.keepIn(name, table.layout);
    }
    return null;
  };

  for (const node of graph.nodes) {
    if (taken.has(node)) continue;
    if (readsTables(graph, node)) {
      const why = addTables(node);
      if (why !== null) {
        problems.push({ node, why });
        continue;
      }
    }
    if (isRecurrent(node)) {
      const why = addRecurrence(node);
      if (why !== null) problems.push({ node, why });
      continue;
    }
    // A constant may stand before what is computed.
    const computed = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
    if (node.op === 'Softmax' && !keepSoftmax && outputs.has(node.outputs[0]!)) {
      places.rename(node);
      continue;
    }
    if (isCastOfNumbers(graph, node)) {
      places.rename(node);
      continue;
    }
    if (isMove(node) && !picksSeveral(graph, node)) {
      const why = places.move(node);
      if (why !== null) problems.push({ node, why });
      continue;
    }
    const own = sourceOf(graph, node, computed, places);
    const made =
      typeof own !== 'string' && own.kind === 'other' ? (functionOf(graph, node, places) ?? own.why) : own;
    if (typeof made === 'string') problems.push({ node, why: made });
    else addUnit(node, made.source, made.layout);
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

/** @param shape of one sample, whose first axis may be of positions as well */
function sizesOf([first = 1, channels = 1, ...positions]: readonly number[]): Pick<
  Unit,
  'channels' | 'positions'
> {
  return { channels, positions: first * elementCount(positions) };
}

/** What a node is, and the order in which its output lies where that is not channels last. */
type Read = { readonly kind: 'source'; readonly source: Source; readonly layout: Layout | null };

/** Not one of these; why, unless it is a function of kept values. */
type Other = { readonly kind: 'other'; readonly why: string };

const source = (one: Source, layout: Layout | null = null): Read => ({ kind: 'source', source: one, layout });
const other = (why: string): Other => ({ kind: 'other', why });

/** A node with weights or a window, or that passes values on; a sentence that says why it cannot be trained. */
function sourceOf(
  graph: Graph,
  node: Node,
  computed: readonly string[],
  places: Places,
): Read | string | Other {
  const operand = (): Operand => places.read(computed[0]!);
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
      const x = operand().value;
      if (node.op === 'Conv') {
        const geometry = geometry2d(windowOf(node, kernel, shape, outShape));
        return source({ kind: 'conv', x, linear, params: { ...geometry, outChannels: first, groups } });
      }
      const geometry = geometry2d(transposedWindow(graph, node));
      return source({
        kind: 'convTranspose',
        x,
        linear,
        params: { ...geometry, outChannels: first, groups },
      });
    }
    case 'Gemm': {
      const [weights = '', bias = ''] = node.inputs.slice(1);
      if (!isNormalGemm(node) || !hasParameters(graph, weights, bias)) {
        return 'Gemm needs constant weights, alpha = beta = 1 and no transposed input to be trained';
      }
      const [outFeatures, inFeatures] = graph.values.get(weights)!.shape as [number, number];
      const { value: x, shape: features } = operand();
      const [rows = 1, channels = 1, ...positions] = features;
      const form = {
        shape: [outFeatures, channels, elementCount(positions), 1],
        permutation: OHWI,
      } as const;
      const params = denseParams(rows, inFeatures, outFeatures);
      return source({ kind: 'conv', x, linear: { weights, bias, form }, params });
    }
    case 'Mul':
    case 'Div':
    case 'Sub':
      return affineOf(graph, node, places) ?? other(`${node.op} cannot be trained`);
    case 'Add':
    case 'Sum': {
      const affine = affineOf(graph, node, places);
      if (affine !== null) return affine;
      const [a = '', b = '', ...more] = node.inputs;
      const fits = more.length === 0 && [a, b].every((name) => name !== '' && !graph.constants.has(name));
      if (!fits || !sameShape(graph.values.get(a)!.shape, graph.values.get(b)!.shape)) {
        return other(`${node.op} can be trained of two tensors`);
      }
      const layout = places.orderOf(a);
      const [left, right] = [places.readIn(a, layout), places.readIn(b, layout)];
      return source({ kind: 'add', a: left.value, b: right.value }, layout);
    }
    case 'MaxPool':
    case 'AveragePool': {
      if (!spatial || (node.outputs[1] ?? '') !== '') return `this form of ${node.op} cannot be trained`;
      const window = windowOf(node, intsAttribute(node, 'kernel_shape', []), shape, outShape);
      const { inChannels: channels, dilationH, dilationW, ...geometry } = geometry2d(window);
      const x = operand().value;
      if (node.op === 'MaxPool') {
        const params = { ...geometry, channels, dilationH, dilationW };
        return source({ kind: 'maxPool', x, params, isLeast: false });
      }
      const form = averageWithoutKernel(graph, node);
      if (form !== null) return `${form} cannot be trained`;
      const countIncludePad = intAttribute(node, 'count_include_pad', 0);
      return source({ kind: 'averagePool', x, params: { ...geometry, channels, countIncludePad } });
    }
    case 'GlobalMaxPool': {
      if (!spatial) return `${node.op} can be trained over one spatial axis or two`;
      const { inChannels: channels, ...geometry } = geometry2d(globalWindow(shape));
      return source({
        kind: 'maxPool',
        x: operand().value,
        params: { ...geometry, channels },
        isLeast: false,
      });
    }
    case 'GlobalAveragePool':
    case 'ReduceMean': {
      if (node.op === 'ReduceMean' && !isChannelsLast(graph, node, places)) return other('');
      if (!spatial || (node.op === 'ReduceMean' && !reducesSpatialAxes(graph, node))) {
        return other(`${node.op} can be trained over all spatial axes`);
      }
      const {
        inChannels: channels,
        dilationH: _h,
        dilationW: _w,
        ...geometry
      } = geometry2d(globalWindow(shape));
      return source({
        kind: 'averagePool',
        x: operand().value,
        params: { ...geometry, channels, countIncludePad: 0 },
      });
    }
    case 'BatchNormalization':
      return normOf(graph, node) === null
        ? 'BatchNormalization needs constant parameters to be trained'
        : source({ kind: 'value', x: operand().value });
    case 'Relu':
    case 'Clip': {
      if (limitsOf(graph, node) === null) return 'Clip needs constant bounds to be trained';
      const { value, layout } = places.readAsIs(computed[0]!);
      return source({ kind: 'value', x: value }, layout);
    }
    default:
      return other(`${node.op} cannot be trained`);
  }
}

/** From one type of whole numbers to another: training has one. */
function isCastOfNumbers({ values }: Graph, { op, inputs: [x], outputs: [y] }: Node): boolean {
  return op === 'Cast' && [x!, y!].every((value) => WHOLE.has(values.get(value)!.dtype));
}

const WHOLE: ReadonlySet<string> = new Set(['int32', 'int64']);

/** Whether a value lies channels last already. */
function isChannelsLast(graph: Graph, node: Node, places: Places): boolean {
  const { shape } = graph.values.get(node.inputs[0]!)!;
  const own = wholeStrided(shape, places.orderOf(node.inputs[0]!));
  return isWhole(own, channelsLast(shape.length));
}

/** A fixed map per channel, or of all elements, which may lie anywhere. */
function affineOf(graph: Graph, node: Node, places: Places): Read | null {
  const view = { graph, readers: new Map(), outputs: new Set<string>() };
  const affine = channelAffine(view, node);
  if (affine === null || graph.constants.has(affine.x)) return null;
  const [scale, shift] = [Float32Array.from(affine.scale), Float32Array.from(affine.shift)];
  const isUniform = scale.every((one) => one === scale[0]) && shift.every((one) => one === shift[0]);
  if (!isUniform) return source({ kind: 'affine', x: places.read(affine.x).value, scale, shift });
  const { value: x, layout } = places.readAsIs(affine.x);
  return source({ kind: 'affine', x, scale: scale.slice(0, 1), shift: shift.slice(0, 1) }, layout);
}

/** ONNX's [out][in][h][w] to the kernels' [out][h][w][in]. */
const OHWI = [0, 2, 3, 1] as const;

function hasParameters(graph: Graph, weights: string, bias: string): boolean {
  return (
    floatConstant({ graph }, weights) !== null && (bias === '' || floatConstant({ graph }, bias) !== null)
  );
}

/** A dense layer on rows: a 1x1 convolution of an image of one row. */
export function denseParams(rows: number, inFeatures: number, outFeatures: number): Conv2dParams {
  const one = { inH: 1, inW: rows, outH: 1, outW: rows, kernelH: 1, kernelW: 1, strideH: 1, strideW: 1 };
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
