/** What goes over axes: reductions, softmax, normalisations. */
import type { Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { floatConstant, hasExtraOutput, type OperandView } from '../../passes/match.ts';
import { REDUCTION, type Reduction } from '../../program/kernels/reduce-f32.ts';
import {
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
} from '../shared/context.ts';
import { normalisedForm } from '../shared/normalised-form.ts';
import { reducedAxes } from '../shared/reduced-axes.ts';
import { reducedLayout, rowsOf, sideBySide } from '../shared/rows.ts';
import { channelsLast } from '../shared/views.ts';

const REDUCTIONS: ReadonlyMap<string, Reduction> = new Map([
  ['ReduceSum', 'sum'],
  ['ReduceMean', 'mean'],
  ['ReduceMax', 'max'],
  ['ReduceMin', 'min'],
  ['ReduceProd', 'product'],
  ['ReduceL1', 'magnitudes'],
  ['ReduceL2', 'rootOfSquares'],
  ['ReduceSumSquare', 'squares'],
  ['ReduceLogSum', 'logOfSum'],
  ['ReduceLogSumExp', 'logOfSumOfExp'],
]);

export const REDUCTION_OPERATORS: readonly string[] = [...REDUCTIONS.keys()];

/** Rows are bounded, so that their length is a float32 number. */
const LONGEST_ROW = 2 ** 24;

export function reducesRows({ graph }: OperandView, node: Node): boolean {
  const axes = reducedAxes(graph, node);
  const { shape } = graph.values.get(node.inputs[0]!)!;
  return axes !== null && elements(axes.map((axis) => shape[axis]!)) <= LONGEST_ROW;
}

export function lowerReduce(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, x);
  const axes = reducedAxes(context.graph, node)!;
  const layout = sideBySide(layoutOf(context, x), shape, axes);
  const source = contiguousIn(context, x, node, layout);
  const left = reducedLayout(layout, axes, shapeOf(context, value).length);
  context.steps.push({
    kernel: 'reduce_f32',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [defineValue(context, value, null, left)],
    params: { ...rowsOf(layout, shape, axes), operation: REDUCTION[REDUCTIONS.get(node.op)!] },
  });
}

export function hasSoftmaxRows({ graph }: OperandView, node: Node): boolean {
  return elements(graph.values.get(node.inputs[0]!)!.shape) <= LONGEST_ROW;
}

export function lowerSoftmax(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const layout = layoutOf(context, value);
  const source = contiguousIn(context, x, node, layout);
  context.steps.push({
    kernel: 'softmax_f32',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [defineValue(context, value, null, layout)],
    params: { ...rowsOf(layout, shape, [axis]), log: node.op === 'LogSoftmax' ? 1 : 0 },
  });
}

/** Scale and bias are constants, the statistics are not asked for. */
export function normalises(view: OperandView, node: Node): boolean {
  const { shape } = view.graph.values.get(node.inputs[0]!)!;
  const constants = node.inputs.slice(1).every((name) => name === '' || floatConstant(view, name) !== null);
  return constants && !hasExtraOutput(view, node) && elements(shape) <= LONGEST_ROW;
}

export function lowerNormalization(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const form = normalisedForm(context, node);
  const { layout, positions, groups, channels } = form;
  const source = contiguousIn(context, x, node, layout);
  context.steps.push({
    kernel: 'normalize_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_gamma`, form.gamma),
      addConstant(context, `${node.name}_beta`, form.beta),
      addConstant(context, `${node.name}_epsilon`, Float32Array.of(form.epsilon)),
    ],
    outputs: [defineValue(context, node.outputs[0]!, null, layout)],
    params: {
      batch: elements(shapeOf(context, x)) / (positions * groups * channels),
      positions,
      groups,
      channels,
      centred: form.centred ? 1 : 0,
    },
  });
}

export function lowerLrn(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const channels = shape[1]!;
  const layout = channelsLast(shape.length);
  const source = contiguousIn(context, x, node, layout);
  const neighbours = intAttribute(node, 'size', 1) - 1;
  const parameters = Float32Array.of(
    floatAttribute(node, 'alpha', 1e-4) / (neighbours + 1),
    floatAttribute(node, 'beta', 0.75),
    floatAttribute(node, 'bias', 1),
  );
  context.steps.push({
    kernel: 'lrn_f32',
    name: node.name,
    inputs: [source],
    constants: [addConstant(context, `${node.name}_parameters`, parameters)],
    outputs: [defineValue(context, node.outputs[0]!, null, layout)],
    params: {
      outer: elements(shape) / channels,
      channels,
      before: Math.min(Math.floor(neighbours / 2), channels),
      behind: Math.min(Math.ceil(neighbours / 2), channels),
    },
  });
}
