/**
 * How operators become steps in float32, and which nodes do. A node that has no step here keeps its own meaning
 * (src/ops); nothing is refused.
 */
import { elementCount } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { stringAttribute } from '../../ops/attributes.ts';
import type { OperandView } from '../../passes/match.ts';
import { type LoweringContext, viewOfContext } from '../shared/context.ts';
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
import { localWindow } from '../shared/pool-window.ts';
import { reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { isClamp } from './activation.ts';
import { addsEqualShapes, isAffine, lowerAdd, lowerAffine, lowerClamp, lowerMul } from './elementwise.ts';
import {
  hasConvKernel,
  hasConvTransposeKernel,
  hasDenseKernel,
  lowerConv,
  lowerConvTranspose,
  lowerGemm,
} from './linear.ts';
import { optionalConstant } from './operands.ts';
import { globalPool, hasAveragePoolKernel, hasGlobalPoolKernel, hasMaxPoolKernel, pool } from './pool.ts';

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
  ['ReduceMean', computes(reducesImage, (context, node) => globalPool(context, node, 'average'))],
  ['ReduceMax', computes(reducesImage, (context, node) => globalPool(context, node, 'max'))],
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

function reducesImage(view: OperandView, node: Node): boolean {
  return hasGlobalPoolKernel(view, node) && reducesSpatialAxes(view.graph, node);
}

function gathersOne({ graph }: OperandView, node: Node): boolean {
  return graph.constants.get(node.inputs[1]!)?.data.length === 1;
}

function padsWithConstant(view: OperandView, node: Node): boolean {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || !restConstant(view, node)) return false;
  const fill = optionalConstant(view.graph, node.inputs[2] ?? '');
  return fill !== null && !Number.isNaN(Number(fill?.data[0] ?? 0));
}
