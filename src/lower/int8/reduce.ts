/** Reductions over any axes, and running sums: what lies side by side is reduced where it lies. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { type Target, targetOf } from '../shared/fused-activation.ts';
import { reducedAxes, reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { axisRows, type Rows, reducedLayout, rowsOf, sideBySide } from '../shared/rows.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import type { Layout } from '../shared/views.ts';
import { globalWindow } from '../shared/window.ts';
import { lowerPool, meanStep, poolInto } from './pool.ts';

type Kind = 'max' | 'min' | 'average' | 'sum' | 'magnitudes' | 'squares' | 'root of squares';

export function lowerReduce(context: LoweringContext, node: Node, kind: Kind): void {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const axes = reducedAxes(context.graph, node);
  if (axes === null) {
    throw unsupported(
      node,
      `${node.op} has an int8 kernel over constant axes only`,
      'export the model again with the axes as constants',
    );
  }
  const pools = kind === 'max' || kind === 'average';
  if (pools && reducesSpatialAxes(context.graph, node) && shape.length <= 4) {
    lowerPool(context, node, kind, globalWindow(shape));
    return;
  }
  const layout = sideBySide(layoutOf(context, x), shape, axes);
  const input = activationQuant(context, x, node);
  const source = contiguousIn(context, x, node, layout);
  const rows = rowsOf(layout, shape, axes);
  const target = targetOf(context, node);
  const destination = defineReduced(context, target, layout, axes);
  reduce(context, node, kind, rows, source, destination, input, target);
}

/** The tensor of what is left, in the order in which the kept axes lie. */
function defineReduced(
  context: LoweringContext,
  { value, quant }: Target,
  layout: Layout,
  axes: readonly number[],
): TensorId {
  const own = reducedLayout(layout, axes, shapeOf(context, value).length);
  return defineValue(context, value, quant, own);
}

function reduce(
  context: LoweringContext,
  node: Node,
  kind: Kind,
  rows: Rows,
  source: TensorId,
  destination: TensorId,
  input: ActivationQuant,
  target: Target,
): void {
  const window = globalWindow([rows.outer, rows.inner, rows.size]);
  switch (kind) {
    case 'max':
    case 'average':
      poolInto(context, node, kind, window, source, destination, input, target);
      return;
    case 'sum':
      context.steps.push(meanStep(node, window, source, destination, input, target, 1));
      return;
    case 'min': {
      // The least of codes is the complement of the greatest complement.
      const size = elements(context.tensors[source]!.shape);
      const mirrored = scratch(context, node, size, 'mirrored');
      const most = scratch(context, node, elements(context.tensors[destination]!.shape), 'most');
      pushTable(context, node, source, mirrored, size, complement());
      const open = { ...target, quant: STAND_IN, actMin: -128, actMax: 127 };
      poolInto(context, node, 'max', window, mirrored, most, STAND_IN, open);
      const back = requantizeTable(input, target.quant, target.actMin, target.actMax);
      pushTable(
        context,
        node,
        most,
        destination,
        elements(context.tensors[destination]!.shape),
        complement().map((code) => back[code + 128]!),
      );
      return;
    }
    case 'magnitudes':
    case 'squares':
    case 'root of squares':
      sumOfTable(context, node, kind, rows, source, destination, input, target);
  }
}

/** Codes that are only compared. */
const STAND_IN: ActivationQuant = { scale: 1, zeroPoint: 0 };

function complement(): Int8Array {
  return Int8Array.from({ length: 256 }, (_, i) => 127 - i);
}

function scratch(context: LoweringContext, node: Node, size: number, what: string): TensorId {
  return addTensor(context, {
    name: `${node.name}_${what}`,
    dtype: 'int8',
    shape: [size],
    quant: STAND_IN,
    storage: ARENA,
  });
}

/** Sums of magnitudes or squares stay below. */
const LARGEST_SUM = 2 ** 31 - 1;
/** The kernel gives 2^ROOT_BITS times a root. */
const ROOT_BITS = 8;

function sumOfTable(
  context: LoweringContext,
  node: Node,
  kind: 'magnitudes' | 'squares' | 'root of squares',
  { outer, size, inner }: Rows,
  source: TensorId,
  destination: TensorId,
  input: ActivationQuant,
  { quant, actMin, actMax }: Target,
): void {
  const measures = Float64Array.from({ length: 256 }, (_, i) => {
    const difference = i - 128 - input.zeroPoint;
    return kind === 'magnitudes' ? Math.abs(difference) : difference ** 2;
  });
  // Of very many elements the lowest bits are left out.
  const step = Math.max(1, (Math.max(...measures) * size) / LARGEST_SUM);
  const table = Int32Array.from(measures, (measure) => Math.floor(measure / step));
  const root = kind === 'root of squares';
  const unit =
    kind === 'magnitudes'
      ? input.scale * step
      : root
        ? (input.scale * Math.sqrt(step)) / 2 ** ROOT_BITS
        : input.scale ** 2 * step;
  const { multiplier, shift } = quantizeMultiplier(unit / quant.scale);
  context.steps.push({
    kernel: 'reduce_sum_s8',
    name: node.name,
    inputs: [source],
    constants: [addConstant(context, `${node.name}_table`, table)],
    outputs: [destination],
    params: {
      outer,
      size,
      inner,
      root: Number(root),
      outputOffset: quant.zeroPoint,
      outputMultiplier: multiplier,
      outputShift: shift,
      actMin,
      actMax,
    },
  });
}

/** Sums of as many differences stay within int32. */
const LONGEST_SUM = 2 ** 22;

export function lowerCumSum(context: LoweringContext, node: Node): void {
  const [x, axisName] = node.inputs as readonly [string, string];
  const constant = context.graph.constants.get(axisName);
  if (constant === undefined) {
    throw unsupported(
      node,
      'CumSum has an int8 kernel along a constant axis only',
      'export the model again with the axis as a constant',
    );
  }
  const shape = shapeOf(context, x);
  const axis = Number(constant.data[0]);
  const layout = layoutOf(context, x);
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const rows = axisRows(layout, shape, axis < 0 ? axis + shape.length : axis);
  if (rows.size > LONGEST_SUM) {
    throw unsupported(node, `CumSum over more than ${LONGEST_SUM} values has no int8 kernel`);
  }
  const source = contiguousIn(context, x, node, layout);
  const destination = defineReduced(context, target, layout, []);
  context.steps.push({
    kernel: 'cumsum_s8',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [destination],
    params: {
      ...rows,
      exclusive: intAttribute(node, 'exclusive', 0) === 0 ? 0 : 1,
      reverse: intAttribute(node, 'reverse', 0) === 0 ? 0 : 1,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
      ...quantizeMultiplier(input.scale / target.quant.scale),
    },
  });
}
