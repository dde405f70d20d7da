/**
 * Functions of kept values that have no weights of a layer: products of activations, softmax, normalisations by the statistics of
 * each sample, functions of each element, arithmetic that broadcasts, reductions, joins. All of them compute in float32 from values as they
 * are kept, but for products of matrices, which each method computes in its own way.
 */
import { MASKED_SOFTMAX, SILU } from '../../graph/own-operators.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { TRIGONOMETRIC, type UnaryForm, unaryForm } from '../../lower/float32/unary.ts';
import { normalisedForm } from '../../lower/shared/normalised-form.ts';
import { depthToSpace, spaceToDepth } from '../../lower/shared/rearrange.ts';
import { reducedAxes } from '../../lower/shared/reduced-axes.ts';
import { type Rows, reducedLayout, rowsOf, sideBySide } from '../../lower/shared/rows.ts';
import {
  channelsLast,
  isWhole,
  type Layout,
  plainLayout,
  type Strided,
  sliceView,
  splitAxes,
  transposeView,
  wholeStrided,
} from '../../lower/shared/views.ts';
import { asNumbers, broadcastTo } from '../../ops/arrays.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { floatConstant } from '../../passes/match.ts';
import type { AvgPool2dShape, MaxPool2dShape } from '../../program/kernels/common.ts';
import type { TrigonometryFunction } from '../../program/kernels/trigonometry-f32.ts';
import { isMove, type Places, type Reading } from './places.ts';
import { type TapsSource, tapsOf, windowSums } from './taps.ts';

/** An operand of arithmetic that broadcasts. */
export type Term =
  | { readonly kind: 'value'; readonly reading: Reading }
  | {
      readonly kind: 'constant';
      readonly name: string;
      readonly data: Float32Array;
      readonly shape: readonly number[];
      /** A table of the model that is learned, such as the embeddings of positions. */
      readonly learned: boolean;
    };

type BinaryOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' | 'prelu';

/** Of one sample; `layout` is the order in which the result lies. */
export type FunctionSource =
  /** a [..., rows, depth] times b [..., depth, columns], with as many axes before, which broadcast. */
  | { readonly kind: 'product'; readonly a: Reading; readonly b: Reading; readonly shape: readonly number[] }
  | {
      readonly kind: 'softmax';
      readonly x: string;
      readonly rows: Rows;
      readonly log: boolean;
      /** Added to x before, in the order in which x lies; null: nothing. */
      readonly mask: Float32Array | null;
    }
  | {
      readonly kind: 'normalise';
      readonly x: string;
      readonly batch: number;
      readonly positions: number;
      readonly groups: number;
      readonly channels: number;
      readonly centred: boolean;
      readonly epsilon: number;
      readonly gamma: Float32Array;
      readonly beta: Float32Array;
      /** Names of constants of the model with one number for each of [groups][channels], which can be learned; '' where there is none. */
      readonly names: { readonly gamma: string; readonly beta: string };
    }
  | { readonly kind: 'unary'; readonly x: string; readonly form: UnaryForm }
  | {
      readonly kind: 'binary';
      readonly operation: BinaryOperation;
      readonly a: Term;
      readonly b: Term;
      readonly shape: readonly number[];
      readonly layout: Layout;
    }
  | {
      readonly kind: 'several';
      readonly operation: 'add' | 'maximum' | 'minimum';
      readonly terms: readonly Term[];
      /** What comes out is multiplied with it: 1 but for a mean. */
      readonly factor: number;
      readonly shape: readonly number[];
      readonly layout: Layout;
    }
  /** a where the condition holds, else b. */
  | {
      readonly kind: 'choice';
      readonly flags: { readonly data: Int8Array; readonly shape: readonly number[] };
      readonly a: Term;
      readonly b: Term;
      readonly shape: readonly number[];
      readonly layout: Layout;
    }
  | { readonly kind: 'trigonometry'; readonly x: string; readonly function: TrigonometryFunction }
  /** Local response normalisation of values that lie channels last. */
  | {
      readonly kind: 'response';
      readonly x: string;
      readonly channels: number;
      readonly before: number;
      readonly behind: number;
      /** For each of the channels that count. */
      readonly alpha: number;
      readonly beta: number;
      readonly bias: number;
      /** Times alpha, the sums over the channels that count. */
      readonly window: TapsSource;
    }
  | {
      readonly kind: 'reduce';
      readonly x: string;
      readonly rows: Rows;
      readonly of: 'sum' | 'magnitudes' | 'squares' | 'rootOfSquares';
    }
  /** Rows of a table, by whole numbers that the model is given: embeddings. */
  | {
      readonly kind: 'lookup';
      readonly table: string;
      readonly data: Float32Array;
      readonly rows: number;
      readonly width: number;
      /** So many in one sample. */
      readonly count: number;
    }
  /** Parts beside each other; what none of them covers is `fill`. */
  | {
      readonly kind: 'join';
      readonly parts: readonly { readonly reading: Reading; readonly to: Strided }[];
      readonly fill: number;
      readonly size: number;
    };

/** The greatest of each window, or the least. */
export type MaxPoolSource = {
  readonly kind: 'maxPool';
  readonly x: string;
  readonly params: MaxPool2dShape;
  readonly isLeast: boolean;
};

/** What a node is, and how its output lies: a reduction may be a pool over rows, blocks of pixels are moved. */
type FunctionNode = {
  readonly source:
    | FunctionSource
    | { readonly kind: 'averagePool'; readonly x: string; readonly params: AvgPool2dShape }
    | MaxPoolSource
    | { readonly kind: 'move'; readonly x: string; readonly from: Strided; readonly to: Strided }
    | TapsSource;
  readonly layout: Layout;
};

/** What a function reads. */
export function functionInputs(source: FunctionSource): readonly string[] {
  switch (source.kind) {
    case 'product':
      return [source.a.value, source.b.value];
    case 'binary':
    case 'choice':
      return valuesOf([source.a, source.b]);
    case 'several':
      return valuesOf(source.terms);
    case 'join':
      return source.parts.map(({ reading }) => reading.value);
    case 'lookup':
      return [];
    case 'softmax':
    case 'normalise':
    case 'unary':
    case 'trigonometry':
    case 'response':
    case 'reduce':
      return [source.x];
  }
}

function valuesOf(terms: readonly Term[]): readonly string[] {
  return terms.flatMap((term) => (term.kind === 'value' ? [term.reading.value] : []));
}

/** The same function of other values, with constants under other names. */
export function renamedFunction(
  source: FunctionSource,
  value: (name: string) => string,
  constant: (name: string) => string,
): FunctionSource {
  const reading = (one: Reading): Reading => ({ ...one, value: value(one.value) });
  const term = (one: Term): Term =>
    one.kind === 'value' ? { ...one, reading: reading(one.reading) } : { ...one, name: constant(one.name) };
  const named = (name: string): string => (name === '' ? '' : constant(name));
  switch (source.kind) {
    case 'product':
      return { ...source, a: reading(source.a), b: reading(source.b) };
    case 'binary':
    case 'choice':
      return { ...source, a: term(source.a), b: term(source.b) };
    case 'several':
      return { ...source, terms: source.terms.map(term) };
    case 'lookup':
      return { ...source, table: constant(source.table) };
    case 'join':
      return { ...source, parts: source.parts.map((part) => ({ ...part, reading: reading(part.reading) })) };
    case 'normalise': {
      const { gamma, beta } = source.names;
      return { ...source, x: value(source.x), names: { gamma: named(gamma), beta: named(beta) } };
    }
    case 'softmax':
    case 'unary':
    case 'trigonometry':
    case 'reduce':
      return { ...source, x: value(source.x) };
    case 'response':
      return { ...source, x: value(source.x), window: { ...source.window, x: value(source.window.x) } };
  }
}

/** Whether something of the function itself can be learned. */
export function hasLearned(source: FunctionSource): boolean {
  switch (source.kind) {
    case 'normalise':
      return source.names.gamma !== '' || source.names.beta !== '';
    case 'lookup':
      return true;
    case 'binary':
      return learnedTerm(source) !== null;
    default:
      return false;
  }
}

export function learnedTerm({
  a,
  b,
}: Extract<FunctionSource, { kind: 'binary' }>): Extract<Term, { kind: 'constant' }> | null {
  return ([a, b].find((term) => term.kind === 'constant' && term.learned) as never) ?? null;
}

type Operators = {
  readonly graph: Graph;
  readonly node: Node;
  readonly places: Places;
  readonly shape: readonly number[];
  readonly outShape: readonly number[];
};

/** A node as a function; a sentence that says why it cannot be trained; null where it is none of these. */
export function functionOf(graph: Graph, node: Node, places: Places): FunctionNode | string | null {
  const shapeOf = (name: string): readonly number[] => graph.values.get(name)?.shape ?? [];
  const all = {
    graph,
    node,
    places,
    shape: shapeOf(node.inputs[0] ?? ''),
    outShape: shapeOf(node.outputs[0]!),
  };
  const form =
    node.op === SILU ? ({ function: 'swish', a: 1 } as const) : unaryForm(viewWithout(graph), node);
  if (form !== null) {
    const { value, layout } = places.readAsIs(node.inputs[0]!);
    return { source: { kind: 'unary', x: value, form }, layout };
  }
  const taps = tapsOf(graph, node, places);
  if (taps !== null) return taps;
  const trigonometric = TRIGONOMETRIC.get(node.op);
  if (trigonometric !== undefined) {
    const { value, layout } = places.readAsIs(node.inputs[0]!);
    return { source: { kind: 'trigonometry', x: value, function: trigonometric }, layout };
  }
  switch (node.op) {
    case 'MatMul':
      return productOf(all);
    case 'Softmax':
    case 'LogSoftmax':
    case MASKED_SOFTMAX:
      return softmaxOf(all);
    case 'LayerNormalization':
    case 'RMSNormalization':
    case 'InstanceNormalization':
    case 'GroupNormalization':
      return normalisationOf(all);
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'PRelu':
      return binaryOf(all, OPERATIONS[node.op]);
    case 'Max':
    case 'Min':
    case 'Sum':
    case 'Mean':
      return node.inputs.length === 2 && node.op !== 'Mean'
        ? binaryOf(all, OPERATIONS[node.op])
        : severalOf(all, node.op);
    case 'Expand':
      return expansionOf(all);
    case 'Where':
      return choiceOf(all);
    case 'ReduceMean':
    case 'ReduceSum':
    case 'ReduceMax':
    case 'ReduceMin':
    case 'ReduceL1':
    case 'ReduceL2':
    case 'ReduceSumSquare':
      return reductionOf(all, node.op);
    case 'Trilu':
      return triangleOf(all);
    case 'LRN':
      return responseOf(all);
    case 'Concat':
      return joinOf(all);
    case 'Gather':
      return lookupOf(all);
    case 'DepthToSpace':
      return regroupedOf(all, depthToSpace(node, all.shape));
    case 'SpaceToDepth':
      return regroupedOf(all, spaceToDepth(node, all.shape));
    case 'Pad':
      return paddedOf(all);
    default:
      return null;
  }
}

const OPERATIONS = {
  ...({ Add: 'add', Sub: 'subtract', Mul: 'multiply', Div: 'divide' } as const),
  ...({ Sum: 'add', Max: 'maximum', Min: 'minimum', PRelu: 'prelu' } as const),
};

/** Questions about constants need no readers. */
function viewWithout(graph: Graph) {
  return { graph, readers: new Map(), outputs: new Set<string>() };
}

/** Operands that are constants lie in tables. */
function productOf({ node, places, outShape }: Operators): FunctionNode {
  const [a, b] = node.inputs.map((name) => {
    const reading = places.place(name);
    const [row, column] = [reading.strides.at(-2), reading.strides.at(-1)];
    const isVector = reading.shape.length === 1;
    return isVector || row === 1 || column === 1
      ? reading
      : places.readIn(name, plainLayout(reading.shape.length));
  }) as [Reading, Reading];
  // A vector is a row on the left and a column on the right.
  const [isRow, isColumn] = [a.shape.length === 1, b.shape.length === 1];
  const shape = [...outShape];
  if (isColumn) shape.push(1);
  if (isRow) shape.splice(shape.length - 1, 0, 1);
  const column = { ...b, shape: [...b.shape, 1], strides: [...b.strides, 0] };
  const stack = (one: Reading): Reading => ({ value: one.value, ...aligned(one, Math.max(shape.length, 2)) });
  const source = { kind: 'product', a: stack(a), b: stack(isColumn ? column : b), shape } as const;
  return { source, layout: plainLayout(outShape.length) };
}

function softmaxOf({ graph, node, places, shape }: Operators): FunctionNode | string {
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const { value, layout } = places.readAsIs(node.inputs[0]!);
  const masked = node.op === MASKED_SOFTMAX ? floatConstant({ graph }, node.inputs[1]!) : null;
  if (node.op === MASKED_SOFTMAX && masked === null) return 'a mask that is computed cannot be trained';
  const mask =
    masked === null ? null : inOrder(broadcastTo(masked, shape).data as Float32Array, shape, layout);
  const rows = rowsOf(layout, shape, [axis]);
  return { source: { kind: 'softmax', x: value, rows, log: node.op === 'LogSoftmax', mask }, layout };
}

/** Elements of a tensor in ONNX order, as they lie in a layout. */
function inOrder(data: Float32Array, shape: readonly number[], layout: Layout): Float32Array {
  const { strides } = wholeStrided(shape, plainLayout(shape.length));
  let offsets = [0];
  for (const axis of layout) {
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: shape[axis]! }, (_, k) => offset + k * strides[axis]!),
    );
  }
  return Float32Array.from(offsets, (offset) => data[offset]!);
}

function normalisationOf({ graph, node, places, shape }: Operators): FunctionNode | string {
  const constants = node.inputs
    .slice(1)
    .every((name) => name === '' || floatConstant({ graph }, name) !== null);
  if (!constants || node.outputs.slice(1).some((name) => name !== '')) {
    return `${node.op} can be trained with a constant scale and bias, and one output`;
  }
  const form = normalisedForm({ graph, layouts: new Map() }, node);
  const { positions, groups, channels, centred, epsilon, gamma, beta, layout } = form;
  const width = groups * channels;
  const named = (name = ''): string => (graph.constants.get(name)?.data.length === width ? name : '');
  const x = places.readIn(node.inputs[0]!, layout).value;
  const names = { gamma: named(node.inputs[1]), beta: named(node.inputs[2]) };
  const batch = elementCount(shape) / (positions * width);
  return {
    source: {
      kind: 'normalise',
      x,
      batch,
      positions,
      groups,
      channels,
      centred,
      epsilon,
      gamma,
      beta,
      names,
    },
    layout,
  };
}

function binaryOf(
  { graph, node, places, outShape }: Operators,
  operation: BinaryOperation,
): FunctionNode | string {
  const terms = node.inputs.map((name) => termOf(graph, places, name, operation));
  const [a, b] = terms;
  if (a === null || b === null) return `${node.op} can be trained with constants of float32`;
  return arithmetic(places, node, operation, a!, b!, outShape);
}

function arithmetic(
  places: Places,
  node: Node,
  operation: BinaryOperation,
  a: Term,
  b: Term,
  shape: readonly number[],
): FunctionNode {
  const layout = layoutOf(places, node.inputs, shape);
  return { source: { kind: 'binary', operation, a, b, shape, layout }, layout };
}

/** The order of the first operand that is computed and has the shape of the result. */
function layoutOf(places: Places, operands: readonly string[], shape: readonly number[]): Layout {
  const whole = operands.find(
    (name) => places.isComputed(name) && sameShape(places.place(name).shape, shape),
  );
  return whole === undefined ? plainLayout(shape.length) : places.orderOf(whole);
}

function severalOf(
  { graph, node, places, outShape: shape }: Operators,
  op: 'Max' | 'Min' | 'Sum' | 'Mean',
): FunctionNode | string {
  const terms = node.inputs.map((name) => fixedTerm(graph, places, name));
  if (terms.some((term) => term === null)) return `${op} can be trained with constants of float32`;
  const layout = layoutOf(places, node.inputs, shape);
  const operation = op === 'Mean' ? 'add' : OPERATIONS[op];
  const factor = op === 'Mean' ? 1 / terms.length : 1;
  return { source: { kind: 'several', operation, terms: terms as Term[], factor, shape, layout }, layout };
}

/** An operand that stays as it is where it is constant; null where it is no float32. */
function fixedTerm(graph: Graph, places: Places, name: string): Term | null {
  return termOf(graph, places, name, 'maximum');
}

/** Constants that vary along several axes and are read once are tables that are learned, as slopes of a PRelu are; masks are not. */
function termOf(graph: Graph, places: Places, name: string, operation: BinaryOperation): Term | null {
  if (!graph.constants.has(name)) return { kind: 'value', reading: places.place(name) };
  const constant = floatConstant({ graph }, name);
  if (constant === null) return null;
  const { shape } = constant;
  const data = constant.data as Float32Array;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name)).length;
  const varies = shape.filter((size) => size > 1).length;
  const isTable = varies > 0 && (operation === 'add' || operation === 'multiply');
  const small = data.every((value) => Math.abs(value) < LARGEST_LEARNED);
  const learned = readers === 1 && small && (isTable || operation === 'prelu');
  return { kind: 'constant', name, data, shape, learned };
}

/** Operators that read constants as they read what is computed. */
export function readsTables({ constants }: Graph, node: Node): boolean {
  const isMoved = isMove(node) && constants.get(node.inputs[0]!)?.dtype === 'float32';
  return node.op === 'MatMul' || node.op === 'Concat' || (isMoved && !picksSeveral({ constants }, node));
}

/** A constant as a kept value; it is learned, but for masks, and for what one number fills up. */
export function tableOf(graph: Graph, name: string): Extract<FunctionSource, { kind: 'binary' }> | null {
  const constant = floatConstant({ graph }, name);
  if (constant === null) return null;
  const { shape } = constant;
  const data = constant.data as Float32Array;
  const learned =
    data.every((value) => Math.abs(value) < LARGEST_LEARNED) && data.some((value) => value !== data[0]);
  const a: Term = { kind: 'constant', name, data, shape, learned };
  const b: Term = {
    kind: 'constant',
    name: `${name}/0`,
    data: new Float32Array(1),
    shape: [],
    learned: false,
  };
  return { kind: 'binary', operation: 'add', a, b, shape, layout: plainLayout(shape.length) };
}

/** Beyond it numbers are masks. */
const LARGEST_LEARNED = 1000;

/** Copies along axes: a product with ones. */
function expansionOf({ node, places, outShape }: Operators): FunctionNode {
  const data = Float32Array.of(1);
  const reading = places.place(node.inputs[0]!);
  const one: Term = { kind: 'constant', name: `${node.name}/one`, data, shape: [], learned: false };
  const a: Term = { kind: 'value', reading };
  const layout = plainLayout(outShape.length);
  return { source: { kind: 'binary', operation: 'multiply', a, b: one, shape: outShape, layout }, layout };
}

function choiceOf({ graph, node, places, outShape: shape }: Operators): FunctionNode | string {
  const [condition = '', ...operands] = node.inputs;
  const flags = graph.constants.get(condition);
  const [a, b] = operands.map((name) => fixedTerm(graph, places, name));
  if (flags === undefined || !a || !b) return 'Where can be trained with a constant condition, of float32';
  const data = Int8Array.from(asNumbers(flags.data), (flag) => (flag === 0 ? 0 : 1));
  const layout = layoutOf(places, operands, shape);
  return { source: { kind: 'choice', flags: { data, shape: flags.shape }, a, b, shape, layout }, layout };
}

/** A triangle of each matrix, and 0 beside it. */
function triangleOf({ graph, node, places, shape }: Operators): FunctionNode | string {
  const [x, diagonalName = ''] = node.inputs as readonly [string, string?];
  const given = graph.constants.get(diagonalName);
  if (diagonalName !== '' && given === undefined) return 'Trilu can be trained with a constant diagonal';
  const diagonal = given === undefined ? 0 : Number(given.data[0]);
  const isUpper = intAttribute(node, 'upper', 1) !== 0;
  const [rows, columns] = shape.slice(-2) as [number, number];
  const data = Int8Array.from({ length: rows * columns }, (_, i) => {
    const above = (i % columns) - Math.floor(i / columns);
    return Number(isUpper ? above >= diagonal : above <= diagonal);
  });
  const layout = places.orderOf(x);
  const a: Term = { kind: 'value', reading: places.place(x) };
  const b: Term = {
    kind: 'constant',
    name: `${node.name}/0`,
    data: new Float32Array(1),
    shape: [],
    learned: false,
  };
  return { source: { kind: 'choice', flags: { data, shape: [rows, columns] }, a, b, shape, layout }, layout };
}

function responseOf({ node, places, shape }: Operators): FunctionNode {
  const layout = channelsLast(shape.length);
  const channels = shape[1]!;
  const neighbours = intAttribute(node, 'size', 1) - 1;
  const [before, behind] = [Math.floor(neighbours / 2), Math.ceil(neighbours / 2)].map((one) =>
    Math.min(one, channels),
  );
  const alpha = floatAttribute(node, 'alpha', 1e-4) / (neighbours + 1);
  const beta = floatAttribute(node, 'beta', 0.75);
  const bias = floatAttribute(node, 'bias', 1);
  const x = places.readIn(node.inputs[0]!, layout).value;
  const window = windowSums(x, shape, layout, [before!, behind!], alpha);
  return {
    source: { kind: 'response', x, channels, before: before!, behind: behind!, alpha, beta, bias, window },
    layout,
  };
}

/** A mean or a maximum of rows is that of a pool of one column. */
function reductionOf(
  { graph, node, places, shape, outShape }: Operators,
  op: keyof typeof REDUCTIONS,
): FunctionNode | string {
  const axes = reducedAxes(graph, node);
  if (axes === null) return `${op} can be trained over constant axes`;
  const layout = sideBySide(places.orderOf(node.inputs[0]!), shape, axes);
  const x = places.readIn(node.inputs[0]!, layout).value;
  const rows = rowsOf(layout, shape, axes);
  const left = reducedLayout(layout, axes, outShape.length);
  const own = REDUCTIONS[op];
  if (own !== 'mean' && own !== 'most' && own !== 'least') {
    return { source: { kind: 'reduce', x, rows, of: own }, layout: left };
  }
  const { outer: batch, size, inner: channels } = rows;
  const window = { inH: size, inW: 1, kernelH: size, kernelW: 1, outH: 1, outW: 1, strideH: 1, strideW: 1 };
  const params = { ...window, batch, channels, padTop: 0, padLeft: 0 };
  if (own === 'mean') {
    return { source: { kind: 'averagePool', x, params: { ...params, countIncludePad: 0 } }, layout: left };
  }
  const dilated = { ...params, dilationH: 1, dilationW: 1 };
  return { source: { kind: 'maxPool', x, params: dilated, isLeast: own === 'least' }, layout: left };
}

const REDUCTIONS = {
  ...({ ReduceMean: 'mean', ReduceMax: 'most', ReduceMin: 'least', ReduceSum: 'sum' } as const),
  ...({ ReduceL1: 'magnitudes', ReduceSumSquare: 'squares', ReduceL2: 'rootOfSquares' } as const),
};

/** Parts that are constants lie in tables. */
function joinOf({ node, places, outShape }: Operators): FunctionNode {
  const attribute = intAttribute(node, 'axis', 0);
  const axis = attribute < 0 ? attribute + outShape.length : attribute;
  const layout = places.orderOf(node.inputs[0]!);
  const whole = wholeStrided(outShape, layout);
  let start = 0;
  const parts = node.inputs.map((name) => {
    const reading = places.place(name);
    const to = sliceView(whole, axis, start, reading.shape[axis]!, 1);
    start += reading.shape[axis]!;
    return { reading, to };
  });
  return { source: { kind: 'join', parts, fill: 0, size: elementCount(outShape) }, layout };
}

/** Whether a Gather is no view of one part. */
export function picksSeveral({ constants }: Pick<Graph, 'constants'>, { op, inputs }: Node): boolean {
  return op === 'Gather' && constants.get(inputs[1]!)?.data.length !== 1;
}

/** Blocks of pixels for channels, and back. */
function regroupedOf(
  { node, places, outShape }: Operators,
  regrouping: ReturnType<typeof depthToSpace>,
): FunctionNode {
  const { value, ...place } = places.place(node.inputs[0]!);
  const layout = channelsLast(outShape.length);
  const from = transposeView(splitAxes(place, regrouping.from), regrouping.order);
  const to = splitAxes(wholeStrided(outShape, layout), regrouping.to);
  return { source: { kind: 'move', x: value, from, to }, layout };
}

/** Gradients of more rows would be looked for in a table of all of them for each number. */
const MOST_ROWS = 2 ** 12;

function lookupOf({ graph, node, places, shape, outShape }: Operators): FunctionNode | string {
  const [table, numbers] = node.inputs as readonly [string, string];
  const constant = floatConstant({ graph }, table);
  const given = places.place(numbers);
  const [rows = 0, ...rest] = shape;
  const isGiven = given.value === graph.inputs[0]!.value && isWhole(given, plainLayout(given.shape.length));
  if (constant === null || intAttribute(node, 'axis', 0) !== 0 || !isGiven) {
    return 'Gather can be trained of the rows of a constant table, by the numbers that the model is given';
  }
  if (rows > MOST_ROWS) return `Gather can be trained of tables of up to ${MOST_ROWS} rows, not of ${rows}`;
  const data = constant.data as Float32Array;
  const count = elementCount(given.shape);
  const source = { kind: 'lookup', table, data, rows, width: elementCount(rest), count } as const;
  return { source, layout: plainLayout(outShape.length) };
}

/** What is cut off is not read; the rest lies in the middle of what is put around it. */
function paddedOf({ graph, node, places, shape, outShape }: Operators): FunctionNode | string {
  const [x = '', pads = '', value = '', axes = ''] = node.inputs;
  const numbers = (name: string): readonly number[] | null => {
    const constant = graph.constants.get(name);
    return constant === undefined ? null : Array.from(asNumbers(constant.data));
  };
  const widths = numbers(pads);
  const padded = axes === '' ? shape.map((_, axis) => axis) : numbers(axes);
  const fill = value === '' ? 0 : Number(graph.constants.get(value)?.data[0] ?? Number.NaN);
  if (widths === null || padded === null || !Number.isFinite(fill)) {
    return 'Pad can be trained with constant widths, axes and a constant value';
  }
  const layout = places.orderOf(x);
  let reading: Reading = places.place(x);
  let to = wholeStrided(outShape, layout);
  padded.forEach((given, i) => {
    const axis = given < 0 ? given + shape.length : given;
    const [before, after] = [widths[i]!, widths[i + padded.length]!];
    const count = shape[axis]! + Math.min(before, 0) + Math.min(after, 0);
    reading = { ...reading, ...sliceView<Strided>(reading, axis, Math.max(-before, 0), count, 1) };
    to = sliceView(to, axis, Math.max(before, 0), count, 1);
  });
  return { source: { kind: 'join', parts: [{ reading, to }], fill, size: elementCount(outShape) }, layout };
}

/** A reading with as many axes as the result, of size 1 where it repeats. */
export function aligned(reading: Strided, rank: number): Strided {
  const missing = rank - reading.shape.length;
  return {
    offset: reading.offset,
    shape: [...new Array<number>(missing).fill(1), ...reading.shape],
    strides: [...new Array<number>(missing).fill(0), ...reading.strides],
  };
}
