/** Operators that move bytes: views where the order allows it, strided copies where it does not. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { clamp } from '../../program/kernels/common.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import { codesIn, constantView, realConstant } from './constant-codes.ts';
import {
  type ActivationQuant,
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
  unsupported,
  viewOf,
} from './context.ts';
import { codeRange } from './fused-activation.ts';
import { slicedView, transposedView } from './moved-view.ts';
import { pushTable, requantizeTable } from './table-step.ts';
import { physicalShape, plainLayout, reshapeView, sliceView, type View, wholeView } from './views.ts';

export function lowerReshape(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, value);
  const view = viewOf(context, x, node);
  const direct = reshapeView(view, shape);
  if (direct !== null) {
    const { dtype } = context.graph.values.get(value)!;
    // Numbers have no codes.
    if (dtype === 'int32' || dtype === 'int64') context.views.set(value, direct);
    else bindView(context, node, x, value, direct);
    return;
  }
  const order = featureOrder(context, node, value, view);
  if (order !== null) {
    context.featureOrders.set(value, order);
    bindView(context, node, x, value, { ...view, shape, strides: [order.length, 1] });
    return;
  }
  const input = operandQuant(context, x, node);
  const destination = defineValue(context, value, input);
  const layout = layoutOf(context, value);
  const target = wholeView(destination, shape, layout);
  const mirrored = reshapeView(target, view.shape);
  if (mirrored !== null) {
    addCopy(context, node, view, mirrored);
  } else {
    const plain = contiguousIn(context, x, node, plainLayout(view.shape.length));
    const flat = reshapeView(wholeView(plain, view.shape, plainLayout(view.shape.length)), shape);
    addCopy(context, node, flat!, target);
  }
  rescaleInPlace(context, node, value, input);
}

/**
 * A [rows, features] value that only Gemm nodes read may keep the channels-last order of its bytes: the weights'
 * columns are permuted instead. Returns featureOrder[physical] = ONNX index, or null where a copy is needed.
 */
function featureOrder(context: LoweringContext, node: Node, value: string, view: View): Int32Array | null {
  const shape = shapeOf(context, value);
  const readers = context.consumers.get(value) ?? [];
  const tensor = context.tensors[view.tensor]!;
  const onlyGemm = readers.every((reader) => reader.op === 'Gemm' && reader.inputs[0] === value);
  const keepsRows = shape.length === 2 && shape[0] === view.shape[0];
  const repeats = view.shape.some((size, axis) => size > 1 && view.strides[axis] === 0);
  const dense = view.offset === 0 && elements(tensor.shape) === elements(view.shape) && !repeats;
  if (!onlyGemm || !keepsRows || !dense || context.outputValues.has(value)) return null;
  if (requantizesOnTheWay(context, node, value)) return null;
  const features = shape[1]!;
  if (shape[0] !== 1 && view.strides[0] !== features) return null;
  const order = new Int32Array(features);
  const axes = view.shape.slice(1);
  const index = new Array<number>(axes.length).fill(0);
  for (let onnx = 0; onnx < features; onnx++) {
    order[index.reduce((at, i, axis) => at + i * view.strides[axis + 1]!, 0)] = onnx;
    for (let axis = axes.length - 1; axis >= 0 && ++index[axis]! === axes[axis]!; axis--) index[axis] = 0;
  }
  return order;
}

export function lowerTranspose(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  bindView(context, node, x, node.outputs[0]!, transposedView(node, viewOf(context, x, node)));
}

export function lowerSlice(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const view = slicedView(context.graph, node, viewOf(context, x, node));
  if (view === null) throw unsupported(node, 'Slice has an int8 kernel for constant bounds only');
  bindView(context, node, x, node.outputs[0]!, view);
}

export function lowerSplit(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', 0);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  let start = 0;
  for (const value of node.outputs) {
    const size = shapeOf(context, value)[axis]!;
    bindView(context, node, x, value, sliceView(viewOf(context, x, node), axis, start, size, 1));
    start += size;
  }
}

export function lowerConcat(context: LoweringContext, node: Node): void {
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, value);
  const attribute = intAttribute(node, 'axis', 0);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const output = operandQuant(context, value, node);
  const sources = node.inputs.map((x) => viewIn(context, node, x, output));
  const destination = defineValue(context, value, output);
  const whole = wholeView(destination, shape, layoutOf(context, value));
  let start = 0;
  for (const source of sources) {
    const size = source.shape[axis]!;
    if (size > 0) addCopy(context, node, source, sliceView(whole, axis, start, size, 1));
    start += size;
  }
}

export function lowerPad(context: LoweringContext, node: Node): void {
  const [x, padsName] = node.inputs as readonly [string, string];
  const mode = node.attributes.mode?.kind === 'string' ? node.attributes.mode.value : 'constant';
  const pads = context.graph.constants.get(padsName);
  const valueName = node.inputs[2] ?? '';
  const fill = valueName === '' ? 0 : Number(context.graph.constants.get(valueName)?.data[0] ?? Number.NaN);
  if (mode !== 'constant' || pads === undefined || Number.isNaN(fill)) {
    throw unsupported(
      node,
      'Pad has an int8 kernel for constant mode with constant amounts only',
      'pad with a constant (mode constant), or let the Conv behind it pad with zeros',
    );
  }
  const amounts = Array.from(pads.data as BigInt64Array, Number);
  const shape = shapeOf(context, x);
  const axesName = node.inputs[3] ?? '';
  const axesData = context.graph.constants.get(axesName)?.data as BigInt64Array | undefined;
  const axes = axesData === undefined ? shape.map((_, i) => i) : Array.from(axesData, Number);
  const [value] = node.outputs as readonly [string];
  const output = operandQuant(context, value, node);
  const source = rescaled(context, node, x, viewOf(context, x, node), output);
  const destination = defineValue(context, value, output);
  const outShape = shapeOf(context, value);
  fillWith(context, node, destination, elements(outShape), fill, output);
  let from = source;
  let to = wholeView(destination, outShape, layoutOf(context, value));
  axes.forEach((rawAxis, i) => {
    const axis = rawAxis < 0 ? rawAxis + shape.length : rawAxis;
    const begin = amounts[i]!;
    const end = amounts[axes.length + i]!;
    // Negative amounts crop.
    const size = Math.max(shape[axis]! + Math.min(begin, 0) + Math.min(end, 0), 0);
    from = sliceView(from, axis, Math.max(-begin, 0), size, 1);
    to = sliceView(to, axis, Math.max(begin, 0), size, 1);
  });
  addCopy(context, node, from, to);
}

/** Codes of real numbers in the type that the node computes in. */
function codesOf(
  context: LoweringContext,
  reals: ArrayLike<number>,
  quant: ActivationQuant,
): Int8Array | Int16Array {
  if (context.storage !== 'int16') return codesIn(reals, quant);
  const [lowest, highest] = codeRange(context);
  return Int16Array.from(reals, (real) => clamp(Math.round(real / quant.scale), lowest, highest));
}

/** Fills a tensor: with a byte, or by copying one constant to all elements. */
function fillWith(
  context: LoweringContext,
  node: Node,
  destination: TensorId,
  size: number,
  real: number,
  quant: ActivationQuant | null,
): void {
  if (quant === null || context.storage !== 'int8') {
    const filling = quant === null ? Float32Array.of(real) : codesOf(context, [real], quant);
    const source = addConstant(context, `${node.name}_fill`, filling);
    const one = { tensor: source, offset: 0, shape: [size], strides: [0] };
    addCopy(context, node, one, { tensor: destination, offset: 0, shape: [size], strides: [1] });
    return;
  }
  const [value = 0] = codesIn([real], quant);
  context.steps.push({
    kernel: 'fill_s8',
    name: node.name,
    inputs: [],
    constants: [],
    outputs: [destination],
    params: { size, value },
  });
}

/** Binds a value to a view of its input's bytes; where the scales differ the bytes go through a table. */
export function bindView(context: LoweringContext, node: Node, x: string, value: string, view: View): void {
  const input = operandQuant(context, x, node);
  const output = operandQuant(context, value, node);
  const change = rescaling(input, output);
  if (change === null) {
    context.views.set(value, view);
    return;
  }
  const shape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const moved = addTensor(context, {
    name: `${value}_moved`,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant: input,
    storage: ARENA,
  });
  addCopy(context, node, view, wholeView(moved, shape, layout));
  const destination = defineValue(context, value, output);
  pushRescaling(context, node, moved, destination, elements(shape), change);
}

/** The view in the wanted quantisation: itself, or requantised bytes of the whole tensor behind it. */
export function rescaled(
  context: LoweringContext,
  node: Node,
  x: string,
  view: View,
  wanted: ActivationQuant | null,
): View {
  const input = operandQuant(context, x, node);
  const change = rescaling(input, wanted);
  if (change === null) return view;
  const source = context.tensors[view.tensor]!;
  const copy = addTensor(context, { ...source, name: `${x}_rescaled`, quant: wanted, storage: ARENA });
  pushRescaling(context, node, view.tensor, copy, elements(source.shape), change);
  return { ...view, tensor: copy };
}

/** An activation or a constant in the wanted quantisation. */
export function viewIn(
  context: LoweringContext,
  node: Node,
  name: string,
  wanted: ActivationQuant | null,
): View {
  const constant = wanted === null ? null : realConstant(context, name);
  return constant === null || wanted === null
    ? rescaled(context, node, name, viewOf(context, name, node), wanted)
    : constantView(context, node, codesOf(context, constant.data as Float32Array, wanted), constant.shape);
}

/** After bytes were copied at the input's scale into a value whose own scale differs. */
function rescaleInPlace(
  context: LoweringContext,
  node: Node,
  value: string,
  input: ActivationQuant | null,
): void {
  const output = operandQuant(context, value, node);
  const change = rescaling(input, output);
  if (change === null) return;
  const copied = viewOf(context, value, node).tensor;
  const destination = defineValue(context, value, output);
  pushRescaling(context, node, copied, destination, elements(shapeOf(context, value)), change);
}

function requantizesOnTheWay(context: LoweringContext, node: Node, value: string): boolean {
  return rescaling(operandQuant(context, node.inputs[0]!, node), operandQuant(context, value, node)) !== null;
}

/** From one quantisation to another. */
type Rescaling = { readonly from: ActivationQuant; readonly to: ActivationQuant };

/** Null where both are the same, or there is none. */
function rescaling(from: ActivationQuant | null, to: ActivationQuant | null): Rescaling | null {
  if (from === null || to === null) return null;
  return from.scale === to.scale && from.zeroPoint === to.zeroPoint ? null : { from, to };
}

function pushRescaling(
  context: LoweringContext,
  node: Node,
  source: TensorId,
  destination: TensorId,
  size: number,
  { from, to }: Rescaling,
): void {
  if (context.storage === 'int8') {
    pushTable(context, node, source, destination, size, requantizeTable(from, to));
    return;
  }
  const [actMin, actMax] = codeRange(context);
  context.steps.push({
    kernel: 'requantize_s16',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [destination],
    params: { size, ...quantizeMultiplier(from.scale / to.scale), actMin, actMax },
  });
}
