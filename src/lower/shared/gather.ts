/** Elements by their places: slices and copies where constant places run evenly, a kernel where they do not. */
import type { Node } from '../../graph/types.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { elementOffsets, tupleOffsets } from '../../ops/indexing.ts';
import { ARENA } from '../../program/types.ts';
import { codesIn, realConstant } from './constant-codes.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  elements,
  inStorage,
  type LoweringContext,
  operandQuant,
  shapeOf,
  TRUTH,
  unsupported,
  viewOf,
} from './context.ts';
import { restIsConstant } from './input-infos.ts';
import { lowerPad as lowerConstantPad } from './movement.ts';
import { bindTaken, layoutOfTaken, type Places, placesOfPad, roomForTaken, takeByCopies } from './places.ts';
import { pushTable, requantizeTable } from './table-step.ts';
import { type Layout, physicalShape, plainLayout, reshapeView, type View, wholeView } from './views.ts';

/** Binds what a node makes to the elements of a view at places along its axes: `takeByCopies`, else axis by axis through the kernel. */
function takePlaces(context: LoweringContext, node: Node, x: string, view: View, places: Places): void {
  if (takeByCopies(context, node, x, view, places)) return;
  const quant = operandQuant(context, x, node);
  const layout = layoutOfTaken(context, node, view, places);
  const taken = places.reduce<View>(
    (from, one, axis) => (one === null ? from : gatherAxis(context, node, from, quant, layout, axis, one)),
    view,
  );
  bindTaken(context, node, x, taken);
}

/** One axis through the kernel. */
function gatherAxis(
  context: LoweringContext,
  node: Node,
  view: View,
  quant: ActivationQuant | null,
  layout: Layout,
  axis: number,
  places: ArrayLike<number>,
): View {
  const source = contiguousView(context, node, view, quant, layout);
  const sizes = physicalShape(view.shape, layout);
  const at = layout.indexOf(axis);
  const shape = view.shape.with(axis, places.length);
  const destination = roomForTaken(context, node, shape, layout, quant);
  const indices = addConstant(context, `${node.name}_places`, Int32Array.from(places));
  pushGather(context, node, source, indices, destination, {
    outer: elements(sizes.slice(0, at)),
    size: sizes[at]!,
    inner: elements(sizes.slice(at + 1)),
    count: places.length,
  });
  return wholeView(destination, shape, layout);
}

function pushGather(
  context: LoweringContext,
  node: Node,
  source: number,
  indices: number,
  destination: number,
  params: { readonly outer: number; readonly size: number; readonly inner: number; readonly count: number },
): void {
  const step = { name: node.name, inputs: [source, indices], constants: [], outputs: [destination], params };
  switch (context.storage) {
    case 'int8':
      context.steps.push({ kernel: 'gather_s8', ...step });
      return;
    case 'float32':
      context.steps.push({ kernel: 'gather_f32', ...step });
      return;
    case 'int16':
      throw unsupported(
        node,
        `${node.op} of many places has no kernel for 16-bit codes`,
        'quantise what it reads and makes to 8 bits',
      );
  }
}

/** The tensor that holds a view contiguously: its own, or a copy. */
function contiguousView(
  context: LoweringContext,
  node: Node,
  view: View,
  quant: ActivationQuant | null,
  layout: Layout,
): number {
  const whole = wholeView(view.tensor, view.shape, layout);
  const lies =
    view.offset === 0 &&
    elements(context.tensors[view.tensor]!.shape) === elements(view.shape) &&
    view.shape.every((size, axis) => size === 1 || view.strides[axis] === whole.strides[axis]);
  if (lies) return view.tensor;
  const copy = roomForTaken(context, node, view.shape, layout, quant);
  addCopy(context, node, view, wholeView(copy, view.shape, layout));
  return copy;
}

/** Gather: rows along an axis by constant numbers, or rows of a constant table by numbers that the model is given. */
export function lowerGather(context: LoweringContext, node: Node): void {
  const [x, indices] = node.inputs as readonly [string, string];
  const constant = context.graph.constants.get(indices);
  if (constant === undefined) {
    lookUp(context, node);
    return;
  }
  const shape = shapeOf(context, x);
  const axis = axisOf(node, shape.length);
  const size = shape[axis]!;
  const places = Array.from(constant.data as ArrayLike<number | bigint>, Number).map((index) =>
    index < 0 ? index + size : index,
  );
  takePlaces(
    context,
    node,
    x,
    viewOf(context, x, node),
    shape.map((_, i) => (i === axis ? places : null)),
  );
}

function axisOf(node: Node, rank: number): number {
  const axis = intAttribute(node, 'axis', 0);
  return axis < 0 ? axis + rank : axis;
}

/** Numbers that a model is given, or computes, as int32. @throws TinymlError E_OP where they are not there */
export function numbersOf(context: LoweringContext, node: Node, name: string): View {
  const view = wholeNumbersOf(context, name);
  if (view === null) {
    throw unsupported(
      node,
      `${node.op} has an int8 kernel for numbers that the model is given as they are, or finds by ArgMax or TopK: "${name}" is neither`,
      'let the application compute them, and give them to the model as an int32 or int64 input',
    );
  }
  return view;
}

/** The same; null where they are not there. Integers lie with the codes, whatever a node computes in. */
function wholeNumbersOf(context: LoweringContext, name: string): View | null {
  const view = inStorage(context, 'int8').views.get(name);
  return view !== undefined && context.tensors[view.tensor]!.dtype === 'int32' ? view : null;
}

/** Rows by numbers that are known at run time. A constant table gets the scale of the output. */
function lookUp(context: LoweringContext, node: Node): void {
  const [x, indices] = node.inputs as readonly [string, string];
  const [value] = node.outputs as readonly [string];
  const numbers = numbersOf(context, node, indices);
  const shape = shapeOf(context, x);
  const axis = axisOf(node, shape.length);
  const output = operandQuant(context, value, node);
  const table = output === null ? null : realConstant(context, x);
  const quant = table === null ? operandQuant(context, x, node) : output;
  const plain = plainLayout(shape.length);
  const source =
    table === null || output === null
      ? contiguousIn(context, x, node, plain)
      : addConstant(context, `${node.name}_rows`, codesIn(table.data as Float32Array, output), shape);
  const count = elements(numbers.shape);
  const [outer, inner] = [elements(shape.slice(0, axis)), elements(shape.slice(axis + 1))];
  const destination = addTensor(context, {
    name: value,
    dtype: context.storage,
    shape: [outer, count, inner],
    quant,
    storage: ARENA,
  });
  pushGather(context, node, source, numbers.tensor, destination, {
    outer,
    size: shape[axis]!,
    inner,
    count,
  });
  const shaped = shapeOf(context, value);
  const view = wholeView(destination, shaped, plainLayout(shaped.length));
  if (quant === null || output === null) context.views.set(value, view);
  else bindRescaled(context, node, value, view, quant, output);
}

/** Whole numbers that a table has codes for; those beyond are taken for 255, and below -255 for 0. */
const TABLED = 256;

/**
 * Cast of numbers that the model is given: codes out of a table of 0 .. 255, with -256 .. -1 behind them.
 * @throws TinymlError E_OP where codes reach further
 */
export function lowerCastOfNumbers(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const numbers = numbersOf(context, node, x);
  const { dtype } = context.graph.values.get(value)!;
  if (dtype === 'int32' || dtype === 'int64') {
    context.views.set(value, numbers);
    return;
  }
  const isTruth = dtype === 'bool';
  const output = isTruth ? TRUTH : activationQuant(context, value, node);
  const reach = [-128, 127].map((code) => Math.abs((code - output.zeroPoint) * output.scale));
  if (dtype !== 'bool' && (dtype !== 'float32' || Math.max(...reach) >= TABLED)) {
    throw unsupported(
      node,
      `Cast from whole numbers to ${dtype} has an int8 kernel for numbers of a magnitude below ${TABLED}`,
      'let the application convert, and give the model real numbers',
    );
  }
  const real = Float32Array.from({ length: 2 * TABLED }, (_, i) => (i < TABLED ? i : i - 2 * TABLED));
  const table = isTruth ? Int8Array.from(real, (number) => Number(number !== 0)) : codesIn(real, output);
  const shape = shapeOf(context, value);
  const plain = plainLayout(shape.length);
  const destination = roomForTaken(context, node, shape, plain, output);
  const rows = addConstant(context, `${node.name}_codes`, table);
  pushGather(context, node, rows, numbers.tensor, destination, {
    outer: 1,
    size: table.length,
    inner: 1,
    count: elements(shape),
  });
  context.views.set(value, wholeView(destination, shape, plain));
}

/** Binds a value to codes that were made for it, in another quantisation than its own where the file says so. */
export function bindRescaled(
  context: LoweringContext,
  node: Node,
  value: string,
  view: View,
  from: ActivationQuant,
  to: ActivationQuant,
): void {
  if (from.scale === to.scale && from.zeroPoint === to.zeroPoint) {
    context.views.set(value, view);
    return;
  }
  const source = context.tensors[view.tensor]!;
  const tensor = addTensor(context, { ...source, name: value, quant: to });
  pushTable(context, node, view.tensor, tensor, elements(source.shape), requantizeTable(from, to));
  context.views.set(value, { ...view, tensor });
}

/** GatherElements and GatherND with constant places: elements, or runs of them, by their number in the input. */
export function lowerGatherPlaces(context: LoweringContext, node: Node): void {
  const [x, indices] = node.inputs as readonly [string, string];
  const constant = context.graph.constants.get(indices);
  if (constant === undefined) {
    throw unsupported(
      node,
      `${node.op} has an int8 kernel for constant places only`,
      'make the places constant, or use Gather, which takes numbers that the model is given',
    );
  }
  const shape = shapeOf(context, x);
  const whole = elements(shape);
  const offsets =
    node.op === 'GatherElements'
      ? elementOffsets(node, shape, constant, axisOf(node, shape.length))
      : tupleOffsets(node, shape, constant, intAttribute(node, 'batch_dims', 0));
  const length = elements(shapeOf(context, node.outputs[0]!)) / offsets.length;
  const plain = plainLayout(shape.length);
  const view = reshapeView(wholeView(contiguousIn(context, x, node, plain), shape, plain), [
    whole / length,
    length,
  ])!;
  takePlaces(context, node, x, view, [offsets.map((offset) => offset / length), null]);
}

/** Pad: with a constant as copies into what is filled, with elements of the input by their places. */
export function lowerPad(context: LoweringContext, node: Node): void {
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode === 'constant') {
    lowerConstantPad(context, node);
    return;
  }
  if (!restIsConstant(context, node)) {
    throw unsupported(
      node,
      'Pad has an int8 kernel for constant amounts only',
      'export the model with fixed shapes, so that the amounts are constant',
    );
  }
  const [x] = node.inputs as readonly [string];
  takePlaces(context, node, x, viewOf(context, x, node), placesOfPad(context, node));
}
