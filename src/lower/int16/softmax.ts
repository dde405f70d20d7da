/** Softmax of 16-bit codes, over any axis. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { powersOfTwo } from '../../program/kernels/softmax-s16.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  activationQuant,
  addConstant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
} from '../shared/context.ts';
import { maskedRows } from '../shared/masked-rows.ts';
import { type Layout, physicalShape } from '../shared/views.ts';

const PROBABILITIES = { scale: 2 ** -15, zeroPoint: 0 };

/** Beyond this, one code below the largest is a probability that rounds to 0. */
const LARGEST_SCALE = 2 ** 10;

export function lowerSoftmax(context: LoweringContext, node: Node): void {
  const { rowSize, rows, scaling, source, powers, output } = softmaxOf(context, node);
  context.steps.push({
    kernel: 'softmax_s16',
    name: node.name,
    inputs: [source],
    constants: [powers],
    outputs: [output.tensor],
    params: { rows, rowSize, ...scaling },
  });
  output.rescale();
}

export function lowerMaskedSoftmax(context: LoweringContext, node: Node): void {
  const { rowSize, shape, layout, scaling, source, powers, output } = softmaxOf(context, node);
  const { mask, params } = maskedRows(context, node, shape, layout, source);
  context.steps.push({
    kernel: 'masked_softmax_s16',
    name: node.name,
    inputs: [source, mask],
    constants: [powers],
    outputs: [output.tensor],
    params: { ...params, rowSize, ...scaling },
  });
  output.rescale();
}

/** What both forms share: rows side by side in memory, their fixed point, and where they go. */
function softmaxOf(context: LoweringContext, node: Node) {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  // Where the axis does not lie innermost, a copy turns it there, and what comes out lies so too.
  const layout = [...layoutOf(context, x).filter((k) => k !== axis), axis];
  const rowSize = shape[axis]!;
  const { scale } = activationQuant(context, x, node);
  return {
    shape,
    layout,
    rowSize,
    rows: elements(shape) / rowSize,
    scaling: quantizeMultiplier(Math.min(scale, LARGEST_SCALE) * Math.LOG2E * 2 ** 16),
    source: contiguousIn(context, x, node, layout),
    powers: addConstant(context, `${node.name}_powers`, powersOfTwo()),
    output: probabilities(context, node, layout),
  };
}

/** Where the kernel writes, in its fixed scale, and the step behind it where the value has another. */
function probabilities(
  context: LoweringContext,
  node: Node,
  layout: Layout,
): { readonly tensor: TensorId; readonly rescale: () => void } {
  const [value] = node.outputs as readonly [string];
  const quant = activationQuant(context, value, node);
  const shape = shapeOf(context, value);
  const destination = defineValue(context, value, quant, layout);
  if (quant.scale === PROBABILITIES.scale) return { tensor: destination, rescale: () => {} };
  const tensor = addTensor(context, {
    name: `${node.name}_probabilities`,
    dtype: 'int16',
    shape: physicalShape(shape, layout),
    quant: PROBABILITIES,
    storage: ARENA,
  });
  const rescale = (): void => {
    context.steps.push({
      kernel: 'requantize_s16',
      name: node.name,
      inputs: [tensor],
      constants: [],
      outputs: [destination],
      params: {
        size: elements(shape),
        ...quantizeMultiplier(PROBABILITIES.scale / quant.scale),
        actMin: -32768,
        actMax: 32767,
      },
    });
  };
  return { tensor, rescale };
}
