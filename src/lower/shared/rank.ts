/** Operators that find the largest or smallest elements, and where: places are int32 on a device. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import { codesIn, realConstant } from './constant-codes.ts';
import {
  type ActivationQuant,
  addConstant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  inStorage,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
  unsupported,
} from './context.ts';
import { bindRescaled, numbersOf } from './gather.ts';
import { axisRows } from './rows.ts';
import { isWhole, type Layout, physicalShape, plainLayout, type View, wholeView } from './views.ts';

type Ranked = {
  readonly values: TensorId;
  readonly places: TensorId;
  /** Of both, along the axis k of them. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly axis: number;
  readonly quant: ActivationQuant | null;
};

/** The first k along an axis, by value. */
function rank(
  context: LoweringContext,
  node: Node,
  axisAttribute: number,
  k: number,
  order: { readonly largest: number; readonly last: number },
): Ranked {
  const [x] = node.inputs as readonly [string];
  const whole = shapeOf(context, x);
  const axis = axisAttribute < 0 ? axisAttribute + whole.length : axisAttribute;
  const layout = layoutOf(context, x);
  const quant = operandQuant(context, x, node);
  const source = contiguousIn(context, x, node, layout);
  const shape = whole.with(axis, k);
  const room = { shape: physicalShape(shape, layout), storage: ARENA } as const;
  const values = addTensor(context, {
    ...room,
    name: `${node.name}_values`,
    dtype: context.storage,
    quant,
  });
  const places = addTensor(context, { ...room, name: `${node.name}_places`, dtype: 'int32', quant: null });
  context.steps.push({
    kernel: quant === null ? 'top_k_f32' : 'top_k_s8',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [values, places],
    params: { ...axisRows(layout, whole, axis), k, ...order },
  });
  return { values, places, shape, layout, axis, quant };
}

/** ArgMax and ArgMin. */
export function lowerArgument(context: LoweringContext, node: Node): void {
  const found = rank(context, node, intAttribute(node, 'axis', 0), 1, {
    largest: node.op === 'ArgMax' ? 1 : 0,
    last: intAttribute(node, 'select_last_index', 0) === 0 ? 0 : 1,
  });
  const view = wholeView(found.places, found.shape, found.layout);
  const keeps = intAttribute(node, 'keepdims', 1) !== 0;
  inStorage(context, 'int8').views.set(node.outputs[0]!, keeps ? view : withoutAxis(view, found.axis));
}

export function lowerTopK(context: LoweringContext, node: Node): void {
  const k = context.graph.constants.get(node.inputs[1]!);
  if (k === undefined) {
    throw unsupported(
      node,
      'TopK has an int8 kernel for a constant k only',
      'make k a constant of the model',
    );
  }
  const found = rank(context, node, intAttribute(node, 'axis', -1), Number(k.data[0]), {
    largest: intAttribute(node, 'largest', 1) === 0 ? 0 : 1,
    last: 0,
  });
  const [values = '', places = ''] = node.outputs;
  if (values !== '') {
    const view = wholeView(found.values, found.shape, found.layout);
    const output = operandQuant(context, values, node);
    if (found.quant === null || output === null) context.views.set(values, view);
    else bindRescaled(context, node, values, view, found.quant, output);
  }
  if (places !== '')
    inStorage(context, 'int8').views.set(places, wholeView(found.places, found.shape, found.layout));
}

/** 1 at the first largest element along an axis, 0 elsewhere. */
export function lowerHardmax(context: LoweringContext, node: Node): void {
  const [value] = node.outputs as readonly [string];
  const found = rank(context, node, intAttribute(node, 'axis', -1), 1, { largest: 1, last: 0 });
  const destination = defineValue(context, value, operandQuant(context, value, node), found.layout);
  const { outer, size, inner } = axisRows(found.layout, shapeOf(context, value), found.axis);
  pushOneHot(context, node, found.places, destination, [0, 1], { outer, depth: size, inner });
}

/** @param choices real numbers: elsewhere, and at the place */
function pushOneHot(
  context: LoweringContext,
  node: Node,
  places: TensorId,
  destination: TensorId,
  choices: ArrayLike<number>,
  params: { readonly outer: number; readonly depth: number; readonly inner: number },
): void {
  const quant = operandQuant(context, node.outputs[0]!, node);
  const step = { name: node.name, inputs: [places], outputs: [destination] };
  if (quant === null) {
    const constants = [addConstant(context, `${node.name}_choices`, Float32Array.from(choices))];
    context.steps.push({ kernel: 'one_hot_f32', ...step, constants, params });
    return;
  }
  const [off, on] = codesIn(choices, quant) as unknown as [number, number];
  context.steps.push({ kernel: 'one_hot_s8', ...step, constants: [], params: { ...params, off, on } });
}

/** Numbers that the model is given, or finds by ArgMax or TopK, as one of two values each. */
export function lowerOneHot(context: LoweringContext, node: Node): void {
  const [indices, , choices] = node.inputs as readonly [string, string, string];
  const [value] = node.outputs as readonly [string];
  const numbers = numbersOf(context, node, indices);
  const both = realConstant(context, choices);
  if (both === null || !isWhole(numbers, plainLayout(numbers.shape.length))) {
    throw unsupported(
      node,
      'OneHot has an int8 kernel for two constant values only, and for numbers in the order of ONNX',
      'make the values constant, and put the OneHot right behind what gives the numbers',
    );
  }
  const shape = shapeOf(context, value);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const output = operandQuant(context, value, node);
  const destination = defineValue(context, value, output, plainLayout(shape.length));
  pushOneHot(context, node, numbers.tensor, destination, both.data as Float32Array, {
    outer: elements(shape.slice(0, axis)),
    depth: shape[axis]!,
    inner: elements(shape.slice(axis + 1)),
  });
}

/** What is left of a view whose axis has one element. */
function withoutAxis(view: View, axis: number): View {
  return {
    ...view,
    shape: view.shape.toSpliced(axis, 1),
    strides: view.strides.toSpliced(axis, 1),
  };
}
