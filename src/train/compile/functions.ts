/**
 * Functions of kept values that have no weights of a layer: products of activations, softmax, normalisations by the statistics of
 * each sample, functions of each element, arithmetic that broadcasts, reductions, joins. All of them compute in float32 from values as they
 * are kept, but for products of matrices, which each method computes in its own way.
 */
import { MASKED_SOFTMAX, SILU } from '../../graph/own-operators.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { type UnaryForm, unaryForm } from '../../lower/float32/unary.ts';
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
import { broadcastTo } from '../../ops/arrays.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { floatConstant } from '../../passes/match.ts';
import type { AvgPool2dShape, MaxPool2dShape } from '../../program/kernels/common.ts';
import type { Places, Reading } from './places.ts';

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
  | { readonly kind: 'sum'; readonly x: string; readonly rows: Rows }
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

/** What a node is, and how its output lies: a reduction may be a pool over rows, blocks of pixels are moved. */
type FunctionNode = {
  readonly source:
    | FunctionSource
    | { readonly kind: 'averagePool'; readonly x: string; readonly params: AvgPool2dShape }
    | { readonly kind: 'maxPool'; readonly x: string; readonly params: MaxPool2dShape }
    | { readonly kind: 'move'; readonly x: string; readonly from: Strided; readonly to: Strided };
  readonly layout: Layout;
};

/** What a function reads. */
export function functionInputs(source: FunctionSource): readonly string[] {
  switch (source.kind) {
    case 'product':
      return [source.a.value, source.b.value];
    case 'binary':
      return [source.a, source.b].flatMap((term) => (term.kind === 'value' ? [term.reading.value] : []));
    case 'join':
      return source.parts.map(({ reading }) => reading.value);
    case 'lookup':
      return [];
    case 'softmax':
    case 'normalise':
    case 'unary':
    case 'sum':
      return [source.x];
  }
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
      return { ...source, a: term(source.a), b: term(source.b) };
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
    case 'sum':
      return { ...source, x: value(source.x) };
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
    case 'Max':
    case 'Min':
    case 'PRelu':
      return binaryOf(all, OPERATIONS[node.op]);
    case 'Expand':
      return expansionOf(all);
    case 'Where':
      return choiceOf(all);
    case 'ReduceMean':
    case 'ReduceSum':
    case 'ReduceMax':
      return reductionOf(all, node.op);
    case 'Concat':
      return joinOf(all);
    case 'Gather':
      return pickedOf(all);
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
  ...({ Max: 'maximum', Min: 'minimum', PRelu: 'prelu' } as const),
};

/** Questions about constants need no readers. */
function viewWithout(graph: Graph) {
  return { graph, readers: new Map(), outputs: new Set<string>() };
}

function productOf({ graph, node, places, outShape }: Operators): FunctionNode | string {
  if (node.inputs.some((name) => graph.constants.has(name))) {
    return 'MatMul with a constant can be trained where that is one matrix on the right';
  }
  const [a, b] = node.inputs.map((name) => {
    const reading = places.place(name);
    const [row, column] = [reading.strides.at(-2), reading.strides.at(-1)];
    if (reading.shape.length >= 2 && (row === 1 || column === 1)) return reading;
    return places.readIn(name, plainLayout(reading.shape.length));
  }) as [Reading, Reading];
  if (a.shape.length < 2 || b.shape.length < 2) return 'MatMul can be trained of matrices, not of vectors';
  const stack = (one: Reading): Reading => ({ value: one.value, ...aligned(one, outShape.length) });
  const source = { kind: 'product', a: stack(a), b: stack(b), shape: outShape } as const;
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
  if (node.inputs.length !== 2) return `${node.op} can be trained of two operands`;
  const terms = node.inputs.map((name) => termOf(graph, places, name, operation));
  const [a, b] = terms;
  if (a === null || b === null) return `${node.op} can be trained with constants of float32`;
  return arithmetic(places, node, operation, a!, b!, outShape);
}

/** Lies as the first operand that has the shape of the result does. */
function arithmetic(
  places: Places,
  node: Node,
  operation: BinaryOperation,
  a: Term,
  b: Term,
  shape: readonly number[],
): FunctionNode {
  const whole = node.inputs.find((_, i) => {
    const term = [a, b][i];
    return term?.kind === 'value' && sameShape(term.reading.shape, shape);
  });
  const layout = whole === undefined ? plainLayout(shape.length) : places.orderOf(whole);
  return { source: { kind: 'binary', operation, a, b, shape, layout }, layout };
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

/** Where of a constant condition: parts of one operand, where the other is one constant number. */
function choiceOf({ graph, node, places, outShape }: Operators): FunctionNode | string {
  const [condition = '', yes = '', no = ''] = node.inputs;
  const flags = graph.constants.get(condition);
  const [kept, other, keeps] = graph.constants.has(no) ? [yes, no, true] : [no, yes, false];
  const number = floatConstant({ graph }, other);
  if (
    flags === undefined ||
    number === null ||
    graph.constants.has(kept) ||
    number.data.some((one) => one !== 0)
  ) {
    return 'Where can be trained with a constant condition, where one operand is 0';
  }
  const whole = broadcastTo(flags, outShape).data as ArrayLike<number | bigint | boolean>;
  const data = Float32Array.from(whole, (flag) => (Boolean(Number(flag)) === keeps ? 1 : 0));
  const mask: Term = { kind: 'constant', name: `${node.name}/mask`, data, shape: outShape, learned: false };
  const a: Term = { kind: 'value', reading: places.place(kept) };
  const layout = plainLayout(outShape.length);
  return { source: { kind: 'binary', operation: 'multiply', a, b: mask, shape: outShape, layout }, layout };
}

/** A mean or a maximum of rows is that of a pool of one column. */
function reductionOf(
  { graph, node, places, shape, outShape }: Operators,
  op: 'ReduceMean' | 'ReduceSum' | 'ReduceMax',
): FunctionNode | string {
  const axes = reducedAxes(graph, node);
  if (axes === null) return `${op} can be trained over constant axes`;
  const layout = sideBySide(places.orderOf(node.inputs[0]!), shape, axes);
  const x = places.readIn(node.inputs[0]!, layout).value;
  const rows = rowsOf(layout, shape, axes);
  const left = reducedLayout(layout, axes, outShape.length);
  if (op === 'ReduceSum') return { source: { kind: 'sum', x, rows }, layout: left };
  const { outer: batch, size, inner: channels } = rows;
  const window = { inH: size, inW: 1, kernelH: size, kernelW: 1, outH: 1, outW: 1, strideH: 1, strideW: 1 };
  const params = { ...window, batch, channels, padTop: 0, padLeft: 0 };
  return op === 'ReduceMean'
    ? { source: { kind: 'averagePool', x, params: { ...params, countIncludePad: 0 } }, layout: left }
    : { source: { kind: 'maxPool', x, params: { ...params, dilationH: 1, dilationW: 1 } }, layout: left };
}

function joinOf({ graph, node, places, outShape }: Operators): FunctionNode | string {
  if (node.inputs.some((name) => graph.constants.has(name)))
    return 'Concat can be trained of computed tensors';
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
export function picksSeveral(graph: Graph, { op, inputs }: Node): boolean {
  return op === 'Gather' && graph.constants.get(inputs[1]!)?.data.length !== 1;
}

/** Parts by constant numbers, beside each other. */
function pickedOf({ graph, node, places, shape, outShape }: Operators): FunctionNode | string {
  const [x, indices] = node.inputs as readonly [string, string];
  const numbers = graph.constants.get(indices);
  if (numbers === undefined) return lookupOf({ graph, node, places, shape, outShape });
  if (numbers.shape.length > 1 || graph.constants.has(x)) {
    return 'Gather can be trained by a row of constant numbers, of what is computed';
  }
  const attribute = intAttribute(node, 'axis', 0);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const reading = places.place(x);
  const layout = places.orderOf(x);
  const whole = wholeStrided(outShape, layout);
  const parts = Array.from(numbers.data as ArrayLike<number | bigint>, Number).map((index, i) => ({
    reading: sliceView(reading, axis, index < 0 ? index + shape[axis]! : index, 1, 1),
    to: sliceView(whole, axis, i, 1, 1),
  }));
  return { source: { kind: 'join', parts, fill: 0, size: elementCount(outShape) }, layout };
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

function paddedOf({ graph, node, places, shape, outShape }: Operators): FunctionNode | string {
  const [, pads = '', value = '', axes = ''] = node.inputs;
  const widths = graph.constants.get(pads);
  const fill = value === '' ? 0 : Number(graph.constants.get(value)?.data[0] ?? Number.NaN);
  if (
    widths === undefined ||
    axes !== '' ||
    !Number.isFinite(fill) ||
    stringAttribute(node, 'mode', 'constant') !== 'constant'
  ) {
    return 'Pad can be trained with constant widths, all axes and a constant value';
  }
  const before = Array.from(widths.data as ArrayLike<number | bigint>, Number).slice(0, shape.length);
  const reading = places.place(node.inputs[0]!);
  if (before.some((width, i) => width < 0 || outShape[i]! - width < shape[i]!))
    return 'Pad can be trained that adds, not one that crops';
  const layout = places.orderOf(node.inputs[0]!);
  const to = before.reduce(
    (view, width, axis) => sliceView(view, axis, width, shape[axis]!, 1),
    wholeStrided(outShape, layout),
  );
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
