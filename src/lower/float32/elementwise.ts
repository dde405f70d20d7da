/** Sums, products, scale and shift, limits: which have a kernel, and their steps. */
import { sameShape } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { channelAffine } from '../../passes/channel-affine.ts';
import type { OperandView } from '../../passes/match.ts';
import {
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  viewOfContext,
} from '../shared/context.ts';
import { gateForm } from '../shared/gate-form.ts';
import { channelsLast } from '../shared/views.ts';
import { geometry2d, pointwise } from '../shared/window.ts';
import { addBounds, targetOf } from './activation.ts';
import { rankOf } from './operands.ts';

export function addsEqualShapes({ graph }: OperandView, node: Node): boolean {
  const [a, b, ...more] = node.inputs.map((name) => graph.values.get(name)!.shape);
  return b !== undefined && more.length === 0 && sameShape(a!, b);
}

export function isAffine(view: OperandView, node: Node): boolean {
  const affine = channelAffine(view, node);
  return affine !== null && rankOf(view.graph, affine.x) >= 2;
}

export function lowerAdd(context: LoweringContext, node: Node): void {
  const target = targetOf(context, node);
  const layout = layoutOf(context, target.value);
  const inputs = node.inputs.map((name) => contiguousIn(context, name, node, layout));
  context.steps.push({
    kernel: 'add_f32',
    name: node.name,
    inputs,
    constants: [target.bounds],
    outputs: [defineValue(context, target.value, null, layout)],
    params: { size: elements(shapeOf(context, target.value)) },
  });
}

export function lowerMul(context: LoweringContext, node: Node): void {
  const { input, gate, broadcast } = gateForm(context.graph, node)!;
  const shape = shapeOf(context, input);
  const target = targetOf(context, node);
  const layout = broadcast ? channelsLast(shape.length) : layoutOf(context, target.value);
  const channels = broadcast ? shape[1]! : 1;
  const outer = elements(shape) / channels;
  context.steps.push({
    kernel: 'mul_f32',
    name: node.name,
    inputs: [input, gate].map((name) => contiguousIn(context, name, node, layout)),
    constants: [target.bounds],
    outputs: [defineValue(context, target.value, null, layout)],
    params: { outer, channels, repeat: broadcast ? outer / shape[0]! : 1 },
  });
}

/** scale * x + shift per channel as a depthwise convolution of one tap, rounded once. */
export function lowerAffine(context: LoweringContext, node: Node): void {
  const { x, scale, shift } = channelAffine(viewOfContext(context), node)!;
  const shape = shapeOf(context, x);
  const target = targetOf(context, node);
  const uniform = scale.every((s) => s === scale[0]) && shift.every((t) => t === shift[0]);
  const layout = uniform ? layoutOf(context, x) : channelsLast(shape.length);
  const source = contiguousIn(context, x, node, layout);
  const destination = defineValue(context, target.value, null, layout);
  const channels = shape[layout.at(-1)!]!;
  const perChannel = (values: Float64Array): Float32Array =>
    uniform ? new Float32Array(channels).fill(values[0]!) : Float32Array.from(values);
  const rows = elements(shape) / channels;
  context.steps.push({
    kernel: 'depthwise_conv2d_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, perChannel(scale), [1, 1, 1, channels]),
      addConstant(context, `${node.name}_bias`, perChannel(shift)),
      target.bounds,
    ],
    outputs: [destination],
    params: { ...geometry2d(pointwise(rows, channels)), depthMultiplier: 1 },
  });
}

export function lowerClamp(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const source = contiguousIn(context, x, node, layoutOf(context, value));
  context.steps.push({
    kernel: 'clamp_f32',
    name: node.name,
    inputs: [source],
    constants: [addBounds(context, node)],
    outputs: [defineValue(context, value, null)],
    params: { size: elements(shapeOf(context, value)) },
  });
}
