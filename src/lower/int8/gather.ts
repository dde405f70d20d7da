/** Elements by their places: slices and copies where constant places run evenly, a kernel where they do not. */
import { sameShape } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { elementOffsets, tupleOffsets } from '../../ops/indexing.ts';
import { padPlaces } from '../../ops/movement.ts';
import { ARENA } from '../../program/types.ts';
import { codesIn, realConstant } from '../shared/constant-codes.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { inputInfos, restIsConstant } from '../shared/input-infos.ts';
import { bindView, lowerPad as lowerConstantPad } from '../shared/movement.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import {
  type Layout,
  physicalShape,
  plainLayout,
  reshapeView,
  sliceView,
  type View,
  wholeView,
} from '../shared/views.ts';

/** Places that follow each other evenly: `count` of them from `start`, `step` apart. */
type Run = { readonly at: number; readonly start: number; readonly step: number; readonly count: number };

/** More copies than these take more code and calls than a table of places. */
const MOST_COPIES = 12;

/** Places as few even runs; a run of one has the step 1. */
function runsOf(places: ArrayLike<number>): readonly Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < places.length; ) {
    const start = places[at]!;
    const step = at + 1 < places.length ? places[at + 1]! - start : 1;
    let count = 1;
    while (at + count < places.length && places[at + count]! === start + count * step) count++;
    runs.push({ at, start, step, count });
    at += count;
  }
  return runs;
}

/**
 * Binds `value` to the elements of a view at places along its axes: `places[axis]`, or null where an axis stays whole. The
 * value has the shape that the places give, or another of as many elements.
 */
function takePlaces(
  context: LoweringContext,
  node: Node,
  x: string,
  view: View,
  places: readonly (ArrayLike<number> | null)[],
): void {
  const [value] = node.outputs as readonly [string];
  const shape = view.shape.map((size, axis) => places[axis]?.length ?? size);
  const runs = places.map((one) => (one === null ? null : runsOf(one)));
  const copies = runs.reduce((product, one) => product * (one?.length ?? 1), 1);
  const own = sameShape(shape, shapeOf(context, value));
  const layout = own ? layoutOf(context, value) : plainLayout(shape.length);
  const bind = (taken: View): void =>
    bindView(context, node, x, value, own ? taken : reshapeView(taken, shapeOf(context, value))!);
  if (copies === 1) {
    const taken = runs.reduce<View>(
      (part, one, axis) =>
        one === null ? part : sliceView(part, axis, one[0]!.start, one[0]!.count, one[0]!.step),
      view,
    );
    if (own || reshapeView(taken, shapeOf(context, value)) !== null) {
      bind(taken);
      return;
    }
  }
  const quant = activationQuant(context, x, node);
  if (copies <= MOST_COPIES) {
    const to = wholeView(gathered(context, node, shape, layout, quant), shape, layout);
    copyRuns(context, node, view, to, runs);
    bind(to);
    return;
  }
  let [from, last] = [view, -1];
  places.forEach((one, axis) => {
    if (one === null) return;
    last = axis;
    from = gatherAxis(context, node, from, quant, layout, axis, one);
  });
  if (last >= 0) bind(from);
}

/** Room for what is gathered. */
function gathered(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
  quant: ActivationQuant,
): number {
  return addTensor(context, {
    name: `${node.name}_gathered`,
    dtype: 'int8',
    shape: physicalShape(shape, layout),
    quant,
    storage: ARENA,
  });
}

/** A copy for every combination of runs. */
function copyRuns(
  context: LoweringContext,
  node: Node,
  from: View,
  to: View,
  runs: readonly (readonly Run[] | null)[],
): void {
  const walk = (axis: number, source: View, target: View): void => {
    if (axis === runs.length) {
      addCopy(context, node, source, target);
      return;
    }
    const own = runs[axis]!;
    if (own === null) {
      walk(axis + 1, source, target);
      return;
    }
    for (const { at, start, step, count } of own) {
      walk(axis + 1, sliceView(source, axis, start, count, step), sliceView(target, axis, at, count, 1));
    }
  };
  walk(0, from, to);
}

/** One axis through the kernel. */
function gatherAxis(
  context: LoweringContext,
  node: Node,
  view: View,
  quant: ActivationQuant,
  layout: Layout,
  axis: number,
  places: ArrayLike<number>,
): View {
  const source = contiguousView(context, node, view, quant, layout);
  const sizes = physicalShape(view.shape, layout);
  const at = layout.indexOf(axis);
  const shape = view.shape.with(axis, places.length);
  const destination = gathered(context, node, shape, layout, quant);
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
  context.steps.push({
    kernel: 'gather_s8',
    name: node.name,
    inputs: [source, indices],
    constants: [],
    outputs: [destination],
    params,
  });
}

/** The tensor that holds a view contiguously: its own, or a copy. */
function contiguousView(
  context: LoweringContext,
  node: Node,
  view: View,
  quant: ActivationQuant,
  layout: Layout,
): number {
  const whole = wholeView(view.tensor, view.shape, layout);
  const lies =
    view.offset === 0 &&
    elements(context.tensors[view.tensor]!.shape) === elements(view.shape) &&
    view.shape.every((size, axis) => size === 1 || view.strides[axis] === whole.strides[axis]);
  if (lies) return view.tensor;
  const copy = gathered(context, node, view.shape, layout, quant);
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
  const view = context.views.get(name);
  if (view === undefined || context.tensors[view.tensor]!.dtype !== 'int32') {
    throw unsupported(
      node,
      `${node.op} has an int8 kernel for numbers that the model is given as they are, or finds by ArgMax or TopK: "${name}" is neither`,
      'let the application compute them, and give them to the model as an int32 or int64 input',
    );
  }
  return view;
}

/** Rows by numbers that are known at run time. A constant table gets the scale of the output. */
function lookUp(context: LoweringContext, node: Node): void {
  const [x, indices] = node.inputs as readonly [string, string];
  const [value] = node.outputs as readonly [string];
  const numbers = numbersOf(context, node, indices);
  const shape = shapeOf(context, x);
  const axis = axisOf(node, shape.length);
  const output = activationQuant(context, value, node);
  const table = realConstant(context, x);
  const quant = table === null ? activationQuant(context, x, node) : output;
  const plain = plainLayout(shape.length);
  const source =
    table === null
      ? contiguousIn(context, x, node, plain)
      : addConstant(context, `${node.name}_rows`, codesIn(table.data as Float32Array, output), shape);
  const count = elements(numbers.shape);
  const [outer, inner] = [elements(shape.slice(0, axis)), elements(shape.slice(axis + 1))];
  const destination = addTensor(context, {
    name: value,
    dtype: 'int8',
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
  bindRescaled(context, node, value, view, quant, output);
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
  const places = padPlaces(node, inputInfos(context, node));
  const view = viewOf(context, x, node);
  takePlaces(
    context,
    node,
    x,
    view,
    places.map((one, axis) => (isIdentity(one, view.shape[axis]!) ? null : one)),
  );
}

function isIdentity(places: Int32Array, size: number): boolean {
  return places.length === size && places.every((place, i) => place === i);
}
