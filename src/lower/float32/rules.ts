/**
 * How operators become steps in float32, and which nodes do. A node that has no step here keeps its own meaning
 * (src/ops); nothing is refused.
 */
import { elementCount, MAX_ELEMENTS, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../graph/types.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../../ops/attributes.ts';
import { slidingWindow } from '../../ops/window.ts';
import { channelAffine } from '../../passes/channel-affine.ts';
import { limitsOf } from '../../passes/limits.ts';
import { floatConstant, isNormalGemm, type OperandView } from '../../passes/match.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { TensorId } from '../../program/types.ts';
import {
  addConstant,
  contiguous,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  viewOf,
  viewOfContext,
} from '../shared/context.ts';
import { convForm, convTransposeForm } from '../shared/conv-form.ts';
import { gateForm } from '../shared/gate-form.ts';
import {
  lowerConcat,
  lowerGather,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerTranspose,
} from '../shared/movement.ts';
import { permute, reorderColumns } from '../shared/permute.ts';
import { localWindow, spatialShape } from '../shared/pool-window.ts';
import { reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { channelsLast } from '../shared/views.ts';
import {
  averageWithoutKernel,
  geometry2d,
  globalWindow,
  MAX_EXTENT,
  pointwise,
  transposedWindow,
  type Window,
} from '../shared/window.ts';

type FloatRule = {
  /** 'computes' is work that is worth native steps; 'moves' only comes along with it. */
  readonly kind: 'computes' | 'moves';
  /** Whether the rule takes a node whose activations are all float32. */
  readonly takes: (view: OperandView, node: Node) => boolean;
  readonly lower: (context: LoweringContext, node: Node) => void;
};

const always = (): boolean => true;
const restConstant = ({ graph }: OperandView, node: Node): boolean =>
  node.inputs.slice(1).every((name) => name === '' || graph.constants.has(name));

const computes = (takes: FloatRule['takes'], lower: FloatRule['lower']): FloatRule => ({
  kind: 'computes',
  takes,
  lower,
});
const moves = (takes: FloatRule['takes'], lower: FloatRule['lower']): FloatRule => ({
  kind: 'moves',
  takes,
  lower,
});
const reshape = moves(restConstant, lowerReshape);
const clamp = computes(isClamp, lowerClamp);
const elementwise = (lower: FloatRule['lower'], takes: FloatRule['takes']): FloatRule =>
  computes(
    (view, node) => isAffine(view, node) || takes(view, node),
    (context, node) =>
      isAffine(viewOfContext(context), node) ? lowerAffine(context, node) : lower(context, node),
  );
const affine = computes(isAffine, lowerAffine);

const RULES: ReadonlyMap<string, FloatRule> = new Map([
  ['Conv', computes(hasConvKernel, lowerConv)],
  ['ConvTranspose', computes(hasConvTransposeKernel, lowerConvTranspose)],
  ['Gemm', computes(hasDenseKernel, lowerGemm)],
  ['Add', elementwise(lowerAdd, addsEqualShapes)],
  ['Sum', computes(addsEqualShapes, lowerAdd)],
  ['Mul', elementwise(lowerMul, ({ graph }, node) => gateForm(graph, node) !== null)],
  ['Sub', affine],
  ['Div', affine],
  ['BatchNormalization', affine],
  ['Relu', clamp],
  ['Clip', clamp],
  [
    'MaxPool',
    computes(hasMaxPoolKernel, (context, node) => pool(context, node, 'max', localWindow(context, node))),
  ],
  [
    'AveragePool',
    computes(hasAveragePoolKernel, (context, node) =>
      pool(context, node, 'average', localWindow(context, node)),
    ),
  ],
  ['GlobalMaxPool', computes(hasGlobalPoolKernel, (context, node) => globalPool(context, node, 'max'))],
  [
    'GlobalAveragePool',
    computes(hasGlobalPoolKernel, (context, node) => globalPool(context, node, 'average')),
  ],
  [
    'ReduceMean',
    computes(
      (view, node) => hasGlobalPoolKernel(view, node) && reducesSpatialAxes(view.graph, node),
      (context, node) => globalPool(context, node, 'average'),
    ),
  ],
  ['Identity', reshape],
  ['Reshape', reshape],
  ['Flatten', reshape],
  ['Squeeze', reshape],
  ['Unsqueeze', reshape],
  ['Transpose', moves(always, lowerTranspose)],
  ['Slice', moves(restConstant, lowerSlice)],
  ['Split', moves(restConstant, lowerSplit)],
  ['Gather', moves(gathersOne, lowerGather)],
  ['Concat', moves(always, lowerConcat)],
  ['Pad', moves(padsWithConstant, lowerPad)],
]);

/** The rule that makes steps of a node; null for a node that has none. */
export function floatRule(view: OperandView, node: Node): FloatRule | null {
  const rule = RULES.get(node.op);
  if (rule === undefined) return null;
  const { values, constants } = view.graph;
  const real = [...node.inputs, ...node.outputs].every((name) => {
    if (name === '') return true;
    const { dtype, shape, quant } = values.get(name)!;
    if (quant !== null) return false;
    return constants.has(name) || (dtype === 'float32' && elementCount(shape) > 0);
  });
  return real && rule.takes(view, node) ? rule : null;
}

/** The engine bounds the positions of a pooling window. */
const MAX_POOL_WINDOW = 2 ** 22;

function rankOf(graph: Graph, value: string): number {
  return graph.values.get(value)!.shape.length;
}

/** Whether the first input has one or two spatial axes. */
function isImage({ graph }: OperandView, node: Node): boolean {
  const { shape } = graph.values.get(node.inputs[0]!)!;
  return (shape.length === 3 || shape.length === 4) && shape.every((size) => size <= MAX_EXTENT);
}

/** Float32 numbers of an optional constant operand; null where it is computed, undefined where it is absent. */
function optionalConstant(graph: Graph, name: string): Tensor | null | undefined {
  return name === '' ? undefined : floatConstant({ graph }, name);
}

/** Whether weights and bias are constants, with a bias per size of that axis of the weights. */
function hasLinearConstants({ graph }: OperandView, node: Node, outAxis = 0): boolean {
  const weights = floatConstant({ graph }, node.inputs[1]!);
  const bias = optionalConstant(graph, node.inputs[2] ?? '');
  if (weights === null || bias === null) return false;
  return bias === undefined || bias.data.length === weights.shape[outAxis];
}

function hasConvKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && isWindow(view, node) && hasLinearConstants(view, node);
}

/** One group; the padding is what the sizes of its input and output leave. */
function hasConvTransposeKernel(view: OperandView, node: Node): boolean {
  if (!isImage(view, node) || !hasLinearConstants(view, node, 1)) return false;
  if (intAttribute(node, 'group', 1) !== 1) return false;
  const { kernel, input, strides, dilations, padBegin } = transposedWindow(view.graph, node);
  return [...kernel, ...input, ...strides, ...dilations, ...padBegin].every((size) => size <= MAX_EXTENT);
}

function isWindow({ graph }: OperandView, node: Node): boolean {
  const { kernel, strides, dilations, padBegin, padded } = windowFor(graph, node);
  const [batch = 1, channels = 1] = graph.values.get(node.inputs[0]!)!.shape;
  const walked = elementCount([batch, channels, ...padded]) <= MAX_ELEMENTS;
  return walked && [...kernel, ...strides, ...dilations, ...padBegin].every((size) => size <= MAX_EXTENT);
}

function isPoolWindow(view: OperandView, node: Node): boolean {
  return isWindow(view, node) && elementCount(intsAttribute(node, 'kernel_shape', [])) <= MAX_POOL_WINDOW;
}

function hasGlobalPoolKernel(view: OperandView, node: Node): boolean {
  const { shape } = view.graph.values.get(node.inputs[0]!)!;
  return isImage(view, node) && elementCount(shape.slice(2)) <= MAX_POOL_WINDOW;
}

function windowFor(graph: Graph, node: Node): ReturnType<typeof slidingWindow> {
  const kernel =
    node.op === 'Conv'
      ? graph.values.get(node.inputs[1]!)!.shape.slice(2)
      : intsAttribute(node, 'kernel_shape', []);
  const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
  return slidingWindow(node, graph.values.get(node.inputs[0]!)!.shape.slice(2), kernel, ceil);
}

function hasDenseKernel(view: OperandView, node: Node): boolean {
  return isNormalGemm(node) && hasLinearConstants(view, node);
}

function addsEqualShapes({ graph }: OperandView, node: Node): boolean {
  const [a, b, ...more] = node.inputs.map((name) => graph.values.get(name)!.shape);
  return b !== undefined && more.length === 0 && sameShape(a!, b);
}

function isAffine(view: OperandView, node: Node): boolean {
  const affine = channelAffine(view, node);
  return affine !== null && rankOf(view.graph, affine.x) >= 2;
}

function isClamp({ graph }: Pick<OperandView, 'graph'>, node: Node): boolean {
  const bounds = limitsOf(graph, node);
  return bounds !== null && bounds.min <= bounds.max;
}

function hasMaxPoolKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && (node.outputs[1] ?? '') === '' && isPoolWindow(view, node);
}

function hasAveragePoolKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && isPoolWindow(view, node) && averageWithoutKernel(view.graph, node) === null;
}

function gathersOne({ graph }: OperandView, node: Node): boolean {
  return graph.constants.get(node.inputs[1]!)?.data.length === 1;
}

function padsWithConstant(view: OperandView, node: Node): boolean {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || !restConstant(view, node)) return false;
  const fill = optionalConstant(view.graph, node.inputs[2] ?? '');
  return fill !== null && !Number.isNaN(Number(fill?.data[0] ?? 0));
}

/** Where a step writes, and the bounds of the activation that goes into it. */
type Target = { readonly value: string; readonly bounds: TensorId };

/** As the int8 `targetOf`: the Relu or Clip that alone reads an output is computed with it. */
function targetOf(context: LoweringContext, node: Node): Target {
  const [output] = node.outputs as readonly [string];
  const [reader, ...others] = context.consumers.get(output) ?? [];
  const alone = reader !== undefined && others.length === 0 && !context.outputValues.has(output);
  if (alone && reader.inputs[0] === output && isClamp(context, reader)) {
    context.fused.add(reader);
    return { value: reader.outputs[0]!, bounds: addBounds(context, reader) };
  }
  return { value: output, bounds: addBounds(context, node) };
}

/** The limits of a Relu or Clip; none for any other node. */
function addBounds(context: LoweringContext, node: Node): TensorId {
  const { min, max } = limitsOf(context.graph, node) ?? {
    min: Number.NEGATIVE_INFINITY,
    max: Number.POSITIVE_INFINITY,
  };
  return addConstant(context, `${node.name}_bounds`, Float32Array.of(min, max));
}

function biasOf(context: LoweringContext, node: Node, length: number): TensorId {
  const bias = context.graph.constants.get(node.inputs[2] ?? '');
  const values = bias === undefined ? new Float32Array(length) : (bias.data as Float32Array);
  return addConstant(context, `${node.name}_bias`, values);
}

function lowerConv(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const { oihw, geometry, groups, depthwise: alone } = convForm(context, node, shape);
  const [outChannels, groupIn, kernelH, kernelW] = oihw;
  // Several outputs of a channel are a group: vectors go across output channels there.
  const depthwise = alone && outChannels === groups;
  const target = targetOf(context, node);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, null);
  const weights = permute(data as Float32Array, oihw, depthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]);
  const order = depthwise ? [1, kernelH, kernelW, outChannels] : [outChannels, kernelH, kernelW, groupIn];
  const operands = {
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, order),
      biasOf(context, node, outChannels),
      target.bounds,
    ],
    outputs: [destination],
  };
  context.steps.push(
    depthwise
      ? {
          kernel: 'depthwise_conv2d_f32',
          ...operands,
          params: { ...geometry, depthMultiplier: 1 },
        }
      : { kernel: 'conv2d_f32', ...operands, params: { ...geometry, outChannels, groups } },
  );
}

function lowerConvTranspose(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const { iohw, geometry } = convTransposeForm(context, node, shape);
  const [inChannels, outChannels, kernelH, kernelW] = iohw;
  const target = targetOf(context, node);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, null);
  const weights = permute(data as Float32Array, iohw, [1, 2, 3, 0]);
  context.steps.push({
    kernel: 'conv_transpose2d_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, [outChannels, kernelH, kernelW, inChannels]),
      biasOf(context, node, outChannels),
      target.bounds,
    ],
    outputs: [destination],
    params: { ...geometry, outChannels },
  });
}

function lowerGemm(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const [outFeatures, inFeatures] = shape as readonly [number, number];
  const [rows] = shapeOf(context, x) as readonly [number];
  const order = context.featureOrders.get(x);
  const target = targetOf(context, node);
  const source = order === undefined ? contiguous(context, x, node) : viewOf(context, x, node).tensor;
  const destination = defineValue(context, target.value, null);
  const given = data as Float32Array;
  const weights = order === undefined ? given : reorderColumns(given, outFeatures, order);
  context.steps.push({
    kernel: 'fully_connected_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, shape),
      biasOf(context, node, outFeatures),
      target.bounds,
    ],
    outputs: [destination],
    params: { rows, inFeatures, outFeatures },
  });
}

function lowerAdd(context: LoweringContext, node: Node): void {
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

function lowerMul(context: LoweringContext, node: Node): void {
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
function lowerAffine(context: LoweringContext, node: Node): void {
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

function lowerClamp(context: LoweringContext, node: Node): void {
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

function globalPool(context: LoweringContext, node: Node, kind: 'max' | 'average'): void {
  pool(context, node, kind, globalWindow(spatialShape(context, node)));
}

function pool(context: LoweringContext, node: Node, kind: 'max' | 'average', window: Window): void {
  const [x] = node.inputs as readonly [string];
  const source = contiguousIn(context, x, node, channelsLast(shapeOf(context, x).length));
  const destination = defineValue(context, node.outputs[0]!, null);
  context.steps.push(poolStep(node, kind, window, source, destination));
}

function poolStep(
  node: Node,
  kind: 'max' | 'average',
  window: Window,
  source: TensorId,
  destination: TensorId,
): Step {
  const { inChannels: channels, dilationH, dilationW, ...geometry } = geometry2d(window);
  const operands = { name: node.name, inputs: [source], constants: [], outputs: [destination] };
  switch (kind) {
    case 'max':
      return {
        kernel: 'max_pool2d_f32',
        ...operands,
        params: { ...geometry, channels, dilationH, dilationW },
      };
    case 'average':
      return {
        kernel: 'avg_pool2d_f32',
        ...operands,
        params: { ...geometry, channels, countIncludePad: intAttribute(node, 'count_include_pad', 0) },
      };
  }
}
